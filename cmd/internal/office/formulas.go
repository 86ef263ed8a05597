package office

import (
	"context"

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
