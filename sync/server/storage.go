package server

import (
	"context"
	"errors"
	"io"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/sync/protocol"
)

// The storage's answers that the server tells apart, for errors.Is.
var (
	ErrNotFound = errors.New("not in the storage")
	ErrBadCode  = errors.New("enrolment code unknown, used or expired")
	ErrExists   = errors.New("in the storage already")
	ErrFull     = errors.New("no room in the storage")
)

// Authority is one member of the agency.
type Authority struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Code lets one device enrol, once, until Expires. Only its hash is kept.
type Code struct {
	Hash      [32]byte
	Authority string
	Expires   time.Time
}

// Storage keeps what the server knows. Each method is atomic and, when it
// returns nil, durable. Implementations are safe for concurrent use.
type Storage interface {
	// AddAuthority adds an authority; ErrExists when the id is taken.
	AddAuthority(ctx context.Context, a Authority) error
	// Authority gives one; ErrNotFound.
	Authority(ctx context.Context, id string) (Authority, error)
	// Authorities lists them by id.
	Authorities(ctx context.Context) ([]Authority, error)

	// AddCode keeps a code.
	AddCode(ctx context.Context, c Code) error
	// Enrol uses a code up and adds the device to the code's authority.
	// ErrBadCode when the code is unknown, used, or expired at now.
	Enrol(ctx context.Context, code [32]byte, now time.Time, d protocol.Device) (Authority, error)
	// Device gives a device and its authority; ErrNotFound.
	Device(ctx context.Context, id string) (d protocol.Device, authority string, err error)
	// Devices lists an authority's devices by id, revoked ones too.
	Devices(ctx context.Context, authority string) ([]protocol.Device, error)
	// Revoke marks a device; a second time changes nothing. ErrNotFound.
	Revoke(ctx context.Context, authority, device string, at time.Time) error

	// Write runs do as the only writer of that authority's log: all or nothing.
	Write(ctx context.Context, authority string, do func(Log) error) error
	// Read runs do on a snapshot of that authority's log; Append fails there.
	Read(ctx context.Context, authority string, do func(Log) error) error

	// PutKeys takes subjects' keys; a forgotten one never comes back.
	PutKeys(ctx context.Context, authority string, keys []journal.SubjectKey) error
	// KeysAfter gives the keys noted after a cursor, in order, and the cursor after them.
	KeysAfter(ctx context.Context, authority string, after int64, limit int) ([]journal.SubjectKey, int64, error)

	// SetTrust names the trust package that laptops fetch. ErrNotNewer unless its version is
	// above that of the one named before.
	SetTrust(ctx context.Context, t Published) error
	// Trust gives the one named last; ErrNotFound.
	Trust(ctx context.Context) (Published, error)

	// SetParcel names the parcel of a kind that laptops fetch. ErrNotNewer as SetTrust.
	SetParcel(ctx context.Context, kind string, p Published) error
	// Parcel gives the one named last; ErrNotFound.
	Parcel(ctx context.Context, kind string) (Published, error)
	// Parcels gives those of all kinds.
	Parcels(ctx context.Context) (map[string]Published, error)

	// Ping tells whether the storage answers.
	Ping(ctx context.Context) error
	Close() error
}

// Log is one authority's log within a transaction.
type Log interface {
	tlog.HashReader
	// Size is the last place given.
	Size() (int64, error)
	// Entry gives the entry of an id, or nil.
	Entry(id string) (*journal.Placed, error)
	// Chain is the last entry of a device: number and hash, zero at first.
	Chain(device string) (seq int64, hash journal.Hash, err error)
	// Stream is the last entry that holds its place in a stream, zero at first.
	Stream(stream string) (version int, hash journal.Hash, err error)
	// Entries gives the entries after a place, in order, at most limit.
	Entries(after int64, limit int) ([]journal.Placed, error)
	// Append adds an entry at Size()+1 with the hashes that the tree gains.
	Append(p *journal.Placed, hashes []tlog.Hash) error
}

// Blobs keeps the documents of each authority by digest.
type Blobs interface {
	Has(ctx context.Context, authority string, d store.Digest) (bool, error)
	// Open gives a document; ErrNotFound.
	Open(ctx context.Context, authority string, d store.Digest) (io.ReadSeekCloser, error)
	// Put keeps what content yields if its digest is d, else store.ErrWrongDigest.
	// When it returns nil the document is durable.
	Put(ctx context.Context, authority string, d store.Digest, content io.Reader) error
}
