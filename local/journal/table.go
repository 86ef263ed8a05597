package journal

import (
	"encoding/json"
	"fmt"
	"time"

	"alpi40.fr/airial/local/store"
)

// Standing says where an entry is.
type Standing string

// The three standings.
const (
	Pending   Standing = "pending"
	Accepted  Standing = "accepted"
	Contested Standing = "contested"
)

// Record is an entry with what this laptop knows of it.
type Record struct {
	Entry
	Standing Standing `json:"standing"`
	// ServerSeq is its place in the server's order; 0 while unknown.
	ServerSeq int64 `json:"serverSeq,omitempty"`
}

const columns = `id, authority, stream, version, base, kind, schema, data, blobs, actor, device, device_seq, at, prev, hash, sig, standing, coalesce(server_seq, 0)`

func insert(tx *store.Tx, e *Entry, s Standing, serverSeq int64) error {
	blobs := e.Blobs
	if blobs == nil {
		blobs = []store.Digest{}
	}
	list, err := json.Marshal(blobs)
	if err != nil {
		return err
	}
	var seq any
	if serverSeq > 0 {
		seq = serverSeq
	}
	_, err = tx.Exec(`INSERT INTO entry (id, authority, stream, version, base, kind, schema, data, blobs, actor, device, device_seq, at, prev, hash, sig, standing, server_seq)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		e.ID, e.Authority, e.Stream, e.Version, e.Base[:], e.Kind, e.Schema, e.Data, string(list), e.Actor, e.Device, e.DeviceSeq,
		e.At.UnixMicro(), e.Prev[:], e.Hash[:], e.Sig, string(s), seq)
	return err
}

func scanRecord(scan func(...any) error) (Record, error) {
	var r Record
	var blobs, standing string
	var at int64
	var base, prev, hash []byte
	err := scan(&r.ID, &r.Authority, &r.Stream, &r.Version, &base, &r.Kind, &r.Schema, &r.Data, &blobs, &r.Actor, &r.Device, &r.DeviceSeq,
		&at, &prev, &hash, &r.Sig, &standing, &r.ServerSeq)
	if err != nil {
		return r, err
	}
	if len(base) != len(r.Base) || len(prev) != len(r.Prev) || len(hash) != len(r.Hash) {
		return r, fmt.Errorf("entry %s: a hash has the wrong length: %w", r.ID, store.ErrDamaged)
	}
	copy(r.Base[:], base)
	copy(r.Prev[:], prev)
	copy(r.Hash[:], hash)
	r.At, r.Standing = time.UnixMicro(at).UTC(), Standing(standing)
	if blobs != "[]" {
		if err := json.Unmarshal([]byte(blobs), &r.Blobs); err != nil {
			return r, fmt.Errorf("entry %s: %w: %w", r.ID, store.ErrDamaged, err)
		}
	}
	return r, nil
}

func one(tx *store.Tx, where string, args ...any) (*Record, error) {
	all, err := store.All(tx, `SELECT `+columns+` FROM entry WHERE `+where, args, scanRecord)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return &all[0], nil
}

func chainHead(tx *store.Tx, device string) (*Entry, error) {
	r, err := one(tx, `device = ? ORDER BY device_seq DESC LIMIT 1`, device)
	if r == nil || err != nil {
		return nil, err
	}
	return &r.Entry, nil
}

// Stream gives the entries of a stream that hold their place, in order.
func Stream(tx *store.Tx, stream string) ([]Record, error) {
	return store.All(tx, `SELECT `+columns+` FROM entry WHERE stream = ? AND standing <> 'contested' ORDER BY version`, []any{stream}, scanRecord)
}

// Find gives one entry by its id. store.ErrNotFound when there is none.
func Find(tx *store.Tx, id string) (Record, error) {
	r, err := one(tx, `id = ?`, id)
	if err == nil && r == nil {
		err = fmt.Errorf("entry %s: %w", id, store.ErrNotFound)
	}
	if err != nil {
		return Record{}, err
	}
	return *r, nil
}

// Outgoing gives this device's entries that the server has not acknowledged, those after a
// number of its chain, in their order, at most limit.
func (j *Journal) Outgoing(tx *store.Tx, after int64, limit int) ([]Entry, error) {
	records, err := store.All(tx, `SELECT `+columns+` FROM entry INDEXED BY entry_outgoing
		WHERE device = ? AND device_seq > ? AND server_seq IS NULL ORDER BY device_seq LIMIT ?`,
		[]any{j.device.ID, after, limit}, scanRecord)
	entries := make([]Entry, len(records))
	for i := range records {
		entries[i] = records[i].Entry
	}
	return entries, err
}

// Waiting counts the entries that Outgoing would give.
func (j *Journal) Waiting(tx *store.Tx) (n int, err error) {
	err = tx.Get(`SELECT count(*) FROM entry INDEXED BY entry_outgoing WHERE device = ? AND server_seq IS NULL`, []any{j.device.ID}, &n)
	return n, err
}
