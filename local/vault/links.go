package vault

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/store"
)

// PrefixLink is what the streams of links begin with.
const PrefixLink = "vaultlink/"

// KindLinked is the entry that describes a link.
const KindLinked = "vaultlink.described"

// Link is what an authority keeps of a link by which files leave or come: what opens it is sealed
// under the key of a space, so that all members of that space follow it, and nobody else.
type Link struct {
	ID    string `json:"-"` // the server's
	Space string `json:"-"`
	// Kind is «send», «deposit» or «room».
	Kind  string `json:"kind"`
	Title string `json:"title"`
	Words string `json:"words,omitempty"`
	// Identity opens what is in it: AGE-SECRET-KEY-1…
	Identity string    `json:"identity"`
	Guests   []Guest   `json:"guests"`
	Expires  time.Time `json:"expires"`
	Max      int       `json:"max,omitempty"`
	Made     time.Time `json:"made"`
	By       string    `json:"by"` // person
	// Fetched are the files of it that are in the vault already.
	Fetched []string `json:"fetched,omitempty"`
	// Closed is set once it was closed from here.
	Closed bool `json:"closed,omitempty"`
}

// Guest is who was given a link.
type Guest struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Role    string    `json:"role"` // «read», «add», «share»
	Address string    `json:"address"`
	Phrase  string    `json:"phrase,omitempty"`
	Expires time.Time `json:"expires,omitzero"`
	Removed bool      `json:"removed,omitempty"`
}

type linked struct {
	Space string `json:"space"`
	Link  box    `json:"link"`
}

func links() journal.Projection {
	return journal.Projection{
		Name: "vault-links", Version: 1, Prefix: PrefixLink, Tables: []string{"vault_link"},
		Schema: `CREATE TABLE vault_link (id TEXT PRIMARY KEY, data BLOB NOT NULL) STRICT;`,
		Apply: func(tx *store.Tx, ev journal.Event) error {
			if ev.Kind != KindLinked {
				return nil
			}
			var l linked
			if err := json.Unmarshal(ev.Data, &l); err != nil {
				return err
			}
			return put(tx, `INSERT INTO vault_link (id, data) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET data = excluded.data`, l, strings.TrimPrefix(ev.Stream, PrefixLink))
		},
		Forget: func(tx *store.Tx, stream string) error {
			_, err := tx.Exec(`DELETE FROM vault_link WHERE id = ?`, strings.TrimPrefix(stream, PrefixLink))
			return err
		},
	}
}

// Describe keeps what is known of a link, the former description aside. Errors: refusals, ErrLocked.
func (v *Vault) Describe(ctx context.Context, actor string, l Link) error {
	return v.commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) {
		s, r, err := v.opened(tx, l.Space)
		if err != nil {
			return nil, err
		}
		if err := MayUse(s.public(), actor, Writer, v.today()); err != nil {
			return nil, err
		}
		b, err := r.current.seal(v.o.Rand, PrefixLink+l.ID, l)
		return []journal.Draft{{Stream: PrefixLink + l.ID, Kind: KindLinked, Data: linked{Space: l.Space, Link: b}}}, err
	})
}

// Links gives the links of the spaces that a person reads, the last first.
func (v *Vault) Links(ctx context.Context, person string) (out []Link, err error) {
	err = v.j.Store().View(ctx, func(tx *store.Tx) error {
		return tx.Each(`SELECT id, data FROM vault_link`, nil, func(scan func(...any) error) error {
			var id string
			var data []byte
			if err := scan(&id, &data); err != nil {
				return err
			}
			l, err := v.linkOf(tx, person, id, data)
			if errors.Is(err, ErrLocked) || errors.Is(err, ErrSealed) || errors.Is(err, store.ErrNotFound) {
				return nil
			}
			if l.ID != "" {
				out = append(out, l)
			}
			return err
		})
	})
	slices.SortFunc(out, func(a, b Link) int { return b.Made.Compare(a.Made) })
	return out, err
}

// linkOf opens a link; an empty one when the person does not read its space.
func (v *Vault) linkOf(tx *store.Tx, person, id string, data []byte) (l Link, err error) {
	var sealed linked
	if err := json.Unmarshal(data, &sealed); err != nil {
		return l, err
	}
	s, r, err := v.opened(tx, sealed.Space)
	if err != nil || s.public().Role(person, v.today()) == "" {
		return Link{}, err
	}
	if err := r.open(sealed.Link, PrefixLink+id, &l); err != nil {
		return Link{}, err
	}
	l.ID, l.Space = id, sealed.Space
	return l, nil
}
