package pades_test

import (
	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"alpi40.fr/airial/local/signature/pades"
	"alpi40.fr/airial/local/signature/testpki"
	"alpi40.fr/airial/local/signature/trust"
	"alpi40.fr/airial/local/signature/validation"
)

// TestOldDigestSignature: a signature of the nineties that encloses the SHA-1 of the document
// (adbe.pkcs7.sha1), made by openssl, is read: intact, weak, and failed once the document changes.
func TestOldDigestSignature(t *testing.T) {
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("openssl is not installed")
	}
	a := testpki.New(t)
	pdf, err := pades.Sign(t.Context(), paper{pages: 1}.bytes(), a.Person("Élise Dupuy", testpki.RSA(t, 2048)), pades.Options{SigningTime: testpki.Start})
	if err != nil {
		t.Fatal(err)
	}
	pdf = bytes.Replace(pdf, []byte("/ETSI.CAdES.detached"), []byte("/adbe.pkcs7.sha1    "), 1)
	start := bytes.LastIndex(pdf, []byte("/Contents")) + len("/Contents")
	start += bytes.IndexByte(pdf[start:], '<')
	end := start + bytes.IndexByte(pdf[start:], '>') + 1
	digest := sha1.Sum(append(bytes.Clone(pdf[:start]), pdf[end:]...))
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	if err := os.WriteFile(path("digest"), digest[:], 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"req", "-x509", "-nodes", "-newkey", "rsa:2048", "-keyout", path("key.pem"), "-out", path("cert.pem"), "-subj", "/CN=Ancien", "-days", "30"},
		{"cms", "-sign", "-nodetach", "-binary", "-md", "sha1", "-outform", "DER", "-signer", path("cert.pem"), "-inkey", path("key.pem"), "-in", path("digest"), "-out", path("old.p7s")},
	} {
		if out, err := exec.Command("openssl", args...).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	der, err := os.ReadFile(path("old.p7s"))
	if err != nil {
		t.Fatal(err)
	}
	text := hex.EncodeToString(der)
	copy(pdf[start+1:end-1], text+strings.Repeat("0", end-start-2-len(text)))
	verdict := func(data []byte) validation.Verdict {
		t.Helper()
		r, err := pades.Validate(t.Context(), data, validation.Options{Now: testpki.Start.AddDate(1, 0, 0)})
		if err != nil || len(r.Signatures) != 1 {
			t.Fatal(err, len(r.Signatures))
		}
		return r.Signatures[0]
	}
	if v := verdict(pdf); !v.Intact || v.Indication != trust.Indeterminate || v.Sub != trust.CryptoConstraints {
		t.Errorf("%v %s %s %s", v.Intact, v.Indication, v.Sub, v.Why)
	}
	changed := bytes.Clone(pdf)
	changed[bytes.Index(changed, []byte("MediaBox[0 0 595"))+len("MediaBox[0 0 59")] = '6'
	if v := verdict(changed); v.Intact || v.Indication != trust.Failed || v.Sub != trust.HashFailure {
		t.Errorf("%v %s %s %s", v.Intact, v.Indication, v.Sub, v.Why)
	}
}
