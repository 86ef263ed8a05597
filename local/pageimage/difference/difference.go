package difference

import (
	"image"
	"image/color"
	"image/draw"
	"slices"
)

const (
	// tile is the side of the squares that are looked at, in pixels.
	tile = 8
	// reach is how many tiles apart two changed ones still belong together: the letters of a word do.
	reach = 3
	// tolerance is how far two values of a colour may be apart and be the same to the eye.
	tolerance = 8
	// MaxAreas is how many areas are told apart; beyond, they are one.
	MaxAreas = 40
)

// Areas gives the rectangles in which two images differ, from top to bottom, in the
// coordinates of an image that starts at the origin; none when they look the same. Images of
// two sizes differ wholly.
func Areas(before, after image.Image) []image.Rectangle {
	size := before.Bounds().Size()
	if other := after.Bounds().Size(); other != size {
		return []image.Rectangle{{Max: image.Pt(max(size.X, other.X), max(size.Y, other.Y))}}
	}
	if size.X == 0 || size.Y == 0 {
		return nil
	}
	g := changed(plain(before), plain(after), size)
	areas := g.gather()
	if len(areas) > MaxAreas {
		whole := areas[0]
		for _, a := range areas[1:] {
			whole = whole.Union(a)
		}
		areas = []image.Rectangle{whole}
	}
	return areas
}

// plain gives an image as RGBA from the origin.
func plain(img image.Image) *image.RGBA {
	if p, ok := img.(*image.RGBA); ok && p.Rect.Min == (image.Point{}) {
		return p
	}
	b := img.Bounds()
	p := image.NewRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	draw.Draw(p, p.Rect, img, b.Min, draw.Src)
	return p
}

// grid holds for each tile the rectangle of its changed pixels, empty when it has none.
type grid struct {
	width, height int
	tiles         []image.Rectangle
}

func changed(a, b *image.RGBA, size image.Point) *grid {
	g := &grid{width: (size.X + tile - 1) / tile, height: (size.Y + tile - 1) / tile}
	g.tiles = make([]image.Rectangle, g.width*g.height)
	for y := range size.Y {
		rowA, rowB := a.Pix[y*a.Stride:y*a.Stride+4*size.X], b.Pix[y*b.Stride:y*b.Stride+4*size.X]
		if slices.Equal(rowA, rowB) {
			continue
		}
		for x := range size.X {
			if apart(rowA[4*x:4*x+4], rowB[4*x:4*x+4]) {
				t := &g.tiles[y/tile*g.width+x/tile]
				*t = t.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	return g
}

func apart(a, b []uint8) bool {
	for i := range 4 {
		if d := int(a[i]) - int(b[i]); d > tolerance || d < -tolerance {
			return true
		}
	}
	return false
}

// gather joins the changed tiles that are near one another.
func (g *grid) gather() []image.Rectangle {
	var out []image.Rectangle
	for i := range g.tiles {
		if g.tiles[i].Empty() {
			continue
		}
		var area image.Rectangle
		next := []int{i}
		area, g.tiles[i] = g.tiles[i], image.Rectangle{}
		for len(next) > 0 {
			at := next[len(next)-1]
			next = next[:len(next)-1]
			x, y := at%g.width, at/g.width
			for v := max(0, y-reach); v <= min(g.height-1, y+reach); v++ {
				for u := max(0, x-reach); u <= min(g.width-1, x+reach); u++ {
					if j := v*g.width + u; !g.tiles[j].Empty() {
						area = area.Union(g.tiles[j])
						g.tiles[j] = image.Rectangle{}
						next = append(next, j)
					}
				}
			}
		}
		out = append(out, area)
	}
	return joined(out)
}

// joined unites those that overlap, and puts them in the order of reading.
func joined(areas []image.Rectangle) []image.Rectangle {
	for again := true; again; {
		again = false
		for i := 0; i < len(areas); i++ {
			for j := i + 1; j < len(areas); j++ {
				if areas[i].Overlaps(areas[j]) {
					areas[i] = areas[i].Union(areas[j])
					areas = slices.Delete(areas, j, j+1)
					again, j = true, j-1
				}
			}
		}
	}
	slices.SortFunc(areas, func(a, b image.Rectangle) int {
		if a.Min.Y != b.Min.Y {
			return a.Min.Y - b.Min.Y
		}
		return a.Min.X - b.Min.X
	})
	return areas
}

// Look is how two images stand beside each other.
type Look struct {
	// Desk is seen between and around them, Frame around the areas; Gap and Line are in pixels.
	Desk, Frame color.Color
	Gap, Line   int
}

// SideBySide lays two images beside each other, the areas framed on both; nil is a page that
// is not there.
func SideBySide(before, after image.Image, areas []image.Rectangle, l Look) *image.RGBA {
	var left, right image.Point
	if before != nil {
		left = before.Bounds().Size()
	}
	if after != nil {
		right = after.Bounds().Size()
	}
	width := max(left.X, right.X)
	out := image.NewRGBA(image.Rect(0, 0, 2*width+l.Gap, max(left.Y, right.Y)))
	draw.Draw(out, out.Rect, image.NewUniform(l.Desk), image.Point{}, draw.Src)
	for i, img := range []image.Image{before, after} {
		if img == nil {
			continue
		}
		at := image.Rectangle{Max: img.Bounds().Size()}.Add(image.Pt(i*(width+l.Gap), 0))
		draw.Draw(out, at, img, img.Bounds().Min, draw.Src)
		for _, a := range areas {
			frame(out, a.Add(at.Min), at, l)
		}
	}
	return out
}

// frame draws a rectangle around an area, within the page.
func frame(out *image.RGBA, area, page image.Rectangle, l Look) {
	outer := area.Inset(-2 * l.Line).Intersect(page)
	inner := outer.Inset(l.Line)
	fill := image.NewUniform(l.Frame)
	for _, side := range []image.Rectangle{
		{outer.Min, image.Pt(outer.Max.X, inner.Min.Y)}, {image.Pt(outer.Min.X, inner.Max.Y), outer.Max},
		{outer.Min, image.Pt(inner.Min.X, outer.Max.Y)}, {image.Pt(inner.Max.X, outer.Min.Y), outer.Max},
	} {
		draw.Draw(out, side.Intersect(outer), fill, image.Point{}, draw.Src)
	}
}
