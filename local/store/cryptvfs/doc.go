// Package cryptvfs encrypts SQLite databases at rest, below SQLite: a VFS that sits
// between modernc.org/sqlite and its own VFS for the disk.
//
//	vfs, release, err := cryptvfs.Register(key)                 // key [32]byte
//	db, err := sql.Open("sqlite", "file:///dir/airial.db?vfs="+vfs+"&_pragma=journal_mode(wal)")
//	…
//	db.Close()
//	release()                                                   // forgets the key
//	errors.Is(cryptvfs.Explain(err), cryptvfs.ErrWrongKey)      // for any error of db
//
// Each registration has a name and a key of its own; several may be in use at once,
// also on one file. The importing program also imports modernc.org/sqlite.
//
// # What is on the disk
//
// Every file has the size and the layout that SQLite gave it (sizes of rollback
// journals and temporary files are rounded up to 16 bytes), encrypted with AES-256
// in XTS mode (IEEE Std 1619-2018). Of a database, the first 16 bytes ("SQLite format 3")
// are replaced by a head: 8 random bytes of salt and 8 bytes of check value. From the
// database key and that salt come by HKDF-SHA256 the check value and one XTS key for
// each role: main file, WAL, rollback journal. A temporary file has a key from a salt
// of its own that is never stored. The tweak is the offset of the data unit: 4096 bytes,
// or in a WAL what SQLite writes at once (a frame's header, a page).
//
// The shared-memory file (-shm) is left alone: it holds page numbers and checksums of
// frame headers, no content.
//
// # What it protects, and what not
//
// A copy of the disk tells nothing of the content but which 16-byte pieces changed
// between two copies, and the sizes. There is no authentication: who can write to the
// disk can garble pages or put back old ones, though not to a content of their choice;
// the journal's hash chain is there to notice. AES runs in constant time only where the
// processor has instructions for it (any x86-64 or ARM64 laptop); Adiantum was set
// aside, as its wide blocks would have to be read back around each WAL frame.
//
// Nothing is promised to SQLite that the disk below does not promise: in the main file
// and the WAL no write touches the ciphertext of other content, so POWERSAFE_OVERWRITE
// stays as true as it was; claims of atomic writes are withheld. Memory-mapped reading
// is off. A transaction over several attached databases in a rollback-journal mode is
// refused, as its super-journal could not be tied to a key; in WAL mode there is none.
package cryptvfs
