package flow

// Item is one thing drawn in a strip: a run of text, a line, a filled rectangle, a picture, or a plate.
type Item struct {
	kind       itemKind
	X, Y, W, H float64
	Text       string
	Style      Style
	Color      Color
	Dashed     bool
	elem       int // structure element, or artifact
	picture    *Picture
	plate      *Plate
	turned     bool // the plate, by a quarter to the left
}

type itemKind uint8

const (
	textItem itemKind = iota
	horizontal
	vertical
	pictureItem
)

// artifact marks what is drawn but not read aloud.
const artifact = -1

// Line is a horizontal line of width w whose middle stands at y.
func Line(x, y, w, thickness float64, c Color) Item {
	return Item{kind: horizontal, X: x, Y: y, W: w, H: thickness, Color: c, elem: artifact}
}

// Dash is a horizontal dashed line.
func Dash(x, y, w, thickness float64, c Color) Item {
	i := Line(x, y, w, thickness, c)
	i.Dashed = true
	return i
}

// Upright is a vertical line of height h whose middle stands at x.
func Upright(x, y, h, thickness float64, c Color) Item {
	return Item{kind: vertical, X: x, Y: y, W: thickness, H: h, Color: c, elem: artifact}
}

// Fill is a filled rectangle.
func Fill(x, y, w, h float64, c Color) Item { return Line(x, y+h/2, w, h, c) }

// Rect is the outline of a rectangle.
func Rect(x, y, w, h, thickness float64, c Color) []Item {
	return []Item{
		Line(x-thickness/2, y, w+thickness, thickness, c), Line(x-thickness/2, y+h, w+thickness, thickness, c),
		Upright(x, y, h, thickness, c), Upright(x+w, y, h, thickness, c),
	}
}

// Words is a run of text whose baseline stands at y and which begins at x.
func Words(x, y float64, s Span) Item {
	return Item{kind: textItem, X: x, Y: y, Text: s.Text, Style: s.Style, elem: artifact}
}

// Picture is a JPEG image, kept byte for byte in the file.
type Picture struct {
	JPEG          []byte
	Width, Height int // in points of the image
	Gray          bool
}

// Show is a picture whose upper left corner stands at x, y.
func Show(p *Picture, x, y, w, h float64) Item {
	return Item{kind: pictureItem, X: x, Y: y, W: w, H: h, picture: p, elem: artifact}
}
