package window

import (
	"bytes"
	"context"

	"alpi40.fr/airial/cmd/internal/explain"
)

// Archive implements the parapheur page's office.
func (r *Room) Archive(ctx context.Context, id string) ([]byte, error) {
	var out bytes.Buffer
	if err := r.seat().Hall.Archive(ctx, id, &out); err != nil {
		return nil, explain.Error(err)
	}
	return out.Bytes(), nil
}

// ArchiveIsDraft implements the parapheur page's office.
func (r *Room) ArchiveIsDraft(context.Context) (bool, error) {
	p, err := r.seat().Hall.ArchiveProfile()
	return p.Status != "", explain.Error(err)
}
