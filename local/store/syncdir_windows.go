package store

// syncDir has nothing to do: NTFS journals its directories, and Windows has no
// call to flush one.
func syncDir(string) error { return nil }
