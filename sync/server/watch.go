package server

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"

	"alpi40.fr/airial/local/bell"
	"alpi40.fr/airial/sync/protocol"
)

// keepAlive is how often a silent watch says that it lives, and looks whether
// its device still may: each time wakes the laptop up, and what stands between
// (a proxy, an address translator) commonly cuts what is silent for fifty seconds.
const keepAlive = 40 * time.Second

// hub tells the watches of an authority that something changed.
type hub struct {
	mu    sync.Mutex
	bells map[string]*bell.Bell[struct{}] // those of authorities that were watched once
}

func newHub() *hub { return &hub{bells: map[string]*bell.Bell[struct{}]{}} }

func (h *hub) listen(ctx context.Context, authority string) <-chan struct{} {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.bells[authority] == nil {
		h.bells[authority] = &bell.Bell[struct{}]{}
	}
	return h.bells[authority].Listen(ctx, 1)
}

func (h *hub) changed(authority string) {
	h.mu.Lock()
	b := h.bells[authority]
	h.mu.Unlock()
	if b != nil {
		b.Ring(struct{}{})
	}
}

// changed tells this process's watches at once, and the other processes within a moment.
func (s *Server) changed(authority string) {
	s.hub.changed(authority)
	s.mu.Lock()
	s.untold[authority] = true
	s.mu.Unlock()
	bell.Wake(s.tell)
}

// watch sends the head of the log as server-sent events: now, and after each change; and, when asked, who looks at what on
// other computers.
func (s *Server) watch(w http.ResponseWriter, r *http.Request) {
	m := memberOf(r.Context())
	free, ok := enter(s.gates.watches)
	if !ok {
		s.fail(w, r, busy("too many watches"))
		return
	}
	defer free()
	told := s.hub.listen(r.Context(), m.authority)
	s.o.Observe.Watching(1)
	defer s.o.Observe.Watching(-1)
	out := http.NewResponseController(w)
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	tick := time.NewTicker(keepAlive)
	defer tick.Stop()
	company, known := r.URL.RawQuery == protocol.QueryPresence, []protocol.Presence{}
	for {
		if _, err := s.authenticate(r); err != nil {
			return // revoked, or the session ended: the laptop asks anew and learns why
		}
		var size int64
		err := s.o.Storage.Read(r.Context(), m.authority, func(l Log) (err error) { size, err = l.Size(); return err })
		if err != nil {
			return
		}
		if _, err := fmt.Fprintf(w, "event: head\ndata: %d\n\n", size); err != nil || out.Flush() != nil {
			return
		}
		if company {
			others := s.attendance.others(m.authority, m.device.ID, s.o.Now())
			if !slices.Equal(others, known) && tellCompany(w, out, others) != nil {
				return
			}
			known = others
		}
		select {
		case <-told:
		case <-tick.C:
		case <-s.ending:
			return
		case <-r.Context().Done():
			return
		}
	}
}

// tellCompany sends who looks at what on other computers.
func tellCompany(w io.Writer, out *http.ResponseController, others []protocol.Presence) error {
	data, err := json.Marshal(others)
	if err == nil {
		_, err = fmt.Fprintf(w, "event: %s\ndata: %s\n\n", protocol.EventPresence, data)
	}
	if err != nil {
		return err
	}
	return out.Flush()
}
