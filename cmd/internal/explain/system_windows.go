package explain

import "golang.org/x/sys/windows"

const (
	errReadOnly = windows.ERROR_WRITE_PROTECT
	errLongName = windows.ERROR_FILENAME_EXCED_RANGE
)
