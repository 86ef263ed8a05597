package keys

import (
	"context"
	"fmt"
)

// KeepSecret stores a small secret of the town hall's, such as the passphrase of a
// certificate, in the keyring under a name; an empty one is taken away. Errors: ErrNoKeyring,
// ErrKeyringLocked, ErrKeyringDenied.
func KeepSecret(ctx context.Context, o Options, name, secret string) error {
	if o.Keyring == nil {
		return ErrNoKeyring
	}
	_, err := within(ctx, o.wait(), func() (struct{}, error) {
		if secret == "" {
			return struct{}{}, o.Keyring.Delete(keyringService, name)
		}
		return struct{}{}, o.Keyring.Set(keyringService, name, secret)
	})
	if err != nil {
		return fmt.Errorf("keeping the secret %s: %w", name, err)
	}
	return nil
}

// Secret gives what KeepSecret stored. Errors: those of KeepSecret, ErrKeyMissing.
func Secret(ctx context.Context, o Options, name string) (string, error) {
	if o.Keyring == nil {
		return "", ErrNoKeyring
	}
	secret, err := within(ctx, o.wait(), func() (string, error) { return o.Keyring.Get(keyringService, name) })
	if err != nil {
		return "", fmt.Errorf("reading the secret %s: %w", name, err)
	}
	return secret, nil
}
