package services

import (
	"encoding/json"
	"errors"
	"strings"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/store"
)

// Projections make the table of the requests.
func Projections() []journal.Projection {
	return []journal.Projection{{
		Name: "services-requests", Version: 1, Prefix: Prefix, Tables: []string{"request"},
		Schema: `CREATE TABLE request (id TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, at INTEGER NOT NULL, data BLOB NOT NULL) STRICT;
			CREATE INDEX request_of ON request (fingerprint, at);`,
		Apply: func(tx *store.Tx, ev journal.Event) error {
			id := strings.TrimPrefix(ev.Stream, Prefix)
			r, err := store.GetDecoded[Request](tx, `SELECT data FROM request WHERE id = ?`, id)
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				return err
			}
			if err := r.Fold(ev.Entry, ev.Data); err != nil {
				return err
			}
			text, err := json.Marshal(r)
			if err != nil {
				return err
			}
			_, err = tx.Exec(`INSERT INTO request VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET data = excluded.data`, id, r.Certificate.Fingerprint, r.Asked.UnixMicro(), text)
			return err
		},
		Forget: func(tx *store.Tx, stream string) error {
			_, err := tx.Exec(`DELETE FROM request WHERE id = ?`, strings.TrimPrefix(stream, Prefix))
			return err
		},
	}}
}

// Fold applies one entry of its stream, whose data is given open. The server folds as the
// laptops do.
func (r *Request) Fold(e *journal.Entry, data []byte) error {
	switch e.Kind {
	case KindAsked:
		var a asked
		if err := json.Unmarshal(data, &a); err != nil {
			return err
		}
		*r = Request{ID: strings.TrimPrefix(e.Stream, Prefix), What: a.What, Certificate: a.Certificate, By: e.Actor, Asked: e.At, State: Asked}
	case KindReceived, KindClosed:
		var a Answer
		if err := json.Unmarshal(data, &a); err != nil {
			return err
		}
		to := Received
		if e.Kind == KindClosed {
			to = Closed
		}
		if next(r.State, to) {
			r.State, r.Changed, r.Answer = to, e.At, a.Text
		}
	}
	return nil
}
