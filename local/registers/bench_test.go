package registers_test

import (
	"fmt"
	"testing"
	"time"

	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/registers"
	"alpi40.fr/airial/local/store"
)

// BenchmarkDues tells what is due after a hundred sittings with a thousand deliberations and a thousand decisions: the start
// page asks for it at each change.
func BenchmarkDues(b *testing.B) {
	w := open(b)
	sitting, ids := w.sit(b, time.Date(2026, 11, 24, 20, 0, 0, 0, time.UTC), 1)
	s, err := w.council.Sitting(b.Context(), sitting)
	must(b, err)
	d, err := w.council.Deliberation(b.Context(), ids[0])
	must(b, err)
	for n := range 100 {
		_, err := w.journal.Commit(b.Context(), "s", func(*store.Tx) ([]journal.Draft, error) {
			var all []journal.Draft
			old := *s
			old.ID, old.Agenda, old.Votes = fmt.Sprintf("s%03d", n), nil, nil
			for i := range 10 {
				id := fmt.Sprintf("d%03d-%d", n, i)
				old.Agenda = append(old.Agenda, council.Item{Deliberation: id, Subject: "Affaire"})
				v := s.Votes[0]
				v.Deliberation = id
				old.Votes = append(old.Votes, v)
				all = append(all,
					journal.Draft{Stream: "deliberation/" + id, Kind: council.KindDrafted, Data: d.Text},
					journal.Draft{Stream: "deliberation/" + id, Kind: council.KindFinalised, Data: map[string]any{"number": fmt.Sprintf("2025-%03d%d", n, i), "sitting": old.ID, "record": d.Record}},
					journal.Draft{Stream: "order/o" + id, Kind: registers.KindOrderDrafted, Data: map[string]any{"series": council.SeriesDecision, "text": d.Text}})
			}
			return append(all, journal.Draft{Stream: "sitting/" + old.ID, Kind: council.KindConvened, Data: old}), nil
		})
		must(b, err)
	}
	for b.Loop() {
		if all, err := w.All(b.Context()); err != nil || len(all) != 101 {
			b.Fatalf("%d sittings, %v", len(all), err)
		}
	}
}
