package office

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"alpi40.fr/airial/local/parcel"
	"alpi40.fr/airial/local/release"
	"alpi40.fr/airial/local/store/durable"
)

// Releases are the versions of Airial that the agency lists; none as long as it listed none to this computer.
func (o *Office) Releases(ctx context.Context) ([]release.Release, error) {
	p, err := o.Parcel(ctx, release.Kind)
	if errors.Is(err, ErrNoParcel) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return release.Read(p)
}

// Computer is this one, as a version is offered to it. ring is what the administrator decided.
func (h *Hall) Computer(ring string) (release.Computer, error) {
	e, err := h.Enrolment()
	if err != nil {
		return release.Computer{}, err
	}
	sum := sha256.Sum256([]byte(e.Device))
	return release.Computer{Version: Version, Ring: ring, System: runtime.GOOS + "/" + runtime.GOARCH, ID: hex.EncodeToString(sum[:])}, nil
}

// FetchInstaller brings a version's installer into dir, which it may share with nothing else: that of a former version goes. It
// gives its path. What was fetched already is not fetched again, and is looked at again, since the disk is not trusted with a
// program. Errors: release.ErrList, ErrNoParcel, those of the exchanges.
func (h *Hall) FetchInstaller(ctx context.Context, r release.Release, dir string) (string, error) {
	i, made := r.Installers[runtime.GOOS+"/"+runtime.GOARCH]
	if !made {
		return "", fmt.Errorf("%w: version %s is not made for this system", release.ErrList, r.Version)
	}
	path := filepath.Join(dir, i.File)
	if kept, err := durable.ReadFile(path, parcel.MaxSize); err == nil {
		if _, err := i.Content(&parcel.Parcel{Content: map[string][]byte{i.File: kept}}); err == nil {
			return path, nil
		}
	}
	p, err := h.FetchParcel(ctx, i.Parcel)
	if err != nil {
		return "", err
	}
	content, err := i.Content(p)
	if err != nil {
		return "", err
	}
	if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o700)); err != nil {
		return "", fmt.Errorf("making the folder of the installers: %w", err)
	}
	if err := durable.WriteFile(path, content); err != nil {
		return "", err
	}
	// The parcel has served: it would be the same bytes a second time.
	return path, h.office.RemoveParcel(i.Parcel)
}
