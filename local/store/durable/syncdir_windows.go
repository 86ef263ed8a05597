package durable

// SyncDir has nothing to do: NTFS journals its directories, and Windows has no
// call to flush one.
func SyncDir(string) error { return nil }
