package office

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"alpi40.fr/airial/local/actes"
	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
)

// reviewStep gives the step of transmission to the legality review with which the authority's own
// types end the folders of a kind, so that those made by the modules end with it too; none where
// no type does.
func (h *Hall) reviewStep(ctx context.Context, kind parapheur.Kind) ([]parapheur.Step, error) {
	types, err := h.Folders.Types(ctx)
	if err != nil {
		return nil, err
	}
	for _, t := range types {
		if t.Retired || t.Kind != kind {
			continue
		}
		if i := slices.IndexFunc(t.Route, func(s parapheur.Step) bool { return s.Kind == parapheur.LegalityReview }); i >= 0 {
			step := t.Route[i]
			step.Over, step.Services = 0, nil // what it depends on is not known of these
			return []parapheur.Step{step}, nil
		}
	}
	return nil, nil
}

// Review is what is known of the transmission of a folder's act before it leaves.
type Review struct {
	ID string // of the act in the legality review
	// Prepared tells that what is to be transmitted was said.
	Prepared bool
}

// Review tells it of a folder.
func (h *Hall) Review(ctx context.Context, folder string) (r Review, err error) {
	if r.ID, err = h.reviewOf(ctx, folder); err != nil {
		return r, err
	}
	f, err := h.Legality.Filing(ctx, r.ID)
	if errors.Is(err, store.ErrNotFound) {
		return r, nil
	}
	if err == nil {
		r.Prepared = f.State == actes.Prepared
	}
	return r, err
}

// reviewOf is the id of a folder's act in the legality review.
func (h *Hall) reviewOf(ctx context.Context, folder string) (string, error) {
	id, err := h.Council.OfFolder(ctx, folder)
	if !errors.Is(err, store.ErrNotFound) {
		return id, err
	}
	o, err := h.Registers.OrderByFolder(ctx, folder)
	switch {
	case err == nil:
		return o.ID, nil
	case errors.Is(err, store.ErrNotFound):
		return folder, nil
	}
	return "", err
}

// PrepareLegality keeps what is to be transmitted of an act before it is signed. Errors: a
// refusal.
func (h *Hall) PrepareLegality(ctx context.Context, actor, id string, a actes.Act, annexes []actes.Annex) error {
	known, err := h.LegalityAct(ctx, id)
	if err != nil {
		return err
	}
	a.Folder = known.Act.Folder
	return h.Legality.Prepare(ctx, actor, id, a, annexes)
}

// SendPrepared has the act of a folder transmitted as it was prepared. Errors: a refusal, when
// it was not.
func (h *Hall) SendPrepared(ctx context.Context, actor, folder string) error {
	id, err := h.reviewOf(ctx, folder)
	if err != nil {
		return err
	}
	f, err := h.Legality.Filing(ctx, id)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	if err != nil || f.State != actes.Prepared {
		return &rule.Refusal{Why: "La nature, la matière et le numéro de cet acte ne sont pas encore dits.", Cure: "Complétez-les à la page « Légalité », puis transmettez."}
	}
	return h.AskLegality(ctx, actor, id, f.Act, keptAnnexes(f))
}

func keptAnnexes(f *actes.Filing) (kept []actes.Annex) {
	for i := range f.Annexes {
		kept = append(kept, actes.Annex{Type: f.Annexes[i].Type, Kept: &f.Annexes[i]})
	}
	return kept
}

// ErrNotReceived: an act that the State's representative has not received bears no stamp.
var ErrNotReceived = errors.New("the act was not received")

// Received gives the document of an act that was received, and what a copy of it bears. Error:
// ErrNotReceived.
func (h *Hall) Received(ctx context.Context, id string) (content []byte, name string, stamp []string, err error) {
	f, err := h.Legality.Filing(ctx, id)
	if err != nil {
		return nil, "", nil, err
	}
	if stamp = f.Stamp(); len(stamp) == 0 {
		return nil, "", nil, ErrNotReceived
	}
	content, err = h.Store.Blobs().Read(f.File.Digest, actes.MaxSize)
	return content, f.File.Name, stamp, err
}

// ReceivedFolder gives the same of the act of a folder.
func (h *Hall) ReceivedFolder(ctx context.Context, folder string) (content []byte, name string, stamp []string, err error) {
	id, err := h.reviewOf(ctx, folder)
	if err != nil {
		return nil, "", nil, err
	}
	return h.Received(ctx, id)
}

// TakeBackLegality takes the asking of a folder's act back, while nothing has left. Errors: a
// refusal.
func (h *Hall) TakeBackLegality(ctx context.Context, actor, folder string) error {
	id, err := h.reviewOf(ctx, folder)
	if err != nil {
		return err
	}
	return h.Legality.TakeBack(ctx, actor, id)
}

// reviewByItself asks for the transmission of the acts whose step lets them leave by themselves
// and which were prepared, in the name of whoever did the step before.
func (h *Hall) reviewByItself(ctx context.Context) error {
	due, err := h.Folders.ToReview(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, f := range due {
		r, err := h.Review(ctx, f.ID)
		if err == nil && r.Prepared {
			err = h.SendPrepared(ctx, f.LastActor(), f.ID)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("folder %s: %w", f.ID, err))
		}
	}
	return errors.Join(errs...)
}
