// Package bench measures Airial beside programs that it does not ship, on the same documents in
// one run. It is a module of its own, so that what it needs stands in no other go.mod:
//
//	go test -run '^$' -bench . -benchtime 5x   (packaging/dev/bench.sh runs it)
package bench

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"io"
	"testing"
	"time"

	"github.com/digitorus/pdf"
	"github.com/digitorus/pdfsign/sign"
	"golang.org/x/sys/unix"

	"alpi40.fr/airial/local/signature/pades"
	"alpi40.fr/airial/local/signature/testpki"
	"alpi40.fr/airial/local/signature/validation"
	"alpi40.fr/airial/local/typeset"
)

// lot is how many documents are signed, one after the other, with one key.
const lot = 100

// BenchmarkLotPdfsign signs a lot with Airial and with digitorus/pdfsign: the same documents, key
// and certificates, no network. «x-pdfsign» is how many times as fast Airial is,
// «x-beside-the-key» the same without the time of the key itself, which is the same for both;
// «of-raw» is what share of the key's own rate Airial keeps, «pdfsign-of-raw» what share pdfsign does.
func BenchmarkLotPdfsign(b *testing.B) {
	slip, err := typeset.SigningSlip{Head: typeset.Head{Authority: typeset.Authority{Name: "Commune d’essai"}, Printed: testpki.Start}, Folder: "Un document"}.Typeset(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	scan := append(bytes.Clone(slip.PDF), bytes.Repeat([]byte("% what a scanner wrote\n"), 1<<20/23)...)
	scan = append(scan, slip.PDF[bytes.LastIndex(slip.PDF, []byte("startxref")):]...)
	for _, document := range []struct {
		name    string
		content []byte
	}{{"printed", slip.PDF}, {"1MB", scan}} {
		for _, key := range []struct {
			name string
			key  crypto.Signer
		}{{"RSA-3072", testpki.RSA(b, 3072)}, {"ECDSA-P256", testpki.EC(b)}} {
			b.Run(document.name+"/"+key.name, func(b *testing.B) { compare(b, document.content, key.key) })
		}
	}
}

func compare(b *testing.B, document []byte, key crypto.Signer) {
	signer := testpki.New(b).Person("Maïté FICTIVE", key)
	chain := append([]*x509.Certificate{signer.Certificate()}, signer.Chain()...)
	digest := sha256.Sum256(document)
	ours := func() error {
		_, err := pades.Sign(b.Context(), document, signer, pades.Options{SigningTime: testpki.Start})
		return err
	}
	theirs := func() error { return pdfsign(io.Discard, document, key, chain) }
	raw := func() error {
		_, err := key.Sign(rand.Reader, digest[:], crypto.SHA256)
		return err
	}
	var signed bytes.Buffer
	if err := pdfsign(&signed, document, key, chain); err != nil {
		b.Fatal(err)
	}
	if report, err := pades.Validate(b.Context(), signed.Bytes(), validation.Options{Now: testpki.Start}); err != nil || len(report.Signatures) != 1 {
		b.Fatalf("what pdfsign signs is no signature: %v", err)
	}
	for b.Loop() {
		m := spent(b, ours, theirs, raw)
		a, p, r := m[0], m[1], m[2]
		b.ReportMetric(p/a, "x-pdfsign")
		b.ReportMetric((p-r)/(a-r), "x-beside-the-key")
		b.ReportMetric(r/a, "of-raw")
		b.ReportMetric(r/p, "pdfsign-of-raw")
		b.ReportMetric(a/1e6, "ms/signature")
	}
}

// spent does each in turn, a lot of times, and gives the processor's time that each takes, in
// nanoseconds: in turn, and not by the clock, so that what else the machine does weighs on none.
func spent(b *testing.B, all ...func() error) []float64 {
	b.Helper()
	out := make([]float64, len(all))
	for range lot {
		for i, do := range all {
			start := processor(b)
			if err := do(); err != nil {
				b.Fatal(err)
			}
			out[i] += float64(processor(b)-start) / lot
		}
	}
	return out
}

// processor is the time that the processor has spent on this program.
func processor(b *testing.B) time.Duration {
	b.Helper()
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &t); err != nil {
		b.Fatal(err)
	}
	return time.Duration(t.Nano())
}

// pdfsign signs as its own SignFile does, from memory: an approval signature, as Airial makes.
func pdfsign(to io.Writer, document []byte, key crypto.Signer, chain []*x509.Certificate) error {
	from := bytes.NewReader(document)
	r, err := pdf.NewReader(from, int64(len(document)))
	if err != nil {
		return err
	}
	return sign.Sign(from, to, r, int64(len(document)), sign.SignData{
		Signature: sign.SignDataSignature{CertType: sign.ApprovalSignature, DocMDPPerm: sign.AllowFillingExistingFormFieldsAndSignaturesPerms,
			Info: sign.SignDataSignatureInfo{Name: "Maïté FICTIVE", Date: testpki.Start}},
		Signer: key, DigestAlgorithm: crypto.SHA256, Certificate: chain[0], CertificateChains: [][]*x509.Certificate{chain},
	})
}
