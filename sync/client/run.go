package client

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"alpi40.fr/airial/local/bell"
	"alpi40.fr/airial/sync/protocol"
)

const (
	// settle gathers the changes of one gesture into one exchange.
	settle = 200 * time.Millisecond
	// backOffFirst doubles up to backOffMost, give or take a half.
	backOffFirst = 2 * time.Second
	backOffMost  = 5 * time.Minute
	// watchStall is several times what the server lets pass between two signs.
	watchStall = 3 * time.Minute
	// suspicion is how long a server that contradicted itself is left alone.
	suspicion = time.Hour
	// idle is how long nothing may happen before one looks anyway.
	idle = 10 * time.Minute
)

// Run exchanges until ctx is done: at once, after each change here or there,
// and when the line comes back. It ends early when the laptop is revoked. A server that
// contradicts itself is asked again from time to time only: its operator may cure it.
func (c *Client) Run(ctx context.Context) error {
	var listening sync.WaitGroup
	defer listening.Wait()
	ctx, end := context.WithCancel(ctx)
	defer end()
	changes, stop := c.o.Journal.Subscribe("")
	defer stop()
	// Fetched as they come, during exchanges too: what waits unfetched grows with each.
	changed := make(chan struct{}, 1)
	listening.Go(func() {
		for range changes {
			bell.Wake(changed)
		}
	})
	told := make(chan struct{}, 1)
	listening.Go(func() { c.listen(ctx, told) })
	listening.Go(func() { c.attendInTime(ctx) })
	listening.Go(func() { c.inTime(ctx, c.small, c.carryAll) })
	listening.Go(func() { c.inTime(ctx, c.large, c.carryLarge) })
	var line <-chan struct{}
	if c.o.Network != nil {
		line = c.o.Network.Changed(ctx)
	}
	wait := backOffFirst
	for {
		_, err := c.exchange(ctx)
		pause := idle
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, protocol.ErrRevoked):
			return err
		case errors.Is(err, ErrLies):
			c.o.Log.Error("the server contradicts itself", "error", err.Error())
			pause, wait = suspicion, backOffFirst
		case err == nil:
			wait = backOffFirst
			c.kickSmall()
		case errors.Is(err, ErrPaused):
			wait = backOffFirst
		default:
			c.o.Log.Info("exchange failed", "error", err.Error())
			pause = c.pauseAfter(err, wait)
			wait = min(wait*2, backOffMost)
		}
		c.change(func(s *Status) { s.NextTry = c.o.Now().Add(pause) })
		again, err := c.rest(ctx, pause, err == nil, changed, told, line)
		if err != nil {
			return err
		}
		if again {
			wait = backOffFirst // another line owes nothing to the failures of the last one
		}
	}
}

// pauseAfter is how long to wait after a failure: no less than the server asked for, if it did, and
// not all laptops at the same moment.
func (c *Client) pauseAfter(err error, wait time.Duration) time.Duration {
	pause := c.jitter(wait)
	if least := asked(err); least > 0 {
		pause = max(pause, least+c.jitter(least/4+1))
	}
	return pause
}

// inTime carries documents whenever it is told to, and again some time after a failure.
func (c *Client) inTime(ctx context.Context, kick <-chan struct{}, carry func(context.Context, *Outcome) error) {
	wait := backOffFirst
	var again <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-kick:
		case <-again:
		}
		err := c.pausable(ctx, func(ctx context.Context) error { return carry(ctx, &Outcome{}) })
		again = nil
		switch {
		case err == nil, errors.Is(err, ErrPaused):
			wait = backOffFirst
		case ctx.Err() == nil:
			c.o.Log.Info("documents stay on their way", "error", err.Error())
			again = time.After(c.pauseAfter(err, wait))
			wait = min(wait*2, backOffMost)
		}
		c.change(c.counted(context.WithoutCancel(ctx)))
	}
}

// carryAll moves small documents, makes room, and lets the large ones go.
func (c *Client) carryAll(ctx context.Context, out *Outcome) error {
	if err := c.settleHere(ctx); err != nil {
		return err
	}
	err := c.carrySmall(ctx, out)
	if err == nil || apart(err) {
		c.kickLarge()
		err = errors.Join(err, c.roomInTime(ctx))
	}
	return err
}

// rest waits for a reason to exchange again. After a failure, changes of the
// journal are no reason, only time, a person, another line or a sign of the server is;
// but who works offline sees what waits.
func (c *Client) rest(ctx context.Context, pause time.Duration, fine bool, changes, told, line <-chan struct{}) (again bool, err error) {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	var recount <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			return false, ctx.Err()
		case <-recount:
			recount = nil
			c.change(c.counted(ctx))
			continue
		case <-timer.C:
			return false, nil
		case <-c.kick:
			return false, nil
		case <-line:
			return true, nil
		case <-told:
		case <-changes:
			if !fine {
				if recount == nil {
					recount = time.After(settle)
				}
				continue
			}
		}
		select {
		case <-time.After(settle):
			return false, nil
		case <-ctx.Done():
			return false, ctx.Err()
		}
	}
}

// SyncNow asks for an exchange without waiting.
func (c *Client) SyncNow() { c.wake() }

func (c *Client) jitter(d time.Duration) time.Duration {
	var b [8]byte
	if _, err := io.ReadFull(c.o.Rand, b[:]); err != nil {
		return d
	}
	return d/2 + time.Duration(binary.BigEndian.Uint64(b[:])%uint64(d))
}

// listen keeps a watch open and tells of each head beyond the last; it hears who looks at what as well.
func (c *Client) listen(ctx context.Context, told chan<- struct{}) {
	wait := backOffFirst
	for ctx.Err() == nil {
		began := c.o.Now()
		err := c.watch(ctx, told)
		if errors.Is(err, protocol.ErrRevoked) {
			c.wake() // the exchange learns it in its turn, and says it
			return
		}
		if c.o.Now().Sub(began) > time.Minute {
			wait = backOffFirst
		}
		select {
		case <-time.After(c.jitter(wait)):
			wait = min(wait*2, backOffMost)
		case <-c.resumed:
			wait = backOffFirst
		case <-ctx.Done():
		}
	}
}

func (c *Client) watch(ctx context.Context, told chan<- struct{}) error {
	c.mu.Lock()
	paused, online := c.status.Paused, c.online
	c.mu.Unlock()
	if paused {
		return ErrPaused
	}
	ctx, end := context.WithCancel(ctx)
	defer end()
	defer context.AfterFunc(online, end)() // who works offline hears nothing
	ctx, g := guarded(ctx, watchStall)
	defer g.release()
	resp, err := c.w.exchange(ctx, http.MethodGet, protocol.PathWatch+"?"+protocol.QueryPresence, nil, false)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	defer c.company.heard(nil)
	c.company.wake() // a server that began anew knows of nobody
	lines := bufio.NewScanner(&receiving{ctx: ctx, body: resp.Body, g: g})
	last, event := "", ""
	for lines.Scan() {
		if name, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
			event = name
			continue
		}
		data, ok := strings.CutPrefix(lines.Text(), "data: ")
		if ok && event == protocol.EventPresence {
			c.takePresence(data)
			continue
		}
		if !ok || data == last {
			continue
		}
		last = data
		bell.Wake(told)
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("watching: %w", err)
	}
	return nil
}
