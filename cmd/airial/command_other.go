//go:build !windows

package main

import "context"

// command is airialctl's affair alone.
func command(context.Context, []string) (code int, asked bool) { return 0, false }
