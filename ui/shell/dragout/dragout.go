package dragout

import (
	"context"
	"image"
)

// Cargo is what is carried, from a press of the first button that is still held.
type Cargo struct {
	// Window is the system's handle of the window that the drag began in (X11: its id; Windows: its HWND). Over it nothing is let go.
	Window uintptr
	// Paths are the files, absolute and all in one folder.
	Paths []string
	// Ready waits until they are there; it runs on a goroutine of its own. Let go earlier, they are handed over once it returns (X11).
	Ready func(context.Context) error
	// Loose is shown beside the pointer on X11, Welcome where something would take the files; Windows draws its own. nil: nothing is shown.
	Loose, Welcome image.Image
	// OnThread has f run on the window's thread, where Windows wants its drag; X11 does without.
	OnThread func(f func())
}

// Outcome is what became of a drag.
type Outcome int

const (
	// Taken: another program has the files' names.
	Taken Outcome = iota
	// Nowhere: they were let go where nothing takes them, or were given up.
	Nowhere
	// Escaped: Escape was pressed, and the window may be told of it after (X11).
	Escaped
	// Unanswered: they were let go over a program that then said nothing, or went away.
	Unanswered
	// Early: they were let go before they were there, on Windows, which does not wait for them.
	Early
)
