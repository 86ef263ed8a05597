package pades_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"alpi40.fr/airial/local/signature"
	"alpi40.fr/airial/local/signature/pades"
	"alpi40.fr/airial/local/signature/testpki"
	"alpi40.fr/airial/local/signature/trust"
	"alpi40.fr/airial/local/signature/validation"
)

// told are the errors for which people have words.
var told = []error{signature.ErrEmpty, signature.ErrNotPDF, signature.ErrTruncated, signature.ErrBroken, signature.ErrTooLarge,
	signature.ErrEncrypted, signature.ErrCertified, signature.ErrLocked, signature.ErrCMS}

func isTold(err error) bool {
	for _, t := range told {
		if errors.Is(err, t) {
			return true
		}
	}
	return false
}

// printed makes a PDF by another program, or skips.
func printed(t *testing.T) []byte {
	t.Helper()
	page := "%!PS\n/Helvetica findfont 24 scalefont setfont\n"
	for i := range 12 {
		page += fmt.Sprintf("72 700 moveto (Deliberation %d) show showpage\n", i)
	}
	out, err := tool(t, []byte(page), "gs", "-q", "-dNOPAUSE", "-dBATCH", "-sDEVICE=pdfwrite", "-sOutputFile=-", "FILE")
	if err != nil || !strings.HasPrefix(out, "%PDF-") {
		t.Skipf("Ghostscript: %v", err)
	}
	return []byte(out)
}

// A file cut anywhere is refused with a reason, never signed nor a panic.
func TestCutDocuments(t *testing.T) {
	who := testpki.New(t).Person("Camille Lafitte", testpki.EC(t))
	for name, whole := range map[string][]byte{"table": paper{pages: 3}.bytes(), "streams": paper{pages: 3, stream: true}.bytes(), "Ghostscript": printed(t)} {
		for tenth := range 10 {
			cut := whole[:len(whole)*tenth/10]
			out, err := pades.Sign(t.Context(), cut, who, pades.Options{SigningTime: testpki.Start})
			if out != nil || !isTold(err) {
				t.Errorf("%s, %d %%: %v", name, tenth*10, err)
			}
			if _, err := pades.Validate(t.Context(), cut, validation.Options{Now: testpki.Start}); err == nil {
				t.Errorf("%s, %d %%: validated", name, tenth*10)
			}
		}
	}
}

// A wrong cross-reference: what other programs can still read is signed so that
// they verify it; the rest is refused with a reason.
func TestWrongCrossReference(t *testing.T) {
	who := testpki.New(t).Person("Camille Lafitte", testpki.EC(t))
	startxref := regexp.MustCompile(`startxref\s+\d+`)
	entry := regexp.MustCompile(`\d{10} 00000 n`)
	for base, whole := range map[string][]byte{"table": paper{pages: 3}.bytes(), "Ghostscript": printed(t)} {
		for name, bad := range map[string][]byte{
			"startxref elsewhere":  startxref.ReplaceAll(whole, []byte("startxref\n17")),
			"startxref too far":    startxref.ReplaceAll(whole, []byte("startxref\n99999999")),
			"no startxref":         startxref.ReplaceAll(whole, []byte("%")),
			"every place is wrong": entry.ReplaceAll(whole, []byte("0000000011 00000 n")),
			"every place is zero":  entry.ReplaceAll(whole, []byte("0000000000 00000 n")),
		} {
			t.Run(base+", "+name, func(t *testing.T) {
				if bytes.Equal(bad, whole) {
					t.Fatal("nothing was changed")
				}
				out, err := pades.Sign(t.Context(), bad, who, pades.Options{SigningTime: testpki.Start})
				if err != nil {
					if !isTold(err) {
						t.Error(err)
					}
					return
				}
				text, _ := tool(t, out, "pdfsig", "-nocert", "FILE")
				if !strings.Contains(text, "Signature is Valid") {
					t.Errorf("signed, and pdfsig says:\n%s", text)
				}
			})
		}
	}
}

// Real files from elsewhere: each is signed so that its bytes and its earlier
// signatures stand, or refused with a reason.
func TestSamplesAreSignedOrRefused(t *testing.T) {
	folder := os.Getenv("AIRIAL_SAMPLES")
	if folder == "" {
		t.Skip("AIRIAL_SAMPLES is unset")
	}
	who := testpki.New(t).Person("Camille Lafitte", testpki.EC(t))
	var files []string
	for _, of := range []string{"pdf-dss", "pdf-pyhanko"} {
		found, _ := filepath.Glob(filepath.Join(folder, of, "*.pdf"))
		files = append(files, found...)
	}
	signed := 0
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		before, invalid := pades.Validate(t.Context(), data, validation.Options{Now: testpki.Start})
		if invalid != nil && !isTold(invalid) {
			t.Errorf("%s: validating: %v", filepath.Base(file), invalid)
		}
		out, err := pades.Sign(t.Context(), data, who, pades.Options{SigningTime: testpki.Start})
		if err != nil {
			t.Logf("%-50s %v", filepath.Base(file), err)
			if !isTold(err) {
				t.Errorf("%s: no words for it", filepath.Base(file))
			}
			continue
		}
		signed++
		after, err := pades.Validate(t.Context(), out, validation.Options{Now: testpki.Start})
		if err != nil {
			t.Errorf("%s: after signing: %v", filepath.Base(file), err)
			continue
		}
		if n := len(after.Signatures); n == 0 || !after.Signatures[n-1].Intact || after.Signatures[n-1].Indication == trust.Failed {
			t.Errorf("%s: our signature does not hold", filepath.Base(file))
		}
		if invalid == nil {
			for i, s := range before.Signatures {
				if i >= len(after.Signatures) || after.Signatures[i].Intact != s.Intact {
					t.Errorf("%s: signature %d was %v", filepath.Base(file), i+1, s.Intact)
				}
			}
		}
	}
	t.Logf("%d of %d signed", signed, len(files))
}

func FuzzValidate(f *testing.F) {
	f.Add(paper{}.bytes())
	f.Add(paper{stream: true}.bytes())
	a := testpki.New(f)
	// RSA PKCS#1 gives the same bytes each time: coverage then tells of the input alone.
	who := a.Person("Camille Lafitte", testpki.RSA(f, 2048))
	signed, err := pades.Sign(f.Context(), paper{}.bytes(), who, pades.Options{SigningTime: testpki.Start})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(signed)
	f.Fuzz(func(t *testing.T, data []byte) {
		if r, err := pades.Validate(t.Context(), data, validation.Options{Anchors: a.Anchors(), Now: testpki.Start}); err == nil {
			for i := range r.Signatures {
				for _, f := range r.Signatures[i].Findings {
					if f.French() == "" {
						t.Errorf("%v says nothing", f)
					}
				}
			}
		}
		if out, err := pades.Sign(t.Context(), data, who, pades.Options{SigningTime: testpki.Start}); err == nil && !bytes.HasPrefix(out, data) {
			t.Error("the document's bytes were changed")
		}
	})
}
