package protocol

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"time"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/parcel"
	"alpi40.fr/airial/local/signature/trustpackage"
	"alpi40.fr/airial/local/store"
)

// Version is the one spoken here; Oldest is the oldest that a server accepts.
const (
	Version = 1
	Oldest  = 1
)

// Header names the version in each request.
const Header = "Airial-Protocol"

// Limits of the wire.
const (
	MaxEntries  = 500      // of one push or pull
	MaxBody     = 16 << 20 // bytes of one JSON body, after decompression
	MaxDigests  = 2000     // of one question
	MaxSubjects = 500      // keys of one message
	MaxSought   = 100      // documents sought in one answer
	MaxAhead    = 2000     // entries given before their turn in one answer
	MaxFirst    = 50       // beginnings of streams that one question names
	MaxBlob     = store.MaxBlob
	// MaxTogether bounds, in bytes, a message that holds several documents, MaxDocuments how many it holds.
	MaxTogether  = 4 << 20
	MaxDocuments = 64
	NonceSize    = 32
	MaxTrust     = trustpackage.MaxSize
	MaxParcel    = parcel.MaxSize
)

// The paths.
const (
	PathEnrol       = "/v1/enrol"
	PathChallenge   = "/v1/session/challenge"
	PathSession     = "/v1/session"
	PathPush        = "/v1/push"
	PathPull        = "/v1/pull"
	PathKeys        = "/v1/keys"
	PathWatch       = "/v1/watch"
	PathMissing     = "/v1/blobs/missing"
	PathBlobs       = "/v1/blobs/"
	PathUploads     = "/v1/uploads/"
	PathTogether    = "/v1/documents"
	PathConsistency = "/v1/proof/consistency"
	PathInclusion   = "/v1/proof/inclusion"
	PathTrust       = "/v1/trust"
	PathParcels     = "/v1/parcels/"
	PathReturn      = "/v1/return"
	PathAhead       = "/v1/ahead"
)

// The trust package and the parcels of each kind are given as they are, under its type, with its version in a header and its
// digest as its ETag; a laptop that names that one (If-None-Match) is told 304.
const (
	TypeTrust   = "application/zip"
	HeaderTrust = "Airial-Trust-Version"
)

// TrustTag is the ETag of a trust package or of a parcel.
func TrustTag(d store.Digest) string { return `"` + d.String() + `"` }

// MetaDigest is the tus metadata key that holds the document's SHA-256, in hexadecimal.
const MetaDigest = "sha256"

// Enrol asks for a place with the code an administrator gave.
type Enrol struct {
	Code string `json:"code"`
	// Name is what people call the computer.
	Name      string            `json:"name"`
	Signature ed25519.PublicKey `json:"signature"` // 32 bytes
	Exchange  []byte            `json:"exchange"`  // X25519, 32 bytes
}

// Enrolled is what a device must know for ever.
type Enrolled struct {
	Device    string            `json:"device"`
	Authority string            `json:"authority"`
	Name      string            `json:"name"` // the authority's
	Server    string            `json:"server"`
	LogKey    ed25519.PublicKey `json:"logKey"`
	// Lock is 32 bytes that the server can give again, to an administrator: with
	// them a revoked laptop locks what it holds, instead of losing it.
	Lock []byte `json:"lock"`
}

// Device is one computer of the authority, as the others must know it.
type Device struct {
	ID        string            `json:"id"`
	Name      string            `json:"name"`
	Signature ed25519.PublicKey `json:"signature"`
	Exchange  []byte            `json:"exchange"`
	Enrolled  time.Time         `json:"enrolled"`
	// Revoked is unset while the device may speak.
	Revoked *time.Time `json:"revoked,omitempty"`
}

// ChallengeRequest asks for a nonce.
type ChallengeRequest struct {
	Device string `json:"device"`
}

// Challenge is the nonce to sign; it serves once, for a minute.
type Challenge struct {
	Nonce []byte `json:"nonce"`
	// Server is the name to sign for; it must be the one learned at enrolment.
	Server string `json:"server"`
}

// SessionRequest answers a challenge.
type SessionRequest struct {
	Device    string `json:"device"`
	Nonce     []byte `json:"nonce"`
	Signature []byte `json:"signature"`
}

// SessionMessage is what the device signs.
func SessionMessage(server string, nonce []byte) []byte {
	h := sha256.New()
	field(h.Write, []byte("airial session 1"))
	field(h.Write, []byte(server))
	field(h.Write, nonce)
	return h.Sum(nil)
}

// Session is a bearer token.
type Session struct {
	Token   string    `json:"token"`
	Expires time.Time `json:"expires"`
	// Now is the server's clock, by which a laptop sees that its own is off.
	Now time.Time `json:"now"`
}

// Push is a batch of one device's entries, in the order of its chain.
type Push struct {
	Entries []journal.Entry `json:"entries"`
	// Later are documents that the entries name and that are still on their way: an act is
	// not held up by the scan that another one names. At most MaxDigests.
	Later []store.Digest `json:"later,omitempty"`
}

// Fate is what became of a pushed entry.
type Fate string

// The fates. The first two gave the entry a place; known means that it had one.
const (
	FateAccepted  Fate = "accepted"
	FateContested Fate = "contested"
	FateKnown     Fate = "known"
	FateRefused   Fate = "refused"
)

// Outcome is the fate of one entry.
type Outcome struct {
	ID   string `json:"id"`
	Fate Fate   `json:"fate"`
	Seq  int64  `json:"seq,omitempty"`
	// Code and Detail tell why an entry was refused.
	Code   Code   `json:"code,omitempty"`
	Detail string `json:"detail,omitempty"`
}

// Pushed answers Push, in the same order. After a refused entry the rest of
// the batch is not looked at.
type Pushed struct {
	Outcomes []Outcome `json:"outcomes"`
}

// Head is the Merkle tree's head after Size places, and the devices that may
// have written there.
type Head struct {
	Authority string       `json:"authority"`
	Size      int64        `json:"size"`
	Root      journal.Hash `json:"root"`
	// Devices is DevicesHash of the authority's devices.
	Devices   journal.Hash `json:"devices"`
	At        time.Time    `json:"at"`
	Signature []byte       `json:"signature"`
}

// Message is what the log key signs.
func (h *Head) Message() []byte {
	d := sha256.New()
	field(d.Write, []byte("airial log head 2"))
	field(d.Write, []byte(h.Authority))
	field(d.Write, binary.BigEndian.AppendUint64(nil, uint64(h.Size)))
	field(d.Write, h.Root[:])
	field(d.Write, h.Devices[:])
	field(d.Write, binary.BigEndian.AppendUint64(nil, uint64(h.At.UnixMicro())))
	return d.Sum(nil)
}

// DevicesHash is what a head says of the authority's devices, in the order of
// their ids: a server cannot show one laptop a device that it hides from another
// without having signed both.
func DevicesHash(devices []Device) (sum journal.Hash) {
	d := sha256.New()
	field(d.Write, []byte("airial devices 1"))
	for i := range devices {
		v := &devices[i]
		field(d.Write, []byte(v.ID))
		field(d.Write, []byte(v.Name))
		field(d.Write, v.Signature)
		field(d.Write, v.Exchange)
		field(d.Write, binary.BigEndian.AppendUint64(nil, uint64(v.Enrolled.UnixMicro())))
		var revoked []byte
		if v.Revoked != nil {
			revoked = binary.BigEndian.AppendUint64(nil, uint64(v.Revoked.UnixMicro()))
		}
		field(d.Write, revoked)
	}
	d.Sum(sum[:0])
	return sum
}

// Sign signs the head.
func (h *Head) Sign(key ed25519.PrivateKey) { h.Signature = ed25519.Sign(key, h.Message()) }

// Verify tells whether the head is signed by key.
func (h *Head) Verify(key ed25519.PublicKey) bool {
	return len(key) == ed25519.PublicKeySize && ed25519.Verify(key, h.Message(), h.Signature)
}

// Pulled is the entries after a cursor.
type Pulled struct {
	Entries []journal.Placed `json:"entries"`
	// Head is the tree's head after the last of Entries; Last is the last place there is.
	Head Head  `json:"head"`
	Last int64 `json:"last"`
	// Devices are all of the authority, revoked ones too.
	Devices []Device `json:"devices"`
	// Keys are the subjects' keys and losses noted since KeysAfter of the question.
	Keys []journal.SubjectKey `json:"keys,omitempty"`
	// KeysCursor is what to give as keysAfter next time.
	KeysCursor int64 `json:"keysCursor"`
	// Restored names the last time that the server was put back from a backup; empty: never. What
	// travels beside the log (keys, documents) may have been lost with it.
	Restored string `json:"restored,omitempty"`
	// Sought are documents that laptops asked for lately and that the server lacks: who has one
	// sends it. At most MaxSought.
	Sought []store.Digest `json:"sought,omitempty"`
}

// AheadRequest asks for whole streams before their turn.
type AheadRequest struct {
	// First are the beginnings of streams that are given whatever their age, the first ones first;
	// at most MaxFirst. Room that is left goes to the streams that changed last.
	First []string `json:"first"`
}

// Ahead answers it.
type Ahead struct {
	// Head is that of the whole log.
	Head    Head     `json:"head"`
	Devices []Device `json:"devices"`
	// Entries are those of whole streams, by place; at most MaxAhead.
	Entries []journal.Placed `json:"entries"`
	// Nodes are the places, as sumdb/tlog numbers them, of the tree's hashes from which the inclusion of
	// each entry in Head is computed; Hashes, those hashes, 32 bytes each.
	Nodes  []int64 `json:"nodes"`
	Hashes []byte  `json:"hashes"`
}

// Return gives back to a server, put back from a copy, places that it had given since.
type Return struct {
	// Head is the server's own, signed before the loss; Devices are those whose hash it holds.
	Head    Head     `json:"head"`
	Devices []Device `json:"devices"`
	// Entries are the places right after the last that the server has.
	Entries []journal.Placed `json:"entries"`
	// Proof is that the log up to the last of Entries grew into that of Head (RFC 6962 §2.1.2).
	Proof []journal.Hash `json:"proof"`
}

// Returned tells how many places the server has now.
type Returned struct {
	Size int64 `json:"size"`
}

// Keys carries subjects' keys and losses to the server.
type Keys struct {
	Keys []journal.SubjectKey `json:"keys"`
}

// Digests is a list of documents.
type Digests struct {
	Digests []store.Digest `json:"digests"`
}

// Proof is a Merkle proof (RFC 6962 §2.1), as sumdb/tlog makes it.
type Proof struct {
	Hashes []journal.Hash `json:"hashes"`
}

func field(write func([]byte) (int, error), b []byte) {
	var n [8]byte
	binary.BigEndian.PutUint64(n[:], uint64(len(b)))
	// A hash never fails to write.
	_, _ = write(n[:])
	_, _ = write(b)
}
