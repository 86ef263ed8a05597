package copies

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/store"
)

// Projections make the tables of the requests and of what acts say.
func Projections() []journal.Projection {
	return []journal.Projection{
		{
			Name: "copy-requests", Version: 1, Prefix: requests, Tables: []string{"copy_request"},
			Schema: `CREATE TABLE copy_request (id TEXT PRIMARY KEY, day TEXT NOT NULL, state TEXT NOT NULL, erased INTEGER NOT NULL, data BLOB NOT NULL) STRICT;
				CREATE INDEX copy_request_by_day ON copy_request (day DESC, id DESC);`,
			Apply: applyRequest,
			Forget: func(tx *store.Tx, stream string) error {
				_, err := tx.Exec(`DELETE FROM copy_request WHERE id = ?`, strings.TrimPrefix(stream, requests))
				return err
			},
		},
		{
			Name: "copy-details", Version: 1, Prefix: details, Tables: []string{"copy_details"},
			Schema: `CREATE TABLE copy_details (act TEXT PRIMARY KEY, data BLOB NOT NULL) STRICT;`,
			Apply: func(tx *store.Tx, ev journal.Event) error {
				if ev.Kind != KindDetailed {
					return nil
				}
				_, err := tx.Exec(`INSERT INTO copy_details (act, data) VALUES (?, ?) ON CONFLICT (act) DO UPDATE SET data = excluded.data`, strings.TrimPrefix(ev.Stream, details), []byte(ev.Data))
				return err
			},
			Forget: func(tx *store.Tx, stream string) error {
				_, err := tx.Exec(`DELETE FROM copy_details WHERE act = ?`, strings.TrimPrefix(stream, details))
				return err
			},
		},
	}
}

func applyRequest(tx *store.Tx, ev journal.Event) error {
	id := strings.TrimPrefix(ev.Stream, requests)
	r, err := read(tx, id)
	if errors.Is(err, store.ErrNotFound) {
		r, err = &Request{ID: id, At: ev.At, State: Received}, nil
		r.On = authority.DayOf(ev.At)
	}
	if err != nil {
		return err
	}
	if err := r.fold(ev); err != nil {
		return err
	}
	data, err := json.Marshal(r)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO copy_request (id, day, state, erased, data) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET day = excluded.day, state = excluded.state, erased = excluded.erased, data = excluded.data`, id, string(r.On), string(r.State), r.Erased, data)
	return err
}

func (r *Request) fold(ev journal.Event) error {
	var d decision
	switch ev.Kind {
	case KindReceived:
		if ev.Forgotten {
			r.Erased = true
			return nil
		}
		if err := json.Unmarshal(ev.Data, &r.Asked); err != nil {
			return fmt.Errorf("reading a request: %w", err)
		}
		return nil
	case KindCounted:
		var c counted
		if err := json.Unmarshal(ev.Data, &c); err != nil {
			return fmt.Errorf("reading a request: %w", err)
		}
		r.On, r.State, r.Erased = c.On, c.State, c.Erased
		return nil
	case KindRestored:
		if ev.Forgotten {
			r.Erased = true
			return nil
		}
		if err := json.Unmarshal(ev.Data, r); err != nil {
			return fmt.Errorf("reading a request: %w", err)
		}
		return nil
	case KindGranted:
		r.State = Granted
	case KindRefused:
		r.State = Refused
	default:
		return nil
	}
	if ev.Forgotten {
		r.Erased = true
		return nil
	}
	if err := json.Unmarshal(ev.Data, &d); err != nil {
		return fmt.Errorf("reading a decision: %w", err)
	}
	r.Given, r.Verdict, r.Reason, r.Article, r.Officer, r.Decided = d.Given, d.Verdict, d.Reason, d.Article, d.Officer, d.On
	return nil
}
