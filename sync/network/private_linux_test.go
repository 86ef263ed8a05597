package network_test

import (
	"bufio"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/godbus/dbus/v5"

	"alpi40.fr/airial/sync/network"
)

const networkManager = "org.freedesktop.NetworkManager"

// object is one of NetworkManager's: its properties, and for a connection that is set up, its settings.
type object struct {
	properties map[string]any
	settings   map[string]map[string]dbus.Variant
}

// Get implements org.freedesktop.DBus.Properties.
func (o object) Get(_, name string) (dbus.Variant, *dbus.Error) {
	v, known := o.properties[name]
	if !known {
		return dbus.Variant{}, dbus.NewError("org.freedesktop.DBus.Error.UnknownProperty", nil)
	}
	return dbus.MakeVariant(v), nil
}

// GetSettings implements org.freedesktop.NetworkManager.Settings.Connection; one that belongs to somebody else is refused.
func (o object) GetSettings() (map[string]map[string]dbus.Variant, *dbus.Error) {
	if o.settings == nil {
		return nil, dbus.NewError("org.freedesktop.NetworkManager.Settings.PermissionDenied", nil)
	}
	return o.settings, nil
}

type list []dbus.ObjectPath

// ListConnections implements org.freedesktop.NetworkManager.Settings.
func (l list) ListConnections() ([]dbus.ObjectPath, *dbus.Error) { return l, nil }

// manager is a NetworkManager on a bus of its own, in the place of the system's.
func manager(t *testing.T, root map[string]any, active map[dbus.ObjectPath]map[string]any, known ...map[string]map[string]dbus.Variant) {
	t.Helper()
	if _, err := exec.LookPath("dbus-daemon"); err != nil {
		t.Skip("dbus-daemon is not installed")
	}
	daemon := exec.CommandContext(t.Context(), "dbus-daemon", "--session", "--nofork", "--print-address", "--address=unix:dir="+t.TempDir())
	out, err := daemon.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := daemon.Start(); err != nil {
		t.Fatal(err)
	}
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	address = strings.TrimSpace(address)
	t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", address)
	bus, err := dbus.Connect(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		bus.Close()
		_ = daemon.Process.Kill()
		_ = daemon.Wait() // it was killed
	})
	export := func(v any, path dbus.ObjectPath, of string) {
		t.Helper()
		if err := bus.Export(v, path, of); err != nil {
			t.Fatal(err)
		}
	}
	const properties = "org.freedesktop.DBus.Properties"
	paths := []dbus.ObjectPath{}
	for path, p := range active {
		export(object{properties: p}, path, properties)
		paths = append(paths, path)
	}
	all := map[string]any{"ActiveConnections": paths}
	for name, v := range root {
		all[name] = v
	}
	export(object{properties: all}, "/org/freedesktop/NetworkManager", properties)
	var settings list
	for i, s := range known {
		path := dbus.ObjectPath("/org/freedesktop/NetworkManager/Settings/" + string(rune('1'+i)))
		export(object{settings: s}, path, networkManager+".Settings.Connection")
		settings = append(settings, path)
	}
	export(settings, "/org/freedesktop/NetworkManager/Settings", networkManager+".Settings")
	if reply, err := bus.RequestName(networkManager, dbus.NameFlagDoNotQueue); err != nil || reply != dbus.RequestNameReplyPrimaryOwner {
		t.Fatal(reply, err)
	}
}

func setUp(name, kind string) map[string]map[string]dbus.Variant {
	return map[string]map[string]dbus.Variant{"connection": {"id": dbus.MakeVariant(name), "type": dbus.MakeVariant(kind)}}
}

// NetworkManager tells of the private networks that are up, coming or only set up, under their names; of other lines it is
// not asked here.
func TestPrivateNetworks(t *testing.T) {
	active := func(name, kind string, vpn bool, state uint32) map[string]any {
		return map[string]any{"Id": name, "Type": kind, "Vpn": vpn, "State": state}
	}
	manager(t, map[string]any{"Metered": uint32(1), "Connectivity": uint32(2)}, map[dbus.ObjectPath]map[string]any{
		"/a/1": active("Wi-Fi de la mairie", "802-11-wireless", false, 2),
		"/a/2": active("ALPI", "vpn", true, 2),
		"/a/3": active("Secours", "wireguard", false, 1),
		"/a/4": {"Type": "vpn"}, // it goes while it is asked
	}, setUp("ALPI", "vpn"), setUp("Ancien", "vpn"), setUp("Wi-Fi de la mairie", "802-11-wireless"), nil)
	l := &network.Line{}
	want := []network.Private{{Name: "ALPI", State: network.PrivateUp}, {Name: "Secours", State: network.PrivateComing}, {Name: "Ancien", State: network.PrivateDown}}
	if got := l.Privates(t.Context()); !slices.Equal(got, want) {
		t.Errorf("%+v", got)
	}
	if !l.Metered(t.Context()) || !l.Portal(t.Context(), "alpi.invalid") {
		t.Error("a line that is paid by what it carries, behind a page to sign in on, is not told")
	}
}

// Where there is no NetworkManager, or no bus, nothing is told.
func TestWithoutNetworkManager(t *testing.T) {
	t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path="+t.TempDir()+"/nobody")
	l := &network.Line{}
	if got := l.Privates(t.Context()); got != nil || l.Metered(t.Context()) {
		t.Errorf("%+v", got)
	}
	manager(t, nil, nil)
	if got := l.Privates(t.Context()); len(got) != 0 || l.Metered(t.Context()) {
		t.Errorf("%+v", got)
	}
}
