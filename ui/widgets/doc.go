// Package widgets holds the parts pages are built of, made for the keyboard: buttons and fields that let the window's
// keys through, a list with page keys, type-ahead and ticks, rows, panes with remembered widths, cards asking
// something, the preview of a document, the block editor of a deliberation, empty states and meaning badges.
//
// Widgets hold no business logic: they are given data and callbacks. What works off the window's thread is handed back
// through the scheduler a widget was given (shell.Host.Schedule).
package widgets
