package client_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/sync/client"
	"alpi40.fr/airial/sync/protocol"
	"alpi40.fr/airial/sync/server"
)

// large is more than what travels with its entry.
const large = 1<<20 + 1<<16

func (l *laptop) keeps(t testing.TB, size int) store.Digest {
	t.Helper()
	content := make([]byte, size)
	rand.Read(content)
	d, err := l.db.Blobs().PutBytes(context.Background(), content)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// fewer bounds the histories that a property is held against: each of them opens laptops. A
// campaign says -rapid.checks itself.
func fewer(t *testing.T, n string) {
	checks := flag.Lookup("rapid.checks")
	if before := checks.Value.String(); before == checks.DefValue {
		if err := checks.Value.Set(n); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { checks.Value.Set(before) })
	}
}

func (s *town) authority(t testing.TB, id string) string {
	t.Helper()
	if err := s.AddAuthority(context.Background(), server.Authority{ID: id, Name: id}); err != nil {
		t.Fatal(err)
	}
	return id
}

// Whatever is written in whatever order, a line on which no large document gets through carries
// all acts and all small documents; once it carries large ones, all is everywhere.
func TestALargeScanDelaysNothing(t *testing.T) {
	s := start(t)
	fewer(t, "12")
	n := 0
	rapid.Check(t, func(r *rapid.T) {
		n++
		id := s.authority(t, fmt.Sprintf("L%d", n))
		a, b := s.enrol(t, id, "secrétariat"), s.enrol(t, id, "maire")
		var dead atomic.Bool
		dead.Store(true)
		proxy := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
			if q.ContentLength > 1<<20 && dead.Load() {
				panic(http.ErrAbortHandler)
			}
			s.ServeHTTP(w, q)
		}))
		proxy.EnableHTTP2 = true
		proxy.StartTLS()
		defer proxy.Close()
		slow := a.through(t, proxy.URL, proxy.Certificate().Raw)
		var small, scans []store.Digest
		for i, size := range rapid.SliceOfN(rapid.SampledFrom([]int{0, 1, 70_000, large}), 1, 8).Draw(r, "sizes") {
			d := a.keeps(t, size)
			if size == large {
				scans = append(scans, d)
			} else {
				small = append(small, d)
			}
			a.note(t, fmt.Sprint(i%3), fmt.Sprint("acte", i), d)
			if rapid.Bool().Draw(r, "exchange") {
				slow.Once(context.Background())
			}
		}
		_, err := slow.Once(context.Background())
		if len(scans) > 0 != errors.Is(err, client.ErrOffline) {
			r.Fatalf("%d scans: %v", len(scans), err)
		}
		b.sync(t)
		if got, want := b.read(t), a.read(t); !reflect.DeepEqual(got, want) {
			r.Fatalf("acts were held up:\n%v\n%v", got, want)
		}
		for _, d := range small {
			if !b.db.Blobs().Has(d) {
				r.Fatal("a small document was held up")
			}
		}
		dead.Store(false)
		if _, err := slow.Once(context.Background()); err != nil {
			r.Fatal(err)
		}
		if s := slow.Status(); s.Out != 0 {
			r.Fatalf("%+v", s)
		}
		b.sync(t)
		for _, d := range append(small, scans...) {
			if err := b.db.Blobs().Verify(context.Background(), d); err != nil {
				r.Fatal(err)
			}
		}
		a.db.Close()
		b.db.Close()
	})
}

// While a large document is under way, an act and its small document reach the other laptop.
func TestAnActOvertakesAScanUnderWay(t *testing.T) {
	s := start(t)
	a, b := s.enrol(t, "111111111", "secrétariat"), s.enrol(t, "111111111", "maire")
	began, release := make(chan struct{}, 10), make(chan struct{})
	proxy := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if q.ContentLength > 1<<20 {
			began <- struct{}{}
			<-release
		}
		s.ServeHTTP(w, q)
	}))
	proxy.EnableHTTP2 = true
	proxy.StartTLS()
	defer proxy.Close()
	c := a.through(t, proxy.URL, proxy.Certificate().Raw)
	ctx, stop := context.WithTimeout(t.Context(), 2*time.Minute)
	ended := make(chan error, 1)
	scan := a.keeps(t, 6<<20)
	a.note(t, "scan", "registre numérisé", scan)
	go func() { ended <- c.Run(ctx) }()
	select {
	case <-began:
	case <-ctx.Done():
		t.Fatal("the scan never set out")
	}
	signed := a.keeps(t, 50_000)
	a.note(t, "dossier", "signé", signed)
	waitFor(t, ctx, "the signature", func() bool { b.sync(t); return b.db.Blobs().Has(signed) })
	items, _, err := c.Items(ctx, 10)
	if err != nil {
		t.Fatal(err)
	}
	if len(items) != 1 || items[0].Kind != client.DocumentOut || items[0].Moving == nil || items[0].Size != 6<<20 {
		t.Errorf("what is told of the scan: %+v", items)
	}
	close(release)
	waitFor(t, ctx, "the scan", func() bool { b.sync(t); return b.db.Blobs().Has(scan) })
	stop()
	<-ended
}

func waitFor(t *testing.T, ctx context.Context, what string, done func() bool) {
	t.Helper()
	for !done() {
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			t.Fatalf("%s did not come", what)
		}
	}
}

// A server of before, which takes no document later, is served as it asks.
func TestAServerThatTakesNothingLater(t *testing.T) {
	s := start(t)
	a := s.enrol(t, "111111111", "a")
	proxy := proxied(t, changing(t, s, protocol.PathPush, func(p *protocol.Push) { p.Later = nil }))
	a.note(t, "x", "un", a.keeps(t, large), a.keeps(t, 10))
	a.note(t, "y", "deux", a.keeps(t, large))
	out, err := a.through(t, proxy.URL, proxy.Certificate().Raw).Once(context.Background())
	if err != nil || out.Uploaded != 3 || out.Sent != 2 {
		t.Fatalf("%+v %v", out, err)
	}
}

// Whatever is written, sent, lost by the server, dropped and opened: each document is here or
// there at any time, and in the end both laptops read all of them.
func TestNoDocumentLeavesThatTheServerLacks(t *testing.T) {
	s := start(t)
	fewer(t, "12")
	n := 0
	rapid.Check(t, func(r *rapid.T) {
		n++
		id := s.authority(t, fmt.Sprintf("K%d", n))
		now, room := time.Now(), int64(1<<40)
		with := func(o *client.Options) {
			o.Now = func() time.Time { return now }
			o.Room = func() (int64, error) { return room, nil }
		}
		a, b := s.enrol(t, id, "a", with), s.enrol(t, id, "b", with)
		contents := map[store.Digest][]byte{}
		var written []store.Digest
		onServer := func(d store.Digest) string { return filepath.Join(s.dir, "blobs", id, d.String()[:2], d.String()) }
		any := func(r *rapid.T) (store.Digest, bool) {
			if len(written) == 0 {
				return store.Digest{}, false
			}
			return rapid.SampledFrom(written).Draw(r, "document"), true
		}
		either := func(r *rapid.T) *laptop { return rapid.SampledFrom([]*laptop{a, b}).Draw(r, "laptop") }
		exchange := func(l *laptop) {
			if _, err := l.Once(context.Background()); err != nil {
				r.Fatal(err)
			}
		}
		r.Repeat(map[string]func(*rapid.T){
			"write": func(r *rapid.T) {
				content := []byte(rapid.StringN(1, 40, 100).Draw(r, "content") + fmt.Sprint(len(contents)))
				d, err := a.db.Blobs().PutBytes(context.Background(), content)
				if err != nil {
					r.Fatal(err)
				}
				contents[d] = content
				written = append(written, d)
				a.note(t, fmt.Sprint(len(contents)%3), "acte", d)
			},
			"exchange a": func(*rapid.T) { exchange(a) },
			"exchange b": func(*rapid.T) { exchange(b) },
			"time":       func(*rapid.T) { now = now.Add(30 * time.Hour) },
			"make room": func(r *rapid.T) {
				l := either(r)
				room = rapid.SampledFrom([]int64{0, 1 << 40}).Draw(r, "room")
				if _, err := l.MakeRoom(context.Background()); err != nil {
					r.Fatal(err)
				}
				room = 1 << 40
			},
			"release": func(r *rapid.T) {
				if _, err := b.Release(context.Background(), fmt.Sprint("thing/", rapid.IntRange(0, 2).Draw(r, "stream"))); err != nil {
					r.Fatal(err)
				}
			},
			"pin": func(r *rapid.T) {
				if err := either(r).Pin(context.Background(), fmt.Sprint("thing/", rapid.IntRange(0, 2).Draw(r, "stream")), rapid.Bool().Draw(r, "on")); err != nil {
					r.Fatal(err)
				}
			},
			"the server loses one that is on a laptop": func(r *rapid.T) {
				if d, ok := any(r); ok && (a.db.Blobs().Has(d) || b.db.Blobs().Has(d)) {
					os.Remove(onServer(d))
				}
			},
			"name again": func(r *rapid.T) {
				if d, ok := any(r); ok {
					a.note(t, "encore", "acte", d)
				}
			},
			"open": func(r *rapid.T) {
				d, ok := any(r)
				if !ok {
					return
				}
				if _, err := os.Stat(onServer(d)); err != nil && !a.db.Blobs().Has(d) {
					return
				}
				got, err := a.db.Blobs().Read(d, 1<<20)
				if err != nil || !bytes.Equal(got, contents[d]) {
					r.Fatalf("%q, %v", got, err)
				}
			},
			"": func(r *rapid.T) {
				for d := range contents {
					if _, err := os.Stat(onServer(d)); err != nil && !a.db.Blobs().Has(d) && !b.db.Blobs().Has(d) {
						r.Fatalf("document %s is nowhere", d)
					}
				}
			},
		})
		for _, l := range []*laptop{a, b} {
			l.db.Close()
		}
	})
}

// A document that an act received here names, and that has not come yet, may be named by another act: filing a letter whose scan
// is still on its way is no fault of who files it.
func TestNamingADocumentThatIsOnItsWay(t *testing.T) {
	s := start(t)
	now, room := time.Now(), int64(1<<40)
	with := func(o *client.Options) {
		o.Now = func() time.Time { return now }
		o.Room = func() (int64, error) { return room, nil }
	}
	a, b := s.enrol(t, "111111111", "a", with), s.enrol(t, "111111111", "b")
	scan := a.keeps(t, 1000)
	a.note(t, "courrier", "reçu", scan)
	a.sync(t)
	now = now.Add(72 * time.Hour)
	room = 0
	if freed, err := a.MakeRoom(context.Background()); err != nil || freed.Documents != 1 {
		t.Fatalf("%+v %v", freed, err)
	}
	room = 1 << 40
	if err := a.Pin(context.Background(), "thing/courrier", true); err != nil {
		t.Fatal(err)
	}
	if a.db.Blobs().Has(scan) {
		t.Fatal("the document came before the exchange")
	}
	a.note(t, "dossier", "classé", scan)
	a.sync(t)
	b.sync(t)
	for _, l := range []*laptop{a, b} {
		if err := l.db.Blobs().Verify(context.Background(), scan); err != nil {
			t.Error(err)
		}
	}
	if got, want := b.read(t), a.read(t); !reflect.DeepEqual(got, want) {
		t.Errorf("%v\n%v", got, want)
	}
}

// What the rules need comes back, what is too old is not fetched, and what was dropped opens.
func TestKeepingByRule(t *testing.T) {
	s := start(t)
	now := time.Now()
	needed := map[string]bool{}
	with := func(o *client.Options) {
		o.Now = func() time.Time { return now }
		o.Needed = func(context.Context) (map[string]bool, error) { return needed, nil }
	}
	a, b := s.enrol(t, "111111111", "a"), s.enrol(t, "111111111", "b", with)
	old, fresh := a.keeps(t, 1000), a.keeps(t, 2000)
	a.note(t, "ancien", "x", old)
	a.note(t, "utile", "x", fresh)
	a.sync(t)
	now = now.AddDate(1, 0, 0)
	ctx := context.Background()
	if err := b.SetKeeping(ctx, client.Keeping{Months: 6}); err != nil {
		t.Fatal(err)
	}
	needed["thing/utile"] = true
	b.sync(t)
	if b.db.Blobs().Has(old) || !b.db.Blobs().Has(fresh) {
		t.Fatal("an old document came, or a needed one did not")
	}
	if stock, err := b.Stock(ctx); err != nil || stock.Here != 1 || stock.Away != 1 {
		t.Fatalf("%+v %v", stock, err)
	}
	delete(needed, "thing/utile")
	now = now.Add(49 * time.Hour)
	if freed, err := b.MakeRoom(ctx); err != nil || freed.Documents != 1 || b.db.Blobs().Has(fresh) {
		t.Fatalf("%+v %v", freed, err)
	}
	if content, err := b.db.Blobs().Read(old, 1<<20); err != nil || len(content) != 1000 {
		t.Fatalf("opening what is on the server: %d bytes, %v", len(content), err)
	}
	b.SetOnline(false)
	if _, err := b.db.Blobs().Read(fresh, 1<<20); !errors.Is(err, client.ErrElsewhere) || !errors.Is(err, store.ErrNotFound) {
		t.Fatalf("offline: %v", err)
	}
	b.SetOnline(true)
	if err := b.Pin(ctx, "thing/utile", true); err != nil {
		t.Fatal(err)
	}
	b.sync(t)
	if !b.db.Blobs().Has(fresh) {
		t.Fatal("a pinned document did not come back")
	}
}

// What a person leaves on the server does not come, leaves once the server has had it for two days, and comes back at her
// word; what is let go of is neither fetched nor sent again.
func TestLeavingAndLettingGo(t *testing.T) {
	s := start(t)
	now := time.Now()
	shunned := map[string]bool{"thing/photos": true}
	with := func(o *client.Options) {
		o.Now = func() time.Time { return now }
		o.Shunned = func(context.Context) (map[string]bool, error) { return shunned, nil }
	}
	a, b := s.enrol(t, "111111111", "a"), s.enrol(t, "111111111", "b", with)
	photo, letter := a.keeps(t, 1000), a.keeps(t, 2000)
	a.note(t, "photos", "x", photo)
	a.note(t, "lettres", "x", letter)
	a.sync(t)
	b.sync(t)
	ctx := context.Background()
	if b.db.Blobs().Has(photo) || !b.db.Blobs().Has(letter) {
		t.Fatal("what was to stay on the server came, or the other did not")
	}
	delete(shunned, "thing/photos")
	if err := b.Want(ctx, "thing/photos"); err != nil {
		t.Fatal(err)
	}
	b.sync(t)
	if !b.db.Blobs().Has(photo) {
		t.Fatal("it did not come back")
	}
	shunned["thing/photos"] = true
	if freed, err := b.MakeRoom(ctx); err != nil || freed.Documents != 0 {
		t.Fatalf("it left before the server had it for two days: %+v %v", freed, err)
	}
	now = now.Add(49 * time.Hour)
	if freed, err := b.MakeRoom(ctx); err != nil || freed.Documents != 1 || b.db.Blobs().Has(photo) || !b.db.Blobs().Has(letter) {
		t.Fatalf("%+v %v", freed, err)
	}
	mine := b.keeps(t, 3000)
	b.note(t, "lettres", "y", mine)
	done, err := b.LetGo(ctx, letter, mine, photo)
	if err != nil || len(done) != 3 || b.db.Blobs().Has(letter) || b.db.Blobs().Has(mine) {
		t.Fatalf("%v %v", done, err)
	}
	for range 2 {
		b.sync(t)
	}
	if b.db.Blobs().Has(letter) || b.db.Blobs().Has(photo) {
		t.Fatal("what was let go of came back")
	}
	if status := b.Status(); status.Out != 0 {
		t.Fatalf("still to be sent: %+v", status)
	}
}

// What is left on the server is told thing by thing, comes when it is asked for whatever its age, and stays two days; what
// the server lacks is looked for.
func TestWhereDocumentsAre(t *testing.T) {
	s := start(t)
	ctx, now := context.Background(), time.Now()
	a, b := s.enrol(t, "111111111", "a"), s.enrol(t, "111111111", "b", func(o *client.Options) { o.Now = func() time.Time { return now } })
	old, other := a.keeps(t, large), a.keeps(t, 2000)
	a.note(t, "ancien", "x", old)
	a.note(t, "autre", "x", other)
	a.sync(t)
	now = now.AddDate(1, 0, 0)
	if err := b.SetKeeping(ctx, client.Keeping{Months: 6}); err != nil {
		t.Fatal(err)
	}
	b.sync(t)
	shelves := func(where client.Where, streams ...string) []client.Whereabouts {
		t.Helper()
		all, err := b.Whereabouts(ctx, where, streams, 10)
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	if all := shelves(client.OnServer); len(all) != 2 || all[0].Stream != "thing/autre" || all[0].Away != 1 {
		t.Fatalf("%+v", all)
	}
	if len(shelves(client.OnLaptop)) != 0 || len(shelves(client.Anywhere, "thing/ancien", "thing/inconnu")) != 1 {
		t.Error("documents are told to be where they are not")
	}
	if n, lacking, err := b.Bring(ctx, "thing/ancien"); err != nil || n != 1 || lacking != 0 || !b.db.Blobs().Has(old) {
		t.Fatal(n, lacking, err)
	}
	if all := shelves(client.OnLaptop); len(all) != 1 || all[0].Here != 1 || all[0].Bytes != large {
		t.Errorf("%+v", all)
	}
	for days, want := range []int{0, 0, 1} {
		now = now.Add(min(1, time.Duration(days)) * 25 * time.Hour)
		if freed, err := b.MakeRoom(ctx); err != nil || freed.Documents != want {
			t.Fatalf("day %d: %+v %v", days, freed, err)
		}
	}
	if err := os.Remove(filepath.Join(s.dir, "blobs", "111111111", old.String()[:2], old.String())); err != nil {
		t.Fatal(err)
	}
	if n, lacking, err := b.Bring(ctx, "thing/ancien"); err != nil || n != 0 || lacking != 1 {
		t.Fatal(n, lacking, err)
	}
	if all := shelves(client.Anywhere, "thing/ancien"); len(all) != 1 || all[0].Coming != 1 {
		t.Errorf("%+v", all)
	}
}
