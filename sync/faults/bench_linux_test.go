package faults_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
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

// aSecond counts a process's wake-ups over a time.
func aSecond(b *testing.B, pid int, during time.Duration) float64 {
	before, began := wakeUps(b, pid), time.Now()
	time.Sleep(during)
	return float64(wakeUps(b, pid)-before) / time.Since(began).Seconds()
}

// BenchmarkIdleLaptop counts how often a laptop with nothing to do wakes up, its watch held open; and, the server's
// process being stopped so that the watch carries nothing, how often it does so by itself.
func BenchmarkIdleLaptop(b *testing.B) {
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
	for b.Loop() {
		// Three signs of life of the watch.
		b.ReportMetric(aSecond(b, l.cmd.Process.Pid, 2*time.Minute), "wake-ups/s")
		s.must(srv.cmd.Process.Signal(syscall.SIGSTOP))
		b.ReportMetric(aSecond(b, l.cmd.Process.Pid, 30*time.Second), "wake-ups/s-beyond-the-watch")
		s.must(srv.cmd.Process.Signal(syscall.SIGCONT))
	}
}
