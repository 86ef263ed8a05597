//go:build !windows

package explain

import "syscall"

const (
	errReadOnly = syscall.EROFS
	errLongName = syscall.ENAMETOOLONG
)
