package widgets

import (
	"encoding/csv"
	"fmt"
	"image/color"
	"io"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/ui/theme"
)

// Meaning is what a badge says beside its word: one of the theme's four, or nothing.
type Meaning string

// The meanings; each has its icon and colour.
const (
	Plain   Meaning = ""
	Done    Meaning = "done"
	Waiting Meaning = "waiting"
	Late    Meaning = "late"
	Refused Meaning = "refused"
)

func (m Meaning) color() fyne.ThemeColorName {
	switch m {
	case Done:
		return theme.ColorDone
	case Waiting:
		return theme.ColorWaiting
	case Late:
		return theme.ColorLate
	case Refused:
		return theme.ColorRefused
	}
	return theme.ColorMuted
}

// MeaningIcon returns the icon of a meaning in its colour, nil for Plain.
func MeaningIcon(m Meaning) fyne.Resource {
	if m == Plain {
		return nil
	}
	icon := base.NewColoredResource(theme.Icon(string(m)), m.color())
	return icon
}

// Badge is an icon and a word in the colour of a meaning.
type Badge struct {
	widget.BaseWidget
	icon *widget.Icon
	word *canvas.Text
	mean Meaning
}

// NewBadge makes a badge.
func NewBadge(m Meaning, word string) *Badge {
	b := &Badge{icon: widget.NewIcon(nil), word: canvas.NewText("", color.Transparent)}
	b.ExtendBaseWidget(b)
	b.Set(m, word)
	return b
}

// Set changes what the badge says; an empty word hides it.
func (b *Badge) Set(m Meaning, word string) {
	b.mean, b.word.Text = m, word
	b.icon.SetResource(MeaningIcon(m))
	b.paint()
	b.Hidden = word == ""
	b.BaseWidget.Refresh()
}

// Refresh follows the theme.
func (b *Badge) Refresh() {
	b.paint()
	b.BaseWidget.Refresh()
}

func (b *Badge) paint() {
	b.word.Color, b.word.TextSize = theme.Of(b.mean.color()), theme.SizeOf(base.SizeNameCaptionText)
	if b.mean == Plain {
		b.icon.Hide()
	} else {
		b.icon.Show()
	}
	b.word.Refresh()
}

// CreateRenderer is Fyne's.
func (b *Badge) CreateRenderer() fyne.WidgetRenderer {
	side := canvas.NewRectangle(color.Transparent)
	side.SetMinSize(fyne.NewSquareSize(14))
	return widget.NewSimpleRenderer(container.NewHBox(container.NewCenter(container.NewStack(side, b.icon)), container.NewCenter(b.word)))
}

// AccessibilityLabel is the word.
func (b *Badge) AccessibilityLabel() string { return b.word.Text }

// AccessibilityRole is text.
func (b *Badge) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleText }

// Row is a list row of two lines: a subject, bold while it is new to the reader, who and what below, a badge at right.
type Row struct {
	widget.BaseWidget
	subject, detail *canvas.Text
	badge           *Badge
	tick            *widget.Icon
	tickable        bool
	fullS, fullD    string
}

// NewRow makes a row; tickable rows show their tick at left.
func NewRow(tickable bool) *Row {
	r := &Row{subject: canvas.NewText("", color.Transparent), detail: canvas.NewText("", color.Transparent), badge: NewBadge(Plain, ""),
		tick: widget.NewIcon(nil), tickable: tickable}
	r.ExtendBaseWidget(r)
	return r
}

// SetTickable shows the mark or takes it away.
func (r *Row) SetTickable(on bool) { r.tickable = on }

// onMark tells whether a place of the row is on its mark, or as near as a hand aims.
func (r *Row) onMark(at fyne.Position) bool {
	return r.tickable && at.X < r.tick.Position().X+r.tick.Size().Width+8
}

// Set shows one item in the row.
func (r *Row) Set(subject, detail string, unread, ticked bool, m Meaning, badge string) {
	r.fullS, r.fullD = subject, detail
	r.subject.TextStyle.Bold = unread
	if ticked {
		r.tick.SetResource(base.CheckButtonCheckedIcon())
	} else {
		r.tick.SetResource(base.CheckButtonIcon())
	}
	r.badge.Set(m, badge)
	r.Refresh()
}

// CreateRenderer is Fyne's.
func (r *Row) CreateRenderer() fyne.WidgetRenderer { return &rowRenderer{r} }

// AccessibilityLabel reads both lines and the badge.
func (r *Row) AccessibilityLabel() string {
	return fmt.Sprintf("%s, %s, %s", r.fullS, r.fullD, r.badge.word.Text)
}

// AccessibilityRole is text.
func (r *Row) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleText }

type rowRenderer struct{ r *Row }

func (x *rowRenderer) Destroy()           {}
func (x *rowRenderer) MinSize() fyne.Size { return fyne.NewSize(160, theme.SizeOf(theme.SizeRow)) }
func (x *rowRenderer) Objects() []fyne.CanvasObject {
	o := []fyne.CanvasObject{x.r.subject, x.r.detail, x.r.badge}
	if x.r.tickable {
		o = append(o, x.r.tick)
	}
	return o
}

func (x *rowRenderer) Layout(s fyne.Size) {
	r, left := x.r, float32(10)
	if r.tickable {
		side := theme.SizeOf(base.SizeNameInlineIcon)
		r.tick.Resize(fyne.NewSquareSize(side))
		r.tick.Move(fyne.NewPos(left, (s.Height-side)/2))
		left += side + 8
	}
	right := s.Width - 10
	if !r.badge.Hidden {
		b := r.badge.MinSize()
		r.badge.Resize(b)
		r.badge.Move(fyne.NewPos(right-b.Width, s.Height*0.5-1))
	}
	bottomRight := right
	if !r.badge.Hidden {
		bottomRight -= r.badge.MinSize().Width + 8
	}
	r.subject.Text, r.detail.Text = ellipsis(r.fullS, right-left, r.subject), ellipsis(r.fullD, bottomRight-left, r.detail)
	h1, h2 := r.subject.MinSize().Height, r.detail.MinSize().Height
	if r.fullD == "" && r.badge.Hidden {
		h2 = 0 // one line stands in the middle
	}
	top := (s.Height - h1 - h2) / 2
	r.subject.Move(fyne.NewPos(left, top))
	r.subject.Resize(fyne.NewSize(right-left, h1))
	r.detail.Move(fyne.NewPos(left, top+h1))
	r.detail.Resize(fyne.NewSize(bottomRight-left, h2))
}

func (x *rowRenderer) Refresh() {
	r := x.r
	r.subject.Color, r.subject.TextSize = theme.Of(base.ColorNameForeground), theme.SizeOf(base.SizeNameText)
	r.detail.Color, r.detail.TextSize = theme.Of(theme.ColorMuted), theme.SizeOf(base.SizeNameCaptionText)
	x.Layout(r.Size())
	r.subject.Refresh()
	r.detail.Refresh()
	r.badge.Refresh()
}

// ellipsis cuts a text to a width, by halving.
func ellipsis(s string, width float32, like *canvas.Text) string {
	fits := func(s string) bool { return fyne.MeasureText(s, like.TextSize, like.TextStyle).Width <= width }
	if width <= 0 || fits(s) {
		return s
	}
	runes := []rune(s)
	low, high := 0, len(runes)
	for low < high {
		if mid := (low + high + 1) / 2; fits(string(runes[:mid]) + "…") {
			low = mid
		} else {
			high = mid - 1
		}
	}
	return string(runes[:low]) + "…"
}

// Column is one column of a table as data: the same definition serves the window, the CSV file and print.
type Column[T any] struct {
	Title string
	Width float32 // in units; 0 shares what is left
	Text  func(T) string
}

// Header makes the line of titles over a list of Cells.
func Header[T any](columns []Column[T]) fyne.CanvasObject {
	line := NewCells(columns)
	for i, c := range columns {
		line.texts[i].Text, line.texts[i].TextStyle.Bold = c.Title, true
	}
	return container.NewStack(canvas.NewRectangle(theme.Of(theme.ColorRail)), line)
}

// Cells is one line of a table.
type Cells struct {
	fyne.Container
	texts []*canvas.Text
	full  []string // what they say, whole
}

// NewCells makes an empty line.
func NewCells[T any](columns []Column[T]) *Cells {
	c := &Cells{}
	widths := make([]float32, len(columns))
	for i, col := range columns {
		text := canvas.NewText("", theme.Of(base.ColorNameForeground))
		text.TextSize = theme.SizeOf(base.SizeNameText)
		c.texts, widths[i] = append(c.texts, text), col.Width
		c.Objects = append(c.Objects, text)
	}
	c.Layout = cellLayout(widths)
	return c
}

// ShowCells shows one item in a line.
func ShowCells[T any](c *Cells, columns []Column[T], item T) {
	c.full = make([]string, len(columns))
	for i, col := range columns {
		c.full[i] = col.Text(item)
		c.texts[i].Color, c.texts[i].TextSize = theme.Of(base.ColorNameForeground), theme.SizeOf(base.SizeNameText)
		c.texts[i].Text = ellipsis(c.full[i], c.texts[i].Size().Width-8, c.texts[i])
		c.texts[i].Refresh()
	}
}

// WriteCSV writes a table for French spreadsheets: semicolons, and a byte order mark so that accents are read.
func WriteCSV[T any](w io.Writer, columns []Column[T], rows func(yield func(T) bool)) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return fmt.Errorf("writing the table: %w", err)
	}
	out := csv.NewWriter(w)
	out.Comma = ';'
	line := make([]string, len(columns))
	for i, c := range columns {
		line[i] = c.Title
	}
	err := out.Write(line)
	for item := range rows {
		for i, c := range columns {
			line[i] = guard(c.Text(item))
		}
		if err == nil {
			err = out.Write(line)
		}
	}
	out.Flush()
	if err == nil {
		err = out.Error()
	}
	if err != nil {
		return fmt.Errorf("writing the table: %w", err)
	}
	return nil
}

// guard keeps a spreadsheet from running a text as a formula.
func guard(s string) string {
	if s != "" && (s[0] == '=' || s[0] == '+' || s[0] == '-' || s[0] == '@' || s[0] == '\t' || s[0] == '\r') {
		return "'" + s
	}
	return s
}

type cellLayout []float32

func (l cellLayout) MinSize(o []fyne.CanvasObject) fyne.Size {
	var w float32
	for _, c := range l {
		w += max(c, 60)
	}
	return fyne.NewSize(w, theme.SizeOf(base.SizeNameText)*2.2)
}

func (l cellLayout) Layout(o []fyne.CanvasObject, s fyne.Size) {
	left, free := s.Width-20, 0
	for _, c := range l {
		left -= c
		if c == 0 {
			free++
		}
	}
	x := float32(10)
	for i, c := range l {
		if c == 0 {
			c = max(left/float32(free), 40)
		}
		o[i].Move(fyne.NewPos(x, 0))
		o[i].Resize(fyne.NewSize(c-8, s.Height))
		x += c
	}
}

// Empty is what a page shows when nothing is there: what comes here, and the first thing to do. action may be nil.
func Empty(icon fyne.Resource, title, text string, action fyne.CanvasObject) fyne.CanvasObject {
	image := canvas.NewImageFromResource(icon)
	image.FillMode = canvas.ImageFillContain
	image.SetMinSize(fyne.NewSquareSize(56))
	image.Translucency = 0.55
	head := NewLabelWithStyle(title, fyne.TextAlignCenter, fyne.TextStyle{Bold: true})
	head.SizeName = base.SizeNameSubHeadingText
	body := NewLabelWithStyle(text, fyne.TextAlignCenter, fyne.TextStyle{})
	body.Wrapping = fyne.TextWrapWord
	wide := canvas.NewRectangle(color.Transparent)
	wide.SetMinSize(fyne.NewSize(300, 1))
	above := canvas.NewRectangle(color.Transparent)
	above.SetMinSize(fyne.NewSize(1, 12))
	box := container.NewVBox(above, image, head, container.NewStack(wide, body))
	if action != nil {
		box.Add(container.NewCenter(action))
	}
	return container.NewCenter(box)
}

// Field is a form line: its name above, the field, and a help line below (may be empty).
func Field(name string, field fyne.CanvasObject, help string) fyne.CanvasObject {
	label := NewLabelWithStyle(name, fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
	box := container.New(layout.NewCustomPaddedVBoxLayout(0), label, field)
	if help != "" {
		box.Add(Caption(help))
	}
	return box
}

// CaptionText is secondary text. Fyne's own low importance is too pale to be read,
// hence a label in the small size and the ordinary colour.
type CaptionText struct{ Label }

// Caption makes secondary text, wrapped.
func Caption(text string) *CaptionText {
	c := &CaptionText{}
	c.Wrapping, c.SizeName = fyne.TextWrapWord, base.SizeNameCaptionText
	c.ExtendBaseWidget(c)
	c.SetText(text)
	return c
}

// Heading is a page's or section's title.
func Heading(text string) *Label {
	l := NewLabelWithStyle(text, fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
	l.SizeName = base.SizeNameSubHeadingText
	return l
}
