package keys

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/zalando/go-keyring"
)

var (
	// ErrNoKeyring: this machine or session has no keyring.
	ErrNoKeyring = errors.New("no keyring")
	// ErrKeyringLocked: the keyring is there and stayed closed: its password was not
	// given, or it did not answer in time.
	ErrKeyringLocked = errors.New("keyring locked")
	// ErrKeyringDenied: the keyring refused this program.
	ErrKeyringDenied = errors.New("keyring access denied")
	// ErrKeyMissing: the keyring answers and does not have the key (another account,
	// a reset profile): the recovery sheet is needed.
	ErrKeyMissing = errors.New("key missing from the keyring")
)

// Keyring is the system's store of secrets. Each call may wait for a person, and
// has no way to be stopped. Get of an unknown account gives ErrKeyMissing.
type Keyring interface {
	Get(service, account string) (string, error)
	Set(service, account, secret string) error
	Delete(service, account string) error
}

// System is the keyring of the platform.
func System() Keyring { return system{} }

type system struct{}

func (system) Get(service, account string) (string, error) {
	secret, err := keyring.Get(service, account)
	return secret, explain(err)
}

func (system) Set(service, account, secret string) error {
	return explain(keyring.Set(service, account, secret))
}

func (system) Delete(service, account string) error {
	return explain(keyring.Delete(service, account))
}

// explain joins the system's error with what it means for the person.
func explain(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, keyring.ErrNotFound):
		return fmt.Errorf("%w: %w", ErrKeyMissing, err)
	case errors.Is(err, keyring.ErrUnsupportedPlatform):
		return fmt.Errorf("%w: %w", ErrNoKeyring, err)
	}
	if meaning := platformMeaning(err); meaning != nil {
		return fmt.Errorf("%w: %w", meaning, err)
	}
	return err
}

const (
	keyringService = "Airial"
	// defaultWait leaves a person the time to type the keyring's password.
	defaultWait = time.Minute
)

// within bounds a call that knows no context: Secret Service can wait for ever for a
// prompt that nobody sees. The goroutine then ends when the keyring does.
func within[T any](ctx context.Context, wait time.Duration, call func() (T, error)) (T, error) {
	type answer struct {
		v   T
		err error
	}
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	answers := make(chan answer, 1)
	go func() {
		v, err := call()
		answers <- answer{v, err}
	}()
	select {
	case a := <-answers:
		return a.v, a.err
	case <-ctx.Done():
		var none T
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return none, fmt.Errorf("%w: no answer within %s", ErrKeyringLocked, wait)
		}
		return none, ctx.Err()
	}
}

func fromKeyring(ctx context.Context, o Options, account string) (*Master, error) {
	if o.Keyring == nil {
		return nil, ErrNoKeyring
	}
	text, err := within(ctx, o.wait(), func() (string, error) { return o.Keyring.Get(keyringService, account) })
	if err != nil {
		return nil, err
	}
	key, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(key) != Size {
		return nil, fmt.Errorf("%w: what it holds is no master key", ErrKeyMissing)
	}
	defer clear(key)
	return newMaster([Size]byte(key)), nil
}

// intoKeyring stores the key and reads it back, since a key that was not kept is lost.
func intoKeyring(ctx context.Context, o Options, account string, m *Master) error {
	if o.Keyring == nil {
		return ErrNoKeyring
	}
	var text string
	if err := m.expose(func(key []byte) error {
		text = base64.StdEncoding.EncodeToString(key)
		return nil
	}); err != nil {
		return err
	}
	back, err := within(ctx, o.wait(), func() (string, error) {
		if err := o.Keyring.Set(keyringService, account, text); err != nil {
			return "", err
		}
		return o.Keyring.Get(keyringService, account)
	})
	if err == nil && back != text {
		err = fmt.Errorf("%w: it gives back something else", ErrKeyMissing)
	}
	return err
}
