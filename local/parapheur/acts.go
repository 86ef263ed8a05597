package parapheur

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
)

// The acts beside the usual ones: sending back, handing over, remarking.

// SendBack gives the folder back to the step before, with a reason. Errors: a refusal.
func (d *Desk) SendBack(ctx context.Context, actor, id, reason string) error {
	return d.decide(ctx, actor, id, d.sendingBack(actor, reason))
}

func (d *Desk) sendingBack(actor, reason string) func(*Folder, Town) (string, any, []store.Digest, error) {
	return func(f *Folder, t Town) (string, any, []store.Digest, error) {
		c, err := MayAct(f, t, actor, d.today())
		if err == nil {
			err = MaySendBack(f, reason)
		}
		return KindReturned, acted{Step: f.Step, Note: strings.TrimSpace(reason), Capacity: c.Words, For: c.For}, nil, err
	}
}

// MaySendBack tells whether the present step may give the folder back to the one
// before: what is signed does not come undone.
func MaySendBack(f *Folder, reason string) error {
	switch {
	case f.Step == 0:
		return &rule.Refusal{Why: "Aucune étape ne précède celle-ci.", Cure: "Refusez le dossier en disant pourquoi : son auteur en fera un autre."}
	case f.Route[f.Step-1].Kind.Signs():
		return &rule.Refusal{Why: "L’étape précédente est une signature électronique, qui ne se reprend pas.", Cure: "Refusez le dossier en disant pourquoi."}
	case strings.TrimSpace(reason) == "":
		return &rule.Refusal{Why: "Un renvoi doit être motivé.", Cure: "Écrivez en une phrase ce qui est à revoir."}
	}
	return nil
}

// reassigned is the data of a step handed over to another person.
type reassigned struct {
	acted
	Person string `json:"person"`
}

// Reassign hands the present step over to another person. Errors: a refusal.
func (d *Desk) Reassign(ctx context.Context, actor, id, person, note string) error {
	return d.decide(ctx, actor, id, func(f *Folder, t Town) (string, any, []store.Digest, error) {
		err := MayReassign(f, t, actor, person, d.today())
		return KindReassigned, reassigned{acted: acted{Step: f.Step, Note: strings.TrimSpace(note)}, Person: person}, nil, err
	})
}

// MayReassign tells whether a step may be handed over to a person: by whose turn
// it is or by who sent the folder, and an approval alone. Who signs is said by the
// law and the delegations, not by a colleague (CGCT, art. L2122-18).
func MayReassign(f *Folder, t Town, actor, person string, day authority.Day) error {
	if f.State != Running || f.Step >= len(f.Route) {
		return notRunning(f)
	}
	if err := inHand(f); err != nil {
		return err
	}
	if _, err := MayAct(f, t, actor, day); err != nil && f.Author != actor {
		return err
	}
	if f.Route[f.Step].Kind.Signs() {
		return &rule.Refusal{Article: "CGCT, art. L2122-18", Why: "Une signature ne se confie pas à un autre par le circuit.",
			Cure: "Enregistrez la délégation ou la suppléance sur la page « Personnes » : la personne pourra signer."}
	}
	if len(f.Route[f.Step].With) > 0 {
		return &rule.Refusal{Why: "Cette étape est déjà à plusieurs personnes.", Cure: "Une autre d’entre elles peut la faire."}
	}
	p, known := authority.Find(t.People, person)
	if !known || !p.In(day) {
		return &rule.Refusal{Why: "Cette personne n’est pas en fonction.", Cure: "Choisissez une personne en fonction."}
	}
	if f.Route[f.Step].Person == person {
		return &rule.Refusal{Why: "Cette étape attend déjà " + p.Name() + ".", Cure: "Choisissez une autre personne."}
	}
	return nil
}

// Remark is what somebody wrote beside a folder, never part of what is signed. A private
// one is read by those who work on the folder, and is not printed.
type Remark struct {
	At     time.Time
	Person string
	Note
}

// Note is the words of a remark, perhaps on a place of a page.
type Note struct {
	Text    string `json:"text"`
	Private bool   `json:"private,omitempty"`
	Spot    *Spot  `json:"spot,omitempty"`
}

// Spot is a place on a page of a document, in shares of the page from its upper left corner;
// pages count from 1.
type Spot struct {
	Document string  `json:"document"`
	Page     int     `json:"page"`
	X        float32 `json:"x"`
	Y        float32 `json:"y"`
}

// MaxRemark is how long a remark may be, in characters.
const MaxRemark = 4000

// KindRemarked is a remark beside a folder, in a stream of its own: it disputes no act.
const KindRemarked = "remark.written"

// written tells whether a text is one, of at most MaxRemark characters.
func written(text string) error {
	switch n := utf8.RuneCountInString(strings.TrimSpace(text)); {
	case n == 0:
		return &rule.Refusal{Why: "La remarque est vide.", Cure: "Écrivez-la avant de l’enregistrer."}
	case n > MaxRemark:
		return &rule.Refusal{Why: fmt.Sprintf("La remarque compte %d caractères, pour %d au plus.", n, MaxRemark), Cure: "Raccourcissez-la, ou joignez une annexe."}
	}
	return nil
}

// Remark writes a remark beside a folder, whatever its state. Errors: a refusal; store.ErrNotFound.
func (d *Desk) Remark(ctx context.Context, actor, id string, n Note) error {
	if err := written(n.Text); err != nil {
		return err
	}
	n.Text = strings.TrimSpace(n.Text)
	_, err := d.j.Commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) {
		if _, err := stored(tx, id); err != nil {
			return nil, fmt.Errorf("folder %s: %w", id, err)
		}
		return []journal.Draft{{Stream: remarksOf(id) + d.j.NewID(), Kind: KindRemarked, Data: n}}, nil
	})
	return err
}

const remarks = "remark/"

func remarksOf(id string) string { return remarks + id + "/" }

// remarkProjection keeps the remarks, each by its stream.
func remarkProjection() journal.Projection {
	return journal.Projection{
		Name: "parapheur-remarks", Version: 2, Prefix: remarks, Tables: []string{"folder_remark"},
		Schema: `CREATE TABLE folder_remark (stream TEXT PRIMARY KEY, folder TEXT NOT NULL, at INTEGER NOT NULL, data BLOB NOT NULL) STRICT;
			CREATE INDEX folder_remark_of ON folder_remark (folder, at);`,
		Apply: func(tx *store.Tx, ev journal.Event) error {
			var n Note
			if err := json.Unmarshal(ev.Data, &n); err != nil {
				return err
			}
			data, err := json.Marshal(Remark{At: ev.At, Person: ev.Actor, Note: n})
			if err != nil {
				return err
			}
			folder, _, _ := strings.Cut(strings.TrimPrefix(ev.Stream, remarks), "/")
			_, err = tx.Exec(`INSERT INTO folder_remark VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`, ev.Stream, folder, ev.At.UnixMicro(), data)
			return err
		},
		Forget: func(tx *store.Tx, stream string) error {
			_, err := tx.Exec(`DELETE FROM folder_remark WHERE stream = ?`, stream)
			return err
		},
	}
}

func remarksIn(tx *store.Tx, id string) ([]Remark, error) {
	return store.All(tx, `SELECT data FROM folder_remark WHERE folder = ? ORDER BY at, stream`, []any{id}, store.Decoded[Remark])
}
