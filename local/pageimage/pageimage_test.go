package pageimage_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"image/color"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"alpi40.fr/airial/local/pageimage"
)

var renderer *pageimage.Renderer

func TestMain(m *testing.M) {
	dir := filepath.Join(os.TempDir(), "airial-pdfium-test")
	renderer = pageimage.New(context.Background(), dir, rand.Reader)
	code := m.Run()
	if err := renderer.Close(); err != nil && code == 0 {
		code = 1
	}
	os.Exit(code)
}

// twoPages is a PDF of a red portrait page and a page turned by a quarter, with the text «Mairie» on the first.
func twoPages() []byte { return pagesOf("/MediaBox[0 0 200 400]") }

// pagesOf is the same with a first page of one's own.
func pagesOf(first string) []byte {
	var b bytes.Buffer
	var at []int
	object := func(body string) {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", len(at), body)
	}
	b.WriteString("%PDF-1.4\n")
	draw := "1 0 0 rg 0 0 200 400 re f 0 g BT /F 24 Tf 20 200 Td (Mairie) Tj ET"
	object("<</Type/Catalog/Pages 2 0 R>>")
	object("<</Type/Pages/Kids[3 0 R 4 0 R]/Count 2>>")
	object("<</Type/Page/Parent 2 0 R" + first + "/Contents 5 0 R/Resources<</Font<</F 6 0 R>>>>>>")
	object("<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 400]/Rotate 90>>")
	object(fmt.Sprintf("<</Length %d>>\nstream\n%s\nendstream", len(draw), draw))
	object("<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>")
	xref := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(at)+1)
	for _, o := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&b, "trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF", len(at)+1, xref)
	return b.Bytes()
}

func TestPages(t *testing.T) {
	ctx := context.Background()
	d, err := renderer.Open(ctx, "two", twoPages())
	if err != nil {
		t.Fatal(err)
	}
	if d.Pages() != 2 {
		t.Fatalf("%d pages, want 2", d.Pages())
	}
	for page, want := range []pageimage.Size{{Width: 200, Height: 400}, {Width: 400, Height: 200}} {
		if got, err := d.Size(ctx, page); err != nil || got != want {
			t.Errorf("page %d: size %v, %v; want %v", page, got, err, want)
		}
	}
	img, err := d.Render(ctx, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	if b := img.Bounds(); b.Dx() != 100 || b.Dy() != 200 {
		t.Errorf("image of %v, want 100 × 200", b)
	}
	if got := img.At(5, 5); got != (color.RGBA{255, 0, 0, 255}) {
		t.Errorf("corner is %v, want red", got)
	}
	again, err := d.Render(ctx, 0, 100)
	if err != nil || again != img {
		t.Errorf("second drawing is another image (%v)", err)
	}
	if text, err := d.Text(ctx, 0); err != nil || strings.TrimSpace(text) != "Mairie" {
		t.Errorf("text %q, %v", text, err)
	}
	if _, err := d.Render(ctx, 2, 100); !errors.Is(err, pageimage.ErrNoPage) {
		t.Errorf("page 2: %v, want ErrNoPage", err)
	}
	stopped, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := d.Render(stopped, 1, 300); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled drawing: %v", err)
	}
	if _, err := d.Render(ctx, 1, 300); err != nil {
		t.Errorf("drawing after a cancelled one: %v", err)
	}
}

func TestBadFiles(t *testing.T) {
	whole := twoPages()
	for name, pdf := range map[string][]byte{
		"empty": nil, "text": []byte("Bonjour, ceci n'est pas un PDF."), "head only": whole[:9], "half": whole[:len(whole)/4],
		"no page": []byte("%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>"),
	} {
		if _, err := renderer.Open(context.Background(), name, pdf); !errors.Is(err, pageimage.ErrBroken) {
			t.Errorf("%s: %v, want ErrBroken", name, err)
		}
	}
	if _, err := renderer.Open(context.Background(), "two", whole); err != nil {
		t.Errorf("a good file after bad ones: %v", err)
	}
}

// TestSamples opens each real or hostile PDF: it is drawn, or refused by one of the package's own errors.
func TestSamples(t *testing.T) {
	root := os.Getenv("AIRIAL_SAMPLES")
	if root == "" {
		t.Skip("AIRIAL_SAMPLES is not set")
	}
	ctx, drawn, refused := context.Background(), 0, 0
	err := filepath.WalkDir(root, func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.EqualFold(filepath.Ext(name), ".pdf") {
			return err
		}
		pdf, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		d, err := renderer.Open(ctx, name, pdf)
		if err == nil {
			_, err = d.Render(ctx, 0, 400)
		}
		switch {
		case err == nil:
			drawn++
		case errors.Is(err, pageimage.ErrBroken), errors.Is(err, pageimage.ErrEncrypted), errors.Is(err, pageimage.ErrTooLarge):
			refused++
			t.Logf("%s: %v", filepath.Base(name), err)
		default:
			t.Errorf("%s: %v", filepath.Base(name), err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d drawn, %d refused", drawn, refused)
	if drawn == 0 {
		t.Error("no sample could be drawn")
	}
}

func BenchmarkRender(b *testing.B) {
	ctx := context.Background()
	d, err := renderer.Open(ctx, "", twoPages()) // no id: nothing is kept
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := d.Render(ctx, 0, 1000); err != nil {
			b.Fatal(err)
		}
	}
}
