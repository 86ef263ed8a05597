package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"alpi40.fr/airial/local/store/cryptvfs"
	"alpi40.fr/airial/local/store/durable"
)

// Salvaged is what Salvage did.
type Salvaged struct {
	// Kept is the damaged file, under the name that it has now.
	Kept string
	// Lost are the tables of which something could not be read: they begin empty.
	Lost []string
}

// salvaging is the folder, in that of the authority, where the database is written anew.
const salvaging = "salvage"

// Salvage writes the database of o.Dir, which is damaged and open nowhere, anew from what can be read of it. The tables of must
// are read to their last row, or it fails; those of leave are not read at all; any other that cannot be read begins empty. prove
// says whether what was read is right: the new database takes the place of the damaged one, which is kept, once prove has no
// error. Whatever fails, the damaged file stays where it was. Errors: ErrDamaged, ErrDiskFull, those of prove.
func Salvage(ctx context.Context, o Options, must, leave []string, prove func(*DB) error) (s Salvaged, err error) {
	path := filepath.Join(o.Dir, fileName)
	vfs, release, err := cryptvfs.Register(o.Secrets.Database)
	if err != nil {
		return s, fmt.Errorf("preparing the encrypted file: %w", err)
	}
	defer func() { err = errors.Join(err, release()) }()
	from, err := sql.Open("sqlite", dataSource(path, vfs, true))
	if err != nil {
		return s, fmt.Errorf("opening the damaged database: %w", explain(err))
	}
	from.SetMaxOpenConns(1)
	fresh := o
	fresh.Dir = filepath.Join(o.Dir, salvaging)
	if err := os.RemoveAll(fresh.Dir); err != nil {
		return s, errors.Join(fmt.Errorf("clearing an unfinished repair: %w", err), from.Close())
	}
	err = salvage(ctx, from, fresh, must, leave, prove, &s)
	if err = errors.Join(err, explain(from.Close())); err == nil {
		s.Kept, err = exchange(path, filepath.Join(fresh.Dir, fileName), o.Now())
	}
	return s, errors.Join(err, os.RemoveAll(fresh.Dir))
}

func salvage(ctx context.Context, from *sql.DB, fresh Options, must, leave []string, prove func(*DB) error, s *Salvaged) error {
	to, err := Open(ctx, fresh)
	if err != nil {
		return err
	}
	tables, err := to.tables(ctx)
	for _, t := range tables {
		if err != nil {
			break
		}
		if slices.Contains(leave, t) {
			continue
		}
		if trouble := to.copyTable(ctx, from, t); trouble != nil {
			if slices.Contains(must, t) || ctx.Err() != nil || Full(trouble) {
				err = fmt.Errorf("reading the table %s: %w", t, explain(trouble))
				break
			}
			s.Lost = append(s.Lost, t)
		}
	}
	if err == nil {
		err = to.indexAll(ctx)
	}
	if err == nil {
		err = prove(to)
	}
	return errors.Join(err, to.Close())
}

// tables are those that a new database has, in the order in which they were made, but those that SQLite and the search keep for
// themselves and the mark of the schema.
func (db *DB) tables(ctx context.Context) (names []string, err error) {
	err = db.View(ctx, func(tx *Tx) error {
		return tx.Each(`SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY rowid`, nil, func(scan func(...any) error) error {
			var name string
			if err := scan(&name); err != nil {
				return err
			}
			if !strings.HasPrefix(name, "sqlite_") && !strings.HasPrefix(name, "search_index") && name != "goose_db_version" {
				names = append(names, name)
			}
			return nil
		})
	})
	return names, err
}

// copyTable brings all rows of a table, or none.
func (db *DB) copyTable(ctx context.Context, from *sql.DB, table string) error {
	rows, err := from.QueryContext(ctx, `SELECT * FROM "`+table+`"`)
	if err != nil {
		return err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	insert := `INSERT INTO "` + table + `" ("` + strings.Join(columns, `", "`) + `") VALUES (?` + strings.Repeat(", ?", len(columns)-1) + `)`
	return db.Update(ctx, func(tx *Tx) error {
		values, places := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			places[i] = &values[i]
		}
		for rows.Next() {
			if err := rows.Scan(places...); err != nil {
				return err
			}
			if _, err := tx.Exec(insert, values...); err != nil {
				return err
			}
		}
		return rows.Err()
	})
}

// exchange puts fresh in the place of path and gives the name that what was there has now. The log beside it goes first, since
// it would be taken for that of the new file; a database stands at path at every moment.
func exchange(path, fresh string, at time.Time) (kept string, err error) {
	kept = filepath.Join(filepath.Dir(path), "damaged-"+at.UTC().Format("20060102T150405Z")+".db")
	if err := copyFile(path, kept); err != nil {
		return "", fmt.Errorf("keeping the damaged database: %w", explain(err))
	}
	for _, log := range []string{"-wal", "-shm"} {
		if err := ignoreMissing(durable.Rename(path+log, kept+log)); err != nil {
			return kept, fmt.Errorf("keeping the damaged database's log: %w", explain(err))
		}
	}
	if err := durable.Rename(fresh, path); err != nil {
		return kept, fmt.Errorf("putting the repaired database in its place: %w", explain(err))
	}
	return kept, nil
}

func copyFile(from, to string) error {
	if os.Link(from, to) == nil { // another name for the same bytes
		return nil
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Sync(), out.Close())
}
