package journal

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"

	"alpi40.fr/airial/local/store"
)

// Placed is an entry as the server gives it: with its place in the authority's order.
type Placed struct {
	Entry
	// Seq is 1, 2, 3… within the authority, without a hole.
	Seq int64 `json:"seq"`
	// Contested: the entry's version was taken when it arrived.
	Contested bool `json:"contested,omitempty"`
}

// Why what a server sends is refused, for errors.Is.
var (
	// ErrOrder: the places do not continue what this laptop has.
	ErrOrder = errors.New("the server's order has a hole or goes back")
	// ErrRewritten: the server gives another entry for a place or an id known here.
	ErrRewritten = errors.New("the server has rewritten an entry")
	// ErrLog: the server's Merkle root is not that of the entries it gave.
	ErrLog = errors.New("the server's log does not match its entries")
	// ErrUnknownDevice: an entry of a device that this authority does not know.
	ErrUnknownDevice = errors.New("entry of an unknown device")
)

// Cursor is the last place of the server's order that this laptop has; 0 at first.
func Cursor(tx *store.Tx) (seq int64, err error) {
	return logSize(tx)
}

// Places gives the entries after a place of the server's order, in order, at most limit.
func Places(tx *store.Tx, after int64, limit int) ([]Placed, error) {
	return store.All(tx, `SELECT `+columns+` FROM entry WHERE server_seq > ? ORDER BY server_seq LIMIT ?`, []any{after, limit},
		func(scan func(...any) error) (Placed, error) {
			r, err := scanRecord(scan)
			return Placed{Entry: r.Entry, Seq: r.ServerSeq, Contested: r.Standing == Contested}, err
		})
}

// Delivery is what a server gives after the cursor.
type Delivery struct {
	// Entries continue the server's order after the cursor.
	Entries []Placed
	// Keys are subjects' keys noted since the last delivery.
	Keys []SubjectKey
	// Root, when set, is the server's Merkle root after the last entry.
	Root *Hash
	// KeyOf gives a device's public key, or nil.
	KeyOf func(device string) ed25519.PublicKey
	// Also, when set, runs last, in the same transaction.
	Also func(*store.Tx) error
}

// Receive takes a delivery: this laptop's own entries get their place, others
// are checked, stored and projected. An entry that takes the place of one of
// this laptop's makes that one contested. Nothing is taken unless everything is.
// Errors: ErrOrder, ErrRewritten, ErrLog, ErrUnknownDevice, ErrOtherKey, those of Entry.Check and of Also.
func (j *Journal) Receive(ctx context.Context, d Delivery) error {
	var touched []Entry
	err := j.db.Update(ctx, func(tx *store.Tx) error {
		r := receiver{j: j, tx: tx, keyOf: d.KeyOf, replay: map[string]bool{}}
		for i := range d.Entries {
			if err := r.take(&d.Entries[i]); err != nil {
				return fmt.Errorf("place %d: %w", d.Entries[i].Seq, err)
			}
			touched = append(touched, d.Entries[i].Entry)
		}
		for stream := range r.replay {
			if err := j.replay(tx, stream); err != nil {
				return err
			}
		}
		if err := checkRoot(tx, d.Root); err != nil {
			return err
		}
		if err := j.takeKeys(tx, d.Keys); err != nil || d.Also == nil {
			return err
		}
		return d.Also(tx)
	})
	if err != nil {
		return fmt.Errorf("receiving %d entries: %w", len(d.Entries), err)
	}
	j.announce(touched)
	return nil
}

type receiver struct {
	j     *Journal
	tx    *store.Tx
	keyOf func(string) ed25519.PublicKey
	// replay are the streams in which a pending entry lost its place.
	replay map[string]bool
}

func (r *receiver) take(p *Placed) error {
	size, err := logSize(r.tx)
	if err != nil {
		return err
	}
	if p.Seq != size+1 {
		return fmt.Errorf("after place %d: %w", size, ErrOrder)
	}
	if p.Authority != r.j.authority {
		return fmt.Errorf("entry of authority %q: %w", p.Authority, ErrMalformed)
	}
	known, err := one(r.tx, `id = ?`, p.ID)
	if err != nil {
		return err
	}
	if known != nil {
		err = r.takeKnown(known, p)
	} else {
		err = r.takeNew(p)
	}
	if err != nil {
		return err
	}
	return appendLog(r.tx, p)
}

// takeKnown gives its place to an entry that this laptop wrote or already has.
func (r *receiver) takeKnown(known *Record, p *Placed) error {
	if known.Hash != p.Hash {
		return fmt.Errorf("entry %s: %w", p.ID, ErrRewritten)
	}
	standing := Accepted
	if p.Contested {
		standing = Contested
	}
	if known.Standing == Contested && !p.Contested {
		// Contested here by mistake of order: it holds its place after all.
		r.replay[p.Stream] = true
	}
	if p.Contested && known.Standing != Contested {
		r.replay[p.Stream] = true
	}
	_, err := r.tx.Exec(`UPDATE entry SET standing = ?, server_seq = ? WHERE id = ?`, string(standing), p.Seq, p.ID)
	return err
}

func (r *receiver) takeNew(p *Placed) error {
	key := r.keyOf(p.Device)
	if key == nil {
		return fmt.Errorf("device %s: %w", p.Device, ErrUnknownDevice)
	}
	if err := p.Check(key); err != nil {
		return err
	}
	head, err := chainHead(r.tx, p.Device)
	if err != nil {
		return err
	}
	if err := p.Follows(head); err != nil {
		return err
	}
	if p.Contested {
		return insert(r.tx, &p.Entry, Contested, p.Seq)
	}
	// The place is the server's to give: what waits here from it on loses it.
	lost, err := r.tx.Exec(`UPDATE entry SET standing = 'contested' WHERE stream = ? AND version >= ? AND standing = 'pending'`, p.Stream, p.Version)
	if err != nil {
		return err
	}
	version, base, err := Head(r.tx, p.Stream)
	if err != nil {
		return err
	}
	if p.Version != version+1 || p.Base != base {
		return fmt.Errorf("entry %s, version %d after %d: %w", p.ID, p.Version, version, ErrBase)
	}
	if err := insert(r.tx, &p.Entry, Accepted, p.Seq); err != nil {
		return err
	}
	if lost > 0 || r.replay[p.Stream] {
		r.replay[p.Stream] = true
		return nil
	}
	return r.j.project(r.tx, &p.Entry)
}
