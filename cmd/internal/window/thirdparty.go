package window

import (
	"context"

	"alpi40.fr/airial/cmd/internal/explain"
	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/ui/parapheur"
	"alpi40.fr/airial/ui/settings"
)

// Carry implements the parapheur page's office.
func (r *Room) Carry(ctx context.Context) error {
	_, err := r.seat().Hall.Carry(ctx, true)
	return explain.Error(err)
}

// CarryTrouble implements the parapheur page's office.
func (r *Room) CarryTrouble(context.Context) error {
	return explain.Error(r.seat().Hall.CarryTrouble())
}

// Review implements the parapheur page's office.
func (r *Room) Review(ctx context.Context, folder string) (parapheur.Review, error) {
	known, err := r.seat().Hall.Review(ctx, folder)
	return parapheur.Review{ID: known.ID, Prepared: known.Prepared}, explain.Error(err)
}

// SendPrepared implements the parapheur page's office.
func (r *Room) SendPrepared(ctx context.Context, folder string) error {
	return r.aboutReview(ctx, folder, (*office.Hall).SendPrepared)
}

// TakeBackLegality implements the parapheur page's office.
func (r *Room) TakeBackLegality(ctx context.Context, folder string) error {
	return r.aboutReview(ctx, folder, (*office.Hall).TakeBackLegality)
}

func (r *Room) aboutReview(ctx context.Context, folder string, do func(h *office.Hall, ctx context.Context, person, folder string) error) error {
	h := r.seat().Hall
	person, err := h.Person(ctx)
	if err != nil {
		return err
	}
	return explain.Error(do(h, ctx, person, folder))
}

// SetThirdParty implements settings.Office.
func (s Settings) SetThirdParty(ctx context.Context, t settings.ThirdParty) error {
	p := office.ThirdParty{URL: t.URL, Login: t.Login}
	for path, to := range map[string]*[]byte{t.Certificate: &p.Certificate, t.Authority: &p.Authority} {
		if path == "" {
			continue
		}
		content, err := readFile(path)
		if err != nil {
			return explain.Error(err)
		}
		*to = content
	}
	return explain.Error(s.r.seat().Hall.SetThirdParty(ctx, p, t.Passphrase, t.Password))
}

// TryThirdParty implements settings.Office.
func (s Settings) TryThirdParty(ctx context.Context) error {
	return explain.Error(s.r.seat().Hall.TryThirdParty(ctx))
}
