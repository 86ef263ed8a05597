package vault

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"strings"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/merge"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
)

// A note is a text that several members write, together or apart. Each computer adds its updates to a
// stream of its own, «vaultnote/<item>.<computer>», so that no two ever contend; the note is the sum
// of all (package merge). An update is sealed as names are.

// PrefixNote is what the streams of notes begin with.
const PrefixNote = "vaultnote/"

// KindWritten is an update of a note.
const KindWritten = "vaultnote.written"

type written struct {
	Update box `json:"update"`
}

func notes() journal.Projection {
	return journal.Projection{
		Name: "vault-notes", Version: 1, Prefix: PrefixNote, Tables: []string{"vault_note"},
		Schema: `CREATE TABLE vault_note (item TEXT NOT NULL, device TEXT NOT NULL, version INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY (item, device, version)) STRICT, WITHOUT ROWID;`,
		Apply: func(tx *store.Tx, ev journal.Event) error {
			item, device, _ := strings.Cut(strings.TrimPrefix(ev.Stream, PrefixNote), ".")
			if ev.Kind != KindWritten || device != ev.Device {
				return nil // a computer writes in its own stream
			}
			_, err := tx.Exec(`INSERT INTO vault_note (item, device, version, data) VALUES (?, ?, ?, ?)`, item, device, ev.Version, ev.Data)
			return err
		},
		Forget: func(tx *store.Tx, stream string) error {
			item, device, _ := strings.Cut(strings.TrimPrefix(stream, PrefixNote), ".")
			_, err := tx.Exec(`DELETE FROM vault_note WHERE item = ? AND device = ?`, item, device)
			return err
		},
	}
}

// Note is a note as somebody has it before her eyes.
type Note struct {
	Item Item
	Text string
	// seen is how many updates of each computer are in Text.
	seen map[string]int
}

// NewNote makes an empty note and gives its id. Errors: refusals, ErrLocked.
func (v *Vault) NewNote(ctx context.Context, actor, space, parent, name string) (id string, err error) {
	err = v.commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) {
		s, r, err := v.opened(tx, space)
		if err != nil {
			return nil, err
		}
		p := place{Parent: parent, Name: name, Note: true}
		if err := MayUse(s.public(), actor, Writer, v.today()); err != nil {
			return nil, err
		}
		if err := v.mayStand(tx, space, "", p); err != nil {
			return nil, err
		}
		d, err := v.creation(r, PrefixItem+v.j.NewID(), space, p, nil, v.j.Now())
		id = strings.TrimPrefix(d.Stream, PrefixItem)
		return []journal.Draft{d}, err
	})
	return id, err
}

// updates gives those of a note that this computer can open, of each computer at most as many as
// bound says; nil bounds nothing. What cannot be read is left out: it is somebody's nonsense.
func (v *Vault) updates(tx *store.Tx, r ring, item string, bound map[string]int) (out [][]byte, seen map[string]int, err error) {
	seen = map[string]int{}
	err = tx.Each(`SELECT device, version, data FROM vault_note WHERE item = ? ORDER BY device, version`, []any{item}, func(scan func(...any) error) error {
		var device string
		var version int
		var data []byte
		if err := scan(&device, &version, &data); err != nil {
			return err
		}
		if bound != nil && version > bound[device] {
			return nil
		}
		var w written
		var u []byte
		if json.Unmarshal(data, &w) != nil || r.open(w.Update, noteStream(item, device), &u) != nil {
			return nil
		}
		seen[device] = version
		out = append(out, u)
		return nil
	})
	return out, seen, err
}

func noteStream(item, device string) string { return PrefixNote + item + "." + device }

// Note reads a note. Errors: refusals, ErrLocked, store.ErrNotFound.
func (v *Vault) Note(ctx context.Context, person, id string) (n Note, err error) {
	var all [][]byte
	err = v.j.Store().View(ctx, func(tx *store.Tx) error {
		if n.Item, err = v.item(tx, id); err != nil {
			return err
		}
		if err := v.readable(tx, n.Item.Space, person); err != nil {
			return err
		}
		_, r, err := v.opened(tx, n.Item.Space)
		if err == nil {
			all, n.seen, err = v.updates(tx, r, id, nil)
		}
		return err
	})
	if err == nil {
		n.Text, err = v.said(all)
	}
	return n, err
}

// said gives the text of updates; one that cannot be read spoils the others no more than itself.
func (v *Vault) said(all [][]byte) (string, error) {
	replica, err := v.replica()
	if err != nil {
		return "", err
	}
	if t, err := merge.Open(replica, all); err == nil {
		return t.String(), nil
	}
	var good [][]byte
	for _, u := range all {
		if _, err := merge.Open(replica, append(good[:len(good):len(good)], u)); err == nil {
			good = append(good, u)
		}
	}
	t, err := merge.Open(replica, good)
	if err != nil {
		return "", fmt.Errorf("reading a note: %w", err)
	}
	return t.String(), nil
}

// replica draws the number of one editing.
func (v *Vault) replica() (uint32, error) {
	b := make([]byte, 4)
	if _, err := io.ReadFull(v.o.Rand, b); err != nil {
		return 0, fmt.Errorf("drawing the number of an editing: %w", err)
	}
	return binary.BigEndian.Uint32(b), nil
}

// With is the note as its author has it before her eyes once text was kept by WriteNote, which gave now:
// what others wrote meanwhile is not in it.
func (n Note) With(text, device string, now Note) Note {
	n.Text, n.seen = text, maps.Clone(n.seen)
	if n.seen == nil {
		n.seen = map[string]int{}
	}
	n.seen[device] = now.seen[device]
	return n
}

// Device is the id of this computer.
func (v *Vault) Device() string { return v.j.Device() }

// WriteNote keeps what somebody made of the note that she had before her eyes, and gives the note
// with what others wrote meanwhile. Errors: refusals, ErrLocked, merge.ErrTooLarge.
func (v *Vault) WriteNote(ctx context.Context, actor string, had Note, text string) (Note, error) {
	if text == had.Text {
		return v.Note(ctx, actor, had.Item.ID)
	}
	replica, err := v.replica()
	if err != nil {
		return had, err
	}
	err = v.commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) {
		i, err := v.item(tx, had.Item.ID)
		if err != nil {
			return nil, err
		}
		s, r, err := v.opened(tx, i.Space)
		if err != nil {
			return nil, err
		}
		if err := MayUse(s.public(), actor, Writer, v.today()); err != nil {
			return nil, err
		}
		if i.Trashed || !i.Note() {
			return nil, &rule.Refusal{Why: "Cette note est à la corbeille.", Cure: "Restaurez-la d’abord."}
		}
		before, _, err := v.updates(tx, r, i.ID, had.seen)
		if err != nil {
			return nil, err
		}
		t, err := merge.Open(replica, before)
		if err != nil {
			return nil, fmt.Errorf("opening a note: %w", err)
		}
		u, err := t.Become(text)
		if err != nil || u == nil {
			return nil, err
		}
		stream := noteStream(i.ID, v.j.Device())
		b, err := r.current.seal(v.o.Rand, stream, u)
		return []journal.Draft{{Stream: stream, Kind: KindWritten, Data: written{Update: b}}}, err
	})
	if err != nil {
		return had, err
	}
	return v.Note(ctx, actor, had.Item.ID)
}

// IndexNotes takes the words of notes that changed into the search.
func (v *Vault) IndexNotes(ctx context.Context) error {
	type stale struct {
		item  string
		count int
		text  string
	}
	var found []stale
	err := v.j.Store().View(ctx, func(tx *store.Tx) (err error) {
		found, err = store.All(tx, `SELECT o.item, n.count FROM (SELECT item, count(*) AS count FROM vault_note GROUP BY item) n JOIN vault_open o ON o.item = n.item WHERE o.indexed <> n.count LIMIT 100`, nil,
			func(scan func(...any) error) (s stale, err error) { return s, scan(&s.item, &s.count) })
		if err != nil {
			return err
		}
		for k := range found {
			i, err := v.item(tx, found[k].item)
			if err != nil {
				return err
			}
			_, r, err := v.opened(tx, i.Space)
			if err != nil {
				return err
			}
			all, _, err := v.updates(tx, r, i.ID, nil)
			if err == nil {
				found[k].text, err = v.said(all)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil || len(found) == 0 {
		return err
	}
	return v.j.Store().Update(ctx, func(tx *store.Tx) error {
		for _, s := range found {
			if _, err := tx.Exec(`UPDATE vault_words SET body = ? WHERE rowid = (SELECT place FROM vault_open WHERE item = ?)`, s.text, s.item); err != nil {
				return err
			}
			if _, err := tx.Exec(`UPDATE vault_open SET indexed = ? WHERE item = ?`, s.count, s.item); err != nil {
				return err
			}
		}
		return nil
	})
}
