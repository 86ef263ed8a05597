//go:build !windows

package dragout

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

const (
	// between is the time between two looks at the pointer.
	between = 16 * time.Millisecond
	// resting is after how many looks a target is told of the same place again: some, Chromium for one, answer at once and think
	// after, so that an answer is of the place before.
	resting = 12
	// answering is how long a program over which the files were let go has to say whether it takes them.
	answering = 3 * time.Second
	// fetching is how long it has then to ask for their names, and to say that it is done.
	fetching = 10 * time.Second
)

// ErrLost: the line to the X server ended in the middle.
var ErrLost = errors.New("the X server went away")

// Carry follows the pointer until the button is let go or Escape pressed, and hands the files to the program that is there.
// It waits for no program for more than some seconds. It returns ctx's error once that is done.
func Carry(ctx context.Context, c Cargo) (Outcome, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s, err := open(c)
	if err != nil {
		return Nowhere, fmt.Errorf("preparing to carry files: %w", err)
	}
	defer s.close()
	if err := s.take(ctx); err != nil {
		return Nowhere, fmt.Errorf("taking the selection of what is dragged: %w", err)
	}
	return s.run(ctx)
}

// phase is how far a drag is.
type phase int

const (
	held    phase = iota // the button is down
	letGo                // the target is to say whether it takes them, or the files to be there
	dropped              // the target fetches the names
)

// source is one drag. Its fields belong to the goroutine of Carry.
type source struct {
	c      Cargo
	x      *xgb.Conn
	root   xproto.Window
	own    xproto.Window // owns the selection, and is the sign beside the pointer
	atoms  atoms
	escape xproto.Keycode
	events chan xgb.Event
	over   chan struct{} // closed at the end: nobody reads events any more
	time   xproto.Timestamp
	sign   *sign

	phase  phase
	seen   bool  // the button was held when it was looked at first
	at     point // the pointer, on the screen
	target target
	told   point // what the target was told last
	asked  bool  // an answer of it is awaited
	rested int   // looks since it was told
	takes  bool  // its last answer
	ready  bool  // the files are there
	named  bool  // it was given their names
}

type point struct{ x, y int16 }

// run goes on from look to look, and from event to event.
func (s *source) run(ctx context.Context) (Outcome, error) {
	ready := make(chan error, 1)
	go func() { ready <- s.c.Ready(ctx) }()
	look := time.NewTicker(between)
	defer look.Stop()
	limit := time.NewTimer(0)
	defer limit.Stop()
	<-limit.C
	for {
		was := s.phase
		select {
		case <-ctx.Done():
			s.leave()
			return Nowhere, ctx.Err()
		case err := <-ready:
			if err != nil {
				s.leave()
				return Nowhere, err
			}
			s.ready = true
		case e, open := <-s.events:
			if !open {
				return Nowhere, ErrLost
			}
			if outcome, over := s.hear(e); over {
				return outcome, nil
			}
		case <-look.C:
			if s.phase != held {
				continue
			}
			outcome, over, err := s.look()
			if err != nil {
				return Nowhere, err
			}
			if over {
				s.leave()
				return outcome, nil
			}
		case <-limit.C:
			if s.phase == letGo && !s.asked {
				continue // files that are not there yet are no fault of the target's
			}
			return s.lapse(), nil
		}
		if s.phase == letGo && !s.asked {
			if s.target.window == 0 || !s.takes {
				s.leave()
				return Nowhere, nil
			}
			if s.told != s.at {
				s.tell()
			} else if s.ready {
				s.drop()
			}
		}
		if was != s.phase {
			limit.Reset(map[phase]time.Duration{letGo: answering, dropped: fetching}[s.phase])
		}
	}
}

// lapse is the end of a drag whose target said nothing in time.
func (s *source) lapse() Outcome {
	if s.named {
		return Taken
	}
	s.leave()
	return Unanswered
}
