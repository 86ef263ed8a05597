//go:build !windows

package store

// longestPath is that of a database's file: SQLite keeps 512 bytes for it and for the names of the files beside it.
const longestPath = 512 - len("-journal") - 1

// systemPath is the path as SQLite hands it to the system.
func systemPath(path string) string { return path }
