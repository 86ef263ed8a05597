package civilstatus

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"alpi40.fr/airial/local/parcel"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/typeset/french"
)

// FormulasKind is the kind of parcel by which the agency hands out its catalogue of formulas: one file, formules.csv.
const FormulasKind = "formules"

const formulasFile = "formules.csv"

// ErrFormulas: the parcel holds no catalogue that this program reads.
var ErrFormulas = errors.New("the parcel holds no catalogue of formulas")

// ParcelFormulas reads the catalogue of a parcel. It wraps ErrFormulas.
func ParcelFormulas(p *parcel.Parcel) (Catalogue, error) {
	file, there := p.Content[formulasFile]
	if !there {
		return nil, fmt.Errorf("no %s: %w", formulasFile, ErrFormulas)
	}
	c, err := ReadCatalogue(bytes.NewReader(file))
	if err == nil && len(c) == 0 {
		err = errCatalogue
	}
	for _, f := range c {
		err = errors.Join(err, f.check())
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormulas, err)
	}
	return c, nil
}

// Offer is a version of the catalogue that the agency handed out, and which formulas it changes here.
type Offer struct {
	Number int
	Made   time.Time
	// Changed are the formulas as they would be; New of them have no wording here today.
	Changed Catalogue
	New     int
	// Taken: this version was put in use, whatever was corrected since.
	Taken bool

	all Catalogue
}

// Waits tells whether somebody may put it in use.
func (o Offer) Waits() bool { return !o.Taken && len(o.Changed) > 0 }

// Version names the offer in the history.
func (o Offer) Version() string {
	return fmt.Sprintf("Catalogue de l’ALPI n° %d du %s", o.Number, french.Date(o.Made))
}

// Offered compares the catalogue of a parcel with the one in use. Nothing is written.
func (r *Registry) Offered(ctx context.Context, p *parcel.Parcel) (o Offer, err error) {
	o = Offer{Number: p.Version, Made: p.Made}
	if o.all, err = ParcelFormulas(p); err != nil {
		return o, err
	}
	present, err := r.Formulas(ctx)
	if err != nil {
		return o, err
	}
	for _, f := range o.all {
		known, worded := false, false
		for _, have := range present {
			if have.Code == f.Code && slices.ContainsFunc(f.Acts, func(k ActKind) bool { return slices.Contains(have.Acts, k) }) {
				known = known || slices.Equal(have.row(), f.row())
				worded = worded || have.Text != ""
			}
		}
		if !known {
			o.Changed = append(o.Changed, f)
			if !worded && f.Text != "" {
				o.New++
			}
		}
	}
	history, err := r.Revisions(ctx)
	o.Taken = slices.ContainsFunc(history, func(v Revision) bool { return v.Version == o.Version() })
	return o, err
}

// TakeOffer puts a version that the agency handed out in use, by the word of who administers. The history keeps the former
// wordings; mentions that were prepared keep theirs.
func (r *Registry) TakeOffer(ctx context.Context, actor string, p *parcel.Parcel) (n int, err error) {
	o, err := r.Offered(ctx, p)
	switch {
	case errors.Is(err, ErrFormulas):
		return 0, errors.Join(&rule.Refusal{Why: "Ce que l’ALPI distribue ne se lit pas comme un catalogue de formules.", Cure: "Prévenez l’ALPI ; le catalogue présent n’est pas touché."}, err)
	case err != nil:
		return 0, err
	case !o.Waits():
		return 0, &rule.Refusal{Why: "Cette version du catalogue est déjà en usage.", Cure: "Rien n’est à faire."}
	}
	return len(o.Changed), r.revise(ctx, actor, Revision{Version: o.Version(), Source: o.Version(), Formulas: o.Changed})
}
