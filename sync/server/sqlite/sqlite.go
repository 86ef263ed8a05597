// Package sqlite is the server's embedded storage: one SQLite file.
package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/sync/server/relational"
)

//go:embed migrations/*.sql
var migrations embed.FS

const readers = 8

// Open opens the storage in a file, which is made when missing. frozen, which may be nil, is asked at
// each change and may refuse it.
func Open(ctx context.Context, path string, frozen func() error) (*relational.Storage, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("making the storage's folder: %w", err)
	}
	writer, err := openWriter(ctx, path)
	if err != nil {
		return nil, fmt.Errorf("opening the storage: %w", err)
	}
	pool, err := sql.Open("sqlite", source(path, "deferred")+"&_pragma=query_only(1)")
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening the storage: %w", err), writer.Close())
	}
	pool.SetMaxOpenConns(readers)
	pool.SetMaxIdleConns(readers)
	// Held by who writes: SQLite has one writer, and waiting here is fairer than its busy timeout.
	turn := make(chan struct{}, 1)
	return relational.New(writer, pool, relational.Dialect{
		Begin: func(ctx context.Context) (func(), error) {
			select {
			case turn <- struct{}{}:
				return func() { <-turn }, nil
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		},
		Constraint: isConstraint, Full: store.Full, AddEntries: addEntries, Frozen: frozen,
		// One process holds the file: nobody else is to be told.
		Tell: func(context.Context, []string) error { return nil },
		Changes: func(ctx context.Context, _ func(string)) error {
			<-ctx.Done()
			return ctx.Err()
		},
	}), nil
}

// Snapshot writes the storage of a file, as it is at one moment, to another, while it is being written.
func Snapshot(ctx context.Context, path, to string) error {
	db, err := sql.Open("sqlite", source(path, "deferred"))
	if err != nil {
		return fmt.Errorf("copying the storage: %w", err)
	}
	if _, err = db.ExecContext(ctx, `VACUUM INTO ?`, to); err != nil {
		err = fmt.Errorf("copying the storage: %w", err)
	}
	return errors.Join(err, db.Close())
}

func openWriter(ctx context.Context, path string) (_ *sql.DB, err error) {
	db, err := sql.Open("sqlite", source(path, "immediate"))
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, db.Close())
		}
	}()
	db.SetMaxOpenConns(1)
	for name, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1"} {
		var got string
		if err := db.QueryRowContext(ctx, "PRAGMA "+name).Scan(&got); err != nil || got != want {
			return nil, fmt.Errorf("the setting %s is %q, not %q: %w", name, got, want, err)
		}
	}
	dir, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, dir)
	if err != nil {
		return nil, err
	}
	if _, err := p.Up(ctx); err != nil {
		return nil, fmt.Errorf("bringing the schema up to date: %w", err)
	}
	return db, nil
}

func source(path, lock string) string {
	q := url.Values{"_txlock": {lock}, "_pragma": {"journal_mode(wal)", "synchronous(full)", "foreign_keys(1)", "busy_timeout(5000)"}}
	slashed := filepath.ToSlash(path)
	if filepath.IsAbs(path) && !strings.HasPrefix(slashed, "/") {
		slashed = "/" + slashed
	}
	return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: slashed}).EscapedPath(), RawQuery: q.Encode()}).String()
}

func isConstraint(err error) bool {
	var driver *sqlite.Error
	return errors.As(err, &driver) && driver.Code()&0xff == lib.SQLITE_CONSTRAINT
}

// together is how many entries one statement adds.
const together = 20

func addEntries(ctx context.Context, tx *sql.Tx, authority string, rows []relational.EntryRow) error {
	for len(rows) > 0 {
		n := 1
		if len(rows) >= together {
			n = together
		}
		put, err := tx.PrepareContext(ctx, `INSERT INTO entry (authority, seq, id, contested, hash, body) VALUES (?, ?, ?, ?, ?, ?)`+strings.Repeat(`, (?, ?, ?, ?, ?, ?)`, n-1))
		if err != nil {
			return err
		}
		for len(rows) >= n {
			args := make([]any, 0, 6*n)
			for _, r := range rows[:n] {
				args = append(args, authority, r.Seq, r.ID, r.Contested, r.Hash[:], r.Body)
			}
			if _, err := put.ExecContext(ctx, args...); err != nil {
				return errors.Join(err, put.Close())
			}
			rows = rows[n:]
		}
		if err := put.Close(); err != nil {
			return err
		}
	}
	return nil
}
