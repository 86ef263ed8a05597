// Package evidence gathers what proves certificates for long: the chain of each, and proofs
// that none of it was revoked, for a signature that is to carry them (B-LT).
package evidence

import (
	"bytes"
	"context"
	"crypto"
	"crypto/x509"
	"fmt"
	"slices"

	"golang.org/x/crypto/ocsp"

	"alpi40.fr/airial/local/signature"
	"alpi40.fr/airial/local/signature/cms"
)

// Sources are what raising asks of the network.
type Sources struct {
	Timestamper signature.Timestamper
	Revocation  signature.RevocationSource
	// Certificates are further issuers, where a document does not hold its whole chain.
	Certificates []*x509.Certificate
}

// Stamp gives a timestamp of a digest, verified. Errors:
// signature.ErrTimestamp, those of the service.
func (s Sources) Stamp(ctx context.Context, digest []byte, hash crypto.Hash) ([]byte, error) {
	der, err := s.Timestamper.Timestamp(ctx, digest, hash)
	if err != nil {
		return nil, fmt.Errorf("timestamping: %w", err)
	}
	t, err := cms.ParseTimestamp(der)
	if err != nil {
		return nil, err
	}
	if t.Hash != hash || !t.Covers(digest) {
		return nil, fmt.Errorf("the answer stamps something else: %w", signature.ErrTimestamp)
	}
	if _, err := t.Verify(nil); err != nil {
		return nil, fmt.Errorf("%w: %w", signature.ErrTimestamp, err)
	}
	return der, nil
}

// Proofs are those of a signature, in DER, each once.
type Proofs struct{ Certificates, OCSPs, CRLs [][]byte }

// Gather asks for the proofs of certificates and of their issuers up to a root, among those
// at hand, and adds them to those known already. Errors: signature.ErrNoRevocation,
// ErrRevoked, ErrTooLarge, those of the source.
func Gather(ctx context.Context, leaves, pool []*x509.Certificate, known Proofs, s Sources) (Proofs, error) {
	g := gatherer{sources: s, pool: slices.Concat(pool, s.Certificates), seen: map[string]bool{}, done: map[string]bool{}}
	g.know(known)
	for _, leaf := range leaves {
		if err := g.prove(ctx, leaf); err != nil {
			return Proofs{}, err
		}
	}
	return g.Proofs, nil
}

type gatherer struct {
	Proofs
	sources Sources
	pool    []*x509.Certificate
	seen    map[string]bool
	done    map[string]bool // certificates whose state is proven
}

func (g *gatherer) add(list *[][]byte, der []byte) {
	if !g.seen[string(der)] {
		g.seen[string(der)] = true
		*list = append(*list, der)
	}
}

func (g *gatherer) know(p Proofs) {
	for _, kind := range []struct {
		to   *[][]byte
		from [][]byte
	}{{&g.Certificates, p.Certificates}, {&g.OCSPs, p.OCSPs}, {&g.CRLs, p.CRLs}} {
		for _, der := range kind.from {
			g.add(kind.to, der)
		}
	}
}

// maxChain bounds a path.
const maxChain = 10

func (g *gatherer) prove(ctx context.Context, cert *x509.Certificate) error {
	for range maxChain {
		g.add(&g.Certificates, cert.Raw)
		if g.done[string(cert.Raw)] || bytes.Equal(cert.RawSubject, cert.RawIssuer) {
			return nil
		}
		g.done[string(cert.Raw)] = true
		i := slices.IndexFunc(g.pool, func(c *x509.Certificate) bool {
			return bytes.Equal(c.RawSubject, cert.RawIssuer) && cert.CheckSignatureFrom(c) == nil
		})
		if i < 0 {
			return fmt.Errorf("the issuer of %q is not known: %w", cert.Subject.CommonName, signature.ErrNoRevocation)
		}
		if err := g.state(ctx, cert, g.pool[i]); err != nil {
			return fmt.Errorf("the state of %q: %w", cert.Subject.CommonName, err)
		}
		cert = g.pool[i]
	}
	return fmt.Errorf("a chain of more than %d certificates: %w", maxChain, signature.ErrTooLarge)
}

func (g *gatherer) state(ctx context.Context, cert, issuer *x509.Certificate) error {
	ocsps, crls, err := g.sources.Revocation.Revocation(ctx, cert, issuer)
	if err != nil {
		return fmt.Errorf("%w: %w", signature.ErrNoRevocation, err)
	}
	if len(ocsps)+len(crls) == 0 {
		return signature.ErrNoRevocation
	}
	for _, der := range ocsps {
		answer, err := ocsp.ParseResponseForCert(der, cert, issuer)
		if err != nil {
			return fmt.Errorf("%w: %w", signature.ErrNoRevocation, err)
		}
		if answer.Status == ocsp.Revoked {
			return signature.ErrRevoked
		}
		if answer.Certificate != nil {
			g.add(&g.Certificates, answer.Certificate.Raw)
		}
		g.add(&g.OCSPs, der)
	}
	for _, der := range crls {
		list, err := x509.ParseRevocationList(der)
		if err != nil || list.CheckSignatureFrom(issuer) != nil {
			return fmt.Errorf("the list is not the issuer's: %w", signature.ErrNoRevocation)
		}
		for _, r := range list.RevokedCertificateEntries {
			if r.SerialNumber.Cmp(cert.SerialNumber) == 0 {
				return signature.ErrRevoked
			}
		}
		g.add(&g.CRLs, der)
	}
	return nil
}
