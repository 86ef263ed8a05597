package widgets_test

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"alpi40.fr/airial/ui/widgets"
)

// Its words stand on as many lines as its width asks for; the mouse and the keyboard take it.
func TestLink(t *testing.T) {
	test.NewTempApp(t)
	taken := 0
	l := widgets.NewLink("Délégué à la protection des données : question ou avis", func() { taken++ })
	w := test.NewTempWindow(t, widgets.Wrapped(l))
	w.Resize(fyne.NewSize(800, 200))
	one := l.Size().Height
	w.Resize(fyne.NewSize(220, 200))
	if l.Size().Height < one*1.5 || l.Size().Width > 220 {
		t.Errorf("%v, %v on one line", l.Size(), one)
	}
	w.Canvas().Focus(l)
	l.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	l.TypedKey(&fyne.KeyEvent{Name: fyne.KeySpace})
	test.TapAt(l, fyne.NewPos(30, one/2))
	if taken != 3 {
		t.Errorf("taken %d times", taken)
	}
}
