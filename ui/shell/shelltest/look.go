package shelltest

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/ui/widgets"
)

// Each calls visit with an object and all that stands in it, each before what it holds.
func Each(o fyne.CanvasObject, visit func(fyne.CanvasObject)) {
	if o == nil {
		return
	}
	visit(o)
	switch o := o.(type) {
	case *fyne.Container:
		for _, x := range o.Objects {
			Each(x, visit)
		}
	case *widgets.Button, *widget.Label, *widgets.Label, *widget.RichText, *widgets.Rich, *widgets.CaptionText: // their words are their own
	case fyne.Widget:
		for _, x := range test.WidgetRenderer(o).Objects() {
			Each(x, visit)
		}
	}
}

// Words are all that is read in an object, a line each.
func Words(o fyne.CanvasObject) string {
	var all []string
	Each(o, func(o fyne.CanvasObject) {
		switch o := o.(type) {
		case *widget.Label:
			all = append(all, o.Text)
		case *widgets.Label:
			all = append(all, o.Text)
		case *widgets.CaptionText:
			all = append(all, o.Text)
		case *widget.RichText:
			all = append(all, widgets.Uncut(o.String()))
		case *widgets.Rich:
			all = append(all, o.String())
		case *widgets.Button:
			all = append(all, o.Text)
		}
	})
	return strings.Join(all, "\n")
}
