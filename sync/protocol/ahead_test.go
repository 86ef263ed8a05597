package protocol_test

import (
	"slices"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/sync/protocol"
)

type tree []tlog.Hash

func (t tree) ReadHashes(places []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(places))
	for i, p := range places {
		out[i] = t[p]
	}
	return out, nil
}

// The nodes of an answer prove each of its entries, and no other.
func TestAheadProves(t *testing.T) {
	const size = 1000
	var hashes tree
	var all []journal.Placed
	for i := range int64(size) {
		p := journal.Placed{Seq: i + 1, Contested: i%7 == 0}
		p.Hash[0], p.Hash[1] = byte(i), byte(i>>8)
		gained, err := tlog.StoredHashes(i, p.Leaf(), hashes)
		if err != nil {
			t.Fatal(err)
		}
		hashes, all = append(hashes, gained...), append(all, p)
	}
	root, err := tlog.TreeHash(size, hashes)
	if err != nil {
		t.Fatal(err)
	}
	given := func() *protocol.Ahead {
		a := &protocol.Ahead{Head: protocol.Head{Size: size, Root: journal.Hash(root)}}
		for _, i := range []int{0, 3, 4, 511, 512, 700, 998, 999} {
			a.Entries = append(a.Entries, all[i])
		}
		if err := a.Prove(hashes); err != nil {
			t.Fatal(err)
		}
		return a
	}
	a := given()
	if alone := 8 * 10; len(a.Nodes) >= alone {
		t.Errorf("%d nodes: as many as proofs apart", len(a.Nodes))
	}
	proofs, err := a.Proofs()
	if err != nil {
		t.Fatal(err)
	}
	for i := range a.Entries {
		if err := journal.CheckInclusion(&a.Entries[i], size, a.Head.Root, proofs[i]); err != nil {
			t.Errorf("place %d: %v", a.Entries[i].Seq, err)
		}
	}
	for name, spoil := range map[string]func(a *protocol.Ahead){
		"nodes that lack":      func(a *protocol.Ahead) { a.Nodes, a.Hashes = a.Nodes[1:], a.Hashes[tlog.HashSize:] },
		"no nodes":             func(a *protocol.Ahead) { a.Nodes, a.Hashes = nil, nil },
		"hashes of odd length": func(a *protocol.Ahead) { a.Hashes = a.Hashes[1:] },
		"a place out of sight": func(a *protocol.Ahead) { a.Entries[0].Seq = 1 << 60 },
		"a place below one":    func(a *protocol.Ahead) { a.Entries[0].Seq = -1 },
		"a log without places": func(a *protocol.Ahead) { a.Head.Size = 0 },
	} {
		a := given()
		a.Entries = slices.Clone(a.Entries)
		spoil(a)
		if _, err := a.Proofs(); err == nil {
			t.Errorf("%s: proofs were made", name)
		}
	}
}
