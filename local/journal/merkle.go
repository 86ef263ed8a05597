package journal

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"alpi40.fr/airial/local/store"
)

// Leaf is what the Merkle log holds for a placed entry: its hash, and whether
// it holds its place, so that a server cannot turn one into the other.
func (p *Placed) Leaf() []byte {
	leaf := append([]byte{}, p.Hash[:]...)
	if p.Contested {
		return append(leaf, 1)
	}
	return append(leaf, 0)
}

// hashes reads the log's hashes as tlog wants them.
type hashes struct{ tx *store.Tx }

func (h hashes) ReadHashes(places []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(places))
	for i, p := range places {
		var raw []byte
		if err := h.tx.Get(`SELECT hash FROM log_hash WHERE place = ?`, []any{p}, &raw); err != nil {
			return nil, fmt.Errorf("hash %d of the log: %w", p, err)
		}
		if len(raw) != tlog.HashSize {
			return nil, fmt.Errorf("hash %d of the log: %w", p, store.ErrDamaged)
		}
		copy(out[i][:], raw)
	}
	return out, nil
}

func logSize(tx *store.Tx) (int64, error) {
	var v string
	v, err := tx.Setting("log.size")
	if err != nil || v == "" {
		return 0, err
	}
	var n int64
	if _, err := fmt.Sscan(v, &n); err != nil {
		return 0, fmt.Errorf("the log's size %q: %w", v, store.ErrDamaged)
	}
	return n, nil
}

// growth is the log while entries are added to it; nothing is written before keep.
type growth struct {
	tx     *store.Tx
	size   int64
	first  int64 // where gained begins
	gained []tlog.Hash
}

func grow(tx *store.Tx) (*growth, error) {
	size, err := logSize(tx)
	return &growth{tx: tx, size: size, first: tlog.StoredHashIndex(0, size)}, err
}

func (g *growth) add(p *Placed) error {
	gained, err := tlog.StoredHashes(g.size, p.Leaf(), g)
	if err != nil {
		return fmt.Errorf("adding to the log: %w", err)
	}
	g.gained = append(g.gained, gained...)
	g.size++
	return nil
}

// ReadHashes implements tlog.HashReader, with what was gained.
func (g *growth) ReadHashes(places []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(places))
	for i, p := range places {
		if p >= g.first {
			out[i] = g.gained[p-g.first]
			continue
		}
		one, err := hashes{g.tx}.ReadHashes([]int64{p})
		if err != nil {
			return nil, err
		}
		out[i] = one[0]
	}
	return out, nil
}

func (g *growth) keep(tx *store.Tx) error {
	if len(g.gained) == 0 {
		return nil
	}
	place := g.first
	for some := range slices.Chunk(g.gained, hashesTogether) {
		args := make([]any, 0, 2*len(some))
		for i := range some {
			args = append(args, place, some[i][:])
			place++
		}
		if _, err := tx.Exec(`INSERT INTO log_hash (place, hash) VALUES (?, ?)`+strings.Repeat(`, (?, ?)`, len(some)-1), args...); err != nil {
			return err
		}
	}
	return tx.SetSetting("log.size", fmt.Sprint(g.size))
}

// hashesTogether is how many hashes one statement keeps.
const hashesTogether = 16

// Root is the Merkle root of the first size places of the log.
func Root(tx *store.Tx, size int64) (Hash, error) {
	h, err := tlog.TreeHash(size, hashes{tx})
	return Hash(h), err
}

// Inclusion proves that the entry at a place (from 1) is in the log of that size: the hashes
// that lead from its leaf to the root, as RFC 6962 §2.1.1 has them.
func Inclusion(tx *store.Tx, seq, size int64) ([]Hash, error) {
	proof, err := tlog.ProveRecord(size, seq-1, hashes{tx})
	if err != nil {
		return nil, fmt.Errorf("proving place %d of %d: %w", seq, size, err)
	}
	out := make([]Hash, len(proof))
	for i, h := range proof {
		out[i] = Hash(h)
	}
	return out, nil
}

// Consistency proves that the log of size places grew out of its first before: the hashes of
// RFC 6962 §2.1.2.
func Consistency(tx *store.Tx, before, size int64) ([]Hash, error) {
	proof, err := tlog.ProveTree(size, before, hashes{tx})
	if err != nil {
		return nil, fmt.Errorf("proving %d places within %d: %w", before, size, err)
	}
	out := make([]Hash, len(proof))
	for i, h := range proof {
		out[i] = Hash(h)
	}
	return out, nil
}

// CheckConsistency verifies such a proof without the log. Error: ErrLog.
func CheckConsistency(before int64, rootBefore Hash, size int64, root Hash, proof []Hash) error {
	hashes := make(tlog.TreeProof, len(proof))
	for i, h := range proof {
		hashes[i] = tlog.Hash(h)
	}
	if err := tlog.CheckTree(hashes, size, tlog.Hash(root), before, tlog.Hash(rootBefore)); err != nil {
		return fmt.Errorf("%w: %w", ErrLog, err)
	}
	return nil
}

// CheckInclusion verifies such a proof without the log. Error: ErrLog.
func CheckInclusion(p *Placed, size int64, root Hash, proof []Hash) error {
	hashes := make(tlog.RecordProof, len(proof))
	for i, h := range proof {
		hashes[i] = tlog.Hash(h)
	}
	if err := tlog.CheckRecord(hashes, size, tlog.Hash(root), p.Seq-1, tlog.RecordHash(p.Leaf())); err != nil {
		return fmt.Errorf("%w: %w", ErrLog, err)
	}
	return nil
}

// LogSize is how many places of the server's order this laptop knows.
func LogSize(tx *store.Tx) (int64, error) { return logSize(tx) }

func checkRoot(tx *store.Tx, root *Hash) error {
	if root == nil {
		return nil
	}
	size, err := logSize(tx)
	if err != nil {
		return err
	}
	mine, err := Root(tx, size)
	if err != nil {
		return err
	}
	if mine != *root {
		return fmt.Errorf("after %d entries: %w", size, ErrLog)
	}
	return nil
}

// matchesLeaf compares an entry with the log's leaf at its place.
func matchesLeaf(tx *store.Tx, p *Placed) error {
	want := tlog.RecordHash(p.Leaf())
	have, err := hashes{tx}.ReadHashes([]int64{tlog.StoredHashIndex(0, p.Seq-1)})
	if err != nil {
		return err
	}
	if have[0] != want {
		return fmt.Errorf("place %d: %w", p.Seq, ErrLog)
	}
	return nil
}
