package vault

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/store"
)

// What the streams begin with.
const (
	PrefixSpace  = "vaultspace/"
	PrefixItem   = "vaultitem/"
	PrefixDevice = "vaultdevice/"
)

// The kinds of entries.
const (
	KindHeld = "vaultdevice.held"

	KindMade      = "vaultspace.made"
	KindNamed     = "vaultspace.named"
	KindGranted   = "vaultspace.granted"
	KindWithdrawn = "vaultspace.withdrawn"
	KindAdmitted  = "vaultspace.admitted"
	KindRekeyed   = "vaultspace.rekeyed"
	KindClosed    = "vaultspace.closed"

	KindCreated   = "vaultitem.created"
	KindPlaced    = "vaultitem.placed"
	KindVersion   = "vaultitem.version"
	KindTrashed   = "vaultitem.trashed"
	KindRestored  = "vaultitem.restored"
	KindTakenOut  = "vaultitem.taken"
	KindGivenBack = "vaultitem.returned"
	KindErased    = "vaultitem.erased"
)

// wraps is a space's key for computers, by their ids.
type wraps map[string][]byte

// former is a key sealed under another one.
type former struct {
	ID    string `json:"id"`
	Under string `json:"under"`
	Data  []byte `json:"data"`
}

type (
	held struct {
		Person string `json:"person"`
	}
	made struct {
		Kind  SpaceKind `json:"kind"`
		Owner string    `json:"owner,omitempty"`
		Name  *box      `json:"name,omitempty"`
		Key   string    `json:"key"`
		Wraps wraps     `json:"wraps"`
		// Members begin with who made it.
		Members []Member `json:"members"`
	}
	named   struct{ Name box }
	granted struct {
		Member
		Wraps wraps `json:"wraps"` // of the present key
		Key   string
	}
	admitted struct {
		Key   string `json:"key"`
		Wraps wraps  `json:"wraps"`
	}
	rekeyed struct {
		// Person is who was withdrawn, empty when a key alone is renewed.
		Person string   `json:"person,omitempty"`
		Key    string   `json:"key"`
		Wraps  wraps    `json:"wraps"`
		Former []former `json:"former"`
	}
	created struct {
		Space string `json:"space"`
		Place box    `json:"place"`
		// Content is set for a file; its blob is the entry's.
		Content *box `json:"content,omitempty"`
	}
	placed    struct{ Place box }
	versioned struct{ Content box }
	takenOut  struct {
		Person string `json:"person"`
	}
	// erased names what was in the trash: the item itself, or the folder that it was in.
	erased struct {
		With string `json:"with"`
	}
)

// spaceRow is a space as its stream tells it.
type spaceRow struct {
	ID      string           `json:"id"`
	Kind    SpaceKind        `json:"kind"`
	Owner   string           `json:"owner,omitempty"`
	Name    *box             `json:"name,omitempty"`
	Members []Member         `json:"members"`
	Current string           `json:"current"`
	Wraps   map[string]wraps `json:"wraps"`
	Former  []former         `json:"former,omitempty"`
	Closed  bool             `json:"closed,omitempty"`
}

// rowVersion is one version as the stream of its file tells it.
type rowVersion struct {
	Content box          `json:"content"`
	Blob    store.Digest `json:"blob"`
	At      time.Time    `json:"at"`
	By      string       `json:"by"`
	Device  string       `json:"device"`
}

// itemRow is an item as its stream tells it.
type itemRow struct {
	Space    string       `json:"space"`
	Place    box          `json:"place"`
	Versions []rowVersion `json:"versions,omitempty"`
	Trashed  bool         `json:"trashed,omitempty"`
	// Since is when it went into the trash.
	Since time.Time `json:"since,omitzero"`
	// Erased: nothing of it is kept; Gone are the contents that it had.
	Erased bool           `json:"erased,omitempty"`
	Gone   []store.Digest `json:"gone,omitempty"`
	Out    *Out           `json:"out,omitempty"`
	At     time.Time      `json:"at"`
	By     string         `json:"by"`
}

// Projections make the tables of the vault.
func Projections() []journal.Projection {
	return []journal.Projection{spaces(), devices(), items(), links(), notes()}
}

func spaces() journal.Projection {
	return journal.Projection{
		Name: "vault-spaces", Version: 1, Prefix: PrefixSpace, Tables: []string{"vault_space", "vault_seen"},
		Schema: `CREATE TABLE vault_space (id TEXT PRIMARY KEY, data BLOB NOT NULL) STRICT;
			-- The keys with which the items of a space were last opened: not of the journal.
			CREATE TABLE vault_seen (space TEXT PRIMARY KEY, keys TEXT NOT NULL) STRICT;`,
		Apply: func(tx *store.Tx, ev journal.Event) error {
			id := strings.TrimPrefix(ev.Stream, PrefixSpace)
			s, err := store.GetDecoded[spaceRow](tx, `SELECT data FROM vault_space WHERE id = ?`, id)
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				return err
			}
			s.ID = id
			if err := s.fold(ev); err != nil {
				return err
			}
			return put(tx, `INSERT INTO vault_space (id, data) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET data = excluded.data`, s, id)
		},
		Forget: func(tx *store.Tx, stream string) error {
			_, err := tx.Exec(`DELETE FROM vault_space WHERE id = ?`, strings.TrimPrefix(stream, PrefixSpace))
			return err
		},
	}
}

func put(tx *store.Tx, statement string, row any, id string) error {
	text, err := json.Marshal(row)
	if err != nil {
		return err
	}
	_, err = tx.Exec(statement, id, text)
	return err
}

// fold applies one entry. What its author had no right to is left out: every laptop sees the
// same entries in the same order, and leaves out the same.
func (s *spaceRow) fold(ev journal.Event) error {
	if ev.Kind == KindMade {
		var m made
		if err := json.Unmarshal(ev.Data, &m); err != nil {
			return err
		}
		if m.Kind == Personal && m.Owner != ev.Actor {
			return nil
		}
		s.Kind, s.Owner, s.Name, s.Members, s.Current = m.Kind, m.Owner, m.Name, m.Members, m.Key
		s.Wraps = map[string]wraps{m.Key: m.Wraps}
		return nil
	}
	role := Space{Members: s.Members}.Role(ev.Actor, "")
	if role == "" {
		return nil
	}
	if ev.Kind == KindAdmitted {
		return decode(ev.Data, func(a admitted) { s.add(a.Key, a.Wraps) })
	}
	if ev.Kind == KindRekeyed {
		return decode(ev.Data, func(k rekeyed) {
			if role == Manager || ev.Actor == k.Person {
				s.rekey(k)
			}
		})
	}
	if role != Manager {
		return nil
	}
	switch ev.Kind {
	case KindNamed:
		return decode(ev.Data, func(n named) { s.Name = &n.Name })
	case KindGranted:
		return decode(ev.Data, func(g granted) {
			s.without(g.Person)
			s.Members = append(s.Members, g.Member)
			s.add(g.Key, g.Wraps)
		})
	case KindClosed:
		s.Closed = true
	}
	return nil
}

func decode[T any](data []byte, use func(T)) error {
	var v T
	if err := json.Unmarshal(data, &v); err != nil {
		return err
	}
	use(v)
	return nil
}

func (s *spaceRow) without(person string) {
	s.Members = slices.DeleteFunc(s.Members, func(m Member) bool { return m.Person == person })
}

func (s *spaceRow) add(key string, w wraps) {
	if s.Wraps[key] == nil {
		s.Wraps[key] = wraps{}
	}
	for device, wrapped := range w {
		s.Wraps[key][device] = wrapped
	}
}

func (s *spaceRow) rekey(k rekeyed) {
	if k.Person != "" {
		s.without(k.Person)
	}
	s.add(k.Key, k.Wraps)
	s.Current = k.Key
	s.Former = append(s.Former, k.Former...)
}

func devices() journal.Projection {
	return journal.Projection{
		Name: "vault-devices", Version: 1, Prefix: PrefixDevice, Tables: []string{"vault_holder"},
		Schema: `CREATE TABLE vault_holder (device TEXT NOT NULL, person TEXT NOT NULL, PRIMARY KEY (device, person)) STRICT;`,
		Apply: func(tx *store.Tx, ev journal.Event) error {
			if ev.Kind != KindHeld || strings.TrimPrefix(ev.Stream, PrefixDevice) != ev.Device {
				return nil // a computer speaks for itself alone
			}
			var h held
			if err := json.Unmarshal(ev.Data, &h); err != nil {
				return err
			}
			_, err := tx.Exec(`INSERT INTO vault_holder (device, person) VALUES (?, ?) ON CONFLICT DO NOTHING`, ev.Device, h.Person)
			return err
		},
		Forget: func(tx *store.Tx, stream string) error {
			_, err := tx.Exec(`DELETE FROM vault_holder WHERE device = ?`, strings.TrimPrefix(stream, PrefixDevice))
			return err
		},
	}
}

// opened are the tables that Refresh fills: what this computer can read of the items.
const opened = `
	CREATE TABLE vault_open (
		place    INTEGER PRIMARY KEY,
		item     TEXT    NOT NULL UNIQUE,
		space    TEXT    NOT NULL,
		parent   TEXT    NOT NULL,
		shown    TEXT    NOT NULL,            -- parent, or the top when folders were moved in a ring
		folder   INTEGER NOT NULL,
		name     TEXT    NOT NULL,
		sorted   TEXT    NOT NULL,            -- the name as it is sorted
		size     INTEGER NOT NULL,
		modified INTEGER NOT NULL,            -- microseconds since 1970, UTC
		at       INTEGER NOT NULL,
		by       TEXT    NOT NULL,
		version  INTEGER NOT NULL,
		blob     TEXT    NOT NULL,
		trashed  INTEGER NOT NULL,
		out      TEXT    NOT NULL,            -- JSON, or empty
		indexed  INTEGER NOT NULL DEFAULT 0   -- the version whose words are in vault_words
	) STRICT;
	CREATE INDEX vault_listed ON vault_open (space, trashed, shown, folder DESC, sorted, item);
	-- How many files a space has, and their bytes, without adding them up.
	CREATE TABLE vault_weight (space TEXT PRIMARY KEY, files INTEGER NOT NULL, bytes INTEGER NOT NULL) STRICT;
	CREATE TRIGGER vault_comes AFTER INSERT ON vault_open WHEN NEW.folder = 0 AND NEW.trashed = 0 BEGIN
		INSERT INTO vault_weight VALUES (NEW.space, 1, NEW.size) ON CONFLICT (space) DO UPDATE SET files = files + 1, bytes = bytes + excluded.bytes;
	END;
	CREATE TRIGGER vault_goes AFTER DELETE ON vault_open WHEN OLD.folder = 0 AND OLD.trashed = 0 BEGIN
		UPDATE vault_weight SET files = files - 1, bytes = bytes - OLD.size WHERE space = OLD.space;
	END;
	CREATE TRIGGER vault_changes AFTER UPDATE OF folder, trashed, size ON vault_open BEGIN
		INSERT INTO vault_weight VALUES (NEW.space, 0, 0) ON CONFLICT DO NOTHING;
		UPDATE vault_weight SET files = files - (OLD.folder = 0 AND OLD.trashed = 0) + (NEW.folder = 0 AND NEW.trashed = 0),
			bytes = bytes - OLD.size * (OLD.folder = 0 AND OLD.trashed = 0) + NEW.size * (NEW.folder = 0 AND NEW.trashed = 0) WHERE space = NEW.space;
	END;
	CREATE INDEX vault_unread ON vault_open (item) WHERE folder = 0 AND indexed < version;
	CREATE VIRTUAL TABLE vault_words USING fts5 (name, body, tokenize = "unicode61 remove_diacritics 2", prefix = '2 3');
	CREATE TABLE vault_dirty (item TEXT PRIMARY KEY) STRICT;`

func items() journal.Projection {
	return journal.Projection{
		Name: "vault-items", Version: 3, Prefix: PrefixItem, Tables: []string{"vault_item", "vault_open", "vault_weight", "vault_words", "vault_dirty", "vault_gone"},
		Schema: `CREATE TABLE vault_item (id TEXT PRIMARY KEY, space TEXT NOT NULL, data BLOB NOT NULL) STRICT;
			CREATE INDEX vault_item_of ON vault_item (space);
			-- Contents of what was erased, until this computer has let go of them.
			CREATE TABLE vault_gone (digest TEXT PRIMARY KEY, item TEXT NOT NULL, space TEXT NOT NULL, done INTEGER NOT NULL DEFAULT 0) STRICT;` + opened,
		Apply: func(tx *store.Tx, ev journal.Event) error {
			id := strings.TrimPrefix(ev.Stream, PrefixItem)
			i, err := store.GetDecoded[itemRow](tx, `SELECT data FROM vault_item WHERE id = ?`, id)
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				return err
			}
			if err := i.fold(ev); err != nil {
				return err
			}
			text, err := json.Marshal(i)
			if err != nil {
				return err
			}
			if _, err := tx.Exec(`INSERT INTO vault_item (id, space, data) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET data = excluded.data`, id, i.Space, text); err != nil {
				return err
			}
			for _, d := range i.Gone {
				if _, err := tx.Exec(`INSERT INTO vault_gone (digest, item, space) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`, d.String(), id, i.Space); err != nil {
					return err
				}
			}
			_, err = tx.Exec(`INSERT INTO vault_dirty (item) VALUES (?) ON CONFLICT DO NOTHING`, id)
			return err
		},
		Forget: func(tx *store.Tx, stream string) error {
			id := strings.TrimPrefix(stream, PrefixItem)
			if err := shut(tx, id); err != nil {
				return err
			}
			if _, err := tx.Exec(`DELETE FROM vault_gone WHERE item = ? AND done = 0`, id); err != nil {
				return err
			}
			_, err := tx.Exec(`DELETE FROM vault_item WHERE id = ?`, id)
			return err
		},
	}
}

// shut takes an item out of what is open.
func shut(tx *store.Tx, id string) error {
	if _, err := tx.Exec(`DELETE FROM vault_words WHERE rowid = (SELECT place FROM vault_open WHERE item = ?)`, id); err != nil {
		return err
	}
	_, err := tx.Exec(`DELETE FROM vault_open WHERE item = ?`, id)
	return err
}

func (i *itemRow) fold(ev journal.Event) error {
	if i.Erased { // nothing comes after; what a laptop wrote apart becomes a file of its own (Reconcile)
		if len(ev.Blobs) > 0 {
			i.Gone = append(i.Gone, ev.Blobs...)
		}
		return nil
	}
	i.At, i.By = ev.At, ev.Actor
	add := func(b box) {
		v := rowVersion{Content: b, At: ev.At, By: ev.Actor, Device: ev.Device}
		if len(ev.Blobs) > 0 {
			v.Blob = ev.Blobs[0]
		}
		i.Versions = append(i.Versions, v)
	}
	switch ev.Kind {
	case KindCreated:
		return decode(ev.Data, func(c created) {
			i.Space, i.Place = c.Space, c.Place
			if c.Content != nil {
				add(*c.Content)
			}
		})
	case KindPlaced:
		return decode(ev.Data, func(p placed) { i.Place = p.Place })
	case KindVersion:
		return decode(ev.Data, func(v versioned) { add(v.Content) })
	case KindTrashed:
		i.Trashed, i.Since, i.Out = true, ev.At, nil
	case KindRestored:
		i.Trashed, i.Since = false, time.Time{}
	case KindErased:
		for _, v := range i.Versions {
			i.Gone = append(i.Gone, v.Blob)
		}
		i.Erased, i.Versions, i.Out = true, nil, nil
	case KindTakenOut:
		return decode(ev.Data, func(t takenOut) { i.Out = &Out{Person: t.Person, Device: ev.Device, At: ev.At} })
	case KindGivenBack:
		i.Out = nil
	}
	return nil
}
