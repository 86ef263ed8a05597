package office

import (
	"context"
	"crypto/x509"
	"fmt"
	"net/http"
	"time"

	"alpi40.fr/airial/local/signature"
	"alpi40.fr/airial/local/signature/pades"
	"alpi40.fr/airial/local/signature/trust"
	"alpi40.fr/airial/local/signature/validation"
	"alpi40.fr/airial/sync/timestamp"
)

// Outside are the services of the network that signatures need, and the
// authorities that this installation trusts.
type Outside struct {
	// TimestampURL is the RFC 3161 service; empty: signatures stay at B-B.
	TimestampURL string
	// Anchors are the trusted roots, for validation.
	Anchors []*x509.Certificate
	// HTTP carries the requests and bounds their duration; nil: half a minute each.
	HTTP *http.Client
}

func (o Outside) client() *http.Client {
	if o.HTTP != nil {
		return o.HTTP
	}
	return &http.Client{Timeout: 30 * time.Second}
}

// raise raises a PDF to B-LT through the network, and to B-LTA once it is final.
func (o *Office) raise(ctx context.Context, pdf []byte, final bool) ([]byte, signature.Level, error) {
	out := o.services()
	if out.TimestampURL == "" {
		return nil, signature.LevelNone, fmt.Errorf("no timestamping service is set: %w", signature.ErrTimestamp)
	}
	stamper := &timestamp.Client{URL: out.TimestampURL, HTTP: out.client(), Now: o.o.Now, Rand: o.o.Rand}
	raise := pades.Raise
	if final {
		raise = pades.Archive
	}
	return raise(ctx, pdf, pades.Sources{
		Timestamper: stamper, Revocation: &timestamp.Revocation{HTTP: out.client(), Now: o.o.Now}, Certificates: out.Anchors,
	})
}

// Validate judges the signatures of a PDF, without network.
func (o *Office) Validate(ctx context.Context, pdf []byte) (validation.Report, error) {
	return pades.Validate(ctx, pdf, validation.Options{
		Anchors: o.Anchors(), Evidence: trust.Evidence{}, Now: o.o.Now(),
	})
}
