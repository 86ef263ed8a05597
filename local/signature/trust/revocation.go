package trust

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"slices"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cryptobyte_asn1 "golang.org/x/crypto/cryptobyte/asn1"
	"golang.org/x/crypto/ocsp"
)

// Status is what is known of a certificate's revocation.
type Status string

// The states of a certificate.
const (
	Unknown     Status = "unknown"
	Good        Status = "good"
	WasRevoked  Status = "revoked"
	NotRequired Status = "not required"
)

// State is the revocation state of one certificate.
type State struct {
	Certificate *x509.Certificate
	Status      Status
	// Source is "OCSP", "CRL" or "".
	Source string
	// ThisUpdate and NextUpdate are the proof's; RevokedAt is zero unless revoked.
	ThisUpdate, NextUpdate, RevokedAt time.Time
	// Fresh: the proof says what was true at the time asked for.
	Fresh bool
	// DER is the proof.
	DER []byte
}

// verdict turns a state into an indication (EN 319 102-1 §5.2.6, §5.5.4). A
// proof of existence is the latest time at which the signature was made, never
// the earliest: a revocation before it proves nothing against the signature.
func (s State) verdict(leaf bool, q Question) (Indication, SubIndication, string) {
	name := s.Certificate.Subject.CommonName
	switch s.Status {
	case NotRequired:
		return Passed, "", ""
	case WasRevoked:
		if s.RevokedAt.After(q.At) {
			return Passed, "", ""
		}
		why := fmt.Sprintf("%q was revoked on %s", name, s.RevokedAt.Format(time.RFC3339))
		if leaf {
			return Indeterminate, RevokedNoPOE, why
		}
		return Indeterminate, RevokedCANoPOE, why
	case Good:
		if s.Fresh {
			return Passed, "", ""
		}
		return Indeterminate, TryLater, fmt.Sprintf("the proof on %q, of %s, is too old", name, s.ThisUpdate.Format(time.RFC3339))
	}
	return Indeterminate, TryLater, fmt.Sprintf("nothing says whether %q is revoked", name)
}

var (
	oidNoCheck       = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 5}
	oidNoRevAvail    = asn1.ObjectIdentifier{2, 5, 29, 56}
	oidArchiveCutoff = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 6}
	oidDelta         = asn1.ObjectIdentifier{2, 5, 29, 27}
	oidDistribution  = asn1.ObjectIdentifier{2, 5, 29, 28}
	oidExpiredCerts  = asn1.ObjectIdentifier{2, 5, 29, 60}
)

// exempt: id-pkix-ocsp-nocheck (RFC 6960 §4.2.2.2.1) and noRevAvail (RFC 9608).
func exempt(cert *x509.Certificate) bool {
	for _, e := range cert.Extensions {
		if e.Id.Equal(oidNoCheck) || e.Id.Equal(oidNoRevAvail) {
			return true
		}
	}
	return false
}

// state finds the best proof on a certificate: one saying that it was revoked
// at that time, else the newest.
func (j *Judge) state(cert, issuer *x509.Certificate, q Question) State {
	if exempt(cert) {
		return State{Certificate: cert, Status: NotRequired}
	}
	best := State{Certificate: cert, Status: Unknown}
	for _, s := range slices.Concat(j.fromOCSP(cert, issuer), j.fromCRL(cert, issuer)) {
		s.Certificate = cert
		s.Fresh = s.Status == Good && (!s.ThisUpdate.Before(q.since()) || !s.NextUpdate.IsZero() && !q.At.After(s.NextUpdate))
		if better(s, best) {
			best = s
		}
	}
	return best
}

// Proof gives what the evidence says of a certificate at a time, whether or
// not a chain leads to an anchor.
func (j *Judge) Proof(cert *x509.Certificate, at time.Time) State {
	issuer := j.Issuer(cert)
	if issuer == nil {
		return State{Certificate: cert, Status: Unknown}
	}
	return j.state(cert, issuer, Question{Certificate: cert, At: at})
}

// better: a revocation counts above all but a later proof that it was lifted,
// which the programs of authorities hardly ever do.
func better(a, b State) bool {
	switch {
	case b.Status == Unknown:
		return true
	case a.Status != b.Status:
		return a.Status == WasRevoked
	case a.Status == WasRevoked:
		return a.RevokedAt.Before(b.RevokedAt)
	case a.Fresh != b.Fresh:
		return a.Fresh
	}
	return a.ThisUpdate.After(b.ThisUpdate)
}

// answer is an OCSP answer, parsed once for the serials in it.
type answer struct {
	der     []byte
	serials [][]byte
	parsed  bool
}

// about tells whether the answer may hold this certificate's serial, so that
// signatures are only verified when needed.
func (a *answer) about(cert *x509.Certificate) bool {
	if !a.parsed {
		a.parsed = true
		a.serials = ocspSerials(a.der)
	}
	serial := cert.SerialNumber.Bytes()
	return slices.ContainsFunc(a.serials, func(s []byte) bool { return bytes.Equal(s, serial) })
}

// ocspSerials reads the serial numbers of a BasicOCSPResponse (RFC 6960 §4.2.1).
func ocspSerials(der []byte) (out [][]byte) {
	in := cryptobyte.String(der)
	var response, field, basic, octets, data, answers cryptobyte.String
	ctx := func(n uint8) cryptobyte_asn1.Tag { return cryptobyte_asn1.Tag(n).ContextSpecific().Constructed() }
	if !in.ReadASN1(&response, cryptobyte_asn1.SEQUENCE) || !response.SkipASN1(cryptobyte_asn1.ENUM) ||
		!response.ReadASN1(&field, ctx(0)) || !field.ReadASN1(&basic, cryptobyte_asn1.SEQUENCE) ||
		!basic.SkipASN1(cryptobyte_asn1.OBJECT_IDENTIFIER) || !basic.ReadASN1(&octets, cryptobyte_asn1.OCTET_STRING) ||
		!octets.ReadASN1(&basic, cryptobyte_asn1.SEQUENCE) || !basic.ReadASN1(&data, cryptobyte_asn1.SEQUENCE) ||
		!data.SkipOptionalASN1(ctx(0)) {
		return nil
	}
	var skip cryptobyte.String
	var tag cryptobyte_asn1.Tag
	if !data.ReadAnyASN1(&skip, &tag) || !data.SkipASN1(cryptobyte_asn1.GeneralizedTime) || !data.ReadASN1(&answers, cryptobyte_asn1.SEQUENCE) {
		return nil
	}
	for len(out) < 64 && !answers.Empty() {
		var one, id, serial cryptobyte.String
		if !answers.ReadASN1(&one, cryptobyte_asn1.SEQUENCE) || !one.ReadASN1(&id, cryptobyte_asn1.SEQUENCE) ||
			!id.SkipASN1(cryptobyte_asn1.SEQUENCE) || !id.SkipASN1(cryptobyte_asn1.OCTET_STRING) || !id.SkipASN1(cryptobyte_asn1.OCTET_STRING) ||
			!id.ReadASN1(&serial, cryptobyte_asn1.INTEGER) {
			return out
		}
		out = append(out, bytes.TrimLeft(serial, "\x00"))
	}
	return out
}

func (j *Judge) fromOCSP(cert, issuer *x509.Certificate) (out []State) {
	for i := range j.answers {
		if !j.answers[i].about(cert) {
			continue
		}
		a, err := ocsp.ParseResponseForCert(j.answers[i].der, cert, issuer)
		if err != nil || !j.responder(a, issuer) {
			continue
		}
		s := State{Source: "OCSP", ThisUpdate: a.ThisUpdate, NextUpdate: a.NextUpdate, DER: j.answers[i].der}
		switch a.Status {
		case ocsp.Good:
			s.Status = Good
			if a.ThisUpdate.After(cert.NotAfter) && !keeps(a.Extensions, oidArchiveCutoff, cert.NotAfter) {
				continue // it may have forgotten an expired certificate
			}
		case ocsp.Revoked:
			s.Status, s.RevokedAt = WasRevoked, a.RevokedAt
		default:
			continue
		}
		out = append(out, s)
	}
	return out
}

// responder: a delegate needs id-kp-OCSPSigning and a certificate valid when
// it answered (RFC 6960 §4.2.2.2); its issuer was verified by the parsing.
func (j *Judge) responder(a *ocsp.Response, issuer *x509.Certificate) bool {
	d := a.Certificate
	if d == nil || d.Equal(issuer) {
		return true
	}
	return slices.Contains(d.ExtKeyUsage, x509.ExtKeyUsageOCSPSigning) && !a.ProducedAt.Before(d.NotBefore) && !a.ProducedAt.After(d.NotAfter)
}

func (j *Judge) fromCRL(cert, issuer *x509.Certificate) (out []State) {
	for _, list := range j.lists {
		if !bytes.Equal(list.RawIssuer, issuer.RawSubject) || !complete(list, cert) || list.CheckSignatureFrom(issuer) != nil {
			continue
		}
		s := State{Source: "CRL", ThisUpdate: list.ThisUpdate, NextUpdate: list.NextUpdate, DER: list.Raw, Status: Good}
		for _, e := range list.RevokedCertificateEntries {
			if e.SerialNumber.Cmp(cert.SerialNumber) == 0 {
				s.Status, s.RevokedAt = WasRevoked, e.RevocationTime
			}
		}
		if s.Status == Good && list.ThisUpdate.After(cert.NotAfter) && !keeps(list.Extensions, oidExpiredCerts, cert.NotAfter) {
			continue
		}
		out = append(out, s)
	}
	return out
}

// complete: the list is not a delta, not indirect, and is about this kind of
// certificate, for all reasons (RFC 5280 §5.2.4, §5.2.5).
func complete(list *x509.RevocationList, cert *x509.Certificate) bool {
	for _, e := range list.Extensions {
		if e.Id.Equal(oidDelta) {
			return false
		}
		if e.Id.Equal(oidDistribution) {
			if !inScope(e.Value, cert) {
				return false
			}
		} else if e.Critical {
			return false
		}
	}
	return true
}

// inScope reads an IssuingDistributionPoint.
func inScope(der []byte, cert *x509.Certificate) bool {
	in := cryptobyte.String(der)
	var point cryptobyte.String
	if !in.ReadASN1(&point, cryptobyte_asn1.SEQUENCE) {
		return false
	}
	for !point.Empty() {
		var value cryptobyte.String
		var tag cryptobyte_asn1.Tag
		if !point.ReadAnyASN1(&value, &tag) {
			return false
		}
		set := len(value) == 1 && value[0] != 0
		switch tag {
		case cryptobyte_asn1.Tag(1).ContextSpecific():
			if set && cert.IsCA {
				return false
			}
		case cryptobyte_asn1.Tag(2).ContextSpecific():
			if set && !cert.IsCA {
				return false
			}
		case cryptobyte_asn1.Tag(0).ContextSpecific().Constructed():
		default: // some reasons only, indirect, attribute certificates
			if tag != cryptobyte_asn1.Tag(4).ContextSpecific() && tag != cryptobyte_asn1.Tag(5).ContextSpecific() || set {
				return false
			}
		}
	}
	return true
}

// keeps tells whether an extension holding a date says that certificates which
// ended at that time are still answered for.
func keeps(extensions []pkix.Extension, oid asn1.ObjectIdentifier, ended time.Time) bool {
	for _, e := range extensions {
		var since time.Time
		if e.Id.Equal(oid) {
			if _, err := asn1.UnmarshalWithParams(e.Value, &since, "generalized"); err == nil {
				return !since.After(ended)
			}
		}
	}
	return false
}
