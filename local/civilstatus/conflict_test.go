package civilstatus_test

import (
	"context"
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/civilstatus"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/journal/journaltest"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
)

// Two people indexed one act, apart. The index that was kept aside takes its place after the other when a person says
// so, and both laptops end with it; what is no index is not done again so.
func TestAnIndexKeptAsideIsDoneAgain(t *testing.T) {
	ctx := context.Background()
	order := journaltest.NewOrder(t, time.Now, rand.Reader, []string{"a", "b"}, authority.Projections(), civilstatus.Projections())
	acts := map[string]*civilstatus.Registry{}
	for _, name := range []string{"a", "b"} {
		acts[name] = civilstatus.New(order.Laptop(name), catalogue(t))
	}
	conflict := func(act string) (c journal.Conflict) {
		t.Helper()
		if err := order.Laptop("b").Store().View(ctx, func(tx *store.Tx) (err error) { c, err = journal.ConflictOf(tx, "act/"+act); return err }); err != nil {
			t.Fatal(err)
		}
		return c
	}
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	id, err := acts["a"].Import(ctx, "secretaire", birth, []civilstatus.Page{{Name: "acte.png", Content: picture(t)}})
	check(err)
	order.Place("a", false)
	order.Deliver()
	read := civilstatus.Index{LastName: "Exemple", FirstName: "Camille", Gender: civilstatus.Feminine, Date: birth.Date}
	other := read
	other.FirstName = "Camille Élise Maïté"
	check(acts["a"].Index(ctx, "secretaire", id, read))
	check(acts["b"].Index(ctx, "benevole", id, other))
	order.Place("a", false)
	order.Place("b", true)
	order.Deliver()
	if c := conflict(id); !civilstatus.MayAgain(&c) || len(c.Contested) != 1 || len(c.Holding) != 1 {
		t.Fatalf("%+v", c)
	}
	if a, err := acts["b"].Act(ctx, id); err != nil || a.FirstName != read.FirstName {
		t.Fatalf("what stands is %q, %v", a.FirstName, err)
	}
	check(acts["b"].DoAgain(ctx, "secretaire", id, "relu sur l’image"))
	order.Place("b", false)
	order.Deliver()
	for name, r := range acts {
		if a, err := r.Act(ctx, id); err != nil || a.FirstName != other.FirstName {
			t.Errorf("%s: the first names are %q, %v", name, a.FirstName, err)
		}
	}
	if err := acts["a"].DoAgain(ctx, "secretaire", id, ""); !errors.Is(err, journal.ErrSettled) {
		t.Errorf("twice: %v", err)
	}
	// A mention is prepared anew on the act's page: it is not done again from here.
	check(acts["a"].Index(ctx, "secretaire", id, read))
	fields := map[string]string{"lieu": "Dax", "date": "12 septembre 2026", "conjoint_prenoms": "Jean", "conjoint_nom": "MODÈLE"}
	_, err = acts["b"].Record(ctx, "secretaire", id, "MARIAGE", fields, "avis de la mairie de Dax", "2026-09-14")
	check(err)
	order.Place("a", false)
	order.Place("b", true)
	order.Deliver()
	if c := conflict(id); civilstatus.MayAgain(&c) {
		t.Error("a mention may be done again")
	}
	if err := acts["b"].DoAgain(ctx, "secretaire", id, ""); rule.Find(err) == nil {
		t.Errorf("a mention: %v", err)
	}
}
