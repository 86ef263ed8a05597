package window

import (
	"context"

	"alpi40.fr/airial/cmd/internal/explain"
	"alpi40.fr/airial/local/pageimage"
	"alpi40.fr/airial/local/store"
)

// Compare implements the parapheur page's office.
func (r *Room) Compare(ctx context.Context, before, after []byte) (*pageimage.Comparison, error) {
	was, err := r.renderer.Open(ctx, store.DigestOf(before).String(), before)
	if err != nil {
		return nil, explain.Error(err)
	}
	is, err := r.renderer.Open(ctx, store.DigestOf(after).String(), after)
	if err != nil {
		return nil, explain.Error(err)
	}
	c, err := pageimage.Compare(ctx, was, is, nil)
	return c, explain.Error(err)
}
