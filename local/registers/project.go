package registers

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/writing"
)

// Projections make the tables of what follows sittings, and of orders.
func Projections() []journal.Projection {
	return []journal.Projection{
		table("formality", applyFormality), table("minutes", applyMinutes), table("order", applyOrder), table("followup", applyFollowup), table("finished", applyFinished),
	}
}

// tableOf is the table of a kind of stream: «order» is a word of SQL.
func tableOf(name string) string { return "register_" + name }

// table holds one JSON document a stream, with the instant that orders it.
func table(name string, apply func(tx *store.Tx, id string, ev journal.Event) error) journal.Projection {
	t := tableOf(name)
	return journal.Projection{
		Name: "registers-" + name, Version: 3, Prefix: name + "/", Tables: []string{t},
		Schema: fmt.Sprintf(`CREATE TABLE %s (id TEXT PRIMARY KEY, at INTEGER NOT NULL, data BLOB NOT NULL) STRICT;
			CREATE INDEX %s_by_time ON %s (at)`, t, t, t),
		Apply: func(tx *store.Tx, ev journal.Event) error {
			return apply(tx, strings.TrimPrefix(ev.Stream, name+"/"), ev)
		},
		Forget: func(tx *store.Tx, stream string) error {
			_, err := tx.Exec(`DELETE FROM `+t+` WHERE id = ?`, strings.TrimPrefix(stream, name+"/"))
			return err
		},
	}
}

func put(tx *store.Tx, name, id string, ev journal.Event, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO `+tableOf(name)+` (id, at, data) VALUES (?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET at = excluded.at, data = excluded.data`, id, ev.At.UnixMicro(), data)
	return err
}

// present gives what a stream is so far, or a new one.
func present[T any](tx *store.Tx, name, id string) (*T, error) {
	v, err := one[T](tx, name, id)
	if errors.Is(err, store.ErrNotFound) {
		return new(T), nil
	}
	return v, err
}

func read[T any](data []byte) (v T, err error) { return v, json.Unmarshal(data, &v) }

func applyFormality(tx *store.Tx, id string, ev journal.Event) error {
	done, err := present[map[Formality]authority.Day](tx, "formality", id)
	if err != nil {
		return err
	}
	if *done == nil {
		*done = map[Formality]authority.Day{}
	}
	n, err := read[noted](ev.Data)
	if err != nil {
		return err
	}
	switch ev.Kind {
	case KindNoted:
		(*done)[n.What] = n.Day
	case KindCleared:
		delete(*done, n.What)
	}
	return put(tx, "formality", id, ev, done)
}

func applyMinutes(tx *store.Tx, id string, ev journal.Event) error {
	m, err := present[Minutes](tx, "minutes", id)
	if err != nil {
		return err
	}
	m.Sitting, m.Edition = id, ev.ID
	switch ev.Kind {
	case KindMinutesDrafted:
		var t minutesText
		t, err = read[minutesText](ev.Data)
		m.Text, m.Ended, m.Inclusion = t.Text, t.Ended, writing.Inclusion{Edition: ev.ID, Included: t.Writing}
	case KindMinutesSettled:
		var s Settled
		s, err = read[Settled](ev.Data)
		m.Settled = &s
	case KindMinutesSigned, KindMinutesPublished:
		var d onDay
		d, err = read[onDay](ev.Data)
		if ev.Kind == KindMinutesSigned {
			m.Signed = d.Day
		} else {
			m.Published, m.Where = d.Day, d.Where
		}
	}
	if err != nil {
		return err
	}
	return put(tx, "minutes", id, ev, m)
}

func applyOrder(tx *store.Tx, id string, ev journal.Event) error {
	o, err := present[Order](tx, "order", id)
	if err != nil {
		return err
	}
	o.ID, o.Edition = id, ev.ID
	if o.Status == "" {
		o.Status = Draft
	}
	if err := o.fold(ev); err != nil {
		return err
	}
	if err := put(tx, "order", id, ev, o); err != nil {
		return err
	}
	return tx.Index(store.Document{Kind: "order", Ref: id, Stream: ev.Stream, Title: strings.TrimSpace(o.Number + " " + o.Text.Subject()),
		Body: strings.Join(o.words(), "\n"), At: ev.At})
}

func (o *Order) fold(ev journal.Event) error {
	switch ev.Kind {
	case KindOrderDrafted:
		d, err := read[orderDraft](ev.Data)
		o.Series, o.Text, o.Saved = d.Series, d.Text, ev.At
		return err
	case KindOrderNumbered:
		n, err := read[numbered](ev.Data)
		o.Status, o.Number, o.Date, o.Signer, o.SignerName, o.SignerTitle = Numbered, n.Number, n.Date, n.Signer, n.Name, n.Title
		return err
	case KindOrderRenumbered:
		n, err := read[numbered](ev.Data)
		o.Number = n.Number
		return err
	case KindOrderSent:
		s, err := read[orderSent](ev.Data)
		o.Status, o.Folder, o.PDF = Sent, s.Folder, &s.PDF
		return err
	case KindOrderSigned:
		s, err := read[orderSent](ev.Data)
		o.Status, o.Final = Signed, &s.PDF
		return err
	case KindOrderKnown:
		d, err := read[onDay](ev.Data)
		o.Known = d.Day
		return err
	case KindOrderReported:
		r, err := read[reported](ev.Data)
		o.Reported, o.ReportedOn = r.Sitting, r.Day
		return err
	}
	return nil
}

func applyFollowup(tx *store.Tx, id string, ev journal.Event) error {
	f, err := read[Followup](ev.Data)
	if err != nil {
		return err
	}
	f.ID = id
	return put(tx, "followup", id, ev, f)
}

func applyFinished(tx *store.Tx, id string, ev journal.Event) error {
	f, err := read[finished](ev.Data)
	if err != nil {
		return err
	}
	return put(tx, "finished", id, ev, f)
}
