package journal

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"io"
	"time"

	"alpi40.fr/airial/local/store"
)

// Options say how a journal is opened.
type Options struct {
	// Authority is whose journal this is; entries of another are refused.
	Authority string
	// Device writes the entries of this laptop.
	Device Device
	// Projections are those of all modules, in the order in which they are rebuilt.
	Projections []Projection
	Now         func() time.Time
	// NewID makes the ids of entries, UUIDv7.
	NewID func() string
	// Rand is the source of the subjects' keys.
	Rand io.Reader
}

// Journal is the journal of one authority on one laptop.
type Journal struct {
	db          *store.DB
	authority   string
	device      Device
	projections []Projection
	now         func() time.Time
	newID       func() string
	rand        io.Reader
	listeners   listeners
}

// Open opens the journal that db holds and rebuilds the projections whose
// version is not the one on the disk.
func Open(ctx context.Context, db *store.DB, o Options) (*Journal, error) {
	if len(o.Device.Key) != ed25519.PrivateKeySize {
		return nil, fmt.Errorf("opening the journal: the device has no key")
	}
	j := &Journal{
		db: db, authority: o.Authority, device: o.Device, projections: o.Projections,
		now: o.Now, newID: o.NewID, rand: o.Rand,
	}
	if err := j.renew(ctx); err != nil {
		return nil, fmt.Errorf("bringing the tables up to date: %w", err)
	}
	return j, nil
}

// Store is the database underneath, for queries.
func (j *Journal) Store() *store.DB { return j.db }

// Authority is whose journal this is.
func (j *Journal) Authority() string { return j.authority }

// Device is the id of this laptop.
func (j *Journal) Device() string { return j.device.ID }

// Now is the clock that entries are dated with.
func (j *Journal) Now() time.Time { return j.now() }

// NewID makes an id for a new stream.
func (j *Journal) NewID() string { return j.newID() }
