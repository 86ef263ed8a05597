package token

import (
	"context"
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
)

// The reasons for which a key cannot sign; match them with errors.Is.
var (
	ErrUnavailable = errors.New("this build has no access to this kind of key")
	ErrNoToken     = errors.New("no token is present")
	ErrNoKey       = errors.New("no such signature key")
	ErrTokenGone   = errors.New("the token was removed")
	ErrWrongPIN    = errors.New("wrong PIN")
	ErrPINLocked   = errors.New("the PIN is locked")
	ErrModule      = errors.New("the token's module failed")
	ErrClosed      = errors.New("the session is closed")
	// ErrCancelled: the person closed the window in which the system asked for the PIN.
	ErrCancelled = errors.New("the person gave up")
	ErrAlgorithm = errors.New("the key does not sign with this algorithm")
)

// PINError is a refused PIN with what is known of the tries that remain.
// It unwraps to ErrWrongPIN or ErrPINLocked.
type PINError struct {
	Err error
	// CountLow, FinalTry and Locked are the token's own flags
	// (PKCS#11 v2.40 §3.2, CKF_USER_PIN_*).
	CountLow, FinalTry, Locked bool
	// Remaining is the number of tries left, -1 when the token does not tell:
	// PKCS#11 has flags only, so it is known to be 1 (final try) or 0 (locked).
	Remaining int
}

// Error implements error.
func (e *PINError) Error() string {
	if e.Remaining < 0 {
		return e.Err.Error()
	}
	return fmt.Sprintf("%v (tries left: %d)", e.Err, e.Remaining)
}

// Unwrap gives ErrWrongPIN or ErrPINLocked.
func (e *PINError) Unwrap() error { return e.Err }

// Info is what a token says of itself. It is zero for a file or a store.
type Info struct {
	Label, Serial, Manufacturer, Model string
	CountLow, FinalTry, Locked         bool
	// ProtectedPath: the PIN is typed on the reader (CKF_PROTECTED_AUTHENTICATION_PATH), or
	// in the system's own window: it is not to be asked for.
	ProtectedPath bool
}

// Key is a certificate whose private key is present.
type Key struct {
	// ID names the key within its provider; stable while the token is the same.
	ID          string
	Certificate *x509.Certificate
	// Chain holds the issuers found beside the certificate, leaf excluded.
	Chain []*x509.Certificate
	Token Info
	// AlwaysAuthenticate: the PIN is presented again for each signature; the
	// session does it alone, except on a reader with its own keypad.
	AlwaysAuthenticate bool
}

// Provider is a place where signature keys are.
type Provider interface {
	// Keys lists the keys that can be seen without a PIN; a PKCS#12 file, which
	// shows nothing without its passphrase, gives one Key with no Certificate.
	Keys(ctx context.Context) ([]Key, error)
	// Open opens the key for a lot. It takes the PIN over and wipes it.
	Open(ctx context.Context, id string, pin []byte) (Session, error)
}

// Session signs with one key until it is closed. It is safe for concurrent
// use, and has the shape of signature.Signer.
type Session interface {
	Certificate() *x509.Certificate
	Chain() []*x509.Certificate
	// Sign signs a digest: RSA PKCS#1 v1.5, RSA-PSS when opts is
	// *rsa.PSSOptions, or ECDSA in DER (X9.62 / RFC 3279 §2.2.3).
	Sign(ctx context.Context, digest []byte, opts crypto.SignerOpts) ([]byte, error)
	// Close ends the session and wipes what it kept of the PIN.
	Close() error
}

// StorePath stands where the path of a module would, for the certificate store of Windows.
const StorePath = "windows-store:"

// Wipe overwrites secret bytes with zeros.
func Wipe(secret []byte) { clear(secret) }

func checkDigest(digest []byte, opts crypto.SignerOpts) error {
	if opts == nil {
		return fmt.Errorf("%w: no hash named", ErrAlgorithm)
	}
	switch h := opts.HashFunc(); h {
	case crypto.SHA256, crypto.SHA384, crypto.SHA512:
		if len(digest) != h.Size() {
			return fmt.Errorf("%w: digest of %d bytes for %v", ErrAlgorithm, len(digest), h)
		}
		return nil
	default:
		return fmt.Errorf("%w: hash %d", ErrAlgorithm, uint(h))
	}
}
