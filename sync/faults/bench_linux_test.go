package faults_test

import (
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
