//go:build !windows

package token

import "context"

// HaveStore tells whether this system has a certificate store.
const HaveStore = false

// Store is the person's certificate store of Windows; here there is none.
type Store struct{}

// Keys gives ErrUnavailable.
func (Store) Keys(context.Context) ([]Key, error) { return nil, ErrUnavailable }

// Open gives ErrUnavailable, and wipes the PIN.
func (Store) Open(_ context.Context, _ string, pin []byte) (Session, error) {
	Wipe(pin)
	return nil, ErrUnavailable
}
