package services

import (
	"image"
	"image/color"
	"testing"
)

// A picture is what was seen, without alpha; one of a single colour shows nothing and is none.
func TestOpaque(t *testing.T) {
	shot := image.NewNRGBA(image.Rect(0, 0, 3, 2))
	if opaque(shot) != nil {
		t.Error("an empty picture is taken for the window")
	}
	shot.SetNRGBA(2, 1, color.NRGBA{R: 10, G: 20, B: 30, A: 255})
	got := opaque(shot)
	if got == nil || got.At(2, 1) != (color.RGBA{R: 10, G: 20, B: 30, A: 255}) || got.At(0, 0) != (color.RGBA{A: 255}) {
		t.Errorf("%v", got)
	}
}
