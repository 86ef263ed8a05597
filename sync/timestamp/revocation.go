package timestamp

import (
	"context"
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"golang.org/x/crypto/ocsp"
)

// The reasons for which there is no proof of revocation state.
var (
	ErrNoSource       = errors.New("the certificate names no revocation service")
	ErrNoRevocation   = errors.New("the revocation service cannot be reached")
	ErrBadRevocation  = errors.New("the revocation service's answer is not valid")
	ErrOldRevocation  = errors.New("the revocation service's answer is out of date")
	errNotHTTPAddress = errors.New("not an http address")
)

const (
	maxOCSP = 256 << 10
	maxCRL  = 20 << 20
	skew    = 10 * time.Minute
	maxURLs = 4
)

// Revocation fetches the proofs of a certificate's state from where the
// certificate says. It is safe for concurrent use.
type Revocation struct {
	// HTTP carries the requests and bounds their duration.
	HTTP *http.Client
	Now  func() time.Time
}

// OCSP gives the DER of an OCSPResponse (RFC 6960) for cert, whose signature
// by issuer (or its delegate) and dates were checked. A revoked certificate is
// an answer, not an error.
func (r *Revocation) OCSP(ctx context.Context, cert, issuer *x509.Certificate) ([]byte, error) {
	query, err := ocsp.CreateRequest(cert, issuer, &ocsp.RequestOptions{Hash: crypto.SHA1})
	if err != nil {
		return nil, fmt.Errorf("encoding the OCSP request: %w", err)
	}
	return r.first(cert.OCSPServer, func(url string) ([]byte, error) {
		der, err := r.fetch(ctx, http.MethodPost, url, "application/ocsp-request", query, maxOCSP)
		if err != nil {
			return nil, err
		}
		answer, err := ocsp.ParseResponseForCert(der, cert, issuer)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrBadRevocation, err)
		}
		if d := answer.Certificate; d != nil && !d.Equal(issuer) && !signsOCSP(d) {
			return nil, fmt.Errorf("%w: the delegate may not sign", ErrBadRevocation)
		}
		return der, r.current(answer.ThisUpdate, answer.NextUpdate)
	})
}

// signsOCSP: a delegate needs id-kp-OCSPSigning (RFC 6960 §4.2.2.2).
func signsOCSP(cert *x509.Certificate) bool {
	for _, use := range cert.ExtKeyUsage {
		if use == x509.ExtKeyUsageOCSPSigning {
			return true
		}
	}
	return false
}

// CRL gives the DER of the issuer's revocation list (RFC 5280 §5), whose
// signature and dates were checked.
func (r *Revocation) CRL(ctx context.Context, cert, issuer *x509.Certificate) ([]byte, error) {
	return r.first(cert.CRLDistributionPoints, func(url string) ([]byte, error) {
		der, err := r.fetch(ctx, http.MethodGet, url, "", nil, maxCRL)
		if err != nil {
			return nil, err
		}
		list, err := x509.ParseRevocationList(der)
		if err == nil {
			err = list.CheckSignatureFrom(issuer)
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrBadRevocation, err)
		}
		return der, r.current(list.ThisUpdate, list.NextUpdate)
	})
}

// first gives the first good answer among the services, or all their errors.
func (r *Revocation) first(urls []string, ask func(string) ([]byte, error)) ([]byte, error) {
	if len(urls) == 0 {
		return nil, ErrNoSource
	}
	var failed error
	for _, url := range urls[:min(len(urls), maxURLs)] {
		der, err := ask(url)
		if err == nil {
			return der, nil
		}
		failed = errors.Join(failed, fmt.Errorf("asking %s: %w", url, err))
	}
	return nil, failed
}

func (r *Revocation) fetch(ctx context.Context, method, url, kind string, body []byte, limit int64) ([]byte, error) {
	if !strings.HasPrefix(url, "http://") && !strings.HasPrefix(url, "https://") {
		return nil, fmt.Errorf("%w: %w", ErrNoSource, errNotHTTPAddress)
	}
	der, err := exchange(ctx, r.HTTP, method, url, kind, body, limit)
	if errors.Is(err, errTooLarge) {
		return nil, fmt.Errorf("%w: %w", ErrBadRevocation, err)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoRevocation, err)
	}
	return der, nil
}

func (r *Revocation) current(this, next time.Time) error {
	now := r.Now()
	if this.After(now.Add(skew)) || (!next.IsZero() && next.Before(now.Add(-skew))) {
		return fmt.Errorf("%w: from %s to %s", ErrOldRevocation, this.UTC().Format(time.RFC3339), next.UTC().Format(time.RFC3339))
	}
	return nil
}

// Revocation gives one proof of the certificate's state: by OCSP, or, where
// that cannot be had, the issuer's list. It has the shape of
// signature.RevocationSource.
func (r *Revocation) Revocation(ctx context.Context, cert, issuer *x509.Certificate) (ocsps, crls [][]byte, err error) {
	answer, err := r.OCSP(ctx, cert, issuer)
	if err == nil {
		return [][]byte{answer}, nil, nil
	}
	list, again := r.CRL(ctx, cert, issuer)
	if again != nil {
		return nil, nil, errors.Join(err, again)
	}
	return nil, [][]byte{list}, nil
}
