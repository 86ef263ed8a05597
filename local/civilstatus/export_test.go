package civilstatus

import (
	"context"

	"alpi40.fr/airial/local/civilstatus/names"
	"alpi40.fr/airial/local/store"
)

// Expression is the FTS5 expression of what is typed, by ear.
func Expression(typed string) string {
	e, _ := byEar(names.Terms(typed))
	return e
}

// Matching runs one statement of a search.
func (r *Registry) Matching(ctx context.Context, expression string, limit int) (acts []Act, err error) {
	err = r.j.Store().View(ctx, func(tx *store.Tx) error { acts, err = matching(tx, expression, limit); return err })
	return acts, err
}

// Tabulate is the table of acts, before it is printed.
var Tabulate = tabulate
