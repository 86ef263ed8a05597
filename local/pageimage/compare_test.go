package pageimage_test

import (
	"bytes"
	"context"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"alpi40.fr/airial/local/pageimage"
)

func compared(t *testing.T, before, after []byte) *pageimage.Comparison {
	t.Helper()
	ctx := context.Background()
	was, err := renderer.Open(ctx, "", before)
	if err != nil {
		t.Fatal(err)
	}
	is, err := renderer.Open(ctx, "", after)
	if err != nil {
		t.Fatal(err)
	}
	c, err := pageimage.Compare(ctx, was, is, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// The pages that look different come first, with where they do.
func TestCompare(t *testing.T) {
	before := twoPages()
	if c := compared(t, before, before); len(c.Changed) != 0 || c.Pages() != 2 || c.Number(0) != 0 {
		t.Errorf("the same document: %+v", c)
	}
	word := bytes.Replace(before, []byte("Mairie"), []byte("Prairi"), 1)
	c := compared(t, before, word)
	if len(c.Changed) != 1 || c.Changed[0].Page != 0 || len(c.Changed[0].Areas) != 1 {
		t.Fatalf("another word: %+v", c.Changed)
	}
	// The word stands at 20, 200 of a page of 200 by 400 points, drawn 800 pixels wide.
	if a := c.Changed[0].Areas[0]; !a.In(image.Rect(60, 680, 480, 840)) || a.Dx() < 100 {
		t.Errorf("another word at %v", a)
	}
	img, err := c.Render(context.Background(), 0, 820)
	if err != nil || img.Bounds().Dx() != 820 {
		t.Fatalf("%v %v", img, err)
	}
	// The second page is empty and turned: something drawn on it makes it the first shown.
	drawn := bytes.Replace(before, []byte("/Rotate 90>>"), []byte("/Rotate 0 >>"), 1)
	if c := compared(t, before, drawn); len(c.Changed) != 1 || c.Number(0) != 1 || c.Number(1) != 0 {
		t.Errorf("a turned page: %+v", c)
	}
	fewer := bytes.Replace(before, []byte("/Kids[3 0 R 4 0 R]/Count 2"), []byte("/Kids[3 0 R      ]/Count 1"), 1)
	if c := compared(t, before, fewer); len(c.Changed) != 1 || !c.Changed[0].Removed || c.Changed[0].Page != 1 {
		t.Errorf("a page less: %+v", c.Changed)
	}
	if c := compared(t, fewer, before); len(c.Changed) != 1 || !c.Changed[0].Added {
		t.Errorf("a page more: %+v", c.Changed)
	} else if _, err := c.Render(context.Background(), 0, 400); err != nil {
		t.Error(err)
	}
}

// The published shadow attacks are seen by who compares.
func TestCompareShadows(t *testing.T) {
	dir := os.Getenv("AIRIAL_SAMPLES")
	if dir == "" {
		t.Skip("AIRIAL_SAMPLES is not set")
	}
	manipulated, err := filepath.Glob(filepath.Join(dir, "pdf-shadow", "*signed-manipulated*.pdf"))
	if err != nil || len(manipulated) == 0 {
		t.Skip("no sample")
	}
	for _, path := range manipulated {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		signed := content[:revision(content)]
		c := compared(t, signed, content)
		if len(c.Changed) == 0 {
			t.Errorf("%s: nothing is seen to differ", filepath.Base(path))
		}
		if shots := os.Getenv("AIRIAL_TEST_SHOTS"); shots != "" && len(c.Changed) > 0 {
			img, err := c.Render(context.Background(), 0, 1000)
			if err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			if err := png.Encode(&out, img); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(shots, filepath.Base(path)+".png"), out.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// revision is where the revision before the last one ends.
func revision(pdf []byte) int {
	last := bytes.LastIndex(pdf, []byte("%%EOF"))
	return bytes.LastIndex(pdf[:last], []byte("%%EOF")) + len("%%EOF") + 1
}
