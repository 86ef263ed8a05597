package writing

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/store"
)

// ErrApart: what two computers made of a draft waits for a person's choice.
var ErrApart = errors.New("two made a draft each, and a person chooses")

// Union gives what settles a conflict on a draft without asking anybody: the edition that says what both do, or none (its
// data is nil) where the one that stands says it. ErrApart where a person must choose.
type Union func(tx *store.Tx, id string, c journal.Conflict) (journal.Draft, error)

// Reconcile brings over to the present edition of the open drafts what this computer wrote over former ones, and puts
// together what two computers made of one draft. The computer that lost the place does it, so that it is done once; note
// says why nobody was asked. It gives how many drafts it did something with; the others wait for a person.
func (k Kind) Reconcile(ctx context.Context, p Pad, open []string, note string, unite Union) (n int, err error) {
	var streams map[string]bool
	if err := p.j.Store().View(ctx, func(tx *store.Tx) (err error) { streams, err = journal.Unsettled(tx, k.Prefix); return err }); err != nil {
		return 0, fmt.Errorf("looking for drafts that two computers made: %w", err)
	}
	var failed []error
	did := func(done bool, err error) {
		if done {
			n++
		}
		failed = append(failed, err)
	}
	for _, id := range open {
		did(k.Carry(ctx, p, id))
	}
	for _, stream := range slices.Sorted(maps.Keys(streams)) {
		did(Unite(ctx, p, stream, note, func(r journal.Record) bool { return r.Kind == k.Entry }, func(tx *store.Tx, id string, c journal.Conflict) (journal.Draft, error) {
			d, err := unite(tx, id, c)
			d.Kind = k.Entry
			return d, err
		}))
	}
	return n, errors.Join(failed...)
}

// Unite settles the conflict of one stream if what this computer lost is of such kinds, and nobody need be asked. It tells
// whether it did.
func Unite(ctx context.Context, p Pad, stream, note string, such func(journal.Record) bool, unite Union) (done bool, err error) {
	var d journal.Draft
	actor := ""
	err = p.j.Store().View(ctx, func(tx *store.Tx) error {
		c, err := journal.ConflictOf(tx, stream)
		if err != nil {
			return err
		}
		for _, lost := range c.Contested {
			if !such(lost) || lost.Device != p.j.Device() {
				return ErrApart // an act, or another computer's to see to
			}
			actor = lost.Actor
		}
		_, id, _ := strings.Cut(stream, "/")
		d, err = unite(tx, id, c)
		return err
	})
	if errors.Is(err, ErrApart) || errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("putting %s together: %w", stream, err)
	}
	var redo func(*store.Tx) ([]journal.Draft, error)
	if d.Data != nil {
		d.Stream = stream
		redo = func(*store.Tx) ([]journal.Draft, error) { return []journal.Draft{d}, nil }
	}
	_, err = p.j.Settle(ctx, actor, stream, note, redo)
	if errors.Is(err, journal.ErrSettled) {
		return false, nil
	}
	return err == nil, err
}
