package vault

import (
	"bytes"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"filippo.io/age"
	"golang.org/x/crypto/chacha20poly1305"

	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/store/keys"
)

var (
	// ErrLocked: this computer has no key of that space.
	ErrLocked = errors.New("no key of this space on this computer")
	// ErrSealed: what is sealed does not open under the key that it names.
	ErrSealed = errors.New("sealed data of the vault does not open")
)

// key is the key of a space.
type key struct {
	id       string
	secret   []byte
	names    []byte // of XChaCha20-Poly1305
	identity *age.X25519Identity
}

const keySize = 32

func newKey(secret []byte) (*key, error) {
	if len(secret) != keySize {
		return nil, fmt.Errorf("a space's key of %d bytes: %w", len(secret), ErrSealed)
	}
	identity, err := keys.AgeIdentity(secret)
	if err != nil {
		return nil, err
	}
	names, err := hkdf.Key(sha256.New, secret, nil, "airial vault names 1", chacha20poly1305.KeySize)
	if err != nil {
		return nil, fmt.Errorf("deriving the key of names: %w", err)
	}
	mark := sha256.Sum256(append([]byte("airial vault key 1"), secret...))
	return &key{id: hex.EncodeToString(mark[:16]), secret: secret, names: names, identity: identity}, nil
}

// drawKey draws a new one.
func drawKey(rand io.Reader) (*key, error) {
	secret := make([]byte, keySize)
	if _, err := io.ReadFull(rand, secret); err != nil {
		return nil, fmt.Errorf("drawing a space's key: %w", err)
	}
	return newKey(secret)
}

// seal seals v, bound to the stream that holds it.
func (k *key) seal(rand io.Reader, stream string, v any) (box, error) {
	plain, err := json.Marshal(v)
	if err != nil {
		return box{}, err
	}
	aead, err := chacha20poly1305.NewX(k.names)
	if err != nil {
		return box{}, err
	}
	nonce := make([]byte, aead.NonceSize(), aead.NonceSize()+len(plain)+aead.Overhead())
	if _, err := io.ReadFull(rand, nonce); err != nil {
		return box{}, fmt.Errorf("drawing a nonce: %w", err)
	}
	return box{Key: k.id, Data: aead.Seal(nonce, nonce, plain, []byte(stream))}, nil
}

// open opens what seal sealed. Error: ErrSealed.
func (k *key) open(b box, stream string, into any) error {
	aead, err := chacha20poly1305.NewX(k.names)
	if err != nil {
		return err
	}
	if len(b.Data) < aead.NonceSize() {
		return ErrSealed
	}
	plain, err := aead.Open(nil, b.Data[:aead.NonceSize()], b.Data[aead.NonceSize():], []byte(stream))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrSealed, err)
	}
	if err := json.Unmarshal(plain, into); err != nil {
		return fmt.Errorf("%w: %w", ErrSealed, err)
	}
	return nil
}

// wrap gives the key as an age file for one computer.
func (k *key) wrap(d Device) ([]byte, error) {
	recipient, err := keys.AgeRecipient(d.Exchange)
	if err != nil {
		return nil, fmt.Errorf("computer %s: %w", d.ID, err)
	}
	var out bytes.Buffer
	w, err := age.Encrypt(&out, recipient)
	if err == nil {
		_, err = w.Write(k.secret)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("wrapping a key for computer %s: %w", d.ID, err)
	}
	return out.Bytes(), nil
}

// unwrap opens what wrap made for this computer. Error: ErrSealed.
func unwrap(wrapped []byte, identity age.Identity) (*key, error) {
	r, err := age.Decrypt(bytes.NewReader(wrapped), identity)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSealed, err)
	}
	secret, err := io.ReadAll(io.LimitReader(r, keySize+1))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSealed, err)
	}
	return newKey(secret)
}

// ring is the keys that this computer has of one space, by name.
type ring struct {
	keys    map[string]*key
	current *key // nil: locked
}

// ringOf opens the keys of a space that this computer can have: those wrapped to it, and those
// sealed under one of them. What does not open is left: it may be somebody's nonsense.
func (v *Vault) ringOf(s *spaceRow) ring {
	v.mu.Lock()
	defer v.mu.Unlock()
	known := v.known[s.ID]
	if known == nil {
		known = map[string]*key{}
		v.known[s.ID] = known
	}
	r := ring{keys: map[string]*key{}}
	for id, wraps := range s.Wraps {
		if k := known[id]; k != nil {
			r.keys[id] = k
			continue
		}
		wrapped := wraps[v.j.Device()]
		if wrapped == nil {
			continue
		}
		if k, err := unwrap(wrapped, v.identity); err == nil && k.id == id {
			r.keys[id], known[id] = k, k
		}
	}
	for grown := true; grown; {
		grown = false
		for _, f := range s.Former {
			under := r.keys[f.Under]
			if under == nil || r.keys[f.ID] != nil {
				continue
			}
			k := known[f.ID]
			if k == nil {
				var secret []byte
				if under.open(box{Key: f.Under, Data: f.Data}, PrefixSpace+s.ID, &secret) != nil {
					continue
				}
				var err error
				if k, err = newKey(secret); err != nil || k.id != f.ID {
					continue
				}
				known[f.ID] = k
			}
			r.keys[f.ID], grown = k, true
		}
	}
	r.current = r.keys[s.Current]
	return r
}

// open opens a box with the key that it names. Errors: ErrLocked, ErrSealed.
func (r ring) open(b box, stream string, into any) error {
	k := r.keys[b.Key]
	if k == nil {
		return ErrLocked
	}
	return k.open(b, stream, into)
}

// decrypted is a content being read.
type decrypted struct {
	*io.SectionReader
	io.Closer
}

// decrypt opens a content. Errors: ErrLocked, store.ErrNotFound when it is not on this computer.
func (v *Vault) decrypt(d store.Digest, k *key) (*decrypted, error) {
	sealed, err := v.j.Store().Blobs().OpenAt(d)
	if err != nil {
		return nil, err
	}
	plain, size, err := age.DecryptReaderAt(sealed, sealed.Size, k.identity)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening a file of the vault: %w: %w", store.ErrDamaged, err), sealed.Close())
	}
	return &decrypted{SectionReader: io.NewSectionReader(plain, 0, size), Closer: sealed}, nil
}
