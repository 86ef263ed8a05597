package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"alpi40.fr/airial/sync/server"
	"alpi40.fr/airial/sync/server/relational"
	"alpi40.fr/airial/sync/server/share"
)

// links implements share.Rows.
type links struct{ db *sql.DB }

// Links keeps links in the database of a storage that Open gave.
func Links(s *relational.Storage) share.Rows { return links{s.Database()} }

func explainLink(err error) error {
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return share.ErrNotFound
	case hasCode(err, "53100"):
		return fmt.Errorf("%w: %w", share.ErrFull, err)
	}
	return err
}

// CreateLink implements share.Rows.
func (l links) CreateLink(ctx context.Context, id, authority string, body []byte) error {
	_, err := l.db.ExecContext(ctx, `INSERT INTO link (id, authority, body) VALUES ($1, $2, $3)`, id, authority, body)
	if hasCode(err, "23505") {
		return fmt.Errorf("link %s: %w", id, server.ErrExists)
	}
	return explainLink(err)
}

// ChangeLink implements share.Rows.
func (l links) ChangeLink(ctx context.Context, id string, do func([]byte) ([]byte, error)) (err error) {
	tx, err := l.db.BeginTx(ctx, nil)
	if err != nil {
		return explainLink(err)
	}
	defer func() {
		if err != nil {
			_ = tx.Rollback() // what failed is told already
		}
	}()
	var body []byte
	if err := tx.QueryRowContext(ctx, `SELECT body FROM link WHERE id = $1 FOR UPDATE`, id).Scan(&body); err != nil {
		return explainLink(err)
	}
	if body, err = do(body); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE link SET body = $2 WHERE id = $1`, id, body); err != nil {
		return explainLink(err)
	}
	return explainLink(tx.Commit())
}

// Link implements share.Rows.
func (l links) Link(ctx context.Context, id string) (body []byte, err error) {
	err = l.db.QueryRowContext(ctx, `SELECT body FROM link WHERE id = $1`, id).Scan(&body)
	return body, explainLink(err)
}

// LinksOf implements share.Rows.
func (l links) LinksOf(ctx context.Context, authority string) (all [][]byte, err error) {
	rows, err := l.db.QueryContext(ctx, `SELECT body FROM link WHERE authority = $1 ORDER BY id`, authority)
	if err != nil {
		return nil, explainLink(err)
	}
	defer rows.Close()
	for rows.Next() {
		var body []byte
		if err := rows.Scan(&body); err != nil {
			return nil, explainLink(err)
		}
		all = append(all, body)
	}
	return all, explainLink(rows.Err())
}

// DropLink implements share.Rows.
func (l links) DropLink(ctx context.Context, id string) error {
	r, err := l.db.ExecContext(ctx, `DELETE FROM link WHERE id = $1`, id)
	if err != nil {
		return explainLink(err)
	}
	if n, err := r.RowsAffected(); err != nil || n > 0 {
		return err
	}
	return share.ErrNotFound
}
