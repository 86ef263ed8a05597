// Package attack attacks the server the way one who means harm does: every door by whoever has no
// business there, other authorities' things by their names, what was heard on the way said again,
// forged acts, paths that climb, bodies that burst, lines that never end. It has tests alone.
//
// The doors are those of package protocol: a path that is added there and has no row in the table
// fails a test.
package attack
