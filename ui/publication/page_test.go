package publication

import (
	"testing"
	"time"

	"alpi40.fr/airial/local/publication"
	"alpi40.fr/airial/ui/widgets"
)

// What has a deadline comes first, soonest first; then what waits; then what is done.
func TestOrder(t *testing.T) {
	act := func(id string, kind publication.Kind, p publication.Publication) publication.Publication {
		p.ID, p.Kind, p.Adopted = id, kind, "2026-11-24"
		return p
	}
	done := publication.Publication{At: time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC)}
	late := act("late", publication.List, publication.Publication{})
	late.Adopted = "2026-11-10"
	all := ordered([]publication.Publication{
		act("done", publication.Order, done), act("waits", publication.Order, publication.Publication{}), act("list", publication.List, publication.Publication{}), late,
	}, "2026-11-26")
	got := ""
	for _, a := range all {
		got += a.ID + " "
	}
	if got != "late list waits done " {
		t.Errorf("%s", got)
	}
	for _, c := range []struct {
		act  publication.Publication
		m    widgets.Meaning
		word string
	}{
		{all[0], widgets.Late, "publication.state.late"}, {all[1], widgets.Waiting, "publication.state.todo"}, {all[3], widgets.Done, "publication.state.public"},
	} {
		if m, word := judged(c.act, "2026-11-26"); m != c.m || word != c.word {
			t.Errorf("%s: %v, %s", c.act.ID, m, word)
		}
	}
}
