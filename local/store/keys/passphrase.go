package keys

import (
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/chacha20poly1305"
	"golang.org/x/text/unicode/norm"
)

// MinPassphrase is the shortest passphrase that Create and Keep take, in characters.
const MinPassphrase = 12

var (
	// ErrWrongPassphrase: it does not open the sealed key (or keys.json was changed).
	ErrWrongPassphrase = errors.New("wrong passphrase")
	// ErrShortPassphrase: fewer than MinPassphrase characters.
	ErrShortPassphrase = errors.New("passphrase too short")
)

// sealedKey is the master key under a passphrase, with all that opening it again
// takes but the passphrase.
type sealedKey struct {
	Argon2id stretch `json:"argon2id"`
	// Nonce (24 bytes) and Box (48) are XChaCha20-Poly1305's.
	Nonce []byte `json:"nonce"`
	Box   []byte `json:"box"`
}

// stretch are the parameters of Argon2id.
type stretch struct {
	Passes    uint32 `json:"passes"`
	MemoryKiB uint32 `json:"memory_kib"`
	Lanes     uint8  `json:"lanes"`
	Salt      []byte `json:"salt"`
}

// What a changed keys.json may make this machine spend, at most.
const (
	maxPasses    = 32
	maxMemoryKiB = 1 << 20
	maxLanes     = 16
	maxSalt      = 64
)

// recommended is the second choice of RFC 9106, section 4, for machines that cannot
// spare 2 GiB.
var recommended = stretch{Passes: 3, MemoryKiB: 64 << 10, Lanes: 4}

func (s stretch) key(passphrase []byte) ([]byte, error) {
	if s.Passes < 1 || s.Passes > maxPasses || s.Lanes < 1 || s.Lanes > maxLanes ||
		s.MemoryKiB < 8*uint32(s.Lanes) || s.MemoryKiB > maxMemoryKiB || len(s.Salt) < 8 || len(s.Salt) > maxSalt {
		return nil, fmt.Errorf("%w: its Argon2id parameters are out of bounds", ErrDamaged)
	}
	// One passphrase has one form, whichever keyboard or system composed its accents.
	normal := norm.NFC.Bytes(passphrase)
	defer clear(normal)
	return argon2.IDKey(normal, s.Salt, s.Passes, s.MemoryKiB, s.Lanes, chacha20poly1305.KeySize), nil
}

// bound ties the box to this installation and this format.
func bound(installation string) []byte { return []byte("airial keys 1 passphrase " + installation) }

func sealKey(m *Master, passphrase []byte, installation string, rand io.Reader) (*sealedKey, error) {
	if utf8.RuneCount(passphrase) < MinPassphrase {
		return nil, fmt.Errorf("%w: it needs %d characters", ErrShortPassphrase, MinPassphrase)
	}
	s := &sealedKey{Argon2id: recommended, Nonce: make([]byte, chacha20poly1305.NonceSizeX)}
	s.Argon2id.Salt = make([]byte, 16)
	for _, p := range [][]byte{s.Argon2id.Salt, s.Nonce} {
		if _, err := io.ReadFull(rand, p); err != nil {
			return nil, fmt.Errorf("drawing a salt: %w", err)
		}
	}
	wrapping, err := s.Argon2id.key(passphrase)
	if err != nil {
		return nil, err
	}
	defer clear(wrapping)
	aead, err := chacha20poly1305.NewX(wrapping)
	if err != nil {
		return nil, fmt.Errorf("sealing the master key: %w", err)
	}
	err = m.expose(func(key []byte) error {
		s.Box = aead.Seal(nil, s.Nonce, key, bound(installation))
		return nil
	})
	return s, err
}

func (s *sealedKey) open(passphrase []byte, installation string) (*Master, error) {
	if len(s.Nonce) != chacha20poly1305.NonceSizeX || len(s.Box) != Size+chacha20poly1305.Overhead {
		return nil, fmt.Errorf("%w: the sealed key has another size", ErrDamaged)
	}
	wrapping, err := s.Argon2id.key(passphrase)
	if err != nil {
		return nil, err
	}
	defer clear(wrapping)
	aead, err := chacha20poly1305.NewX(wrapping)
	if err != nil {
		return nil, fmt.Errorf("opening the master key: %w", err)
	}
	key, err := aead.Open(nil, s.Nonce, s.Box, bound(installation))
	if err != nil {
		return nil, ErrWrongPassphrase
	}
	defer clear(key)
	return newMaster([Size]byte(key)), nil
}
