package window

import (
	"context"

	"alpi40.fr/airial/cmd/internal/explain"
	"alpi40.fr/airial/local/store"
)

// PrintFlow implements the parapheur page's office.
func (r *Room) PrintFlow(ctx context.Context, folder string, d store.Digest) ([]byte, error) {
	printed, err := r.Desk().PrintFlow(ctx, folder, d)
	return printed.PDF, explain.Error(err)
}
