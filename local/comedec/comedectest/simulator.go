// Package comedectest is a correspondent of the rehearsal: a notary's office that asks, and reads what is answered.
package comedectest

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"filippo.io/age"

	"alpi40.fr/airial/local/comedec"
	"alpi40.fr/airial/local/store/durable"
	"alpi40.fr/airial/local/store/keys"
)

// Correspondent is one.
type Correspondent struct {
	Keys comedec.Keys
	Card comedec.Card
}

// Name is that of the simulator's office, which is nobody's.
const Name = "Office notarial fictif de la Lande"

// New draws a correspondent.
func New(rand io.Reader) (*Correspondent, error) {
	seed := make([]byte, ed25519.SeedSize)
	if _, err := io.ReadFull(rand, seed); err != nil {
		return nil, fmt.Errorf("drawing a correspondent: %w", err)
	}
	return of(seed)
}

// of derives both keys of a seed: a simulator protects nothing.
func of(seed []byte) (*Correspondent, error) {
	identity, err := keys.AgeIdentity(seed)
	if err != nil {
		return nil, fmt.Errorf("making a correspondent: %w", err)
	}
	k := comedec.Keys{Sign: ed25519.NewKeyFromSeed(seed), Open: identity}
	return &Correspondent{Keys: k, Card: k.Card(Name, comedec.Notary, "40999")}, nil
}

const seedFile = "simulateur.cle"

// Open gives the correspondent of a folder, made when there is none.
func Open(dir string, rand io.Reader) (*Correspondent, error) {
	path := filepath.Join(dir, seedFile)
	seed, err := os.ReadFile(path)
	if err == nil && len(seed) == ed25519.SeedSize {
		return of(seed)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("reading the simulator's key: %w", err)
	}
	c, err := New(rand)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the simulator's folder: %w", err)
	}
	return c, durable.WriteFile(path, c.Keys.Sign.Seed())
}

// Ask seals a request to a town hall.
func (c *Correspondent) Ask(r comedec.Request, to comedec.Card, now time.Time) ([]byte, error) {
	r.Format, r.Sent = comedec.Format, now.UTC()
	return comedec.Seal(r, c.Keys, to)
}

// Read opens an answer of a town hall.
func (c *Correspondent) Read(raw []byte, from comedec.Card) (a comedec.Answer, err error) {
	_, err = comedec.Unseal(raw, c.Keys, []comedec.Card{from}, &a)
	return a, err
}

// Reseal opens a message with somebody's keys and seals what was signed to another: what an attacker would do.
func Reseal(raw []byte, k comedec.Keys, to comedec.Card) ([]byte, error) {
	r, err := age.Decrypt(bytes.NewReader(raw), k.Open)
	if err != nil {
		return nil, fmt.Errorf("opening a message: %w", err)
	}
	recipient, err := age.ParseX25519Recipient(to.Recipient)
	if err != nil {
		return nil, fmt.Errorf("reading a card: %w", err)
	}
	var out bytes.Buffer
	w, err := age.Encrypt(&out, recipient)
	if err == nil {
		_, err = io.Copy(w, r)
	}
	if err == nil {
		err = w.Close()
	}
	return out.Bytes(), err
}
