package cms

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	_ "crypto/sha1" // old signatures are read, and judged by their algorithm
	_ "crypto/sha256"
	_ "crypto/sha3"
	_ "crypto/sha512"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"

	"golang.org/x/crypto/cryptobyte"
	cryptobyte_asn1 "golang.org/x/crypto/cryptobyte/asn1"

	"alpi40.fr/airial/local/signature"
)

var (
	oidRSA   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}
	oidPSS   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 10}
	oidMGF1  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 8}
	oidECKey = asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}
	oidEd    = asn1.ObjectIdentifier{1, 3, 101, 112}
)

// hashes are RFC 5754 §2, RFC 8702, and SHA-1 and MD5 for what is old.
var hashes = []struct {
	hash crypto.Hash
	oid  asn1.ObjectIdentifier
}{
	{crypto.SHA256, asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}},
	{crypto.SHA384, asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 2}},
	{crypto.SHA512, asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 3}},
	{crypto.SHA224, asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 4}},
	{crypto.SHA3_224, asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 7}},
	{crypto.SHA3_256, asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 8}},
	{crypto.SHA3_384, asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 9}},
	{crypto.SHA3_512, asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 10}},
	{crypto.SHA1, asn1.ObjectIdentifier{1, 3, 14, 3, 2, 26}},
	{crypto.MD5, asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 5}},
}

type family int

const (
	familyRSA family = iota
	familyPSS
	familyECDSA
	familyEd25519
)

// schemes are the signature algorithms that name their hash (RFC 5754 §3, RFC 8702, RFC 5758).
var schemes = []struct {
	family family
	hash   crypto.Hash
	oid    asn1.ObjectIdentifier
}{
	{familyRSA, crypto.SHA256, asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 11}},
	{familyRSA, crypto.SHA384, asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 12}},
	{familyRSA, crypto.SHA512, asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 13}},
	{familyRSA, crypto.SHA224, asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 14}},
	{familyRSA, crypto.SHA1, asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 5}},
	{familyRSA, crypto.MD5, asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 4}},
	{familyRSA, crypto.SHA3_224, asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, 13}},
	{familyRSA, crypto.SHA3_256, asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, 14}},
	{familyRSA, crypto.SHA3_384, asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, 15}},
	{familyRSA, crypto.SHA3_512, asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, 16}},
	{familyECDSA, crypto.SHA256, asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}},
	{familyECDSA, crypto.SHA384, asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 3}},
	{familyECDSA, crypto.SHA512, asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 4}},
	{familyECDSA, crypto.SHA224, asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 1}},
	{familyECDSA, crypto.SHA1, asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 1}},
	{familyECDSA, crypto.SHA3_224, asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, 9}},
	{familyECDSA, crypto.SHA3_256, asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, 10}},
	{familyECDSA, crypto.SHA3_384, asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, 11}},
	{familyECDSA, crypto.SHA3_512, asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, 12}},
}

// HashByOID gives the hash named by an algorithm identifier, 0 when unknown or not built in.
func HashByOID(oid asn1.ObjectIdentifier) crypto.Hash {
	for _, h := range hashes {
		if h.oid.Equal(oid) && h.hash.Available() {
			return h.hash
		}
	}
	return 0
}

func oidOfHash(hash crypto.Hash) asn1.ObjectIdentifier {
	for _, h := range hashes {
		if h.hash == hash {
			return h.oid
		}
	}
	return nil
}

// scheme is how a signature value is made.
type scheme struct {
	family family
	hash   crypto.Hash
	salt   int
	mgf    crypto.Hash
}

// schemeFor chooses how a certificate's key signs: RSA with SHA-256, ECDSA
// with the hash of its curve's strength.
func schemeFor(cert *x509.Certificate, pss bool) (scheme, error) {
	switch key := cert.PublicKey.(type) {
	case *rsa.PublicKey:
		if pss {
			return scheme{familyPSS, crypto.SHA256, crypto.SHA256.Size(), crypto.SHA256}, nil
		}
		return scheme{family: familyRSA, hash: crypto.SHA256}, nil
	case *ecdsa.PublicKey:
		hash := crypto.SHA256
		switch key.Curve {
		case elliptic.P384():
			hash = crypto.SHA384
		case elliptic.P521():
			hash = crypto.SHA512
		}
		return scheme{family: familyECDSA, hash: hash}, nil
	}
	return scheme{}, fmt.Errorf("a key of type %T: %w", cert.PublicKey, signature.ErrKey)
}

func (s scheme) options() crypto.SignerOpts {
	if s.family == familyPSS {
		return &rsa.PSSOptions{SaltLength: s.salt, Hash: s.hash}
	}
	return s.hash
}

// appendTo writes the AlgorithmIdentifier.
func (s scheme) appendTo(b *cryptobyte.Builder) {
	b.AddASN1(cryptobyte_asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		if s.family == familyPSS {
			s.appendPSS(b)
			return
		}
		for _, known := range schemes {
			if known.family == s.family && known.hash == s.hash {
				b.AddASN1ObjectIdentifier(known.oid)
			}
		}
		if s.family == familyRSA {
			b.AddASN1NULL()
		}
	})
}

// appendPSS writes RSASSA-PSS-params (RFC 4055 §3.1).
func (s scheme) appendPSS(b *cryptobyte.Builder) {
	b.AddASN1ObjectIdentifier(oidPSS)
	b.AddASN1(cryptobyte_asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(explicit(0), func(b *cryptobyte.Builder) { addHash(b, s.hash) })
		b.AddASN1(explicit(1), func(b *cryptobyte.Builder) {
			b.AddASN1(cryptobyte_asn1.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1ObjectIdentifier(oidMGF1)
				addHash(b, s.mgf)
			})
		})
		b.AddASN1(explicit(2), func(b *cryptobyte.Builder) { b.AddASN1Int64(int64(s.salt)) })
	})
}

// addHash writes a hash's AlgorithmIdentifier, without parameters (RFC 5754 §2).
func addHash(b *cryptobyte.Builder, hash crypto.Hash) {
	b.AddASN1(cryptobyte_asn1.SEQUENCE, func(b *cryptobyte.Builder) { b.AddASN1ObjectIdentifier(oidOfHash(hash)) })
}

func explicit(n uint8) cryptobyte_asn1.Tag {
	return cryptobyte_asn1.Tag(n).ContextSpecific().Constructed()
}

// readScheme reads a signature AlgorithmIdentifier; digest is what the
// SignerInfo says besides, for algorithms that do not name their hash.
func readScheme(oid asn1.ObjectIdentifier, params cryptobyte.String, digest crypto.Hash) (scheme, error) {
	switch {
	case oid.Equal(oidRSA):
		return scheme{family: familyRSA, hash: digest}, nil
	case oid.Equal(oidECKey):
		return scheme{family: familyECDSA, hash: digest}, nil
	case oid.Equal(oidEd):
		return scheme{family: familyEd25519, hash: digest}, nil
	case oid.Equal(oidPSS):
		return readPSS(params)
	}
	for _, known := range schemes {
		if known.oid.Equal(oid) {
			return scheme{family: known.family, hash: known.hash}, nil
		}
	}
	return scheme{}, fmt.Errorf("signature algorithm %v: %w", oid, ErrAlgorithm)
}

func readPSS(params cryptobyte.String) (scheme, error) {
	s := scheme{family: familyPSS, hash: crypto.SHA1, mgf: crypto.SHA1, salt: 20}
	bad := fmt.Errorf("RSASSA-PSS parameters: %w", ErrAlgorithm)
	if len(params) == 0 {
		return s, nil
	}
	var seq, field cryptobyte.String
	var has bool
	if !params.ReadASN1(&seq, cryptobyte_asn1.SEQUENCE) || !seq.ReadOptionalASN1(&field, &has, explicit(0)) {
		return s, bad
	}
	if has {
		oid, _, ok := readAlgorithm(&field)
		if s.hash = HashByOID(oid); !ok || s.hash == 0 {
			return s, bad
		}
	}
	if !seq.ReadOptionalASN1(&field, &has, explicit(1)) {
		return s, bad
	}
	if has {
		oid, rest, ok := readAlgorithm(&field)
		if !ok || !oid.Equal(oidMGF1) {
			return s, bad
		}
		inner, _, ok := readAlgorithm(&rest)
		if s.mgf = HashByOID(inner); !ok || s.mgf == 0 {
			return s, bad
		}
	}
	if !seq.ReadOptionalASN1(&field, &has, explicit(2)) {
		return s, bad
	}
	if has && (!field.ReadASN1Integer(&s.salt) || s.salt < 0 || s.salt > 512) {
		return s, bad
	}
	if s.mgf != s.hash {
		return s, fmt.Errorf("RSASSA-PSS with two hashes: %w", ErrAlgorithm)
	}
	return s, nil
}

// readAlgorithm reads an AlgorithmIdentifier and gives its parameters as they are.
func readAlgorithm(in *cryptobyte.String) (oid asn1.ObjectIdentifier, params cryptobyte.String, ok bool) {
	var seq cryptobyte.String
	if !in.ReadASN1(&seq, cryptobyte_asn1.SEQUENCE) || !seq.ReadASN1ObjectIdentifier(&oid) {
		return nil, nil, false
	}
	return oid, seq, true
}

// CheckValue verifies a bare signature value over a digest, with the same limits on keys
// as CMS: scheme is "RSA-PKCS1", "RSA-PSS" (a salt as long as the hash) or "ECDSA" (in
// DER). Errors: ErrSignature, ErrAlgorithm.
func CheckValue(key crypto.PublicKey, name string, hash crypto.Hash, digest, value []byte) error {
	if !hash.Available() {
		return fmt.Errorf("hash %d: %w", uint(hash), ErrAlgorithm)
	}
	s := scheme{hash: hash, mgf: hash, salt: hash.Size()}
	switch name {
	case "RSA-PKCS1":
		s.family = familyRSA
	case "RSA-PSS":
		s.family = familyPSS
	case "ECDSA":
		s.family = familyECDSA
	default:
		return fmt.Errorf("%q: %w", name, ErrAlgorithm)
	}
	return s.verifyDigest(key, digest, value)
}

// The reasons for which a signature does not hold; match them with errors.Is.
var (
	// ErrDigest: the content is not what was signed.
	ErrDigest = errors.New("the content is not what was signed")
	// ErrSignature: the signature value was not made by this key.
	ErrSignature = errors.New("the signature was not made by this key")
	// ErrAlgorithm: the algorithm is unknown or not accepted at all.
	ErrAlgorithm = errors.New("the algorithm is not accepted")
	// ErrAttributes: a signed attribute is missing, doubled or contradicts the rest.
	ErrAttributes = errors.New("the signed attributes are not valid")
)

// verify checks a signature value over message.
func (s scheme) verify(key crypto.PublicKey, message, value []byte) error {
	if s.family == familyEd25519 {
		if k, ok := key.(ed25519.PublicKey); !ok || !ed25519.Verify(k, message, value) {
			return ErrSignature
		}
		return nil
	}
	if !s.hash.Available() {
		return fmt.Errorf("hash %d: %w", uint(s.hash), ErrAlgorithm)
	}
	h := s.hash.New()
	h.Write(message)
	return s.verifyDigest(key, h.Sum(nil), value)
}

func (s scheme) verifyDigest(key crypto.PublicKey, digest, value []byte) error {
	switch key := key.(type) {
	case *rsa.PublicKey:
		if key.N.BitLen() < 1024 || key.N.BitLen() > 16384 {
			return fmt.Errorf("an RSA key of %d bits: %w", key.N.BitLen(), ErrAlgorithm)
		}
		var err error
		switch s.family {
		case familyRSA:
			err = rsa.VerifyPKCS1v15(key, s.hash, digest, value)
		case familyPSS:
			err = rsa.VerifyPSS(key, s.hash, digest, value, &rsa.PSSOptions{SaltLength: s.salt, Hash: s.hash})
		default:
			err = ErrSignature
		}
		if err != nil {
			return fmt.Errorf("%w: %w", ErrSignature, err)
		}
		return nil
	case *ecdsa.PublicKey:
		if s.family != familyECDSA || !ecdsa.VerifyASN1(key, digest, value) {
			return ErrSignature
		}
		return nil
	}
	return fmt.Errorf("a key of type %T: %w", key, ErrAlgorithm)
}
