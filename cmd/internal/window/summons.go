package window

import (
	"context"

	"alpi40.fr/airial/cmd/internal/explain"
	"alpi40.fr/airial/local/council"
)

// MailReady implements the sitting page's office.
func (r *Room) MailReady(ctx context.Context) (bool, error) {
	a, err := r.seat().Hall.MailAccount(ctx)
	return a.Set(), explain.Error(err)
}

// MailSummons implements the sitting page's office.
func (r *Room) MailSummons(ctx context.Context, sitting string, m council.Mailing, progress func(done, of int)) (int, error) {
	person, err := r.Person(ctx)
	if err != nil {
		return 0, err
	}
	n, err := r.seat().Hall.MailSummons(ctx, person, sitting, m, progress)
	return n, explain.Error(err)
}

// PrintSummons implements the sitting page's office.
func (r *Room) PrintSummons(ctx context.Context, sitting, member string) ([]byte, error) {
	printed, err := r.seat().Hall.Registers.PrintSummons(ctx, sitting, member)
	return printed.PDF, explain.Error(err)
}
