// Package relational is the server's storage in a relational database: the
// statements and what they mean, once for SQLite and PostgreSQL. Packages sqlite
// and postgres open the database, keep its schema, and give the Dialect.
//
// Each statement of a log names one authority, so that a database that is spread
// by authority answers it from one place.
package relational

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/sync/protocol"
	"alpi40.fr/airial/sync/server"
)

// Dialect is what differs from one database to another.
type Dialect struct {
	// Numbered: parameters are $1, $2… rather than ?.
	Numbered bool
	// Lock follows the SELECT that makes a writer wait for the one before it; empty where
	// Begin waits already.
	Lock string
	// Begin waits for the turn to write, and gives it back.
	Begin func(ctx context.Context) (release func(), err error)
	// Snapshot is how a reading transaction begins.
	Snapshot *sql.TxOptions
	// Constraint tells a row that exists already; Full, a database without room.
	Constraint, Full func(error) bool
	// AddEntries writes many rows at once.
	AddEntries func(ctx context.Context, tx *sql.Tx, authority string, rows []EntryRow) error
	// Frozen tells that nothing is written any more; nil: never. It is asked once writing has begun.
	Frozen  func() error
	Tell    func(ctx context.Context, authorities []string) error
	Changes func(ctx context.Context, told func(authority string)) error
}

// EntryRow is an entry as the table holds it.
type EntryRow struct {
	*journal.Placed
	Body []byte // the entry as JSON, whole
}

// Storage implements server.Storage.
type Storage struct {
	writer, reader *sql.DB
	d              Dialect
}

var _ server.Storage = (*Storage)(nil)

// Database is the connections that write, for what stands beside the storage in the same database.
func (s *Storage) Database() *sql.DB { return s.writer }

// New makes a storage of open databases, which it closes; they may be the same.
func New(writer, reader *sql.DB, d Dialect) *Storage {
	return &Storage{writer: writer, reader: reader, d: d}
}

// Close implements server.Storage.
func (s *Storage) Close() error {
	err := s.writer.Close()
	if s.reader != s.writer {
		err = errors.Join(s.reader.Close(), err)
	}
	return err
}

// Ping implements server.Storage.
func (s *Storage) Ping(ctx context.Context) error {
	var last sql.NullString
	return s.reader.QueryRowContext(ctx, `SELECT max(id) FROM authority`).Scan(&last)
}

// Settle returns once what was being written, in whatever process, is written.
func (s *Storage) Settle(ctx context.Context) error {
	release, err := s.d.Begin(ctx)
	if err != nil {
		return err
	}
	defer release()
	tx, err := s.writer.BeginTx(ctx, nil)
	if err != nil {
		return s.explain(err)
	}
	return tx.Rollback()
}

// Tell implements server.Storage.
func (s *Storage) Tell(ctx context.Context, authorities []string) error {
	return s.d.Tell(ctx, authorities)
}

// Changes implements server.Storage.
func (s *Storage) Changes(ctx context.Context, told func(string)) error {
	return s.d.Changes(ctx, told)
}

// q writes the parameters of a statement, ? in this package, as the database wants them.
func (s *Storage) q(query string) string {
	if !s.d.Numbered {
		return query
	}
	var out strings.Builder
	n := 0
	for _, r := range query {
		if r != '?' {
			out.WriteRune(r)
			continue
		}
		n++
		out.WriteByte('$')
		out.WriteString(strconv.Itoa(n))
	}
	return out.String()
}

func (s *Storage) write(ctx context.Context, do func(*sql.Tx) error) error {
	release, err := s.d.Begin(ctx)
	if err != nil {
		return err
	}
	defer release()
	tx, err := s.writer.BeginTx(ctx, nil)
	if err != nil {
		return s.explain(err)
	}
	if s.d.Frozen != nil {
		err = s.d.Frozen()
	}
	if err == nil {
		err = do(tx)
	}
	if err != nil {
		if undo := tx.Rollback(); undo != nil && !errors.Is(undo, sql.ErrTxDone) {
			err = errors.Join(err, undo)
		}
		return s.explain(err)
	}
	return s.explain(tx.Commit())
}

// explain joins the driver's error with what the server tells apart.
func (s *Storage) explain(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sql.ErrNoRows):
		return fmt.Errorf("%w: %w", server.ErrNotFound, err)
	case s.d.Full(err):
		return fmt.Errorf("%w: %w", server.ErrFull, err)
	}
	return err
}

// querier is a database or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// all reads all rows of a query.
func all[T any](ctx context.Context, s *Storage, db querier, query string, args []any, scan func(*sql.Rows) (T, error)) ([]T, error) {
	rows, err := db.QueryContext(ctx, s.q(query), args...)
	if err != nil {
		return nil, s.explain(err)
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
	return found, s.explain(rows.Err())
}

func (s *Storage) exec(ctx context.Context, db querier, query string, args ...any) (changed int64, err error) {
	res, err := db.ExecContext(ctx, s.q(query), args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// list is the parameters of IN (…), after those given. Their number is a power of two, the last one
// standing again as needed, so that a database keeps few statements prepared.
func list[T any](before []any, values []T) (marks string, args []any) {
	n := 1
	for n < len(values) {
		n *= 2
	}
	args = append(make([]any, 0, len(before)+n), before...)
	for i := range n {
		args = append(args, values[min(i, len(values)-1)])
	}
	return strings.Repeat("?, ", n-1) + "?", args
}

// chunk is how many values of a list are asked for at once.
const chunk = 512

// AddAuthority implements server.Storage.
func (s *Storage) AddAuthority(ctx context.Context, a server.Authority) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		n, err := s.exec(ctx, tx, `INSERT INTO authority (id, name) VALUES (?, ?) ON CONFLICT (id) DO NOTHING`, a.ID, a.Name)
		if err != nil {
			return err
		}
		if n == 0 {
			return fmt.Errorf("authority %s: %w", a.ID, server.ErrExists)
		}
		_, err = s.exec(ctx, tx, `INSERT INTO log_head (authority, size) VALUES (?, 0)`, a.ID)
		return err
	})
}

// Authority implements server.Storage.
func (s *Storage) Authority(ctx context.Context, id string) (a server.Authority, err error) {
	err = s.reader.QueryRowContext(ctx, s.q(`SELECT id, name FROM authority WHERE id = ?`), id).Scan(&a.ID, &a.Name)
	return a, s.explain(err)
}

// Authorities implements server.Storage.
func (s *Storage) Authorities(ctx context.Context) ([]server.Authority, error) {
	return all(ctx, s, s.reader, `SELECT id, name FROM authority ORDER BY id`, nil, func(r *sql.Rows) (a server.Authority, err error) {
		return a, r.Scan(&a.ID, &a.Name)
	})
}

// AddCode implements server.Storage.
func (s *Storage) AddCode(ctx context.Context, c server.Code) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		var made int64
		if !c.Made.IsZero() {
			made = c.Made.UnixMicro()
		}
		_, err := s.exec(ctx, tx, `INSERT INTO code (hash, authority, expires, note, made) VALUES (?, ?, ?, ?, ?)`, c.Hash[:], c.Authority, c.Expires.UnixMicro(), c.Note, made)
		return err
	})
}

// Codes implements server.Storage.
func (s *Storage) Codes(ctx context.Context, authority string, now time.Time) ([]server.Code, error) {
	return all(ctx, s, s.reader, `SELECT hash, expires, note, made FROM code WHERE authority = ? AND expires > ? ORDER BY expires, hash`, []any{authority, now.UnixMicro()},
		func(r *sql.Rows) (c server.Code, err error) {
			var hash []byte
			var expires, made int64
			err = r.Scan(&hash, &expires, &c.Note, &made)
			copy(c.Hash[:], hash)
			if made != 0 {
				c.Made = time.UnixMicro(made).UTC()
			}
			c.Authority, c.Expires = authority, time.UnixMicro(expires).UTC()
			return c, err
		})
}

// DropCode implements server.Storage.
func (s *Storage) DropCode(ctx context.Context, authority string, hash [32]byte) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		n, err := s.exec(ctx, tx, `DELETE FROM code WHERE hash = ? AND authority = ?`, hash[:], authority)
		if err == nil && n == 0 {
			err = server.ErrNotFound
		}
		return err
	})
}

// Enrol implements server.Storage.
func (s *Storage) Enrol(ctx context.Context, code [32]byte, now time.Time, d protocol.Device) (a server.Authority, err error) {
	err = s.write(ctx, func(tx *sql.Tx) error {
		if _, err := s.exec(ctx, tx, `DELETE FROM code WHERE expires <= ? AND hash <> ?`, now.UnixMicro(), code[:]); err != nil {
			return err
		}
		err := tx.QueryRowContext(ctx, s.q(`DELETE FROM code WHERE hash = ? AND expires > ? RETURNING authority`), code[:], now.UnixMicro()).Scan(&a.ID)
		if errors.Is(err, sql.ErrNoRows) {
			return server.ErrBadCode
		}
		if err != nil {
			return err
		}
		if err := tx.QueryRowContext(ctx, s.q(`SELECT name FROM authority WHERE id = ?`), a.ID).Scan(&a.Name); err != nil {
			return err
		}
		return s.putDevice(ctx, tx, a.ID, d)
	})
	return a, err
}

// PutDevice implements server.Storage.
func (s *Storage) PutDevice(ctx context.Context, authority string, d protocol.Device) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		if _, err := s.exec(ctx, tx, `DELETE FROM device WHERE authority = ? AND id = ?`, authority, d.ID); err != nil {
			return err
		}
		if _, err := s.exec(ctx, tx, `DELETE FROM device_place WHERE id = ? AND authority = ?`, d.ID, authority); err != nil {
			return err
		}
		return s.putDevice(ctx, tx, authority, d)
	})
}

func (s *Storage) putDevice(ctx context.Context, tx *sql.Tx, authority string, d protocol.Device) error {
	var revoked any
	if d.Revoked != nil {
		revoked = d.Revoked.UnixMicro()
	}
	if _, err := s.exec(ctx, tx, `INSERT INTO device_place (id, authority) VALUES (?, ?)`, d.ID, authority); err != nil {
		return err
	}
	_, err := s.exec(ctx, tx, `INSERT INTO device (authority, id, name, signature, exchange, enrolled, revoked) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		authority, d.ID, d.Name, []byte(d.Signature), d.Exchange, d.Enrolled.UnixMicro(), revoked)
	return err
}

const deviceColumns = `d.id, d.name, d.signature, d.exchange, d.enrolled, d.revoked`

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
	if err = s.reader.QueryRowContext(ctx, s.q(`SELECT authority FROM device_place WHERE id = ?`), id).Scan(&authority); err != nil {
		return d, "", s.explain(err)
	}
	d, err = scanDevice(s.reader.QueryRowContext(ctx, s.q(`SELECT `+deviceColumns+` FROM device d WHERE authority = ? AND id = ?`), authority, id).Scan)
	return d, authority, s.explain(err)
}

// Devices implements server.Storage.
func (s *Storage) Devices(ctx context.Context, authority string) ([]protocol.Device, error) {
	return all(ctx, s, s.reader, `SELECT `+deviceColumns+` FROM device d WHERE authority = ? ORDER BY id`, []any{authority},
		func(r *sql.Rows) (protocol.Device, error) { return scanDevice(r.Scan) })
}

// Revoke implements server.Storage.
func (s *Storage) Revoke(ctx context.Context, authority, device string, at time.Time) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		n, err := s.exec(ctx, tx, `UPDATE device SET revoked = coalesce(revoked, ?) WHERE authority = ? AND id = ?`, at.UnixMicro(), authority, device)
		if err == nil && n == 0 {
			err = server.ErrNotFound
		}
		return err
	})
}

// NoteSeen implements server.Storage.
func (s *Storage) NoteSeen(ctx context.Context, seen []server.Seen) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		for _, v := range seen {
			_, err := s.exec(ctx, tx, `INSERT INTO seen (device, at, place, protocol) VALUES (?, ?, ?, ?)
				ON CONFLICT (device) DO UPDATE SET at = excluded.at, place = excluded.place, protocol = excluded.protocol WHERE excluded.at >= seen.at`,
				v.Device, v.At.UnixMicro(), v.Cursor, v.Protocol)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Seen implements server.Storage.
func (s *Storage) Seen(ctx context.Context, authority string) ([]server.Seen, error) {
	return all(ctx, s, s.reader, `SELECT v.device, v.at, v.place, v.protocol FROM seen v JOIN device_place p ON p.id = v.device WHERE p.authority = ? ORDER BY v.device`,
		[]any{authority}, func(r *sql.Rows) (v server.Seen, err error) {
			var at int64
			err = r.Scan(&v.Device, &at, &v.Cursor, &v.Protocol)
			v.At = time.UnixMicro(at).UTC()
			return v, err
		})
}

// Spend implements server.Storage.
func (s *Storage) Spend(ctx context.Context, token [32]byte, now, end time.Time) (fresh bool, err error) {
	err = s.write(ctx, func(tx *sql.Tx) error {
		if _, err := s.exec(ctx, tx, `DELETE FROM spent WHERE ends < ?`, now.UnixMicro()); err != nil {
			return err
		}
		n, err := s.exec(ctx, tx, `INSERT INTO spent (token, ends) VALUES (?, ?) ON CONFLICT (token) DO NOTHING`, token[:], end.UnixMicro())
		fresh = n == 1
		return err
	})
	return fresh && err == nil, err
}

// PutKeys implements server.Storage.
func (s *Storage) PutKeys(ctx context.Context, authority string, keys []journal.SubjectKey) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		if _, err := s.hold(ctx, tx, authority); err != nil {
			return err // two writers would give the same place
		}
		for _, k := range keys {
			key := any(k.Key)
			change := `DO NOTHING`
			if k.Forgotten {
				key = nil
				change = `DO UPDATE SET key = NULL, place = excluded.place WHERE subject.key IS NOT NULL`
			}
			_, err := s.exec(ctx, tx, `INSERT INTO subject (authority, id, key, place)
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
func (s *Storage) KeysAfter(ctx context.Context, authority string, after int64, limit int) ([]server.PlacedKey, error) {
	return all(ctx, s, s.reader, `SELECT id, key, key IS NULL, place FROM subject WHERE authority = ? AND place > ? ORDER BY place LIMIT ?`,
		[]any{authority, after, limit}, func(r *sql.Rows) (k server.PlacedKey, err error) {
			return k, r.Scan(&k.Subject, &k.Key, &k.Forgotten, &k.Place)
		})
}

// PutPlacedKeys implements server.Storage.
func (s *Storage) PutPlacedKeys(ctx context.Context, authority string, keys []server.PlacedKey) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		for _, k := range keys {
			key := any(k.Key)
			if k.Forgotten {
				key = nil
			}
			_, err := s.exec(ctx, tx, `INSERT INTO subject (authority, id, key, place) VALUES (?, ?, ?, ?)
				ON CONFLICT (authority, id) DO UPDATE SET key = excluded.key, place = excluded.place WHERE excluded.place > subject.place`, authority, k.Subject, key, k.Place)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// SetTrust implements server.Storage.
func (s *Storage) SetTrust(ctx context.Context, t server.Published) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		n, err := s.exec(ctx, tx, `INSERT INTO trust_package (one, version, digest) VALUES (1, ?, ?)
			ON CONFLICT (one) DO UPDATE SET version = excluded.version, digest = excluded.digest WHERE excluded.version > trust_package.version`, t.Version, t.Digest[:])
		if err == nil && n == 0 {
			err = server.ErrNotNewer
		}
		return err
	})
}

// Trust implements server.Storage.
func (s *Storage) Trust(ctx context.Context) (t server.Published, err error) {
	var digest []byte
	err = s.reader.QueryRowContext(ctx, `SELECT version, digest FROM trust_package`).Scan(&t.Version, &digest)
	copy(t.Digest[:], digest)
	return t, s.explain(err)
}

// SetParcel implements server.Storage.
func (s *Storage) SetParcel(ctx context.Context, kind string, p server.Published) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		n, err := s.exec(ctx, tx, `INSERT INTO parcel (kind, version, digest) VALUES (?, ?, ?)
			ON CONFLICT (kind) DO UPDATE SET version = excluded.version, digest = excluded.digest WHERE excluded.version > parcel.version`, kind, p.Version, p.Digest[:])
		if err == nil && n == 0 {
			err = server.ErrNotNewer
		}
		return err
	})
}

// Parcel implements server.Storage.
func (s *Storage) Parcel(ctx context.Context, kind string) (p server.Published, err error) {
	var digest []byte
	err = s.reader.QueryRowContext(ctx, s.q(`SELECT version, digest FROM parcel WHERE kind = ?`), kind).Scan(&p.Version, &digest)
	copy(p.Digest[:], digest)
	return p, s.explain(err)
}

// Parcels implements server.Storage.
func (s *Storage) Parcels(ctx context.Context) (map[string]server.Published, error) {
	found := map[string]server.Published{}
	_, err := all(ctx, s, s.reader, `SELECT kind, version, digest FROM parcel`, nil, func(r *sql.Rows) (struct{}, error) {
		var kind string
		var p server.Published
		var digest []byte
		err := r.Scan(&kind, &p.Version, &digest)
		copy(p.Digest[:], digest)
		found[kind] = p
		return struct{}{}, err
	})
	return found, err
}

// NoteBlobs implements server.Storage.
func (s *Storage) NoteBlobs(ctx context.Context, authority string, blobs []server.Blob) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		for _, b := range blobs {
			if _, err := s.exec(ctx, tx, `INSERT INTO blob (authority, digest, size) VALUES (?, ?, ?) ON CONFLICT (authority, digest) DO NOTHING`, authority, b.Digest[:], b.Size); err != nil {
				return err
			}
		}
		return nil
	})
}

// ForgetBlobs implements server.Storage.
func (s *Storage) ForgetBlobs(ctx context.Context, authority string, digests []store.Digest) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		for _, d := range digests {
			if _, err := s.exec(ctx, tx, `DELETE FROM blob WHERE authority = ? AND digest = ?`, authority, d[:]); err != nil {
				return err
			}
		}
		return nil
	})
}

// Lacking implements server.Storage.
func (s *Storage) Lacking(ctx context.Context, authority string, digests []store.Digest) ([]store.Digest, error) {
	lacking := []store.Digest{}
	for len(digests) > 0 {
		some := digests[:min(len(digests), chunk)]
		digests = digests[len(some):]
		raw := make([][]byte, len(some))
		for i := range some {
			raw[i] = some[i][:]
		}
		marks, args := list([]any{authority}, raw)
		kept := map[store.Digest]bool{}
		_, err := all(ctx, s, s.reader, `SELECT digest FROM blob WHERE authority = ? AND digest IN (`+marks+`)`, args, func(r *sql.Rows) (struct{}, error) {
			var d []byte
			err := r.Scan(&d)
			if err == nil && len(d) == len(store.Digest{}) {
				kept[store.Digest(d)] = true
			}
			return struct{}{}, err
		})
		if err != nil {
			return nil, err
		}
		for _, d := range some {
			if !kept[d] {
				lacking = append(lacking, d)
			}
		}
	}
	return lacking, nil
}

// BlobsAfter implements server.Storage.
func (s *Storage) BlobsAfter(ctx context.Context, authority string, after store.Digest, limit int) ([]server.Blob, error) {
	return all(ctx, s, s.reader, `SELECT digest, size FROM blob WHERE authority = ? AND digest > ? ORDER BY digest LIMIT ?`, []any{authority, after[:], limit},
		func(r *sql.Rows) (b server.Blob, err error) {
			var d []byte
			err = r.Scan(&d, &b.Size)
			copy(b.Digest[:], d)
			return b, err
		})
}

// Use implements server.Storage.
func (s *Storage) Use(ctx context.Context, authority string) (u server.Use, err error) {
	err = s.reader.QueryRowContext(ctx, s.q(`SELECT count(*), cast(coalesce(sum(size), 0) AS bigint) FROM blob WHERE authority = ?`), authority).Scan(&u.Count, &u.Bytes)
	return u, s.explain(err)
}

// PutAdministrator implements server.Storage.
func (s *Storage) PutAdministrator(ctx context.Context, a server.Administrator) error {
	disabled := 0
	if a.Disabled {
		disabled = 1
	}
	return s.write(ctx, func(tx *sql.Tx) error {
		_, err := s.exec(ctx, tx, `INSERT INTO administrator (name, password, totp, created, disabled) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (name) DO UPDATE SET password = excluded.password, totp = excluded.totp, disabled = excluded.disabled`,
			a.Name, a.Password, a.TOTP, a.Created.UnixMicro(), disabled)
		return err
	})
}

func scanAdministrator(scan func(...any) error) (a server.Administrator, err error) {
	var created, disabled int64
	err = scan(&a.Name, &a.Password, &a.TOTP, &created, &disabled)
	a.Created, a.Disabled = time.UnixMicro(created).UTC(), disabled != 0
	return a, err
}

// Administrator implements server.Storage.
func (s *Storage) Administrator(ctx context.Context, name string) (server.Administrator, error) {
	a, err := scanAdministrator(s.reader.QueryRowContext(ctx, s.q(`SELECT name, password, totp, created, disabled FROM administrator WHERE name = ?`), name).Scan)
	return a, s.explain(err)
}

// Administrators implements server.Storage.
func (s *Storage) Administrators(ctx context.Context) ([]server.Administrator, error) {
	return all(ctx, s, s.reader, `SELECT name, password, totp, created, disabled FROM administrator ORDER BY name`, nil,
		func(r *sql.Rows) (server.Administrator, error) { return scanAdministrator(r.Scan) })
}

// NoteAct implements server.Storage.
func (s *Storage) NoteAct(ctx context.Context, line server.AuditLine) (seq int64, err error) {
	err = s.write(ctx, func(tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, s.q(`INSERT INTO audit (at, who, act, authority, detail) VALUES (?, ?, ?, ?, ?) RETURNING seq`),
			line.At.UnixMicro(), line.Who, line.Act, line.Authority, line.Detail).Scan(&seq)
	})
	return seq, err
}

// Acts implements server.Storage.
func (s *Storage) Acts(ctx context.Context, before int64, limit int) ([]server.AuditLine, error) {
	return all(ctx, s, s.reader, `SELECT seq, at, who, act, authority, detail FROM audit WHERE seq < ? OR ? <= 0 ORDER BY seq DESC LIMIT ?`,
		[]any{before, before, limit}, func(r *sql.Rows) (l server.AuditLine, err error) {
			var at int64
			err = r.Scan(&l.Seq, &at, &l.Who, &l.Act, &l.Authority, &l.Detail)
			l.At = time.UnixMicro(at).UTC()
			return l, err
		})
}
