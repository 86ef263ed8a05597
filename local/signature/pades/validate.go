package pades

import (
	"bytes"
	"cmp"
	"context"
	"crypto"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"alpi40.fr/airial/local/signature"
	"alpi40.fr/airial/local/signature/cms"
	"alpi40.fr/airial/local/signature/pdf"
	"alpi40.fr/airial/local/signature/trust"
)

// ValidateOptions says what a document is judged with.
type ValidateOptions struct {
	// Anchors are the trusted authorities; without them no chain can be built.
	Anchors []*x509.Certificate
	// Evidence is used besides what the document holds.
	Evidence trust.Evidence
	// Now is the time of validation; it is required.
	Now time.Time
}

const maxSignatures = 256

var errNow = errors.New("the time of validation is missing")

// Validate judges each signature of a document (EN 319 102-1 §5), without network.
//
// Errors: those of pdf.Open, signature.ErrEncrypted, signature.ErrTooLarge and
// the context's. A document without signature gives an empty report.
func Validate(ctx context.Context, data []byte, o ValidateOptions) (Report, error) {
	report := Report{data: data}
	if o.Now.IsZero() {
		return report, errNow
	}
	d, err := pdf.Open(data)
	if err != nil {
		return report, err
	}
	if d.Encrypted() {
		return report, signature.ErrEncrypted
	}
	report.Revisions = len(d.Sections())
	all, err := fields(d)
	if err != nil {
		return report, err
	}
	v := &validator{ctx: ctx, doc: d, options: o, evidence: o.Evidence}
	for _, f := range all {
		if f.kind == "Sig" && f.signed(d) {
			if len(v.items) >= maxSignatures {
				return report, fmt.Errorf("more than %d signatures: %w", maxSignatures, signature.ErrTooLarge)
			}
			v.items = append(v.items, v.read(f))
		}
	}
	v.securityStore()
	if err := v.judge(); err != nil {
		return report, err
	}
	for _, it := range v.items {
		report.Signatures = append(report.Signatures, it.Verdict)
	}
	return report, nil
}

type validator struct {
	ctx      context.Context
	doc      *pdf.Document
	options  ValidateOptions
	evidence trust.Evidence
	items    []*item
	hasDSS   bool
}

// item is a signature being judged.
type item struct {
	Verdict
	dict  pdf.Dict
	hole  pdf.Span
	cms   *cms.SignedData
	stamp *cms.Timestamp
}

// read reads a field's signature and checks where it stands.
func (v *validator) read(f field) *item {
	it := &item{Verdict: Verdict{Indication: trust.Passed, Field: f.name, Kind: Approval}}
	it.dict, _ = v.doc.Dict(f.value)
	text := func(key pdf.Name) string {
		o, _ := v.doc.Resolve(it.dict.Get(key))
		s, _ := o.(pdf.String)
		return pdf.Text(s)
	}
	it.Name, it.Reason, it.Location = text("Name"), text("Reason"), text("Location")
	var p permissions
	if p.addSignature(v.doc, it.dict) == nil && p.docMDP > 0 {
		it.Kind, it.Permission = Certification, int(p.docMDP)
		it.find(CodePermission, Noted, permissionNames[it.Permission])
	}
	if isTimestamp(it.dict) {
		it.Kind = DocumentTimestamp
	}
	if !v.place(it, f.value) {
		it.refute(trust.FormatFailure, CodeByteRange, "the ByteRange does not leave out exactly Contents")
		return it
	}
	it.find(CodeByteRange, Checked)
	v.open(it)
	return it
}

// place verifies that the ByteRange covers a revision but for exactly the hex
// string of Contents, found in the file at the dictionary's own place.
func (v *validator) place(it *item, value pdf.Object) bool {
	ref, ok := value.(pdf.Ref)
	if !ok {
		return false
	}
	spans, err := v.doc.Spans(ref)
	if err != nil || len(spans["ByteRange"]) != 1 || len(spans["Contents"]) != 1 {
		return false
	}
	list, _ := it.dict.Get("ByteRange").(pdf.Array)
	if len(list) != 4 {
		return false
	}
	size := int64(len(v.doc.Bytes()))
	var r [4]int64
	for i := range r {
		if r[i], ok = list[i].(int64); !ok || r[i] < 0 || r[i] > size {
			return false
		}
	}
	hole := spans["Contents"][0]
	end := r[2] + r[3]
	if r[0] != 0 || r[1] != int64(hole.Start) || r[2] != int64(hole.End) || end > size || v.doc.Bytes()[hole.Start] != '<' {
		return false
	}
	old, err := pdf.Open(v.doc.Bytes()[:end])
	if err != nil || len(old.Tail()) > 0 {
		return false
	}
	it.hole, it.Length, it.Revision = hole, int(end), len(old.Sections())
	it.Whole = len(bytes.Trim(v.doc.Bytes()[end:], "\x00\t\n\f\r ")) == 0
	return true
}

// open reads the CMS and gathers its evidence.
func (v *validator) open(it *item) {
	digits := v.doc.Bytes()[it.hole.Start+1 : it.hole.End-1]
	raw := make([]byte, len(digits)/2)
	if _, err := hex.Decode(raw, digits); err != nil {
		it.refute(trust.FormatFailure, CodeContainer, "Contents is not plain hexadecimal")
		return
	}
	var err error
	if it.Kind == DocumentTimestamp {
		if it.stamp, err = cms.ParseTimestamp(raw); err == nil {
			it.cms = it.stamp.SignedData
		}
	} else {
		it.cms, err = cms.Parse(raw)
	}
	if err != nil || len(it.cms.Signers) != 1 || it.Kind != DocumentTimestamp && it.cms.Content != nil {
		it.cms = nil
		it.refute(trust.FormatFailure, CodeCMS, fmt.Sprintf("the CMS does not fit: %v", err))
		return
	}
	v.evidence.Add(trust.Evidence{Certificates: it.cms.Certificates, OCSPs: it.cms.OCSPs, CRLs: it.cms.CRLs})
	crls, ocsps := it.cms.Signers[0].AdobeRevocation()
	v.evidence.Add(trust.Evidence{OCSPs: ocsps, CRLs: crls})
	for _, token := range cms.Attributes(it.cms.Signers[0].Unsigned, cms.OIDSignatureTimestamp) {
		if t, err := cms.ParseTimestamp(token); err == nil {
			v.evidence.Add(trust.Evidence{Certificates: t.Certificates, OCSPs: t.OCSPs, CRLs: t.CRLs})
		}
	}
}

// securityStore gathers the DSS (EN 319 142-1 §5.4.2.2).
func (v *validator) securityStore() {
	catalog, _ := v.doc.Catalog()
	dss, _ := v.doc.Dict(catalog.Get("DSS"))
	each := func(key pdf.Name, take func([]byte)) {
		list, _ := v.doc.Array(dss.Get(key))
		for _, o := range list[:min(len(list), 2000)] {
			o, _ = v.doc.Resolve(o)
			if s, ok := o.(*pdf.Stream); ok {
				if der, err := v.doc.Decode(s); err == nil {
					take(der)
				}
			}
		}
	}
	each("Certs", func(der []byte) {
		if c, err := x509.ParseCertificate(der); err == nil {
			v.evidence.Certificates = append(v.evidence.Certificates, c)
		}
	})
	each("OCSPs", func(der []byte) { v.evidence.OCSPs, v.hasDSS = append(v.evidence.OCSPs, der), true })
	each("CRLs", func(der []byte) { v.evidence.CRLs, v.hasDSS = append(v.evidence.CRLs, der), true })
}

// judge goes from the newest signature to the oldest: a document timestamp
// that holds proves that all it covers existed.
func (v *validator) judge() error {
	slices.SortStableFunc(v.items, func(a, b *item) int { return cmp.Compare(a.Length, b.Length) })
	judge := trust.NewJudge(v.options.Anchors, v.evidence)
	at, proven := v.options.Now, false
	var by Signer
	for _, it := range slices.Backward(v.items) {
		if err := v.ctx.Err(); err != nil {
			return fmt.Errorf("validating: %w", err)
		}
		if it.cms != nil {
			if it.Kind == DocumentTimestamp {
				if t := v.token(judge, it.stamp, v.digestOf(it, it.stamp), at, proven); it.adopt(t) {
					at, proven, by = t.Time, true, t.Authority
				}
			} else {
				v.one(judge, it, at, proven, by)
			}
		}
		if err := v.later(it); err != nil {
			return err
		}
	}
	return nil
}

func (it *item) adopt(t TimestampVerdict) bool {
	it.Timestamps, it.Signer, it.Chain, it.Revocation = []TimestampVerdict{t}, t.Authority, t.Chain, t.Revocation
	it.Intact = t.Indication != trust.Failed
	if t.Indication != trust.Passed {
		it.set(t.Indication, t.Sub, "%s", t.Why)
		outcome := Unchecked
		if t.Indication == trust.Failed {
			it.find(CodeTimestamp, Refuted)
			return false
		}
		it.find(CodeTSAChain, outcome, t.Authority.Name)
		return false
	}
	it.Proven, it.ProvenBy = t.Time, t.Authority
	it.find(CodeTimestamp, Checked, frenchTime(t.Time), t.Authority.Name)
	return true
}

func (v *validator) digestOf(it *item, t *cms.Timestamp) []byte {
	if !t.Hash.Available() {
		return nil
	}
	h, data := t.Hash.New(), v.doc.Bytes()
	_ = write(v.ctx, h, data[:it.hole.Start], data[it.hole.End:it.Length])
	return h.Sum(nil)
}

// token judges a timestamp at the time until which it must hold.
func (v *validator) token(j *trust.Judge, t *cms.Timestamp, digest []byte, at time.Time, proven bool) TimestampVerdict {
	out := TimestampVerdict{Time: t.Time, Indication: trust.Failed, Sub: trust.HashFailure, Why: "the timestamp is of something else"}
	cert, err := t.Verify(v.evidence.Certificates)
	out.Authority = signerOf(cert)
	if !t.Covers(digest) {
		return out
	}
	if err != nil {
		out.Sub, out.Why = trust.SigCryptoFailure, err.Error()
		return out
	}
	if !stampsOnly(cert) {
		out.Indication, out.Sub, out.Why = trust.Indeterminate, trust.ChainConstraints, "the certificate is not for timestamps alone"
		return out
	}
	a := j.Ask(trust.Question{Certificate: cert, At: at, Proven: proven, Since: t.Time, Usage: x509.ExtKeyUsageTimeStamping})
	out.Indication, out.Sub, out.Why, out.Chain, out.Revocation = a.Indication, a.Sub, a.Why, a.Chain, a.Revocation
	return out
}

// stampsOnly: id-kp-timeStamping stands alone and critical (RFC 3161 §2.3).
func stampsOnly(cert *x509.Certificate) bool {
	critical := slices.ContainsFunc(cert.Extensions, func(e pkix.Extension) bool { return e.Critical && e.Id.String() == "2.5.29.37" })
	return critical && len(cert.UnknownExtKeyUsage) == 0 && slices.Equal(cert.ExtKeyUsage, []x509.ExtKeyUsage{x509.ExtKeyUsageTimeStamping})
}

// weakSince gives since when a hash is no longer trusted (ETSI TS 119 312).
func weakSince(h crypto.Hash) (time.Time, bool) {
	switch h {
	case crypto.SHA1:
		return time.Date(2012, 8, 1, 0, 0, 0, 0, time.UTC), true
	case crypto.MD5:
		return time.Date(2004, 8, 1, 0, 0, 0, 0, time.UTC), true
	}
	return time.Time{}, false
}

// one judges a signature that is no document timestamp.
func (v *validator) one(j *trust.Judge, it *item, at time.Time, proven bool, by Signer) {
	si := &it.cms.Signers[0]
	it.Digest, it.Claimed = si.DigestAlgorithm, si.SigningTime()
	it.Scheme, _ = si.Scheme()
	cert := si.Find(it.cms.Certificates, v.evidence.Certificates)
	if !it.Digest.Available() {
		it.doubt(trust.CryptoConstraints, CodeDigest, Unchecked, "unknown digest")
		return
	}
	if cert == nil {
		it.doubt(trust.NoSigningCertificate, CodeCertificate, Unchecked, "no certificate")
		return
	}
	it.Signer = signerOf(cert)
	it.find(CodeCertificate, Checked, it.Signer.Name, it.Signer.Issuer)
	h, data := it.Digest.New(), v.doc.Bytes()
	_ = write(v.ctx, h, data[:it.hole.Start], data[it.hole.End:it.Length])
	err := si.Check(cert, cms.OIDData, h.Sum(nil))
	switch {
	case errors.Is(err, cms.ErrDigest):
		it.refute(trust.HashFailure, CodeDigest, err.Error())
		return
	case errors.Is(err, cms.ErrAlgorithm):
		it.doubt(trust.CryptoConstraints, CodeValue, Unchecked, err.Error(), "algorithme non pris en charge")
		return
	case err != nil:
		it.refute(trust.SigCryptoFailure, CodeValue, err.Error())
		return
	}
	it.Intact = true
	it.find(CodeDigest, Checked, it.Digest.String())
	it.find(CodeValue, Checked, it.Scheme)
	bound, matches := si.SigningCertificate(cert)
	switch {
	case bound && !matches:
		it.doubt(trust.NoSigningCertificate, CodeBinding, Refuted, "signing-certificate names another")
	case bound:
		it.find(CodeBinding, Checked, "signing-certificate")
	default:
		it.find(CodeBinding, Noted)
	}
	if matches && it.dict.Get("SubFilter") == pdf.Name("ETSI.CAdES.detached") {
		it.Level = signature.LevelB
	}
	stamped := proven
	for _, der := range cms.Attributes(si.Unsigned, cms.OIDSignatureTimestamp) {
		t, err := cms.ParseTimestamp(der)
		if err != nil || !t.Hash.Available() {
			it.find(CodeTimestamp, Refuted)
			continue
		}
		h := t.Hash.New()
		h.Write(si.Signature)
		verdict := v.token(j, t, h.Sum(nil), at, proven)
		it.Timestamps = append(it.Timestamps, verdict)
		switch verdict.Indication {
		case trust.Passed:
			it.find(CodeTimestamp, Checked, frenchTime(t.Time), verdict.Authority.Name)
			if !stamped || t.Time.Before(at) {
				at, stamped, by = t.Time, true, verdict.Authority
			}
		case trust.Failed:
			it.find(CodeTimestamp, Refuted)
		default:
			it.find(CodeTSAChain, Unchecked, verdict.Authority.Name)
		}
	}
	if stamped {
		it.Proven, it.ProvenBy = at, by
		it.find(CodeTime, Checked, frenchTime(at))
	} else {
		it.find(CodeTime, Noted, frenchTime(at))
	}
	if since, weak := weakSince(it.Digest); weak && at.After(since) {
		it.doubt(trust.CryptoConstraints, CodeAlgorithm, Refuted, "the digest is weak", it.Digest.String())
	} else {
		it.find(CodeAlgorithm, Checked, it.Digest.String()+", "+it.Scheme)
	}
	v.certificate(j, it, cert, at, stamped)
	if it.Level == signature.LevelB && stamped {
		it.Level = signature.LevelT
		if v.hasDSS && j.Proof(cert, at).Status != trust.Unknown {
			it.Level = signature.LevelLT
			if proven {
				it.Level = signature.LevelLTA
			}
		}
	}
	it.find(CodeLevel, Noted, it.Level.String())
}

func (v *validator) certificate(j *trust.Judge, it *item, cert *x509.Certificate, at time.Time, proven bool) {
	a := j.Ask(trust.Question{Certificate: cert, At: at, Proven: proven})
	it.Chain, it.Revocation = a.Chain, a.Revocation
	if a.Indication != trust.Passed {
		it.set(a.Indication, a.Sub, "%s", a.Why)
	}
	if a.Chain == nil {
		it.find(CodeChain, Unchecked, it.Signer.Name)
		return
	}
	it.find(CodeChain, Checked, it.Signer.Name, signerOf(a.Chain[len(a.Chain)-1]).Name)
	for _, s := range a.Revocation {
		name := signerOf(s.Certificate).Name
		switch {
		case s.Status == trust.NotRequired:
			it.find(CodeRevocation, Noted, name)
		case s.Status == trust.WasRevoked:
			it.find(CodeRevocation, Refuted, name, frenchDate(s.RevokedAt))
		case s.Fresh:
			it.find(CodeRevocation, Checked, name, s.Source+" du "+frenchDate(s.ThisUpdate))
		default:
			it.find(CodeRevocation, Unchecked, name)
		}
	}
}

// later judges what was changed after a signature (ISO 32000-1 §12.8.2.2, §12.8.2.4).
func (v *validator) later(it *item) error {
	if it.Length == 0 {
		return nil
	}
	if it.Whole {
		it.find(CodeCoverage, Checked)
		return nil
	}
	it.find(CodeCoverage, Noted, fmt.Sprint(it.Revision), fmt.Sprint(len(v.doc.Sections())))
	old, err := pdf.Open(v.doc.Bytes()[:it.Length])
	if err != nil {
		return err
	}
	all, _ := fields(old)
	perms, permErr := readPermissions(old, all)
	changes, err := compare(v.ctx, old, v.doc)
	if v.ctx.Err() != nil {
		return v.ctx.Err()
	}
	if err != nil || permErr != nil || len(changes) >= maxChanges {
		it.doubt(trust.FormatFailure, CodeComparison, Unchecked, "the later changes could not all be compared")
	}
	for _, c := range changes {
		leave := leaveOf(c, perms)
		it.Changes = append(it.Changes, JudgedChange{c, leave})
		switch leave {
		case Allowed:
			it.find(CodeLater, Noted, c.French())
		case Doubtful:
			it.doubt(trust.SigConstraints, CodeLater, Unchecked, "changed afterwards: "+c.Where, c.French())
		case Forbidden:
			it.refute(trust.FormatFailure, CodeLater, "forbidden change: "+c.Where, c.French())
		}
	}
	return nil
}

func leaveOf(c Change, p permissions) Leave {
	switch {
	case c.Kind == ChangeValidation:
		return Allowed
	case c.Kind == ChangeContent, p.docMDP == 1, c.Kind == ChangeAnnotation && p.docMDP == 2, c.Field != "" && p.locked(c.Field):
		return Forbidden
	case c.Kind == ChangeAnnotation, c.Kind == ChangeStructure, c.Kind == ChangeForm && p.docMDP == 0:
		return Doubtful
	}
	return Allowed
}
