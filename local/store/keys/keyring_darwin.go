package keys

import "errors"

// platformMeaning reads the exit code of /usr/bin/security: the last byte of the
// Security framework's OSStatus.
func platformMeaning(err error) error {
	var exit interface{ ExitCode() int }
	if !errors.As(err, &exit) {
		return nil
	}
	switch exit.ExitCode() {
	case 36: // errSecInteractionNotAllowed
		return ErrKeyringLocked
	case 51, 128: // errSecAuthFailed, userCanceledErr
		return ErrKeyringDenied
	case 50, 37: // errSecNoSuchKeychain, errSecNoDefaultKeychain
		return ErrNoKeyring
	}
	return nil
}
