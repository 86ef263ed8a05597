package xades

import (
	"context"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"

	"alpi40.fr/airial/local/signature"
	"alpi40.fr/airial/local/signature/trust"
	"alpi40.fr/airial/local/signature/validation"
	"alpi40.fr/airial/local/signature/xmltree"
)

// maxSignatures bounds those of one file; a flow has one for each of its bordereaux.
const maxSignatures = 2000

// Validate judges each XML signature of a document, without network.
//
// Errors: those of xmltree.Parse, validation.ErrNow, signature.ErrTooLarge and the
// context's. A document without signature gives an empty report.
func Validate(ctx context.Context, raw []byte, o validation.Options) (validation.Report, error) {
	report := validation.Report{Data: raw, Revisions: 1}
	if o.Now.IsZero() {
		return report, validation.ErrNow
	}
	d, err := xmltree.Parse(raw)
	if err != nil {
		return report, err
	}
	v := &validator{ctx: ctx, doc: d, options: o, evidence: o.Evidence}
	for e := range d.Root().All() {
		if !e.Is(dsNS, "Signature") {
			continue
		}
		if len(v.items) >= maxSignatures {
			return report, fmt.Errorf("more than %d signatures: %w", maxSignatures, signature.ErrTooLarge)
		}
		v.items = append(v.items, v.read(e))
	}
	judge := validation.Judge{Trust: trust.NewJudge(o.Anchors, v.evidence, o.Services...), Certificates: v.evidence.Certificates, Kept: v.kept}
	for _, it := range v.items {
		if err := ctx.Err(); err != nil {
			return report, fmt.Errorf("validating: %w", err)
		}
		v.judge(judge, it)
		report.Signatures = append(report.Signatures, it.Verdict)
	}
	return report, nil
}

type validator struct {
	ctx      context.Context
	doc      *xmltree.Document
	options  validation.Options
	evidence trust.Evidence
	kept     bool // there is revocation data in the document
	items    []*item
}

// item is a signature being judged.
type item struct {
	validation.Verdict
	e xmltree.Element
	// space is that of its XAdES properties, "" when it has none; props are the signed ones.
	space        string
	props        xmltree.Element
	several      bool // properties, of which one could pass for the other
	unsigned     xmltree.Element
	certificates []*x509.Certificate
}

// read finds the parts of a signature and gathers the evidence it carries.
func (v *validator) read(e xmltree.Element) *item {
	it := &item{Verdict: validation.Verdict{Indication: trust.Passed, Kind: validation.Approval, Field: e.Attr("Id")}, e: e}
	for c := range e.Child(dsNS, "KeyInfo").All() {
		if c.Is(dsNS, "X509Certificate") {
			it.certificates = append(it.certificates, certificate(c.Text())...)
		}
	}
	for object := range e.Children() {
		if !object.Is(dsNS, "Object") {
			continue
		}
		for _, space := range versions {
			if q := object.Child(space, "QualifyingProperties"); !q.IsZero() {
				it.several = !it.props.IsZero()
				it.space, it.props, it.unsigned = space, q.Child(space, "SignedProperties"), q.Path(space, "UnsignedProperties", "UnsignedSignatureProperties")
			}
		}
	}
	v.evidence.Certificates = append(v.evidence.Certificates, it.certificates...)
	for c := range it.unsigned.All() {
		space := c.Space()
		if space != it.space && space != xades141 {
			continue
		}
		switch c.Local() {
		case "EncapsulatedX509Certificate":
			v.evidence.Certificates = append(v.evidence.Certificates, certificate(c.Text())...)
		case "EncapsulatedOCSPValue":
			v.evidence.OCSPs, v.kept = append(v.evidence.OCSPs, Decode(c.Text())), true
		case "EncapsulatedCRLValue":
			v.evidence.CRLs, v.kept = append(v.evidence.CRLs, Decode(c.Text())), true
		case "EncapsulatedTimeStamp":
			v.evidence.Add(validation.TokenEvidence(Decode(c.Text())))
		}
	}
	v.declared(it)
	return it
}

// declared reads what the signed properties say.
func (v *validator) declared(it *item) {
	p := it.props.Child(it.space, "SignedSignatureProperties")
	if at, err := time.Parse(time.RFC3339, strings.TrimSpace(p.Child(it.space, "SigningTime").Text())); err == nil {
		it.Claimed = at
	}
	var place []string
	for _, local := range []string{"SignatureProductionPlace", "SignatureProductionPlaceV2"} {
		for c := range p.Child(it.space, local).Children() {
			if text := strings.TrimSpace(c.Text()); text != "" {
				place = append(place, text)
			}
		}
	}
	it.Location = strings.Join(place, ", ")
	for _, local := range []string{"SignerRole", "SignerRoleV2"} {
		for c := range p.Child(it.space, local).Child(it.space, "ClaimedRoles").Children() {
			it.Role = strings.TrimSpace(c.Text())
		}
	}
	it.Policy = strings.TrimSpace(p.Path(it.space, "SignaturePolicyIdentifier", "SignaturePolicyId", "SigPolicyId", "Identifier").Text())
	if it.Policy != "" {
		it.Find(validation.CodePolicy, validation.Noted, it.Policy)
	}
	if it.Role != "" {
		it.Find(validation.CodeRole, validation.Noted, it.Role)
	}
}

// maxEncoded bounds one piece of evidence, in characters.
const maxEncoded = 64 << 20

// Decode reads base64 with whatever white space, nil when it is not base64.
func Decode(text string) []byte {
	if len(text) > maxEncoded {
		return nil
	}
	text = strings.Join(strings.Fields(text), "")
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		if raw, err = base64.RawStdEncoding.DecodeString(text); err != nil {
			return nil
		}
	}
	return raw
}

func certificate(text string) []*x509.Certificate {
	c, err := x509.ParseCertificate(Decode(text))
	if err != nil {
		return nil
	}
	return []*x509.Certificate{c}
}

// binding tells whether the signed properties name a certificate, and whether it is this one.
func (it *item) binding(cert *x509.Certificate) (bound, matches bool) {
	p := it.props.Child(it.space, "SignedSignatureProperties")
	for _, local := range []string{"SigningCertificateV2", "SigningCertificate"} {
		for c := range p.Child(it.space, local).Children() {
			bound = true
			if namesCertificate(c, it.space, cert) {
				return true, true
			}
		}
	}
	return bound, false
}

// namesCertificate holds a Cert element against a certificate: its digest, and its serial number where that is given.
func namesCertificate(c xmltree.Element, space string, cert *x509.Certificate) bool {
	d := c.Child(space, "CertDigest")
	algorithm, value := "", ""
	for part := range d.Children() { // in the namespace of XAdES before 1.2.2, of XML Signature since
		switch part.Local() {
		case "DigestMethod":
			algorithm = part.Attr("Algorithm")
		case "DigestValue":
			value = part.Text()
		}
	}
	hash := digests[algorithm]
	if !hash.Available() {
		return false
	}
	h := hash.New()
	h.Write(cert.Raw)
	number := strings.TrimSpace(c.Path(space, "IssuerSerial").Child(dsNS, "X509SerialNumber").Text())
	return slices.Equal(h.Sum(nil), Decode(value)) && (number == "" || strings.TrimLeft(number, "0") == cert.SerialNumber.String())
}
