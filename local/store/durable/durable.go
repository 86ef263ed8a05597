// Package durable writes files that survive a power cut: whole, or not at all; and waits for a file that another program
// holds for a moment.
package durable

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
)

// WriteFile gives the file at path, for its owner alone, a new content: a power
// cut leaves the former one or this one. The folder exists.
func WriteFile(path string, content []byte) error { return Copy(path, bytes.NewReader(content)) }

// Copy is WriteFile for a content that is read as it comes. A reading that fails leaves the former content.
func Copy(path string, from io.Reader) error {
	dir := filepath.Dir(path)
	tmp, err := os.CreateTemp(dir, filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = io.Copy(tmp, from)
	err = errors.Join(err, tmp.Sync(), tmp.Close())
	if err == nil {
		err = Rename(tmp.Name(), path)
	}
	if err != nil {
		return errors.Join(err, Remove(tmp.Name()))
	}
	return SyncDir(dir)
}
