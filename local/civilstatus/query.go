package civilstatus

import (
	"context"
	"strings"

	"alpi40.fr/airial/local/store"
)

func read(tx *store.Tx, id string) (*Act, error) {
	a, err := store.GetDecoded[Act](tx, `SELECT data FROM act WHERE id = ?`, id)
	if err != nil {
		return nil, err
	}
	return &a, nil
}

// Act gives one act. store.ErrNotFound.
func (r *Registry) Act(ctx context.Context, id string) (a *Act, err error) {
	err = r.j.Store().View(ctx, func(tx *store.Tx) error { a, err = read(tx, id); return err })
	return a, err
}

// List gives the acts, those with a mention to affix first when waiting is set
// (and then those alone), else by name; words filter by the search, see [Registry.Search].
func (r *Registry) List(ctx context.Context, words string, waiting bool, limit int) ([]Act, error) {
	if strings.TrimSpace(words) != "" {
		found, err := r.Search(ctx, words, limit)
		return found.Acts, err
	}
	query := `SELECT data FROM act ORDER BY name, year LIMIT ?`
	if waiting {
		query = `SELECT data FROM act WHERE waiting > 0 ORDER BY due, name LIMIT ?`
	}
	var acts []Act
	err := r.j.Store().View(ctx, func(tx *store.Tx) (err error) {
		acts, err = store.All(tx, query, []any{limit}, store.Decoded[Act])
		return err
	})
	return acts, err
}

// Waiting counts the mentions to be affixed.
func (r *Registry) Waiting(ctx context.Context) (n int, err error) {
	err = r.j.Store().View(ctx, func(tx *store.Tx) error {
		return tx.Get(`SELECT coalesce(sum(waiting), 0) FROM act WHERE waiting > 0`, nil, &n)
	})
	return n, err
}

// ToIndex gives the acts whose index is poor, register by register, from the one after a given act («» for the first), and
// how many there are in all.
func (r *Registry) ToIndex(ctx context.Context, after string, limit int) (acts []Act, all int, err error) {
	err = r.j.Store().View(ctx, func(tx *store.Tx) error {
		if err := tx.Get(`SELECT count(*) FROM act WHERE poor > 0`, nil, &all); err != nil {
			return err
		}
		acts, err = store.All(tx, `SELECT data FROM act WHERE poor > 0 AND (kind, year, length(number), number, id) >
			(SELECT coalesce(max(kind), ''), coalesce(max(year), 0), coalesce(max(length(number)), 0), coalesce(max(number), ''), coalesce(max(id), '') FROM act WHERE id = ?)
			ORDER BY kind, year, length(number), number, id LIMIT ?`, []any{after, limit}, store.Decoded[Act])
		return err
	})
	return acts, all, err
}
