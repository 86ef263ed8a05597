package window

import (
	"context"
	"path/filepath"

	"alpi40.fr/airial/cmd/internal/explain"
	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/local/actes"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/ui/legality"
)

// Legality implements the legality page's office.
func (r *Room) Legality() *actes.Review { return r.seat().Hall.Legality }

// LegalityItems implements the legality page's office.
func (r *Room) LegalityItems(ctx context.Context) ([]legality.Item, error) {
	all, err := r.seat().Hall.LegalityActs(ctx)
	var items []legality.Item
	for _, a := range all {
		items = append(items, legality.Item{ID: a.ID, Number: a.Number, Subject: a.Subject, Day: a.Day, Order: a.Order, Signed: a.Signed, Act: a.Act, Filing: a.Filing,
			Deliberation: a.Deliberation, Folder: a.Folder, LeftOut: a.LeftOut, Document: a.Document,
			FileName: a.FileName, Effect: a.Effect.Words, Appeal: a.Effect.Appeal})
	}
	return items, explain.Error(err)
}

// AskLegality implements the legality page's office.
func (r *Room) AskLegality(ctx context.Context, id string, a actes.Act, annexes []legality.Annex) error {
	return r.withAnnexes(ctx, annexes, func(h *office.Hall, person string, joined []actes.Annex) error {
		return h.AskLegality(ctx, person, id, a, joined)
	})
}

// PrepareLegality implements the legality page's office.
func (r *Room) PrepareLegality(ctx context.Context, id string, a actes.Act, annexes []legality.Annex) error {
	return r.withAnnexes(ctx, annexes, func(h *office.Hall, person string, joined []actes.Annex) error {
		return h.PrepareLegality(ctx, person, id, a, joined)
	})
}

// withAnnexes reads the annexes that a person chose, for a command.
func (r *Room) withAnnexes(ctx context.Context, annexes []legality.Annex, do func(h *office.Hall, person string, joined []actes.Annex) error) error {
	h := r.seat().Hall
	person, err := h.Person(ctx)
	if err != nil {
		return err
	}
	var joined []actes.Annex
	for _, x := range annexes {
		if x.Kept != nil {
			joined = append(joined, actes.Annex{Type: x.Type, Kept: x.Kept})
			continue
		}
		content, err := readFile(x.Path)
		if err != nil {
			return explain.Error(err)
		}
		joined = append(joined, actes.Annex{Name: filepath.Base(x.Path), Type: x.Type, Content: content})
	}
	return explain.Error(do(h, person, joined))
}

// ReplyLetter implements the legality page's office.
func (r *Room) ReplyLetter(ctx context.Context, id, letter string, in legality.Reply) error {
	h := r.seat().Hall
	person, err := h.Person(ctx)
	if err != nil {
		return err
	}
	read := func(path string) (actes.Annex, error) {
		content, err := readFile(path)
		return actes.Annex{Name: filepath.Base(path), Content: content}, err
	}
	a := actes.Answer{Refuse: in.Refuse}
	if a.File, err = read(in.Path); err != nil {
		return explain.Error(err)
	}
	for _, path := range in.Pieces {
		piece, err := read(path)
		if err != nil {
			return explain.Error(err)
		}
		a.Pieces = append(a.Pieces, piece)
	}
	if err := h.Legality.Reply(ctx, person, id, letter, a); err != nil {
		return explain.Error(err)
	}
	return nil
}

// StampedAct implements the legality page's office.
func (r *Room) StampedAct(ctx context.Context, id string) ([]byte, error) {
	content, _, stamp, err := r.seat().Hall.Received(ctx, id)
	return r.stamped(ctx, content, stamp, err)
}

// StampedCopy implements the parapheur page's office.
func (r *Room) StampedCopy(ctx context.Context, folder string) ([]byte, error) {
	content, _, stamp, err := r.seat().Hall.ReceivedFolder(ctx, folder)
	return r.stamped(ctx, content, stamp, err)
}

func (r *Room) stamped(ctx context.Context, content []byte, stamp []string, err error) ([]byte, error) {
	if err != nil {
		return nil, explain.Error(err)
	}
	d, err := r.renderer.Open(ctx, store.DigestOf(content).String(), content)
	if err != nil {
		return nil, explain.Error(err)
	}
	copied, err := d.Stamped(ctx, stamp)
	return copied, explain.Error(err)
}

// FetchClassification implements the legality page's office.
func (r *Room) FetchClassification(ctx context.Context) error {
	_, err := r.seat().Hall.FetchClassification(ctx)
	return explain.Error(err)
}

// NoteLegalityReceipt implements the legality page's office.
func (r *Room) NoteLegalityReceipt(ctx context.Context, id, path string) error {
	h := r.seat().Hall
	person, err := h.Person(ctx)
	if err != nil {
		return err
	}
	content, err := readFile(path)
	if err != nil {
		return explain.Error(err)
	}
	return explain.Error(h.NoteLegalityReceipt(ctx, person, id, filepath.Base(path), content))
}
