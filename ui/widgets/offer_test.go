package widgets_test

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"

	"alpi40.fr/airial/ui/widgets"
)

// Tab goes from a field to the next, whatever was offered meanwhile; the arrow and the mouse choose.
func TestTabPassesOverWhatIsOffered(t *testing.T) {
	inLight(t)
	place, date := widgets.NewEntry(""), widgets.NewEntry("")
	chosen, moved := 0, 0
	o := widgets.NewOffer("Dax (Landes)", func() { chosen++ })
	o.OnArrow = func(by int) { moved += by }
	w := window(t, container.NewVBox(place, o, date))
	w.Canvas().Focus(place)
	test.FocusNext(w.Canvas())
	if w.Canvas().Focused() != fyne.Focusable(date) {
		t.Errorf("Tab leads to %T", w.Canvas().Focused())
	}
	o.Reach()
	if w.Canvas().Focused() != fyne.Focusable(o) {
		t.Fatalf("the arrow leads to %T", w.Canvas().Focused())
	}
	key(o, fyne.KeyDown)
	key(o, fyne.KeySpace)
	test.Tap(o)
	if chosen != 2 || moved != 1 {
		t.Errorf("chosen %d times, moved %d", chosen, moved)
	}
	w.Canvas().Focus(date)
	test.FocusPrevious(w.Canvas())
	if w.Canvas().Focused() != fyne.Focusable(place) {
		t.Errorf("Shift+Tab leads to %T", w.Canvas().Focused())
	}
}
