package widgets_test

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/ui/theme"
	"alpi40.fr/airial/ui/widgets"
)

const tied = "Le conseil municipal a voté\u00a0: « 10\u202f000\u202f€ » pour l’école\u202f; vu l’art.\u00a0L2121-20 du code\u202f!\n\nQui s’y oppose\u202f? Personne n’a pris la parole avant le n°\u00a012."

// linesOf are the lines of a text as they are drawn, from the top.
func linesOf(o fyne.CanvasObject) (lines []string) {
	last := float32(-1)
	var visit func(o fyne.CanvasObject, y float32)
	visit = func(o fyne.CanvasObject, y float32) {
		switch o := o.(type) {
		case *canvas.Text:
			at := y + o.Position().Y
			if at != last {
				lines = append(lines, "")
			}
			lines[len(lines)-1] += strings.TrimSuffix(o.Text, "\u200b")
			last = at
		case fyne.Widget:
			for _, x := range test.WidgetRenderer(o).Objects() {
				visit(x, y+o.Position().Y)
			}
		}
	}
	visit(o, 0)
	return lines
}

func TestNoLineEndsAtANoBreakSpace(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light, theme.Normal, theme.Fonts{}))
	spaces := strings.NewReplacer("« ", "«\u202f", " »", "\u202f»")
	text := spaces.Replace(tied)
	texts := map[string]func() fyne.CanvasObject{
		"a label": func() fyne.CanvasObject {
			l := widgets.NewLabel(text)
			l.Wrapping = fyne.TextWrapWord
			return l
		},
		"a caption": func() fyne.CanvasObject { return widgets.Caption(text) },
		"a link":    func() fyne.CanvasObject { return widgets.NewLink(text, func() {}) },
		"a text of several styles": func() fyne.CanvasObject {
			at := strings.Index(text, "pour")
			return widgets.NewRich(&widget.TextSegment{Text: text[:at], Style: widget.RichTextStyleInline},
				&widget.TextSegment{Text: text[at:], Style: widget.RichTextStyle{Inline: true, TextStyle: fyne.TextStyle{Bold: true}}})
		},
	}
	words := strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == '\n' })
	for name, make := range texts {
		o := make()
		for width := float32(130); width < 700; width += 7 {
			o.Resize(fyne.NewSize(width, o.MinSize().Height))
			o.Resize(fyne.NewSize(width, o.MinSize().Height))
			lines := linesOf(o)
			var got []string
			for _, line := range lines {
				got = append(got, strings.FieldsFunc(line, func(r rune) bool { return r == ' ' })...)
				if over := fyne.MeasureText(line, 12, fyne.TextStyle{}).Width; over > width {
					t.Fatalf("%s, %v wide: the line %q is %v wide", name, width, line, over)
				}
			}
			if strings.Join(got, "|") != strings.Join(words, "|") {
				t.Fatalf("%s, %v wide, is torn:\n%s", name, width, strings.Join(lines, "\n"))
			}
			if len(lines) < 3 {
				t.Fatalf("%s, %v wide, has lost its empty line: %q", name, width, lines)
			}
		}
		// Narrower than a word, it is still all there, whatever is torn.
		o.Resize(fyne.NewSize(60, o.MinSize().Height))
		bare := strings.NewReplacer(" ", "", "\n", "", "\u00a0", "", "\u202f", "", "\u200b", "")
		if got := bare.Replace(strings.Join(linesOf(o), "")); got != bare.Replace(text) {
			t.Errorf("%s, 60 wide, says %q", name, got)
		}
	}
}

func TestACutTextIsCopiedWhole(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light, theme.Normal, theme.Fonts{}))
	l := widgets.NewLabel(strings.Split(tied, "\n")[0])
	l.Wrapping, l.Selectable = fyne.TextWrapWord, true
	w := test.NewTempWindow(t, l)
	w.Resize(fyne.NewSize(200, 300))
	if len(linesOf(l)) < 3 {
		t.Fatalf("200 wide it has the lines %q", linesOf(l))
	}
	text := l.Text
	l.SetText(text) // shown again, it is cut again
	var focus fyne.Focusable
	for _, o := range test.WidgetRenderer(l).Objects() {
		if f, is := o.(fyne.Focusable); is {
			focus = f
			last := fyne.PointEvent{Position: fyne.NewPos(190, l.Size().Height-10)}
			o.(fyne.Draggable).Dragged(&fyne.DragEvent{PointEvent: last, Dragged: fyne.NewDelta(190, l.Size().Height-10)})
			o.(fyne.Draggable).DragEnd()
		}
	}
	if got := l.SelectedText(); got != text {
		t.Errorf("all of it being selected, it gives\n%q, want\n%q", got, text)
	}
	focus.(fyne.Shortcutable).TypedShortcut(&fyne.ShortcutCopy{})
	into := widgets.UncutClipboard(test.NewClipboard())
	into.SetContent(fyne.CurrentApp().Clipboard().Content())
	if got := into.Content(); got != text {
		t.Errorf("copied, it is\n%q, want\n%q", got, text)
	}
}
