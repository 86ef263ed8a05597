package actes

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"alpi40.fr/airial/local/store"
)

func filing(tx *store.Tx, id string) (*Filing, error) {
	f, err := store.GetDecoded[Filing](tx, `SELECT data FROM filing WHERE id = ?`, id)
	if err != nil {
		return nil, fmt.Errorf("filing %s: %w", id, err)
	}
	return &f, nil
}

func every(tx *store.Tx) ([]Filing, error) {
	return store.All(tx, `SELECT data FROM filing ORDER BY changed DESC, id`, nil, store.Decoded[Filing])
}

// Filing gives what was transmitted of an act. store.ErrNotFound when nothing was.
func (r *Review) Filing(ctx context.Context, id string) (f *Filing, err error) {
	err = r.j.Store().View(ctx, func(tx *store.Tx) (err error) { f, err = filing(tx, id); return err })
	return f, err
}

// Filings gives all of them, the latest changed first.
func (r *Review) Filings(ctx context.Context) (all []Filing, err error) {
	err = r.j.Store().View(ctx, func(tx *store.Tx) (err error) { all, err = every(tx); return err })
	return all, err
}

// mine are those that this laptop carries.
func (r *Review) mine(ctx context.Context) (all []Filing, err error) {
	err = r.j.Store().View(ctx, func(tx *store.Tx) (err error) {
		all, err = store.All(tx, `SELECT data FROM filing WHERE device = ? ORDER BY changed, id`, []any{r.j.Device()}, store.Decoded[Filing])
		return err
	})
	return all, err
}

// recent is how long a letter of the préfecture is spoken of.
const recent = 30 * 24 * time.Hour

// Waiting counts what somebody must look at: the acts that were refused, and those about which
// the préfecture wrote and was not answered.
func (r *Review) Waiting(ctx context.Context) (n int, err error) {
	all, err := r.Filings(ctx)
	for _, f := range all {
		if f.State == Bounced || r.Recent(f) {
			n++
		}
	}
	return n, err
}

// Recent tells whether the préfecture wrote about an act within the last thirty days, or waits for an answer, or refused it.
func (r *Review) Recent(f Filing) bool {
	return slices.ContainsFunc(f.Letters, func(l Letter) bool {
		return !l.Answered() && (r.j.Now().Sub(l.At) < recent || r.today() <= l.AnswerBy())
	})
}

func classification(tx *store.Tx) (Classification, error) {
	c, err := store.GetDecoded[Classification](tx, `SELECT data FROM matters WHERE stream = ?`, matters)
	if errors.Is(err, store.ErrNotFound) {
		return Model(), nil
	}
	return c, err
}

// Themes gives what tells the theme of an act, «7.5 Finances locales › Subventions»: by the matter that a person chose for its
// transmission, else by the one proposed; "" when neither is known. The first two levels are those that all préfectures have.
func Themes(tx *store.Tx) (func(act, matter string) (string, error), error) {
	c, err := classification(tx)
	if err != nil {
		return nil, err
	}
	return func(act, matter string) (string, error) {
		f, err := filing(tx, act)
		switch {
		case errors.Is(err, store.ErrNotFound):
		case err != nil:
			return "", err
		case f.Matter != "":
			matter = f.Matter
		}
		if levels := strings.SplitN(matter, ".", 3); len(levels) > 2 {
			matter = levels[0] + "." + levels[1]
		}
		return strings.TrimSpace(matter + " " + c.Path(matter)), nil
	}, nil
}

// Classification is the préfecture's, or the model as long as that one has not come.
func (r *Review) Classification(ctx context.Context) (c Classification, err error) {
	err = r.j.Store().View(ctx, func(tx *store.Tx) (err error) { c, err = classification(tx); return err })
	return c, err
}
