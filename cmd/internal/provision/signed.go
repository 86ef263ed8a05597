package provision

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"aead.dev/minisign"
)

// Key is ALPI's minisign key, as text («RW…»), set by the linker. Without one no provisioning file is taken.
var Key string

var (
	// ErrNoKey tells that this program was built without ALPI's key.
	ErrNoKey = errors.New("this program holds no key to check signed files with")
	// ErrSignature tells a file that ALPI did not sign, or that was changed since.
	ErrSignature = errors.New("the signature is not ALPI's")
	// ErrExpired tells a file whose day has passed.
	ErrExpired = errors.New("the provisioning file has expired")
	// ErrNotOne tells a file that is no provisioning file.
	ErrNotOne = errors.New("this is not a provisioning file")
)

// envelope is the file: its content as the bytes that were signed, so that minisign alone can check them too.
type envelope struct {
	Content   []byte `json:"content"`
	Signature string `json:"signature"`
}

type content struct {
	Kind    string    `json:"kind"`
	Expires time.Time `json:"expires"`
	Provision
}

// Extension is that of a provisioning file.
const Extension = ".airial"

const kind = "airial provision 1"

// Seal makes a provisioning file, signed with ALPI's key.
func Seal(p Provision, expires time.Time, key minisign.PrivateKey) ([]byte, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	signed, err := json.Marshal(content{Kind: kind, Expires: expires.UTC(), Provision: p})
	if err != nil {
		return nil, fmt.Errorf("writing the provisioning: %w", err)
	}
	file, err := json.MarshalIndent(envelope{Content: signed, Signature: string(minisign.Sign(key, signed))}, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("writing the provisioning file: %w", err)
	}
	return append(file, '\n'), nil
}

// Open reads a provisioning file and checks it against ALPI's key as of now.
// Errors: ErrNotOne, ErrNoKey, ErrSignature, ErrExpired, ErrValue.
func Open(r io.Reader, key string, now time.Time) (Provision, error) {
	file, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return Provision{}, fmt.Errorf("reading the provisioning file: %w", err)
	}
	var e envelope
	if len(file) > maxFile || json.Unmarshal(file, &e) != nil || len(e.Content) == 0 {
		return Provision{}, ErrNotOne
	}
	if key == "" {
		return Provision{}, ErrNoKey
	}
	var public minisign.PublicKey
	if err := public.UnmarshalText([]byte(key)); err != nil {
		return Provision{}, fmt.Errorf("%w: %w", ErrNoKey, err)
	}
	if !minisign.Verify(public, e.Content, []byte(e.Signature)) {
		return Provision{}, ErrSignature
	}
	var c content
	d := json.NewDecoder(bytes.NewReader(e.Content))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil || c.Kind != kind {
		return Provision{}, fmt.Errorf("%w: a newer kind than this program knows", ErrNotOne)
	}
	if now.After(c.Expires) {
		return Provision{}, fmt.Errorf("%w on %s", ErrExpired, c.Expires.Format(time.DateOnly))
	}
	return c.Provision, c.check()
}

// OpenFile is Open for a file.
func OpenFile(path, key string, now time.Time) (Provision, error) {
	f, err := os.Open(path)
	if err != nil {
		return Provision{}, fmt.Errorf("opening the provisioning file: %w", err)
	}
	defer f.Close()
	return Open(f, key, now)
}
