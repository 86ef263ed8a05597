package faults_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// wakeUps are how often the threads of a process have gone to sleep by themselves, each of which
// they woke up from.
func wakeUps(b *testing.B, pid int) (n int) {
	b.Helper()
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pid))
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

// BenchmarkIdleLaptop counts how often a laptop with nothing to do wakes up, its watch held open.
func BenchmarkIdleLaptop(b *testing.B) {
	if runtime.GOOS != "linux" {
		b.Skip("the count is Linux's")
	}
	s := newTown(b, "portable")
	srv := start(b, "server", s.server, "127.0.0.1:0")
	if !srv.ready() {
		b.Fatal("the server did not start")
	}
	l := start(b, "laptop", s.laptops[0], srv.address)
	if !l.ready() {
		b.Fatal("the laptop did not start")
	}
	l.tell("run")
	time.Sleep(10 * time.Second)
	before, began := wakeUps(b, l.cmd.Process.Pid), time.Now()
	for b.Loop() {
		time.Sleep(20 * time.Second)
	}
	b.ReportMetric(float64(wakeUps(b, l.cmd.Process.Pid)-before)/time.Since(began).Seconds(), "wake-ups/s")
}
