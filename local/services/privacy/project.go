package privacy

import (
	"encoding/json"
	"errors"
	"strings"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/store"
)

// Projections make the tables of the register, of the requests and of the breaches.
func Projections() []journal.Projection {
	return []journal.Projection{
		folded("privacy-activities", ActivityPrefix, "processing_activity", foldActivity),
		folded("privacy-requests", RequestPrefix, "subject_request", foldRequest),
		folded("privacy-breaches", BreachPrefix, "breach", foldBreach),
	}
}

// activity is an Activity in its table, with what its entries say of it.
type activity struct {
	Activity
	CreatedOn, UpdatedOn authority.Day
	Removed              bool
}

// folded is a table of one row a stream, into which each entry is folded.
func folded[T any](name, prefix, table string, fold func(*T, journal.Event) error) journal.Projection {
	return journal.Projection{
		Name: name, Version: 1, Prefix: prefix, Tables: []string{table},
		Schema: `CREATE TABLE ` + table + ` (id TEXT PRIMARY KEY, data BLOB NOT NULL) STRICT;`,
		Apply: func(tx *store.Tx, ev journal.Event) error {
			id := strings.TrimPrefix(ev.Stream, prefix)
			v, err := store.GetDecoded[T](tx, `SELECT data FROM `+table+` WHERE id = ?`, id)
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				return err
			}
			if err := fold(&v, ev); err != nil {
				return err
			}
			text, err := json.Marshal(v)
			if err != nil {
				return err
			}
			_, err = tx.Exec(`INSERT INTO `+table+` VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET data = excluded.data`, id, text)
			return err
		},
		Forget: func(tx *store.Tx, stream string) error {
			_, err := tx.Exec(`DELETE FROM `+table+` WHERE id = ?`, strings.TrimPrefix(stream, prefix))
			return err
		},
	}
}

func foldActivity(a *activity, ev journal.Event) error {
	day := authority.DayOf(ev.At)
	if a.CreatedOn == "" {
		a.CreatedOn = day
	}
	a.UpdatedOn = day
	switch ev.Kind {
	case KindWritten:
		a.Removed = false
		return json.Unmarshal(ev.Data, &a.Activity)
	case KindRemoved:
		a.ID, a.Removed = strings.TrimPrefix(ev.Stream, ActivityPrefix), true
	}
	return nil
}

func foldRequest(r *Request, ev journal.Event) error {
	if r.ID == "" {
		r.ID, r.State = strings.TrimPrefix(ev.Stream, RequestPrefix), Received
	}
	var s said
	switch {
	case ev.Forgotten:
		r.Erased = true
	case ev.Kind == KindReceived:
		return json.Unmarshal(ev.Data, &r.Asked)
	default:
		if err := json.Unmarshal(ev.Data, &s); err != nil {
			return err
		}
	}
	switch ev.Kind {
	case KindExtended:
		r.Extended, r.Why = true, s.Text
	case KindAnswered, KindDenied:
		r.State, r.Closed, r.Answer = Answered, s.On, s.Text
		if ev.Kind == KindDenied {
			r.State = Denied
		}
	}
	return nil
}

func foldBreach(b *Breach, ev journal.Event) error {
	b.ID = strings.TrimPrefix(ev.Stream, BreachPrefix)
	if ev.Kind == KindNoted {
		return json.Unmarshal(ev.Data, &b.Told)
	}
	var s said
	if err := json.Unmarshal(ev.Data, &s); err != nil {
		return err
	}
	switch ev.Kind {
	case KindNotified:
		b.Notified, b.Number, b.Reason = s.At, s.Number, s.Text
	case KindSpread:
		b.Spread = s.At
	case KindEnded:
		b.Closed = true
		if s.Text != "" {
			b.Reason = s.Text
		}
	}
	return nil
}
