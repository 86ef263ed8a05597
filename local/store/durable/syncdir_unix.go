//go:build !windows

package durable

import (
	"errors"
	"os"
)

// SyncDir makes a rename in dir durable.
func SyncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
