package faults_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/Shopify/toxiproxy/v2"
)

// number is what an environment variable says, or the usual.
func number(t *testing.T, variable string, usual int) int {
	text := os.Getenv(variable)
	if text == "" {
		return usual
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(variable+":", err)
	}
	return n
}

// A week: two laptops and a server, as processes that live and end, with lines that are ill; the
// script is that of the seed. Then the lines are well, and all is equal to the byte.
func TestAWeekOfBadLuck(t *testing.T) {
	r := rand.New(rand.NewPCG(uint64(number(t, "AIRIAL_SEED", 7)), 0))
	s := newTown(t, "secretariat", "maire")
	srv := start(t, "server", s.server, "127.0.0.1:0")
	if !srv.ready() {
		t.Fatal("the server did not start")
	}
	address := srv.address
	lines := []*toxiproxy.Proxy{between(t, address), between(t, address)}
	laptops := make([]*process, 2)
	wrote := map[string][]string{}
	bring := func(i int) {
		laptops[i] = start(t, "laptop", s.laptops[i], lines[i].Listen)
		if !laptops[i].ready() {
			t.Fatal("a laptop did not start")
		}
		if _, ok := laptops[i].tell("run"); !ok {
			t.Fatal("a laptop does not run")
		}
	}
	end := func(i int) {
		laptops[i].kill()
		wrote[s.laptops[i]] = append(wrote[s.laptops[i]], laptops[i].acknowledged()...)
	}
	bring(0)
	bring(1)
	ills := [][]toxic{nil, latency, kilobits, resets, cut, sliced, halfOpen}
	for day := range number(t, "AIRIAL_DAYS", 7) {
		for i := range lines {
			ill(t, lines[i], ills[r.IntN(len(ills))]...)
		}
		for range 6 {
			i := r.IntN(2)
			size := []int{0, 0, 400, 30_000, 1_300_000}[r.IntN(5)]
			if _, ok := laptops[i].tell(fmt.Sprint("write chose", r.IntN(4), " ", size)); !ok {
				t.Fatalf("day %d: a laptop ended by itself", day)
			}
		}
		time.Sleep(time.Duration(200+r.IntN(500)) * time.Millisecond)
		switch r.IntN(3) {
		case 0:
			end(r.IntN(2))
			for i := range laptops {
				if laptops[i].cmd.ProcessState != nil {
					bring(i)
				}
			}
		case 1:
			srv.kill()
			time.Sleep(time.Duration(r.IntN(300)) * time.Millisecond)
			if srv = start(t, "server", s.server, address); !srv.ready() {
				t.Fatal("the server did not come back")
			}
		}
	}
	for i := range lines {
		lines[i].Stop()
		ill(t, lines[i])
		if err := lines[i].Start(); err != nil {
			t.Fatal(err)
		}
		end(i)
	}
	// In quiet, each comes by until nothing moves.
	for i := range laptops {
		laptops[i] = start(t, "laptop", s.laptops[i], lines[i].Listen)
		if !laptops[i].ready() {
			t.Fatal("a laptop did not start")
		}
	}
	for still := 0; still < 2; {
		still++
		for i := range laptops {
			answer, ok := laptops[i].tell("sync")
			if !ok || !strings.HasSuffix(answer, "<nil>") {
				t.Fatalf("in quiet: %s", answer)
			}
			if !strings.HasPrefix(answer, "synced 0 0 ") {
				still = 0
			}
		}
	}
	for i := range laptops {
		laptops[i].tell("quit")
		laptops[i].wait()
	}
	srv.in.Close()
	srv.wait()
	s.holds(wrote)
	a, b := s.bytes(s.laptops[0]), s.bytes(s.laptops[1])
	if a != b {
		t.Errorf("the laptops differ:\n%s\n%s", a, b)
	}
	acts := len(wrote[s.laptops[0]]) + len(wrote[s.laptops[1]])
	if n := len(s.places()); n < acts || acts == 0 {
		t.Errorf("%d acts were acknowledged, the server has %d", acts, n)
	}
	t.Logf("%d acts, %d bytes on each laptop, equal", acts, len(a))
}
