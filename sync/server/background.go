package server

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"
)

const (
	// tellEvery gathers the changes of which other processes are told at once.
	tellEvery = 200 * time.Millisecond
	// seenEvery is how often signs of life are kept.
	seenEvery = 30 * time.Second
	// uploadLife is how long an upload that does not move is kept.
	uploadLife = 7 * 24 * time.Hour
	sweepEvery = time.Hour
	// listenAgain is how long a process waits before it listens again after a fault.
	listenAgain = 2 * time.Second
)

// Run does what no request waits for, until ctx is done: it hears of other processes' changes and
// tells of this one's, and keeps the devices' signs of life.
// Once ctx is done the process is about to end: watches end, and who asks whether it is ready is told no.
func (s *Server) Run(ctx context.Context) {
	var working sync.WaitGroup
	defer working.Wait()
	working.Go(func() { s.listen(ctx) })
	working.Go(func() { s.telling(ctx) })
	keep, sweep := time.NewTicker(seenEvery), time.NewTicker(sweepEvery)
	defer keep.Stop()
	defer sweep.Stop()
	for {
		select {
		case <-keep.C:
			s.keepSeen(ctx)
		case <-sweep.C:
			if err := s.o.Uploads.Sweep(ctx, s.o.Now().Add(-uploadLife)); err != nil {
				s.o.Log.Warn("sweeping unfinished uploads", "cause", err.Error())
			}
		case <-ctx.Done():
			s.once.Do(func() { close(s.ending) })
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel()
			s.keepSeen(last)
			return
		}
	}
}

func (s *Server) listen(ctx context.Context) {
	for ctx.Err() == nil {
		err := s.o.Storage.Changes(ctx, s.heard)
		if ctx.Err() != nil {
			return
		}
		// Watches look by themselves at each keepAlive: what was missed is late, not lost.
		s.o.Log.Warn("listening to the storage", "cause", err.Error())
		select {
		case <-time.After(listenAgain):
		case <-ctx.Done():
		}
	}
}

func (s *Server) telling(ctx context.Context) {
	for {
		select {
		case <-s.tell:
		case <-ctx.Done():
			return
		}
		s.mu.Lock()
		some := slices.Collect(maps.Keys(s.untold))
		clear(s.untold)
		s.mu.Unlock()
		if err := s.o.Storage.Tell(ctx, some); err != nil && ctx.Err() == nil {
			s.o.Log.Warn("telling of changes", "cause", err.Error())
		}
		select {
		case <-time.After(tellEvery):
		case <-ctx.Done():
		}
	}
}

// sign notes that a device spoke; cursor is below zero when it did not say where it is.
func (s *Server) sign(device string, cursor int64, protocol int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.seen[device]
	if cursor < 0 {
		cursor = v.Cursor
	}
	s.seen[device] = Seen{Device: device, At: s.o.Now(), Cursor: cursor, Protocol: protocol}
}

// JustSeen is the sign of life that this process has had of a device since it last kept any; false: none.
func (s *Server) JustSeen(device string) (Seen, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	last, heard := s.seen[device]
	return last, heard
}

func (s *Server) keepSeen(ctx context.Context) {
	s.mu.Lock()
	some := slices.Collect(maps.Values(s.seen))
	clear(s.seen)
	s.mu.Unlock()
	if len(some) == 0 {
		return
	}
	if err := s.o.Storage.NoteSeen(ctx, some); err != nil {
		s.o.Log.Warn("keeping signs of life", "cause", err.Error())
	}
}
