package store

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"filippo.io/age"

	"alpi40.fr/airial/local/store/cryptvfs"
	"alpi40.fr/airial/local/store/durable"
	"alpi40.fr/airial/local/store/keys"
)

// A backup is one age file that holds a tar archive:
//
//	airial.json    {"format":1,"madeAt":…,"documents":n}
//	airial.sqlite  the database, as any SQLite program reads it
//	blobs/<sha256> each document, as it is
//
// age and tar open it without Airial; the identity is the recovery key's.

const backupFormat = 1

type manifest struct {
	Format    int       `json:"format"`
	MadeAt    time.Time `json:"madeAt"`
	Documents int       `json:"documents"`
}

// Errors of Restore.
var (
	// ErrNotBackup: the file is no backup, is cut short, or is of another key.
	ErrNotBackup = errors.New("not a backup that this key opens")
	// ErrNotEmpty: the folder to restore into holds an authority already.
	ErrNotEmpty = errors.New("an authority's data are there already")
)

// Backup writes the whole authority, encrypted, to w: the database of one
// moment and every document on this laptop. progress, which may be nil, is told
// how many documents of how many are done.
func (db *DB) Backup(ctx context.Context, w io.Writer, at time.Time, progress func(done, of int)) error {
	var documents []Digest
	if err := db.blobs.List(ctx, func(d Digest) error { documents = append(documents, d); return nil }); err != nil {
		return fmt.Errorf("listing the documents: %w", err)
	}
	sealed, err := age.Encrypt(w, db.backups)
	if err != nil {
		return fmt.Errorf("sealing the backup: %w", err)
	}
	archive := tar.NewWriter(sealed)
	if err := db.archive(ctx, archive, documents, at, progress); err != nil {
		return fmt.Errorf("writing the backup: %w", explain(err))
	}
	if err := errors.Join(archive.Close(), sealed.Close()); err != nil {
		return fmt.Errorf("finishing the backup: %w", explain(err))
	}
	return nil
}

func (db *DB) archive(ctx context.Context, archive *tar.Writer, documents []Digest, at time.Time, progress func(done, of int)) error {
	head, err := json.Marshal(manifest{Format: backupFormat, MadeAt: at.UTC(), Documents: len(documents)})
	if err != nil {
		return err
	}
	if err := addBytes(archive, "airial.json", head); err != nil {
		return err
	}
	pages, err := db.serialize(ctx)
	if err != nil {
		return err
	}
	if err := addBytes(archive, "airial.sqlite", pages); err != nil {
		return err
	}
	for i, d := range documents {
		if err := db.addDocument(ctx, archive, d); err != nil {
			return fmt.Errorf("document %s: %w", d, err)
		}
		if progress != nil {
			progress(i+1, len(documents))
		}
	}
	return nil
}

// backupDatabase writes the database alone; the documents never change.
func (db *DB) backupDatabase(ctx context.Context, w io.Writer) error {
	sealed, err := age.Encrypt(w, db.backups)
	if err != nil {
		return err
	}
	archive := tar.NewWriter(sealed)
	if err := db.archive(ctx, archive, nil, time.Unix(0, 0), nil); err != nil {
		return err
	}
	return errors.Join(archive.Close(), sealed.Close())
}

func addBytes(archive *tar.Writer, name string, content []byte) error {
	if err := archive.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(content))}); err != nil {
		return err
	}
	_, err := archive.Write(content)
	return err
}

// addDocument needs the length before the content, which age does not tell; so
// the content is read twice, and hashed in between.
func (db *DB) addDocument(ctx context.Context, archive *tar.Writer, d Digest) error {
	size, err := db.blobs.size(ctx, d)
	if err != nil {
		return err
	}
	r, err := db.blobs.Open(d)
	if err != nil {
		return err
	}
	defer r.Close()
	if err := archive.WriteHeader(&tar.Header{Name: "blobs/" + d.String(), Mode: 0o600, Size: size}); err != nil {
		return err
	}
	_, err = io.Copy(archive, &bounded{ctx: ctx, from: r, left: MaxBlob})
	return err
}

// size reads a document to its end, verifying it, and tells its length.
func (b *Blobs) size(ctx context.Context, d Digest) (int64, error) {
	r, err := b.Open(d)
	if err != nil {
		return 0, err
	}
	defer r.Close()
	hash := sha256.New()
	n, err := io.Copy(hash, &bounded{ctx: ctx, from: r, left: MaxBlob})
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if Digest(hash.Sum(nil)) != d {
		return 0, ErrWrongDigest
	}
	return n, nil
}

// serializer is the part of the driver's connection that gives and takes a
// whole database in memory, so that it never lies in the clear on a disk.
type serializer interface {
	Serialize() ([]byte, error)
	Deserialize([]byte) error
}

func (db *DB) serialize(ctx context.Context) (pages []byte, err error) {
	err = db.writer.raw(ctx, func(c any) error {
		s, ok := c.(serializer)
		if !ok {
			return errors.New("the database driver cannot serialize")
		}
		pages, err = s.Serialize()
		return err
	})
	leaveWAL(pages)
	return pages, explain(err)
}

// leaveWAL makes the database's header say that there is no log beside it (file
// format, offsets 18 and 19): SQLite opens no WAL database in memory, and a
// copy on its own has none.
func leaveWAL(pages []byte) {
	if len(pages) > 19 {
		pages[18], pages[19] = 1, 1
	}
}

// raw gives the driver's connection while nobody writes.
func (w *writer) raw(ctx context.Context, do func(conn any) error) error {
	if err := w.take(ctx); err != nil {
		return err
	}
	defer func() { <-w.turn }()
	return w.conn.sql.Raw(do)
}

// MaxRestore bounds the database that Restore reads into memory: 8 GiB.
const MaxRestore = 8 << 30

// Restore makes the authority's folder anew from a backup. Nothing is left
// behind when it fails. Errors: ErrNotBackup, ErrNotEmpty, ErrWrongDigest, ErrDiskFull.
func Restore(ctx context.Context, from io.Reader, dir string, secrets Secrets) error {
	if _, err := os.Stat(filepath.Join(dir, fileName)); err == nil {
		return fmt.Errorf("restoring into %s: %w", dir, ErrNotEmpty)
	}
	tmp := dir + ".restoring"
	if err := os.RemoveAll(tmp); err != nil {
		return fmt.Errorf("clearing an unfinished restoration: %w", err)
	}
	if err := restore(ctx, from, tmp, secrets); err != nil {
		return errors.Join(fmt.Errorf("restoring: %w", explain(err)), os.RemoveAll(tmp))
	}
	// An empty folder may stand at dir; rename wants the place free.
	if err := ignoreMissing(os.Remove(dir)); err != nil {
		return errors.Join(fmt.Errorf("restoring into %s: %w", dir, ErrNotEmpty), os.RemoveAll(tmp))
	}
	return explain(durable.Rename(tmp, dir))
}

func restore(ctx context.Context, from io.Reader, dir string, secrets Secrets) error {
	identity, err := keys.AgeIdentity(secrets.Backups[:])
	if err != nil {
		return err
	}
	opened, err := age.Decrypt(from, identity)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNotBackup, err)
	}
	archive := tar.NewReader(opened)
	head, err := readMember(archive, "airial.json", 1<<16)
	if err != nil {
		return err
	}
	var m manifest
	if err := json.Unmarshal(head, &m); err != nil || m.Format != backupFormat {
		return fmt.Errorf("%w: format %d", ErrNotBackup, m.Format)
	}
	pages, err := readMember(archive, "airial.sqlite", MaxRestore)
	if err != nil {
		return err
	}
	if err := writeDatabase(ctx, pages, dir, secrets.Database); err != nil {
		return err
	}
	return restoreDocuments(ctx, archive, dir, secrets, m.Documents)
}

func readMember(archive *tar.Reader, name string, limit int64) ([]byte, error) {
	h, err := archive.Next()
	if err != nil {
		return nil, fmt.Errorf("%w: looking for %s: %w", ErrNotBackup, name, err)
	}
	if h.Name != name || h.Size > limit {
		return nil, fmt.Errorf("%w: %.80q where %s should be", ErrNotBackup, h.Name, name)
	}
	content, err := io.ReadAll(io.LimitReader(archive, limit))
	if err != nil {
		return nil, fmt.Errorf("%w: reading %s: %w", ErrNotBackup, name, err)
	}
	return content, nil
}

// writeDatabase lets SQLite itself copy the pages from memory into a new
// encrypted file.
func writeDatabase(ctx context.Context, pages []byte, dir string, key [32]byte) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	vfs, release, err := cryptvfs.Register(key)
	if err != nil {
		return err
	}
	memory, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return errors.Join(err, release())
	}
	memory.SetMaxOpenConns(1)
	err = copyOut(ctx, memory, pages, dataSource(filepath.Join(dir, fileName), vfs, false))
	return errors.Join(err, memory.Close(), release())
}

func copyOut(ctx context.Context, memory *sql.DB, pages []byte, to string) error {
	conn, err := memory.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	err = conn.Raw(func(c any) error {
		s, ok := c.(serializer)
		if !ok {
			return errors.New("the database driver cannot deserialize")
		}
		return s.Deserialize(pages)
	})
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNotBackup, err)
	}
	_, err = conn.ExecContext(ctx, "VACUUM INTO ?", to)
	return err
}

func restoreDocuments(ctx context.Context, archive *tar.Reader, dir string, secrets Secrets, want int) error {
	blobs, err := openBlobs(filepath.Join(dir, "blobs"), secrets.Documents)
	if err != nil {
		return err
	}
	for got := 0; ; got++ {
		h, err := archive.Next()
		if err == io.EOF && got == want {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%w: %d documents of %d: %w", ErrNotBackup, got, want, err)
		}
		named, err := ParseDigest(strings.TrimPrefix(h.Name, "blobs/"))
		if err != nil {
			return fmt.Errorf("%w: %w", ErrNotBackup, err)
		}
		d, _, err := blobs.Put(ctx, fromBackup{archive})
		if err != nil {
			return err
		}
		if d != named {
			return fmt.Errorf("document %s: %w", named, ErrWrongDigest)
		}
	}
}

// fromBackup tells a fault of the backup from one of the disk written to.
type fromBackup struct{ io.Reader }

func (b fromBackup) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if err != nil && err != io.EOF {
		err = fmt.Errorf("%w: %w", ErrNotBackup, err)
	}
	return n, err
}
