package server

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"
)

// shelf is the storage of these tests: it notes when it is let.
type shelf struct {
	Storage
	let   chan error
	began chan int // how many documents a note is of
	taken int64
	sums  int
}

func (s *shelf) NoteBlobs(_ context.Context, _ string, blobs []Blob) error {
	s.began <- len(blobs)
	return <-s.let
}

func (s *shelf) Use(context.Context, string) (Use, error) {
	s.sums++
	return Use{Bytes: s.taken}, nil
}

// What is finished while a note waits for the disk is noted together, and each hears what became of it.
func TestDocumentsAreNotedTogether(t *testing.T) {
	s := &shelf{let: make(chan error), began: make(chan int, 10)}
	n := newNotes(s)
	var mu sync.Mutex
	var failed, fine int
	var adding sync.WaitGroup
	add := func() {
		adding.Go(func() {
			err := n.add(t.Context(), "a", Blob{})
			mu.Lock()
			defer mu.Unlock()
			if errors.Is(err, ErrFull) {
				failed++
			} else if err == nil {
				fine++
			}
		})
	}
	add()
	if <-s.began != 1 {
		t.Fatal("the first waits for others")
	}
	for range 7 {
		add()
	}
	for waiting := 0; waiting < 7; time.Sleep(time.Millisecond) {
		n.mu.Lock()
		waiting = len(n.waiting["a"])
		n.mu.Unlock()
	}
	s.let <- nil
	if got := <-s.began; got != 7 {
		t.Errorf("%d were noted together", got)
	}
	s.let <- ErrFull
	adding.Wait()
	if fine != 1 || failed != 7 {
		t.Errorf("%d noted, %d told that they are not", fine, failed)
	}
	add()
	if got := <-s.began; got != 1 {
		t.Errorf("%d after a pause", got)
	}
	s.let <- nil
	adding.Wait()
}

// What is let in counts at once, the sum is read seldom, and nobody is refused on an old one.
func TestRoomIsKnownWithoutAddingUp(t *testing.T) {
	s := &shelf{taken: 100}
	st, now := newStocks(s), time.Unix(1000, 0)
	admit := func(size int64, want bool) {
		t.Helper()
		if _, ok, err := st.admit(t.Context(), "a", size, 1000, now); ok != want || err != nil {
			t.Errorf("%d bytes: %v, %v", size, ok, err)
		}
	}
	admit(400, true)
	admit(400, true)
	if s.sums != 1 {
		t.Errorf("the sum was read %d times", s.sums)
	}
	s.taken = 900
	admit(400, false)
	s.taken = 100 // what was announced never came
	admit(400, true)
	now = now.Add(stockLife)
	s.taken = 950
	admit(100, false)
}
