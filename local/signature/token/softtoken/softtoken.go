// Package softtoken makes a SoftHSM token in a folder, for the demonstration
// and the tests: a key that behaves as a town hall's token does, without one.
package softtoken

import (
	"context"
	"crypto"
	"crypto/x509"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"alpi40.fr/airial/local/signature/token"
)

// Options says what token to make.
type Options struct {
	// Folder receives the token and its configuration; it is made if absent.
	Folder string
	// Module is the path of libsofthsm2; empty looks where Debian puts it.
	Module string
	// Label is the token's name, 32 bytes at most.
	Label string
	// PIN and SOPIN are 4 bytes at least; Provision wipes both.
	PIN, SOPIN []byte
	// Key is an RSA or ECDSA P-256 private key; Certificates its chain, leaf first.
	Key          crypto.PrivateKey
	Certificates []*x509.Certificate
	// AlwaysAuthenticate asks for the PIN at each signature (CKA_ALWAYS_AUTHENTICATE).
	AlwaysAuthenticate bool
}

// Provision makes the token, or adds a key to the one of this label, and gives the provider
// that opens it. The calling
// program must call token.RunHelperIfAsked first in its main.
func Provision(ctx context.Context, o Options) (*token.PKCS11, error) {
	if len(o.Label) == 0 || len(o.Label) > 32 {
		return nil, fmt.Errorf("label of %d bytes, 1 to 32 allowed", len(o.Label))
	}
	provider, err := Provider(o.Folder, o.Module)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(o.Key)
	if err != nil {
		return nil, fmt.Errorf("encoding the token's key: %w", err)
	}
	return provider, provider.Import(ctx, o.Label, o.SOPIN, o.PIN, der, o.Certificates, o.AlwaysAuthenticate)
}

// Provider gives the tokens of a folder, and prepares an empty one.
func Provider(folder, module string) (*token.PKCS11, error) {
	if module == "" {
		found, err := Module()
		if err != nil {
			return nil, err
		}
		module = found
	}
	folder, err := filepath.Abs(folder)
	if err != nil {
		return nil, fmt.Errorf("finding the token's folder: %w", err)
	}
	if strings.ContainsAny(folder, "#\n") {
		return nil, fmt.Errorf("folder %q: SoftHSM's configuration cannot name a path with «#»", folder)
	}
	tokens := filepath.Join(folder, "tokens")
	if err := os.MkdirAll(tokens, 0o700); err != nil {
		return nil, fmt.Errorf("making the token's folder: %w", err)
	}
	conf := filepath.Join(folder, "softhsm2.conf")
	text := "directories.tokendir = " + tokens + "\nobjectstore.backend = file\nlog.level = ERROR\n"
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		return nil, fmt.Errorf("writing the token's configuration: %w", err)
	}
	return &token.PKCS11{Module: module, Env: []string{"SOFTHSM2_CONF=" + conf}}, nil
}

// Module finds SoftHSM's library; token.ErrUnavailable when it is not installed.
func Module() (string, error) {
	if runtime.GOOS == "windows" { // it has no usual place there, and these may be those of a Linux under Wine
		return "", fmt.Errorf("SoftHSM is not looked for: %w", token.ErrUnavailable)
	}
	for _, path := range []string{
		"/usr/lib/softhsm/libsofthsm2.so",
		"/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
		"/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
		"/usr/lib64/pkcs11/libsofthsm2.so",
	} {
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("SoftHSM is not installed: %w", token.ErrUnavailable)
}
