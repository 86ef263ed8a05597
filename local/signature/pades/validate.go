package pades

import (
	"bytes"
	"cmp"
	"context"
	"crypto"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"alpi40.fr/airial/local/signature"
	"alpi40.fr/airial/local/signature/cms"
	"alpi40.fr/airial/local/signature/pdf"
	"alpi40.fr/airial/local/signature/trust"
	"alpi40.fr/airial/local/signature/validation"
)

const (
	maxSignatures = 256
	// maxOffset is more than any place in a PDF that can be read.
	maxOffset = 1 << 40
)

// octets writes a number of bytes.
func octets(n int64) string {
	if n == 1 {
		return "1 octet"
	}
	return fmt.Sprintf("%d octets", n)
}

// Validate judges each signature of a document (EN 319 102-1 §5), without network.
//
// Errors: those of pdf.Open, signature.ErrEncrypted, signature.ErrTooLarge and
// the context's. A document without signature gives an empty report.
func Validate(ctx context.Context, data []byte, o validation.Options) (validation.Report, error) {
	report := validation.Report{Data: data}
	if o.Now.IsZero() {
		return report, validation.ErrNow
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
		if f.kind == "Sig" && f.reserved(d) && len(report.Findings) < maxSignatures {
			report.Findings = append(report.Findings, validation.Finding{Code: validation.CodeReserved, Outcome: validation.Noted, Args: []string{f.name}})
		}
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
	options  validation.Options
	evidence trust.Evidence
	items    []*item
	hasDSS   bool
}

// item is a signature being judged.
type item struct {
	validation.Verdict
	dict  pdf.Dict
	hole  pdf.Span
	cms   *cms.SignedData
	stamp *cms.Timestamp
}

// read reads a field's signature and checks where it stands.
func (v *validator) read(f field) *item {
	it := &item{Verdict: validation.Verdict{Indication: trust.Passed, Field: f.name, Kind: validation.Approval}}
	it.dict, _ = v.doc.Dict(f.value)
	text := func(key pdf.Name) string {
		o, _ := v.doc.Resolve(it.dict.Get(key))
		s, _ := o.(pdf.String)
		return pdf.Text(s)
	}
	it.Name, it.Reason, it.Location = text("Name"), text("Reason"), text("Location")
	var p permissions
	if p.addSignature(v.doc, it.dict) == nil && p.docMDP > 0 {
		it.Kind = validation.Certification
		it.PermissionNoted(int(p.docMDP))
	}
	if isTimestamp(it.dict) {
		it.Kind = validation.DocumentTimestamp
	}
	placed, missing := v.place(it, f.value)
	if missing > 0 {
		it.Refute(trust.FormatFailure, validation.CodeLostEnd, "the ByteRange goes beyond the end of the file", octets(missing))
		return it
	}
	if !placed {
		it.Refute(trust.FormatFailure, validation.CodeByteRange, "the ByteRange does not leave out exactly Contents")
		return it
	}
	it.Find(validation.CodeByteRange, validation.Checked)
	v.open(it)
	return it
}

// place verifies that the ByteRange covers a revision but for exactly the hex
// string of Contents, found in the file at the dictionary's own place. missing is how many
// bytes it covers beyond the end of a file in which all else is as it should be.
func (v *validator) place(it *item, value pdf.Object) (ok bool, missing int64) {
	ref, ok := value.(pdf.Ref)
	if !ok {
		return false, 0
	}
	spans, err := v.doc.Spans(ref)
	if err != nil || len(spans["ByteRange"]) != 1 || len(spans["Contents"]) != 1 {
		return false, 0
	}
	list, _ := it.dict.Get("ByteRange").(pdf.Array)
	if len(list) != 4 {
		return false, 0
	}
	size := int64(len(v.doc.Bytes()))
	var r [4]int64
	for i := range r {
		if r[i], ok = list[i].(int64); !ok || r[i] < 0 || r[i] > maxOffset {
			return false, 0
		}
	}
	hole := spans["Contents"][0]
	end := r[2] + r[3]
	if r[0] != 0 || r[1] != int64(hole.Start) || r[2] != int64(hole.End) || v.doc.Bytes()[hole.Start] != '<' {
		return false, 0
	}
	if end > size {
		return false, end - size
	}
	old, err := pdf.Open(v.doc.Bytes()[:end])
	if err != nil || len(old.Tail()) > 0 {
		return false, 0
	}
	it.hole, it.Length, it.Revision = hole, int(end), len(old.Sections())
	it.Whole = len(bytes.Trim(v.doc.Bytes()[end:], "\x00\t\n\f\r ")) == 0
	return true, 0
}

// open reads the CMS and gathers its evidence.
func (v *validator) open(it *item) {
	digits := v.doc.Bytes()[it.hole.Start+1 : it.hole.End-1]
	raw := make([]byte, len(digits)/2)
	if _, err := hex.Decode(raw, digits); err != nil {
		it.Refute(trust.FormatFailure, validation.CodeContainer, "Contents is not plain hexadecimal")
		return
	}
	var err error
	if it.Kind == validation.DocumentTimestamp {
		if it.stamp, err = cms.ParseTimestamp(raw); err == nil {
			it.cms = it.stamp.SignedData
		}
	} else {
		it.cms, err = cms.Parse(raw)
	}
	if err != nil || len(it.cms.Signers) != 1 || it.Kind != validation.DocumentTimestamp && (it.cms.Content != nil) != it.sealsDigest() {
		it.cms = nil
		it.Refute(trust.FormatFailure, validation.CodeCMS, fmt.Sprintf("the CMS does not fit: %v", err))
		return
	}
	v.evidence.Add(validation.Evidence(it.cms))
}

// maxProofs bounds the streams of a security store that are read.
const maxProofs = 4000

// securityStore gathers the DSS (EN 319 142-1 §5.4.2.2): its own proofs, and those that a
// program put under a signature's VRI alone (§5.4.2.3).
func (v *validator) securityStore() {
	catalog, _ := v.doc.Catalog()
	dss, _ := v.doc.Dict(catalog.Get("DSS"))
	read := map[pdf.Ref]bool{}
	v.proofs(dss.Get("Certs"), read, v.keepCertificate)
	v.proofs(dss.Get("OCSPs"), read, v.keepOCSP)
	v.proofs(dss.Get("CRLs"), read, v.keepCRL)
	all, _ := v.doc.Dict(dss.Get("VRI"))
	for _, e := range all[:min(len(all), maxSignatures)] {
		vri, _ := v.doc.Dict(e.Value)
		v.proofs(vri.Get("Cert"), read, v.keepCertificate)
		v.proofs(vri.Get("OCSP"), read, v.keepOCSP)
		v.proofs(vri.Get("CRL"), read, v.keepCRL)
	}
}

// proofs gives the streams of a list, each once.
func (v *validator) proofs(list pdf.Object, read map[pdf.Ref]bool, take func([]byte)) {
	all, _ := v.doc.Array(list)
	for _, o := range all {
		ref, _ := o.(pdf.Ref) // a stream is always indirect (ISO 32000-1 §7.3.8)
		if read[ref] || len(read) >= maxProofs {
			continue
		}
		read[ref] = true
		o, _ = v.doc.Resolve(o)
		if s, ok := o.(*pdf.Stream); ok {
			if der, err := v.doc.Decode(s); err == nil {
				take(der)
			}
		}
	}
}

func (v *validator) keepCertificate(der []byte) {
	if c, err := x509.ParseCertificate(der); err == nil {
		v.evidence.Certificates = append(v.evidence.Certificates, c)
	}
}

func (v *validator) keepOCSP(der []byte) {
	v.evidence.OCSPs, v.hasDSS = append(v.evidence.OCSPs, der), true
}

func (v *validator) keepCRL(der []byte) {
	v.evidence.CRLs, v.hasDSS = append(v.evidence.CRLs, der), true
}

// judge goes from the newest signature to the oldest: a document timestamp
// that holds proves that all it covers existed.
func (v *validator) judge() error {
	slices.SortStableFunc(v.items, func(a, b *item) int { return cmp.Compare(a.Length, b.Length) })
	judge := validation.Judge{Trust: trust.NewJudge(v.options.Anchors, v.evidence, v.options.Services...), Certificates: v.evidence.Certificates, Kept: v.hasDSS}
	existed := validation.Existence{At: v.options.Now}
	for _, it := range slices.Backward(v.items) {
		if err := v.ctx.Err(); err != nil {
			return fmt.Errorf("validating: %w", err)
		}
		if it.cms != nil {
			digest := func(h crypto.Hash) []byte { return v.digestOf(it, h) }
			if it.Kind == validation.DocumentTimestamp {
				if t := judge.Timestamp(it.stamp, digest(it.stamp.Hash), existed); it.Adopt(t) {
					existed = validation.Existence{At: t.Time, Proven: true, By: t.Authority}
				}
			} else {
				baseline := it.dict.Get("SubFilter") == pdf.Name("ETSI.CAdES.detached")
				judge.CMS(&it.Verdict, &it.cms.Signers[0], cms.OIDData, digest, baseline, existed)
				if it.Claimed.IsZero() { // a PDF declares it in the signature's dictionary (ISO 32000-1 table 252)
					o, _ := v.doc.Resolve(it.dict.Get("M"))
					s, _ := o.(pdf.String)
					it.Claimed = declared(pdf.Text(s))
				}
			}
		}
		if err := v.later(it); err != nil {
			return err
		}
	}
	return nil
}

// declared reads a date of a PDF (ISO 32000-1 §7.9.4), to the second; zero for what is none.
func declared(text string) time.Time {
	text = strings.NewReplacer("D:", "", "'", "").Replace(strings.TrimSpace(text))
	for _, form := range []string{"20060102150405Z0700", "20060102150405Z0000", "20060102150405"} {
		if t, err := time.Parse(form, text); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}

// sealsDigest tells whether a signature is of the old sort that encloses the SHA-1 of the
// document (adbe.pkcs7.sha1, ISO 32000-1 table 257) rather than standing for it.
func (it *item) sealsDigest() bool { return it.dict.Get("SubFilter") == pdf.Name("adbe.pkcs7.sha1") }

// digestOf gives the digest of what a signature covers, nil for an unknown hash, or for a
// document that is not the one whose digest the signature encloses.
func (v *validator) digestOf(it *item, hash crypto.Hash) []byte {
	if !hash.Available() {
		return nil
	}
	if it.sealsDigest() {
		h, data := crypto.SHA1.New(), v.doc.Bytes()
		_ = write(v.ctx, h, data[:it.hole.Start], data[it.hole.End:it.Length])
		if !bytes.Equal(h.Sum(nil), it.cms.Content) {
			return nil
		}
		h = hash.New()
		h.Write(it.cms.Content)
		return h.Sum(nil)
	}
	h, data := hash.New(), v.doc.Bytes()
	_ = write(v.ctx, h, data[:it.hole.Start], data[it.hole.End:it.Length])
	return h.Sum(nil)
}

// later judges what was changed after a signature (ISO 32000-1 §12.8.2.2, §12.8.2.4).
func (v *validator) later(it *item) error {
	if it.Length == 0 {
		return nil
	}
	if it.Whole {
		it.Find(validation.CodeCoverage, validation.Checked)
		return nil
	}
	it.Find(validation.CodeCoverage, validation.Noted, fmt.Sprint(it.Revision), fmt.Sprint(len(v.doc.Sections())))
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
		it.Doubt(trust.FormatFailure, validation.CodeComparison, validation.Unchecked, "the later changes could not all be compared")
	}
	for _, c := range changes {
		leave := leaveOf(c, perms)
		it.Changes = append(it.Changes, validation.JudgedChange{Change: c, Leave: leave})
		switch leave {
		case validation.Allowed:
			it.Find(validation.CodeLater, validation.Noted, c.French())
		case validation.Doubtful:
			it.Doubt(trust.SigConstraints, validation.CodeLater, validation.Unchecked, "changed afterwards: "+c.Where, c.French())
		case validation.Forbidden:
			it.Refute(trust.FormatFailure, validation.CodeLater, "forbidden change: "+c.Where, c.French())
		}
	}
	return nil
}

func leaveOf(c validation.Change, p permissions) validation.Leave {
	switch {
	case c.Kind == validation.ChangeValidation:
		return validation.Allowed
	case c.Kind == validation.ChangeContent, p.docMDP == 1, c.Kind == validation.ChangeAnnotation && p.docMDP == 2, c.Field != "" && p.locked(c.Field):
		return validation.Forbidden
	case c.Kind == validation.ChangeAnnotation, c.Kind == validation.ChangeStructure, c.Kind == validation.ChangeForm && p.docMDP == 0:
		return validation.Doubtful
	}
	return validation.Allowed
}
