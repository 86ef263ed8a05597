package window

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"testing"
)

// A scanned page keeps its proportions in a copy; what is transparent is white.
func TestAScanKeepsItsProportions(t *testing.T) {
	for name, c := range map[string]struct{ w, h, wantW, wantH int }{
		"small, as it is": {420, 594, 420, 594}, "wide, brought down": {2 * copyWidth, 1000, copyWidth, 500}, "a thread": {3 * copyWidth, 1, copyWidth, 1},
	} {
		jpg, err := toJPEG(image.NewNRGBA(image.Rect(10, 10, 10+c.w, 10+c.h)))
		if err != nil {
			t.Fatal(err)
		}
		got, err := jpeg.Decode(bytes.NewReader(jpg))
		if err != nil || got.Bounds().Dx() != c.wantW || got.Bounds().Dy() != c.wantH {
			t.Errorf("%s: %v, %v", name, got.Bounds(), err)
		}
		if y := color.GrayModel.Convert(got.At(0, 0)).(color.Gray).Y; y < 250 {
			t.Errorf("%s: paper of %d", name, y)
		}
	}
}
