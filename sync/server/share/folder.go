package share

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/store/durable"
)

// Folder keeps links in a folder: <id>/link.json and <id>/<piece>. It is one process's alone.
type Folder struct {
	dir    string
	frozen func() bool
	mu     sync.Mutex // of link.json files
}

// NewFolder makes the folder when it is missing. frozen, which may be nil, is asked whether it takes
// nothing more.
func NewFolder(dir string, frozen func() bool) (*Folder, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the folder of links: %w", err)
	}
	if frozen == nil {
		frozen = func() bool { return false }
	}
	return &Folder{dir: dir, frozen: frozen}, nil
}

// pieces are those that a link has.
func (f *Folder) pieces(id string) (out []store.Digest, err error) {
	all, err := os.ReadDir(filepath.Join(f.dir, id))
	if err != nil {
		return nil, fmt.Errorf("listing the pieces of link %s: %w", id, err)
	}
	for _, e := range all {
		if d, err := store.ParseDigest(e.Name()); err == nil {
			out = append(out, d)
		}
	}
	return out, nil
}

const (
	linkFile = "link.json"
	maxLink  = 64 << 20
)

func (f *Folder) path(id string, name string) string { return filepath.Join(f.dir, id, name) }

func full(err error) error {
	if store.Full(err) {
		return fmt.Errorf("%w: %w", ErrFull, err)
	}
	return err
}

func (f *Folder) write(l *link) error {
	text, err := json.Marshal(l)
	if err != nil {
		return err
	}
	if err := durable.WriteFile(f.path(l.ID, linkFile), text); err != nil {
		return fmt.Errorf("writing link %s: %w", l.ID, full(err))
	}
	return nil
}

// Create implements Storage.
func (f *Folder) Create(_ context.Context, l *link) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.frozen() {
		return ErrFrozen
	}
	if err := os.Mkdir(filepath.Join(f.dir, l.ID), 0o700); err != nil {
		return fmt.Errorf("making link %s: %w", l.ID, full(err))
	}
	return f.write(l)
}

// Read implements Storage.
func (f *Folder) Read(_ context.Context, id string) (*link, error) {
	if !isID(id) {
		return nil, ErrNotFound
	}
	text, err := durable.ReadFile(f.path(id, linkFile), maxLink)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("reading link %s: %w", id, err)
	}
	var l link
	if err := json.Unmarshal(text, &l); err != nil {
		return nil, fmt.Errorf("reading link %s: %w", id, err)
	}
	return &l, nil
}

// Update implements Storage.
func (f *Folder) Update(ctx context.Context, id string, do func(*link) error) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.frozen() {
		return ErrFrozen
	}
	l, err := f.Read(ctx, id)
	if err != nil {
		return err
	}
	if err := do(l); err != nil {
		return err
	}
	return f.write(l)
}

// Of implements Storage.
func (f *Folder) Of(ctx context.Context, authority string) (out []*link, err error) {
	all, err := os.ReadDir(f.dir)
	if err != nil {
		return nil, fmt.Errorf("listing links: %w", err)
	}
	for _, e := range all {
		l, err := f.Read(ctx, e.Name())
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if l.Authority == authority {
			out = append(out, l)
		}
	}
	return out, nil
}

// Erase implements Storage.
func (f *Folder) Erase(_ context.Context, id string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.frozen() {
		return ErrFrozen
	}
	if err := os.RemoveAll(filepath.Join(f.dir, id)); err != nil {
		return fmt.Errorf("erasing link %s: %w", id, err)
	}
	return nil
}

// EraseContents implements Storage.
func (f *Folder) EraseContents(_ context.Context, id string) error {
	if f.frozen() {
		return ErrFrozen
	}
	all, err := os.ReadDir(filepath.Join(f.dir, id))
	if err != nil {
		return fmt.Errorf("erasing the contents of link %s: %w", id, err)
	}
	var errs []error
	for _, e := range all {
		if e.Name() != linkFile {
			errs = append(errs, os.Remove(f.path(id, e.Name())))
		}
	}
	return errors.Join(errs...)
}

// HasPiece implements Storage.
func (f *Folder) HasPiece(_ context.Context, id string, d store.Digest) bool {
	_, err := os.Stat(f.path(id, d.String()))
	return err == nil
}

// PutPiece implements Storage: a piece is there whole, with its digest, or not at all.
func (f *Folder) PutPiece(_ context.Context, id string, d store.Digest, content io.Reader) error {
	if f.frozen() {
		return ErrFrozen
	}
	var whole bytes.Buffer
	hash := sha256.New()
	if _, err := io.Copy(io.MultiWriter(&whole, hash), content); err != nil {
		return fmt.Errorf("receiving a piece: %w", err)
	}
	if store.Digest(hash.Sum(nil)) != d {
		return store.ErrWrongDigest
	}
	if err := durable.WriteFile(f.path(id, d.String()), whole.Bytes()); err != nil {
		return fmt.Errorf("keeping a piece: %w", full(err))
	}
	return nil
}

// OpenPiece implements Storage.
func (f *Folder) OpenPiece(_ context.Context, id string, d store.Digest) (io.ReadSeekCloser, error) {
	file, err := os.Open(f.path(id, d.String()))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("opening a piece: %w", err)
	}
	return file, nil
}

// idSize is of 128 bits, in hexadecimal.
const idSize = 32

func isID(id string) bool {
	if len(id) != idSize {
		return false
	}
	for _, c := range id {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
