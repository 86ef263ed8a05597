package store_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/store/durable"
)

// One memory serves for several documents, and has room after each; a document of any
// length comes back whole.
func TestReadInto(t *testing.T) {
	blobs := open(t, t.TempDir()).Blobs()
	const block = 64 << 10 // of the sealed format
	var memory []byte
	for _, size := range []int{5*block + 7, 0, 1, block - 1, block, block + 1, 2 * block} {
		content := bytes.Repeat([]byte("é"), size)[:size]
		d, err := blobs.PutBytes(t.Context(), content)
		if err != nil {
			t.Fatal(err)
		}
		got, err := blobs.ReadInto(memory, d, 1<<20, 100)
		if err != nil || !bytes.Equal(got, content) || cap(got) < size+100 {
			t.Fatalf("%d bytes: %d of %d, %v", size, len(got), cap(got), err)
		}
		if memory != nil && &got[:1][0] != &memory[:1][0] {
			t.Errorf("%d bytes: another memory was taken", size)
		}
		memory = got
		if _, err := blobs.ReadInto(memory, store.Digest{}, 1<<20, 0); err == nil {
			t.Error("an absent document was read")
		}
	}
}

func TestReadFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fichier")
	if err := os.WriteFile(path, []byte("0123456789"), 0o600); err != nil {
		t.Fatal(err)
	}
	for limit, want := range map[int64]string{100: "0123456789", 10: "0123456789", 9: "0123456789", 4: "01234"} {
		if got, err := durable.ReadFile(path, limit); err != nil || string(got) != want {
			t.Errorf("limit %d: %q %v", limit, got, err)
		}
	}
	if _, err := durable.ReadFile(path+"absent", 1); err == nil {
		t.Error("an absent file was read")
	}
	if got, err := durable.ReadFile(os.DevNull, 1); err != nil || len(got) != 0 {
		t.Errorf("no regular file: %q %v", got, err)
	}
}
