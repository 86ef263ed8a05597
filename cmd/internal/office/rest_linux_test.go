package office_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
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
		before, began := switches(b), time.Now()
		time.Sleep(time.Minute)
		b.ReportMetric(float64(switches(b)-before)/time.Since(began).Seconds(), "wake-ups/s")
	}
}

// switches are how often this process's threads have gone to sleep by themselves.
func switches(b *testing.B) (n int) {
	b.Helper()
	files, err := filepath.Glob("/proc/self/task/*/status")
	if err != nil || len(files) == 0 {
		b.Fatal("no threads: ", err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			continue // a thread that ended
		}
		_, after, _ := strings.Cut(string(text), "\nvoluntary_ctxt_switches:")
		var k int
		fmt.Sscan(after, &k)
		n += k
	}
	return n
}
