// Package testauthority is a whole certification authority on loopback HTTP:
// root, issuing authority, timestamps (RFC 3161), OCSP (RFC 6960) and
// revocation lists (RFC 5280), for the demonstration and the tests.
//
// Its certificates say «Autorité de démonstration — sans valeur» and claim no
// qualification (no QcStatements). It must never be trusted by an installation.
package testauthority

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"sync"
	"time"
)

const mark = "Autorité de démonstration — sans valeur"

// Policy is the timestamp policy of the authority, in the documentation arc.
var policyOID = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 2, 1, 48, 1}

// Policy gives the OID under which timestamps are made.
func Policy() asn1.ObjectIdentifier { return append(asn1.ObjectIdentifier(nil), policyOID...) }

// Fault is a way to misbehave, set with SetFault.
type Fault int

// The faults; Down, Garbage and Slow touch all services, the others timestamps.
const (
	None Fault = iota
	// Down answers 503 to everything.
	Down
	// Garbage answers an HTML page with status 200.
	Garbage
	// Slow answers nothing until the client gives up.
	Slow
	// WrongDigest stamps another digest, WrongNonce answers another nonce.
	WrongDigest
	WrongNonce
	// OldTime stamps two years in the past.
	OldTime
	// Refusal answers a well-formed rejection.
	Refusal
)

// Options gives the authority its clock and its randomness; both are required.
type Options struct {
	Now  func() time.Time
	Rand io.Reader
}

// URLs are the addresses of the services.
type URLs struct{ Timestamp, OCSP, CRL, Issuer string }

type identity struct {
	cert *x509.Certificate
	key  crypto.Signer
}

// Authority is a running authority. It is safe for concurrent use.
type Authority struct {
	now    func() time.Time
	rand   io.Reader
	urls   URLs
	server *http.Server
	done   chan struct{}

	root, issuing, stamping, responding identity

	mu      sync.Mutex
	fault   Fault
	revoked map[string]time.Time
	issued  map[string]bool
	lists   int64
}

// Start makes the keys and serves on a free port of 127.0.0.1 until ctx ends
// or Close is called.
func Start(ctx context.Context, o Options) (*Authority, error) {
	if o.Now == nil || o.Rand == nil {
		return nil, errors.New("the demonstration authority needs a clock and randomness")
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listening on loopback: %w", err)
	}
	base := "http://" + listener.Addr().String()
	a := &Authority{
		now: o.Now, rand: o.Rand, done: make(chan struct{}), revoked: map[string]time.Time{}, issued: map[string]bool{},
		urls: URLs{Timestamp: base + "/tsa", OCSP: base + "/ocsp", CRL: base + "/crl", Issuer: base + "/issuer"},
	}
	if err := a.makeIdentities(); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	a.server = &http.Server{Handler: a.handler(), ReadHeaderTimeout: 10 * time.Second}
	go func() {
		defer close(a.done)
		_ = a.server.Serve(listener) // ends with ErrServerClosed
	}()
	context.AfterFunc(ctx, func() { _ = a.server.Close() })
	return a, nil
}

// Close stops the services.
func (a *Authority) Close() error {
	err := a.server.Close()
	<-a.done
	return err
}

// URLs gives the addresses of the services.
func (a *Authority) URLs() URLs { return a.urls }

// Root gives the root certificate, Issuing the authority that issues,
// TimestampCertificate the one that signs timestamps.
func (a *Authority) Root() *x509.Certificate { return a.root.cert }

// Issuing gives the certificate of the issuing authority.
func (a *Authority) Issuing() *x509.Certificate { return a.issuing.cert }

// TimestampCertificate gives the certificate that signs timestamps.
func (a *Authority) TimestampCertificate() *x509.Certificate { return a.stamping.cert }

// Roots gives the root in a pool.
func (a *Authority) Roots() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.root.cert)
	return pool
}

// SetFault makes the services misbehave; None mends them.
func (a *Authority) SetFault(f Fault) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.fault = f
}

// Revoke revokes a certificate from now on, in OCSP answers and lists.
func (a *Authority) Revoke(serial *big.Int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.revoked[serial.String()] = a.now()
}

// Issue makes a signature certificate (keyUsage nonRepudiation alone, two
// years) for a person's public key, RSA or ECDSA, and gives it with its chain:
// leaf, issuing authority, root.
func (a *Authority) Issue(public crypto.PublicKey, name string) ([]*x509.Certificate, error) {
	template, err := a.template(name, 2*365*24*time.Hour)
	if err != nil {
		return nil, err
	}
	template.KeyUsage = x509.KeyUsageContentCommitment
	cert, err := a.create(template, public, a.issuing)
	if err != nil {
		return nil, fmt.Errorf("issuing a certificate to %q: %w", name, err)
	}
	return []*x509.Certificate{cert, a.issuing.cert, a.root.cert}, nil
}

func (a *Authority) makeIdentities() error {
	for _, step := range []struct {
		into   *identity
		name   string
		issuer *identity
		years  int
		shape  func(*x509.Certificate)
	}{
		{&a.root, "Racine — " + mark, nil, 20, authorityShape},
		{&a.issuing, "Signature — " + mark, &a.root, 15, authorityShape},
		{&a.stamping, "Horodatage — " + mark, &a.issuing, 10, func(c *x509.Certificate) {
			c.KeyUsage = x509.KeyUsageDigitalSignature
			c.ExtraExtensions = []pkix.Extension{timestampingOnly()}
		}},
		{&a.responding, "OCSP — " + mark, &a.issuing, 10, func(c *x509.Certificate) {
			c.KeyUsage, c.ExtKeyUsage = x509.KeyUsageDigitalSignature, []x509.ExtKeyUsage{x509.ExtKeyUsageOCSPSigning}
			// id-pkix-ocsp-nocheck, RFC 6960 §4.2.2.2.1
			c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 5}, Value: asn1.NullBytes}}
		}},
	} {
		key, err := ecdsa.GenerateKey(elliptic.P256(), a.rand)
		if err != nil {
			return fmt.Errorf("making the key of %q: %w", step.name, err)
		}
		template, err := a.template(step.name, time.Duration(step.years)*365*24*time.Hour)
		if err != nil {
			return err
		}
		step.shape(template)
		by := identity{template, key}
		if step.issuer != nil {
			by = *step.issuer
		} else {
			template.OCSPServer, template.CRLDistributionPoints, template.IssuingCertificateURL = nil, nil, nil
		}
		cert, err := a.create(template, key.Public(), by)
		if err != nil {
			return fmt.Errorf("making the certificate of %q: %w", step.name, err)
		}
		*step.into = identity{cert, key}
	}
	return nil
}

func authorityShape(c *x509.Certificate) {
	c.IsCA, c.KeyUsage = true, x509.KeyUsageCertSign|x509.KeyUsageCRLSign
	c.OCSPServer, c.IssuingCertificateURL = nil, nil
	for i := range c.CRLDistributionPoints {
		c.CRLDistributionPoints[i] += "-root"
	}
}

// timestampingOnly is the one critical extended use that RFC 3161 §2.3 asks.
func timestampingOnly() pkix.Extension {
	return pkix.Extension{
		Id: asn1.ObjectIdentifier{2, 5, 29, 37}, Critical: true,
		Value: []byte{0x30, 0x0a, 0x06, 0x08, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x08},
	}
}

func (a *Authority) template(name string, life time.Duration) (*x509.Certificate, error) {
	serial, err := rand.Int(a.rand, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, fmt.Errorf("drawing a serial number: %w", err)
	}
	now := a.now()
	return &x509.Certificate{
		SerialNumber: serial.Add(serial, big.NewInt(1)),
		Subject:      pkix.Name{CommonName: name, Organization: []string{mark}, Country: []string{"FR"}},
		NotBefore:    now.AddDate(-1, 0, 0), NotAfter: now.Add(life), BasicConstraintsValid: true,
		OCSPServer: []string{a.urls.OCSP}, CRLDistributionPoints: []string{a.urls.CRL}, IssuingCertificateURL: []string{a.urls.Issuer},
	}, nil
}

func (a *Authority) create(template *x509.Certificate, public crypto.PublicKey, by identity) (*x509.Certificate, error) {
	der, err := x509.CreateCertificate(a.rand, template, by.cert, public, by.key)
	if err != nil {
		return nil, err
	}
	a.mu.Lock()
	a.issued[template.SerialNumber.String()] = true
	a.mu.Unlock()
	return x509.ParseCertificate(der)
}
