package cryptvfs

import (
	"runtime"
	"sync"
	"unsafe"

	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"
)

// SQLite's list of VFS is one for the whole process and knows numbers only. These
// two tables are its Go side: they keep alive, and find again, what SQLite calls back.
var (
	registrations sync.Map // address of our Tsqlite3_vfs → *registration
	openFiles     sync.Map // address of our sqlite3_file → *file
)

const (
	// headerSize is what our sqlite3_file puts before the platform's: the pointer to
	// our methods, and padding that keeps 8-byte alignment on every platform.
	headerSize  = 16
	vfsSize     = unsafe.Sizeof(lib.Tsqlite3_vfs{})
	methodsSize = unsafe.Sizeof(lib.Tsqlite3_io_methods{})
)

// at is the thing at an address of C memory.
func at[T any](address uintptr) *T { return *(**T)(unsafe.Pointer(&address)) }

func bytesAt(address uintptr, n int) []byte { return unsafe.Slice(at[byte](address), n) }

func addressOf(p []byte) uintptr { return uintptr(unsafe.Pointer(unsafe.SliceData(p))) }

// pointerTo and function turn a function into what modernc.org/libc takes for a C
// function pointer, and back. Only functions without captured variables are passed:
// they never move and are never collected.
func pointerTo[F any](f F) uintptr { return *(*uintptr)(unsafe.Pointer(&f)) }

func function[F any](p uintptr) F { return *(*F)(unsafe.Pointer(&p)) }

// lower is the platform's file, behind ours in the same allocation.
type lower struct {
	tls     *libc.TLS
	address uintptr
}

func (l *lower) methods() *lib.Tsqlite3_io_methods {
	return at[lib.Tsqlite3_io_methods](*at[uintptr](l.address))
}

type (
	fileFunc     = func(*libc.TLS, uintptr) int32
	intFunc      = func(*libc.TLS, uintptr, int32) int32
	sizeFunc     = func(*libc.TLS, uintptr, int64) int32
	pointerFunc  = func(*libc.TLS, uintptr, uintptr) int32
	transferFunc = func(*libc.TLS, uintptr, uintptr, int32, int64) int32
	controlFunc  = func(*libc.TLS, uintptr, int32, uintptr) int32
	shmMapFunc   = func(*libc.TLS, uintptr, int32, int32, int32, uintptr) int32
	shmLockFunc  = func(*libc.TLS, uintptr, int32, int32, int32) int32
	openFunc     = func(*libc.TLS, uintptr, uintptr, uintptr, int32, uintptr) int32
)

func (l *lower) read(p []byte, off int64) int32 {
	rc := function[transferFunc](l.methods().FxRead)(l.tls, l.address, addressOf(p), int32(len(p)), off)
	runtime.KeepAlive(p)
	return rc
}

func (l *lower) write(p []byte, off int64) int32 {
	rc := function[transferFunc](l.methods().FxWrite)(l.tls, l.address, addressOf(p), int32(len(p)), off)
	runtime.KeepAlive(p)
	return rc
}

func (l *lower) truncate(size int64) int32 {
	return function[sizeFunc](l.methods().FxTruncate)(l.tls, l.address, size)
}

func (l *lower) size() (int64, int32) {
	p := l.tls.Alloc(8)
	defer l.tls.Free(8)
	rc := function[pointerFunc](l.methods().FxFileSize)(l.tls, l.address, p)
	return *at[int64](p), rc
}

// file is one open file of ours. SQLite uses each from one goroutine at a time.
type file struct {
	sealed
	reg   *registration
	lower lower
	// base is the database whose keys serve; nil for temporary files.
	base    *database
	scratch []byte // C memory
}

func newFile(tls *libc.TLS, r *registration, address uintptr) *file {
	f := &file{reg: r, lower: lower{tls: tls, address: address + headerSize}}
	f.sealed.below = &f.lower
	f.sealed.buffer = f.grow
	return f
}

// grow gives scratch memory outside of Go's heap, as the code below computes with
// its address; nil when there is none left.
func (f *file) grow(n int) []byte {
	if n > len(f.scratch) {
		f.free()
		size := (n + 1<<12 - 1) &^ (1<<12 - 1)
		p := libc.Xmalloc(f.lower.tls, libc.Tsize_t(size))
		if p == 0 {
			return nil
		}
		f.scratch = bytesAt(p, size)
	}
	return f.scratch[:n]
}

func (f *file) free() {
	if f.scratch != nil {
		clear(f.scratch)
		libc.Xfree(f.lower.tls, addressOf(f.scratch))
		f.scratch = nil
	}
}

// forget wipes the file's cipher; the keys it shares stay with the registration.
func (f *file) forget() {
	switch {
	case f.cipher == nil:
	case f.role == roleTemp:
		f.cipher.wipe()
	default:
		f.cipher.forget()
	}
	f.cipher = nil
}

// random is SQLite's own generator, seeded by the system.
func (f *file) random(p []byte) {
	lib.Xsqlite3_randomness(f.lower.tls, int32(len(p)), addressOf(p))
}
