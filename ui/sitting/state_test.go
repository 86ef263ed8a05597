package sitting

import (
	"testing"
	"time"

	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
)

func table15() council.Sitting {
	s := council.Sitting{ID: "s", At: time.Date(2027, 1, 11, 20, 0, 0, 0, time.UTC), Chair: "a", Calls: map[string]council.Attendance{}}
	for _, id := range []string{"a", "b", "c", "d", "e"} {
		s.Members = append(s.Members, council.Member{ID: id, Name: "Mme " + id, Mayor: id == "a"})
		s.Calls[id] = council.Attendance{Presence: council.Present}
	}
	s.Agenda = []council.Item{{Deliberation: "p", Subject: "Tarifs"}, {Deliberation: "q"}, {Deliberation: "r"}}
	return s
}

// A key means a call before the sitting, an arrival or a departure in its course.
func TestMarks(t *testing.T) {
	began := table15()
	began.Openings = []council.Opening{{Point: "p"}}
	began.Calls["d"], began.Calls["e"] = council.Attendance{Presence: council.Absent}, council.Attendance{Presence: council.Present, Left: "20:40"}
	for _, c := range []struct {
		what   string
		s      council.Sitting
		member string
		to     council.Presence
		want   council.Act
	}{
		{"called absent", table15(), "b", council.Absent, council.RollCall{Member: "b", Attendance: council.Attendance{Presence: council.Absent}}},
		{"present already", table15(), "b", council.Present, nil},
		{"leaves", began, "b", council.Absent, council.Move{Member: "b"}},
		{"arrives", began, "d", council.Present, council.Move{Member: "d", In: true}},
		{"comes back", began, "e", council.Present, council.Move{Member: "e", In: true}},
		{"absent already", began, "d", council.Absent, nil},
		{"was absent, is excused", began, "d", council.Excused, council.RollCall{Member: "d", Attendance: council.Attendance{Presence: council.Excused}}},
	} {
		got := mark(c.s, c.member, c.to)
		if call, ok := got.(council.RollCall); ok {
			want, same := c.want.(council.RollCall)
			if !same || call.Member != want.Member || call.Presence != want.Presence {
				t.Errorf("%s: %+v", c.what, got)
			}
		} else if got != c.want {
			t.Errorf("%s: %+v", c.what, got)
		}
	}
}

func TestBallotForgetsWhoLeft(t *testing.T) {
	s := table15()
	b := newBallot(s, "p")
	b.choices["b"], b.choices["c"], b.choices["d"] = council.Against, council.For, council.Abstain
	s.Calls["d"] = council.Attendance{Presence: council.Present, Left: "20:40"}
	s.Interests = []council.Interest{{Point: "p", Member: "e"}}
	if got := b.cast(s); len(got.Choices) != 1 || got.Choices["b"] != council.Against {
		t.Errorf("%+v", got.Choices)
	}
	if v, err := council.Judge(s, b.cast(s), ""); err != nil || v.Voters() != 3 || v.Figures.Against != 1 {
		t.Errorf("%+v, %v", v, err)
	}
}

// words is a host that has words alone.
type words struct {
	shell.Host
	c *lang.Catalogue
}

func (w words) Text(key string, args ...any) string { return w.c.Text(key, args...) }

// Nothing of a secret ballot is shown to the public before it is recorded.
func TestSecretPapersAreNotProjected(t *testing.T) {
	s := table15()
	s.Point = "p"
	b := newBallot(s, "p")
	c, err := lang.French()
	if err != nil {
		t.Fatal(err)
	}
	h := words{c: c}
	if got := running(h, s, b); got == "" || got == h.Text("sitting.projector.secret") {
		t.Errorf("an ordinary ballot: %q", got)
	}
	b.manner, b.askedSecret, b.papers, b.counted = council.Secret, 3, council.Figures{For: 4, Against: 1}, true
	if got := running(h, s, b); got != h.Text("sitting.projector.secret") {
		t.Errorf("the papers of a secret ballot are projected: %q", got)
	}
}

func TestAgendaMoves(t *testing.T) {
	agenda := table15().Agenda
	for _, c := range []struct{ i, by int }{{0, -1}, {2, 1}, {-1, 1}} {
		if got := moved(agenda, c.i, c.by); got[0].Deliberation != "p" || got[2].Deliberation != "r" {
			t.Errorf("%+v: %v", c, got)
		}
	}
	if got := moved(agenda, 2, -1); got[1].Deliberation != "r" || agenda[1].Deliberation != "q" {
		t.Errorf("%v", got)
	}
}
