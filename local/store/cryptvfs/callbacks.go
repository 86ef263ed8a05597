package cryptvfs

import (
	"errors"

	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"
)

// What SQLite calls. Most of it goes straight down; see sealed for the rest.

// keptCapabilities are the claims of the disk below that encryption leaves true.
// Dropped are all about atomic writes, and the order of appending.
const keptCapabilities = lib.SQLITE_IOCAP_POWERSAFE_OVERWRITE | lib.SQLITE_IOCAP_UNDELETABLE_WHEN_OPEN | lib.SQLITE_IOCAP_SUBPAGE_READ

// ioMethods is version 2, which has shared memory (WAL) but no memory-mapped reading,
// by which SQLite would see ciphertext.
func ioMethods() lib.Tsqlite3_io_methods {
	return lib.Tsqlite3_io_methods{
		FiVersion:               2,
		FxClose:                 pointerTo(xClose),
		FxRead:                  pointerTo(xRead),
		FxWrite:                 pointerTo(xWrite),
		FxTruncate:              pointerTo(xTruncate),
		FxSync:                  pointerTo(xSync),
		FxFileSize:              pointerTo(xFileSize),
		FxLock:                  pointerTo(xLock),
		FxUnlock:                pointerTo(xUnlock),
		FxCheckReservedLock:     pointerTo(xCheckReservedLock),
		FxFileControl:           pointerTo(xFileControl),
		FxSectorSize:            pointerTo(xSectorSize),
		FxDeviceCharacteristics: pointerTo(xDeviceCharacteristics),
		FxShmMap:                pointerTo(xShmMap),
		FxShmLock:               pointerTo(xShmLock),
		FxShmBarrier:            pointerTo(xShmBarrier),
		FxShmUnmap:              pointerTo(xShmUnmap),
	}
}

func xOpen(tls *libc.TLS, vfs, name, address uintptr, flags int32, outFlags uintptr) int32 {
	// No methods: SQLite does not close what did not open.
	*at[uintptr](address) = 0
	*at[uintptr](address + headerSize) = 0
	known, ok := registrations.Load(vfs)
	if !ok || flags&lib.SQLITE_OPEN_SUPER_JOURNAL != 0 {
		return lib.SQLITE_CANTOPEN
	}
	r := known.(*registration)
	f := newFile(tls, r, address)
	open := function[openFunc](at[lib.Tsqlite3_vfs](r.inner).FxOpen)
	rc := open(tls, r.inner, name, f.lower.address, flags, outFlags)
	if *at[uintptr](f.lower.address) == 0 {
		if rc == lib.SQLITE_OK {
			rc = lib.SQLITE_CANTOPEN
		}
		return rc
	}
	if rc == lib.SQLITE_OK {
		rc = f.assignRole(name, flags)
	}
	if rc != lib.SQLITE_OK {
		f.free()
		f.forget()
		function[fileFunc](f.lower.methods().FxClose)(tls, f.lower.address)
		return rc
	}
	*at[uintptr](address) = r.methods
	openFiles.Store(address, f)
	r.count(1)
	return lib.SQLITE_OK
}

// assignRole finds the key of a file just opened.
func (f *file) assignRole(name uintptr, flags int32) int32 {
	path := ""
	if name != 0 {
		path = libc.GoString(name)
	}
	switch {
	case path != "" && flags&lib.SQLITE_OPEN_MAIN_DB != 0:
		f.role = roleMain
		head := f.grow(headSize)
		if head == nil {
			return lib.SQLITE_NOMEM
		}
		var rc int32
		if f.base, rc = f.reg.databaseAt(path, &f.lower, head); rc != lib.SQLITE_OK {
			return rc
		}
		return f.unlock()
	case flags&lib.SQLITE_OPEN_WAL != 0:
		f.role, f.base = roleWAL, f.reg.databaseOf(path, "-wal")
	case flags&lib.SQLITE_OPEN_MAIN_JOURNAL != 0:
		f.role, f.base = roleJournal, f.reg.databaseOf(path, "-journal")
	default:
		return f.makeTemporary()
	}
	if f.base == nil {
		return lib.SQLITE_CANTOPEN
	}
	return lib.SQLITE_OK
}

// makeTemporary gives the file a key that dies with it.
func (f *file) makeTemporary() int32 {
	f.role = roleTemp
	salt := f.grow(32)
	if salt == nil {
		return lib.SQLITE_NOMEM
	}
	f.random(salt)
	var err error
	if f.cipher, err = deriveXTS(&f.reg.key, salt, "temporary"); err != nil {
		return lib.SQLITE_INTERNAL
	}
	return lib.SQLITE_OK
}

// unlock gets the file's cipher as soon as its database has a head. Without one the
// database is empty: cipher stays nil.
func (f *file) unlock() int32 {
	if f.cipher != nil {
		return lib.SQLITE_OK
	}
	if f.role != roleMain {
		f.take(f.base.known())
		return lib.SQLITE_OK
	}
	head := f.grow(headSize)
	if head == nil {
		return lib.SQLITE_NOMEM
	}
	keys, rc := f.base.load(&f.lower, head)
	f.take(keys)
	return rc
}

// found makes sure that there is a head before anything is written.
func (f *file) found() int32 {
	if rc := f.unlock(); rc != lib.SQLITE_OK || f.cipher != nil {
		return rc
	}
	if f.role != roleMain {
		// SQLite locks the database first, and xLock founds it.
		return lib.SQLITE_IOERR_WRITE
	}
	head := f.grow(headSize)
	if head == nil {
		return lib.SQLITE_NOMEM
	}
	keys, rc := f.base.create(&f.lower, head, f.random)
	f.take(keys)
	return rc
}

func (f *file) take(k *subkeys) {
	if k == nil {
		return
	}
	f.head = k.head
	switch f.role {
	case roleMain:
		f.cipher = k.main.clone()
	case roleWAL:
		f.cipher = k.wal.clone()
	case roleJournal:
		f.cipher = k.journal.clone()
	}
}

// errUnknownFile would be a defect of SQLite's: a call on a file that is not open.
var errUnknownFile = errors.New("cryptvfs: call on a file that is not open")

func fileAt(tls *libc.TLS, address uintptr) *file {
	v, ok := openFiles.Load(address)
	if !ok {
		panic(errUnknownFile)
	}
	f := v.(*file)
	f.lower.tls = tls
	return f
}

func xClose(tls *libc.TLS, address uintptr) int32 {
	f := fileAt(tls, address)
	rc := function[fileFunc](f.lower.methods().FxClose)(tls, f.lower.address)
	openFiles.Delete(address)
	f.free()
	f.forget()
	*at[uintptr](address) = 0
	f.reg.count(-1)
	return rc
}

func xRead(tls *libc.TLS, address, to uintptr, n int32, off int64) int32 {
	f := fileAt(tls, address)
	if rc := f.unlock(); rc != lib.SQLITE_OK {
		return rc
	}
	p := bytesAt(to, int(n))
	if f.cipher == nil {
		clear(p)
		return lib.SQLITE_IOERR_SHORT_READ
	}
	return f.sealed.read(p, off)
}

func xWrite(tls *libc.TLS, address, from uintptr, n int32, off int64) int32 {
	f := fileAt(tls, address)
	if rc := f.found(); rc != lib.SQLITE_OK {
		return rc
	}
	return f.sealed.write(bytesAt(from, int(n)), off)
}

func xTruncate(tls *libc.TLS, address uintptr, size int64) int32 {
	f := fileAt(tls, address)
	return f.sealed.truncate(size)
}

func xFileSize(tls *libc.TLS, address, to uintptr) int32 {
	f := fileAt(tls, address)
	size, rc := f.sealed.size()
	if rc == lib.SQLITE_OK && size > 0 {
		// Before SQLite looks for a journal to roll back, which needs the key.
		rc = f.unlock()
	}
	*at[int64](to) = size
	return rc
}

func xLock(tls *libc.TLS, address uintptr, level int32) int32 {
	f := fileAt(tls, address)
	rc := function[intFunc](f.lower.methods().FxLock)(tls, f.lower.address, level)
	if rc == lib.SQLITE_OK && level >= lib.SQLITE_LOCK_RESERVED && f.role == roleMain {
		rc = f.found()
		if rc != lib.SQLITE_OK {
			// SQLite takes the lock for not given, and keeps the one it had.
			xUnlock(tls, address, lib.SQLITE_LOCK_SHARED)
		}
	}
	return rc
}

func xUnlock(tls *libc.TLS, address uintptr, level int32) int32 {
	f := fileAt(tls, address)
	return function[intFunc](f.lower.methods().FxUnlock)(tls, f.lower.address, level)
}

func xCheckReservedLock(tls *libc.TLS, address, to uintptr) int32 {
	f := fileAt(tls, address)
	return function[pointerFunc](f.lower.methods().FxCheckReservedLock)(tls, f.lower.address, to)
}

func xSync(tls *libc.TLS, address uintptr, flags int32) int32 {
	f := fileAt(tls, address)
	return function[intFunc](f.lower.methods().FxSync)(tls, f.lower.address, flags)
}

func xFileControl(tls *libc.TLS, address uintptr, op int32, p uintptr) int32 {
	f := fileAt(tls, address)
	return function[controlFunc](f.lower.methods().FxFileControl)(tls, f.lower.address, op, p)
}

func xSectorSize(tls *libc.TLS, address uintptr) int32 {
	f := fileAt(tls, address)
	return function[fileFunc](f.lower.methods().FxSectorSize)(tls, f.lower.address)
}

func xDeviceCharacteristics(tls *libc.TLS, address uintptr) int32 {
	f := fileAt(tls, address)
	return function[fileFunc](f.lower.methods().FxDeviceCharacteristics)(tls, f.lower.address) & keptCapabilities
}

func xShmMap(tls *libc.TLS, address uintptr, region, size, extend int32, to uintptr) int32 {
	f := fileAt(tls, address)
	return function[shmMapFunc](f.lower.methods().FxShmMap)(tls, f.lower.address, region, size, extend, to)
}

func xShmLock(tls *libc.TLS, address uintptr, offset, n, flags int32) int32 {
	f := fileAt(tls, address)
	return function[shmLockFunc](f.lower.methods().FxShmLock)(tls, f.lower.address, offset, n, flags)
}

func xShmBarrier(tls *libc.TLS, address uintptr) {
	f := fileAt(tls, address)
	function[func(*libc.TLS, uintptr)](f.lower.methods().FxShmBarrier)(tls, f.lower.address)
}

func xShmUnmap(tls *libc.TLS, address uintptr, remove int32) int32 {
	f := fileAt(tls, address)
	return function[intFunc](f.lower.methods().FxShmUnmap)(tls, f.lower.address, remove)
}
