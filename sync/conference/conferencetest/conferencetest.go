// Package conferencetest is a BigBlueButton on loopback, for trials: it answers the calls of the
// documented API that Airial makes, and refuses a wrong checksum, as a server does.
package conferencetest

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"

	"alpi40.fr/airial/sync/conference"
)

// Server is the engine.
type Server struct {
	*httptest.Server
	Secret string

	mu       sync.Mutex
	meetings map[string]url.Values
	entered  []string // «name as role»
	// Recorded are the pages of the recordings of each meeting.
	recorded map[string][]string
}

// Start begins to answer, over TLS.
func Start(secret string) *Server {
	s := &Server{Secret: secret, meetings: map[string]url.Values{}, recorded: map[string][]string{}}
	s.Server = httptest.NewTLSServer(http.HandlerFunc(s.answer))
	return s
}

// Address is what a room of the catalogue says.
func (s *Server) Address() string { return s.URL + "/bigbluebutton/" }

// Record puts a recording on the shelf of a meeting.
func (s *Server) Record(id, page string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.recorded[id] = append(s.recorded[id], page)
}

// Entered tells who joined.
func (s *Server) Entered() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string{}, s.entered...)
}

func (s *Server) answer(w http.ResponseWriter, r *http.Request) {
	call, ok := strings.CutPrefix(r.URL.Path, "/bigbluebutton/api/")
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	fail := func(key string) {
		fmt.Fprintf(w, "<response><returncode>FAILED</returncode><messageKey>%s</messageKey><message>refused</message></response>", key)
	}
	if !conference.Checksum(call, r.URL.RawQuery, s.Secret) {
		fail("checksumError")
		return
	}
	q := r.URL.Query()
	id := q.Get("meetingID")
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.meetings[id]
	switch call {
	case "create":
		if id == "" || q.Get("name") == "" {
			fail("missingParamMeetingID")
			return
		}
		if m != nil && m.Encode() != q.Encode() {
			fail("idNotUnique")
			return
		}
		s.meetings[id] = q
		fmt.Fprint(w, "<response><returncode>SUCCESS</returncode><meetingID>x</meetingID></response>")
	case "join":
		role := map[string]string{m.Get("moderatorPW"): "MODERATOR", m.Get("attendeePW"): "VIEWER"}[q.Get("password")]
		if m == nil || role == "" {
			fail("invalidMeetingIdentifier")
			return
		}
		s.entered = append(s.entered, q.Get("fullName")+" as "+role)
		fmt.Fprint(w, "<response><returncode>SUCCESS</returncode></response>")
	case "getRecordings":
		fmt.Fprint(w, "<response><returncode>SUCCESS</returncode><recordings>")
		for _, page := range s.recorded[id] {
			fmt.Fprint(w, "<recording><published>true</published><playback><format><type>presentation</type><url>")
			_ = xml.EscapeText(w, []byte(page)) // the caller has gone
			fmt.Fprint(w, "</url></format></playback></recording>")
		}
		fmt.Fprint(w, "</recordings></response>")
	default:
		fail("unsupportedRequest")
	}
}
