package widgets

import (
	"strings"
	"unicode"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/ui/theme"
)

// Fyne ends a line at any space, and thus at those that French sets so that no line ends there: «10 000 €», «art. L2121-20», what
// stands before «:» and within «». A text that wraps and holds such a space is therefore cut into lines here, where the space is
// an ordinary one; what is too long for a line alone is left to Fyne. Any other text is none of this file's.

// cut stands where a line is cut, in the place of the space: nobody writes the two together, so that copying gives the space back.
const cut = "\u200b\n"

const ties = "\u00a0\u202f\u2007"

// Label is Fyne's, whose lines do not end at a no-break space.
type Label struct{ widget.Label }

// NewLabel makes one of a text.
func NewLabel(text string) *Label {
	return NewLabelWithStyle(text, fyne.TextAlignLeading, fyne.TextStyle{})
}

// NewLabelWithStyle makes one of a text, set so.
func NewLabelWithStyle(text string, align fyne.TextAlign, style fyne.TextStyle) *Label {
	l := &Label{}
	l.Text, l.Alignment, l.TextStyle = text, align, style
	l.ExtendBaseWidget(l)
	return l
}

// SelectedText is what is selected, without the cuts of the lines.
func (l *Label) SelectedText() string { return Uncut(l.Label.SelectedText()) }

// CreateRenderer draws it as Fyne does, its lines cut for its width.
func (l *Label) CreateRenderer() fyne.WidgetRenderer { return cutting(l, l.Label.CreateRenderer()) }

// cutting is a renderer of Fyne's whose lines are cut for the width of the widget that it draws.
func cutting(of fyne.Widget, drawn fyne.WidgetRenderer) fyne.WidgetRenderer {
	for _, o := range drawn.Objects() {
		if text, is := o.(*widget.RichText); is {
			return &cuttingRenderer{drawn, of, text}
		}
	}
	return drawn
}

type cuttingRenderer struct {
	fyne.WidgetRenderer
	of   fyne.Widget
	text *widget.RichText
}

func (r *cuttingRenderer) Layout(size fyne.Size) {
	if cutLines(r.text, size.Width) {
		r.text.Refresh()
	}
	r.WidgetRenderer.Layout(size)
}

func (r *cuttingRenderer) Refresh() {
	cutLines(r.text, r.of.Size().Width)
	r.WidgetRenderer.Refresh()
}

// Rich is Fyne's text of several styles, whose lines do not end at a no-break space.
type Rich struct{ widget.RichText }

// NewRich makes one; it wraps.
func NewRich(segments ...widget.RichTextSegment) *Rich {
	t := &Rich{}
	t.Segments, t.Wrapping, t.Scroll = segments, fyne.TextWrapWord, container.ScrollNone
	t.ExtendBaseWidget(t)
	return t
}

// Resize cuts its lines for its width.
func (t *Rich) Resize(size fyne.Size) {
	if cutLines(&t.RichText, size.Width) {
		t.RichText.Refresh()
	}
	t.RichText.Resize(size)
}

// Refresh shows its texts again.
func (t *Rich) Refresh() {
	cutLines(&t.RichText, t.Size().Width)
	t.RichText.Refresh()
}

// String is its text, without the cuts of the lines.
func (t *Rich) String() string { return Uncut(t.RichText.String()) }

// Uncut gives the text back of which a label shows the lines.
func Uncut(text string) string { return strings.ReplaceAll(text, cut, " ") }

// UncutClipboard is a clipboard that keeps texts without the cuts of their lines, whichever widget copies them.
func UncutClipboard(c fyne.Clipboard) fyne.Clipboard { return uncutClipboard{c} }

type uncutClipboard struct{ fyne.Clipboard }

func (c uncutClipboard) SetContent(text string) { c.Clipboard.SetContent(Uncut(text)) }

// run is a stretch of text of one size and style.
type run struct {
	text  []rune
	size  float32
	style fyne.TextStyle
}

// cutLines sets the cuts of a text for a width; it tells whether any has changed.
func cutLines(t *widget.RichText, width float32) (changed bool) {
	var segments []*widget.TextSegment
	var runs []run
	tied := false
	for _, s := range t.Segments {
		seg, is := s.(*widget.TextSegment)
		if !is {
			return false
		}
		text := Uncut(seg.Text)
		tied = tied || strings.ContainsAny(text, ties)
		size := seg.Style.SizeName
		if size == "" {
			size = base.SizeNameText
		}
		segments, runs = append(segments, seg), append(runs, run{[]rune(text), theme.SizeOf(size), seg.Style.TextStyle})
	}
	width -= 2 * theme.SizeOf(base.SizeNameInnerPadding)
	var lines []string
	if tied && t.Wrapping == fyne.TextWrapWord && t.Truncation == fyne.TextTruncateOff && width > 0 {
		lines = cutRuns(runs, width)
	}
	for i, seg := range segments {
		text := string(runs[i].text)
		if lines != nil {
			text = lines[i]
		}
		if text != seg.Text {
			seg.Text, changed = text, true
		}
	}
	return changed
}

// cutRuns gives the texts of runs that follow one another, cut where a line of that width ends at an ordinary space.
func cutRuns(runs []run, width float32) []string {
	var all []rune
	starts := make([]int, 0, len(runs)) // of each run in all
	least := float32(1)                 // the width of the narrowest letter
	for _, r := range runs {
		starts, all = append(starts, len(all)), append(all, r.text...)
		least = max(least, fyne.MeasureText("i", r.size, r.style).Width)
	}
	cuts := map[int]bool{}
	for from := 0; from < len(all); {
		end := from
		for end < len(all) && all[end] != '\n' {
			end++
		}
		for from < end {
			most := min(end, from+2*int(width/least)+1)
			fits := from + fitting(most-from, func(n int) float32 { return measured(runs, starts, from, from+n) }, width)
			if fits == end {
				break
			}
			at := fits
			for at > from && !ends(all[at]) {
				at--
			}
			if at == from { // one word is longer than the line: Fyne cuts it, at the first of its characters that does not fit
				from = max(fits, from+1)
				continue
			}
			cuts[at], from = true, at+1
		}
		from = end + 1
	}
	out := make([]string, len(runs))
	for i, r := range runs {
		var b strings.Builder
		for j, c := range r.text {
			if cuts[starts[i]+j] {
				b.WriteString(cut)
			} else {
				b.WriteRune(c)
			}
		}
		out[i] = b.String()
	}
	return out
}

// ends tells whether a line may end at a character.
func ends(c rune) bool { return unicode.IsSpace(c) && !strings.ContainsRune(ties, c) }

// fitting is how many of so many characters fit into a width.
func fitting(n int, wide func(n int) float32, width float32) int {
	if wide(n) <= width {
		return n
	}
	fits, over := 0, n
	for over-fits > 1 {
		if half := (fits + over) / 2; wide(half) <= width {
			fits = half
		} else {
			over = half
		}
	}
	return fits
}

// measured is the width of the characters from one to another, over the runs that they stand in.
func measured(runs []run, starts []int, from, to int) (width float32) {
	for i, r := range runs {
		a, b := max(from-starts[i], 0), min(to-starts[i], len(r.text))
		if a < b {
			width += fyne.MeasureText(string(r.text[a:b]), r.size, r.style).Width
		}
	}
	return width
}
