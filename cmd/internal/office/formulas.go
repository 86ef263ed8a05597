package office

import (
	"context"
	"errors"

	"alpi40.fr/airial/local/civilstatus"
)

// OfferedFormulas tells which version of the catalogue of formulas the agency handed out last, and what it changes here;
// ErrNoParcel when it handed out none.
func (h *Hall) OfferedFormulas(ctx context.Context) (civilstatus.Offer, error) {
	p, err := h.office.Parcel(ctx, civilstatus.FormulasKind)
	if err != nil {
		return civilstatus.Offer{}, err
	}
	return h.Acts.Offered(ctx, p)
}

// TakeFormulas puts that version in use, by the word of who administers, and tells how many formulas it changed.
func (h *Hall) TakeFormulas(ctx context.Context, actor string) (int, error) {
	p, err := h.office.Parcel(ctx, civilstatus.FormulasKind)
	if err != nil {
		return 0, err
	}
	return h.Acts.TakeOffer(ctx, actor, p)
}

// FormulasWaiting tells whether a version was handed out that nobody put in use yet.
func (h *Hall) FormulasWaiting(ctx context.Context) (bool, error) {
	o, err := h.OfferedFormulas(ctx)
	if errors.Is(err, ErrNoParcel) {
		return false, nil
	}
	return err == nil && !o.Taken && len(o.Changed) > 0, err
}
