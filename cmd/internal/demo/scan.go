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

	"alpi40.fr/airial/local/civilstatus"
	"alpi40.fr/airial/local/typeset/french"
)

// actText is a birth act as an old register would have it.
func actText(a civilstatus.Act) string {
	born, child, sex := "né", "un enfant", "masculin"
	if a.Gender == civilstatus.Feminine {
		born, child, sex = "née", "une enfant", "féminin"
	}
	day := a.Date.Time()
	return fmt.Sprintf(`N° %s

%s %s

(acte de démonstration)

Le %s, à six heures quinze, est %s en notre commune %s, %s du sexe %s, de Paul %s, résinier, et de Anne CANEVAS, institutrice, son épouse, domiciliés en notre commune.

Dressé le %s, à dix heures, sur la déclaration du père qui, lecture faite, a signé avec Nous, Jean SPÉCIMEN, maire de Saint-Airial-des-Pins, officier de l’état civil.`,
		a.Number, strings.ToUpper(a.LastName), a.FirstName, french.DateInWords(day), born, a.FirstName, child, sex, strings.ToUpper(a.LastName),
		french.DateInWords(day.AddDate(0, 0, 1)))
}

// Scan draws a birth act of the demonstration as a scanner would give it: a page
// of an old register, yellowed, its margin at the left.
func Scan(a civilstatus.Act) ([]byte, error) {
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
	for _, paragraph := range strings.Split(actText(a), "\n") {
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
