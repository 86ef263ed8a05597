package pades_test

import (
	"context"
	"crypto"
	"crypto/x509"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"alpi40.fr/airial/local/signature"
	"alpi40.fr/airial/local/signature/internal/testpki"
	"alpi40.fr/airial/local/signature/pades"
	"alpi40.fr/airial/local/signature/trust"
)

func TestRaiseReachesLTAndKeepsEarlierSignatures(t *testing.T) {
	ctx := context.Background()
	a := testpki.New(t)
	mayor, secretary := a.Person("Maïté FICTIVE", testpki.RSA(t, 2048)), a.Person("Solène BROUILLON", testpki.EC(t))
	sources := pades.Sources{Timestamper: a, Revocation: a}
	for _, order := range []string{"sign raise", "sign raise sign raise", "sign sign raise", "sign raise raise"} {
		t.Run(order, func(t *testing.T) {
			pdf := paper{}.bytes()
			n := 0
			var err error
			for _, act := range strings.Fields(order) {
				if act == "sign" {
					who := []*testpki.Identity{mayor, secretary}[n%2]
					pdf, err = pades.Sign(ctx, pdf, who, pades.Options{SigningTime: testpki.Start, Name: who.Cert.Subject.CommonName})
					n++
				} else {
					before := len(pdf)
					var level signature.Level
					if pdf, level, err = pades.Raise(ctx, pdf, sources); level != signature.LevelLT {
						t.Fatalf("level %v, %v", level, err)
					}
					if order == "sign raise raise" && before == len(pdf) {
						continue // the second changes nothing
					}
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			report, err := pades.Validate(ctx, pdf, pades.ValidateOptions{Anchors: a.Anchors(), Now: testpki.Start.Add(time.Hour)})
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range report.Signatures {
				if s.Indication != trust.Passed || s.Level < signature.LevelLT && s.Kind != pades.DocumentTimestamp {
					t.Errorf("%s: %v %v %s, level %v", s.Field, s.Indication, s.Sub, s.Why, s.Level)
				}
			}
			external(t, pdf, n)
		})
	}
}

// external asks poppler and qpdf, where they are.
func external(t *testing.T, pdf []byte, signatures int) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "signed.pdf")
	if err := os.WriteFile(path, pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := exec.LookPath("pdfsig"); err == nil {
		out, _ := exec.Command("pdfsig", "-nocert", path).CombinedOutput()
		if n := strings.Count(string(out), "Signature is Valid."); n < signatures {
			t.Errorf("pdfsig finds %d of %d signatures valid:\n%s", n, signatures, out)
		}
	}
	if _, err := exec.LookPath("qpdf"); err == nil {
		if out, err := exec.Command("qpdf", "--check", path).CombinedOutput(); err != nil {
			t.Errorf("qpdf: %v\n%s", err, out)
		}
	}
}

type failing struct{ *testpki.Authority }

var errLine = errors.New("no line")

func (failing) Timestamp(context.Context, []byte, crypto.Hash) ([]byte, error) { return nil, errLine }

type silent struct{ *testpki.Authority }

func (silent) Revocation(context.Context, *x509.Certificate, *x509.Certificate) ([][]byte, [][]byte, error) {
	return nil, nil, nil
}

func TestRaiseTellsWhatStoppedIt(t *testing.T) {
	ctx := context.Background()
	a := testpki.New(t)
	mayor := a.Person("Maïté FICTIVE", testpki.EC(t))
	signed, err := pades.Sign(ctx, paper{}.bytes(), mayor, pades.Options{SigningTime: testpki.Start})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := pades.Raise(ctx, paper{}.bytes(), pades.Sources{Timestamper: a, Revocation: a}); !errors.Is(err, signature.ErrNotSigned) {
		t.Errorf("unsigned: %v", err)
	}
	if _, _, err := pades.Raise(ctx, signed, pades.Sources{Timestamper: failing{a}, Revocation: a}); !errors.Is(err, errLine) {
		t.Errorf("no timestamp: %v", err)
	}
	if _, _, err := pades.Raise(ctx, signed, pades.Sources{Timestamper: a, Revocation: silent{a}}); !errors.Is(err, signature.ErrNoRevocation) {
		t.Errorf("no proof: %v", err)
	}
	a.Revoke(mayor.Cert, testpki.Start)
	if _, _, err := pades.Raise(ctx, signed, pades.Sources{Timestamper: a, Revocation: a}); !errors.Is(err, signature.ErrRevoked) {
		t.Errorf("revoked: %v", err)
	}
}
