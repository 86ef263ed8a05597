package civilstatus

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/typeset/french"
)

type affixed struct {
	Mention string        `json:"mention"`
	Officer string        `json:"officer"`
	On      authority.Day `json:"on"`
}

type notified struct {
	Mention string        `json:"mention"`
	On      authority.Day `json:"on"`
}

// Projections make the table of the acts.
func Projections() []journal.Projection {
	return []journal.Projection{{
		Name: "civilstatus", Version: 3, Prefix: "act/", Tables: []string{"act"},
		Schema: `CREATE TABLE act (id TEXT PRIMARY KEY, name TEXT NOT NULL, year INTEGER NOT NULL, number TEXT NOT NULL, kind TEXT NOT NULL,
			waiting INTEGER NOT NULL, due TEXT NOT NULL, data BLOB NOT NULL) STRICT;
			CREATE INDEX act_by_name ON act (name, year); CREATE INDEX act_by_number ON act (kind, year, number); CREATE INDEX act_waiting ON act (due) WHERE waiting > 0;`,
		Apply: apply,
		Forget: func(tx *store.Tx, stream string) error {
			_, err := tx.Exec(`DELETE FROM act WHERE id = ?`, strings.TrimPrefix(stream, "act/"))
			return err
		},
	}}
}

func apply(tx *store.Tx, ev journal.Event) error {
	id := strings.TrimPrefix(ev.Stream, "act/")
	a, err := read(tx, id)
	if errors.Is(err, store.ErrNotFound) {
		a, err = &Act{}, nil
	}
	if err != nil {
		return err
	}
	if err := a.fold(ev); err != nil {
		return err
	}
	if ev.Kind == KindImported || ev.Kind == KindIndexed {
		err := tx.Index(store.Document{
			Kind: "act", Ref: id, Stream: ev.Stream, At: ev.At,
			Title: strings.TrimLeft(fmt.Sprintf("%s %s — acte de %s n° %s de %d", strings.ToUpper(a.LastName), a.FirstName, a.Kind.Name(), a.Number, a.Year), " —"),
		})
		if err != nil {
			return err
		}
	}
	return save(tx, a)
}

func (a *Act) fold(ev journal.Event) error {
	switch ev.Kind {
	case KindImported:
		return json.Unmarshal(ev.Data, a)
	case KindIndexed:
		var in Index
		if err := json.Unmarshal(ev.Data, &in); err != nil {
			return err
		}
		a.LastName, a.FirstName, a.Gender, a.Date, a.Written = in.LastName, in.FirstName, in.Gender, in.Date, in.Written
	case KindRecorded:
		var m Mention
		if err := json.Unmarshal(ev.Data, &m); err != nil {
			return err
		}
		a.Mentions = append(a.Mentions, m)
	case KindAffixed:
		var d affixed
		if err := json.Unmarshal(ev.Data, &d); err != nil {
			return err
		}
		if m := a.find(d.Mention); m != nil {
			m.State, m.Officer, m.On = Affixed, d.Officer, d.On
			a.Outdated = true
		}
	case KindNotified:
		var d notified
		if err := json.Unmarshal(ev.Data, &d); err != nil {
			return err
		}
		if m := a.find(d.Mention); m != nil {
			m.State = Notified
		}
	}
	return nil
}

func save(tx *store.Tx, a *Act) error {
	data, err := json.Marshal(a)
	if err != nil {
		return err
	}
	waiting, due := 0, "9999-12-31"
	for _, m := range a.Mentions {
		if m.State != ToAffix {
			continue
		}
		waiting++
		if m.Due != "" && string(m.Due) < due {
			due = string(m.Due)
		}
	}
	_, err = tx.Exec(`INSERT INTO act (id, name, year, number, kind, waiting, due, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, waiting = excluded.waiting, due = excluded.due, data = excluded.data`,
		a.ID, sortKey(a.LastName+" "+a.FirstName), a.Year, a.Number, string(a.Kind), waiting, due, data)
	return err
}

// sortKey is a name as indexes order it: «É» stands with «E».
func sortKey(name string) string {
	return strings.ToUpper(strings.NewReplacer("œ", "oe", "Œ", "OE", "æ", "ae", "Æ", "AE").Replace(french.Unaccented(name)))
}
