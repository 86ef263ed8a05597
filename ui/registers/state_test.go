package registers

import (
	"reflect"
	"testing"
	"time"

	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/registers"
	"alpi40.fr/airial/ui/widgets"
)

func TestLinesGoByYears(t *testing.T) {
	at := func(year int) time.Time { return time.Date(year, 11, 24, 20, 0, 0, 0, time.UTC) }
	follows := []registers.Follow{{Sitting: council.Sitting{ID: "b", At: at(2026)}}, {Sitting: council.Sitting{ID: "a", At: at(2024)}}}
	orders := map[council.Series][]registers.Order{council.SeriesOrder: {{Date: "2026-03-01", Status: registers.Signed}, {Date: "2026-03-02"}, {Saved: at(2026)}}}
	var got []string
	for _, l := range linesOf(follows, orders, 2027) {
		got = append(got, l.id())
		if want := map[string]int{"order/2026": 2}[l.id()]; l.waiting != want {
			t.Errorf("%s: %d wait, want %d", l.id(), l.waiting, want)
		}
	}
	want := []string{
		"deliberation/2027", "decision/2027", "order/2027", "staff/2027",
		"deliberation/2026", "sitting/b", "decision/2026", "order/2026", "staff/2026",
		"deliberation/2024", "sitting/a", "decision/2024", "order/2024", "staff/2024",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%v", got)
	}
}

func TestMeaningOfWhatIsDue(t *testing.T) {
	for _, c := range []struct {
		due  registers.Due
		want widgets.Meaning
	}{
		{registers.Due{}, widgets.Waiting}, {registers.Due{Late: true}, widgets.Late}, {registers.Due{Finished: true}, widgets.Done},
	} {
		if got := meaning(c.due); got != c.want {
			t.Errorf("%+v: %v", c.due, got)
		}
	}
}
