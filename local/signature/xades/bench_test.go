package xades_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"alpi40.fr/airial/local/signature/testpki"
	"alpi40.fr/airial/local/signature/xades"
	"alpi40.fr/airial/packaging/bench/pairs"
)

// large is a flow of about 50 MB: attachments in base64, as town halls send them, or many lines.
func large(attachments bool) string {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="ISO-8859-1"?>` + "\n" + `<n:PES_Aller xmlns:n="http://www.minefi.gouv.fr/cp/helios/pes_v2/Rev0/aller" Id="F1">` + "\n")
	line := `   <LigneDePiece><BlocLignePiece><InfoLignePce><IdLigne V="1"/><Nature V="6553"/><Fonction V="113"/><LibVir1 V="ECHEANCIER"/><ModRegl V="03"/><MtHT V="39724.75"/></InfoLignePce></BlocLignePiece></LigneDePiece>` + "\n"
	size := 50 << 20
	if attachments {
		content := strings.Repeat("H4sIAAAAAAAAA+y9CXwURbc2Xl3V1T2TmclkJjPJZE8g7AESCKvIEgVBQBFEQBRE2YKI", 36<<10)
		for i := 0; b.Len() < size; i++ {
			fmt.Fprintf(&b, `<PJ><Contenu><Fichier MIMEType="application/pdf">%s</Fichier></Contenu><IdUnique V="PJ%d"/></PJ>`+"\n", content, i)
		}
	}
	for b.Len() < size {
		b.WriteString(line)
	}
	b.WriteString(`</n:PES_Aller>`)
	return b.String()
}

// BenchmarkSign signs flows of 50 MB whole, and has xmlsec1 sign the same files, in turn.
func BenchmarkSign(b *testing.B) {
	program, err := exec.LookPath("xmlsec1")
	if err != nil {
		b.Skip("xmlsec1 is not installed")
	}
	a := testpki.New(b)
	who := a.Person("Élise Dupuy", testpki.RSA(b, 3072))
	for _, name := range []string{"attachments", "lines"} {
		raw := large(name == "attachments")
		dir := b.TempDir()
		key, file := filepath.Join(dir, "key.pem"), filepath.Join(dir, "flow.xml")
		empty := `<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/><ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/><ds:Reference URI="#F1"><ds:Transforms><ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/><ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/></ds:Transforms><ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue/></ds:Reference></ds:SignedInfo><ds:SignatureValue/></ds:Signature></n:PES_Aller>`
		if err := os.WriteFile(file, []byte(strings.Replace(raw, "</n:PES_Aller>", empty, 1)), 0o600); err != nil {
			b.Fatal(err)
		}
		if out, err := exec.Command("openssl", "genrsa", "-out", key, "3072").CombinedOutput(); err != nil {
			b.Fatalf("%v %s", err, out)
		}
		b.Run(name, func(b *testing.B) {
			pairs.Times(b, func() {
				if _, err := xades.Sign(b.Context(), []byte(raw), []string{"F1"}, who, xades.Options{At: testpki.Start, Policy: policy}); err != nil {
					b.Fatal(err)
				}
			}, func() {
				cmd := exec.Command(program, "--sign", "--privkey-pem", key, "--id-attr:Id", "http://www.minefi.gouv.fr/cp/helios/pes_v2/Rev0/aller:PES_Aller", "--output", os.DevNull, file)
				if out, err := cmd.CombinedOutput(); err != nil {
					b.Fatalf("%v %s", err, out)
				}
			})
		})
	}
}
