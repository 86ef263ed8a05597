package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
)

// Tx is one transaction: a snapshot in View, the writer's in Update.
// It is used from the function it is given to, and from no other goroutine.
type Tx struct {
	ctx  context.Context
	conn *connection
}

// Context is the context that the transaction runs under.
func (t *Tx) Context() context.Context { return t.ctx }

// Exec runs a statement and returns how many rows it touched.
func (t *Tx) Exec(query string, args ...any) (int64, error) {
	stmt, done, err := t.conn.prepare(t.ctx, query)
	if err != nil {
		return 0, explain(err)
	}
	defer done()
	res, err := stmt.ExecContext(t.ctx, args...)
	if err != nil {
		return 0, explain(err)
	}
	return res.RowsAffected()
}

// Insert runs a statement that inserts one row, and gives its rowid; added tells that a conflict did not keep it out.
func (t *Tx) Insert(query string, args ...any) (id int64, added bool, err error) {
	stmt, done, err := t.conn.prepare(t.ctx, query)
	if err != nil {
		return 0, false, explain(err)
	}
	defer done()
	res, err := stmt.ExecContext(t.ctx, args...)
	if err != nil {
		return 0, false, explain(err)
	}
	n, err := res.RowsAffected()
	if err != nil || n == 0 {
		return 0, false, err
	}
	id, err = res.LastInsertId()
	return id, true, err
}

// Script runs several statements without arguments: the schema of a projection.
func (t *Tx) Script(statements string) error {
	_, err := t.conn.sql.ExecContext(t.ctx, statements)
	return explain(err)
}

// Get scans the only row of a query. ErrNotFound when there is none.
func (t *Tx) Get(query string, args []any, into ...any) error {
	stmt, done, err := t.conn.prepare(t.ctx, query)
	if err != nil {
		return explain(err)
	}
	defer done()
	err = stmt.QueryRowContext(t.ctx, args...).Scan(into...)
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	return explain(err)
}

// Each calls row for each row of a query; scan reads the current one.
func (t *Tx) Each(query string, args []any, row func(scan func(into ...any) error) error) error {
	stmt, done, err := t.conn.prepare(t.ctx, query)
	if err != nil {
		return explain(err)
	}
	defer done()
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
func (db *DB) View(ctx context.Context, do func(*Tx) error) (err error) {
	c, err := db.readers.take(ctx)
	if err != nil {
		return fmt.Errorf("reading: %w", explain(err))
	}
	tx := &Tx{ctx: ctx, conn: c}
	began := false
	defer func() {
		// The snapshot ends even when the caller's context has, and when it was begun as that ended.
		end := &Tx{ctx: context.WithoutCancel(ctx), conn: c}
		_, undo := end.Exec("ROLLBACK")
		db.readers.give(c, began && undo == nil)
	}()
	if _, err := tx.Exec("BEGIN"); err != nil {
		return fmt.Errorf("reading: %w", err)
	}
	began = true
	return do(tx)
}

// keptStatements bounds what a connection keeps: queries are constants, so a program that
// passes it builds them by hand.
const keptStatements = 256

// connection is one to the database, with its prepared statements: the same few are run for
// ever, and preparing costs more than running.
type connection struct {
	sql   *sql.Conn
	stmts map[string]*sql.Stmt
	// running are the statements whose rows are being read: they cannot serve a second time meanwhile.
	running map[string]bool
}

func connect(ctx context.Context, pool *sql.DB) (*connection, error) {
	conn, err := pool.Conn(ctx)
	if err != nil {
		return nil, err
	}
	return &connection{sql: conn, stmts: map[string]*sql.Stmt{}, running: map[string]bool{}}, nil
}

func (c *connection) close() error {
	for _, s := range c.stmts {
		s.Close()
	}
	return c.sql.Close()
}

// prepare gives a statement, to be told when it has been used.
func (c *connection) prepare(ctx context.Context, query string) (*sql.Stmt, func(), error) {
	if c.running[query] {
		s, err := c.sql.PrepareContext(ctx, query)
		if err != nil {
			return nil, nil, err
		}
		return s, func() { s.Close() }, nil
	}
	s, known := c.stmts[query]
	if !known {
		if len(c.stmts) >= keptStatements {
			c.forget()
		}
		var err error
		if s, err = c.sql.PrepareContext(ctx, query); err != nil {
			return nil, nil, err
		}
		c.stmts[query] = s
	}
	c.running[query] = true
	return s, func() { delete(c.running, query) }, nil
}

// forget lets go of the statements that are not being used.
func (c *connection) forget() {
	for query, s := range c.stmts {
		if !c.running[query] {
			s.Close()
			delete(c.stmts, query)
		}
	}
}

// readers are the connections that read. Each place holds one that rests, or nil where there is none yet.
type readers struct {
	pool    *sql.DB
	places  chan *connection
	closing chan struct{} // closed when nobody is to begin any more
	close   func() error
}

func newReaders(pool *sql.DB, n int) *readers {
	r := &readers{pool: pool, places: make(chan *connection, n), closing: make(chan struct{})}
	for range n {
		r.places <- nil
	}
	r.close = sync.OnceValue(r.end)
	return r
}

func (r *readers) take(ctx context.Context) (*connection, error) {
	if r.closed() {
		return nil, ErrClosed
	}
	select {
	case c := <-r.places:
		if c != nil {
			return c, nil
		}
		c, err := connect(ctx, r.pool)
		if err != nil {
			r.places <- nil
		}
		return c, err
	case <-r.closing:
		return nil, ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (r *readers) closed() bool {
	select {
	case <-r.closing:
		return true
	default:
		return false
	}
}

// give puts a connection back in its place; one that is not whole is closed, and the next reader makes another.
func (r *readers) give(c *connection, whole bool) {
	if !whole {
		_ = c.close() // what it could not do was told to who read
		c = nil
	}
	r.places <- c
	if r.closed() {
		_ = r.rest()
	}
}

// lastReads is how long Close waits for who still reads.
const lastReads = 5 * time.Second

// end closes all connections, those that read once they are given back.
func (r *readers) end() (err error) {
	close(r.closing)
	late := time.NewTimer(lastReads)
	defer late.Stop()
	for range cap(r.places) {
		select {
		case c := <-r.places:
			if c != nil {
				err = errors.Join(err, c.close())
			}
		case <-late.C:
			return errors.Join(err, r.pool.Close())
		}
	}
	return errors.Join(err, r.pool.Close())
}

// rest closes the connections in their places.
func (r *readers) rest() (err error) {
	for range cap(r.places) {
		select {
		case c := <-r.places:
			if c != nil {
				err = errors.Join(err, c.close())
			}
			r.places <- nil
		default:
		}
	}
	return err
}

// writer is the one connection that writes.
type writer struct {
	pool *sql.DB
	conn *connection
	// turn holds one token while somebody writes; unlike a mutex it can be
	// waited for under a context.
	turn chan struct{}
	// closed is read and set by who has the turn.
	closed bool
}

func (w *writer) connect(ctx context.Context) (err error) {
	w.conn, err = connect(ctx, w.pool)
	return err
}

func (w *writer) disconnect() error {
	if w.conn == nil {
		return nil
	}
	err := w.conn.close()
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
	tx := &Tx{ctx: ctx, conn: w.conn}
	done := false
	defer func() {
		if done {
			return
		}
		// A panic in do, a failed commit, a beginning that was cancelled as it succeeded must not
		// leave the transaction open.
		_, undo := w.conn.sql.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
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
