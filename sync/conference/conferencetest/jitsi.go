package conferencetest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"time"
)

// Jitsi is a Jitsi Meet on loopback that asks for tokens: it holds them to what Prosody's mod_auth_token and
// mod_token_verification do, with no library of tokens, and answers as Jitsi's service of telephone numbers does.
type Jitsi struct {
	*httptest.Server
	App, Secret string
	// Now is its clock.
	Now func() time.Time
	// Numbers is what it answers of its telephone numbers.
	Numbers string
	// Fault, when it answers true, has answered in the service of numbers' place.
	Fault func(w http.ResponseWriter, call string) bool

	mu      sync.Mutex
	entered []string // «name as role»
	refused []string // why
	codes   map[string]int
}

// StartJitsi begins to answer, over TLS.
func StartJitsi(app, secret string, now func() time.Time) *Jitsi {
	s := &Jitsi{App: app, Secret: secret, Now: now, codes: map[string]int{}, Numbers: `{"message":"","numbersEnabled":true,"numbers":{"US":["+1 555-0100"],"FR":["+33 5 36 49 00 46"]}}`}
	s.Server = httptest.NewTLSServer(http.HandlerFunc(s.answer))
	return s
}

// Address is what a room of the catalogue says; DialIn where its numbers are asked for.
func (s *Jitsi) Address() string { return s.URL + "/" }
func (s *Jitsi) DialIn() string  { return s.URL + "/dialin/" }

// Entered tells who joined; Refused why others could not.
func (s *Jitsi) Entered() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.entered)
}

func (s *Jitsi) Refused() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.refused)
}

func (s *Jitsi) answer(w http.ResponseWriter, r *http.Request) {
	if call, ok := strings.CutPrefix(r.URL.Path, "/dialin/"); ok {
		s.number(w, r, call)
		return
	}
	name, role, err := s.admit(r.URL.Query().Get("jwt"), strings.TrimPrefix(r.URL.Path, "/"))
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		s.refused = append(s.refused, err.Error())
		http.Error(w, err.Error(), http.StatusForbidden)
		return
	}
	s.entered = append(s.entered, name+" as "+role)
	fmt.Fprintf(w, "<!doctype html><title>Jitsi Meet</title><p>%s, %s</p>", html.EscapeString(name), role)
}

// admit holds a token to its room.
func (s *Jitsi) admit(token, room string) (name, role string, err error) {
	if token == "" {
		return "", "", fmt.Errorf("token required")
	}
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return "", "", fmt.Errorf("bad token format")
	}
	var head struct{ Alg string }
	var claims struct {
		Iss, Aud, Sub, Room string
		Exp, Nbf            int64
		Context             struct {
			User struct{ Name, Moderator, Affiliation string }
		}
	}
	for i, to := range []any{&head, &claims} {
		raw, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err == nil {
			err = json.Unmarshal(raw, to)
		}
		if err != nil {
			return "", "", fmt.Errorf("bad token format: %w", err)
		}
	}
	mac := hmac.New(sha256.New, []byte(s.Secret))
	mac.Write([]byte(parts[0] + "." + parts[1]))
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	now := s.Now().Unix()
	switch {
	case head.Alg != "HS256":
		return "", "", fmt.Errorf("algorithm %q", head.Alg)
	case err != nil || !hmac.Equal(signature, mac.Sum(nil)):
		return "", "", fmt.Errorf("invalid signature")
	case claims.Exp == 0 || claims.Exp <= now:
		return "", "", fmt.Errorf("not acceptable by exp")
	case claims.Nbf > now:
		return "", "", fmt.Errorf("not acceptable by nbf")
	case claims.Iss != s.App:
		return "", "", fmt.Errorf("invalid issuer")
	case claims.Aud != "jitsi":
		return "", "", fmt.Errorf("invalid audience")
	case claims.Sub != "127.0.0.1":
		return "", "", fmt.Errorf("invalid domain")
	case !strings.EqualFold(claims.Room, room):
		return "", "", fmt.Errorf("room and token mismatched")
	}
	role = "member"
	if u := claims.Context.User; u.Affiliation == "owner" || u.Moderator == "true" {
		role = "owner"
	}
	return claims.Context.User.Name, role, nil
}

// number answers for the telephone.
func (s *Jitsi) number(w http.ResponseWriter, r *http.Request, call string) {
	if s.Fault != nil && s.Fault(w, call) {
		return
	}
	w.Header().Set("Content-Type", "application/json")
	of := r.URL.Query().Get("conference")
	switch call {
	case "phoneNumberList":
		_, _ = w.Write([]byte(s.Numbers)) // the caller has gone
	case "conferenceMapper":
		if room, domain, ok := strings.Cut(of, "@"); !ok || room == "" || domain != "conference.127.0.0.1" {
			http.Error(w, "", http.StatusMethodNotAllowed)
			return
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.codes[of] == 0 {
			s.codes[of] = 154_428 + 1001*len(s.codes)
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"message": "Successfully retrieved conference mapping", "id": s.codes[of], "conference": of}) // the caller has gone
	default:
		http.NotFound(w, r)
	}
}
