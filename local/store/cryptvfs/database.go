package cryptvfs

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"sync"

	lib "modernc.org/sqlite/lib"
)

// The head of a database file: saltSize random bytes, which make the keys of two
// files different under one database key, then a check value, by which a wrong key
// is told from a damaged file.
const saltSize = headSize / 2

// subkeys are what one file's pages, log and journal are encrypted with.
type subkeys struct {
	head               [headSize]byte
	main, wal, journal *xts
}

// database is one file on the disk, shared by all its connections in one registration.
type database struct {
	key *[32]byte
	// mu guards keys: SQLite serves each connection on a goroutine of its own.
	mu   sync.Mutex
	keys *subkeys
}

func (d *database) known() *subkeys {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.keys
}

// load reads the head of the file and derives its keys. An empty file has none yet:
// keys is nil. The code is SQLITE_NOTADB for a database in the clear, and
// SQLITE_AUTH, which SQLite itself gives only to authorizers, for a wrong key.
func (d *database) load(main storage, head []byte) (keys *subkeys, rc int32) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.keys != nil {
		return d.keys, lib.SQLITE_OK
	}
	rc = main.read(head, 0)
	if rc == lib.SQLITE_IOERR_SHORT_READ {
		return nil, lib.SQLITE_OK
	}
	if rc != lib.SQLITE_OK {
		return nil, rc
	}
	return d.adopt(head)
}

// adopt takes the keys of a head that the disk holds. mu is held.
func (d *database) adopt(head []byte) (*subkeys, int32) {
	if string(head) == magic {
		return nil, lib.SQLITE_NOTADB
	}
	k, err := deriveSubkeys(d.key, head[:saltSize])
	if err != nil {
		return nil, lib.SQLITE_INTERNAL
	}
	if !hmac.Equal(k.head[:], head) {
		k.wipe()
		return nil, lib.SQLITE_AUTH
	}
	d.keys = k
	return k, lib.SQLITE_OK
}

// create gives an empty file its head. The caller holds SQLite's RESERVED lock, by
// which one connection in all processes may begin to write.
func (d *database) create(main storage, head []byte, random func([]byte)) (*subkeys, int32) {
	k, rc := d.load(main, head)
	if k != nil || rc != lib.SQLITE_OK {
		return k, rc
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	random(head[:saltSize])
	k, err := deriveSubkeys(d.key, head[:saltSize])
	if err != nil {
		return nil, lib.SQLITE_INTERNAL
	}
	copy(head, k.head[:])
	if rc := main.write(head, 0); rc != lib.SQLITE_OK {
		k.wipe()
		return nil, rc
	}
	d.keys = k
	return k, lib.SQLITE_OK
}

func (d *database) wipe() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.keys != nil {
		d.keys.wipe()
		d.keys = nil
	}
}

// deriveSubkeys is HKDF-SHA256 (RFC 5869) of the database key with the file's salt.
func deriveSubkeys(key *[32]byte, salt []byte) (*subkeys, error) {
	k := &subkeys{}
	check, err := derive(key, salt, "check", headSize-saltSize)
	if err != nil {
		return nil, err
	}
	copy(k.head[:], salt)
	copy(k.head[saltSize:], check)
	for _, r := range []struct {
		to   **xts
		name string
	}{{&k.main, "main"}, {&k.wal, "wal"}, {&k.journal, "journal"}} {
		if *r.to, err = deriveXTS(key, salt, r.name); err != nil {
			return nil, err
		}
	}
	return k, nil
}

func deriveXTS(key *[32]byte, salt []byte, name string) (*xts, error) {
	material, err := derive(key, salt, name, xtsKeySize)
	if err != nil {
		return nil, err
	}
	defer clear(material)
	return newXTS(material)
}

func derive(key *[32]byte, salt []byte, name string, n int) ([]byte, error) {
	out, err := hkdf.Key(sha256.New, key[:], salt, "airial cryptvfs 1 "+name, n)
	if err != nil {
		return nil, fmt.Errorf("deriving the %s key: %w", name, err)
	}
	return out, nil
}

func (k *subkeys) wipe() {
	for _, x := range []*xts{k.main, k.wal, k.journal} {
		if x != nil {
			x.wipe()
		}
	}
}
