package store

import "strings"

// longestPath is that of a database's file: what Windows takes, less the names of the files beside it.
const longestPath = 32_767 - len("-journal") - 1

// usualPath is how long a path may be that Windows takes as it is, those of the files beside included.
const usualPath = 260 - len("-journal") - 1

// systemPath is the path as SQLite hands it to the system: a long one in the form that is not cut at 260 characters, as Go
// does for all other files.
func systemPath(path string) string {
	switch {
	case len(path) < usualPath || strings.HasPrefix(path, `\\?\`):
		return path
	case strings.HasPrefix(path, `\\`): // \\server\share
		return `\\?\UNC` + path[1:]
	}
	return `\\?\` + path
}
