package main

import (
	"context"
	"os"

	"golang.org/x/sys/windows"

	"alpi40.fr/airial/cmd/internal/control"
)

// parentProcess is ATTACH_PARENT_PROCESS.
const parentProcess = ^uintptr(0)

// command runs the commands of airialctl, which starts this program with «ctl» before them.
func command(ctx context.Context, args []string) (code int, asked bool) {
	if len(args) == 0 || args[0] != "ctl" {
		return 0, false
	}
	// The handles are airialctl's; those of a terminal serve a program that is attached to it. There may be none.
	_, _, _ = windows.NewLazySystemDLL("kernel32.dll").NewProc("AttachConsole").Call(parentProcess)
	return control.Main(ctx, args[1:], os.Stdout, os.Stderr), true
}
