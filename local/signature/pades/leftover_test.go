package pades_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"alpi40.fr/airial/local/signature"
	"alpi40.fr/airial/local/signature/pades"
	"alpi40.fr/airial/local/signature/pdf"
	"alpi40.fr/airial/local/signature/testpki"
	"alpi40.fr/airial/local/signature/trust"
	"alpi40.fr/airial/local/signature/validation"
)

// The proofs that some programs put under each signature's VRI alone are found
// (EN 319 142-1 §5.4.2.3).
func TestProofsUnderVRI(t *testing.T) {
	a := testpki.New(t)
	signed, err := pades.Sign(t.Context(), paper{}.bytes(), a.Person("Maïté FICTIVE", testpki.EC(t)), pades.Options{SigningTime: testpki.Start})
	if err != nil {
		t.Fatal(err)
	}
	raised, _, err := pades.Raise(t.Context(), signed, pades.Sources{Timestamper: a, Revocation: a})
	if err != nil {
		t.Fatal(err)
	}
	d, err := pdf.Open(raised)
	if err != nil {
		t.Fatal(err)
	}
	catalog, err := d.Catalog()
	if err != nil {
		t.Fatal(err)
	}
	dss, err := d.Dict(catalog.Get("DSS"))
	if err != nil {
		t.Fatal(err)
	}
	entry := pdf.Dict{}
	for plural, one := range map[pdf.Name]pdf.Name{"Certs": "Cert", "OCSPs": "OCSP", "CRLs": "CRL"} {
		if list := dss.Get(plural); list != nil {
			entry = append(entry, pdf.Entry{Key: one, Value: list})
		}
	}
	u := d.NewUpdate()
	u.Set(d.Root(), catalog.With("DSS", pdf.Dict{{Key: "VRI", Value: pdf.Dict{{Key: "0123456789ABCDEF0123456789ABCDEF01234567", Value: u.Add(entry)}}}}))
	revision, _, err := u.Append()
	if err != nil {
		t.Fatal(err)
	}
	judge := func(pdf []byte) validation.Verdict {
		t.Helper()
		report, err := pades.Validate(t.Context(), pdf, validation.Options{Anchors: a.Anchors(), Now: testpki.Start.Add(time.Hour)})
		if err != nil || len(report.Signatures) != 1 {
			t.Fatalf("%+v %v", report.Signatures, err)
		}
		return report.Signatures[0]
	}
	if v := judge(append(slices.Clip(raised), revision...)); v.Indication != trust.Passed || v.Level != signature.LevelLT {
		t.Errorf("%v %v %s, level %v", v.Indication, v.Sub, v.Why, v.Level)
	}
	// Without them, nothing tells that the certificate was not revoked.
	u = d.NewUpdate()
	u.Set(d.Root(), catalog.With("DSS", pdf.Dict{}))
	if revision, _, err = u.Append(); err != nil {
		t.Fatal(err)
	}
	if v := judge(append(slices.Clip(raised), revision...)); v.Indication != trust.Indeterminate {
		t.Errorf("without proof: %v %v", v.Indication, v.Sub)
	}
}

// reserved gives a document whose last signature is a place that nobody filled.
func reserved(t *testing.T, signed []byte) []byte {
	t.Helper()
	out := bytes.Clone(signed)
	start := bytes.LastIndex(out, []byte("/Contents<")) + len("/Contents<")
	end := start + bytes.IndexByte(out[start:], '>')
	for i := start; i < end; i++ {
		out[i] = '0'
	}
	return out
}

// A place prepared for a signature that nobody made is no signature: the report says so,
// and it can be signed.
func TestReservedPlace(t *testing.T) {
	a := testpki.New(t)
	who := a.Person("Maïté FICTIVE", testpki.EC(t))
	o := pades.Options{SigningTime: testpki.Start, FieldName: "Maire"}
	signed, err := pades.Sign(t.Context(), paper{}.bytes(), who, o)
	if err != nil {
		t.Fatal(err)
	}
	validate := func(pdf []byte) validation.Report {
		t.Helper()
		report, err := pades.Validate(t.Context(), pdf, validation.Options{Anchors: a.Anchors(), Now: testpki.Start.Add(time.Hour)})
		if err != nil {
			t.Fatal(err)
		}
		return report
	}
	empty := reserved(t, signed)
	if r := validate(empty); len(r.Signatures) != 0 || len(r.Findings) != 1 || r.Findings[0].Code != validation.CodeReserved || r.Findings[0].Args[0] != "Maire" {
		t.Fatalf("%+v %+v", r.Signatures, r.Findings)
	}
	if info, err := pades.Inspect(empty); err != nil || info.Signatures != 0 || len(info.Fields) != 1 || info.Fields[0].Signed {
		t.Errorf("%+v %v", info, err)
	}
	filled, err := pades.Sign(t.Context(), empty, who, o)
	if err != nil {
		t.Fatal(err)
	}
	if r := validate(filled); len(r.Signatures) != 1 || !r.Signatures[0].Intact || !r.Signatures[0].Whole || len(r.Findings) != 0 {
		t.Errorf("%+v %+v", r.Signatures, r.Findings)
	}
	// A place prepared after a signature is a field added, not a further signature.
	first, err := pades.Sign(t.Context(), paper{}.bytes(), who, pades.Options{SigningTime: testpki.Start, FieldName: "Adjoint"})
	if err != nil {
		t.Fatal(err)
	}
	second, err := pades.Sign(t.Context(), first, who, o)
	if err != nil {
		t.Fatal(err)
	}
	r := validate(reserved(t, second))
	if len(r.Signatures) != 1 || !slices.ContainsFunc(r.Signatures[0].Changes, func(c validation.JudgedChange) bool { return c.Kind == validation.ChangeForm }) ||
		slices.ContainsFunc(r.Signatures[0].Changes, func(c validation.JudgedChange) bool { return c.Kind == validation.ChangeSignature }) {
		t.Errorf("%+v", r.Signatures)
	}
	// Emptying a signature that a later one covers is seen by the later one.
	start := bytes.Index(second, []byte("/Contents<")) + len("/Contents<")
	end := start + bytes.IndexByte(second[start:], '>')
	emptied := bytes.Clone(second)
	copy(emptied[start:end], bytes.Repeat([]byte{'0'}, end-start))
	if r := validate(emptied); r.Indication() != trust.Failed {
		t.Errorf("an emptied signature under another: %v", r.Indication())
	}
	// So is one that a later revision replaces.
	d, err := pdf.Open(second)
	if err != nil {
		t.Fatal(err)
	}
	u := d.NewUpdate()
	for _, num := range d.Numbers() {
		ref, _ := d.RefOf(num)
		o, _ := d.Get(ref)
		if dict, ok := o.(pdf.Dict); ok && dict.Get("Type") == pdf.Name("Sig") {
			u.Set(ref, dict.With("Contents", pdf.String(make([]byte, 20))))
			break
		}
	}
	revision, _, err := u.Append()
	if err != nil {
		t.Fatal(err)
	}
	if r := validate(append(slices.Clip(second), revision...)); r.Indication() != trust.Failed {
		t.Errorf("a replaced signature under another: %v", r.Indication())
	}
}

// A file that lost its end is told so: the signature covers more than is there.
func TestLostEnd(t *testing.T) {
	a := testpki.New(t)
	signed, err := pades.Sign(t.Context(), paper{}.bytes(), a.Person("Maïté FICTIVE", testpki.EC(t)), pades.Options{SigningTime: testpki.Start})
	if err != nil {
		t.Fatal(err)
	}
	report, err := pades.Validate(t.Context(), signed[:len(signed)-1], validation.Options{Anchors: a.Anchors(), Now: testpki.Start.Add(time.Hour)})
	if err != nil || len(report.Signatures) != 1 {
		t.Fatalf("%+v %v", report.Signatures, err)
	}
	v := report.Signatures[0]
	if v.Indication != trust.Failed || v.Sub != trust.FormatFailure || v.Intact || len(v.Findings) == 0 || v.Findings[len(v.Findings)-1].Code != validation.CodeLostEnd || v.Findings[len(v.Findings)-1].Args[0] != "1 octet" {
		t.Errorf("%+v", v)
	}
}

// What others' samples are, for reasons that are known.
func TestKnownSamples(t *testing.T) {
	dir := os.Getenv("AIRIAL_SAMPLES")
	if dir == "" {
		t.Skip("AIRIAL_SAMPLES is not set")
	}
	for name, c := range map[string]struct {
		signatures int
		indication trust.Indication
		code       validation.Code
	}{
		// A field was filled in again after a signature that locks them all.
		"test-with-vri.pdf": {1, trust.Failed, validation.CodeLater},
		// The last line feed was lost on the way, and the signature does not hold with it either.
		"pdf-eof.pdf": {1, trust.Failed, validation.CodeLostEnd},
		// A place was prepared; nobody signed.
		"pdf-with-empty-sig.pdf": {0, "", validation.CodeReserved},
		// A VRI with a timestamp, of an authority that is not trusted here.
		"pdf-with-vri-timestamp.pdf": {1, trust.Indeterminate, validation.CodeChain},
	} {
		content, err := os.ReadFile(filepath.Join(dir, "pdf-dss", name))
		if err != nil {
			t.Skip(err)
		}
		report, err := pades.Validate(t.Context(), content, validation.Options{Now: testpki.Start})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		findings := report.Findings
		for _, v := range report.Signatures {
			findings = append(findings, v.Findings...)
		}
		if len(report.Signatures) != c.signatures || report.Indication() != c.indication || !slices.ContainsFunc(findings, func(f validation.Finding) bool { return f.Code == c.code }) {
			t.Errorf("%s: %d signatures, %v, %+v", name, len(report.Signatures), report.Indication(), findings)
		}
	}
}
