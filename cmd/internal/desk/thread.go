package desk

import (
	"sync"
	"time"

	"fyne.io/fyne/v2"
)

// thread hands functions to the window's thread: to who builds the window until
// its loop runs, then to Fyne. What a page loads meanwhile is in the first frame.
type thread struct {
	mu      sync.Mutex
	looping bool
	waiting []func()
	wake    chan struct{}
}

func newThread() *thread { return &thread{wake: make(chan struct{}, 1)} }

// do has f run on the window's thread, soon.
func (t *thread) do(f func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.looping {
		fyne.Do(f)
		return
	}
	t.waiting = append(t.waiting, f)
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

// work runs what comes, on the window's thread itself, while it is wanted and for a time at most.
func (t *thread) work(wanted func() bool, most time.Duration) {
	end := time.After(most)
	for wanted() {
		select {
		case <-t.wake:
		case <-end:
			return
		}
		t.mu.Lock()
		waiting := t.waiting
		t.waiting = nil
		t.mu.Unlock()
		for _, f := range waiting {
			f()
		}
	}
}

// loop leaves all that comes from now on to Fyne, whose loop begins.
func (t *thread) loop() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.looping = true
	for _, f := range t.waiting {
		fyne.Do(f)
	}
	t.waiting = nil
}
