package client

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"
)

// guard cancels a request whose line has carried nothing for too long.
type guard struct {
	stop  context.CancelCauseFunc
	timer *time.Timer
	after time.Duration
}

// guarded gives a context that ends when nothing has been told to the guard for
// a while. release must be called.
func guarded(ctx context.Context, after time.Duration) (context.Context, *guard) {
	ctx, stop := context.WithCancelCause(ctx)
	g := &guard{stop: stop, after: after}
	g.timer = time.AfterFunc(after, func() { stop(fmt.Errorf("nothing for %s: %w", after, errLine)) })
	return ctx, g
}

func (g *guard) alive() { g.timer.Reset(g.after) }

func (g *guard) release() {
	g.timer.Stop()
	g.stop(nil)
}

// stalled puts the guard's reason in the place of «context canceled».
func stalled(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); err != nil && cause != nil && ctx.Err() != nil && cause != ctx.Err() {
		return cause
	}
	return err
}

// sending is the body of an upload: reading it is the sign of a live line. It
// keeps its own error apart from the transport's.
type sending struct {
	from io.Reader
	g    *guard
	err  error
}

func (s *sending) Read(p []byte) (int, error) {
	s.g.alive()
	n, err := s.from.Read(p)
	if err != nil && err != io.EOF {
		s.err = localError{err}
	}
	return n, err
}

// receiving is the body of an answer under guard.
type receiving struct {
	ctx  context.Context
	body io.ReadCloser
	g    *guard
}

func (r *receiving) Read(p []byte) (int, error) {
	n, err := r.body.Read(p)
	if n > 0 {
		r.g.alive()
	}
	if err != nil && err != io.EOF {
		err = fmt.Errorf("%w: %w", errLine, stalled(r.ctx, err))
	}
	return n, err
}

func (r *receiving) Close() error {
	r.g.release()
	return r.body.Close()
}

// doGuarded is wire.do, or wire.doBulk, for an answer, or a body, of any length.
func (c *Client) doGuarded(ctx context.Context, bulk bool, make func(context.Context, *guard) (*http.Request, error)) (*http.Response, error) {
	ctx, g := guarded(ctx, c.o.Stall)
	r, err := make(ctx, g)
	if err != nil {
		g.release()
		return nil, err
	}
	do := c.w.do
	if bulk {
		do = c.w.doBulk
	}
	resp, err := do(ctx, r)
	if err != nil {
		err = stalled(ctx, err)
		g.release()
		return nil, err
	}
	g.alive()
	resp.Body = &receiving{ctx: ctx, body: resp.Body, g: g}
	return resp, nil
}
