package client_test

import (
	"context"
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/sync/client"
	"alpi40.fr/airial/sync/protocol"
	"alpi40.fr/airial/sync/server"
	"alpi40.fr/airial/sync/server/embedded"
)

// notes is the least projection: the last note of each thing.
func notes() journal.Projection {
	return journal.Projection{
		Name: "note", Version: 1, Prefix: "thing/", Tables: []string{"note"},
		Schema: `CREATE TABLE note (stream TEXT PRIMARY KEY, text TEXT NOT NULL) STRICT`,
		Apply: func(tx *store.Tx, ev journal.Event) error {
			d := struct{ Note string }{"∅"}
			if ev.Forgotten {
				ev.Data = []byte("{}")
			}
			if err := json.Unmarshal(ev.Data, &d); err != nil {
				return err
			}
			_, err := tx.Exec(`INSERT INTO note VALUES (?, ?) ON CONFLICT (stream) DO UPDATE SET text = text || ' ' || excluded.text`, ev.Stream, d.Note)
			return err
		},
		Forget: func(tx *store.Tx, stream string) error {
			_, err := tx.Exec(`DELETE FROM note WHERE stream = ?`, stream)
			return err
		},
	}
}

type town struct {
	*embedded.Server
	dir, address string
	certificates bool // computers must show one
	lines        *lines
	stop         context.CancelFunc
	done         chan error
}

func start(t testing.TB) *town {
	t.Helper()
	s := &town{dir: t.TempDir()}
	o := embedded.Options{Dir: s.dir, Now: time.Now, Rand: rand.Reader}
	if err := embedded.Init(o, "alpi-test", []string{"127.0.0.1"}); err != nil {
		t.Fatal(err)
	}
	s.open(t, "127.0.0.1:0")
	t.Cleanup(func() { s.close(t) })
	for _, id := range []string{"111111111", "222222222"} {
		if err := s.AddAuthority(context.Background(), server.Authority{ID: id, Name: "Commune d’essai " + id[:1]}); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func (s *town) open(t testing.TB, address string) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	var err error
	if s.Server, err = embedded.Open(ctx, embedded.Options{Dir: s.dir, ClientCertificates: s.certificates, Now: time.Now, Rand: rand.Reader}); err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	s.lines = &lines{Listener: listener}
	s.address, s.stop, s.done = listener.Addr().String(), stop, make(chan error, 1)
	go func(server *embedded.Server, done chan error) { done <- server.Serve(ctx, s.lines) }(s.Server, s.done)
}

// lines are a server's: they are cut as it ends, which would else wait a second for laptops to leave.
type lines struct {
	net.Listener
	mu  sync.Mutex
	all []net.Conn
}

func (l *lines) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err == nil {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.all = append(l.all, c)
	}
	return c, err
}

func (l *lines) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.all {
		c.Close()
	}
}

// A laptop shows the certificate of its key to a server that asks: the server may begin to ask at any
// time, laptops that joined before go on.
func TestALaptopShowsItsCertificate(t *testing.T) {
	s := start(t)
	before := s.enrol(t, "111111111", "avant")
	before.note(t, "1", "avant")
	before.sync(t)
	s.close(t)
	s.certificates = true
	s.open(t, s.address)
	d, err := before.db.Blobs().PutBytes(t.Context(), []byte("un document"))
	if err != nil {
		t.Fatal(err)
	}
	before.note(t, "2", "après", d)
	if out := before.sync(t); out.Sent != 1 || out.Uploaded != 1 {
		t.Errorf("%+v", out)
	}
	after := s.enrol(t, "111111111", "après") // who joins shows none
	if out := after.sync(t); out.Received != 2 || out.Downloaded != 1 {
		t.Errorf("%+v", out)
	}
}

func (s *town) close(t testing.TB) {
	t.Helper()
	s.stop()
	s.lines.cut()
	if err := <-s.done; err != nil {
		t.Errorf("serving ended with %v", err)
	}
	if err := s.Server.Close(); err != nil {
		t.Error(err)
	}
}

func (s *town) server() client.Server {
	return client.Server{URL: "https://" + s.address, Certificate: s.Certificate.Certificate[0]}
}

type laptop struct {
	*journal.Journal
	*client.Client
	db  *store.DB
	dir string
	key ed25519.PrivateKey
	e   client.Enrolment
}

func (s *town) enrol(t testing.TB, authority, name string, with ...func(*client.Options)) *laptop {
	t.Helper()
	ctx := context.Background()
	code, err := s.NewCode(ctx, authority)
	if err != nil {
		t.Fatal(err)
	}
	_, key, _ := ed25519.GenerateKey(rand.Reader)
	exchange, _ := ecdh.X25519().GenerateKey(rand.Reader)
	e, err := client.Enrol(ctx, s.server(), strings.ToLower(code), name, key, exchange)
	if err != nil {
		t.Fatal(err)
	}
	return newLaptop(t, e, key, with...)
}

func newLaptop(t testing.TB, e client.Enrolment, key ed25519.PrivateKey, with ...func(*client.Options)) *laptop {
	t.Helper()
	ctx := context.Background()
	dir := filepath.Join(t.TempDir(), "laptop")
	db, err := store.Open(ctx, store.Options{Dir: dir, Secrets: store.Secrets{Database: [32]byte{1}, Documents: [32]byte{2}}, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	j, err := journal.Open(ctx, db, journal.Options{
		Authority: e.Authority, Device: journal.Device{ID: e.Device, Key: key}, Projections: []journal.Projection{notes()},
		Now: time.Now, NewID: func() string { return uuid.Must(uuid.NewV7()).String() }, Rand: rand.Reader,
	})
	if err != nil {
		t.Fatal(err)
	}
	o := client.Options{Journal: j, Enrolment: e, Key: key, Now: time.Now, Rand: rand.Reader}
	for _, w := range with {
		w(&o)
	}
	c, err := client.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return &laptop{Journal: j, Client: c, db: db, dir: dir, key: key, e: e}
}

// through is the laptop's client with another server in the enrolled one's place.
func (l *laptop) through(t testing.TB, url string, certificate []byte) *client.Client {
	t.Helper()
	e := l.e
	e.Server = client.Server{URL: url, Certificate: certificate}
	c, err := client.New(client.Options{Journal: l.Journal, Enrolment: e, Key: l.key, Now: time.Now, Rand: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (l *laptop) note(t testing.TB, stream, text string, blobs ...store.Digest) {
	t.Helper()
	_, err := l.Commit(context.Background(), "personne", func(*store.Tx) ([]journal.Draft, error) {
		return []journal.Draft{{Stream: "thing/" + stream, Kind: "thing.noted", Data: map[string]string{"Note": text}, Blobs: blobs}}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (l *laptop) sync(t testing.TB) client.Outcome {
	t.Helper()
	out, err := l.Once(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (l *laptop) read(t testing.TB) (all []string) {
	t.Helper()
	err := l.db.View(context.Background(), func(tx *store.Tx) (err error) {
		all, err = store.All(tx, `SELECT stream || ': ' || text FROM note ORDER BY 1`, nil, func(scan func(...any) error) (s string, err error) { return s, scan(&s) })
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func (l *laptop) verify(t testing.TB) journal.Proof {
	t.Helper()
	keyOf, err := l.KeyOf(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	p, err := l.Verify(context.Background(), keyOf)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestTwoLaptopsExchangeEntriesAndDocuments(t *testing.T) {
	s := start(t)
	secretary, mayor := s.enrol(t, "111111111", "secrétariat"), s.enrol(t, "111111111", "maire")
	ctx := context.Background()
	content := make([]byte, 9<<20) // three chunks
	rand.Read(content)
	d, err := secretary.db.Blobs().PutBytes(ctx, content)
	if err != nil {
		t.Fatal(err)
	}
	empty, err := secretary.db.Blobs().PutBytes(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	secretary.note(t, "a", "un", d, empty)
	if out := secretary.sync(t); out.Sent != 1 || out.Uploaded != 2 {
		t.Fatalf("%+v", out)
	}
	if out := secretary.sync(t); out != (client.Outcome{}) {
		t.Fatalf("a second exchange did something: %+v", out)
	}
	if out := mayor.sync(t); out.Received != 1 || out.Downloaded != 2 {
		t.Fatalf("%+v", out)
	}
	if err := mayor.db.Blobs().Verify(ctx, d); err != nil {
		t.Fatal(err)
	}
	if got := mayor.read(t); !reflect.DeepEqual(got, []string{"thing/a: un"}) {
		t.Fatal(got)
	}
	if a, b := secretary.verify(t), mayor.verify(t); a.Root != b.Root || a.LogSize != 1 {
		t.Fatalf("%+v %+v", a, b)
	}
}

func TestConflictIsKeptOnBothAndSettledByOne(t *testing.T) {
	s := start(t)
	a, b := s.enrol(t, "111111111", "a"), s.enrol(t, "111111111", "b")
	a.note(t, "x", "départ")
	a.sync(t)
	b.sync(t)
	a.note(t, "x", "approuvé")
	b.note(t, "x", "refusé")
	a.sync(t)
	if out := b.sync(t); out.Contested != 1 {
		t.Fatalf("%+v", out)
	}
	a.sync(t)
	for _, l := range []*laptop{a, b} {
		if got := l.read(t); !reflect.DeepEqual(got, []string{"thing/x: départ approuvé"}) {
			t.Fatal(got)
		}
		if n := l.Status().Conflicts; n != 1 {
			t.Fatalf("%d conflicts shown", n)
		}
	}
	if _, err := a.Settle(context.Background(), "maire", "thing/x", "vu", nil); err != nil {
		t.Fatal(err)
	}
	a.sync(t)
	b.sync(t)
	if n := b.Status().Conflicts; n != 0 {
		t.Fatalf("%d conflicts left", n)
	}
	a.verify(t)
	b.verify(t)
}

func TestCodesServeOnceAndAreNotGuessed(t *testing.T) {
	s := start(t)
	ctx := context.Background()
	code, err := s.NewCode(ctx, "111111111")
	if err != nil {
		t.Fatal(err)
	}
	_, key, _ := ed25519.GenerateKey(rand.Reader)
	exchange, _ := ecdh.X25519().GenerateKey(rand.Reader)
	if _, err := client.Enrol(ctx, s.server(), code, "a", key, exchange); err != nil {
		t.Fatal(err)
	}
	for i := range 12 {
		want := protocol.ErrBadCode
		if i >= 10 {
			want = protocol.ErrSlowDown
		}
		if _, err := client.Enrol(ctx, s.server(), code, "b", key, exchange); !errors.Is(err, want) {
			t.Fatalf("try %d: %v", i, err)
		}
	}
}

func TestEnrolmentIsKeptWhole(t *testing.T) {
	e := start(t).enrol(t, "111111111", "a").e
	text, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	var back client.Enrolment
	if err := json.Unmarshal(text, &back); err != nil || !reflect.DeepEqual(e, back) {
		t.Fatalf("%+v\n%+v, %v", e, back, err)
	}
}

func TestRevokedLaptopIsToldOnce(t *testing.T) {
	s := start(t)
	l := s.enrol(t, "111111111", "perdu")
	l.sync(t)
	if err := s.Revoke(context.Background(), "111111111", l.e.Device); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := l.Once(context.Background()); !errors.Is(err, protocol.ErrRevoked) {
			t.Fatalf("after revocation: %v", err)
		}
	}
	if err := s.Revoke(context.Background(), "222222222", l.e.Device); !errors.Is(err, server.ErrNotFound) {
		t.Fatalf("another authority revoked it: %v", err)
	}
}

func TestAuthoritiesDoNotSeeOneAnother(t *testing.T) {
	s := start(t)
	ours, theirs := s.enrol(t, "111111111", "a"), s.enrol(t, "222222222", "b")
	d, _ := ours.db.Blobs().PutBytes(context.Background(), []byte("secret"))
	ours.note(t, "x", "à nous", d)
	ours.sync(t)
	if out := theirs.sync(t); out.Received != 0 || len(theirs.read(t)) != 0 {
		t.Fatalf("%+v", out)
	}
	// The same document of another authority is asked for, and not given.
	d2, _ := theirs.db.Blobs().PutBytes(context.Background(), []byte("secret"))
	theirs.note(t, "y", "à eux", d2)
	if out := theirs.sync(t); out.Uploaded != 1 {
		t.Fatalf("the server told one authority that another has a document: %+v", out)
	}
	// A laptop that claims to be of the other authority: its entries are refused.
	forged := ours.e
	forged.Authority = "222222222"
	liar := newLaptop(t, forged, ours.key)
	liar.note(t, "z", "faux")
	if _, err := liar.Once(context.Background()); !errors.Is(err, client.ErrStuck) {
		t.Fatalf("a foreign entry: %v", err)
	}
}

func TestServerThatIsKilledLosesNothingItAcknowledged(t *testing.T) {
	s := start(t)
	l, other := s.enrol(t, "111111111", "a"), s.enrol(t, "111111111", "b")
	for i := range 20 {
		l.note(t, fmt.Sprint(i), "x")
		l.sync(t)
		if i%7 == 3 {
			s.close(t)
			if _, err := l.Once(context.Background()); !errors.Is(err, client.ErrOffline) {
				t.Fatalf("without a server: %v", err)
			}
			s.open(t, s.address)
		}
	}
	other.sync(t)
	if p := other.verify(t); p.LogSize != 20 {
		t.Fatalf("%+v", p)
	}
}

// What a network may put in the server's place.
func TestStrangeServers(t *testing.T) {
	s := start(t)
	l := s.enrol(t, "111111111", "a")
	l.note(t, "x", "un")
	page := func(kind, body string, status int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			w.WriteHeader(status)
			io.WriteString(w, body)
		}
	}
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		want    error
	}{
		"a captive portal": {page("text/html", "<html>Bienvenue au camping", 200), client.ErrRubbish},
		"a redirection": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://example.org", http.StatusFound)
		}, client.ErrRubbish},
		"a proxy's error":      {page("text/html", "Bad Gateway", 502), protocol.ErrServer},
		"half an answer":       {page("application/json", `{"nonce": "AA`, 200), client.ErrRubbish},
		"an endless answer":    {func(w http.ResponseWriter, _ *http.Request) { endless(w) }, client.ErrRubbish},
		"another server":       {page("application/json", `{"nonce":"AAAA","server":"autre"}`, 200), client.ErrLies},
		"nothing at all":       {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, client.ErrOffline},
		"a newer protocol":     {page("application/json", `{"code":"version","message":"m"}`, 426), protocol.ErrVersion},
		"a number for a nonce": {page("application/json", `{"nonce": 12}`, 200), client.ErrRubbish},
	} {
		t.Run(name, func(t *testing.T) {
			strange := httptest.NewUnstartedServer(c.handler)
			strange.Config.ErrorLog = nil
			strange.EnableHTTP2 = true
			strange.StartTLS()
			defer strange.Close()
			o := l.through(t, strange.URL, strange.Certificate().Raw)
			if _, err := o.Once(context.Background()); !errors.Is(err, c.want) {
				t.Errorf("%v, not %v", err, c.want)
			}
			if got := l.read(t); len(got) != 1 {
				t.Errorf("after it: %v", got)
			}
		})
	}
	t.Run("an unknown certificate", func(t *testing.T) {
		strange := httptest.NewTLSServer(http.NotFoundHandler())
		strange.Config.ErrorLog = nil
		defer strange.Close()
		o := l.through(t, strange.URL, l.e.Server.Certificate)
		if _, err := o.Once(context.Background()); !errors.Is(err, client.ErrUntrusted) {
			t.Errorf("%v", err)
		}
	})
	l.sync(t)
}

func endless(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	io.WriteString(w, `{"server":"`)
	for range 40 {
		if _, err := io.WriteString(w, strings.Repeat("a", 1<<20)); err != nil {
			return
		}
	}
}

// A server that changes what it gave: each lie is noticed, and nothing is taken.
func TestLyingServers(t *testing.T) {
	s := start(t)
	writer := s.enrol(t, "111111111", "a")
	for i := range 4 {
		writer.note(t, "x", fmt.Sprint("note", i))
	}
	writer.sync(t)
	for name, change := range map[string]func(*protocol.Pulled){
		"an entry changed":    func(p *protocol.Pulled) { p.Entries[1].Data = []byte(`{"Note":"autre"}`) },
		"an author changed":   func(p *protocol.Pulled) { p.Entries[1].Actor = "maire" },
		"two entries swapped": func(p *protocol.Pulled) { p.Entries[1], p.Entries[2] = p.Entries[2], p.Entries[1] },
		"an entry left out":   func(p *protocol.Pulled) { p.Entries = append(p.Entries[:1], p.Entries[2:]...) },
		"the last left out":   func(p *protocol.Pulled) { p.Entries = p.Entries[:3] },
		"contested instead":   func(p *protocol.Pulled) { p.Entries[3].Contested = true },
		"another root":        func(p *protocol.Pulled) { p.Head.Root[0] ^= 1 },
		"a key exchanged": func(p *protocol.Pulled) {
			_, k, _ := ed25519.GenerateKey(rand.Reader)
			for i := range p.Devices {
				if p.Devices[i].ID == writer.e.Device {
					p.Devices[i].Signature = k.Public().(ed25519.PublicKey)
				}
			}
		},
		"a smaller tree": func(p *protocol.Pulled) { p.Head.Size = 2 },
	} {
		t.Run(name, func(t *testing.T) {
			reader := s.enrol(t, "111111111", "lecteur")
			proxy := proxied(t, s.pulls(t, change))
			c := reader.through(t, proxy.URL, proxy.Certificate().Raw)
			if _, err := c.Once(context.Background()); !errors.Is(err, client.ErrLies) {
				t.Errorf("%v", err)
			}
			if got := reader.read(t); len(got) != 0 {
				t.Errorf("taken: %v", got)
			}
		})
	}
}

// A line that drops in the middle of a document: what arrived is not sent again.
func TestUploadGoesOnWhereItStopped(t *testing.T) {
	s := start(t)
	l := s.enrol(t, "111111111", "a")
	content := make([]byte, 20<<20)
	rand.Read(content)
	d, err := l.db.Blobs().PutBytes(context.Background(), content)
	if err != nil {
		t.Fatal(err)
	}
	l.note(t, "x", "un", d)
	var patched, cuts atomic.Int64
	proxy := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPatch {
			if n := patched.Add(1); n%2 == 0 && cuts.Add(1) <= 4 {
				panic(http.ErrAbortHandler)
			}
		}
		s.ServeHTTP(w, r)
	}))
	proxy.EnableHTTP2 = true
	proxy.StartTLS()
	defer proxy.Close()
	c := l.through(t, proxy.URL, proxy.Certificate().Raw)
	tries := 0
	for ; tries < 10; tries++ {
		if _, err = c.Once(context.Background()); err == nil {
			break
		}
		if !errors.Is(err, client.ErrOffline) {
			t.Fatal(err)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	if n := patched.Load(); n != 5+4 {
		t.Errorf("%d chunks were sent for 5 and 4 cuts", n)
	}
	other := s.enrol(t, "111111111", "b")
	other.sync(t)
	if err := other.db.Blobs().Verify(context.Background(), d); err != nil {
		t.Fatal(err)
	}
}

// Any history of acts and exchanges on three laptops ends with the same tables
// and the same log everywhere, and loses nothing.
func TestAnyHistoryConverges(t *testing.T) {
	s := start(t)
	authority := 0
	rapid.Check(t, func(r *rapid.T) {
		authority++
		id := fmt.Sprintf("P%d", authority)
		if err := s.AddAuthority(context.Background(), server.Authority{ID: id, Name: id}); err != nil {
			r.Fatal(err)
		}
		laptops := []*laptop{s.enrol(t, id, "a"), s.enrol(t, id, "b"), s.enrol(t, id, "c")}
		written := 0
		for range rapid.IntRange(1, 25).Draw(r, "steps") {
			l := laptops[rapid.IntRange(0, 2).Draw(r, "who")]
			if rapid.Bool().Draw(r, "act") {
				written++
				l.note(t, fmt.Sprint(rapid.IntRange(0, 2).Draw(r, "thing")), fmt.Sprint(written))
			} else if _, err := l.Once(context.Background()); err != nil {
				r.Fatal(err)
			}
		}
		for range 2 {
			for _, l := range laptops {
				if _, err := l.Once(context.Background()); err != nil {
					r.Fatal(err)
				}
			}
		}
		want, proof := laptops[0].read(t), laptops[0].verify(t)
		if proof.Entries != written || proof.LogSize != int64(written) {
			r.Fatalf("%d written, %+v", written, proof)
		}
		for _, l := range laptops[1:] {
			if got := l.read(t); !reflect.DeepEqual(got, want) {
				r.Fatalf("%v\n%v", got, want)
			}
			if p := l.verify(t); p.Root != proof.Root {
				r.Fatal("the logs differ")
			}
		}
		for _, l := range laptops {
			l.db.Close()
		}
	})
}

func TestRunExchangesByItself(t *testing.T) {
	s := start(t)
	a, b := s.enrol(t, "111111111", "a"), s.enrol(t, "111111111", "b")
	ctx, stop := context.WithTimeout(context.Background(), 30*time.Second)
	defer stop()
	ended := make(chan error, 2)
	for _, l := range []*laptop{a, b} {
		go func() { ended <- l.Run(ctx) }()
	}
	changes, cancel := b.Subscribe("thing/")
	defer cancel()
	a.note(t, "x", "de loin")
	select {
	case <-changes:
	case <-ctx.Done():
		t.Fatal("the other laptop never heard of it")
	}
	stop()
	for range 2 {
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
}

// TestWhatWaitsIsCountedOffline: who works offline sees what is to be sent, as it grows.
func TestWhatWaitsIsCountedOffline(t *testing.T) {
	s := start(t)
	l := s.enrol(t, "111111111", "pc")
	ctx, cancel := context.WithCancel(t.Context())
	l.SetOnline(false)
	ended := make(chan error)
	go func() { ended <- l.Run(ctx) }()
	for n := range 3 {
		l.note(t, strconv.Itoa(n), "écrit dans le train")
		for deadline := time.Now().Add(10 * time.Second); l.Status().Out != n+1; time.Sleep(20 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("%d wait, %d are told", n+1, l.Status().Out)
			}
		}
	}
	cancel()
	<-ended
}
