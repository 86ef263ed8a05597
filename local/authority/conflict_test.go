package authority_test

import (
	"context"
	"crypto/ed25519"
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
	keys := map[string]ed25519.PublicKey{}
	laptops := map[string]*journal.Journal{}
	for _, name := range []string{"a", "b"} {
		laptops[name], keys[name] = journaltest.OpenKeyed(t, name, time.Now, rand.Reader, authority.Projections())
	}
	people := map[string]*authority.Registry{"a": authority.New(laptops["a"]), "b": authority.New(laptops["b"])}
	var placed []journal.Placed
	place := func(from string, contested bool) {
		t.Helper()
		var out []journal.Entry
		if err := laptops[from].Store().View(ctx, func(tx *store.Tx) (err error) { out, err = laptops[from].Outgoing(tx, 0, 100); return err }); err != nil {
			t.Fatal(err)
		}
		for _, e := range out {
			placed = append(placed, journal.Placed{Entry: e, Seq: int64(len(placed) + 1), Contested: contested})
		}
	}
	deliver := func() {
		t.Helper()
		for _, l := range laptops {
			var cursor int64
			err := l.Store().View(ctx, func(tx *store.Tx) (err error) { cursor, err = journal.Cursor(tx); return err })
			if err == nil {
				err = l.Receive(ctx, journal.Delivery{Entries: placed[cursor:], KeyOf: func(d string) ed25519.PublicKey { return keys[d] }})
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	mayor := authority.NewMayor("Mme", "Maïté", "Fictive")
	var err error
	if mayor.ID, err = people["a"].Put(ctx, "essai", mayor); err != nil {
		t.Fatal(err)
	}
	clerk := authority.Person{FirstName: "Paul", LastName: "Inventé"}
	if clerk.ID, err = people["a"].Put(ctx, mayor.ID, clerk); err != nil {
		t.Fatal(err)
	}
	place("a", false)
	deliver()
	here, there := clerk, clerk
	here.Title, there.Title = "Secrétaire", "Secrétaire générale"
	if _, err := people["a"].Put(ctx, mayor.ID, here); err != nil {
		t.Fatal(err)
	}
	if _, err := people["b"].Put(ctx, mayor.ID, there); err != nil {
		t.Fatal(err)
	}
	place("a", false)
	place("b", true)
	deliver()
	stream := "person/" + clerk.ID
	var c journal.Conflict
	if err := laptops["b"].Store().View(ctx, func(tx *store.Tx) (err error) { c, err = journal.ConflictOf(tx, stream); return err }); err != nil || !authority.MayAgain(&c) {
		t.Fatalf("%+v, %v", c, err)
	}
	if err := people["b"].DoAgain(ctx, clerk.ID, stream, ""); rule.Find(err) == nil {
		t.Errorf("by who may not change people: %v", err)
	}
	if err := people["b"].DoAgain(ctx, mayor.ID, stream, "Le titre de l’arrêté"); err != nil {
		t.Fatal(err)
	}
	place("b", false)
	deliver()
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
