package simulation_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"

	"alpi40.fr/airial/sync/protocol"
)

// network decides what becomes of each request.
type network struct {
	w       *world
	quiet   bool // no bad luck any more
	parted  map[string]int
	mu      sync.Mutex
	nth     map[string]int
	late    []func() // copies of requests that arrive later
	elapsed time.Duration
}

// begin begins an exchange: what is decided of its requests depends on the step alone.
func (n *network) begin() {
	n.mu.Lock()
	defer n.mu.Unlock()
	clear(n.nth)
}

// line is the network as one laptop has it.
type line struct{ l *laptop }

var errLine = errors.New("the line dropped")

// RoundTrip carries one request, or does not.
func (x *line) RoundTrip(r *http.Request) (*http.Response, error) {
	n := x.l.w.net
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		r.Body.Close()
	}
	if r.URL.Path == protocol.PathPull {
		// Short pages: most that come by take several.
		r = r.Clone(r.Context())
		r.URL.RawQuery = strings.Replace(r.URL.RawQuery, fmt.Sprintf("limit=%d", protocol.MaxEntries), "limit=40", 1)
	}
	luck := n.luck(x.l.name, r)
	if n.parted[x.l.name] > 0 || luck < 30 {
		return nil, errLine // it never arrived
	}
	n.pass(time.Duration(luck) * time.Millisecond)
	resp := n.deliver(r, body)
	switch {
	case luck < 60:
		return nil, errLine // it arrived, and nobody hears of it
	case luck < 80:
		n.deliver(r, body) // twice
	case luck < 100:
		n.mu.Lock()
		n.late = append(n.late, func() { n.deliver(r, body) })
		n.mu.Unlock()
	case luck < 115 && r.Method == http.MethodGet:
		whole, _ := io.ReadAll(resp.Body)
		resp.Body = io.NopCloser(io.MultiReader(bytes.NewReader(whole[:len(whole)/2]), broken{}))
	case luck < 120:
		n.pass(20 * time.Minute) // a slow line
	}
	return resp, nil
}

// broken is the end of an answer that was cut.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func (n *network) luck(laptop string, r *http.Request) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.quiet {
		return 999
	}
	key := laptop + r.Method + r.URL.Path
	n.nth[key]++
	return int(n.w.digest(n.w.step, key, n.nth[key]) % 1000)
}

// pass lets time pass on the line; the world's clock takes it up after the exchange.
func (n *network) pass(d time.Duration) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.elapsed += d
}

func (n *network) deliver(r *http.Request, body []byte) *http.Response {
	arrived := r.Clone(r.Context())
	arrived.Body = io.NopCloser(bytes.NewReader(body))
	arrived.ContentLength = int64(len(body))
	arrived.RequestURI = r.URL.RequestURI()
	w := httptest.NewRecorder()
	func() {
		defer func() {
			if v := recover(); v != nil && v != http.ErrAbortHandler {
				panic(v)
			}
		}()
		n.w.server.ServeHTTP(w, arrived)
	}()
	resp := w.Result()
	resp.Request = r
	return resp
}

// stragglers delivers what was held back.
func (n *network) stragglers() {
	for _, arrive := range n.late {
		arrive()
	}
	n.late = nil
}
