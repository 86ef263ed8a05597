package office

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sort"
	"sync"
	"time"

	"alpi40.fr/airial/local/pes/schema"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/store/keys"
	"alpi40.fr/airial/sync/network"
	"alpi40.fr/airial/sync/proxy"
)

// Options say how an installation is opened.
type Options struct {
	// Dir is the installation's folder; it is made when missing.
	Dir string
	// Keyring is keys.System(), or nil to do without.
	Keyring keys.Keyring
	// Passphrase asks a person when there is no keyring. See keys.Options.
	Passphrase func(context.Context) ([]byte, error)
	Now        func() time.Time
	Rand       io.Reader
	Log        *slog.Logger
	// Outside are the services of the network that signatures need; what the
	// installation's folder says is added.
	Outside Outside
	// Explain gives an error its words for whoever is told of it from outside the window; nil:
	// those of rules alone.
	Explain func(error) string
}

func (o Options) keys() keys.Options {
	return keys.Options{Dir: o.Dir, Keyring: o.Keyring, Passphrase: o.Passphrase, Rand: o.Rand}
}

// Office is the installation on this computer. It may be used from several goroutines.
type Office struct {
	o      Options
	master *keys.Master

	mu      sync.Mutex
	halls   map[string]*Hall
	outside Outside
	kept    services // as the installation's folder has it
	trust   trusted
	parcels parcels
	proxy   *proxy.Chooser
	line    *network.Line
	schemas *schema.Set // of accounting flows
	looked  lookedUp
}

// Open opens the installation, or makes it when the folder is empty.
// Errors: those of keys.Open and keys.Create, store.ErrReadOnly.
func Open(ctx context.Context, o Options) (*Office, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if err := os.MkdirAll(filepath.Join(o.Dir, "halls"), 0o700); err != nil {
		if errors.Is(err, fs.ErrPermission) {
			err = fmt.Errorf("%w: %w", store.ErrReadOnly, err)
		}
		return nil, fmt.Errorf("making the installation's folder: %w", err)
	}
	master, err := keys.Open(ctx, o.keys())
	if errors.Is(err, keys.ErrNotCreated) {
		master, err = keys.Create(ctx, o.keys())
	}
	if err != nil {
		return nil, fmt.Errorf("opening the installation: %w", err)
	}
	opened := &Office{o: o, master: master, halls: map[string]*Hall{}, schemas: Schemas(o.Dir), proxy: proxy.New(o.Now), line: &network.Line{}}
	if err := opened.finishPutBack(); err != nil {
		return nil, errors.Join(err, opened.Close())
	}
	if err := opened.readProxy(); err != nil {
		// A server that needs none is reached; the page of the exchanges tells of the others.
		o.Log.Warn("the proxy", "error", err.Error())
	}
	if err := opened.readServices(); err != nil {
		// Signing offline and reading do without.
		o.Log.Warn("the services of the network", "error", err.Error())
	}
	return opened, nil
}

// Close closes all halls and wipes the master key from memory.
func (o *Office) Close() error {
	o.mu.Lock()
	halls := o.halls
	o.halls = map[string]*Hall{}
	o.mu.Unlock() // what a hall still does in the background asks the office for its services
	var errs []error
	for _, h := range halls {
		errs = append(errs, h.close())
	}
	errs = append(errs, o.schemas.Close())
	o.master.Wipe()
	return errors.Join(errs...)
}

// Authorities lists those of this installation (SIREN), in their order.
func (o *Office) Authorities() ([]string, error) { return AuthoritiesIn(o.o.Dir) }

// AuthoritiesIn lists those of an installation that need not be open; none where there is none.
func AuthoritiesIn(dir string) ([]string, error) {
	halls := filepath.Join(dir, "halls")
	found, err := os.ReadDir(halls)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("listing the authorities: %w", err)
	}
	ids := []string{}
	for _, f := range found {
		if _, err := os.Stat(filepath.Join(halls, f.Name(), deviceFile)); err == nil {
			ids = append(ids, f.Name())
		}
	}
	sort.Strings(ids)
	return ids, nil
}

// Hall opens an authority, once.
func (o *Office) Hall(ctx context.Context, id string) (*Hall, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if h := o.halls[id]; h != nil {
		return h, nil
	}
	h, err := o.open(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("opening authority %s: %w", id, err)
	}
	o.halls[id] = h
	return h, nil
}

// Recovery is the code that brings the master key back on another computer.
func (o *Office) Recovery() (string, error) { return keys.Recovery(o.master) }

func (o *Office) hallDir(id string) string { return filepath.Join(o.o.Dir, "halls", id) }

// Dir is the installation's folder.
func (o *Office) Dir() string { return o.o.Dir }

// Recover gives the folder's installation, which may be empty, its master key back
// from the code of the recovery sheet; the office is opened next. Errors: those of
// keys.FromRecovery and keys.Keep.
func Recover(ctx context.Context, o Options, code string) error {
	master, err := keys.FromRecovery(code)
	if err != nil {
		return fmt.Errorf("reading the recovery code: %w", err)
	}
	defer master.Wipe()
	if err := os.MkdirAll(filepath.Join(o.Dir, "halls"), 0o700); err != nil {
		return fmt.Errorf("making the installation's folder: %w", err)
	}
	if err := keys.Keep(ctx, o.keys(), master); err != nil {
		return fmt.Errorf("keeping the master key: %w", err)
	}
	return nil
}
