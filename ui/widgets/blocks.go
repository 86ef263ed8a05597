package widgets

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"
)

// Block is one paragraph of a drafted text. Kind is the caller's word (visa, whereas, article…). One of Lines has several:
// the rows of a table, cells parted by bars, which is edited in cells (see [Grid]); it moves among blocks of all kinds.
type Block struct {
	Kind, Text string
	Lines      bool
}

// Blocks edits a text in blocks that grow with what is typed. Enter makes a next block of the same kind, cutting at the
// cursor; Shift+Enter is refused as well (a block is one paragraph); Backspace in an empty block removes it; Alt+Up and
// Alt+Down move a block among those of its kind; Up and Down at the edge go to the neighbour. Ctrl+B and Ctrl+I set off what is
// selected, between «**» and between «__».
type Blocks struct {
	widget.BaseWidget
	OnChanged func([]Block)
	Words     GridWords // of the tables, before Set
	label     func(kind string, nth int) string
	fields    []*Entry // nil for a table in cells
	grids     []*Grid  // nil for a paragraph
	blocks    []Block
	rows      *fyne.Container
}

// NewBlocks makes an editor; label names a block («Visa 2»), nth from 1 within its kind.
func NewBlocks(label func(kind string, nth int) string, blocks []Block) *Blocks {
	b := &Blocks{label: label, rows: container.New(layout.NewCustomPaddedVBoxLayout(6))}
	b.ExtendBaseWidget(b)
	b.Set(blocks)
	return b
}

// Set replaces the text.
func (b *Blocks) Set(blocks []Block) {
	b.blocks = append([]Block(nil), blocks...)
	b.rebuild(-1)
}

// Follow takes in the text as others have made it while one types: the block in focus keeps it, and its cursor its place in
// the words; place is as of [Entry.Follow]. OnChanged hears nothing of it.
func (b *Blocks) Follow(blocks []Block, place func(from, to string, at int) int) {
	if !b.sameShape(blocks) {
		b.reshape(blocks, place)
		return
	}
	grown := false
	for i, block := range blocks {
		was := b.blocks[i].Text
		if block.Text == was {
			continue
		}
		b.blocks[i].Text = block.Text
		if b.grids[i] != nil {
			b.grids[i].Follow(block.Text, place)
			grown = true
			continue
		}
		b.fields[i].Follow(block.Text, place)
		if n := b.lines(block.Text); n != b.lines(was) {
			b.fields[i].SetMinRowsVisible(n)
			grown = true
		}
	}
	if grown {
		b.rows.Refresh()
	}
}

// sameShape tells whether a text has the same blocks, whatever their words.
func (b *Blocks) sameShape(blocks []Block) bool {
	return slices.EqualFunc(b.blocks, blocks, func(x, y Block) bool {
		return x.Kind == y.Kind && x.Lines == y.Lines && (!x.Lines || fitsGrid(x.Text) == fitsGrid(y.Text))
	})
}

// reshape shows a text of which blocks came or went; the block in focus is found again by its words, or by its place.
func (b *Blocks) reshape(blocks []Block, place func(from, to string, at int) int) {
	at := b.focused()
	if at < 0 {
		b.Set(blocks)
		return
	}
	was, cursor, row, col := b.blocks[at], 0, 0, 0
	if b.grids[at] != nil {
		row, col = b.grids[at].row, b.grids[at].col
	} else {
		cursor = b.fields[at].CursorTextOffset()
	}
	ends := 0 // blocks after it that stand as they were
	for ends < min(len(b.blocks)-1-at, len(blocks)-1) && b.blocks[len(b.blocks)-1-ends] == blocks[len(blocks)-1-ends] {
		ends++
	}
	to := slices.Index(blocks, was)
	if to < 0 {
		to = min(at, len(blocks)-1)
		if ends == len(b.blocks)-1-at {
			to = len(blocks) - 1 - ends
		}
	}
	b.Set(blocks)
	b.Focus(to)
	switch {
	case to < 0:
	case b.grids[to] != nil:
		b.grids[to].Focus(row, col)
	default:
		b.fields[to].goTo(place(was.Text, blocks[to].Text, cursor))
	}
}

// focused is the block in focus, -1 for none.
func (b *Blocks) focused() int {
	c := fyne.CurrentApp().Driver().CanvasForObject(b)
	if c == nil {
		return -1
	}
	for i, f := range b.fields {
		if f != nil && c.Focused() == f || b.grids[i] != nil && b.grids[i].focused() {
			return i
		}
	}
	return -1
}

// Blocks returns the text now in the editor.
func (b *Blocks) Blocks() []Block { return append([]Block(nil), b.blocks...) }

// Focus puts the cursor in a block.
func (b *Blocks) Focus(i int) {
	switch {
	case i < 0 || i >= len(b.fields):
	case b.grids[i] != nil:
		b.grids[i].Focus(0, 0)
	default:
		Focus(b, b.fields[i])
	}
}

// Insert adds a block of a kind after the last of that kind, or at the end, and goes there.
func (b *Blocks) Insert(kind string) {
	at := len(b.blocks)
	for i := len(b.blocks) - 1; i >= 0; i-- {
		if b.blocks[i].Kind == kind {
			at = i + 1
			break
		}
	}
	b.insert(at, Block{Kind: kind})
}

// Add adds a block at the end and goes there.
func (b *Blocks) Add(block Block) { b.insert(len(b.blocks), block) }

func (b *Blocks) insert(at int, block Block) {
	b.blocks = append(b.blocks[:at], append([]Block{block}, b.blocks[at:]...)...)
	b.rebuild(at)
	b.changed()
}

func (b *Blocks) remove(at int) {
	b.blocks = append(b.blocks[:at], b.blocks[at+1:]...)
	b.rebuild(max(at-1, 0))
	b.changed()
}

// Reorder takes a block up (-1) or down (+1) among those of its kind.
func (b *Blocks) Reorder(at, by int) {
	to := at + by
	if to < 0 || to >= len(b.blocks) || b.blocks[to].Kind != b.blocks[at].Kind && !b.blocks[at].Lines {
		return
	}
	b.blocks[at], b.blocks[to] = b.blocks[to], b.blocks[at]
	b.rebuild(to)
	b.changed()
}

func (b *Blocks) changed() {
	if b.OnChanged != nil {
		b.OnChanged(b.Blocks())
	}
}

func (b *Blocks) rebuild(focus int) {
	b.rows.RemoveAll()
	b.fields, b.grids = nil, nil
	seen := map[string]int{}
	for i, block := range b.blocks {
		seen[block.Kind]++
		var field fyne.CanvasObject
		if block.Lines && fitsGrid(block.Text) {
			grid := b.grid(i, block.Text)
			b.fields, b.grids, field = append(b.fields, nil), append(b.grids, grid), grid
		} else {
			entry := b.field(i, block.Text)
			b.fields, b.grids, field = append(b.fields, entry), append(b.grids, nil), entry
		}
		name := Caption(b.label(block.Kind, seen[block.Kind]))
		name.Wrapping = fyne.TextWrapOff
		b.rows.Add(container.New(layout.NewCustomPaddedVBoxLayout(-3), name, field))
	}
	b.rows.Refresh()
	b.Focus(focus)
}

// grid is a table in its cells.
func (b *Blocks) grid(i int, text string) *Grid {
	g := NewGrid(b.Words, text)
	rows := len(g.rows)
	g.OnChanged = func(text string) {
		b.blocks[i].Text = text
		if n := len(g.rows); n != rows {
			rows = n
			b.rows.Refresh()
		}
		b.changed()
	}
	g.OnLeave = func(by int) { b.Focus(i + by) }
	g.OnRemoved = func() { b.remove(i) }
	return g
}

func (b *Blocks) field(i int, text string) *Entry {
	e := NewText("", 1)
	e.Text = text
	e.Scroll = fyne.ScrollNone // a block grows instead
	e.SetMinRowsVisible(b.lines(text))
	e.OnChanged = func(s string) {
		text := b.blocks[i].Text
		clean := oneParagraph
		if b.blocks[i].Lines {
			clean = rowsOf
		}
		if clean := clean(s); clean != s { // pasted from a word processor
			e.SetText(clean)
			return
		}
		b.blocks[i].Text = s
		if n := b.lines(s); n != b.lines(text) {
			e.SetMinRowsVisible(n)
			b.rows.Refresh()
		}
		b.changed()
	}
	e.OnKey = func(k *fyne.KeyEvent) bool { return b.key(i, e, k) }
	e.OnShortcut = func(s *desktop.CustomShortcut) bool {
		if mark := marks[s.KeyName]; s.Modifier == fyne.KeyModifierControl && mark != "" {
			setOff(e, mark)
			return true
		}
		if s.Modifier != fyne.KeyModifierAlt || (s.KeyName != fyne.KeyUp && s.KeyName != fyne.KeyDown) {
			return false
		}
		by := 1
		if s.KeyName == fyne.KeyUp {
			by = -1
		}
		b.Reorder(i, by)
		return true
	}
	return e
}

var marks = map[fyne.KeyName]string{fyne.KeyB: "**", fyne.KeyI: "__"}

// setOff puts marks around what is selected in a field, or takes them away.
func setOff(e *Entry, mark string) {
	chosen := e.SelectedText()
	words := strings.TrimSpace(chosen)
	if words == "" || strings.Contains(words, "\n") {
		return
	}
	set := mark + words + mark
	if inner, marked := strings.CutPrefix(words, mark); marked && strings.HasSuffix(inner, mark) {
		set = strings.TrimSuffix(inner, mark)
	}
	e.Entry.TypedShortcut(&fyne.ShortcutPaste{Clipboard: typed(strings.Replace(chosen, words, set, 1))})
}

// typed is a text that is put in as if it were pasted; the person's own clipboard stays as it is.
type typed string

// Content is the text.
func (t typed) Content() string { return string(t) }

// SetContent keeps nothing.
func (t typed) SetContent(string) {}

func (b *Blocks) key(i int, e *Entry, k *fyne.KeyEvent) bool {
	switch k.Name {
	case fyne.KeyReturn, fyne.KeyEnter:
		if b.blocks[i].Lines {
			return false
		}
		text, at := []rune(e.Text), min(e.CursorColumn, len([]rune(e.Text)))
		if e.CursorRow > 0 { // the cursor's column counts within the wrapped line
			at = len(text)
		}
		b.blocks[i].Text = strings.TrimSpace(string(text[:at]))
		b.insert(i+1, Block{Kind: b.blocks[i].Kind, Text: strings.TrimSpace(string(text[at:]))})
		return true
	case fyne.KeyBackspace:
		if e.Text == "" && len(b.blocks) > 1 {
			b.remove(i)
			return true
		}
	case fyne.KeyUp:
		if e.CursorRow == 0 && i > 0 {
			b.Focus(i - 1)
			return true
		}
	case fyne.KeyDown:
		if e.CursorRow >= b.lines(e.Text)-1 && i < len(b.fields)-1 {
			b.Focus(i + 1)
			return true
		}
	}
	return false
}

// lines estimates the height of a text in the editor's present width.
func (b *Blocks) lines(text string) int {
	width := max(b.Size().Width-32, 200)
	n := 0
	for line := range strings.SplitSeq(text, "\n") {
		n += 1 + int(fyne.MeasureText(line, b.Theme().Size("text"), fyne.TextStyle{}).Width*1.08/width)
	}
	return n
}

// Resize lets the blocks follow a new width.
func (b *Blocks) Resize(s fyne.Size) {
	wider := s.Width != b.Size().Width
	b.BaseWidget.Resize(s)
	if wider {
		for _, f := range b.fields {
			if f != nil {
				f.SetMinRowsVisible(b.lines(f.Text))
			}
		}
		b.rows.Refresh()
		b.rows.Resize(fyne.NewSize(s.Width, b.rows.MinSize().Height))
	}
}

// CreateRenderer is Fyne's.
func (b *Blocks) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(b.rows) }

var paste = strings.NewReplacer("\r\n", " ", "\n", " ", "\r", " ", "\t", " ", "\u00a0", " ", "\u202f", " ", "\u2011", "-", "\u00ad", "")

func oneParagraph(s string) string { return paste.Replace(s) }

var pasteRows = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\t", " | ", "\u00a0", " ", "\u202f", " ", "\u2011", "-", "\u00ad", "")

// rowsOf keeps the lines, and what a spreadsheet parts by tabs becomes cells.
func rowsOf(s string) string { return pasteRows.Replace(s) }
