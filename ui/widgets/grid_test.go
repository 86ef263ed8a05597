package widgets_test

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"alpi40.fr/airial/ui/widgets"
)

// gridWindow is a table among paragraphs, with the hands on it.
type gridWindow struct {
	*widgets.Blocks
	w fyne.Window
}

func (g gridWindow) key(names ...fyne.KeyName) {
	for _, n := range names {
		g.w.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: n})
	}
}

func (g gridWindow) write(text string) {
	for _, r := range text {
		g.w.Canvas().Focused().TypedRune(r)
	}
}

func (g gridWindow) table(t *testing.T) string {
	t.Helper()
	for _, b := range g.Blocks.Blocks() {
		if b.Lines {
			return b.Text
		}
	}
	return "none"
}

func TestATableIsEditedInCells(t *testing.T) {
	inLight(t)
	b := widgets.NewBlocks(func(kind string, _ int) string { return kind }, nil)
	b.Words = widgets.GridWords{AddRow: "+ ligne", AddColumn: "+ colonne", RemoveRow: "- ligne", RemoveColumn: "- colonne"}
	b.Set([]widgets.Block{{Kind: "statement", Text: "avant"}, {Kind: "table", Text: "Poste | Montant", Lines: true}, {Kind: "article", Text: "après"}})
	changes := 0
	b.OnChanged = func([]widgets.Block) { changes++ }
	w := window(t, b)
	w.Resize(fyne.NewSize(600, 500))
	g := gridWindow{b, w}
	press := func(word string) {
		t.Helper()
		for _, x := range objects[*widgets.Button](b) {
			if x.Text == word {
				test.Tap(x)
				return
			}
		}
		t.Fatalf("no button %q", word)
	}

	// Tab goes from cell to cell, and makes a row after the last.
	b.Focus(1)
	g.key(fyne.KeyTab, fyne.KeyTab)
	g.write("Toi|ture")
	g.key(fyne.KeyTab)
	g.write("1 200,00")
	if got := g.table(t); got != "Poste | Montant\nToi/ture | 1 200,00" {
		t.Errorf("%q", got)
	}
	// Shift and Tab go back; Enter goes down, and makes a row; Up comes back.
	shift := w.Canvas().Focused().(interface{ KeyDown(*fyne.KeyEvent) })
	shift.KeyDown(&fyne.KeyEvent{Name: "LeftShift"})
	g.key(fyne.KeyTab)
	g.key(fyne.KeyEnd)
	g.write("s")
	g.key(fyne.KeyReturn)
	g.write("Total")
	if got := g.table(t); got != "Poste | Montant\nToi/tures | 1 200,00\nTotal | " {
		t.Errorf("%q", got)
	}
	press("+ colonne")
	g.write("Année")
	if got := g.table(t); got != "Poste | Année | Montant\nToi/tures |  | 1 200,00\nTotal |  | " {
		t.Errorf("%q", got)
	}
	// What a spreadsheet holds fills cells, and makes the table larger.
	g.key(fyne.KeyDown)
	w.Canvas().Focused().(fyne.Shortcutable).TypedShortcut(&fyne.ShortcutPaste{Clipboard: clip("2026\t10\t11\r\n2027\t20\t21\r\n2028\t30\t31\r\n")})
	if got := g.table(t); got != "Poste | Année | Montant | \nToi/tures | 2026 | 10 | 11\nTotal | 2027 | 20 | 21\n | 2028 | 30 | 31" {
		t.Errorf("%q", got)
	}
	press("- ligne")
	press("- colonne")
	if got := g.table(t); got != "Poste | Montant | \nTotal | 20 | 21\n | 30 | 31" {
		t.Errorf("%q", got)
	}
	if changes == 0 {
		t.Error("nobody hears of it")
	}
	// Past its edges one comes to the paragraphs; without its last row the table is gone.
	b.Focus(1)
	g.key(fyne.KeyUp)
	g.write("d’")
	b.Focus(1)
	for range 3 {
		press("- ligne")
	}
	all := b.Blocks()
	if len(all) != 2 || !strings.Contains(all[0].Text, "d’") || all[1].Text != "après" {
		t.Errorf("%+v", all)
	}
}

// A table longer than a screen holds stays a text.
func TestALongTableStaysAText(t *testing.T) {
	inLight(t)
	long := "a | b" + strings.Repeat("\n1 | 2", 80)
	b := widgets.NewBlocks(func(kind string, _ int) string { return kind }, []widgets.Block{{Kind: "table", Text: long, Lines: true}})
	window(t, b)
	if n := len(objects[*widgets.Grid](b)); n != 0 || b.Blocks()[0].Text != long {
		t.Errorf("%d grids", n)
	}
}

// clip is a clipboard.
type clip string

func (c clip) Content() string   { return string(c) }
func (c clip) SetContent(string) {}

// objects are those of a kind under o.
func objects[T any](o fyne.CanvasObject) (all []T) {
	if x, ok := o.(T); ok {
		return []T{x}
	}
	switch o := o.(type) {
	case *fyne.Container:
		for _, c := range o.Objects {
			all = append(all, objects[T](c)...)
		}
	case fyne.Widget:
		for _, c := range test.WidgetRenderer(o).Objects() {
			all = append(all, objects[T](c)...)
		}
	}
	return all
}
