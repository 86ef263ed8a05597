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
