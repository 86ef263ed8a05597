package council

import (
	"context"
	"slices"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
)

// Uncarried gives the amendments that a sitting adopted on a deliberation and that its text does not hold yet.
func Uncarried(s Sitting, d Deliberation) (left []Amendment) {
	for _, a := range s.Amendments {
		if a.Point == d.ID && !a.Withdrawn && a.Vote != nil && a.Vote.Adopted && !slices.Contains(d.Text.Carried, a.ID) {
			left = append(left, a)
		}
	}
	return left
}

// CheckCarried tells whether a text is the one that was voted: what is numbered and signed is the amended text.
func CheckCarried(s Sitting, d Deliberation) error {
	left := Uncarried(s, d)
	if len(left) == 0 {
		return nil
	}
	return &rule.Refusal{
		Article: "CGCT, art. L2121-23", Why: "Un amendement adopté n’est pas reporté dans le texte : « " + left[0].Text + " ».",
		Cure: "Reportez-le dans le texte, puis numérotez la délibération.",
	}
}

// Carry saves a text into which a person has carried an adopted amendment; edition is that of the text she started from.
// The text may already say it. Errors: *NotApplied when another was saved meanwhile; a refusal.
func (c *Council) Carry(ctx context.Context, actor, sittingID, amendment, edition, id string, text Text) error {
	if err := text.check(); err != nil {
		return err
	}
	_, err := c.j.Commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) {
		d, err := current(tx, id)
		if err != nil {
			return nil, err
		}
		s, err := sitting(tx, sittingID)
		if err != nil {
			return nil, err
		}
		switch {
		case d.Status != StatusDraft:
			return nil, &rule.Refusal{Article: "CGCT, art. L2121-23", Why: "Cette délibération est numérotée : son texte ne change plus.", Cure: "Faites voter une délibération modificative."}
		case !slices.ContainsFunc(Uncarried(*s, *d), func(a Amendment) bool { return a.ID == amendment }):
			return nil, &rule.Refusal{Why: "Cet amendement n’est pas adopté, ou il est déjà reporté.", Cure: "Relisez le texte."}
		case d.Edition != edition:
			base, err := textAt(tx, id, edition)
			if err != nil {
				return nil, err
			}
			return nil, &NotApplied{Base: base, Mine: text, Theirs: d.Text, Edition: d.Edition}
		}
		text.Carried = append(slices.Clone(d.Text.Carried), amendment)
		data, err := anew(tx, id, text)
		return []journal.Draft{{Stream: "deliberation/" + id, Kind: KindDrafted, Data: data, Blobs: text.blobs()}}, err
	})
	return err
}
