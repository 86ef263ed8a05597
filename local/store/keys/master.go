package keys

import (
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"sync"
)

// Size is the master key's and every derived key's, in bytes.
const Size = 32

// Purpose says what a derived key is for. A purpose's text is part of the format:
// it never changes.
type Purpose string

// One key per purpose and authority.
const (
	// Database encrypts the authority's database file (package cryptvfs).
	Database Purpose = "database"
	// Documents is the secret of the age identity of blobs; see AgeIdentity.
	Documents Purpose = "documents"
	// Device wraps this device's own signature and exchange keys.
	Device Purpose = "device"
	// Backup is the secret of the age identity of backups; see AgeIdentity.
	Backup Purpose = "backup"
	// check tells whether a recovered key is the installation's.
	check Purpose = "check"
)

// ErrWiped: the key was forgotten; it must be opened again.
var ErrWiped = errors.New("master key wiped")

// Master is the master key, in memory until Wipe. It may be used by several
// goroutines.
type Master struct {
	mu  sync.RWMutex
	key *[Size]byte
}

func newMaster(key [Size]byte) *Master { return &Master{key: &key} }

func randomMaster(rand io.Reader) (*Master, error) {
	var key [Size]byte
	defer clear(key[:])
	if _, err := io.ReadFull(rand, key[:]); err != nil {
		return nil, fmt.Errorf("drawing a master key: %w", err)
	}
	return newMaster(key), nil
}

// Derive is HKDF-SHA256 (RFC 5869) of the master key, for one purpose of one
// authority (its identifier as in package authority; empty for the installation
// itself). The caller wipes the result. Error: ErrWiped.
func (m *Master) Derive(p Purpose, authority string) ([Size]byte, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	var out [Size]byte
	if m.key == nil {
		return out, ErrWiped
	}
	// No purpose holds a zero byte, so that no two pairs give the same text.
	derived, err := hkdf.Key(sha256.New, m.key[:], nil, "airial keys 1\x00"+string(p)+"\x00"+authority, Size)
	if err != nil {
		return out, fmt.Errorf("deriving the %s key: %w", p, err)
	}
	copy(out[:], derived)
	clear(derived)
	return out, nil
}

// checkValue is public: by it a key is recognised, not found.
func (m *Master) checkValue() ([]byte, error) {
	k, err := m.Derive(check, "")
	return k[:8], err
}

// expose gives f the key itself, not to be kept.
func (m *Master) expose(f func(key []byte) error) error {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if m.key == nil {
		return ErrWiped
	}
	return f(m.key[:])
}

// Wipe overwrites the key. What was derived from it before stays with its owners.
func (m *Master) Wipe() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.key != nil {
		clear(m.key[:])
		m.key = nil
	}
}

// String keeps the key out of logs, whatever the verb.
func (m *Master) String() string { return "master key (hidden)" }

// GoString is for %#v.
func (m *Master) GoString() string { return m.String() }
