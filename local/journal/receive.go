package journal

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"sync"

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

// Places gives the entries after a place of the server's order, in order, at most limit; those
// that came ahead of their turn are left out.
func Places(tx *store.Tx, after int64, limit int) ([]Placed, error) {
	size, err := logSize(tx)
	if err != nil {
		return nil, err
	}
	return store.All(tx, `SELECT `+columns+` FROM entry WHERE server_seq > ? AND server_seq <= ? ORDER BY server_seq LIMIT ?`, []any{after, size, limit},
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
		r, err := j.receiver(tx, &d)
		if err != nil {
			return err
		}
		for i := range d.Entries {
			if err := r.take(i); err != nil {
				return fmt.Errorf("place %d: %w", d.Entries[i].Seq, err)
			}
			touched = append(touched, d.Entries[i].Entry)
		}
		for stream := range r.replay {
			if err := j.replay(tx, stream); err != nil {
				return err
			}
		}
		if err := r.tree.keep(tx); err != nil {
			return err
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

// receiver takes the entries of one delivery. What it reads of the journal it keeps, so that the
// cost of an entry is that of writing it.
type receiver struct {
	j       *Journal
	tx      *store.Tx
	entries []Placed
	faults  []error // what is wrong with an entry by itself; of those that are new
	known   map[string]known
	places  map[int64]string // of the places that the delivery gives, those that an entry has here already
	tree    *growth
	chains  map[string]tip
	heads   map[string]tip
	// replay are the streams in which a pending entry lost its place.
	replay map[string]bool
}

// tip is the last entry of a device's chain as placed, or of a stream.
type tip struct {
	number int64 // of the device's chain, or the stream's version
	hash   Hash
}

// known is what a receiver needs of an entry that is here.
type known struct {
	hash     Hash
	standing Standing
	seq      int64 // its place; 0 while unknown
}

func (j *Journal) receiver(tx *store.Tx, d *Delivery) (*receiver, error) {
	r := &receiver{j: j, tx: tx, entries: d.Entries, chains: map[string]tip{}, heads: map[string]tip{}, replay: map[string]bool{}}
	var err error
	if r.tree, err = grow(tx); err != nil {
		return nil, err
	}
	ids := make([]string, len(d.Entries))
	for i := range d.Entries {
		ids[i] = d.Entries[i].ID
	}
	if r.known, err = knownOf(tx, ids); err != nil {
		return nil, err
	}
	if r.places, err = placesOf(tx, r.tree.size, int64(len(d.Entries))); err != nil {
		return nil, err
	}
	r.faults = checkAll(d.Entries, d.KeyOf, func(p *Placed) bool { _, here := r.known[p.ID]; return !here })
	return r, nil
}

func knownOf(tx *store.Tx, ids []string) (map[string]known, error) {
	list, err := json.Marshal(ids)
	if err != nil {
		return nil, err
	}
	all := map[string]known{}
	err = tx.Each(`SELECT id, hash, standing, coalesce(server_seq, 0) FROM entry WHERE id IN (SELECT value FROM json_each(?))`, []any{string(list)},
		func(scan func(...any) error) error {
			var id, standing string
			var k known
			var hash []byte
			if err := scan(&id, &hash, &standing, &k.seq); err != nil {
				return err
			}
			copy(k.hash[:], hash)
			k.standing = Standing(standing)
			all[id] = k
			return nil
		})
	return all, err
}

// placesOf gives who has some places of the log here: what came ahead of its turn, commonly nobody.
func placesOf(tx *store.Tx, after, count int64) (map[int64]string, error) {
	all := map[int64]string{}
	err := tx.Each(`SELECT server_seq, id FROM entry WHERE `+placedWithin, []any{after, after + count}, func(scan func(...any) error) error {
		var seq int64
		var id string
		err := scan(&seq, &id)
		all[seq] = id
		return err
	})
	return all, err
}

// checkAll judges entries by themselves, on all processors: form, hash, signature. It gives the
// fault of each, nil for a good one and for those that are not asked for.
func checkAll(entries []Placed, keyOf func(string) ed25519.PublicKey, asked func(*Placed) bool) []error {
	many := map[string]int{}
	for i := range entries {
		if asked(&entries[i]) {
			many[entries[i].Device]++
		}
	}
	verify := map[string]func(message, sig []byte) bool{}
	for device, n := range many {
		if key := keyOf(device); key != nil {
			verify[device] = Verifier(key, n)
		}
	}
	faults := make([]error, len(entries))
	share := max(len(entries)/runtime.GOMAXPROCS(0)+1, 16)
	var working sync.WaitGroup
	for from := 0; from < len(entries); from += share {
		working.Go(func() {
			for i := from; i < min(from+share, len(entries)); i++ {
				p := &entries[i]
				if !asked(p) {
					continue
				}
				if by := verify[p.Device]; by == nil {
					faults[i] = fmt.Errorf("device %s: %w", p.Device, ErrUnknownDevice)
				} else {
					faults[i] = p.CheckBy(by)
				}
			}
		})
	}
	working.Wait()
	return faults
}

func (r *receiver) take(i int) error {
	p := &r.entries[i]
	if p.Seq != r.tree.size+1 {
		return fmt.Errorf("after place %d: %w", r.tree.size, ErrOrder)
	}
	if p.Authority != r.j.authority {
		return fmt.Errorf("entry of authority %q: %w", p.Authority, ErrMalformed)
	}
	k, here := r.known[p.ID]
	var err error
	if here {
		err = r.takeKnown(&k, p)
	} else if err = r.faults[i]; err == nil {
		err = r.takeNew(p)
	}
	if err != nil {
		return err
	}
	r.known[p.ID] = known{hash: p.Hash, standing: standingOf(p), seq: p.Seq}
	r.chains[p.Device] = tip{p.DeviceSeq, p.Hash}
	return r.tree.add(p)
}

func standingOf(p *Placed) Standing {
	if p.Contested {
		return Contested
	}
	return Accepted
}

// takeKnown gives its place to an entry that this laptop wrote, or that came ahead of its turn.
func (r *receiver) takeKnown(k *known, p *Placed) error {
	if k.hash != p.Hash || k.seq != 0 && k.seq != p.Seq {
		return fmt.Errorf("entry %s: %w", p.ID, ErrRewritten)
	}
	if k.seq != 0 {
		// It came ahead: that it continues its device's chain is seen only now.
		if err := r.follows(p); err != nil {
			return err
		}
	} else if err := r.freePlace(p); err != nil {
		return err
	}
	standing := standingOf(p)
	delete(r.heads, p.Stream)
	if (k.standing == Contested) != p.Contested {
		// Either it loses its place, or it was contested here by mistake of order and holds it after all.
		r.replay[p.Stream] = true
	}
	// One that holds its version here has no rival: a version has one entry that is not contested.
	if !p.Contested && k.standing == Contested {
		if err := r.displaceRival(p); err != nil {
			return err
		}
	}
	if k.seq == p.Seq && k.standing == standing {
		return nil
	}
	_, err := r.tx.Exec(`UPDATE entry SET standing = ?, server_seq = ? WHERE id = ?`, string(standing), p.Seq, p.ID)
	return err
}

// displaceRival makes contested what waits here at the version that an entry known here holds after all, and what
// was written after it.
func (r *receiver) displaceRival(p *Placed) error {
	rivals, err := r.tx.Exec(`UPDATE entry SET standing = 'contested' WHERE stream = ? AND version = ? AND standing <> 'contested' AND standing = 'pending' AND id <> ?`,
		p.Stream, p.Version, p.ID)
	if err != nil || rivals == 0 {
		return err
	}
	r.replay[p.Stream] = true
	_, err = r.tx.Exec(`UPDATE entry SET standing = 'contested' WHERE `+losing+` AND id <> ?`, p.Stream, p.Version, p.ID)
	return err
}

// follows tells whether an entry comes right after the last one placed of its device. Error: ErrChain.
func (r *receiver) follows(p *Placed) error {
	last, read := r.chains[p.Device]
	if !read && p.DeviceSeq > 1 {
		var raw []byte
		err := r.tx.Get(`SELECT device_seq, hash FROM entry WHERE device = ? AND device_seq = ? AND server_seq < ?`,
			[]any{p.Device, p.DeviceSeq - 1, p.Seq}, &last.number, &raw)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		copy(last.hash[:], raw)
	}
	if p.DeviceSeq != last.number+1 || p.Prev != last.hash {
		return fmt.Errorf("entry %s, number %d of device %s: %w", p.ID, p.DeviceSeq, p.Device, ErrChain)
	}
	return nil
}

// freePlace tells whether no other entry here has an entry's place in the log. Error: ErrRewritten.
func (r *receiver) freePlace(p *Placed) error {
	if other, taken := r.places[p.Seq]; taken && other != p.ID {
		return fmt.Errorf("entry %s is given where %s stands: %w", p.ID, other, ErrRewritten)
	}
	return nil
}

// freeNumber tells whether no other entry here has an entry's number in its device's chain. Error: ErrChain.
func (r *receiver) freeNumber(p *Placed) error {
	var other string
	err := r.tx.Get(`SELECT id FROM entry WHERE `+numbered, []any{p.Device, p.DeviceSeq}, &other)
	if err == nil {
		return fmt.Errorf("entry %s is given where %s stands: %w", p.ID, other, ErrChain)
	}
	if !errors.Is(err, store.ErrNotFound) {
		return err
	}
	return nil
}

// numbered and placedWithin are what a device's number, and some places of the log, are found by.
const (
	numbered     = `device = ? AND device_seq = ?`
	placedWithin = `server_seq > ? AND server_seq <= ?`
)

// losing is the condition of what waits here in a stream, from a version on, as the index entry_by_stream has it.
const losing = `stream = ? AND version >= ? AND standing <> 'contested' AND standing = 'pending'`

func (r *receiver) takeNew(p *Placed) error {
	if err := r.follows(p); err != nil {
		return err
	}
	if err := errors.Join(r.freeNumber(p), r.freePlace(p)); err != nil {
		return err
	}
	if p.Contested {
		return insert(r.tx, &p.Entry, Contested, p.Seq)
	}
	// The place is the server's to give: what waits here from it on loses it.
	lost, err := r.tx.Exec(`UPDATE entry SET standing = 'contested' WHERE `+losing, p.Stream, p.Version)
	if err != nil {
		return err
	}
	head, read := r.heads[p.Stream]
	if !read || lost > 0 {
		version, hash, err := Head(r.tx, p.Stream)
		if err != nil {
			return err
		}
		head = tip{int64(version), hash}
	}
	if int64(p.Version) != head.number+1 || p.Base != head.hash {
		return fmt.Errorf("entry %s, version %d after %d: %w", p.ID, p.Version, head.number, ErrBase)
	}
	if err := insert(r.tx, &p.Entry, Accepted, p.Seq); err != nil {
		return err
	}
	r.heads[p.Stream] = tip{int64(p.Version), p.Hash}
	if lost > 0 || r.replay[p.Stream] {
		r.replay[p.Stream] = true
		return nil
	}
	return r.j.project(r.tx, &p.Entry)
}
