package keys

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"alpi40.fr/airial/local/store/durable"
)

var (
	// ErrNotCreated: the folder has no keys.json.
	ErrNotCreated = errors.New("no master key here")
	// ErrExists: the folder has one already.
	ErrExists = errors.New("a master key is here already")
	// ErrOtherKey: the key given is not the one this installation's data is under.
	ErrOtherKey = errors.New("another installation's master key")
	// ErrDamaged: keys.json cannot be read; the recovery sheet replaces it.
	ErrDamaged = errors.New("keys.json damaged")
	// ErrNoPassphrase: nobody can be asked for one.
	ErrNoPassphrase = errors.New("no passphrase")
)

// Options say where a master key is kept.
type Options struct {
	// Dir is the installation's folder; it exists.
	Dir string
	// Keyring is System(), or nil to do without (a policy of the installer, a test).
	Keyring Keyring
	// Passphrase asks a person: once to open, once to create (the asking repeats a new
	// one itself). It is not called while the keyring works. nil: nobody to ask. The
	// package wipes what it returns.
	Passphrase func(context.Context) ([]byte, error)
	// Rand is the source of keys, salts and nonces.
	Rand io.Reader
	// KeyringWait is how long the keyring may take; 0 means a minute, the time to type
	// its password.
	KeyringWait time.Duration
}

func (o Options) wait() time.Duration {
	if o.KeyringWait > 0 {
		return o.KeyringWait
	}
	return defaultWait
}

const (
	fileName   = "keys.json"
	fileFormat = 1
	maxFile    = 64 << 10
)

// record is keys.json.
type record struct {
	Format int `json:"format"`
	// Installation is 16 random bytes in hexadecimal: the account in the keyring.
	Installation string `json:"installation"`
	// Check recognises the master key.
	Check     []byte     `json:"check"`
	InKeyring bool       `json:"in_keyring"`
	Sealed    *sealedKey `json:"sealed,omitempty"`
}

// Created tells whether a master key is kept in dir, or was: a file that cannot be looked at counts.
func Created(dir string) bool {
	_, err := os.Lstat(filepath.Join(dir, fileName))
	return !errors.Is(err, fs.ErrNotExist)
}

// Create draws the installation's master key and keeps it: in the keyring, or, when
// that fails, under a passphrase. Errors: ErrExists; when there is nobody to ask for a
// passphrase, the keyring's (ErrNoKeyring, ErrKeyringLocked, ErrKeyringDenied);
// ErrShortPassphrase.
func Create(ctx context.Context, o Options) (*Master, error) {
	if Created(o.Dir) {
		return nil, ErrExists
	}
	m, err := randomMaster(o.Rand)
	if err != nil {
		return nil, err
	}
	if err := Keep(ctx, o, m); err != nil {
		m.Wipe()
		return nil, err
	}
	return m, nil
}

// Open fetches the installation's master key from the keyring, or, when that fails
// and a sealed copy is there, by the passphrase. Errors: ErrNotCreated, ErrDamaged,
// ErrNoKeyring, ErrKeyringLocked, ErrKeyringDenied, ErrKeyMissing, ErrWrongPassphrase,
// ErrOtherKey; the caller may ask again, or for the recovery sheet.
func Open(ctx context.Context, o Options) (*Master, error) {
	r, err := readRecord(o.Dir)
	if err != nil {
		return nil, err
	}
	m, err := r.fetch(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("opening the master key: %w", err)
	}
	if err := r.recognise(m); err != nil {
		m.Wipe()
		return nil, err
	}
	return m, nil
}

func (r *record) fetch(ctx context.Context, o Options) (*Master, error) {
	var refused error
	if r.InKeyring {
		m, err := fromKeyring(ctx, o, r.Installation)
		if err == nil || ctx.Err() != nil {
			return m, err
		}
		refused = err
	}
	if r.Sealed == nil || (o.Passphrase == nil && refused != nil) {
		return nil, refused
	}
	passphrase, err := ask(ctx, o)
	if err != nil {
		return nil, errors.Join(err, refused)
	}
	defer clear(passphrase)
	return r.Sealed.open(passphrase, r.Installation)
}

// Keep stores m as the installation's master key, in place of what keys.json says
// now: in the keyring, or, when that fails, under a passphrase. It is how a recovered
// key comes back to a laptop. Errors: as Create, and ErrOtherKey when keys.json
// belongs to another key.
func Keep(ctx context.Context, o Options, m *Master) error {
	r, err := recordFor(o, m)
	if err != nil {
		return err
	}
	refused := intoKeyring(ctx, o, r.Installation, m)
	if refused == nil {
		r.InKeyring = true
		return r.write(o.Dir)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if o.Passphrase == nil {
		return fmt.Errorf("keeping the master key: %w", refused)
	}
	r.InKeyring = false
	return r.sealAndWrite(ctx, o, m)
}

// SetPassphrase adds or replaces the copy under a passphrase, beside the keyring's:
// a second way in for the day the keyring stays locked.
func SetPassphrase(ctx context.Context, o Options, m *Master) error {
	r, err := recordFor(o, m)
	if err != nil {
		return err
	}
	return r.sealAndWrite(ctx, o, m)
}

func (r *record) sealAndWrite(ctx context.Context, o Options, m *Master) error {
	passphrase, err := ask(ctx, o)
	if err != nil {
		return err
	}
	defer clear(passphrase)
	if r.Sealed, err = sealKey(m, passphrase, r.Installation, o.Rand); err != nil {
		return fmt.Errorf("sealing the master key: %w", err)
	}
	return r.write(o.Dir)
}

func ask(ctx context.Context, o Options) ([]byte, error) {
	if o.Passphrase == nil {
		return nil, ErrNoPassphrase
	}
	passphrase, err := o.Passphrase(ctx)
	if err != nil {
		return nil, fmt.Errorf("asking for the passphrase: %w", err)
	}
	return passphrase, nil
}

// recordFor is the folder's record for m, or a new one. A damaged record is replaced:
// it held nothing that m does not give again.
func recordFor(o Options, m *Master) (*record, error) {
	r, err := readRecord(o.Dir)
	if err == nil {
		return r, r.recognise(m)
	}
	if !errors.Is(err, ErrNotCreated) && !errors.Is(err, ErrDamaged) {
		return nil, err
	}
	var id [16]byte
	if _, err := io.ReadFull(o.Rand, id[:]); err != nil {
		return nil, fmt.Errorf("naming the installation: %w", err)
	}
	r = &record{Format: fileFormat, Installation: hex.EncodeToString(id[:])}
	r.Check, err = m.checkValue()
	return r, err
}

func (r *record) recognise(m *Master) error {
	value, err := m.checkValue()
	if err != nil {
		return err
	}
	if string(value) != string(r.Check) {
		return ErrOtherKey
	}
	return nil
}

func readRecord(dir string) (*record, error) {
	f, err := os.Open(filepath.Join(dir, fileName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %s", ErrNotCreated, dir)
	}
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", fileName, err)
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, maxFile))
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", fileName, err)
	}
	return parseRecord(content)
}

func parseRecord(content []byte) (*record, error) {
	r := &record{}
	if err := json.Unmarshal(content, r); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if id, err := hex.DecodeString(r.Installation); r.Format != fileFormat || err != nil || len(id) != 16 || len(r.Check) != 8 {
		return nil, fmt.Errorf("%w: format %d", ErrDamaged, r.Format)
	}
	if !r.InKeyring && r.Sealed == nil {
		return nil, fmt.Errorf("%w: it names no place of the key", ErrDamaged)
	}
	return r, nil
}

// write replaces keys.json whole: a power cut leaves the old one or the new one.
func (r *record) write(dir string) error {
	content, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("writing %s: %w", fileName, err)
	}
	if err := durable.WriteFile(filepath.Join(dir, fileName), content); err != nil {
		return fmt.Errorf("writing %s: %w", fileName, err)
	}
	return nil
}

// Forget takes the master key out of the keyring and removes keys.json: what is under it opens with the recovery sheet alone.
// A keyring that does not answer is left as it is, which the error says; keys.json then stays. No installation is no error.
func Forget(ctx context.Context, o Options) error {
	r, err := readRecord(o.Dir)
	switch {
	case errors.Is(err, ErrNotCreated):
		return nil
	case err != nil && !errors.Is(err, ErrDamaged):
		return err
	}
	if err == nil && r.InKeyring {
		if err := KeepSecret(ctx, o, r.Installation, ""); err != nil && !errors.Is(err, ErrKeyMissing) {
			return err
		}
	}
	if err := durable.Remove(filepath.Join(o.Dir, fileName)); err != nil {
		return fmt.Errorf("removing %s: %w", fileName, err)
	}
	return nil
}
