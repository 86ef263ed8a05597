package client

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"sync"
	"time"

	"alpi40.fr/airial/local/bell"
	"alpi40.fr/airial/sync/protocol"
)

// renewPresence is how often what somebody looks at is said again.
const renewPresence = protocol.PresenceLife * 2 / 5

// company is who looks at what, here and on other computers. It is of the moment, and only while there is a line.
type company struct {
	mu      sync.Mutex
	stream  string // looked at here
	who     func(context.Context) (string, error)
	said    bool // the server was told of something
	others  []protocol.Presence
	changed bell.Bell[struct{}]
	kick    chan struct{}
}

func newCompany() *company {
	return &company{kick: make(chan struct{}, 1)}
}

// Attend says what the person in front of this computer looks at: a stream of the journal, empty for none; who gives her id.
// Others hear of it while there is a line, and nothing of it is kept. It only sets a mark.
func (c *Client) Attend(stream string, who func(context.Context) (string, error)) {
	c.company.mu.Lock()
	same := c.company.stream == stream
	c.company.stream, c.company.who = stream, who
	c.company.mu.Unlock()
	if !same {
		c.company.wake()
	}
}

// Company gives who looks at what on other computers of the authority, as was last heard; nobody without a line.
func (c *Client) Company() []protocol.Presence {
	c.company.mu.Lock()
	defer c.company.mu.Unlock()
	return slices.Clone(c.company.others)
}

// WatchCompany tells of each change of Company until ctx is done.
func (c *Client) WatchCompany(ctx context.Context) <-chan struct{} {
	return c.company.changed.Listen(ctx, 1)
}

func (x *company) wake() { bell.Wake(x.kick) }

func (x *company) heard(others []protocol.Presence) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if slices.Equal(x.others, others) {
		return
	}
	x.others = others
	x.changed.Ring(struct{}{})
}

// attendInTime tells the server what is looked at here: at once, and again while it is.
func (c *Client) attendInTime(ctx context.Context) {
	var again <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.company.kick:
		case <-again:
		}
		again = nil
		if stream := c.attend(ctx); stream != "" {
			again = time.After(renewPresence)
		}
	}
}

// attend says it once; without a line, or to a server that does not know of it, it is not said.
func (c *Client) attend(ctx context.Context) (stream string) {
	x := c.company
	x.mu.Lock()
	stream, who, said := x.stream, x.who, x.said
	x.mu.Unlock()
	if stream == "" && !said || c.Status().Paused {
		return stream
	}
	p := protocol.Presence{Stream: stream}
	if stream != "" {
		var err error
		if p.Person, err = who(ctx); err != nil || p.Person == "" {
			return stream
		}
	}
	_, err := ask[struct{}](ctx, c.w, http.MethodPost, protocol.PathPresence, p, false)
	x.mu.Lock()
	defer x.mu.Unlock()
	if err == nil {
		x.said = stream != ""
	}
	return stream
}

// takePresence reads what a watch tells of others.
func (c *Client) takePresence(data string) {
	var others []protocol.Presence
	if json.Unmarshal([]byte(data), &others) == nil { // nonsense tells of nobody
		c.company.heard(others)
	}
}
