package store_test

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"alpi40.fr/airial/local/store"
)

// What is sealed already is kept as it is, under its digest, and is read like any document.
func TestPutSealed(t *testing.T) {
	db := open(t, t.TempDir())
	blobs := db.Blobs()
	for _, size := range []int{0, 1, 300 << 10, 1<<20 + 7} {
		content := bytes.Repeat([]byte("chiffré!"), size/8+1)[:size]
		d, n, err := blobs.PutSealed(t.Context(), func(w io.Writer) error {
			for rest := content; len(rest) > 0; {
				k := min(len(rest), 100_001)
				if _, err := w.Write(rest[:k]); err != nil {
					return err
				}
				rest = rest[k:]
			}
			return nil
		})
		if err != nil || n != int64(size) || d != store.DigestOf(content) || !blobs.Has(d) {
			t.Fatal(size, n, d, err)
		}
		whole, err := blobs.Read(d, 2<<20)
		if err != nil || !bytes.Equal(whole, content) {
			t.Fatal(size, err)
		}
		at, err := blobs.OpenAt(d)
		if err != nil || at.Size != int64(size) {
			t.Fatal(size, err)
		}
		if err := errors.Join(at.Close(), blobs.Verify(t.Context(), d)); err != nil {
			t.Fatal(err)
		}
	}
	listed := 0
	if err := blobs.List(t.Context(), func(store.Digest) error { listed++; return nil }); err != nil || listed != 4 {
		t.Fatal(listed, err)
	}
	wrong := errors.New("le lecteur s’arrête")
	if _, _, err := blobs.PutSealed(t.Context(), func(w io.Writer) error { _, _ = w.Write([]byte("moitié")); return wrong }); !errors.Is(err, wrong) {
		t.Fatal(err)
	}
	if blobs.Has(store.DigestOf([]byte("moitié"))) {
		t.Fatal("half a document was kept")
	}
	plain, err := blobs.PutBytes(t.Context(), []byte("clair"))
	if err != nil {
		t.Fatal(err)
	}
	c, err := blobs.OpenAt(plain)
	if err != nil || c.Size != 5 {
		t.Fatal(err)
	}
	text := make([]byte, 3)
	if _, err := c.ReadAt(text, 1); err != nil || string(text) != "lai" {
		t.Fatal(string(text), err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
}
