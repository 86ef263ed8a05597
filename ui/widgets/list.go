package widgets

import (
	"image/color"
	"maps"
	"strings"
	"time"
	"unicode"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/local/typeset/french"
	"alpi40.fr/airial/ui/theme"
)

// List is a list of rows for the keyboard: arrows, PageUp/PageDown, Home/End, letters to jump, Enter to open, and, when
// Tickable, Space to tick a row and Ctrl+A to tick all (again: none); Ctrl+C copies. Only the rows in view are built.
type List struct {
	widget.List
	OnCursor func(row int)  // the cursor moved there
	OnOpen   func(row int)  // Enter
	OnTicked func(rows int) // the number of ticked rows changed
	Label    func(row int) string
	// OnRune and OnShortcut, when they return true, have used a letter or a shortcut before the list does.
	OnRune     func(r rune) bool
	OnShortcut func(s fyne.Shortcut) bool
	// OnDelete is told that a person wants the row under the cursor gone.
	OnDelete func(row int)
	// Tickable, set before the list is shown: rows are ticked by Space, Ctrl and a press, Shift and a press (all from the cursor on), or a
	// press on their mark.
	Tickable bool
	// OpensAtOnce, set before the list is shown: a press opens a row, where opening is all that one does with it.
	OpensAtOnce bool
	// OnMove, set before the list is shown, lets the mouse drag rows: it is called each time the row passes another;
	// OnDropped when it is let go.
	OnMove    func(from, to int)
	OnDropped func()
	// OnCarry, set before the list is shown, is told once the mouse drags a row out of the list, while the button is still held. It
	// is for lists whose rows the mouse does not move.
	OnCarry func(row int)

	drag   drag
	cursor int
	ticked map[int]bool
	typed  string
	last   time.Time
	now    func() time.Time
	inside bool
}

// NewList makes a list of length() rows; create makes one row, update shows row i in it and whether it is ticked.
func NewList(now func() time.Time, length func() int, create func() fyne.CanvasObject, update func(i int, ticked bool, o fyne.CanvasObject)) *List {
	l := &List{cursor: -1, ticked: map[int]bool{}, now: now}
	l.Length = length
	l.CreateItem = func() fyne.CanvasObject {
		ring := canvas.NewRectangle(color.Transparent)
		ring.CornerRadius, ring.StrokeWidth = 6, 2
		if l.OpensAtOnce {
			o := &opener{}
			o.l, o.inner = l, create()
			o.ExtendBaseWidget(o)
			return container.NewStack(o, ring)
		}
		if l.Tickable {
			c := &chooser{}
			c.l, c.inner = l, create()
			c.ExtendBaseWidget(c)
			return container.NewStack(c, ring)
		}
		g := &grip{l: l, inner: create()}
		g.ExtendBaseWidget(g)
		return container.NewStack(g, ring)
	}
	l.UpdateItem = func(i int, o fyne.CanvasObject) {
		parts := o.(*fyne.Container).Objects
		ring := parts[1].(*canvas.Rectangle)
		ring.StrokeColor = theme.Of(theme.ColorRing)
		if l.inside && i == l.cursor {
			ring.Show()
		} else {
			ring.Hide()
		}
		g := gripOf(o)
		g.row = i
		update(i, l.ticked[i], g.inner)
	}
	l.List.OnSelected = func(i int) {
		old := l.cursor
		l.cursor = i
		l.RefreshItem(old) // its ring; Select has drawn before telling
		l.RefreshItem(i)
		if l.OnCursor != nil {
			l.OnCursor(i)
		}
	}
	l.HideSeparators = true
	l.ExtendBaseWidget(l)
	return l
}

// Cursor returns the row of the cursor, -1 for none.
func (l *List) Cursor() int { return l.cursor }

// SetCursor moves the cursor and scrolls to it; a row outside the list is brought back to its ends. Where it stands
// already OnCursor is not told, though the row may be another.
func (l *List) SetCursor(i int) {
	n := l.Length()
	if n == 0 {
		l.cursor = -1
		l.UnselectAll()
		return
	}
	i = min(max(i, 0), n-1)
	if i == l.cursor {
		l.Select(i)
		return
	}
	l.Select(i)
	l.Highlight(i)
}

// Ticked returns the ticked rows in order.
func (l *List) Ticked() []int {
	var rows []int
	for i := range l.Length() {
		if l.ticked[i] {
			rows = append(rows, i)
		}
	}
	return rows
}

// Tick ticks a row or takes its tick away.
func (l *List) Tick(i int, on bool) {
	if i < 0 || i >= l.Length() || l.ticked[i] == on {
		return
	}
	if on {
		l.ticked[i] = true
	} else {
		delete(l.ticked, i)
	}
	l.RefreshItem(i)
	l.tellTicked()
}

// TickOnly ticks the rows that are wanted, and no other: the rows are the same, elsewhere.
func (l *List) TickOnly(wanted func(row int) bool) {
	ticked := map[int]bool{}
	for i := range l.Length() {
		if wanted(i) {
			ticked[i] = true
		}
	}
	if !maps.Equal(ticked, l.ticked) {
		l.ticked = ticked
		l.Refresh()
		l.tellTicked()
	}
}

// Reset forgets cursor and ticks: the rows are others now.
func (l *List) Reset() {
	l.cursor, l.ticked = -1, map[int]bool{}
	l.UnselectAll()
	l.Refresh()
	l.tellTicked()
}

func (l *List) tellTicked() {
	if l.OnTicked != nil {
		l.OnTicked(len(l.ticked))
	}
}

// FocusGained shows the ring; a list without cursor takes its first row.
func (l *List) FocusGained() {
	l.inside = true
	l.List.FocusGained()
	if l.cursor < 0 && l.Length() > 0 {
		l.SetCursor(0)
	}
	l.RefreshItem(l.cursor)
}

// FocusLost hides the ring.
func (l *List) FocusLost() {
	l.inside = false
	l.List.FocusLost()
	l.RefreshItem(l.cursor)
}

// TypedKey moves the cursor, ticks and opens; other keys go to the window.
func (l *List) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyDown:
		l.SetCursor(l.cursor + 1)
	case fyne.KeyUp:
		l.SetCursor(l.cursor - 1)
	case fyne.KeyPageDown:
		l.SetCursor(l.cursor + l.page())
	case fyne.KeyPageUp:
		l.SetCursor(l.cursor - l.page())
	case fyne.KeyHome:
		l.SetCursor(0)
	case fyne.KeyEnd:
		l.SetCursor(l.Length() - 1)
	case fyne.KeySpace:
		if l.Tickable {
			l.Tick(l.cursor, !l.ticked[l.cursor])
		}
	case fyne.KeyReturn, fyne.KeyEnter:
		if l.OnOpen != nil && l.cursor >= 0 {
			l.OnOpen(l.cursor)
		}
	case fyne.KeyDelete:
		if l.OnDelete != nil && l.cursor >= 0 {
			l.OnDelete(l.cursor)
		}
	default:
		passKey(l, e)
	}
}

// page is the number of whole rows in view, at least 1.
func (l *List) page() int {
	row := l.CreateItem().MinSize().Height + l.Theme().Size("padding")
	return max(1, int(l.Size().Height/row)-1)
}

// TypedRune jumps to the next row whose label begins with what was typed within the last second, accents aside.
func (l *List) TypedRune(r rune) {
	if l.OnRune != nil && l.OnRune(r) {
		return
	}
	if l.Label == nil || !unicode.IsPrint(r) || r == ' ' {
		return
	}
	now := l.now()
	if now.Sub(l.last) > time.Second {
		l.typed = ""
	}
	l.last = now
	l.typed += fold(string(r))
	start := l.cursor
	if len([]rune(l.typed)) == 1 {
		start++ // the same letter again goes to the next
	}
	n := l.Length()
	for k := range n {
		i := (max(start, 0) + k) % n
		if strings.HasPrefix(fold(l.Label(i)), l.typed) {
			l.SetCursor(i)
			return
		}
	}
}

// TypedShortcut ticks all on Ctrl+A, copies on Ctrl+C; other shortcuts go to the window.
func (l *List) TypedShortcut(s fyne.Shortcut) {
	if l.OnShortcut != nil && l.OnShortcut(s) {
		return
	}
	if _, copied := s.(*fyne.ShortcutCopy); copied {
		if text := l.Copied(); text != "" {
			fyne.CurrentApp().Clipboard().SetContent(text)
		}
		return
	}
	_, all := s.(*fyne.ShortcutSelectAll)
	if c, ok := s.(*desktop.CustomShortcut); ok {
		all = c.KeyName == fyne.KeyA && c.Modifier == fyne.KeyModifierControl
	}
	if !all || !l.Tickable {
		passShortcut(l, s)
		return
	}
	full := len(l.ticked) == l.Length()
	l.ticked = map[int]bool{}
	for i := range l.Length() {
		if !full {
			l.ticked[i] = true
		}
	}
	l.Refresh()
	l.tellTicked()
}

// Copied is what Ctrl+C takes: the ticked rows, or that of the cursor, a line each, its parts apart by tabs as a spreadsheet
// reads them.
func (l *List) Copied() string {
	rows := l.Ticked()
	if len(rows) == 0 && l.cursor >= 0 && l.cursor < l.Length() {
		rows = []int{l.cursor}
	}
	var lines []string
	item := l.CreateItem()
	for _, i := range rows {
		l.UpdateItem(i, item)
		parts := spoken(gripOf(item).inner)
		if len(parts) == 0 && l.Label != nil {
			parts = []string{l.Label(i)}
		}
		lines = append(lines, strings.Join(parts, "\t"))
	}
	return strings.Join(lines, "\n")
}

// spoken gathers what a row says, whole: what is cut on the screen is not.
func spoken(o fyne.CanvasObject) (parts []string) {
	switch o := o.(type) {
	case *Row:
		for _, part := range []string{o.fullS, o.fullD, o.badge.word.Text} {
			if part != "" {
				parts = append(parts, part)
			}
		}
	case *Cells:
		return o.full
	case *Label:
		return []string{o.Text}
	case *fyne.Container:
		for _, inner := range o.Objects {
			parts = append(parts, spoken(inner)...)
		}
	}
	return parts
}

func fold(s string) string { return strings.ToLower(french.Unaccented(s)) }

// Matches tells whether words stand in text, accents and capitals aside.
func Matches(text, words string) bool { return strings.Contains(fold(text), fold(words)) }

// drag is a row that is being dragged.
type drag struct {
	on    bool
	row   int
	moved float32 // since it came to its place
}

// grip is a row that the mouse may drag.
type grip struct {
	widget.BaseWidget
	l     *List
	inner fyne.CanvasObject
	row   int
	pull  pull
}

// CreateRenderer is Fyne's.
func (g *grip) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(g.inner) }

// gripOf gives the grip of a row as the list holds it.
func gripOf(row fyne.CanvasObject) *grip {
	switch o := row.(*fyne.Container).Objects[0].(type) {
	case *opener:
		return &o.grip
	case *chooser:
		return &o.grip
	default:
		return o.(*grip)
	}
}

// chooser is a row of a list whose rows are ticked.
type chooser struct{ grip }

// Tapped puts the cursor on the row; see [List.Tickable].
func (c *chooser) Tapped(e *fyne.PointEvent) {
	l, held := c.l, fyne.KeyModifier(0)
	if d, ok := fyne.CurrentApp().Driver().(desktop.Driver); ok {
		held = d.CurrentKeyModifiers()
	}
	r, marked := c.inner.(*Row)
	before := l.cursor
	Focus(l, l)
	switch {
	case held&fyne.KeyModifierShift != 0 && before >= 0:
		for i := min(before, c.row); i <= max(before, c.row); i++ {
			l.Tick(i, true)
		}
	case held&fyne.KeyModifierControl != 0, marked && r.onMark(e.Position):
		l.Tick(c.row, !l.ticked[c.row])
	}
	l.SetCursor(c.row)
}

// opener is a row that a press opens.
type opener struct{ grip }

// Tapped puts the cursor on the row and opens it.
func (o *opener) Tapped(*fyne.PointEvent) {
	o.l.SetCursor(o.row)
	if o.l.OnOpen != nil {
		o.l.OnOpen(o.row)
	}
}

// Dragged moves the row past its neighbours. The rows are made anew meanwhile: where it stands is the list's to know.
func (g *grip) Dragged(e *fyne.DragEvent) {
	l := g.l
	if begins := g.pull.further(e); begins && l.OnCarry != nil {
		l.OnCarry(g.row)
	}
	if l.OnMove == nil {
		return
	}
	if !l.drag.on {
		l.drag = drag{on: true, row: g.row}
	}
	d := &l.drag
	d.moved += e.Dragged.DY
	height := g.Size().Height + l.Theme().Size("padding")
	for d.moved > height/2 && d.row+1 < l.Length() {
		l.OnMove(d.row, d.row+1)
		d.row, d.moved = d.row+1, d.moved-height
	}
	for d.moved < -height/2 && d.row > 0 {
		l.OnMove(d.row, d.row-1)
		d.row, d.moved = d.row-1, d.moved+height
	}
}

// DragEnd lets it go. A press that moved a little is one all the same.
func (g *grip) DragEnd() {
	if g.pull.end() && g.l.OnCarry != nil {
		Focus(g.l, g.l)
		g.l.SetCursor(g.row)
	}
	was := g.l.drag.on
	g.l.drag = drag{}
	if was && g.l.OnDropped != nil {
		g.l.OnDropped()
	}
}
