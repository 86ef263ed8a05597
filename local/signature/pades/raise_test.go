package pades_test

import (
	"bytes"
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
	"alpi40.fr/airial/local/signature/pades"
	"alpi40.fr/airial/local/signature/testpki"
	"alpi40.fr/airial/local/signature/trust"
	"alpi40.fr/airial/local/signature/validation"
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
			report, err := pades.Validate(ctx, pdf, validation.Options{Anchors: a.Anchors(), Now: testpki.Start.Add(time.Hour)})
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range report.Signatures {
				if s.Indication != trust.Passed || s.Level < signature.LevelLT && s.Kind != validation.DocumentTimestamp {
					t.Errorf("%s: %v %v %s, level %v", s.Field, s.Indication, s.Sub, s.Why, s.Level)
				}
			}
			external(t, pdf, n)
		})
	}
}

// Raised in place, a document stays in the memory that it was given; otherwise the input
// stays as it was. Both give the same level.
func TestRaiseInPlace(t *testing.T) {
	ctx := context.Background()
	a := testpki.New(t)
	signed, err := pades.Sign(ctx, paper{}.bytes(), a.Person("Maïté FICTIVE", testpki.EC(t)), pades.Options{SigningTime: testpki.Start})
	if err != nil {
		t.Fatal(err)
	}
	for _, inPlace := range []bool{false, true} {
		given := append(make([]byte, 0, len(signed)+1<<20), signed...)
		out, level, err := pades.Archive(ctx, given, pades.Sources{Timestamper: a, Revocation: a, InPlace: inPlace})
		if err != nil || level != signature.LevelLTA {
			t.Fatalf("%v %v", level, err)
		}
		if inPlace != (&out[0] == &given[0]) {
			t.Errorf("in place %v: another memory than was asked for", inPlace)
		}
		if !inPlace && !bytes.Equal(given, signed) {
			t.Error("the input was changed")
		}
		report, err := pades.Validate(ctx, out, validation.Options{Anchors: a.Anchors(), Now: testpki.Start.Add(time.Hour)})
		if err != nil || report.Indication() != trust.Passed {
			t.Errorf("in place %v: %v %v", inPlace, report.Indication(), err)
		}
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

// EN 319 142-1 §6.3: B-LTA, and its renewal once the first timestamping authority has given way to another.
func TestArchiveReachesLTAAndIsRenewed(t *testing.T) {
	ctx := context.Background()
	a := testpki.New(t)
	mayor, secretary := a.Person("Maïté FICTIVE", testpki.RSA(t, 2048)), a.Person("Solène BROUILLON", testpki.EC(t))
	sources := pades.Sources{Timestamper: a, Revocation: a}
	pdf := paper{}.bytes()
	for _, who := range []*testpki.Identity{mayor, secretary} {
		var err error
		if pdf, err = pades.Sign(ctx, pdf, who, pades.Options{SigningTime: testpki.Start, Name: who.Cert.Subject.CommonName}); err != nil {
			t.Fatal(err)
		}
		if until, err := pades.ArchivedUntil(ctx, pdf); err != nil || !until.IsZero() {
			t.Errorf("archived before it is: %v, %v", until, err)
		}
	}
	check := func(now time.Time) {
		t.Helper()
		report, err := pades.Validate(ctx, pdf, validation.Options{Anchors: a.Anchors(), Now: now})
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range report.Signatures {
			if s.Indication != trust.Passed || s.Kind != validation.DocumentTimestamp && s.Level != signature.LevelLTA {
				t.Errorf("%s: %v %v %s, level %v", s.Field, s.Indication, s.Sub, s.Why, s.Level)
			}
		}
		external(t, pdf, 2)
	}
	archive := func() {
		t.Helper()
		var level signature.Level
		var err error
		if pdf, level, err = pades.Archive(ctx, pdf, sources); err != nil || level != signature.LevelLTA {
			t.Fatalf("level %v, %v", level, err)
		}
		if until, err := pades.ArchivedUntil(ctx, pdf); err != nil || !until.Equal(a.TSA.Cert.NotAfter) {
			t.Errorf("archived until %v, not %v: %v", until, a.TSA.Cert.NotAfter, err)
		}
	}
	archive()
	check(testpki.Start.Add(time.Hour))
	before := len(pdf)
	// A year on, another authority stamps: the former's proofs are put away first.
	a.Now = testpki.Start.AddDate(1, 0, 0)
	a.TSA = a.Issue(a.Issuing, testpki.EC(t), "Horodatage, deuxième", 5, func(c *x509.Certificate) {
		c.KeyUsage, c.ExtKeyUsage = x509.KeyUsageDigitalSignature, nil
		c.UnknownExtKeyUsage, c.ExtraExtensions = nil, a.TSA.Cert.Extensions[:0:0]
		for _, e := range a.TSA.Cert.Extensions {
			if e.Id.String() == "2.5.29.37" { // extended key usage, critical, timestamping alone
				c.ExtraExtensions = append(c.ExtraExtensions, e)
			}
		}
	})
	archive()
	if len(pdf) == before {
		t.Error("the renewal added nothing")
	}
	check(a.Now.Add(time.Hour))
	// The signers' certificates ended after two years; what was proven in time stays proven.
	check(testpki.Start.AddDate(3, 0, 0))
}

func TestArchiveKeepsWhatItReached(t *testing.T) {
	ctx := context.Background()
	a := testpki.New(t)
	signed, err := pades.Sign(ctx, paper{}.bytes(), a.Person("Maïté FICTIVE", testpki.EC(t)), pades.Options{SigningTime: testpki.Start})
	if err != nil {
		t.Fatal(err)
	}
	raised, _, err := pades.Raise(ctx, signed, pades.Sources{Timestamper: a, Revocation: a})
	if err != nil {
		t.Fatal(err)
	}
	out, level, err := pades.Archive(ctx, raised, pades.Sources{Timestamper: failing{a}, Revocation: a})
	if !errors.Is(err, errLine) || level != signature.LevelLT || len(out) != len(raised) {
		t.Errorf("%d bytes of %d, %v, %v", len(out), len(raised), level, err)
	}
}
