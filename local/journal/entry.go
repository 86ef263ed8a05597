package journal

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"alpi40.fr/airial/local/store"
)

// Hash is the SHA-256 of an entry.
type Hash [sha256.Size]byte

// String gives 64 lower-case hexadecimal characters.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// MarshalText is String, for JSON.
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText reads 64 hexadecimal characters.
func (h *Hash) UnmarshalText(text []byte) error {
	if len(text) == hex.EncodedLen(len(h)) {
		if _, err := hex.Decode(h[:], text); err == nil {
			return nil
		}
	}
	return fmt.Errorf("hash %.80q: not 64 hexadecimal characters", text)
}

// Limits of one entry; documents go into blobs.
const (
	MaxData  = 1 << 20
	MaxBlobs = 1000
	maxName  = 200
)

// Entry is one thing that happened. It never changes once written.
type Entry struct {
	ID        string         `json:"id"`        // UUIDv7
	Authority string         `json:"authority"` // SIREN or the demonstration's own id
	Stream    string         `json:"stream"`    // «folder/0193…»
	Version   int            `json:"version"`   // 1, 2, 3… within the stream
	Base      Hash           `json:"base"`      // hash of the stream's entry before: what the author had seen; zero for the first
	Kind      string         `json:"kind"`      // «folder.signed»
	Schema    int            `json:"schema"`    // version of the kind's data
	Data      []byte         `json:"data"`      // JSON, perhaps sealed (see Sealed)
	Blobs     []store.Digest `json:"blobs,omitempty"`
	Actor     string         `json:"actor"`     // the person
	Device    string         `json:"device"`    // the laptop
	DeviceSeq int64          `json:"deviceSeq"` // 1, 2, 3… within the device's chain
	At        time.Time      `json:"at"`        // the device's clock, microseconds, UTC
	Prev      Hash           `json:"prev"`      // hash of the device's entry before; zero for the first
	Hash      Hash           `json:"hash"`
	Sig       []byte         `json:"sig"` // Ed25519 over Hash
}

// Why an entry from elsewhere is not believed, for errors.Is.
var (
	ErrMalformed = errors.New("malformed entry")
	ErrHash      = errors.New("entry does not match its hash")
	ErrSignature = errors.New("entry is not signed by its device")
	ErrChain     = errors.New("entry does not continue its device's chain")
	ErrBase      = errors.New("entry does not continue its stream")
)

// ComputeHash gives the hash that e must have.
func (e *Entry) ComputeHash() Hash {
	b := make([]byte, 0, 512+len(e.Data)+len(e.Blobs)*(8+len(store.Digest{})))
	b = text(b, "airial entry 1")
	b = text(b, e.ID)
	b = text(b, e.Authority)
	b = text(b, e.Stream)
	b = number(b, int64(e.Version))
	b = bytesOf(b, e.Base[:])
	b = text(b, e.Kind)
	b = number(b, int64(e.Schema))
	b = bytesOf(b, e.Data)
	b = number(b, int64(len(e.Blobs)))
	for _, d := range e.Blobs {
		b = bytesOf(b, d[:])
	}
	b = text(b, e.Actor)
	b = text(b, e.Device)
	b = number(b, e.DeviceSeq)
	b = number(b, e.At.UnixMicro())
	b = bytesOf(b, e.Prev[:])
	return sha256.Sum256(b)
}

func text(to []byte, s string) []byte { return append(number(to, int64(len(s))), s...) }

func bytesOf(to, b []byte) []byte { return append(number(to, int64(len(b))), b...) }

func number(to []byte, n int64) []byte { return binary.BigEndian.AppendUint64(to, uint64(n)) }

// Check tells whether an entry from elsewhere is well formed, has its hash and
// is signed by key. Errors: ErrMalformed, ErrHash, ErrSignature.
func (e *Entry) Check(key ed25519.PublicKey) error {
	return e.CheckBy(Verifier(key, 1))
}

// CheckBy is Check with the Verifier of a key, for who checks many of one: an entry that the server takes and a laptop
// refuses would stop that laptop.
func (e *Entry) CheckBy(verify func(message, sig []byte) bool) error {
	if err := e.wellFormed(); err != nil {
		return err
	}
	if e.ComputeHash() != e.Hash {
		return fmt.Errorf("entry %s: %w", e.ID, ErrHash)
	}
	if !verify(e.Hash[:], e.Sig) {
		return fmt.Errorf("entry %s: %w", e.ID, ErrSignature)
	}
	return nil
}

// Follows tells whether e comes right after prev in its device's chain; prev is
// nil when e should be the first. Error: ErrChain.
func (e *Entry) Follows(prev *Entry) error {
	var seq int64
	var hash Hash
	if prev != nil {
		seq, hash = prev.DeviceSeq, prev.Hash
	}
	if e.DeviceSeq != seq+1 || e.Prev != hash {
		return fmt.Errorf("entry %s, number %d of device %s: %w", e.ID, e.DeviceSeq, e.Device, ErrChain)
	}
	return nil
}

func (e *Entry) wellFormed() error {
	names := []string{e.ID, e.Authority, e.Stream, e.Kind, e.Actor, e.Device}
	for _, n := range names {
		if n == "" || len(n) > maxName || strings.ContainsAny(n, "\x00\n\r") {
			return fmt.Errorf("%w: a name is empty, too long or has control characters", ErrMalformed)
		}
	}
	switch {
	case !strings.Contains(e.Stream, "/"):
		return fmt.Errorf("%w: stream %q has no kind", ErrMalformed, e.Stream)
	case e.Version < 1 || e.Schema < 1 || e.DeviceSeq < 1:
		return fmt.Errorf("%w: a number is below one", ErrMalformed)
	case len(e.Data) > MaxData || len(e.Blobs) > MaxBlobs:
		return fmt.Errorf("%w: too large", ErrMalformed)
	}
	return nil
}
