package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"filippo.io/age"

	"alpi40.fr/airial/local/store/durable"
	"alpi40.fr/airial/local/store/keys"
)

// Digest is the SHA-256 of a document's content: its name for ever.
type Digest [sha256.Size]byte

// DigestOf is the digest of content held in memory.
func DigestOf(content []byte) Digest { return sha256.Sum256(content) }

// ParseDigest reads 64 hexadecimal characters.
func ParseDigest(text string) (Digest, error) {
	var d Digest
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != len(d) {
		return d, fmt.Errorf("digest %.80q: not 64 hexadecimal characters", text)
	}
	copy(d[:], raw)
	return d, nil
}

// String gives 64 lower-case hexadecimal characters.
func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// MarshalText is String, for JSON.
func (d Digest) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText is ParseDigest, for JSON.
func (d *Digest) UnmarshalText(text []byte) (err error) {
	*d, err = ParseDigest(string(text))
	return err
}

// MaxBlob is the largest document that Put takes: 4 GiB, as PDF itself.
const MaxBlob = 4 << 30

// Blobs keeps documents by digest, each in an age file of its own, so that any
// age program opens them with the recovery key.
type Blobs struct {
	dir       string
	identity  *age.X25519Identity
	recipient *age.X25519Recipient
}

func openBlobs(dir string, secret [32]byte) (*Blobs, error) {
	identity, err := keys.AgeIdentity(secret[:])
	if err != nil {
		return nil, fmt.Errorf("preparing the documents' key: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the documents' folder: %w", explain(err))
	}
	return &Blobs{dir: dir, identity: identity, recipient: identity.Recipient()}, nil
}

func (b *Blobs) path(d Digest) string {
	name := d.String()
	return filepath.Join(b.dir, name[:2], name+".age")
}

// Has tells whether the document is on this laptop.
func (b *Blobs) Has(d Digest) bool {
	_, err := os.Stat(b.path(d))
	return err == nil
}

// Put stores what content yields, up to MaxBlob bytes, and returns its digest
// and length. When it returns, the document is on the disk under its name;
// only then may an entry name it. A document already there is kept as it is.
func (b *Blobs) Put(ctx context.Context, content io.Reader) (Digest, int64, error) {
	d, n, err := b.put(ctx, content, nil)
	if err != nil {
		return Digest{}, 0, fmt.Errorf("storing a document: %w", explain(err))
	}
	return d, n, nil
}

// PutAs is Put for a document whose digest is known beforehand; another content
// leaves nothing and gives ErrWrongDigest with its own digest.
func (b *Blobs) PutAs(ctx context.Context, want Digest, content io.Reader) (Digest, int64, error) {
	d, n, err := b.put(ctx, content, &want)
	if err != nil {
		return d, 0, fmt.Errorf("storing document %s: %w", want, explain(err))
	}
	return d, n, nil
}

// PutBytes is Put for content held in memory.
func (b *Blobs) PutBytes(ctx context.Context, content []byte) (Digest, error) {
	if d := DigestOf(content); b.Has(d) {
		return d, nil
	}
	d, _, err := b.Put(ctx, bytes.NewReader(content))
	return d, err
}

func (b *Blobs) put(ctx context.Context, content io.Reader, want *Digest) (d Digest, n int64, err error) {
	tmp, err := os.CreateTemp(b.dir, ".incoming-*")
	if err != nil {
		return d, 0, err
	}
	defer func() {
		if tmp != nil {
			err = errors.Join(err, tmp.Close(), os.Remove(tmp.Name()))
		}
	}()
	sealed, err := age.Encrypt(tmp, b.recipient)
	if err != nil {
		return d, 0, err
	}
	hash := sha256.New()
	n, err = io.Copy(io.MultiWriter(sealed, hash), &bounded{ctx: ctx, from: content, left: MaxBlob})
	if err != nil {
		return d, 0, err
	}
	hash.Sum(d[:0])
	if want != nil && d != *want {
		return d, 0, ErrWrongDigest
	}
	if err := errors.Join(sealed.Close(), tmp.Sync()); err != nil {
		return d, 0, err
	}
	name := tmp.Name()
	err, tmp = tmp.Close(), nil
	if err != nil {
		return d, 0, errors.Join(err, os.Remove(name))
	}
	if err := place(name, b.path(d)); err != nil {
		return d, 0, errors.Join(err, ignoreMissing(os.Remove(name)))
	}
	return d, n, nil
}

// place renames a synced temporary file to its name and syncs the folders, so
// that the name survives a power cut too.
func place(from, to string) error {
	dir := filepath.Dir(to)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if err := os.Rename(from, to); err != nil {
		return err
	}
	return errors.Join(durable.SyncDir(dir), durable.SyncDir(filepath.Dir(dir)))
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// Open gives the content of a document. Its integrity is checked by age block
// by block as it is read. ErrNotFound when the document is not on this laptop.
func (b *Blobs) Open(d Digest) (io.ReadCloser, error) {
	f, err := os.Open(b.path(d))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("document %s: %w", d, ErrNotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("opening document %s: %w", d, err)
	}
	r, err := age.Decrypt(f, b.identity)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening document %s: %w: %w", d, ErrDamaged, err), f.Close())
	}
	return struct {
		io.Reader
		io.Closer
	}{r, f}, nil
}

// Read gives a whole document of at most limit bytes, verified against its
// digest. Errors: ErrNotFound, ErrTooLarge, ErrWrongDigest.
func (b *Blobs) Read(d Digest, limit int64) ([]byte, error) {
	return b.ReadInto(nil, d, limit, 0)
}

// ReadInto is Read into the memory of buf where it is large enough, what it holds being lost.
// The content has room bytes of capacity after its end, so that they are added without a copy.
func (b *Blobs) ReadInto(buf []byte, d Digest, limit int64, room int) ([]byte, error) {
	f, err := os.Open(b.path(d))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("document %s: %w", d, ErrNotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("opening document %s: %w", d, err)
	}
	defer f.Close()
	content, err := b.whole(f, buf, limit, room)
	switch {
	case errors.Is(err, ErrTooLarge):
		return nil, fmt.Errorf("document %s: %w", d, err)
	case err != nil:
		return nil, fmt.Errorf("reading document %s: %w: %w", d, ErrDamaged, err)
	case DigestOf(content) != d:
		return nil, fmt.Errorf("document %s: %w", d, ErrWrongDigest)
	}
	return content, nil
}

// whole reads a sealed file at once: reading it piece by piece would leave as much garbage as it is long.
func (b *Blobs) whole(f *os.File, buf []byte, limit int64, room int) ([]byte, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	content, size, err := age.DecryptReaderAt(f, info.Size(), b.identity)
	if err != nil {
		return nil, err
	}
	if size > limit {
		return nil, ErrTooLarge
	}
	if int64(cap(buf)) < size+int64(room) {
		buf = make([]byte, size+int64(room))
	}
	if _, err := content.ReadAt(buf[:size], 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return buf[:size], nil
}

// Verify reads a document to its end and compares its digest.
func (b *Blobs) Verify(ctx context.Context, d Digest) error {
	r, err := b.Open(d)
	if err != nil {
		return err
	}
	defer r.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, &bounded{ctx: ctx, from: r, left: MaxBlob}); err != nil {
		return fmt.Errorf("reading document %s: %w: %w", d, ErrDamaged, err)
	}
	if Digest(hash.Sum(nil)) != d {
		return fmt.Errorf("document %s: %w", d, ErrWrongDigest)
	}
	return nil
}

// List calls each for every document on this laptop, in no order.
func (b *Blobs) List(ctx context.Context, each func(Digest) error) error {
	return filepath.WalkDir(b.dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() || filepath.Ext(name) != ".age" {
			return nil
		}
		d, err := ParseDigest(name[:len(name)-len(".age")])
		if err != nil {
			return nil // not ours: left alone
		}
		return each(d)
	})
}

// bounded stops at a cancelled context and refuses what is larger than left.
type bounded struct {
	ctx  context.Context
	from io.Reader
	left int64
}

func (r *bounded) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := r.from.Read(p)
	if r.left -= int64(n); r.left < 0 {
		return 0, ErrTooLarge
	}
	return n, err
}
