package authority

import (
	"encoding/json"
	"fmt"
	"strings"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/store"
)

// Projections make the tables of the authority, its people and its delegations.
func Projections() []journal.Projection {
	return []journal.Projection{
		described("authority", "authority/", KindDescribed, nil),
		described("person", "person/", KindPerson, indexPerson),
		delegations(),
	}
}

// described is a table whose rows are the last description of each stream.
func described(name, prefix, kind string, index func(*store.Tx, journal.Event) error) journal.Projection {
	return journal.Projection{
		Name: name, Version: 1, Prefix: prefix, Tables: []string{name},
		Schema: fmt.Sprintf(`CREATE TABLE %s (id TEXT PRIMARY KEY, data BLOB NOT NULL) STRICT`, name),
		Apply: func(tx *store.Tx, ev journal.Event) error {
			if ev.Kind != kind {
				return nil
			}
			_, err := tx.Exec(fmt.Sprintf(`INSERT INTO %s (id, data) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET data = excluded.data`, name),
				strings.TrimPrefix(ev.Stream, prefix), ev.Data)
			if err != nil || index == nil {
				return err
			}
			return index(tx, ev)
		},
		Forget: func(tx *store.Tx, stream string) error {
			_, err := tx.Exec(fmt.Sprintf(`DELETE FROM %s WHERE id = ?`, name), strings.TrimPrefix(stream, prefix))
			return err
		},
	}
}

func indexPerson(tx *store.Tx, ev journal.Event) error {
	var p Person
	if err := json.Unmarshal(ev.Data, &p); err != nil {
		return err
	}
	return tx.Index(store.Document{Kind: "person", Ref: p.ID, Stream: ev.Stream, Title: p.Name(), Body: p.Title, At: ev.At})
}

func delegations() journal.Projection {
	p := described("delegation", "delegation/", KindDelegated, nil)
	grant := p.Apply
	p.Apply = func(tx *store.Tx, ev journal.Event) error {
		if ev.Kind != KindWithdrawn {
			return grant(tx, ev)
		}
		var w withdrawn
		if err := json.Unmarshal(ev.Data, &w); err != nil {
			return err
		}
		id := strings.TrimPrefix(ev.Stream, "delegation/")
		d, err := store.GetDecoded[Delegation](tx, `SELECT data FROM delegation WHERE id = ?`, id)
		if err != nil {
			return err
		}
		d.Until = w.On.Plus(-1)
		data, err := json.Marshal(d)
		if err != nil {
			return err
		}
		_, err = tx.Exec(`UPDATE delegation SET data = ? WHERE id = ?`, data, id)
		return err
	}
	return p
}
