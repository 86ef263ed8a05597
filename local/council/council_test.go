package council_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"reflect"
	"testing"
	"time"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/journal/journaltest"
	"alpi40.fr/airial/local/rule"
)

func TestQuorum(t *testing.T) {
	for _, c := range []struct {
		article                        string
		inExercise, withdrawn, present int
		second, reached                bool
		required                       int
	}{
		{"L2121-17, more than half of 15", 15, 0, 8, false, true, 8},
		{"L2121-17, one short", 15, 0, 7, false, false, 8},
		{"L2121-17, half of 14 is not enough", 14, 0, 7, false, false, 8},
		{"L2121-17, second summons", 15, 0, 3, true, true, 0},
		{"L2131-11, two withdrawn leave thirteen", 15, 2, 7, false, true, 7},
	} {
		q := council.QuorumOf(c.inExercise, c.withdrawn, c.present, c.second)
		if q.Reached != c.reached || q.Required != c.required || q.Words == "" {
			t.Errorf("%s: %+v", c.article, q)
		}
		if err := council.CheckQuorum(q); (err == nil) != c.reached {
			t.Errorf("%s: %v", c.article, err)
		}
	}
}

// CGCT, art. L2121-20: the majority of the votes cast, and the chair's voice.
func TestOutcome(t *testing.T) {
	for _, c := range []struct {
		article          string
		f                council.Figures
		m                council.Manner
		chair            council.Choice
		adopted, casting bool
	}{
		{"L2121-20, majority", council.Figures{For: 8, Against: 3}, council.Ordinary, council.For, true, false},
		{"L2121-20, abstentions do not count", council.Figures{For: 2, Against: 1, Abstained: 10}, council.Ordinary, council.For, true, false},
		{"L2121-20, equal, the chair for", council.Figures{For: 5, Against: 5}, council.Ordinary, council.For, true, true},
		{"L2121-20, equal, the chair against", council.Figures{For: 5, Against: 5}, council.Public, council.Against, false, true},
		{"L2121-20, equal in secret", council.Figures{For: 5, Against: 5}, council.Secret, council.For, false, false},
		{"L2121-20, nobody voted", council.Figures{Abstained: 9}, council.Ordinary, council.For, false, false},
	} {
		adopted, casting, why := council.Outcome(c.f, c.m, c.chair)
		if adopted != c.adopted || casting != c.casting || why == "" {
			t.Errorf("%s: %v %v %s", c.article, adopted, casting, why)
		}
	}
}

// CGCT, art. L2121-11, L2121-12: clear days by population.
func TestSummons(t *testing.T) {
	for _, c := range []struct {
		article       string
		population    int
		sent, sitting authority.Day
		urgent        bool
		allowed       bool
	}{
		{"L2121-11, three clear days", 1240, "2026-11-08", "2026-11-12", false, true},
		{"L2121-11, two only", 1240, "2026-11-09", "2026-11-12", false, false},
		{"L2121-12, five from 3,500 inhabitants", 3500, "2026-11-06", "2026-11-12", false, true},
		{"L2121-12, four only", 3500, "2026-11-07", "2026-11-12", false, false},
		{"L2121-11, urgency, one clear day", 1240, "2026-11-10", "2026-11-12", true, true},
		{"L2121-11, urgency, none", 1240, "2026-11-11", "2026-11-12", true, false},
	} {
		_, err := council.CheckSummons(authority.Commune, c.population, c.sent, c.sitting, c.urgent, false)
		if (err == nil) != c.allowed || err != nil && rule.Find(err) == nil {
			t.Errorf("%s: %v", c.article, err)
		}
	}
}

func open(t testing.TB) (*council.Council, *journal.Journal) {
	t.Helper()
	ctx := context.Background()
	j := journaltest.Open(t, "mairie", time.Now, rand.Reader, authority.Projections(), council.Projections())
	people := authority.New(j)
	if err := people.Describe(ctx, "i", authority.Authority{ID: journaltest.Authority, Name: "Commune de Saint-Airial-des-Pins", Place: "Saint-Airial-des-Pins", Kind: authority.Commune, Population: 1240}); err != nil {
		t.Fatal(err)
	}
	for i := range 15 {
		p := authority.Person{ID: fmt.Sprintf("m%02d", i+1), Civility: "Mme", FirstName: "Prénom", LastName: fmt.Sprintf("Modèle%02d", i+1), Title: "Conseillère", Rank: i + 1, Roles: []authority.Role{authority.RoleCouncillor}}
		if i == 0 {
			p.Roles = []authority.Role{authority.RoleMayor}
		}
		if _, err := people.Put(ctx, "i", p); err != nil {
			t.Fatal(err)
		}
	}
	library, err := council.ReadLibrary()
	if err != nil {
		t.Fatal(err)
	}
	return council.New(j, library), j
}

func TestFromDraftToNumber(t *testing.T) {
	ctx := context.Background()
	c, j := open(t)
	id, err := c.Draft(ctx, "secretaire", "")
	if err != nil {
		t.Fatal(err)
	}
	d, _ := c.Deliberation(ctx, id)
	text := d.Text
	text.Blocks = append([]council.Block{}, text.Blocks...)
	text.Blocks[0].Text = "Tarifs de la salle des fêtes"
	text.Blocks[len(text.Blocks)-1].Text = "FIXE le tarif à 80 €."
	if err := c.Save(ctx, "secretaire", id, d.Edition, text); err != nil {
		t.Fatal(err)
	}
	var lost *council.NotApplied
	if err := c.Save(ctx, "autre", id, d.Edition, d.Text); !asNotApplied(err, &lost) || !reflect.DeepEqual(lost.Theirs, text) {
		t.Fatalf("a text over a later one: %v", err)
	}
	today := authority.DayOf(time.Now())
	sitting, err := c.Convene(ctx, "secretaire", council.Convene{At: time.Now(), Place: "mairie", Convened: today.Plus(-5), Posted: today.Plus(-5), Agenda: []string{id}})
	if err != nil {
		t.Fatal(err)
	}
	ballot := council.Ballot{Deliberation: id, Manner: council.Ordinary}
	for i := range 8 {
		if _, err := c.Vote(ctx, "secretaire", sitting, ballot, ""); rule.Find(err) == nil {
			t.Fatalf("L2121-17: a vote with %d present: %v", i, err)
		}
		if err := c.Call(ctx, "secretaire", sitting, fmt.Sprintf("m%02d", i+1), council.Attendance{Presence: council.Present}); err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range []struct {
		article  string
		from, to string
		allowed  bool
	}{
		{"L2121-20, absent to present", "m15", "m02", true}, {"L2121-20, a second to the same", "m14", "m02", false},
		{"L2121-20, who is present", "m03", "m04", false}, {"L2121-20, a stranger", "x", "m04", false},
	} {
		if err := c.TakeProxy(ctx, "secretaire", sitting, council.Proxy{From: p.from, To: p.to, Day: today}); (err == nil) != p.allowed {
			t.Errorf("%s: %v", p.article, err)
		}
	}
	if err := c.NameSecretary(ctx, "secretaire", sitting, "m15"); rule.Find(err) == nil {
		t.Errorf("L2121-15, an absent secretary: %v", err)
	}
	if err := c.NameSecretary(ctx, "secretaire", sitting, "m02"); err != nil {
		t.Fatal(err)
	}
	v, err := c.Vote(ctx, "secretaire", sitting, ballot, "")
	if err != nil || !v.Adopted || v.Figures.For != 9 {
		t.Fatalf("%+v, %v", v, err)
	}
	number, err := c.Finalise(ctx, "secretaire", id, sitting)
	if err != nil || number != fmt.Sprintf("%d-001", time.Now().Year()) {
		t.Fatal(number, err)
	}
	if err := c.Save(ctx, "secretaire", id, "", d.Text); rule.Find(err) == nil {
		t.Errorf("L2121-23: a voted text was changed: %v", err)
	}
	p, err := c.Print(ctx, id)
	if err != nil || len(p.Boxes) != 2 || !bytes.HasPrefix(p.PDF, []byte("%PDF-")) {
		t.Fatalf("%d boxes, %v", len(p.Boxes), err)
	}
	before, _ := c.Deliberation(ctx, id)
	sat, _ := c.Sitting(ctx, sitting)
	if err := j.Rebuild(ctx); err != nil {
		t.Fatal(err)
	}
	after, _ := c.Deliberation(ctx, id)
	again, _ := c.Sitting(ctx, sitting)
	if !reflect.DeepEqual(before, after) || !reflect.DeepEqual(sat, again) {
		t.Error("the rebuilt tables differ")
	}
}

func asNotApplied(err error, into **council.NotApplied) bool {
	n, ok := err.(*council.NotApplied)
	*into = n
	return ok
}
