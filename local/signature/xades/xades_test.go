package xades_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"alpi40.fr/airial/local/signature"
	"alpi40.fr/airial/local/signature/testpki"
	"alpi40.fr/airial/local/signature/trust"
	"alpi40.fr/airial/local/signature/validation"
	"alpi40.fr/airial/local/signature/xades"
	"alpi40.fr/airial/local/signature/xmltree"
)

// flow is a small accounting flow in ISO-8859-1, with what must survive: accents, prefixes,
// line ends, entities, a comment.
const flow = "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\r\n<n:PES_Aller xmlns:n=\"http://www.minefi.gouv.fr/cp/helios/pes_v2/Rev0/aller\" xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' Id=\"F1\">\r\n" +
	" <EnTetePES><LibelleColBud V=\"Saint-Airial \xe9t\xe9\"/></EnTetePES>\r\n <PES_DepenseAller><!-- \xe0 -->\r\n" +
	"  <Bordereau Id=\"B1\">\r\n   <IdBord V='1'/><Obj V=\"caf\xe9 &amp; th\xe9\"/>\r\n  </Bordereau>\r\n" +
	"  <Bordereau Id=\"B2\"><IdBord V='2'/><Fichier><![CDATA[a<b]]></Fichier></Bordereau>\r\n </PES_DepenseAller>\r\n</n:PES_Aller>"

var policy = xades.Policy{Identifier: "urn:oid:1.2.250.1.131.1.5.18.21.1.7", Description: "Politique d'essai", Digest: "roF9+cfRHNPtVJolhdqfIqGMVuUXX8aR4rpiquf0u5E=", URI: "https://exemple.invalid/politique.pdf"}

func sign(t testing.TB, a *testpki.Authority, raw string, ids ...string) ([]byte, *testpki.Identity) {
	t.Helper()
	who := a.Person("Élise Dupuy", testpki.RSA(t, 2048))
	out, err := xades.Sign(t.Context(), []byte(raw), ids, who, xades.Options{
		At: testpki.Start, Policy: policy, City: "Saint-Airial-des-Pins", PostalCode: "40999", Country: "France", Role: "Ordonnateur, à titre d'essai",
	})
	if err != nil {
		t.Fatal(err)
	}
	return out, who
}

func judge(t testing.TB, a *testpki.Authority, who *testpki.Identity, raw []byte) (validation.Report, error) {
	t.Helper()
	o := validation.Options{Anchors: a.Anchors(), Now: testpki.Start}
	o.Evidence.Certificates = []*x509.Certificate{a.Issuing.Cert}
	ocsp, err := a.OCSP(who.Cert)
	if err != nil {
		t.Fatal(err)
	}
	crl, err := a.CRL(a.Root)
	if err != nil {
		t.Fatal(err)
	}
	o.Evidence.OCSPs, o.Evidence.CRLs = [][]byte{ocsp}, [][]byte{crl}
	return xades.Validate(t.Context(), raw, o)
}

// TestSign: every other byte is kept, our validator and xmlsec1 agree that it holds.
func TestSign(t *testing.T) {
	a := testpki.New(t)
	for name, ids := range map[string][]string{"bordereaux": {"B1", "B2"}, "whole": {"F1"}} {
		out, who := sign(t, a, flow, ids...)
		rest := string(out)
		for range ids {
			start, end := strings.Index(rest, "<ds:Signature "), strings.Index(rest, "</ds:Signature>")+len("</ds:Signature>")
			rest = rest[:start] + rest[end:]
		}
		if rest != flow {
			t.Errorf("%s: the rest of the file has changed", name)
		}
		report, err := judge(t, a, who, out)
		if err != nil {
			t.Fatal(err)
		}
		if len(report.Signatures) != len(ids) {
			t.Fatalf("%s: %d signatures", name, len(report.Signatures))
		}
		for _, s := range report.Signatures {
			if s.Indication != trust.Passed || !s.Intact || s.Role != "Ordonnateur, à titre d'essai" || s.Location != "Saint-Airial-des-Pins, 40999, France" || !s.Claimed.Equal(testpki.Start) || s.Policy != policy.Identifier {
				t.Errorf("%s: %s %s %q %q %v", name, s.Indication, s.Why, s.Role, s.Location, s.Claimed)
			}
		}
		for _, id := range ids {
			xmlsec(t, a, out, id)
		}
	}
}

// xmlsec verifies one signature with xmlsec1.
func xmlsec(t *testing.T, a *testpki.Authority, signed []byte, id string) {
	t.Helper()
	program, err := exec.LookPath("xmlsec1")
	if err != nil {
		t.Skip("xmlsec1 is not installed")
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "signed.xml")
	args := []string{"--verify", "--id-attr:Id", "Bordereau", "--id-attr:Id", "http://www.minefi.gouv.fr/cp/helios/pes_v2/Rev0/aller:PES_Aller",
		"--id-attr:Id", "http://uri.etsi.org/01903/v1.1.1#:SignedProperties", "--node-xpath", "//*[local-name()='Signature' and @Id='" + id + "_SIG']",
		"--verification-time", "2026-03-02 10:00:00"}
	for name, cert := range map[string]*testpki.Identity{"root": a.Root, "issuing": a.Issuing} {
		path := filepath.Join(dir, name+".der")
		if err := os.WriteFile(path, cert.Cert.Raw, 0o600); err != nil {
			t.Fatal(err)
		}
		flag := "--trusted-der"
		if name == "issuing" {
			flag = "--untrusted-der"
		}
		args = append(args, flag, path)
	}
	if err := os.WriteFile(file, signed, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(program, append(args, file)...).CombinedOutput(); err != nil || !bytes.Contains(out, []byte("OK")) {
		t.Errorf("xmlsec1 on %s: %v\n%s", id, err, out)
	}
}

// TestChanges: whatever byte of a signed flow is changed, either what was signed is the
// same (white space inside a tag, another kind of quote), or it is noticed.
func TestChanges(t *testing.T) {
	a := testpki.New(t)
	signed, who := sign(t, a, flow, "F1")
	before := covered(t, signed)
	random := rand.New(rand.NewPCG(1, 2))
	noticed, harmless := 0, 0
	for range testpki.Changes() {
		changed := bytes.Clone(signed)
		changed[random.IntN(len(changed))] ^= byte(1 << random.IntN(8))
		var report validation.Report
		var err error
		testpki.Bounded(t, func(context.Context) { report, err = judge(t, a, who, changed) })
		switch {
		case err != nil || len(report.Signatures) != 1 || report.Signatures[0].Indication != trust.Passed:
			noticed++
		case !bytes.Equal(before, covered(t, changed)):
			t.Fatalf("a change passed unnoticed: %q", diff(signed, changed))
		default:
			harmless++
		}
	}
	t.Logf("%d changes noticed, %d that change nothing of what was signed", noticed, harmless)
}

// covered is the canonical form of all that the one signature of a flow covers.
func covered(t *testing.T, raw []byte) []byte {
	t.Helper()
	d, err := xmltree.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	s := d.Root().Child("http://www.w3.org/2000/09/xmldsig#", "Signature")
	exclusive := xmltree.Method{Exclusive: true}
	for _, err := range []error{
		d.Root().Canonical(&out, exclusive, s), s.Child("http://www.w3.org/2000/09/xmldsig#", "SignedInfo").Canonical(&out, exclusive),
		s.Child("http://www.w3.org/2000/09/xmldsig#", "Object").Path("http://uri.etsi.org/01903/v1.1.1#", "QualifyingProperties", "SignedProperties").Canonical(&out, exclusive),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return out.Bytes()
}

func diff(a, b []byte) string {
	for i := range a {
		if a[i] != b[i] {
			return string(a[max(0, i-40):i]) + "[" + string(b[i]) + "]" + string(a[i+1:min(len(a), i+40)])
		}
	}
	return ""
}

// TestWrapping: a signed bordereau that is moved away, with another in its place, does not pass for the other.
func TestWrapping(t *testing.T) {
	a := testpki.New(t)
	out, who := sign(t, a, flow, "B1")
	signed := string(out)
	start, end := strings.Index(signed, "<Bordereau Id=\"B1\">"), strings.Index(signed, "</Bordereau>")+len("</Bordereau>")
	bordereau := signed[start:end]
	mark, last := strings.Index(bordereau, "<ds:Signature "), strings.Index(bordereau, "</ds:Signature>")+len("</ds:Signature>")
	bare, sig := bordereau[:mark]+bordereau[last:], bordereau[mark:last]
	forged := strings.ReplaceAll(bare, "V='1'", "V='9'")
	for name, other := range map[string]string{
		"same identifier":    forged + bordereau,
		"signature moved":    strings.Replace(strings.Replace(forged, `Id="B1"`, `Id="B9"`, 1), "</Bordereau>", sig+"</Bordereau>", 1) + bare,
		"kept in an object":  strings.Replace(strings.Replace(forged, `Id="B1"`, `Id="B9"`, 1), "</Bordereau>", strings.Replace(sig, "</ds:Signature>", "<ds:Object>"+bare+"</ds:Object></ds:Signature>", 1)+"</Bordereau>", 1),
		"other properties":   strings.Replace(bordereau, "<ds:Object>", "<ds:Object><xad:QualifyingProperties xmlns:xad='http://uri.etsi.org/01903/v1.1.1#' Target='#B1_SIG'><xad:SignedProperties Id='x'/></xad:QualifyingProperties></ds:Object><ds:Object>", 1),
		"an object besides":  strings.Replace(bordereau, "<ds:Object>", "<ds:Object><Bordereau/></ds:Object><ds:Object>", 1),
		"time of another":    strings.Replace(bordereau, "2026-03-02T", "2025-03-02T", 1),
		"role of another":    strings.Replace(bordereau, "<xad:ClaimedRole>Ordonnateur", "<xad:ClaimedRole>Comptable", 1),
		"a child beside":     strings.Replace(bordereau, "<ds:Signature ", "<Piece/><ds:Signature ", 1),
		"without its object": strings.Replace(bordereau, bordereau[strings.Index(bordereau, "<ds:Object>"):strings.Index(bordereau, "</ds:Signature>")], "", 1),
	} {
		report, err := judge(t, a, who, []byte(signed[:start]+other+signed[end:]))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if len(report.Signatures) != 1 || report.Signatures[0].Indication == trust.Passed {
			t.Errorf("%s: passed", name)
		}
	}
}

// TestRefused: what cannot be signed is refused with its reason, before the key is used.
func TestRefused(t *testing.T) {
	a := testpki.New(t)
	who := a.Person("Élise Dupuy", testpki.RSA(t, 2048))
	once, _ := sign(t, a, flow, "B1")
	for name, row := range map[string]struct {
		raw  string
		id   string
		who  *testpki.Identity
		want error
	}{
		"no such identifier": {flow, "B3", who, xmltree.ErrID},
		"twice":              {strings.Replace(flow, "B2", "B1", 1), "B1", who, xmltree.ErrID},
		"signed already":     {string(once), "B1", who, xades.ErrSigned},
		"elliptic curve":     {flow, "B1", a.Person("Élise Dupuy", testpki.EC(t)), signature.ErrKey},
		"cut":                {flow[:300], "B1", who, xmltree.ErrNotXML},
	} {
		if _, err := xades.Sign(t.Context(), []byte(row.raw), []string{row.id}, row.who, xades.Options{At: testpki.Start, Policy: policy}); !errors.Is(err, row.want) {
			t.Errorf("%s: %v, want %v", name, err, row.want)
		}
	}
	if who.Signed != 0 {
		t.Error("the key was used")
	}
}

// TestForeign: what each sample from elsewhere must yield; without trust anchors, a good
// one is intact and undecided.
func TestForeign(t *testing.T) {
	folder := os.Getenv("AIRIAL_SAMPLES")
	if folder == "" {
		t.Skip("AIRIAL_SAMPLES is not set")
	}
	for name, want := range map[string]string{
		"xades-dss/xades-lta-valid.xml":                               "intact",
		"xades-dss/xades-valid-object.xml":                            "intact",
		"xades-dss/dss1770.xml":                                       "intact",
		"xades-dss/dss1770rootAndRefs.xml":                            "intact",
		"xades-dss/signing-cert-multiple-refs-sig.xml":                "intact",
		"xades-dss/dss1920-cert-in-certValues.xml":                    "intact",
		"xades-dss/xades-with-equivalent-certs.xml":                   "intact",
		"xades-dss/Signature-X-FR_NOT-3.xml":                          "intact",
		"xades-dss/sk-tsl.xml":                                        "intact",
		"xades-dss/dk_tl-sn21.xml":                                    "intact",
		"iparapheur/PDF_avec_tags_signature_xades.xml":                "intact",
		"iparapheur/document_libre_office_signature_xades.xml":        "intact",
		"pes/pes-signe.xml":                                           "intact",
		"xades-dss/XSW-enveloped-fake-content.xml":                    "TOTAL-FAILED",
		"xades-dss/XSW-enveloping-fake-object.xml":                    "INDETERMINATE SIG_CONSTRAINTS_FAILURE",
		"xades-dss/dss-signed-altered-refRemoved.xml":                 "TOTAL-FAILED",
		"xades-dss/dss-2506.xml":                                      "TOTAL-FAILED",
		"xades-dss/xades-counter-signature-injected.xml":              "TOTAL-FAILED",
		"xades-dss/xades-counter-signature-with-type-invalid.xml":     "TOTAL-FAILED",
		"xades-dss/xades-tampered-manifest.xml":                       "TOTAL-FAILED",
		"xades-dss/xades-tampered-reference.xml":                      "TOTAL-FAILED",
		"xades-dss/xades-with-manifest-with-duplicated-reference.xml": "TOTAL-FAILED",
		"xades-dss/xades-sign-cert-v1-wrong-serialnumber.xml":         "INDETERMINATE NO_SIGNING_CERTIFICATE_FOUND",
		"xades-dss/xades-unsupported-signature-algorithm.xml":         "INDETERMINATE CRYPTO_CONSTRAINTS_FAILURE",
		"xades-dss/Signature-X-UK_ELD-4.xml":                          "INDETERMINATE CRYPTO_CONSTRAINTS_FAILURE",
		"xades-dss/X-B-LT-detached.xml":                               "INDETERMINATE SIGNED_DATA_NOT_FOUND",
		"xades-dss/xades-with-dtd-injection.xml":                      "refused",
		"xades-dss/broken-dom.xml":                                    "refused",
		"xades-dss/malformed-xades.xml":                               "refused",
	} {
		if got := verdict(t, filepath.Join(folder, name)); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

func verdict(t *testing.T, path string) string {
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	beside := func(string) ([]byte, bool) { // the document that i-Parapheur signs beside
		all, _ := filepath.Glob(strings.TrimSuffix(path, "_signature_xades.xml") + "_*.[op]d[tf]")
		for _, other := range all {
			if !strings.Contains(other, "protege") && !strings.Contains(other, "pades") {
				content, err := os.ReadFile(other)
				return content, err == nil
			}
		}
		return nil, false
	}
	r, err := xades.Validate(t.Context(), raw, validation.Options{Now: testpki.Start, Beside: beside})
	if err != nil {
		return "refused"
	}
	worst := "none"
	for _, s := range r.Signatures {
		switch {
		case s.Indication == trust.Failed:
			return string(s.Indication)
		case s.Intact && s.Sub == trust.NoCertificateChain:
			if worst == "none" {
				worst = "intact"
			}
		default:
			worst = string(s.Indication) + " " + string(s.Sub)
		}
	}
	return worst
}

func FuzzValidate(f *testing.F) {
	a := testpki.New(f)
	for _, id := range []string{"F1", "B1"} {
		signed, _ := sign(f, a, flow, id)
		f.Add(signed)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if len(raw) > 1<<16 {
			return
		}
		_, _ = xades.Validate(t.Context(), raw, validation.Options{Now: testpki.Start})
	})
}
