// airial is the desktop program.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"alpi40.fr/airial/cmd/internal/desk"
	"alpi40.fr/airial/local/signature/token"
)

func main() {
	// First of all: a vendor's module is loaded in a child process of this program.
	if token.RunHelperIfAsked(os.Args[1:], os.Stdin, os.Stdout) {
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if code, asked := command(ctx, os.Args[1:]); asked {
		os.Exit(code)
	}
	os.Exit(desk.Main(ctx, os.Args[1:], os.Stdout, os.Stderr))
}
