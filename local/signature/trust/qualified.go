package trust

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cryptobyte_asn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// Qualification is what a trusted list says of those of a service's certificates that meet
// its criteria (TS 119 612 §5.5.9.2).
type Qualification struct {
	// Qualifiers are the last words of their identifiers: «QCWithQSCD».
	Qualifiers []string
	Criteria   Criteria
}

// Criteria are conditions on a certificate (TS 119 612 §5.5.9.2.2).
type Criteria struct {
	// Assert is «all», «atLeastOne» or «none».
	Assert string
	// KeyUsages each ask that bits be set or not; Policies that all these be there;
	// ExtendedUsages and Attributes (of the subject) likewise, as dotted numbers.
	KeyUsages                            []map[string]bool
	Policies, ExtendedUsages, Attributes [][]string
	Nested                               []Criteria
	// Unknown: one of the conditions is of a kind that is not known.
	Unknown bool
}

// answer3 is yes, no, or not to be told.
type answer3 int

const (
	no answer3 = iota
	untold
	yes
)

func told(b bool) answer3 {
	if b {
		return yes
	}
	return no
}

// meets tells whether a certificate meets the criteria; one that is not known leaves it
// untold, unless the others decide.
func (c Criteria) meets(cert *x509.Certificate) answer3 {
	var all []answer3
	for _, bits := range c.KeyUsages {
		ok := true
		for name, set := range bits {
			usage, known := keyUsages[name]
			ok = ok && known && (cert.KeyUsage&usage != 0) == set
		}
		all = append(all, told(ok))
	}
	for _, ids := range c.Policies {
		all = append(all, told(holds(ids, texts(cert.PolicyIdentifiers))))
	}
	for _, ids := range c.ExtendedUsages {
		all = append(all, told(holds(ids, extended(cert))))
	}
	for _, ids := range c.Attributes {
		var have []string
		for _, a := range cert.Subject.Names {
			have = append(have, a.Type.String())
		}
		all = append(all, told(holds(ids, have)))
	}
	for _, n := range c.Nested {
		all = append(all, n.meets(cert))
	}
	if c.Unknown {
		all = append(all, untold)
	}
	if len(all) == 0 {
		return untold
	}
	switch c.Assert {
	case "all":
		return slices.Min(all)
	case "atLeastOne":
		return slices.Max(all)
	case "none":
		return yes - slices.Max(all)
	}
	return untold
}

var keyUsages = map[string]x509.KeyUsage{
	"digitalSignature": x509.KeyUsageDigitalSignature, "nonRepudiation": x509.KeyUsageContentCommitment, "keyEncipherment": x509.KeyUsageKeyEncipherment,
	"dataEncipherment": x509.KeyUsageDataEncipherment, "keyAgreement": x509.KeyUsageKeyAgreement, "keyCertSign": x509.KeyUsageCertSign,
	"crlSign": x509.KeyUsageCRLSign, "encipherOnly": x509.KeyUsageEncipherOnly, "decipherOnly": x509.KeyUsageDecipherOnly,
}

func holds(want, have []string) bool {
	return !slices.ContainsFunc(want, func(id string) bool { return !slices.Contains(have, id) })
}

func texts(ids []asn1.ObjectIdentifier) (out []string) {
	for _, id := range ids {
		out = append(out, id.String())
	}
	return out
}

// extended reads the extended key usages as they are numbered.
func extended(cert *x509.Certificate) []string {
	for _, e := range cert.Extensions {
		var ids []asn1.ObjectIdentifier
		if e.Id.Equal(asn1.ObjectIdentifier{2, 5, 29, 37}) {
			if _, err := asn1.Unmarshal(e.Value, &ids); err == nil {
				return texts(ids)
			}
		}
	}
	return nil
}

// Purpose is what a qualified certificate is for.
type Purpose string

// The purposes (Regulation 910/2014, art. 28, 38 and 45).
const (
	ForSignature Purpose = "signature"
	ForSeal      Purpose = "seal"
	ForWeb       Purpose = "web"
)

// Quality is what trusted lists prove of a certificate, at its issuance and when it was used.
type Quality struct {
	// Claimed: the certificate says of itself that it is qualified.
	Claimed bool
	// Qualified: the lists prove it.
	Qualified bool
	Purpose   Purpose
	// Device: its key is proved to be in a qualified device (QSCD).
	Device bool
	// Service is the one that issued it.
	Service *Service
}

// Quality tells what is proved of the first certificate of a chain at a time: a service that
// was granted when the certificate was issued and at that time says so both times, and no
// other service of the same key says otherwise (after TS 119 615 §4.4 and §4.5).
func (j *Judge) Quality(chain []*x509.Certificate, at time.Time) Quality {
	var out Quality
	if len(chain) == 0 {
		return out
	}
	cert := chain[0]
	out.Claimed = statementsOf(cert).compliance
	for _, issuer := range chain[1:] {
		var said []Quality
		asked := false
		for _, s := range j.services[string(issuer.Raw)] {
			if s.Type != QualifiedCA || !s.GrantedAt(cert.NotBefore) || !s.GrantedAt(at) {
				continue
			}
			asked = true
			first, _ := s.At(cert.NotBefore)
			then, _ := s.At(at)
			a, ok := first.quality(cert, cert.NotBefore)
			b, ok2 := then.quality(cert, at)
			switch {
			case !ok || !ok2:
				return out
			case a.Purpose == "" || b.Purpose == "":
				continue // the service is for something else
			}
			q := Quality{Claimed: out.Claimed, Purpose: b.Purpose, Service: s, Qualified: a.Qualified && b.Qualified && a.Purpose == b.Purpose}
			q.Device = q.Qualified && a.Device && b.Device
			said = append(said, q)
		}
		for _, q := range said {
			if q.Qualified != said[0].Qualified || q.Purpose != said[0].Purpose || q.Device != said[0].Device {
				return out
			}
		}
		if len(said) > 0 {
			return said[0]
		}
		if asked {
			return out
		}
	}
	return out
}

// quality applies a status to a certificate: what it says of itself, corrected by the list;
// false when that cannot be told. The purpose is empty when the service is not for it.
func (s ServiceStatus) quality(cert *x509.Certificate, at time.Time) (q Quality, ok bool) {
	has := map[string]bool{}
	for _, x := range s.Qualifications {
		switch x.Criteria.meets(cert) {
		case yes:
			for _, name := range x.Qualifiers {
				has[name] = true
			}
		case untold:
			return q, false
		}
	}
	said := statementsOf(cert)
	old := cert.NotBefore.Before(eIDAS)
	q.Qualified = said.compliance || old && said.oldPolicy
	device := said.device || old && said.oldDevice
	if has["NotQualified"] || has["QCStatement"] {
		if q.Qualified = has["QCStatement"]; has["NotQualified"] && has["QCStatement"] {
			return q, false
		}
	}
	if q.Purpose, ok = purpose(has, said, old); !ok {
		return q, false
	}
	if !at.Before(eIDAS) && !slices.Contains(s.Purposes, purposes[q.Purpose]) {
		q.Purpose, q.Qualified = "", false
		return q, true
	}
	with := has["QCWithQSCD"] || has["QCQSCDManagedOnBehalf"] || has["QCWithSSCD"] && old
	without := has["QCNoQSCD"] || has["QCNoSSCD"] && old
	if with && without {
		return q, false
	}
	q.Device = q.Qualified && (with || device && !without)
	return q, true
}

// purposes are the identifiers of TS 119 612 §5.5.9.4.
var purposes = map[Purpose]string{
	ForSignature: "http://uri.etsi.org/TrstSvc/TrustedList/SvcInfoExt/ForeSignatures",
	ForSeal:      "http://uri.etsi.org/TrstSvc/TrustedList/SvcInfoExt/ForeSeals",
	ForWeb:       "http://uri.etsi.org/TrstSvc/TrustedList/SvcInfoExt/ForWebSiteAuthentication",
}

// purpose is what the list says, else the certificate, else a signature (EN 319 412-5
// §4.2.3: without a type, a qualified certificate is for signatures).
func purpose(has map[string]bool, said statements, old bool) (Purpose, bool) {
	var by []Purpose
	for name, p := range map[string]Purpose{"QCForESig": ForSignature, "QCForESeal": ForSeal, "QCForWSA": ForWeb} {
		if has[name] {
			by = append(by, p)
		}
	}
	if len(by) == 0 {
		by = said.types
	}
	switch {
	case len(by) == 1:
		return by[0], true
	case len(by) > 1:
		return "", false
	case has["QCForLegalPerson"] && old:
		return ForSeal, true
	}
	return ForSignature, true
}

// statements are what a certificate says of itself (EN 319 412-5).
type statements struct {
	compliance, device bool
	types              []Purpose
	// oldPolicy and oldDevice are the policies QCP and QCP+ (TS 101 456), used before eIDAS.
	oldPolicy, oldDevice bool
}

const qcStatements = "1.3.6.1.5.5.7.1.3"

func statementsOf(cert *x509.Certificate) (out statements) {
	for _, p := range cert.PolicyIdentifiers {
		switch p.String() {
		case "0.4.0.1456.1.1":
			out.oldPolicy, out.oldDevice = true, true
		case "0.4.0.1456.1.2":
			out.oldPolicy = true
		}
	}
	i := slices.IndexFunc(cert.Extensions, func(e pkix.Extension) bool { return e.Id.String() == qcStatements })
	if i < 0 {
		return out
	}
	in := cryptobyte.String(cert.Extensions[i].Value)
	var all cryptobyte.String
	if !in.ReadASN1(&all, cryptobyte_asn1.SEQUENCE) {
		return out
	}
	for !all.Empty() {
		var one cryptobyte.String
		var id asn1.ObjectIdentifier
		if !all.ReadASN1(&one, cryptobyte_asn1.SEQUENCE) || !one.ReadASN1ObjectIdentifier(&id) {
			return out
		}
		switch id.String() {
		case "0.4.0.1862.1.1":
			out.compliance = true
		case "0.4.0.1862.1.4":
			out.device = true
		case "0.4.0.1862.1.6":
			out.types = typesOf(one)
		}
	}
	return out
}

func typesOf(in cryptobyte.String) (out []Purpose) {
	var all cryptobyte.String
	if !in.ReadASN1(&all, cryptobyte_asn1.SEQUENCE) {
		return nil
	}
	for !all.Empty() {
		var id asn1.ObjectIdentifier
		if !all.ReadASN1ObjectIdentifier(&id) {
			return out
		}
		switch strings.TrimPrefix(id.String(), "0.4.0.1862.1.6.") {
		case "1":
			out = append(out, ForSignature)
		case "2":
			out = append(out, ForSeal)
		case "3":
			out = append(out, ForWeb)
		}
	}
	return out
}
