package cms

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"slices"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cryptobyte_asn1 "golang.org/x/crypto/cryptobyte/asn1"

	"alpi40.fr/airial/local/signature"
)

// Object identifiers of RFC 5652, RFC 5035, RFC 3161 and RFC 5940.
var (
	OIDData                 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	OIDSignedData           = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	OIDContentType          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	OIDMessageDigest        = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	OIDSigningTime          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 5}
	OIDSigningCertificate   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 12}
	OIDSigningCertificateV2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47}
	OIDSignatureTimestamp   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 14}
	OIDTSTInfo              = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 1, 4}
	oidAdobeRevocation      = asn1.ObjectIdentifier{1, 2, 840, 113583, 1, 1, 8}
	oidOCSPInfo             = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 16, 2}
)

// Options says how to sign.
type Options struct {
	// PSS signs with RSA-PSS rather than PKCS#1 v1.5 when the key is RSA.
	PSS bool
	// SigningTime, when it is not zero, becomes a signed attribute: CAdES wants it (EN
	// 319 122-1 §5.2.1), PAdES forbids it.
	SigningTime time.Time
}

// Hash gives the hash that a certificate's key signs with: the one to digest
// the content with. Error: signature.ErrKey.
func Hash(cert *x509.Certificate, o Options) (crypto.Hash, error) {
	s, err := schemeFor(cert, o.PSS)
	return s.hash, err
}

// Sign makes a detached CAdES signature (EN 319 122-1, as EN 319 142-1 §6.3
// narrows it): one SignerInfo; content-type, message-digest and
// signing-certificate-v2 signed, signing-time where it is asked for; the whole known chain inside.
// digest is that of the content, made with Hash. The result is DER, and the
// signature in it was verified.
func Sign(ctx context.Context, signer signature.Signer, digest []byte, o Options) ([]byte, error) {
	cert := signer.Certificate()
	s, err := schemeFor(cert, o.PSS)
	if err != nil {
		return nil, err
	}
	if len(digest) != s.hash.Size() {
		return nil, fmt.Errorf("a digest of %d bytes for %v: %w", len(digest), s.hash, ErrDigest)
	}
	attrs, err := signedAttributes(cert, digest, o.SigningTime)
	if err != nil {
		return nil, fmt.Errorf("encoding the signed attributes: %w", err)
	}
	h := s.hash.New()
	h.Write(retag(attrs, cryptobyte_asn1.SET))
	attrsDigest := h.Sum(nil)
	value, err := signer.Sign(ctx, attrsDigest, s.options())
	if err != nil {
		return nil, fmt.Errorf("signing with the key: %w", err)
	}
	if err := s.verifyDigest(cert.PublicKey, attrsDigest, value); err != nil {
		return nil, fmt.Errorf("%w: %w", signature.ErrMismatch, err)
	}
	return encode(s, signer, attrs, value)
}

// Room gives an upper bound of the DER size of a signature by signer, without
// using its key, its timestamp not counted.
func Room(signer signature.Signer, o Options) (int, error) {
	cert := signer.Certificate()
	s, err := schemeFor(cert, o.PSS)
	if err != nil {
		return 0, err
	}
	attrs, err := signedAttributes(cert, make([]byte, s.hash.Size()), o.SigningTime)
	if err != nil {
		return 0, fmt.Errorf("encoding the signed attributes: %w", err)
	}
	value := 160 // an ECDSA signature on P-521 takes 139 bytes
	if key, ok := cert.PublicKey.(*rsa.PublicKey); ok {
		value = key.Size()
	}
	der, err := encode(s, signer, attrs, make([]byte, value))
	return len(der), err
}

// signedAttributes gives the attributes in DER order under their implicit [0] tag.
func signedAttributes(cert *x509.Certificate, digest []byte, at time.Time) ([]byte, error) {
	fingerprint := crypto.SHA256.New()
	fingerprint.Write(cert.Raw)
	values := [][]byte{
		attribute(OIDContentType, func(b *cryptobyte.Builder) { b.AddASN1ObjectIdentifier(OIDData) }),
		attribute(OIDMessageDigest, func(b *cryptobyte.Builder) { b.AddASN1OctetString(digest) }),
		// SigningCertificateV2 { certs { ESSCertIDv2 { certHash } } }, SHA-256 being the default (RFC 5035 §3).
		attribute(OIDSigningCertificateV2, func(b *cryptobyte.Builder) {
			nest(b, 3, func(b *cryptobyte.Builder) { b.AddASN1OctetString(fingerprint.Sum(nil)) })
		}),
	}
	if !at.IsZero() {
		der, err := asn1.Marshal(at.UTC())
		if err != nil {
			return nil, err
		}
		values = append(values, attribute(OIDSigningTime, func(b *cryptobyte.Builder) { b.AddBytes(der) }))
	}
	slices.SortFunc(values, bytes.Compare)
	var b cryptobyte.Builder
	b.AddASN1(explicit(0), func(b *cryptobyte.Builder) { b.AddBytes(bytes.Join(values, nil)) })
	return b.Bytes()
}

func attribute(oid asn1.ObjectIdentifier, value cryptobyte.BuilderContinuation) []byte {
	var b cryptobyte.Builder
	b.AddASN1(cryptobyte_asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier(oid)
		b.AddASN1(cryptobyte_asn1.SET, value)
	})
	return b.BytesOrPanic() // short values under fixed identifiers cannot fail
}

func nest(b *cryptobyte.Builder, levels int, inner cryptobyte.BuilderContinuation) {
	if levels == 0 {
		inner(b)
		return
	}
	b.AddASN1(cryptobyte_asn1.SEQUENCE, func(b *cryptobyte.Builder) { nest(b, levels-1, inner) })
}

// retag gives the same DER under another one-byte tag.
func retag(der []byte, tag cryptobyte_asn1.Tag) []byte {
	out := bytes.Clone(der)
	out[0] = byte(tag)
	return out
}

func encode(s scheme, signer signature.Signer, attrs, value []byte) ([]byte, error) {
	cert := signer.Certificate()
	var b cryptobyte.Builder
	b.AddASN1(cryptobyte_asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier(OIDSignedData)
		b.AddASN1(explicit(0), func(b *cryptobyte.Builder) {
			b.AddASN1(cryptobyte_asn1.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1Int64(1)
				b.AddASN1(cryptobyte_asn1.SET, func(b *cryptobyte.Builder) { addHash(b, s.hash) })
				b.AddASN1(cryptobyte_asn1.SEQUENCE, func(b *cryptobyte.Builder) { b.AddASN1ObjectIdentifier(OIDData) })
				b.AddASN1(explicit(0), func(b *cryptobyte.Builder) { addCertificates(b, cert, signer.Chain()) })
				b.AddASN1(cryptobyte_asn1.SET, func(b *cryptobyte.Builder) { addSigner(b, s, cert, attrs, value) })
			})
		})
	})
	return b.Bytes()
}

// addCertificates writes the set in DER order.
func addCertificates(b *cryptobyte.Builder, leaf *x509.Certificate, chain []*x509.Certificate) {
	ders := [][]byte{leaf.Raw}
	for _, c := range chain {
		ders = append(ders, c.Raw)
	}
	slices.SortFunc(ders, bytes.Compare)
	for _, der := range slices.CompactFunc(ders, bytes.Equal) {
		b.AddBytes(der)
	}
}

func addSigner(b *cryptobyte.Builder, s scheme, cert *x509.Certificate, attrs, value []byte) {
	b.AddASN1(cryptobyte_asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1Int64(1)
		b.AddASN1(cryptobyte_asn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddBytes(cert.RawIssuer)
			b.AddASN1BigInt(cert.SerialNumber)
		})
		addHash(b, s.hash)
		b.AddBytes(attrs)
		s.appendTo(b)
		b.AddASN1OctetString(value)
	})
}
