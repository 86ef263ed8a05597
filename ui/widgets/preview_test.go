package widgets_test

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/ui/widgets"
)

// A sentence in place of a page stays within its pane, on as many lines as it takes.
func TestASentenceStaysInItsPreview(t *testing.T) {
	test.NewTempApp(t)
	p := widgets.NewPreview(func(f func()) { f() }, func(int, int) string { return "" })
	w := test.NewTempWindow(t, container.NewStack(p))
	w.Resize(fyne.NewSize(300, 400))
	p.Say(strings.Repeat("Cette page ne peut pas être affichée. ", 6))
	var label *widget.Label
	var walk func(fyne.CanvasObject)
	walk = func(o fyne.CanvasObject) {
		switch o := o.(type) {
		case *widget.Label:
			if o.Text != "" {
				label = o
			}
		case *fyne.Container:
			for _, child := range o.Objects {
				walk(child)
			}
		case fyne.Widget:
			for _, child := range test.WidgetRenderer(o).Objects() {
				walk(child)
			}
		}
	}
	walk(p)
	if label == nil {
		t.Fatal("nothing is said")
	}
	one := widget.NewLabel("Cette").MinSize().Height
	if size := label.Size(); size.Width > 300 || size.Height < 3*one || label.Position().Y < one {
		t.Errorf("%v at %v", size, label.Position())
	}
}
