package widgets_test

import (
	"slices"
	"testing"

	"fyne.io/fyne/v2"

	"alpi40.fr/airial/local/merge"
	"alpi40.fr/airial/ui/widgets"
)

// What others make of a text comes into it while one types: the block in focus keeps it, the cursor its place in the words,
// whether words or blocks came or went; nobody is told that the text was typed in.
func TestBlocksFollow(t *testing.T) {
	inLight(t)
	b := widgets.NewBlocks(func(kind string, _ int) string { return kind }, nil)
	b.Words = widgets.GridWords{AddRow: "+ ligne", AddColumn: "+ colonne", RemoveRow: "- ligne", RemoveColumn: "- colonne"}
	visa := func(text string) widgets.Block { return widgets.Block{Kind: "visa", Text: text} }
	table := func(text string) widgets.Block { return widgets.Block{Kind: "table", Text: text, Lines: true} }
	b.Set([]widgets.Block{visa("un"), visa("deux trois"), visa("quatre"), table("a | b\nc | d")})
	w := window(t, b)
	w.Resize(fyne.NewSize(600, 600))
	g := gridWindow{b, w}
	changes := 0
	b.OnChanged = func([]widgets.Block) { changes++ }
	shows := func(want ...widgets.Block) {
		t.Helper()
		if got := b.Blocks(); !slices.Equal(got, want) {
			t.Errorf("%+v, wanted %+v", got, want)
		}
	}
	b.Focus(1)
	g.key(fyne.KeyRight, fyne.KeyRight, fyne.KeyRight, fyne.KeyRight) // after «deux»
	b.Follow([]widgets.Block{visa("un bis"), visa("zéro deux trois"), visa("quatre"), table("a | b\nc | d")}, merge.Follow)
	if changes != 0 {
		t.Error("what others typed is told as typed here")
	}
	g.write("!")
	shows(visa("un bis"), visa("zéro deux! trois"), visa("quatre"), table("a | b\nc | d"))
	b.Follow([]widgets.Block{visa("nouveau"), visa("un bis"), visa("zéro deux! et trois"), visa("quatre"), table("a | b\nc | d")}, merge.Follow)
	g.write("!")
	shows(visa("nouveau"), visa("un bis"), visa("zéro deux!! et trois"), visa("quatre"), table("a | b\nc | d"))
	b.Follow([]widgets.Block{visa("zéro deux!! et trois"), table("a | b\nc | d")}, merge.Follow)
	g.write("!")
	shows(visa("zéro deux!!! et trois"), table("a | b\nc | d"))
	b.Focus(1)
	g.key(fyne.KeyTab)
	b.Follow([]widgets.Block{visa("fin"), table("a | bb\nc | d")}, merge.Follow)
	g.write("!")
	shows(visa("fin"), table("a | !bb\nc | d"))
	b.Follow([]widgets.Block{visa("fin"), table("a | !bb\nc | d\ne | f")}, merge.Follow)
	g.write("?")
	if got := b.Blocks()[1].Text; got != "a | ?!bb\nc | d\ne | f" {
		t.Errorf("%q", got)
	}
}
