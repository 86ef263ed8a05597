package protocol

import (
	"fmt"
	"maps"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"alpi40.fr/airial/local/journal"
)

// asked notes the places of the hashes that a proof needs, which depend on its place alone, so that those of all
// proofs are read at once.
type asked map[int64]bool

// ReadHashes implements tlog.HashReader, with hashes that are nothing.
func (a asked) ReadHashes(places []int64) ([]tlog.Hash, error) {
	for _, p := range places {
		a[p] = true
	}
	return make([]tlog.Hash, len(places)), nil
}

// Prove fills Nodes and Hashes for Entries, in the log of Head.Size places that reader reads. What
// the entries themselves give is left out.
func (a *Ahead) Prove(reader tlog.HashReader) error {
	asked := asked{}
	for i := range a.Entries {
		if _, err := tlog.ProveRecord(a.Head.Size, a.Entries[i].Seq-1, asked); err != nil {
			return fmt.Errorf("proving place %d of %d: %w", a.Entries[i].Seq, a.Head.Size, err)
		}
	}
	for i := range a.Entries {
		delete(asked, tlog.StoredHashIndex(0, a.Entries[i].Seq-1))
	}
	a.Nodes = slices.Sorted(maps.Keys(asked))
	hashes, err := reader.ReadHashes(a.Nodes)
	if err != nil {
		return fmt.Errorf("reading %d hashes: %w", len(a.Nodes), err)
	}
	for i := range hashes {
		a.Hashes = append(a.Hashes, hashes[i][:]...)
	}
	return nil
}

// Proofs gives the proof of each entry, as journal.CheckInclusion takes it. They prove nothing by
// themselves: each is to be checked against the signed head.
func (a *Ahead) Proofs() ([][]journal.Hash, error) {
	if len(a.Hashes) != len(a.Nodes)*tlog.HashSize {
		return nil, fmt.Errorf("%d bytes of hashes for %d nodes", len(a.Hashes), len(a.Nodes))
	}
	given := given{}
	for i, place := range a.Nodes {
		given[place] = tlog.Hash(a.Hashes[i*tlog.HashSize:])
	}
	for i := range a.Entries {
		p := &a.Entries[i]
		if p.Seq < 1 || p.Seq > a.Head.Size {
			return nil, fmt.Errorf("place %d of %d", p.Seq, a.Head.Size)
		}
		given[tlog.StoredHashIndex(0, p.Seq-1)] = tlog.RecordHash(p.Leaf())
	}
	proofs := make([][]journal.Hash, len(a.Entries))
	for i := range a.Entries {
		proof, err := tlog.ProveRecord(a.Head.Size, a.Entries[i].Seq-1, given)
		if err != nil {
			return nil, fmt.Errorf("the proof of place %d: %w", a.Entries[i].Seq, err)
		}
		for _, h := range proof {
			proofs[i] = append(proofs[i], journal.Hash(h))
		}
	}
	return proofs, nil
}

// given are hashes of a tree by place.
type given map[int64]tlog.Hash

// ReadHashes implements tlog.HashReader.
func (g given) ReadHashes(places []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(places))
	for i, p := range places {
		h, here := g[p]
		if !here {
			return nil, fmt.Errorf("hash %d of the tree was not given", p)
		}
		out[i] = h
	}
	return out, nil
}
