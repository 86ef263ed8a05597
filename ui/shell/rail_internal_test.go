package shell

import (
	"context"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"

	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/theme"
	"alpi40.fr/airial/ui/widgets"
)

type noPreferences struct{ Preferences }

func (noPreferences) String(string) string { return "" }

// The number of what waits stands beside the icon of its page, in the bar: it covers none of it, however large the texts are.
func TestNumberBesideItsIcon(t *testing.T) {
	for _, size := range []theme.TextSize{theme.Normal, theme.Large, theme.Largest} {
		test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light, size, theme.Fonts{}))
		text, err := lang.French()
		if err != nil {
			t.Fatal(err)
		}
		s := &Shell{c: Config{Text: text, Window: test.NewTempWindow(t, widgets.NewLabel("")), Now: time.Now}, ctx: context.Background()}
		s.c.Entries = []Entry{{Route: Route{Page: "home"}, Icon: theme.Icon("home"), TitleKey: "shell.page.home"}}
		r := newRail(s)
		for _, window := range []float32{800, 1366} {
			r.fit(window)
			w := test.NewTempWindow(t, container.NewWithoutLayout(r.box))
			w.Resize(fyne.NewSize(window, 600))
			r.box.Resize(fyne.NewSize(r.width(), 600))
			it := r.items["home"]
			for n, want := range map[int]string{1: "1", 12: "12", 99: "99", 345: "345", 999: "999", 12345: "999+"} {
				if r.narrow && n > 99 {
					want = "99+"
				}
				it.setCount(n)
				if it.number.Text != want {
					t.Errorf("%d is told as %q, want %q", n, it.number.Text, want)
				}
				end := it.icon.Position().X + it.icon.Size().Width
				if from := it.pill.Position().X; from < end {
					t.Errorf("%v, a window %v wide: the number %s begins at %v, its icon ends at %v", size, window, want, from, end)
				}
				if right := 8 + it.pill.Position().X + it.pill.Size().Width; right > r.width() {
					t.Errorf("%v, a window %v wide: the number %s ends at %v, the bar at %v", size, window, want, right, r.width())
				}
				if it.number.MinSize().Width > it.pill.Size().Width {
					t.Errorf("%v: the number %s is wider than what it stands on", size, want)
				}
			}
		}
	}
}
