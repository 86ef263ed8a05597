package network

import (
	"cmp"
	"context"
	"os"
	"slices"
	"strings"

	"github.com/godbus/dbus/v5"
	"golang.org/x/sys/unix"

	"alpi40.fr/airial/local/bell"
)

// listen hears of addresses that come and go (rtnetlink(7)) until ctx is done. The reading
// waits in the kernel: nothing wakes up while nothing changes.
func listen(ctx context.Context, told chan<- struct{}) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.NETLINK_ROUTE)
	if err != nil {
		return // a sandbox that forbids it: time and changes remain
	}
	socket := os.NewFile(uintptr(fd), "netlink")
	defer socket.Close()
	groups := uint32(unix.RTMGRP_IPV4_IFADDR | unix.RTMGRP_IPV6_IFADDR | unix.RTMGRP_IPV4_ROUTE)
	if err := unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: groups}); err != nil {
		return
	}
	defer context.AfterFunc(ctx, func() { socket.Close() })()
	message := make([]byte, 8<<10)
	for {
		// ENOBUFS means that some were lost: something changed all the same.
		if _, err := socket.Read(message); err != nil && ctx.Err() != nil {
			return
		} else if err != nil && !lost(err) {
			return
		}
		bell.Wake(told)
	}
}

func lost(err error) bool {
	e, ok := err.(*os.PathError)
	return ok && e.Err == unix.ENOBUFS
}

// What NetworkManager says (its D-Bus interface, NMMetered and NMConnectivityState).
const (
	meteredYes      = 1
	meteredGuessYes = 3
	portalState     = 2
)

func metered(ctx context.Context) bool {
	v := manager(ctx, "Metered")
	return v == meteredYes || v == meteredGuessYes
}

func portal(ctx context.Context) bool { return manager(ctx, "Connectivity") == portalState }

// manager reads a number of NetworkManager; 0, which means unknown, where there is none.
func manager(ctx context.Context, property string) uint32 {
	bus, err := dbus.ConnectSystemBus(dbus.WithContext(ctx))
	if err != nil {
		return 0
	}
	defer bus.Close()
	n, _ := of(ctx, bus, managerPath, managerName, property).(uint32)
	return n
}

// The names of NetworkManager on the bus, and the states of its connections (NMActiveConnectionState).
const (
	managerName  = "org.freedesktop.NetworkManager"
	managerPath  = dbus.ObjectPath("/org/freedesktop/NetworkManager")
	activating   = 1
	activated    = 2
	mostNetworks = 200
)

// of reads a property of one of NetworkManager's objects; nil where there is none.
func of(ctx context.Context, bus *dbus.Conn, path dbus.ObjectPath, of, property string) any {
	var v dbus.Variant
	err := bus.Object(managerName, path).CallWithContext(ctx, "org.freedesktop.DBus.Properties.Get", dbus.FlagNoAutoStart, of, property).Store(&v)
	if err != nil {
		return nil
	}
	return v.Value()
}

// privates are the connections of NetworkManager that are virtual private networks: those that are active or being activated,
// then those that are set up.
func privates(ctx context.Context) (all []Private) {
	bus, err := dbus.ConnectSystemBus(dbus.WithContext(ctx))
	if err != nil {
		return nil
	}
	defer bus.Close()
	active, _ := of(ctx, bus, managerPath, managerName, "ActiveConnections").([]dbus.ObjectPath)
	states := map[string]PrivateState{}
	for _, path := range active[:min(len(active), mostNetworks)] {
		const connection = managerName + ".Connection.Active"
		kind, _ := of(ctx, bus, path, connection, "Type").(string)
		if plugin, _ := of(ctx, bus, path, connection, "Vpn").(bool); !plugin && !isPrivate(kind) {
			continue
		}
		name, _ := of(ctx, bus, path, connection, "Id").(string)
		switch state, _ := of(ctx, bus, path, connection, "State").(uint32); state {
		case activated:
			states[name] = PrivateUp
		case activating:
			states[name] = PrivateComing
		}
	}
	var known []dbus.ObjectPath
	err = bus.Object(managerName, managerPath+"/Settings").CallWithContext(ctx, managerName+".Settings.ListConnections", dbus.FlagNoAutoStart).Store(&known)
	if err != nil {
		known = nil // what is active is told all the same
	}
	for _, path := range known[:min(len(known), mostNetworks)] {
		var settings map[string]map[string]dbus.Variant
		if bus.Object(managerName, path).CallWithContext(ctx, managerName+".Settings.Connection.GetSettings", dbus.FlagNoAutoStart).Store(&settings) != nil {
			continue // another person's
		}
		kind, _ := settings["connection"]["type"].Value().(string)
		name, _ := settings["connection"]["id"].Value().(string)
		if _, told := states[name]; isPrivate(kind) && !told {
			states[name] = PrivateDown
		}
	}
	for name, state := range states {
		all = append(all, Private{name, state})
	}
	rank := map[PrivateState]int{PrivateUp: 0, PrivateComing: 1, PrivateDown: 2}
	slices.SortFunc(all, func(a, b Private) int { return cmp.Or(rank[a.State]-rank[b.State], strings.Compare(a.Name, b.Name)) })
	return all
}

// isPrivate tells whether a kind of connection is a virtual private network; most are plug-ins of the kind «vpn».
func isPrivate(kind string) bool { return kind == "vpn" || kind == "wireguard" }
