// alpi-server is the server that the laptops talk to.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"alpi40.fr/airial/cmd/internal/serve"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(serve.Main(ctx, os.Args[1:], os.Stdout, os.Stderr))
}
