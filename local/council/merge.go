package council

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/merge"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/writing"
)

// MergeTexts gives the text that two people made of one, each apart: what one of them alone changed is as she left it, block by
// block, variable by variable, annex by annex. ok is false where both changed the same thing, or wrote at the same place, and
// not the same: a person then chooses, since no rule knows which words are meant.
func MergeTexts(base, mine, theirs Text) (merged Text, ok bool) {
	m := merging{ok: true}
	merged = Text{
		Template: pick(&m, base.Template, mine.Template, theirs.Template),
		Reporter: pick(&m, base.Reporter, mine.Reporter, theirs.Reporter),
		Reused:   pick(&m, base.Reused, mine.Reused, theirs.Reused),
		Blocks:   m.blocks(base.Blocks, mine.Blocks, theirs.Blocks),
		Variables: listed(&m, base.Variables, mine.Variables, theirs.Variables, func(v Variable) string {
			return v.Name
		}),
		Annexes: listed(&m, base.Annexes, mine.Annexes, theirs.Annexes, func(a Annex) string { return a.Digest.String() }),
		Carried: listed(&m, base.Carried, mine.Carried, theirs.Carried, func(id string) string { return id }),
	}
	if m.ok && merged.check() != nil {
		m.ok = false // together they are more than a text may be
	}
	if !m.ok {
		return Text{}, false
	}
	return merged, true
}

type merging struct{ ok bool }

// pick is what one of two made of a thing; both may have made the same of it.
func pick[T any](m *merging, base, mine, theirs T) T {
	switch {
	case reflect.DeepEqual(mine, base):
		return theirs
	case !reflect.DeepEqual(theirs, base) && !reflect.DeepEqual(mine, theirs):
		m.ok = false
	}
	return mine
}

// listed merges things that have a name: each is taken, changed or left out as one of them did. Theirs give the order, what is
// new in mine follows.
func listed[T any](m *merging, base, mine, theirs []T, name func(T) string) (out []T) {
	by := func(all []T) map[string]*T {
		named := map[string]*T{}
		for i := range all {
			named[name(all[i])] = &all[i]
		}
		return named
	}
	b, a, o := by(base), by(mine), by(theirs)
	seen := map[string]bool{}
	for _, one := range append(slices.Clone(theirs), mine...) {
		n := name(one)
		if seen[n] {
			continue
		}
		seen[n] = true
		if kept := pick(m, b[n], a[n], o[n]); kept != nil {
			out = append(out, *kept)
		}
	}
	return out
}

// blocks merges paragraphs as diff3 does: those that both left alone hold the others in place.
func (m *merging) blocks(base, mine, theirs []Block) (out []Block) {
	a, o := matches(base, mine), matches(base, theirs)
	i, x, y := 0, 0, 0 // how far each of the three was read
	for at := 0; at <= len(base); at++ {
		if at < len(base) {
			if _, held := a[at]; !held {
				continue
			}
			if _, held := o[at]; !held {
				continue
			}
		}
		nx, ny := len(mine), len(theirs)
		if at < len(base) {
			nx, ny = a[at], o[at]
		}
		out = append(out, pick(m, base[i:at:at], mine[x:nx:nx], theirs[y:ny:ny])...)
		if at < len(base) {
			out = append(out, base[at])
			i, x, y = at+1, nx+1, ny+1
		}
	}
	return out
}

// matches are the paragraphs that stand in both, in one order, by their places in base.
func matches(base, other []Block) map[int]int {
	out := map[int]int{}
	for _, at := range merge.Common(base, other) {
		out[at[0]] = at[1]
	}
	return out
}

// Reconcile puts together what this laptop wrote of drafts without a line and what others wrote of them meanwhile, where nobody
// need be asked: texts (MergeTexts; both stay among the draft's versions), agendas in preparation, and the order of convened
// sittings. It gives how many it did so with. The others wait for a person (DraftConflict).
func (c *Council) Reconcile(ctx context.Context) (n int, err error) {
	var open []string
	err = c.j.Store().View(ctx, func(tx *store.Tx) (err error) {
		open, err = ids(tx, `SELECT id FROM deliberation WHERE status = ?`, string(StatusDraft))
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("looking for drafts: %w", err)
	}
	n, err = drafts.Reconcile(ctx, writing.New(c.j), open, "Les deux textes sont réunis : ils changeaient des paragraphes différents, ou étaient écrits ensemble.", unite)
	agendas, again := c.reconcileAgendas(ctx)
	orders, third := c.reconcileOrders(ctx)
	return n + agendas + orders, errors.Join(err, again, third)
}

func ids(tx *store.Tx, query string, args ...any) ([]string, error) {
	return store.All(tx, query, args, func(scan func(...any) error) (id string, err error) { return id, scan(&id) })
}

// unite gives the text that two laptops made of a draft.
func unite(tx *store.Tx, id string, conflict journal.Conflict) (journal.Draft, error) {
	d, err := deliberation(tx, id)
	if err != nil {
		return journal.Draft{}, err
	}
	var n NotApplied
	if err := n.read(tx, conflict); err != nil {
		return journal.Draft{}, err
	}
	settled, ok, err := ofOneWriting(tx, d, conflict, n)
	if err != nil {
		return journal.Draft{}, err
	}
	if !ok {
		if d.Status != StatusDraft || len(n.Base.Blocks) == 0 || !slices.ContainsFunc(conflict.Holding, func(r journal.Record) bool { return r.Kind == KindDrafted }) {
			return journal.Draft{}, writing.ErrApart
		}
		merged, ok := MergeTexts(n.Base, n.Mine, d.Text)
		if !ok {
			return journal.Draft{}, writing.ErrApart
		}
		settled = drafted{merged, drafts.Aside(conflict)}
	}
	if d.Text.Equal(settled.Text) {
		return journal.Draft{}, nil
	}
	return journal.Draft{Data: settled, Blobs: settled.blobs()}, nil
}
