package journal_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/journal/journaltest"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
)

// tally is a small projection: the notes of a thing, and how many.
var tally = journal.Projection{
	Name: "tally", Version: 1, Prefix: "thing/", Tables: []string{"tally", "tally_note"},
	Schema: `CREATE TABLE tally (stream TEXT PRIMARY KEY, n INTEGER NOT NULL, last INTEGER NOT NULL) STRICT;
		CREATE TABLE tally_note (stream TEXT NOT NULL, version INTEGER NOT NULL, note TEXT, PRIMARY KEY (stream, version)) STRICT;`,
	Apply: func(tx *store.Tx, ev journal.Event) error {
		if _, err := tx.Exec(`INSERT INTO tally (stream, n, last) VALUES (?, 1, ?) ON CONFLICT (stream) DO UPDATE SET n = n + 1, last = excluded.last`, ev.Stream, ev.Version); err != nil {
			return err
		}
		var note any
		if !ev.Forgotten {
			var d struct{ Note string }
			if err := json.Unmarshal(ev.Data, &d); err != nil {
				return err
			}
			note = d.Note
			if err := tx.Index(store.Document{Kind: "thing", Ref: fmt.Sprint(ev.Stream, ev.Version), Stream: ev.Stream, Title: d.Note, At: ev.At}); err != nil {
				return err
			}
		}
		_, err := tx.Exec(`INSERT INTO tally_note (stream, version, note) VALUES (?, ?, ?)`, ev.Stream, ev.Version, note)
		return err
	},
	Forget: func(tx *store.Tx, stream string) error {
		if _, err := tx.Exec(`DELETE FROM tally WHERE stream = ?`, stream); err != nil {
			return err
		}
		_, err := tx.Exec(`DELETE FROM tally_note WHERE stream = ?`, stream)
		return err
	},
}

type laptop struct {
	*journal.Journal
	db   *store.DB
	dir  string
	name string
	key  ed25519.PrivateKey
}

func newLaptop(t testing.TB, name string) *laptop {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	l := &laptop{dir: t.TempDir(), name: name, key: key}
	l.open(t)
	t.Cleanup(func() { l.db.Close() })
	return l
}

func secrets() (s store.Secrets) {
	copy(s.Database[:], "a key for the tests, 32 bytes !!")
	copy(s.Documents[:], "another key for the tests, 32 !!")
	return s
}

func (l *laptop) open(t testing.TB) {
	t.Helper()
	var err error
	l.db, err = store.Open(context.Background(), store.Options{Dir: l.dir, Secrets: secrets(), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	l.Journal, err = journal.Open(context.Background(), l.db, journal.Options{
		Authority: "mairie", Device: journal.Device{ID: l.name, Key: l.key}, Projections: []journal.Projection{tally},
		Now: time.Now, NewID: func() string { return uuid.Must(uuid.NewV7()).String() }, Rand: rand.Reader,
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (l *laptop) note(t testing.TB, stream, note string) []journal.Entry {
	t.Helper()
	entries, err := l.Commit(context.Background(), "person-"+l.name, func(*store.Tx) ([]journal.Draft, error) {
		return []journal.Draft{{Stream: "thing/" + stream, Kind: "thing.noted", Data: map[string]string{"Note": note}}}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

func (l *laptop) notes(t testing.TB) (all []string) {
	t.Helper()
	err := l.db.View(context.Background(), func(tx *store.Tx) (err error) {
		all, err = store.All(tx, `SELECT n.stream || ' ' || n.version || ' ' || coalesce(n.note, '∅') || ' ' || t.n FROM tally_note n JOIN tally t USING (stream) ORDER BY 1`, nil,
			func(scan func(...any) error) (s string, err error) { return s, scan(&s) })
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// order is the server of these laptops.
type order struct{ journaltest.Server }

func newOrder(laptops ...*laptop) *order {
	o := &order{journaltest.Server{Keys: map[string]ed25519.PublicKey{}}}
	for _, l := range laptops {
		o.Keys[l.name] = l.key.Public().(ed25519.PublicKey)
	}
	return o
}

func (o *order) sync(t testing.TB, l *laptop) {
	t.Helper()
	o.Meet(t, l.Journal)
}

func TestRefusalWritesNothing(t *testing.T) {
	l := newLaptop(t, "a")
	no := &rule.Refusal{Article: "CGCT, art. L2121-17", Why: "Le quorum n’est pas atteint."}
	_, err := l.Commit(context.Background(), "p", func(tx *store.Tx) ([]journal.Draft, error) {
		if _, err := tx.Exec(`INSERT INTO setting (key, value) VALUES ('x', 'y')`); err != nil {
			return nil, err
		}
		return nil, no
	})
	if rule.Find(err) != no {
		t.Fatalf("got %v, want the refusal", err)
	}
	var v string
	l.db.View(context.Background(), func(tx *store.Tx) error { v, err = tx.Setting("x"); return err })
	if v != "" || err != nil {
		t.Fatalf("the refused change is there: %q, %v", v, err)
	}
}

func TestEntriesSurviveReopening(t *testing.T) {
	l := newLaptop(t, "a")
	l.note(t, "1", "école")
	l.note(t, "1", "forêt")
	before := l.notes(t)
	if err := l.db.Close(); err != nil {
		t.Fatal(err)
	}
	l.open(t)
	if got := l.notes(t); len(got) != 2 || strings.Join(got, "|") != strings.Join(before, "|") {
		t.Fatalf("got %q, want %q", got, before)
	}
	proof, err := l.Verify(context.Background(), newOrder(l).KeyOf)
	if err != nil || proof.Entries != 2 {
		t.Fatalf("proof %+v, %v", proof, err)
	}
}

func TestTamperingIsSeen(t *testing.T) {
	changes := map[string]struct {
		sql  string
		want error
	}{
		"data":      {`UPDATE entry SET data = CAST('{"Note":"autre"}' AS BLOB) WHERE version = 2`, journal.ErrHash},
		"actor":     {`UPDATE entry SET actor = 'autre' WHERE version = 1`, journal.ErrHash},
		"date":      {`UPDATE entry SET at = at + 1 WHERE version = 1`, journal.ErrHash},
		"signature": {`UPDATE entry SET sig = zeroblob(64) WHERE version = 3`, journal.ErrSignature},
		"removed":   {`DELETE FROM entry WHERE version = 2`, journal.ErrChain},
	}
	for name, c := range changes {
		t.Run(name, func(t *testing.T) {
			l := newLaptop(t, "a")
			for _, n := range []string{"un", "deux", "trois"} {
				l.note(t, "1", n)
			}
			if err := l.db.Update(context.Background(), func(tx *store.Tx) error { return tx.Script(c.sql) }); err != nil {
				t.Fatal(err)
			}
			if _, err := l.Verify(context.Background(), newOrder(l).KeyOf); !errors.Is(err, c.want) {
				t.Fatalf("got %v, want %v", err, c.want)
			}
		})
	}
}

func TestConflictKeepsBothAndOnePersonDecides(t *testing.T) {
	a, b := newLaptop(t, "a"), newLaptop(t, "b")
	o := newOrder(a, b)
	a.note(t, "1", "départ")
	o.sync(t, a)
	o.sync(t, b)
	a.note(t, "1", "approuvé par a")
	b.note(t, "1", "refusé par b")
	b.note(t, "1", "suite de b")
	o.sync(t, a)
	o.sync(t, b)
	o.sync(t, a)
	for _, l := range []*laptop{a, b} {
		if got := strings.Join(l.notes(t), "|"); got != "thing/1 1 départ 2|thing/1 2 approuvé par a 2" {
			t.Fatalf("%s shows %q", l.name, got)
		}
		conflicts := l.conflicts(t)
		if len(conflicts) != 1 || len(conflicts[0].Contested) != 2 || len(conflicts[0].Holding) != 1 {
			t.Fatalf("%s has conflicts %+v", l.name, conflicts)
		}
	}
	_, err := b.Settle(context.Background(), "maire", "thing/1", "b avait raison", func(*store.Tx) ([]journal.Draft, error) {
		return []journal.Draft{{Stream: "thing/1", Kind: "thing.noted", Data: map[string]string{"Note": "refusé par b"}}}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	o.sync(t, b)
	o.sync(t, a)
	for _, l := range []*laptop{a, b} {
		if c := l.conflicts(t); len(c) != 0 {
			t.Fatalf("%s still has %d conflicts", l.name, len(c))
		}
		if got := l.notes(t); got[len(got)-1] != "thing/1 4 refusé par b 3" {
			t.Fatalf("%s shows %q", l.name, got)
		}
		if _, err := l.Verify(context.Background(), o.KeyOf); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := a.Settle(context.Background(), "maire", "thing/1", "", nil); !errors.Is(err, journal.ErrSettled) {
		t.Fatalf("settling twice: %v", err)
	}
}

func (l *laptop) conflicts(t testing.TB) (all []journal.Conflict) {
	t.Helper()
	if err := l.db.View(context.Background(), func(tx *store.Tx) (err error) { all, err = journal.Conflicts(tx); return err }); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestLyingServerIsRefused(t *testing.T) {
	a, b := newLaptop(t, "a"), newLaptop(t, "b")
	o := newOrder(a, b)
	a.note(t, "1", "un")
	a.note(t, "2", "deux")
	o.sync(t, a)
	lies := map[string]struct {
		lie  func(p []journal.Placed) []journal.Placed
		want error
	}{
		"a changed word":    {func(p []journal.Placed) []journal.Placed { p[0].Data = []byte(`{"Note":"UN"}`); return p }, journal.ErrHash},
		"an entry left out": {func(p []journal.Placed) []journal.Placed { p[1].Seq = 1; return p[1:] }, journal.ErrChain},
		"a hole":            {func(p []journal.Placed) []journal.Placed { return p[1:] }, journal.ErrOrder},
		"another authority": {func(p []journal.Placed) []journal.Placed { p[0].Authority = "ailleurs"; return p }, journal.ErrMalformed},
		"another device":    {func(p []journal.Placed) []journal.Placed { p[0].Device = "z"; return p }, journal.ErrUnknownDevice},
	}
	for name, c := range lies {
		t.Run(name, func(t *testing.T) {
			batch := c.lie(append([]journal.Placed{}, o.Placed...))
			if err := b.Receive(context.Background(), journal.Delivery{Entries: batch, KeyOf: o.KeyOf}); !errors.Is(err, c.want) {
				t.Fatalf("got %v, want %v", err, c.want)
			}
			if got := b.notes(t); len(got) != 0 {
				t.Fatalf("the lie was stored: %q", got)
			}
		})
	}
	wrong := journal.Hash{1}
	if err := b.Receive(context.Background(), journal.Delivery{Entries: o.Placed, Root: &wrong, KeyOf: o.KeyOf}); !errors.Is(err, journal.ErrLog) {
		t.Fatalf("a wrong root: %v", err)
	}
	o.sync(t, b)
	b.note(t, "1", "trois")
	o.sync(t, b)
	rewritten := append([]journal.Placed{}, o.Placed...)
	rewritten[2].Hash[0] ^= 1
	c := newLaptop(t, "c")
	if err := c.Receive(context.Background(), journal.Delivery{Entries: rewritten, KeyOf: o.KeyOf}); !errors.Is(err, journal.ErrHash) {
		t.Fatalf("a rewritten entry: %v", err)
	}
}

func TestForgottenDataIsGoneAndTheChainHolds(t *testing.T) {
	a, b := newLaptop(t, "a"), newLaptop(t, "b")
	o := newOrder(a, b)
	ctx := context.Background()
	_, err := a.Commit(ctx, "p", func(*store.Tx) ([]journal.Draft, error) {
		return []journal.Draft{{Stream: "thing/1", Kind: "thing.noted", Data: map[string]string{"Note": "Mme Exemple"}, Subject: "demande-1"}}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := a.notes(t); got[0] != "thing/1 1 Mme Exemple 1" {
		t.Fatalf("before: %q", got)
	}
	o.sync(t, a)
	o.sync(t, b)
	if got := b.notes(t); got[0] != "thing/1 1 ∅ 1" {
		t.Fatalf("without the key: %q", got)
	}
	var keys []journal.SubjectKey
	a.db.View(ctx, func(tx *store.Tx) (err error) { keys, err = journal.OutgoingKeys(tx); return err })
	take := func(l *laptop, keys ...journal.SubjectKey) error {
		return l.Receive(ctx, journal.Delivery{Keys: keys, KeyOf: o.KeyOf})
	}
	other := keys[0]
	other.Key = bytes.Repeat([]byte{7}, 32)
	if err := take(b, other); !errors.Is(err, journal.ErrOtherKey) {
		t.Fatalf("a key that the entry does not name: %v", err)
	}
	if err := take(b, keys...); err != nil {
		t.Fatal(err)
	}
	if got := b.notes(t); got[0] != "thing/1 1 Mme Exemple 1" {
		t.Fatalf("with the key: %q", got)
	}
	// A server's word alone forgets nothing.
	if err := take(b, journal.SubjectKey{Subject: "demande-1", Forgotten: true}); err != nil {
		t.Fatal(err)
	}
	if got := b.notes(t); got[0] != "thing/1 1 Mme Exemple 1" {
		t.Fatalf("after a server's word: %q", got)
	}
	if err := a.Forget(ctx, "secretaire", "demande-1"); err != nil {
		t.Fatal(err)
	}
	o.sync(t, a)
	o.sync(t, b)
	for _, l := range []*laptop{a, b} {
		if err := take(l, keys...); err != nil { // a late copy of the key brings nothing back
			t.Fatal(err)
		}
		if got := l.notes(t); got[0] != "thing/1 1 ∅ 1" {
			t.Fatalf("after: %q", got)
		}
		if _, err := l.Verify(ctx, o.KeyOf); err != nil {
			t.Fatal(err)
		}
	}
}

// A key that another laptop drew and that has not arrived is not drawn a second time: neither side would read the other.
func TestAKeyOnItsWayIsWaitedFor(t *testing.T) {
	a, b := newLaptop(t, "a"), newLaptop(t, "b")
	o := newOrder(a, b)
	ctx := context.Background()
	say := func(l *laptop, note string) error {
		_, err := l.Commit(ctx, "p", func(*store.Tx) ([]journal.Draft, error) {
			return []journal.Draft{{Stream: "thing/1", Kind: "thing.noted", Data: map[string]string{"Note": note}, Subject: "demande-1"}}, nil
		})
		return err
	}
	if err := say(a, "Mme Exemple"); err != nil {
		t.Fatal(err)
	}
	o.sync(t, a)
	o.sync(t, b)
	if err := say(b, "Rue des Pins"); !errors.Is(err, journal.ErrKeyAway) {
		t.Fatalf("without the key: %v", err)
	}
	var keys []journal.SubjectKey
	a.db.View(ctx, func(tx *store.Tx) (err error) { keys, err = journal.OutgoingKeys(tx); return err })
	if err := b.Receive(ctx, journal.Delivery{Keys: keys, KeyOf: o.KeyOf}); err != nil {
		t.Fatal(err)
	}
	if err := say(b, "Rue des Pins"); err != nil {
		t.Fatal(err)
	}
	o.sync(t, b)
	o.sync(t, a)
	for _, l := range []*laptop{a, b} {
		if got := l.notes(t); !slices.Equal(got, []string{"thing/1 1 Mme Exemple 2", "thing/1 2 Rue des Pins 2"}) {
			t.Errorf("%q", got)
		}
	}
}

// Two laptops that drew a key each for one subject, apart: all hold the one of the first entry in the server's order,
// whichever arrives first, and none stops.
func TestTwoKeysForOneSubject(t *testing.T) {
	for _, late := range []bool{false, true} {
		a, b, c := newLaptop(t, "a"), newLaptop(t, "b"), newLaptop(t, "c")
		o := newOrder(a, b, c)
		ctx := context.Background()
		keysOf := map[*laptop][]journal.SubjectKey{}
		for i, l := range []*laptop{a, b} {
			_, err := l.Commit(ctx, "p", func(*store.Tx) ([]journal.Draft, error) {
				return []journal.Draft{{Stream: fmt.Sprint("thing/", i), Kind: "thing.noted", Data: map[string]string{"Note": "de " + l.name}, Subject: "demande-1"}}, nil
			})
			if err != nil {
				t.Fatal(err)
			}
			l.db.View(ctx, func(tx *store.Tx) (err error) { keysOf[l], err = journal.OutgoingKeys(tx); return err })
		}
		o.sync(t, a)
		o.sync(t, b)
		both := append(slices.Clone(keysOf[a]), keysOf[b]...)
		if late {
			slices.Reverse(both)
		}
		for _, l := range []*laptop{a, b, c} {
			o.sync(t, l)
			if err := l.Receive(ctx, journal.Delivery{Keys: both, KeyOf: o.KeyOf}); err != nil {
				t.Fatalf("%s: %v", l.name, err)
			}
			if got := l.notes(t); !slices.Equal(got, []string{"thing/0 1 de a 1", "thing/1 1 ∅ 1"}) {
				t.Errorf("%s, late %v: %q", l.name, late, got)
			}
		}
	}
}

// A key may arrive before the entry that names it, and a wrong one then gives way.
func TestKeyThatCameTooEarlyGivesWay(t *testing.T) {
	a, b := newLaptop(t, "a"), newLaptop(t, "b")
	o := newOrder(a, b)
	ctx := context.Background()
	wrong := journal.SubjectKey{Subject: "demande-1", Key: bytes.Repeat([]byte{7}, 32)}
	if err := b.Receive(ctx, journal.Delivery{Keys: []journal.SubjectKey{wrong}, KeyOf: o.KeyOf}); err != nil {
		t.Fatal(err)
	}
	_, err := a.Commit(ctx, "p", func(*store.Tx) ([]journal.Draft, error) {
		return []journal.Draft{{Stream: "thing/1", Kind: "thing.noted", Data: map[string]string{"Note": "Mme Exemple"}, Subject: "demande-1"}}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	o.sync(t, a)
	o.sync(t, b)
	if got := b.notes(t); got[0] != "thing/1 1 ∅ 1" {
		t.Fatalf("under the wrong key: %q", got)
	}
	var keys []journal.SubjectKey
	a.db.View(ctx, func(tx *store.Tx) (err error) { keys, err = journal.OutgoingKeys(tx); return err })
	if err := b.Receive(ctx, journal.Delivery{Keys: keys, KeyOf: o.KeyOf}); err != nil {
		t.Fatal(err)
	}
	if got := b.notes(t); got[0] != "thing/1 1 Mme Exemple 1" {
		t.Fatalf("with the key: %q", got)
	}
}

// TestAnyHistoryConverges drives two or three laptops through any order of
// writing and syncing: all end with the same tables, which equal a rebuild.
func TestAnyHistoryConverges(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.IntRange(2, 3).Draw(r, "laptops")
		var all []*laptop
		for i := range n {
			all = append(all, newLaptop(t, string(rune('a'+i))))
		}
		o := newOrder(all...)
		for step := range rapid.IntRange(1, 25).Draw(r, "steps") {
			l := all[rapid.IntRange(0, n-1).Draw(r, "who")]
			switch rapid.IntRange(0, 3).Draw(r, "what") {
			case 0:
				o.sync(t, l)
			case 1:
				if c := l.conflicts(t); len(c) > 0 {
					if _, err := l.Settle(context.Background(), "p", c[0].Stream, "", nil); err != nil {
						t.Fatal(err)
					}
				}
			default:
				l.note(t, fmt.Sprint(rapid.IntRange(1, 2).Draw(r, "stream")), fmt.Sprintf("%s%d", l.name, step))
			}
		}
		for range 2 {
			for _, l := range all {
				o.sync(t, l)
			}
		}
		want := strings.Join(all[0].notes(t), "|")
		for _, l := range all {
			if got := strings.Join(l.notes(t), "|"); got != want {
				r.Fatalf("%s shows %q, %s %q", l.name, got, all[0].name, want)
			}
			if err := l.Rebuild(context.Background()); err != nil {
				r.Fatal(err)
			}
			if got := strings.Join(l.notes(t), "|"); got != want {
				r.Fatalf("rebuilt, %s shows %q, not %q", l.name, got, want)
			}
			if _, err := l.Verify(context.Background(), o.KeyOf); err != nil {
				r.Fatal(err)
			}
			l.db.Close()
		}
	})
}

func TestChangesAreJoinedNeverLost(t *testing.T) {
	l := newLaptop(t, "a")
	changes, cancel := l.Subscribe("thing/")
	l.note(t, "1", "x")
	l.note(t, "2", "y")
	if c := <-changes; strings.Join(c.Streams, " ") != "thing/1 thing/2" {
		t.Fatalf("got %q", c.Streams)
	}
	cancel()
	if _, open := <-changes; open {
		t.Fatal("the channel is still open")
	}
}

func BenchmarkCommit(b *testing.B) {
	l := newLaptop(b, "a")
	for i := 0; b.Loop(); i++ {
		l.note(b, fmt.Sprint(i), "une délibération")
	}
}
