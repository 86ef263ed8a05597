package council_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"reflect"
	"testing"
	"time"

	"github.com/google/uuid"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/journal/journaltest"
	"alpi40.fr/airial/local/store"
)

// A sitting interrupted after any of its acts goes on from there: the laptop stops, is opened again, and shows what was
// shown; tables made anew from the journal show the same.
func TestASittingInterruptedAtEveryAct(t *testing.T) {
	ctx := t.Context()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	library, err := council.ReadLibrary()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	var db *store.DB
	var j *journal.Journal
	var c *council.Council
	start := func() {
		t.Helper()
		if db, err = store.Open(ctx, store.Options{Dir: dir, Secrets: store.Secrets{Database: [32]byte{1}, Documents: [32]byte{2}}, Now: time.Now}); err != nil {
			t.Fatal(err)
		}
		if j, err = journal.Open(ctx, db, journal.Options{Authority: journaltest.Authority, Device: journal.Device{ID: "mairie", Key: key}, Now: time.Now, Rand: rand.Reader,
			Projections: append(authority.Projections(), council.Projections()...), NewID: func() string { return uuid.Must(uuid.NewV7()).String() }}); err != nil {
			t.Fatal(err)
		}
		c = council.New(j, library)
	}
	start()
	defer func() { db.Close() }()
	people := authority.New(j)
	if err := people.Describe(ctx, "i", authority.Authority{ID: journaltest.Authority, Name: "Essai", Kind: authority.Commune, Population: 850}); err != nil {
		t.Fatal(err)
	}
	for i, name := range []string{"Alfa", "Bravo", "Charlie", "Delta", "Écho"} {
		p := authority.Person{ID: name, FirstName: "Prénom", LastName: name, Rank: i + 1}
		if i == 0 {
			p.Roles = []authority.Role{authority.RoleMayor}
		}
		if _, err := people.Put(ctx, "i", p); err != nil {
			t.Fatal(err)
		}
	}
	points := drafts(t, c, "Tarifs", "Voirie")
	today := authority.DayOf(time.Now())
	id, err := c.Convene(ctx, "i", council.Convene{At: time.Now(), Place: "mairie", Convened: today.Plus(-6), Agenda: points})
	if err != nil {
		t.Fatal(err)
	}
	there := func(who string) council.Act {
		return council.RollCall{Member: who, Attendance: council.Attendance{Presence: council.Present}}
	}
	acts := []council.Act{there("Alfa"), there("Bravo"), there("Charlie"), council.RollCall{Member: "Delta", Attendance: council.Attendance{Presence: council.Excused}},
		council.TakeProxy{Proxy: council.Proxy{From: "Delta", To: "Bravo", Day: today}}, council.NameSecretary{Member: "Charlie"}, council.OpenPoint{Point: points[0]},
		council.Amend{Amendment: council.Amendment{Point: points[0], Author: "Bravo", Text: "à 20 euros"}}, nil,
		council.GoOut{Interest: council.Interest{Point: points[0], Member: "Charlie"}}, council.GoOut{Interest: council.Interest{Point: points[0], Member: "Charlie", Back: true}},
		council.Cast{Ballot: council.Ballot{Deliberation: points[0], Manner: council.Ordinary, Choices: map[string]council.Choice{"Charlie": council.Against}}},
		council.Write{Note: council.Note{Point: points[0], Text: "le coût est rappelé."}}, there("Delta"), council.OpenPoint{Point: points[1]},
		council.SetAside{Aside: council.Aside{Point: points[1], As: council.Postponed}}, council.End{}}
	for i, act := range acts {
		if act == nil { // the amendment is voted, by the name that it was given
			s, err := c.Sitting(ctx, id)
			if err != nil {
				t.Fatal(err)
			}
			act = council.Cast{Ballot: council.Ballot{Deliberation: points[0], Amendment: s.Amendments[0].ID, Manner: council.Ordinary, Choices: map[string]council.Choice{"Alfa": council.Against, "Bravo": council.Against, "Delta": council.Against, "Charlie": council.Against}}}
		}
		if err := c.Record(ctx, "i", id, act); err != nil {
			t.Fatalf("act %d, %T: %v", i, act, err)
		}
		before, err := c.Sitting(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		start()
		if i%4 == 3 {
			if err := j.Rebuild(ctx); err != nil {
				t.Fatal(err)
			}
		}
		after, err := c.Sitting(ctx, id)
		if err != nil || !reflect.DeepEqual(before, after) {
			t.Fatalf("after act %d, %T, the sitting is another: %+v, was %+v, %v", i, act, after, before, err)
		}
	}
	s, err := c.Sitting(ctx, id)
	if err != nil || s.Ended == "" || len(s.Votes) != 1 || len(s.Proxies) != 0 || len(s.Former) != 1 {
		t.Errorf("%+v, %v", s, err)
	}
}
