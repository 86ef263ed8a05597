package office

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"alpi40.fr/airial/local/signature/trustpackage"
	"alpi40.fr/airial/local/store/durable"
)

// ErrOlderPackage: the trust package is not newer than the one that is there.
var ErrOlderPackage = errors.New("the trust package is not newer than the present one")

const (
	trustFile       = "trust.zip"
	maxTrustPackage = 256 << 20
)

// TrustState is what is known of the trust package of this computer.
type TrustState struct {
	// Version is 0 when there is none.
	Version     int
	Made, Until time.Time
	Old         bool
}

// logKeys are those of the servers of this computer's authorities.
func (o *Office) logKeys(ctx context.Context) (keys []ed25519.PublicKey, err error) {
	ids, err := o.Authorities()
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		h, err := o.Hall(ctx, id)
		if err != nil {
			return nil, err
		}
		e, err := h.Enrolment()
		if err != nil {
			return nil, err
		}
		keys = append(keys, e.LogKey)
	}
	return keys, nil
}

// InstallTrust takes a trust package, from the network or a USB key: only one that a server
// of this computer has signed, and newer than the present one. It replaces that one whole,
// or not at all. Errors: those of trustpackage.Open, ErrOlderPackage.
func (o *Office) InstallTrust(ctx context.Context, raw []byte) (TrustState, error) {
	keys, err := o.logKeys(ctx)
	if err != nil {
		return TrustState{}, err
	}
	p, err := trustpackage.Open(ctx, raw, keys)
	if err != nil {
		return TrustState{}, err
	}
	o.mu.Lock()
	present := o.trust
	o.mu.Unlock()
	if present == nil {
		if present, err = o.keptTrust(ctx, keys); err != nil && !errors.Is(err, fs.ErrNotExist) {
			present = nil // what was there is damaged: the new one is better
		}
	}
	if present != nil && p.Version <= present.Version {
		return stateOf(present, o.o.Now()), fmt.Errorf("version %d, after %d: %w", p.Version, present.Version, ErrOlderPackage)
	}
	if err := durable.WriteFile(filepath.Join(o.o.Dir, trustFile), raw); err != nil {
		return TrustState{}, err
	}
	o.mu.Lock()
	o.trust = p
	o.mu.Unlock()
	return stateOf(p, o.o.Now()), nil
}

// keptTrust reads the package that is there, verified again.
func (o *Office) keptTrust(ctx context.Context, keys []ed25519.PublicKey) (*trustpackage.Package, error) {
	raw, err := readSmall(filepath.Join(o.o.Dir, trustFile), maxTrustPackage)
	if err != nil {
		return nil, err
	}
	return trustpackage.Open(ctx, raw, keys)
}

// LoadTrust reads the trust package that was installed, if any. One that is damaged is
// done without: what it vouched for is then undecided.
func (o *Office) LoadTrust(ctx context.Context) error {
	keys, err := o.logKeys(ctx)
	if err != nil {
		return err
	}
	p, err := o.keptTrust(ctx, keys)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.trust = p
	return nil
}

// Trusted tells the state of the trust package.
func (o *Office) Trusted() TrustState {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.trust == nil {
		return TrustState{}
	}
	return stateOf(o.trust, o.o.Now())
}

func stateOf(p *trustpackage.Package, now time.Time) TrustState {
	return TrustState{Version: p.Version, Made: p.Made, Until: p.Until, Old: p.Old(now)}
}
