package authority_test

import (
	"context"
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/journal/journaltest"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
)

// Two laptops changed one person, apart. What was kept aside is done again by who may, under the same rules as any
// change, and both laptops end with it.
func TestAChangeKeptAsideIsDoneAgain(t *testing.T) {
	ctx := context.Background()
	order := journaltest.NewOrder(t, time.Now, rand.Reader, []string{"a", "b"}, authority.Projections())
	people := map[string]*authority.Registry{"a": authority.New(order.Laptop("a")), "b": authority.New(order.Laptop("b"))}
	mayor := authority.NewMayor("Mme", "Maïté", "Fictive")
	var err error
	if mayor.ID, err = people["a"].Put(ctx, "essai", mayor); err != nil {
		t.Fatal(err)
	}
	clerk := authority.Person{FirstName: "Paul", LastName: "Inventé"}
	if clerk.ID, err = people["a"].Put(ctx, mayor.ID, clerk); err != nil {
		t.Fatal(err)
	}
	order.Place("a", false)
	order.Deliver()
	here, there := clerk, clerk
	here.Title, there.Title = "Secrétaire", "Secrétaire générale"
	if _, err := people["a"].Put(ctx, mayor.ID, here); err != nil {
		t.Fatal(err)
	}
	if _, err := people["b"].Put(ctx, mayor.ID, there); err != nil {
		t.Fatal(err)
	}
	order.Place("a", false)
	order.Place("b", true)
	order.Deliver()
	stream := "person/" + clerk.ID
	var c journal.Conflict
	if err := order.Laptop("b").Store().View(ctx, func(tx *store.Tx) (err error) { c, err = journal.ConflictOf(tx, stream); return err }); err != nil || !authority.MayAgain(&c) {
		t.Fatalf("%+v, %v", c, err)
	}
	if err := people["b"].DoAgain(ctx, clerk.ID, stream, ""); rule.Find(err) == nil {
		t.Errorf("by who may not change people: %v", err)
	}
	if err := people["b"].DoAgain(ctx, mayor.ID, stream, "Le titre de l’arrêté"); err != nil {
		t.Fatal(err)
	}
	order.Place("b", false)
	order.Deliver()
	for name, r := range people {
		all, _, err := r.Everyone(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if p, _ := authority.Find(all, clerk.ID); p.Title != there.Title {
			t.Errorf("%s: the title is %q", name, p.Title)
		}
	}
	if err := people["a"].DoAgain(ctx, mayor.ID, stream, ""); !errors.Is(err, journal.ErrSettled) && !errors.Is(err, store.ErrNotFound) {
		t.Errorf("twice: %v", err)
	}
}
