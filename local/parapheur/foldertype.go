package parapheur

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
)

// FolderType is a kind of folder of the authority's own: its name, the legal nature that
// delegations speak of, and what comes by itself with each folder of it.
type FolderType struct {
	ID string `json:"id"`
	// Name is «Marchés › Lettres de rejet»: what stands before › gathers types in lists.
	Name string `json:"name"`
	Kind Kind   `json:"kind"`
	// Route is its steps; those with a condition are left out of folders that do not meet it.
	Route []Step `json:"route"`
	// Annexes are those without which no folder of it leaves.
	Annexes []string `json:"annexes,omitempty"`
	// Days is the deadline, counted from the day of creation; 0 for none.
	Days int `json:"days,omitempty"`
	// Remind says when its folders are reminded of; nil: as usual.
	Remind *Reminders `json:"remind,omitempty"`
	// Format is how its PDF documents are signed: in them, or, with Any, beside them.
	Format Format `json:"format,omitempty"`
	// Place is where its signatures are seen.
	Place Place `json:"place"`
	// Retired types are no longer offered.
	Retired bool `json:"retired,omitempty"`
}

// KindType is the entry of a type, new or changed.
const KindType = "foldertype.described"

const types = "foldertype/"

// PutType writes a type, new or changed; its id is made when empty. Error: a refusal, to who
// does not administer Airial, or of a route that cannot be followed.
func (d *Desk) PutType(ctx context.Context, actor string, t FolderType) (id string, err error) {
	t.Name = strings.TrimSpace(t.Name)
	if t.Name == "" {
		return "", &rule.Refusal{Why: "Ce type n’a pas de nom.", Cure: "Nommez-le, par exemple « Marchés › Lettres de rejet »."}
	}
	if err := checkRoute(t.Route); err != nil {
		return "", err
	}
	if err := mayGoToReview(t.Kind, t.Route, nil); err != nil {
		return "", err
	}
	if t.Format != PDF && t.Format != Any {
		return "", &rule.Refusal{Why: "Ce format de signature n’est pas connu.", Cure: "Choisissez-en un dans la liste."}
	}
	if t.Days < 0 || t.Days > 3650 {
		return "", &rule.Refusal{Why: "Ce délai n’en est pas un.", Cure: "Écrivez un nombre de jours, ou rien."}
	}
	if err := t.reminders().check(); err != nil {
		return "", err
	}
	if t.ID == "" {
		t.ID = d.j.NewID()
	}
	_, err = d.j.Commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) {
		people, err := authority.People(tx)
		if err != nil {
			return nil, err
		}
		if err := authority.MayAdminister(people, actor, d.today()); err != nil {
			return nil, err
		}
		return []journal.Draft{{Stream: types + t.ID, Kind: KindType, Data: t}}, nil
	})
	return t.ID, err
}

// Types gives the authority's own types by name; the retired ones come last.
func (d *Desk) Types(ctx context.Context) (all []FolderType, err error) {
	err = d.j.Store().View(ctx, func(tx *store.Tx) (err error) {
		all, err = store.All(tx, `SELECT data FROM folder_type ORDER BY retired, name`, nil, store.Decoded[FolderType])
		return err
	})
	return all, err
}

func typeProjection() journal.Projection {
	return journal.Projection{
		Name: "parapheur-types", Version: 1, Prefix: types, Tables: []string{"folder_type"},
		Schema: `CREATE TABLE folder_type (id TEXT PRIMARY KEY, name TEXT NOT NULL, retired INTEGER NOT NULL, data BLOB NOT NULL) STRICT`,
		Apply: func(tx *store.Tx, ev journal.Event) error {
			var t FolderType
			if err := json.Unmarshal(ev.Data, &t); err != nil {
				return err
			}
			retired := 0
			if t.Retired {
				retired = 1
			}
			_, err := tx.Exec(`INSERT INTO folder_type VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET name = excluded.name, retired = excluded.retired, data = excluded.data`,
				strings.TrimPrefix(ev.Stream, types), t.Name, retired, []byte(ev.Data))
			return err
		},
		Forget: func(tx *store.Tx, stream string) error {
			_, err := tx.Exec(`DELETE FROM folder_type WHERE id = ?`, strings.TrimPrefix(stream, types))
			return err
		},
	}
}

// typed fills a new folder with what its type brings, and refuses it without what it wants.
func (d *Desk) typed(ctx context.Context, in *Import) error {
	if in.Type == "" {
		return nil
	}
	var t FolderType
	err := d.j.Store().View(ctx, func(tx *store.Tx) (err error) {
		t, err = store.GetDecoded[FolderType](tx, `SELECT data FROM folder_type WHERE id = ?`, in.Type)
		return err
	})
	if errors.Is(err, store.ErrNotFound) || err == nil && t.Retired {
		return &rule.Refusal{Why: "Ce type de dossier n’est plus proposé.", Cure: "Choisissez-en un autre."}
	}
	if err != nil {
		return err
	}
	annexes := len(slices.DeleteFunc(slices.Clone(in.Files), func(f File) bool { return !f.Annex }))
	if annexes < len(t.Annexes) {
		return &rule.Refusal{
			Why:  fmt.Sprintf("Un dossier « %s » part avec %d annexe(s) : %s.", t.Name, len(t.Annexes), strings.Join(t.Annexes, ", ")),
			Cure: "Joignez-les, en les cochant comme annexes.",
		}
	}
	in.Kind, in.Route, in.Format = t.Kind, t.Route, t.Format
	if in.Deadline == "" && t.Days > 0 {
		in.Deadline = d.today().Plus(t.Days)
	}
	if in.Place == (Place{}) {
		in.Place = t.Place
	}
	return nil
}
