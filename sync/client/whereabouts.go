package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"alpi40.fr/airial/local/store"
)

// Whereabouts tells of a thing how many of its documents are here, on the server, or on their way.
type Whereabouts struct {
	Stream             string
	Here, Away, Coming int
	Bytes              int64 // of all those whose length is known
	Last               time.Time
	Pinned             bool // a person keeps them here
	Needed             bool // the town hall's rules keep them here
}

// Where says which documents one asks for.
type Where int

// The places.
const (
	Anywhere Where = iota
	OnServer       // some are there alone
	OnLaptop       // some are here
)

// Whereabouts gives things with documents, those that were written to last first, at most limit; streams, when it is not nil,
// are those asked for.
func (c *Client) Whereabouts(ctx context.Context, where Where, streams []string, limit int) (all []Whereabouts, err error) {
	list, err := json.Marshal(streams)
	if err != nil {
		return nil, err
	}
	err = c.o.Journal.Store().View(ctx, func(tx *store.Tx) error {
		all, err = store.All(tx, `SELECT d.stream, count(*) FILTER (WHERE state IN ('owed', 'kept')) AS here, count(*) FILTER (WHERE state = 'away') AS away,
			count(*) FILTER (WHERE state = 'wanted'), coalesce(sum(size), 0), max(at), EXISTS (SELECT 1 FROM document_pin p WHERE p.stream = d.stream)
			FROM document d WHERE held <> ?1 AND (?2 = 'null' OR d.stream IN (SELECT value FROM json_each(?2)))
			GROUP BY d.stream HAVING ?3 = 0 OR ?3 = 1 AND away > 0 OR ?3 = 2 AND here > 0 ORDER BY max(at) DESC LIMIT ?4`,
			[]any{letGo, string(list), int(where), limit}, scanWhereabouts)
		return err
	})
	if err != nil || c.o.Needed == nil {
		return all, err
	}
	needed, err := c.o.Needed(ctx)
	if err != nil {
		return nil, fmt.Errorf("asking which documents are needed: %w", err)
	}
	for i := range all {
		all[i].Needed = needed[all[i].Stream]
	}
	return all, nil
}

func scanWhereabouts(scan func(...any) error) (s Whereabouts, err error) {
	var last int64
	err = scan(&s.Stream, &s.Here, &s.Away, &s.Coming, &s.Bytes, &last, &s.Pinned)
	s.Last = time.UnixMicro(last).UTC()
	return s, err
}

// Bring fetches now the documents of a stream that are not here, whatever their length, and tells how many came and how
// many the server lacks: those are looked for. What came stays two days at least.
func (c *Client) Bring(ctx context.Context, stream string) (brought, lacking int, err error) {
	absent, err := c.documents(ctx, `state IN ('away', 'wanted') AND stream = ? AND held <> ?`, stream, letGo)
	if err != nil || len(absent) == 0 {
		return 0, 0, err
	}
	c.first.enter()
	defer c.first.leave()
	var mu sync.Mutex
	sizes := map[store.Digest]int64{}
	err = c.pausable(ctx, func(ctx context.Context) error {
		lost, err := c.lacking(ctx, digestsOf(absent))
		if err != nil {
			return fmt.Errorf("asking for what is there: %w", err)
		}
		lacking = len(lost)
		if err := c.seek(ctx, slices.Collect(maps.Keys(lost))); err != nil {
			return err
		}
		there := slices.DeleteFunc(absent, func(d document) bool { return lost[d.digest] })
		return each(ctx, carriers, these(there), func(ctx context.Context, d document) error {
			size, _, err := c.fetch(ctx, d.digest, true, false)
			if err != nil {
				return fmt.Errorf("document %s: %w", d.digest, err)
			}
			mu.Lock()
			defer mu.Unlock()
			sizes[d.digest] = size
			return nil
		})
	})
	here := context.WithoutCancel(ctx)
	noted := c.arrived(here, sizes)
	c.change(c.counted(here))
	return len(sizes), lacking, errors.Join(classify(err), noted)
}
