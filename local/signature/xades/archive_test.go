package xades_test

import (
	"bytes"
	"crypto"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"alpi40.fr/airial/local/signature"
	"alpi40.fr/airial/local/signature/testpki"
	"alpi40.fr/airial/local/signature/trust"
	"alpi40.fr/airial/local/signature/validation"
	"alpi40.fr/airial/local/signature/validator"
	"alpi40.fr/airial/local/signature/xades"
	"alpi40.fr/airial/local/signature/xmltree"
)

const (
	ds     = "http://www.w3.org/2000/09/xmldsig#"
	helios = "http://uri.etsi.org/01903/v1.1.1#"
)

// element finds an element by its name and its ancestor.
func element(t *testing.T, d *xmltree.Document, local string) xmltree.Element {
	t.Helper()
	for e := range d.Root().All() {
		if e.Local() == local {
			return e
		}
	}
	t.Fatal("no ", local)
	return xmltree.Element{}
}

// insert puts text as the last child of an element.
func insert(t *testing.T, raw []byte, local, text string) []byte {
	t.Helper()
	d, err := xmltree.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	in, err := element(t, d, local).Append(text)
	if err != nil {
		t.Fatal(err)
	}
	return d.Edit(in)
}

// stamped gives the token of a timestamp over parts of a document, in exclusive then in inclusive
// form; the signature is left out of the first.
func stamped(t *testing.T, a *testpki.Authority, raw []byte, exclusive, inclusive []string) string {
	t.Helper()
	d, err := xmltree.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	h := crypto.SHA256.New()
	for i, local := range exclusive {
		var omit []xmltree.Element
		if i == 0 {
			omit = append(omit, element(t, d, "Signature"))
		}
		err = element(t, d, local).Canonical(h, xmltree.Method{Exclusive: true}, omit...)
	}
	for _, local := range inclusive {
		if err == nil {
			err = element(t, d, local).Canonical(h, xmltree.Method{})
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	token, err := a.Timestamp(t.Context(), h.Sum(nil), crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(token)
}

// TestArchive: a signature with a timestamp and an archive timestamp over all of it
// (EN 319 132-1 §5.5.2) holds when its certificate has ended; whatever the archive timestamp
// covers, a change to it takes that away.
func TestArchive(t *testing.T) {
	a := testpki.New(t)
	raw, who := sign(t, a, flow, "B1")
	raw = insert(t, raw, "QualifyingProperties", `<xad:UnsignedProperties><xad:UnsignedSignatureProperties></xad:UnsignedSignatureProperties></xad:UnsignedProperties>`)
	raw = insert(t, raw, "UnsignedSignatureProperties", fmt.Sprintf(`<xad:SignatureTimeStamp><xad:EncapsulatedTimeStamp>%s</xad:EncapsulatedTimeStamp></xad:SignatureTimeStamp>`,
		stamped(t, a, raw, nil, []string{"SignatureValue"})))
	parts := []string{"SignedInfo", "SignatureValue", "KeyInfo", "SignatureTimeStamp"}
	a.Now = testpki.Start.Add(time.Hour)
	archived := insert(t, raw, "UnsignedSignatureProperties", fmt.Sprintf(`<a:ArchiveTimeStamp xmlns:a="http://uri.etsi.org/01903/v1.4.1#"><xad:EncapsulatedTimeStamp>%s</xad:EncapsulatedTimeStamp></a:ArchiveTimeStamp>`,
		stamped(t, a, raw, []string{"Bordereau", "SignedProperties"}, parts)))
	proof, err := a.OCSP(who.Cert) // while its authority still answered for it
	if err != nil {
		t.Fatal(err)
	}
	later := who.Cert.NotAfter.AddDate(1, 0, 0)
	a.Now = later
	judged := func(raw []byte) validation.Verdict {
		t.Helper()
		o := validation.Options{Anchors: a.Anchors(), Now: later}
		der, err := a.OCSP(a.TSA.Cert)
		if err != nil {
			t.Fatal(err)
		}
		o.Evidence.OCSPs = [][]byte{proof, der}
		crl, err := a.CRL(a.Root)
		if err != nil {
			t.Fatal(err)
		}
		o.Evidence.CRLs = [][]byte{crl}
		o.Evidence.Certificates = append(o.Evidence.Certificates, a.Issuing.Cert)
		r, err := xades.Validate(t.Context(), raw, o)
		if err != nil || len(r.Signatures) != 1 {
			t.Fatal(err)
		}
		return r.Signatures[0]
	}
	outcome := func(v validation.Verdict) validation.Outcome {
		for _, f := range v.Findings {
			if f.Code == validation.CodeArchive {
				return f.Outcome
			}
		}
		return ""
	}
	if v := judged(archived); v.Indication != trust.Passed || outcome(v) != validation.Checked || !v.Proven.Equal(testpki.Start) {
		t.Errorf("%s %s (%s) %v %s", v.Indication, v.Sub, v.Why, v.Proven, outcome(v))
	}
	for name, change := range map[string][2]string{
		"a property before it": {"<xad:SignatureTimeStamp>", `<xad:SignatureTimeStamp Id="x">`},
		"a property added":     {"<xad:SignatureTimeStamp>", "<xad:RevocationValues></xad:RevocationValues><xad:SignatureTimeStamp>"},
		"KeyInfo":              {"<ds:KeyInfo>", `<ds:KeyInfo Id="x">`},
		"an object added":      {"<ds:Object>", "<ds:Object>x</ds:Object><ds:Object>"},
		"it names its parts":   {"<a:ArchiveTimeStamp ", `<a:ArchiveTimeStamp Id="i" `},
	} {
		if !bytes.Contains(archived, []byte(change[0])) {
			t.Fatal(name)
		}
		want := validation.Refuted
		if name == "it names its parts" {
			want = validation.Checked // its own attributes are not under it
		}
		if v := judged([]byte(strings.Replace(string(archived), change[0], change[1], 1))); outcome(v) != want {
			t.Errorf("%s: %s", name, outcome(v))
		}
	}
	if v := judged(raw); v.Level >= signature.LevelLTA {
		t.Error("no archive timestamp and yet archived")
	}
}

// TestForeignArchives: the archive timestamps of samples from elsewhere stamp what they
// should, or not, as those who made them say.
func TestForeignArchives(t *testing.T) {
	folder := os.Getenv("AIRIAL_SAMPLES")
	if folder == "" {
		t.Skip("AIRIAL_SAMPLES is not set")
	}
	for name, want := range map[string]string{
		"xades-dss/xades-lta-valid.xml": "holds", "xades-dss/xades-extended-short-a.xml": "holds", "xades-dss/xades-enveloping-arcTst132.xml": "holds",
		"xades-dss/data2sign-signed-xades-enveloped-baseline-cts-lta.xml": "holds", "xades-dss/data2sign-signed-xades-enveloped-baseline-lta.xml": "holds",
		"xades-dss/xades-with-multiple-archivetimestamps.xml": "holds holds", "xades-dss/Signature-X-HU_POL-3.xml": "holds", "xades-dss/xades-tsts-empty-c14n.xml": "holds",
		"xades-dss/xades-attr-authorities-values.xml": "holds", "xades-dss/xades-enveloped-arcTst132-no-objects.xml": "fails", "xades-dss/xades-enveloping-arcTst132-add-object.xml": "fails",
		"cades-dss/Signature-C-B-LTA-10.p7m": "holds holds", "cades-dss/cades-extended-a.pkcs7": "holds", "cades-dss/CAdESDoubleLTA.p7m": "holds holds", "cades-dss/Signature-C-A-XL-1.p7m": "holds",
		"cades-dss/CAdES-XL-T1-Double-AV2.png.p7m": "holds holds", "cades-dss/Signature-C-CZ_SIX-1.p7m": "holds", "cades-dss/Signature-C-HU_POL-3.p7m": "holds",
		"cades-dss/CAdES-BpLTA_modified_ats_hash_element.p7m": "fails", "cades-dss/cades-dss1956.p7m": "fails",
		"asic-dss/ASiC-E-CAdES-BpLTA.sce": "holds", "asic-dss/dss1984.asics": "holds", "asic-dss/asic-xades-lta-signed-manifest.sce": "holds",
	} {
		raw, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		r, err := validator.Validate(t.Context(), raw, validation.Options{Now: testpki.Start})
		if err != nil {
			t.Fatal(name, err)
		}
		var got []string
		for _, s := range r.Signatures {
			for _, f := range s.Findings {
				switch {
				case f.Code != validation.CodeArchive:
				case f.Outcome == validation.Refuted:
					got = append(got, "fails")
				case strings.Contains(f.French(), "confiance dans le service"): // it stamps this, and nobody is trusted here
					got = append(got, "holds")
				default:
					got = append(got, f.French())
				}
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}
