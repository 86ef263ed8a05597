//go:build !windows

package store

import "syscall"

// fullCodes are the system's errors for a disk, or a person's share of it, that is full.
var fullCodes = []error{syscall.ENOSPC, syscall.EDQUOT}
