package window

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"alpi40.fr/airial/cmd/internal/explain"
	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/local/civilstatus"
	"alpi40.fr/airial/local/comedec"
	"alpi40.fr/airial/local/parcel"
)

// ReadDeceased implements the civil-status page's office.
func (r *Room) ReadDeceased(ctx context.Context, person, path string, progress func(lines int64)) (civilstatus.Reading, error) {
	f, err := os.Open(path)
	if err != nil {
		return civilstatus.Reading{}, explain.Error(fmt.Errorf("opening the file of the deceased: %w", err))
	}
	defer f.Close()
	told, err := r.Acts().ReadDeceased(ctx, person, filepath.Base(path), f, progress)
	return told, explain.Error(err)
}

// ExportCivilStatus implements the civil-status page's office: the folder bears the day, and is made in the one chosen.
func (r *Room) ExportCivilStatus(ctx context.Context, dir string, progress func(done, of int)) (string, civilstatus.Exported, error) {
	folder := filepath.Join(dir, "etat-civil-"+r.now().Format("20060102-150405"))
	n, err := r.Acts().Export(ctx, folder, progress)
	return folder, n, explain.Error(err)
}

// RestoreCivilStatus implements the civil-status page's office.
func (r *Room) RestoreCivilStatus(ctx context.Context, person, dir string) (civilstatus.Restored, error) {
	n, err := r.Acts().Restore(ctx, person, dir)
	return n, explain.Error(err)
}

// OfferedFormulas implements the civil-status page's office.
func (r *Room) OfferedFormulas(ctx context.Context) (*civilstatus.Offer, error) {
	o, err := r.seat().Hall.OfferedFormulas(ctx)
	for _, none := range []error{office.ErrNoParcel, parcel.ErrNotParcel, parcel.ErrSignature, parcel.ErrContent, parcel.ErrKind, civilstatus.ErrFormulas} {
		if errors.Is(err, none) {
			return nil, nil // one that is damaged is none, until another comes
		}
	}
	return &o, explain.Error(err)
}

// TakeFormulas implements the civil-status page's office.
func (r *Room) TakeFormulas(ctx context.Context, person string) (int, error) {
	n, err := r.seat().Hall.TakeFormulas(ctx, person)
	return n, explain.Error(err)
}

// Verifications implements the civil-status page's office.
func (r *Room) Verifications() *comedec.Desk { return r.seat().Hall.Verifications }

// VerificationCard implements the civil-status page's office.
func (r *Room) VerificationCard(ctx context.Context) (comedec.Card, error) {
	c, err := r.seat().Hall.VerificationCard(ctx)
	return c, explain.Error(err)
}

// OpenVerification implements the civil-status page's office.
func (r *Room) OpenVerification(ctx context.Context, path string) (q comedec.Request, from comedec.Card, x comedec.Examined, err error) {
	raw, err := readFile(path)
	if err == nil {
		q, from, x, err = r.seat().Hall.OpenVerification(ctx, raw)
	}
	return q, from, x, explain.Error(err)
}

// AnswerVerification implements the civil-status page's office.
func (r *Room) AnswerVerification(ctx context.Context, person, officer, reason string, q comedec.Request, from comedec.Card) ([]byte, error) {
	sealed, err := r.seat().Hall.AnswerVerification(ctx, person, officer, reason, q, from)
	return sealed, explain.Error(err)
}

// FamilyBooklet implements the civil-status page's office.
func (r *Room) FamilyBooklet(ctx context.Context, act string) ([]byte, error) {
	d, err := r.seat().Hall.Copies.Booklet(ctx, act)
	return d.PDF, explain.Error(err)
}

// DeathFollowUp implements the civil-status page's office. The sheet tells of the paper certificate, which is met still.
func (r *Room) DeathFollowUp(ctx context.Context, act string) ([]byte, error) {
	d, err := r.seat().Hall.Copies.DeathFollowUp(ctx, act, true)
	return d.PDF, explain.Error(err)
}
