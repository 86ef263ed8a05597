package office

import "golang.org/x/sys/windows"

// diskOf gives the bytes that are free for this person, and all, of the disk of a folder.
func diskOf(dir string) (free, total uint64, err error) {
	path, err := windows.UTF16PtrFromString(dir)
	if err != nil {
		return 0, 0, err
	}
	err = windows.GetDiskFreeSpaceEx(path, &free, &total, nil)
	return free, total, err
}
