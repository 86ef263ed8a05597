// Package dragout carries files out of the window, by the mouse, to whatever other program they are let go over.
//
// Fyne tells of a drag inside its window and knows none that leaves it. On X11 (XWayland too) [Carry] is a source of the XDND
// protocol, version 5, on a connection of its own: the window keeps the pointer that the press gave it, and where the pointer
// stands is asked for. On Windows it is OLE's own drag, of the shell's own object for files. Either way the files are only ever
// offered for copying: other programs take them as they take those of a file manager.
//
// Nothing of it touches Fyne. What the target is given are the files' names; that they are there by then is [Cargo.Ready]'s affair.
package dragout
