// Package dragtest is another program for tests: a window that files are dragged onto. On X11 it speaks XDND as a file manager
// does, or as one that is rude.
package dragtest
