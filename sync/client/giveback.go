package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/sync/protocol"
)

// ErrForked: a server put back from a copy has since given to others places that this laptop
// knows as taken. Both are signed by it; only its operator can say which stand.
var ErrForked = errors.New("the server has given a place twice")

// giveBack gives back to a server put back from a copy the places that it had given since. The
// head that it had signed proves each of them: the laptop adds nothing of its own, and the
// server, which knows its signature, takes them all, whoever wrote them, in their order.
func (c *Client) giveBack(ctx context.Context, cursor int64) error {
	size, err := c.common(ctx)
	if err != nil {
		return err
	}
	head, devices, err := c.lastHead(ctx)
	if err != nil {
		return err
	}
	if head == nil || head.Size != cursor {
		return fmt.Errorf("the server has forgotten places that it gave, and this laptop no proof of them: %w", ErrLies)
	}
	c.o.Log.Warn("the server was put back from a copy", "has", size, "had", cursor)
	for size < cursor {
		message := protocol.Return{Head: *head, Devices: devices}
		err := c.o.Journal.Store().View(ctx, func(tx *store.Tx) (err error) {
			message.Entries, err = returning(tx, size)
			if err != nil {
				return err
			}
			message.Proof, err = journal.Consistency(tx, size+int64(len(message.Entries)), cursor)
			return err
		})
		if err != nil {
			return err
		}
		if err := c.oweAgain(ctx, message.Entries); err != nil {
			return err
		}
		answer, err := ask[protocol.Returned](ctx, c.w, http.MethodPost, protocol.PathReturn, message, false)
		if err != nil {
			return err
		}
		if answer.Size <= size {
			return fmt.Errorf("%d places after %d were given back: %w", answer.Size, size, ErrRubbish)
		}
		size = answer.Size
	}
	return nil
}

// restored draws the consequences of a restoration of the server, once: what travels beside the
// log may have been lost, whatever the log says. Keys are sent again and asked for again; of
// the documents here, the server is asked anew whether it keeps them. It tells whether the question
// that was answered is to be put again.
func (c *Client) restored(ctx context.Context, name string) (again bool, err error) {
	if len(name) > maxRestored {
		return false, fmt.Errorf("a restoration of %d bytes: %w", len(name), ErrRubbish)
	}
	var known string
	err = c.o.Journal.Store().View(ctx, func(tx *store.Tx) (err error) { known, err = tx.Setting(settingRestored); return err })
	if err != nil || known == name {
		return false, err
	}
	// What came ahead of its turn was proved to be in a log that may go on otherwise now.
	if err := c.o.Journal.DropAhead(ctx); err != nil {
		return false, err
	}
	err = c.o.Journal.Store().Update(ctx, func(tx *store.Tx) error {
		size, err := journal.LogSize(tx)
		if err != nil {
			return err
		}
		// Of the entries that came ahead, some may never come again, nor their documents.
		if _, err := tx.Exec(`DELETE FROM document WHERE state = 'wanted' AND place > ?`, size); err != nil {
			return err
		}
		if err := journal.SendKeysAgain(tx); err != nil {
			return err
		}
		if _, err := tx.Exec(`UPDATE document SET held = 0 WHERE held > 0`); err != nil {
			return err
		}
		return errors.Join(tx.SetSetting(settingKeys, "0"), tx.SetSetting(settingAhead, "0"), tx.SetSetting(settingRestored, name))
	})
	if err != nil {
		return false, err
	}
	return true, c.sendKeys(ctx)
}

const maxRestored = 100

// common is how many places the server has, all of them known here; ErrForked.
func (c *Client) common(ctx context.Context) (int64, error) {
	first, err := ask[protocol.Pulled](ctx, c.w, http.MethodGet, protocol.PathPull+"?limit=1", nil, false)
	if err != nil {
		return 0, err
	}
	last, err := ask[protocol.Pulled](ctx, c.w, http.MethodGet, fmt.Sprintf("%s?after=%d&limit=1", protocol.PathPull, first.Last), nil, false)
	if err != nil {
		return 0, err
	}
	if last.Head.Authority != c.o.Enrolment.Authority || !last.Head.Verify(c.o.Enrolment.LogKey) {
		return 0, fmt.Errorf("the head of the log is not signed as it should be: %w", ErrLies)
	}
	if last.Head.Size == 0 {
		return 0, nil
	}
	err = c.o.Journal.Store().View(ctx, func(tx *store.Tx) error {
		mine, err := journal.Root(tx, last.Head.Size)
		if err == nil && mine != last.Head.Root {
			return fmt.Errorf("within its first %d places: %w: %w", last.Head.Size, ErrForked, ErrLies)
		}
		return err
	})
	return last.Head.Size, err
}

func (c *Client) lastHead(ctx context.Context) (head *protocol.Head, devices []protocol.Device, err error) {
	err = c.o.Journal.Store().View(ctx, func(tx *store.Tx) (err error) {
		if head, err = headOf(tx); err != nil {
			return err
		}
		devices, err = devicesOf(tx)
		return err
	})
	return head, devices, err
}

// returning gives the next places to give back, of a size that one message takes.
func returning(tx *store.Tx, after int64) ([]journal.Placed, error) {
	places, err := journal.Places(tx, after, protocol.MaxEntries)
	if err != nil {
		return nil, err
	}
	size := 0
	for i := range places {
		if size += len(places[i].Data)*4/3 + 2000; i > 0 && size > pushBytes {
			return places[:i], nil
		}
	}
	if len(places) == 0 {
		return nil, fmt.Errorf("no place after %d: %w", after, store.ErrDamaged)
	}
	return places, nil
}

// oweAgain notes that the server may have lost the documents of entries too.
func (c *Client) oweAgain(ctx context.Context, entries []journal.Placed) error {
	var named []store.Digest
	for i := range entries {
		named = append(named, entries[i].Blobs...)
	}
	if len(named) == 0 {
		return nil
	}
	lacking, err := c.lacking(ctx, named)
	if err != nil {
		return err
	}
	var lost []store.Digest
	for d := range lacking {
		lost = append(lost, d)
	}
	return c.lose(ctx, lost)
}
