package office

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"sync"
	"time"

	"alpi40.fr/airial/local/bell"
	"alpi40.fr/airial/local/signature/trustpackage"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/store/durable"
	"alpi40.fr/airial/sync/client"
	"alpi40.fr/airial/sync/protocol"
)

// ErrOlderPackage: the trust package is not newer than the one that is there.
var ErrOlderPackage = errors.New("the trust package is not newer than the present one")

const trustFile = "trust.zip"

// TrustState is what is known of the trust package of this computer.
type TrustState struct {
	// Version is 0 when there is none.
	Version     int
	Made, Until time.Time
	Old         bool
}

// trusted is the trust package of this computer.
type trusted struct {
	// turn is held by who reads or replaces the file.
	turn sync.Mutex

	mu      sync.Mutex
	read    bool // the file was looked at
	present *trustpackage.Package
	digest  store.Digest // of the file, zero for none
	changed bell.Bell[struct{}]
}

func (t *trusted) now() (*trustpackage.Package, store.Digest) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.present, t.digest
}

func (t *trusted) set(p *trustpackage.Package, d store.Digest) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.read, t.present, t.digest = true, p, d
	t.changed.Ring(struct{}{})
}

// WatchTrust tells of each other package until ctx is done: what was judged with the former
// is to be judged again.
func (o *Office) WatchTrust(ctx context.Context) <-chan struct{} {
	return o.trust.changed.Listen(ctx, 1)
}

// logKeys are those of the servers of this computer's authorities.
func (o *Office) logKeys() (keys []ed25519.PublicKey, err error) {
	ids, err := o.Authorities()
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		d, err := o.readDevice(id)
		if err != nil {
			return nil, err
		}
		var e client.Enrolment
		if err := json.Unmarshal(d.Enrolment, &e); err != nil {
			return nil, fmt.Errorf("reading the enrolment: %w", err)
		}
		keys = append(keys, e.LogKey)
	}
	return keys, nil
}

// InstallTrust takes a trust package, from the network or a USB key: only one that a server
// of this computer has signed, and newer than the present one. It replaces that one whole,
// or not at all. Errors: those of trustpackage.Open, ErrOlderPackage.
func (o *Office) InstallTrust(ctx context.Context, raw []byte) (TrustState, error) {
	keys, err := o.logKeys()
	if err != nil {
		return TrustState{}, err
	}
	p, err := trustpackage.Open(ctx, raw, keys)
	if err != nil {
		return TrustState{}, err
	}
	o.trust.turn.Lock()
	defer o.trust.turn.Unlock()
	// One that is there and damaged counts for none: the new one is better.
	present, _, _ := o.keptTrust(ctx, keys)
	if present != nil && p.Version <= present.Version {
		return stateOf(present, o.o.Now()), fmt.Errorf("version %d, after %d: %w", p.Version, present.Version, ErrOlderPackage)
	}
	if err := durable.WriteFile(filepath.Join(o.o.Dir, trustFile), raw); err != nil {
		return TrustState{}, err
	}
	o.trust.set(p, store.DigestOf(raw))
	return stateOf(p, o.o.Now()), nil
}

// keptTrust gives the package that is there, read and verified when it was not; nil for
// none. The turn is held.
func (o *Office) keptTrust(ctx context.Context, keys []ed25519.PublicKey) (*trustpackage.Package, store.Digest, error) {
	o.trust.mu.Lock()
	read := o.trust.read
	o.trust.mu.Unlock()
	if !read {
		raw, err := readSmall(filepath.Join(o.o.Dir, trustFile), protocol.MaxTrust)
		if errors.Is(err, fs.ErrNotExist) {
			o.trust.set(nil, store.Digest{})
			return nil, store.Digest{}, nil
		}
		if err != nil {
			return nil, store.Digest{}, err
		}
		p, err := trustpackage.Open(ctx, raw, keys)
		if err != nil {
			return nil, store.Digest{}, err
		}
		o.trust.set(p, store.DigestOf(raw))
	}
	p, d := o.trust.now()
	return p, d, nil
}

// LoadTrust reads the trust package that was installed, if any. One that is damaged is
// done without: what it vouched for is then undecided.
func (o *Office) LoadTrust(ctx context.Context) error {
	keys, err := o.logKeys()
	if err != nil {
		return err
	}
	o.trust.turn.Lock()
	defer o.trust.turn.Unlock()
	_, _, err = o.keptTrust(ctx, keys)
	return err
}

// Trusted tells the state of the trust package.
func (o *Office) Trusted() TrustState {
	p, _ := o.trust.now()
	if p == nil {
		return TrustState{}
	}
	return stateOf(p, o.o.Now())
}

func stateOf(p *trustpackage.Package, now time.Time) TrustState {
	return TrustState{Version: p.Version, Made: p.Made, Until: p.Until, Old: p.Old(now)}
}

// fromServer is where the exchanges put the trust package that a server publishes.
type fromServer struct{ o *Office }

// Present implements client.Shelf. One that is damaged is none.
func (f fromServer) Present(ctx context.Context) (int, store.Digest, error) {
	if err := f.o.LoadTrust(ctx); err != nil {
		f.o.o.Log.Warn("reading the trust package", "error", err.Error())
		return 0, store.Digest{}, nil
	}
	p, digest := f.o.trust.now()
	if p == nil {
		return 0, digest, nil
	}
	return p.Version, digest, nil
}

// Take implements client.Shelf.
func (f fromServer) Take(ctx context.Context, raw []byte) error {
	_, err := f.o.InstallTrust(ctx, raw)
	return err
}
