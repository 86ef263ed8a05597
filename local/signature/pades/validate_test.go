package pades_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"alpi40.fr/airial/local/signature"
	"alpi40.fr/airial/local/signature/pades"
	"alpi40.fr/airial/local/signature/testpki"
	"alpi40.fr/airial/local/signature/trust"
	"alpi40.fr/airial/local/signature/validation"
)

func TestValidateBaselineB(t *testing.T) {
	a := testpki.New(t)
	who := a.Person("Camille Lafitte", testpki.EC(t))
	data := sign(t, paper{pages: 2}.bytes(), who, pades.Options{})
	var known trust.Evidence
	for _, pair := range [][2]*testpki.Identity{{who, a.Issuing}, {a.Issuing, a.Root}} {
		ocsps, crls, err := a.Revocation(t.Context(), pair[0].Cert, pair[1].Cert)
		if err != nil {
			t.Fatal(err)
		}
		known.Add(trust.Evidence{OCSPs: ocsps, CRLs: crls})
	}
	for name, c := range map[string]struct {
		o    validation.Options
		want trust.Indication
		sub  trust.SubIndication
	}{
		"all at hand":   {validation.Options{Anchors: a.Anchors(), Evidence: known, Now: testpki.Start}, trust.Passed, ""},
		"no revocation": {validation.Options{Anchors: a.Anchors(), Now: testpki.Start}, trust.Indeterminate, trust.TryLater},
		"no anchor":     {validation.Options{Now: testpki.Start}, trust.Indeterminate, trust.NoCertificateChain},
		"years later":   {validation.Options{Anchors: a.Anchors(), Evidence: known, Now: testpki.Start.AddDate(5, 0, 0)}, trust.Indeterminate, trust.OutOfBoundsNoPOE},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := pades.Validate(t.Context(), data, c.o)
			if err != nil || len(r.Signatures) != 1 {
				t.Fatalf("%+v, %v", r, err)
			}
			s := r.Signatures[0]
			if s.Indication != c.want || s.Sub != c.sub || !s.Intact || !s.Whole || s.Level != signature.LevelB || len(r.Signed(0)) != len(data) {
				t.Errorf("%s %s (%s), intact %v, whole %v, level %v", s.Indication, s.Sub, s.Why, s.Intact, s.Whole, s.Level)
			}
			for _, f := range s.Findings {
				if text := f.French(); text == "" || strings.Contains(text, "%!") {
					t.Errorf("%v says %q", f, text)
				}
			}
		})
	}
	for i := 0; i < len(data); i += 7 {
		hole := strings.Index(string(data), "/Contents<") + len("/Contents<")
		if i >= hole-1 && i <= hole+strings.IndexByte(string(data[hole:]), '>') {
			continue
		}
		bad := append([]byte{}, data...)
		bad[i] ^= 1
		if r, err := pades.Validate(t.Context(), bad, validation.Options{Anchors: a.Anchors(), Evidence: known, Now: testpki.Start}); err == nil && len(r.Signatures) > 0 && r.Indication() != trust.Failed {
			t.Errorf("byte %d changed: %s", i, r.Indication())
		}
	}
}

func TestPublishedShadowAttacks(t *testing.T) {
	folder := os.Getenv("AIRIAL_SAMPLES")
	if folder == "" {
		t.Skip("AIRIAL_SAMPLES is unset")
	}
	files, _ := filepath.Glob(filepath.Join(folder, "pdf-shadow", "*.pdf"))
	for _, file := range files {
		base := filepath.Base(file)
		if !strings.Contains(base, "signed") {
			continue
		}
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		r, err := pades.Validate(t.Context(), data, validation.Options{Now: testpki.Start})
		t.Logf("%-14s %v %s", r.Indication(), err, base)
		if manipulated := strings.Contains(base, "manipulated"); err == nil && manipulated != (r.Indication() == trust.Failed) {
			t.Errorf("%s: %s %+v", base, r.Indication(), r.Signatures[0].Changes)
		}
	}
}
