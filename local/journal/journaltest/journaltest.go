// Package journaltest opens a real journal on a real file for the modules' tests.
package journaltest

import (
	"context"
	"crypto/ed25519"
	"io"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/store"
)

// Authority is whose journal Open opens.
const Authority = "000400999"

// Open opens an empty journal of Authority on a laptop of that name, with the
// projections of the modules under test, until the test ends. Its clock and its
// randomness are the test's.
func Open(t testing.TB, laptop string, now func() time.Time, random io.Reader, projections ...[]journal.Projection) *journal.Journal {
	t.Helper()
	j, _ := OpenKeyed(t, laptop, now, random, projections...)
	return j
}

// OpenKeyed is Open, and gives the public key by which others check what the laptop wrote.
func OpenKeyed(t testing.TB, laptop string, now func() time.Time, random io.Reader, projections ...[]journal.Projection) (*journal.Journal, ed25519.PublicKey) {
	t.Helper()
	ctx := context.Background()
	db, err := store.Open(ctx, store.Options{
		Dir: filepath.Join(t.TempDir(), laptop), Secrets: store.Secrets{Database: [32]byte{1}, Documents: [32]byte{2}}, Now: now,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	public, key, err := ed25519.GenerateKey(random)
	if err != nil {
		t.Fatal(err)
	}
	var all []journal.Projection
	for _, p := range projections {
		all = append(all, p...)
	}
	j, err := journal.Open(ctx, db, journal.Options{
		Authority: Authority, Device: journal.Device{ID: laptop, Key: key}, Projections: all,
		Now: now, NewID: func() string { return uuid.Must(uuid.NewV7FromReader(random)).String() }, Rand: random,
	})
	if err != nil {
		t.Fatal(err)
	}
	return j, public
}

// Order plays the server's part for laptops of one authority: it gives their entries places, and everybody what has one.
type Order struct {
	t       testing.TB
	laptops map[string]*journal.Journal
	keys    map[string]ed25519.PublicKey
	placed  []journal.Placed
}

// NewOrder opens the laptops named, as OpenKeyed does.
func NewOrder(t testing.TB, now func() time.Time, random io.Reader, names []string, projections ...[]journal.Projection) *Order {
	t.Helper()
	o := &Order{t: t, laptops: map[string]*journal.Journal{}, keys: map[string]ed25519.PublicKey{}}
	for _, name := range names {
		o.laptops[name], o.keys[name] = OpenKeyed(t, name, now, random, projections...)
	}
	return o
}

// Laptop is the journal of one of them.
func (o *Order) Laptop(name string) *journal.Journal { return o.laptops[name] }

// Place gives what waits on a laptop its places; contested: others hold its versions.
func (o *Order) Place(from string, contested bool) {
	o.t.Helper()
	var out []journal.Entry
	l := o.laptops[from]
	if err := l.Store().View(context.Background(), func(tx *store.Tx) (err error) { out, err = l.Outgoing(tx, 0, 100); return err }); err != nil {
		o.t.Fatal(err)
	}
	for _, e := range out {
		o.placed = append(o.placed, journal.Placed{Entry: e, Seq: int64(len(o.placed) + 1), Contested: contested})
	}
}

// Deliver gives each laptop the places that it lacks.
func (o *Order) Deliver() {
	o.t.Helper()
	ctx := context.Background()
	for _, l := range o.laptops {
		var cursor int64
		err := l.Store().View(ctx, func(tx *store.Tx) (err error) { cursor, err = journal.Cursor(tx); return err })
		if err == nil {
			err = l.Receive(ctx, journal.Delivery{Entries: o.placed[cursor:], KeyOf: func(d string) ed25519.PublicKey { return o.keys[d] }})
		}
		if err != nil {
			o.t.Fatal(err)
		}
	}
}
