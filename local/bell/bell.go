// Package bell tells those who listen that something changed. What is told again before it was heard is told once, so that nobody
// waits for who does not listen.
package bell

import (
	"context"
	"sync"
)

// Bell is heard by any number; its zero value is ready. T is what is told of the change.
type Bell[T any] struct {
	mu        sync.Mutex
	listeners map[chan T]bool
}

// Listen gives what is rung until ctx ends; room is how much of it waits for who does not listen, what comes beyond is dropped.
func (b *Bell[T]) Listen(ctx context.Context, room int) <-chan T {
	heard := make(chan T, room)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.listeners == nil {
		b.listeners = map[chan T]bool{}
	}
	b.listeners[heard] = true
	context.AfterFunc(ctx, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.listeners, heard)
	})
	return heard
}

// Ring tells all who listen.
func (b *Bell[T]) Ring(v T) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for heard := range b.listeners {
		Tell(heard, v)
	}
}

// Tell puts v into a channel that has room for it.
func Tell[T any](heard chan<- T, v T) {
	select {
	case heard <- v:
	default:
	}
}

// Wake is Tell where the change itself is all that is told.
func Wake(heard chan<- struct{}) { Tell(heard, struct{}{}) }
