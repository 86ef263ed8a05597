package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/store"
)

// Where a document is, in the table «document».
const (
	stateOwed   = "owed"   // here, and the server may lack it
	stateKept   = "kept"   // here, and on the server
	stateWanted = "wanted" // not here; to be fetched
	stateAway   = "away"   // not here, by choice: the server keeps it
)

// document is one row.
type document struct {
	digest store.Digest
	stream string
	place  int64
	at     time.Time
	size   int64 // -1: unknown
	upload string
}

const documentColumns = `digest, stream, place, at, coalesce(size, -1), upload`

func scanDocument(scan func(...any) error) (d document, err error) {
	var raw []byte
	var at int64
	if err := scan(&raw, &d.stream, &d.place, &at, &d.size, &d.upload); err != nil {
		return d, err
	}
	if len(raw) != len(d.digest) {
		return d, fmt.Errorf("a document's digest has %d bytes: %w", len(raw), store.ErrDamaged)
	}
	copy(d.digest[:], raw)
	d.at = time.UnixMicro(at).UTC()
	return d, nil
}

func (c *Client) documents(ctx context.Context, where string, args ...any) (found []document, err error) {
	err = c.o.Journal.Store().View(ctx, func(tx *store.Tx) (err error) {
		found, err = store.All(tx, `SELECT `+documentColumns+` FROM document WHERE `+where, args, scanDocument)
		return err
	})
	return found, err
}

// want notes the documents of entries being received.
func (c *Client) want(tx *store.Tx, entries []journal.Placed) error {
	blobs := c.o.Journal.Store().Blobs()
	for i := range entries {
		e := &entries[i]
		for _, d := range e.Blobs {
			state := stateWanted
			if blobs.Has(d) {
				state = stateKept
			}
			if _, err := tx.Exec(`INSERT INTO document (digest, state, stream, place, at) VALUES (?, ?, ?, ?, ?)
				ON CONFLICT (digest) DO UPDATE SET stream = excluded.stream, place = excluded.place, at = excluded.at`,
				d[:], state, e.Stream, e.Seq, e.At.UnixMicro()); err != nil {
				return err
			}
		}
	}
	return nil
}

// owe notes the documents of entries about to leave. Those that it did not know are owed.
func (c *Client) owe(ctx context.Context, entries []journal.Entry) error {
	if !slices.ContainsFunc(entries, func(e journal.Entry) bool { return len(e.Blobs) > 0 }) {
		return nil
	}
	blobs := c.o.Journal.Store().Blobs()
	return c.o.Journal.Store().Update(ctx, func(tx *store.Tx) error {
		for i := range entries {
			for _, d := range entries[i].Blobs {
				var known string
				err := tx.Get(`SELECT state FROM document WHERE digest = ?`, []any{d[:]}, &known)
				if err == nil || !errors.Is(err, store.ErrNotFound) {
					if err != nil {
						return err
					}
					continue
				}
				var size any
				if content, err := blobs.OpenAt(d); err == nil {
					size = content.Size
					content.Close()
				}
				if _, err := tx.Exec(`INSERT INTO document (digest, state, stream, place, at, size) VALUES (?, ?, ?, 0, ?, ?)`,
					d[:], stateOwed, entries[i].Stream, entries[i].At.UnixMicro(), size); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// held notes documents that the server says it keeps.
func (c *Client) held(ctx context.Context, digests ...store.Digest) error {
	if len(digests) == 0 {
		return nil
	}
	now := c.o.Now().UnixMicro()
	return c.o.Journal.Store().Update(ctx, func(tx *store.Tx) error {
		for _, d := range digests {
			if _, err := tx.Exec(`UPDATE document SET state = CASE state WHEN 'owed' THEN 'kept' ELSE state END, upload = '',
				held = CASE held WHEN 0 THEN ? ELSE held END WHERE digest = ?`, now, d[:]); err != nil {
				return err
			}
		}
		return nil
	})
}

// arrived notes documents that the server gave and that are here; what was brought stays for a while, whatever its age.
func (c *Client) arrived(ctx context.Context, sizes map[store.Digest]int64) error {
	if len(sizes) == 0 {
		return nil
	}
	now := c.o.Now().UnixMicro()
	return c.o.Journal.Store().Update(ctx, func(tx *store.Tx) error {
		for d, size := range sizes {
			if _, err := tx.Exec(`UPDATE document SET state = 'kept', size = ?, held = ? WHERE digest = ? AND state IN ('wanted', 'away')`, size, now, d[:]); err != nil {
				return err
			}
		}
		return nil
	})
}

// set puts documents into a state if they are in one of from.
func (c *Client) set(ctx context.Context, state string, from []string, digests ...store.Digest) error {
	if len(digests) == 0 {
		return nil
	}
	list, err := json.Marshal(from)
	if err != nil {
		return err
	}
	return c.o.Journal.Store().Update(ctx, func(tx *store.Tx) error {
		for _, d := range digests {
			if _, err := tx.Exec(`UPDATE document SET state = ? WHERE digest = ? AND state IN (SELECT value FROM json_each(?))`, state, d[:], string(list)); err != nil {
				return err
			}
		}
		return nil
	})
}

// lacking asks which of the documents the server has not.
func (c *Client) lacking(ctx context.Context, digests []store.Digest) (map[store.Digest]bool, error) {
	lacking := map[store.Digest]bool{}
	asked := map[store.Digest]bool{}
	for _, d := range digests {
		asked[d] = true
	}
	for part := range slices.Chunk(digests, maxAsked) {
		answer, err := askMissing(ctx, c.w, part)
		if err != nil {
			return nil, err
		}
		for _, d := range answer {
			if !asked[d] {
				return nil, fmt.Errorf("the server asks for a document that nothing names: %w", ErrLies)
			}
			lacking[d] = true
		}
	}
	return lacking, nil
}

// needed are the documents that must be here: by the rules of the town hall, and by hand.
func (c *Client) needed(ctx context.Context) (func(d *document) bool, error) {
	var byRule map[string]bool
	if c.o.Needed != nil {
		var err error
		if byRule, err = c.o.Needed(ctx); err != nil {
			return nil, fmt.Errorf("asking which documents are needed: %w", err)
		}
	}
	pinned := map[string]bool{}
	err := c.o.Journal.Store().View(ctx, func(tx *store.Tx) error {
		return tx.Each(`SELECT stream FROM document_pin`, nil, func(scan func(...any) error) error {
			var s string
			err := scan(&s)
			pinned[s] = true
			return err
		})
	})
	return func(d *document) bool { return byRule[d.stream] || pinned[d.stream] }, err
}

// urgent tells whether somebody waits for what a stream holds.
func (c *Client) urgent(stream string) bool {
	return slices.ContainsFunc(c.o.Urgent, func(prefix string) bool { return strings.HasPrefix(stream, prefix) })
}
