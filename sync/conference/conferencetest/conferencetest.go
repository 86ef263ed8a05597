// Package conferencetest is a BigBlueButton, and a Jitsi Meet, on loopback, for trials: they answer the calls of the
// documented APIs that Airial makes, and refuse a wrong checksum or a wrong token, as servers do.
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
	// Fault, when it answers true, has answered in the server's place.
	Fault func(w http.ResponseWriter, call string) bool
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
	if s.Fault != nil && s.Fault(w, call) {
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
		q.Del("checksum")
		if m != nil && m.Encode() != q.Encode() {
			fail("idNotUnique")
			return
		}
		for other, x := range s.meetings {
			if bridge := q.Get("voiceBridge"); other != id && bridge != "" && x.Get("voiceBridge") == bridge {
				fail("nonUniqueVoiceBridge")
				return
			}
		}
		warning := ""
		if m != nil {
			warning = "<messageKey>duplicateWarning</messageKey>"
		}
		s.meetings[id] = q
		fmt.Fprint(w, "<response><returncode>SUCCESS</returncode><meetingID>")
		_ = xml.EscapeText(w, []byte(id)) // the caller has gone
		fmt.Fprintf(w, "</meetingID><createTime>1</createTime><voiceBridge>%s</voiceBridge><hasUserJoined>false</hasUserJoined><hasBeenForciblyEnded>false</hasBeenForciblyEnded>%s</response>", q.Get("voiceBridge"), warning)
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
			fmt.Fprint(w, "<recording><recordID>r</recordID><meetingID>")
			_ = xml.EscapeText(w, []byte(id)) // the caller has gone
			fmt.Fprint(w, "</meetingID><published>true</published><state>published</state><playback><format><type>presentation</type><url>")
			_ = xml.EscapeText(w, []byte(page)) // the caller has gone
			fmt.Fprint(w, "</url></format></playback></recording>")
		}
		fmt.Fprint(w, "</recordings></response>")
	default:
		fail("unsupportedRequest")
	}
}
