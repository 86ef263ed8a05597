package journal

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"alpi40.fr/airial/local/store"
)

// Projection turns the entries of some streams into tables.
//
// Apply must depend on nothing but the entry and the rows of its own stream:
// that is what lets a stream be replayed alone after a conflict, and what makes
// a rebuild come out equal to the live tables.
type Projection struct {
	Name string
	// Version is raised whenever the tables or Apply change; the tables are then rebuilt.
	Version int
	// Prefix is what its streams begin with: «folder/».
	Prefix string
	// Schema makes the tables (CREATE TABLE … STRICT); Tables names them, for dropping.
	Schema string
	Tables []string
	// Apply updates the tables by one entry. Data is in the newest schema of its
	// kind; it is nil, and Forgotten true, when the subject was forgotten.
	Apply func(*store.Tx, Event) error
	// Forget removes all rows of one stream, before it is replayed.
	Forget func(tx *store.Tx, stream string) error
	// Lifts[kind][n] makes the data of schema n+1 into that of n+2.
	Lifts map[string][]func(old []byte) ([]byte, error)
}

// Event is an entry as a projection sees it.
type Event struct {
	*Entry
	// Data is opened and lifted, unlike Entry.Data.
	Data      []byte
	Forgotten bool
}

func (j *Journal) project(tx *store.Tx, e *Entry) error {
	if handled, err := settle(tx, e); handled || err != nil {
		return err
	}
	if handled, err := j.forget(tx, e); handled || err != nil {
		return err
	}
	for i := range j.projections {
		p := &j.projections[i]
		if !strings.HasPrefix(e.Stream, p.Prefix) {
			continue
		}
		if err := p.apply(tx, e); err != nil {
			return fmt.Errorf("projection %s, entry %s (%s): %w", p.Name, e.ID, e.Kind, err)
		}
	}
	return nil
}

func (p *Projection) apply(tx *store.Tx, e *Entry) error {
	ev := Event{Entry: e}
	data, err := open(tx, e.Data)
	switch {
	case errors.Is(err, ErrForgotten):
		ev.Forgotten = true
	case err != nil:
		return err
	default:
		if ev.Data, err = p.lift(e, data); err != nil {
			return err
		}
	}
	return p.Apply(tx, ev)
}

func (p *Projection) lift(e *Entry, data []byte) ([]byte, error) {
	lifts := p.Lifts[e.Kind]
	for n := e.Schema - 1; n < len(lifts); n++ {
		var err error
		if data, err = lifts[n](data); err != nil {
			return nil, fmt.Errorf("lifting schema %d of %s: %w", n+1, e.Kind, err)
		}
	}
	return data, nil
}

// replay makes the tables of one stream anew.
func (j *Journal) replay(tx *store.Tx, stream string) error {
	for i := range j.projections {
		p := &j.projections[i]
		if !strings.HasPrefix(stream, p.Prefix) {
			continue
		}
		if err := p.Forget(tx, stream); err != nil {
			return fmt.Errorf("projection %s, forgetting %s: %w", p.Name, stream, err)
		}
		if err := tx.Unindex(stream); err != nil {
			return err
		}
	}
	// A settlement that lost its own place has decided nothing.
	if _, err := tx.Exec(`DELETE FROM settled WHERE by IN (SELECT id FROM entry WHERE stream = ? AND standing = 'contested')`, stream); err != nil {
		return err
	}
	records, err := Stream(tx, stream)
	if err != nil {
		return err
	}
	for i := range records {
		if err := j.project(tx, &records[i].Entry); err != nil {
			return err
		}
	}
	return nil
}

// Rebuild drops all projections and makes them anew from the entries.
func (j *Journal) Rebuild(ctx context.Context) error {
	return j.db.Update(ctx, func(tx *store.Tx) error {
		for i := range j.projections {
			if err := j.rebuild(tx, &j.projections[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

// renew rebuilds the projections that are not of the version wanted.
func (j *Journal) renew(ctx context.Context) error {
	return j.db.Update(ctx, func(tx *store.Tx) error {
		for i := range j.projections {
			p := &j.projections[i]
			var have int
			err := tx.Get(`SELECT version FROM projection WHERE name = ?`, []any{p.Name}, &have)
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				return err
			}
			if have == p.Version {
				continue
			}
			if err := j.rebuild(tx, p); err != nil {
				return err
			}
		}
		return nil
	})
}

func (j *Journal) rebuild(tx *store.Tx, p *Projection) error {
	for _, table := range p.Tables {
		if err := tx.Script(`DROP TABLE IF EXISTS "` + table + `"`); err != nil {
			return fmt.Errorf("projection %s: %w", p.Name, err)
		}
	}
	if err := tx.Script(p.Schema); err != nil {
		return fmt.Errorf("projection %s, making its tables: %w", p.Name, err)
	}
	if _, err := tx.Exec(`DELETE FROM search_document WHERE stream >= ? AND stream < ?`, p.Prefix, p.Prefix+"\U0010ffff"); err != nil {
		return err
	}
	// Streams one after the other, each in its order: what Apply may rely on.
	streams, err := store.All(tx, `SELECT DISTINCT stream FROM entry WHERE stream >= ? AND stream < ? AND standing <> 'contested' ORDER BY stream`,
		[]any{p.Prefix, p.Prefix + "\U0010ffff"}, func(scan func(...any) error) (s string, err error) { return s, scan(&s) })
	if err != nil {
		return err
	}
	for _, s := range streams {
		records, err := Stream(tx, s)
		if err != nil {
			return err
		}
		for i := range records {
			if isSettlement(records[i].Kind) {
				continue
			}
			if err := p.apply(tx, &records[i].Entry); err != nil {
				return fmt.Errorf("projection %s, entry %s (%s): %w", p.Name, records[i].ID, records[i].Kind, err)
			}
		}
	}
	_, err = tx.Exec(`INSERT INTO projection (name, version) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET version = excluded.version`, p.Name, p.Version)
	return err
}
