package widgets_test

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"alpi40.fr/airial/ui/theme"
	"alpi40.fr/airial/ui/widgets"
)

// An answer too long for its place stands on several lines; it is taken by the mouse, and by the keyboard from one another.
func TestChoice(t *testing.T) {
	a := test.NewTempApp(t)
	a.Settings().SetTheme(theme.New(theme.Light, theme.Normal, theme.Fonts{}))
	long := strings.Repeat("Mariage dissous. ", 12)
	var said []string
	c := widgets.NewChoice([]string{"Mariée.", long, "Marié."}, func(s string) { said = append(said, s) })
	w := test.NewWindow(widgets.Wrapped(c))
	defer w.Close()
	w.Resize(fyne.NewSize(300, 400))
	if m := c.MinSize(); m.Width > 300 || m.Height < 150 {
		t.Errorf("asks for %v", m)
	}
	items := test.WidgetRenderer(c).Objects()[0].(*fyne.Container).Objects
	test.Tap(items[1].(fyne.Tappable))
	if c.Selected != long || len(said) != 1 {
		t.Fatalf("%q, %q", c.Selected, said)
	}
	test.Tap(items[1].(fyne.Tappable)) // again
	for _, key := range []fyne.KeyName{fyne.KeyDown, fyne.KeyDown, fyne.KeyReturn, fyne.KeyUp, fyne.KeyUp, fyne.KeyUp, fyne.KeySpace} {
		w.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: key})
	}
	c.SetSelected("another")
	if got := strings.Join(said, "|"); got != long+"|Marié.|Mariée." || c.Selected != "Mariée." {
		t.Errorf("%q, %q", got, c.Selected)
	}
}

// Tab leaves a text of several lines, as it leaves any field.
func TestTabLeavesAText(t *testing.T) {
	inLight(t)
	if tabbed, ok := any(widgets.NewText("", 3)).(fyne.Tabbable); !ok || tabbed.AcceptsTab() {
		t.Error("Tab is written into the text")
	}
}
