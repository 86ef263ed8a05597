package client

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"net/http"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/sync/protocol"
)

// farBehind is Options.FarBehind where it is not said.
const farBehind = 1000

// settingAhead is how long the log was whose newest streams were asked for: on a line that drops, they are not
// asked for again before the log has grown as much as one may be behind.
const settingAhead = "sync.ahead"

// worthAhead tells whether the newest streams are to be asked for: so many entries lack, of a log so long.
func (c *Client) worthAhead(ctx context.Context, lacking, last int64) (worth bool, err error) {
	if lacking <= int64(c.o.FarBehind) {
		return false, nil
	}
	err = c.o.Journal.Store().View(ctx, func(tx *store.Tx) error {
		asked, err := number(tx, settingAhead)
		worth = asked == 0 || last > asked+int64(c.o.FarBehind)
		return err
	})
	return worth, err
}

// ahead asks for whole streams before their turn: what is worked with whatever its age, and what
// changed last. A server that does not give them, or gives them wrong, loses nothing for it: all
// comes in its turn, and is judged then.
func (c *Client) ahead(ctx context.Context, out *Outcome) error {
	answer, err := ask[protocol.Ahead](ctx, c.w, http.MethodPost, protocol.PathAhead, protocol.AheadRequest{First: c.o.First}, false)
	if err == nil {
		err = c.takeAhead(ctx, &answer, out)
	}
	if err == nil {
		c.kickSmall()
		return nil
	}
	if said := classify(err); ctx.Err() == nil && (errors.Is(said, ErrLies) || errors.Is(said, ErrRubbish) || errors.Is(said, protocol.ErrRefused) || errors.Is(said, protocol.ErrNotFound)) {
		c.o.Log.Warn("the newest acts before the others", "error", err.Error())
		return nil
	}
	return err
}

func (c *Client) takeAhead(ctx context.Context, a *protocol.Ahead, out *Outcome) error {
	if len(a.Entries) > protocol.MaxAhead || len(a.Devices) > maxDevices || len(a.Nodes) > protocol.MaxAhead*64 {
		return fmt.Errorf("%d entries, %d devices, %d nodes in one answer: %w", len(a.Entries), len(a.Devices), len(a.Nodes), ErrRubbish)
	}
	if a.Head.Authority != c.o.Enrolment.Authority || !a.Head.Verify(c.o.Enrolment.LogKey) {
		return fmt.Errorf("the head of the log is not signed as it should be: %w", ErrLies)
	}
	known, err := c.Devices(ctx)
	if err != nil {
		return err
	}
	if err := c.checkDevices(&protocol.Pulled{Head: a.Head, Devices: a.Devices}, known); err != nil {
		return err
	}
	proofs, err := a.Proofs()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrRubbish, err)
	}
	if sealedIn(a.Entries) {
		// The keys first: without them, it would look forgotten.
		if err := c.pullKeys(ctx, out); err != nil {
			return err
		}
	}
	keys := map[string]ed25519.PublicKey{}
	for _, d := range a.Devices {
		keys[d.ID] = d.Signature
	}
	n, err := c.o.Journal.ReceiveAhead(ctx, journal.Ahead{
		Entries: a.Entries, Size: a.Head.Size, Root: a.Head.Root, Proofs: proofs,
		KeyOf: func(device string) ed25519.PublicKey { return keys[device] },
		Also: func(tx *store.Tx, taken []journal.Placed) error {
			if err := tx.SetSetting(settingAhead, fmt.Sprint(a.Head.Size)); err != nil {
				return err
			}
			return c.want(tx, taken)
		},
	})
	out.Ahead += n
	return err
}

// sealedIn tells whether any entry holds data that only a key opens.
func sealedIn(entries []journal.Placed) bool {
	for i := range entries {
		if bytes.HasPrefix(entries[i].Data, []byte(`{"$sealed":`)) {
			return true
		}
	}
	return false
}

// behind notes how many entries are still to come, for the status.
func (c *Client) behind(ctx context.Context, last int64) (lacking int64, err error) {
	err = c.o.Journal.Store().View(ctx, func(tx *store.Tx) error {
		size, err := journal.LogSize(tx)
		lacking = max(0, last-size)
		return err
	})
	if err != nil {
		return 0, err
	}
	c.change(func(s *Status) { s.Behind = int(lacking) })
	return lacking, nil
}
