package council

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/merge"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/writing"
)

// Two laptops may put the agenda of a convened sitting in order before it begins: points that each moved, reported on or added
// by a further summons are brought together where they differ; a point that both changed otherwise waits for a person.

// reconcileOrders brings together the orders that two laptops made of one agenda.
func (c *Council) reconcileOrders(ctx context.Context) (n int, err error) {
	var streams map[string]bool
	if err := c.j.Store().View(ctx, func(tx *store.Tx) (err error) { streams, err = journal.Unsettled(tx, "sitting/"); return err }); err != nil {
		return 0, fmt.Errorf("looking for agendas that two laptops put in order: %w", err)
	}
	before := setOf([]string{KindOrdered, KindPointAdded, KindRostered})
	for _, stream := range slices.Sorted(maps.Keys(streams)) {
		done, again := writing.Unite(ctx, writing.New(c.j), stream, "L’ordre du jour est réuni : chacun en changeait d’autres points.",
			func(r journal.Record) bool { return before[r.Kind] }, uniteOrders)
		if done {
			n++
		}
		err = errors.Join(err, again)
	}
	return n, err
}

// uniteOrders gives the agenda that two laptops made of one. The members that one called anew are called again at the opening.
func uniteOrders(tx *store.Tx, id string, conflict journal.Conflict) (journal.Draft, error) {
	theirs, err := sitting(tx, id)
	if err != nil {
		return journal.Draft{}, err
	}
	if theirs.Began() {
		return journal.Draft{}, writing.ErrApart
	}
	acts, err := history(tx, id)
	if err != nil {
		return journal.Draft{}, err
	}
	from := conflict.Contested[0].Version
	records, err := journal.Stream(tx, conflict.Stream)
	if err != nil {
		return journal.Draft{}, err
	}
	earlier := map[string]bool{}
	for _, r := range records {
		earlier[r.ID] = r.Version < from
	}
	acts = slices.DeleteFunc(acts, func(a Noted) bool { return !earlier[a.Entry] })
	var base, mine Sitting
	if err := errors.Join(base.replay(acts), mine.replay(acts)); err != nil {
		return journal.Draft{}, err
	}
	for _, r := range conflict.Contested {
		if err := mine.fold(r.Kind, r.Data); err != nil {
			return journal.Draft{}, err
		}
	}
	merged, ok := mergeAgendas(base.Agenda, mine.Agenda, theirs.Agenda)
	if !ok || len(merged) > maxPoints {
		return journal.Draft{}, writing.ErrApart
	}
	return journal.Draft{Kind: KindOrdered, Data: ordered{merged}}, nil
}

// mergeAgendas gives the agenda that two people made of one, each apart; not ok where both changed the same.
func mergeAgendas(base, mine, theirs []Item) ([]Item, bool) {
	order, ok := mergeOrder(idsOf(base), idsOf(mine), idsOf(theirs))
	m := merging{ok: ok}
	find := func(all []Item, id string) (Item, bool) {
		i := slices.IndexFunc(all, func(x Item) bool { return x.Deliberation == id })
		if i < 0 {
			return Item{}, false
		}
		return all[i], true
	}
	out := make([]Item, 0, len(order))
	for _, id := range order {
		a, inMine := find(mine, id)
		o, inTheirs := find(theirs, id)
		b, _ := find(base, id)
		switch {
		case !inTheirs:
			o = a
		case !inMine:
			a = o
		}
		merged := o
		merged.Reporter, merged.Opinions = pick(&m, b.Reporter, a.Reporter, o.Reporter), pick(&m, b.Opinions, a.Opinions, o.Opinions)
		merged.Election, merged.Eldest = pick(&m, b.Election, a.Election, o.Election), pick(&m, b.Eldest, a.Eldest, o.Eldest)
		merged.Budget, merged.Oral = pick(&m, b.Budget, a.Budget, o.Budget), pick(&m, b.Oral, a.Oral, o.Oral)
		out = append(out, merged)
	}
	return out, m.ok
}

func idsOf(agenda []Item) (ids []string) {
	for _, i := range agenda {
		ids = append(ids, i.Deliberation)
	}
	return ids
}

// mergeOrder gives the order that two people made of one: theirs, in which what mine moved or added stands after what it
// follows in mine. Not ok where both moved the same to different places.
func mergeOrder(base, mine, theirs []string) (out []string, ok bool) {
	if slices.Equal(mine, theirs) {
		return theirs, true
	}
	ok = true
	a, o := movedFrom(base, mine), movedFrom(base, theirs)
	before := func(all []string, id string) string {
		if at := slices.Index(all, id); at > 0 {
			return all[at-1]
		}
		return ""
	}
	placed := map[string]bool{} // by mine
	for _, id := range mine {
		switch {
		case a[id] && o[id]:
			ok = ok && before(mine, id) == before(theirs, id)
		case a[id] || !slices.Contains(theirs, id):
			placed[id] = true
		}
	}
	out = slices.DeleteFunc(slices.Clone(theirs), func(id string) bool { return placed[id] })
	for i, id := range mine {
		if !placed[id] {
			continue
		}
		at := 0
		for k := i - 1; k >= 0 && at == 0; k-- {
			at = slices.Index(out, mine[k]) + 1
		}
		out = slices.Insert(out, at, id)
	}
	return out, ok
}

// movedFrom are the points that are not where they were among the others.
func movedFrom(base, now []string) map[string]bool {
	moved := map[string]bool{}
	for _, id := range now {
		moved[id] = slices.Contains(base, id)
	}
	for _, at := range merge.Common(base, now) {
		moved[base[at[0]]] = false
	}
	return moved
}
