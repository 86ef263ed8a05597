package flow

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/johnfercher/go-tree/node"
	"github.com/johnfercher/maroto/v2"
	"github.com/johnfercher/maroto/v2/pkg/components/col"
	"github.com/johnfercher/maroto/v2/pkg/components/page"
	"github.com/johnfercher/maroto/v2/pkg/components/row"
	"github.com/johnfercher/maroto/v2/pkg/config"
	"github.com/johnfercher/maroto/v2/pkg/consts/fontstyle"
	"github.com/johnfercher/maroto/v2/pkg/consts/linestyle"
	"github.com/johnfercher/maroto/v2/pkg/consts/orientation"
	"github.com/johnfercher/maroto/v2/pkg/consts/pagesize"
	"github.com/johnfercher/maroto/v2/pkg/core"
	"github.com/johnfercher/maroto/v2/pkg/core/entity"
	"github.com/johnfercher/maroto/v2/pkg/props"
	"github.com/johnfercher/maroto/v2/pkg/repository"

	"alpi40.fr/airial/local/typeset/fonts"
)

// The names under which maroto knows the faces, and those they bear in the PDF.
const (
	sansFamily = "notosans"
	monoFamily = "notosansmono"
)

// furnitureHeight is the row at the head of each page that carries what stands around the text.
const furnitureHeight = 0.05

// writer has maroto write pages already laid out.
type writer struct {
	*composer
	printed   time.Time
	pages     []sheet
	furniture [][]Item // around the text of each page; empty: nothing on any
	// marks are the structure elements of the runs of text, page by page, in the order drawn.
	marks [][]int
	// shown are the pictures of each page, which maroto's writer is not asked to draw.
	shown [][]shown
}

// shown is a picture or a plate at its place on the page, in millimetres from the upper left corner.
type shown struct {
	*Picture
	plate      *Plate
	turned     bool
	x, y, w, h float64
}

// matrix brings what is shown to its place: the unit square of a picture, the points of a plate.
func (s shown) matrix() string {
	w, h, x, y := s.w/pt, s.h/pt, s.x/pt, (PageHeight-s.y-s.h)/pt
	a, b, c, d := w, 0.0, 0.0, h
	switch {
	case s.plate != nil && s.turned:
		a, b, c, d, x = 0, h/s.plate.W, -w/s.plate.H, 0, x+w
	case s.plate != nil:
		a, d = w/s.plate.W, h/s.plate.H
	}
	fine := func(v float64) string { return strconv.FormatFloat(v, 'f', 5, 64) }
	return strings.Join([]string{fine(a), fine(b), fine(c), fine(d), number(x), number(y)}, " ")
}

// chunk writes the pages and reads them again.
func (w *writer) chunk(ctx context.Context, layer string) (*chunk, error) {
	raw, err := w.write(ctx)
	if err != nil {
		return nil, fmt.Errorf("writing %d pages: %w", len(w.pages), err)
	}
	c, err := read(raw, w, layer)
	if err != nil {
		return nil, fmt.Errorf("finishing %d pages: %w", len(w.pages), err)
	}
	return c, nil
}

func (w *writer) write(ctx context.Context) ([]byte, error) {
	w.marks, w.shown = make([][]int, len(w.pages)), make([][]shown, len(w.pages))
	for i := range w.furniture {
		for j := range w.furniture[i] {
			w.furniture[i][j].elem = artifact
			w.fix(&w.furniture[i][j])
		}
	}
	cfg, err := w.config()
	if err != nil {
		return nil, err
	}
	m := maroto.New(cfg)
	for i, p := range w.pages {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		var around []Item
		if i < len(w.furniture) {
			around = w.furniture[i]
		}
		m.AddPages(page.New().Add(w.rows(i, p, around)...))
	}
	out, err := m.Generate()
	if err != nil {
		return nil, err
	}
	return out.GetBytes(), nil
}

func (w *writer) config() (*entity.Config, error) {
	w.used[Regular] = true
	faces := repository.New()
	for face, add := range w.used {
		if !add {
			continue
		}
		switch Face(face) {
		case Regular:
			addFace(faces, sansFamily, fontstyle.Normal, fonts.Regular())
		case Bold:
			addFace(faces, sansFamily, fontstyle.Bold, fonts.Bold())
		case Italic:
			addFace(faces, sansFamily, fontstyle.Italic, fonts.Italic())
		case BoldItalic:
			addFace(faces, sansFamily, fontstyle.BoldItalic, fonts.BoldItalic())
		case Mono:
			addFace(faces, monoFamily, fontstyle.Normal, fonts.Mono())
		}
	}
	custom, err := faces.Load()
	if err != nil {
		return nil, err
	}
	// Compression and the metadata come with finish, which reads the pages first.
	return config.NewBuilder().
		WithPageSize(pagesize.A4).WithOrientation(orientation.Vertical).
		WithLeftMargin(MarginLeft).WithRightMargin(MarginRight).WithTopMargin(MarginTop).WithBottomMargin(MarginBottom).
		WithCustomFonts(custom).WithDefaultFont(&props.Font{Family: sansFamily, Size: 10}).
		WithCompression(false).WithSequentialMode().WithCreationDate(w.printed).
		Build(), nil
}

// addFace gives maroto a copy: its writer works on the bytes while it cuts the face down to what is used.
func addFace(r repository.Repository, family string, style fontstyle.Type, ttf []byte) {
	r.AddUTF8FontFromBytes(family, style, bytes.Clone(ttf))
}

// rows are those of one page: what stands around the text, then each strip and the space above it.
func (w *writer) rows(index int, p sheet, furniture []Item) []core.Row {
	rows := []core.Row{w.row(index, furnitureHeight, furniture)}
	y := 0.0
	for _, s := range p {
		if gap := s.y - y; gap > 1e-6 {
			rows = append(rows, row.New(gap).Add(col.New()))
		}
		if s.height > 0 {
			rows = append(rows, w.row(index, s.height, s.items))
		}
		y = s.y + s.height
	}
	// maroto fills what is left of a page exactly, and its writer begins another where that rounds up: what was left then
	// stands on the next page, and pushes its text down. What is left to it never rounds up.
	if left := PageHeight - MarginTop - MarginBottom - furnitureHeight - y - leftover; left > 0 {
		rows = append(rows, row.New(left).Add(col.New()))
	}
	return rows
}

// leftover is what maroto fills of a page, in millimetres: it is cut at the ninth decimal, and falls short by the tenth.
const leftover = 0.0010000005

func (w *writer) row(index int, height float64, items []Item) core.Row {
	return row.New(height).Add(col.New().Add(&drawing{writer: w, page: index, height: height, items: items}))
}

// drawing is the maroto component that draws a strip.
type drawing struct {
	writer *writer
	page   int
	height float64
	items  []Item
}

func (d *drawing) SetConfig(*entity.Config) {}

func (d *drawing) GetHeight(core.Provider, *entity.Cell) float64 { return d.height }

func (d *drawing) GetStructure() *node.Node[core.Structure] {
	n := node.New(core.Structure{Type: "strip", Value: d.height})
	for _, i := range d.items {
		if i.kind == textItem {
			n.AddNext(node.New(core.Structure{Type: "text", Value: i.Text}))
		}
	}
	return n
}

func (d *drawing) Render(p core.Provider, cell *entity.Cell) {
	for _, i := range d.items {
		switch i.kind {
		case textItem:
			d.text(p, cell, i)
		case pictureItem:
			at := shown{i.picture, i.plate, i.turned, MarginLeft + cell.X + i.X, MarginTop + cell.Y + i.Y, i.W, i.H}
			d.writer.shown[d.page] = append(d.writer.shown[d.page], at)
		default:
			d.line(p, cell, i)
		}
	}
}

// text draws one run. The cell is as wide as needed for maroto to leave the run on its line.
func (d *drawing) text(p core.Provider, cell *entity.Cell, i Item) {
	if i.Text == "" {
		return
	}
	prop := &props.Text{Family: sansFamily, Size: i.Style.Size}
	switch i.Style.Face {
	case Bold:
		prop.Style = fontstyle.Bold
	case Italic:
		prop.Style = fontstyle.Italic
	case BoldItalic:
		prop.Style = fontstyle.BoldItalic
	case Mono:
		prop.Family = monoFamily
	}
	prop.MakeValid(&props.Font{Family: sansFamily, Style: fontstyle.Normal, Size: i.Style.Size, Color: toMaroto(i.Style.Color)})
	size := i.Style.Size * pt
	at := &entity.Cell{X: cell.X + i.X, Y: cell.Y + i.Y - size, Width: 1e6, Height: size}
	p.AddText(i.Text, at, prop)
	d.writer.marks[d.page] = append(d.writer.marks[d.page], i.elem)
}

func (d *drawing) line(p core.Provider, cell *entity.Cell, i Item) {
	prop := &props.Line{Color: toMaroto(i.Color), SizePercent: 100, Style: linestyle.Solid, Thickness: i.H}
	at := &entity.Cell{X: cell.X + i.X, Y: cell.Y + i.Y, Width: i.W, Height: i.H}
	if i.kind == vertical {
		prop.Orientation, prop.Thickness = orientation.Vertical, i.W
	} else {
		prop.Orientation = orientation.Horizontal
	}
	if i.Dashed {
		prop.Style = linestyle.Dashed
	}
	p.AddLine(at, prop)
}

func toMaroto(c Color) *props.Color {
	return &props.Color{Red: int(c.R), Green: int(c.G), Blue: int(c.B)}
}
