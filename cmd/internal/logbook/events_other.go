//go:build !windows

package logbook

import "log/slog"

// systemEvents is nothing here: the file is where one looks.
func systemEvents() slog.Handler { return nil }
