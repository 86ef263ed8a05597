package desktop

import (
	"context"
	"fmt"

	"golang.org/x/sys/windows"
)

// Open opens a file with the program the person chose for its kind.
func (d *Desktop) Open(_ context.Context, path string) error { return execute("open", path) }

// Print prints with the program registered for it; where the kind has no print verb, the file is opened instead.
func (d *Desktop) Print(_ context.Context, path string) error {
	if execute("print", path) == nil {
		return nil
	}
	return execute("open", path)
}

func execute(verb, path string) error {
	v, err := windows.UTF16PtrFromString(verb)
	if err != nil {
		return fmt.Errorf("naming %s: %w", verb, err)
	}
	p, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return fmt.Errorf("naming the file: %w", err)
	}
	if err := windows.ShellExecute(0, v, p, nil, nil, windows.SW_SHOWNORMAL); err != nil {
		return fmt.Errorf("asking the system to %s the file: %w", verb, err)
	}
	return nil
}
