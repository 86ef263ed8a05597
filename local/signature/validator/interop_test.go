package validator_test

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"alpi40.fr/airial/local/pes"
	"alpi40.fr/airial/local/pes/pestest"
	"alpi40.fr/airial/local/signature/cades"
	"alpi40.fr/airial/local/signature/evidence"
	"alpi40.fr/airial/local/signature/pades"
	"alpi40.fr/airial/local/signature/testpki"
	"alpi40.fr/airial/local/signature/validation"
	"alpi40.fr/airial/local/signature/validator"
	"alpi40.fr/airial/local/signature/xades"
)

var update = flag.Bool("update", false, "writes the table into ARCHITECTURE.md")

const (
	architecture = "../../../ARCHITECTURE.md"
	tableBegins  = "<!-- interoperability: made by go test ./local/signature/validator -args -update -->\n"
	tableEnds    = "<!-- end of the interoperability table -->\n"
)

// bench is a folder with what the other programs need.
type bench struct {
	t   testing.TB
	dir string
	pki *testpki.Authority
}

func (b *bench) keep(name string, content []byte) string {
	path := filepath.Join(b.dir, name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		b.t.Fatal(err)
	}
	return path
}

func (b *bench) pem(name string, certs ...*x509.Certificate) string {
	var out bytes.Buffer
	for _, c := range certs {
		if err := pem.Encode(&out, &pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}); err != nil {
			b.t.Fatal(err)
		}
	}
	return b.keep(name, out.Bytes())
}

// run tells whether a program agrees, and says what it said when it does not.
func (b *bench) run(want string, program string, args ...string) bool {
	out, err := exec.Command(program, args...).CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte(want)) {
		b.t.Errorf("%s %s: %v\n%s", program, strings.Join(args, " "), err, out)
		return false
	}
	return true
}

func mark(ok bool) string {
	if ok {
		return "yes"
	}
	return "NO"
}

// TestInteroperability: what we sign is verified by other people's programs, what they sign
// by us; the table of ARCHITECTURE.md is what this test found.
func TestInteroperability(t *testing.T) {
	for _, program := range []string{"pdfsig", "openssl", "xmlsec1", "certutil", "pk12util"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip(program + " is not installed")
		}
	}
	b := &bench{t: t, dir: t.TempDir(), pki: testpki.New(t)}
	table := "| what Airial signs | pdfsig | openssl cms | openssl ts | xmlsec1 |\n|---|---|---|---|---|\n" + b.ours() +
		"\n| what others sign | verified by Airial |\n|---|---|\n" + b.theirs()
	text, err := os.ReadFile(architecture)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(text), tableBegins)
	present, after, ended := strings.Cut(rest, tableEnds)
	if !found || !ended {
		t.Fatal("ARCHITECTURE.md has no place for the table")
	}
	if *update {
		if err := os.WriteFile(architecture, []byte(before+tableBegins+table+tableEnds+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if present != table {
		t.Errorf("the table of ARCHITECTURE.md is no longer true:\n%s", table)
	}
}

func (b *bench) ours() string {
	ctx := b.t.Context()
	var rows strings.Builder
	letter := paper()
	for _, key := range []struct {
		name string
		key  crypto.Signer
		pss  bool
	}{{"RSA", testpki.RSA(b.t, 2048), false}, {"RSA-PSS", testpki.RSA(b.t, 2048), true}, {"ECDSA P-256", testpki.EC(b.t), false}} {
		who := b.pki.Person("Élise Dupuy", key.key)
		signed, err := pades.Sign(ctx, letter, who, pades.Options{SigningTime: testpki.Start, PSS: key.pss})
		if err != nil {
			b.t.Fatal(err)
		}
		fmt.Fprintf(&rows, "| PAdES B-B, %s | %s | %s | | |\n", key.name, mark(b.run("Signature is Valid", "pdfsig", "-nocert", b.keep("b.pdf", signed))), mark(b.cmsOfPDF(signed)))
		beside, err := cades.Sign(ctx, letter, who, cades.Options{At: testpki.Start, PSS: key.pss})
		if err != nil {
			b.t.Fatal(err)
		}
		fmt.Fprintf(&rows, "| CAdES B-B, %s | | %s | | |\n", key.name, mark(b.cms(beside, letter)))
	}
	who := b.pki.Person("Élise Dupuy", testpki.RSA(b.t, 2048))
	signed, err := pades.Sign(ctx, letter, who, pades.Options{SigningTime: testpki.Start})
	if err != nil {
		b.t.Fatal(err)
	}
	archived, _, err := pades.Archive(ctx, signed, pades.Sources{Timestamper: b.pki, Revocation: b.pki, Certificates: b.pki.Anchors()})
	if err != nil {
		b.t.Fatal(err)
	}
	fmt.Fprintf(&rows, "| PAdES B-LTA | %s | %s | %s | |\n", mark(b.run("Signature is Valid", "pdfsig", "-nocert", b.keep("lta.pdf", archived))), mark(b.cmsOfPDF(archived)), mark(b.timestamp()))
	besides, err := cades.Sign(ctx, letter, who, cades.Options{At: testpki.Start})
	if err == nil {
		besides, _, err = cades.Archive(ctx, besides, evidence.Sources{Timestamper: b.pki, Revocation: b.pki, Certificates: b.pki.Anchors()})
	}
	if err != nil {
		b.t.Fatal(err)
	}
	fmt.Fprintf(&rows, "| CAdES B-LTA | | %s | | |\n", mark(b.cms(besides, letter)))
	flow, err := xades.Sign(ctx, pestest.Example, []string{"DEP12", "DEP13", "REC5"}, who, xades.Options{At: testpki.Start, Policy: pes.Policy(), City: "Essai", Role: "Ordonnateur"})
	if err != nil {
		b.t.Fatal(err)
	}
	ok := true
	for _, id := range []string{"DEP12", "DEP13", "REC5"} {
		ok = ok && b.run("OK", "xmlsec1", "--verify", "--insecure", "--id-attr:Id", "Bordereau", "--id-attr:Id", "http://uri.etsi.org/01903/v1.1.1#:SignedProperties",
			"--node-xpath", "//*[local-name()='Signature' and @Id='"+id+"_SIG']", b.keep("flow.xml", flow))
	}
	fmt.Fprintf(&rows, "| XAdES of an accounting flow | | | | %s |\n", mark(ok))
	return rows.String()
}

// cmsOfPDF verifies with openssl what the first signature of a PDF holds.
func (b *bench) cmsOfPDF(signed []byte) bool {
	report, err := pades.Validate(b.t.Context(), signed, validation.Options{Now: testpki.Start})
	if err != nil || len(report.Signatures) == 0 {
		b.t.Fatal(err)
	}
	revision := report.Signed(0)
	start := bytes.LastIndex(revision, []byte("/Contents<"))
	if start < 0 {
		start = bytes.LastIndex(revision, []byte("/Contents <"))
	}
	start += bytes.IndexByte(revision[start:], '<')
	end := start + bytes.IndexByte(revision[start:], '>') + 1
	der := make([]byte, (end-start-2)/2)
	if _, err := fmt.Sscanf(string(revision[start+1:end-1]), "%x", &der); err != nil {
		b.t.Fatal(err)
	}
	// What follows the CMS in its room is zeros: openssl reads the first structure alone.
	return b.cms(der, append(bytes.Clone(revision[:start]), revision[end:]...))
}

func (b *bench) cms(der, content []byte) bool {
	return b.run("successful", "openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", b.keep("s.p7s", der), "-content", b.keep("content", content),
		"-CAfile", b.pem("root.pem", b.pki.Root.Cert), "-certfile", b.pem("issuing.pem", b.pki.Issuing.Cert), "-purpose", "any", "-attime", "1772442000", "-out", os.DevNull)
}

// timestamp verifies with openssl a token of the authority that our timestamps come from,
// after we have read it.
func (b *bench) timestamp() bool {
	content := []byte("horodaté")
	h := crypto.SHA256.New()
	h.Write(content)
	token, err := b.pki.Timestamp(b.t.Context(), h.Sum(nil), crypto.SHA256)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.run("OK", "openssl", "ts", "-verify", "-token_in", "-in", b.keep("token", token), "-data", b.keep("stamped", content), "-CAfile", b.pem("root.pem", b.pki.Root.Cert),
		"-untrusted", b.pem("issuing.pem", b.pki.Issuing.Cert), "-attime", "1772442000")
}

// theirs has other programs sign, and us verify.
func (b *bench) theirs() string {
	var rows strings.Builder
	row := func(name string, ok bool) { fmt.Fprintf(&rows, "| %s | %s |\n", name, mark(ok)) }
	for _, key := range []struct {
		name   string
		create []string
		sign   []string
	}{
		{"openssl cms, RSA", []string{"-newkey", "rsa:2048"}, nil},
		{"openssl cms, RSA-PSS", []string{"-newkey", "rsa:2048"}, []string{"-keyopt", "rsa_padding_mode:pss"}},
		{"openssl cms, ECDSA", []string{"-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"}, nil},
	} {
		private, cert := b.create(key.create...)
		content := b.keep("theirs", []byte("signé par un autre"))
		out := filepath.Join(b.dir, "theirs.p7s")
		args := append([]string{"cms", "-sign", "-binary", "-cades", "-outform", "DER", "-signer", cert, "-inkey", private, "-in", content, "-out", out}, key.sign...)
		row(key.name, b.run("", "openssl", args...) && b.intact(out, content))
	}
	private, cert := b.create("-newkey", "rsa:2048")
	row("openssl smime, encloses its content", b.run("", "openssl", "smime", "-sign", "-nodetach", "-binary", "-outform", "DER", "-signer", cert, "-inkey", private, "-in", b.keep("theirs", []byte("x")), "-out", filepath.Join(b.dir, "e.p7m")) &&
		b.intact(filepath.Join(b.dir, "e.p7m"), ""))
	for _, method := range []string{"rsa-sha256", "rsa-sha512", "ecdsa-sha256"} {
		private, cert := b.create("-newkey", "rsa:2048")
		if strings.HasPrefix(method, "ecdsa") {
			private, cert = b.create("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256")
		}
		template := fmt.Sprintf(`<a Id="x"><b>é</b><ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"/><ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#%s"/>`+
			`<ds:Reference URI=""><ds:Transforms><ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/></ds:Transforms><ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue/></ds:Reference></ds:SignedInfo><ds:SignatureValue/><ds:KeyInfo><ds:X509Data/></ds:KeyInfo></ds:Signature></a>`, method)
		out := filepath.Join(b.dir, "theirs.xml")
		row("xmlsec1, "+method, b.run("", "xmlsec1", "--sign", "--privkey-pem", private+","+cert, "--output", out, b.keep("template.xml", []byte(template))) && b.intact(out, ""))
	}
	row("pdfsig", b.intact(b.poppler(), ""))
	return rows.String()
}

// create makes a key and its certificate.
func (b *bench) create(args ...string) (private, cert string) {
	private, cert = filepath.Join(b.dir, "key.pem"), filepath.Join(b.dir, "cert.pem")
	all := append([]string{"req", "-x509", "-nodes", "-keyout", private, "-out", cert, "-days", "30", "-subj", "/CN=Essai", "-addext", "keyUsage=digitalSignature,nonRepudiation"}, args...)
	b.run("", "openssl", all...)
	return private, cert
}

// poppler signs a PDF with pdfsig and its NSS database.
func (b *bench) poppler() string {
	private, cert := b.create("-newkey", "rsa:2048")
	p12, database, out := filepath.Join(b.dir, "key.p12"), "sql:"+b.dir, filepath.Join(b.dir, "poppler.pdf")
	b.run("", "certutil", "-N", "-d", database, "--empty-password")
	b.run("", "openssl", "pkcs12", "-export", "-inkey", private, "-in", cert, "-name", "essai", "-out", p12, "-passout", "pass:x")
	b.run("", "pk12util", "-i", p12, "-d", database, "-W", "x", "-K", "")
	b.run("", "pdfsig", "-nssdir", database, "-add-signature", "-nick", "essai", b.keep("letter.pdf", paper()), out)
	return out
}

// intact tells whether we find that a signature holds its content, whoever made it.
func (b *bench) intact(path, content string) bool {
	raw, err := os.ReadFile(path)
	if err != nil {
		b.t.Error(err)
		return false
	}
	report, err := validator.Validate(b.t.Context(), raw, validation.Options{Now: testpki.Start.AddDate(1, 0, 0), Beside: func(string) ([]byte, bool) {
		beside, err := os.ReadFile(content)
		return beside, err == nil
	}})
	if err != nil || len(report.Signatures) != 1 || !report.Signatures[0].Intact {
		b.t.Errorf("%s: %v %+v", filepath.Base(path), err, report.Signatures)
		return false
	}
	return true
}

// paper is a small PDF.
func paper() []byte {
	objects := []string{"<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>", "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<<>>>>"}
	var out bytes.Buffer
	out.WriteString("%PDF-1.7\n%\xE2\xE3\xCF\xD3\n")
	rows := ""
	for i, o := range objects {
		rows += fmt.Sprintf("%010d 00000 n \n", out.Len())
		fmt.Fprintf(&out, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	start := out.Len()
	fmt.Fprintf(&out, "xref\n0 4\n0000000000 65535 f \n%strailer\n<</Size 4/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", rows, start)
	return out.Bytes()
}
