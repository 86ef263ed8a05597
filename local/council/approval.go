package council

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
)

// Approval is a draft that was sent round to be approved, in a folder of the parapheur. What became of it is the folder's to
// say; the draft can be written further meanwhile.
type Approval struct {
	ID           string `json:"id"`
	Deliberation string `json:"deliberation"`
	Folder       string `json:"folder"`
	// Version is that of the text that went round.
	Version int       `json:"version"`
	Route   string    `json:"route,omitempty"` // its name; empty: the mayor alone
	By      string    `json:"by"`
	At      time.Time `json:"at"`
}

// KindSentRound is the entry of an approval; its stream is «approval/<id>», of its own, so that it never contends with the text.
const KindSentRound = "approval.asked"

// CheckApproval tells whether a text may go round: a draft that has a subject.
func CheckApproval(d Deliberation) error {
	switch {
	case d.Status != StatusDraft:
		return &rule.Refusal{Why: "Cette délibération est votée : elle ne va plus au visa.", Cure: "Envoyez-la à la signature."}
	case d.Text.Subject() == "":
		return &rule.Refusal{Why: "Ce projet n’a pas d’objet.", Cure: "Écrivez-le, puis envoyez le projet."}
	}
	return nil
}

// AskApproval notes that a draft went round.
func (c *Council) AskApproval(ctx context.Context, actor string, r Approval) error {
	r.ID = c.j.NewID()
	return c.commit(ctx, actor, "approval/"+r.ID, KindSentRound, nil, func(tx *store.Tx) (any, error) {
		d, err := deliberation(tx, r.Deliberation)
		if err != nil {
			return nil, err
		}
		r.By, r.At = actor, c.j.Now()
		return r, CheckApproval(*d)
	})
}

// Approvals gives those of a draft, or of all of them for "", the latest first.
func (c *Council) Approvals(ctx context.Context, deliberation string) (all []Approval, err error) {
	err = c.j.Store().View(ctx, func(tx *store.Tx) error {
		all, err = store.All(tx, `SELECT data FROM draftapproval WHERE ?1 IN ('', deliberation) ORDER BY at DESC, id DESC`, []any{deliberation}, store.Decoded[Approval])
		return err
	})
	return all, err
}

func approvals() journal.Projection {
	return journal.Projection{
		Name: "council-approval", Version: 1, Prefix: "approval/", Tables: []string{"draftapproval"},
		Schema: `CREATE TABLE draftapproval (id TEXT PRIMARY KEY, deliberation TEXT NOT NULL, at INTEGER NOT NULL, data BLOB NOT NULL) STRICT;
			CREATE INDEX draftapproval_by_deliberation ON draftapproval (deliberation, at)`,
		Apply: func(tx *store.Tx, ev journal.Event) error {
			if ev.Kind != KindSentRound {
				return nil
			}
			var r Approval
			if err := json.Unmarshal(ev.Data, &r); err != nil {
				return err
			}
			_, err := tx.Exec(`INSERT INTO draftapproval (id, deliberation, at, data) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET data = excluded.data`, r.ID, r.Deliberation, r.At.UnixMicro(), ev.Data)
			return err
		},
		Forget: func(tx *store.Tx, stream string) error {
			_, err := tx.Exec(`DELETE FROM draftapproval WHERE id = ?`, strings.TrimPrefix(stream, "approval/"))
			return err
		},
	}
}
