package control

import (
	"errors"
	"fmt"

	"golang.org/x/sys/windows/registry"
)

// homes are the profiles of everybody who has a session on this computer.
func homes() ([]string, error) {
	const list = `SOFTWARE\Microsoft\Windows NT\CurrentVersion\ProfileList`
	all, err := registry.OpenKey(registry.LOCAL_MACHINE, list, registry.ENUMERATE_SUB_KEYS|registry.WOW64_64KEY)
	if errors.Is(err, registry.ErrNotExist) {
		return nil, nil // no Windows has none; Wine has none before somebody's second session
	}
	if err != nil {
		return nil, fmt.Errorf("listing the sessions: %w", err)
	}
	defer all.Close()
	names, err := all.ReadSubKeyNames(-1)
	if err != nil {
		return nil, fmt.Errorf("listing the sessions: %w", err)
	}
	var found []string
	for _, name := range names {
		path, err := profile(all, name)
		if errors.Is(err, registry.ErrNotExist) {
			continue // an entry that names no folder
		}
		if err != nil {
			return nil, fmt.Errorf("reading the session %s: %w", name, err)
		}
		found = append(found, path)
	}
	return found, nil
}

func profile(all registry.Key, name string) (string, error) {
	one, err := registry.OpenKey(all, name, registry.QUERY_VALUE|registry.WOW64_64KEY)
	if err != nil {
		return "", err
	}
	defer one.Close()
	path, _, err := one.GetStringValue("ProfileImagePath")
	if err != nil {
		return "", err
	}
	return registry.ExpandString(path)
}
