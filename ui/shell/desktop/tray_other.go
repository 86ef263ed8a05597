//go:build !windows

package desktop

import (
	"os"
	"path/filepath"
	"runtime"

	"github.com/godbus/dbus/v5"
)

// placeForTray asks whether a panel of the desktop takes icons. No bus is started to ask.
func placeForTray() bool {
	if runtime.GOOS == "darwin" { // its icons belong to the program's first thread, which is the window's
		return false
	}
	if os.Getenv("DBUS_SESSION_BUS_ADDRESS") == "" {
		if _, err := os.Stat(filepath.Join(os.Getenv("XDG_RUNTIME_DIR"), "bus")); err != nil {
			return false
		}
	}
	bus, err := dbus.SessionBus()
	if err != nil {
		return false
	}
	var there bool
	err = bus.BusObject().Call("org.freedesktop.DBus.NameHasOwner", 0, "org.kde.StatusNotifierWatcher").Store(&there)
	return err == nil && there
}

// trayPicture is the picture as it is.
func trayPicture(png []byte) []byte { return png }
