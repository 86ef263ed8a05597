package protocol

import (
	"crypto/ed25519"
	"errors"
	"fmt"

	"alpi40.fr/airial/local/journal"
)

// InclusionFormat names the file of a proof.
const InclusionFormat = "airial inclusion 1"

// ErrNotProven: a proof of inclusion does not hold.
var ErrNotProven = errors.New("the proof does not hold")

// Inclusion proves to a third party that an authority's log holds an entry, without the
// log. All hashes are SHA-256 in hexadecimal; signatures and keys are in base64, as JSON
// has them. What a third party does, with any tool:
//
//  1. leaf = entry hash (32 bytes) followed by one byte, 1 when the entry is contested;
//     leafHash = SHA-256(0x00 ‖ leaf) (RFC 6962 §2.1);
//  2. from leafHash at index (= place − 1) of a tree of size leaves, path leads to head.root:
//     RFC 9162 §2.1.3.2;
//  3. signed is what logKey (Ed25519, RFC 8032) signed as head.signature: SHA-256 of, each
//     after its length on 8 bytes, «airial log head 2», the authority, the size (8 bytes), the
//     root, the devices' hash, the time in microseconds since 1970 (8 bytes);
//  4. logKey is the server's: the agency publishes it, and every laptop has known it since
//     it enrolled.
//
// The entry's own hash and signature are checked as the proof bundle's journal is.
type Inclusion struct {
	Format  string `json:"format"`
	Explain string `json:"explain"` // the same in French, for who receives the file
	// Entry and Place are what is proven; Leaf and LeafHash what the tree holds of it.
	Entry    journal.Placed `json:"entry"`
	Leaf     HexBytes       `json:"leaf"`
	LeafHash journal.Hash   `json:"leafHash"`
	Index    int64          `json:"index"` // from 0
	Size     int64          `json:"size"`
	Path     []journal.Hash `json:"path"`
	Head     Head           `json:"head"`
	Signed   HexBytes       `json:"signed"`
	// Devices are those that the head vouches for; the entry's is among them.
	Devices []Device          `json:"devices"`
	LogKey  ed25519.PublicKey `json:"logKey"`
}

// Check verifies the whole proof against the server's key, known from elsewhere. Error:
// ErrNotProven, with what does not hold.
func (p *Inclusion) Check(logKey ed25519.PublicKey) error {
	wrong := func(what string) error { return fmt.Errorf("%s: %w", what, ErrNotProven) }
	if p.Format != InclusionFormat {
		return wrong("the format is another")
	}
	if !p.Head.Verify(logKey) {
		return wrong("the head is not signed by that key")
	}
	if p.Head.Size != p.Size || p.Index != p.Entry.Seq-1 || p.Head.Authority != p.Entry.Authority {
		return wrong("the head is of another log, or the place another")
	}
	if err := journal.CheckInclusion(&p.Entry, p.Size, p.Head.Root, p.Path); err != nil {
		return fmt.Errorf("%w: %w", ErrNotProven, err)
	}
	if DevicesHash(p.Devices) != p.Head.Devices {
		return wrong("the devices are not those of the head")
	}
	for _, d := range p.Devices {
		if d.ID == p.Entry.Device {
			if err := p.Entry.Check(d.Signature); err != nil {
				return fmt.Errorf("%w: %w", ErrNotProven, err)
			}
			return nil
		}
	}
	return wrong("the device is not one of the authority's")
}
