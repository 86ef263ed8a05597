package backup_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"filippo.io/age"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/sync/protocol"
	"alpi40.fr/airial/sync/server"
	"alpi40.fr/airial/sync/server/backup"
	"alpi40.fr/airial/sync/server/embedded"
)

var noon = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

const town = "111111111"

type house struct {
	*embedded.Server
	dir, to  string
	identity *age.X25519Identity
	now      time.Time
	b        *backup.Backup
}

func start(t *testing.T) *house {
	t.Helper()
	h := &house{dir: t.TempDir(), to: t.TempDir(), now: noon}
	o := embedded.Options{Dir: h.dir, Now: func() time.Time { return h.now }, Rand: rand.Reader}
	if err := embedded.Init(o, "alpi-essai", []string{"127.0.0.1"}); err != nil {
		t.Fatal(err)
	}
	var err error
	if h.Server, err = embedded.Open(context.Background(), o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	if err := h.AddAuthority(context.Background(), server.Authority{ID: town, Name: "Commune d’essai"}); err != nil {
		t.Fatal(err)
	}
	if h.identity, err = age.GenerateX25519Identity(); err != nil {
		t.Fatal(err)
	}
	h.b, err = backup.New(backup.Options{Dir: h.dir, To: h.to, Recipients: []age.Recipient{h.identity.Recipient()}, Storage: h.Storage, Blobs: h.Blobs, Now: o.Now})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// write adds an entry that names a document of its own.
func (h *house) write(t *testing.T, authority, text string) {
	t.Helper()
	ctx := context.Background()
	d := store.DigestOf([]byte(text))
	err := errors.Join(h.Blobs.Put(ctx, authority, d, int64(len(text)), bytes.NewReader([]byte(text))), h.Storage.NoteBlobs(ctx, authority, []server.Blob{{Digest: d, Size: int64(len(text))}}))
	if err == nil {
		err = h.Storage.Write(ctx, authority, func(l server.Log) error {
			n, err := l.Size()
			if err != nil {
				return err
			}
			p := journal.Placed{Seq: n + 1, Entry: journal.Entry{ID: fmt.Sprint(authority, n), Authority: authority, Stream: fmt.Sprint("essai/", n), Version: 1, Kind: "essai.noted", Schema: 1,
				Data: []byte(`"` + text + `"`), Blobs: []store.Digest{d}, Actor: "personne", Device: "d1", DeviceSeq: n + 1, At: noon}}
			p.Hash = p.ComputeHash()
			return server.Append(l, []journal.Placed{p})
		})
	}
	if err != nil {
		t.Fatal(err)
	}
}

func (h *house) part(t *testing.T, want bool) {
	t.Helper()
	h.now = h.now.Add(time.Minute)
	if name, err := h.b.Part(context.Background()); err != nil || (name != "") != want {
		t.Fatalf("%q %v", name, err)
	}
}

func (h *house) restore(until time.Time, to string) (backup.Report, error) {
	return backup.Restore(context.Background(), h.to, []age.Identity{h.identity}, until, to)
}

// The server of any moment comes back, in a folder that serves.
func TestAnyMomentComesBack(t *testing.T) {
	ctx := context.Background()
	h := start(t)
	h.write(t, town, "avant la copie")
	if _, err := h.b.Whole(ctx); err != nil {
		t.Fatal(err)
	}
	first := h.now
	h.part(t, false)
	if err := h.Storage.PutDevice(ctx, town, protocol.Device{ID: "d1", Name: "poste", Signature: make([]byte, 32), Exchange: make([]byte, 32), Enrolled: noon}); err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		h.write(t, town, fmt.Sprint("une minute après, ", i))
	}
	if err := h.Storage.PutKeys(ctx, town, []journal.SubjectKey{{Subject: "x", Key: []byte{1}}}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Storage.NoteAct(ctx, server.AuditLine{At: noon, Who: "exploitation", Act: "essai"}); err != nil {
		t.Fatal(err)
	}
	h.part(t, true)
	second := h.now
	if err := h.AddAuthority(ctx, server.Authority{ID: "222222222", Name: "Autre"}); err != nil {
		t.Fatal(err)
	}
	h.write(t, "222222222", "chez l’autre")
	if err := h.Storage.PutKeys(ctx, town, []journal.SubjectKey{{Subject: "x", Forgotten: true}}); err != nil {
		t.Fatal(err)
	}
	h.part(t, true)

	for _, row := range []struct {
		name                            string
		until                           time.Time
		authorities, entries, documents int64
		keys, acts                      int
	}{{"whole", first, 1, 1, 1, 0, 0}, {"part", second, 1, 4, 4, 1, 1}, {"last", time.Time{}, 2, 5, 5, 1, 1}} {
		to := filepath.Join(t.TempDir(), "rendu")
		r, err := h.restore(row.until, to)
		if err != nil || r.Authorities != row.authorities || r.Entries != row.entries || r.Documents != row.documents {
			t.Fatalf("%s: %+v %v", row.name, r, err)
		}
		back, err := embedded.Open(ctx, embedded.Options{Dir: to, Now: time.Now, Rand: rand.Reader})
		if err != nil {
			t.Fatal(err)
		}
		if !back.PublicLogKey().Equal(h.PublicLogKey()) {
			t.Errorf("%s: it has other keys", row.name)
		}
		keys, err := back.Storage.KeysAfter(ctx, town, 0, 10)
		if err != nil || len(keys) != row.keys || row.name == "last" && !keys[0].Forgotten {
			t.Errorf("%s: %+v %v", row.name, keys, err)
		}
		acts, err := back.Storage.Acts(ctx, 0, 10)
		if err != nil || len(acts) != row.acts {
			t.Errorf("%s: %+v %v", row.name, acts, err)
		}
		if _, err := os.Stat(filepath.Join(to, embedded.RecoveringFile)); err != nil {
			t.Errorf("%s: it does not take back what it gave since: %v", row.name, err)
		}
		if err := back.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := h.restore(first.Add(-time.Hour), filepath.Join(t.TempDir(), "x")); !errors.Is(err, backup.ErrNone) {
		t.Errorf("before the first: %v", err)
	}
	if _, err := h.restore(time.Time{}, h.dir); !errors.Is(err, backup.ErrNotEmpty) {
		t.Errorf("over a server: %v", err)
	}
}

// What is missing from the copies is told, and which key opens them is the only one.
func TestDamagedCopies(t *testing.T) {
	ctx := context.Background()
	h := start(t)
	h.write(t, town, "un")
	if _, err := h.b.Whole(ctx); err != nil {
		t.Fatal(err)
	}
	h.write(t, town, "deux")
	h.part(t, true)
	h.write(t, town, "trois")
	h.part(t, true)

	err := filepath.WalkDir(h.to, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if !bytes.HasPrefix(text, []byte("age-encryption.org/v1\n")) {
			t.Errorf("%s is not encrypted", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	other, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := backup.Restore(ctx, h.to, []age.Identity{other}, time.Time{}, filepath.Join(t.TempDir(), "x")); err == nil {
		t.Error("another key opens the copies")
	}
	lost := filepath.Join(h.to, "blobs", town, store.DigestOf([]byte("deux")).String()+".age")
	if err := os.Remove(lost); err != nil {
		t.Fatal(err)
	}
	if r, err := h.restore(time.Time{}, filepath.Join(t.TempDir(), "x")); !errors.Is(err, backup.ErrMissing) || len(r.Missing) != 1 || r.Entries != 3 {
		t.Errorf("%+v %v", r, err)
	}
	parts, err := filepath.Glob(filepath.Join(h.to, "part", "*.age"))
	if err != nil || len(parts) != 2 {
		t.Fatal(parts, err)
	}
	if err := os.Truncate(parts[1], 200); err != nil {
		t.Fatal(err)
	}
	if _, err := h.restore(time.Time{}, filepath.Join(t.TempDir(), "x")); err == nil {
		t.Error("a cut part is taken")
	}
	if err := os.Remove(parts[0]); err != nil {
		t.Fatal(err)
	}
	h.write(t, town, "quatre")
	h.part(t, true)
	if err := os.Remove(parts[1]); err != nil {
		t.Fatal(err)
	}
	if _, err := h.restore(time.Time{}, filepath.Join(t.TempDir(), "x")); !errors.Is(err, backup.ErrHole) {
		t.Errorf("a missing part: %v", err)
	}
}

// A document that arrives after the entry that names it is copied then.
func TestLateDocument(t *testing.T) {
	ctx := context.Background()
	h := start(t)
	if _, err := h.b.Whole(ctx); err != nil {
		t.Fatal(err)
	}
	scan := []byte("un scan qui tarde")
	d := store.DigestOf(scan)
	err := h.Storage.Write(ctx, town, func(l server.Log) error {
		p := journal.Placed{Seq: 1, Entry: journal.Entry{ID: "x", Authority: town, Stream: "essai/1", Version: 1, Kind: "essai.noted", Schema: 1, Data: []byte("{}"), Blobs: []store.Digest{d}, Actor: "p", Device: "d1", DeviceSeq: 1, At: noon}}
		p.Hash = p.ComputeHash()
		return server.Append(l, []journal.Placed{p})
	})
	if err != nil {
		t.Fatal(err)
	}
	h.part(t, true)
	h.part(t, false)
	err = errors.Join(h.Blobs.Put(ctx, town, d, int64(len(scan)), bytes.NewReader(scan)), h.Storage.NoteBlobs(ctx, town, []server.Blob{{Digest: d, Size: int64(len(scan))}}))
	if err != nil {
		t.Fatal(err)
	}
	h.part(t, true)
	if r, err := h.restore(time.Time{}, filepath.Join(t.TempDir(), "rendu")); err != nil || r.Documents != 1 || r.Entries != 1 {
		t.Errorf("%+v %v", r, err)
	}
}
