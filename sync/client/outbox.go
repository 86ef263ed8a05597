package client

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/sync/protocol"
)

const (
	// pushBytes bounds one batch, well under protocol.MaxBody.
	pushBytes = 4 << 20
	// smallDocument is what travels with its entry; what is larger follows it.
	smallDocument = 1 << 20
	// alongBytes is how much of small documents one exchange carries before its entries:
	// half a minute of the slowest line that a town hall has.
	alongBytes = 8 << 20
)

// push sends the entries that wait, in the order of their chain. A device's chain cannot be
// sent out of order; what overtakes a large document is all that was written after it:
// the entry that names it goes with the others, and the document follows.
func (c *Client) push(ctx context.Context, out *Outcome) error {
	room := int64(alongBytes)
	asked := map[store.Digest]bool{} // documents that the server wanted first
	for {
		batch, err := c.outgoing(ctx)
		if err != nil || len(batch) == 0 {
			return err
		}
		later, err := c.sendAlong(ctx, batch, &room, asked, out)
		if err != nil {
			return err
		}
		answer, err := ask[protocol.Pushed](ctx, c.w, http.MethodPost, protocol.PathPush, protocol.Push{Entries: batch, Later: later}, false)
		if err != nil {
			return err
		}
		if err := c.tally(batch, &answer, out); err != nil {
			d, again := wantedFirst(err)
			if !again || asked[d] {
				return err
			}
			// It takes no document later, or has lost one that it had.
			asked[d] = true
			if err := c.lose(ctx, []store.Digest{d}); err != nil {
				return err
			}
		}
		// The places come back with pull: that is what acknowledges an entry here.
		// Further batches are those after the last one sent.
	}
}

// wantedFirst gives the document without which the server does not take an entry.
func wantedFirst(err error) (store.Digest, bool) {
	var refused *refusedEntry
	if !errors.As(err, &refused) || refused.code != protocol.CodeNoBlob {
		return store.Digest{}, false
	}
	d, bad := store.ParseDigest(refused.detail)
	return d, bad == nil && slices.Contains(refused.entry.Blobs, d)
}

// refusedEntry is an entry that the server does not take.
type refusedEntry struct {
	entry  *journal.Entry
	code   protocol.Code
	detail string
}

func (r *refusedEntry) Error() string {
	return fmt.Sprintf("entry %s (%s): %s %s: %v", r.entry.ID, r.entry.Kind, r.code, r.detail, ErrStuck)
}

func (r *refusedEntry) Unwrap() error { return ErrStuck }

// tally notes what became of a batch.
func (c *Client) tally(batch []journal.Entry, answer *protocol.Pushed, out *Outcome) error {
	if len(answer.Outcomes) == 0 || len(answer.Outcomes) > len(batch) {
		return fmt.Errorf("%d outcomes for %d entries: %w", len(answer.Outcomes), len(batch), ErrRubbish)
	}
	for i, o := range answer.Outcomes {
		if o.ID != batch[i].ID {
			return fmt.Errorf("an outcome for another entry: %w", ErrRubbish)
		}
		switch o.Fate {
		case protocol.FateAccepted, protocol.FateKnown:
			out.Sent++
		case protocol.FateContested:
			out.Sent++
			out.Contested++
		default:
			return &refusedEntry{entry: &batch[i], code: o.Code, detail: o.Detail}
		}
		c.sent = batch[i].DeviceSeq
	}
	return nil
}

// outgoing gives the next entries to send, those sent in this exchange left out.
func (c *Client) outgoing(ctx context.Context) ([]journal.Entry, error) {
	var batch []journal.Entry
	err := c.o.Journal.Store().View(ctx, func(tx *store.Tx) error {
		all, err := c.o.Journal.Outgoing(tx, c.sent, protocol.MaxEntries)
		if err != nil {
			return err
		}
		size, named := 0, 0
		for i := range all {
			size += len(all[i].Data)*4/3 + 2000
			named += len(all[i].Blobs)
			if len(batch) > 0 && (size > pushBytes || named > protocol.MaxDigests) {
				break
			}
			batch = append(batch, all[i])
		}
		return nil
	})
	return batch, err
}

// sendAlong sends the documents of a batch that somebody waits for and that are small, as far
// as the room of the exchange goes, and gives those that follow later. Those that the server
// asked for are sent in any case; where they are not here, another laptop has to.
func (c *Client) sendAlong(ctx context.Context, batch []journal.Entry, room *int64, asked map[store.Digest]bool, out *Outcome) ([]store.Digest, error) {
	if err := c.owe(ctx, batch); err != nil {
		return nil, err
	}
	var later, there []store.Digest
	var along []document
	blobs := c.o.Journal.Store().Blobs()
	for d := range asked {
		if !blobs.Has(d) {
			later = append(later, d)
		}
	}
	owed, err := c.owedOf(ctx, batch)
	if err != nil || len(owed) == 0 {
		return later, err
	}
	lacking, err := c.lacking(ctx, digestsOf(owed))
	if err != nil {
		return nil, err
	}
	for i := range owed {
		d := &owed[i]
		switch {
		case !lacking[d.digest]:
			there = append(there, d.digest)
		case asked[d.digest] && blobs.Has(d.digest), d.size >= 0 && d.size <= smallDocument && d.size <= *room:
			along = append(along, *d)
			*room -= d.size
		default:
			later = append(later, d.digest)
		}
	}
	return later, errors.Join(c.held(ctx, there...), c.sendAll(ctx, these([][]document{along}), carriers, false, out))
}

func digestsOf(documents []document) []store.Digest {
	out := make([]store.Digest, len(documents))
	for i := range documents {
		out[i] = documents[i].digest
	}
	return out
}

// owedOf gives the owed documents that a batch names, in the order in which they leave.
func (c *Client) owedOf(ctx context.Context, batch []journal.Entry) (owed []document, err error) {
	seen := map[store.Digest]bool{}
	err = c.o.Journal.Store().View(ctx, func(tx *store.Tx) error {
		for i := range batch {
			for _, d := range batch[i].Blobs {
				if seen[d] {
					continue
				}
				seen[d] = true
				found, err := store.All(tx, `SELECT `+documentColumns+` FROM document WHERE digest = ? AND state = 'owed'`, []any{d[:]}, scanDocument)
				if err != nil {
					return err
				}
				owed = append(owed, found...)
			}
		}
		return nil
	})
	c.inOrder(owed)
	return owed, err
}

// inOrder sorts documents to send: what somebody waits for first, small before large.
func (c *Client) inOrder(owed []document) {
	slices.SortStableFunc(owed, func(a, b document) int {
		if x, y := c.urgent(a.stream) && a.size <= smallDocument, c.urgent(b.stream) && b.size <= smallDocument; x != y {
			if x {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.size, b.size)
	})
}
