package keys

import (
	"errors"
	"syscall"
)

// platformMeaning reads the errors of CredRead and CredWrite.
func platformMeaning(err error) error {
	const noSuchLogonSession = syscall.Errno(1312)
	switch {
	case errors.Is(err, noSuchLogonSession):
		return ErrNoKeyring
	case errors.Is(err, syscall.ERROR_ACCESS_DENIED):
		return ErrKeyringDenied
	}
	return nil
}
