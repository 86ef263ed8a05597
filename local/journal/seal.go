package journal

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"alpi40.fr/airial/local/store"
)

// Personal data that must go one day is sealed inside its entry with AES-256-GCM
// under a key of its subject. Forgetting the key is forgetting the data, in every
// copy of the entry, while hashes and chains still hold (GDPR, art. 17).

// ErrForgotten: the data was sealed under a key that is gone.
var ErrForgotten = errors.New("personal data forgotten")

// ErrSealed: the data cannot be opened: the key has not arrived or the box was altered.
var ErrSealed = errors.New("sealed data cannot be opened")

type sealed struct {
	Sealed *box `json:"$sealed"`
}

type box struct {
	Subject string `json:"subject"`
	Nonce   []byte `json:"nonce"`
	Box     []byte `json:"box"`
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
	b := box{Subject: subject, Nonce: make([]byte, aead.NonceSize())}
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

func gcm(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// open gives an entry's data in the clear.
func open(tx *store.Tx, data []byte) ([]byte, error) {
	var s sealed
	// Most data is not sealed, and a sealed box begins so.
	const mark = `{"$sealed":`
	if len(data) < len(mark) || string(data[:len(mark)]) != mark {
		return data, nil
	}
	if err := json.Unmarshal(data, &s); err != nil || s.Sealed == nil {
		return nil, fmt.Errorf("%w: %w", ErrSealed, ErrMalformed)
	}
	var key []byte
	err := tx.Get(`SELECT key FROM subject WHERE id = ?`, []any{s.Sealed.Subject}, &key)
	if errors.Is(err, store.ErrNotFound) {
		// Not arrived yet: shown as forgotten until the key's arrival replays the stream.
		return nil, fmt.Errorf("subject %s: %w", s.Sealed.Subject, ErrForgotten)
	}
	if err != nil {
		return nil, err
	}
	if key == nil {
		return nil, fmt.Errorf("subject %s: %w", s.Sealed.Subject, ErrForgotten)
	}
	aead, err := gcm(key)
	if err != nil || len(s.Sealed.Nonce) != aead.NonceSize() {
		return nil, ErrSealed
	}
	plain, err := aead.Open(nil, s.Sealed.Nonce, s.Sealed.Box, []byte(s.Sealed.Subject))
	if err != nil {
		return nil, ErrSealed
	}
	return plain, nil
}

// Forget forgets subjects: their keys go, the tables of the streams that hold
// their data are made anew without it, and sync carries the loss further.
func (j *Journal) Forget(ctx context.Context, subjects ...string) error {
	keys := make([]SubjectKey, len(subjects))
	for i, s := range subjects {
		keys[i] = SubjectKey{Subject: s, Forgotten: true}
	}
	return j.takeKeys(ctx, keys, 0)
}

// TakeKeys stores the subjects' keys, and their losses, that came from the server.
func (j *Journal) TakeKeys(ctx context.Context, keys []SubjectKey) error {
	return j.takeKeys(ctx, keys, 1)
}

func (j *Journal) takeKeys(ctx context.Context, keys []SubjectKey, sent int) error {
	return j.db.Update(ctx, func(tx *store.Tx) error {
		for _, k := range keys {
			if err := j.takeKey(tx, k, sent); err != nil {
				return fmt.Errorf("subject %s: %w", k.Subject, err)
			}
		}
		return nil
	})
}

func (j *Journal) takeKey(tx *store.Tx, k SubjectKey, sent int) error {
	var changed int64
	var err error
	if k.Forgotten {
		changed, err = tx.Exec(`INSERT INTO subject (id, key, forgotten, sent) VALUES (?, NULL, ?, ?)
			ON CONFLICT (id) DO UPDATE SET key = NULL, forgotten = excluded.forgotten, sent = excluded.sent WHERE forgotten IS NULL`,
			k.Subject, j.now().UnixMicro(), sent)
	} else {
		// A key never comes back once forgotten.
		changed, err = tx.Exec(`INSERT INTO subject (id, key, sent) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING`, k.Subject, k.Key, sent)
	}
	if err != nil || changed == 0 {
		return err
	}
	streams, err := store.All(tx, `SELECT DISTINCT stream FROM entry WHERE standing <> 'contested' AND instr(data, CAST(? AS BLOB)) > 0`,
		[]any{`"$sealed":{"subject":` + quoted(k.Subject)}, func(scan func(...any) error) (s string, err error) { return s, scan(&s) })
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
