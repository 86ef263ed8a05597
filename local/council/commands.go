package council

import (
	"context"
	"errors"
	"strings"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
)

// The kinds of entries.
const (
	KindDrafted   = "deliberation.drafted" // a new text, or a later one
	KindFinalised = "deliberation.finalised"
	KindSent      = "deliberation.sent"
	KindSigned    = "deliberation.signed"
)

// Council is the assembly of one authority on one laptop.
type Council struct {
	j       *journal.Journal
	library Library
}

// New gives the council that a journal holds; the journal has Projections.
func New(j *journal.Journal, l Library) *Council { return &Council{j: j, library: l} }

// Library is the templates and visas in use.
func (c *Council) Library() Library { return c.library }

func (c *Council) commit(ctx context.Context, actor, stream, kind string, blobs []store.Digest, decide func(*store.Tx) (any, error)) error {
	_, err := c.j.Commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) {
		data, err := decide(tx)
		if err != nil {
			return nil, err
		}
		return []journal.Draft{{Stream: stream, Kind: kind, Data: data, Blobs: blobs}}, nil
	})
	return err
}

// Save saves a text; edition is that of the text it started from. When another
// stands since, saved on this laptop or come from another, *NotApplied has both.
func (c *Council) Save(ctx context.Context, actor, id, edition string, text Text) error {
	if err := text.check(); err != nil {
		return err
	}
	_, err := c.j.Commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) {
		d, err := current(tx, id)
		if err != nil {
			return nil, err
		}
		switch {
		case d.Status != StatusDraft:
			return nil, &rule.Refusal{Article: "CGCT, art. L2121-23", Why: "Cette délibération est votée : son texte ne change plus.", Cure: "Faites voter une délibération modificative."}
		case d.Text.Equal(text):
			return nil, nil
		case d.Edition != edition:
			base, err := textAt(tx, id, edition)
			if err != nil {
				return nil, err
			}
			return nil, &NotApplied{Base: base, Mine: text, Theirs: d.Text, Edition: d.Edition}
		}
		data, err := anew(tx, id, text)
		return []journal.Draft{{Stream: "deliberation/" + id, Kind: KindDrafted, Data: data, Blobs: text.blobs()}}, err
	})
	return err
}

type finalised struct {
	Number  string `json:"number"`
	Sitting string `json:"sitting"`
	Record  Record `json:"record"`
}

// Finalise numbers a deliberation that a sitting has voted: its text no longer changes.
func (c *Council) Finalise(ctx context.Context, actor, id, sittingID string) (number string, err error) {
	_, err = c.j.Commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) {
		d, err := current(tx, id)
		if err != nil {
			return nil, err
		}
		s, err := sitting(tx, sittingID)
		if err != nil {
			return nil, err
		}
		v, voted := s.Vote(id)
		unset := d.Text.Unset()
		switch {
		case d.Status != StatusDraft:
			return nil, &rule.Refusal{Article: "CGCT, art. L2121-23", Why: "Cette délibération a déjà son numéro " + d.Number + ".", Cure: "Ouvrez-la dans la liste."}
		case !voted:
			return nil, &rule.Refusal{Article: "CGCT, art. L2121-20", Why: "Le vote n’est pas enregistré.", Cure: "Enregistrez le vote dans la séance."}
		case len(unset) > 0:
			return nil, &rule.Refusal{Why: "Il manque : " + strings.Join(unset, ", ") + ".", Cure: "Complétez le texte avant de le finaliser."}
		}
		if err := CheckCarried(*s, *d); err != nil {
			return nil, err
		}
		if number, err = nextNumber(tx, s.At); err != nil {
			return nil, err
		}
		all, err := including(tx, id) // what was voted is what all had written
		return append(all, journal.Draft{Stream: "deliberation/" + id, Kind: KindFinalised, Data: finalised{Number: number, Sitting: sittingID, Record: Record{Sitting: *s, Vote: v}}}), err
	})
	return number, err
}

type sent struct {
	Folder string       `json:"folder"`
	PDF    store.Digest `json:"pdf"`
}

// MarkSent notes the folder by which the deliberation is being signed, and what was sent.
func (c *Council) MarkSent(ctx context.Context, actor, id, folder string, pdf store.Digest) error {
	return c.commit(ctx, actor, "deliberation/"+id, KindSent, nil, func(tx *store.Tx) (any, error) {
		d, err := deliberation(tx, id)
		if err != nil {
			return nil, err
		}
		if err := CheckSignable(*d); err != nil {
			return nil, err
		}
		n, err := sharing(tx, d)
		if err != nil {
			return nil, err
		}
		return sent{folder, pdf}, CheckUnique(d.Number, n)
	})
}

type signed struct {
	PDF store.Digest `json:"pdf"`
}

// MarkSigned notes the signed document that came back.
func (c *Council) MarkSigned(ctx context.Context, actor, id string, pdf store.Digest) error {
	return c.commit(ctx, actor, "deliberation/"+id, KindSigned, nil, func(tx *store.Tx) (any, error) {
		d, err := deliberation(tx, id)
		if err == nil && d.Status != StatusSent {
			err = errors.New("the deliberation was not sent for signature")
		}
		return signed{pdf}, err
	})
}
