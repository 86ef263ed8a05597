//go:build !windows

package durable

import "syscall"

// heldCodes are what a share of a Windows server says through this system for a file that is held there.
var heldCodes = []error{syscall.EBUSY, syscall.ETXTBSY}
