package window

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"alpi40.fr/airial/local/signature/token"
	"alpi40.fr/airial/local/store"
)

const settingKey = "signature.key"

// chosenKey is the signature key that was chosen in the settings. It stays on
// this computer.
type chosenKey struct {
	// From is the path of a PKCS#11 module, or of a PKCS#12 file, or token.StorePath.
	From string `json:"from"`
	ID   string `json:"id"`
}

// maxKeyFile is more than any PKCS#12 file of one key.
const maxKeyFile = 1 << 20

// isFile tells a PKCS#12 file from a PKCS#11 module.
func isFile(path string) bool {
	extension := strings.ToLower(filepath.Ext(path))
	return extension == ".p12" || extension == ".pfx"
}

// provider opens what holds keys at a path.
func provider(path string) (token.Provider, error) {
	if path == token.StorePath {
		return token.Store{}, nil
	}
	if !isFile(path) {
		return &token.PKCS11{Module: path}, nil
	}
	content, err := readKey(path)
	if err != nil {
		return nil, err
	}
	return token.NewPKCS12(content, rand.Reader)
}

func readKey(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", token.ErrNoToken, err)
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, maxKeyFile+1))
	if err != nil {
		return nil, fmt.Errorf("reading the key's file: %w", err)
	}
	return content, nil
}

// chosen reads what was chosen; the zero value: nothing.
func (s *Seat) chosen(ctx context.Context) (c chosenKey, err error) {
	err = readSetting(ctx, s.Hall.Store, settingKey, &c)
	return c, err
}

func (s *Seat) choose(ctx context.Context, c chosenKey) error {
	return keepSetting(ctx, s.Hall.Store, settingKey, c)
}

// readSetting reads into to what keepSetting kept; to stays as it is when nothing was.
func readSetting(ctx context.Context, db *store.DB, key string, to any) error {
	return db.View(ctx, func(tx *store.Tx) error {
		text, err := tx.Setting(key)
		if err == nil && text != "" {
			err = json.Unmarshal([]byte(text), to)
		}
		return err
	})
}

// keepSetting keeps a value as JSON in the encrypted database of this computer.
func keepSetting(ctx context.Context, db *store.DB, key string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("keeping %s: %w", key, err)
	}
	return db.Update(ctx, func(tx *store.Tx) error { return tx.SetSetting(key, string(text)) })
}

// key is the one that signs, and what holds it: the chosen one, else the first of
// the seat's token. token.ErrNoToken when there is none, or it is not plugged in.
func (s *Seat) key(ctx context.Context) (token.Provider, token.Key, error) {
	c, err := s.chosen(ctx)
	if err != nil {
		return nil, token.Key{}, err
	}
	from := s.Token
	if c.From != "" {
		if from, err = provider(c.From); err != nil {
			return nil, token.Key{}, err
		}
	}
	if from == nil {
		return nil, token.Key{}, token.ErrNoToken
	}
	all, err := from.Keys(ctx)
	if err != nil {
		return nil, token.Key{}, err
	}
	for _, k := range all {
		if c.ID == "" || k.ID == c.ID {
			return from, k, s.remember(ctx, c, k.Certificate)
		}
	}
	return nil, token.Key{}, errors.Join(token.ErrNoToken, fmt.Errorf("key %s is not there", c.ID))
}

// holder is whose key it is; a PKCS#12 file tells only once it is open.
func holder(k token.Key) string {
	if k.Certificate == nil {
		return ""
	}
	return k.Certificate.Subject.CommonName
}
