package cades_test

import (
	"bytes"
	"context"
	"crypto"
	"encoding/asn1"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"alpi40.fr/airial/local/signature"
	"alpi40.fr/airial/local/signature/cades"
	"alpi40.fr/airial/local/signature/evidence"
	"alpi40.fr/airial/local/signature/testpki"
	"alpi40.fr/airial/local/signature/trust"
	"alpi40.fr/airial/local/signature/validation"
)

var content = []byte("Un fichier d'essai, qui n'est ni un PDF ni un flux.\n")

func options(t testing.TB, a *testpki.Authority, who *testpki.Identity, beside []byte) validation.Options {
	t.Helper()
	o := validation.Options{Anchors: a.Anchors(), Now: testpki.Start, Beside: func(name string) ([]byte, bool) { return beside, name == "" && beside != nil }}
	for _, cert := range []*testpki.Identity{who, a.TSA} {
		der, err := a.OCSP(cert.Cert)
		if err != nil {
			t.Fatal(err)
		}
		o.Evidence.OCSPs = append(o.Evidence.OCSPs, der)
	}
	crl, err := a.CRL(a.Root)
	if err != nil {
		t.Fatal(err)
	}
	o.Evidence.CRLs = [][]byte{crl}
	return o
}

// TestSign: each kind of key signs, our validator and openssl agree; a timestamp raises it.
func TestSign(t *testing.T) {
	a := testpki.New(t)
	for name, row := range map[string]struct {
		key crypto.Signer
		pss bool
	}{"rsa": {testpki.RSA(t, 2048), false}, "pss": {testpki.RSA(t, 2048), true}, "ecdsa": {testpki.EC(t), false}} {
		who := a.Person("Élise Dupuy", row.key)
		der, err := cades.Sign(t.Context(), content, who, cades.Options{At: testpki.Start, PSS: row.pss})
		if err != nil {
			t.Fatal(err)
		}
		v := one(t, der, options(t, a, who, content))
		if v.Indication != trust.Passed || v.Level != signature.LevelB || !v.Claimed.Equal(testpki.Start) {
			t.Errorf("%s: %s %s %s %v", name, v.Indication, v.Why, v.Level, v.Claimed)
		}
		openssl(t, a, der)
		raised, err := cades.Stamp(t.Context(), der, sources(a))
		if err != nil {
			t.Fatal(err)
		}
		if v := one(t, raised, options(t, a, who, content)); v.Indication != trust.Passed || v.Level != signature.LevelT || !v.Proven.Equal(a.Now) {
			t.Errorf("%s raised: %s %s %s", name, v.Indication, v.Why, v.Level)
		}
		openssl(t, a, raised)
		if again, err := cades.Stamp(t.Context(), raised, sources(a)); err != nil || !bytes.Equal(again, raised) {
			t.Errorf("%s: raised twice: %v", name, err)
		}
		if v := one(t, der, options(t, a, who, append([]byte("x"), content...))); v.Indication != trust.Failed || v.Intact {
			t.Errorf("%s: another content: %s", name, v.Indication)
		}
		if v := one(t, der, options(t, a, who, nil)); v.Indication != trust.Indeterminate || v.Sub != trust.SignedDataNotFound {
			t.Errorf("%s: without content: %s %s", name, v.Indication, v.Sub)
		}
	}
}

func sources(a *testpki.Authority) evidence.Sources {
	return evidence.Sources{Timestamper: a, Revocation: a, Certificates: a.Anchors()}
}

func one(t *testing.T, der []byte, o validation.Options) validation.Verdict {
	t.Helper()
	r, err := cades.Validate(t.Context(), der, o)
	if err != nil || len(r.Signatures) != 1 {
		t.Fatalf("%v: %d signatures", err, len(r.Signatures))
	}
	return r.Signatures[0]
}

// openssl verifies a detached signature with openssl cms.
func openssl(t *testing.T, a *testpki.Authority, der []byte) {
	t.Helper()
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	root, err := exec.Command("openssl", "x509", "-inform", "DER", "-in", write("root.der", a.Root.Cert.Raw)).Output()
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", write("s.p7s", der), "-content", write("content", content),
		"-CAfile", write("root.pem", root), "-purpose", "any", "-attime", "1772442000", "-out", os.DevNull).CombinedOutput()
	if err != nil {
		t.Errorf("openssl: %v\n%s", err, out)
	}
}

// lying is a timestamping service that stamps something else.
type lying struct{ *testpki.Authority }

func (l lying) Timestamp(ctx context.Context, digest []byte, hash crypto.Hash) ([]byte, error) {
	other := bytes.Clone(digest)
	other[0] ^= 1
	return l.Authority.Timestamp(ctx, other, hash)
}

// TestRefused: what cannot be raised or read is refused with its reason.
func TestRefused(t *testing.T) {
	a := testpki.New(t)
	der, err := cades.Sign(t.Context(), content, a.Person("Élise Dupuy", testpki.EC(t)), cades.Options{At: testpki.Start})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cades.Stamp(t.Context(), der, evidence.Sources{Timestamper: lying{a}}); !errors.Is(err, signature.ErrTimestamp) {
		t.Error(err)
	}
	for name, bad := range map[string][]byte{"empty": nil, "text": content, "cut": der[:len(der)/2], "doubled": append(bytes.Clone(der), der...)} {
		if _, err := cades.Validate(t.Context(), bad, validation.Options{Now: testpki.Start}); !errors.Is(err, signature.ErrCMS) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// signedPlaces are the bytes that a signature covers, or that it is made of: what is signed, its
// value, the signer's certificate.
func signedPlaces(t *testing.T, der, certificate []byte) (covered []bool) {
	t.Helper()
	var outer struct {
		Type    asn1.ObjectIdentifier
		Content struct {
			Version                int
			Algorithms, Encapsuled asn1.RawValue
			Certificates           asn1.RawValue `asn1:"optional,tag:0"`
			Signers                []struct {
				Version                 int
				Signer, DigestAlgorithm asn1.RawValue
				Attributes              asn1.RawValue `asn1:"optional,tag:0"`
				Algorithm               asn1.RawValue
				Value                   asn1.RawValue
				Unsigned                asn1.RawValue `asn1:"optional,tag:1"`
			} `asn1:"set"`
		} `asn1:"explicit,tag:0"`
	}
	if _, err := asn1.Unmarshal(der, &outer); err != nil {
		t.Fatal(err)
	}
	covered = make([]bool, len(der))
	s := outer.Content.Signers[0]
	for _, part := range [][]byte{s.Attributes.Bytes, s.Value.Bytes, certificate} {
		at := bytes.Index(der, part)
		if at < 0 || len(part) == 0 {
			t.Fatal("a signed part is not found")
		}
		for i := range part {
			covered[at+i] = true
		}
	}
	return covered
}

// TestChanges: whatever byte of a signature or of what it stands beside is changed, it is noticed;
// what nobody signed (issuers' certificates, that come from elsewhere too) may change.
func TestChanges(t *testing.T) {
	a := testpki.New(t)
	who := a.Person("Élise Dupuy", testpki.RSA(t, 2048))
	der, err := cades.Sign(t.Context(), content, who, cades.Options{At: testpki.Start})
	if err != nil {
		t.Fatal(err)
	}
	o := options(t, a, who, content)
	covered := signedPlaces(t, der, who.Cert.Raw)
	random := rand.New(rand.NewPCG(3, 4))
	times, noticed := testpki.Changes(), 0
	for range times {
		changed, signs := bytes.Clone(der), o
		at, bit := random.IntN(len(der)+len(content)), byte(1<<random.IntN(8))
		if at < len(der) {
			changed[at] ^= bit
		} else {
			other := bytes.Clone(content)
			other[at-len(der)] ^= bit
			signs.Beside = func(string) ([]byte, bool) { return other, true }
		}
		var r validation.Report
		var err error
		testpki.Bounded(t, func(ctx context.Context) { r, err = cades.Validate(ctx, changed, signs) })
		if err != nil || len(r.Signatures) != 1 || r.Signatures[0].Indication != trust.Passed {
			noticed++
			continue
		}
		if v := r.Signatures[0]; at >= len(der) || covered[at] || !v.Signer.Certificate.Equal(who.Cert) || !v.Claimed.Equal(testpki.Start) {
			t.Fatalf("a change passed unnoticed: %+v", v)
		}
	}
	t.Logf("%d changes of %d noticed; the others change nothing that is signed", noticed, times)
}

// TestForeign: what samples from elsewhere must yield; without trust anchors, a good one is
// intact and undecided.
func TestForeign(t *testing.T) {
	folder := os.Getenv("AIRIAL_SAMPLES")
	if folder == "" {
		t.Skip("AIRIAL_SAMPLES is not set")
	}
	for name, row := range map[string]struct {
		beside string
		want   string
	}{
		"cades-dss/C-B-B-basic.p7m":                                 {"", "intact"},
		"cades-dss/FD1&FD2&FEA.pdf.p7m":                             {"", "intact"},
		"cades-dss/Signature-C-B-LTA-10.p7m":                        {"", "intact"},
		"cades-dss/CAdES-BpB-att-SHA3_512-SHA3_512withRSA.p7m":      {"", "intact"},
		"cades-dss/CAdES-BpB-att-SHA256-SHA512withRSA.p7m":          {"", "intact"}, // openssl agrees
		"cades-dss/Signature-C-X-1.p7m":                             {"", "INDETERMINATE CRYPTO_CONSTRAINTS_FAILURE"},
		"cades-dss/C-B-B-detached.p7s":                              {"", "INDETERMINATE SIGNED_DATA_NOT_FOUND"},
		"cades-dss/malformed-cades.p7m":                             {"", "refused"},
		"iparapheur/PDF_avec_tags_signature_cades.p7s":              {"iparapheur/PDF_avec_tags_PDF_avec_tags.pdf", "intact"},
		"iparapheur/document_libre_office_signature_cades.p7s":      {"iparapheur/document_libre_office_document_libre_office.odt", "intact"},
		"cades-dss/test.txt.signed_Certipost-2048.detached.old.p7s": {"iparapheur/PDF_avec_tags_PDF_avec_tags.pdf", "TOTAL-FAILED HASH_FAILURE"},
	} {
		raw, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		beside := func(string) ([]byte, bool) {
			if row.beside == "" {
				return nil, false
			}
			content, err := os.ReadFile(filepath.Join(folder, row.beside))
			return content, err == nil
		}
		got := "refused"
		if r, err := cades.Validate(t.Context(), raw, validation.Options{Now: testpki.Start, Beside: beside}); err == nil {
			got = ""
			for _, s := range r.Signatures {
				if s.Intact && (s.Sub == trust.NoCertificateChain || s.Sub == trust.ChainGeneral) {
					got = "intact"
				} else {
					got = string(s.Indication) + " " + string(s.Sub)
				}
			}
		}
		if got != row.want {
			t.Errorf("%s: %s, want %s", name, got, row.want)
		}
	}
}

func FuzzValidate(f *testing.F) {
	a := testpki.New(f)
	der, err := cades.Sign(f.Context(), content, a.Person("Élise Dupuy", testpki.EC(f)), cades.Options{At: testpki.Start})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(der)
	archived, _, err := cades.Archive(f.Context(), der, sources(a))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(archived)
	f.Fuzz(func(t *testing.T, raw []byte) {
		_, _ = cades.Validate(t.Context(), raw, validation.Options{Now: testpki.Start, Beside: func(string) ([]byte, bool) { return content, true }})
	})
}
