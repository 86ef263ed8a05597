package demo

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"strings"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/goitalic"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

// The demonstration's birth act, as an old register would have it.
const actText = `N° 7

EXEMPLE Camille Élise

(acte de démonstration)

Le trois mai mil neuf cent quatre-vingt-quatorze, à six heures quinze, est née en notre commune Camille Élise, du sexe féminin, de Paul EXEMPLE, résinier, et de Anne CANEVAS, institutrice, son épouse, domiciliés en notre commune.

Dressé le quatre mai mil neuf cent quatre-vingt-quatorze, à dix heures, sur la déclaration du père qui, lecture faite, a signé avec Nous, Jean SPÉCIMEN, maire de Saint-Airial-des-Pins, officier de l’état civil.`

// Scan draws the demonstration's birth act as a scanner would give it: a page
// of an old register, yellowed, its margin at the left.
func Scan() ([]byte, error) {
	const width, height, margin, left, right = 1240, 1754, 400, 440, 1160
	page := image.NewRGBA(image.Rect(0, 0, width, height))
	draw.Draw(page, page.Bounds(), image.NewUniform(color.RGBA{R: 244, G: 233, B: 208, A: 255}), image.Point{}, draw.Src)
	rule := image.NewUniform(color.RGBA{R: 176, G: 150, B: 120, A: 255})
	draw.Draw(page, image.Rect(margin, 60, margin+2, height-60), rule, image.Point{}, draw.Src)
	parsed, err := opentype.Parse(goitalic.TTF)
	if err != nil {
		return nil, fmt.Errorf("reading the face: %w", err)
	}
	face, err := opentype.NewFace(parsed, &opentype.FaceOptions{Size: 30, DPI: 72, Hinting: font.HintingFull})
	if err != nil {
		return nil, fmt.Errorf("making the face: %w", err)
	}
	pen := font.Drawer{Dst: page, Src: image.NewUniform(color.RGBA{R: 44, G: 38, B: 66, A: 255}), Face: face}
	y := 150
	for _, paragraph := range strings.Split(actText, "\n") {
		for _, line := range wrap(&pen, paragraph, right-left) {
			pen.Dot = fixed.P(left, y)
			pen.DrawString(line)
			y += 46
		}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, page); err != nil {
		return nil, fmt.Errorf("encoding the page: %w", err)
	}
	return out.Bytes(), nil
}

// wrap cuts a paragraph into lines of at most width pixels; an empty one is a line.
func wrap(pen *font.Drawer, paragraph string, width int) []string {
	lines := []string{""}
	for _, word := range strings.Fields(paragraph) {
		last := len(lines) - 1
		longer := strings.TrimSpace(lines[last] + " " + word)
		if pen.MeasureString(longer).Ceil() > width {
			lines = append(lines, word)
		} else {
			lines[last] = longer
		}
	}
	return lines
}
