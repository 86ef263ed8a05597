package network

import (
	"context"
	"os"

	"github.com/godbus/dbus/v5"
	"golang.org/x/sys/unix"
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
		select {
		case told <- struct{}{}:
		default:
		}
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
	var v dbus.Variant
	err = bus.Object("org.freedesktop.NetworkManager", "/org/freedesktop/NetworkManager").
		CallWithContext(ctx, "org.freedesktop.DBus.Properties.Get", dbus.FlagNoAutoStart, "org.freedesktop.NetworkManager", property).Store(&v)
	if err != nil {
		return 0
	}
	n, _ := v.Value().(uint32)
	return n
}
