package logbook_test

import (
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"alpi40.fr/airial/cmd/internal/logbook"
)

// Starts that come to no working window are counted in a row; one that does ends the count, and so does a stop that was wanted.
func TestStarts(t *testing.T) {
	dir := t.TempDir()
	start := func(want int) *logbook.Logbook {
		t.Helper()
		l, err := logbook.Open(dir, "1", time.Now(), io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		if l.Starts != want {
			t.Errorf("%d starts, want %d", l.Starts, want)
		}
		return l
	}
	start(0)
	start(1)
	start(2).Came()
	start(0)
	if err := start(1).Close(); err != nil {
		t.Error(err)
	}
	start(0)
	if err := os.WriteFile(filepath.Join(dir, "starts"), []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	start(0)
}
