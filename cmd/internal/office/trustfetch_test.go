package office_test

import (
	"crypto/ed25519"
	"encoding/pem"
	"errors"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"alpi40.fr/airial/cmd/internal/demo"
	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/local/signature/pades"
	"alpi40.fr/airial/local/signature/testpki"
	"alpi40.fr/airial/local/signature/trust"
	"alpi40.fr/airial/local/signature/trustpackage"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/sync/client"
	"alpi40.fr/airial/sync/protocol"
	"alpi40.fr/airial/sync/server"
)

// The trust package comes by the exchanges, once; whatever a server or what stands before it
// answers in its place, the exchange holds, and what was there stays and still vouches.
func TestTrustPackageByTheExchanges(t *testing.T) {
	ctx := t.Context()
	s, _ := serve(t)
	var lie atomic.Pointer[http.HandlerFunc]
	var asked, sent atomic.Int64
	proxy := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != protocol.PathTrust {
			s.ServeHTTP(w, r)
			return
		}
		asked.Add(1)
		if f := lie.Load(); f != nil {
			(*f)(w, r)
			return
		}
		count := &counting{ResponseWriter: w}
		s.ServeHTTP(count, r)
		sent.Add(count.n)
	}))
	proxy.EnableHTTP2 = true
	proxy.StartTLS()
	defer proxy.Close()
	code, err := s.NewCode(ctx, ours)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	o := open(t, dir)
	h, err := o.Enrol(ctx, client.Server{URL: proxy.URL, Certificate: proxy.Certificate().Raw}, code, "mairie")
	if err != nil {
		t.Fatal(err)
	}
	a := testpki.New(t)
	a.Now = time.Now()
	signed, err := pades.Sign(ctx, demo.Letter, a.Person("Maïté FICTIVE", testpki.RSA(t, 2048)), pades.Options{SigningTime: a.Now})
	if err == nil {
		signed, _, err = pades.Raise(ctx, signed, pades.Sources{Timestamper: a, Revocation: a, Certificates: a.Anchors()})
	}
	if err != nil {
		t.Fatal(err)
	}
	verdict := func() trust.Indication {
		t.Helper()
		report, err := o.Validate(ctx, signed, nil)
		if err != nil {
			t.Fatal(err)
		}
		return report.Indication()
	}
	made := func(key ed25519.PrivateKey, version int, until time.Time) []byte {
		t.Helper()
		files := map[string][]byte{"anchors/racine.crt": pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.Root.Cert.Raw})}
		raw, err := trustpackage.Make(ctx, files, version, time.Now(), until, key)
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	later := time.Now().AddDate(0, 1, 0)
	pack := func(version int, until time.Time) []byte {
		raw, err := s.SignTrust(func(key ed25519.PrivateKey) ([]byte, error) { return made(key, version, until), nil })
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	exchange := func() client.Outcome {
		t.Helper()
		out, err := h.Sync.Once(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	// None is published.
	if out := exchange(); out.Trust || h.Sync.Status().Trust != nil || verdict() != trust.Indeterminate {
		t.Errorf("before: %+v %v %s", out, h.Sync.Status().Trust, verdict())
	}
	// One is: it comes once, and whoever waits for it is told.
	told := o.WatchTrust(ctx)
	if _, err := s.PublishTrust(ctx, pack(2, later)); err != nil {
		t.Fatal(err)
	}
	if out := exchange(); !out.Trust || o.Trusted().Version != 2 || verdict() != trust.Passed {
		t.Fatalf("published: %+v %+v %s", out, o.Trusted(), verdict())
	}
	select {
	case <-told:
	default:
		t.Error("nobody was told")
	}
	if before := sent.Load(); exchange().Trust || sent.Load() != before {
		t.Error("it came twice")
	}
	// What the server itself does not publish.
	for name, row := range map[string]struct {
		raw  []byte
		want error
	}{
		"the same version": {pack(2, later), server.ErrNotNewer}, "an older one": {pack(1, later), server.ErrNotNewer}, "ended": {pack(9, time.Now().Add(-time.Hour)), server.ErrEnded},
		"a page": {[]byte("<html>"), trustpackage.ErrNotPackage},
	} {
		if _, err := s.PublishTrust(ctx, row.raw); !errors.Is(err, row.want) {
			t.Errorf("publishing %s: %v", name, err)
		}
	}
	// Lies.
	_, stranger, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	give := func(kind, version string, raw []byte, tag store.Digest, length int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			w.Header().Set("ETag", protocol.TrustTag(tag))
			w.Header().Set(protocol.HeaderTrust, version)
			w.Header().Set("Content-Length", strconv.Itoa(length))
			_, _ = w.Write(raw) // the laptop may have gone
		}
	}
	whole := func(raw []byte) http.HandlerFunc {
		return give(protocol.TypeTrust, "7", raw, store.DigestOf(raw), len(raw))
	}
	page := []byte("<html><body>Connectez-vous au réseau</body></html>")
	good := pack(7, later)
	for name, answer := range map[string]http.HandlerFunc{
		"a page":                   func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(page) },
		"a page under its type":    whole(page),
		"cut":                      give(protocol.TypeTrust, "7", good[:len(good)/2], store.DigestOf(good), len(good)),
		"shorter than named":       give(protocol.TypeTrust, "7", good[:len(good)/2], store.DigestOf(good), len(good)/2),
		"another than named":       give(protocol.TypeTrust, "7", good, store.DigestOf(page), len(good)),
		"beyond the limit":         give(protocol.TypeTrust, "7", good, store.DigestOf(good), protocol.MaxTrust+1),
		"an older one as a newer":  whole(pack(1, later)),
		"signed by another server": whole(made(stranger, 7, later)),
		"without a version":        give(protocol.TypeTrust, "", good, store.DigestOf(good), len(good)),
		"a failure":                func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) },
		"sent elsewhere":           http.RedirectHandler("https://portail.example/", http.StatusFound).ServeHTTP,
	} {
		lie.Store(&answer)
		out := exchange()
		if out.Trust || h.Sync.Status().Trust == nil || o.Trusted().Version != 2 || verdict() != trust.Passed {
			t.Errorf("%s: %+v %v %+v %s", name, out, h.Sync.Status().Trust, o.Trusted(), verdict())
		}
	}
	// The good one, later, heals all; and is there after a restart.
	lie.Store(nil)
	if _, err := s.PublishTrust(ctx, good); err != nil {
		t.Fatal(err)
	}
	if out := exchange(); !out.Trust || h.Sync.Status().Trust != nil || o.Trusted().Version != 7 {
		t.Errorf("the good one: %+v %v %+v", out, h.Sync.Status().Trust, o.Trusted())
	}
	if err := o.Close(); err != nil {
		t.Fatal(err)
	}
	o = open(t, dir)
	defer o.Close()
	if h, err = o.Hall(ctx, ours); err != nil {
		t.Fatal(err)
	}
	if out := exchange(); out.Trust || o.Trusted().Version != 7 || verdict() != trust.Passed {
		t.Errorf("after a restart: %+v %+v", out, o.Trusted())
	}
	if _, err := o.InstallTrust(ctx, pack(7, later)); !errors.Is(err, office.ErrOlderPackage) {
		t.Error(err)
	}
}

// counting counts the bytes of an answer.
type counting struct {
	http.ResponseWriter
	n int64
}

func (c *counting) Write(b []byte) (int, error) {
	c.n += int64(len(b))
	return c.ResponseWriter.Write(b)
}

func (c *counting) Unwrap() http.ResponseWriter { return c.ResponseWriter }
