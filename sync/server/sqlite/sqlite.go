// Package sqlite is the server's embedded storage: one SQLite file.
package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/pressly/goose/v3"
	"golang.org/x/mod/sumdb/tlog"
	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/sync/protocol"
	"alpi40.fr/airial/sync/server"
)

//go:embed migrations/*.sql
var migrations embed.FS

const readers = 8

// Storage implements server.Storage.
type Storage struct {
	writer, pool *sql.DB
	// turn is held by who writes: SQLite has one writer, and waiting here is
	// fairer than its busy timeout.
	turn sync.Mutex
}

var _ server.Storage = (*Storage)(nil)

// Open opens the storage in a file, which is made when missing.
func Open(ctx context.Context, path string) (*Storage, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("making the storage's folder: %w", err)
	}
	s := &Storage{}
	if err := s.open(ctx, path); err != nil {
		return nil, errors.Join(fmt.Errorf("opening the storage: %w", err), s.Close())
	}
	return s, nil
}

func (s *Storage) open(ctx context.Context, path string) (err error) {
	if s.writer, err = sql.Open("sqlite", source(path, "immediate")); err != nil {
		return err
	}
	s.writer.SetMaxOpenConns(1)
	for name, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1"} {
		var got string
		if err := s.writer.QueryRowContext(ctx, "PRAGMA "+name).Scan(&got); err != nil || got != want {
			return fmt.Errorf("the setting %s is %q, not %q: %w", name, got, want, err)
		}
	}
	dir, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, s.writer, dir)
	if err != nil {
		return err
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("bringing the schema up to date: %w", err)
	}
	if s.pool, err = sql.Open("sqlite", source(path, "deferred")+"&_pragma=query_only(1)"); err != nil {
		return err
	}
	s.pool.SetMaxOpenConns(readers)
	s.pool.SetMaxIdleConns(readers)
	return nil
}

func source(path, lock string) string {
	q := url.Values{"_txlock": {lock}, "_pragma": {"journal_mode(wal)", "synchronous(full)", "foreign_keys(1)", "busy_timeout(5000)"}}
	slashed := filepath.ToSlash(path)
	if filepath.IsAbs(path) && !strings.HasPrefix(slashed, "/") {
		slashed = "/" + slashed
	}
	return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: slashed}).EscapedPath(), RawQuery: q.Encode()}).String()
}

// Close implements server.Storage.
func (s *Storage) Close() error {
	var errs []error
	for _, db := range []*sql.DB{s.pool, s.writer} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(errs...)
}

// Ping implements server.Storage.
func (s *Storage) Ping(ctx context.Context) error { return s.pool.PingContext(ctx) }

func (s *Storage) write(ctx context.Context, do func(*sql.Tx) error) error {
	s.turn.Lock()
	defer s.turn.Unlock()
	tx, err := s.writer.BeginTx(ctx, nil)
	if err != nil {
		return explain(err)
	}
	if err := do(tx); err != nil {
		return errors.Join(explain(err), ignoreDone(tx.Rollback()))
	}
	return explain(tx.Commit())
}

func ignoreDone(err error) error {
	if errors.Is(err, sql.ErrTxDone) {
		return nil
	}
	return err
}

// explain joins the driver's error with what the server tells apart.
func explain(err error) error {
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return fmt.Errorf("%w: %w", server.ErrNotFound, err)
	case store.Full(err):
		return fmt.Errorf("%w: %w", server.ErrFull, err)
	}
	return err
}

func isConstraint(err error) bool {
	var driver *sqlite.Error
	return errors.As(err, &driver) && driver.Code()&0xff == lib.SQLITE_CONSTRAINT
}

// AddAuthority implements server.Storage.
func (s *Storage) AddAuthority(ctx context.Context, a server.Authority) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO authority (id, name) VALUES (?, ?)`, a.ID, a.Name)
		if isConstraint(err) {
			return fmt.Errorf("authority %s: %w", a.ID, server.ErrExists)
		}
		return err
	})
}

// Authority implements server.Storage.
func (s *Storage) Authority(ctx context.Context, id string) (a server.Authority, err error) {
	err = s.pool.QueryRowContext(ctx, `SELECT id, name FROM authority WHERE id = ?`, id).Scan(&a.ID, &a.Name)
	return a, explain(err)
}

// Authorities implements server.Storage.
func (s *Storage) Authorities(ctx context.Context) ([]server.Authority, error) {
	return all(ctx, s.pool, `SELECT id, name FROM authority ORDER BY id`, nil, func(r *sql.Rows) (a server.Authority, err error) {
		return a, r.Scan(&a.ID, &a.Name)
	})
}

// AddCode implements server.Storage.
func (s *Storage) AddCode(ctx context.Context, c server.Code) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO code (hash, authority, expires) VALUES (?, ?, ?)`, c.Hash[:], c.Authority, c.Expires.UnixMicro())
		return err
	})
}

// Enrol implements server.Storage.
func (s *Storage) Enrol(ctx context.Context, code [32]byte, now time.Time, d protocol.Device) (a server.Authority, err error) {
	err = s.write(ctx, func(tx *sql.Tx) error {
		err := tx.QueryRowContext(ctx, `DELETE FROM code WHERE hash = ? AND expires > ? RETURNING authority`, code[:], now.UnixMicro()).Scan(&a.ID)
		if errors.Is(err, sql.ErrNoRows) {
			return server.ErrBadCode
		}
		if err != nil {
			return err
		}
		if err := tx.QueryRowContext(ctx, `SELECT name FROM authority WHERE id = ?`, a.ID).Scan(&a.Name); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO device (id, authority, name, signature, exchange, enrolled) VALUES (?, ?, ?, ?, ?, ?)`,
			d.ID, a.ID, d.Name, []byte(d.Signature), d.Exchange, d.Enrolled.UnixMicro())
		return err
	})
	return a, err
}

const deviceColumns = `id, name, signature, exchange, enrolled, revoked`

func scanDevice(scan func(...any) error, more ...any) (d protocol.Device, err error) {
	var enrolled int64
	var revoked sql.NullInt64
	var signature []byte
	if err := scan(append([]any{&d.ID, &d.Name, &signature, &d.Exchange, &enrolled, &revoked}, more...)...); err != nil {
		return d, err
	}
	d.Signature, d.Enrolled = signature, time.UnixMicro(enrolled).UTC()
	if revoked.Valid {
		at := time.UnixMicro(revoked.Int64).UTC()
		d.Revoked = &at
	}
	return d, nil
}

// Device implements server.Storage.
func (s *Storage) Device(ctx context.Context, id string) (d protocol.Device, authority string, err error) {
	d, err = scanDevice(s.pool.QueryRowContext(ctx, `SELECT `+deviceColumns+`, authority FROM device WHERE id = ?`, id).Scan, &authority)
	return d, authority, explain(err)
}

// Devices implements server.Storage.
func (s *Storage) Devices(ctx context.Context, authority string) ([]protocol.Device, error) {
	return all(ctx, s.pool, `SELECT `+deviceColumns+` FROM device WHERE authority = ? ORDER BY id`, []any{authority},
		func(r *sql.Rows) (protocol.Device, error) { return scanDevice(r.Scan) })
}

// Revoke implements server.Storage.
func (s *Storage) Revoke(ctx context.Context, authority, device string, at time.Time) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE device SET revoked = coalesce(revoked, ?) WHERE id = ? AND authority = ?`, at.UnixMicro(), device, authority)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(server.ErrNotFound, err)
		}
		return nil
	})
}

// PutKeys implements server.Storage.
func (s *Storage) PutKeys(ctx context.Context, authority string, keys []journal.SubjectKey) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		for _, k := range keys {
			key := any(k.Key)
			change := `DO NOTHING`
			if k.Forgotten {
				key = nil
				change = `DO UPDATE SET key = NULL, place = excluded.place WHERE subject.key IS NOT NULL`
			}
			_, err := tx.ExecContext(ctx, `INSERT INTO subject (authority, id, key, place)
				VALUES (?, ?, ?, (SELECT coalesce(max(place), 0) + 1 FROM subject WHERE authority = ?)) ON CONFLICT (authority, id) `+change,
				authority, k.Subject, key, authority)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// KeysAfter implements server.Storage.
func (s *Storage) KeysAfter(ctx context.Context, authority string, after int64, limit int) ([]journal.SubjectKey, int64, error) {
	cursor := after
	keys, err := all(ctx, s.pool, `SELECT id, key, key IS NULL, place FROM subject WHERE authority = ? AND place > ? ORDER BY place LIMIT ?`,
		[]any{authority, after, limit}, func(r *sql.Rows) (k journal.SubjectKey, err error) {
			return k, r.Scan(&k.Subject, &k.Key, &k.Forgotten, &cursor)
		})
	return keys, cursor, err
}

// SetTrust implements server.Storage.
func (s *Storage) SetTrust(ctx context.Context, t server.Published) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `INSERT INTO trust_package (one, version, digest) VALUES (1, ?, ?)
			ON CONFLICT (one) DO UPDATE SET version = excluded.version, digest = excluded.digest WHERE excluded.version > trust_package.version`, t.Version, t.Digest[:])
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(server.ErrNotNewer, err)
		}
		return nil
	})
}

// Trust implements server.Storage.
func (s *Storage) Trust(ctx context.Context) (t server.Published, err error) {
	var digest []byte
	err = s.pool.QueryRowContext(ctx, `SELECT version, digest FROM trust_package`).Scan(&t.Version, &digest)
	copy(t.Digest[:], digest)
	return t, explain(err)
}

// SetParcel implements server.Storage.
func (s *Storage) SetParcel(ctx context.Context, kind string, p server.Published) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `INSERT INTO parcel (kind, version, digest) VALUES (?, ?, ?)
			ON CONFLICT (kind) DO UPDATE SET version = excluded.version, digest = excluded.digest WHERE excluded.version > parcel.version`, kind, p.Version, p.Digest[:])
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(server.ErrNotNewer, err)
		}
		return nil
	})
}

// Parcel implements server.Storage.
func (s *Storage) Parcel(ctx context.Context, kind string) (p server.Published, err error) {
	var digest []byte
	err = s.pool.QueryRowContext(ctx, `SELECT version, digest FROM parcel WHERE kind = ?`, kind).Scan(&p.Version, &digest)
	copy(p.Digest[:], digest)
	return p, explain(err)
}

// Parcels implements server.Storage.
func (s *Storage) Parcels(ctx context.Context) (map[string]server.Published, error) {
	rows, err := s.pool.QueryContext(ctx, `SELECT kind, version, digest FROM parcel`)
	if err != nil {
		return nil, explain(err)
	}
	defer rows.Close()
	all := map[string]server.Published{}
	for rows.Next() {
		var kind string
		var p server.Published
		var digest []byte
		if err := rows.Scan(&kind, &p.Version, &digest); err != nil {
			return nil, explain(err)
		}
		copy(p.Digest[:], digest)
		all[kind] = p
	}
	return all, explain(rows.Err())
}

// Write implements server.Storage.
func (s *Storage) Write(ctx context.Context, authority string, do func(server.Log) error) error {
	return s.write(ctx, func(tx *sql.Tx) error { return do(&log{ctx: ctx, tx: tx, authority: authority}) })
}

// Read implements server.Storage.
func (s *Storage) Read(ctx context.Context, authority string, do func(server.Log) error) error {
	tx, err := s.pool.BeginTx(ctx, nil)
	if err != nil {
		return explain(err)
	}
	defer tx.Rollback() // nothing was written
	return do(&log{ctx: ctx, tx: tx, authority: authority})
}

// log implements server.Log.
type log struct {
	ctx       context.Context
	tx        *sql.Tx
	authority string
}

func (l *log) one(query string, args []any, into ...any) error {
	return explain(l.tx.QueryRowContext(l.ctx, query, append([]any{l.authority}, args...)...).Scan(into...))
}

func (l *log) Size() (n int64, err error) {
	err = l.one(`SELECT coalesce(max(seq), 0) FROM entry WHERE authority = ?`, nil, &n)
	return n, err
}

func (l *log) Entry(id string) (*journal.Placed, error) {
	var p journal.Placed
	var body []byte
	err := l.one(`SELECT seq, contested, body FROM entry WHERE authority = ? AND id = ?`, []any{id}, &p.Seq, &p.Contested, &body)
	if errors.Is(err, server.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &p, json.Unmarshal(body, &p.Entry)
}

func (l *log) Chain(device string) (seq int64, hash journal.Hash, err error) {
	var raw []byte
	err = l.one(`SELECT device_seq, hash FROM entry WHERE authority = ? AND device = ? ORDER BY device_seq DESC LIMIT 1`, []any{device}, &seq, &raw)
	return seq, hashOf(raw), ignoreNotFound(err)
}

func (l *log) Stream(stream string) (version int, hash journal.Hash, err error) {
	var raw []byte
	err = l.one(`SELECT version, hash FROM entry WHERE authority = ? AND stream = ? AND contested = 0 ORDER BY version DESC LIMIT 1`, []any{stream}, &version, &raw)
	return version, hashOf(raw), ignoreNotFound(err)
}

func hashOf(raw []byte) (h journal.Hash) {
	copy(h[:], raw)
	return h
}

func ignoreNotFound(err error) error {
	if errors.Is(err, server.ErrNotFound) {
		return nil
	}
	return err
}

func (l *log) Entries(after int64, limit int) ([]journal.Placed, error) {
	return all(l.ctx, l.tx, `SELECT seq, contested, body FROM entry WHERE authority = ? AND seq > ? ORDER BY seq LIMIT ?`,
		[]any{l.authority, after, limit}, func(r *sql.Rows) (p journal.Placed, err error) {
			var body []byte
			if err := r.Scan(&p.Seq, &p.Contested, &body); err != nil {
				return p, err
			}
			return p, json.Unmarshal(body, &p.Entry)
		})
}

func (l *log) ReadHashes(places []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(places))
	for i, place := range places {
		var raw []byte
		if err := l.one(`SELECT hash FROM log_hash WHERE authority = ? AND place = ?`, []any{place}, &raw); err != nil {
			return nil, fmt.Errorf("hash %d of the log: %w", place, err)
		}
		copy(out[i][:], raw)
	}
	return out, nil
}

func (l *log) Append(p *journal.Placed, hashes []tlog.Hash) error {
	body, err := json.Marshal(p.Entry)
	if err != nil {
		return err
	}
	_, err = l.tx.ExecContext(l.ctx, `INSERT INTO entry (authority, seq, id, stream, version, contested, device, device_seq, hash, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		l.authority, p.Seq, p.ID, p.Stream, p.Version, p.Contested, p.Device, p.DeviceSeq, p.Hash[:], body)
	if err != nil {
		return err
	}
	at := tlog.StoredHashIndex(0, p.Seq-1)
	for i, h := range hashes {
		if _, err := l.tx.ExecContext(l.ctx, `INSERT INTO log_hash (authority, place, hash) VALUES (?, ?, ?)`, l.authority, at+int64(i), h[:]); err != nil {
			return err
		}
	}
	return nil
}

func all[T any](ctx context.Context, db interface {
	QueryContext(context.Context, string, ...any) (*sql.Rows, error)
}, query string, args []any, scan func(*sql.Rows) (T, error)) ([]T, error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, explain(err)
	}
	defer rows.Close()
	found := []T{}
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, err
		}
		found = append(found, v)
	}
	return found, explain(rows.Err())
}
