package demo

import (
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
)

// freeFolder makes a folder for a name, plain in the file system.
func freeFolder(dir, name string) (string, error) {
	h := fnv.New64a()
	_, _ = h.Write([]byte(name))
	path := filepath.Join(dir, fmt.Sprintf("%x", h.Sum64()))
	if err := os.RemoveAll(path); err != nil {
		return "", fmt.Errorf("clearing a token's folder: %w", err)
	}
	return path, nil
}
