// Package compared shows what became of each paragraph between two texts: of versions of a draft, of what two computers wrote at
// one place.
package compared

import (
	"fyne.io/fyne/v2"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/ui/widgets"
)

// Texts gives the words of a key, with its values.
type Texts interface {
	Text(key string, values ...any) string
}

// Differences are one object after another: the words taken away stand between brackets, those added are underlined; colour only
// says it again.
func Differences(t Texts, all []council.Difference) []fyne.CanvasObject {
	var out []fyne.CanvasObject
	kept := 0
	for _, d := range all {
		if d.Fate == council.Kept {
			kept++
			continue
		}
		out = append(out, widgets.NewNote(meaningOf(d.Fate), t.Text("drafting.fate."+string(d.Fate))))
		pieces := d.Pieces
		switch d.Fate {
		case council.Added:
			pieces = []council.Piece{{Text: d.After, In: 1}}
		case council.Removed:
			pieces = []council.Piece{{Text: d.Before, In: -1}}
		case council.Moved:
			pieces = []council.Piece{{Text: d.After}}
		}
		out = append(out, words(pieces))
	}
	if len(out) == 0 {
		return []fyne.CanvasObject{widgets.NewNote(widgets.Done, t.Text("drafting.same"))}
	}
	if kept > 0 {
		out = append(out, widgets.Caption(t.Text("drafting.kept", "n", kept)))
	}
	return out
}

func meaningOf(f council.Fate) widgets.Meaning {
	return map[council.Fate]widgets.Meaning{council.Added: widgets.Done, council.Removed: widgets.Refused, council.Changed: widgets.Waiting, council.Moved: widgets.Waiting}[f]
}

func words(pieces []council.Piece) fyne.CanvasObject {
	text := widgets.NewRich()
	text.Wrapping = fyne.TextWrapWord
	for _, piece := range pieces {
		style := widget.RichTextStyle{Inline: true}
		said := piece.Text
		switch {
		case piece.In < 0:
			style.ColorName, style.TextStyle = base.ColorNameError, fyne.TextStyle{Italic: true}
			said = "[" + said + "]"
		case piece.In > 0:
			style.ColorName, style.TextStyle = base.ColorNameSuccess, fyne.TextStyle{Bold: true, Underline: true}
		}
		text.Segments = append(text.Segments, &widget.TextSegment{Text: said, Style: style})
	}
	return text
}
