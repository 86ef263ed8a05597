package parapheur

import (
	"context"
	"strings"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
)

// KindRetrieved: who sent a folder has taken it back from the desk, once it had come to its
// end. It is a stream of its own: it disputes no act.
const KindRetrieved = "retrieved.noted"

const retrieved = "retrieved/"

// Retrieve notes that a folder that has come to its end was taken care of by who sent it: it
// leaves the pile of those to be retrieved. Error: a refusal.
func (d *Desk) Retrieve(ctx context.Context, actor, id string) error {
	_, err := d.j.Commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) {
		f, err := stored(tx, id)
		if err != nil {
			return nil, err
		}
		switch {
		case f.State == Running || f.State == Draft:
			return nil, &rule.Refusal{Why: "Ce dossier n’est pas terminé.", Cure: "Attendez qu’il le soit, ou retirez-le."}
		case f.Author != actor:
			return nil, &rule.Refusal{Why: "Ce dossier a été créé par une autre personne.", Cure: "C’est à elle de le classer."}
		}
		return []journal.Draft{{Stream: retrieved + id, Kind: KindRetrieved, Data: struct{}{}}}, nil
	})
	return err
}

func retrievedProjection() journal.Projection {
	return journal.Projection{
		Name: "parapheur-retrieved", Version: 1, Prefix: retrieved, Tables: []string{"folder_retrieved"},
		Schema: `CREATE TABLE folder_retrieved (folder TEXT PRIMARY KEY) STRICT`,
		Apply: func(tx *store.Tx, ev journal.Event) error {
			_, err := tx.Exec(`INSERT INTO folder_retrieved VALUES (?) ON CONFLICT DO NOTHING`, strings.TrimPrefix(ev.Stream, retrieved))
			return err
		},
		Forget: func(tx *store.Tx, stream string) error {
			_, err := tx.Exec(`DELETE FROM folder_retrieved WHERE folder = ?`, strings.TrimPrefix(stream, retrieved))
			return err
		},
	}
}
