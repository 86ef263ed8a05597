//go:build !windows

package dragout

import (
	"image"
	"image/draw"

	"github.com/jezek/xgb/xproto"
)

// sign is the picture beside the pointer. It is shown in the source's own window; a nil sign shows nothing.
type sign struct {
	s       *source
	pics    [2]xproto.Pixmap // loose, welcome
	sizes   [2]image.Point
	welcome bool
	shown   bool
	at      point
	// right and bottom are where the screen ends.
	right, bottom int
}

// beside is how far from the pointer it is.
const beside = 14

// newSign makes the pictures; nil where there is none, or the screen has other colours than 24 bits.
func newSign(s *source, screen *xproto.ScreenInfo) *sign {
	setup := xproto.Setup(s.x)
	if s.c.Loose == nil || s.c.Welcome == nil || screen.RootDepth != 24 || setup.ImageByteOrder != xproto.ImageOrderLSBFirst {
		return nil
	}
	g := &sign{s: s, right: int(screen.WidthInPixels), bottom: int(screen.HeightInPixels)}
	for i, from := range []image.Image{s.c.Loose, s.c.Welcome} {
		id, err := xproto.NewPixmapId(s.x)
		if err != nil {
			return nil
		}
		size := from.Bounds().Size()
		xproto.CreatePixmap(s.x, 24, id, xproto.Drawable(s.own), uint16(size.X), uint16(size.Y))
		g.pics[i], g.sizes[i] = id, size
		if !g.paint(id, from, int(setup.MaximumRequestLength)*4-64) {
			return nil
		}
	}
	g.show(false)
	return g
}

// paint writes a picture into a pixmap, some rows at a time: a request holds so many bytes.
func (g *sign) paint(to xproto.Pixmap, from image.Image, most int) bool {
	x := g.s.x
	gc, err := xproto.NewGcontextId(x)
	if err != nil {
		return false
	}
	xproto.CreateGC(x, gc, xproto.Drawable(to), 0, nil)
	defer xproto.FreeGC(x, gc)
	size := from.Bounds().Size()
	flat := image.NewRGBA(image.Rectangle{Max: size})
	draw.Draw(flat, flat.Rect, from, from.Bounds().Min, draw.Src)
	rows := max(1, most/(4*size.X))
	for y := 0; y < size.Y; y += rows {
		n := min(rows, size.Y-y)
		part := make([]byte, 4*size.X*n)
		for i, p := 0, flat.Pix[y*flat.Stride:]; i < len(part); i += 4 {
			part[i], part[i+1], part[i+2] = p[i+2], p[i+1], p[i]
		}
		xproto.PutImage(x, xproto.ImageFormatZPixmap, xproto.Drawable(to), gc, uint16(size.X), uint16(n), 0, int16(y), 0, 24, part)
	}
	return true
}

// show says whether the files would be taken here.
func (g *sign) show(welcome bool) {
	if g == nil || g.welcome == welcome && g.shown {
		return
	}
	g.welcome = welcome
	i := 0
	if welcome {
		i = 1
	}
	xproto.ChangeWindowAttributes(g.s.x, g.s.own, xproto.CwBackPixmap, []uint32{uint32(g.pics[i])})
	xproto.ConfigureWindow(g.s.x, g.s.own, xproto.ConfigWindowWidth|xproto.ConfigWindowHeight, []uint32{uint32(g.sizes[i].X), uint32(g.sizes[i].Y)})
	xproto.ClearArea(g.s.x, false, g.s.own, 0, 0, 0, 0)
}

// follow goes with the pointer, over everything but beside it: what is looked for under the pointer is never the sign.
func (g *sign) follow(at point) {
	if g == nil || g.shown && g.at == at {
		return
	}
	g.at = at
	x, y := int(at.x)+beside, int(at.y)+beside
	if x+g.sizes[1].X > g.right { // it would be cut
		x = int(at.x) - beside - g.sizes[1].X
	}
	if y+g.sizes[1].Y > g.bottom {
		y = int(at.y) - beside - g.sizes[1].Y
	}
	xproto.ConfigureWindow(g.s.x, g.s.own, xproto.ConfigWindowX|xproto.ConfigWindowY|xproto.ConfigWindowStackMode, []uint32{uint32(int32(x)), uint32(int32(y)), xproto.StackModeAbove})
	if !g.shown {
		xproto.MapWindow(g.s.x, g.s.own)
		g.shown = true
	}
}

// hide takes it away.
func (g *sign) hide() {
	if g != nil && g.shown {
		xproto.UnmapWindow(g.s.x, g.s.own)
		g.shown = false
	}
}
