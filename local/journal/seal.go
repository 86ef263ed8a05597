package journal

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"alpi40.fr/airial/local/store"
)

// Personal data that must go one day is sealed inside its entry with AES-256-GCM
// under a key of its subject. Forgetting the key is forgetting the data, in every
// copy of the entry, while hashes and chains still hold (GDPR, art. 17).

// ErrForgotten: the data was sealed under a key that is gone.
var ErrForgotten = errors.New("personal data forgotten")

// ErrOtherKey: a key that came is not the one that the subject's entries name.
var ErrOtherKey = errors.New("another key for a subject")

// ErrKeyAway: the subject has a key, which another laptop drew and which has not arrived.
var ErrKeyAway = errors.New("the subject's key has not arrived yet")

// ErrSealed: the data cannot be opened: the key has not arrived or the box was altered.
var ErrSealed = errors.New("sealed data cannot be opened")

type sealed struct {
	Sealed *box `json:"$sealed"`
}

type box struct {
	Subject string `json:"subject"`
	// Key recognises the key (see keyMark), so that no other one is taken for it.
	Key   []byte `json:"key"`
	Nonce []byte `json:"nonce"`
	Box   []byte `json:"box"`
}

// SubjectKey is a subject's key as it travels between the laptops of one authority.
type SubjectKey struct {
	Subject   string `json:"subject"`
	Key       []byte `json:"key,omitempty"` // absent once forgotten
	Forgotten bool   `json:"forgotten,omitempty"`
}

func (j *Journal) seal(tx *store.Tx, subject string, data []byte) ([]byte, error) {
	key, err := j.subjectKey(tx, subject)
	if err != nil {
		return nil, err
	}
	aead, err := gcm(key)
	if err != nil {
		return nil, err
	}
	b := box{Subject: subject, Key: keyMark(subject, key), Nonce: make([]byte, aead.NonceSize())}
	if _, err := io.ReadFull(j.rand, b.Nonce); err != nil {
		return nil, fmt.Errorf("drawing a nonce: %w", err)
	}
	b.Box = aead.Seal(nil, b.Nonce, data, []byte(subject))
	return json.Marshal(sealed{&b})
}

func (j *Journal) subjectKey(tx *store.Tx, subject string) ([]byte, error) {
	var key []byte
	err := tx.Get(`SELECT key FROM subject WHERE id = ?`, []any{subject}, &key)
	switch {
	case errors.Is(err, store.ErrNotFound):
		if err := unnamed(tx, subject); err != nil {
			return nil, err
		}
		key = make([]byte, 32)
		if _, err := io.ReadFull(j.rand, key); err != nil {
			return nil, fmt.Errorf("drawing a key: %w", err)
		}
		_, err := tx.Exec(`INSERT INTO subject (id, key) VALUES (?, ?)`, subject, key)
		return key, err
	case err != nil:
		return nil, err
	case key == nil:
		return nil, fmt.Errorf("subject %s: %w", subject, ErrForgotten)
	}
	return key, nil
}

// keyMark is what a sealed entry says of its key: the entry being signed, a
// server cannot put another key in its place.
func keyMark(subject string, key []byte) []byte {
	mark := sha256.Sum256(bytesOf(text(text(nil, "airial subject key 1"), subject), key))
	return mark[:]
}

func gcm(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// readBox gives an entry's sealed box; nil when its data is in the clear.
func readBox(data []byte) (*box, error) {
	// Most data is not sealed, and a sealed box begins so.
	const mark = `{"$sealed":`
	if len(data) < len(mark) || string(data[:len(mark)]) != mark {
		return nil, nil
	}
	var s sealed
	if err := json.Unmarshal(data, &s); err != nil || s.Sealed == nil {
		return nil, fmt.Errorf("%w: %w", ErrSealed, ErrMalformed)
	}
	return s.Sealed, nil
}

// open gives an entry's data in the clear.
func open(tx *store.Tx, data []byte) ([]byte, error) {
	b, err := readBox(data)
	if err != nil || b == nil {
		return data, err
	}
	var key []byte
	err = tx.Get(`SELECT key FROM subject WHERE id = ?`, []any{b.Subject}, &key)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	return b.open(key)
}

// Unseal gives an entry's data in the clear with the key that its subject has: for who reads a
// log without a journal. key is asked for with the subject, and gives nil for none.
// Errors: ErrForgotten, ErrSealed.
func Unseal(data []byte, key func(subject string) []byte) ([]byte, error) {
	b, err := readBox(data)
	if err != nil || b == nil {
		return data, err
	}
	return b.open(key(b.Subject))
}

func (b *box) open(key []byte) ([]byte, error) {
	if key == nil || !bytes.Equal(keyMark(b.Subject, key), b.Key) {
		// Gone; or not arrived yet: shown as forgotten until the key's arrival replays the stream.
		return nil, fmt.Errorf("subject %s: %w", b.Subject, ErrForgotten)
	}
	aead, err := gcm(key)
	if err != nil || len(b.Nonce) != aead.NonceSize() {
		return nil, ErrSealed
	}
	plain, err := aead.Open(nil, b.Nonce, b.Box, []byte(b.Subject))
	if err != nil {
		return nil, ErrSealed
	}
	return plain, nil
}

// KindForgotten is the entry by which a person has subjects forgotten. It is
// signed and placed like any other: no server forgets in anybody's name.
const KindForgotten = "subject.forgotten"

// Forgetting is the data of KindForgotten.
type Forgetting struct {
	Subjects []string `json:"subjects"`
}

// Forget forgets subjects: their keys go, the tables of the streams that hold
// their data are made anew without it, and the entry carries the loss to every
// other laptop.
func (j *Journal) Forget(ctx context.Context, actor string, subjects ...string) error {
	_, err := j.Commit(ctx, actor, func(*store.Tx) ([]Draft, error) {
		// A stream of its own: forgetting twice is no conflict.
		return []Draft{{Stream: "forgetting/" + j.newID(), Kind: KindForgotten, Data: Forgetting{Subjects: subjects}}}, nil
	})
	return err
}

// forget applies KindForgotten.
func (j *Journal) forget(tx *store.Tx, e *Entry) (handled bool, err error) {
	if e.Kind != KindForgotten {
		return false, nil
	}
	var f Forgetting
	if err := json.Unmarshal(e.Data, &f); err != nil {
		return true, fmt.Errorf("reading a forgetting: %w: %w", ErrMalformed, err)
	}
	for _, subject := range f.Subjects {
		changed, err := tx.Exec(`INSERT INTO subject (id, key, forgotten, sent) VALUES (?, NULL, ?, 0)
			ON CONFLICT (id) DO UPDATE SET key = NULL, forgotten = excluded.forgotten, sent = 0 WHERE forgotten IS NULL`,
			subject, e.At.UnixMicro())
		if err != nil {
			return true, err
		}
		if changed > 0 {
			if err := j.replaySealed(tx, subject); err != nil {
				return true, err
			}
		}
	}
	return true, nil
}

// unnamed tells whether no entry is sealed under a subject's key: one may be drawn. Error: ErrKeyAway.
func unnamed(tx *store.Tx, subject string) error {
	var one int
	err := tx.Get(`SELECT 1 FROM entry WHERE `+naming+` LIMIT 1`, sealedOf(subject), &one)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	// Another laptop drew it, and it is still on its way: a second one would hide from all what either seals.
	return fmt.Errorf("subject %s: %w", subject, ErrKeyAway)
}

// takeKeys stores the subjects' keys that came from the server. A loss that it
// tells of is left aside: only a signed entry forgets. ErrOtherKey when a key is one that no
// sealed entry names. Where two laptops drew one each, the first entry in the server's order says
// which holds; the other is left aside.
func (j *Journal) takeKeys(tx *store.Tx, keys []SubjectKey) error {
	for _, k := range keys {
		if k.Forgotten {
			continue
		}
		if err := j.takeKey(tx, k); err != nil {
			return fmt.Errorf("subject %s: %w", k.Subject, err)
		}
	}
	return nil
}

func (j *Journal) takeKey(tx *store.Tx, k SubjectKey) error {
	boxes, err := store.All(tx, `SELECT data FROM entry WHERE `+naming+` ORDER BY server_seq IS NULL, server_seq, place`, sealedOf(k.Subject), func(scan func(...any) error) (b *box, err error) {
		var data []byte
		if err := scan(&data); err != nil {
			return nil, err
		}
		return readBox(data)
	})
	if err != nil {
		return err
	}
	if mark := keyMark(k.Subject, k.Key); len(boxes) > 0 && !bytes.Equal(boxes[0].Key, mark) {
		if slices.ContainsFunc(boxes[1:], func(b *box) bool { return bytes.Equal(b.Key, mark) }) {
			return nil
		}
		return ErrOtherKey
	}
	// A key never comes back once forgotten. One that came before any entry named
	// it gives way to the one that they name.
	changed, err := tx.Exec(`INSERT INTO subject (id, key, sent) VALUES (?, ?, 1)
		ON CONFLICT (id) DO UPDATE SET key = excluded.key WHERE forgotten IS NULL AND key <> excluded.key AND ?`, k.Subject, k.Key, len(boxes))
	if err != nil || changed == 0 {
		return err
	}
	return j.replaySealed(tx, k.Subject)
}

// naming is the condition of an entry sealed under a subject's key, as the index entry_sealed has it:
// its parameters are sealedOf(subject).
const naming = `substr(data, 1, 11) = x'7b22247365616c6564223a' AND substr(data, 1, 300) >= ? AND substr(data, 1, 300) < ? AND instr(data, ?) = 1`

func sealedOf(subject string) []any {
	begin := []byte(`{"$sealed":{"subject":` + quoted(subject) + `,`)
	indexed := begin[:min(len(begin), 300)]
	return []any{indexed, append(bytes.Clone(indexed), 0xff), begin}
}

// replaySealed makes the streams that hold a subject's data anew.
func (j *Journal) replaySealed(tx *store.Tx, subject string) error {
	streams, err := store.All(tx, `SELECT DISTINCT stream FROM entry WHERE standing <> 'contested' AND `+naming,
		sealedOf(subject), func(scan func(...any) error) (s string, err error) { return s, scan(&s) })
	if err != nil {
		return err
	}
	for _, s := range streams {
		if err := j.replay(tx, s); err != nil {
			return err
		}
	}
	return nil
}

func quoted(s string) string {
	b, _ := json.Marshal(s) // a string always marshals
	return string(b)
}

// OutgoingKeys gives the subjects' keys and losses that the server has not got.
func OutgoingKeys(tx *store.Tx) ([]SubjectKey, error) {
	return store.All(tx, `SELECT id, key, forgotten IS NOT NULL FROM subject WHERE sent = 0 ORDER BY id LIMIT 500`, nil,
		func(scan func(...any) error) (k SubjectKey, err error) {
			return k, scan(&k.Subject, &k.Key, &k.Forgotten)
		})
}

// SendKeysAgain makes all subjects' keys and losses outgoing: the server has lost some.
func SendKeysAgain(tx *store.Tx) error {
	_, err := tx.Exec(`UPDATE subject SET sent = 0`)
	return err
}

// KeysSent notes that the server has got keys. One forgotten meanwhile stays outgoing.
func (j *Journal) KeysSent(ctx context.Context, keys []SubjectKey) error {
	return j.db.Update(ctx, func(tx *store.Tx) error {
		for _, k := range keys {
			if _, err := tx.Exec(`UPDATE subject SET sent = 1 WHERE id = ? AND (forgotten IS NOT NULL) = ?`, k.Subject, k.Forgotten); err != nil {
				return err
			}
		}
		return nil
	})
}
