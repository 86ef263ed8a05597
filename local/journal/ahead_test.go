package journal_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"flag"
	"fmt"
	"slices"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"

	"alpi40.fr/airial/local/journal"
)

// tree is the log's hashes in memory.
type tree []tlog.Hash

func (t tree) ReadHashes(places []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(places))
	for i, p := range places {
		out[i] = t[p]
	}
	return out, nil
}

// ahead is what the order gives of some streams before their turn.
func (o *order) ahead(t testing.TB, wanted func(stream string) bool) journal.Ahead {
	t.Helper()
	var hashes tree
	for i := range o.Placed {
		gained, err := tlog.StoredHashes(int64(i), o.Placed[i].Leaf(), hashes)
		if err != nil {
			t.Fatal(err)
		}
		hashes = append(hashes, gained...)
	}
	size := int64(len(o.Placed))
	root, err := tlog.TreeHash(size, hashes)
	if err != nil {
		t.Fatal(err)
	}
	a := journal.Ahead{Size: size, Root: journal.Hash(root), KeyOf: o.KeyOf}
	for i := range o.Placed {
		if !wanted(o.Placed[i].Stream) {
			continue
		}
		proof, err := tlog.ProveRecord(size, int64(i), hashes)
		if err != nil {
			t.Fatal(err)
		}
		var all []journal.Hash
		for _, h := range proof {
			all = append(all, journal.Hash(h))
		}
		a.Entries, a.Proofs = append(a.Entries, o.Placed[i]), append(a.Proofs, all)
	}
	return a
}

// Whatever streams come before their turn, and whatever is done meanwhile, the journal ends as one that
// received all in its order, and its tables as those made anew.
func TestAheadOfTheirTurn(t *testing.T) {
	// Each case opens three databases: fewer of them, unless more are asked for.
	if checks := flag.Lookup("rapid.checks"); checks.Value.String() == checks.DefValue {
		if err := checks.Value.Set("25"); err != nil {
			t.Fatal(err)
		}
		defer checks.Value.Set(checks.DefValue)
	}
	rapid.Check(t, func(r *rapid.T) {
		a, b, fresh := newLaptop(t, "a"), newLaptop(t, "b"), newLaptop(t, "fresh")
		o := newOrder(a, b, fresh)
		ctx := context.Background()
		write := func(l *laptop, n int) {
			for range n {
				l.note(t, fmt.Sprint(rapid.IntRange(0, 5).Draw(r, "stream")), "n")
				if rapid.IntRange(0, 2).Draw(r, "exchange") == 0 {
					o.sync(t, l)
				}
			}
			o.sync(t, l)
		}
		write(a, rapid.IntRange(1, 15).Draw(r, "of a"))
		write(b, rapid.IntRange(1, 15).Draw(r, "of b"))
		chosen := map[string]bool{}
		for i := range 6 {
			chosen[fmt.Sprint("thing/", i)] = rapid.Bool().Draw(r, "ahead")
		}
		early := rapid.IntRange(0, len(o.Placed)).Draw(r, "in their turn already")
		if err := fresh.Receive(ctx, journal.Delivery{Entries: o.Placed[:early], KeyOf: o.KeyOf}); err != nil {
			r.Fatal(err)
		}
		for range 2 { // twice: the second time, all of it is here
			if _, err := fresh.ReceiveAhead(ctx, o.ahead(t, func(s string) bool { return chosen[s] })); err != nil {
				r.Fatal(err)
			}
		}
		if _, err := fresh.Verify(ctx, o.KeyOf); err != nil {
			r.Fatal(err)
		}
		for range rapid.IntRange(0, 3).Draw(r, "of the new one") {
			fresh.note(t, fmt.Sprint(rapid.IntRange(0, 5).Draw(r, "stream")), "m")
		}
		if rapid.Bool().Draw(r, "what came ahead is forgotten") {
			if err := fresh.DropAhead(ctx); err != nil {
				r.Fatal(err)
			}
		}
		write(a, rapid.IntRange(0, 4).Draw(r, "later"))
		for range 2 {
			o.sync(t, fresh)
		}
		o.sync(t, a)
		proof, err := fresh.Verify(ctx, o.KeyOf)
		if err != nil || int(proof.LogSize) != len(o.Placed) || proof.Ahead != 0 {
			r.Fatalf("%+v of %d places, %v", proof, len(o.Placed), err)
		}
		live := fresh.notes(t)
		if !slices.Equal(live, a.notes(t)) {
			r.Fatalf("%v is not what a laptop has that received all in order: %v", live, a.notes(t))
		}
		if err := fresh.Rebuild(ctx); err != nil {
			r.Fatal(err)
		}
		if !slices.Equal(live, fresh.notes(t)) {
			r.Fatal("the tables made anew are others")
		}
	})
}

func TestAheadIsProved(t *testing.T) {
	a, b := newLaptop(t, "a"), newLaptop(t, "b")
	o := newOrder(a, b)
	for i := range 20 {
		a.note(t, fmt.Sprint(i%3), "n")
	}
	o.sync(t, a)
	all := func(string) bool { return true }
	for name, c := range map[string]struct {
		spoil func(*journal.Ahead)
		want  error
	}{
		"an entry that is not in the log": {func(h *journal.Ahead) {
			e := &h.Entries[19]
			e.Data = []byte(`{"Note":"autre"}`)
			e.Hash = e.ComputeHash()
			e.Sig = ed25519.Sign(a.key, e.Hash[:])
		}, journal.ErrLog},
		"an entry said to be contested": {func(h *journal.Ahead) { h.Entries[4].Contested = true }, journal.ErrLog},
		"an entry at another's place":   {func(h *journal.Ahead) { h.Entries[4].Seq, h.Entries[5].Seq = 6, 7 }, journal.ErrLog},
		"an entry altered":              {func(h *journal.Ahead) { h.Entries[4].Actor = "maire" }, journal.ErrHash},
		"a head of another log":         {func(h *journal.Ahead) { h.Root[0] ^= 1 }, journal.ErrLog},
		"a stream with a hole": {func(h *journal.Ahead) {
			h.Entries, h.Proofs = slices.Delete(h.Entries, 3, 4), slices.Delete(h.Proofs, 3, 4)
		}, journal.ErrBase},
		"a stream without its beginning": {func(h *journal.Ahead) { h.Entries, h.Proofs = h.Entries[1:], h.Proofs[1:] }, journal.ErrBase},
		"out of order": {func(h *journal.Ahead) {
			h.Entries[0], h.Entries[1] = h.Entries[1], h.Entries[0]
			h.Proofs[0], h.Proofs[1] = h.Proofs[1], h.Proofs[0]
		}, journal.ErrOrder},
		"fewer proofs":               {func(h *journal.Ahead) { h.Proofs = h.Proofs[1:] }, journal.ErrLog},
		"a device that nobody knows": {func(h *journal.Ahead) { h.KeyOf = newOrder(b).KeyOf }, journal.ErrUnknownDevice},
	} {
		h := o.ahead(t, all)
		h.Entries = slices.Clone(h.Entries)
		c.spoil(&h)
		if _, err := b.ReceiveAhead(context.Background(), h); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if notes := b.notes(t); len(notes) != 0 {
		t.Errorf("something of it was taken: %v", notes)
	}
	// A stream whose end was held back is as one that was not heard of yet.
	h := o.ahead(t, all)
	h.Entries, h.Proofs = h.Entries[:18], h.Proofs[:18]
	if n, err := b.ReceiveAhead(context.Background(), h); err != nil || n != 18 {
		t.Fatal(n, err)
	}
	o.sync(t, b)
	if !slices.Equal(a.notes(t), b.notes(t)) {
		t.Error("what was held back has not come in its turn")
	}
	// A server that gives another entry the place of one that came ahead has rewritten its log.
	late := newLaptop(t, "late")
	if _, err := late.ReceiveAhead(context.Background(), o.ahead(t, all)); err != nil {
		t.Fatal(err)
	}
	other := newOrder(a, b)
	c := newLaptop(t, "c")
	other.Keys["c"] = c.key.Public().(ed25519.PublicKey)
	c.note(t, "9", "une autre histoire")
	other.sync(t, c)
	if err := late.Receive(context.Background(), journal.Delivery{Entries: other.Placed, KeyOf: other.KeyOf}); !errors.Is(err, journal.ErrRewritten) {
		t.Errorf("another history: %v", err)
	}
}
