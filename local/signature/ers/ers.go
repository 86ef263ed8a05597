// Package ers reads evidence records (RFC 4998): chains of archive timestamps over hash trees, by
// which an archive proves that files existed, renewed as algorithms and certificates age.
//
// A record is read and its trees are computed here; its timestamps are judged with the rest of
// what a document holds (validation.Archive). Records in XML (RFC 6283) are not read.
package ers

import (
	"bytes"
	"crypto"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"slices"

	"alpi40.fr/airial/local/signature/cms"
	"alpi40.fr/airial/local/signature/validation"
)

// ErrRecord: not an evidence record, or one beyond the limits; match it with errors.Is.
var ErrRecord = errors.New("not an evidence record")

// Limits of what is read.
const (
	maxRecord = 16 << 20
	maxStamps = 64
	maxHashes = 100_000
)

// Record is an evidence record.
type Record struct {
	stamps []stamp // in the order in which they were laid
	chains [][]byte
}

// stamp is an archive timestamp.
type stamp struct {
	chain, place int // its chain, and its place there
	lists        [][][]byte
	token        []byte // DER
}

type record struct {
	Version    int
	Algorithms []pkix.AlgorithmIdentifier
	Infos      asn1.RawValue `asn1:"optional,tag:0"`
	Encryption asn1.RawValue `asn1:"optional,tag:1"`
	Chains     []asn1.RawValue
}

type archived struct {
	Algorithm  asn1.RawValue `asn1:"optional,tag:0"`
	Attributes asn1.RawValue `asn1:"optional,tag:1"`
	Tree       [][][]byte    `asn1:"optional,tag:2"`
	Token      asn1.RawValue
}

// Parse reads a record (RFC 4998 §3.1, §4.1, §5.1). One of encrypted objects is refused: what it
// covers is not what there is. Error: ErrRecord.
func Parse(der []byte) (*Record, error) {
	if len(der) > maxRecord {
		return nil, fmt.Errorf("%d bytes: %w", len(der), ErrRecord)
	}
	var raw record
	if rest, err := asn1.Unmarshal(der, &raw); err != nil || len(rest) > 0 || raw.Version != 1 || len(raw.Encryption.FullBytes) > 0 {
		return nil, fmt.Errorf("%w: %w", ErrRecord, errors.Join(err))
	}
	r := &Record{}
	hashes := 0
	for i, chain := range raw.Chains {
		r.chains = append(r.chains, chain.FullBytes)
		var all []asn1.RawValue
		if rest, err := asn1.Unmarshal(chain.FullBytes, &all); err != nil || len(rest) > 0 {
			return nil, fmt.Errorf("chain %d: %w", i+1, ErrRecord)
		}
		for j, one := range all {
			var a archived
			if rest, err := asn1.Unmarshal(one.FullBytes, &a); err != nil || len(rest) > 0 {
				return nil, fmt.Errorf("timestamp %d of chain %d: %w: %w", j+1, i+1, ErrRecord, errors.Join(err))
			}
			for _, list := range a.Tree {
				hashes += len(list)
			}
			r.stamps = append(r.stamps, stamp{chain: i, place: j, lists: a.Tree, token: a.Token.FullBytes})
			if len(r.stamps) > maxStamps || hashes > maxHashes {
				return nil, fmt.Errorf("beyond the limits: %w", ErrRecord)
			}
		}
	}
	if len(r.stamps) == 0 {
		return nil, fmt.Errorf("no timestamp: %w", ErrRecord)
	}
	return r, nil
}

// Tokens are the record's timestamps, in DER, the oldest first.
func (r *Record) Tokens() (all [][]byte) {
	for _, s := range r.stamps {
		all = append(all, s.token)
	}
	return all
}

// Archives gives the record's timestamps over objects, to be judged. Each covers the record's
// older ones, and what stands inside the objects.
func (r *Record) Archives(objects [][]byte) (all []validation.Archive) {
	for i, s := range r.stamps {
		all = append(all, validation.Archive{Token: s.token, Imprint: func(t *cms.Timestamp) ([]byte, func([]byte) bool, error) {
			// A renewal covers the timestamp before it, and the objects through that one alone: each
			// must lead to the next.
			for k := range i {
				before, err := cms.ParseTimestamp(r.stamps[k].token)
				if err != nil {
					return nil, nil, fmt.Errorf("timestamp %d: %w: %w", k+1, cms.ErrIndex, err)
				}
				if err := r.fits(k, before, objects); err != nil {
					return nil, nil, err
				}
			}
			if err := r.fits(i, t, objects); err != nil {
				return nil, nil, err
			}
			covers := func(token []byte) bool {
				at := slices.IndexFunc(r.stamps, func(o stamp) bool { return bytes.Equal(o.token, token) })
				return at < 0 || at < i
			}
			return t.Imprint, covers, nil
		}})
	}
	return all
}

// fits tells whether a timestamp stamps what it must. Errors: cms.ErrIndex, cms.ErrAlgorithm.
func (r *Record) fits(i int, t *cms.Timestamp, objects [][]byte) error {
	if !t.Hash.Available() {
		return fmt.Errorf("timestamp %d: %w", i+1, cms.ErrAlgorithm)
	}
	leaves, err := r.leaves(i, t.Hash, objects)
	if err != nil {
		return err
	}
	if !r.stamps[i].reaches(t.Hash, leaves, t.Imprint) {
		return fmt.Errorf("the tree does not lead to timestamp %d: %w", i+1, cms.ErrIndex)
	}
	return nil
}

// leaves are what a timestamp must cover: the objects, for the first of all (§4.3); the timestamp
// before it, within a chain (§5.2, timestamp renewal); the objects with all former chains, for
// the first of a further one (§5.2, hash-tree renewal).
func (r *Record) leaves(i int, hash crypto.Hash, objects [][]byte) (leaves [][]byte, err error) {
	s := r.stamps[i]
	if s.place > 0 {
		return [][]byte{digest(hash, r.stamps[i-1].token)}, nil
	}
	var before []byte
	if s.chain > 0 {
		sequence, err := asn1.Marshal(asn1.RawValue{Class: asn1.ClassUniversal, Tag: asn1.TagSequence, IsCompound: true, Bytes: bytes.Join(r.chains[:s.chain], nil)})
		if err != nil {
			return nil, err
		}
		before = digest(hash, sequence)
	}
	for _, object := range objects {
		leaf := digest(hash, object)
		if before != nil {
			leaf = digest(hash, leaf, before)
		}
		leaves = append(leaves, leaf)
	}
	return leaves, nil
}

// reaches tells whether the tree leads from the leaves to an imprint (§4.3). Of several leaves, the
// first list holds them all and no other.
func (s stamp) reaches(hash crypto.Hash, leaves [][]byte, imprint []byte) bool {
	if len(s.lists) == 0 {
		return len(leaves) == 1 && bytes.Equal(leaves[0], imprint)
	}
	first := s.lists[0]
	for _, leaf := range leaves {
		if !slices.ContainsFunc(first, func(h []byte) bool { return bytes.Equal(h, leaf) }) {
			return false
		}
	}
	if len(leaves) > 1 && len(first) != len(leaves) || len(leaves) == 0 {
		return false
	}
	// A list of one is its hash itself in some programs, and hashed again in others: either binds it.
	starts := [][]byte{joined(hash, first)}
	if len(first) == 1 {
		starts = append(starts, first[0])
	}
	for _, root := range starts {
		for _, list := range s.lists[1:] {
			root = joined(hash, append(slices.Clone(list), root))
		}
		if bytes.Equal(root, imprint) {
			return true
		}
	}
	return false
}

// joined is the hash of a list: of its values one after the other, in their order as numbers.
func joined(hash crypto.Hash, list [][]byte) []byte {
	list = slices.Clone(list)
	slices.SortFunc(list, bytes.Compare)
	return digest(hash, list...)
}

func digest(hash crypto.Hash, parts ...[]byte) []byte {
	h := hash.New()
	for _, p := range parts {
		h.Write(p)
	}
	return h.Sum(nil)
}
