package server

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/store/durable"
)

// Folder keeps documents as files: <dir>/<authority>/<2 hex>/<64 hex>.
type Folder struct{ dir string }

// NewFolder keeps documents under dir, which is made when missing.
func NewFolder(dir string) (*Folder, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the documents' folder: %w", err)
	}
	return &Folder{dir: dir}, nil
}

// path holds for authorities whose ids AddAuthority accepted: they are plain names.
func (f *Folder) path(authority string, d store.Digest) string {
	name := d.String()
	return filepath.Join(f.dir, authority, name[:2], name)
}

// Has implements Blobs.
func (f *Folder) Has(_ context.Context, authority string, d store.Digest) (bool, error) {
	_, err := os.Stat(f.path(authority, d))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// Open implements Blobs.
func (f *Folder) Open(_ context.Context, authority string, d store.Digest) (io.ReadSeekCloser, error) {
	file, err := os.Open(f.path(authority, d))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("document %s: %w", d, ErrNotFound)
	}
	return file, err
}

// Cheap implements Blobs.
func (f *Folder) Cheap() bool { return true }

// Ping implements Blobs.
func (f *Folder) Ping(context.Context) error {
	_, err := os.Stat(f.dir)
	return err
}

// Each calls do for each document of the folder.
func (f *Folder) Each(ctx context.Context, do func(authority string, b Blob) error) error {
	return filepath.WalkDir(f.dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil || e.IsDir() {
			return err
		}
		d, err := store.ParseDigest(e.Name())
		if err != nil {
			return nil // a temporary file of a stopped server
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		return do(filepath.Base(filepath.Dir(filepath.Dir(path))), Blob{Digest: d, Size: info.Size()})
	})
}

// Put implements Blobs.
func (f *Folder) Put(ctx context.Context, authority string, d store.Digest, size int64, content io.Reader) error {
	counted := &counter{r: content}
	return f.keep(ctx, authority, d, counted, func() bool { return counted.n == size })
}

// Take is Put for a content whose size is not known.
func (f *Folder) Take(ctx context.Context, authority string, d store.Digest, content io.Reader) error {
	return f.keep(ctx, authority, d, content, func() bool { return true })
}

type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.n += int64(n)
	return n, err
}

// keep writes a temporary file, syncs it, then renames it.
func (f *Folder) keep(_ context.Context, authority string, d store.Digest, content io.Reader, whole func() bool) (err error) {
	to := f.path(authority, d)
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return full(err)
	}
	tmp, err := os.CreateTemp(filepath.Dir(to), ".incoming-*")
	if err != nil {
		return full(err)
	}
	hash := sha256.New()
	_, err = io.Copy(io.MultiWriter(tmp, hash), content)
	if err == nil && (!whole() || store.Digest(hash.Sum(nil)) != d) {
		err = store.ErrWrongDigest
	}
	if err == nil {
		err = tmp.Sync()
	}
	err = errors.Join(err, tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), to)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("keeping document %s: %w", d, full(err)), os.Remove(tmp.Name()))
	}
	return syncFolder(filepath.Dir(to))
}

// adopt keeps a file of the same disk that nobody writes to any more, under its digest, without writing it again.
// It tells whether it could: else the content is to be Put.
func (f *Folder) adopt(authority string, d store.Digest, size int64, path string) (done bool, err error) {
	file, err := os.OpenFile(path, os.O_RDWR, 0) // some systems sync what is open for writing alone
	if err != nil {
		return false, nil
	}
	hash := sha256.New()
	n, err := io.Copy(hash, file)
	if err == nil && (n != size || store.Digest(hash.Sum(nil)) != d) {
		err = store.ErrWrongDigest
	}
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return true, fmt.Errorf("keeping document %s: %w", d, full(err))
	}
	to := f.path(authority, d)
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return true, full(err)
	}
	// By a name of its own: what may stand under the digest, damaged perhaps, is replaced at once.
	tmp := filepath.Join(filepath.Dir(to), ".incoming-"+filepath.Base(path))
	if err := os.Link(path, tmp); err != nil {
		return false, nil
	}
	if err := os.Rename(tmp, to); err != nil {
		return true, errors.Join(fmt.Errorf("keeping document %s: %w", d, full(err)), os.Remove(tmp))
	}
	// Where both names were one file already, renaming leaves the first.
	if err := os.Remove(tmp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return true, err
	}
	return true, syncFolder(filepath.Dir(to))
}

func full(err error) error {
	if store.Full(err) {
		return fmt.Errorf("%w: %w", ErrFull, err)
	}
	return err
}

// syncFolder makes a new name survive a power cut, where the system allows it.
func syncFolder(dir string) error {
	err := durable.SyncDir(dir)
	if err == nil || errors.Is(err, syscall.EINVAL) || errors.Is(err, fs.ErrPermission) {
		return nil
	}
	return fmt.Errorf("syncing a folder: %w", err)
}
