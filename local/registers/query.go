package registers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/store"
)

func one[T any](tx *store.Tx, name, id string) (*T, error) {
	v, err := store.GetDecoded[T](tx, `SELECT data FROM `+tableOf(name)+` WHERE id = ?`, id)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", name, id, err)
	}
	return &v, nil
}

func every[T any](tx *store.Tx, name string) ([]T, error) {
	return store.All(tx, `SELECT data FROM `+tableOf(name)+` ORDER BY at DESC, id`, nil, store.Decoded[T])
}

func savedMinutes(tx *store.Tx, sitting string) (*Minutes, error) {
	return one[Minutes](tx, "minutes", sitting)
}
func order(tx *store.Tx, id string) (*Order, error) { return one[Order](tx, "order", id) }
func orders(tx *store.Tx) ([]Order, error)          { return every[Order](tx, "order") }

func formalities(tx *store.Tx, sitting string) (map[Formality]authority.Day, error) {
	done, err := one[map[Formality]authority.Day](tx, "formality", sitting)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return *done, nil
}

// Library is the templates in use.
func (r *Registers) Library() Library { return r.library }

func (r *Registers) view(ctx context.Context, do func(*store.Tx) error) error {
	return r.j.Store().View(ctx, do)
}

// words are those by which an order is looked for.
func (o *Order) words() []string {
	var all []string
	for _, kind := range []council.BlockKind{council.BlockVisa, council.BlockGround, council.BlockStatement, council.BlockArticle} {
		all = append(all, o.Text.Of(kind)...)
	}
	return all
}

// sortOrders puts those that have a number in its order, drafts after, the oldest first.
func sortOrders(all []Order) {
	slices.SortStableFunc(all, func(a, b Order) int {
		if (a.Number == "") != (b.Number == "") {
			return cmp.Compare(b.Number, a.Number)
		}
		return cmp.Or(cmp.Compare(a.Date, b.Date), cmp.Compare(a.Number, b.Number), a.Saved.Compare(b.Saved))
	})
}

// Order gives one. store.ErrNotFound.
func (r *Registers) Order(ctx context.Context, id string) (o *Order, err error) {
	err = r.view(ctx, func(tx *store.Tx) error { o, err = order(tx, id); return err })
	return o, err
}

// OrderByFolder gives the order that a folder of the parapheur signs. store.ErrNotFound.
func (r *Registers) OrderByFolder(ctx context.Context, folder string) (o *Order, err error) {
	err = r.view(ctx, func(tx *store.Tx) error {
		var id string
		err := tx.Get(`SELECT id FROM `+tableOf("order")+` WHERE json_extract(CAST(data AS TEXT), '$.folder') = ?`, []any{folder}, &id)
		if err != nil {
			return err
		}
		o, err = order(tx, id)
		return err
	})
	return o, err
}

// Orders gives those of a series and a year, drafts last; year 0 is that of drafts and all years.
func (r *Registers) Orders(ctx context.Context, s council.Series, year int) (found []Order, err error) {
	err = r.view(ctx, func(tx *store.Tx) error {
		all, err := orders(tx)
		for _, o := range all {
			if o.Series == s && (year == 0 || o.Year() == year) {
				found = append(found, o)
			}
		}
		sortOrders(found)
		return err
	})
	return found, err
}

// Numbered gives the orders and decisions of all series that have a number, the latest first.
func (r *Registers) Numbered(ctx context.Context) (found []Order, err error) {
	err = r.view(ctx, func(tx *store.Tx) error {
		all, err := orders(tx)
		for _, o := range all {
			if o.Number != "" {
				found = append(found, o)
			}
		}
		slices.SortFunc(found, func(a, b Order) int { return cmp.Or(cmp.Compare(b.Date, a.Date), cmp.Compare(b.Number, a.Number)) })
		return err
	})
	return found, err
}

// Year is that of an order: of its date, or of its last saving.
func (o Order) Year() int {
	if o.Date != "" {
		return o.Date.Time().Year()
	}
	return o.Saved.Year()
}

// Doubles gives the orders that bear a number given twice.
func (r *Registers) Doubles(ctx context.Context) (twice map[string]bool, err error) {
	twice = map[string]bool{}
	err = r.view(ctx, func(tx *store.Tx) error {
		all, err := orders(tx)
		seen := map[string]bool{}
		for _, o := range all {
			if o.Number != "" && seen[o.Number] {
				twice[o.Number] = true
			}
			seen[o.Number] = true
		}
		return err
	})
	return twice, err
}

// Record gives a sitting with all that follows it. store.ErrNotFound.
func (r *Registers) Record(ctx context.Context, sitting string) (rec Record, err error) {
	err = r.view(ctx, func(tx *store.Tx) error {
		s, err := council.SittingByID(tx, sitting)
		if err != nil {
			return err
		}
		rec, err = r.record(tx, *s, nil)
		return err
	})
	return rec, err
}

// record reads what follows a sitting; deliberations are all of them, or nil to read those of the agenda one by one.
func (r *Registers) record(tx *store.Tx, s council.Sitting, deliberations map[string]council.Deliberation) (rec Record, err error) {
	rec = Record{Sitting: s, Deliberation: map[string]council.Deliberation{}}
	for _, item := range s.Agenda {
		d, known := deliberations[item.Deliberation]
		if !known && deliberations == nil {
			one, err := council.DeliberationByID(tx, item.Deliberation)
			if errors.Is(err, store.ErrNotFound) {
				continue
			}
			if err != nil {
				return rec, err
			}
			d, known = *one, true
		}
		if !known {
			continue
		}
		rec.Deliberation[d.ID] = d
		if d.Number != "" && d.Sitting == s.ID {
			rec.Affairs = append(rec.Affairs, d)
		}
	}
	if rec.Formalities, err = formalities(tx, s.ID); err != nil {
		return rec, err
	}
	if r.online != nil {
		day, err := r.online(tx, s.ID)
		if err != nil {
			return rec, err
		}
		if day != "" {
			if rec.Formalities == nil {
				rec.Formalities = map[Formality]authority.Day{}
			}
			rec.Formalities[ListOnline] = day
		}
	}
	rec.Minutes, err = minutesIfAny(tx, s.ID)
	return rec, err
}

// Follow is a sitting with what is due after it.
type Follow struct {
	Sitting council.Sitting
	Dues    []Due
}

// Next is the first step that is not finished, the most urgent first.
func (f Follow) Next() (next Due, any bool) {
	for _, d := range f.Dues {
		switch {
		case d.Finished:
		case !any, d.Late && !next.Late, d.Deadline != "" && next.Deadline == "" && !next.Late:
			next, any = d, true
		}
	}
	return next, any
}

// Dues gives what is due after a sitting.
func (r *Registers) Dues(ctx context.Context, sitting string) (all []Due, err error) {
	err = r.view(ctx, func(tx *store.Tx) error {
		s, err := council.SittingByID(tx, sitting)
		if err != nil {
			return err
		}
		statuses, err := council.Statuses(tx)
		if err != nil {
			return err
		}
		acts, err := orders(tx)
		if err != nil {
			return err
		}
		all, err = r.dues(tx, *s, statuses, acts)
		return err
	})
	return all, err
}

// dues counts with where deliberations are, and reads none of them: this is asked for every sitting, at each change.
func (r *Registers) dues(tx *store.Tx, s council.Sitting, statuses map[string]council.Status, acts []Order) ([]Due, error) {
	rec, err := r.record(tx, s, map[string]council.Deliberation{})
	if err != nil {
		return nil, err
	}
	unsigned := 0
	for _, item := range s.Agenda {
		status := statuses[item.Deliberation]
		if _, voted := s.Vote(item.Deliberation); !voted || status == "" || status == council.StatusDraft {
			continue
		}
		rec.Affairs = append(rec.Affairs, council.Deliberation{ID: item.Deliberation, Status: status})
		if status != council.StatusSigned {
			unsigned++
		}
	}
	untold := slices.ContainsFunc(acts, func(o Order) bool { return CheckReport(o, s) == nil })
	return DueAfter(rec, r.today(), unsigned, untold), nil
}

// All gives every sitting with what is due after it, the latest first.
func (r *Registers) All(ctx context.Context) (all []Follow, err error) {
	err = r.view(ctx, func(tx *store.Tx) error {
		sittings, err := council.AllSittings(tx)
		if err != nil {
			return err
		}
		statuses, err := council.Statuses(tx)
		if err != nil {
			return err
		}
		acts, err := orders(tx)
		if err != nil {
			return err
		}
		for _, s := range sittings {
			dues, err := r.dues(tx, s, statuses, acts)
			if err != nil {
				return err
			}
			all = append(all, Follow{s, dues})
		}
		return nil
	})
	return all, err
}

// finishedOn gives the day on which follow-ups were first noted as done.
func finishedOn(tx *store.Tx) (map[string]authority.Day, error) {
	all, err := every[finished](tx, "finished")
	days := map[string]authority.Day{}
	for _, f := range all {
		if day := days[f.Followup]; day == "" || f.Day < day {
			days[f.Followup] = f.Day
		}
	}
	return days, err
}

// Followups gives what is asked and not done, of somebody, or of all when person is empty; the soonest first.
func (r *Registers) Followups(ctx context.Context, person string) (found []Followup, err error) {
	err = r.view(ctx, func(tx *store.Tx) error {
		done, err := finishedOn(tx)
		if err != nil {
			return err
		}
		all, err := every[Followup](tx, "followup")
		for _, f := range all {
			if done[f.ID] == "" && (person == "" || f.Person == person) {
				found = append(found, f)
			}
		}
		slices.SortStableFunc(found, func(a, b Followup) int {
			if (a.Due == "") != (b.Due == "") {
				return cmp.Compare(b.Due, a.Due)
			}
			return cmp.Compare(a.Due, b.Due)
		})
		return err
	})
	return found, err
}
