package door

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	base "fyne.io/fyne/v2/theme"

	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/theme"
	"alpi40.fr/airial/ui/widgets"
)

// Form is a screen, and what takes the focus when it is shown (nil: nothing).
type Form struct {
	Content fyne.CanvasObject
	First   fyne.Focusable
}

// width of the forms' column, in Fyne's units: a line that can be read.
const width = 500

// sheet lays a screen out: its title, the trouble that the former answer met, its fields and its buttons.
func sheet(t *lang.Catalogue, title string, trouble error, fields []fyne.CanvasObject, buttons ...fyne.CanvasObject) fyne.CanvasObject {
	name := canvas.NewText(t.Text("shell.title"), theme.Of(base.ColorNamePrimary))
	name.TextSize, name.TextStyle.Bold = 30, true
	column := widgets.Wrapped(container.New(layout.NewCustomPaddedLayout(0, 0, base.InnerPadding(), 0), name), widgets.Heading(t.Text(title)))
	if trouble != nil {
		what, _, todo := shell.Explain(t, trouble)
		column.Add(widgets.NewNote(widgets.Refused, what+" "+todo))
	}
	for _, f := range fields {
		column.Add(f)
	}
	row := container.NewHBox(layout.NewSpacer())
	for _, b := range buttons {
		row.Add(b)
	}
	column.Add(row)
	ground := canvas.NewRectangle(theme.Of(base.ColorNameBackground))
	return container.NewStack(ground, widgets.NewScroll(container.New(columnLayout{}, column)))
}

func paragraph(text string) fyne.CanvasObject {
	l := widgets.NewLabel(text)
	l.Wrapping = fyne.TextWrapWord
	return l
}

// columnLayout keeps a screen in a column at the middle, a little above the centre.
type columnLayout struct{}

func (columnLayout) MinSize(o []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(width+32, o[0].MinSize().Height+64)
}

func (columnLayout) Layout(o []fyne.CanvasObject, s fyne.Size) {
	w := min(s.Width-32, width)
	o[0].Resize(fyne.NewSize(w, o[0].MinSize().Height))
	h := o[0].MinSize().Height // now that its texts are wrapped
	o[0].Resize(fyne.NewSize(w, h))
	o[0].Move(fyne.NewPos((s.Width-w)/2, max(32, (s.Height-h)*0.4)))
}
