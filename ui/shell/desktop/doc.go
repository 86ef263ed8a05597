// Package desktop is what the window asks of the operating system: opening a file with its program, printing it, the
// system's own file dialogs. Nothing of it touches Fyne; all of it runs off the window's thread.
package desktop
