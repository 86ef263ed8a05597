package client

import (
	"context"
	"sync"
	"time"
)

// precedence lets what somebody waits for go before what is large: while anybody is within
// enter and leave, large documents stand still.
type precedence struct {
	mu     sync.Mutex
	within int
	freed  chan struct{} // closed when within comes to 0; nil while it is 0
}

func (p *precedence) enter() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.within++; p.within == 1 {
		p.freed = make(chan struct{})
	}
}

func (p *precedence) leave() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.within--; p.within == 0 {
		close(p.freed)
		p.freed = nil
	}
}

// yield waits until nobody is within; alive is called now and then on the way.
func (p *precedence) yield(ctx context.Context, alive func()) {
	for {
		p.mu.Lock()
		freed := p.freed
		p.mu.Unlock()
		if freed == nil {
			return
		}
		alive()
		tick := time.NewTimer(time.Second)
		select {
		case <-freed:
		case <-tick.C:
		case <-ctx.Done():
			tick.Stop()
			return
		}
		tick.Stop()
	}
}
