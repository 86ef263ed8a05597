package council

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/store"
)

func one[T any](tx *store.Tx, table, id string) (*T, error) {
	v, err := store.GetDecoded[T](tx, `SELECT data FROM `+table+` WHERE id = ?`, id)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", table, id, err)
	}
	return &v, nil
}

func every[T any](tx *store.Tx, table string) ([]T, error) {
	return store.All(tx, `SELECT data FROM `+table+` ORDER BY at DESC, id`, nil, store.Decoded[T])
}

func deliberation(tx *store.Tx, id string) (*Deliberation, error) {
	return one[Deliberation](tx, "deliberation", id)
}
func sitting(tx *store.Tx, id string) (*Sitting, error) { return one[Sitting](tx, "sitting", id) }
func deliberations(tx *store.Tx) ([]Deliberation, error) {
	return every[Deliberation](tx, "deliberation")
}
func sittings(tx *store.Tx) ([]Sitting, error) { return every[Sitting](tx, "sitting") }

// Deliberation gives one. store.ErrNotFound.
func (c *Council) Deliberation(ctx context.Context, id string) (d *Deliberation, err error) {
	err = c.j.Store().View(ctx, func(tx *store.Tx) error { d, err = current(tx, id); return err })
	return d, err
}

// Sitting gives one. store.ErrNotFound.
func (c *Council) Sitting(ctx context.Context, id string) (s *Sitting, err error) {
	err = c.j.Store().View(ctx, func(tx *store.Tx) error { s, err = sitting(tx, id); return err })
	return s, err
}

// Deliberations gives all of them, the latest changed first.
func (c *Council) Deliberations(ctx context.Context) (all []Deliberation, err error) {
	err = c.j.Store().View(ctx, func(tx *store.Tx) error {
		if all, err = deliberations(tx); err != nil {
			return err
		}
		for i := range all {
			if err := all[i].present(tx); err != nil {
				return err
			}
		}
		return nil
	})
	return all, err
}

// Sittings gives all of them, the latest first.
func (c *Council) Sittings(ctx context.Context) (all []Sitting, err error) {
	err = c.j.Store().View(ctx, func(tx *store.Tx) error { all, err = sittings(tx); return err })
	return all, err
}

// DraftConflict shows a draft that two laptops changed: the text both started
// from, the one kept aside and the one that stands. store.ErrNotFound when
// there is no conflict.
func (c *Council) DraftConflict(ctx context.Context, id string) (n NotApplied, err error) {
	err = c.j.Store().View(ctx, func(tx *store.Tx) error {
		conflict, err := journal.ConflictOf(tx, "deliberation/"+id)
		if err != nil {
			return err
		}
		if err := n.read(tx, conflict); err != nil {
			return err
		}
		d, err := deliberation(tx, id)
		if err != nil {
			return err
		}
		_, ok, err := ofOneWriting(tx, d, conflict, n)
		if ok { // nobody need choose
			err = fmt.Errorf("conflict in %s: %w", conflict.Stream, store.ErrNotFound)
		}
		return err
	})
	return n, err
}

func (e *NotApplied) read(tx *store.Tx, c journal.Conflict) error {
	records, err := journal.Stream(tx, c.Stream)
	if err != nil {
		return err
	}
	for _, r := range records {
		if r.Kind == KindDrafted && r.Hash == c.Contested[0].Base {
			err = json.Unmarshal(r.Data, &e.Base)
		}
	}
	last := func(records []journal.Record, into *Text) {
		for _, r := range records {
			if r.Kind == KindDrafted && err == nil {
				err = json.Unmarshal(r.Data, into)
			}
		}
	}
	last(c.Contested, &e.Mine)
	last(c.Holding, &e.Theirs)
	return err
}

// Settle decides a conflict on a draft: the text that stays.
func (c *Council) Settle(ctx context.Context, actor, id, note string, text Text) error {
	var d *Deliberation
	data := drafted{Text: text}
	err := c.j.Store().View(ctx, func(tx *store.Tx) (err error) {
		if d, err = deliberation(tx, id); err != nil {
			return err
		}
		conflict, err := journal.ConflictOf(tx, "deliberation/"+id)
		if errors.Is(err, store.ErrNotFound) {
			return nil // settling says so
		}
		data.Writing = drafts.Aside(conflict)
		return err
	})
	if err != nil {
		return err
	}
	return c.settle(ctx, actor, d, note, data)
}

func (c *Council) settle(ctx context.Context, actor string, d *Deliberation, note string, data drafted) error {
	stream := "deliberation/" + d.ID
	var redo func(*store.Tx) ([]journal.Draft, error)
	if !d.Text.Equal(data.Text) {
		redo = func(*store.Tx) ([]journal.Draft, error) {
			return []journal.Draft{{Stream: stream, Kind: KindDrafted, Data: data, Blobs: data.blobs()}}, nil
		}
	}
	_, err := c.j.Settle(ctx, actor, stream, note, redo)
	return err
}

// SittingByID gives a sitting within a transaction, DeliberationByID a deliberation, for the modules that follow them.
// store.ErrNotFound.
func SittingByID(tx *store.Tx, id string) (*Sitting, error) { return sitting(tx, id) }

// DeliberationByID gives a deliberation within a transaction. store.ErrNotFound.
func DeliberationByID(tx *store.Tx, id string) (*Deliberation, error) { return current(tx, id) }

// AllSittings gives all sittings within a transaction, the latest first.
func AllSittings(tx *store.Tx) ([]Sitting, error) { return sittings(tx) }

// Statuses gives where each deliberation is, without reading them.
func Statuses(tx *store.Tx) (map[string]Status, error) {
	all := map[string]Status{}
	err := tx.Each(`SELECT id, status FROM deliberation`, nil, func(scan func(...any) error) error {
		var id, status string
		err := scan(&id, &status)
		all[id] = Status(status)
		return err
	})
	return all, err
}

// SentBy gives the deliberation that a folder of the parapheur is signing. store.ErrNotFound.
func (c *Council) SentBy(ctx context.Context, folder string) (id string, err error) {
	err = c.j.Store().View(ctx, func(tx *store.Tx) error {
		return tx.Get(`SELECT id FROM deliberation WHERE status = ? AND json_extract(CAST(data AS TEXT), '$.folder') = ?`, []any{string(StatusSent), folder}, &id)
	})
	return id, err
}

// OfFolder gives the deliberation that a folder of the parapheur signs, whatever has become of it.
// store.ErrNotFound.
func (c *Council) OfFolder(ctx context.Context, folder string) (id string, err error) {
	err = c.j.Store().View(ctx, func(tx *store.Tx) error {
		return tx.Get(`SELECT id FROM deliberation WHERE json_extract(CAST(data AS TEXT), '$.folder') = ?`, []any{folder}, &id)
	})
	return id, err
}

// AllDeliberations gives all deliberations within a transaction.
func AllDeliberations(tx *store.Tx) ([]Deliberation, error) { return deliberations(tx) }
