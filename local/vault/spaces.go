package vault

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
)

// Hold says that a person works on this computer, so that spaces are shared with it. It is said
// once.
func (v *Vault) Hold(ctx context.Context, person string) error {
	known := false
	err := v.j.Store().View(ctx, func(tx *store.Tx) (err error) { known, err = v.holds(tx, v.j.Device(), person); return err })
	if err != nil || known {
		return err
	}
	return v.commit(ctx, person, func(tx *store.Tx) ([]journal.Draft, error) {
		if known, err := v.holds(tx, v.j.Device(), person); err != nil || known {
			return nil, err
		}
		return []journal.Draft{{Stream: PrefixDevice + v.j.Device(), Kind: KindHeld, Data: held{Person: person}}}, nil
	})
}

func (v *Vault) holds(tx *store.Tx, device, person string) (bool, error) {
	var n int
	err := tx.Get(`SELECT count(*) FROM vault_holder WHERE device = ? AND person = ?`, []any{device, person}, &n)
	return n > 0, err
}

// devicesOf gives the computers of a person that are not revoked.
func (v *Vault) devicesOf(tx *store.Tx, person string) ([]Device, error) {
	all, err := v.o.Devices(tx)
	if err != nil {
		return nil, err
	}
	var out []Device
	for _, d := range all {
		held, err := v.holds(tx, d.ID, person)
		if err != nil {
			return nil, err
		}
		if held && !d.Revoked {
			out = append(out, d)
		}
	}
	return out, nil
}

// wrapsFor wraps a key for all computers of some people, this one among them when its person is.
func (v *Vault) wrapsFor(tx *store.Tx, k *key, members []Member) (wraps, error) {
	w := wraps{}
	for _, m := range members {
		all, err := v.devicesOf(tx, m.Person)
		if err != nil {
			return nil, err
		}
		for _, d := range all {
			if w[d.ID], err = k.wrap(d); err != nil {
				return nil, err
			}
		}
	}
	return w, nil
}

// PersonalSpace gives the id of a person's own space, made at its first need. On a second
// computer of hers, it is there and locked until the first admits it.
func (v *Vault) PersonalSpace(ctx context.Context, person string) (id string, err error) {
	find := func(tx *store.Tx) error {
		all, err := v.spaceRows(tx)
		for _, s := range all {
			if s.Kind == Personal && s.Owner == person && id == "" {
				id = s.ID
			}
		}
		return err
	}
	if err := v.j.Store().View(ctx, find); err != nil || id != "" {
		return id, err
	}
	if err := v.Hold(ctx, person); err != nil {
		return "", err
	}
	err = v.commit(ctx, person, func(tx *store.Tx) ([]journal.Draft, error) {
		if err := find(tx); err != nil || id != "" {
			return nil, err
		}
		d, err := v.make(tx, made{Kind: Personal, Owner: person, Members: []Member{{Person: person, Role: Manager}}}, "")
		id = strings.TrimPrefix(d.Stream, PrefixSpace)
		return []journal.Draft{d}, err
	})
	return id, err
}

// NewSpace makes a common space, managed by actor and shared with members, and gives its id.
// Errors: refusals.
func (v *Vault) NewSpace(ctx context.Context, actor, name string, members ...Member) (id string, err error) {
	if err := CheckName(name); err != nil {
		return "", err
	}
	if err := v.Hold(ctx, actor); err != nil {
		return "", err
	}
	err = v.commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) {
		people, err := authority.People(tx)
		if err != nil {
			return nil, err
		}
		m := made{Kind: Common, Members: []Member{{Person: actor, Role: Manager}}}
		for _, more := range members {
			if more.Person == actor {
				continue
			}
			if err := MayShare(Space{Kind: Common, Members: m.Members}, actor, more, people, v.today()); err != nil {
				return nil, err
			}
			m.Members = append(m.Members, more)
		}
		d, err := v.make(tx, m, name)
		id = strings.TrimPrefix(d.Stream, PrefixSpace)
		return []journal.Draft{d}, err
	})
	return id, err
}

func (v *Vault) make(tx *store.Tx, m made, name string) (journal.Draft, error) {
	k, err := drawKey(v.o.Rand)
	if err != nil {
		return journal.Draft{}, err
	}
	stream := PrefixSpace + v.j.NewID()
	if name != "" {
		b, err := k.seal(v.o.Rand, stream, name)
		if err != nil {
			return journal.Draft{}, err
		}
		m.Name = &b
	}
	m.Key = k.id
	if m.Wraps, err = v.wrapsFor(tx, k, m.Members); err != nil {
		return journal.Draft{}, err
	}
	if m.Wraps[v.j.Device()] == nil {
		return journal.Draft{}, errNotEnrolled
	}
	return journal.Draft{Stream: stream, Kind: KindMade, Data: m}, nil
}

var errNotEnrolled = &rule.Refusal{Why: "Cet ordinateur n’est pas encore connu de la collectivité.", Cure: "Faites un premier échange avec le serveur, puis recommencez."}

// space reads a space and its keys for a command.
func (v *Vault) space(tx *store.Tx, id string) (spaceRow, ring, error) {
	s, err := store.GetDecoded[spaceRow](tx, `SELECT data FROM vault_space WHERE id = ?`, id)
	if err != nil {
		return s, ring{}, fmt.Errorf("space %s: %w", id, err)
	}
	return s, v.ringOf(&s), nil
}

// opened is space for a command that needs the present key.
func (v *Vault) opened(tx *store.Tx, id string) (spaceRow, ring, error) {
	s, r, err := v.space(tx, id)
	if err == nil && r.current == nil {
		err = fmt.Errorf("space %s: %w", id, ErrLocked)
	}
	return s, r, err
}

func (s *spaceRow) public() Space {
	return Space{ID: s.ID, Kind: s.Kind, Owner: s.Owner, Members: s.Members, Closed: s.Closed}
}

// change makes one act on a space.
func (v *Vault) change(ctx context.Context, actor, space string, decide func(*store.Tx, spaceRow, ring) (journal.Draft, error)) error {
	return v.commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) {
		s, r, err := v.opened(tx, space)
		if err != nil {
			return nil, err
		}
		d, err := decide(tx, s, r)
		d.Stream = PrefixSpace + space
		return []journal.Draft{d}, err
	})
}

// Share gives a person a role in a space, or another one. Errors: refusals, ErrLocked.
func (v *Vault) Share(ctx context.Context, actor, space string, m Member) error {
	return v.change(ctx, actor, space, func(tx *store.Tx, s spaceRow, r ring) (journal.Draft, error) { return v.share(tx, actor, s, r, m) })
}

func (v *Vault) share(tx *store.Tx, actor string, s spaceRow, r ring, m Member) (journal.Draft, error) {
	people, err := authority.People(tx)
	if err != nil {
		return journal.Draft{}, err
	}
	if err := MayShare(s.public(), actor, m, people, v.today()); err != nil {
		return journal.Draft{}, err
	}
	w, err := v.wrapsFor(tx, r.current, []Member{m})
	return journal.Draft{Kind: KindGranted, Data: granted{Member: m, Key: r.current.id, Wraps: w}}, err
}

// Withdraw takes a person's access away, and draws a new key for those who stay. Errors: refusals, ErrLocked.
func (v *Vault) Withdraw(ctx context.Context, actor, space, person string) error {
	return v.change(ctx, actor, space, func(tx *store.Tx, s spaceRow, r ring) (journal.Draft, error) {
		return v.withdraw(tx, actor, s, r, person, nil)
	})
}

// withdraw also seals keys that lost their place with their entry under the new one.
func (v *Vault) withdraw(tx *store.Tx, actor string, s spaceRow, r ring, person string, lost []*key) (journal.Draft, error) {
	if err := MayWithdraw(s.public(), actor, person, v.today()); err != nil {
		return journal.Draft{}, err
	}
	return v.rekey(tx, s, r, person, lost)
}

func (v *Vault) rekey(tx *store.Tx, s spaceRow, r ring, person string, lost []*key) (journal.Draft, error) {
	k, err := drawKey(v.o.Rand)
	if err != nil {
		return journal.Draft{}, err
	}
	staying := s
	staying.Members = slices.Clone(s.Members)
	if person != "" {
		staying.without(person)
	}
	data := rekeyed{Person: person, Key: k.id}
	if data.Wraps, err = v.wrapsFor(tx, k, staying.Members); err != nil {
		return journal.Draft{}, err
	}
	for _, old := range append([]*key{r.current}, lost...) {
		b, err := k.seal(v.o.Rand, PrefixSpace+s.ID, old.secret)
		if err != nil {
			return journal.Draft{}, err
		}
		data.Former = append(data.Former, former{ID: old.id, Under: k.id, Data: b.Data})
	}
	return journal.Draft{Kind: KindRekeyed, Data: data}, nil
}

// Renew draws a new key for a space: when a computer of a member was lost. Errors: refusals, ErrLocked.
func (v *Vault) Renew(ctx context.Context, actor, space string) error {
	return v.change(ctx, actor, space, func(tx *store.Tx, s spaceRow, r ring) (journal.Draft, error) {
		if err := MayUse(s.public(), actor, Manager, v.today()); err != nil {
			return journal.Draft{}, err
		}
		return v.rekey(tx, s, r, "", nil)
	})
}

// Rename gives a common space another name. Errors: refusals, ErrLocked.
func (v *Vault) Rename(ctx context.Context, actor, space, name string) error {
	return v.change(ctx, actor, space, func(_ *store.Tx, s spaceRow, r ring) (journal.Draft, error) {
		if err := errors.Join(CheckName(name), MayUse(s.public(), actor, Manager, v.today())); err != nil {
			return journal.Draft{}, err
		}
		b, err := r.current.seal(v.o.Rand, PrefixSpace+space, name)
		return journal.Draft{Kind: KindNamed, Data: named{Name: b}}, err
	})
}

// Close closes a common space: what is in it is read no more in Airial, by anybody. Errors: refusals.
func (v *Vault) Close(ctx context.Context, actor, space string) error {
	return v.change(ctx, actor, space, func(_ *store.Tx, s spaceRow, _ ring) (journal.Draft, error) {
		if s.Kind == Personal {
			return journal.Draft{}, &rule.Refusal{Why: "Un espace personnel ne se ferme pas.", Cure: "Mettez à la corbeille ce dont vous n’avez plus besoin."}
		}
		return journal.Draft{Kind: KindClosed, Data: struct{}{}}, MayUse(s.public(), actor, Manager, v.today())
	})
}

// Waiting gives the computers of members that have no key of a space that this one opens, where
// actor may admit them.
func (v *Vault) Waiting(ctx context.Context, actor string) (out []Waiting, err error) {
	err = v.j.Store().View(ctx, func(tx *store.Tx) error {
		all, err := v.spaceRows(tx)
		if err != nil {
			return err
		}
		for i := range all {
			s := &all[i]
			if v.ringOf(s).current == nil {
				continue
			}
			for _, m := range s.Members {
				devices, err := v.devicesOf(tx, m.Person)
				if err != nil {
					return err
				}
				for _, d := range devices {
					w := Waiting{Space: s.ID, Person: m.Person, Device: d}
					if s.Wraps[s.Current][d.ID] == nil && MayAdmit(s.public(), actor, w, v.today()) == nil {
						out = append(out, w)
					}
				}
			}
		}
		return nil
	})
	return out, err
}

// Admit wraps a space's key for a member's computer. Errors: refusals, ErrLocked.
func (v *Vault) Admit(ctx context.Context, actor string, w Waiting) error {
	return v.change(ctx, actor, w.Space, func(tx *store.Tx, s spaceRow, r ring) (journal.Draft, error) {
		return v.admit(tx, actor, s, r, w)
	})
}

func (v *Vault) admit(tx *store.Tx, actor string, s spaceRow, r ring, w Waiting) (journal.Draft, error) {
	devices, err := v.devicesOf(tx, w.Person)
	if err != nil {
		return journal.Draft{}, err
	}
	i := slices.IndexFunc(devices, func(d Device) bool { return d.ID == w.Device.ID })
	if i < 0 {
		return journal.Draft{}, &rule.Refusal{Why: "Cet ordinateur n’est pas, ou plus, celui de cette personne.", Cure: "Faites un échange avec le serveur, puis recommencez."}
	}
	w.Device = devices[i] // the key that this computer knows, whatever was shown
	if err := MayAdmit(s.public(), actor, w, v.today()); err != nil {
		return journal.Draft{}, err
	}
	wrapped, err := r.current.wrap(w.Device)
	return journal.Draft{Kind: KindAdmitted, Data: admitted{Key: r.current.id, Wraps: wraps{w.Device.ID: wrapped}}}, err
}

func (v *Vault) spaceRows(tx *store.Tx) ([]spaceRow, error) {
	return store.All(tx, `SELECT data FROM vault_space ORDER BY id`, nil, store.Decoded[spaceRow])
}

// Spaces gives the spaces open to a person, her own first, the others by name.
func (v *Vault) Spaces(ctx context.Context, person string) (out []Space, err error) {
	err = v.j.Store().View(ctx, func(tx *store.Tx) error {
		all, err := v.spaceRows(tx)
		if err != nil {
			return err
		}
		for i := range all {
			s := all[i].public()
			if s.Closed || s.Role(person, v.today()) == "" {
				continue
			}
			r := v.ringOf(&all[i])
			if s.Locked = r.current == nil; !s.Locked && all[i].Name != nil {
				if err := r.open(*all[i].Name, PrefixSpace+s.ID, &s.Name); err != nil {
					s.Name = ""
				}
			}
			if err := tx.Get(`SELECT files, bytes FROM vault_weight WHERE space = ?`, []any{s.ID}, &s.Files, &s.Bytes); err != nil && !errors.Is(err, store.ErrNotFound) {
				return err
			}
			out = append(out, s)
		}
		return nil
	})
	slices.SortStableFunc(out, func(a, b Space) int {
		if (a.Kind == Personal) != (b.Kind == Personal) {
			if a.Kind == Personal {
				return -1
			}
			return 1
		}
		return strings.Compare(sortedAs(a.Name), sortedAs(b.Name))
	})
	return out, err
}
