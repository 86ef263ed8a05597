package flow

import (
	"strings"
	"unicode"
)

// Color is an RGB colour.
type Color struct{ R, G, B uint8 }

// Style is how a run of text looks.
type Style struct {
	Face  Face
	Size  float64 // points
	Color Color
	Rise  float64 // millimetres above the line
}

// Span is text of one style within a paragraph.
type Span struct {
	Text  string
	Style Style
}

// Align says where the lines of a paragraph stand.
type Align uint8

// The alignments.
const (
	Left Align = iota
	Center
	Right
)

// Para is a paragraph, set ragged right: text without a human proof-reader reads better so than justified.
type Para struct {
	Spans   []Span
	Label   []Span // on the first line, at LabelAt
	LabelAt float64
	Role    Role // Paragraph when empty
	Align   Align
	Leading float64 // from line to line; 1.36 times the greatest size when 0
	Before  float64 // space above, dropped at the head of a page
	After   float64
	Indent  float64
	Keep    bool // on the same page as what follows
	Whole   bool // never parted between pages
}

// glyph is one character with its look and width.
type glyph struct {
	r     rune
	style int // index of the span
	w     float64
}

// run is a piece of a line in one style, x from the start of the line.
type run struct {
	text  string
	style Style
	x, w  float64
}

type textLine struct {
	runs  []run
	width float64 // without trailing spaces
}

const leading = 1.36

// strips sets the paragraph in lines.
func (p Para) strips(c *composer, width float64, parent int) []strip {
	lines := c.lines(p.Spans, width-p.Indent)
	if len(lines) == 0 {
		return nil
	}
	height := p.Leading
	if height == 0 {
		for _, s := range p.Spans {
			height = max(height, s.Style.Size*pt*leading)
		}
	}
	elem := c.element(p.Role.orParagraph(), parent)
	out := make([]strip, 0, len(lines)+1)
	for i, l := range lines {
		s := strip{height: height}
		if i == 0 {
			s.before = p.Before
			s.items = append(s.items, c.label(p, height, elem)...)
		}
		s.items = append(s.items, place(l, p.Align, p.Indent, width-p.Indent, height, elem)...)
		last := i == len(lines)-1
		// The first two lines stay together, and the last two.
		s.keep = !last && (p.Whole || i == 0 || i == len(lines)-2) || last && p.Keep
		out = append(out, s)
	}
	if p.After > 0 {
		out = append(out, strip{before: p.After, keep: p.Keep})
	}
	return out
}

func (c *composer) label(p Para, height float64, elem int) []Item {
	lines := c.lines(p.Label, 1e6)
	if len(lines) == 0 {
		return nil
	}
	return place(lines[0], Left, p.LabelAt, 1e6, height, elem)
}

// place puts a line's runs at their places in a strip.
func place(l textLine, align Align, x, width, height float64, elem int) []Item {
	switch align {
	case Center:
		x += (width - l.width) / 2
	case Right:
		x += width - l.width
	}
	items := make([]Item, 0, len(l.runs))
	for _, r := range l.runs {
		// The body of a line hangs so that its middle falls near the middle of its lower-case letters.
		baseline := height/2 + l.size()*pt*0.36
		items = append(items, Item{kind: textItem, X: x + r.x, Y: baseline - r.style.Rise, W: r.w, Text: r.text, Style: r.style, elem: elem})
	}
	return items
}

// size is the greatest size in the line, in points.
func (l textLine) size() float64 {
	size := 0.0
	for _, r := range l.runs {
		if r.style.Rise == 0 {
			size = max(size, r.style.Size)
		}
	}
	return size
}

// lines breaks spans into lines no wider than width. A line ends at a space where that leaves it reasonably full, else
// after a hyphen; a word wider than a whole line is cut where it must be.
func (c *composer) lines(spans []Span, width float64) []textLine {
	glyphs := c.glyphs(spans)
	var out []textLine
	start, w := 0, 0.0
	space, hyphen := 0, 0 // where the line may end, when after start
	spaceAt := 0.0        // width up to space
	for i := 0; i < len(glyphs); i++ {
		g := glyphs[i]
		if g.r == '\n' {
			out = append(out, toLine(glyphs[start:i], spans))
			start, w = i+1, 0
			continue
		}
		for g.r != ' ' && w+g.w > width && i > start {
			cut := max(space, hyphen)
			switch {
			case space > start && spaceAt >= fullEnough*width:
				cut = space
			case cut <= start:
				cut = i
			}
			out = append(out, toLine(glyphs[start:cut], spans))
			start, w = cut, 0
			for _, moved := range glyphs[start:i] {
				w += moved.w
			}
		}
		w += g.w
		if g.r == ' ' {
			space, spaceAt = i+1, w
		} else if partable(glyphs, i) {
			hyphen = i + 1
		}
	}
	if start < len(glyphs) {
		out = append(out, toLine(glyphs[start:], spans))
	}
	return out
}

// fullEnough is the part of the measure that a line must fill for a hyphen not to be used.
const fullEnough = 0.72

// partable tells whether a word may be parted after glyph i: after a hyphen or a slash that stands between letters
// (never within «L2121-17» or a date).
func partable(glyphs []glyph, i int) bool {
	switch glyphs[i].r {
	case '-', '/', '—':
		return i > 0 && i+1 < len(glyphs) && unicode.IsLetter(glyphs[i-1].r) && unicode.IsLetter(glyphs[i+1].r)
	}
	return false
}

// glyphs measures the characters of spans. One that no face has becomes U+FFFD and is reported.
func (c *composer) glyphs(spans []Span) []glyph {
	n := 0
	for _, s := range spans {
		n += len(s.Text)
	}
	out := make([]glyph, 0, n)
	for i, s := range spans {
		m := c.metrics[s.Style.Face]
		c.used[s.Style.Face] = true
		scale := s.Style.Size * pt / 1000
		for _, r := range s.Text {
			if r == '\n' {
				out = append(out, glyph{r: r, style: i})
				continue
			}
			r = c.printable(m, r)
			out = append(out, glyph{r: r, style: i, w: float64(m.width(r)) * scale})
		}
		c.runes += len(s.Text)
	}
	return out
}

// printable gives the character itself, or what stands for it where the face lacks it.
func (c *composer) printable(m *metrics, r rune) rune {
	switch {
	case m.has(r):
		return r
	case m.has(replacement):
		c.lacks(r)
		return replacement
	default:
		c.lacks(r)
		return '?'
	}
}

// fix makes the text of an item printable.
func (c *composer) fix(i *Item) {
	if i.kind == textItem {
		c.used[i.Style.Face] = true
		i.Text = strings.Map(func(r rune) rune { return c.printable(c.metrics[i.Style.Face], r) }, i.Text)
	}
}

// toLine gathers glyphs of one style into runs.
func toLine(glyphs []glyph, spans []Span) textLine {
	for len(glyphs) > 0 && glyphs[0].r == ' ' && len(glyphs) > 1 {
		glyphs = glyphs[1:]
	}
	var l textLine
	var b strings.Builder
	x := 0.0
	for i, g := range glyphs {
		b.WriteRune(g.r)
		x += g.w
		if g.r != ' ' {
			l.width = x
		}
		if i+1 == len(glyphs) || glyphs[i+1].style != g.style {
			begin := 0.0
			if n := len(l.runs); n > 0 {
				begin = l.runs[n-1].x + l.runs[n-1].w
			}
			l.runs = append(l.runs, run{text: b.String(), style: spans[g.style].Style, x: begin, w: x - begin})
			b.Reset()
		}
	}
	return l
}
