package server

import (
	"crypto/ed25519"

	fast "github.com/oasisprotocol/curve25519-voi/primitives/ed25519"
)

// severalOf is from how many signatures of one key on its tables are worth making.
const severalOf = 8

// asLaptops verifies as crypto/ed25519 does, by which laptops check: without the cofactor, small orders and
// keys that are not canonical let through as there. Verifying a batch at once would be faster still,
// but cannot be done without the cofactor, and so accepts signatures that laptops refuse.
var asLaptops = &fast.Options{Verify: fast.VerifyOptionsStdLib}

// verifier verifies signatures of one key, of which so many are to come.
func verifier(key ed25519.PublicKey, many int) func(message, sig []byte) bool {
	if len(key) != ed25519.PublicKeySize {
		return func([]byte, []byte) bool { return false }
	}
	if many >= severalOf {
		if tables, err := fast.NewExpandedPublicKey(fast.PublicKey(key)); err == nil {
			return func(message, sig []byte) bool { return fast.VerifyExpandedWithOptions(tables, message, sig, asLaptops) }
		}
	}
	return func(message, sig []byte) bool { return ed25519.Verify(key, message, sig) }
}
