package client_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/sync/client"
	"alpi40.fr/airial/sync/protocol"
	"alpi40.fr/airial/sync/server"
)

// backUp copies the server's folder; restore puts a copy in its place.
func (s *town) backUp(t testing.TB) string {
	t.Helper()
	s.close(t)
	to := t.TempDir()
	if err := os.CopyFS(filepath.Join(to, "server"), os.DirFS(s.dir)); err != nil {
		t.Fatal(err)
	}
	s.open(t, s.address)
	return filepath.Join(to, "server")
}

// With soon, its operator lets it give new places at once.
func (s *town) putBack(t testing.TB, backup string, soon bool) {
	t.Helper()
	s.close(t)
	if err := os.RemoveAll(s.dir); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(s.dir, os.DirFS(backup)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(s.dir, "recovering"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s.open(t, s.address)
	if soon {
		s.recovered(t)
	}
}

func (s *town) recovered(t testing.TB) {
	t.Helper()
	if err := os.Remove(filepath.Join(s.dir, "recovering")); err != nil {
		t.Fatal(err)
	}
}

func (l *laptop) noteSealed(t testing.TB, stream, subject, text string) {
	t.Helper()
	_, err := l.Commit(context.Background(), "personne", func(*store.Tx) ([]journal.Draft, error) {
		return []journal.Draft{{Stream: "thing/" + stream, Kind: "thing.noted", Data: map[string]string{"Note": text}, Subject: subject}}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A server put back from a backup gets everything again that it had given since: acts of all
// laptops, those of one revoked since too, documents, subjects' keys, a laptop enrolled since.
func TestAServerPutBackFromItsBackup(t *testing.T) {
	s := start(t)
	ctx := context.Background()
	a, b, gone := s.enrol(t, "111111111", "a"), s.enrol(t, "111111111", "b"), s.enrol(t, "111111111", "parti")
	a.note(t, "x", "avant")
	a.sync(t)
	b.sync(t)
	backup := s.backUp(t)

	scan := a.keeps(t, large)
	a.note(t, "x", "après", scan)
	a.noteSealed(t, "secret", "personne-1", "scellé")
	a.sync(t)
	gone.note(t, "parti", "dernier acte")
	gone.sync(t)
	if err := s.Revoke(ctx, "111111111", gone.e.Device); err != nil {
		t.Fatal(err)
	}
	late := s.enrol(t, "111111111", "dernier venu")
	late.note(t, "x", "du dernier venu")
	late.sync(t)
	a.note(t, "x", "contesté")
	a.sync(t) // contested: late holds the place
	b.sync(t)
	a.sync(t)
	proof, tables := b.verify(t), b.read(t)
	late.note(t, "y", "jamais parti") // on one laptop only

	s.putBack(t, backup, true)
	if _, err := late.Once(ctx); !errors.Is(err, protocol.ErrUnauthorized) {
		t.Fatalf("the laptop that the backup does not know: %v", err)
	}
	// b has no act of its own to send: what it knows is enough.
	b.sync(t)
	if got := b.verify(t); got.Root != proof.Root || got.LogSize != proof.LogSize {
		t.Fatalf("%+v, it was %+v", got, proof)
	}
	if _, err := gone.Once(ctx); !errors.Is(err, protocol.ErrRevoked) {
		t.Fatalf("the laptop revoked since the backup: %v", err)
	}
	late.sync(t)
	a.sync(t) // it has the scan
	fresh := s.enrol(t, "111111111", "neuf")
	fresh.sync(t)
	a.sync(t)
	want := a.read(t)
	for _, l := range []*laptop{fresh, late} {
		l.sync(t)
		if got := l.read(t); !reflect.DeepEqual(got, want) {
			t.Errorf("%v\n%v", got, want)
		}
	}
	if len(want) != len(tables)+1 {
		t.Errorf("%v\n%v", want, tables)
	}
	if err := fresh.db.Blobs().Verify(ctx, scan); err != nil {
		t.Error(err)
	}
	fresh.verify(t)
}

// A server comes back without documents. A laptop that had left one there looks for it, and has it again once another
// laptop came by; what was let go of is not looked for.
func TestWhatWasLeftOnAServerThatLostIt(t *testing.T) {
	s := start(t)
	ctx, now := context.Background(), time.Now()
	a, b := s.enrol(t, "111111111", "a"), s.enrol(t, "111111111", "b", func(o *client.Options) { o.Now = func() time.Time { return now } })
	left, erased := a.keeps(t, 1000), a.keeps(t, 2000)
	a.note(t, "x", "acte", left)
	a.note(t, "y", "acte", erased)
	a.sync(t)
	b.sync(t)
	if gone, err := b.LetGo(ctx, erased); err != nil || len(gone) != 1 {
		t.Fatal(gone, err)
	}
	now = now.Add(49 * time.Hour)
	if freed, err := b.Release(ctx, "thing/x"); err != nil || freed.Documents != 1 {
		t.Fatalf("%+v, %v", freed, err)
	}
	backup := s.backUp(t)
	for _, d := range []store.Digest{left, erased} {
		if err := os.Remove(filepath.Join(backup, "blobs", "111111111", d.String()[:2], d.String())); err != nil {
			t.Fatal(err)
		}
	}
	s.putBack(t, backup, true)
	b.sync(t)
	items, _, err := b.Items(ctx, 10)
	if err != nil || len(items) != 1 || items[0].ID != left.String() || !items[0].Absent {
		t.Fatalf("%+v, %v", items, err)
	}
	a.sync(t)
	b.sync(t)
	if !b.db.Blobs().Has(left) || b.db.Blobs().Has(erased) || b.Status().In != 0 {
		t.Errorf("here %v, let go of and back %v, %+v", b.db.Blobs().Has(left), b.db.Blobs().Has(erased), b.Status())
	}
}

// While the server recovers, it gives no new place; what it had given comes back all the same.
func TestNoPlaceIsGivenTwiceWhileRecovering(t *testing.T) {
	s := start(t)
	ctx := context.Background()
	a, b := s.enrol(t, "111111111", "a"), s.enrol(t, "111111111", "b")
	a.sync(t)
	b.sync(t)
	backup := s.backUp(t)
	a.note(t, "x", "un")
	a.sync(t)
	s.putBack(t, backup, false)
	b.note(t, "y", "deux")
	if _, err := b.Once(ctx); !errors.Is(err, protocol.ErrServer) {
		t.Fatalf("a place was given while recovering: %v", err)
	}
	a.sync(t) // gives back
	s.recovered(t)
	b.sync(t)
	a.sync(t)
	if got, want := a.read(t), b.read(t); !reflect.DeepEqual(got, want) || len(want) != 2 {
		t.Fatalf("%v\n%v", got, want)
	}
}

// Where the server gave a place again, the laptop that knows it as taken stops, and says why.
func TestAPlaceGivenTwiceIsSeen(t *testing.T) {
	s := start(t)
	a, b := s.enrol(t, "111111111", "a"), s.enrol(t, "111111111", "b")
	a.note(t, "x", "zéro")
	a.sync(t)
	b.sync(t)
	backup := s.backUp(t)
	a.note(t, "x", "un")
	a.note(t, "x", "deux")
	a.sync(t)
	s.putBack(t, backup, true)
	b.note(t, "y", "autre")
	b.sync(t)
	if _, err := a.Once(context.Background()); !errors.Is(err, client.ErrForked) || !errors.Is(err, client.ErrLies) {
		t.Fatalf("%v", err)
	}
	if got := a.read(t); len(got) != 1 {
		t.Fatalf("%v", got)
	}
	a.verify(t)
}

// What a laptop gives back must be what the server had signed, to the letter.
func TestNothingElseIsTakenBack(t *testing.T) {
	s := start(t)
	a := s.enrol(t, "111111111", "a")
	a.sync(t)
	backup := s.backUp(t)
	for range 4 {
		a.note(t, "x", "un")
	}
	a.sync(t)
	s.putBack(t, backup, true)
	for name, change := range map[string]func(*protocol.Return){
		"an entry changed":    func(r *protocol.Return) { r.Entries[1].Data = []byte(`{"Note":"autre"}`) },
		"contested instead":   func(r *protocol.Return) { r.Entries[3].Contested = true },
		"an entry left out":   func(r *protocol.Return) { r.Entries = append(r.Entries[:1], r.Entries[2:]...) },
		"two entries swapped": func(r *protocol.Return) { r.Entries[1], r.Entries[2] = r.Entries[2], r.Entries[1] },
		"a larger head":       func(r *protocol.Return) { r.Head.Size++ },
		"another authority's": func(r *protocol.Return) { r.Head.Authority = "222222222" },
		"a device more":       func(r *protocol.Return) { d := r.Devices[0]; d.ID = "intrus"; r.Devices = append(r.Devices, d) },
		"a device's key changed": func(r *protocol.Return) {
			r.Devices[0].Signature = append([]byte{}, r.Devices[0].Signature...)
			r.Devices[0].Signature[0] ^= 1
		},
		"no entries":              func(r *protocol.Return) { r.Entries = nil },
		"places after those lost": func(r *protocol.Return) { r.Entries = r.Entries[2:] },
	} {
		t.Run(name, func(t *testing.T) {
			proxy := proxied(t, changing(t, s, protocol.PathReturn, change))
			if _, err := a.through(t, proxy.URL, proxy.Certificate().Raw).Once(context.Background()); err == nil {
				t.Error("it was taken")
			}
			var size int64
			err := s.Storage.Read(context.Background(), "111111111", func(l server.Log) (err error) { size, err = l.Size(); return err })
			if err != nil || size != 0 {
				t.Errorf("the server has %d places, %v", size, err)
			}
		})
	}
	a.sync(t)
	a.verify(t)
}
