package trust

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Evidence is what is known of certificates besides the anchors: from the
// document, from a cache, from both.
type Evidence struct {
	Certificates []*x509.Certificate
	// OCSPs and CRLs are DER OCSPResponses and CertificateLists.
	OCSPs, CRLs [][]byte
}

// Add joins other evidence to this one.
func (e *Evidence) Add(other Evidence) {
	e.Certificates = append(e.Certificates, other.Certificates...)
	e.OCSPs = append(e.OCSPs, other.OCSPs...)
	e.CRLs = append(e.CRLs, other.CRLs...)
}

// Judge judges certificates with fixed anchors and evidence. It is not safe
// for concurrent use: it keeps what it parsed.
type Judge struct {
	anchors  []*x509.Certificate
	services map[string][]*Service // by certificate
	certs    []*x509.Certificate
	answers  []answer
	lists    []*x509.RevocationList
	roots    *x509.CertPool
	between  *x509.CertPool
}

// maxEvidence bounds each kind of evidence.
const maxEvidence = 2000

// NewJudge prepares a judge. Evidence that cannot be parsed is left out. Beside the anchors,
// the certificates of the services are trusted for what was made while these were granted.
func NewJudge(anchors []*x509.Certificate, e Evidence, services ...*Service) *Judge {
	j := &Judge{anchors: anchors, services: map[string][]*Service{}, roots: x509.NewCertPool(), between: x509.NewCertPool()}
	for _, c := range anchors {
		j.roots.AddCert(c)
	}
	for _, s := range services {
		for _, c := range s.Certificates {
			j.services[string(c.Raw)] = append(j.services[string(c.Raw)], s)
			j.roots.AddCert(c)
			j.between.AddCert(c) // what it was issued by may be an anchor too
			j.certs = append(j.certs, c)
		}
	}
	bound := len(j.certs) + maxEvidence
	seen := map[string]bool{}
	for _, c := range e.Certificates {
		if !seen[string(c.Raw)] && len(j.certs) < bound {
			seen[string(c.Raw)] = true
			j.certs = append(j.certs, c)
			j.between.AddCert(c)
		}
	}
	for _, der := range distinct(e.OCSPs) {
		j.answers = append(j.answers, answer{der: der})
	}
	for _, der := range distinct(e.CRLs) {
		if list, err := x509.ParseRevocationList(der); err == nil {
			j.lists = append(j.lists, list)
		}
	}
	return j
}

func distinct(ders [][]byte) [][]byte {
	seen := map[string]bool{}
	var out [][]byte
	for _, der := range ders {
		if !seen[string(der)] && len(out) < maxEvidence {
			seen[string(der)] = true
			out = append(out, der)
		}
	}
	return out
}

// Question is a certificate to be judged.
type Question struct {
	Certificate *x509.Certificate
	// At is when the signature existed: proven by a timestamp, or the present.
	At time.Time
	// Proven: At comes from a timestamp.
	Proven bool
	// Since, when not zero, is how old a proof of non-revocation may be; else it
	// must be as young as At, or still run at At.
	Since time.Time
	// Usage, when not zero, is an extended usage the certificate must have.
	Usage x509.ExtKeyUsage
}

func (q Question) since() time.Time {
	if q.Since.IsZero() {
		return q.At
	}
	return q.Since
}

// Answer is the judgement on a certificate.
type Answer struct {
	Indication Indication
	Sub        SubIndication
	// Why is for logs and developers, in English.
	Why string
	// Chain goes from the certificate to the anchor; it is given when it could
	// be built, even when something else fails.
	Chain []*x509.Certificate
	// Standing is what trusted lists say of the service at the head of the chain.
	Standing Standing
	// Revocation has one state for each certificate of the chain but the anchor.
	Revocation []State
}

func refuse(i Indication, s SubIndication, why string, args ...any) Answer {
	return Answer{Indication: i, Sub: s, Why: fmt.Sprintf(why, args...)}
}

// Ask judges a certificate: chain, dates, usage, strength, revocation.
func (j *Judge) Ask(q Question) Answer {
	chain, refusal := j.chain(q)
	if chain == nil {
		return refusal
	}
	out := Answer{Indication: Passed, Chain: chain, Standing: j.standing(chain[len(chain)-1], q)}
	if refusal.Indication != "" {
		refusal.Chain, refusal.Standing = chain, out.Standing
		return refusal
	}
	if s := out.Standing; !s.Granted && s.Service == nil {
		return refuse(Indeterminate, NoCertificateChain, "the service at the head of the chain is not for this usage")
	}
	if !out.Standing.Granted {
		out.Indication, out.Sub = Indeterminate, NoCertificateChain
		out.Why = fmt.Sprintf("the service %q was not granted at %s", out.Standing.Service.Name, q.At.Format(time.RFC3339))
		return out
	}
	if weak := weakKey(chain[:len(chain)-1], q.At); weak != "" {
		out.Indication, out.Sub, out.Why = Indeterminate, CryptoConstraints, weak
		return out
	}
	for i, cert := range chain[:len(chain)-1] {
		state := j.state(cert, chain[i+1], q)
		out.Revocation = append(out.Revocation, state)
		if out.Indication == Passed {
			out.Indication, out.Sub, out.Why = state.verdict(i == 0, q)
		}
	}
	return out
}

// chain builds the chain valid at the time asked for. When there is one at
// another time only, it is given with the refusal.
func (j *Judge) chain(q Question) ([]*x509.Certificate, Answer) {
	cert := q.Certificate
	if j.isAnchor(cert) || j.standing(cert, q).Granted {
		return []*x509.Certificate{cert}, dates(q)
	}
	usage := x509.ExtKeyUsageAny
	if q.Usage != 0 {
		usage = q.Usage
	}
	options := x509.VerifyOptions{Roots: j.roots, Intermediates: j.between, CurrentTime: q.At, KeyUsages: []x509.ExtKeyUsage{usage}}
	chains, err := cert.Verify(options)
	if err == nil {
		return j.best(chains, q), Answer{}
	}
	// Is there a chain at all, at a time when the certificate was valid?
	for _, at := range []time.Time{cert.NotAfter.Add(-time.Second), cert.NotBefore.Add(time.Second)} {
		options.CurrentTime = at
		chains, again := cert.Verify(options)
		if again == nil {
			if a := dates(q); a.Indication != "" {
				return j.best(chains, q), a
			}
			return j.best(chains, q), refuse(Indeterminate, OutOfBoundsNoPOE, "an issuing certificate was not valid at %s", q.At.Format(time.RFC3339))
		}
		err = again
	}
	if j.underWeakHash(cert) {
		return nil, refuse(Indeterminate, CryptoConstraintNoPOE, "%v", err)
	}
	return nil, explain(err)
}

// underWeakHash tells whether a certificate goes up to an anchor by the names of its issuers, and
// was issued, or one of them, with a hash that is not trusted: crypto/x509 then finds no chain,
// and does not say why.
func (j *Judge) underWeakHash(cert *x509.Certificate) bool {
	weak := false
	for range maxDepth {
		switch cert.SignatureAlgorithm {
		case x509.MD2WithRSA, x509.MD5WithRSA, x509.SHA1WithRSA, x509.DSAWithSHA1, x509.ECDSAWithSHA1:
			weak = true
		}
		issued := func(c *x509.Certificate) bool { return bytes.Equal(c.RawSubject, cert.RawIssuer) && !c.Equal(cert) }
		if slices.ContainsFunc(j.anchors, issued) {
			return weak
		}
		at := slices.IndexFunc(j.certs, issued)
		if at < 0 {
			return false
		}
		cert = j.certs[at]
	}
	return false
}

// maxDepth is how many issuers are looked at above a certificate.
const maxDepth = 10

// best gives the shortest chain to what is an anchor at the time asked for; when none is, the
// shortest to a service that is one at other times.
func (j *Judge) best(chains [][]*x509.Certificate, q Question) []*x509.Certificate {
	rank := func(chain []*x509.Certificate) int {
		switch s := j.standing(chain[len(chain)-1], q); {
		case s.Granted:
			return len(chain)
		case s.Service != nil:
			return 1000 + len(chain)
		}
		return 2000 + len(chain)
	}
	return slices.MinFunc(chains, func(a, b []*x509.Certificate) int { return rank(a) - rank(b) })
}

// dates holds the certificate's validity against the time asked for (EN 319
// 102-1 §5.5.4): what existed before the certificate began was not made with it;
// what existed after its end may have been made before.
func dates(q Question) Answer {
	switch {
	case q.At.Before(q.Certificate.NotBefore) && q.Proven:
		return refuse(Failed, NotYetValid, "existed before the certificate's first day, %s", q.Certificate.NotBefore.Format(time.RFC3339))
	case q.At.Before(q.Certificate.NotBefore):
		return refuse(Indeterminate, OutOfBoundsNoPOE, "the certificate begins on %s", q.Certificate.NotBefore.Format(time.RFC3339))
	case q.At.After(q.Certificate.NotAfter):
		return refuse(Indeterminate, OutOfBoundsNoPOE, "the certificate ended on %s and nothing proves that the signature is older", q.Certificate.NotAfter.Format(time.RFC3339))
	}
	return Answer{}
}

// explain gives the sub-indication of a chain that cannot be built.
func explain(err error) Answer {
	var unknown x509.UnknownAuthorityError
	var insecure x509.InsecureAlgorithmError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &insecure):
		return refuse(Indeterminate, CryptoConstraintNoPOE, "%v", err)
	case errors.As(err, &unknown):
		return refuse(Indeterminate, NoCertificateChain, "%v", err)
	case errors.As(err, &invalid) && invalid.Reason == x509.IncompatibleUsage:
		return refuse(Indeterminate, ChainConstraints, "%v", err)
	case errors.As(err, &invalid):
		return refuse(Indeterminate, ChainConstraints, "%v", err)
	}
	return refuse(Indeterminate, ChainGeneral, "%v", err)
}

// weakKey names an RSA key too short at that time (ETSI TS 119 312, SOG-IS).
func weakKey(certs []*x509.Certificate, at time.Time) string {
	for _, c := range certs {
		key, ok := c.PublicKey.(*rsa.PublicKey)
		if !ok {
			continue
		}
		if until, limited := rsaUntil(key.N.BitLen()); limited && at.After(until) {
			return fmt.Sprintf("an RSA key of %d bits, trusted until %s", key.N.BitLen(), until.Format(time.DateOnly))
		}
	}
	return ""
}

// rsaUntil gives until when an RSA size is trusted.
func rsaUntil(bits int) (time.Time, bool) {
	switch {
	case bits < 1024:
		return time.Date(2010, 8, 1, 0, 0, 0, 0, time.UTC), true
	case bits < 1900:
		return time.Date(2019, 10, 1, 0, 0, 0, 0, time.UTC), true
	}
	return time.Time{}, false
}

// Issuer gives the issuer of cert among the anchors and the evidence, whose
// signature on cert was verified; nil when it is not known.
func (j *Judge) Issuer(cert *x509.Certificate) *x509.Certificate {
	for _, pool := range [][]*x509.Certificate{j.anchors, j.certs} {
		for _, c := range pool {
			if bytes.Equal(c.RawSubject, cert.RawIssuer) && cert.CheckSignatureFrom(c) == nil {
				return c
			}
		}
	}
	return nil
}

// SelfSigned tells whether a certificate names itself as its issuer.
func SelfSigned(c *x509.Certificate) bool { return bytes.Equal(c.RawSubject, c.RawIssuer) }
