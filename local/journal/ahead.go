package journal

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"slices"

	"alpi40.fr/airial/local/store"
)

// Ahead is whole streams given before their turn, so that a new laptop can be worked on while the
// rest of the log comes in its order.
type Ahead struct {
	// Entries are at places beyond the cursor, in the order of their places; each stream of theirs
	// is whole.
	Entries []Placed
	// Size and Root are those of a head of the log that the server signed.
	Size int64
	Root Hash
	// Proofs are that each entry is in that log (RFC 6962 §2.1.1).
	Proofs [][]Hash
	// KeyOf gives a device's public key, or nil.
	KeyOf func(device string) ed25519.PublicKey
	// Also, when set, runs last, in the same transaction, with the entries that were taken.
	Also func(*store.Tx, []Placed) error
}

// ReceiveAhead takes streams before their turn: each entry is checked and proved to be in the log, and
// is projected as any other. Its place in the log, and that it continues its device's chain, are seen
// once its turn comes, by Receive. What is here already is left aside. It gives how many entries were taken.
// Errors: ErrOrder, ErrLog, ErrBase, ErrUnknownDevice, those of Entry.Check and of Also.
func (j *Journal) ReceiveAhead(ctx context.Context, a Ahead) (int, error) {
	var taken []Placed
	err := j.db.Update(ctx, func(tx *store.Tx) (err error) {
		ids := make([]string, len(a.Entries))
		for i := range a.Entries {
			ids[i] = a.Entries[i].ID
		}
		here, err := knownOf(tx, ids)
		if err != nil {
			return err
		}
		if err := a.check(j.authority, here); err != nil {
			return err
		}
		if taken, err = j.apart(tx, a.Entries); err != nil {
			return err
		}
		for i := range taken {
			p := &taken[i]
			if err := insert(tx, &p.Entry, standingOf(p), p.Seq); err != nil {
				return fmt.Errorf("place %d: %w", p.Seq, err)
			}
			if p.Contested {
				continue
			}
			if err := j.project(tx, &p.Entry); err != nil {
				return fmt.Errorf("place %d: %w", p.Seq, err)
			}
		}
		if a.Also == nil {
			return nil
		}
		return a.Also(tx, taken)
	})
	if err != nil {
		return 0, fmt.Errorf("receiving %d entries ahead: %w", len(a.Entries), err)
	}
	touched := make([]Entry, len(taken))
	for i := range taken {
		touched[i] = taken[i].Entry
	}
	j.announce(touched)
	return len(taken), nil
}

// DropAhead forgets what came ahead of its turn and has not had it: the log that it was proved to be in
// may go on otherwise, its server having been put back from a copy. All of it that stands comes again.
func (j *Journal) DropAhead(ctx context.Context) error {
	var touched []Entry
	err := j.db.Update(ctx, func(tx *store.Tx) error {
		size, err := logSize(tx)
		if err != nil {
			return err
		}
		streams, err := store.All(tx, `SELECT DISTINCT stream FROM entry WHERE server_seq > ?`, []any{size}, func(scan func(...any) error) (s string, err error) { return s, scan(&s) })
		if err != nil || len(streams) == 0 {
			return err
		}
		// A settlement that is forgotten has decided nothing.
		if _, err := tx.Exec(`DELETE FROM settled WHERE by IN (SELECT id FROM entry WHERE server_seq > ?)`, size); err != nil {
			return err
		}
		if _, err := tx.Exec(`DELETE FROM entry WHERE server_seq > ?`, size); err != nil {
			return err
		}
		for _, s := range streams {
			// What was written here after it waits until the log has come so far: it holds its place then, or not.
			if _, err := tx.Exec(`UPDATE entry SET standing = 'contested' WHERE `+losing, s, 1); err != nil {
				return err
			}
			if err := j.replay(tx, s); err != nil {
				return err
			}
			touched = append(touched, Entry{Stream: s})
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("forgetting what came ahead: %w", err)
	}
	j.announce(touched)
	return nil
}

// check judges what was given by itself. An entry that is here, the same to the byte, was judged
// when it came.
func (a *Ahead) check(authority string, here map[string]known) error {
	if len(a.Proofs) != len(a.Entries) {
		return fmt.Errorf("%d proofs for %d entries: %w", len(a.Proofs), len(a.Entries), ErrLog)
	}
	judged := func(p *Placed) bool {
		k, known := here[p.ID]
		return known && k.hash == p.Hash && p.ComputeHash() == p.Hash
	}
	faults := checkAll(a.Entries, a.KeyOf, func(p *Placed) bool { return !judged(p) })
	heads := map[string]tip{}
	last := int64(0)
	for i := range a.Entries {
		p := &a.Entries[i]
		switch {
		case faults[i] != nil:
			return fmt.Errorf("place %d: %w", p.Seq, faults[i])
		case p.Authority != authority:
			return fmt.Errorf("entry of authority %q: %w", p.Authority, ErrMalformed)
		case p.Seq <= last || p.Seq > a.Size:
			return fmt.Errorf("place %d after %d: %w", p.Seq, last, ErrOrder)
		}
		last = p.Seq
		if err := CheckInclusion(p, a.Size, a.Root, a.Proofs[i]); err != nil {
			return fmt.Errorf("place %d: %w", p.Seq, err)
		}
		if p.Contested {
			continue
		}
		head := heads[p.Stream]
		if int64(p.Version) != head.number+1 || p.Base != head.hash {
			return fmt.Errorf("entry %s, version %d after %d: %w", p.ID, p.Version, head.number, ErrBase)
		}
		heads[p.Stream] = tip{int64(p.Version), p.Hash}
	}
	return nil
}

// apart gives the entries that are not here. It leaves out streams in which this laptop wrote something
// that has no place yet, or that it wrote in before it was put back from a copy: those come in
// the log's order; and those of which it has more than was given.
func (j *Journal) apart(tx *store.Tx, entries []Placed) ([]Placed, error) {
	size, err := logSize(tx)
	if err != nil {
		return nil, err
	}
	streams := map[string][]Placed{}
	for _, p := range entries {
		streams[p.Stream] = append(streams[p.Stream], p)
	}
	take := map[string]bool{} // ids
	for name, given := range streams {
		here, err := knownIn(tx, name)
		if err != nil {
			return nil, err
		}
		fits, met := true, 0
		for i := range given {
			p := &given[i]
			k, known := here[p.ID]
			switch {
			case known:
				met++
				fits = fits && k.seq == p.Seq && k.hash == p.Hash
			case p.Seq <= size || p.Device == j.device.ID:
				fits = false
			}
		}
		if !fits || met < len(here) {
			continue
		}
		for i := range given {
			if _, known := here[given[i].ID]; !known {
				take[given[i].ID] = true
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(entries), func(p Placed) bool { return !take[p.ID] }), nil
}

// knownIn gives what is here of a stream, contested entries too.
func knownIn(tx *store.Tx, stream string) (map[string]known, error) {
	all := map[string]known{}
	err := tx.Each(`SELECT id, hash, coalesce(server_seq, 0) FROM entry WHERE stream = ?1 AND standing <> 'contested'
		UNION ALL SELECT id, hash, coalesce(server_seq, 0) FROM entry WHERE stream = ?1 AND standing = 'contested'`, []any{stream},
		func(scan func(...any) error) error {
			var id string
			var k known
			var hash []byte
			err := scan(&id, &hash, &k.seq)
			copy(k.hash[:], hash)
			all[id] = k
			return err
		})
	return all, err
}
