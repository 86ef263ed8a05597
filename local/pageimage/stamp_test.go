package pageimage_test

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"alpi40.fr/airial/local/pageimage"
	"alpi40.fr/airial/local/signature/pades"
	"alpi40.fr/airial/local/signature/testpki"
	"alpi40.fr/airial/local/typeset"
)

var receipt = []string{"Accusé de réception en préfecture", "040-000000000-20260302-2026_045-DE", "Reçu le 4 mars 2026", "Copie : l’original signé n’est pas tamponné."}

// A stamped copy says so on its first page, upright however the page is turned; it is another
// document, without form nor signature, and the original keeps its bytes.
func TestStamped(t *testing.T) {
	ctx := t.Context()
	for _, turn := range []int{0, 90, 180, 270} {
		page := pagesOf(fmt.Sprintf("/MediaBox[0 0 595 842]/Rotate %d", turn))
		box := &pades.Appearance{X: 40, Y: 340, Width: 150, Height: 50, Lines: []string{"Signé par Maïté FICTIVE"}}
		signed, err := pades.Sign(ctx, page, testpki.New(t).Person("Maïté FICTIVE", testpki.EC(t)), pades.Options{SigningTime: testpki.Start, Appearance: box})
		if err != nil {
			t.Fatal(err)
		}
		before := bytes.Clone(signed)
		d, err := renderer.Open(ctx, fmt.Sprintf("signed-%d", turn), signed)
		if err != nil {
			t.Fatal(err)
		}
		copied, err := d.Stamped(ctx, receipt)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(before, signed) {
			t.Error("the original has changed")
		}
		if info, err := pades.Inspect(copied); err != nil || info.Signatures != 0 || len(info.Fields) != 0 || info.Pages != 2 {
			t.Errorf("turned by %d: %+v %v", turn, info, err)
		}
		c, err := renderer.Open(ctx, fmt.Sprintf("copy-%d", turn), copied)
		if err != nil {
			t.Fatal(err)
		}
		text, err := c.Text(ctx, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range append(receipt, "Signé par Maïté FICTIVE") {
			if !strings.Contains(text, want) {
				t.Errorf("turned by %d: no %q in %q", turn, want, text)
			}
		}
		img, err := c.Render(ctx, 0, 800)
		if err != nil {
			t.Fatal(err)
		}
		// The frame stands in the upper right corner, and nowhere else.
		if blue(img, 3, 0) == 0 || blue(img, 0, 0) != 0 || blue(img, 0, 3) != 0 || blue(img, 3, 3) != 0 {
			t.Errorf("turned by %d: the stamp is elsewhere: %d %d %d %d", turn, blue(img, 3, 0), blue(img, 0, 0), blue(img, 0, 3), blue(img, 3, 3))
		}
		if dir := os.Getenv("AIRIAL_TEST_SHOTS"); dir != "" {
			var out bytes.Buffer
			if err := errors.Join(png.Encode(&out, img), os.WriteFile(filepath.Join(dir, fmt.Sprintf("stamp-%d.png", turn)), out.Bytes(), 0o600)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := renderer.Open(ctx, "none", []byte("rien")); !errors.Is(err, pageimage.ErrBroken) {
		t.Error(err)
	}
}

// blue counts the points of the stamp's ink in one of the sixteen parts of an image.
func blue(img image.Image, column, row int) (n int) {
	b := img.Bounds()
	for y := b.Dy() * row / 4; y < b.Dy()*(row+1)/4; y++ {
		for x := b.Dx() * column / 4; x < b.Dx()*(column+1)/4; x++ {
			if r, g, blue, _ := img.At(x, y).RGBA(); blue > r+0x4000 && blue > g+0x3000 {
				n++
			}
		}
	}
	return n
}

// A copy is no longer what it was made of: it does not say of itself that it can be archived, for its stamp's font is not in it.
func TestStampedCopyClaimsNothing(t *testing.T) {
	ctx := t.Context()
	made, err := typeset.Certificate{Title: "Certificat", Certifies: []string{"l’acte a été affiché"}, Head: typeset.Head{Printed: testpki.Start, Authority: typeset.Authority{Name: "Commune d’Essai"}}}.Typeset(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(made.PDF, []byte("<pdfaid:part>")) {
		t.Fatal("the document says nothing of archiving, so that this test proves nothing")
	}
	d, err := renderer.Open(ctx, "archivable", made.PDF)
	if err != nil {
		t.Fatal(err)
	}
	copied, err := d.Stamped(ctx, receipt)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(copied, []byte("pdfaid")) || bytes.Contains(copied, []byte("/OutputIntents")) {
		t.Error("the copy claims PDF/A")
	}
}
