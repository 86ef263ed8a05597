package store

import (
	"math"

	"golang.org/x/sys/windows"
)

// fullCodes are the system's errors for a disk, or a person's share of it, that is full.
var fullCodes = []error{
	windows.ERROR_DISK_FULL, windows.ERROR_HANDLE_DISK_FULL, windows.ERROR_DISK_QUOTA_EXCEEDED,
}

// room is how many bytes this person may still write in dir.
func room(dir string) (free, whole int64, err error) {
	path, err := windows.UTF16PtrFromString(dir)
	if err != nil {
		return 0, 0, err
	}
	var available, total uint64
	if err := windows.GetDiskFreeSpaceEx(path, &available, &total, nil); err != nil {
		return 0, 0, err
	}
	return int64(min(available, math.MaxInt64)), int64(min(total, math.MaxInt64)), nil
}
