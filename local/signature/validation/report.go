package validation

import (
	"crypto"
	"crypto/x509"
	"fmt"
	"time"

	"alpi40.fr/airial/local/signature"
	"alpi40.fr/airial/local/signature/trust"
)

// Report is the judgement on a document: all that was checked, with what, and
// what could not be.
type Report struct {
	// Signatures are in the order in which they were laid, document timestamps included.
	Signatures []Verdict
	// Revisions counts the cross-reference sections of the file.
	Revisions int
	// Findings are about the document as a whole.
	Findings []Finding
	// Data is the file that was judged; it must not be changed.
	Data []byte `json:"-"`
}

// Kind is what a signature is for.
type Kind string

// The kinds of signature.
const (
	Approval          Kind = "approval"
	Certification     Kind = "certification"
	DocumentTimestamp Kind = "document-timestamp"
)

// Verdict is the judgement on one signature.
type Verdict struct {
	// Indication and Sub follow EN 319 102-1 §5.1.3; Why is for logs, in English.
	Indication trust.Indication
	Sub        trust.SubIndication
	Why        string

	Kind Kind
	// Field is the full name of the form field, "" for a signature that no field holds.
	Field  string
	Signer Signer
	// Name, Reason and Location are what the signature declares; nothing proves them.
	Name, Reason, Location string
	// Role and Policy are the declared role and the identifier of the signature policy (XAdES).
	Role, Policy string
	// Claimed is the declared time; Proven is the earliest that a trusted
	// timestamp proves, by ProvenBy. Both may be zero.
	Claimed, Proven time.Time
	ProvenBy        Signer
	Level           signature.Level
	// Quality is what trusted lists prove of the signer's certificate.
	Quality trust.Quality
	// Digest is the hash of the document, 0 when unknown; Scheme is "RSA-PKCS1",
	// "RSA-PSS", "ECDSA", "Ed25519" or "".
	Digest crypto.Hash
	Scheme string
	// Intact: the signed bytes and the signature's value hold together with the
	// certificate, whoever it belongs to.
	Intact bool

	// Length is how many bytes of the file, from its start, are the signed
	// revision; 0 when it cannot be told. Revision is its number, from 1.
	Length, Revision int
	// Whole: nothing but white space follows the signed revision.
	Whole bool
	// Permission is the DocMDP permission that the signature sets, 0 for none.
	Permission int

	// Chain goes from the certificate to the anchor; Revocation has one state
	// for each certificate of the chain but the anchor.
	Chain      []*x509.Certificate
	Revocation []trust.State
	Timestamps []TimestampVerdict
	// Changes are those made after the signature, with what the signatures allow.
	Changes []JudgedChange
	// Findings is the whole story, in the order of the checks.
	Findings []Finding
}

// TimestampVerdict is the judgement on a timestamp of the signature's value,
// or on a document timestamp's own token.
type TimestampVerdict struct {
	Indication trust.Indication
	Sub        trust.SubIndication
	Why        string
	Time       time.Time
	Authority  Signer
	Chain      []*x509.Certificate
	Revocation []trust.State
}

// ChangeKind is what a change made after a signature touches, from the least
// to the most serious.
type ChangeKind string

// The kinds of change.
const (
	// ChangeValidation: validation data and document timestamps (EN 319 142-1 §5.4).
	ChangeValidation ChangeKind = "validation-data"
	// ChangeSignature: a further signature.
	ChangeSignature ChangeKind = "signature"
	// ChangeMetadata: title, dates, XMP.
	ChangeMetadata ChangeKind = "metadata"
	// ChangeForm: a field filled in, or an empty signature field added.
	ChangeForm ChangeKind = "form"
	// ChangeStructure: the logical structure, that screen readers and searches use and that nothing draws.
	ChangeStructure ChangeKind = "structure"
	// ChangeAnnotation: a note, a stamp, or anything else laid over a page.
	ChangeAnnotation ChangeKind = "annotation"
	// ChangeContent: anything else; what is seen may no longer be what was signed.
	ChangeContent ChangeKind = "content"
)

// Change is one change made to a document after a signature.
type Change struct {
	Kind ChangeKind
	// Where is the place in the document's structure, for the auditor.
	Where string
	// Field is the full name of the form field touched, if any.
	Field string
}

// Leave says whether a change is allowed.
type Leave string

// What may be said of a change.
const (
	// Allowed by the document's signatures and harmless.
	Allowed Leave = "allowed"
	// Doubtful: not forbidden, but what is seen may no longer be what was signed.
	Doubtful Leave = "doubtful"
	// Forbidden by a signature, or beyond what may be done to a signed document.
	Forbidden Leave = "forbidden"
)

// JudgedChange is a change made after a signature.
type JudgedChange struct {
	Change
	Leave Leave
}

// Signer is what a certificate says of its holder.
type Signer struct {
	// Name is the common name, else the given name and surname, else the whole subject.
	Name, GivenName, Surname, Organization, Title, Email string
	Issuer                                               string
	Serial                                               string // hexadecimal
	NotBefore, NotAfter                                  time.Time
	Certificate                                          *x509.Certificate `json:"-"`
}

// Signed gives the exact bytes of the revision that signature i covers,
// counted from 0, its own dictionary included: what is to be shown as signed.
// It is nil when that cannot be told. The bytes must not be changed.
func (r Report) Signed(i int) []byte {
	if i < 0 || i >= len(r.Signatures) || r.Signatures[i].Length == 0 {
		return nil
	}
	n := r.Signatures[i].Length
	return r.Data[:n:n]
}

// Indication is the worst of the signatures', document timestamps included;
// "" when there is no signature.
func (r Report) Indication() trust.Indication {
	var worst trust.Indication
	for _, s := range r.Signatures {
		switch {
		case s.Indication == trust.Failed, worst == "":
			worst = s.Indication
		case s.Indication == trust.Indeterminate && worst == trust.Passed:
			worst = s.Indication
		}
	}
	return worst
}

// Outcome is how a check ended.
type Outcome string

// The outcomes.
const (
	// Checked: verified, and good.
	Checked Outcome = "checked"
	// Unchecked: it could not be verified.
	Unchecked Outcome = "unchecked"
	// Refuted: verified, and bad.
	Refuted Outcome = "refuted"
	// Noted: a fact to be known, neither good nor bad.
	Noted Outcome = "noted"
)

// Finding is the result of one check. Args fill the French sentence's gaps,
// already written as they are to be read.
type Finding struct {
	Code    Code
	Outcome Outcome
	Args    []string
}

// Set gives the indication, unless a worse one stands, or one as bad before.
func (v *Verdict) Set(i trust.Indication, sub trust.SubIndication, why string, args ...any) {
	if v.Indication == trust.Failed || v.Indication == trust.Indeterminate && i != trust.Failed {
		return
	}
	v.Indication, v.Sub, v.Why = i, sub, fmt.Sprintf(why, args...)
}

// Find adds the result of a check.
func (v *Verdict) Find(code Code, outcome Outcome, args ...string) {
	v.Findings = append(v.Findings, Finding{code, outcome, args})
}

// Refute is a check that fails the signature.
func (v *Verdict) Refute(sub trust.SubIndication, code Code, why string, args ...string) {
	v.Set(trust.Failed, sub, "%s", why)
	v.Find(code, Refuted, args...)
}

// Doubt is a check that leaves the signature undecided.
func (v *Verdict) Doubt(sub trust.SubIndication, code Code, outcome Outcome, why string, args ...string) {
	v.Set(trust.Indeterminate, sub, "%s", why)
	v.Find(code, outcome, args...)
}

// SignerOf reads who a certificate names; the zero Signer for nil.
func SignerOf(c *x509.Certificate) Signer {
	if c == nil {
		return Signer{}
	}
	s := Signer{Name: c.Subject.CommonName, Issuer: c.Issuer.CommonName, Serial: c.SerialNumber.Text(16), NotBefore: c.NotBefore, NotAfter: c.NotAfter, Certificate: c}
	for _, part := range c.Subject.Names {
		text, _ := part.Value.(string)
		switch part.Type.String() {
		case "2.5.4.42":
			s.GivenName = text
		case "2.5.4.4":
			s.Surname = text
		case "2.5.4.10":
			s.Organization = text
		case "2.5.4.12":
			s.Title = text
		case "1.2.840.113549.1.9.1":
			s.Email = text
		}
	}
	if s.Email == "" && len(c.EmailAddresses) > 0 {
		s.Email = c.EmailAddresses[0]
	}
	if s.Name == "" && (s.GivenName != "" || s.Surname != "") {
		s.Name = s.GivenName + " " + s.Surname
	}
	if s.Name == "" {
		s.Name = c.Subject.String()
	}
	if s.Issuer == "" {
		s.Issuer = c.Issuer.String()
	}
	return s
}
