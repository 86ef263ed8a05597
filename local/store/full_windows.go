package store

import "golang.org/x/sys/windows"

// fullCodes are the system's errors for a disk, or a person's share of it, that is full.
var fullCodes = []error{
	windows.ERROR_DISK_FULL, windows.ERROR_HANDLE_DISK_FULL, windows.ERROR_DISK_QUOTA_EXCEEDED,
}
