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

// Put implements Blobs: a temporary file, synced, then renamed.
func (f *Folder) Put(_ context.Context, authority string, d store.Digest, content io.Reader) (err error) {
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
	if err == nil && store.Digest(hash.Sum(nil)) != d {
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
