package server

import (
	"context"
	"encoding/hex"
	"errors"
	"io"
	"time"

	tus "github.com/tus/tusd/v2/pkg/handler"
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
	// ErrDamaged: what is kept contradicts itself.
	ErrDamaged = errors.New("the log is damaged")
	// ErrFrozen: the storage is being moved and takes nothing more.
	ErrFrozen = errors.New("the storage takes nothing more")
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
	Made      time.Time // zero: before this was kept
	Note      string    // what it is for
}

// Mark names a code without telling it: the beginning of its hash, in hexadecimal.
func (c *Code) Mark() string { return hex.EncodeToString(c.Hash[:8]) }

// Blob is a document that an authority keeps.
type Blob struct {
	Digest store.Digest
	Size   int64 // bytes
}

// Use is what an authority's documents take.
type Use struct {
	Count, Bytes int64
}

// Seen is the last sign of life of a device.
type Seen struct {
	Device string
	At     time.Time
	// Cursor is the place after which it last asked; Protocol, the version it spoke.
	Cursor   int64
	Protocol int
}

// PlacedKey is a subject's key with its place in the order of changes.
type PlacedKey struct {
	journal.SubjectKey
	Place int64
}

// Administrator may enter the administration page with a password and a one-time code.
type Administrator struct {
	Name string
	// Password is an Argon2id hash in PHC form; TOTP the secret of RFC 6238, in base32.
	Password, TOTP string
	Created        time.Time
	Disabled       bool
}

// AuditLine is one act of an administrator.
type AuditLine struct {
	Seq       int64     `json:"seq"`
	At        time.Time `json:"at"`
	Who       string    `json:"who"`
	Act       string    `json:"act"` // «device.revoked»
	Authority string    `json:"authority,omitempty"`
	Detail    string    `json:"detail,omitempty"`
}

// Storage keeps what the server knows. Each method is atomic and, when it
// returns nil, durable. Implementations are safe for concurrent use, by any
// number of processes where the database allows several.
type Storage interface {
	// AddAuthority adds an authority; ErrExists when the id is taken.
	AddAuthority(ctx context.Context, a Authority) error
	// Authority gives one; ErrNotFound.
	Authority(ctx context.Context, id string) (Authority, error)
	// Authorities lists them by id.
	Authorities(ctx context.Context) ([]Authority, error)

	// AddCode keeps a code.
	AddCode(ctx context.Context, c Code) error
	// Codes lists those of an authority that may still serve at now, the oldest first.
	Codes(ctx context.Context, authority string, now time.Time) ([]Code, error)
	// DropCode takes a code back. ErrNotFound when the authority has none of that hash.
	DropCode(ctx context.Context, authority string, hash [32]byte) error
	// Enrol uses a code up and adds the device to the code's authority.
	// ErrBadCode when the code is unknown, used, or expired at now.
	Enrol(ctx context.Context, code [32]byte, now time.Time, d protocol.Device) (Authority, error)
	// PutDevice keeps a device as it is given, revocation and all: for a move from another storage.
	PutDevice(ctx context.Context, authority string, d protocol.Device) error
	// Device gives a device and its authority; ErrNotFound.
	Device(ctx context.Context, id string) (d protocol.Device, authority string, err error)
	// Devices lists an authority's devices by id, revoked ones too.
	Devices(ctx context.Context, authority string) ([]protocol.Device, error)
	// Revoke marks a device; a second time changes nothing. ErrNotFound.
	Revoke(ctx context.Context, authority, device string, at time.Time) error
	// NoteSeen keeps the last signs of life of devices.
	NoteSeen(ctx context.Context, seen []Seen) error
	// Seen lists those of an authority's devices that have spoken, by id.
	Seen(ctx context.Context, authority string) ([]Seen, error)
	// Spend marks a token as used until its end: false when it was already.
	Spend(ctx context.Context, token [32]byte, now, end time.Time) (bool, error)

	// Write runs do as the only writer of that authority's log: all or nothing.
	Write(ctx context.Context, authority string, do func(Log) error) error
	// Read runs do on a snapshot of that authority's log; Append fails there.
	Read(ctx context.Context, authority string, do func(Log) error) error

	// PutKeys takes subjects' keys; a forgotten one never comes back.
	PutKeys(ctx context.Context, authority string, keys []journal.SubjectKey) error
	// KeysAfter gives the keys noted after a cursor, in order; the last one's place is the next cursor.
	KeysAfter(ctx context.Context, authority string, after int64, limit int) ([]PlacedKey, error)
	// PutPlacedKeys keeps keys at their places: for a move from another storage.
	PutPlacedKeys(ctx context.Context, authority string, keys []PlacedKey) error

	// NoteBlobs says that an authority's documents are kept; those known stay as they are.
	NoteBlobs(ctx context.Context, authority string, blobs []Blob) error
	// ForgetBlobs says that documents are not kept any more: they were lost.
	ForgetBlobs(ctx context.Context, authority string, digests []store.Digest) error
	// Lacking gives those of digests that the authority does not keep, in their order.
	Lacking(ctx context.Context, authority string, digests []store.Digest) ([]store.Digest, error)
	// BlobsAfter lists an authority's documents by digest.
	BlobsAfter(ctx context.Context, authority string, after store.Digest, limit int) ([]Blob, error)
	// Use gives what an authority's documents take.
	Use(ctx context.Context, authority string) (Use, error)

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

	// PutAdministrator adds an administrator, or takes the place of the one of that name.
	PutAdministrator(ctx context.Context, a Administrator) error
	// Administrator gives one by name; ErrNotFound.
	Administrator(ctx context.Context, name string) (Administrator, error)
	// Administrators lists them by name.
	Administrators(ctx context.Context) ([]Administrator, error)
	// NoteAct adds a line to the audit log and gives its number.
	NoteAct(ctx context.Context, line AuditLine) (int64, error)
	// Acts gives the lines before a number (0: the last ones), the newest first.
	Acts(ctx context.Context, before int64, limit int) ([]AuditLine, error)

	// Tell tells the other processes on this storage that authorities changed.
	Tell(ctx context.Context, authorities []string) error
	// Changes calls told for each authority that any process told of, until ctx is done or
	// the line to the storage drops.
	Changes(ctx context.Context, told func(authority string)) error

	// Ping tells whether the storage answers.
	Ping(ctx context.Context) error
	Close() error
}

// Tip is the last entry of a chain or of a stream, zero at first.
type Tip struct {
	Number int64 // of the device's chain, or the stream's version
	Hash   journal.Hash
}

// Known is an entry that has a place.
type Known struct {
	Seq  int64
	Hash journal.Hash
}

// Log is one authority's log within a transaction.
type Log interface {
	tlog.HashReader
	// Size is the last place given.
	Size() (int64, error)
	// Entry gives the entry of an id, or nil.
	Entry(id string) (*journal.Placed, error)
	// Known gives those of the ids that have a place.
	Known(ids []string) (map[string]Known, error)
	// Chain is the last entry of a device.
	Chain(device string) (Tip, error)
	// Streams are the last entries that hold their places in streams; absent, none does.
	Streams(names []string) (map[string]Tip, error)
	// Entries gives the entries after a place, in order, at most limit.
	Entries(after int64, limit int) ([]journal.Placed, error)
	// Whole gives the places of all entries of streams, in order: of those named, or, names nil, of
	// those that begin with prefix. A stream whose places are not known is left out. At most limit
	// streams are given.
	Whole(names []string, prefix string, limit int) (map[string][]int64, error)
	// At gives the entries at places, in order.
	At(places []int64) ([]journal.Placed, error)
	// Append adds entries at Size()+1 and on, with the hashes that the tree gains.
	Append(entries []journal.Placed, hashes []tlog.Hash) error
}

// Blobs keeps the documents of each authority by digest.
type Blobs interface {
	// Has tells whether a document is kept.
	Has(ctx context.Context, authority string, d store.Digest) (bool, error)
	// Open gives a document; ErrNotFound.
	Open(ctx context.Context, authority string, d store.Digest) (io.ReadSeekCloser, error)
	// Put keeps content, of size bytes, if its digest is d, else store.ErrWrongDigest; what was
	// kept under d before stays whole. When it returns nil the document is durable.
	Put(ctx context.Context, authority string, d store.Digest, size int64, content io.Reader) error
	// Cheap tells that Has costs next to nothing: what the storage says is then held against it.
	Cheap() bool
	// Ping tells whether documents can be reached.
	Ping(ctx context.Context) error
}

// Uploads keeps unfinished uploads, for tusd. What has not moved since a time can be swept away.
type Uploads interface {
	UseIn(composer *tus.StoreComposer)
	Sweep(ctx context.Context, before time.Time) error
}
