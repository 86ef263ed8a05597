package writing

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/merge"
	"alpi40.fr/airial/local/store"
)

// Base is the edition that a draft is written over: the id of its entry, and what it says.
type Base struct {
	Root  string
	Sheet Sheet
}

// State is a draft as it stands, or stood when somebody looked.
type State struct {
	Base   Base
	Sheet  Sheet
	Seen   Seen
	Doubts []string // values of which two were given apart
	Hands  []Hand   // of each computer the last, the latest first
	Count  int      // of updates
	// Mine is the last update of this computer, over whatever edition.
	Mine int
}

// Hand is who wrote last from a computer: when, and in which paragraph, from 0.
type Hand struct {
	Device, Person string
	At             time.Time
	Paragraph      int
}

// Included is what an edition says of the updates that are in it.
type Included struct {
	// Over is the edition that they were written over, and that what follows is written over too, unless Anew.
	Over string `json:"over"`
	Seen Seen   `json:"seen,omitempty"`
	// Anew: what follows is written over the edition itself.
	Anew bool `json:"anew,omitempty"`
}

// MaxUpdates is how many updates a base bears before an edition begins anew, so that opening a draft takes no longer as
// years go by.
const MaxUpdates = 400

// Included is what an edition made of this state says; anew when its text is not the state's.
func (s State) Included(anew bool) *Included {
	return &Included{Over: s.Base.Root, Seen: s.Seen, Anew: anew || s.Count >= MaxUpdates}
}

// Read gives a draft with all that is there. Errors: merge.ErrTooLarge.
func Read(tx *store.Tx, subject string, base Base) (State, error) {
	s, _, err := sum(tx, subject, base, nil, reader)
	return s, err
}

// Read gives a draft with all that is there. Errors: merge.ErrTooLarge.
func (p Pad) Read(tx *store.Tx, subject string, base Base) (State, error) {
	s, err := Read(tx, subject, base)
	if err == nil {
		s.Mine, _, err = journal.Head(tx, stream(subject, p.j.Device()))
	}
	return s, err
}

// The replicas that write nothing of their own: they have a number each, those that write draw one above.
const (
	seeder = 1 // the base, as everybody has it
	reader = 2
)

// sum is a draft as bound says (nil: with all), and its text, to be edited by a replica.
func sum(tx *store.Tx, subject string, base Base, bound Seen, replica uint32) (State, *merge.Text, error) {
	s := State{Base: base, Seen: Seen{}}
	all, err := rows(tx, subject, base.Root)
	if err != nil {
		return s, nil, err
	}
	if bound != nil {
		all = slices.DeleteFunc(all, func(r row) bool { return r.version > bound[r.device] })
	}
	text, err := s.text(all, replica)
	if err != nil {
		return s, nil, fmt.Errorf("reading what was written of %s: %w", subject, err)
	}
	s.Sheet.Paragraphs = paragraphs(read(text.String()))
	s.values(all)
	for _, r := range all {
		s.Seen[r.device] = max(s.Seen[r.device], r.version)
		s.Count++
		h := Hand{Device: r.device, Person: r.actor, At: r.at, Paragraph: r.At}
		if n := len(s.Hands); n > 0 && s.Hands[n-1].Device == r.device {
			s.Hands[n-1] = h
		} else {
			s.Hands = append(s.Hands, h)
		}
	}
	slices.SortStableFunc(s.Hands, func(a, b Hand) int { return b.At.Compare(a.At) })
	return s, text, nil
}

// text merges the updates over the base; one that cannot be read spoils the others no more than itself.
func (s *State) text(all []row, replica uint32) (*merge.Text, error) {
	seed, err := seed(s.Base.Sheet.Paragraphs)
	if err != nil {
		return nil, err
	}
	updates := seed
	for _, r := range all {
		if len(r.Text) > 0 {
			updates = append(updates, r.Text)
		}
	}
	t, err := merge.Open(replica, updates)
	if err == nil || len(updates) == 0 {
		return t, err
	}
	good := seed
	for _, u := range updates[len(seed):] {
		if _, err := merge.Open(replica, append(slices.Clip(good), u)); err == nil {
			good = append(slices.Clip(good), u)
		}
	}
	return merge.Open(replica, good)
}

// seed is the update that makes the base: of the same text it is the same on every computer.
func seed(all []Paragraph) ([][]byte, error) {
	t, err := merge.Open(seeder, nil)
	if err != nil {
		return nil, err
	}
	u, err := t.Become(coded(all))
	if err != nil || u == nil {
		return nil, err
	}
	return [][]byte{u}, nil
}

// values gives each name the last value that was given to it.
func (s *State) values(all []row) {
	s.Sheet.Values = maps.Clone(s.Base.Sheet.Values)
	if s.Sheet.Values == nil {
		s.Sheet.Values = map[string]string{}
	}
	ordered := slices.Clone(all)
	slices.SortStableFunc(ordered, func(a, b row) int {
		return cmp.Or(cmp.Compare(a.N, b.N), cmp.Compare(a.device, b.device), cmp.Compare(a.version, b.version))
	})
	doubts := map[string]bool{}
	for _, r := range ordered {
		for name, v := range r.Values {
			now := s.Sheet.Values[name]
			doubts[name] = v.Over != now && v.Value != now
			s.Sheet.Values[name] = v.Value
		}
	}
	maps.DeleteFunc(doubts, func(_ string, doubt bool) bool { return !doubt })
	s.Doubts = slices.Sorted(maps.Keys(doubts))
}

// Pad is where drafts are written on one computer.
type Pad struct{ j *journal.Journal }

// New gives the pad of a journal; the journal has Projections.
func New(j *journal.Journal) Pad { return Pad{j} }

// Device is the id of this computer.
func (p Pad) Device() string { return p.j.Device() }

// With is the state as its author has it before the eyes once sheet was written over it from a computer, which gave now:
// what others wrote meanwhile is not in it.
func (s State) With(sheet Sheet, device string, now State) State {
	s.Sheet, s.Seen = sheet, maps.Clone(s.Seen)
	s.Seen[device] = now.Mine
	return s
}

// Write adds what somebody made of a draft that she had before the eyes. may tells whether it is a draft still, in the same
// transaction. Errors: those of may, merge.ErrTooLarge.
func (p Pad) Write(ctx context.Context, actor, subject string, had State, sheet Sheet, may func(*store.Tx) error) error {
	_, err := p.j.Commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) {
		if err := may(tx); err != nil {
			return nil, err
		}
		u, err := p.change(tx, subject, had, sheet)
		if err != nil || u == nil {
			return nil, err
		}
		return []journal.Draft{p.draft(subject, *u)}, nil
	})
	return err
}

func (p Pad) draft(subject string, u update) journal.Draft {
	return journal.Draft{Stream: stream(subject, p.j.Device()), Kind: KindWritten, Data: u}
}

// change is the update that makes a sheet of a state; nil when it is that already.
func (p Pad) change(tx *store.Tx, subject string, had State, sheet Sheet) (*update, error) {
	was, text, err := sum(tx, subject, had.Base, had.Seen, p.replica())
	if err != nil {
		return nil, err
	}
	have := read(text.String())
	u := update{Root: had.Base.Root, At: firstOther(was.Sheet.Paragraphs, sheet.Paragraphs), Values: given(was.Sheet.Values, sheet.Values)}
	if u.Text, err = text.Edit(edits(have, sheet.Paragraphs)); err != nil {
		return nil, fmt.Errorf("writing %s: %w", subject, err)
	}
	if u.Text == nil && len(u.Values) == 0 {
		return nil, nil
	}
	all, err := rows(tx, subject, had.Base.Root)
	for _, r := range all {
		u.N = max(u.N, r.N)
	}
	u.N++
	return &u, err
}

// given are the values that differ from those there were.
func given(was, now map[string]string) map[string]set {
	out := map[string]set{}
	for name, value := range now {
		if was[name] != value {
			out[name] = set{Over: was[name], Value: value}
		}
	}
	return out
}

// firstOther is the first paragraph that differs.
func firstOther(a, b []Paragraph) int {
	for i := range b {
		if i >= len(a) || a[i] != b[i] {
			return i
		}
	}
	return max(len(b)-1, 0)
}

// replica draws the number of one editing.
func (p Pad) replica() uint32 {
	h := sha256.Sum256([]byte(p.j.NewID()))
	return binary.BigEndian.Uint32(h[:4]) | 1<<31 // above those that have a number
}

// Origin gives what Carry asks of a module: an edition whose updates this computer holds, with those that later editions
// took in. store.ErrNotFound when nothing is known of it.
type Origin func(tx *store.Tx, root string) (Base, Seen, error)

// Carry brings over to the present edition what this computer wrote over former ones and that no edition took in; it
// tells whether there was anything. Three texts make it: the former edition with what was taken in, that with what was
// written here, and the present one. Errors: those of present and of origin.
func (p Pad) Carry(ctx context.Context, subject string, present func(*store.Tx) (Base, error), origin Origin) (carried bool, err error) {
	late, actor, done := []string(nil), "", 0
	look := func(tx *store.Tx) (base Base, err error) {
		if base, err = present(tx); err != nil {
			return base, err
		}
		if err := tx.Get(`SELECT coalesce(max(version), 0) FROM writing WHERE subject = ? AND device = ? AND json_extract(CAST(data AS TEXT), '$.carried')`, []any{subject, p.j.Device()}, &done); err != nil {
			return base, err
		}
		late, actor, err = p.late(tx, subject, base.Root, done, origin)
		return base, err
	}
	if err := p.j.Store().View(ctx, func(tx *store.Tx) error { _, err := look(tx); return err }); err != nil || len(late) == 0 {
		return false, err
	}
	_, err = p.j.Commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) {
		base, err := look(tx)
		if err != nil || len(late) == 0 {
			return nil, err
		}
		now, err := Read(tx, subject, base)
		if err != nil {
			return nil, err
		}
		sheet, values := now.Sheet, map[string]set{}
		for _, root := range late {
			if sheet, err = p.over(tx, subject, root, done, sheet, values, origin); err != nil {
				return nil, err
			}
		}
		u, err := p.change(tx, subject, now, sheet)
		if err != nil {
			return nil, err
		}
		if u == nil { // the present edition says it already
			u = &update{Root: base.Root, N: 1}
		}
		u.Carried = true
		for name, v := range values {
			if given, changed := u.Values[name]; changed && given.Value == v.Value {
				u.Values[name] = v // over what its author saw
			}
		}
		carried = true
		return []journal.Draft{p.draft(subject, *u)}, nil
	})
	return carried, err
}

// late are the former editions over which this computer wrote, since it last carried something over, what no edition holds, the oldest writing first.
func (p Pad) late(tx *store.Tx, subject, root string, done int, origin Origin) (late []string, actor string, err error) {
	type last struct {
		root, actor string
		version     int
	}
	all, err := store.All(tx, `SELECT root, actor, max(version) FROM writing WHERE subject = ? AND device = ? AND version > ? AND root <> ? GROUP BY root ORDER BY 3`, []any{subject, p.j.Device(), done, root}, func(scan func(...any) error) (l last, err error) {
		return l, scan(&l.root, &l.actor, &l.version)
	})
	if err != nil {
		return nil, "", err
	}
	for _, l := range all {
		_, seen, err := origin(tx, l.root)
		switch {
		case errors.Is(err, store.ErrNotFound):
		case err != nil:
			return nil, "", err
		case seen[p.j.Device()] < l.version:
			late, actor = append(late, l.root), l.actor
		}
	}
	return late, actor, nil
}

// over puts into a sheet what this computer wrote over a former edition: what its updates make of all others that are there.
// Where two computers had answered one another's words and the edition knew neither, both bring them: they stand twice
// rather than not at all.
func (p Pad) over(tx *store.Tx, subject, root string, done int, sheet Sheet, values map[string]set, origin Origin) (Sheet, error) {
	base, seen, err := origin(tx, root)
	if err != nil {
		return sheet, err
	}
	others, err := Known(tx, subject, root)
	if err != nil {
		return sheet, err
	}
	others[p.j.Device()] = max(seen[p.j.Device()], done)
	before, _, err := sum(tx, subject, base, others, reader)
	if err != nil {
		return sheet, err
	}
	after, err := Read(tx, subject, base)
	if err != nil {
		return sheet, err
	}
	merged, err := between(before.Sheet.Paragraphs, after.Sheet.Paragraphs, sheet.Paragraphs)
	if err != nil {
		return sheet, err
	}
	out := Sheet{Paragraphs: merged, Values: maps.Clone(sheet.Values)}
	for name, v := range given(before.Sheet.Values, after.Sheet.Values) {
		out.Values[name], values[name] = v.Value, v
	}
	return out, nil
}

// between merges two sheets that were made of one.
func between(base, mine, theirs []Paragraph) ([]Paragraph, error) {
	from, err := seed(base)
	if err != nil {
		return nil, err
	}
	updates := from
	for i, to := range [][]Paragraph{mine, theirs} {
		t, err := merge.Open(uint32(reader+1+i), from)
		if err != nil {
			return nil, err
		}
		u, err := t.Edit(edits(read(t.String()), to))
		if err != nil {
			return nil, err
		}
		if u != nil {
			updates = append(slices.Clip(updates), u)
		}
	}
	t, err := merge.Open(reader, updates)
	if err != nil {
		return nil, err
	}
	return paragraphs(read(t.String())), nil
}
