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
	Order   string        `json:"order,omitempty"` // of the delegation
	Crossed bool          `json:"crossed,omitempty"`
}

type notified struct {
	Mention string        `json:"mention"`
	On      authority.Day `json:"on"`
	// Notice is absent from the entries of the first versions, which told no recipient.
	Notice *Outgoing `json:"notice,omitempty"`
}

type verified struct {
	Mention string        `json:"mention"`
	By      string        `json:"by"`
	On      authority.Day `json:"on"`
}

// noted is a step of a mention, or of one of its notices.
type noted struct {
	Mention string        `json:"mention"`
	Notice  string        `json:"notice,omitempty"`
	Why     string        `json:"why,omitempty"`
	On      authority.Day `json:"on,omitempty"`
	Pages   []Image       `json:"pages,omitempty"`
}

type rescanned struct {
	Images []Image `json:"images"`
}

// Projections make the table of the acts.
func Projections() []journal.Projection {
	return []journal.Projection{{
		Name: "civilstatus", Version: 7, Prefix: "act/", Tables: []string{"act", "act_name"},
		Schema: `CREATE TABLE act (id TEXT PRIMARY KEY, name TEXT NOT NULL, year INTEGER NOT NULL, number TEXT NOT NULL, kind TEXT NOT NULL,
			waiting INTEGER NOT NULL, following INTEGER NOT NULL, poor INTEGER NOT NULL, due TEXT NOT NULL, data BLOB NOT NULL) STRICT;
			CREATE INDEX act_by_name ON act (name, year); CREATE INDEX act_by_number ON act (kind, year, number); CREATE INDEX act_waiting ON act (due) WHERE waiting > 0;
			CREATE INDEX act_following ON act (id) WHERE following > 0; CREATE INDEX act_poor ON act (kind, year, number) WHERE poor > 0;` + nameTable,
		Apply: apply,
		Forget: func(tx *store.Tx, stream string) error {
			id := strings.TrimPrefix(stream, "act/")
			if _, err := tx.Exec(`DELETE FROM act_name WHERE rowid = (SELECT rowid FROM act WHERE id = ?)`, id); err != nil {
				return err
			}
			_, err := tx.Exec(`DELETE FROM act WHERE id = ?`, id)
			return err
		},
	}, incomingProjection(), settingsProjection(), deathProjection(), linkProjection()}
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
	was, reference := a.names(), a.reference()
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
	if err := save(tx, a); err != nil || ev.Kind != KindImported && a.names() == was && a.reference() == reference {
		return err
	}
	return indexNames(tx, a)
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
		*a = in.of(*a)
	case KindRecorded, KindStanding:
		var m Mention
		if err := json.Unmarshal(ev.Data, &m); err != nil {
			return err
		}
		a.Mentions = append(a.Mentions, m)
		if wrong := a.find(m.Corrects); wrong != nil {
			wrong.CorrectedBy = m.ID
		}
	case KindAffixed:
		var d affixed
		if err := json.Unmarshal(ev.Data, &d); err != nil {
			return err
		}
		if m := a.find(d.Mention); m != nil {
			m.State, m.Officer, m.On, m.Capacity, m.Crossed = Affixed, d.Officer, d.On, d.Order, d.Crossed
			a.Outdated = true
		}
	case KindNotified:
		var d notified
		if err := json.Unmarshal(ev.Data, &d); err != nil {
			return err
		}
		if m := a.find(d.Mention); m != nil {
			m.State = Notified
			if d.Notice != nil {
				m.Notices = append(m.Notices, *d.Notice)
			}
		}
	case KindVerified:
		var d verified
		if err := json.Unmarshal(ev.Data, &d); err != nil {
			return err
		}
		if m := a.find(d.Mention); m != nil {
			m.State, m.Verifier, m.Verified = ToAffix, d.By, d.On
		}
	case KindRescanned:
		var d rescanned
		if err := json.Unmarshal(ev.Data, &d); err != nil {
			return err
		}
		a.Former, a.Images, a.Outdated = append(a.Former, a.Images...), d.Images, false
		for i := range a.Mentions {
			if m := &a.Mentions[i]; m.InMargin() {
				m.Scanned = true
			}
		}
	case KindWithdrawn, KindCrossed, KindChased, KindReceipt, KindClosed:
		var d noted
		if err := json.Unmarshal(ev.Data, &d); err != nil {
			return err
		}
		if m := a.find(d.Mention); m != nil {
			m.note(a, ev.Kind, d)
		}
	}
	return nil
}

// note folds what was noted on a mention.
func (m *Mention) note(a *Act, kind string, d noted) {
	n := m.notice(d.Notice)
	switch {
	case kind == KindWithdrawn:
		m.State, m.Dropped = Withdrawn, d.Why
		if wrong := a.find(m.Corrects); wrong != nil && wrong.CorrectedBy == m.ID {
			wrong.CorrectedBy = ""
		}
	case kind == KindCrossed:
		m.Crossed = true
	case kind == KindClosed:
		m.Closed = true
	case n == nil:
	case kind == KindChased:
		n.Chased = append(n.Chased, d.On)
	case kind == KindReceipt:
		n.Receipt, n.ReceiptPages, n.KeepUntil = d.On, d.Pages, d.On.Months(12*receiptYears)
		if !m.awaiting() {
			m.State = Acknowledged
		}
	}
}

func save(tx *store.Tx, a *Act) error {
	data, err := json.Marshal(a)
	if err != nil {
		return err
	}
	waiting, following, due := 0, 0, "9999-12-31"
	for _, m := range a.Mentions {
		if m.following() {
			following++
		}
		if m.State != ToAffix && m.State != Prepared {
			continue
		}
		waiting++
		if m.Due != "" && string(m.Due) < due {
			due = string(m.Due)
		}
	}
	poor := 0
	if a.Poor() {
		poor = 1
	}
	_, err = tx.Exec(`INSERT INTO act (id, name, year, number, kind, waiting, following, poor, due, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, year = excluded.year, number = excluded.number, waiting = excluded.waiting, following = excluded.following, poor = excluded.poor, due = excluded.due, data = excluded.data`,
		a.ID, sortKey(a.LastName+" "+a.FirstName), a.Year, a.Number, string(a.Kind), waiting, following, poor, due, data)
	return err
}

// sortKey is a name as indexes order it: «É» stands with «E».
func sortKey(name string) string {
	return strings.ToUpper(strings.NewReplacer("œ", "oe", "Œ", "OE", "æ", "ae", "Æ", "AE").Replace(french.Unaccented(name)))
}
