package shell

import (
	"image/color"
	"slices"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/layout"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/ui/theme"
	"alpi40.fr/airial/ui/widgets"
)

const (
	railWide   = 190
	railNarrow = 56
	railInset  = 16   // of a page under another
	narrowAt   = 1000 // units of the window's width under which the rail shows icons alone
)

// rail is the column of pages at the left.
type rail struct {
	s      *Shell
	box    *widgets.Scroll
	list   *fyne.Container
	items  map[PageName]*railItem
	order  []*railItem
	narrow bool
}

func newRail(s *Shell) *rail {
	r := &rail{s: s, items: map[PageName]*railItem{}}
	var items []fyne.CanvasObject
	for _, e := range s.c.Entries {
		it := newRailItem(r, e, s.c.Text.Text(e.TitleKey))
		r.items[e.Route.Page], r.order = it, append(r.order, it)
		items = append(items, it)
	}
	r.list = container.New(&railLayout{r}, items...)
	r.box = widgets.NewScroll(container.New(layout.NewCustomPaddedLayout(8, 8, 8, 8), r.list))
	return r
}

func (r *rail) item(p PageName) *railItem { return r.items[p] }

// railLayout has the pages one under the other, those of the foot at the bottom. Where the window is low they stand closer;
// lower still, the rail scrolls.
type railLayout struct{ r *rail }

// railGap is what stands between two pages.
const railGap = 2

// least is the height under which a page's icon touches the next.
func (l *railLayout) least() float32 { return theme.SizeOf(base.SizeNameInlineIcon) + 8 }

func (l *railLayout) shown() (n int) {
	for _, it := range l.r.order {
		if !it.Hidden {
			n++
		}
	}
	return n
}

func (l *railLayout) MinSize([]fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(railNarrow-16, float32(l.shown())*(l.least()+railGap))
}

func (l *railLayout) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	height := min(theme.SizeOf(theme.SizeRail), size.Height/float32(max(l.shown(), 1))-railGap)
	top, bottom := float32(0), size.Height+railGap
	for _, it := range l.r.order {
		if it.entry.Foot && !it.Hidden {
			bottom -= height + railGap
		}
	}
	for _, it := range l.r.order {
		if it.Hidden {
			continue
		}
		y := &top
		if it.entry.Foot {
			y = &bottom
		}
		it.Resize(fyne.NewSize(size.Width, height))
		it.Move(fyne.NewPos(0, *y))
		*y += height + railGap
	}
}

// mark shows which page one is in, and the pages under it.
func (r *rail) mark(p PageName) {
	family := p
	if it := r.items[p]; it != nil && it.entry.Under != "" {
		family = it.entry.Under
	}
	for name, it := range r.items {
		it.current = name == p
		it.Hidden = it.entry.Under != "" && it.entry.Under != family
	}
	r.refresh()
	r.list.Refresh()
	r.box.Refresh()
}

func (r *rail) refresh() {
	for _, it := range r.order {
		it.Refresh()
	}
}

// waiting is what a page's number says: its own, and that of the pages that it hides.
func (r *rail) waiting(i *railItem) int {
	n := i.count
	for _, it := range r.order {
		if it.Hidden && it.entry.Under == i.entry.Route.Page {
			n += it.count
		}
	}
	return n
}

func (r *rail) fit(windowWidth float32) {
	if narrow := windowWidth < narrowAt; narrow != r.narrow {
		r.narrow = narrow
		r.refresh()
	}
}

func (r *rail) width() float32 {
	width := float32(railWide)
	if r.narrow {
		width = railNarrow
	}
	return width * theme.SizeOf(base.SizeNameText) / 14
}

// railItem is one page: bar, icon, word, count.
type railItem struct {
	widget.BaseWidget
	r                *rail
	entry            Entry
	title            string
	count            int
	current, hovered bool
	focused          bool
	back, bar, ring  *canvas.Rectangle
	icon             *widget.Icon
	word, number     *canvas.Text
	pill             *canvas.Rectangle
}

func newRailItem(r *rail, e Entry, title string) *railItem {
	i := &railItem{r: r, entry: e, title: title, back: canvas.NewRectangle(color.Transparent), bar: canvas.NewRectangle(color.Transparent),
		ring: canvas.NewRectangle(color.Transparent), icon: widget.NewIcon(e.Icon), word: canvas.NewText(title, color.Transparent),
		number: canvas.NewText("", color.Transparent), pill: canvas.NewRectangle(color.Transparent)}
	i.back.CornerRadius, i.ring.CornerRadius, i.bar.CornerRadius = 6, 6, 2
	i.ring.StrokeWidth = 2
	i.number.TextStyle.Bold = true
	i.ExtendBaseWidget(i)
	return i
}

func (i *railItem) setCount(n int) {
	i.count = n
	i.r.refresh() // the number may stand on the page above
}

func (i *railItem) CreateRenderer() fyne.WidgetRenderer { return &railRenderer{i} }

func (i *railItem) Tapped(*fyne.PointEvent)                { i.r.s.Go(i.entry.Route) }
func (i *railItem) MouseIn(*desktop.MouseEvent)            { i.hovered = true; i.Refresh() }
func (i *railItem) MouseMoved(*desktop.MouseEvent)         {}
func (i *railItem) MouseOut()                              { i.hovered = false; i.Refresh() }
func (i *railItem) Cursor() desktop.Cursor                 { return desktop.PointerCursor }
func (i *railItem) FocusGained()                           { i.focused = true; i.Refresh() }
func (i *railItem) FocusLost()                             { i.focused = false; i.Refresh() }
func (i *railItem) TypedRune(rune)                         {}
func (i *railItem) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleLink }

func (i *railItem) AccessibilityLabel() string {
	if n := i.r.waiting(i); n > 0 {
		return i.title + ", " + strconv.Itoa(n) + " " + i.r.s.c.Text.Text("shell.waiting.badge")
	}
	return i.title
}

func (i *railItem) TypedKey(e *fyne.KeyEvent) {
	step := 0
	switch e.Name {
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace:
		i.Tapped(nil)
	case fyne.KeyDown:
		step = 1
	case fyne.KeyUp:
		step = -1
	default:
		if f := i.r.s.c.Window.Canvas().OnTypedKey(); f != nil {
			f(e)
		}
	}
	if to := i.r.beside(i, step); step != 0 && to != nil {
		i.r.s.c.Window.Canvas().Focus(to)
	}
}

// beside is the next page shown, up or down.
func (r *rail) beside(i *railItem, step int) *railItem {
	for at := slices.Index(r.order, i) + step; at >= 0 && at < len(r.order); at += step {
		if !r.order[at].Hidden {
			return r.order[at]
		}
	}
	return nil
}

type railRenderer struct{ i *railItem }

func (x *railRenderer) Destroy() {}
func (x *railRenderer) MinSize() fyne.Size {
	return fyne.NewSize(railNarrow-16, theme.SizeOf(base.SizeNameInlineIcon)+8)
}
func (x *railRenderer) Objects() []fyne.CanvasObject {
	i := x.i
	return []fyne.CanvasObject{i.back, i.bar, i.icon, i.word, i.pill, i.number, i.ring}
}

func (x *railRenderer) Layout(s fyne.Size) {
	i := x.i
	i.back.Resize(s)
	i.ring.Resize(s)
	i.bar.Resize(fyne.NewSize(3, s.Height-16))
	side := theme.SizeOf(base.SizeNameInlineIcon) + 2
	left, bar := float32(10), float32(0)
	switch {
	case i.r.narrow: // the number has its room beside, and the bar its own before
		left, bar = 2, -5
	case i.entry.Under != "":
		left += railInset
	}
	i.bar.Move(fyne.NewPos(bar, 8))
	i.icon.Resize(fyne.NewSquareSize(side))
	i.icon.Move(fyne.NewPos(left, (s.Height-side)/2))
	w := i.word.MinSize()
	i.word.Move(fyne.NewPos(left+10+side, (s.Height-w.Height)/2))
	n := i.number.MinSize()
	pill := fyne.NewSize(max(n.Width+12, 20), n.Height+2)
	at := fyne.NewPos(s.Width-pill.Width-8, (s.Height-pill.Height)/2)
	if i.r.narrow {
		pill.Width = max(n.Width+5, pill.Height)
		at.X = min(left+side+2, s.Width+8-pill.Width) // in the bar, to its edge
	}
	i.pill.CornerRadius = pill.Height / 2
	i.pill.Move(at)
	i.pill.Resize(pill)
	i.number.Move(at.AddXY((pill.Width-n.Width)/2, 1))
	i.number.Resize(n)
}

func (x *railRenderer) Refresh() {
	i := x.i
	i.back.FillColor = color.Transparent
	switch {
	case i.current:
		i.back.FillColor = theme.Of(base.ColorNameSelection)
	case i.hovered:
		i.back.FillColor = theme.Of(base.ColorNameHover)
	}
	i.bar.FillColor, i.ring.StrokeColor = theme.Of(base.ColorNamePrimary), theme.Of(theme.ColorRing)
	i.bar.Hidden, i.ring.Hidden = !i.current, !i.focused
	i.word.Color, i.word.TextSize = theme.Of(base.ColorNameForeground), theme.SizeOf(base.SizeNameText)
	i.word.TextStyle.Bold, i.word.Hidden = i.current, i.r.narrow
	n := i.r.waiting(i)
	most, size := 999, theme.SizeOf(base.SizeNameCaptionText)
	if i.r.narrow {
		most, size = 99, size*5/6
	}
	i.number.Text, i.number.TextSize = strconv.Itoa(n), size
	if n > most {
		i.number.Text = strconv.Itoa(most) + "+"
	}
	i.number.Color, i.pill.FillColor = theme.Of(base.ColorNameForegroundOnPrimary), theme.Of(base.ColorNamePrimary)
	i.number.Hidden, i.pill.Hidden = n == 0, n == 0
	x.Layout(i.Size())
	for _, o := range x.Objects() {
		o.Refresh()
	}
}
