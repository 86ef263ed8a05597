package flow

import "math"

// Role is what a piece of text is, for those who hear the document rather than see it: a structure type of ISO 32000.
type Role string

// The roles.
const (
	Paragraph Role = "P"
	Title     Role = "H1"
	Heading   Role = "H2"
	Subtitle  Role = "H3"
	table     Role = "Table"
	tableRow  Role = "TR"
	headCell  Role = "TH"
	dataCell  Role = "TD"
	document  Role = "Document"
	partRole  Role = "Part"
)

func (r Role) orParagraph() Role {
	if r == "" {
		return Paragraph
	}
	return r
}

// Block is a part of a document's flow: Para, Space, Rule, Table, Panel, Frames, Group, Break or Drawing.
type Block interface {
	strips(c *composer, width float64, parent int) []strip
}

// strip is a slice of a page that is never parted.
type strip struct {
	before  float64 // space above, dropped at the head of a page
	height  float64
	items   []Item
	boxes   []Box   // Page, and heights from the page's foot, are filled in once placed
	keep    bool    // on the same page as the next strip
	newPage bool    // begins a page
	head    []strip // drawn again above this strip when it begins a page
	anchor  Anchor
}

// Space is empty room, dropped at the head of a page.
type Space float64

func (s Space) strips(*composer, float64, int) []strip { return []strip{{before: float64(s)}} }

// Anchor marks a place whose page a book tells, on the page of what follows. It is not 0.
type Anchor int

func (a Anchor) strips(*composer, float64, int) []strip { return []strip{{anchor: a, keep: true}} }

// Break begins a page.
type Break struct{}

func (Break) strips(*composer, float64, int) []strip { return []strip{{newPage: true}} }

// Rule is a horizontal line.
type Rule struct {
	Thickness     float64
	Color         Color
	Width         float64 // the whole measure when 0; centred otherwise
	Before, After float64
	Keep          bool
}

func (r Rule) strips(_ *composer, width float64, _ int) []strip {
	w := r.Width
	if w == 0 {
		w = width
	}
	return []strip{
		{before: r.Before, height: r.Thickness, items: []Item{Line((width-w)/2, r.Thickness/2, w, r.Thickness, r.Color)}, keep: true},
		{before: r.After, keep: r.Keep},
	}
}

// Group keeps its blocks on one page where they fit on one.
type Group []Block

func (g Group) strips(c *composer, width float64, parent int) []strip {
	out := c.all(g, width, parent)
	for i := range len(out) - 1 {
		out[i].keep = true
	}
	return out
}

// Panel sets its blocks on a tinted ground, with a bar of colour at its left when Bar is not nil.
type Panel struct {
	Blocks        []Block
	Fill          Color
	Bar           *Color
	Before, After float64
	Keep          bool
}

const (
	panelPad = 3.0
	panelBar = 0.9
)

func (p Panel) strips(c *composer, width float64, parent int) []strip {
	inner := c.all(p.Blocks, width-2*panelPad, parent)
	out := make([]strip, 0, len(inner)+3)
	out = append(out, strip{before: p.Before, height: panelPad * 0.8, keep: true})
	for i, s := range inner {
		shift(s.items, panelPad, 0)
		if s.before > 0 {
			gap := s.before
			s.before, s.height = 0, s.height+gap
			shift(s.items, 0, gap)
		}
		s.keep = s.keep || i == len(inner)-1 || i == 0
		out = append(out, s)
	}
	out = append(out, strip{height: panelPad * 0.8})
	for i := range out {
		ground := []Item{Fill(0, 0, width, out[i].height, p.Fill)}
		if p.Bar != nil {
			ground = append(ground, Fill(0, 0, panelBar, out[i].height, *p.Bar))
		}
		out[i].items = append(ground, out[i].items...)
	}
	return append(out, strip{before: p.After, keep: p.Keep})
}

func shift(items []Item, dx, dy float64) {
	for i := range items {
		items[i].X += dx
		items[i].Y += dy
	}
}

// Cell is the content of a table's cell.
type Cell []Block

// Table is a table whose rows may follow on other pages, under its head again.
type Table struct {
	Widths        []float64 // shares of the measure
	Head          []Cell
	Rows          [][]Cell
	Bare          bool // no lines: columns only
	Pad           float64
	Rule          Color // of the lines between rows
	HeadFill      *Color
	Before, After float64
	Keep          bool // with what follows
}

// tallest is the height above which a row is parted between pages.
const tallest = 110.0

func (t Table) strips(c *composer, width float64, parent int) []strip {
	widths := t.columns(width)
	elem := c.element(table, parent)
	var head []strip
	if len(t.Head) > 0 {
		head = t.row(c, widths, t.Head, elem, headCell)
		for i := range head {
			head[i].keep = true
			if t.HeadFill != nil {
				head[i].items = append([]Item{Fill(0, 0, width, head[i].height, *t.HeadFill)}, head[i].items...)
			}
		}
	}
	out := append([]strip{{before: t.Before, keep: true}}, head...)
	again := asArtifacts(head)
	for i, cells := range t.Rows {
		row := t.row(c, widths, cells, elem, dataCell)
		if !t.Bare {
			last := &row[len(row)-1]
			last.items = append(last.items, Line(0, last.height, width, 0.15, t.Rule))
		}
		for j := range row {
			row[j].head = again
		}
		row[len(row)-1].keep = t.Keep && i == len(t.Rows)-1
		out = append(out, row...)
	}
	return append(out, strip{before: t.After, keep: t.Keep})
}

// columns turns shares into millimetres.
func (t Table) columns(width float64) []float64 {
	sum := 0.0
	for _, w := range t.Widths {
		sum += w
	}
	out := make([]float64, len(t.Widths))
	for i, w := range t.Widths {
		out[i] = width * w / sum
	}
	return out
}

// row sets a row's cells side by side: in one strip, or in several when it is taller than a good part of a page.
func (t Table) row(c *composer, widths []float64, cells []Cell, parent int, role Role) []strip {
	elem := c.element(tableRow, parent)
	columns := make([][]strip, len(cells))
	for i, cell := range cells {
		columns[i] = c.all(cell, widths[i]-t.gap(i, len(cells)), c.element(role, elem))
	}
	var out []strip
	for {
		s, left := t.slice(columns, widths)
		out = append(out, s)
		if !left {
			return out
		}
	}
}

// gap is the room left empty in column i of n: none after the last.
func (t Table) gap(i, n int) float64 {
	if i == n-1 {
		return 0
	}
	return 3
}

// slice takes from each column what fits in one strip and tells whether something is left.
func (t Table) slice(columns [][]strip, widths []float64) (strip, bool) {
	out := strip{height: 2 * t.Pad}
	x, left := 0.0, false
	for i := range columns {
		y := t.Pad
		for len(columns[i]) > 0 {
			s := columns[i][0]
			if y > t.Pad && y+s.before+s.height > tallest {
				left = true
				break
			}
			if y > t.Pad {
				y += s.before
			}
			shift(s.items, x, y)
			out.items = append(out.items, s.items...)
			for _, b := range s.boxes {
				b.X, b.Y = b.X+x, b.Y+y
				out.boxes = append(out.boxes, b)
			}
			y += s.height
			columns[i] = columns[i][1:]
		}
		out.height = math.Max(out.height, y+t.Pad)
		x += widths[i]
	}
	return out, left
}

// asArtifacts copies strips as decoration: a head that is drawn again is not read again.
func asArtifacts(strips []strip) []strip {
	out := make([]strip, len(strips))
	for i, s := range strips {
		s.items = append([]Item(nil), s.items...)
		for j := range s.items {
			s.items[j].elem = artifact
		}
		out[i] = s
	}
	return out
}

// Frame is an empty box to sign in, under lines that say whose it is.
type Frame struct {
	Name  string // of the Box that tells where it came to stand
	Above []Block
}

// Frames are boxes side by side, kept on one page with the lines above them.
type Frames struct {
	Frames []Frame
	Height float64
	Gap    float64
	Color  Color
	Before float64
}

func (f Frames) strips(c *composer, width float64, parent int) []strip {
	n := float64(len(f.Frames))
	w := (width - f.Gap*(n-1)) / n
	out := strip{before: f.Before}
	columns := make([][]Item, len(f.Frames))
	top := 0.0
	for i, frame := range f.Frames {
		y := 0.0
		for _, s := range c.all(frame.Above, w, parent) {
			if y > 0 {
				y += s.before
			}
			shift(s.items, float64(i)*(w+f.Gap), y)
			columns[i] = append(columns[i], s.items...)
			y += s.height
		}
		top = math.Max(top, y+1.5)
	}
	for i, frame := range f.Frames {
		x := float64(i) * (w + f.Gap)
		out.items = append(out.items, columns[i]...)
		out.items = append(out.items, Rect(x, top, w, f.Height, 0.2, f.Color)...)
		out.boxes = append(out.boxes, Box{Name: frame.Name, X: x, Y: top, W: w, H: f.Height})
	}
	out.height = top + f.Height + 1
	return []strip{out}
}

// Drawing is lines, fills and texts at given places, on one page.
type Drawing struct {
	Height float64
	Items  []Item
	Before float64
	Keep   bool
}

func (d Drawing) strips(c *composer, _ float64, _ int) []strip {
	items := append([]Item(nil), d.Items...)
	for i := range items {
		items[i].elem = artifact
		c.fix(&items[i])
	}
	return []strip{{before: d.Before, height: d.Height, items: items, keep: d.Keep}}
}

// Cut sets its blocks in a dashed frame to cut out, with marks at its corners, at the left of the measure. It is never
// parted between pages unless it is taller than one.
type Cut struct {
	Blocks []Block
	Width  float64 // of the text
	Color  Color
	Behind *Span // pale words drawn behind the text
}

const (
	cutPad  = 2.5
	cutMark = 4.0
)

func (k Cut) strips(c *composer, _ float64, parent int) []strip {
	inner := c.all(k.Blocks, k.Width, parent)
	width := k.Width + 2*cutPad
	edge := func(y float64) []Item {
		return []Item{Dash(0, y, width, 0.15, k.Color), Line(-cutMark-1, y, cutMark, 0.2, k.Color), Line(width+1, y, cutMark, 0.2, k.Color)}
	}
	out := []strip{{before: 1, height: cutPad, items: edge(0), keep: true}}
	height := 0.0
	for _, s := range inner {
		shift(s.items, cutPad, s.before)
		s.height, s.before, s.keep = s.height+s.before, 0, true
		height += s.height
		out = append(out, s)
	}
	if k.Behind != nil {
		out[0].items = append(k.behind(c, width, height), out[0].items...)
	}
	out = append(out, strip{height: cutPad, items: edge(cutPad)})
	for i := range out {
		h := out[i].height
		out[i].items = append(out[i].items, Upright(0, 0, h, 0.1, k.Color), Upright(width, 0, h, 0.1, k.Color))
	}
	return out
}

func (k Cut) behind(c *composer, width, height float64) []Item {
	x := (width - Width(k.Behind.Text, k.Behind.Style)) / 2
	w := Words(math.Max(x, 1), cutPad+height/2+k.Behind.Style.Size*pt*0.36, *k.Behind)
	c.fix(&w)
	return []Item{w}
}
