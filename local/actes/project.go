package actes

import (
	"encoding/json"
	"errors"
	"strings"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/store"
)

// Projections make the tables of the filings and of the classification.
func Projections() []journal.Projection {
	return []journal.Projection{
		{
			Name: "legality", Version: 2, Prefix: filings, Tables: []string{"filing"},
			Schema: `CREATE TABLE filing (id TEXT PRIMARY KEY, state TEXT NOT NULL, changed INTEGER NOT NULL,
					device TEXT NOT NULL, -- the one that carries it
					data BLOB NOT NULL) STRICT;
				CREATE INDEX filing_by_device ON filing (device)`,
			Apply: applyFiling,
			Forget: func(tx *store.Tx, stream string) error {
				_, err := tx.Exec(`DELETE FROM filing WHERE id = ?`, strings.TrimPrefix(stream, filings))
				return err
			},
		},
		{
			Name: "legality-matters", Version: 1, Prefix: "matters/", Tables: []string{"matters"},
			Schema: `CREATE TABLE matters (stream TEXT PRIMARY KEY, data BLOB NOT NULL) STRICT`,
			Apply: func(tx *store.Tx, ev journal.Event) error {
				_, err := tx.Exec(`INSERT INTO matters VALUES (?, ?) ON CONFLICT (stream) DO UPDATE SET data = excluded.data`, ev.Stream, []byte(ev.Data))
				return err
			},
			Forget: func(tx *store.Tx, stream string) error {
				_, err := tx.Exec(`DELETE FROM matters WHERE stream = ?`, stream)
				return err
			},
		},
	}
}

func applyFiling(tx *store.Tx, ev journal.Event) error {
	id := strings.TrimPrefix(ev.Stream, filings)
	f, err := filing(tx, id)
	if errors.Is(err, store.ErrNotFound) {
		f, err = &Filing{ID: id}, nil
	}
	if err != nil {
		return err
	}
	if err := f.fold(ev); err != nil {
		return err
	}
	data, err := json.Marshal(f)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO filing VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET state = excluded.state, changed = excluded.changed, device = excluded.device, data = excluded.data`,
		f.ID, string(f.State), f.Changed.UnixMicro(), f.Device, data)
	return err
}

// fold applies one entry.
func (f *Filing) fold(ev journal.Event) error {
	if ev.Kind == KindAsked || ev.Kind == KindPrepared {
		var data asked
		if err := json.Unmarshal(ev.Data, &data); err != nil {
			return err
		}
		// What the préfecture wrote about a former transmission stays with the act.
		state := Asked
		if ev.Kind == KindPrepared {
			state = Prepared
		}
		*f = Filing{ID: f.ID, Act: data.Act, State: state, Post: data.Post, Device: ev.Device, Person: ev.Actor, At: ev.At, Changed: ev.At, Letters: f.Letters}
		return nil
	}
	if ev.Kind == KindNoted {
		var data noted
		if err := json.Unmarshal(ev.Data, &data); err != nil {
			return err
		}
		before := *f
		*f = Filing{ID: f.ID, Act: data.Act, State: Received, Person: ev.Actor, At: ev.At, Changed: ev.At, Letters: f.Letters, Receipt: &data.Receipt, Proof: &data.Proof}
		if before.State.open() { // it left from here: here it may be cancelled
			f.Post, f.Device, f.Transaction = before.Post, before.Device, before.Transaction
		}
		return nil
	}
	if about, err := f.foldReply(ev); about || err != nil {
		return err
	}
	var p progress
	if err := json.Unmarshal(ev.Data, &p); err != nil {
		return err
	}
	if ev.Kind == KindLetter && p.Letter != nil {
		p.Letter.At = ev.At
		f.Letters = append(f.Letters, *p.Letter)
		return nil
	}
	states := map[string]State{KindTakenBack: TakenBack, KindPosting: Posting, KindUnposted: Asked, KindDeposited: Deposited, KindForwarded: Forwarded,
		KindBounced: Bounced, KindReceived: Received, KindCancelling: Cancelling, KindCancelled: Cancelled}
	state, known := states[ev.Kind]
	if !known || p.Post != f.Post {
		return nil // a conflict settled, or about another asking
	}
	if f.State, f.Changed, f.Words = state, ev.At, p.Words; p.Transaction != "" {
		f.Transaction = p.Transaction
	}
	if p.Cancellation != "" {
		f.Cancellation = p.Cancellation
	}
	if p.Receipt != nil {
		f.Receipt, f.Proof = p.Receipt, p.Proof
	}
	return nil
}
