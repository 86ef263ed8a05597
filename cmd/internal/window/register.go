package window

import (
	"context"

	"alpi40.fr/airial/cmd/internal/explain"
	"alpi40.fr/airial/local/civilstatus"
	"alpi40.fr/airial/local/civilstatus/manifest"
)

// OpenRegister implements the civil-status page's office.
func (r *Room) OpenRegister(ctx context.Context, path string) (*manifest.Register, error) {
	register, err := r.seat().Hall.OpenRegister(ctx, path)
	return register, explain.Error(err)
}

// KeepRegister implements the civil-status page's office.
func (r *Room) KeepRegister(ctx context.Context, register *manifest.Register, lines []manifest.Line) error {
	return explain.Error(r.seat().Hall.KeepRegister(ctx, register, lines))
}

// ImportRegister implements the civil-status page's office.
func (r *Room) ImportRegister(ctx context.Context, person string, scans []civilstatus.Scan, progress func(done, of int)) ([]civilstatus.Outcome, error) {
	outcomes, err := r.seat().Hall.ImportRegister(ctx, person, scans, progress)
	return outcomes, explain.Error(err)
}
