package xades

import (
	"context"
	"crypto"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"alpi40.fr/airial/local/signature"
	"alpi40.fr/airial/local/signature/cms"
	"alpi40.fr/airial/local/signature/xmltree"
)

// ErrSigned: the part to be signed holds a signature already.
var ErrSigned = errors.New("the part of the XML is already signed")

// Policy is an explicit signature policy (XAdES 1.1.1 §7.2.3).
type Policy struct {
	Identifier, Description string
	// Digest is the SHA-256 of the policy's document, in base64.
	Digest string
	URI    string
}

// Options says how to sign.
type Options struct {
	// At is the declared time; it is required.
	At     time.Time
	Policy Policy
	// City, PostalCode and Country are the place of signature; empty ones are left out.
	City, PostalCode, Country string
	// Role is the claimed role: «Ordonnateur».
	Role string
}

// Sign signs the elements of these identifiers, each by an exclusive canonical form and
// RSA with SHA-256, the one algorithm that Hélios is known to take. Each signature
// becomes the last child of its element; no other byte of the file changes.
//
// Errors: those of xmltree.Parse and ByID, ErrSigned, signature.ErrKey,
// signature.ErrMismatch, those of the signer.
func Sign(ctx context.Context, raw []byte, ids []string, signer signature.Signer, o Options) ([]byte, error) {
	if _, ok := signer.Certificate().PublicKey.(*rsa.PublicKey); !ok {
		return nil, fmt.Errorf("a key of type %T signs no accounting flow: %w", signer.Certificate().PublicKey, signature.ErrKey)
	}
	d, err := xmltree.Parse(raw)
	if err != nil {
		return nil, err
	}
	var inserts []xmltree.Insert
	for _, id := range ids {
		target, err := d.ByID(id)
		if err != nil {
			return nil, err
		}
		if signed(target) {
			return nil, fmt.Errorf("%q: %w", id, ErrSigned)
		}
		text, err := sign(ctx, target, id, signer, o)
		if err != nil {
			return nil, fmt.Errorf("signing %q: %w", id, err)
		}
		in, err := target.Append(text)
		if err != nil {
			return nil, err
		}
		inserts = append(inserts, in)
	}
	return d.Edit(inserts...), nil
}

// signed tells whether an element holds a signature as a child.
func signed(e xmltree.Element) bool { return !e.Child(dsNS, "Signature").IsZero() }

func sign(ctx context.Context, target xmltree.Element, id string, signer signature.Signer, o Options) (string, error) {
	content, err := digest(func(w io.Writer) error {
		return target.Canonical(w, xmltree.Method{Exclusive: true})
	})
	if err != nil {
		return "", err
	}
	draft := layout{id: id, content: content, object: properties(id, signer, o), certificate: base64.StdEncoding.EncodeToString(signer.Certificate().Raw)}
	if draft.properties, err = digestOf(draft.String(), dsNS, "Object", "QualifyingProperties", "SignedProperties"); err != nil {
		return "", err
	}
	info, err := digestOf(draft.String(), dsNS, "SignedInfo")
	if err != nil {
		return "", err
	}
	value, err := signer.Sign(ctx, info, crypto.SHA256)
	if err != nil {
		return "", fmt.Errorf("signing with the key: %w", err)
	}
	if err := cms.CheckValue(signer.Certificate().PublicKey, "RSA-PKCS1", crypto.SHA256, info, value); err != nil {
		return "", fmt.Errorf("%w: %w", signature.ErrMismatch, err)
	}
	draft.value = base64.StdEncoding.EncodeToString(value)
	return draft.String(), nil
}

func digest(write func(io.Writer) error) ([]byte, error) {
	h := crypto.SHA256.New()
	if err := write(h); err != nil {
		return nil, err
	}
	return h.Sum(nil), nil
}

// digestOf digests the exclusive canonical form of a part of a signature. It is the same
// alone as in its document: every prefix it uses is declared inside.
func digestOf(text, space string, path ...string) ([]byte, error) {
	d, err := xmltree.Parse([]byte(text))
	if err != nil {
		return nil, fmt.Errorf("reading the signature made: %w", err)
	}
	e := d.Root()
	for i, local := range path {
		if i > 0 {
			space = helios
		}
		e = e.Child(space, local)
	}
	return digest(func(w io.Writer) error { return e.Canonical(w, xmltree.Method{Exclusive: true}) })
}

// layout is a signature being made.
type layout struct {
	id                  string
	content, properties []byte
	object              string
	value, certificate  string
}

// String writes it, on one line: a line break would be one more character to be kept by all who carry the file.
func (l layout) String() string {
	var b strings.Builder
	put := func(format string, args ...any) { fmt.Fprintf(&b, format, args...) }
	put(`<ds:Signature xmlns:ds="%s" Id="%s_SIG"><ds:SignedInfo>`, dsNS, l.id)
	put(`<ds:CanonicalizationMethod Algorithm="%s"></ds:CanonicalizationMethod><ds:SignatureMethod Algorithm="%s"></ds:SignatureMethod>`, xmltree.Exclusive, rsa256)
	put(`<ds:Reference URI="#%s"><ds:Transforms><ds:Transform Algorithm="%s"></ds:Transform><ds:Transform Algorithm="%s"></ds:Transform></ds:Transforms>`, l.id, envelop, xmltree.Exclusive)
	put(`<ds:DigestMethod Algorithm="%s"></ds:DigestMethod><ds:DigestValue>%s</ds:DigestValue></ds:Reference>`, sha256, base64.StdEncoding.EncodeToString(l.content))
	put(`<ds:Reference Type="%sSignedProperties" URI="#%s_SIG_SP"><ds:Transforms><ds:Transform Algorithm="%s"></ds:Transform></ds:Transforms>`, helios, l.id, xmltree.Exclusive)
	put(`<ds:DigestMethod Algorithm="%s"></ds:DigestMethod><ds:DigestValue>%s</ds:DigestValue></ds:Reference></ds:SignedInfo>`, sha256, base64.StdEncoding.EncodeToString(l.properties))
	put(`<ds:SignatureValue Id="%s_SIG_SV">%s</ds:SignatureValue>`, l.id, l.value)
	put(`<ds:KeyInfo><ds:X509Data><ds:X509Certificate>%s</ds:X509Certificate></ds:X509Data></ds:KeyInfo><ds:Object>%s</ds:Object></ds:Signature>`, l.certificate, l.object)
	return b.String()
}

// properties writes the qualifying properties in the order of the XAdES 1.1.1 schema.
func properties(id string, signer signature.Signer, o Options) string {
	cert := signer.Certificate()
	h := crypto.SHA256.New()
	h.Write(cert.Raw)
	var b strings.Builder
	put := func(format string, args ...any) { fmt.Fprintf(&b, format, args...) }
	put(`<xad:QualifyingProperties xmlns:xad="%s" Target="#%s_SIG"><xad:SignedProperties Id="%s_SIG_SP"><xad:SignedSignatureProperties>`, helios, id, id)
	put(`<xad:SigningTime>%s</xad:SigningTime>`, o.At.UTC().Format("2006-01-02T15:04:05Z"))
	put(`<xad:SigningCertificate><xad:Cert><xad:CertDigest><xad:DigestMethod Algorithm="%s"></xad:DigestMethod><xad:DigestValue>%s</xad:DigestValue></xad:CertDigest>`, sha256, base64.StdEncoding.EncodeToString(h.Sum(nil)))
	put(`<xad:IssuerSerial><ds:X509IssuerName xmlns:ds="%s">%s</ds:X509IssuerName><ds:X509SerialNumber xmlns:ds="%s">%s</ds:X509SerialNumber></xad:IssuerSerial></xad:Cert></xad:SigningCertificate>`,
		dsNS, escape(cert.Issuer.String()), dsNS, cert.SerialNumber)
	put(`<xad:SignaturePolicyIdentifier><xad:SignaturePolicyId><xad:SigPolicyId><xad:Identifier>%s</xad:Identifier>`, escape(o.Policy.Identifier))
	put(`<xad:Description>%s</xad:Description></xad:SigPolicyId>`, escape(o.Policy.Description))
	put(`<xad:SigPolicyHash><xad:DigestMethod Algorithm="%s"></xad:DigestMethod><xad:DigestValue>%s</xad:DigestValue></xad:SigPolicyHash>`, sha256, escape(o.Policy.Digest))
	put(`<xad:SigPolicyQualifiers><xad:SigPolicyQualifier><xad:SPURI>%s</xad:SPURI></xad:SigPolicyQualifier></xad:SigPolicyQualifiers></xad:SignaturePolicyId></xad:SignaturePolicyIdentifier>`, escape(o.Policy.URI))
	if o.City != "" || o.PostalCode != "" || o.Country != "" {
		put(`<xad:SignatureProductionPlace>`)
		for _, p := range [][2]string{{"City", o.City}, {"PostalCode", o.PostalCode}, {"CountryName", o.Country}} {
			if p[1] != "" {
				put(`<xad:%s>%s</xad:%s>`, p[0], escape(p[1]), p[0])
			}
		}
		put(`</xad:SignatureProductionPlace>`)
	}
	if o.Role != "" {
		put(`<xad:SignerRole><xad:ClaimedRoles><xad:ClaimedRole>%s</xad:ClaimedRole></xad:ClaimedRoles></xad:SignerRole>`, escape(o.Role))
	}
	put(`</xad:SignedSignatureProperties></xad:SignedProperties></xad:QualifyingProperties>`)
	return b.String()
}

// escape writes text in ASCII, which is the same in each encoding that a file may have.
func escape(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case r == '&' || r == '<' || r == '>' || r == '"' || r > '~' || r < ' ':
			fmt.Fprintf(&b, "&#%d;", r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
