package parapheur

import (
	"context"
	"fmt"
	"slices"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
)

// KindAdded: an annex was added on the way.
const KindAdded = "folder.document-added"

type added struct {
	acted
	Document Document `json:"document"`
	Text     string   `json:"text,omitempty"`
}

// MayAdd tells whether a person may add an annex: where the present step allows it, whoever
// does it. What is to be signed never changes on the way.
func MayAdd(f *Folder, t Town, person string, day authority.Day) error {
	if _, err := MayAct(f, t, person, day); err != nil {
		return err
	}
	if !f.Route[f.Step].MayAdd {
		return &rule.Refusal{Why: "Le circuit ne permet pas d’ajouter une pièce à cette étape.", Cure: "Écrivez une remarque, ou refusez le dossier en demandant la pièce."}
	}
	return nil
}

// Add adds an annex to a running folder. Errors: a refusal; those of the blobs.
func (d *Desk) Add(ctx context.Context, actor, id string, file File) error {
	file.Annex = true
	doc, blobs, words, err := d.document(ctx, file, PDF)
	if err != nil {
		return err
	}
	return d.decide(ctx, actor, id, func(f *Folder, t Town) (string, any, []store.Digest, error) {
		if err := MayAdd(f, t, actor, d.today()); err != nil {
			return "", nil, nil, err
		}
		for n := 2; slices.ContainsFunc(f.Documents, func(x Document) bool { return x.Name == doc.Name }); n++ {
			doc.Name = fmt.Sprintf("%s (%d)", file.Name, n)
		}
		return KindAdded, added{acted: acted{Step: f.Step, Note: doc.Name}, Document: doc, Text: words + file.Text[:min(len(file.Text), maxText/4)]}, blobs, nil
	})
}
