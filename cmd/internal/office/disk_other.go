//go:build !windows

package office

import "golang.org/x/sys/unix"

// diskOf gives the bytes that are free for this person, and all, of the disk of a folder.
func diskOf(dir string) (free, total uint64, err error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, 0, err
	}
	return s.Bavail * uint64(s.Bsize), s.Blocks * uint64(s.Bsize), nil
}
