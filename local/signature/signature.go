package signature

import (
	"context"
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
)

// Signer is a private key with its certificate. It is used from one goroutine
// at a time unless its own documentation says otherwise.
type Signer interface {
	// Certificate is the signing certificate.
	Certificate() *x509.Certificate
	// Chain is the known issuers, nearest first; the leaf may or may not be repeated.
	Chain() []*x509.Certificate
	// Sign signs a digest: RSA PKCS#1 v1.5, RSA-PSS when opts is
	// *rsa.PSSOptions, or ECDSA in DER.
	Sign(ctx context.Context, digest []byte, opts crypto.SignerOpts) ([]byte, error)
}

// Timestamper gives RFC 3161 timestamps.
type Timestamper interface {
	// Timestamp gives the DER of a TimeStampToken (RFC 3161 §2.4.2) over digest,
	// which was made with hash.
	Timestamp(ctx context.Context, digest []byte, hash crypto.Hash) (token []byte, err error)
}

// RevocationSource gives the proofs of a certificate's state.
type RevocationSource interface {
	// Revocation gives DER OCSPResponses (RFC 6960) and DER CertificateLists
	// (RFC 5280 §5) about cert, issued by issuer. One proof is enough.
	Revocation(ctx context.Context, cert, issuer *x509.Certificate) (ocsps, crls [][]byte, err error)
}

// Level is how far a signature goes (ETSI EN 319 142-1 §6). Levels are ordered.
type Level int

// The levels. LevelNone is a signature that is not baseline, such as
// adbe.pkcs7.detached without signing-certificate.
const (
	LevelNone Level = iota
	// LevelB: signed, its time is only declared.
	LevelB
	// LevelT: a timestamp proves that it existed.
	LevelT
	// LevelLT: the document carries what validates it for long.
	LevelLT
	// LevelLTA: an archive timestamp covers all that.
	LevelLTA
)

// String gives "B-B", "B-T", "B-LT", "B-LTA", or "" for LevelNone.
func (l Level) String() string {
	names := [...]string{"", "B-B", "B-T", "B-LT", "B-LTA"}
	if l < 0 || int(l) >= len(names) {
		return fmt.Sprintf("Level(%d)", int(l))
	}
	return names[l]
}

// MarshalText writes String.
func (l Level) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// The reasons for which a document cannot be read, signed or raised; match
// them with errors.Is. Each calls for its own words to the person.
var (
	// ErrEmpty: the file has no byte.
	ErrEmpty = errors.New("the file is empty")
	// ErrNotPDF: the content is something else, whatever the name says.
	ErrNotPDF = errors.New("the file is not a PDF")
	// ErrTruncated: the end of the file is missing.
	ErrTruncated = errors.New("the PDF is cut short")
	// ErrBroken: the structure is damaged.
	ErrBroken = errors.New("the PDF is damaged")
	// ErrTooLarge: a size, a depth or a count is beyond what is read.
	ErrTooLarge = errors.New("the PDF is beyond the limits")
	// ErrEncrypted: the document is protected by a password or by certificates.
	ErrEncrypted = errors.New("the PDF is encrypted")
	// ErrCertified: the certification forbids any change (DocMDP P=1), hence any new signature.
	ErrCertified = errors.New("the PDF is certified and allows no change")
	// ErrLocked: an earlier signature locks the signature field (FieldMDP).
	ErrLocked = errors.New("an earlier signature locks this field")
	// ErrNoField: the named signature field does not exist or is not for signatures.
	ErrNoField = errors.New("no such signature field")
	// ErrFieldSigned: the named signature field is already signed.
	ErrFieldSigned = errors.New("the signature field is already signed")
	// ErrNoPage: the page asked for the appearance does not exist.
	ErrNoPage = errors.New("no such page")
	// ErrNotSigned: there is no signature to raise or to show.
	ErrNotSigned = errors.New("the PDF is not signed")
	// ErrKey: the certificate's key is of a kind that does not sign here.
	ErrKey = errors.New("unsupported kind of key")
	// ErrTimestamp: the timestamp is not of this signature or cannot be read.
	ErrTimestamp = errors.New("the timestamp does not fit")
	// ErrMismatch: the signature made does not verify with the certificate.
	ErrMismatch = errors.New("the signature does not fit the certificate")
	// ErrRevoked: a revocation answer says that a certificate is revoked.
	ErrRevoked = errors.New("a certificate is revoked")
	// ErrNoRevocation: no proof of a certificate's state could be had.
	ErrNoRevocation = errors.New("no proof that a certificate is not revoked")
	// ErrCMS: the signature's own structure cannot be read.
	ErrCMS = errors.New("the CMS structure is not valid")
)
