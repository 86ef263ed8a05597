package asic_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"alpi40.fr/airial/local/signature/asic"
	"alpi40.fr/airial/local/signature/cades"
	"alpi40.fr/airial/local/signature/testpki"
	"alpi40.fr/airial/local/signature/trust"
	"alpi40.fr/airial/local/signature/validation"
)

type entry struct{ name, content string }

func pack(t testing.TB, files ...entry) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, f := range files {
		e, err := w.Create(f.name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.Write([]byte(f.content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestContainers: ASiC-S and ASiC-E with CAdES, whole, altered, and with what nobody signed.
func TestContainers(t *testing.T) {
	a := testpki.New(t)
	who := a.Person("Élise Dupuy", testpki.EC(t))
	sign := func(content string) string {
		der, err := cades.Sign(t.Context(), []byte(content), who, cades.Options{At: testpki.Start})
		if err != nil {
			t.Fatal(err)
		}
		return string(der)
	}
	reference := func(name, content string) string {
		digest := sha256.Sum256([]byte(content))
		return fmt.Sprintf(`<asic:DataObjectReference URI="%s"><ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue>%s</ds:DigestValue></asic:DataObjectReference>`, name, base64.StdEncoding.EncodeToString(digest[:]))
	}
	manifest := `<asic:ASiCManifest xmlns:asic="http://uri.etsi.org/02918/v1.2.1#" xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><asic:SigReference URI="META-INF/signature001.p7s"/>` +
		reference("a.txt", "un") + reference("b%20c.txt", "deux") + `</asic:ASiCManifest>`
	for name, row := range map[string]struct {
		files []entry
		want  trust.Indication
		sub   trust.SubIndication
	}{
		"one file":         {[]entry{{"mimetype", "application/vnd.etsi.asic-s+zip"}, {"a.txt", "un"}, {"META-INF/signature.p7s", sign("un")}}, trust.Passed, ""},
		"one file altered": {[]entry{{"a.txt", "deux"}, {"META-INF/signature.p7s", sign("un")}}, trust.Failed, trust.HashFailure},
		"several":          {[]entry{{"a.txt", "un"}, {"b c.txt", "deux"}, {"META-INF/ASiCManifest001.xml", manifest}, {"META-INF/signature001.p7s", sign(manifest)}}, trust.Passed, ""},
		"one of them":      {[]entry{{"a.txt", "un"}, {"b c.txt", "trois"}, {"META-INF/ASiCManifest001.xml", manifest}, {"META-INF/signature001.p7s", sign(manifest)}}, trust.Failed, trust.HashFailure},
		"one is missing":   {[]entry{{"a.txt", "un"}, {"META-INF/ASiCManifest001.xml", manifest}, {"META-INF/signature001.p7s", sign(manifest)}}, trust.Indeterminate, trust.SignedDataNotFound},
		"one more":         {[]entry{{"a.txt", "un"}, {"b c.txt", "deux"}, {"z.txt", "trois"}, {"META-INF/ASiCManifest001.xml", manifest}, {"META-INF/signature001.p7s", sign(manifest)}}, trust.Indeterminate, trust.SigConstraints},
		"manifest altered": {[]entry{{"a.txt", "un"}, {"b c.txt", "deux"}, {"META-INF/ASiCManifest001.xml", manifest + " "}, {"META-INF/signature001.p7s", sign(manifest)}}, trust.Failed, trust.HashFailure},
	} {
		o := validation.Options{Anchors: a.Anchors(), Now: testpki.Start}
		ocsp, err := a.OCSP(who.Cert)
		if err != nil {
			t.Fatal(err)
		}
		crl, err := a.CRL(a.Root)
		if err != nil {
			t.Fatal(err)
		}
		o.Evidence = trust.Evidence{OCSPs: [][]byte{ocsp}, CRLs: [][]byte{crl}}
		r, err := asic.Validate(t.Context(), pack(t, row.files...), o)
		if err != nil || len(r.Signatures) != 1 {
			t.Fatalf("%s: %v, %d signatures", name, err, len(r.Signatures))
		}
		if v := r.Signatures[0]; v.Indication != row.want || v.Sub != row.sub {
			t.Errorf("%s: %s %s %s", name, v.Indication, v.Sub, v.Why)
		}
	}
}

// TestRefused: what is no container, or one that hides a file behind another, is refused.
func TestRefused(t *testing.T) {
	twice := pack(t, entry{"a.txt", "un"}, entry{"a.txt", "deux"})
	var bomb bytes.Buffer
	w := zip.NewWriter(&bomb)
	if _, err := w.CreateRaw(&zip.FileHeader{Name: "zeros", Method: zip.Deflate, UncompressedSize64: 600 << 20}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for name, row := range map[string]struct {
		raw  []byte
		want error
	}{"text": {[]byte("PK\x03\x04 rien"), asic.ErrNotContainer}, "twice": {twice, asic.ErrTwice}, "bomb": {bomb.Bytes(), asic.ErrTooLarge}} {
		if _, err := asic.Open(row.raw); !errors.Is(err, row.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestForeign: what samples from elsewhere must yield.
func TestForeign(t *testing.T) {
	folder := os.Getenv("AIRIAL_SAMPLES")
	if folder == "" {
		t.Skip("AIRIAL_SAMPLES is not set")
	}
	for name, want := range map[string]string{
		"onefile-ok.asice": "intact", "xades-lt.sce": "intact", "ASiC-E-CAdES-BpLTA.sce": "intact", "DSS-2266.asice": "intact",
		"brokenReference.asice": "TOTAL-FAILED", "removed-doc.asics": "TOTAL-FAILED", "validation-removed-doc.asics": "TOTAL-FAILED",
		"multifiles-too-much-files.asice": "INDETERMINATE, uncovered", "no-signature.asics": "none, uncovered",
		"brokenReferenceAndAlteredManifest.asice": "INDETERMINATE, uncovered", "malformed-container.asice": "refused",
	} {
		raw, err := os.ReadFile(filepath.Join(folder, "asic-dss", name))
		if err != nil {
			t.Fatal(err)
		}
		got := "refused"
		if r, err := asic.Validate(t.Context(), raw, validation.Options{Now: testpki.Start}); err == nil {
			got = "none"
			for _, s := range r.Signatures {
				if got = string(s.Indication); s.Intact && s.Indication == trust.Indeterminate && len(r.Findings) == 0 {
					got = "intact"
				}
			}
			if len(r.Findings) > 0 {
				got += ", uncovered"
			}
		}
		if got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

func FuzzOpen(f *testing.F) {
	f.Add(pack(f, entry{"a.txt", "un"}, entry{"META-INF/signatures.xml", "<a/>"}, entry{"META-INF/manifest.xml", "<b/>"}))
	f.Fuzz(func(t *testing.T, raw []byte) {
		_, _ = asic.Validate(t.Context(), raw, validation.Options{Now: testpki.Start})
	})
}
