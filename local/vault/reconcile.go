package vault

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/typeset/french"
)

// Reconcile makes good what this laptop wrote and that lost its place to what another wrote
// meanwhile, where nobody need be asked (see the package's words), and gives how many acts. It
// runs after each exchange, before anything else is made of what came.
func (v *Vault) Reconcile(ctx context.Context) (n int, err error) {
	var all []journal.Conflict
	err = v.j.Store().View(ctx, func(tx *store.Tx) error {
		for _, prefix := range []string{PrefixSpace, PrefixItem, PrefixDevice} {
			streams, err := journal.Unsettled(tx, prefix)
			if err != nil {
				return err
			}
			for s := range streams {
				c, err := journal.ConflictOf(tx, s)
				if err != nil {
					return err
				}
				all = append(all, c)
			}
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("looking for acts of the vault that lost their place: %w", err)
	}
	slices.SortFunc(all, func(a, b journal.Conflict) int { return strings.Compare(b.Stream, a.Stream) }) // spaces, and their keys, first
	for _, c := range all {
		for _, lost := range c.Contested {
			mine, err := v.toRepeat(ctx, c.Stream, lost)
			if err != nil {
				return n, err
			}
			if !mine {
				continue
			}
			done, err := v.repeat(ctx, c, lost)
			if err != nil {
				return n, fmt.Errorf("repeating an act of %s: %w", c.Stream, err)
			}
			if done {
				n++
			}
		}
	}
	return n, v.Refresh(ctx)
}

// toRepeat tells whether it is for this laptop to make good what was lost: what it wrote; and a
// version whose author was withdrawn from the space meanwhile, which she can no longer open. Several
// laptops may then make the same file: it is one, by its id.
func (v *Vault) toRepeat(ctx context.Context, stream string, lost journal.Record) (bool, error) {
	if lost.Device == v.j.Device() {
		return true, nil
	}
	if lost.Kind != KindVersion {
		return false, nil
	}
	able := false
	err := v.j.Store().View(ctx, func(tx *store.Tx) error {
		row, err := store.GetDecoded[itemRow](tx, `SELECT data FROM vault_item WHERE id = ?`, strings.TrimPrefix(stream, PrefixItem))
		if err != nil {
			return err
		}
		s, r, err := v.space(tx, row.Space)
		if err != nil {
			return err
		}
		able = r.current != nil && s.public().Role(lost.Actor, "") == ""
		for _, d := range lost.Blobs {
			able = able && v.j.Store().Blobs().Has(d)
		}
		return nil
	})
	return able, err
}

// errLeft: this one is a person's to decide.
var errLeft = errors.New("left to a person")

func (v *Vault) repeat(ctx context.Context, c journal.Conflict, lost journal.Record) (bool, error) {
	_, err := v.j.Repeat(ctx, lost.Actor, c.Stream, []string{lost.ID}, func(tx *store.Tx) ([]journal.Draft, error) {
		if lost.Kind == journal.KindSettled {
			return nil, nil // what it settled waits again, and is repeated itself
		}
		if strings.HasPrefix(c.Stream, PrefixItem) {
			return v.repeatItem(tx, c, lost)
		}
		d, err := v.repeatSpace(tx, c.Stream, lost)
		if rule.Find(err) != nil || d.Kind == "" && err == nil {
			return nil, nil // the present state no longer allows it, or has it already
		}
		d.Stream = c.Stream
		return []journal.Draft{d}, err
	})
	if errors.Is(err, errLeft) || errors.Is(err, journal.ErrSettled) {
		return false, nil
	}
	return err == nil, err
}

func (v *Vault) repeatSpace(tx *store.Tx, stream string, lost journal.Record) (d journal.Draft, err error) {
	if strings.HasPrefix(stream, PrefixDevice) {
		return journal.Draft{Kind: lost.Kind, Data: json.RawMessage(lost.Data)}, nil
	}
	s, r, err := v.space(tx, strings.TrimPrefix(stream, PrefixSpace))
	if err != nil {
		return d, err
	}
	mine, err := v.lostKey(lost)
	if err != nil {
		return d, err
	}
	if r.current == nil {
		if mine != nil {
			return d, errLeft
		}
		return d, nil
	}
	switch lost.Kind {
	case KindGranted:
		var g granted
		if err := json.Unmarshal(lost.Data, &g); err != nil {
			return d, err
		}
		return v.share(tx, lost.Actor, s, r, g.Member)
	case KindAdmitted:
		return v.readmit(tx, s, r, lost)
	case KindRekeyed:
		var k rekeyed
		if err := json.Unmarshal(lost.Data, &k); err != nil {
			return d, err
		}
		if k.Person != "" {
			d, err = v.withdraw(tx, lost.Actor, s, r, k.Person, mine)
			if rule.Find(err) == nil || mine == nil {
				return d, err
			}
		}
		// Whoever was withdrawn is already, or stays: what was sealed meanwhile must still open.
		return v.rekey(tx, s, r, "", mine)
	case KindClosed:
		return journal.Draft{Kind: KindClosed, Data: struct{}{}}, MayUse(s.public(), lost.Actor, Manager, v.today())
	case KindNamed:
		return d, errLeft
	}
	return d, nil
}

// lostKey gives the key that a lost entry made: contents may lie under it. Who left has none of
// it, and wrote nothing since.
func (v *Vault) lostKey(lost journal.Record) ([]*key, error) {
	if lost.Kind != KindRekeyed {
		return nil, nil
	}
	var k rekeyed
	if err := json.Unmarshal(lost.Data, &k); err != nil {
		return nil, err
	}
	wrapped := k.Wraps[v.j.Device()]
	if wrapped == nil {
		return nil, nil
	}
	mine, err := unwrap(wrapped, v.identity)
	return []*key{mine}, err
}

func (v *Vault) readmit(tx *store.Tx, s spaceRow, r ring, lost journal.Record) (d journal.Draft, err error) {
	var a admitted
	if err := json.Unmarshal(lost.Data, &a); err != nil {
		return d, err
	}
	for device := range a.Wraps {
		if s.Wraps[s.Current][device] != nil {
			continue
		}
		for _, m := range s.Members {
			if held, err := v.holds(tx, device, m.Person); err != nil || !held {
				if err != nil {
					return d, err
				}
				continue
			}
			return v.admit(tx, lost.Actor, s, r, Waiting{Space: s.ID, Person: m.Person, Device: Device{ID: device}})
		}
	}
	return d, nil
}

func (v *Vault) repeatItem(tx *store.Tx, c journal.Conflict, lost journal.Record) ([]journal.Draft, error) {
	row, err := store.GetDecoded[itemRow](tx, `SELECT data FROM vault_item WHERE id = ?`, strings.TrimPrefix(c.Stream, PrefixItem))
	if err != nil {
		return nil, err
	}
	held := map[string]bool{} // what stands in the lost place and after
	for _, h := range c.Holding {
		held[h.Kind] = true
	}
	if row.Erased && lost.Kind != KindVersion {
		return nil, nil
	}
	switch lost.Kind {
	case KindVersion:
		return v.repeatVersion(tx, c.Stream, row, held[KindVersion] || row.Erased, lost)
	case KindPlaced:
		if held[KindPlaced] {
			return nil, errLeft
		}
		return []journal.Draft{{Stream: c.Stream, Kind: KindPlaced, Data: json.RawMessage(lost.Data)}}, nil
	case KindTrashed:
		if held[KindVersion] || row.Trashed {
			return nil, nil // somebody works on it: it stays
		}
		return []journal.Draft{{Stream: c.Stream, Kind: KindTrashed, Data: struct{}{}}}, nil
	case KindRestored:
		if !row.Trashed {
			return nil, nil
		}
		return []journal.Draft{{Stream: c.Stream, Kind: KindRestored, Data: struct{}{}}}, nil
	case KindGivenBack:
		if row.Out == nil || row.Out.Person != lost.Actor {
			return nil, nil
		}
		return []journal.Draft{{Stream: c.Stream, Kind: KindGivenBack, Data: struct{}{}}}, nil
	}
	return nil, nil // taken out by both: the first has it
}

// repeatVersion keeps a version that lost its place: after what holds it when no other version
// does, else as a file of its own beside the other.
func (v *Vault) repeatVersion(tx *store.Tx, stream string, row itemRow, taken bool, lost journal.Record) ([]journal.Draft, error) {
	var data versioned
	if err := json.Unmarshal(lost.Data, &data); err != nil {
		return nil, err
	}
	if !taken {
		drafts := []journal.Draft{{Stream: stream, Kind: KindVersion, Data: data, Blobs: lost.Blobs}}
		if row.Trashed {
			drafts = append(drafts, journal.Draft{Stream: stream, Kind: KindRestored, Data: struct{}{}})
		}
		return drafts, nil
	}
	copied := PrefixItem + lost.ID // one lost version makes one file, however often it is repeated
	if version, _, err := journal.Head(tx, copied); err != nil || version > 0 {
		return nil, err
	}
	_, r, err := v.opened(tx, row.Space)
	if err != nil {
		return nil, errors.Join(errLeft, err)
	}
	var p place
	var of content
	if err := errors.Join(r.open(row.Place, stream, &p), r.open(data.Content, stream, &of)); err != nil {
		return nil, errors.Join(errLeft, err)
	}
	if row.Erased {
		p.Parent = "" // its folder may be gone with it
	}
	who := ""
	if person, err := authority.PersonByID(tx, lost.Actor); err == nil {
		who = " de " + person.Plain()
	}
	p.Name = beside(p.Name, "version"+who+" du "+plainSpaces.Replace(french.Date(lost.At))+" à "+lost.At.Local().Format("15 h 04"))
	k := r.keys[data.Content.Key]
	if k == nil {
		return nil, errLeft
	}
	content, err := k.seal(v.o.Rand, copied, of)
	if err != nil {
		return nil, err
	}
	where, err := r.current.seal(v.o.Rand, copied, p)
	return []journal.Draft{{Stream: copied, Kind: KindCreated, Data: created{Space: row.Space, Place: where, Content: &content}, Blobs: lost.Blobs}}, err
}

// plainSpaces: a name of a file is typed by people.
var plainSpaces = strings.NewReplacer("\u00a0", " ", "\u202f", " ")

// Choice is two names or places of one thing, given apart.
type Choice struct {
	Item Item
	// Lost is what lost its place; Name and Where are its name and folder.
	Lost  journal.Record
	Name  string
	Where string // id of a folder, empty at the top
}

// Choices gives what a person must decide about an item.
func (v *Vault) Choices(ctx context.Context, person, id string) (out []Choice, err error) {
	i, err := v.Item(ctx, person, id)
	if err != nil || !i.Conflict {
		return nil, err
	}
	err = v.j.Store().View(ctx, func(tx *store.Tx) error {
		c, err := journal.ConflictOf(tx, PrefixItem+id)
		if err != nil {
			return err
		}
		_, r, err := v.opened(tx, i.Space)
		if err != nil {
			return err
		}
		for _, lost := range c.Contested {
			var data placed
			var p place
			if lost.Kind != KindPlaced || json.Unmarshal(lost.Data, &data) != nil || r.open(data.Place, PrefixItem+id, &p) != nil {
				continue
			}
			out = append(out, Choice{Item: i, Lost: lost, Name: p.Name, Where: p.Parent})
		}
		return nil
	})
	return out, err
}

// Choose decides: the name and place that lost are taken after all, or what holds stays.
func (v *Vault) Choose(ctx context.Context, actor string, c Choice, taken bool) error {
	stream := PrefixItem + c.Item.ID
	var redo func(*store.Tx) ([]journal.Draft, error)
	if taken {
		redo = func(tx *store.Tx) ([]journal.Draft, error) {
			_, r, err := v.opened(tx, c.Item.Space)
			if err != nil {
				return nil, err
			}
			p := place{Parent: c.Where, Name: c.Name, Folder: c.Item.Folder, Note: c.Item.Note()}
			if err := v.mayStand(tx, c.Item.Space, c.Item.ID, p); err != nil {
				return nil, err
			}
			d, err := v.placing(c.Item.ID, p, r)
			return []journal.Draft{d}, err
		}
	}
	_, err := v.j.Settle(ctx, actor, stream, "", redo)
	if err != nil {
		return err
	}
	return v.Refresh(ctx)
}
