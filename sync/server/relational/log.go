package relational

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/sync/server"
)

// hold makes this transaction the only writer of an authority and gives its log's size.
func (s *Storage) hold(ctx context.Context, tx *sql.Tx, authority string) (size int64, err error) {
	err = tx.QueryRowContext(ctx, s.q(`SELECT size FROM log_head WHERE authority = ? `+s.d.Lock), authority).Scan(&size)
	if err != nil {
		return 0, fmt.Errorf("log of %s: %w", authority, s.explain(err))
	}
	return size, nil
}

// Write implements server.Storage.
func (s *Storage) Write(ctx context.Context, authority string, do func(server.Log) error) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		size, err := s.hold(ctx, tx, authority)
		if err != nil {
			return err
		}
		return do(&log{ctx: ctx, s: s, tx: tx, authority: authority, size: size})
	})
}

// Read implements server.Storage.
func (s *Storage) Read(ctx context.Context, authority string, do func(server.Log) error) error {
	tx, err := s.reader.BeginTx(ctx, s.d.Snapshot)
	if err != nil {
		return s.explain(err)
	}
	defer tx.Rollback() // nothing was written
	l := &log{ctx: ctx, s: s, tx: tx, authority: authority}
	err = tx.QueryRowContext(ctx, s.q(`SELECT size FROM log_head WHERE authority = ?`), authority).Scan(&l.size)
	if err != nil {
		return fmt.Errorf("log of %s: %w", authority, s.explain(err))
	}
	return do(l)
}

// log implements server.Log.
type log struct {
	ctx       context.Context
	s         *Storage
	tx        *sql.Tx
	authority string
	size      int64
}

func (l *log) Size() (int64, error) { return l.size, nil }

func (l *log) Entry(id string) (*journal.Placed, error) {
	var p journal.Placed
	var body []byte
	var contested int64
	err := l.tx.QueryRowContext(l.ctx, l.s.q(`SELECT seq, contested, body FROM entry WHERE authority = ? AND id = ?`), l.authority, id).Scan(&p.Seq, &contested, &body)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, l.s.explain(err)
	}
	p.Contested = contested != 0
	return &p, json.Unmarshal(body, &p.Entry)
}

func (l *log) Known(ids []string) (map[string]server.Known, error) {
	known := map[string]server.Known{}
	for len(ids) > 0 {
		some := ids[:min(len(ids), chunk)]
		ids = ids[len(some):]
		marks, args := list([]any{l.authority}, some)
		_, err := all(l.ctx, l.s, l.tx, `SELECT id, seq, hash FROM entry WHERE authority = ? AND id IN (`+marks+`)`, args, func(r *sql.Rows) (struct{}, error) {
			var id string
			var k server.Known
			var hash []byte
			err := r.Scan(&id, &k.Seq, &hash)
			copy(k.Hash[:], hash)
			known[id] = k
			return struct{}{}, err
		})
		if err != nil {
			return nil, err
		}
	}
	return known, nil
}

func (l *log) Chain(device string) (tip server.Tip, err error) {
	var hash []byte
	err = l.tx.QueryRowContext(l.ctx, l.s.q(`SELECT number, hash FROM chain WHERE authority = ? AND device = ?`), l.authority, device).Scan(&tip.Number, &hash)
	if errors.Is(err, sql.ErrNoRows) {
		return server.Tip{}, nil
	}
	copy(tip.Hash[:], hash)
	return tip, l.s.explain(err)
}

func (l *log) Streams(names []string) (map[string]server.Tip, error) {
	tips := map[string]server.Tip{}
	for len(names) > 0 {
		some := names[:min(len(names), chunk)]
		names = names[len(some):]
		marks, args := list([]any{l.authority}, some)
		_, err := all(l.ctx, l.s, l.tx, `SELECT stream, version, hash FROM stream WHERE authority = ? AND stream IN (`+marks+`)`, args, func(r *sql.Rows) (struct{}, error) {
			var name string
			var tip server.Tip
			var hash []byte
			err := r.Scan(&name, &tip.Number, &hash)
			copy(tip.Hash[:], hash)
			tips[name] = tip
			return struct{}{}, err
		})
		if err != nil {
			return nil, err
		}
	}
	return tips, nil
}

func (l *log) Entries(after int64, limit int) ([]journal.Placed, error) {
	return all(l.ctx, l.s, l.tx, `SELECT seq, contested, body FROM entry WHERE authority = ? AND seq > ? ORDER BY seq LIMIT ?`,
		[]any{l.authority, after, limit}, scanPlaced)
}

func scanPlaced(r *sql.Rows) (p journal.Placed, err error) {
	var body sql.RawBytes
	var contested int64
	if err := r.Scan(&p.Seq, &contested, &body); err != nil {
		return p, err
	}
	p.Contested = contested != 0
	return p, json.Unmarshal(body, &p.Entry)
}

func (l *log) Whole(names []string, prefix string, limit int) (map[string][]int64, error) {
	whole := map[string][]int64{}
	take := func(query string, args []any) error {
		_, err := all(l.ctx, l.s, l.tx, query, args, func(r *sql.Rows) (struct{}, error) {
			var name, text string
			var version int64
			if err := r.Scan(&name, &version, &text); err != nil {
				return struct{}{}, err
			}
			fields := strings.Fields(text)
			if int64(len(fields)) < version {
				return struct{}{}, nil // its list ended early, or an older version of the server wrote meanwhile
			}
			places := make([]int64, len(fields))
			for i, f := range fields {
				n, err := strconv.ParseInt(f, 10, 64)
				if err != nil || i > 0 && n <= places[i-1] {
					return struct{}{}, fmt.Errorf("the places of stream %s: %w", name, server.ErrDamaged)
				}
				places[i] = n
			}
			whole[name] = places
			return struct{}{}, nil
		})
		return err
	}
	if names == nil {
		return whole, take(`SELECT stream, version, places FROM stream WHERE authority = ? AND stream >= ? AND stream < ? ORDER BY stream LIMIT ?`,
			[]any{l.authority, prefix, prefix + "\U0010ffff", limit})
	}
	for names = names[:min(len(names), limit)]; len(names) > 0; {
		some := names[:min(len(names), chunk)]
		names = names[len(some):]
		marks, args := list([]any{l.authority}, some)
		if err := take(`SELECT stream, version, places FROM stream WHERE authority = ? AND stream IN (`+marks+`)`, args); err != nil {
			return nil, err
		}
	}
	return whole, nil
}

func (l *log) At(places []int64) (out []journal.Placed, err error) {
	for len(places) > 0 {
		some := places[:min(len(places), chunk)]
		places = places[len(some):]
		marks, args := list([]any{l.authority}, some)
		found, err := all(l.ctx, l.s, l.tx, `SELECT seq, contested, body FROM entry WHERE authority = ? AND seq IN (`+marks+`) ORDER BY seq`, args, scanPlaced)
		if err != nil {
			return nil, err
		}
		if len(found) != len(some) {
			return nil, fmt.Errorf("%d entries at %d places: %w", len(found), len(some), server.ErrDamaged)
		}
		out = append(out, found...)
	}
	return out, nil
}

// blockSize is how many hashes of the tree a row holds.
const blockSize = 64

func (l *log) ReadHashes(places []int64) ([]tlog.Hash, error) {
	var wanted []int64
	blocks := map[int64][]byte{}
	for _, place := range places {
		if _, ok := blocks[place/blockSize]; !ok {
			blocks[place/blockSize] = nil
			wanted = append(wanted, place/blockSize)
		}
	}
	for len(wanted) > 0 {
		some := wanted[:min(len(wanted), chunk)]
		wanted = wanted[len(some):]
		marks, args := list([]any{l.authority}, some)
		_, err := all(l.ctx, l.s, l.tx, `SELECT block, hashes FROM log_block WHERE authority = ? AND block IN (`+marks+`)`, args, func(r *sql.Rows) (struct{}, error) {
			var block int64
			var raw []byte
			err := r.Scan(&block, &raw)
			blocks[block] = raw
			return struct{}{}, err
		})
		if err != nil {
			return nil, err
		}
	}
	out := make([]tlog.Hash, len(places))
	for i, place := range places {
		raw, at := blocks[place/blockSize], place%blockSize*tlog.HashSize
		if int64(len(raw)) < at+tlog.HashSize {
			return nil, fmt.Errorf("hash %d of the log is missing: %w", place, server.ErrDamaged)
		}
		copy(out[i][:], raw[at:])
	}
	return out, nil
}

// addHashes adds hashes at the end of the tree: the last row grows, others follow.
func (l *log) addHashes(first int64, hashes []tlog.Hash) error {
	var block []byte
	if at := first % blockSize; at > 0 {
		err := l.tx.QueryRowContext(l.ctx, l.s.q(`SELECT hashes FROM log_block WHERE authority = ? AND block = ?`), l.authority, first/blockSize).Scan(&block)
		if err != nil {
			return fmt.Errorf("the last hashes of the log: %w", err)
		}
		if int64(len(block)) != at*tlog.HashSize {
			return fmt.Errorf("%d bytes of hashes before place %d: %w", len(block), first, server.ErrDamaged)
		}
	}
	put, err := l.tx.PrepareContext(l.ctx, l.s.q(`INSERT INTO log_block (authority, block, hashes) VALUES (?, ?, ?) ON CONFLICT (authority, block) DO UPDATE SET hashes = excluded.hashes`))
	if err != nil {
		return err
	}
	defer put.Close()
	for place := first; len(hashes) > 0; {
		n := min(int64(len(hashes)), blockSize-place%blockSize)
		for i := range hashes[:n] {
			block = append(block, hashes[i][:]...)
		}
		if _, err := put.ExecContext(l.ctx, l.authority, place/blockSize, block); err != nil {
			return err
		}
		place, hashes, block = place+n, hashes[n:], nil
	}
	return nil
}

func (l *log) Append(entries []journal.Placed, hashes []tlog.Hash) error {
	if len(entries) == 0 {
		return nil
	}
	rows := make([]EntryRow, len(entries))
	chains, streams, places := map[string]server.Tip{}, map[string]server.Tip{}, map[string][]byte{}
	for i := range entries {
		p := &entries[i]
		if p.Seq != l.size+int64(i)+1 {
			return fmt.Errorf("entry %s has place %d after %d", p.ID, p.Seq, l.size+int64(i))
		}
		body, err := json.Marshal(&p.Entry)
		if err != nil {
			return fmt.Errorf("writing entry %s: %w", p.ID, err)
		}
		rows[i] = EntryRow{Placed: p, Body: body}
		chains[p.Device] = server.Tip{Number: p.DeviceSeq, Hash: p.Hash}
		if !p.Contested {
			streams[p.Stream] = server.Tip{Number: int64(p.Version), Hash: p.Hash}
		}
		places[p.Stream] = strconv.AppendInt(append(places[p.Stream], ' '), p.Seq, 10)
	}
	if err := l.s.d.AddEntries(l.ctx, l.tx, l.authority, rows); err != nil {
		if l.s.d.Constraint(err) {
			return fmt.Errorf("an id that has a place: %w", server.ErrExists)
		}
		return l.s.explain(err)
	}
	if err := l.addHashes(tlog.StoredHashIndex(0, l.size), hashes); err != nil {
		return l.s.explain(err)
	}
	for device, tip := range chains {
		if _, err := l.s.exec(l.ctx, l.tx, `INSERT INTO chain (authority, device, number, hash) VALUES (?, ?, ?, ?)
			ON CONFLICT (authority, device) DO UPDATE SET number = excluded.number, hash = excluded.hash`, l.authority, device, tip.Number, tip.Hash[:]); err != nil {
			return l.s.explain(err)
		}
	}
	if err := l.putStreams(streams, places); err != nil {
		return l.s.explain(err)
	}
	l.size += int64(len(entries))
	_, err := l.s.exec(l.ctx, l.tx, `UPDATE log_head SET size = ? WHERE authority = ?`, l.size, l.authority)
	return l.s.explain(err)
}

const (
	// maxPlaces is how long the list of a stream's places may be, in bytes, before it ends.
	maxPlaces = 8000
	// streamsTogether is how many streams one statement notes.
	streamsTogether = 20
)

func (l *log) putStreams(streams map[string]server.Tip, places map[string][]byte) error {
	for part := range slices.Chunk(slices.Collect(maps.Keys(streams)), streamsTogether) {
		args := make([]any, 0, 5*len(part))
		for _, name := range part {
			tip := streams[name]
			args = append(args, l.authority, name, tip.Number, tip.Hash[:], string(places[name]))
			delete(places, name)
		}
		if _, err := l.s.exec(l.ctx, l.tx, `INSERT INTO stream (authority, stream, version, hash, places) VALUES (?, ?, ?, ?, ?)`+strings.Repeat(`, (?, ?, ?, ?, ?)`, len(part)-1)+`
			ON CONFLICT (authority, stream) DO UPDATE SET version = excluded.version, hash = excluded.hash,
			places = CASE WHEN length(stream.places) < `+strconv.Itoa(maxPlaces)+` THEN stream.places || excluded.places ELSE stream.places END`, args...); err != nil {
			return err
		}
	}
	for name, list := range places { // of contested entries alone
		if _, err := l.s.exec(l.ctx, l.tx, `UPDATE stream SET places = places || ? WHERE authority = ? AND stream = ? AND length(places) < `+strconv.Itoa(maxPlaces),
			string(list), l.authority, name); err != nil {
			return err
		}
	}
	return nil
}
