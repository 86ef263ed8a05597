// Package postgres is the server's storage on PostgreSQL 15 or later, for any
// number of processes.
package postgres

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	goosedb "github.com/pressly/goose/v3/database"
	"github.com/pressly/goose/v3/lock"

	"alpi40.fr/airial/sync/server/relational"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Oldest is the oldest PostgreSQL that is accepted, as server_version_num.
const Oldest = 150000

// channel is where processes tell one another what changed.
const channel = "airial"

// Options say how the database is reached.
type Options struct {
	// URL is postgres://user@host/base?sslmode=verify-full…; Password stands apart, so that no
	// secret is written with the address.
	URL, Password string
	// Connections bounds those of this process; 16 when zero.
	Connections int
}

// ErrSettings: the server's settings do not keep what was acknowledged.
var ErrSettings = errors.New("the settings of PostgreSQL lose acknowledged work in a crash")

// Open opens the storage and brings its schema up to date: one process at a time does, the others wait.
func Open(ctx context.Context, o Options) (*relational.Storage, error) {
	config, err := pgx.ParseConfig(o.URL)
	if err != nil {
		return nil, errors.New("the address of the database cannot be read") // the driver's sentence may hold a password
	}
	if o.Password != "" {
		config.Password = o.Password
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = 10 * time.Second
	}
	config.RuntimeParams["application_name"] = "alpi-server"
	db := stdlib.OpenDB(*config)
	connections := o.Connections
	if connections <= 0 {
		connections = 16
	}
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	db.SetConnMaxIdleTime(5 * time.Minute)
	if err := prepare(ctx, db); err != nil {
		return nil, errors.Join(fmt.Errorf("opening the database: %w", err), db.Close())
	}
	return relational.New(db, db, relational.Dialect{
		Numbered: true, Lock: "FOR UPDATE",
		Begin:      func(context.Context) (func(), error) { return func() {}, nil },
		Snapshot:   &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true},
		Constraint: func(err error) bool { return hasCode(err, "23505") },
		// 53100 is a full disk; class 53 with it: no memory, too many connections.
		Full:       func(err error) bool { return hasCode(err, "53100") },
		AddEntries: addEntries,
		Tell: func(ctx context.Context, authorities []string) error {
			_, err := db.ExecContext(ctx, `SELECT pg_notify($1, a) FROM unnest($2::text[]) AS a`, channel, authorities)
			return err
		},
		Changes: func(ctx context.Context, told func(string)) error { return listen(ctx, config, told) },
	}), nil
}

func hasCode(err error, code string) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == code
}

func prepare(ctx context.Context, db *sql.DB) error {
	var version, fsync, pages, commit string
	err := db.QueryRowContext(ctx, `SELECT current_setting('server_version_num'), current_setting('fsync'), current_setting('full_page_writes'), current_setting('synchronous_commit')`).
		Scan(&version, &fsync, &pages, &commit)
	if err != nil {
		return err
	}
	if n, err := strconv.Atoi(version); err != nil || n < Oldest {
		return fmt.Errorf("PostgreSQL %s is older than 15", version)
	}
	if fsync != "on" || pages != "on" || commit == "off" {
		return fmt.Errorf("fsync=%s full_page_writes=%s synchronous_commit=%s: %w", fsync, pages, commit, ErrSettings)
	}
	dir, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goosedb.DialectPostgres, db, dir, goose.WithSessionLocker(locker))
	if err != nil {
		return err
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("bringing the schema up to date: %w", err)
	}
	return nil
}

// listen hears what other processes tell, on a connection of its own.
func listen(ctx context.Context, config *pgx.ConnConfig, told func(string)) error {
	c, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return fmt.Errorf("listening to the database: %w", err)
	}
	defer func() {
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = c.Close(end) // the connection is given up either way
	}()
	if _, err := c.Exec(ctx, "LISTEN "+channel); err != nil {
		return fmt.Errorf("listening to the database: %w", err)
	}
	for {
		n, err := c.WaitForNotification(ctx)
		if err != nil {
			return fmt.Errorf("listening to the database: %w", err)
		}
		told(n.Payload)
	}
}

func addEntries(ctx context.Context, tx *sql.Tx, authority string, rows []relational.EntryRow) error {
	seqs, ids, contested, hashes, bodies := make([]int64, len(rows)), make([]string, len(rows)), make([]int32, len(rows)), make([][]byte, len(rows)), make([][]byte, len(rows))
	for i, r := range rows {
		seqs[i], ids[i], hashes[i], bodies[i] = r.Seq, r.ID, r.Hash[:], r.Body
		if r.Contested {
			contested[i] = 1
		}
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO entry (authority, seq, id, contested, hash, body)
		SELECT $1, * FROM unnest($2::bigint[], $3::text[], $4::int[], $5::bytea[], $6::bytea[])`, authority, seqs, ids, contested, hashes, bodies)
	return err
}
