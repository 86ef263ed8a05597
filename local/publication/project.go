package publication

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/store"
)

// The kinds of entries.
const (
	KindAdded     = "publication.added"     // an act that came as a PDF
	KindDescribed = "publication.described" // details
	KindReceived  = "publication.received"  // by the State's representative
	KindMasked    = "publication.masked"    // before being public
	KindUrgent    = "publication.urgent"    // posted, before being online
	KindPublished = "publication.published"
	KindReplaced  = "publication.replaced" // by a masked copy, while public
	KindRedated   = "publication.redated"  // it was seen later than it was decided
	KindWithdrawn = "publication.withdrawn"

	KindSettled = "publishing.settled"
)

const settingsStream = "publishing/settings"

type added struct {
	Act     Act          `json:"act"`
	Details Details      `json:"details"`
	PDF     store.Digest `json:"pdf"`
}

type received struct {
	Day     authority.Day `json:"day"`
	Receipt string        `json:"receipt,omitempty"`
}

// copyOf is a copy that is, or will be, public.
type copyOf struct {
	Subject  string        `json:"subject,omitempty"` // without what is masked
	Document *store.Digest `json:"document,omitempty"`
	Page     *store.Digest `json:"page,omitempty"`
	Masked   bool          `json:"masked,omitempty"`
	Passages int           `json:"passages,omitempty"` // masked
}

type published struct {
	Act      Act                 `json:"act"`
	Way      council.Publication `json:"way"`
	At       time.Time           `json:"at"`
	ChosenBy string              `json:"chosenBy,omitempty"`
	Copy     copyOf              `json:"copy"`
	Original *store.Digest       `json:"original,omitempty"`
}

type urgent struct {
	At     time.Time `json:"at"`
	Reason string    `json:"reason"`
	Act    Act       `json:"act"`
}

type replaced struct {
	At   time.Time `json:"at"`
	Copy copyOf    `json:"copy"`
}

type redated struct {
	At   time.Time `json:"at"`
	Copy copyOf    `json:"copy"`
}

type withdrawn struct {
	At     time.Time `json:"at"`
	Reason string    `json:"reason,omitempty"`
	Hidden bool      `json:"hidden,omitempty"`
}

// Projections make the tables of the publications and of the settings.
func Projections() []journal.Projection {
	return []journal.Projection{
		{
			Name: "publication", Version: 2, Prefix: "publication/", Tables: []string{"publication"},
			Schema: `CREATE TABLE publication (id TEXT PRIMARY KEY, data BLOB NOT NULL) STRICT`,
			Apply:  apply, Forget: forget("publication", "publication/"),
		},
		{
			Name: "publishing", Version: 1, Prefix: "publishing/", Tables: []string{"publishing"},
			Schema: `CREATE TABLE publishing (id TEXT PRIMARY KEY, data BLOB NOT NULL) STRICT`,
			Apply: func(tx *store.Tx, ev journal.Event) error {
				var s Settings
				if err := json.Unmarshal(ev.Data, &s); err != nil {
					return err
				}
				return put(tx, "publishing", "settings", s)
			},
			Forget: forget("publishing", "publishing/"),
		},
	}
}

func forget(table, prefix string) func(*store.Tx, string) error {
	return func(tx *store.Tx, stream string) error {
		_, err := tx.Exec(`DELETE FROM `+table+` WHERE id = ?`, strings.TrimPrefix(stream, prefix))
		return err
	}
}

func put(tx *store.Tx, table, id string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO `+table+` (id, data) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET data = excluded.data`, id, data)
	return err
}

// row is one publication as the journal alone knows it; nil while nothing was done.
func row(tx *store.Tx, id string) (*Publication, error) {
	p, err := store.GetDecoded[Publication](tx, `SELECT data FROM publication WHERE id = ?`, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	return &p, err
}

func settings(tx *store.Tx) (Settings, error) {
	s, err := store.GetDecoded[Settings](tx, `SELECT data FROM publishing WHERE id = 'settings'`)
	if errors.Is(err, store.ErrNotFound) {
		return Settings{}, nil
	}
	return s, err
}

func apply(tx *store.Tx, ev journal.Event) error {
	id := strings.TrimPrefix(ev.Stream, "publication/")
	p, err := row(tx, id)
	if err != nil {
		return err
	}
	if p == nil {
		p = &Publication{Act: Act{ID: id}}
	}
	if err := p.fold(ev); err != nil {
		return fmt.Errorf("publication %s: %w", id, err)
	}
	if err := put(tx, "publication", id, p); err != nil {
		return err
	}
	if p.Kind == Deliberation || p.Kind == "" {
		return nil // found by its own page
	}
	return tx.Index(store.Document{Kind: "publication", Ref: id, Stream: ev.Stream, Title: strings.TrimSpace(p.Number + " " + p.Subject), At: ev.At})
}

func (p *Publication) fold(ev journal.Event) error {
	switch ev.Kind {
	case KindAdded:
		var a added
		err := json.Unmarshal(ev.Data, &a)
		p.Act, p.Details, p.Original = a.Act, a.Details, &a.PDF
		return err
	case KindDescribed:
		p.Details = Details{}
		return json.Unmarshal(ev.Data, &p.Details)
	case KindReceived:
		var r received
		err := json.Unmarshal(ev.Data, &r)
		p.Received, p.Receipt = r.Day, r.Receipt
		return err
	case KindMasked:
		var c copyOf
		err := json.Unmarshal(ev.Data, &c)
		p.take(c)
		return err
	case KindUrgent:
		var u urgent
		err := json.Unmarshal(ev.Data, &u)
		p.Act, p.Urgent, p.Urgency = u.Act, u.At, u.Reason
		return err
	case KindPublished:
		var x published
		err := json.Unmarshal(ev.Data, &x)
		p.Act, p.Way, p.At, p.ChosenBy, p.By, p.Original = x.Act, x.Way, x.At, x.ChosenBy, ev.Actor, x.Original
		p.take(x.Copy)
		return err
	case KindReplaced:
		var x replaced
		err := json.Unmarshal(ev.Data, &x)
		p.Replaced = x.At
		p.take(x.Copy)
		return err
	case KindRedated:
		var x redated
		err := json.Unmarshal(ev.Data, &x)
		p.At = x.At
		p.take(x.Copy)
		return err
	case KindWithdrawn:
		var w withdrawn
		err := json.Unmarshal(ev.Data, &w)
		p.Withdrawn, p.Reason, p.Hidden = w.At, w.Reason, w.Hidden
		return err
	}
	return nil
}

func (p *Publication) take(c copyOf) {
	p.Document, p.Page, p.Masked = c.Document, c.Page, c.Masked
	if c.Subject != "" {
		p.Subject = c.Subject
	}
}
