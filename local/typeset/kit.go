package typeset

import (
	"fmt"
	"regexp"
	"slices"
	"sort"
	"strings"
	"time"

	"alpi40.fr/airial/local/typeset/french"
	"alpi40.fr/airial/local/typeset/internal/flow"
)

// The colours, few and dark enough for a black-and-white printer.
var (
	ink       = flow.Color{R: 0x14, G: 0x1a, B: 0x17}
	muted     = flow.Color{R: 0x55, G: 0x5f, B: 0x5a}
	hair      = flow.Color{R: 0xc4, G: 0xcc, B: 0xc7}
	accent    = flow.Color{R: 0x1c, G: 0x63, B: 0x49}
	tint      = flow.Color{R: 0xf1, G: 0xf5, B: 0xf2}
	red       = flow.Color{R: 0xa3, G: 0x26, B: 0x1f}
	redTint   = flow.Color{R: 0xfb, G: 0xee, B: 0xec}
	redFaint  = flow.Color{R: 0xfa, G: 0xee, B: 0xec}
	amber     = flow.Color{R: 0x85, G: 0x4d, B: 0x00}
	amberTint = flow.Color{R: 0xfd, G: 0xf4, B: 0xe3}
)

// The styles. Sizes in points.
var (
	bodyStyle  = flow.Style{Face: flow.Regular, Size: 10.3, Color: ink}
	boldStyle  = flow.Style{Face: flow.Bold, Size: 10.3, Color: ink}
	titleStyle = flow.Style{Face: flow.Bold, Size: 16, Color: ink}
	headStyle  = flow.Style{Face: flow.Bold, Size: 11.5, Color: accent}
	smallStyle = flow.Style{Face: flow.Regular, Size: 8.6, Color: ink}
	noteStyle  = flow.Style{Face: flow.Regular, Size: 8.2, Color: muted}
	codeStyle  = flow.Style{Face: flow.Mono, Size: 7.6, Color: ink}
)

func with(s flow.Style, face flow.Face) flow.Style  { s.Face = face; return s }
func colored(s flow.Style, c flow.Color) flow.Style { s.Color = c; return s }
func sized(s flow.Style, size float64) flow.Style   { s.Size = size; return s }
func plain(text string, s flow.Style) []flow.Span   { return []flow.Span{{Text: text, Style: s}} }
func code(text string) []flow.Span                  { return plain(french.Clean(text), codeStyle) }
func join(parts ...[]flow.Span) []flow.Span         { return slices.Concat(parts...) }

// ordinal finds the letters of «1er», «1re», «2e» that are printed raised.
var ordinal = regexp.MustCompile(`(^|[^\p{L}\p{N}])([0-9]{1,4})(er|re|e|es|nd|nde)($|[^\p{L}\p{N}])`)

// prose tidies running text and raises the letters of its ordinals.
func prose(text string, s flow.Style) []flow.Span { return tidied(french.Tidy(text), s) }

// tidied is prose for a text that is tidy already.
func tidied(text string, s flow.Style) []flow.Span {
	if marked(text) {
		return setOff(text, s, raisedIn)
	}
	return raisedIn(text, s)
}

// raisedIn raises the letters of the ordinals of a text.
func raisedIn(text string, s flow.Style) []flow.Span {
	if !mayHaveOrdinal(text) {
		if text == "" {
			return nil
		}
		return plain(text, s)
	}
	var out []flow.Span
	raised := s
	raised.Size, raised.Rise = s.Size*0.66, s.Size*0.12
	for {
		m := ordinal.FindStringSubmatchIndex(text)
		if m == nil {
			break
		}
		out = append(out, flow.Span{Text: text[:m[6]], Style: s}, flow.Span{Text: text[m[6]:m[7]], Style: raised})
		text = text[m[7]:]
	}
	if text != "" {
		out = append(out, flow.Span{Text: text, Style: s})
	}
	return out
}

// mayHaveOrdinal spares most texts the search for ordinals: a figure stands before a letter that may be raised.
func mayHaveOrdinal(text string) bool {
	for i := 1; i < len(text); i++ {
		if c := text[i]; (c == 'e' || c == 'r' || c == 'n') && '0' <= text[i-1] && text[i-1] <= '9' {
			return true
		}
	}
	return false
}

// para is a paragraph of running text.
func para(text string, s flow.Style) flow.Para {
	return flow.Para{Spans: prose(text, s), After: 1.6}
}

// bullet finds the dash or dot that begins an item of a list.
var bullet = regexp.MustCompile(`^[-–—•*]\s+`)

const bulletIndent = 4.5

// passages sets a text of several lines: paragraphs, and items of lists where a line begins with a dash.
func passages(text string, s flow.Style) []flow.Block {
	var out []flow.Block
	for _, line := range french.Paragraphs(text) {
		p := flow.Para{Spans: tidied(line, s), After: 1.6}
		if mark := bullet.FindString(line); mark != "" {
			p = para(line[len(mark):], s)
			p.Label, p.Indent, p.After = plain("–", s), bulletIndent, 0.8
		}
		out = append(out, p)
	}
	return out
}

// heading is a section's title, kept with what follows.
func heading(text string) flow.Block {
	return flow.Para{Spans: prose(text, headStyle), Role: flow.Heading, Before: 5, After: 1.4, Keep: true, Whole: true}
}

// field is a label and its value, a row of fields.
type field struct {
	label string
	value []flow.Span
	more  []flow.Block // below the value
}

func textField(label, value string) field { return field{label: label, value: prose(value, bodyStyle)} }

// fields is a table of labels and values, without those that have no value.
func fields(labelShare float64, all ...field) flow.Block {
	t := flow.Table{Widths: []float64{labelShare, 1 - labelShare}, Bare: true, Pad: 0.55, After: 1.5}
	for _, f := range all {
		if len(f.value) == 0 && len(f.more) == 0 {
			continue
		}
		value := flow.Cell{}
		if len(f.value) > 0 {
			value = append(value, flow.Para{Spans: f.value})
		}
		value = append(value, f.more...)
		style := colored(sized(bodyStyle, 9.4), muted)
		if len(f.value) > 0 && f.value[0].Style.Size < 9 {
			style.Size = f.value[0].Style.Size
		}
		label := flow.Para{Spans: prose(f.label, style), Leading: bodyStyle.Size * mmPerPoint * 1.36}
		if len(f.value) > 0 {
			label.Leading = f.value[0].Style.Size * mmPerPoint * 1.36
		}
		t.Rows = append(t.Rows, []flow.Cell{{label}, value})
	}
	return t
}

const mmPerPoint = 25.4 / 72

// Grid is a table inside a text: a list of subsidies, of posts, of plots.
type Grid struct {
	Head []string
	Rows [][]string
	// Right says which columns stand against the right, as amounts do.
	Right []bool
	// Shares are the columns' relative widths; equal when empty.
	Shares []float64
	// Total sets the last row in bold.
	Total bool
}

// grid sets a table. Rows shorter than the head are filled with empty cells, longer ones are cut to it.
func grid(g Grid, s flow.Style) flow.Block {
	n := len(g.Head)
	for _, r := range g.Rows {
		n = max(n, len(r))
	}
	if n == 0 {
		return flow.Group{}
	}
	t := flow.Table{Widths: g.Shares, Pad: 1.1, Rule: hair, HeadFill: &tint, Before: 1, After: 3}
	if len(t.Widths) != n {
		t.Widths = make([]float64, n)
		for i := range t.Widths {
			t.Widths[i] = 1
		}
	}
	cell := func(texts []string, i int, s flow.Style) flow.Cell {
		text := ""
		if i < len(texts) {
			text = texts[i]
		}
		p := flow.Para{Spans: prose(text, s)}
		if i < len(g.Right) && g.Right[i] {
			p.Align = flow.Right
		}
		return flow.Cell{p}
	}
	if len(g.Head) > 0 {
		for i := range n {
			t.Head = append(t.Head, cell(g.Head, i, with(s, flow.Bold)))
		}
	}
	for k, r := range g.Rows {
		style := s
		if g.Total && k == len(g.Rows)-1 {
			style = with(s, flow.Bold)
		}
		row := make([]flow.Cell, n)
		for i := range n {
			row[i] = cell(r, i, style)
		}
		t.Rows = append(t.Rows, row)
	}
	if len(g.Rows) <= smallGrid {
		return flow.Group{t}
	}
	return t
}

// smallGrid is the number of rows up to which a table is not parted between pages.
const smallGrid = 10

// letterhead is the head of an official document: the State and the authority at the left, what right says at the right.
func letterhead(a Authority, right ...flow.Block) flow.Block {
	left := flow.Cell{flow.Para{Spans: plain("RÉPUBLIQUE FRANÇAISE", flow.Style{Face: flow.Bold, Size: 9, Color: ink})}}
	for _, line := range []string{a.Department, a.District} {
		if line != "" {
			left = append(left, flow.Para{Spans: prose(line, sized(bodyStyle, 9))})
		}
	}
	left = append(left, flow.Para{Spans: prose(a.Name, flow.Style{Face: flow.Bold, Size: 12, Color: accent}), Before: 0.8})
	return flow.Table{Widths: []float64{0.58, 0.42}, Bare: true, Rows: [][]flow.Cell{{left, right}}, After: 5}
}

// aligned sets a paragraph against the right.
func aligned(spans []flow.Span) flow.Block { return flow.Para{Spans: spans, Align: flow.Right} }

// sender is the address of the authority, for letters.
func sender(a Authority) []flow.Block {
	var out []flow.Block
	for _, line := range append(append([]string{}, a.Address...), a.Telephone, a.Email) {
		if line != "" {
			out = append(out, aligned(prose(line, sized(bodyStyle, 8.6))))
		}
	}
	return out
}

// title is a document's title, centred, with a short rule of colour below.
func title(text, below string) []flow.Block {
	out := []flow.Block{flow.Para{Spans: prose(text, titleStyle), Align: flow.Center, Role: flow.Title, Leading: 7.4, Keep: true, Whole: true}}
	if below != "" {
		out = append(out, flow.Para{Spans: prose(below, sized(bodyStyle, 11)), Align: flow.Center, Before: 0.8, Keep: true})
	}
	return append(out, flow.Rule{Thickness: 0.7, Color: accent, Width: 28, Before: 2.6, After: 4.5, Keep: true})
}

// note is a panel with a bar of colour.
func note(fill flow.Color, bar flow.Color, blocks ...flow.Block) flow.Block {
	return flow.Panel{Blocks: blocks, Fill: fill, Bar: &bar, Before: 2, After: 3}
}

// furniture draws what stands around the text of each page.
func furniture(h Head, p part) func(page, pages int) []flow.Item {
	style := sized(noteStyle, 7.6)
	foot := clip(french.Tidy(p.foot), style, flow.Measure-30)
	running := clip(french.Tidy(p.running), style, flow.Measure)
	return func(page, pages int) []flow.Item {
		items := append([]flow.Item(nil), p.extra...)
		const footTop = flow.Depth + 6
		items = append(items, flow.Line(0, footTop, flow.Measure, 0.2, hair), flow.Words(0, footTop+4, flow.Span{Text: foot, Style: style}))
		if count := fmt.Sprintf("Page %d sur %d", page, pages); !p.uncounted {
			items = append(items, flow.Words(flow.Measure-flow.Width(count, style), footTop+4, flow.Span{Text: count, Style: style}))
		}
		if h.Draft {
			items = append(draftMarks(), items...)
		} else if page > 1 && running != "" {
			items = append(items, flow.Words(0, -7, flow.Span{Text: running, Style: style}), flow.Line(0, -5, flow.Measure, 0.2, hair))
		}
		return items
	}
}

// draftMarks are the band and the great pale word of a page that is not final.
func draftMarks() []flow.Item {
	const text = "PROJET — document de travail, sans valeur juridique"
	band := flow.Style{Face: flow.Bold, Size: 9, Color: red}
	word := flow.Style{Face: flow.Bold, Size: 118, Color: redFaint}
	return []flow.Item{
		flow.Words((flow.Measure-flow.Width("PROJET", word))/2, flow.Depth/2+15, flow.Span{Text: "PROJET", Style: word}),
		flow.Fill(0, -12, flow.Measure, 6.4, redTint),
		flow.Words((flow.Measure-flow.Width(text, band))/2, -7.7, flow.Span{Text: text, Style: band}),
	}
}

// clip shortens a text so that it holds on one line of the given width.
func clip(s string, style flow.Style, width float64) string {
	if flow.Width(s, style) <= width {
		return s
	}
	rs := []rune(s)
	n := sort.Search(len(rs), func(n int) bool { return flow.Width(string(rs[:n])+"…", style) > width })
	return strings.TrimRight(string(rs[:max(n-1, 0)]), " \u00a0\u202f,;:") + "…"
}

// dateOr is a date, or the dots on which one writes it by hand.
func dateOr(t time.Time) string {
	if t.IsZero() {
		return blank
	}
	return french.Date(t)
}

// blank is room to write by hand.
const blank = "…………………………"

// dated is a date, or nothing.
func dated(t time.Time, write func(time.Time) string) string {
	if t.IsZero() {
		return ""
	}
	return write(t)
}
