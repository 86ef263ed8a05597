package theme

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"

	"golang.org/x/image/draw"
)

// Mark is what the emblem beside the clock bears at its corner.
type Mark int

// The marks differ by their sign as by their colour.
const (
	NoMark    Mark = iota
	DotsMark       // something is under way, or waits
	AlertMark      // a person is wanted
)

// Marked is the emblem as a PNG of so many points, with a mark.
func Marked(side int, mark Mark) ([]byte, error) {
	whole, err := png.Decode(bytes.NewReader(emblem))
	if err != nil {
		return nil, fmt.Errorf("reading the emblem: %w", err)
	}
	picture := image.NewNRGBA(image.Rect(0, 0, side, side))
	draw.CatmullRom.Scale(picture, picture.Bounds(), whole, whole.Bounds(), draw.Src, nil)
	unit := float64(side) / 64
	disc := func(x, y, radius float64, c color.NRGBA) { paintDisc(picture, x*unit, y*unit, radius*unit, c) }
	white := color.NRGBA{255, 255, 255, 255}
	switch mark {
	case DotsMark:
		disc(45, 45, 19, white)
		disc(45, 45, 16, light[ColorWaiting].(color.NRGBA))
		for _, x := range []float64{37, 45, 53} {
			disc(x, 45, 3, white)
		}
	case AlertMark:
		disc(45, 45, 19, white)
		disc(45, 45, 16, light[ColorRefused].(color.NRGBA))
		for y := 37.0; y <= 46; y++ {
			disc(45, y, 3, white)
		}
		disc(45, 54, 3, white)
	}
	var out bytes.Buffer
	if err := png.Encode(&out, picture); err != nil {
		return nil, fmt.Errorf("writing the emblem: %w", err)
	}
	return out.Bytes(), nil
}

// paintDisc paints a disc with a smooth edge.
func paintDisc(picture *image.NRGBA, x, y, radius float64, c color.NRGBA) {
	const fine = 4
	for py := int(y - radius); py <= int(y+radius); py++ {
		for px := int(x - radius); px <= int(x+radius); px++ {
			if !image.Pt(px, py).In(picture.Rect) {
				continue
			}
			inside := 0
			for i := range fine * fine {
				dx, dy := float64(px)+(float64(i%fine)+.5)/fine-x, float64(py)+(float64(i/fine)+.5)/fine-y
				if dx*dx+dy*dy <= radius*radius {
					inside++
				}
			}
			ink := c
			ink.A = uint8(255 * inside / (fine * fine))
			draw.Draw(picture, image.Rect(px, py, px+1, py+1), image.NewUniform(ink), image.Point{}, draw.Over)
		}
	}
}
