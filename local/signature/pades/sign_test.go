package pades_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"testing"

	"alpi40.fr/airial/local/signature"
	"alpi40.fr/airial/local/signature/pades"
	"alpi40.fr/airial/local/signature/testpki"
)

func curve(t testing.TB, c elliptic.Curve) crypto.Signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(c, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func sign(t testing.TB, data []byte, who signature.Signer, o pades.Options) []byte {
	t.Helper()
	if o.SigningTime.IsZero() {
		o.SigningTime = testpki.Start
	}
	out, err := pades.Sign(t.Context(), data, who, o)
	if err != nil {
		t.Fatalf("signing: %v", err)
	}
	return out
}

// accepted holds a signed document against programs that are not ours.
func accepted(t *testing.T, data []byte, signatures int) {
	t.Helper()
	t.Run("qpdf", func(t *testing.T) {
		if out, err := tool(t, data, "qpdf", "--check", "FILE"); err != nil {
			t.Errorf("qpdf: %v\n%s", err, out)
		}
	})
	t.Run("pdfsig", func(t *testing.T) {
		out, _ := tool(t, data, "pdfsig", "-nocert", "FILE")
		if n := strings.Count(out, "Signature is Valid"); n != signatures {
			t.Errorf("pdfsig finds %d valid signatures, want %d:\n%s", n, signatures, out)
		}
		if strings.Contains(out, "does not") || strings.Contains(out, "Not total document signed") && signatures == 1 {
			t.Errorf("pdfsig: %s", out)
		}
	})
}

func TestSignEachShapeOfDocument(t *testing.T) {
	a := testpki.New(t)
	mayor := a.Person("Camille Lafitte", testpki.EC(t))
	for name, p := range map[string]paper{
		"table":                    {},
		"cross-reference stream":   {stream: true},
		"two pages":                {pages: 2},
		"300 pages":                {pages: 300, stream: true},
		"rotated":                  {rotate: 90},
		"direct Annots":            {page: "/Annots[]"},
		"indirect Annots":          {page: "/Annots 6 0 R", objects: []string{"[]"}},
		"direct form":              {catalog: "/AcroForm<</Fields[]>>"},
		"indirect form":            {catalog: "/AcroForm 6 0 R", objects: []string{"<</Fields 7 0 R/DA(/Helv 0 Tf 0 g)>>", "[8 0 R]", "<</FT/Tx/T(nom)/Type/Annot/Subtype/Widget/Rect[0 0 9 9]>>"}},
		"indirect form in streams": {stream: true, catalog: "/AcroForm 6 0 R", objects: []string{"<</Fields 7 0 R>>", "[]"}},
		"no line end":              {trailing: ""},
		"something after the end":  {trailing: "\n\n\x00"},
	} {
		t.Run(name, func(t *testing.T) {
			original := p.bytes()
			if name == "no line end" {
				original = bytes.TrimSpace(original)
			}
			if _, err := pades.Inspect(original); err != nil {
				t.Fatalf("Inspect: %v", err)
			}
			signed := sign(t, original, mayor, pades.Options{Name: "Camille Lafitte", Reason: "Délibération adoptée", Location: "Saint-Airial-des-Pins"})
			if !bytes.HasPrefix(signed, original) {
				t.Fatal("the original bytes were changed")
			}
			info, err := pades.Inspect(signed)
			if err != nil || info.Signatures != 1 || len(info.Fields) < 1 {
				t.Fatalf("Inspect after signing: %+v, %v", info, err)
			}
			accepted(t, signed, 1)
		})
	}
}

func TestSignWithEachKindOfKey(t *testing.T) {
	a := testpki.New(t)
	for name, c := range map[string]struct {
		key crypto.Signer
		pss bool
	}{
		"RSA PKCS#1": {testpki.RSA(t, 2048), false},
		"RSA-PSS":    {testpki.RSA(t, 2048), true},
		"P-256":      {testpki.EC(t), false},
		"P-384":      {curve(t, elliptic.P384()), false},
		"P-521":      {curve(t, elliptic.P521()), false},
	} {
		t.Run(name, func(t *testing.T) {
			accepted(t, sign(t, paper{}.bytes(), a.Person("Camille Lafitte", c.key), pades.Options{PSS: c.pss}), 1)
		})
	}
}

func TestSignSeveralTimes(t *testing.T) {
	a := testpki.New(t)
	for _, stream := range []bool{false, true} {
		t.Run(fmt.Sprintf("stream=%v", stream), func(t *testing.T) {
			data := paper{pages: 2, stream: stream}.bytes()
			for i, name := range []string{"Camille Lafitte", "Dominique Sarrade", "Alix Ducasse"} {
				o := pades.Options{Name: name}
				if i == 0 {
					o.Certify = 2
				}
				data = sign(t, data, a.Person(name, testpki.EC(t)), o)
			}
			accepted(t, data, 3)
		})
	}
}

func TestRefusals(t *testing.T) {
	a := testpki.New(t)
	who := a.Person("Camille Lafitte", testpki.EC(t))
	good := paper{pages: 3}.bytes()
	twice := sign(t, sign(t, good, who, pades.Options{}), who, pades.Options{})
	certified := bytes.Replace(sign(t, good, who, pades.Options{Certify: 2}), []byte("/P 2"), []byte("/P 1"), 1)
	for name, c := range map[string]struct {
		data []byte
		want error
	}{
		"no byte":       {nil, signature.ErrEmpty},
		"text":          {[]byte("Bonjour, ceci n'est pas un PDF.\n"), signature.ErrNotPDF},
		"certified P=1": {certified, signature.ErrCertified},
		"encrypted":     {bytes.Replace(good, []byte("/ID["), []byte("/Encrypt 9 0 R/ID["), 1), signature.ErrEncrypted},
		"wrong offsets": {bytes.Replace(good, []byte("0000000"), []byte("0000003"), 4), signature.ErrBroken},
		"no catalog":    {bytes.Replace(good, []byte("/Root"), []byte("/Toor"), 1), signature.ErrBroken},
		"startxref far": {bytes.Replace(good, []byte("startxref\n"), []byte("startxref\n99"), 1), signature.ErrTruncated},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := pades.Inspect(c.data); !errors.Is(err, c.want) {
				t.Errorf("Inspect: %v, want %v", err, c.want)
			}
			who.Signed = 0
			if _, err := pades.Sign(t.Context(), c.data, who, pades.Options{SigningTime: testpki.Start}); !errors.Is(err, c.want) {
				t.Errorf("Sign: %v, want %v", err, c.want)
			}
			if who.Signed > 0 {
				t.Error("the key was used")
			}
		})
	}
	for name, data := range map[string][]byte{"one revision": good, "three revisions": twice, "streams": paper{pages: 3, stream: true}.bytes()} {
		for tenth := 1; tenth < 10; tenth++ {
			t.Run(fmt.Sprintf("%s cut at %d0 %%", name, tenth), func(t *testing.T) {
				cut := data[:len(data)*tenth/10]
				if _, err := pades.Inspect(cut); !errors.Is(err, signature.ErrTruncated) {
					t.Errorf("Inspect: %v, want %v", err, signature.ErrTruncated)
				}
			})
		}
	}
}

func TestFieldsAreRespected(t *testing.T) {
	a := testpki.New(t)
	who := a.Person("Camille Lafitte", testpki.EC(t))
	p := paper{catalog: "/AcroForm 6 0 R", page: "/Annots[7 0 R]"}
	p.objects = []string{
		"<</Fields[7 0 R 8 0 R 9 0 R]>>",
		"<</Type/Annot/Subtype/Widget/FT/Sig/T(maire)/Rect[50 50 250 120]/F 4/P 4 0 R/Lock<</Type/SigFieldLock/Action/Include/Fields[(adjoint)]>>>>",
		"<</FT/Tx/T(nom)/Type/Annot/Subtype/Widget/Rect[0 0 9 9]>>",
		"<</FT/Sig/T(adjoint)/Type/Annot/Subtype/Widget/Rect[0 0 0 0]>>",
	}
	data := p.bytes()
	if _, err := pades.Sign(t.Context(), data, who, pades.Options{FieldName: "nom"}); !errors.Is(err, signature.ErrNoField) {
		t.Errorf("signing a text field: %v", err)
	}
	signed := sign(t, data, who, pades.Options{FieldName: "maire", Appearance: &pades.Appearance{Lines: []string{"Signé électroniquement par", "Camille Lafitte, maire"}}})
	accepted(t, signed, 1)
	if _, err := pades.Sign(t.Context(), signed, who, pades.Options{FieldName: "maire"}); !errors.Is(err, signature.ErrFieldSigned) {
		t.Errorf("signing twice: %v", err)
	}
	if _, err := pades.Sign(t.Context(), signed, who, pades.Options{FieldName: "adjoint"}); !errors.Is(err, signature.ErrLocked) {
		t.Errorf("signing a locked field: %v", err)
	}
	if _, err := pades.Sign(t.Context(), data, who, pades.Options{Appearance: &pades.Appearance{Page: 7, Width: 9, Height: 9}}); !errors.Is(err, signature.ErrNoPage) {
		t.Errorf("signing on page 8 of 1: %v", err)
	}
}
