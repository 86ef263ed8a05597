package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
)

// Tx is one transaction: a snapshot in View, the writer's in Update.
// It is used from the function it is given to, and from no other goroutine.
type Tx struct {
	ctx     context.Context
	conn    *sql.Conn
	prepare func(query string) (*sql.Stmt, error)
}

// Context is the context that the transaction runs under.
func (t *Tx) Context() context.Context { return t.ctx }

// Exec runs a statement and returns how many rows it touched.
func (t *Tx) Exec(query string, args ...any) (int64, error) {
	stmt, err := t.prepare(query)
	if err != nil {
		return 0, explain(err)
	}
	res, err := stmt.ExecContext(t.ctx, args...)
	if err != nil {
		return 0, explain(err)
	}
	return res.RowsAffected()
}

// Script runs several statements without arguments: the schema of a projection.
func (t *Tx) Script(statements string) error {
	_, err := t.conn.ExecContext(t.ctx, statements)
	return explain(err)
}

// Get scans the only row of a query. ErrNotFound when there is none.
func (t *Tx) Get(query string, args []any, into ...any) error {
	stmt, err := t.prepare(query)
	if err != nil {
		return explain(err)
	}
	err = stmt.QueryRowContext(t.ctx, args...).Scan(into...)
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	return explain(err)
}

// Each calls row for each row of a query; scan reads the current one.
func (t *Tx) Each(query string, args []any, row func(scan func(into ...any) error) error) error {
	stmt, err := t.prepare(query)
	if err != nil {
		return explain(err)
	}
	rows, err := stmt.QueryContext(t.ctx, args...)
	if err != nil {
		return explain(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return err
		}
	}
	return explain(rows.Err())
}

// All collects the rows of a query, one value a row.
func All[T any](t *Tx, query string, args []any, row func(scan func(into ...any) error) (T, error)) ([]T, error) {
	var all []T
	err := t.Each(query, args, func(scan func(into ...any) error) error {
		v, err := row(scan)
		if err != nil {
			return err
		}
		all = append(all, v)
		return nil
	})
	return all, err
}

// Decoded reads a row of one column that holds JSON, for All and Each.
func Decoded[T any](scan func(into ...any) error) (v T, err error) {
	var data []byte
	if err := scan(&data); err != nil {
		return v, err
	}
	return v, json.Unmarshal(data, &v)
}

// GetDecoded is Get for one column that holds JSON. ErrNotFound when there is no row.
func GetDecoded[T any](t *Tx, query string, args ...any) (T, error) {
	return Decoded[T](func(into ...any) error { return t.Get(query, args, into...) })
}

// Update runs do in the one writing transaction and commits what it did, or
// nothing at all. When Update returns nil the change is on the disk.
func (db *DB) Update(ctx context.Context, do func(*Tx) error) error {
	return db.writer.run(ctx, do)
}

// View runs do on a snapshot: it sees one state of the database throughout.
func (db *DB) View(ctx context.Context, do func(*Tx) error) error {
	r, err := db.readers.take(ctx)
	if err != nil {
		return fmt.Errorf("reading: %w", explain(err))
	}
	defer db.readers.give(r)
	tx := &Tx{ctx: ctx, conn: r.conn, prepare: func(q string) (*sql.Stmt, error) { return r.prepare(ctx, r.conn, q) }}
	// The snapshot ends even when the caller's context has, and when it was begun as that ended.
	defer r.conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
	if _, err := tx.Exec("BEGIN"); err != nil {
		return fmt.Errorf("reading: %w", explain(err))
	}
	return do(tx)
}

// statements are those prepared on one connection: preparing costs more than running.
type statements struct {
	kept map[string]*sql.Stmt
	most int // queries are constants, so a program that passes it builds them by hand
}

func (s *statements) prepare(ctx context.Context, conn *sql.Conn, query string) (*sql.Stmt, error) {
	if have, ok := s.kept[query]; ok {
		return have, nil
	}
	if len(s.kept) >= s.most {
		s.close()
	}
	made, err := conn.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	if s.kept == nil {
		s.kept = map[string]*sql.Stmt{}
	}
	s.kept[query] = made
	return made, nil
}

func (s *statements) close() {
	for _, one := range s.kept {
		one.Close()
	}
	s.kept = nil
}

// How many statements the writing connection and each reading one keep.
const (
	writerStatements = 256
	readerStatements = 64
)

// readerPool lends the connections that read, each with its statements.
type readerPool struct {
	pool   *sql.DB
	idle   chan *reader // all that are not lent
	closed atomic.Bool
}

type reader struct {
	statements
	conn *sql.Conn // nil until it is first lent
}

func newReaderPool(pool *sql.DB, n int) *readerPool {
	pool.SetMaxOpenConns(n)
	p := &readerPool{pool: pool, idle: make(chan *reader, n)}
	for range n {
		p.idle <- &reader{statements: statements{most: readerStatements}}
	}
	return p
}

func (p *readerPool) take(ctx context.Context) (r *reader, err error) {
	select {
	case r = <-p.idle:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if p.closed.Load() {
		p.give(r)
		return nil, ErrClosed
	}
	if r.conn == nil {
		if r.conn, err = p.pool.Conn(ctx); err != nil {
			p.give(r)
			return nil, err
		}
	}
	return r, nil
}

func (p *readerPool) give(r *reader) {
	if p.closed.Load() {
		r.drop()
	}
	p.idle <- r
}

func (r *reader) drop() {
	if r.conn == nil {
		return
	}
	r.close()
	r.conn.Close()
	r.conn = nil
}

// close ends the connections that nobody reads with; the others end when they are given back.
func (p *readerPool) close() error {
	p.closed.Store(true)
	for range cap(p.idle) {
		select {
		case r := <-p.idle:
			p.give(r)
		default:
		}
	}
	return p.pool.Close()
}

// writer is the one connection that writes, with its prepared statements: the
// journal runs the same few for ever, and preparing costs more than running.
type writer struct {
	statements
	pool *sql.DB
	conn *sql.Conn
	// turn holds one token while somebody writes; unlike a mutex it can be
	// waited for under a context.
	turn chan struct{}
	// closed is read and set by who has the turn.
	closed bool
}

func (w *writer) connect(ctx context.Context) error {
	conn, err := w.pool.Conn(ctx)
	if err != nil {
		return err
	}
	w.conn = conn
	return nil
}

func (w *writer) disconnect() error {
	if w.conn == nil {
		return nil
	}
	w.statements.close()
	err := w.conn.Close()
	w.conn = nil
	return err
}

// close waits for who writes; nobody writes after it.
func (w *writer) close() error {
	w.turn <- struct{}{}
	defer func() { <-w.turn }()
	w.closed = true
	return errors.Join(w.disconnect(), w.pool.Close())
}

// take waits for the turn to write.
func (w *writer) take(ctx context.Context) error {
	select {
	case w.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	if w.closed {
		<-w.turn
		return ErrClosed
	}
	return nil
}

func (w *writer) run(ctx context.Context, do func(*Tx) error) (err error) {
	if err := w.take(ctx); err != nil {
		return err
	}
	defer func() { <-w.turn }()
	tx := &Tx{ctx: ctx, conn: w.conn, prepare: func(q string) (*sql.Stmt, error) { return w.prepare(ctx, w.conn, q) }}
	done := false
	defer func() {
		if done {
			return
		}
		// A panic in do, a failed commit, a beginning that was cancelled as it succeeded must not
		// leave the transaction open.
		_, undo := w.conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
		if err != nil && undo != nil && !isNoTransaction(undo) {
			err = errors.Join(err, fmt.Errorf("rolling back: %w", undo))
		}
	}()
	if _, err := tx.Exec("BEGIN IMMEDIATE"); err != nil {
		return fmt.Errorf("beginning to write: %w", err)
	}
	if err := do(tx); err != nil {
		return err
	}
	if _, err := tx.Exec("COMMIT"); err != nil {
		return fmt.Errorf("committing: %w", err)
	}
	done = true
	return nil
}

// isNoTransaction: SQLite has already rolled back by itself (full disk, I/O error).
func isNoTransaction(err error) bool {
	return strings.Contains(err.Error(), "no transaction is active")
}
