package journal

import (
	"crypto/ed25519"
	"crypto/sha512"
	"slices"

	"github.com/oasisprotocol/curve25519-voi/curve"
	"github.com/oasisprotocol/curve25519-voi/curve/scalar"
)

// SeveralOf is from how many signatures of one key on its tables are worth making.
const SeveralOf = 8

// Verifier verifies signatures of one key, of which so many are to come. It accepts what crypto/ed25519 accepts, and
// nothing else, however many they are: laptops and servers of every version must judge alike.
func Verifier(key ed25519.PublicKey, many int) func(message, sig []byte) bool {
	if len(key) != ed25519.PublicKeySize {
		return func([]byte, []byte) bool { return false }
	}
	if many >= SeveralOf {
		if t := tablesOf(key); t != nil {
			return t.verify
		}
	}
	return func(message, sig []byte) bool { return ed25519.Verify(key, message, sig) }
}

// tables are the multiples of a key by which it is multiplied without doubling, as the base point is: a third of the
// time that crypto/ed25519 takes.
type tables struct {
	key     ed25519.PublicKey
	negated *curve.EdwardsBasepointTable
}

// tablesOf gives nil for a key that is no point.
func tablesOf(key ed25519.PublicKey) *tables {
	written, err := curve.NewCompressedEdwardsY().SetBytes(key)
	if err != nil {
		return nil
	}
	point, err := curve.NewEdwardsPoint().SetCompressedY(written)
	if err != nil {
		return nil
	}
	return &tables{key: slices.Clone(key), negated: curve.NewEdwardsBasepointTable(point.Neg(point))}
}

// verify is RFC 8032 §5.1.7 as crypto/ed25519 has it: without the cofactor, R compared as it is written, so that small
// orders and keys that are not canonical are let through as there. A batch verified at once would be faster
// still, but cannot be without the cofactor, and so accepts signatures that one verified alone refuses.
func (t *tables) verify(message, sig []byte) bool {
	if len(sig) != ed25519.SignatureSize || !scalar.ScMinimalVartime(sig[32:]) {
		return false
	}
	var s, k scalar.Scalar
	if _, err := s.SetBits(sig[32:]); err != nil {
		return false
	}
	hash := sha512.New()
	hash.Write(sig[:32])
	hash.Write(t.key)
	hash.Write(message)
	var digest [sha512.Size]byte
	if _, err := k.SetBytesModOrderWide(hash.Sum(digest[:0])); err != nil {
		return false
	}
	var r, part curve.EdwardsPoint
	r.MulBasepoint(curve.ED25519_BASEPOINT_TABLE, &s)
	r.Add(&r, part.MulBasepoint(t.negated, &k))
	var written curve.CompressedEdwardsY
	return string(written.SetEdwardsPoint(&r)[:]) == string(sig[:32])
}
