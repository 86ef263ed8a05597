// Package backup keeps an embedded server's encrypted copies in a folder, made
// while it answers, and gives back the server of a chosen moment.
//
//	<folder>/whole/20261128T190000.000Z.age   all but the documents: a tar of the database and the keys
//	<folder>/part/20261128T190100.000Z.age    what came since the copy before (zstd, JSON lines)
//	<folder>/blobs/<authority>/<digest>.age   each document, once
//
// Each file is in the age format: any age program opens it with the identity, which
// the server never holds. A moment is given back from the last whole copy before it
// and the parts between. A log grows only at its end, so a part is what stands after
// the sizes of the part before; a hole between two parts is found by the numbers.
package backup

import (
	"archive/tar"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"filippo.io/age"
	"github.com/klauspost/compress/zstd"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/store/durable"
	"alpi40.fr/airial/sync/protocol"
	"alpi40.fr/airial/sync/server"
	"alpi40.fr/airial/sync/server/sqlite"
)

// Options say what is copied, where, and for whom.
type Options struct {
	Dir        string // the server's folder
	To         string // the folder of the copies
	Recipients []age.Recipient
	Storage    server.Storage
	Blobs      server.Blobs
	Now        func() time.Time
}

// stamp is how moments are written in names: their order is that of time.
const stamp = "20060102T150405.000Z"

// keyFiles are the server's own files; the last ones may be missing.
var keyFiles = []string{"server.json", "tls.crt", "tls.key", "settings.json"}

const databaseFile = "server.db"

// Backup makes copies of one server.
type Backup struct {
	o     Options
	last  string // the name of the copy before
	marks map[string]mark
	house house
	// late are documents that entries named before they arrived, by authority.
	late map[string]map[store.Digest]bool
}

// mark is how far an authority is copied.
type mark struct {
	size    int64
	keys    int64
	devices journal.Hash
}

// house is what belongs to no authority.
type house struct {
	Trust          *server.Published           `json:"trust,omitempty"`
	Parcels        map[string]server.Published `json:"parcels,omitempty"`
	Administrators []server.Administrator      `json:"administrators,omitempty"`
	acts           int64
}

// New prepares copies; the first is a whole one.
func New(o Options) (*Backup, error) {
	if len(o.Recipients) == 0 {
		return nil, errors.New("a copy is made for somebody: a recipient is missing")
	}
	for _, shelf := range []string{"whole", "part", "blobs"} {
		if err := os.MkdirAll(filepath.Join(o.To, shelf), 0o700); err != nil {
			return nil, fmt.Errorf("making the folder of the copies: %w", err)
		}
	}
	return &Backup{o: o, late: map[string]map[store.Digest]bool{}}, nil
}

// Run copies until ctx is done: a part each every, a whole each whole. told hears of what failed,
// which is tried again at the next turn.
func (b *Backup) Run(ctx context.Context, every, whole time.Duration, told func(error)) {
	turn := time.NewTicker(every)
	defer turn.Stop()
	var last time.Time
	for {
		var err error
		if now := b.o.Now(); b.marks == nil || now.Sub(last) >= whole || now.Before(last) {
			if _, err = b.Whole(ctx); err == nil {
				last = now
			}
		} else {
			_, err = b.Part(ctx)
		}
		if err != nil && ctx.Err() == nil {
			told(err)
		}
		select {
		case <-turn.C:
		case <-ctx.Done():
			return
		}
	}
}

// Whole makes a whole copy and gives its name.
func (b *Backup) Whole(ctx context.Context) (name string, err error) {
	now := b.o.Now().UTC().Format(stamp)
	// What is copied after the marks stands in the copy and in the next part too: that does no harm.
	marks, h, err := b.look(ctx)
	if err != nil {
		return "", fmt.Errorf("copying the server: %w", err)
	}
	tmp, err := os.MkdirTemp(b.o.Dir, "copie-")
	if err != nil {
		return "", fmt.Errorf("copying the server: %w", err)
	}
	defer os.RemoveAll(tmp)
	snapshot := filepath.Join(tmp, databaseFile)
	if err := sqlite.Snapshot(ctx, filepath.Join(b.o.Dir, databaseFile), snapshot); err != nil {
		return "", err
	}
	name = filepath.Join("whole", now+".age")
	err = b.seal(name, func(w io.Writer) error {
		t := tar.NewWriter(w)
		for _, file := range keyFiles {
			if err := addFile(t, file, filepath.Join(b.o.Dir, file)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
		return errors.Join(addFile(t, databaseFile, snapshot), t.Close())
	})
	if err == nil {
		err = b.allDocuments(ctx)
	}
	if err != nil {
		return "", fmt.Errorf("copying the server: %w", err)
	}
	b.last, b.marks, b.house = now, marks, h
	return name, nil
}

// look gives how far everything is.
func (b *Backup) look(ctx context.Context) (map[string]mark, house, error) {
	marks := map[string]mark{}
	h, err := b.lookHouse(ctx)
	if err != nil {
		return nil, h, err
	}
	authorities, err := b.o.Storage.Authorities(ctx)
	if err != nil {
		return nil, h, err
	}
	for _, a := range authorities {
		var m mark
		err := b.o.Storage.Read(ctx, a.ID, func(l server.Log) (err error) { m.size, err = l.Size(); return err })
		if err != nil {
			return nil, h, err
		}
		marks[a.ID] = m // keys and devices are few: the next part has them all
	}
	return marks, h, nil
}

func (b *Backup) lookHouse(ctx context.Context) (h house, err error) {
	t, err := b.o.Storage.Trust(ctx)
	if err == nil {
		h.Trust = &t
	} else if !errors.Is(err, server.ErrNotFound) {
		return h, err
	}
	if h.Parcels, err = b.o.Storage.Parcels(ctx); err != nil {
		return h, err
	}
	if h.Administrators, err = b.o.Storage.Administrators(ctx); err != nil {
		return h, err
	}
	last, err := b.o.Storage.Acts(ctx, 0, 1)
	if err == nil && len(last) == 1 {
		h.acts = last[0].Seq
	}
	return h, err
}

// record is one line of a part.
type record struct {
	// The first line.
	After string `json:"after,omitempty"`

	Authority *server.Authority  `json:"authority,omitempty"`
	Devices   []protocol.Device  `json:"devices,omitempty"`
	Entries   []journal.Placed   `json:"entries,omitempty"`
	Keys      []server.PlacedKey `json:"keys,omitempty"`
	Blobs     []server.Blob      `json:"blobs,omitempty"`

	House *house             `json:"house,omitempty"`
	Acts  []server.AuditLine `json:"acts,omitempty"`
}

// Part copies what came since the copy before; its name is empty when nothing did.
func (b *Backup) Part(ctx context.Context) (name string, err error) {
	if b.marks == nil {
		return b.Whole(ctx)
	}
	now := b.o.Now().UTC().Format(stamp)
	if now <= b.last {
		return "", fmt.Errorf("copying what came: the clock went back, from %s to %s", b.last, now)
	}
	name = filepath.Join("part", now+".age")
	marks, h := map[string]mark{}, house{}
	lines := 0
	err = b.seal(name, func(w io.Writer) error {
		z, err := zstd.NewWriter(w)
		if err != nil {
			return err
		}
		out := json.NewEncoder(z)
		write := func(r record) error {
			lines++
			return out.Encode(r)
		}
		if err := out.Encode(record{After: b.last}); err != nil {
			return err
		}
		authorities, err := b.o.Storage.Authorities(ctx)
		if err != nil {
			return err
		}
		for _, a := range authorities {
			if marks[a.ID], err = b.authority(ctx, a, write); err != nil {
				return fmt.Errorf("authority %s: %w", a.ID, err)
			}
		}
		if h, err = b.houseSince(ctx, write); err != nil {
			return err
		}
		if lines == 0 {
			return errNothing
		}
		return z.Close()
	})
	if errors.Is(err, errNothing) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("copying what came: %w", err)
	}
	b.last, b.marks, b.house = now, marks, h
	return name, nil
}

var errNothing = errors.New("nothing came")

const page = protocol.MaxEntries

func (b *Backup) authority(ctx context.Context, a server.Authority, write func(record) error) (mark, error) {
	m, known := b.marks[a.ID]
	if !known {
		if err := write(record{Authority: &a}); err != nil {
			return m, err
		}
	}
	for {
		var some []journal.Placed
		err := b.o.Storage.Read(ctx, a.ID, func(l server.Log) (err error) { some, err = l.Entries(m.size, page); return err })
		if err != nil {
			return m, err
		}
		if len(some) == 0 {
			break
		}
		blobs, err := b.named(ctx, a.ID, some)
		if err != nil {
			return m, err
		}
		if err := write(record{Authority: &a, Entries: some, Blobs: blobs}); err != nil {
			return m, err
		}
		m.size = some[len(some)-1].Seq
	}
	arrived, err := b.arrived(ctx, a.ID)
	if err != nil {
		return m, err
	}
	if len(arrived) > 0 {
		if err := write(record{Authority: &a, Blobs: arrived}); err != nil {
			return m, err
		}
	}
	// After the entries: each device of theirs was enrolled before it wrote.
	devices, err := b.o.Storage.Devices(ctx, a.ID)
	if err != nil {
		return m, err
	}
	if sum := protocol.DevicesHash(devices); sum != m.devices {
		if m.devices = sum; len(devices) > 0 {
			if err := write(record{Authority: &a, Devices: devices}); err != nil {
				return m, err
			}
		}
	}
	for {
		keys, err := b.o.Storage.KeysAfter(ctx, a.ID, m.keys, page)
		if err != nil || len(keys) == 0 {
			return m, err
		}
		if err := write(record{Authority: &a, Keys: keys}); err != nil {
			return m, err
		}
		m.keys = keys[len(keys)-1].Place
	}
}

// arrived copies the documents that were late and are there now.
func (b *Backup) arrived(ctx context.Context, authority string) (blobs []server.Blob, err error) {
	for d := range b.late[authority] {
		size, err := b.document(ctx, authority, d)
		if errors.Is(err, server.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		delete(b.late[authority], d)
		blobs = append(blobs, server.Blob{Digest: d, Size: size})
	}
	return blobs, nil
}

// named copies the documents that entries name.
func (b *Backup) named(ctx context.Context, authority string, entries []journal.Placed) (blobs []server.Blob, err error) {
	seen := map[store.Digest]bool{}
	for i := range entries {
		for _, d := range entries[i].Blobs {
			if seen[d] {
				continue
			}
			seen[d] = true
			size, err := b.document(ctx, authority, d)
			if errors.Is(err, server.ErrNotFound) {
				// An act overtakes the scan that it names: the scan is copied once it is there.
				if b.late[authority] == nil {
					b.late[authority] = map[store.Digest]bool{}
				}
				b.late[authority][d] = true
				continue
			}
			if err != nil {
				return nil, err
			}
			blobs = append(blobs, server.Blob{Digest: d, Size: size})
		}
	}
	return blobs, nil
}

// houseSince copies what changed of what belongs to no authority.
func (b *Backup) houseSince(ctx context.Context, write func(record) error) (house, error) {
	h, err := b.lookHouse(ctx)
	if err != nil {
		return h, err
	}
	now, err := json.Marshal(h)
	if err != nil {
		return h, err
	}
	before, err := json.Marshal(b.house)
	if err != nil {
		return h, err
	}
	if string(now) != string(before) {
		if err := b.shelves(ctx, h); err != nil {
			return h, err
		}
		if err := write(record{House: &h}); err != nil {
			return h, err
		}
	}
	var acts []server.AuditLine
	for before := h.acts + 1; before > b.house.acts+1; {
		some, err := b.o.Storage.Acts(ctx, before, page)
		if err != nil {
			return h, err
		}
		if len(some) == 0 {
			break
		}
		for _, l := range some {
			if l.Seq > b.house.acts {
				acts = append([]server.AuditLine{l}, acts...)
			}
		}
		before = some[len(some)-1].Seq
	}
	if len(acts) > 0 {
		err = write(record{Acts: acts})
	}
	return h, err
}

// shelves copies the packages that laptops fetch.
func (b *Backup) shelves(ctx context.Context, h house) error {
	if h.Trust != nil {
		if _, err := b.document(ctx, server.TrustShelf, h.Trust.Digest); err != nil {
			return err
		}
	}
	for _, p := range h.Parcels {
		if _, err := b.document(ctx, server.ParcelShelf, p.Digest); err != nil {
			return err
		}
	}
	return nil
}

// allDocuments copies those that are not copied yet.
func (b *Backup) allDocuments(ctx context.Context) error {
	h, err := b.lookHouse(ctx)
	if err != nil {
		return err
	}
	if err := b.shelves(ctx, h); err != nil {
		return err
	}
	authorities, err := b.o.Storage.Authorities(ctx)
	if err != nil {
		return err
	}
	for _, a := range authorities {
		for after := (store.Digest{}); ; {
			some, err := b.o.Storage.BlobsAfter(ctx, a.ID, after, page)
			if err != nil {
				return err
			}
			if len(some) == 0 {
				break
			}
			for _, d := range some {
				if _, err := b.document(ctx, a.ID, d.Digest); err != nil {
					return err
				}
			}
			after = some[len(some)-1].Digest
		}
	}
	return nil
}

// document copies one, unless it is copied, and gives its size.
func (b *Backup) document(ctx context.Context, authority string, d store.Digest) (size int64, err error) {
	content, err := b.o.Blobs.Open(ctx, authority, d)
	if err != nil {
		return 0, fmt.Errorf("document %s: %w", d, err)
	}
	defer content.Close()
	name := filepath.Join("blobs", authority, d.String()+".age")
	if _, err := os.Stat(filepath.Join(b.o.To, name)); err == nil {
		return content.Seek(0, io.SeekEnd)
	}
	if err := os.MkdirAll(filepath.Join(b.o.To, "blobs", authority), 0o700); err != nil {
		return 0, err
	}
	err = b.seal(name, func(w io.Writer) (err error) { size, err = io.Copy(w, content); return err })
	return size, err
}

// seal writes a file for the recipients: whole and durable under its name, or not at all.
func (b *Backup) seal(name string, write func(io.Writer) error) error {
	path := filepath.Join(b.o.To, name)
	f, err := os.CreateTemp(filepath.Dir(path), ".copie-*")
	if err != nil {
		return err
	}
	w, err := age.Encrypt(f, b.o.Recipients...)
	if err == nil {
		if err = write(w); err == nil {
			err = w.Close()
		}
	}
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return durable.SyncDir(filepath.Dir(path))
}

func addFile(t *tar.Writer, name, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if err := t.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: info.Size(), ModTime: info.ModTime()}); err != nil {
		return err
	}
	_, err = io.Copy(t, f)
	return err
}
