package faults_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// killable skips where processes cannot be made to end so.
func killable(t *testing.T) {
	t.Helper()
	p := start(t, "laptop", t.TempDir(), "", endingAt(t, unix.SYS_WRITE, 1, func(int, int) {}))
	for line := range p.said {
		t.Skipf("processes cannot be watched here: %s", line)
	}
}

// ofOneTown is how many ends one town lives through: all that it holds is verified again and again.
const ofOneTown = 200

// campaign plays as many ends as AIRIAL_CRASH_RUNS says, in towns of their own.
func campaign(t *testing.T, play func(t *testing.T, r *rand.Rand, points int)) {
	killable(t)
	all := number(t, "AIRIAL_CRASH_RUNS", 100)
	for begun := 0; begun < all; begun += ofOneTown {
		n := min(ofOneTown, all-begun)
		t.Run(fmt.Sprint(begun), func(t *testing.T) {
			seed := uint64(time.Now().UnixNano())
			t.Logf("the seed is %d", seed)
			play(t, rand.New(rand.NewPCG(seed, 1)), n)
		})
	}
}

// TestEndsOfALaptop ends a laptop at every kind of boundary, at work and in exchanges: whatever it
// had acknowledged is there when it starts again, and it goes on from there.
func TestEndsOfALaptop(t *testing.T) { campaign(t, endsOfALaptop) }

func endsOfALaptop(t *testing.T, r *rand.Rand, points int) {
	s := newTown(t, "portable")
	srv := start(t, "server", s.server, "127.0.0.1:0")
	if !srv.ready() {
		t.Fatal("the server did not start")
	}
	var wrote []string
	at, ended := ends{r: r, made: map[int]int{}}, 0
	for point := range points {
		call, n := at.next()
		p := start(t, "laptop", s.laptops[0], srv.address, endingAt(t, call, n, at.saw))
		alive := p.ready()
		for i := 0; alive && i < 8; i++ {
			order := fmt.Sprint("write chose", r.IntN(3), " ", []int{0, 200, 5000}[r.IntN(3)])
			if i%4 == 3 {
				order = "sync"
			}
			_, alive = p.tell(order)
		}
		if !alive {
			ended++
		}
		p.kill()
		wrote = append(wrote, p.acknowledged()...)
		if point%20 == 19 {
			s.holdsBeside(map[string][]string{s.laptops[0]: wrote})
		}
	}
	last := start(t, "laptop", s.laptops[0], srv.address)
	if !last.ready() {
		t.Fatal("the laptop does not start any more")
	}
	if answer, _ := last.tell("sync"); len(answer) < 5 || answer[len(answer)-5:] != "<nil>" {
		t.Errorf("the last exchange: %s", answer)
	}
	last.tell("quit")
	last.wait()
	srv.kill()
	s.holds(map[string][]string{s.laptops[0]: wrote})
	if ended == 0 || len(wrote) == 0 {
		t.Errorf("%d ends, %d acts: the test ended nothing at work", ended, len(wrote))
	}
	t.Logf("%d ends at boundaries, %d acts acknowledged", ended, len(wrote))
}

// TestEndsOfAServer ends a server at every kind of boundary while a laptop exchanges with it: what
// it had acknowledged it has, and the laptop's next exchange goes on from there.
func TestEndsOfAServer(t *testing.T) { campaign(t, endsOfAServer) }

func endsOfAServer(t *testing.T, r *rand.Rand, points int) {
	s := newTown(t, "portable")
	first := start(t, "server", s.server, "127.0.0.1:0")
	if !first.ready() {
		t.Fatal("the server did not start")
	}
	address := first.address
	first.kill()
	m, err := open(s.laptops[0], address)
	s.must(err)
	at, ended := ends{r: r, made: map[int]int{}}, 0
	for range points {
		call, n := at.next()
		p := start(t, "server", s.server, address, endingAt(t, call, n, at.saw))
		if !p.ready() {
			ended++ // as it opened
			p.kill()
			continue
		}
		for range 4 {
			if _, err := m.write(fmt.Sprint("chose", r.IntN(3)), "acte", []int{0, 200, 5000}[r.IntN(3)]); err != nil {
				t.Fatal(err)
			}
			ctx, stop := context.WithTimeout(context.Background(), 10*time.Second)
			_, err := m.c.Once(ctx)
			stop()
			if err != nil {
				ended++
				break
			}
		}
		p.kill()
	}
	last := start(t, "server", s.server, address)
	if !last.ready() {
		t.Fatal("the server does not start any more")
	}
	if _, err := m.c.Once(context.Background()); err != nil {
		t.Errorf("the last exchange: %v", err)
	}
	s.must(m.db.Close())
	last.kill()
	s.holds(map[string][]string{s.laptops[0]: nil})
	if ended == 0 {
		t.Error("the test ended nothing at work")
	}
	t.Logf("%d ends at boundaries, %d places given", ended, len(s.places()))
}
