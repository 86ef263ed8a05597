package client_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/sync/client"
	"alpi40.fr/airial/sync/protocol"
)

// proxied puts a server of the test's own before the real one.
func proxied(t *testing.T, handler http.Handler) *httptest.Server {
	t.Helper()
	p := httptest.NewUnstartedServer(handler)
	p.EnableHTTP2 = true
	p.StartTLS()
	t.Cleanup(p.Close)
	return p
}

// changing lets change alter each message sent to a path.
func changing[T any](t *testing.T, s *town, path string, change func(*T)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == path {
			var body io.Reader = r.Body
			if r.Header.Get("Content-Encoding") == "zstd" {
				d, err := zstd.NewReader(r.Body)
				if err != nil {
					t.Error(err)
					return
				}
				defer d.Close()
				body = d
			}
			message, err := protocol.Read[T](body)
			if err != nil {
				t.Error(err)
			}
			change(&message)
			text, err := json.Marshal(message)
			if err != nil {
				t.Error(err)
			}
			r.Header.Del("Content-Encoding")
			r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(text)), int64(len(text))
		}
		s.ServeHTTP(w, r)
	})
}

// pulls lets change lie in each answer to a pull.
func (s *town) pulls(t *testing.T, change func(*protocol.Pulled)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != protocol.PathPull {
			s.ServeHTTP(w, r)
			return
		}
		rec := httptest.NewRecorder()
		r.Header.Del("Accept-Encoding")
		s.ServeHTTP(rec, r)
		p, err := protocol.Read[protocol.Pulled](rec.Body)
		if err != nil {
			t.Error(err)
		}
		change(&p)
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(p)
	})
}

// What a server without the log's key cannot do to the devices.
func TestDevicesAreThoseOfTheSignedHead(t *testing.T) {
	s := start(t)
	ctx := context.Background()
	l, lost := s.enrol(t, "111111111", "mairie"), s.enrol(t, "111111111", "perdu")
	if err := s.Revoke(ctx, "111111111", lost.e.Device); err != nil {
		t.Fatal(err)
	}
	l.sync(t)
	before, err := l.Devices(ctx)
	if err != nil || len(before) != 2 {
		t.Fatalf("%v, %v", before, err)
	}
	_, intruder, _ := ed25519.GenerateKey(rand.Reader)
	find := func(p *protocol.Pulled, id string) *protocol.Device {
		for i := range p.Devices {
			if p.Devices[i].ID == id {
				return &p.Devices[i]
			}
		}
		return nil
	}
	for name, change := range map[string]func(*protocol.Pulled){
		"a device added": func(p *protocol.Pulled) {
			p.Devices = append(p.Devices, protocol.Device{ID: "ffff", Name: "intrus", Signature: intruder.Public().(ed25519.PublicKey), Exchange: make([]byte, 32), Enrolled: time.Now()})
		},
		"a device left out": func(p *protocol.Pulled) { p.Devices = p.Devices[:1] },
		"none":              func(p *protocol.Pulled) { p.Devices = nil },
		"a device renamed":  func(p *protocol.Pulled) { find(p, l.e.Device).Name = "maire" },
		"no longer revoked": func(p *protocol.Pulled) { find(p, lost.e.Device).Revoked = nil },
	} {
		t.Run(name, func(t *testing.T) {
			proxy := proxied(t, s.pulls(t, change))
			if _, err := l.through(t, proxy.URL, proxy.Certificate().Raw).Once(ctx); !errors.Is(err, client.ErrLies) {
				t.Errorf("%v", err)
			}
			after, err := l.Devices(ctx)
			if err != nil || len(after) != 2 {
				t.Errorf("kept: %v, %v", after, err)
			}
		})
	}
}

// What even the log's own key does not make true: it signed otherwise before.
func TestServerThatTakesBackWhatItSigned(t *testing.T) {
	s := start(t)
	ctx := context.Background()
	l, lost := s.enrol(t, "111111111", "mairie"), s.enrol(t, "111111111", "perdu")
	if err := s.Revoke(ctx, "111111111", lost.e.Device); err != nil {
		t.Fatal(err)
	}
	l.sync(t)
	_, key, _ := ed25519.GenerateKey(rand.Reader)
	resigned := l.e
	resigned.LogKey = key.Public().(ed25519.PublicKey)
	for name, change := range map[string]func(*protocol.Pulled){
		"left out": func(p *protocol.Pulled) {
			for i := range p.Devices {
				if p.Devices[i].ID == lost.e.Device {
					p.Devices = append(p.Devices[:i:i], p.Devices[i+1:]...)
					return
				}
			}
		},
		"no longer revoked": func(p *protocol.Pulled) {
			for i := range p.Devices {
				p.Devices[i].Revoked = nil
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			proxy := proxied(t, s.pulls(t, func(p *protocol.Pulled) {
				change(p)
				p.Head.Devices = protocol.DevicesHash(p.Devices)
				p.Head.Sign(key)
			}))
			e := resigned
			e.Server = client.Server{URL: proxy.URL, Certificate: proxy.Certificate().Raw}
			c, err := client.New(client.Options{Journal: l.Journal, Enrolment: e, Key: l.key, Now: time.Now, Rand: rand.Reader})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := c.Once(ctx); !errors.Is(err, client.ErrLies) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestServerCannotForgetInSomebodysName(t *testing.T) {
	s := start(t)
	ctx := context.Background()
	a, b := s.enrol(t, "111111111", "a"), s.enrol(t, "111111111", "b")
	_, err := a.Commit(ctx, "p", func(*store.Tx) ([]journal.Draft, error) {
		return []journal.Draft{{Stream: "thing/1", Kind: "thing.noted", Data: map[string]string{"Note": "Mme Exemple"}, Subject: "demande-1"}}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	a.sync(t)
	proxy := proxied(t, s.pulls(t, func(p *protocol.Pulled) {
		for i := range p.Keys {
			p.Keys = append(p.Keys, journal.SubjectKey{Subject: p.Keys[i].Subject, Forgotten: true})
		}
	}))
	if _, err := b.through(t, proxy.URL, proxy.Certificate().Raw).Once(ctx); err != nil {
		t.Fatal(err)
	}
	if got := b.read(t); len(got) != 1 || got[0] != "thing/1: Mme Exemple" {
		t.Fatalf("after a server's word: %v", got)
	}
	if err := a.Forget(ctx, "p", "demande-1"); err != nil {
		t.Fatal(err)
	}
	a.sync(t)
	b.sync(t)
	late := s.enrol(t, "111111111", "c")
	late.sync(t)
	for i, l := range []*laptop{a, b, late} {
		if got := l.read(t); len(got) == 1 && got[0] == "thing/1: Mme Exemple" {
			t.Errorf("laptop %d still reads it", i)
		}
		l.verify(t)
	}
}

// The key is what is trusted: a certificate renewed on the same key serves, and
// so does one whose dates this computer's clock does not fit.
func TestPinnedKeyOutlivesItsCertificate(t *testing.T) {
	s := start(t)
	l := s.enrol(t, "111111111", "a")
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	certify := func(from time.Time) []byte {
		template := &x509.Certificate{SerialNumber: big.NewInt(from.Unix()), NotBefore: from, NotAfter: from.AddDate(1, 0, 0)}
		der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	serve := func(der []byte) string {
		p := httptest.NewUnstartedServer(s)
		p.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
		p.StartTLS()
		t.Cleanup(p.Close)
		return p.URL
	}
	learned := certify(time.Now().AddDate(-3, 0, 0))
	for name, from := range map[string]time.Time{"expired": time.Now().AddDate(-3, 0, 0), "renewed": time.Now().Add(-time.Hour), "of the future": time.Now().AddDate(2, 0, 0)} {
		if _, err := l.through(t, serve(certify(from)), learned).Once(context.Background()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A clock two years off: the exchange holds, and says by how much.
func TestClockFarOffIsTold(t *testing.T) {
	s := start(t)
	l := s.enrol(t, "111111111", "a")
	l.note(t, "x", "un")
	off := func() time.Time { return time.Now().AddDate(-2, 0, 0) }
	c, err := client.New(client.Options{Journal: l.Journal, Enrolment: l.e, Key: l.key, Now: off, Rand: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	if out, err := c.Once(context.Background()); err != nil || out.Sent != 1 {
		t.Fatalf("%+v, %v", out, err)
	}
	if clock := c.Status().Clock; clock < 700*24*time.Hour || clock > 740*24*time.Hour {
		t.Errorf("the clock is said to be %s off", clock)
	}
}

// A clock that went back to 1970, without a line: what was written before says so.
func TestClockSetBackIsToldWithoutALine(t *testing.T) {
	s := start(t)
	l := s.enrol(t, "111111111", "a")
	l.note(t, "x", "écrit avant")
	e := l.e
	e.Server = client.Server{URL: "https://127.0.0.1:1"}
	dead := func() time.Time { return time.Unix(0, 0).Add(time.Minute) }
	c, err := client.New(client.Options{Journal: l.Journal, Enrolment: e, Key: l.key, Now: dead, Rand: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Once(context.Background()); !errors.Is(err, client.ErrOffline) {
		t.Fatal(err)
	}
	if early := c.Status().Early; early < 50*365*24*time.Hour {
		t.Errorf("the clock is said to be %s early", early)
	}
	if l.sync(t); l.Status().Early != 0 {
		t.Errorf("a clock that is right: %s early", l.Status().Early)
	}
}

// One entry that the server refuses does not keep others' work away.
func TestRefusedEntryDoesNotStopReceiving(t *testing.T) {
	s := start(t)
	a, b := s.enrol(t, "111111111", "a"), s.enrol(t, "111111111", "b")
	a.note(t, "x", "de a")
	a.sync(t)
	b.note(t, "y", "de b")
	for name, c := range map[string]struct {
		answer string
		status int
		want   error
	}{
		"a full server": {`{"code":"full","message":"m"}`, 507, protocol.ErrServer},
		"a refusal":     {`{"outcomes":[{"id":"?","fate":"refused","code":"malformed"}]}`, 200, client.ErrStuck},
	} {
		t.Run(name, func(t *testing.T) {
			proxy := proxied(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != protocol.PathPush {
					s.ServeHTTP(w, r)
					return
				}
				body := c.answer
				if c.status == 200 {
					q, err := protocol.Read[protocol.Push](r.Body)
					if err != nil {
						t.Error(err)
					}
					text, _ := json.Marshal(protocol.Pushed{Outcomes: []protocol.Outcome{{ID: q.Entries[0].ID, Fate: protocol.FateRefused, Code: protocol.CodeMalformed}}})
					body = string(text)
				}
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(c.status)
				io.WriteString(w, body)
			}))
			if _, err := b.through(t, proxy.URL, proxy.Certificate().Raw).Once(context.Background()); !errors.Is(err, c.want) {
				t.Errorf("%v, not %v", err, c.want)
			}
			if got := b.read(t); len(got) != 2 {
				t.Errorf("received: %v", got)
			}
		})
	}
}

// A line that carries nothing any more is given up, both ways.
func TestDeadLineIsGivenUp(t *testing.T) {
	s := start(t)
	ctx := context.Background()
	a, b := s.enrol(t, "111111111", "a"), s.enrol(t, "111111111", "b")
	content := make([]byte, 6<<20)
	rand.Read(content)
	d, err := a.db.Blobs().PutBytes(ctx, content)
	if err != nil {
		t.Fatal(err)
	}
	a.note(t, "x", "un", d)
	stuck := make(chan struct{})
	t.Cleanup(func() { close(stuck) }) // after the servers below, which wait for their answers
	hang := func(method string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == method && len(r.URL.Path) > 30 {
				if method == http.MethodGet {
					if r.Header.Get("Range") != "" {
						w.WriteHeader(http.StatusPartialContent)
					}
					w.Write(content[:1000])
					w.(http.Flusher).Flush()
				}
				select {
				case <-stuck:
				case <-r.Context().Done():
				}
				return
			}
			s.ServeHTTP(w, r)
		})
	}
	through := func(l *laptop, method string) error {
		proxy := proxied(t, hang(method))
		e := l.e
		e.Server = client.Server{URL: proxy.URL, Certificate: proxy.Certificate().Raw}
		c, err := client.New(client.Options{Journal: l.Journal, Enrolment: e, Key: l.key, Now: time.Now, Rand: rand.Reader, Stall: 300 * time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Once(ctx)
		return err
	}
	if err := through(a, http.MethodPatch); !errors.Is(err, client.ErrOffline) {
		t.Errorf("sending: %v", err)
	}
	a.sync(t)
	if err := through(b, http.MethodGet); !errors.Is(err, client.ErrOffline) {
		t.Errorf("receiving: %v", err)
	}
	b.sync(t)
	if err := b.db.Blobs().Verify(ctx, d); err != nil {
		t.Error(err)
	}
}

// A fault of this computer's own files is not told as one of the line.
func TestFaultOfTheDiskIsNotOffline(t *testing.T) {
	s := start(t)
	ctx := context.Background()
	l := s.enrol(t, "111111111", "a")
	d, err := l.db.Blobs().PutBytes(ctx, []byte("un document"))
	if err != nil {
		t.Fatal(err)
	}
	l.note(t, "x", "un", d)
	var path string
	filepath.WalkDir(l.dir, func(p string, _ os.DirEntry, _ error) error {
		if len(filepath.Base(p)) >= 60 {
			path = p
		}
		return nil
	})
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	// A folder in the document's place: opening holds, reading fails (EISDIR), whoever runs the test.
	if err := errors.Join(os.Remove(path), os.Mkdir(path, 0o700)); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Once(ctx); !errors.Is(err, client.ErrLocal) || errors.Is(err, client.ErrOffline) {
		t.Errorf("%v", err)
	}
	if err := errors.Join(os.Remove(path), os.WriteFile(path, content, 0o600)); err != nil {
		t.Fatal(err)
	}
	l.sync(t)
}

// Pausing stops the exchange under way, and what it did not do is done later.
func TestPauseStopsTheExchange(t *testing.T) {
	s := start(t)
	l := s.enrol(t, "111111111", "a")
	l.note(t, "x", "un")
	began := make(chan struct{})
	proxy := proxied(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == protocol.PathPush {
			close(began)
			<-r.Context().Done()
			return
		}
		s.ServeHTTP(w, r)
	}))
	c := l.through(t, proxy.URL, proxy.Certificate().Raw)
	go func() {
		<-began
		c.SetOnline(false)
	}()
	if _, err := c.Once(context.Background()); !errors.Is(err, client.ErrPaused) || errors.Is(err, client.ErrOffline) {
		t.Errorf("%v", err)
	}
	if out := l.sync(t); out.Sent != 1 {
		t.Errorf("%+v", out)
	}
}
