package server_test

import (
	"testing"

	"alpi40.fr/airial/sync/server"
	"alpi40.fr/airial/sync/server/storagetest"
)

func TestFolder(t *testing.T) {
	storagetest.RunBlobs(t, func(t *testing.T) server.Blobs {
		f, err := server.NewFolder(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		return f
	})
}

func TestUploadFolder(t *testing.T) {
	dir := t.TempDir()
	storagetest.RunUploads(t, func(t *testing.T) server.Uploads {
		u, err := server.NewUploadFolder(dir)
		if err != nil {
			t.Fatal(err)
		}
		return u
	})
}
