package council_test

import (
	"context"
	"reflect"
	"testing"
	"time"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/rule"
)

// drafts are deliberations of a free subject.
func drafts(t *testing.T, c *council.Council, subjects ...string) (ids []string) {
	t.Helper()
	ctx := context.Background()
	for _, subject := range subjects {
		id, err := c.Draft(ctx, "i", "")
		if err != nil {
			t.Fatal(err)
		}
		d, _ := c.Deliberation(ctx, id)
		text := d.Text
		text.Blocks = append([]council.Block{}, text.Blocks...)
		text.Blocks[0].Text, text.Blocks[len(text.Blocks)-1].Text = subject, "APPROUVE."
		if err := c.Save(ctx, "i", id, d.Edition, text); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	return ids
}

// An evening on the disk: prepared, added to, held, corrected; its history, and the tables made anew.
func TestAnEvening(t *testing.T) {
	ctx := context.Background()
	c, j := open(t)
	points := drafts(t, c, "Tarifs", "Voirie", "Forêt")
	today := authority.DayOf(time.Now())
	in := council.Convene{At: time.Now(), Place: "mairie", Convened: today.Plus(-4), Posted: today.Plus(-4), Agenda: points[:2],
		Points: map[string]council.Point{points[0]: {Reporter: "m02", Opinions: []council.Opinion{{Commission: "finances", Words: "favorable"}}}}}
	if s, err := c.Plan(ctx, in); err != nil || s.Given != 3 || s.Words == "" {
		t.Fatalf("%+v, %v", s, err)
	}
	late := in
	late.Convened = today.Plus(-3)
	if _, err := c.Convene(ctx, "i", late); rule.Find(err) == nil {
		t.Fatalf("L2121-11: %v", err)
	}
	remote := in
	remote.Remote = &council.Remote{Sites: []string{"mairie", "école"}, Link: "https://exemple.invalid"}
	if _, err := c.Plan(ctx, remote); rule.Find(err) == nil {
		t.Errorf("a municipal council sits remotely: %v", err)
	}
	id, err := c.Convene(ctx, "i", in)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Supplement(ctx, "i", id, points[2], today, false, council.Point{}); rule.Find(err) == nil {
		t.Errorf("L2121-11, a supplement of the day: %v", err)
	}
	if err := c.Supplement(ctx, "i", id, points[2], today.Plus(-2), true, council.Point{Reporter: "m03"}); err != nil {
		t.Fatal(err)
	}
	s, _ := c.Sitting(ctx, id)
	if err := c.Order(ctx, "i", id, []council.Item{s.Agenda[2], s.Agenda[0]}); rule.Find(err) == nil {
		t.Errorf("L2121-10: a point vanished: %v", err)
	}
	if err := c.Order(ctx, "i", id, []council.Item{s.Agenda[2], s.Agenda[0], s.Agenda[1]}); err != nil {
		t.Fatal(err)
	}
	people := authority.New(j)
	if _, err := people.Put(ctx, "i", authority.Person{ID: "m15", FirstName: "Prénom", LastName: "Modèle15", Rank: 15, Until: today.Plus(-1)}); err != nil {
		t.Fatal(err)
	}
	if err := c.CallMembers(ctx, "i", id); err != nil {
		t.Fatal(err)
	}
	if s, _ = c.Sitting(ctx, id); len(s.Members) != 14 || s.Agenda[0].Deliberation != points[2] || !s.Agenda[0].Urgent || s.Agenda[1].Reporter != "m02" {
		t.Fatalf("L2121-4: %d members; %+v", len(s.Members), s.Agenda)
	}
	record := func(acts ...council.Act) {
		t.Helper()
		for _, a := range acts {
			if err := c.Record(ctx, "i", id, a); err != nil {
				t.Fatalf("%T: %v", a, err)
			}
		}
	}
	for _, m := range s.Members[:8] {
		record(council.RollCall{Member: m.ID, Attendance: council.Attendance{Presence: council.Present}})
	}
	if err := c.Record(ctx, "i", id, council.OpenPoint{Point: points[0]}); rule.Find(err) == nil {
		t.Errorf("L2121-11, the urgency: %v", err)
	}
	record(council.NameSecretary{Member: "m02"}, council.NameAuxiliaries{Names: []string{"Mme Solène BROUILLON", " "}},
		council.RuleUrgency{Urgency: council.Urgency{Accepted: true}}, council.OpenPoint{Point: points[0]},
		council.Cast{Ballot: council.Ballot{Deliberation: points[0], Manner: council.Ordinary}},
		council.Write{Note: council.Note{Point: points[0], By: "m03", Text: "demande le coût."}})
	if _, err := c.Finalise(ctx, "i", points[0], id); err != nil {
		t.Fatal(err)
	}
	acts, err := c.History(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	voted, noted := acts[len(acts)-2], acts[len(acts)-1]
	if err := c.Record(ctx, "i", id, council.Undo{Entry: voted.Entry}); rule.Find(err) == nil || rule.Find(err).Article != "CGCT, art. L2121-23" {
		t.Errorf("the vote of a numbered deliberation is undone: %v", err)
	}
	record(council.Undo{Entry: noted.Entry, Why: "erreur de point"}, council.Move{Member: "m08"})
	if err := c.Record(ctx, "i", id, council.OpenPoint{Point: points[1]}); rule.Find(err) == nil {
		t.Errorf("L2121-17: %v", err)
	}
	record(council.End{LackedQuorum: true})
	if s, _ = c.Sitting(ctx, id); len(s.Notes) != 0 || !s.LackedQuorum || s.Ended == "" || len(s.Remaining()) != 2 {
		t.Errorf("%+v", s)
	}
	if acts, _ = c.History(ctx, id); acts[len(acts)-4].Undone == "" {
		t.Errorf("the history forgets what was undone: %+v", acts[len(acts)-4])
	}
	second := council.Convene{At: time.Now().AddDate(0, 0, 4), Place: "mairie", Convened: today, Second: true, After: id, Agenda: s.Remaining()}
	if _, err := c.Convene(ctx, "i", second); err != nil {
		t.Errorf("L2121-17: %v", err)
	}
	if err := j.Rebuild(ctx); err != nil {
		t.Fatal(err)
	}
	again, _ := c.Sitting(ctx, id)
	acted, _ := c.History(ctx, id)
	if !reflect.DeepEqual(s, again) || !reflect.DeepEqual(acts, acted) {
		t.Error("the rebuilt tables differ")
	}
}

// A sitting as the first version of Airial wrote it is read as it was.
func TestOldAttendanceIsRead(t *testing.T) {
	s := council.Sitting{At: time.Date(2026, 11, 24, 20, 0, 0, 0, time.UTC), Members: []council.Member{{ID: "a"}, {ID: "b"}, {ID: "c"}}, Calls: map[string]council.Attendance{
		"a": {Presence: council.Present, Arrived: "20:15"}, "b": {Presence: council.Present, Left: "20:30"}, "c": {Presence: council.Present}}}
	for hour, want := range map[string]int{"": 2, "20:10": 2, "20:20": 3, "20:30": 2} {
		if got := len(s.PresentAt(hour)); got != want {
			t.Errorf("at %q: %d, want %d", hour, got, want)
		}
	}
}
