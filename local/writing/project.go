package writing

import (
	"encoding/json"
	"strings"
	"time"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/store"
)

// Prefix is what the streams of this package begin with.
const Prefix = "writing/"

// KindWritten is what one computer adds to a draft.
const KindWritten = "writing.written"

// update is the data of KindWritten.
type update struct {
	Root   string         `json:"root"`             // the edition it is written over
	N      int            `json:"n"`                // more than any that its author had seen
	Text   []byte         `json:"text,omitempty"`   // of package merge
	Values map[string]set `json:"values,omitempty"` // given to names
	At     int            `json:"at,omitempty"`     // the paragraph where it begins, from 0
	// Carried: what this computer wrote before over another edition is in this one too.
	Carried bool `json:"carried,omitempty"`
}

// set is a value given in the place of another.
type set struct {
	Over  string `json:"over,omitempty"`
	Value string `json:"value"`
}

func stream(subject, device string) string { return Prefix + subject + "." + device }

// Projections make the table of the updates.
func Projections() []journal.Projection {
	split := func(stream string) (subject, device string) {
		s := strings.TrimPrefix(stream, Prefix)
		i := max(strings.LastIndexByte(s, '.'), 0)
		return s[:i], strings.TrimPrefix(s[i:], ".")
	}
	return []journal.Projection{{
		Name: "writing", Version: 1, Prefix: Prefix, Tables: []string{"writing"},
		Schema: `CREATE TABLE writing (subject TEXT NOT NULL, root TEXT NOT NULL, device TEXT NOT NULL, version INTEGER NOT NULL, at INTEGER NOT NULL, actor TEXT NOT NULL, data BLOB NOT NULL,
			PRIMARY KEY (subject, root, device, version)) STRICT, WITHOUT ROWID;`,
		Apply: func(tx *store.Tx, ev journal.Event) error {
			subject, device := split(ev.Stream)
			var u update
			if ev.Kind != KindWritten || device != ev.Device || json.Unmarshal(ev.Data, &u) != nil {
				return nil // a computer writes in its own stream; what cannot be read is somebody's nonsense
			}
			_, err := tx.Exec(`INSERT INTO writing (subject, root, device, version, at, actor, data) VALUES (?, ?, ?, ?, ?, ?, ?)`, subject, u.Root, device, ev.Version, ev.At.UnixMicro(), ev.Actor, ev.Data)
			return err
		},
		Forget: func(tx *store.Tx, stream string) error {
			subject, device := split(stream)
			_, err := tx.Exec(`DELETE FROM writing WHERE subject = ? AND device = ?`, subject, device)
			return err
		},
	}}
}

// row is an update as the table has it.
type row struct {
	update
	device, actor string
	version       int
	at            time.Time
}

// rows are the updates of a draft over an edition, of each computer in its order.
func rows(tx *store.Tx, subject, root string) (all []row, err error) {
	err = tx.Each(`SELECT device, version, at, actor, data FROM writing WHERE subject = ? AND root = ? ORDER BY device, version`, []any{subject, root}, func(scan func(...any) error) error {
		r, at, data := row{}, int64(0), []byte(nil)
		if err := scan(&r.device, &r.version, &at, &r.actor, &data); err != nil {
			return err
		}
		r.at = time.UnixMicro(at).UTC()
		if json.Unmarshal(data, &r.update) == nil {
			all = append(all, r)
		}
		return nil
	})
	return all, err
}

// Seen tells of each computer up to which of its updates somebody has a draft before the eyes.
type Seen map[string]int

// Known is what is there of a draft over an edition.
func Known(tx *store.Tx, subject, root string) (Seen, error) {
	seen := Seen{}
	err := tx.Each(`SELECT device, max(version) FROM writing WHERE subject = ? AND root = ? GROUP BY device`, []any{subject, root}, func(scan func(...any) error) error {
		var device string
		var version int
		err := scan(&device, &version)
		seen[device] = version
		return err
	})
	return seen, err
}

// Has tells whether all that another has seen was seen.
func (s Seen) Has(t Seen) bool {
	for device, version := range t {
		if s[device] < version {
			return false
		}
	}
	return true
}
