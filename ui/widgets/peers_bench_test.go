package widgets_test

import (
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/packaging/bench/pairs"
	"alpi40.fr/airial/ui/widgets"
)

// BenchmarkScroll scrolls 100,000 rows, in our list and in Fyne's own with two plain labels a row: seconds a step, without its
// painting, which is Fyne's for both.
func BenchmarkScroll(b *testing.B) {
	inLight(b)
	const rows, steps = 100_000, 200
	ours := widgets.NewList(time.Now, func() int { return rows }, func() fyne.CanvasObject { return widgets.NewRow(true) },
		func(i int, ticked bool, o fyne.CanvasObject) {
			o.(*widgets.Row).Set(names(i), "détail", false, ticked, widgets.Late, "En retard")
		})
	bare := widget.NewList(func() int { return rows }, func() fyne.CanvasObject {
		return container.NewVBox(widget.NewLabel(""), widget.NewLabel(""))
	}, func(i widget.ListItemID, o fyne.CanvasObject) {
		both := o.(*fyne.Container).Objects
		both[0].(*widget.Label).SetText(names(i))
		both[1].(*widget.Label).SetText("détail")
	})
	at := float32(0)
	step := func(o fyne.CanvasObject, scroll func(float32)) func() float64 {
		w := test.NewTempWindow(b, o)
		w.Resize(fyne.NewSize(500, 600))
		return func() float64 {
			began := time.Now()
			for range steps {
				at += 50
				scroll(at)
			}
			return time.Since(began).Seconds() / steps
		}
	}
	pairs.Compare(b, "s", step(ours, ours.ScrollToOffset), step(bare, bare.ScrollToOffset))
}
