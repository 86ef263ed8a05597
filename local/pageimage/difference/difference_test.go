package difference_test

import (
	"image"
	"image/color"
	"image/draw"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"alpi40.fr/airial/local/pageimage/difference"
)

func sheet(w, h int, black ...image.Rectangle) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(img, img.Rect, image.White, image.Point{}, draw.Src)
	for _, r := range black {
		draw.Draw(img, r, image.Black, image.Point{}, draw.Src)
	}
	return img
}

func TestAreas(t *testing.T) {
	grey := sheet(200, 100)
	draw.Draw(grey, grey.Rect, image.NewUniform(color.RGBA{250, 250, 250, 255}), image.Point{}, draw.Src)
	shifted := image.NewNRGBA(image.Rect(50, 50, 250, 150))
	draw.Draw(shifted, shifted.Rect, image.White, image.Point{}, draw.Src)
	for name, c := range map[string]struct {
		before, after image.Image
		want          []image.Rectangle
	}{
		"the same":                        {sheet(200, 100), sheet(200, 100), nil},
		"too little for the eye":          {sheet(200, 100), grey, nil},
		"another kind of image":           {sheet(200, 100), shifted, nil},
		"one pixel":                       {sheet(200, 100), sheet(200, 100, image.Rect(7, 8, 8, 9)), []image.Rectangle{image.Rect(7, 8, 8, 9)}},
		"the last pixel":                  {sheet(201, 99), sheet(201, 99, image.Rect(200, 98, 201, 99)), []image.Rectangle{image.Rect(200, 98, 201, 99)}},
		"the letters of a word":           {sheet(200, 100), sheet(200, 100, image.Rect(10, 10, 14, 20), image.Rect(24, 10, 30, 22)), []image.Rectangle{image.Rect(10, 10, 30, 22)}},
		"two places":                      {sheet(200, 100), sheet(200, 100, image.Rect(150, 10, 160, 12), image.Rect(2, 80, 30, 90)), []image.Rectangle{image.Rect(150, 10, 160, 12), image.Rect(2, 80, 30, 90)}},
		"what was there and is no longer": {sheet(200, 100, image.Rect(1, 2, 3, 4)), sheet(200, 100), []image.Rectangle{image.Rect(1, 2, 3, 4)}},
		"another size":                    {sheet(200, 100), sheet(100, 200), []image.Rectangle{image.Rect(0, 0, 200, 200)}},
		"nothing":                         {sheet(0, 0), sheet(0, 0), nil},
	} {
		if got := difference.Areas(c.before, c.after); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, not %v", name, got, c.want)
		}
	}
}

// Too many places are told as one.
func TestMany(t *testing.T) {
	var dots []image.Rectangle
	for i := range difference.MaxAreas + 1 {
		dots = append(dots, image.Rect(i%10*60, i/10*60, i%10*60+2, i/10*60+2))
	}
	if got := difference.Areas(sheet(600, 600), sheet(600, 600, dots...)); len(got) != 1 || got[0] != image.Rect(0, 0, 542, 242) {
		t.Errorf("%v", got)
	}
}

// Whatever differs stands in an area, and every area holds something that differs.
func TestAreasHold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var black []image.Rectangle
		for range rapid.IntRange(0, 12).Draw(t, "n") {
			x, y := rapid.IntRange(0, 119).Draw(t, "x"), rapid.IntRange(0, 79).Draw(t, "y")
			black = append(black, image.Rect(x, y, x+rapid.IntRange(1, 20).Draw(t, "w"), y+rapid.IntRange(1, 20).Draw(t, "h")))
		}
		before, after := sheet(120, 80), sheet(120, 80, black...)
		areas := difference.Areas(before, after)
		held := make([]bool, len(areas))
		for y := range 80 {
			for x := range 120 {
				at := image.Pt(x, y)
				i := slices.IndexFunc(areas, func(a image.Rectangle) bool { return at.In(a) })
				if before.RGBAAt(x, y) == after.RGBAAt(x, y) {
					continue
				}
				if i < 0 {
					t.Fatalf("%v differs, in none of %v", at, areas)
				}
				held[i] = true
			}
		}
		if slices.Contains(held, false) {
			t.Fatalf("an area of %v holds nothing", areas)
		}
	})
}

func TestSideBySide(t *testing.T) {
	red, grey := color.RGBA{200, 0, 0, 255}, color.RGBA{120, 120, 120, 255}
	l := difference.Look{Desk: grey, Frame: red, Gap: 10, Line: 2}
	img := difference.SideBySide(sheet(50, 60), sheet(50, 60, image.Rect(20, 20, 30, 30)), []image.Rectangle{image.Rect(20, 20, 30, 30)}, l)
	if img.Rect != image.Rect(0, 0, 110, 60) {
		t.Fatal(img.Rect)
	}
	for at, want := range map[image.Point]color.RGBA{
		{5, 5}: {255, 255, 255, 255}, {55, 5}: grey, {85, 25}: {0, 0, 0, 255}, {25, 25}: {255, 255, 255, 255}, {16, 16}: red, {76, 16}: red, {17, 33}: red, {93, 33}: red, {78, 18}: {255, 255, 255, 255},
	} {
		if got := img.RGBAAt(at.X, at.Y); got != want {
			t.Errorf("%v: %v, not %v", at, got, want)
		}
	}
	// A page that came after has nothing at its left.
	alone := difference.SideBySide(nil, sheet(50, 60), []image.Rectangle{image.Rect(0, 0, 50, 60)}, l)
	if alone.RGBAAt(5, 5) != grey || alone.RGBAAt(60, 0) != red {
		t.Error("a page alone")
	}
}
