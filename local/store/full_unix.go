//go:build !windows

package store

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// fullCodes are the system's errors for a disk, or a person's share of it, that is full.
var fullCodes = []error{syscall.ENOSPC, syscall.EDQUOT}

// room is how many bytes this person may still write in dir.
func room(dir string) (free, whole int64, err error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, 0, err
	}
	return int64(s.Bavail) * int64(s.Bsize), int64(s.Blocks) * int64(s.Bsize), nil
}
