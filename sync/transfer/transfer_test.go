package transfer_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/sync/protocol"
	"alpi40.fr/airial/sync/transfer"
)

// A passphrase can be told: it has no letter that is taken for another, and none is likelier.
func TestPassphrases(t *testing.T) {
	count := map[rune]int{}
	for range 2000 {
		k, err := transfer.NewKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if len(k.Phrase) != 14 || k.Phrase[4] != '-' || k.Phrase[9] != '-' || strings.ContainsAny(k.Phrase, "ilo01") {
			t.Fatal(k.Phrase)
		}
		for _, r := range strings.ReplaceAll(k.Phrase, "-", "") {
			count[r]++
		}
	}
	for r, n := range count {
		if n < 600 || n > 950 { // 774 are expected, with a deviation of 27
			t.Errorf("%c came %d times", r, n)
		}
	}
	if len(count) != 31 {
		t.Error(len(count), "letters")
	}
}

// disk is a door that keeps pieces in a folder.
type disk struct {
	dir  string
	file protocol.LinkFile
}

func (d *disk) PutPiece(_ context.Context, _ string, digest store.Digest, piece []byte) error {
	return os.WriteFile(filepath.Join(d.dir, digest.String()), piece, 0o600)
}

func (d *disk) AddFile(_ context.Context, _ string, f protocol.LinkFile) error {
	d.file = f
	return nil
}

func (d *disk) Piece(_ context.Context, _ string, digest store.Digest) ([]byte, error) {
	return os.ReadFile(filepath.Join(d.dir, digest.String()))
}

// pattern is a long content that costs no memory.
type pattern struct{}

func (pattern) ReadAt(p []byte, at int64) (int, error) {
	for i := range p {
		p[i] = byte((at + int64(i)) >> 12)
	}
	return len(p), nil
}

// BenchmarkTransfer sends and fetches a file of 1 GiB (AIRIAL_TRANSFER_GIB says how many), and tells the
// memory that it held at the most.
func BenchmarkTransfer(b *testing.B) {
	gib, err := strconv.ParseInt(os.Getenv("AIRIAL_TRANSFER_GIB"), 10, 64)
	if err != nil {
		gib = 1
	}
	size := gib << 30
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(2 * size)
	for b.Loop() {
		door := &disk{dir: b.TempDir()}
		most, stop := watchMemory()
		err := transfer.Send(b.Context(), door, "l", identity.Recipient().String(), transfer.File{Name: "gros", Size: size, Modified: time.Now(), Content: pattern{}}, transfer.State{}, func(transfer.State) error { return nil }, func(int64) {})
		if err != nil {
			b.Fatal(err)
		}
		m, err := transfer.Manifest(door.file, identity)
		if err != nil {
			b.Fatal(err)
		}
		n, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, transfer.Fetch(b.Context(), door, "l", m, identity), make([]byte, 1<<20))
		if err != nil || n != size {
			b.Fatal(n, err)
		}
		stop()
		b.ReportMetric(float64(<-most)/(1<<20), "MiB")
	}
}

// watchMemory gives the most that the heap held until stop.
func watchMemory() (most <-chan uint64, stop func()) {
	told, end := make(chan uint64, 1), make(chan struct{})
	go func() {
		var top uint64
		var s runtime.MemStats
		for {
			select {
			case <-end:
				told <- top
				return
			case <-time.After(20 * time.Millisecond):
				runtime.ReadMemStats(&s)
				top = max(top, s.HeapInuse)
			}
		}
	}()
	return told, func() { close(end) }
}

// Whatever a manifest says, reading it ends with its bytes or an error: it comes from a stranger.
func FuzzManifest(f *testing.F) {
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(`{"name":"a","size":3,"pieces":[]}`))
	f.Add([]byte(`{"size":-1}`))
	f.Add([]byte(`{"pieces":["00"]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var sealed bytes.Buffer
		w, err := age.Encrypt(&sealed, identity.Recipient())
		if err == nil {
			_, err = w.Write(text)
		}
		if err == nil {
			err = w.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
		m, err := transfer.Manifest(protocol.LinkFile{Manifest: sealed.Bytes()}, identity)
		if err == nil && (m.Size < 0 || len(m.Pieces) > protocol.MaxPieces) {
			t.Fatal(m)
		}
		if _, err := transfer.Manifest(protocol.LinkFile{Manifest: text}, identity); err == nil {
			t.Fatal("what nobody sealed was read")
		}
	})
}
