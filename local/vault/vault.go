package vault

import (
	"context"
	"crypto/ecdh"
	"fmt"
	"io"
	"sync"

	"filippo.io/age"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/store/keys"
)

// Options say what a vault stands on, beside its journal.
type Options struct {
	// Exchange is this computer's own X25519 key.
	Exchange *ecdh.PrivateKey
	// Devices gives the authority's computers, this one among them.
	Devices func(*store.Tx) ([]Device, error)
	// Rand is the source of keys and nonces.
	Rand io.Reader
}

// Vault is the vault that a journal holds. It may be used from several goroutines.
type Vault struct {
	j        *journal.Journal
	o        Options
	identity age.Identity

	mu    sync.Mutex
	known map[string]map[string]*key // by space and name
}

// New gives the vault that a journal holds; the journal has Projections.
func New(j *journal.Journal, o Options) (*Vault, error) {
	identity, err := keys.AgeIdentity(o.Exchange.Bytes())
	if err != nil {
		return nil, fmt.Errorf("reading this computer's exchange key: %w", err)
	}
	return &Vault{j: j, o: o, identity: identity, known: map[string]map[string]*key{}}, nil
}

func (v *Vault) today() authority.Day { return authority.DayOf(v.j.Now()) }

// commit makes an act and opens what it changed.
func (v *Vault) commit(ctx context.Context, actor string, decide func(*store.Tx) ([]journal.Draft, error)) error {
	if _, err := v.j.Commit(ctx, actor, decide); err != nil {
		return err
	}
	return v.Refresh(ctx)
}
