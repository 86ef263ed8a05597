package durable

import "golang.org/x/sys/windows"

// heldCodes are the system's errors for a file that another program holds. A held file that would be replaced is said to be
// denied, and so is one that is being removed.
var heldCodes = []error{windows.ERROR_SHARING_VIOLATION, windows.ERROR_LOCK_VIOLATION, windows.ERROR_ACCESS_DENIED}
