package provision

import (
	"errors"
	"fmt"

	"golang.org/x/sys/windows/registry"
)

func sources() []source {
	return []source{readKey(`Software\Policies\ALPI\Airial`), readKey(`Software\ALPI\Airial`)}
}

// readKey reads the values of a key of the computer's; one that is absent says nothing.
func readKey(path string) source {
	return func() (p Provision, err error) {
		key, err := registry.OpenKey(registry.LOCAL_MACHINE, path, registry.QUERY_VALUE|registry.WOW64_64KEY)
		switch {
		case errors.Is(err, registry.ErrNotExist):
			return p, nil
		case err != nil:
			return p, fmt.Errorf("reading HKLM\\%s: %w", path, err)
		}
		defer key.Close()
		for name, to := range map[string]*string{
			"Server": &p.Server, "Certificate": &p.Certificate, "Authority": &p.Authority, "EnrolCode": &p.Code, "Proxy": &p.Proxy, "UpdateRing": &p.UpdateRing,
		} {
			value, _, err := key.GetStringValue(name)
			if err != nil && !errors.Is(err, registry.ErrNotExist) {
				return Provision{}, fmt.Errorf("%w: HKLM\\%s, %s: %w", ErrValue, path, name, err)
			}
			if len(value) > maxFile {
				return Provision{}, fmt.Errorf("%w: HKLM\\%s, %s is too long", ErrValue, path, name)
			}
			*to = value
		}
		return p.trimmed(), nil
	}
}
