package widgets

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// The size up to which a table is edited in cells; a longer one is edited as text, a row a line.
const (
	maxGridRows    = 60
	maxGridColumns = 10
)

// GridWords name what is done to a table, in the order of its buttons.
type GridWords struct{ AddRow, AddColumn, RemoveRow, RemoveColumn string }

// Grid edits a table in cells; the first row is its heads. Tab goes to the next cell and makes a row after the last one,
// Shift+Tab goes back; Enter, Up and Down go by rows; what is pasted from a spreadsheet fills cells.
type Grid struct {
	widget.BaseWidget
	// OnChanged hears each change; OnLeave is called to go to what stands before (-1) or after (1) the table; OnRemoved, when
	// its last row or column is taken away.
	OnChanged func(text string)
	OnLeave   func(by int)
	OnRemoved func()
	words     GridWords
	rows      [][]string
	cells     [][]*gridCell
	row, col  int // the cell last in focus
	body      *fyne.Container
	content   fyne.CanvasObject
}

// gridCell is one field of a table.
type gridCell struct {
	Entry
	g        *Grid
	row, col int
	shift    bool
}

// NewGrid makes a table of a text: a row a line, cells parted by bars.
func NewGrid(words GridWords, text string) *Grid {
	g := &Grid{words: words, rows: gridRows(text), body: container.NewVBox()}
	bar := container.NewGridWithColumns(2)
	for _, b := range []struct {
		word string
		icon fyne.Resource
		do   func()
	}{{words.AddRow, base.ContentAddIcon(), func() { g.AddRow(g.row + 1) }}, {words.AddColumn, base.ContentAddIcon(), func() { g.AddColumn(g.col + 1) }},
		{words.RemoveRow, base.ContentRemoveIcon(), g.RemoveRow}, {words.RemoveColumn, base.ContentRemoveIcon(), g.RemoveColumn}} {
		bar.Add(NewButton(b.word, b.icon, b.do))
	}
	g.content = container.NewVBox(g.body, bar)
	g.ExtendBaseWidget(g)
	g.rebuild()
	return g
}

// fitsGrid tells whether a table is edited in cells.
func fitsGrid(text string) bool {
	rows := gridRows(text)
	return len(rows) <= maxGridRows && len(rows[0]) <= maxGridColumns
}

// gridRows reads a text of rows; there is one row and one cell at least, and each row has as many cells as the longest.
func gridRows(text string) (rows [][]string) {
	columns := 1
	for line := range strings.SplitSeq(text, "\n") {
		if strings.TrimSpace(line) == "" {
			continue
		}
		cells := strings.Split(strings.ReplaceAll(line, "\t", "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		rows, columns = append(rows, cells), max(columns, len(cells))
	}
	if len(rows) == 0 {
		rows = [][]string{nil}
	}
	for i := range rows {
		for len(rows[i]) < columns {
			rows[i] = append(rows[i], "")
		}
	}
	return rows
}

// Text writes the table as it is kept.
func (g *Grid) Text() string {
	lines := make([]string, len(g.rows))
	for i, cells := range g.rows {
		lines[i] = strings.Join(cells, " | ")
	}
	return strings.Join(lines, "\n")
}

func (g *Grid) changed() {
	if g.OnChanged != nil {
		g.OnChanged(g.Text())
	}
}

func (g *Grid) rebuild() {
	g.cells = nil
	g.body.RemoveAll()
	for i := range g.rows {
		line := container.NewGridWithColumns(len(g.rows[i]))
		cells := make([]*gridCell, len(g.rows[i]))
		for j := range g.rows[i] {
			cells[j] = g.cell(i, j)
			line.Add(cells[j])
		}
		g.cells = append(g.cells, cells)
		g.body.Add(line)
	}
	g.body.Refresh()
	g.Refresh()
}

func (g *Grid) cell(i, j int) *gridCell {
	c := &gridCell{g: g, row: i, col: j}
	c.Text, c.TextStyle.Bold = g.rows[i][j], i == 0
	c.ExtendBaseWidget(c)
	c.OnChanged = func(s string) {
		if clean := strings.ReplaceAll(oneParagraph(s), "|", "/"); clean != s { // a bar would part the cell in two
			c.SetText(clean)
			return
		}
		g.rows[i][j] = s
		g.changed()
	}
	c.OnKey = c.key
	return c
}

// Focus goes to a cell.
func (g *Grid) Focus(row, col int) {
	if row >= 0 && row < len(g.cells) && col >= 0 && col < len(g.cells[row]) {
		Focus(g, g.cells[row][col])
	}
}

// Follow takes in the table as it has become elsewhere; the cell in focus keeps it, and its cursor its place. OnChanged
// hears nothing of it.
func (g *Grid) Follow(text string, place func(from, to string, at int) int) {
	rows := gridRows(text)
	if len(rows) != len(g.rows) || len(rows[0]) != len(g.rows[0]) {
		typed := g.focused()
		g.rows = rows
		g.rebuild()
		if typed {
			g.Focus(min(g.row, len(rows)-1), min(g.col, len(rows[0])-1))
		}
		return
	}
	for i := range rows {
		for j := range rows[i] {
			if words := rows[i][j]; words != strings.TrimSpace(g.rows[i][j]) {
				g.rows[i][j] = words
				g.cells[i][j].Follow(words, place)
			}
		}
	}
}

// focused tells whether one of its cells has the focus.
func (g *Grid) focused() bool {
	c := fyne.CurrentApp().Driver().CanvasForObject(g)
	if c == nil {
		return false
	}
	cell, is := c.Focused().(*gridCell)
	return is && cell.g == g
}

// AddRow puts an empty row at a place, and goes there.
func (g *Grid) AddRow(at int) {
	if len(g.rows) >= maxGridRows {
		return
	}
	at = min(at, len(g.rows))
	g.rows = append(g.rows[:at], append([][]string{make([]string, len(g.rows[0]))}, g.rows[at:]...)...)
	g.rebuild()
	g.Focus(at, 0)
	g.changed()
}

// AddColumn puts an empty column at a place, and goes to its head.
func (g *Grid) AddColumn(at int) {
	if len(g.rows[0]) >= maxGridColumns {
		return
	}
	at = min(at, len(g.rows[0]))
	for i, cells := range g.rows {
		g.rows[i] = append(cells[:at:at], append([]string{""}, cells[at:]...)...)
	}
	g.rebuild()
	g.Focus(0, at)
	g.changed()
}

// RemoveRow takes the row last in focus away, the table with its last one.
func (g *Grid) RemoveRow() {
	if len(g.rows) == 1 {
		g.removed()
		return
	}
	at := min(g.row, len(g.rows)-1)
	g.rows = append(g.rows[:at], g.rows[at+1:]...)
	g.rebuild()
	g.Focus(min(at, len(g.rows)-1), min(g.col, len(g.rows[0])-1))
	g.changed()
}

func (g *Grid) removed() {
	if g.OnRemoved != nil {
		g.OnRemoved()
	}
}

// RemoveColumn takes the column last in focus away, the table with its last one.
func (g *Grid) RemoveColumn() {
	if len(g.rows[0]) == 1 {
		g.removed()
		return
	}
	at := min(g.col, len(g.rows[0])-1)
	for i, cells := range g.rows {
		g.rows[i] = append(cells[:at:at], cells[at+1:]...)
	}
	g.rebuild()
	g.Focus(min(g.row, len(g.rows)-1), min(at, len(g.rows[0])-1))
	g.changed()
}

// fill puts what was copied from a spreadsheet from a cell on, and makes the table as large as it asks.
func (g *Grid) fill(row, col int, text string) {
	for i, line := range strings.Split(strings.TrimRight(strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n"), "\n"), "\n") {
		if row+i >= maxGridRows {
			break
		}
		if row+i >= len(g.rows) {
			g.rows = append(g.rows, make([]string, len(g.rows[0])))
		}
		for j, cell := range strings.Split(line, "\t") {
			if col+j >= maxGridColumns {
				break
			}
			if col+j >= len(g.rows[0]) {
				for k := range g.rows {
					g.rows[k] = append(g.rows[k], "")
				}
			}
			g.rows[row+i][col+j] = strings.ReplaceAll(strings.TrimSpace(oneParagraph(cell)), "|", "/")
		}
	}
	g.rebuild()
	g.Focus(row, col)
	g.changed()
}

// AcceptsTab keeps Tab for the table.
func (c *gridCell) AcceptsTab() bool { return true }

// FocusGained remembers which row and column are meant.
func (c *gridCell) FocusGained() {
	c.g.row, c.g.col = c.row, c.col
	c.Entry.FocusGained()
}

// KeyDown hears Shift.
func (c *gridCell) KeyDown(k *fyne.KeyEvent) {
	c.shift = c.shift || isShift(k)
	c.Entry.KeyDown(k)
}

// KeyUp hears Shift.
func (c *gridCell) KeyUp(k *fyne.KeyEvent) {
	c.shift = c.shift && !isShift(k)
	c.Entry.KeyUp(k)
}

// FocusLost forgets it.
func (c *gridCell) FocusLost() {
	c.shift = false
	c.Entry.FocusLost()
}

func isShift(k *fyne.KeyEvent) bool { return k.Name == "LeftShift" || k.Name == "RightShift" }

// TypedShortcut takes cells of a spreadsheet.
func (c *gridCell) TypedShortcut(s fyne.Shortcut) {
	if p, ok := s.(*fyne.ShortcutPaste); ok {
		content := p.Clipboard.Content()
		switch {
		case len(content) > longestPaste:
			passShortcut(c, TooLong{})
			return
		case strings.ContainsAny(content, "\t\n"):
			c.g.fill(c.row, c.col, visible(content))
			return
		}
	}
	c.Entry.TypedShortcut(s)
}

func (c *gridCell) key(k *fyne.KeyEvent) bool {
	g := c.g
	to := func(row, col int) {
		if row < 0 || row >= len(g.rows) {
			if g.OnLeave != nil {
				g.OnLeave(map[bool]int{true: -1, false: 1}[row < 0])
			}
			return
		}
		g.Focus(row, col)
	}
	switch k.Name {
	case fyne.KeyTab:
		at, columns := c.row*len(g.rows[0])+c.col+1, len(g.rows[0])
		if c.shift {
			at -= 2
		}
		switch {
		case at < 0:
			to(-1, 0)
		case at >= len(g.rows)*columns && len(g.rows) < maxGridRows:
			g.AddRow(len(g.rows))
		default:
			to(at/columns, at%columns)
		}
	case fyne.KeyReturn, fyne.KeyEnter:
		if c.row == len(g.rows)-1 {
			g.AddRow(c.row + 1)
			g.Focus(c.row+1, c.col)
			break
		}
		to(c.row+1, c.col)
	case fyne.KeyUp:
		to(c.row-1, c.col)
	case fyne.KeyDown:
		to(c.row+1, c.col)
	default:
		return false
	}
	return true
}

// CreateRenderer is Fyne's.
func (g *Grid) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(g.content) }
