package client_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzhttp"

	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/sync/client"
	"alpi40.fr/airial/sync/protocol"
)

// between stands on a laptop's line.
type between struct {
	line   http.RoundTripper
	drops  func(*http.Request) bool
	before func(*http.Request)
	after  func(*http.Request, *http.Response)
}

func (b *between) RoundTrip(r *http.Request) (*http.Response, error) {
	if b.before != nil {
		b.before(r)
	}
	if b.drops != nil && b.drops(r) {
		return nil, &net.OpError{Op: "read", Net: "tcp", Err: errors.New("the line dropped")}
	}
	resp, err := b.line.RoundTrip(r)
	if err == nil && b.after != nil {
		b.after(r, resp)
	}
	return resp, err
}

// line is what reaches the server.
func (s *town) line(t testing.TB) http.RoundTripper {
	t.Helper()
	roots, err := s.Roots()
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS13}, ForceAttemptHTTP2: true}
	t.Cleanup(transport.CloseIdleConnections)
	return gzhttp.Transport(transport, gzhttp.TransportEnableZstd(true))
}

func (l *laptop) text(t testing.TB, stream string) (text string) {
	t.Helper()
	err := l.db.View(context.Background(), func(tx *store.Tx) error {
		err := tx.Get(`SELECT text FROM note WHERE stream = ?`, []any{stream}, &text)
		if err == store.ErrNotFound {
			return nil
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// A new laptop of a long history has what changed last, and what it asks for first, before the rest
// comes; what is done on it meanwhile leaves at once and stands.
func TestTheNewestComesFirst(t *testing.T) {
	s := start(t)
	old := s.enrol(t, "111111111", "ancien")
	const n = 4000
	old.many(t, 0, n, nil)
	old.note(t, "0", "de tous les jours") // an old stream, at work still
	for i := range 20 {
		d, err := old.db.Blobs().PutBytes(t.Context(), []byte(fmt.Sprint("pièce ", i)))
		if err != nil {
			t.Fatal(err)
		}
		old.note(t, fmt.Sprint(n+i), "récent", d)
	}
	old.sync(t)
	looked := false
	var fresh *laptop
	line := &between{line: s.line(t)}
	line.before = func(r *http.Request) {
		if looked || r.URL.Path != protocol.PathPull || !strings.Contains(r.URL.RawQuery, "after=1000&") {
			return
		}
		looked = true
		if got := fresh.text(t, fmt.Sprint("thing/", n+19)); got != "récent" {
			t.Errorf("the newest is %q while the rest comes", got)
		}
		if got := fresh.text(t, "thing/0"); got != "acte de tous les jours" {
			t.Errorf("what changed lately is %q", got)
		}
		if got := fresh.text(t, "thing/1222"); got != "acte" {
			t.Errorf("what is wanted whatever its age is %q", got)
		}
		if got := fresh.text(t, "thing/1300"); got != "" {
			t.Errorf("all was there already: %q", got)
		}
		if st := fresh.Status(); st.Behind < 3000 {
			t.Errorf("%d entries are said to be still to come", st.Behind)
		}
		fresh.note(t, fmt.Sprint(n+19), "et déjà suivi")
	}
	sent := false
	line.after = func(r *http.Request, _ *http.Response) {
		if r.URL.Path == protocol.PathPush && fresh.Status().Behind > 1000 {
			sent = true
		}
	}
	fresh = s.enrol(t, "111111111", "neuf", func(o *client.Options) {
		o.Transport, o.First = line, []string{"thing/122"}
	})
	out := fresh.sync(t)
	if !looked || !sent || out.Ahead == 0 || out.Contested != 0 || out.Downloaded != 20 {
		t.Errorf("looked %v, sent %v, %+v", looked, sent, out)
	}
	if got := fresh.text(t, fmt.Sprint("thing/", n+19)); got != "récent et déjà suivi" {
		t.Errorf("in the end: %q", got)
	}
	if st := fresh.Status(); st.Behind != 0 {
		t.Errorf("still %d behind", st.Behind)
	}
	old.sync(t)
	if a, b := old.verify(t), fresh.verify(t); a.Root != b.Root || b.LogSize != n+22 {
		t.Errorf("%+v and %+v", a, b)
	}
}

// A laptop that has just sent many acts has them: it asks for none ahead of its turn.
func TestOnesOwnAreNotAskedForAhead(t *testing.T) {
	s := start(t)
	asked := false
	line := &between{line: s.line(t), before: func(r *http.Request) { asked = asked || r.URL.Path == protocol.PathAhead }}
	l := s.enrol(t, "111111111", "secrétariat", func(o *client.Options) { o.Transport, o.FarBehind = line, 100 })
	l.many(t, 0, 1500, nil)
	if out := l.sync(t); asked || out.Sent != 1500 || out.Ahead != 0 {
		t.Errorf("asked %v, %+v", asked, out)
	}
}

// On a line that drops, the newest are not asked for at each try.
func TestTheNewestAreAskedForOnce(t *testing.T) {
	s := start(t)
	old := s.enrol(t, "111111111", "ancien")
	old.many(t, 0, 1600, nil)
	old.sync(t)
	asked, dropped := 0, 0
	line := &between{line: s.line(t)}
	line.drops = func(r *http.Request) bool {
		if r.URL.Path == protocol.PathAhead {
			asked++
		}
		drop := r.URL.Path == protocol.PathPull && strings.Contains(r.URL.RawQuery, "after=1000&") && dropped < 2
		if drop {
			dropped++
		}
		return drop
	}
	fresh := s.enrol(t, "111111111", "neuf", func(o *client.Options) { o.Transport, o.FarBehind = line, 500 })
	for range 2 {
		if _, err := fresh.Once(t.Context()); !errors.Is(err, client.ErrOffline) {
			t.Fatal(err)
		}
	}
	fresh.sync(t)
	if p := fresh.verify(t); p.LogSize != 1600 || p.Ahead != 0 || asked != 1 || dropped != 2 {
		t.Errorf("%+v, asked %d times, dropped %d times", p, asked, dropped)
	}
}

// What comes ahead wrong is left aside, and all comes in its turn.
func TestAWrongAnswerAheadLosesNothing(t *testing.T) {
	s := start(t)
	old := s.enrol(t, "111111111", "ancien")
	old.many(t, 0, 1600, nil)
	old.sync(t)
	for name, spoil := range map[string]func(a *protocol.Ahead){
		"another author":     func(a *protocol.Ahead) { a.Entries[0].Actor = "maire" },
		"a node of the tree": func(a *protocol.Ahead) { a.Hashes[0] ^= 1 },
		"a device left out":  func(a *protocol.Ahead) { a.Devices = nil },
	} {
		t.Run(name, func(t *testing.T) {
			line := &between{line: s.line(t)}
			spoilt := false
			line.after = func(r *http.Request, resp *http.Response) {
				if r.URL.Path != protocol.PathAhead {
					return
				}
				var a protocol.Ahead
				if err := json.NewDecoder(resp.Body).Decode(&a); err != nil {
					t.Error(err)
					return
				}
				resp.Body.Close()
				spoil(&a)
				text, err := json.Marshal(a)
				if err != nil {
					t.Error(err)
					return
				}
				resp.Body, resp.ContentLength, spoilt = io.NopCloser(bytes.NewReader(text)), int64(len(text)), true
			}
			fresh := s.enrol(t, "111111111", "neuf", func(o *client.Options) { o.Transport = line })
			if out := fresh.sync(t); !spoilt || out.Ahead != 0 {
				t.Errorf("spoilt %v, %+v", spoilt, out)
			}
			if p := fresh.verify(t); p.LogSize != 1600 {
				t.Errorf("%+v", p)
			}
		})
	}
}
