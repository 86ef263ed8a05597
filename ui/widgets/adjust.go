package widgets

import (
	"image"
	"image/color"
	"image/draw"
)

// adjustment is how a scan is looked at; the scan itself is never changed.
type adjustment struct {
	quarters int
	contrast bool
}

// of gives the image as it is to be seen.
func (a adjustment) of(img image.Image) image.Image {
	if img == nil || a == (adjustment{}) {
		return img
	}
	b := img.Bounds()
	out := image.NewRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	draw.Draw(out, out.Bounds(), img, b.Min, draw.Src)
	if a.contrast {
		stretch(out)
	}
	for range a.quarters {
		out = quarter(out)
	}
	return out
}

// quarter turns an image clockwise.
func quarter(in *image.RGBA) *image.RGBA {
	w, h := in.Rect.Dx(), in.Rect.Dy()
	out := image.NewRGBA(image.Rect(0, 0, h, w))
	for y := range h {
		for x := range w {
			copy(out.Pix[out.PixOffset(h-1-y, x):][:4], in.Pix[in.PixOffset(x, y):][:4])
		}
	}
	return out
}

// The shares of an image's points that become black and white: the ink is a small part of a page, the paper most of it.
const inkShare, paperShare = 0.02, 0.5

// stretch makes the ink black and the paper white.
func stretch(img *image.RGBA) {
	var count [256]int
	luma := func(i int) uint8 {
		return color.GrayModel.Convert(color.RGBA{img.Pix[i], img.Pix[i+1], img.Pix[i+2], 255}).(color.Gray).Y
	}
	n := 0
	for i := 0; i+3 < len(img.Pix); i += 4 {
		count[luma(i)]++
		n++
	}
	at := func(share float64) int {
		sum := 0
		for level, c := range count {
			if sum += c; float64(sum) >= share*float64(n) {
				return level
			}
		}
		return 255
	}
	dark, light := at(inkShare), at(paperShare)
	if light <= dark {
		return // a blank page
	}
	var level [256]uint8
	for v := range level {
		level[v] = uint8(min(max((v-dark)*255/(light-dark), 0), 255))
	}
	for i := 0; i+3 < len(img.Pix); i += 4 {
		for k := range 3 {
			img.Pix[i+k] = level[img.Pix[i+k]]
		}
	}
}
