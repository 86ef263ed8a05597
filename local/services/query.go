package services

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"alpi40.fr/airial/local/store"
)

// RenewalOf gives the request made for a certificate, the first when there are several; nil
// when there is none.
func (c *Counter) RenewalOf(ctx context.Context, cert *x509.Certificate) (r *Request, err error) {
	err = c.j.Store().View(ctx, func(tx *store.Tx) error {
		r, err = renewalOf(tx, Describe(cert).Fingerprint)
		return err
	})
	return r, err
}

func renewalOf(tx *store.Tx, fingerprint string) (*Request, error) {
	var id string
	err := tx.Get(`SELECT id FROM request WHERE fingerprint = ? AND fingerprint <> '' ORDER BY at, id LIMIT 1`, []any{fingerprint}, &id)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	r, err := request(tx, id)
	if err != nil {
		return nil, err
	}
	return &r, nil
}

// Request gives one, with what was done about it. Error: ErrNoRequest.
func (c *Counter) Request(ctx context.Context, id string) (r Request, err error) {
	err = c.j.Store().View(ctx, func(tx *store.Tx) (err error) { r, err = request(tx, id); return err })
	return r, err
}

func request(tx *store.Tx, id string) (Request, error) {
	r, err := store.GetDecoded[Request](tx, `SELECT data FROM request WHERE id = ?`, id)
	if errors.Is(err, store.ErrNotFound) {
		return r, fmt.Errorf("%.80q: %w", id, ErrNoRequest)
	}
	if err != nil {
		return r, err
	}
	return r, deeds(tx, map[string]*Request{id: &r}, `WHERE request = ?`, id)
}

// preparedFor gives the request that waits for a folder to be signed; empty for none.
func preparedFor(tx *store.Tx, folder string) (id string, err error) {
	r, err := store.GetDecoded[Request](tx, `SELECT data FROM request WHERE folder = ? AND folder <> ''`, folder)
	if errors.Is(err, store.ErrNotFound) || err == nil && r.State != Prepared {
		return "", nil
	}
	return r.ID, err
}

// deeds folds what was done about requests into them.
func deeds(tx *store.Tx, into map[string]*Request, where string, args ...any) error {
	return tx.Each(`SELECT request, kind, actor, at, data FROM request_deed `+where+` ORDER BY at, stream`, args, func(scan func(...any) error) error {
		var id, kind, actor string
		var at int64
		var data []byte
		if err := scan(&id, &kind, &actor, &at, &data); err != nil {
			return err
		}
		r := into[id]
		if r == nil {
			return nil
		}
		return r.FoldDeed(kind, actor, time.UnixMicro(at).UTC(), data)
	})
}

// List gives all requests, the latest first, each certificate once.
func (c *Counter) List(ctx context.Context) (all []Request, err error) {
	err = c.j.Store().View(ctx, func(tx *store.Tx) error {
		byID, seen := map[string]*Request{}, map[string]bool{}
		var order []*Request
		if err := tx.Each(`SELECT data FROM request ORDER BY at, id`, nil, func(scan func(...any) error) error {
			var text []byte
			if err := scan(&text); err != nil {
				return err
			}
			r := &Request{}
			if err := json.Unmarshal(text, r); err != nil {
				return err
			}
			if f := r.Certificate.Fingerprint; f != "" && seen[f] {
				return nil
			} else if f != "" {
				seen[f] = true
			}
			byID[r.ID], order = r, append(order, r)
			return nil
		}); err != nil {
			return err
		}
		if err := deeds(tx, byID, ``); err != nil {
			return err
		}
		for i := len(order) - 1; i >= 0; i-- {
			all = append(all, *order[i])
		}
		return nil
	})
	return all, err
}

// Waits tells whether a request waits for the town hall: an appointment is offered, or the
// agency spoke last.
func (r Request) Waits(now time.Time) bool {
	if r.State == Closed {
		return false
	}
	if r.Slot.IsZero() {
		for _, s := range r.Slots {
			if s.After(now) {
				return true
			}
		}
	}
	return len(r.Talk) > 0 && r.Talk[len(r.Talk)-1].By == ""
}

// Waiting counts the requests that wait for the town hall.
func (c *Counter) Waiting(ctx context.Context) (n int, err error) {
	all, err := c.List(ctx)
	for _, r := range all {
		if r.Waits(c.j.Now()) {
			n++
		}
	}
	return n, err
}
