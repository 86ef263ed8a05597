package store

import (
	"errors"
	"fmt"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"alpi40.fr/airial/local/store/cryptvfs"
)

// What can go wrong below a query, for errors.Is.
var (
	// ErrNotFound: the query has no such row, the store no such blob.
	ErrNotFound = errors.New("not found")
	// ErrDiskFull: nothing was written; what was acknowledged before is safe.
	ErrDiskFull = errors.New("disk full")
	// ErrDamaged: the file is not a database, or its pages contradict one another.
	ErrDamaged = errors.New("database damaged")
	// ErrBusy: another process holds the database.
	ErrBusy = errors.New("database in use by another program")
	// ErrReadOnly: the folder or the file cannot be written.
	ErrReadOnly = errors.New("database is read-only")
	// ErrLongPath: the names of the folders are longer than a database's can be.
	ErrLongPath = errors.New("the path of the database is too long")
	// ErrWrongDigest: a blob's content is not what its name promises.
	ErrWrongDigest = errors.New("content does not match its digest")
	// ErrClosed: the database was closed before.
	ErrClosed = errors.New("database closed")
	// ErrTooLarge: the content exceeds the limit given.
	ErrTooLarge = errors.New("content too large")
)

// explain joins the driver's error with the sentinel that callers match.
func explain(err error) error {
	if err == nil {
		return nil
	}
	var driver *sqlite.Error
	if errors.As(err, &driver) {
		switch driver.Code() & 0xff {
		case lib.SQLITE_CORRUPT, lib.SQLITE_NOTADB:
			return fmt.Errorf("%w: %w", ErrDamaged, err)
		case lib.SQLITE_BUSY, lib.SQLITE_LOCKED:
			return fmt.Errorf("%w: %w", ErrBusy, err)
		case lib.SQLITE_AUTH:
			return cryptvfs.Explain(err)
		case lib.SQLITE_READONLY:
			return fmt.Errorf("%w: %w", ErrReadOnly, err)
		}
	}
	if Full(err) {
		return fmt.Errorf("%w: %w", ErrDiskFull, err)
	}
	return err
}

// Full tells whether err says, in the words of the store, of SQLite or of the
// system, that a disk is full.
func Full(err error) bool {
	if errors.Is(err, ErrDiskFull) {
		return true
	}
	var driver *sqlite.Error
	if errors.As(err, &driver) {
		// The memory that readers share is a file too: where it cannot grow, SQLite
		// says an input error and not a full disk.
		return driver.Code()&0xff == lib.SQLITE_FULL || driver.Code() == lib.SQLITE_IOERR_SHMSIZE
	}
	for _, code := range fullCodes {
		if errors.Is(err, code) {
			return true
		}
	}
	return false
}
