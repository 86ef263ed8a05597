package widgets

import (
	"image"
	"image/color"
	"testing"
)

func TestAScanIsTurnedAndItsInkMadeBlack(t *testing.T) {
	page := image.NewRGBA(image.Rect(0, 0, 4, 2)) // yellowed paper, pale ink at its top left
	for y := range 2 {
		for x := range 4 {
			page.Set(x, y, color.RGBA{200, 190, 160, 255})
		}
	}
	page.Set(0, 0, color.RGBA{150, 140, 120, 255})
	if got := (adjustment{}).of(page); got != image.Image(page) {
		t.Error("an image that is not adjusted is another")
	}
	turned := adjustment{quarters: 1, contrast: true}.of(page)
	if b := turned.Bounds(); b.Dx() != 2 || b.Dy() != 4 {
		t.Fatalf("%v", b)
	}
	if r, g, b, _ := turned.At(1, 0).RGBA(); r>>8 > 60 || g>>8 > 60 || b>>8 > 60 {
		t.Errorf("the ink is %d %d %d", r>>8, g>>8, b>>8)
	}
	if r, g, _, _ := turned.At(0, 3).RGBA(); r>>8 < 240 || g>>8 < 240 {
		t.Errorf("the paper is %d %d", r>>8, g>>8)
	}
	full := adjustment{quarters: 4}.of(page)
	for y := range 2 {
		for x := range 4 {
			if full.At(x, y) != page.At(x, y) {
				t.Fatal("four quarters are no whole turn")
			}
		}
	}
	blank := image.NewGray(image.Rect(0, 0, 3, 3))
	if got := (adjustment{contrast: true}).of(blank); got.Bounds() != blank.Bounds() {
		t.Error("a blank page")
	}
}
