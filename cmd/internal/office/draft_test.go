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
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/registers"
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

// twoWhoWrite are two laptops of one commune, the first of which has a draft; meet has each give and take until both have all.
func twoWhoWrite(t *testing.T) (halls []*office.Hall, draft string, meet func()) {
	t.Helper()
	ctx := t.Context()
	_, both := twoLaptops(t)
	commune := demo.Commune()
	commune.ID = ours
	must(t, both[0].People.Describe(ctx, demo.Secretary, commune))
	for _, p := range demo.People() {
		_, err := both[0].People.Put(ctx, demo.Secretary, p)
		must(t, err)
	}
	draft, err := demo.Draft(ctx, both[0].Council, time.Now())
	must(t, err)
	return both, draft, func() {
		t.Helper()
		for range 3 {
			for _, h := range both {
				_, err := h.Exchange(ctx)
				must(t, err)
			}
		}
	}
}

// Two laptops write the same draft without a line: other paragraphs are put together, the same one waits for a person.
func TestDraftWrittenApart(t *testing.T) {
	ctx := t.Context()
	halls, draft, meet := twoWhoWrite(t)
	clerk, mayor := halls[0], halls[1]
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

// Two people write one draft and its minutes on two laptops, in their pages: each has the words of the other at the next exchange, and
// what they wrote without a line is one text when they meet; nobody is asked.
func TestWrittenTogether(t *testing.T) {
	ctx := t.Context()
	halls, draft, meet := twoWhoWrite(t)
	today := authority.DayOf(time.Now())
	sitting, err := halls[0].Council.Convene(ctx, demo.Secretary, council.Convene{At: time.Now(), Place: "mairie", Convened: today.Plus(-7), Posted: today.Plus(-7), Agenda: []string{draft}})
	must(t, err)
	meet()
	who := []string{demo.Secretary, demo.Mayor}
	for i, h := range halls { // apart
		had, err := h.Council.Written(ctx, draft)
		must(t, err)
		text := had.Text
		text.Blocks = slices.Clone(text.Blocks)
		text.Blocks[0].Text += " (" + who[i] + ")"
		_, err = h.Council.Keep(ctx, who[i], had, text)
		must(t, err)
	}
	minutes, _, err := halls[0].Registers.Written(ctx, sitting)
	must(t, err)
	_, err = halls[0].Registers.Keep(ctx, who[0], minutes, minutes.Text, "")
	must(t, err)
	meet()
	for i, h := range halls {
		had, _, err := h.Registers.Written(ctx, sitting)
		must(t, err)
		text := slices.Clone(had.Text)
		text[0].Text += " (" + who[i] + ")"
		text = append(text, registers.Paragraph{Point: draft, Text: "Dit par " + who[i] + "."})
		_, err = h.Registers.Keep(ctx, who[i], had, text, "22:15")
		must(t, err)
	}
	meet()
	for _, h := range halls {
		d, err := h.Council.Deliberation(ctx, draft)
		must(t, err)
		m, _, err := h.Registers.Minutes(ctx, sitting)
		must(t, err)
		for _, who := range who {
			if title := d.Text.Blocks[0].Text; strings.Count(title, "("+who+")") != 1 {
				t.Errorf("%s: %q", h.Device(), title)
			}
			if strings.Count(m.Text[0].Text, "("+who+")") != 1 || !slices.Contains(m.Text, registers.Paragraph{Point: draft, Text: "Dit par " + who + "."}) || m.Ended != "22:15" {
				t.Errorf("%s: %+v", h.Device(), m.Text)
			}
		}
		for _, stream := range []string{"deliberation/" + draft, "minutes/" + sitting} {
			if err := h.Store.View(ctx, func(tx *store.Tx) error { _, err := journal.ConflictOf(tx, stream); return err }); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("%s: %s waits for a choice: %v", h.Device(), stream, err)
			}
		}
	}
	// The minutes are settled as all had written them, though nobody had made a version of the last words.
	had, _, err := halls[1].Registers.Written(ctx, sitting)
	must(t, err)
	text := slices.Clone(had.Text)
	text[0].Text += " Fin."
	_, err = halls[1].Registers.Write(ctx, demo.Mayor, had, text, had.Ended)
	must(t, err)
	meet()
	m, _, err := halls[0].Registers.Minutes(ctx, sitting)
	must(t, err)
	if !strings.HasSuffix(m.Text[0].Text, " Fin.") {
		t.Errorf("what is being written is not read: %q", m.Text[0].Text)
	}
	must(t, halls[0].Registers.SaveMinutes(ctx, demo.Secretary, sitting, m.Edition, m.Text[:1], m.Ended))
	had, _, err = halls[1].Registers.Written(ctx, sitting) // has not heard of it
	must(t, err)
	text = slices.Clone(had.Text)
	text[0].Text += " Tard."
	_, err = halls[1].Registers.Write(ctx, demo.Mayor, had, text, had.Ended)
	must(t, err)
	meet()
	for _, h := range halls {
		m, _, err := h.Registers.Minutes(ctx, sitting)
		must(t, err)
		if len(m.Text) != 1 || !strings.HasSuffix(m.Text[0].Text, " Fin. Tard.") {
			t.Errorf("%s: %+v", h.Device(), m.Text)
		}
	}
}
