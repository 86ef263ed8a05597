//go:build !windows && !darwin

package keys

import (
	"errors"
	"io/fs"
	"net"
	"strings"

	"github.com/godbus/dbus/v5"
)

// platformMeaning reads the errors of the Secret Service
// (https://specifications.freedesktop.org/secret-service) and of D-Bus.
func platformMeaning(err error) error {
	var call dbus.Error
	if errors.As(err, &call) {
		switch call.Name {
		case "org.freedesktop.Secret.Error.IsLocked", "org.freedesktop.DBus.Error.NoReply",
			"org.freedesktop.DBus.Error.Timeout", "org.freedesktop.DBus.Error.TimedOut":
			return ErrKeyringLocked
		case "org.freedesktop.DBus.Error.AccessDenied", "org.freedesktop.DBus.Error.AuthFailed":
			return ErrKeyringDenied
		}
		// ServiceUnknown, UnknownObject, UnknownMethod, NoSuchObject, Spawn.…: nobody
		// there who keeps secrets.
		return ErrNoKeyring
	}
	// go-keyring's own words when the prompt was closed without a password.
	if strings.Contains(err.Error(), "failed to unlock") {
		return ErrKeyringLocked
	}
	var connection *net.OpError
	if errors.As(err, &connection) || errors.Is(err, fs.ErrNotExist) || strings.Contains(err.Error(), "dbus") {
		return ErrNoKeyring
	}
	return nil
}
