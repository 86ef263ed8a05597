package cryptvfs

import (
	"errors"
	"fmt"
	"strings"
	"sync"

	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"
)

var (
	// ErrWrongKey: the database was made with another key (or the 16 bytes that
	// tell so, at its very beginning, are damaged).
	ErrWrongKey = errors.New("wrong database key")
	// ErrInUse: a connection is still open.
	ErrInUse = errors.New("encrypted database still open")
)

// Explain joins the driver's error for a wrong key with ErrWrongKey and leaves any
// other as it is.
func Explain(err error) error {
	var coded interface{ Code() int }
	if errors.As(err, &coded) && coded.Code()&0xff == lib.SQLITE_AUTH {
		return fmt.Errorf("%w: %w", ErrWrongKey, err)
	}
	return err
}

// registration is one VFS in SQLite's list, with one database key.
type registration struct {
	key   [32]byte
	vfs   uintptr // *Tsqlite3_vfs, ours
	inner uintptr // *Tsqlite3_vfs, the platform's
	// methods is our *Tsqlite3_io_methods.
	methods uintptr
	name    uintptr

	mu        sync.Mutex
	open      int
	databases map[string]*database
	retired   []*database
}

// Register adds a VFS to SQLite that encrypts every file it opens under key, and
// returns the name for a data source's vfs parameter. release takes it off the list
// and wipes the keys from memory; it fails with ErrInUse, and may be called again,
// while a connection is open. The caller wipes its own copy of the key.
func Register(key [32]byte) (name string, release func() error, err error) {
	tls := libc.NewTLS()
	defer tls.Close()
	inner := lib.Xsqlite3_vfs_find(tls, 0)
	if inner == 0 {
		return "", nil, errors.New("SQLite has no VFS for this platform")
	}
	r := &registration{key: key, inner: inner, databases: make(map[string]*database)}
	clear(key[:])
	if err := r.allocate(tls); err != nil {
		return "", nil, err
	}
	registrations.Store(r.vfs, r)
	if rc := lib.Xsqlite3_vfs_register(tls, r.vfs, 0); rc != lib.SQLITE_OK {
		registrations.Delete(r.vfs)
		r.free(tls)
		return "", nil, fmt.Errorf("registering the VFS: SQLite code %d", rc)
	}
	return libc.GoString(r.name), r.release, nil
}

// allocate lays out what SQLite reads, in memory that Go's collector leaves alone.
func (r *registration) allocate(tls *libc.TLS) error {
	r.vfs = libc.Xcalloc(tls, 1, libc.Tsize_t(vfsSize))
	r.methods = libc.Xcalloc(tls, 1, libc.Tsize_t(methodsSize))
	if r.vfs == 0 || r.methods == 0 {
		return errors.New("no memory for the VFS")
	}
	var err error
	// The address is unique for as long as the name is needed.
	if r.name, err = libc.CString(fmt.Sprintf("airial-%x", r.vfs)); err != nil {
		return fmt.Errorf("naming the VFS: %w", err)
	}
	v := at[lib.Tsqlite3_vfs](r.vfs)
	*v = *at[lib.Tsqlite3_vfs](r.inner)
	v.FpNext = 0
	v.FzName = r.name
	v.FszOsFile += int32(headerSize)
	v.FxOpen = pointerTo(xOpen)
	*at[lib.Tsqlite3_io_methods](r.methods) = ioMethods()
	return nil
}

func (r *registration) free(tls *libc.TLS) {
	for _, p := range []uintptr{r.vfs, r.methods, r.name} {
		libc.Xfree(tls, p)
	}
	r.vfs = 0
}

func (r *registration) release() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.vfs == 0 {
		return nil
	}
	if r.open > 0 {
		return fmt.Errorf("%w: %d files", ErrInUse, r.open)
	}
	tls := libc.NewTLS()
	defer tls.Close()
	if rc := lib.Xsqlite3_vfs_unregister(tls, r.vfs); rc != lib.SQLITE_OK {
		return fmt.Errorf("taking the VFS off the list: SQLite code %d", rc)
	}
	registrations.Delete(r.vfs)
	r.free(tls)
	clear(r.key[:])
	for _, d := range r.databases {
		d.wipe()
	}
	for _, d := range r.retired {
		d.wipe()
	}
	return nil
}

// databaseAt is the database at path, for one more connection: the one its other
// connections have, unless another file has taken its place meanwhile.
func (r *registration) databaseAt(path string, main storage, head []byte) (*database, int32) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if d := r.databases[path]; d != nil {
		known := d.known()
		rc := main.read(head, 0)
		if rc != lib.SQLITE_OK && rc != lib.SQLITE_IOERR_SHORT_READ {
			return nil, rc
		}
		if known == nil || (rc == lib.SQLITE_OK && string(known.head[:]) == string(head)) {
			return d, lib.SQLITE_OK
		}
		r.retired = append(r.retired, d)
	}
	d := &database{key: &r.key}
	r.databases[path] = d
	return d, lib.SQLITE_OK
}

// databaseOf is the database that a WAL or a rollback journal belongs to; nil for
// one that no connection of this registration has opened. SQLite forms their names
// from the database's (sqlite3PagerOpen).
func (r *registration) databaseOf(name, suffix string) *database {
	path, ok := strings.CutSuffix(name, suffix)
	if !ok {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.databases[path]
}

func (r *registration) count(n int) {
	r.mu.Lock()
	r.open += n
	r.mu.Unlock()
}
