package parapheur_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/rule"
)

func (l *laptop) start(t testing.TB, in parapheur.Import) string {
	t.Helper()
	ctx := context.Background()
	in.Title = "Essai"
	if in.Files == nil {
		in.Files = []parapheur.File{{Name: "essai.pdf", Content: paper(t)}}
	}
	id, err := l.Import(ctx, "secretaire", in)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Send(ctx, "secretaire", id); err != nil {
		t.Fatal(err)
	}
	return id
}

func (l *laptop) folder(t testing.TB, id string) *parapheur.Folder {
	t.Helper()
	f, err := l.Folder(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func (l *laptop) waitsFor(t testing.TB, person, id string) bool {
	t.Helper()
	rows, err := l.List(context.Background(), person, parapheur.ToDo, 100)
	if err != nil {
		t.Fatal(err)
	}
	return slices.ContainsFunc(rows, func(r parapheur.Row) bool { return r.ID == id })
}

// TestStepOfSeveral: one of them is enough, or all are needed, in any order; each sees the
// folder while it is hers to act.
func TestStepOfSeveral(t *testing.T) {
	ctx := context.Background()
	l := newLaptop(t, "pc")
	l.people(t)
	step := parapheur.Step{Kind: parapheur.Approval, Person: "adjoint", With: []parapheur.Holder{{Role: authority.RoleSecretary}}, Title: "Visas"}
	end := parapheur.Step{Kind: parapheur.Approval, Role: authority.RoleMayor, Title: "Accord"}
	one := l.start(t, parapheur.Import{Route: []parapheur.Step{step, end}})
	if err := l.Approve(ctx, "secretaire", one, "", l.seen(t, one)); err != nil {
		t.Fatal(err)
	}
	if f := l.folder(t, one); f.Step != 1 {
		t.Errorf("one of two was not enough: %+v", f)
	}
	step.All = true
	all := l.start(t, parapheur.Import{Route: []parapheur.Step{step, end}})
	if !l.waitsFor(t, "adjoint", all) || !l.waitsFor(t, "secretaire", all) || l.waitsFor(t, "maire", all) {
		t.Error("the piles are wrong at first")
	}
	if err := l.Approve(ctx, "secretaire", all, "", l.seen(t, all)); err != nil {
		t.Fatal(err)
	}
	if f := l.folder(t, all); f.Step != 0 || len(f.Acted) != 1 || !l.waitsFor(t, "adjoint", all) || l.waitsFor(t, "secretaire", all) {
		t.Errorf("%+v", f)
	}
	if err := l.Approve(ctx, "secretaire", all, "", l.seen(t, all)); rule.Find(err) == nil {
		t.Error("one person did both parts:", err)
	}
	if err := l.Approve(ctx, "adjoint", all, "", l.seen(t, all)); err != nil {
		t.Fatal(err)
	}
	if f := l.folder(t, all); f.Step != 1 || len(f.Acted) != 0 || !l.waitsFor(t, "maire", all) {
		t.Errorf("%+v", f)
	}
	if err := l.TakeBack(ctx, "adjoint", all); rule.Find(err) == nil {
		t.Error("a step of several was taken back:", err)
	}
	l.same(t)
}

// TestConditions: a step is there for the amounts and services that want it.
func TestConditions(t *testing.T) {
	route := []parapheur.Step{
		{Kind: parapheur.Approval, Role: authority.RoleSecretary, Title: "Visa"},
		{Kind: parapheur.Approval, Role: authority.RoleDeputy, Title: "Visa de l’adjoint aux travaux", Services: []string{"Travaux"}},
		{Kind: parapheur.Signature, Role: authority.RoleMayor, Title: "Signature", Over: 100000},
	}
	for _, c := range []struct {
		amount  int64
		service string
		want    string
	}{
		{0, "", "Visa"}, {100000, "", "Visa"}, {100001, "", "Visa, Signature"}, {50, "travaux ", "Visa, Visa de l’adjoint aux travaux"}, {200000, "Travaux", "Visa, Visa de l’adjoint aux travaux, Signature"}, {50, "École", "Visa"},
	} {
		var titles []string
		for _, s := range parapheur.RouteFor(route, c.amount, c.service) {
			titles = append(titles, s.Title)
		}
		if got := strings.Join(titles, ", "); got != c.want {
			t.Errorf("%d, %q: %s", c.amount, c.service, got)
		}
	}
}

// TestTypes: a type brings its route, its deadline and the place of its signatures, wants its
// annexes, and is changed by who administers Airial alone.
func TestTypes(t *testing.T) {
	ctx := context.Background()
	l := newLaptop(t, "pc")
	l.people(t)
	kind := parapheur.FolderType{
		Name: "Marchés › Lettres de rejet", Kind: parapheur.Procurement, Annexes: []string{"rapport d’analyse"}, Days: 10,
		Route: parapheur.UsualRoute(), Place: parapheur.Place{Corner: parapheur.BottomRight},
	}
	if _, err := l.PutType(ctx, "secretaire", kind); rule.Find(err) == nil {
		t.Error("a secretary changed the types:", err)
	}
	for name, bad := range map[string]func(*parapheur.FolderType){
		"no name":       func(k *parapheur.FolderType) { k.Name = " " },
		"no step":       func(k *parapheur.FolderType) { k.Route = nil },
		"nobody":        func(k *parapheur.FolderType) { k.Route = []parapheur.Step{{Kind: parapheur.Approval, Title: "Visa"}} },
		"untitled step": func(k *parapheur.FolderType) { k.Route = []parapheur.Step{{Kind: parapheur.Approval, Person: "maire"}} },
		"odd deadline":  func(k *parapheur.FolderType) { k.Days = -1 },
	} {
		wrong := kind
		bad(&wrong)
		if _, err := l.PutType(ctx, "maire", wrong); rule.Find(err) == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	id, err := l.PutType(ctx, "maire", kind)
	if err != nil {
		t.Fatal(err)
	}
	main := parapheur.File{Name: "rejet.pdf", Content: paper(t)}
	if _, err := l.Import(ctx, "secretaire", parapheur.Import{Title: "Rejet", Type: id, Files: []parapheur.File{main}}); rule.Find(err) == nil || !strings.Contains(err.Error(), "rapport d’analyse") {
		t.Error("it left without its annex:", err)
	}
	folder := l.start(t, parapheur.Import{Type: id, Files: []parapheur.File{main, {Name: "rapport.pdf", Content: paper(t), Annex: true}}})
	f := l.folder(t, folder)
	if f.Type != id || f.Kind != parapheur.Procurement || len(f.Route) != 2 || f.Deadline != authority.DayOf(l.j.Now()).Plus(10) || len(f.Documents[0].Boxes) != 1 || f.Documents[1].Boxes != nil {
		t.Errorf("%+v %+v", f, f.Documents)
	}
	kind.ID, kind.Retired = id, true
	if _, err := l.PutType(ctx, "maire", kind); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Import(ctx, "secretaire", parapheur.Import{Title: "Rejet", Type: id, Files: []parapheur.File{main}}); rule.Find(err) == nil {
		t.Error("a retired type is still used:", err)
	}
	if all, err := l.Types(ctx); err != nil || len(all) != 1 || !all[0].Retired {
		t.Errorf("%+v %v", all, err)
	}
	l.same(t)
}

// TestSeenSignatures: on an imported document, two signatures stand in the corner chosen, one
// above the other; pdfsig and the eye agree.
func TestSeenSignatures(t *testing.T) {
	ctx := context.Background()
	l := newLaptop(t, "pc")
	l.people(t)
	signer := newRSASigner(t, "AC d’essai")
	route := []parapheur.Step{{Kind: parapheur.Signature, Role: authority.RoleMayor, Title: "Signature"}, {Kind: parapheur.Signature, Role: authority.RoleMayor, Title: "Contreseing"}}
	id := l.start(t, parapheur.Import{Route: route, Place: parapheur.Place{Corner: parapheur.BottomRight}})
	for range route {
		if err := l.signNow(t, signer, id); err != nil {
			t.Fatal(err)
		}
	}
	content, err := l.db.Blobs().Read(l.folder(t, id).Documents[0].Digest, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "signed.pdf")
	if keep := os.Getenv("AIRIAL_TEST_SHOTS"); keep != "" {
		file = filepath.Join(keep, "stamped.pdf")
	}
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(ctx, "pdftotext", "-layout", file, "-").Output()
	if err != nil || bytes.Count(out, []byte("Signé électroniquement par")) != 2 {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestSeal: a step of seal is done with the authority's own certificate, never a person's.
func TestSeal(t *testing.T) {
	l := newLaptop(t, "pc")
	l.people(t)
	a := authority.Authority{ID: "000400999", Name: "Commune de Saint-Airial-des-Pins", Short: "Saint-Airial-des-Pins", Kind: authority.Commune, Place: "Saint-Airial-des-Pins", Population: 1204}
	if err := authority.New(l.j).Describe(context.Background(), "maire", a); err != nil {
		t.Fatal(err)
	}
	route := []parapheur.Step{{Kind: parapheur.Seal, Role: authority.RoleMayor, Title: "Cachet"}}
	id := l.start(t, parapheur.Import{Route: route})
	if err := l.signNow(t, newRSASigner(t, "AC d’essai"), id); rule.Find(err) == nil {
		t.Error("a person's certificate sealed:", err)
	}
	if err := l.signNow(t, newNamedSigner(t, "AC d’essai", "Commune de Saint-Airial-des-Pins"), id); err != nil {
		t.Error(err)
	}
	if f := l.folder(t, id); f.State != parapheur.Done {
		t.Errorf("%+v", f)
	}
}
