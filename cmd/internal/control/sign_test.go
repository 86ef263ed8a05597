package control_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"encoding/pem"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"software.sslmate.com/src/go-pkcs12"

	"alpi40.fr/airial/cmd/internal/control"
	"alpi40.fr/airial/cmd/internal/demo"
	"alpi40.fr/airial/local/pes/pestest"
	"alpi40.fr/airial/sync/timestamp/testauthority"
)

// A script signs a lot with a PKCS#12 key up to B-LTA, then verifies it.
func TestSignAndVerify(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	keep := func(name string, content []byte) string {
		t.Helper()
		if err := os.WriteFile(path(name), content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path(name)
	}
	authority, err := testauthority.Start(ctx, testauthority.Options{Now: time.Now, Rand: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	defer authority.Close()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	chain, err := authority.Issue(key.Public(), "Maïté FICTIVE")
	if err != nil {
		t.Fatal(err)
	}
	p12, err := pkcs12.Modern2023.Encode(key, chain[0], chain[1:], "secret")
	if err != nil {
		t.Fatal(err)
	}
	keep("cle.p12", p12)
	keep("code", []byte("secret\n"))
	keep("faux", []byte("autre\n"))
	keep("racine.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: authority.Root().Raw}))
	keep("lettre.pdf", demo.Letter)
	keep("note.pdf", demo.Letter)
	keep("texte.pdf", []byte("ceci n’est pas un PDF"))
	run := func(want int, args ...string) string {
		t.Helper()
		var out bytes.Buffer
		if code := control.Main(ctx, args, &out, &out); code != want {
			t.Fatalf("%v: exit %d, not %d\n%s", args, code, want, out.String())
		}
		return out.String()
	}
	run(2, "sign", "--p12", path("cle.p12"), path("lettre.pdf"))
	run(2, "sign", "--out", dir, path("lettre.pdf"))
	if said := run(1, "sign", "--p12", path("cle.p12"), "--pin-file", path("faux"), "--out", dir, path("lettre.pdf")); !strings.Contains(said, "code") {
		t.Error(said)
	}
	if said := run(1, "sign", "--p12", path("cle.p12"), "--pin-file", path("rien"), "--out", dir, path("texte.pdf")); !strings.Contains(said, "aucun code n’a été demandé") {
		t.Error(said)
	}
	said := run(1, "sign", "--p12", path("cle.p12"), "--pin-file", path("code"), "--out", dir, "--reason", "Maire", "--timestamp", authority.URLs().Timestamp,
		"--roots", path("racine.pem"), "--archive", path("lettre.pdf"), path("texte.pdf"), path("note.pdf"))
	if strings.Count(said, "signé (B-LTA) par Maïté FICTIVE") != 2 || !strings.Contains(said, "1 document(s) sur 3") || !strings.Contains(said, "n’est pas un PDF") {
		t.Error(said)
	}
	if said := run(1, "sign", "--p12", path("cle.p12"), "--pin-file", path("code"), "--out", dir, path("lettre.pdf")); !strings.Contains(said, "exist") {
		t.Errorf("a signed document was written over: %s", said)
	}

	signed := path("lettre-signe.pdf")
	var read struct {
		Indication string
		Signatures []struct {
			Signer, Level, Kind, Reason string
			Intact                      bool
			SignedBytes                 int
		}
	}
	if err := json.Unmarshal([]byte(run(0, "verify", "--roots", path("racine.pem"), "--json", "--revisions", path("revisions"), signed)), &read); err != nil {
		t.Fatal(err)
	}
	if first := read.Signatures[0]; !first.Intact || first.Level != "B-LTA" || first.Signer != "Maïté FICTIVE" || first.Reason != "Maire" || len(read.Signatures) != 2 {
		t.Errorf("%+v", read)
	}
	revision, err := os.ReadFile(path("revisions/signature-1.pdf"))
	if err != nil || len(revision) != read.Signatures[0].SignedBytes || !bytes.HasPrefix(revision, demo.Letter) {
		t.Errorf("the signed revision: %d bytes, %v", len(revision), err)
	}
	run(4, "verify", signed) // nobody is trusted
	content, err := os.ReadFile(signed)
	if err != nil {
		t.Fatal(err)
	}
	content[bytes.Index(content, []byte("stream"))+40] ^= 1
	keep("change.pdf", content)
	run(3, "verify", "--roots", path("racine.pem"), path("change.pdf"))

	for tool, args := range map[string][]string{"pdfsig": {"-nocert", signed}, "qpdf": {"--check", signed}} {
		if _, err := exec.LookPath(tool); err != nil {
			continue
		}
		if out, err := exec.Command(tool, args...).CombinedOutput(); err != nil || tool == "pdfsig" && !bytes.Contains(out, []byte("Signature is Valid")) {
			t.Errorf("%s: %v\n%s", tool, err, out)
		}
	}
}

// A script signs a flow and a spreadsheet, each as its format wants it, and verifies them.
func TestSignOtherFormats(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	authority, err := testauthority.Start(ctx, testauthority.Options{Now: time.Now, Rand: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	defer authority.Close()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	chain, err := authority.Issue(key.Public(), "Maïté FICTIVE")
	if err != nil {
		t.Fatal(err)
	}
	p12, err := pkcs12.Modern2023.Encode(key, chain[0], chain[1:], "secret")
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"cle.p12": p12, "code": []byte("secret\n"), "flux.xml": pestest.Example, "prix.ods": []byte("PK un tableur")} {
		if err := os.WriteFile(path(name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run := func(want int, args ...string) string {
		t.Helper()
		var out bytes.Buffer
		if code := control.Main(ctx, args, &out, &out); code != want {
			t.Fatalf("%v: exit %d, not %d\n%s", args, code, want, out.String())
		}
		return out.String()
	}
	said := run(0, "sign", "--p12", path("cle.p12"), "--pin-file", path("code"), "--out", dir, "--reason", "Maire", "--place", "Essai", "--timestamp", authority.URLs().Timestamp, path("flux.xml"), path("prix.ods"))
	if !strings.Contains(said, "flux.xml : signé (XAdES, politique Hélios)") || !strings.Contains(said, "prix.ods : signé (CAdES B-LT)") {
		t.Error(said)
	}
	if said := run(4, "verify", path("flux-signe.xml")); strings.Count(said, "Rôle déclaré par le signataire : Ordonnateur, Maire.") != 3 {
		t.Error(said)
	}
	run(4, "verify", "--signed", path("prix.ods"), path("prix.ods.p7s"))
	run(3, "verify", "--signed", path("flux.xml"), path("prix.ods.p7s"))
	if said := run(1, "sign", "--p12", path("cle.p12"), "--pin-file", path("rien"), "--out", dir, path("flux-signe.xml")); !strings.Contains(said, "déjà signé") || !strings.Contains(said, "aucun code n’a été demandé") {
		t.Error("a signed flow was signed again")
	}
	narrow := []byte(`<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="http://www.minefi.gouv.fr/cp/helios/pes_v2/Rev0/aller">
		<xs:element name="PES_Aller"><xs:complexType><xs:sequence><xs:element name="Seulement"/></xs:sequence><xs:anyAttribute processContents="skip"/></xs:complexType></xs:element></xs:schema>`)
	if err := errors.Join(os.MkdirAll(path("schemas/Rev0"), 0o700), os.WriteFile(path("schemas/Rev0/PES_Aller.xsd"), narrow, 0o600)); err != nil {
		t.Fatal(err)
	}
	said = run(1, "sign", "--p12", path("cle.p12"), "--pin-file", path("rien"), "--out", dir, "--schemas", path("schemas"), path("flux.xml"))
	if !strings.Contains(said, "il faudrait « Seulement »") || !strings.Contains(said, "flux.xml : Ligne 4") || !strings.Contains(said, "aucun code n’a été demandé") {
		t.Error(said)
	}
}
