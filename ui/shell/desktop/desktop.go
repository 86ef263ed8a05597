package desktop

import (
	"context"

	"alpi40.fr/airial/ui/shell/dragout"
)

// Desktop implements shell.System. The zero value is not useful: see New.
type Desktop struct{ temp string }

// New returns the system's desktop; temp is a private folder for the copies handed to other programs.
func New(temp string) *Desktop { return &Desktop{temp: temp} }

// TempDir returns the private folder.
func (d *Desktop) TempDir() string { return d.temp }

// Carry drags files out of the window.
func (d *Desktop) Carry(ctx context.Context, c dragout.Cargo) (dragout.Outcome, error) {
	return dragout.Carry(ctx, c)
}
