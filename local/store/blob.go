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
	"strings"
	"sync/atomic"

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

// MaxBlob is the largest document that Put takes: the 20 GB that a link may carry, encrypted, and so what is deposited by one.
const MaxBlob = 20 << 30

// Blobs keeps documents by digest, each in an age file of its own, so that any
// age program opens them with the recovery key.
type Blobs struct {
	dir       string
	identity  *age.X25519Identity
	recipient *age.X25519Recipient
	fetch     atomic.Pointer[Fetch]
}

// Fetch brings a document that is not on this laptop, or says why it cannot come now.
// It touches the folder of documents alone: whoever asks may be holding the database.
type Fetch func(d Digest) error

// OnMissing has fetch asked for each document that is opened and is not here.
func (b *Blobs) OnMissing(fetch Fetch) { b.fetch.Store(&fetch) }

// Remove takes a document off this laptop; one that is not here is no error. Who calls it knows
// that the document is kept elsewhere.
func (b *Blobs) Remove(d Digest) error {
	if err := errors.Join(ignoreMissing(durable.Remove(b.path(d))), ignoreMissing(durable.Remove(b.bare(d)))); err != nil {
		return fmt.Errorf("removing document %s: %w", d, err)
	}
	return nil
}

// Taken is how many bytes a document takes on this laptop's disk; ErrNotFound.
func (b *Blobs) Taken(d Digest) (int64, error) {
	info, err := os.Stat(b.path(d))
	if errors.Is(err, fs.ErrNotExist) {
		info, err = os.Stat(b.bare(d))
	}
	if errors.Is(err, fs.ErrNotExist) {
		return 0, fmt.Errorf("document %s: %w", d, ErrNotFound)
	}
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// Room is how many bytes may still be written where the documents are, and how many the disk holds in all.
func (b *Blobs) Room() (free, whole int64, err error) {
	if free, whole, err = room(b.dir); err != nil {
		return 0, 0, fmt.Errorf("asking for the room on the disk: %w", err)
	}
	return free, whole, nil
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

// bare is where a document lies that is ciphertext already (see PutSealed): as it is.
func (b *Blobs) bare(d Digest) string { return strings.TrimSuffix(b.path(d), ".age") + bareEnding }

const bareEnding = ".sealed"

// Has tells whether the document is on this laptop.
func (b *Blobs) Has(d Digest) bool {
	_, err := os.Stat(b.path(d))
	if err != nil {
		_, err = os.Stat(b.bare(d))
	}
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

// PutSealed stores what write writes, as it is: it must be ciphertext under a key that is
// kept elsewhere, since nothing is sealed again. Up to MaxBlob bytes; see Put.
func (b *Blobs) PutSealed(ctx context.Context, write func(io.Writer) error) (d Digest, n int64, err error) {
	tmp, err := os.CreateTemp(b.dir, ".incoming-*")
	if err != nil {
		return d, 0, fmt.Errorf("storing a sealed document: %w", explain(err))
	}
	sum := newDigester(tmp)
	err = write(&boundedWriter{ctx: ctx, to: sum, left: MaxBlob})
	d, n = sum.finish()
	if err == nil {
		err = tmp.Sync()
	}
	if err = errors.Join(err, tmp.Close()); err == nil {
		err = place(tmp.Name(), b.bare(d))
	}
	if err != nil {
		return Digest{}, 0, errors.Join(fmt.Errorf("storing a sealed document: %w", explain(err)), ignoreMissing(durable.Remove(tmp.Name())))
	}
	return d, n, nil
}

// digester writes to a file and hashes what it writes beside it, on another processor.
type digester struct {
	to    io.Writer
	n     int64
	queue chan []byte
	free  chan []byte
	done  chan Digest
}

const digestBlock, digestBlocks = 256 << 10, 4

func newDigester(to io.Writer) *digester {
	g := &digester{to: to, queue: make(chan []byte, digestBlocks), free: make(chan []byte, digestBlocks), done: make(chan Digest, 1)}
	for range digestBlocks {
		g.free <- make([]byte, 0, digestBlock)
	}
	go func() {
		hash := sha256.New()
		for block := range g.queue {
			hash.Write(block)
			g.free <- block[:0]
		}
		g.done <- Digest(hash.Sum(nil))
	}()
	return g
}

func (g *digester) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		n := min(len(rest), digestBlock)
		g.queue <- append(<-g.free, rest[:n]...)
		rest = rest[n:]
	}
	n, err := g.to.Write(p)
	g.n += int64(n)
	return n, err
}

// finish gives the digest and length of what was written.
func (g *digester) finish() (Digest, int64) {
	close(g.queue)
	return <-g.done, g.n
}

// Content is a document open for reading at any place; what is read is checked by age, unless it
// came by PutSealed.
type Content struct {
	io.ReaderAt
	Size int64 // bytes
	file *os.File
}

// Close closes the document's file.
func (c *Content) Close() error { return c.file.Close() }

// file opens a document's file, which is fetched first where it can be; sealed tells that it lies
// as it is (see PutSealed). ErrNotFound.
func (b *Blobs) file(d Digest) (f *os.File, sealed bool, err error) {
	f, sealed, err = b.present(d)
	fetch := b.fetch.Load()
	if !errors.Is(err, ErrNotFound) || fetch == nil {
		return f, sealed, err
	}
	if coming := (*fetch)(d); coming != nil {
		return nil, false, errors.Join(err, coming)
	}
	return b.present(d)
}

func (b *Blobs) present(d Digest) (f *os.File, sealed bool, err error) {
	if f, err = os.Open(b.bare(d)); err == nil {
		return f, true, nil
	}
	if f, err = os.Open(b.path(d)); errors.Is(err, fs.ErrNotExist) {
		err = ErrNotFound
	}
	return f, false, err
}

// OpenAt is Open for a reader that goes to places, and gives the length without reading.
func (b *Blobs) OpenAt(d Digest) (*Content, error) {
	f, sealed, err := b.file(d)
	if err != nil {
		return nil, fmt.Errorf("opening document %s: %w", d, err)
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening document %s: %w", d, err), f.Close())
	}
	if sealed {
		return &Content{ReaderAt: f, Size: info.Size(), file: f}, nil
	}
	content, size, err := age.DecryptReaderAt(f, info.Size(), b.identity)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening document %s: %w: %w", d, ErrDamaged, err), f.Close())
	}
	return &Content{ReaderAt: content, Size: size, file: f}, nil
}

func (b *Blobs) put(ctx context.Context, content io.Reader, want *Digest) (d Digest, n int64, err error) {
	tmp, err := os.CreateTemp(b.dir, ".incoming-*")
	if err != nil {
		return d, 0, err
	}
	defer func() {
		if tmp != nil {
			err = errors.Join(err, tmp.Close(), durable.Remove(tmp.Name()))
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
		return d, 0, errors.Join(err, durable.Remove(name))
	}
	if err := place(name, b.path(d)); err != nil {
		return d, 0, errors.Join(err, ignoreMissing(durable.Remove(name)))
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
	if err := durable.Rename(from, to); err != nil {
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
// by block as it is read. ErrNotFound when the document is not on this laptop and does not come.
func (b *Blobs) Open(d Digest) (io.ReadCloser, error) {
	f, sealed, err := b.file(d)
	if err != nil {
		return nil, fmt.Errorf("opening document %s: %w", d, err)
	}
	if sealed {
		return f, nil // whoever opens the ciphertext checks it
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
	f, sealed, err := b.file(d)
	if err != nil {
		return nil, fmt.Errorf("opening document %s: %w", d, err)
	}
	defer f.Close()
	content, err := b.whole(f, sealed, buf, limit, room)
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
func (b *Blobs) whole(f *os.File, sealed bool, buf []byte, limit int64, room int) ([]byte, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	var content io.ReaderAt = f
	size := info.Size()
	if !sealed {
		if content, size, err = age.DecryptReaderAt(f, size, b.identity); err != nil {
			return nil, err
		}
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
		ending := filepath.Ext(name)
		if entry.IsDir() || ending != ".age" && ending != bareEnding {
			return nil
		}
		d, err := ParseDigest(strings.TrimSuffix(name, ending))
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

// boundedWriter is bounded for what is written.
type boundedWriter struct {
	ctx  context.Context
	to   io.Writer
	left int64
}

func (w *boundedWriter) Write(p []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	if w.left -= int64(len(p)); w.left < 0 {
		return 0, ErrTooLarge
	}
	return w.to.Write(p)
}
