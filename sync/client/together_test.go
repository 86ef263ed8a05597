package client_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/sync/client"
	"alpi40.fr/airial/sync/protocol"
)

// behind is a server through which all that a laptop says passes; before may answer in its place.
func (s *town) behind(t *testing.T, before func(w http.ResponseWriter, r *http.Request) (answered bool)) *httptest.Server {
	t.Helper()
	proxy := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !before(w, r) {
			s.ServeHTTP(w, r)
		}
	}))
	proxy.EnableHTTP2 = true
	proxy.StartTLS()
	t.Cleanup(proxy.Close)
	return proxy
}

// traffic counts what is sent to the paths of documents.
type traffic struct {
	mu              sync.Mutex
	together, alone int
}

func (c *traffic) see(r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case r.URL.Path == protocol.PathTogether:
		c.together++
	case r.URL.Path == protocol.PathUploads && r.Method == http.MethodPost:
		c.alone++
	}
}

func (l *laptop) manySmall(t *testing.T, n, size int) (all []store.Digest) {
	t.Helper()
	for i := range n {
		d := l.keeps(t, size)
		l.note(t, fmt.Sprint(i), "acte", d)
		all = append(all, d)
	}
	return all
}

// Small documents leave several in a message, and all of them arrive.
func TestSmallDocumentsTravelTogether(t *testing.T) {
	s := start(t)
	l := s.enrol(t, "111111111", "secrétariat")
	var seen traffic
	proxy := s.behind(t, func(_ http.ResponseWriter, r *http.Request) bool { seen.see(r); return false })
	all := append(l.manySmall(t, 120, 20_000), l.manySmall(t, 1, 0)...)
	out, err := l.through(t, proxy.URL, proxy.Certificate().Raw).Once(t.Context())
	if err != nil || out.Uploaded != len(all) {
		t.Fatalf("%+v, %v", out, err)
	}
	if seen.together > 8 || seen.alone > 2 {
		t.Errorf("%d messages of several, %d documents alone", seen.together, seen.alone)
	}
	other := s.enrol(t, "111111111", "maire")
	other.sync(t)
	for _, d := range all {
		if err := other.db.Blobs().Verify(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
}

// A server that knows no message of several gets them one by one.
func TestAServerThatTakesDocumentsOneByOne(t *testing.T) {
	s := start(t)
	l := s.enrol(t, "111111111", "secrétariat")
	var seen traffic
	proxy := s.behind(t, func(w http.ResponseWriter, r *http.Request) bool {
		seen.see(r)
		if r.URL.Path != protocol.PathTogether {
			return false
		}
		http.NotFound(w, r)
		return true
	})
	l.manySmall(t, 10, 1000)
	if out, err := l.through(t, proxy.URL, proxy.Certificate().Raw).Once(t.Context()); err != nil || out.Uploaded != 10 || seen.alone != 10 {
		t.Errorf("%+v, %v, %d alone", out, err, seen.alone)
	}
}

// On a line that drops before a message is through, each document is a step.
func TestALineThatDropsCarriesThemOneByOne(t *testing.T) {
	s := start(t)
	l := s.enrol(t, "111111111", "secrétariat")
	proxy := s.behind(t, func(_ http.ResponseWriter, r *http.Request) bool {
		if r.ContentLength > 50_000 {
			panic(http.ErrAbortHandler)
		}
		return false
	})
	l.manySmall(t, 6, 20_000)
	c := l.through(t, proxy.URL, proxy.Certificate().Raw)
	if _, err := c.Once(t.Context()); !errors.Is(err, client.ErrOffline) {
		t.Fatalf("the line held: %v", err)
	}
	if out, err := c.Once(t.Context()); err != nil || out.Uploaded != 6 {
		t.Errorf("%+v, %v", out, err)
	}
}

// A document that is damaged on the laptop keeps no other from leaving, and is told.
func TestADamagedOneAmongSeveral(t *testing.T) {
	s := start(t)
	l := s.enrol(t, "111111111", "secrétariat")
	scan := l.keeps(t, large) // what follows it is sent after the entries
	l.note(t, "scan", "acte", scan)
	l.sync(t)
	all := l.manySmall(t, 500, 18_000) // more than travels along with the entries
	damaged := all[len(all)-1]
	name := damaged.String() + ".age"
	var file string
	if err := filepath.WalkDir(l.dir, func(path string, e os.DirEntry, err error) error {
		if err == nil && e.Name() == name {
			file = path
		}
		return err
	}); err != nil || file == "" {
		t.Fatalf("no file %s: %v", name, err)
	}
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	content[len(content)/2] ^= 1
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Once(context.Background()); !errors.Is(err, store.ErrDamaged) {
		t.Errorf("nothing is told of it: %v", err)
	}
	other := s.enrol(t, "111111111", "maire")
	other.sync(t)
	here := 0
	for _, d := range all {
		if other.db.Blobs().Has(d) {
			here++
		}
	}
	if here != len(all)-1 {
		t.Errorf("%d of %d have arrived", here, len(all)-1)
	}
}
