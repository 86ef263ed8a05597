package cades_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"alpi40.fr/airial/local/signature"
	"alpi40.fr/airial/local/signature/cades"
	"alpi40.fr/airial/local/signature/testpki"
	"alpi40.fr/airial/local/signature/trust"
	"alpi40.fr/airial/local/signature/validation"
)

// alone validates with nothing but the anchors.
func alone(t *testing.T, a *testpki.Authority, der, beside []byte, now time.Time) validation.Verdict {
	t.Helper()
	return one(t, der, validation.Options{Anchors: a.Anchors(), Now: now, Beside: func(string) ([]byte, bool) { return beside, true }})
}

func archives(v validation.Verdict, o validation.Outcome) (n int) {
	for _, f := range v.Findings {
		if f.Code == validation.CodeArchive && f.Outcome == o {
			n++
		}
	}
	return n
}

// TestRaise: B-LT holds all that validates it; B-LTA holds when the signer's certificate has
// ended, and, renewed, when the first archive timestamp has; openssl still reads each.
func TestRaise(t *testing.T) {
	a := testpki.New(t)
	who := a.Person("Élise Dupuy", testpki.RSA(t, 2048))
	der, err := cades.Sign(t.Context(), content, who, cades.Options{At: testpki.Start})
	if err != nil {
		t.Fatal(err)
	}
	raised, level, err := cades.Raise(t.Context(), der, sources(a))
	if err != nil || level != signature.LevelLT {
		t.Fatal(level, err)
	}
	openssl(t, a, raised)
	if v := alone(t, a, raised, content, testpki.Start.Add(time.Hour)); v.Indication != trust.Passed || v.Level != signature.LevelLT {
		t.Errorf("B-LT: %s %s (%s) %s", v.Indication, v.Sub, v.Why, v.Level)
	}
	if again, level, err := cades.Raise(t.Context(), raised, sources(a)); err != nil || level != signature.LevelLT || !bytes.Equal(again, raised) {
		t.Errorf("raised twice: %s %v", level, err)
	}
	a.Now = testpki.Start.Add(48 * time.Hour)
	archived, level, err := cades.Archive(t.Context(), raised, sources(a))
	if err != nil || level != signature.LevelLTA {
		t.Fatal(level, err)
	}
	openssl(t, a, archived)
	if until, err := cades.ArchivedUntil(archived); err != nil || !until.Equal(a.TSA.Cert.NotAfter) {
		t.Error(until, err)
	}
	later := who.Cert.NotAfter.AddDate(1, 0, 0) // the signer's certificate has ended, the service's has not
	if v := alone(t, a, raised, content, a.TSA.Cert.NotAfter.Add(time.Hour)); v.Indication == trust.Passed {
		t.Error("B-LT holds for ever")
	}
	a.Now = later
	if v := alone(t, a, archived, content, later); v.Indication != trust.Passed || v.Level != signature.LevelLTA || !v.Proven.Equal(testpki.Start) || archives(v, validation.Checked) != 1 {
		t.Errorf("B-LTA: %s %s (%s) %s %v", v.Indication, v.Sub, v.Why, v.Level, v.Proven)
	}
	renewed, level, err := cades.Archive(t.Context(), archived, sources(a))
	if err != nil || level != signature.LevelLTA {
		t.Fatal(level, err)
	}
	openssl(t, a, renewed)
	if v := alone(t, a, renewed, content, later.Add(time.Hour)); v.Indication != trust.Passed || v.Level != signature.LevelLTA || archives(v, validation.Checked) != 2 {
		t.Errorf("renewed: %s %s (%s) %s", v.Indication, v.Sub, v.Why, v.Level)
	}
	if v := alone(t, a, renewed, append([]byte("x"), content...), later.Add(time.Hour)); v.Indication != trust.Failed {
		t.Errorf("another content: %s", v.Indication)
	}
}

// TestArchiveIsOfThisSignature: an archive timestamp that was made for another signature
// proves nothing of this one, whatever byte of it is changed.
func TestArchiveIsOfThisSignature(t *testing.T) {
	a := testpki.New(t)
	who := a.Person("Élise Dupuy", testpki.EC(t))
	der, err := cades.Sign(t.Context(), content, who, cades.Options{At: testpki.Start})
	if err != nil {
		t.Fatal(err)
	}
	archived, _, err := cades.Archive(t.Context(), der, sources(a))
	if err != nil {
		t.Fatal(err)
	}
	later := who.Cert.NotAfter.AddDate(1, 0, 0)
	a.Now = later
	o := options(t, a, who, content)
	o.Now = later
	if v := one(t, archived, o); v.Indication != trust.Passed {
		t.Fatal(v.Indication, v.Why)
	}
	random := rand.New(rand.NewPCG(5, 6))
	for range 400 {
		changed := bytes.Clone(archived)
		changed[random.IntN(len(changed))] ^= byte(1 << random.IntN(8))
		r, err := cades.Validate(t.Context(), changed, o)
		if err != nil || len(r.Signatures) != 1 || r.Signatures[0].Indication != trust.Passed {
			continue
		}
		if v := r.Signatures[0]; !v.Signer.Certificate.Equal(who.Cert) || !v.Proven.Equal(testpki.Start) {
			t.Fatalf("a change passed unnoticed: %+v", v)
		}
	}
}

// TestRaiseRefused: without proofs a signature keeps its timestamp; a revoked one is told.
func TestRaiseRefused(t *testing.T) {
	a := testpki.New(t)
	who := a.Person("Élise Dupuy", testpki.EC(t))
	der, err := cades.Sign(t.Context(), content, who, cades.Options{At: testpki.Start})
	if err != nil {
		t.Fatal(err)
	}
	a.Revoke(who.Cert, testpki.Start)
	out, level, err := cades.Archive(t.Context(), der, sources(a))
	if !errors.Is(err, signature.ErrRevoked) || level != signature.LevelT || len(out) == 0 {
		t.Error(level, err)
	}
	if _, _, err := cades.Raise(t.Context(), content, sources(a)); !errors.Is(err, signature.ErrCMS) {
		t.Error(err)
	}
}
