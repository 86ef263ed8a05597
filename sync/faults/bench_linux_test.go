package faults_test

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"alpi40.fr/airial/packaging/bench/pairs"
)

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
		b.ReportMetric(pairs.WakeUps(b, l.cmd.Process.Pid, 2*time.Minute), "wake-ups/s")
		s.must(srv.cmd.Process.Signal(syscall.SIGSTOP))
		b.ReportMetric(pairs.WakeUps(b, l.cmd.Process.Pid, 30*time.Second), "wake-ups/s-beyond-the-watch")
		s.must(srv.cmd.Process.Signal(syscall.SIGCONT))
	}
}

// BenchmarkBackgroundSync is what a laptop on which somebody types takes of one processor for its exchanges: a colleague writes an
// act, with a document each other time, every five seconds.
func BenchmarkBackgroundSync(b *testing.B) {
	s := newTown(b, "secretariat", "maire")
	srv := start(b, "server", s.server, "127.0.0.1:0")
	if !srv.ready() {
		b.Fatal("the server did not start")
	}
	laptops := make([]*process, 2)
	for i := range laptops {
		if laptops[i] = start(b, "laptop", s.laptops[i], srv.address); !laptops[i].ready() {
			b.Fatal("a laptop did not start")
		}
		laptops[i].tell("run")
	}
	for b.Loop() {
		began, before := time.Now(), processor(b, laptops[0].cmd.Process.Pid)
		for i := range 12 {
			laptops[1].tell(fmt.Sprint("write chose", i, " ", i%2*50_000))
			time.Sleep(5 * time.Second)
		}
		used := processor(b, laptops[0].cmd.Process.Pid) - before
		b.ReportMetric(100*used.Seconds()/time.Since(began).Seconds(), "%-of-a-processor")
	}
}

// processor is the processor's time that a process has used, which Linux counts in hundredths of a second.
func processor(b *testing.B, pid int) time.Duration {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		b.Fatal(err)
	}
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	var ticks int64
	for _, f := range fields[11:13] { // utime and stime, the 14th and 15th of proc(5)
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			b.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}
