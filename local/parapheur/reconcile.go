package parapheur

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
)

// Two people who each do their part of a step that asks for all of them do not contradict one
// another, although their entries want the same place. The laptop whose entry lost it writes
// the part again after the other, in the name and at the time of who did it: both count, and
// nobody is asked. Whatever else came in between (a refusal, a signature, a folder taken back)
// is left for a person to decide, and so is a signature, which covers a document that the
// other one has changed.

// Reconcile repeats the parts that this laptop wrote and that lost their place to other parts
// of the same step; it gives how many.
func (d *Desk) Reconcile(ctx context.Context) (n int, err error) {
	var all []journal.Conflict
	err = d.j.Store().View(ctx, func(tx *store.Tx) error {
		streams, err := journal.Unsettled(tx, stream(""))
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
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("looking for parts that lost their place: %w", err)
	}
	for _, c := range all {
		for _, p := range d.lostParts(c) {
			done, err := d.repeat(ctx, c, p)
			if err != nil {
				return n, fmt.Errorf("repeating an act of %s: %w", c.Stream, err)
			}
			if done {
				n++
			}
		}
	}
	return n, nil
}

// lostPart is one person's part of a step that this laptop wrote, as often as it lost its place.
type lostPart struct {
	acted
	actor   string
	version int // of the first
	ids     []string
}

// lostParts gathers what this laptop wrote and lost in a stream, by whose part it is, with the
// marks of the repetitions that lost their place in their turn.
func (d *Desk) lostParts(c journal.Conflict) (all []lostPart) {
	for _, r := range c.Contested {
		var a acted
		if r.Device != d.j.Device() || r.Kind != KindApproved || json.Unmarshal(r.Data, &a) != nil {
			continue
		}
		if a.Since.IsZero() {
			a.Since = r.At
		}
		i := slices.IndexFunc(all, func(p lostPart) bool { return p.actor == r.Actor && p.Step == a.Step })
		if i < 0 {
			all = append(all, lostPart{acted: a, actor: r.Actor, version: r.Version})
			i = len(all) - 1
		}
		all[i].ids = append(all[i].ids, r.ID)
		all[i].version = min(all[i].version, r.Version)
	}
	for _, r := range c.Contested {
		var s journal.Settlement
		if r.Device != d.j.Device() || r.Kind != journal.KindSettled || json.Unmarshal(r.Data, &s) != nil || s.Choice != journal.ChoiceRedone || len(s.Contested) == 0 {
			continue
		}
		for i := range all {
			if slices.Contains(all[i].ids, s.Contested[0]) {
				all[i].ids = append(all[i].ids, r.ID)
			}
		}
	}
	return all
}

// repeat writes a part again, when nothing contradicts it.
func (d *Desk) repeat(ctx context.Context, c journal.Conflict, p lostPart) (bool, error) {
	if !onlyParts(c, p) {
		return false, nil
	}
	_, err := d.j.Repeat(ctx, p.actor, c.Stream, p.ids, func(tx *store.Tx) ([]journal.Draft, error) {
		draft, err := d.draft(tx, idOf(c.Stream), func(f *Folder, t Town) (string, any, []store.Digest, error) {
			if f.Step != p.Step || f.Step >= len(f.Route) || !f.Route[f.Step].All {
				return "", nil, nil, &rule.Refusal{Why: "L’étape n’attend plus cette part.", Cure: "Décidez entre les deux actes."}
			}
			capacity, holder, err := mayAct(f, t, p.actor, d.today())
			again := p.acted
			again.Holder, again.Capacity, again.For = holder, capacity.Words, capacity.For
			return KindApproved, again, nil, err
		})
		if err != nil {
			return nil, err
		}
		return []journal.Draft{draft}, nil
	})
	if rule.Find(err) != nil {
		return false, nil // a person decides
	}
	return err == nil, err
}

// onlyParts tells whether what stands in the place of a part, and after it, are other people's
// parts of the same step.
func onlyParts(c journal.Conflict, p lostPart) bool {
	for _, h := range c.Holding {
		if h.Version < p.version || h.Kind == journal.KindSettled {
			continue
		}
		var part acted
		if h.Kind != KindApproved || json.Unmarshal(h.Data, &part) != nil || part.Step != p.Step || h.Actor == p.actor {
			return false
		}
	}
	return true
}
