package council_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/rule"
)

// What is numbered is the amended text: a person carries the amendment into it, once; the printed deliberation says so,
// with the reporter and the commission's opinion that the agenda knows.
func TestAnAdoptedAmendmentIsCarried(t *testing.T) {
	ctx := context.Background()
	c, _ := open(t)
	points := drafts(t, c, "Tarifs")
	today := authority.DayOf(time.Now())
	sitting, err := c.Convene(ctx, "i", council.Convene{At: time.Now(), Place: "mairie", Convened: today.Plus(-6), Posted: today.Plus(-6), Agenda: points,
		Points: map[string]council.Point{points[0]: {Reporter: "m02", Opinions: []council.Opinion{{Commission: "finances", Words: "favorable"}}}}})
	if err != nil {
		t.Fatal(err)
	}
	s, _ := c.Sitting(ctx, sitting)
	record := func(a council.Act) {
		t.Helper()
		if err := c.Record(ctx, "i", sitting, a); err != nil {
			t.Fatalf("%T: %v", a, err)
		}
	}
	for _, m := range s.Members {
		record(council.RollCall{Member: m.ID, Attendance: council.Attendance{Presence: council.Present}})
	}
	record(council.NameSecretary{Member: "m03"})
	record(council.OpenPoint{Point: points[0]})
	for _, text := range []string{"réduire", "supprimer"} {
		record(council.Amend{Amendment: council.Amendment{Point: points[0], Author: "m04", Text: text}})
		s, _ = c.Sitting(ctx, sitting)
		choices := map[string]council.Choice{}
		if text == "supprimer" {
			for _, m := range s.Members {
				choices[m.ID] = council.Against
			}
		}
		record(council.Cast{Ballot: council.Ballot{Deliberation: points[0], Amendment: s.Current(points[0]).ID, Manner: council.Ordinary, Choices: choices}})
	}
	record(council.Cast{Ballot: council.Ballot{Deliberation: points[0], Manner: council.Ordinary}})
	if _, err := c.Finalise(ctx, "i", points[0], sitting); rule.Find(err) == nil || !strings.Contains(rule.Find(err).Why, "réduire") {
		t.Fatalf("L2121-23: another text than the one voted is numbered: %v", err)
	}
	s, _ = c.Sitting(ctx, sitting)
	d, _ := c.Deliberation(ctx, points[0])
	adopted := council.Uncarried(*s, *d)
	if len(adopted) != 1 || adopted[0].Text != "réduire" {
		t.Fatalf("a rejected amendment is to be carried: %+v", adopted)
	}
	written := d.Text
	written.Blocks = append([]council.Block{}, d.Text.Blocks...)
	written.Blocks[len(written.Blocks)-1].Text = "APPROUVE la réduction."
	var stale *council.NotApplied
	if err := c.Carry(ctx, "i", sitting, adopted[0].ID, "a former edition", points[0], written); !errors.As(err, &stale) {
		t.Errorf("a text saved meanwhile is written over: %v", err)
	}
	if err := c.Carry(ctx, "i", sitting, adopted[0].ID, d.Edition, points[0], written); err != nil {
		t.Fatal(err)
	}
	d, _ = c.Deliberation(ctx, points[0])
	if err := c.Carry(ctx, "i", sitting, adopted[0].ID, d.Edition, points[0], written); rule.Find(err) == nil {
		t.Errorf("it is carried twice: %v", err)
	}
	if _, err := c.Finalise(ctx, "i", points[0], sitting); err != nil {
		t.Fatal(err)
	}
	d, _ = c.Deliberation(ctx, points[0])
	printed := council.Printed(authority.Authority{Name: "Commune d’Essai"}, *d, time.Now())
	said := strings.Join(append(append(printed.Vote.Told, printed.Opinions...), printed.Reporter), "\n")
	for _, want := range []string{"amendé en séance", "commission finances: favorable", "Modèle"} {
		if !strings.Contains(strings.ToLower(said), strings.ToLower(want)) {
			t.Errorf("no «%s» in %q", want, said)
		}
	}
}

// A nomination prints its rounds, never the figures of a text; the only candidate is named without a vote (L2121-21).
func TestANominationIsPrinted(t *testing.T) {
	s := council.Sitting{Members: []council.Member{{ID: "a", Name: "Mme Ève EXEMPLE"}, {ID: "b", Name: "M. Jean MODÈLE"}}}
	n := council.Nomination{Elected: "Mme Ève EXEMPLE", Why: "Mme Ève EXEMPLE est élue.", Rounds: []council.Round{{N: 1, Manner: council.Secret, Voters: 3, Blank: 1, Candidates: []council.Candidate{{ID: "a", Name: "Mme Ève EXEMPLE", Votes: 2}}, Why: "Mme Ève EXEMPLE est élue."}}}
	for _, c := range []struct {
		why     string
		vote    council.Vote
		formula string
		told    int
	}{
		{"L2121-21, in secret", council.Vote{Ballot: council.Ballot{Manner: council.Secret}, Adopted: true, Nominations: []council.Nomination{n}}, "au scrutin secret", 1},
		{"L2121-21, by right", council.Vote{Ballot: council.Ballot{Manner: council.Ordinary}, Adopted: true, ByRight: true, Nominations: []council.Nomination{{ByRight: true, Why: "M. Jean MODÈLE est nommé sans vote."}}}, "sans vote, une seule candidature ayant été présentée", 1},
		{"L2121-20, a text", council.Vote{Ballot: council.Ballot{Manner: council.Ordinary}, Adopted: true, Figures: council.Figures{For: 2}}, "", 0},
		{"L2121-18, behind closed doors", council.Vote{Ballot: council.Ballot{Manner: council.Ordinary}, Adopted: true, Closed: true, Figures: council.Figures{For: 2}}, "", 1},
	} {
		d := council.Deliberation{ID: "d", Number: "2026-001", Record: &council.Record{Sitting: s, Vote: c.vote}}
		v := council.Printed(authority.Authority{Name: "Commune d’Essai"}, d, time.Now()).Vote
		if v.Formula != c.formula || len(v.Told) != c.told {
			t.Errorf("%s: %q, %q", c.why, v.Formula, v.Told)
		}
	}
}
