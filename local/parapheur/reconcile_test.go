package parapheur_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/journal/journaltest"
	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/store"
)

// order is the least server there can be: it gives places, and judges who came second.
type order struct {
	placed []journal.Placed
	heads  map[string]journal.Entry
	known  map[string]bool
	keys   map[string]ed25519.PublicKey
}

func (o *order) push(t testing.TB, l *laptop) {
	t.Helper()
	var out []journal.Entry
	if err := l.db.View(context.Background(), func(tx *store.Tx) (err error) { out, err = l.j.Outgoing(tx, 0, 1000); return err }); err != nil {
		t.Fatal(err)
	}
	for _, e := range out {
		if o.known[e.ID] {
			continue
		}
		o.known[e.ID] = true
		head := o.heads[e.Stream]
		p := journal.Placed{Entry: e, Seq: int64(len(o.placed) + 1), Contested: e.Version != head.Version+1 || e.Base != head.Hash}
		if !p.Contested {
			o.heads[e.Stream] = e
		}
		o.placed = append(o.placed, p)
	}
}

func (o *order) pull(t testing.TB, l *laptop) {
	t.Helper()
	var cursor int64
	err := l.db.View(context.Background(), func(tx *store.Tx) (err error) { cursor, err = journal.Cursor(tx); return err })
	if err == nil {
		err = l.j.Receive(context.Background(), journal.Delivery{Entries: o.placed[cursor:], KeyOf: func(d string) ed25519.PublicKey { return o.keys[d] }})
	}
	if err != nil {
		t.Fatal(err)
	}
}

// village is laptops of one town hall, each its person's.
func village(t testing.TB, names ...string) (*order, map[string]*laptop) {
	t.Helper()
	o := &order{heads: map[string]journal.Entry{}, known: map[string]bool{}, keys: map[string]ed25519.PublicKey{}}
	all := map[string]*laptop{}
	for _, n := range names {
		j, key := journaltest.OpenKeyed(t, n, time.Now, rand.Reader, authority.Projections(), parapheur.Projections())
		all[n], o.keys[n] = &laptop{Desk: parapheur.New(j), j: j, db: j.Store()}, key
	}
	first := all[names[0]]
	first.people(t)
	o.push(t, first)
	for _, n := range names {
		o.pull(t, all[n])
	}
	return o, all
}

// together is a step that each of three people must do, then the mayor's signature.
func together() []parapheur.Step {
	return []parapheur.Step{
		{Kind: parapheur.Approval, Person: "secretaire", Title: "Visa à trois", All: true, With: []parapheur.Holder{{Person: "adjoint"}, {Person: "maire"}}},
		{Kind: parapheur.Signature, Person: "maire", Title: "Signature du maire"},
	}
}

func (l *laptop) toApprove(t testing.TB, letter []byte) string {
	t.Helper()
	id, err := l.Import(context.Background(), "secretaire", parapheur.Import{Title: "À trois", Kind: parapheur.Letter, Route: together(), Send: true,
		Files: []parapheur.File{{Name: "lettre.pdf", Content: letter}}})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// Parts of one step done at the same time on laptops that do not see each other all count,
// in whatever order they come to the server, and nobody has to decide anything.
func TestPartsDoneApartAllCount(t *testing.T) {
	ctx := context.Background()
	names := []string{"secretaire", "adjoint", "maire"}
	o, laptops := village(t, names...)
	letter := paper(t)
	rapid.Check(t, func(r *rapid.T) {
		id := laptops["secretaire"].toApprove(t, letter)
		o.push(t, laptops["secretaire"])
		for _, n := range names {
			o.pull(t, laptops[n])
		}
		waiting := append([]string{}, names...)
		moves := rapid.SliceOfN(rapid.SampledFrom([]string{"act", "push", "pull", "reconcile"}), 3, 25).Draw(r, "moves")
		for _, m := range moves {
			who := rapid.SampledFrom(names).Draw(r, "who")
			l := laptops[who]
			switch m {
			case "act":
				for i, w := range waiting {
					if w == who {
						f, err := l.Folder(ctx, id)
						if err == nil {
							err = l.Approve(ctx, who, id, "vu par "+who, f.Seen())
						}
						if err != nil {
							r.Fatal(err)
						}
						waiting = append(waiting[:i], waiting[i+1:]...)
						break
					}
				}
			case "push":
				o.push(t, l)
			case "pull":
				o.pull(t, l)
			case "reconcile":
				if _, err := l.Reconcile(ctx); err != nil {
					r.Fatal(err)
				}
			}
		}
		for _, who := range waiting {
			f, err := laptops[who].Folder(ctx, id)
			if err == nil {
				err = laptops[who].Approve(ctx, who, id, "vu par "+who, f.Seen())
			}
			if err != nil {
				r.Fatal(err)
			}
		}
		for range 2 * len(names) {
			for _, n := range names {
				o.push(t, laptops[n])
				o.pull(t, laptops[n])
				if _, err := laptops[n].Reconcile(ctx); err != nil {
					r.Fatal(err)
				}
			}
		}
		var told string
		for _, n := range names {
			f, err := laptops[n].Folder(ctx, id)
			if err != nil || f.Step != 1 || f.Conflict || f.State != parapheur.Running {
				r.Fatalf("%s: step %d, conflict %v, %s: %v", n, f.Step, f.Conflict, f.State, err)
			}
			parts := map[string]int{}
			for _, e := range f.History {
				if e.Kind == parapheur.KindApproved {
					parts[e.Person+" "+e.Note]++
				}
			}
			if len(parts) != 3 || parts["secretaire vu par secretaire"] != 1 || parts["adjoint vu par adjoint"] != 1 || parts["maire vu par maire"] != 1 {
				r.Fatalf("%s: %v", n, parts)
			}
			if now := fmt.Sprintf("%+v", f.History); told == "" {
				told = now
			} else if told != now {
				r.Fatalf("the laptops tell different stories:\n%s\n%s", told, now)
			}
		}
	})
}

// A refusal that came first is not swept aside by a part: a person decides.
func TestPartAgainstRefusalIsDecidedByAPerson(t *testing.T) {
	ctx := context.Background()
	o, laptops := village(t, "secretaire", "adjoint")
	a, b := laptops["secretaire"], laptops["adjoint"]
	id := a.toApprove(t, paper(t))
	o.push(t, a)
	o.pull(t, a)
	o.pull(t, b)
	f, err := b.Folder(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Refuse(ctx, "secretaire", id, "Non"); err != nil {
		t.Fatal(err)
	}
	if err := b.Approve(ctx, "adjoint", id, "", f.Seen()); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		for _, l := range []*laptop{a, b} {
			o.push(t, l)
			o.pull(t, l)
			if n, err := l.Reconcile(ctx); err != nil || n != 0 {
				t.Fatal(n, err)
			}
		}
	}
	for _, l := range []*laptop{a, b} {
		if f, err := l.Folder(ctx, id); err != nil || !f.Conflict || f.State != parapheur.Refused {
			t.Errorf("%+v %v", f, err)
		}
	}
}
