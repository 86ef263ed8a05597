package store

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
	"time"

	"github.com/pressly/goose/v3"

	"filippo.io/age"

	"alpi40.fr/airial/local/store/cryptvfs"
	"alpi40.fr/airial/local/store/durable"
	"alpi40.fr/airial/local/store/keys"
)

//go:embed migrations/*.sql
var migrations embed.FS

const (
	fileName = "airial.db"
	// reading is how many queries of the pages run at once; a laptop has few cores.
	reading = 4
	// busyTimeout covers the moment in which a second program (airialctl beside
	// the window) holds the writer's lock.
	busyTimeout = 5 * time.Second
)

// Secrets are the keys of one authority's data. They come from the master key
// (package keys) and are wiped from the caller's memory by the caller.
type Secrets struct {
	// Database is the 256-bit key of the encrypted file.
	Database [32]byte
	// Documents is the 256-bit scalar of the age X25519 identity of blobs.
	Documents [32]byte
	// Backups is that of backups.
	Backups [32]byte
}

// Options say how a database is opened.
type Options struct {
	// Dir is the authority's folder; it is made when missing, for its owner alone.
	Dir     string
	Secrets Secrets
	// Now is the clock, for the names of automatic backups.
	Now func() time.Time
}

// DB is one authority's data, open.
type DB struct {
	dir     string
	writer  *writer
	readers *readers
	blobs   *Blobs
	backups *age.X25519Recipient
	release func() error
}

// Open opens the authority's data in o.Dir, making them when they do not exist,
// and brings the schema up to date after an automatic backup.
// Errors: cryptvfs.ErrWrongKey, ErrDamaged, ErrBusy, ErrDiskFull, ErrReadOnly, ErrLongPath.
func Open(ctx context.Context, o Options) (*DB, error) {
	path, err := filepath.Abs(filepath.Join(o.Dir, fileName))
	if err != nil {
		return nil, fmt.Errorf("finding the authority's folder: %w", err)
	}
	if len(path) > longestPath {
		return nil, fmt.Errorf("%w: %d characters", ErrLongPath, len(path))
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the authority's folder: %w", explain(err))
	}
	blobs, err := openBlobs(filepath.Join(o.Dir, "blobs"), o.Secrets.Documents)
	if err != nil {
		return nil, err
	}
	backups, err := keys.AgeIdentity(o.Secrets.Backups[:])
	if err != nil {
		return nil, fmt.Errorf("preparing the backups' key: %w", err)
	}
	vfs, release, err := cryptvfs.Register(o.Secrets.Database)
	if err != nil {
		return nil, fmt.Errorf("preparing the encrypted file: %w", err)
	}
	db := &DB{dir: o.Dir, blobs: blobs, backups: backups.Recipient(), release: release}
	if err := db.open(ctx, path, vfs, o.Now); err != nil {
		return nil, errors.Join(fmt.Errorf("opening %s: %w", fileName, explain(err)), db.Close())
	}
	return db, nil
}

func (db *DB) open(ctx context.Context, path, vfs string, now func() time.Time) error {
	write, err := sql.Open("sqlite", dataSource(path, vfs, false))
	if err != nil {
		return err
	}
	write.SetMaxOpenConns(1)
	db.writer = &writer{pool: write, turn: make(chan struct{}, 1)}
	if err := db.writer.connect(ctx); err != nil {
		return err
	}
	if err := readBack(ctx, db.writer.conn.sql); err != nil {
		return err
	}
	if err := db.migrate(ctx, now); err != nil {
		return fmt.Errorf("bringing the schema up to date: %w", err)
	}
	read, err := sql.Open("sqlite", dataSource(path, vfs, true))
	if err != nil {
		return err
	}
	db.readers = newReaders(read, reading)
	return nil
}

// dataSource spells the settings the way modernc.org/sqlite reads them; it
// ignores other spellings without a word, hence readBack.
func dataSource(path, vfs string, readOnly bool) string {
	q := url.Values{}
	q.Set("vfs", vfs)
	for _, p := range pragmas {
		q.Add("_pragma", p.name+"("+p.set+")")
	}
	q.Add("_pragma", fmt.Sprintf("busy_timeout(%d)", busyTimeout.Milliseconds()))
	if readOnly {
		q.Add("_pragma", "query_only(1)")
	}
	slashed := filepath.ToSlash(systemPath(path))
	if !strings.HasPrefix(slashed, "/") {
		slashed = "/" + slashed
	}
	return (&url.URL{Scheme: "file", Path: slashed, RawQuery: q.Encode()}).String()
}

// pragmas are what the promises rest on, and what each must read back as.
var pragmas = []struct{ name, set, read string }{
	{"journal_mode", "wal", "wal"},
	{"synchronous", "full", "2"},
	{"foreign_keys", "1", "1"},
	// Temporary tables would else be files of their own.
	{"temp_store", "memory", "2"},
	// 8 MiB of pages: the working set of a town hall.
	{"cache_size", "-8192", "-8192"},
	// 16 MiB of log: what is written anew again and again in a large job, an index's pages, goes to its place once.
	{"wal_autocheckpoint", "4096", "4096"},
}

func readBack(ctx context.Context, conn *sql.Conn) error {
	for _, p := range pragmas {
		var got string
		if err := conn.QueryRowContext(ctx, "PRAGMA "+p.name).Scan(&got); err != nil {
			return fmt.Errorf("reading back %s: %w", p.name, err)
		}
		if got != p.read {
			return fmt.Errorf("the setting %s did not hold: %q, not %q", p.name, got, p.read)
		}
	}
	return nil
}

// migrate runs the pending migrations. goose wants a *sql.DB, so the writing
// connection is lent back to its pool of one for the time being.
func (db *DB) migrate(ctx context.Context, now func() time.Time) error {
	dir, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	if err := db.writer.disconnect(); err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db.writer.pool, dir)
	if err != nil {
		return err
	}
	have, want, err := p.GetVersions(ctx)
	if err != nil {
		return err
	}
	if have > want {
		return fmt.Errorf("%w: version %d, this program knows %d", ErrNewer, have, want)
	}
	if have > 0 && have < want {
		if err := db.backupBefore(ctx, now()); err != nil {
			return err
		}
	}
	if _, err := p.Up(ctx); err != nil {
		return err
	}
	return db.writer.connect(ctx)
}

// ErrNewer: a newer Airial wrote this file; nothing was changed.
var ErrNewer = errors.New("written by a newer version of Airial")

// backupBefore leaves an encrypted copy beside the database, so that a failed
// migration costs nothing.
func (db *DB) backupBefore(ctx context.Context, at time.Time) error {
	if err := db.writer.connect(ctx); err != nil {
		return err
	}
	name := filepath.Join(db.dir, "before-"+at.UTC().Format("20060102T150405Z")+".age")
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("making the automatic backup: %w", explain(err))
	}
	err = db.backupDatabase(ctx, f)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(fmt.Errorf("writing the automatic backup: %w", explain(err)), durable.Remove(name))
	}
	return db.writer.disconnect()
}

// Blobs are the documents beside the database.
func (db *DB) Blobs() *Blobs { return db.blobs }

// Close ends all connections. It waits for a running Update, and some seconds for who still reads.
func (db *DB) Close() error {
	var errs []error
	if db.readers != nil {
		errs = append(errs, db.readers.close())
	}
	if db.writer != nil {
		errs = append(errs, db.writer.close())
	}
	if db.release != nil {
		errs = append(errs, db.release())
	}
	return errors.Join(errs...)
}
