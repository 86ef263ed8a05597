package office

import (
	"context"
	"sync"

	"alpi40.fr/airial/local/vault"
	"alpi40.fr/airial/sync/drive"
)

// shared is the vault as a folder of this computer, while it is open.
type shared struct {
	mu   sync.Mutex
	open *drive.Drive
}

// SpaceName is how a space is called where it needs a name.
func SpaceName(s vault.Space) string {
	switch {
	case s.Kind == vault.Personal:
		return "Mes documents"
	case s.Name == "":
		return "Espace sans nom"
	}
	return s.Name
}

// Drive gives the folder that is open; nil: none.
func (h *Hall) Drive() *drive.Drive {
	h.shared.mu.Lock()
	defer h.shared.mu.Unlock()
	return h.shared.open
}

// OpenDrive shows the vault of a person as a folder of this computer, until CloseDrive or the end
// of the hall.
func (h *Hall) OpenDrive(ctx context.Context, person string) (*drive.Drive, error) {
	h.shared.mu.Lock()
	defer h.shared.mu.Unlock()
	if h.shared.open != nil {
		return h.shared.open, nil
	}
	d, err := drive.Open(ctx, drive.Options{Vault: h.Vault, Person: person, Name: SpaceName, Now: h.office.o.Now, Rand: h.office.o.Rand, Log: h.office.o.Log})
	if err != nil {
		return nil, err
	}
	h.shared.open = d
	return d, nil
}

// CloseDrive ends the folder.
func (h *Hall) CloseDrive() error {
	h.shared.mu.Lock()
	defer h.shared.mu.Unlock()
	if h.shared.open == nil {
		return nil
	}
	err := h.shared.open.Close()
	h.shared.open = nil
	return err
}
