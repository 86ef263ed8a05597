package privacy

import (
	"cmp"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/store"
)

//go:embed activities.json
var ownActivities []byte

// Own gives the activities that the program carries out itself.
func Own() (all []Activity, err error) {
	if err := json.Unmarshal(ownActivities, &all); err != nil {
		return nil, fmt.Errorf("reading the program's activities: %w", err)
	}
	for i := range all {
		all[i].Own, all[i].Draft = true, true
	}
	return all, nil
}

// Activities gives the register: the program's own activities, or the town hall's version of
// each, then the town hall's others, by name.
func (o *Office) Activities(ctx context.Context) (all []Activity, err error) {
	written := map[string]activity{}
	err = o.j.Store().View(ctx, func(tx *store.Tx) error {
		found, err := store.All(tx, `SELECT data FROM processing_activity`, nil, store.Decoded[activity])
		for _, a := range found {
			written[a.ID] = a
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	var others []Activity
	for _, a := range o.own {
		if w, has := written[a.ID]; has {
			delete(written, a.ID)
			if w.Removed {
				continue
			}
			a = w.dated()
			a.Own = true
		}
		all = append(all, a)
	}
	for _, w := range written {
		if !w.Removed {
			others = append(others, w.dated())
		}
	}
	slices.SortFunc(others, func(a, b Activity) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
	return append(all, others...), nil
}

func (a activity) dated() Activity {
	a.Activity.Created, a.Activity.Updated = a.CreatedOn, a.UpdatedOn
	return a.Activity
}

// Requests gives those of data subjects: what is open by its deadline, then the rest, the latest first.
func (o *Office) Requests(ctx context.Context) (all []Request, err error) {
	err = o.j.Store().View(ctx, func(tx *store.Tx) (err error) {
		all, err = store.All(tx, `SELECT data FROM subject_request`, nil, store.Decoded[Request])
		return err
	})
	slices.SortFunc(all, func(a, b Request) int {
		open := func(r Request) int {
			if r.Waits() {
				return 0
			}
			return 1
		}
		if c := cmp.Compare(open(a), open(b)); c != 0 {
			return c
		}
		if open(a) == 0 {
			return cmp.Or(cmp.Compare(a.Deadline(), b.Deadline()), cmp.Compare(a.ID, b.ID))
		}
		return cmp.Or(cmp.Compare(b.Closed, a.Closed), cmp.Compare(a.ID, b.ID))
	})
	return all, err
}

// Deadline is the last day to answer; empty once the request was erased.
func (r Request) Deadline() authority.Day {
	if r.Received == "" {
		return ""
	}
	return Deadline(r.Received, r.Extended)
}

// Breaches gives those of the register, the latest first.
func (o *Office) Breaches(ctx context.Context) (all []Breach, err error) {
	err = o.j.Store().View(ctx, func(tx *store.Tx) (err error) {
		all, err = store.All(tx, `SELECT data FROM breach`, nil, store.Decoded[Breach])
		return err
	})
	slices.SortFunc(all, func(a, b Breach) int { return cmp.Or(b.Aware.Compare(a.Aware), cmp.Compare(a.ID, b.ID)) })
	return all, err
}

// Waiting counts what runs against a term: open requests, and breaches to notify.
func (o *Office) Waiting(ctx context.Context) (n int, err error) {
	requests, err := o.Requests(ctx)
	if err != nil {
		return 0, err
	}
	for _, r := range requests {
		if r.Waits() {
			n++
		}
	}
	breaches, err := o.Breaches(ctx)
	for _, b := range breaches {
		if b.Waits() {
			n++
		}
	}
	return n, err
}
