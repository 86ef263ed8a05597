package client

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"alpi40.fr/airial/local/bell"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/sync/protocol"
)

const (
	// carriers is how many small documents travel at a time: on most lines, waiting for
	// answers takes longer than what they hold.
	carriers = 6
	// window is how many documents are asked for, and noted, together.
	window = 200
	// listed is how many documents leave before it is looked again for what is to go before the others.
	listed = 1000
	// notedTogether is how many small documents are noted as sent at once: each note waits for the disk.
	notedTogether = 50
	// anySize bounds nothing.
	anySize = protocol.MaxBlob
)

// carry brings and sends the documents that wait: small ones, then large ones.
func (c *Client) carry(ctx context.Context, out *Outcome) error {
	small := c.carrySmall(ctx, out)
	if small != nil && !apart(small) {
		return small
	}
	return errors.Join(small, c.carryLarge(ctx, out))
}

// carrySmall lets large documents stand still meanwhile.
func (c *Client) carrySmall(ctx context.Context, out *Outcome) error {
	c.first.enter()
	defer c.first.leave()
	if err := c.confirm(ctx); err != nil {
		return err
	}
	return errors.Join(c.sendOwed(ctx, out, 0, smallDocument, carriers, false), c.fetchWanted(ctx, out, false))
}

func (c *Client) carryLarge(ctx context.Context, out *Outcome) error {
	if c.frugal() {
		return nil
	}
	return errors.Join(c.sendOwed(ctx, out, smallDocument+1, anySize, 1, true), c.fetchWanted(ctx, out, true))
}

// frugal tells whether large documents wait for another line: this one is paid by what it carries.
func (c *Client) frugal() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.status.Metered
}

// apart tells whether an error is one document's own, so that the others go on.
func apart(err error) bool {
	var f *failedDocuments
	return errors.As(err, &f)
}

// failedDocuments are those that did not go through, each for a reason of its own.
type failedDocuments struct{ errs []error }

func (f *failedDocuments) Error() string {
	return fmt.Sprintf("%d documents: %v", len(f.errs), f.errs[0])
}
func (f *failedDocuments) Unwrap() []error { return f.errs }

// own tells whether a failure says something of that document alone.
func own(err error) bool {
	return errors.Is(err, store.ErrDamaged) || errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrWrongDigest) ||
		errors.Is(err, ErrLies) || errors.Is(err, protocol.ErrRefused) || errors.Is(err, protocol.ErrNotFound)
}

// supply gives one thing after another; false: there is no more. It is asked by one at a time.
type supply[T any] func(context.Context) (next T, more bool, err error)

// these supplies what is there already.
func these[T any](items []T) supply[T] {
	return func(context.Context) (next T, more bool, err error) {
		if len(items) == 0 {
			return next, false, nil
		}
		next, items = items[0], items[1:]
		return next, true, nil
	}
}

// each runs do for what is supplied, several at a time, until one fails for a reason that holds for all. What fails for its own
// reason is left aside and told at the end.
func each[T any](ctx context.Context, at int, items supply[T], do func(context.Context, T) error) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var mu, asking sync.Mutex
	var aside failedDocuments
	next := func() (T, bool, error) {
		asking.Lock()
		defer asking.Unlock()
		return items(ctx)
	}
	var working sync.WaitGroup
	for range at {
		working.Go(func() {
			for ctx.Err() == nil {
				item, more, err := next()
				if err != nil {
					stop(err)
				}
				if err != nil || !more {
					return
				}
				if err = do(ctx, item); err == nil {
					continue
				}
				if !own(err) {
					stop(err)
					return
				}
				mu.Lock()
				aside.errs = append(aside.errs, err)
				mu.Unlock()
			}
		})
	}
	working.Wait()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if len(aside.errs) > 0 {
		return &aside
	}
	return nil
}

// sendAll sends documents, small ones several in a message and messages at the same time, and notes those that the server keeps.
// Those that yield stand still while something goes before.
func (c *Client) sendAll(ctx context.Context, documents supply[[]document], at int, yields bool, out *Outcome) error {
	var mu sync.Mutex
	var sent []store.Digest
	err := each(ctx, at, c.loads(documents), func(ctx context.Context, load []document) error {
		if err := c.sendLoad(ctx, load, yields); err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		out.Uploaded += len(load)
		if sent = append(sent, digestsOf(load)...); len(sent) < notedTogether && load[0].size <= smallDocument {
			return nil
		}
		noting := sent
		sent = nil
		return c.held(ctx, noting...)
	})
	// What is not noted, because the line or the program stopped, is asked about next time.
	if noted := c.held(context.WithoutCancel(ctx), sent...); noted != nil {
		return errors.Join(err, noted)
	}
	return err
}

// sendOwed sends the owed documents of a size, each once.
func (c *Client) sendOwed(ctx context.Context, out *Outcome, from, to int64, at int, yields bool) error {
	tried := map[store.Digest]bool{}
	var aside []error
	for {
		owed, err := c.documents(ctx, `state = 'owed' AND place > 0 AND coalesce(size, 0) BETWEEN ? AND ?`, from, to)
		if err != nil {
			return err
		}
		owed = slices.DeleteFunc(owed, func(d document) bool { return tried[d.digest] })
		if len(owed) == 0 {
			return errors.Join(aside...)
		}
		c.inOrder(owed)
		owed = owed[:min(listed, len(owed))]
		for i := range owed {
			tried[owed[i].digest] = true
		}
		err = c.sendAll(ctx, c.lacked(owed), at, yields, out)
		switch {
		case apart(err):
			aside = append(aside, err)
		case err != nil:
			return fmt.Errorf("sending: %w", err)
		}
	}
}

// lacked supplies those of some documents that the server lacks, and notes the others. It asks for a window at a time, while
// what was lacking in the one before is on its way.
func (c *Client) lacked(owed []document) supply[[]document] {
	windows := these(slices.Collect(slices.Chunk(owed, window)))
	return func(ctx context.Context) ([]document, bool, error) {
		some, more, _ := windows(ctx)
		if !more {
			return nil, false, nil
		}
		lacking, err := c.lacking(ctx, digestsOf(some))
		if err != nil {
			return nil, false, fmt.Errorf("asking for what is lacking: %w", err)
		}
		there := slices.DeleteFunc(digestsOf(some), func(d store.Digest) bool { return lacking[d] })
		if err := c.held(ctx, there...); err != nil {
			return nil, false, err
		}
		return slices.DeleteFunc(slices.Clone(some), func(d document) bool { return !lacking[d.digest] }), true, nil
	}
}

// sortWanted puts what is needed first, then the newest.
func sortWanted(wanted []document, needed func(*document) bool) {
	slices.SortStableFunc(wanted, func(a, b document) int {
		if x, y := needed(&a), needed(&b); x != y {
			if x {
				return -1
			}
			return 1
		}
		return cmp.Compare(b.place, a.place)
	})
}

// fetchWanted fetches what is wanted, what is needed first and the newest before the old. How
// long a document is shows when it is asked for: a large one is put back, to be fetched
// after the small ones, small before large.
func (c *Client) fetchWanted(ctx context.Context, out *Outcome, large bool) error {
	elsewhere := 0
	err := c.o.Journal.Store().View(ctx, func(tx *store.Tx) error {
		return tx.Get(`SELECT count(*) FROM document WHERE state IN ('wanted', 'away')`, nil, &elsewhere)
	})
	if err != nil || elsewhere == 0 {
		return err
	}
	needed, err := c.needed(ctx)
	if err != nil {
		return err
	}
	if err := c.choose(ctx, needed); err != nil {
		return err
	}
	tried := map[store.Digest]bool{}
	var aside []error
	for {
		where := `state = 'wanted' AND coalesce(size, 0) <= ?`
		if large {
			where = `state = 'wanted' AND size > ?`
		}
		wanted, err := c.documents(ctx, where, smallDocument)
		if err != nil {
			return err
		}
		wanted = slices.DeleteFunc(wanted, func(d document) bool { return tried[d.digest] })
		if len(wanted) == 0 {
			return errors.Join(aside...)
		}
		sortWanted(wanted, needed)
		if large {
			slices.SortStableFunc(wanted, func(a, b document) int { return cmp.Compare(a.size, b.size) })
		}
		// The list is read again only when it has been gone through.
		for part := range slices.Chunk(wanted, window) {
			for i := range part {
				tried[part[i].digest] = true
			}
			err := c.fetchPart(ctx, out, part, large, needed)
			switch {
			case apart(err):
				aside = append(aside, err)
			case err != nil:
				return err
			}
		}
	}
}

// fetchPart fetches those of some documents that the server has, and notes them together.
func (c *Client) fetchPart(ctx context.Context, out *Outcome, part []document, large bool, needed func(*document) bool) (err error) {
	lacking, err := c.lacking(ctx, digestsOf(part))
	if err != nil {
		return fmt.Errorf("asking for what is there: %w", err)
	}
	c.mu.Lock()
	for i := range part {
		if d := part[i].digest; lacking[d] {
			c.absent[d] = true
		} else {
			delete(c.absent, d)
		}
	}
	c.mu.Unlock()
	part = slices.DeleteFunc(slices.Clone(part), func(d document) bool { return lacking[d.digest] })
	if part, err = c.fitting(ctx, part, needed); err != nil {
		return err
	}
	var mu sync.Mutex
	sizes, put := map[store.Digest]int64{}, map[store.Digest]int64{}
	at := carriers
	if large {
		at = 1
	}
	err = each(ctx, at, these(part), func(ctx context.Context, d document) error {
		size, back, err := c.fetch(ctx, d.digest, large, large)
		if err != nil {
			return fmt.Errorf("document %s: %w", d.digest, err)
		}
		mu.Lock()
		defer mu.Unlock()
		if back {
			put[d.digest] = size
			return nil
		}
		sizes[d.digest] = size
		out.Downloaded++
		return nil
	})
	here := context.WithoutCancel(ctx)
	noted := errors.Join(c.arrived(here, sizes), c.measured(here, put))
	c.change(c.counted(here))
	if noted != nil {
		return errors.Join(err, noted)
	}
	if len(put) > 0 {
		c.kickLarge()
	}
	return err
}

// measured notes how long documents are that were put back.
func (c *Client) measured(ctx context.Context, sizes map[store.Digest]int64) error {
	if len(sizes) == 0 {
		return nil
	}
	return c.o.Journal.Store().Update(ctx, func(tx *store.Tx) error {
		for d, size := range sizes {
			if _, err := tx.Exec(`UPDATE document SET size = ? WHERE digest = ?`, size, d[:]); err != nil {
				return err
			}
		}
		return nil
	})
}

func (c *Client) kickLarge() {
	bell.Wake(c.large)
}

func (c *Client) kickSmall() {
	bell.Wake(c.small)
}
