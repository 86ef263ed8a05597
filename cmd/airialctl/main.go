//go:build !windows

// airialctl is Airial without a window.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"alpi40.fr/airial/cmd/internal/control"
	"alpi40.fr/airial/local/signature/token"
)

func main() {
	// First of all: a vendor's module is loaded in a child process of this program.
	if token.RunHelperIfAsked(os.Args[1:], os.Stdin, os.Stdout) {
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(control.Main(ctx, os.Args[1:], os.Stdout, os.Stderr))
}
