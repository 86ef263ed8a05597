package network

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestSite(t *testing.T) {
	for typed, want := range map[string]string{"mairie.example": "https://mairie.example", " http://mairie.example/a ": "http://mairie.example/a", "file:///etc/passwd": "", "https://x:y@mairie.example": "", "mairie": "", "": "", "javascript://a.b": ""} {
		got, err := Site(typed)
		if got != want || (want == "") != errors.Is(err, ErrSite) {
			t.Errorf("%q: %q, %v", typed, got, err)
		}
	}
}

// A site is asked for its head alone; one that gives none is asked for its page; one that is not there is told of.
func TestLook(t *testing.T) {
	now := time.Date(2026, 11, 28, 9, 0, 0, 0, time.UTC)
	var methods []string
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		methods = append(methods, r.Method)
		switch {
		case r.URL.Path == "/panne":
			w.WriteHeader(http.StatusServiceUnavailable)
		case r.URL.Path == "/boucle":
			http.Redirect(w, r, "/boucle", http.StatusFound)
		case r.URL.Path == "/fichier":
			http.Redirect(w, r, "file:///etc/passwd", http.StatusFound)
		case r.URL.Path == "/entier" && r.Method == http.MethodHead:
			w.WriteHeader(http.StatusMethodNotAllowed)
		}
	}))
	defer s.Close()
	transport := s.Client().Transport
	for path, want := range map[string]struct {
		code    int
		methods string
	}{"/": {200, "HEAD"}, "/panne": {503, "HEAD"}, "/entier": {200, "HEAD GET"}, "/fichier": {302, "HEAD"}} {
		methods = nil
		got := Look(t.Context(), transport, s.URL+path, now)
		if got.Code != want.code || strings.Join(methods, " ") != want.methods || got.Certificate.IsZero() || got.Answers() != (want.code < 400) || !got.At.Equal(now) {
			t.Errorf("%s: %+v %v", path, got, methods)
		}
	}
	methods = nil
	if got := Look(t.Context(), transport, s.URL+"/boucle", now); len(methods) > mostTurns+2 || got.Code == 200 {
		t.Errorf("a ring of redirections: %+v, asked %d times", got, len(methods))
	}
	if got := Look(t.Context(), nil, s.URL, now); got.Why != Untrusted || got.Answers() {
		t.Errorf("a certificate that nobody knows: %+v", got)
	}
	late, stop := context.WithTimeout(t.Context(), time.Nanosecond)
	defer stop()
	<-late.Done()
	if got := Look(late, transport, s.URL, now); got.Why != Late {
		t.Errorf("too late: %+v", got)
	}
	if got := Look(t.Context(), nil, "https://nulle-part.invalid/", now); got.Why != Unknown {
		t.Errorf("no such name: %+v", got)
	}
	s.Close()
	if got := Look(t.Context(), transport, s.URL, now); got.Why != Closed {
		t.Errorf("nobody there: %+v", got)
	}
	if got := Look(t.Context(), transport, s.URL, now); got.Code != 0 || got.Words == "" || got.Answers() || strings.Contains(got.Words, s.URL) {
		t.Errorf("nobody there: %+v", got)
	}
}

func TestTunnel(t *testing.T) {
	up := net.FlagUp
	for name, row := range map[string]struct {
		all  []net.Interface
		more []string
		want string
	}{
		"none":             {[]net.Interface{{Name: "lo", Flags: up | net.FlagLoopback}, {Name: "eth0", Flags: up}, {Name: "Wi-Fi", Flags: up}}, nil, ""},
		"OpenVPN":          {[]net.Interface{{Name: "eth0", Flags: up}, {Name: "tun0", Flags: up}}, nil, "tun0"},
		"down":             {[]net.Interface{{Name: "tun0"}}, nil, ""},
		"Windows":          {[]net.Interface{{Name: "Ethernet", Flags: up}, {Name: "Connexion au réseau local OpenVPN", Flags: up}}, nil, "Connexion au réseau local OpenVPN"},
		"WireGuard":        {[]net.Interface{{Name: "wg-alpi", Flags: up}}, nil, "wg-alpi"},
		"the agency's own": {[]net.Interface{{Name: "ALPI-DISTANT", Flags: up}}, []string{"alpi-distant"}, "ALPI-DISTANT"},
		"no address":       {[]net.Interface{{Name: "tun9", Flags: up}}, nil, ""},
		"a short word":     {[]net.Interface{{Name: "softwgate", Flags: up}}, nil, ""},
	} {
		if got := tunnelOf(row.all, row.more, func(i net.Interface) bool { return i.Name != "tun9" }); got != row.want {
			t.Errorf("%s: %q", name, got)
		}
	}
}
