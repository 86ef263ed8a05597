package server

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"alpi40.fr/airial/sync/protocol"
)

// attendance is who looks at what, of each authority by its computers. It is of the moment: nothing of it is kept.
type attendance struct {
	mu sync.Mutex
	of map[string]map[string]attending
}

type attending struct {
	protocol.Presence
	until time.Time
}

func (a *attendance) put(authority string, p protocol.Presence, until time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if p.Stream == "" {
		delete(a.of[authority], p.Device)
		return
	}
	if a.of[authority] == nil {
		if a.of == nil {
			a.of = map[string]map[string]attending{}
		}
		a.of[authority] = map[string]attending{}
	}
	a.of[authority][p.Device] = attending{p, until}
}

// others are those on other computers, in a steady order.
func (a *attendance) others(authority, device string, now time.Time) []protocol.Presence {
	a.mu.Lock()
	defer a.mu.Unlock()
	all := []protocol.Presence{}
	for of, p := range a.of[authority] {
		switch {
		case now.After(p.until):
			delete(a.of[authority], of)
		case of != device:
			all = append(all, p.Presence)
		}
	}
	slices.SortFunc(all, func(x, y protocol.Presence) int { return strings.Compare(x.Device, y.Device) })
	return all[:min(len(all), maxCompany)]
}

// maxCompany is of how many others a computer is told: what tells of them is one line.
const maxCompany = 100

// presenceTold begins what one process tells the others of who looks at what; no authority's name does.
const presenceTold = "presence "

type told struct {
	Authority string            `json:"authority"`
	Presence  protocol.Presence `json:"presence"`
}

// presence notes what somebody looks at, and tells the other processes.
func (s *Server) presence(w http.ResponseWriter, r *http.Request) {
	p, err := read[protocol.Presence](w, r)
	if err == nil && (len(p.Person) > protocol.MaxPresence || len(p.Stream) > protocol.MaxPresence) {
		err = protocol.Fail(protocol.CodeBadRequest, "a name of a presence is too long")
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	m := memberOf(r.Context())
	p.Device = m.device.ID
	s.attends(m.authority, p)
	if data, err := json.Marshal(told{m.authority, p}); err == nil {
		if err := s.o.Storage.Tell(r.Context(), []string{presenceTold + string(data)}); err != nil {
			s.o.Log.Warn("telling who looks at what", "cause", err.Error()) // those of the other processes hear of it the next time
		}
	}
	w.WriteHeader(http.StatusNoContent)
}

func (s *Server) attends(authority string, p protocol.Presence) {
	s.attendance.put(authority, p, s.o.Now().Add(protocol.PresenceLife))
	s.hub.changed(authority)
}

// heard takes what another process told.
func (s *Server) heard(words string) {
	data, is := strings.CutPrefix(words, presenceTold)
	if !is {
		s.hub.changed(words)
		return
	}
	var t told
	if json.Unmarshal([]byte(data), &t) == nil && t.Presence.Device != "" {
		s.attends(t.Authority, t.Presence)
	}
}
