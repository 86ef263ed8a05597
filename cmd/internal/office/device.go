package office

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"filippo.io/age"

	"alpi40.fr/airial/local/store/durable"
	"alpi40.fr/airial/local/store/keys"
)

const (
	deviceFile = "device.age"
	maxDevice  = 1 << 20
)

// ErrNoDevice: this computer has not joined that authority.
var ErrNoDevice = errors.New("this computer has not joined the authority")

// device is what this computer is for one authority: device.age, sealed under
// the master key, since it holds private keys.
type device struct {
	Name      string `json:"name"`
	Signature []byte `json:"signature"` // Ed25519 seed
	Exchange  []byte `json:"exchange"`  // X25519 scalar
	// Salt is 32 random bytes on which the authority's keys depend: without this
	// file the master key opens the authority's backups, and nothing else of it.
	Salt []byte `json:"salt"`
	// Enrolment is what the server answered, in the client's own form.
	Enrolment json.RawMessage `json:"enrolment"`
}

// newDevice draws the keys of a computer.
func newDevice(name string, rand io.Reader) (*device, error) {
	_, signature, err := ed25519.GenerateKey(rand)
	if err != nil {
		return nil, fmt.Errorf("drawing the signature key: %w", err)
	}
	exchange, err := ecdh.X25519().GenerateKey(rand)
	if err != nil {
		return nil, fmt.Errorf("drawing the exchange key: %w", err)
	}
	salt := make([]byte, keys.Size)
	if _, err := io.ReadFull(rand, salt); err != nil {
		return nil, fmt.Errorf("drawing the salt: %w", err)
	}
	return &device{Name: name, Signature: signature.Seed(), Exchange: exchange.Bytes(), Salt: salt}, nil
}

func (d *device) signatureKey() ed25519.PrivateKey { return ed25519.NewKeyFromSeed(d.Signature) }

func (d *device) exchangeKey() (*ecdh.PrivateKey, error) {
	key, err := ecdh.X25519().NewPrivateKey(d.Exchange)
	if err != nil {
		return nil, fmt.Errorf("reading the exchange key: %w", err)
	}
	return key, nil
}

// deviceIdentity is what device.age is sealed to; locked.age needs the server's lock too.
func (o *Office) deviceIdentity(id string, lock []byte) (*age.X25519Identity, error) {
	secret, err := o.master.Derive(keys.Device, id)
	if err != nil {
		return nil, err
	}
	defer clear(secret[:])
	if lock == nil {
		return keys.AgeIdentity(secret[:])
	}
	locked, err := hkdf.Key(sha256.New, secret[:], lock, "airial locked device 1", keys.Size)
	if err != nil {
		return nil, fmt.Errorf("deriving the lock: %w", err)
	}
	defer clear(locked)
	return keys.AgeIdentity(locked)
}

// keepDevice writes device.age whole or not at all.
func (o *Office) keepDevice(id string, d *device) error { return o.sealDevice(id, deviceFile, nil, d) }

func (o *Office) sealDevice(id, file string, lock []byte, d *device) error {
	identity, err := o.deviceIdentity(id, lock)
	if err != nil {
		return err
	}
	plain, err := json.Marshal(d)
	if err != nil {
		return fmt.Errorf("writing the computer's keys: %w", err)
	}
	defer clear(plain)
	var sealed bytes.Buffer
	w, err := age.Encrypt(&sealed, identity.Recipient())
	if err == nil {
		_, err = w.Write(plain)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		return fmt.Errorf("sealing the computer's keys: %w", err)
	}
	if err := os.MkdirAll(o.hallDir(id), 0o700); err != nil {
		return fmt.Errorf("making the authority's folder: %w", err)
	}
	if err := durable.WriteFile(filepath.Join(o.hallDir(id), file), sealed.Bytes()); err != nil {
		return fmt.Errorf("writing the computer's keys: %w", err)
	}
	return nil
}

func (o *Office) readDevice(id string) (*device, error) { return o.openDevice(id, deviceFile, nil) }

// openDevice reads what sealDevice wrote. Errors: ErrNoDevice.
func (o *Office) openDevice(id, file string, lock []byte) (*device, error) {
	f, err := os.Open(filepath.Join(o.hallDir(id), file))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("authority %s: %w", id, ErrNoDevice)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the computer's keys: %w", err)
	}
	defer f.Close()
	identity, err := o.deviceIdentity(id, lock)
	if err != nil {
		return nil, err
	}
	r, err := age.Decrypt(io.LimitReader(f, maxDevice), identity)
	if err != nil {
		return nil, fmt.Errorf("opening the computer's keys: %w", err)
	}
	plain, err := io.ReadAll(io.LimitReader(r, maxDevice))
	defer clear(plain)
	if err != nil {
		return nil, fmt.Errorf("opening the computer's keys: %w", err)
	}
	var d device
	if err := json.Unmarshal(plain, &d); err != nil {
		return nil, fmt.Errorf("reading the computer's keys: %w", err)
	}
	return &d, nil
}
