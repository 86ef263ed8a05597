package office

import (
	"context"
	"crypto/x509"
	"fmt"
	"net/http"
	"slices"
	"time"

	"alpi40.fr/airial/local/signature"
	"alpi40.fr/airial/local/signature/cades"
	"alpi40.fr/airial/local/signature/evidence"
	"alpi40.fr/airial/local/signature/pades"
	"alpi40.fr/airial/local/signature/validation"
	"alpi40.fr/airial/local/signature/validator"
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

// raise raises what bears a signature through the network to B-LT, and to B-LTA once it is
// final. content may be changed and grown.
func (o *Office) raise(ctx context.Context, content []byte, final bool) ([]byte, signature.Level, error) {
	out := o.services()
	if out.TimestampURL == "" {
		return nil, signature.LevelNone, fmt.Errorf("no timestamping service is set: %w", signature.ErrTimestamp)
	}
	stamper := &timestamp.Client{URL: out.TimestampURL, HTTP: out.client(), Now: o.o.Now, Rand: o.o.Rand}
	proofs := &timestamp.Revocation{HTTP: out.client(), Now: o.o.Now}
	if validator.FormatOf(content) == validator.CMS {
		raise := cades.Raise
		if final {
			raise = cades.Archive
		}
		return raise(ctx, content, evidence.Sources{Timestamper: stamper, Revocation: proofs, Certificates: out.Anchors})
	}
	raise := pades.Raise
	if final {
		raise = pades.Archive
	}
	return raise(ctx, content, pades.Sources{Timestamper: stamper, Revocation: proofs, Certificates: out.Anchors, InPlace: true})
}

// Validate judges the signatures of a document, without network; signed is the document
// that a signature covers without holding it, nil for none.
func (o *Office) Validate(ctx context.Context, content, signed []byte) (validation.Report, error) {
	now, evidence := o.o.Now(), o.evidence()
	options := validation.Options{
		Anchors: o.Anchors(), Now: now,
		Beside: func(string) ([]byte, bool) { return signed, signed != nil },
	}
	if p, _ := o.trust.now(); p != nil {
		options.Anchors = append(slices.Clone(options.Anchors), p.Anchors(now)...)
		options.Services = p.Services(now)
		evidence.Add(p.Evidence())
	}
	options.Evidence = evidence
	return validator.Validate(ctx, content, options)
}
