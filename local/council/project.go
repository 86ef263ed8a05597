package council

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/typeset"
	"alpi40.fr/airial/local/writing"
)

// Projections make the tables of the deliberations and of the sittings.
func Projections() []journal.Projection {
	return append(writing.Projections(),
		table("deliberation", applyDeliberation), sittingTables(), agendasProjection(), table("textmodel", applyModel), table("lexicon", applyLexicon), remarks(), numbering(), deliveriesProjection(), table("commission", applyCommission), advices(), approvals(),
	)
}

// table holds one JSON document a stream, with the instant that orders it.
func table(name string, apply func(*store.Tx, journal.Event) error) journal.Projection {
	return journal.Projection{
		Name: "council-" + name, Version: 3, Prefix: name + "/", Tables: []string{name},
		Schema: fmt.Sprintf(`CREATE TABLE %s (id TEXT PRIMARY KEY, at INTEGER NOT NULL, status TEXT NOT NULL, data BLOB NOT NULL) STRICT;
			CREATE INDEX %s_by_time ON %s (at)`, name, name, name),
		Apply: apply,
		Forget: func(tx *store.Tx, stream string) error {
			_, err := tx.Exec(`DELETE FROM `+name+` WHERE id = ?`, strings.TrimPrefix(stream, name+"/"))
			return err
		},
	}
}

func put(tx *store.Tx, table, id string, at int64, status string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO `+table+` (id, at, status, data) VALUES (?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET at = excluded.at, status = excluded.status, data = excluded.data`, id, at, status, data)
	return err
}

func applyDeliberation(tx *store.Tx, ev journal.Event) error {
	id := strings.TrimPrefix(ev.Stream, "deliberation/")
	d, err := deliberation(tx, id)
	if errors.Is(err, store.ErrNotFound) {
		d, err = &Deliberation{ID: id, Status: StatusDraft}, nil
	}
	if err != nil {
		return err
	}
	d.Version, d.Edition = ev.Version, ev.ID
	switch ev.Kind {
	case KindDrafted:
		var t drafted
		err = json.Unmarshal(ev.Data, &t)
		d.Text, d.Inclusion, d.Saved, d.SavedBy = t.Text, writing.Inclusion{Edition: ev.ID, Included: t.Writing}, ev.At, ev.Actor
	case KindFinalised:
		var f finalised
		err = json.Unmarshal(ev.Data, &f)
		d.Status, d.Number, d.Sitting, d.Record = StatusFinalised, f.Number, f.Sitting, &f.Record
	case KindRenumbered:
		var n renumbered
		err = json.Unmarshal(ev.Data, &n)
		d.Number = n.Number
	case KindSent:
		var s sent
		err = json.Unmarshal(ev.Data, &s)
		d.Status, d.Folder, d.PDF = StatusSent, s.Folder, &s.PDF
	case KindSigned:
		var s signed
		err = json.Unmarshal(ev.Data, &s)
		d.Status, d.Signed = StatusSigned, &s.PDF
	}
	if err != nil {
		return err
	}
	if err := put(tx, "deliberation", id, ev.At.UnixMicro(), string(d.Status), d); err != nil {
		return err
	}
	var body []string
	for _, b := range d.Text.Blocks {
		body = append(body, typeset.Unmarked(d.Text.fill(b.Text)))
	}
	title := strings.TrimSpace(d.Number + " " + d.Text.Subject())
	return tx.Index(store.Document{Kind: "deliberation", Ref: id, Stream: ev.Stream, Title: title, Body: strings.Join(body, "\n"), At: ev.At})
}
