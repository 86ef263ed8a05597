package server

import (
	"errors"
	"fmt"
	"runtime"
	"sync"

	"golang.org/x/mod/sumdb/tlog"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/sync/protocol"
)

// verdict is what an entry says by itself: whose it is, its form, its hash, its signature.
type verdict struct {
	code   protocol.Code // empty for a good one
	detail string
}

// check judges a batch by itself, on all processors, before its log is held.
func check(m member, entries []journal.Entry) []verdict {
	out := make([]verdict, len(entries))
	verify := journal.Verifier(m.device.Signature, len(entries))
	share := max(len(entries)/runtime.GOMAXPROCS(0)+1, 16)
	var working sync.WaitGroup
	for from := 0; from < len(entries); from += share {
		working.Go(func() {
			for i := from; i < min(from+share, len(entries)); i++ {
				out[i] = checkOne(m, &entries[i], verify)
			}
		})
	}
	working.Wait()
	return out
}

func checkOne(m member, e *journal.Entry, verify func(message, sig []byte) bool) verdict {
	if e.Authority != m.authority || e.Device != m.device.ID {
		return verdict{code: protocol.CodeForeign}
	}
	err := e.CheckBy(verify)
	switch {
	case err == nil:
		return verdict{}
	case errors.Is(err, journal.ErrMalformed):
		return verdict{protocol.CodeMalformed, err.Error()}
	}
	return verdict{protocol.CodeSignature, err.Error()}
}

// batch gives entries their places in memory; its log is read a few times and written once.
type batch struct {
	l       Log
	size    int64
	known   map[string]Known
	chains  map[string]Tip
	streams map[string]Tip
	placed  []journal.Placed
	first   int64 // where gained begins in the tree
	gained  []tlog.Hash
	read    map[int64]tlog.Hash // of the tree before
}

// newBatch reads what a batch needs of its log. When the batch goes on where its device's chain ends,
// none of it can have a place, and none is looked for (fresh); should an id be another entry's all the
// same, the log refuses it (ErrExists), and the batch is placed again with a search.
func newBatch(l Log, entries []journal.Entry, fresh bool) (b *batch, err error) {
	b = &batch{l: l, chains: map[string]Tip{}, read: map[int64]tlog.Hash{}}
	if b.size, err = l.Size(); err != nil {
		return nil, err
	}
	b.first = tlog.StoredHashIndex(0, b.size)
	ids, streams, named := make([]string, 0, len(entries)), []string{}, map[string]bool{}
	for i := range entries {
		ids = append(ids, entries[i].ID)
		if !named[entries[i].Stream] {
			named[entries[i].Stream] = true
			streams = append(streams, entries[i].Stream)
		}
	}
	if fresh && len(entries) > 0 {
		chain, err := b.chain(entries[0].Device)
		if err != nil {
			return nil, err
		}
		fresh = entries[0].DeviceSeq == chain.Number+1
	}
	if b.known = map[string]Known{}; !fresh {
		if b.known, err = l.Known(ids); err != nil {
			return nil, err
		}
	}
	b.streams, err = l.Streams(streams)
	return b, err
}

// Append adds entries that have their places already, as another storage gave them.
func Append(l Log, entries []journal.Placed) error {
	size, err := l.Size()
	if err != nil {
		return err
	}
	b := &batch{l: l, size: size, first: tlog.StoredHashIndex(0, size), read: map[int64]tlog.Hash{}}
	for i := range entries {
		if err := b.grow(&entries[i]); err != nil {
			return err
		}
	}
	return l.Append(entries, b.gained)
}

// grow adds an entry's leaf to the tree.
func (b *batch) grow(p *journal.Placed) error {
	hashes, err := tlog.StoredHashes(b.size, p.Leaf(), b)
	if err != nil {
		return fmt.Errorf("growing the log: %w", err)
	}
	b.gained = append(b.gained, hashes...)
	b.size++
	return nil
}

// ReadHashes gives the tree's hashes, those just gained too.
func (b *batch) ReadHashes(places []int64) ([]tlog.Hash, error) {
	var lacking []int64
	for _, p := range places {
		if _, ok := b.read[p]; p < b.first && !ok {
			lacking = append(lacking, p)
		}
	}
	if len(lacking) > 0 {
		found, err := b.l.ReadHashes(lacking)
		if err != nil {
			return nil, err
		}
		for i, p := range lacking {
			b.read[p] = found[i]
		}
	}
	out := make([]tlog.Hash, len(places))
	for i, p := range places {
		if p < b.first {
			out[i] = b.read[p]
		} else {
			out[i] = b.gained[p-b.first]
		}
	}
	return out, nil
}

// place gives an entry its place, or says why it has none.
func (b *batch) place(e *journal.Entry, v verdict, lacking map[store.Digest]bool) (protocol.Outcome, error) {
	refused := func(code protocol.Code, detail string) (protocol.Outcome, error) {
		return protocol.Outcome{ID: e.ID, Fate: protocol.FateRefused, Code: code, Detail: detail}, nil
	}
	if known, ok := b.known[e.ID]; ok {
		if known.Hash != e.Hash {
			return refused(protocol.CodeRewritten, "")
		}
		return protocol.Outcome{ID: e.ID, Fate: protocol.FateKnown, Seq: known.Seq}, nil
	}
	if v.code != "" {
		return refused(v.code, v.detail)
	}
	chain, err := b.chain(e.Device)
	if err != nil {
		return protocol.Outcome{}, err
	}
	if e.DeviceSeq != chain.Number+1 || e.Prev != chain.Hash {
		return refused(protocol.CodeChain, fmt.Sprintf("number %d after %d", e.DeviceSeq, chain.Number))
	}
	for _, d := range e.Blobs {
		if lacking[d] {
			return refused(protocol.CodeNoBlob, d.String())
		}
	}
	stream := b.streams[e.Stream]
	p := journal.Placed{Entry: *e, Seq: b.size + 1, Contested: int64(e.Version) != stream.Number+1 || e.Base != stream.Hash}
	if err := b.grow(&p); err != nil {
		return protocol.Outcome{}, err
	}
	b.placed = append(b.placed, p)
	b.known[e.ID] = Known{Seq: p.Seq, Hash: e.Hash}
	b.chains[e.Device] = Tip{Number: e.DeviceSeq, Hash: e.Hash}
	fate := protocol.FateContested
	if !p.Contested {
		b.streams[e.Stream] = Tip{Number: int64(e.Version), Hash: e.Hash}
		fate = protocol.FateAccepted
	}
	return protocol.Outcome{ID: e.ID, Fate: fate, Seq: p.Seq}, nil
}

func (b *batch) chain(device string) (Tip, error) {
	if tip, ok := b.chains[device]; ok {
		return tip, nil
	}
	tip, err := b.l.Chain(device)
	if err == nil {
		b.chains[device] = tip
	}
	return tip, err
}

// VerifyLog reads a whole log and computes its tree again: its size and its root.
// Errors: ErrDamaged when an entry does not match its hash, or the tree its entries.
func VerifyLog(l Log) (size int64, root tlog.Hash, err error) {
	if size, err = l.Size(); err != nil {
		return 0, root, err
	}
	tree := treeReader{}
	for after := int64(0); after < size; {
		some, err := l.Entries(after, protocol.MaxEntries)
		if err != nil {
			return 0, root, err
		}
		if len(some) == 0 {
			return 0, root, fmt.Errorf("the entries end at %d of %d: %w", after, size, ErrDamaged)
		}
		for i := range some {
			if some[i].Seq != after+1 || some[i].ComputeHash() != some[i].Hash {
				return 0, root, fmt.Errorf("entry %d: %w", after+1, ErrDamaged)
			}
			hashes, err := tlog.StoredHashes(after, some[i].Leaf(), &tree)
			if err != nil {
				return 0, root, err
			}
			tree.hashes = append(tree.hashes, hashes...)
			after++
		}
	}
	if root, err = tlog.TreeHash(size, &tree); err != nil {
		return 0, root, err
	}
	kept, err := tlog.TreeHash(size, l)
	if err == nil && kept != root {
		err = fmt.Errorf("the tree of the log: %w", ErrDamaged)
	}
	return size, root, err
}

// treeReader is a Merkle tree in memory: 64 bytes an entry.
type treeReader struct{ hashes []tlog.Hash }

// ReadHashes implements tlog.HashReader.
func (t *treeReader) ReadHashes(places []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(places))
	for i, p := range places {
		out[i] = t.hashes[p]
	}
	return out, nil
}
