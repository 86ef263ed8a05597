package office_test

import (
	"os"
	"testing"
	"time"

	"alpi40.fr/airial/packaging/bench/pairs"
)

// BenchmarkAtRest counts how often an authority that is open and offline, with nothing to do, wakes its process up: what
// goes on beside the exchanges. The server of the benchmark is in the same process, and looks around twice a minute.
func BenchmarkAtRest(b *testing.B) {
	s, address := serve(b)
	code, err := s.NewCode(b.Context(), ours)
	if err != nil {
		b.Fatal(err)
	}
	o := open(b, b.TempDir())
	defer o.Close()
	h, err := o.Enrol(b.Context(), address, code, "secrétariat")
	if err != nil {
		b.Fatal(err)
	}
	h.Start(b.Context())
	h.StartWatching(nil)
	h.Sync.SetOnline(false)
	time.Sleep(5 * time.Second)
	for b.Loop() {
		b.ReportMetric(pairs.WakeUps(b, os.Getpid(), time.Minute), "wake-ups/s")
	}
}
