package journal

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"alpi40.fr/airial/local/store"
)

// Draft is an entry that a decision wants written.
type Draft struct {
	Stream string
	Kind   string
	Schema int // 0 means 1
	// Data is marshalled as JSON.
	Data any
	// Blobs must be in the store already.
	Blobs []store.Digest
	// Subject, when set, seals Data under that subject's own key, so that the
	// data can be forgotten everywhere by forgetting the key.
	Subject string
}

// Device is this laptop as the writer of a chain.
type Device struct {
	ID  string
	Key ed25519.PrivateKey
}

// Commit runs decide in the writing transaction, appends the drafts it returns
// in actor's name and updates the projections. When it returns nil, all is on
// the disk. A refusal or any other error of decide leaves everything untouched.
func (j *Journal) Commit(ctx context.Context, actor string, decide func(*store.Tx) ([]Draft, error)) ([]Entry, error) {
	var written []Entry
	err := j.db.Update(ctx, func(tx *store.Tx) error {
		drafts, err := decide(tx)
		if err != nil {
			return err
		}
		written, err = j.append(tx, actor, drafts)
		return err
	})
	if err != nil {
		return nil, err
	}
	j.announce(written)
	return written, nil
}

func (j *Journal) append(tx *store.Tx, actor string, drafts []Draft) ([]Entry, error) {
	if len(drafts) == 0 {
		return nil, nil
	}
	head, err := chainHead(tx, j.device.ID)
	if err != nil {
		return nil, err
	}
	entries := make([]Entry, 0, len(drafts))
	for _, d := range drafts {
		e, err := j.write(tx, actor, d, head)
		if err != nil {
			return nil, fmt.Errorf("writing %s in %s: %w", d.Kind, d.Stream, err)
		}
		entries = append(entries, e)
		head = &entries[len(entries)-1]
	}
	return entries, nil
}

func (j *Journal) write(tx *store.Tx, actor string, d Draft, head *Entry) (Entry, error) {
	e, err := j.entry(tx, actor, d, head)
	if err != nil {
		return e, err
	}
	if err := insert(tx, &e, Pending, 0); err != nil {
		return e, err
	}
	return e, j.project(tx, &e)
}

func (j *Journal) entry(tx *store.Tx, actor string, d Draft, head *Entry) (Entry, error) {
	data, err := json.Marshal(d.Data)
	if err != nil {
		return Entry{}, err
	}
	if d.Subject != "" {
		if data, err = j.seal(tx, d.Subject, data); err != nil {
			return Entry{}, err
		}
	}
	for _, b := range d.Blobs {
		if !j.db.Blobs().Has(b) && !elsewhere(tx, b) {
			return Entry{}, fmt.Errorf("document %s is named before it is stored: %w", b, store.ErrNotFound)
		}
	}
	version, base, err := Head(tx, d.Stream)
	if err != nil {
		return Entry{}, err
	}
	e := Entry{
		ID: j.newID(), Authority: j.authority, Stream: d.Stream, Version: version + 1, Base: base,
		Kind: d.Kind, Schema: max(d.Schema, 1), Data: data, Blobs: d.Blobs,
		Actor: actor, Device: j.device.ID, DeviceSeq: 1,
		At: j.now().UTC().Truncate(time.Microsecond),
	}
	if head != nil {
		e.DeviceSeq, e.Prev = head.DeviceSeq+1, head.Hash
	}
	e.Hash = e.ComputeHash()
	e.Sig = ed25519.Sign(j.device.Key, e.Hash[:])
	return e, e.wellFormed()
}

// elsewhere tells whether an entry that stands names a document already, which the server keeps or another laptop sends: it was
// taken off this laptop, or has not come yet.
func elsewhere(tx *store.Tx, d store.Digest) bool {
	var one int
	return tx.Get(`SELECT 1 FROM document WHERE digest = ? AND state IN ('away', 'wanted')`, []any{d[:]}, &one) == nil
}

// Head is the version and hash of the last entry of a stream that holds its
// place; zero for a stream that does not exist.
func Head(tx *store.Tx, stream string) (version int, hash Hash, err error) {
	var raw []byte
	err = tx.Get(`SELECT version, hash FROM entry WHERE stream = ? AND standing <> 'contested' ORDER BY version DESC LIMIT 1`, []any{stream}, &version, &raw)
	if errors.Is(err, store.ErrNotFound) {
		return 0, Hash{}, nil
	}
	copy(hash[:], raw)
	return version, hash, err
}
