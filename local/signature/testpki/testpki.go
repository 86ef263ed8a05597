// Package testpki is a certification authority for the tests of the signature
// packages: a root, an issuing authority, signers, timestamps and revocation
// answers, all in memory.
package testpki

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/digitorus/timestamp"
	"golang.org/x/crypto/ocsp"
)

// Start is when the authority was made; certificates are valid from the day before.
var Start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// Identity is a certificate and its key; it is a signature.Signer.
type Identity struct {
	Cert   *x509.Certificate
	Key    crypto.Signer
	Issuer *Identity
	// Signed counts the signatures made.
	Signed int
}

// Certificate implements signature.Signer.
func (i *Identity) Certificate() *x509.Certificate { return i.Cert }

// Chain implements signature.Signer.
func (i *Identity) Chain() []*x509.Certificate {
	var out []*x509.Certificate
	for up := i.Issuer; up != nil; up = up.Issuer {
		out = append(out, up.Cert)
	}
	return out
}

// Sign implements signature.Signer.
func (i *Identity) Sign(_ context.Context, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	i.Signed++
	return i.Key.Sign(rand.Reader, digest, opts)
}

// Authority is the whole.
type Authority struct {
	t                            testing.TB
	Root, Issuing, TSA, Delegate *Identity
	// Now is the clock of the services.
	Now     time.Time
	Revoked map[string]time.Time
	serial  int64
}

// New makes an authority.
func New(t testing.TB) *Authority {
	t.Helper()
	a := &Authority{t: t, Now: Start, Revoked: map[string]time.Time{}}
	a.Root = a.Issue(nil, EC(t), "Racine d'essai", 20, func(c *x509.Certificate) { ca(c) })
	a.Issuing = a.Issue(a.Root, EC(t), "Autorité d'essai", 15, func(c *x509.Certificate) { ca(c) })
	a.TSA = a.Issue(a.Issuing, EC(t), "Horodatage d'essai", 10, func(c *x509.Certificate) {
		c.KeyUsage = x509.KeyUsageDigitalSignature
		usage, _ := asn1.Marshal([]asn1.ObjectIdentifier{{1, 3, 6, 1, 5, 5, 7, 3, 8}})
		c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 37}, Critical: true, Value: usage}}
	})
	a.Delegate = a.Issue(a.Issuing, EC(t), "OCSP d'essai", 10, func(c *x509.Certificate) {
		c.KeyUsage, c.ExtKeyUsage = x509.KeyUsageDigitalSignature, []x509.ExtKeyUsage{x509.ExtKeyUsageOCSPSigning}
		c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 5}, Value: asn1.NullBytes}}
	})
	return a
}

func ca(c *x509.Certificate) {
	c.IsCA, c.BasicConstraintsValid, c.KeyUsage = true, true, x509.KeyUsageCertSign|x509.KeyUsageCRLSign
}

// EC makes a P-256 key.
func EC(t testing.TB) crypto.Signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// RSA makes a key of so many bits.
func RSA(t testing.TB, bits int) crypto.Signer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// Issue makes a certificate for key; issuer nil makes it self-signed.
func (a *Authority) Issue(issuer *Identity, key crypto.Signer, name string, years int, shape func(*x509.Certificate)) *Identity {
	a.t.Helper()
	a.serial++
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1000 + a.serial), Subject: pkix.Name{CommonName: name, Organization: []string{"Saint-Airial-des-Pins"}, Country: []string{"FR"}},
		NotBefore: Start.Add(-24 * time.Hour), NotAfter: Start.AddDate(years, 0, 0), SubjectKeyId: big.NewInt(5000 + a.serial).Bytes(),
	}
	shape(template)
	parent, signer := template, key
	if issuer != nil {
		parent, signer = issuer.Cert, issuer.Key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		a.t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return &Identity{Cert: cert, Key: key, Issuer: issuer}
}

// Person issues a signature certificate for two years.
func (a *Authority) Person(name string, key crypto.Signer) *Identity {
	a.t.Helper()
	return a.Issue(a.Issuing, key, name, 2, func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageContentCommitment })
}

// Timestamp implements signature.Timestamper.
func (a *Authority) Timestamp(_ context.Context, digest []byte, hash crypto.Hash) ([]byte, error) {
	ts := timestamp.Timestamp{
		HashAlgorithm: hash, HashedMessage: digest, Time: a.Now, Policy: asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 2, 1, 48, 1},
		AddTSACertificate: true, Certificates: []*x509.Certificate{a.Issuing.Cert},
	}
	response, err := ts.CreateResponseWithOpts(a.TSA.Cert, a.TSA.Key, crypto.SHA256)
	if err != nil {
		return nil, err
	}
	parsed, err := timestamp.ParseResponse(response)
	if err != nil {
		return nil, err
	}
	return parsed.RawToken, nil
}

// Revoke revokes a certificate at a time.
func (a *Authority) Revoke(cert *x509.Certificate, at time.Time) {
	a.Revoked[cert.SerialNumber.String()] = at
}

// Revocation implements signature.RevocationSource: OCSP for what the issuing
// authority issued, a list for what the root did.
func (a *Authority) Revocation(_ context.Context, cert, issuer *x509.Certificate) (ocsps, crls [][]byte, err error) {
	if issuer.Equal(a.Issuing.Cert) {
		der, err := a.OCSP(cert)
		return [][]byte{der}, nil, err
	}
	der, err := a.CRL(a.Root)
	return nil, [][]byte{der}, err
}

// OCSP gives an answer about a certificate of the issuing authority.
func (a *Authority) OCSP(cert *x509.Certificate) ([]byte, error) {
	answer := ocsp.Response{
		Status: ocsp.Good, SerialNumber: cert.SerialNumber, ThisUpdate: a.Now, NextUpdate: a.Now.Add(24 * time.Hour), ProducedAt: a.Now, Certificate: a.Delegate.Cert,
	}
	if at, ok := a.Revoked[cert.SerialNumber.String()]; ok {
		answer.Status, answer.RevokedAt = ocsp.Revoked, at
	}
	return ocsp.CreateResponse(a.Issuing.Cert, a.Delegate.Cert, answer, a.Delegate.Key)
}

// CRL gives the revocation list of an authority.
func (a *Authority) CRL(of *Identity) ([]byte, error) {
	list := &x509.RevocationList{Number: big.NewInt(a.Now.Unix()), ThisUpdate: a.Now, NextUpdate: a.Now.Add(7 * 24 * time.Hour)}
	for serial, at := range a.Revoked {
		n, _ := new(big.Int).SetString(serial, 10)
		list.RevokedCertificateEntries = append(list.RevokedCertificateEntries, x509.RevocationListEntry{SerialNumber: n, RevocationTime: at})
	}
	return x509.CreateRevocationList(rand.Reader, list, of.Cert, of.Key)
}

// Anchors gives the root.
func (a *Authority) Anchors() []*x509.Certificate { return []*x509.Certificate{a.Root.Cert} }

// Changes is how many single-byte changes a test of them makes: a tenth of the whole campaign,
// which AIRIAL_CAMPAIGN plays.
func Changes() int {
	if os.Getenv("AIRIAL_CAMPAIGN") != "" {
		return 10_000
	}
	return 1000
}

// What one validation may take of a document of a few pages, whatever is wrong in it.
const (
	mostTime   = time.Minute
	mostMemory = 64 << 20 // made, not held
)

// Bounded judges something within limits of time and memory, and fails the test beyond them.
func Bounded(t testing.TB, judge func(ctx context.Context)) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), mostTime)
	defer cancel()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	judge(ctx)
	runtime.ReadMemStats(&after)
	if ctx.Err() != nil {
		t.Fatalf("it took more than %v", mostTime)
	}
	if made := after.TotalAlloc - before.TotalAlloc; made > mostMemory {
		t.Fatalf("it made %d MiB", made>>20)
	}
}
