package parapheur_test

import (
	"context"
	"slices"
	"testing"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/rule"
)

// TestOpinions: asked by whose turn it is, given once by who was asked; the route goes on meanwhile.
func TestOpinions(t *testing.T) {
	ctx := context.Background()
	l := newLaptop(t, "pc")
	l.people(t)
	id := l.start(t, parapheur.Import{Route: parapheur.UsualRoute()})
	if err := l.AskOpinion(ctx, "adjoint", id, "maire", "Qu’en pensez-vous ?"); rule.Find(err) == nil {
		t.Error("somebody without a turn asked:", err)
	}
	if err := l.AskOpinion(ctx, "secretaire", id, "secretaire", "Et moi ?"); rule.Find(err) == nil {
		t.Error("one asked oneself:", err)
	}
	if err := l.AskOpinion(ctx, "secretaire", id, "adjoint", " "); rule.Find(err) == nil {
		t.Error("nothing was asked:", err)
	}
	if err := l.AskOpinion(ctx, "secretaire", id, "adjoint", "Le devis vous paraît-il juste ?"); err != nil {
		t.Fatal(err)
	}
	rows, err := l.List(ctx, "adjoint", parapheur.ToDo, 10)
	if n, _ := l.Count(ctx, "adjoint"); err != nil || len(rows) != 1 || !rows[0].Asked || n != 1 {
		t.Fatalf("%+v %d %v", rows, n, err)
	}
	asked := l.folder(t, id).Opinions[0]
	if err := l.GiveOpinion(ctx, "maire", asked, true, "Oui."); rule.Find(err) == nil {
		t.Error("another answered:", err)
	}
	if err := l.Approve(ctx, "secretaire", id, "", l.seen(t, id)); err != nil {
		t.Error("the route waited:", err)
	}
	if err := l.GiveOpinion(ctx, "adjoint", asked, true, "Oui, il est juste."); err != nil {
		t.Fatal(err)
	}
	if err := l.GiveOpinion(ctx, "adjoint", asked, false, "Non."); rule.Find(err) == nil {
		t.Error("it was given twice:", err)
	}
	if o := l.folder(t, id).Opinions; len(o) != 1 || !o[0].For || o[0].Answer != "Oui, il est juste." || l.waitsFor(t, "adjoint", id) {
		t.Errorf("%+v", o)
	}
	l.same(t)
}

// TestPrivateRemark: it is read with its place on the page, and not printed.
func TestPrivateRemark(t *testing.T) {
	ctx := context.Background()
	l := newLaptop(t, "pc")
	l.people(t)
	id := l.start(t, parapheur.Import{Route: parapheur.UsualRoute()})
	spot := parapheur.Spot{Document: "essai.pdf", Page: 1, X: 0.5, Y: 0.25}
	if err := l.Remark(ctx, "maire", id, parapheur.Note{Text: "À vérifier entre nous", Private: true, Spot: &spot}); err != nil {
		t.Fatal(err)
	}
	if r := l.folder(t, id).Remarks; len(r) != 1 || !r[0].Private || *r[0].Spot != spot {
		t.Errorf("%+v", r)
	}
	l.same(t)
}

// TestAddingAnAnnex: where the step allows it, and never to what is signed.
func TestAddingAnAnnex(t *testing.T) {
	ctx := context.Background()
	l := newLaptop(t, "pc")
	l.people(t)
	route := parapheur.UsualRoute()
	route[0].MayAdd = true
	id := l.start(t, parapheur.Import{Route: route})
	seen := l.seen(t, id)
	for range 2 {
		if err := l.Add(ctx, "secretaire", id, parapheur.File{Name: "essai.pdf", Content: []byte("une annexe")}); err != nil {
			t.Fatal(err)
		}
	}
	f := l.folder(t, id)
	if len(f.Documents) != 3 || !f.Documents[1].Annex || f.Documents[1].Name == f.Documents[0].Name || f.Documents[2].Name == f.Documents[1].Name || !slices.Equal(seen, f.Seen()) {
		t.Errorf("%+v", f.Documents)
	}
	if err := l.Add(ctx, "maire", id, parapheur.File{Name: "b.pdf", Content: []byte("x")}); rule.Find(err) == nil {
		t.Error("somebody added out of turn:", err)
	}
	if err := l.Approve(ctx, "secretaire", id, "", seen); err != nil {
		t.Fatal(err)
	}
	if err := parapheur.MayAdd(l.folder(t, id), parapheur.Town{People: []authority.Person{{ID: "maire", Roles: []authority.Role{authority.RoleMayor}}}}, "maire", "2026-11-25"); rule.Find(err) == nil {
		t.Error("the mayor's step allows none:", err)
	}
	l.same(t)
}
