package client

import (
	"context"
	"slices"
	"time"

	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/sync/protocol"
)

// Moving is a document on its way.
type Moving struct {
	Digest store.Digest
	Up     bool  // from here to the server
	Done   int64 // bytes
	Of     int64 // bytes; -1: unknown
}

// transfers are the documents on their way, and what went wrong with others.
type transfers struct {
	moving map[store.Digest]*Moving
	failed map[store.Digest]error
	told   time.Time
}

// telling is how often progress is told: what a person can follow.
const telling = 200 * time.Millisecond

// begin notes that a document sets out; the function that it gives, that it has arrived or failed.
func (c *Client) begin(d store.Digest, up bool, of int64) (end func(error)) {
	c.mu.Lock()
	c.transfers.moving[d] = &Moving{Digest: d, Up: up, Of: of}
	c.mu.Unlock()
	return func(err error) {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.transfers.moving, d)
		if err != nil {
			c.transfers.failed[d] = classify(err)
		} else {
			delete(c.transfers.failed, d)
		}
		c.changed.Ring(struct{}{})
	}
}

// advance notes how far a document is.
func (c *Client) advance(d store.Digest, done, of int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	m := c.transfers.moving[d]
	if m == nil {
		return
	}
	m.Done = done
	if of >= 0 {
		m.Of = of
	}
	if now := c.o.Now(); now.Sub(c.transfers.told) >= telling || now.Before(c.transfers.told) {
		c.transfers.told = now
		c.changed.Ring(struct{}{})
	}
}

// Kind says what an item is.
type Kind int

// The kinds of items.
const (
	EntryOut    Kind = iota // an act that the server has not got
	DocumentOut             // a document that the server has not got
	DocumentIn              // a document to come
)

// Item is one thing that waits.
type Item struct {
	Kind   Kind
	ID     string // of the entry, or the document's digest
	Stream string
	Act    string // the entry's kind
	Actor  string
	At     time.Time
	Size   int64 // bytes; -1: unknown, or an entry
	Moving *Moving
	Needed bool  // it is wanted before others
	Absent bool  // the server has not got it either: its own laptop has to send it
	Err    error // of the last try
}

// Items gives what waits, in the order in which it leaves or comes, at most limit of each kind,
// and how many there are of each.
func (c *Client) Items(ctx context.Context, limit int) (items []Item, all map[Kind]int, err error) {
	needed, err := c.needed(ctx)
	if err != nil {
		return nil, nil, err
	}
	var owed, wanted []document
	var owing, wanting int
	all = map[Kind]int{}
	err = c.o.Journal.Store().View(ctx, func(tx *store.Tx) error {
		entries, err := c.o.Journal.Outgoing(tx, 0, limit)
		if err != nil {
			return err
		}
		for i := range entries {
			e := &entries[i]
			items = append(items, Item{Kind: EntryOut, ID: e.ID, Stream: e.Stream, Act: e.Kind, Actor: e.Actor, At: e.At, Size: -1})
		}
		if all[EntryOut], err = c.o.Journal.Waiting(tx); err != nil {
			return err
		}
		if err := tx.Get(`SELECT count(*) FILTER (WHERE state = 'owed'), count(*) FILTER (WHERE state = 'wanted') FROM document WHERE state IN ('owed', 'wanted')`, nil, &owing, &wanting); err != nil {
			return err
		}
		// Of a hundred thousand, those that are near their turn, and those that are under way or failed.
		if owed, err = store.All(tx, `SELECT `+documentColumns+` FROM document WHERE state = 'owed' ORDER BY size, place LIMIT ?`, []any{nearTurn}, scanDocument); err != nil {
			return err
		}
		if wanted, err = store.All(tx, `SELECT `+documentColumns+` FROM document WHERE state = 'wanted' ORDER BY place DESC LIMIT ?`, []any{nearTurn}, scanDocument); err != nil {
			return err
		}
		for _, d := range c.singled() {
			for state, list := range map[string]*[]document{stateOwed: &owed, stateWanted: &wanted} {
				if slices.ContainsFunc(*list, func(x document) bool { return x.digest == d }) {
					continue
				}
				found, err := store.All(tx, `SELECT `+documentColumns+` FROM document WHERE digest = ? AND state = ?`, []any{d[:], state}, scanDocument)
				if err != nil {
					return err
				}
				*list = append(*list, found...)
			}
		}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	c.inOrder(owed)
	sortWanted(wanted, needed)
	all[DocumentOut], all[DocumentIn] = owing, wanting
	c.mu.Lock()
	defer c.mu.Unlock()
	add := func(kind Kind, documents []document) {
		// What moves is shown, wherever it stands in the line.
		slices.SortStableFunc(documents, func(a, b document) int {
			x, y := c.transfers.moving[a.digest] != nil, c.transfers.moving[b.digest] != nil
			switch {
			case x == y:
				return 0
			case x:
				return -1
			}
			return 1
		})
		for i := range documents[:min(limit, len(documents))] {
			d := &documents[i]
			item := Item{Kind: kind, ID: d.digest.String(), Stream: d.stream, At: d.at, Size: d.size, Err: c.transfers.failed[d.digest]}
			item.Needed = kind == DocumentIn && needed(d)
			item.Absent = kind == DocumentIn && c.absent[d.digest]
			if m := c.transfers.moving[d.digest]; m != nil {
				copied := *m
				item.Moving = &copied
			}
			items = append(items, item)
		}
	}
	add(DocumentOut, owed)
	add(DocumentIn, wanted)
	return items, all, nil
}

// nearTurn is how many documents of each way are looked at to show those whose turn is near.
const nearTurn = 1000

// singled are the documents that are under way, or whose last try failed.
func (c *Client) singled() (all []store.Digest) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for d := range c.transfers.moving {
		all = append(all, d)
	}
	for d := range c.transfers.failed {
		if len(all) < nearTurn {
			all = append(all, d)
		}
	}
	return all
}

// maxAsked is how many digests one question holds.
const maxAsked = protocol.MaxDigests
