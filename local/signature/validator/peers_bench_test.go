package validator_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"alpi40.fr/airial/local/pes"
	"alpi40.fr/airial/local/pes/pestest"
	"alpi40.fr/airial/local/signature/cades"
	"alpi40.fr/airial/local/signature/pades"
	"alpi40.fr/airial/local/signature/testpki"
	"alpi40.fr/airial/local/signature/trust"
	"alpi40.fr/airial/local/signature/validation"
	"alpi40.fr/airial/local/signature/xades"
	"alpi40.fr/airial/packaging/bench/pairs"
)

// documents are how many are signed or verified in each measure: a peer is a process for each, as it is used.
const documents = 10

// peers gives a folder and skips where a program is missing.
func peers(b *testing.B, programs ...string) *bench {
	b.Helper()
	for _, program := range programs {
		if _, err := exec.LookPath(program); err != nil {
			b.Skip(program + " is not installed")
		}
	}
	return &bench{t: b, dir: b.TempDir(), pki: testpki.New(b)}
}

// inTurn measures so many of ours, then so many of theirs: seconds for one.
func inTurn(b *testing.B, ours, theirs func()) {
	b.Helper()
	many := func(do func()) func() float64 {
		return func() float64 {
			start := b.Elapsed()
			for range documents {
				do()
			}
			return (b.Elapsed() - start).Seconds() / documents
		}
	}
	pairs.Compare(b, "s", many(ours), many(theirs))
}

// BenchmarkPdfsig signs the same PDF with an RSA-2048 key, by us and by pdfsig.
func BenchmarkPdfsig(tb *testing.B) {
	b := peers(tb, "pdfsig", "certutil", "pk12util", "openssl")
	b.poppler()
	letter, who := paper(), b.pki.Person("Élise Dupuy", testpki.RSA(tb, 2048))
	inTurn(tb, func() {
		signed, err := pades.Sign(tb.Context(), letter, who, pades.Options{SigningTime: testpki.Start})
		if err != nil {
			tb.Fatal(err)
		}
		b.keep("ours.pdf", signed)
	}, func() {
		if err := exec.Command("pdfsig", "-nssdir", "sql:"+b.dir, "-add-signature", "-nick", "essai", b.keep("letter.pdf", letter), filepath.Join(b.dir, "out.pdf")).Run(); err != nil {
			tb.Fatal(err)
		}
	})
}

// large is a document of 10 MB, where the digest is most of the work.
func large() []byte { return bytes.Repeat([]byte("Ce que la commune a voté. "), 10<<20/26) }

// BenchmarkCMS signs a document of 10 MB beside itself, by us (CAdES B-B) and by openssl cms -cades.
func BenchmarkCMS(tb *testing.B) {
	b := peers(tb, "openssl")
	private, cert := b.create("-newkey", "rsa:3072")
	content := large()
	path := b.keep("content", content)
	who := b.pki.Person("Élise Dupuy", testpki.RSA(tb, 3072))
	inTurn(tb, func() {
		raw, err := os.ReadFile(path)
		if err != nil {
			tb.Fatal(err)
		}
		signed, err := cades.Sign(tb.Context(), raw, who, cades.Options{At: testpki.Start})
		if err != nil {
			tb.Fatal(err)
		}
		b.keep("ours.p7s", signed)
	}, func() {
		b.run("", "openssl", "cms", "-sign", "-binary", "-cades", "-outform", "DER", "-signer", cert, "-inkey", private, "-in", path, "-out", filepath.Join(b.dir, "theirs.p7s"))
	})
}

// BenchmarkVerify verifies the same signed files, by us and by another program: those that the table of ARCHITECTURE.md
// says both agree on.
func BenchmarkVerify(tb *testing.B) {
	b := peers(tb, "pdfsig", "openssl", "xmlsec1")
	ctx := tb.Context()
	who := b.pki.Person("Élise Dupuy", testpki.RSA(tb, 2048))
	options := validation.Options{Anchors: b.pki.Anchors(), Now: testpki.Start}
	tb.Run("pdfsig", func(tb *testing.B) {
		signed, err := pades.Sign(ctx, paper(), who, pades.Options{SigningTime: testpki.Start})
		if err != nil {
			tb.Fatal(err)
		}
		path := b.keep("signed.pdf", signed)
		inTurn(tb, func() {
			raw, err := os.ReadFile(path)
			if err != nil {
				tb.Fatal(err)
			}
			if report, err := pades.Validate(ctx, raw, options); err != nil || !report.Signatures[0].Intact {
				tb.Fatal(err, report)
			}
		}, func() { b.run("Signature is Valid", "pdfsig", "-nocert", path) })
	})
	tb.Run("openssl", func(tb *testing.B) {
		content := large()
		signed, err := cades.Sign(ctx, content, who, cades.Options{At: testpki.Start})
		if err != nil {
			tb.Fatal(err)
		}
		beside, signature := b.keep("content", content), b.keep("signed.p7s", signed)
		root, issuing := b.pem("root.pem", b.pki.Root.Cert), b.pem("issuing.pem", b.pki.Issuing.Cert)
		inTurn(tb, func() {
			o := options
			o.Beside = func(string) ([]byte, bool) {
				raw, err := os.ReadFile(beside)
				return raw, err == nil
			}
			if report, err := cades.Validate(ctx, signed, o); err != nil || !report.Signatures[0].Intact {
				tb.Fatal(err, report)
			}
		}, func() {
			b.run("successful", "openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", signature, "-content", beside, "-CAfile", root, "-certfile", issuing,
				"-purpose", "any", "-attime", "1772442000", "-out", os.DevNull)
		})
	})
	tb.Run("xmlsec1", func(tb *testing.B) {
		flow, err := xades.Sign(ctx, pestest.Example, []string{"DEP12"}, who, xades.Options{At: testpki.Start, Policy: pes.Policy(), City: "Essai", Role: "Ordonnateur"})
		if err != nil {
			tb.Fatal(err)
		}
		path := b.keep("flow.xml", flow)
		inTurn(tb, func() {
			raw, err := os.ReadFile(path)
			if err != nil {
				tb.Fatal(err)
			}
			if report, err := xades.Validate(ctx, raw, options); err != nil || !report.Signatures[0].Intact {
				tb.Fatal(err, report)
			}
		}, func() {
			b.run("OK", "xmlsec1", "--verify", "--insecure", "--id-attr:Id", "Bordereau", "--id-attr:Id", "http://uri.etsi.org/01903/v1.1.1#:SignedProperties",
				"--node-xpath", "//*[local-name()='Signature' and @Id='DEP12_SIG']", path)
		})
	})
}

// BenchmarkValidate validates a B-LT document offline, against the bare cost of the ECDSA verifications and of the
// digest that it cannot do without.
func BenchmarkValidate(tb *testing.B) {
	a := testpki.New(tb)
	key := testpki.EC(tb).(*ecdsa.PrivateKey)
	who := a.Person("Élise Dupuy", key)
	signed, err := pades.Sign(tb.Context(), paper(), who, pades.Options{SigningTime: testpki.Start})
	if err != nil {
		tb.Fatal(err)
	}
	raised, _, err := pades.Raise(tb.Context(), signed, pades.Sources{Timestamper: a, Revocation: a, Certificates: a.Anchors()})
	if err != nil {
		tb.Fatal(err)
	}
	digest := sha256.Sum256(raised)
	value, err := key.Sign(rand.Reader, digest[:], crypto.SHA256)
	if err != nil {
		tb.Fatal(err)
	}
	// The document's value, the timestamp's; the issuer's on each of the three leaves (signer, timestamp, OCSP), the root's
	// on the issuer; two OCSP answers and the root's list.
	const verifications = 9
	inTurn(tb, func() {
		for range documents {
			report, err := pades.Validate(tb.Context(), raised, validation.Options{Anchors: a.Anchors(), Now: testpki.Start})
			if err != nil || report.Indication() != trust.Passed {
				tb.Fatal(err, report.Indication())
			}
		}
	}, func() {
		for range documents {
			for range verifications {
				if !ecdsa.VerifyASN1(&key.PublicKey, digest[:], value) {
					tb.Fatal("it does not verify")
				}
			}
			sha256.Sum256(raised)
		}
	})
}
