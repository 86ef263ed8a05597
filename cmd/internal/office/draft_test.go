package office_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"alpi40.fr/airial/cmd/internal/demo"
	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
)

// A draft goes round on a route of the authority made of approvals, comes back with what was said, and stays a draft.
func TestADraftGoesRound(t *testing.T) {
	ctx := t.Context()
	_, h := townHall(t)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	draft, err := demo.Draft(ctx, h.Council, time.Now())
	must(err)
	visas, err := h.Folders.PutType(ctx, demo.Secretary, parapheur.FolderType{Name: "Projets › Deux visas", Kind: parapheur.Deliberation, Route: []parapheur.Step{
		{Kind: parapheur.Approval, Role: authority.RoleSecretary, Title: "Visa du secrétariat"}, {Kind: parapheur.Approval, Role: authority.RoleMayor, Title: "Visa du maire"}}})
	must(err)
	signed, err := h.Folders.PutType(ctx, demo.Secretary, parapheur.FolderType{Name: "Actes", Kind: parapheur.Order, Route: parapheur.UsualRoute()})
	must(err)
	if routes, err := h.ApprovalRoutes(ctx); err != nil || len(routes) != 1 || routes[0].ID != visas {
		t.Errorf("a draft is not signed: %+v, %v", routes, err)
	}
	if _, err := h.SendDraft(ctx, demo.Secretary, draft, signed, demo.Mayor, counted); rule.Find(err) == nil {
		t.Errorf("a draft went to be signed: %v", err)
	}
	folder, err := h.SendDraft(ctx, demo.Secretary, draft, visas, demo.Mayor, counted)
	must(err)
	f, err := h.Folders.Folder(ctx, folder)
	must(err)
	must(h.Folders.Approve(ctx, demo.Secretary, folder, "bon pour moi", []store.Digest{f.Documents[0].Digest}))
	must(h.Folders.Refuse(ctx, demo.Mayor, folder, "le montant est à revoir"))
	asked, err := h.Council.Approvals(ctx, draft)
	must(err)
	d, err := h.Council.Deliberation(ctx, draft)
	must(err)
	f, err = h.Folders.Folder(ctx, folder)
	must(err)
	if len(asked) != 1 || asked[0].Folder != folder || asked[0].Version != d.Version || asked[0].Route != "Projets › Deux visas" || asked[0].By != demo.Secretary {
		t.Errorf("%+v", asked)
	}
	if f.State != parapheur.Refused || f.Refusal != "le montant est à revoir" || d.Status != "draft" || len(f.Route) != 2 {
		t.Errorf("%s, %q, %s", f.State, f.Refusal, d.Status)
	}
	// Corrected, it goes to the mayor alone; the latest comes first.
	d.Text.Blocks[0].Text += " (corrigé)"
	must(h.Council.Save(ctx, demo.Secretary, draft, d.Edition, d.Text))
	again, err := h.SendDraft(ctx, demo.Secretary, draft, "", demo.Mayor, counted)
	must(err)
	if asked, err = h.Council.Approvals(ctx, ""); err != nil || len(asked) != 2 || asked[0].Folder != again || asked[0].Version == asked[1].Version || asked[0].Route != "" {
		t.Errorf("%+v, %v", asked, err)
	}
}

// Two laptops write the same draft without a line: other paragraphs are put together, the same one waits for a person.
func TestDraftWrittenApart(t *testing.T) {
	ctx := t.Context()
	_, halls := twoLaptops(t)
	clerk, mayor := halls[0], halls[1]
	meet := func() {
		t.Helper()
		for range 3 {
			for _, h := range halls {
				_, err := h.Exchange(ctx)
				must(t, err)
			}
		}
	}
	commune := demo.Commune()
	commune.ID = ours
	must(t, clerk.People.Describe(ctx, demo.Secretary, commune))
	for _, p := range demo.People() {
		_, err := clerk.People.Put(ctx, demo.Secretary, p)
		must(t, err)
	}
	draft, err := demo.Draft(ctx, clerk.Council, time.Now())
	must(t, err)
	meet()
	write := func(h *office.Hall, who string, block int, more string) {
		t.Helper()
		d, err := h.Council.Deliberation(ctx, draft)
		must(t, err)
		text := d.Text
		text.Blocks = slices.Clone(d.Text.Blocks)
		text.Blocks[block].Text += more
		must(t, h.Council.Save(ctx, who, draft, d.Edition, text))
	}
	first, last := 0, 0
	if d, err := clerk.Council.Deliberation(ctx, draft); err != nil || len(d.Text.Blocks) < 3 {
		t.Fatal(err)
	} else {
		last = len(d.Text.Blocks) - 1
	}
	write(clerk, demo.Secretary, first, " (titre repris)")
	write(mayor, demo.Mayor, last, " (fin reprise)")
	write(mayor, demo.Mayor, last, " Vu.")
	meet()
	for _, h := range halls {
		d, err := h.Council.Deliberation(ctx, draft)
		must(t, err)
		if !strings.Contains(d.Text.Blocks[first].Text, "(titre repris)") || !strings.HasSuffix(d.Text.Blocks[last].Text, " (fin reprise) Vu.") {
			t.Errorf("%s: %q … %q", h.Device(), d.Text.Blocks[first].Text, d.Text.Blocks[last].Text)
		}
		if _, err := h.Council.DraftConflict(ctx, draft); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: somebody is asked: %v", h.Device(), err)
		}
	}
	write(clerk, demo.Secretary, first, " par le secrétariat")
	write(mayor, demo.Mayor, first, " par le maire")
	var opened []*council.Deliberation // each laptop's own, of one version, in a form that is still being typed in
	for _, h := range halls {
		d, err := h.Council.Deliberation(ctx, draft)
		must(t, err)
		opened = append(opened, d)
	}
	meet()
	refused := 0
	for i, h := range halls {
		n, err := h.Council.DraftConflict(ctx, draft)
		if err != nil || n.Mine.Blocks[first].Text == n.Theirs.Blocks[first].Text {
			t.Errorf("%s: nobody is asked: %v", h.Device(), err)
		}
		typed := opened[i].Text
		typed.Blocks = slices.Clone(typed.Blocks)
		typed.Blocks[last].Text += " Et plus."
		var lost *council.NotApplied
		switch err := h.Council.Save(ctx, demo.Secretary, draft, opened[i].Edition, typed); {
		case errors.As(err, &lost):
			refused++
			if !lost.Base.Equal(opened[i].Text) || !lost.Theirs.Equal(n.Theirs) {
				t.Errorf("%s: it began with %q, and %q stands", h.Device(), lost.Base.Blocks[first].Text, lost.Theirs.Blocks[first].Text)
			}
		case err != nil:
			t.Fatal(err)
		}
	}
	if opened[0].Version != opened[1].Version || refused != 1 {
		t.Errorf("versions %d and %d: %d forms were told that another text stands", opened[0].Version, opened[1].Version, refused)
	}
}
