package writing

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/store"
)

// Kind is one of drafts: deliberations, minutes.
type Kind struct {
	// Prefix is what the streams of their editions begin with: «deliberation/»; Entry is the kind of entry that is one. Its
	// data holds what it includes ([Included]) as «writing».
	Prefix, Entry string
	// Sheet is what an edition says.
	Sheet func(data []byte) (Sheet, error)
	// Last is the last edition of a draft; ErrClosed when it is none any more.
	Last func(tx *store.Tx, id string) (Inclusion, error)
}

// ErrClosed: a text is no draft any more, and is written no further.
var ErrClosed = errors.New("the text is no draft any more")

// Inclusion is an edition with what it includes.
type Inclusion struct {
	Edition string `json:"edition"`
	*Included
}

// Root is the edition that what follows is written over.
func (i Inclusion) Root() string {
	if i.Included == nil || i.Anew {
		return i.Edition
	}
	return i.Over
}

// Has tells whether the edition holds all that is known of what is written.
func (i Inclusion) Has(known Seen) bool {
	if i.Included == nil || i.Anew {
		return len(known) == 0
	}
	return i.Seen.Has(known)
}

// Mark is the edition with a mark of what was written since, so that nothing is saved over what its author has not seen.
func (i Inclusion) Mark(seen Seen) string {
	if i.Has(seen) {
		return i.Edition
	}
	h := sha256.New()
	for _, device := range slices.Sorted(maps.Keys(seen)) {
		fmt.Fprintf(h, "%s %d\n", device, seen[device])
	}
	return i.Edition + "+" + base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:9])
}

func (k Kind) subject(id string) string { return strings.TrimSuffix(k.Prefix, "/") + "-" + id }

func (k Kind) base(tx *store.Tx, root string) (Base, error) {
	r, err := journal.Find(tx, root)
	if err != nil {
		return Base{}, err
	}
	s, err := k.Sheet(r.Data)
	if err != nil {
		return Base{}, fmt.Errorf("reading the text that a draft was written over: %w", err)
	}
	return Base{Root: root, Sheet: s}, nil
}

// Unkept tells whether something was written that the last edition of a draft does not hold.
func (k Kind) Unkept(tx *store.Tx, id string, last Inclusion) (bool, error) {
	known, err := Known(tx, k.subject(id), last.Root())
	return err == nil && !last.Has(known), err
}

// State gives a draft with all that is there, its last edition given. Errors: merge.ErrTooLarge.
func (k Kind) State(tx *store.Tx, id string, last Inclusion) (State, error) {
	base, err := k.base(tx, last.Root())
	if err != nil {
		return State{}, err
	}
	return Read(tx, k.subject(id), base)
}

// Anew is what an edition that is made otherwise than by writing says, after all that was written until now; nil when
// nothing was.
func (k Kind) Anew(tx *store.Tx, id string, last Inclusion) (*Included, error) {
	known, err := Known(tx, k.subject(id), last.Root())
	if err != nil || len(known) == 0 {
		return nil, err
	}
	return &Included{Over: last.Root(), Seen: known, Anew: true}, nil
}

// included is what the data of an edition says of the writing.
func included(data []byte) *Included {
	var e struct {
		Writing *Included `json:"writing"`
	}
	if json.Unmarshal(data, &e) != nil {
		return nil
	}
	return e.Writing
}

// Aside is what the last edition that waits beside a draft for a person's choice includes, for the one that she makes of it.
func (k Kind) Aside(c journal.Conflict) *Included {
	for _, r := range slices.Backward(c.Contested) {
		if i := included(r.Data); r.Kind == k.Entry && i != nil {
			return &Included{Over: i.Over, Seen: i.Seen, Anew: true}
		}
	}
	return nil
}

// Together gives the state of a draft of which two computers made editions at the same time, when both were made of one
// writing: it holds what both do.
func (k Kind) Together(tx *store.Tx, id string, last Inclusion, c journal.Conflict) (s State, ok bool, err error) {
	for _, r := range c.Contested {
		i := included(r.Data)
		if r.Kind != k.Entry || i == nil || i.Anew || i.Over != last.Root() {
			return s, false, nil
		}
	}
	s, err = k.State(tx, id, last)
	return s, err == nil, err
}

// Read gives a draft with all that is there, to be written from this computer.
func (k Kind) Read(p Pad, tx *store.Tx, id string, last Inclusion) (State, error) {
	base, err := k.base(tx, last.Root())
	if err != nil {
		return State{}, err
	}
	return p.Read(tx, k.subject(id), base)
}

// Write adds what somebody made of a draft that she had before the eyes; what she wrote over an edition that is no longer
// the last is brought over. Errors: those of may, merge.ErrTooLarge.
func (k Kind) Write(ctx context.Context, p Pad, actor, id string, had State, sheet Sheet, may func(*store.Tx) error) error {
	if err := p.Write(ctx, actor, k.subject(id), had, sheet, may); err != nil {
		return err
	}
	_, err := k.Carry(ctx, p, id)
	return err
}

// Carry brings over to the last edition of a draft what this computer wrote over former ones; it tells whether there was
// anything.
func (k Kind) Carry(ctx context.Context, p Pad, id string) (bool, error) {
	carried, err := p.Carry(ctx, k.subject(id), func(tx *store.Tx) (Base, error) {
		last, err := k.Last(tx, id)
		if err != nil {
			return Base{}, err
		}
		return k.base(tx, last.Root())
	}, func(tx *store.Tx, root string) (Base, Seen, error) {
		base, err := k.base(tx, root)
		if err != nil {
			return base, nil, err
		}
		seen, err := k.taken(tx, id, root)
		return base, seen, err
	})
	if errors.Is(err, ErrClosed) {
		return false, nil
	}
	return carried, err
}

// taken is what the editions of a draft took in of what was written over one of them.
func (k Kind) taken(tx *store.Tx, id, root string) (Seen, error) {
	records, err := journal.Stream(tx, k.Prefix+id)
	seen := Seen{}
	for _, r := range records {
		i := included(r.Data)
		if r.Kind != k.Entry || i == nil || i.Over != root {
			continue
		}
		for device, version := range i.Seen {
			seen[device] = max(seen[device], version)
		}
	}
	return seen, err
}
