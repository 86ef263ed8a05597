package cms

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"math/big"
	"time"

	"alpi40.fr/airial/local/signature"
)

// Timestamp is a TimeStampToken (RFC 3161 §2.4.2).
type Timestamp struct {
	*SignedData
	Time     time.Time
	Accuracy time.Duration
	Policy   asn1.ObjectIdentifier
	Serial   *big.Int
	// Hash and Imprint are of what was timestamped; Hash is 0 when unknown.
	Hash    crypto.Hash
	Imprint []byte
}

type tstInfo struct {
	Version    int
	Policy     asn1.ObjectIdentifier
	Imprint    messageImprint
	Serial     *big.Int
	Time       time.Time     `asn1:"generalized"`
	Accuracy   accuracy      `asn1:"optional"`
	Ordering   bool          `asn1:"optional,default:false"`
	Nonce      *big.Int      `asn1:"optional"`
	TSA        asn1.RawValue `asn1:"tag:0,optional"`
	Extensions asn1.RawValue `asn1:"tag:1,optional"`
}

type messageImprint struct {
	Algorithm pkix.AlgorithmIdentifier
	Digest    []byte
}

type accuracy struct {
	Seconds int `asn1:"optional"`
	Millis  int `asn1:"tag:0,optional"`
	Micros  int `asn1:"tag:1,optional"`
}

// ParseTimestamp reads a token; zero bytes may follow it. Its signature is
// verified by Verify. Error: signature.ErrTimestamp.
func ParseTimestamp(ber []byte) (*Timestamp, error) {
	sd, err := Parse(ber)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", signature.ErrTimestamp, err)
	}
	if !sd.ContentType.Equal(OIDTSTInfo) || len(sd.Signers) != 1 {
		return nil, fmt.Errorf("not a token: %w", signature.ErrTimestamp)
	}
	var info tstInfo
	if rest, err := asn1.Unmarshal(sd.Content, &info); err != nil || len(rest) > 0 {
		return nil, fmt.Errorf("reading TSTInfo: %w", signature.ErrTimestamp)
	}
	a := info.Accuracy
	return &Timestamp{
		SignedData: sd, Time: info.Time.UTC(), Policy: info.Policy, Serial: info.Serial,
		Accuracy: time.Duration(a.Seconds)*time.Second + time.Duration(a.Millis)*time.Millisecond + time.Duration(a.Micros)*time.Microsecond,
		Hash:     HashByOID(info.Imprint.Algorithm.Algorithm), Imprint: info.Imprint.Digest,
	}, nil
}

// Covers tells whether digest, made with the token's Hash, is what it stamps.
func (t *Timestamp) Covers(digest []byte) bool { return t.Hash != 0 && bytes.Equal(t.Imprint, digest) }

// Verify checks the token's own signature and gives the certificate that made
// it, found among the token's and the others.
func (t *Timestamp) Verify(others []*x509.Certificate) (*x509.Certificate, error) {
	si := &t.Signers[0]
	if !si.DigestAlgorithm.Available() {
		return nil, fmt.Errorf("the timestamp's digest: %w", ErrAlgorithm)
	}
	cert := si.Find(t.Certificates, others)
	if cert == nil {
		return nil, fmt.Errorf("the timestamp's certificate is missing: %w", signature.ErrTimestamp)
	}
	if bound, matches := si.SigningCertificate(cert); bound && !matches {
		return cert, fmt.Errorf("the timestamp's signing-certificate: %w", ErrAttributes)
	}
	h := si.DigestAlgorithm.New()
	h.Write(t.Content)
	return cert, si.Check(cert, t.ContentType, h.Sum(nil))
}

// Find gives the certificate of the signer: the one its signed attribute binds
// when there is one, else the one it names.
func (si *SignerInfo) Find(pools ...[]*x509.Certificate) *x509.Certificate {
	var named *x509.Certificate
	for _, pool := range pools {
		for _, cert := range pool {
			if _, matches := si.SigningCertificate(cert); matches {
				return cert
			}
			if named == nil && si.Names(cert) {
				named = cert
			}
		}
	}
	return named
}
