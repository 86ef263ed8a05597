package council

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/store"
)

// Projections make the tables of the deliberations and of the sittings.
func Projections() []journal.Projection {
	return []journal.Projection{deliberations(), sittings()}
}

func deliberations() journal.Projection {
	return journal.Projection{
		Name: "deliberation", Version: 1, Prefix: "deliberation/", Tables: []string{"deliberation"},
		Schema: `CREATE TABLE deliberation (
			id TEXT PRIMARY KEY, status TEXT NOT NULL, number TEXT NOT NULL, sitting TEXT NOT NULL, subject TEXT NOT NULL,
			changed INTEGER NOT NULL, state BLOB NOT NULL) STRICT;
			CREATE INDEX deliberation_number ON deliberation (number);
			CREATE INDEX deliberation_changed ON deliberation (changed);`,
		Apply: func(tx *store.Tx, ev journal.Event) error {
			id := strings.TrimPrefix(ev.Stream, "deliberation/")
			d, err := deliberationByID(tx, id)
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				return err
			}
			d.ID = id
			if known, err := d.apply(ev); err != nil || !known {
				return err
			}
			return saveDeliberation(tx, d, ev)
		},
		Forget: func(tx *store.Tx, stream string) error {
			_, err := tx.Exec(`DELETE FROM deliberation WHERE id = ?`, strings.TrimPrefix(stream, "deliberation/"))
			return err
		},
	}
}

// apply changes d by one entry; known is false for a kind of entry of a later program.
func (d *Deliberation) apply(ev journal.Event) (known bool, err error) {
	switch ev.Kind {
	case KindDrafted:
		d.Text = Text{}
		err = json.Unmarshal(ev.Data, &d.Text)
		d.Status, d.Version, d.Saved, d.SavedBy = StatusDraft, ev.Version, ev.At, ev.Actor
	case KindFinalised:
		var f finalised
		err = json.Unmarshal(ev.Data, &f)
		d.Status, d.Number, d.Sitting, d.Record = StatusFinalised, f.Number, f.Sitting, &f.Record
	case KindSent:
		var s sent
		err = json.Unmarshal(ev.Data, &s)
		d.Status, d.Folder, d.PDF = StatusSent, s.Folder, &s.PDF
	case KindSigned:
		var s sent
		err = json.Unmarshal(ev.Data, &s)
		d.Status, d.Signed = StatusSigned, &s.PDF
	default:
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("reading %s: %w", ev.Kind, err)
	}
	return true, nil
}

func saveDeliberation(tx *store.Tx, d Deliberation, ev journal.Event) error {
	state, err := json.Marshal(d)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO deliberation (id, status, number, sitting, subject, changed, state) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET status = excluded.status, number = excluded.number, sitting = excluded.sitting,
		subject = excluded.subject, changed = excluded.changed, state = excluded.state`,
		d.ID, string(d.Status), d.Number, d.Sitting, d.Text.Subject(), ev.At.UnixMicro(), state)
	if err != nil {
		return err
	}
	var body []string
	for _, b := range d.Text.Blocks {
		if b.Kind != BlockTitle {
			body = append(body, d.Text.fill(b.Text))
		}
	}
	return tx.Index(store.Document{
		Kind: "deliberation", Ref: d.ID, Stream: ev.Stream, Title: strings.TrimSpace(d.Number + " " + d.Text.Subject()), Body: strings.Join(body, "\n"), At: ev.At,
	})
}

func sittings() journal.Projection {
	return journal.Projection{
		Name: "sitting", Version: 1, Prefix: "sitting/", Tables: []string{"sitting"},
		Schema: `CREATE TABLE sitting (id TEXT PRIMARY KEY, at INTEGER NOT NULL, state BLOB NOT NULL) STRICT;
			CREATE INDEX sitting_at ON sitting (at);`,
		Apply: func(tx *store.Tx, ev journal.Event) error {
			id := strings.TrimPrefix(ev.Stream, "sitting/")
			s, err := sittingByID(tx, id)
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				return err
			}
			if known, err := s.apply(ev); err != nil || !known {
				return err
			}
			s.ID = id
			state, err := json.Marshal(s)
			if err != nil {
				return err
			}
			_, err = tx.Exec(`INSERT INTO sitting (id, at, state) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET at = excluded.at, state = excluded.state`,
				id, s.At.UnixMicro(), state)
			return err
		},
		Forget: func(tx *store.Tx, stream string) error {
			_, err := tx.Exec(`DELETE FROM sitting WHERE id = ?`, strings.TrimPrefix(stream, "sitting/"))
			return err
		},
	}
}

func (s *Sitting) apply(ev journal.Event) (known bool, err error) {
	switch ev.Kind {
	case KindConvened:
		*s = Sitting{}
		err = json.Unmarshal(ev.Data, s)
	case KindCalled:
		var calls map[string]Attendance
		err = json.Unmarshal(ev.Data, &calls)
		s.call(calls)
	case KindProxies:
		s.Proxies = nil
		err = json.Unmarshal(ev.Data, &s.Proxies)
	case KindSecretary:
		err = json.Unmarshal(ev.Data, &s.Secretary)
	case KindVoted:
		var v Vote
		err = json.Unmarshal(ev.Data, &v)
		s.Votes = slices.DeleteFunc(s.Votes, func(old Vote) bool { return old.Deliberation == v.Deliberation })
		s.Votes = append(s.Votes, v)
	case KindClosed:
		s.Closed = true
	default:
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("reading %s: %w", ev.Kind, err)
	}
	return true, nil
}

// call notes presences; the proxy of who arrives for the rest of the sitting falls.
func (s *Sitting) call(calls map[string]Attendance) {
	if s.Calls == nil {
		s.Calls = map[string]Attendance{}
	}
	for id, a := range calls {
		s.Calls[id] = a
		if a.Presence == Present && a.Left == "" {
			s.Proxies = slices.DeleteFunc(s.Proxies, func(p Proxy) bool { return p.From == id })
		}
	}
}
