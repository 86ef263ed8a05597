// Package shell is the window around the pages: rail, top bar, sync sentence, history, toasts, errors, long work.
//
// A page is a value of [Page] made by its [Entry] at the first visit. It reaches everything outside itself through the
// [Host] it was given: it starts no goroutine, never calls fyne.Do and never meets the network. Data come by [Load]
// (query off the window's thread, result applied on it, dropped once the page was left or asked again), changes made by
// people are run by [Host.Run], and changes of the journal, made here or come from afar, arrive by [Host.Changes].
//
// Adding a page is one folder under ui/ and one [Entry] in the slice given to [New].
//
// Keys: Ctrl+K search, Ctrl+F find in page, Ctrl+P print, F1 help, Ctrl+F1 keys, F5 synchronise, F6 next pane, Alt+Left and
// Alt+Right history, Ctrl+1…9 pages, Esc closes what is open or goes back. Ctrl+Alt is never used: it is AltGr.
package shell
