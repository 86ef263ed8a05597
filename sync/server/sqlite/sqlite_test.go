package sqlite_test

import (
	"context"
	"path/filepath"
	"testing"

	"alpi40.fr/airial/sync/server"
	"alpi40.fr/airial/sync/server/sqlite"
	"alpi40.fr/airial/sync/server/storagetest"
)

func TestConformance(t *testing.T) {
	storagetest.Run(t, func(t *testing.T) server.Storage {
		s, err := sqlite.Open(context.Background(), filepath.Join(t.TempDir(), "un dossier", "server.db"), nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return s
	})
}
