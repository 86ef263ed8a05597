package copies

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/store"
)

func read(tx *store.Tx, id string) (*Request, error) {
	r, err := store.GetDecoded[Request](tx, `SELECT data FROM copy_request WHERE id = ?`, id)
	if err != nil {
		return nil, err
	}
	return &r, nil
}

// Request gives one request. store.ErrNotFound.
func (w *Window) Request(ctx context.Context, id string) (r *Request, err error) {
	err = w.j.Store().View(ctx, func(tx *store.Tx) error { r, err = read(tx, id); return err })
	return r, err
}

// List gives the latest requests that are not erased, those without an answer first.
func (w *Window) List(ctx context.Context, limit int) (all []Request, err error) {
	err = w.j.Store().View(ctx, func(tx *store.Tx) error {
		all, err = store.All(tx, `SELECT data FROM copy_request WHERE erased = 0 ORDER BY state <> 'received', day DESC, id DESC LIMIT ?`, []any{limit}, store.Decoded[Request])
		return err
	})
	return all, err
}

// Waiting counts the requests without an answer.
func (w *Window) Waiting(ctx context.Context) (n int, err error) {
	err = w.j.Store().View(ctx, func(tx *store.Tx) error {
		return tx.Get(`SELECT count(*) FROM copy_request WHERE erased = 0 AND state = 'received'`, nil, &n)
	})
	return n, err
}

// Due gives the requests to be erased today.
func (w *Window) Due(ctx context.Context) (ids []string, err error) {
	today := authority.DayOf(w.j.Now())
	err = w.j.Store().View(ctx, func(tx *store.Tx) error {
		all, err := store.All(tx, `SELECT data FROM copy_request WHERE erased = 0 ORDER BY day, id`, nil, store.Decoded[Request])
		for _, r := range all {
			if dueForErasure(r.On, today) {
				ids = append(ids, r.ID)
			}
		}
		return err
	})
	return ids, err
}

// Counts gives the figures of each year, the latest first.
func (w *Window) Counts(ctx context.Context) (all []Count, err error) {
	err = w.j.Store().View(ctx, func(tx *store.Tx) error {
		all, err = store.All(tx, `SELECT CAST(substr(day, 1, 4) AS INTEGER), count(*), sum(state = 'granted'), sum(state = 'refused'), sum(erased) FROM copy_request GROUP BY 1 ORDER BY 1 DESC`, nil,
			func(scan func(...any) error) (c Count, err error) {
				return c, scan(&c.Year, &c.Received, &c.Granted, &c.Refused, &c.Erased)
			})
		return err
	})
	return all, err
}

// Details gives what was read off an act; empty when nothing was.
func (w *Window) Details(ctx context.Context, act string) (d Details, err error) {
	err = w.j.Store().View(ctx, func(tx *store.Tx) error {
		var data []byte
		err := tx.Get(`SELECT data FROM copy_details WHERE act = ?`, []any{act}, &data)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := json.Unmarshal(data, &d); err != nil {
			return fmt.Errorf("reading what an act says: %w", err)
		}
		return nil
	})
	if d == nil {
		d = Details{}
	}
	return d, err
}
