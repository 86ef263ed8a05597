package widgets_test

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"alpi40.fr/airial/ui/theme"
	"alpi40.fr/airial/ui/widgets"
)

func inLight(t testing.TB) {
	t.Helper()
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light, theme.Normal, theme.Fonts{}))
}

func window(t *testing.T, o fyne.CanvasObject) fyne.Window {
	t.Helper()
	w := test.NewTempWindow(t, o)
	w.Resize(fyne.NewSize(400, 300))
	return w
}

func key(f fyne.Focusable, names ...fyne.KeyName) {
	for _, n := range names {
		f.TypedKey(&fyne.KeyEvent{Name: n})
	}
}

func names(i int) string {
	return []string{"Arrêté", "Bail", "Élection", "Budget", "Éclairage"}[i%5]
}

func list(t *testing.T) (*widgets.List, fyne.Window, *time.Time) {
	now := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	inLight(t)
	l := widgets.NewList(func() time.Time { return now }, func() int { return 1000 },
		func() fyne.CanvasObject { return widgets.NewRow(true) },
		func(i int, ticked bool, o fyne.CanvasObject) {
			o.(*widgets.Row).Set(names(i), fmt.Sprint(i), false, ticked, widgets.Plain, "")
		})
	l.Label, l.Tickable = names, true
	w := test.NewTempWindow(t, l)
	w.Resize(fyne.NewSize(400, 300))
	w.Canvas().Focus(l)
	return l, w, &now
}

func TestListKeys(t *testing.T) {
	l, _, now := list(t)
	var opened []int
	l.OnOpen = func(i int) { opened = append(opened, i) }
	at := func(want int, after string) {
		t.Helper()
		if l.Cursor() != want {
			t.Errorf("after %s: row %d, want %d", after, l.Cursor(), want)
		}
	}
	at(0, "focus")
	key(l, fyne.KeyDown, fyne.KeyDown, fyne.KeyUp)
	at(1, "arrows")
	key(l, fyne.KeyEnd)
	at(999, "End")
	key(l, fyne.KeyDown)
	at(999, "Down at the end")
	key(l, fyne.KeyPageUp)
	if c := l.Cursor(); c >= 998 || c < 985 {
		t.Errorf("PageUp went to %d", c)
	}
	key(l, fyne.KeyHome, fyne.KeyUp)
	at(0, "Home, Up")
	l.TypedRune('e')
	at(2, "e (Élection)")
	l.TypedRune('c')
	at(4, "ec (Éclairage)")
	*now = now.Add(2 * time.Second)
	l.TypedRune('b')
	at(6, "b, later (Bail)")
	key(l, fyne.KeyReturn)
	if !slices.Equal(opened, []int{6}) {
		t.Errorf("opened %v", opened)
	}
}

// Ctrl+C takes rows whole, though the screen cuts them: the ticked ones, else that of the cursor.
func TestListCopies(t *testing.T) {
	test.NewTempApp(t)
	long := strings.Repeat("Convention ", 40)
	l := widgets.NewList(time.Now, func() int { return 3 }, func() fyne.CanvasObject { return widgets.NewRow(true) },
		func(i int, ticked bool, o fyne.CanvasObject) {
			o.(*widgets.Row).Set(fmt.Sprint(long, i), "avant le 3 mars", false, ticked, widgets.Late, "En retard")
		})
	l.Tickable = true
	w := test.NewTempWindow(t, l)
	w.Resize(fyne.NewSize(300, 200))
	if got := l.Copied(); got != "" {
		t.Errorf("nothing is chosen: %q", got)
	}
	l.SetCursor(1)
	l.TypedShortcut(&fyne.ShortcutCopy{})
	if got, want := fyne.CurrentApp().Clipboard().Content(), long+"1\tavant le 3 mars\tEn retard"; got != want {
		t.Errorf("the cursor's row: %q", got)
	}
	l.Tick(0, true)
	l.Tick(2, true)
	if got := strings.Split(l.Copied(), "\n"); len(got) != 2 || !strings.HasPrefix(got[1], long+"2\t") {
		t.Errorf("the ticked rows: %q", got)
	}
	columns := []widgets.Column[string]{{Title: "Nom", Width: 20, Text: func(s string) string { return s }}, {Title: "Long", Text: func(string) string { return long }}}
	table := widgets.NewList(time.Now, func() int { return 1 }, func() fyne.CanvasObject { return widgets.NewCells(columns) },
		func(_ int, _ bool, o fyne.CanvasObject) { widgets.ShowCells(o.(*widgets.Cells), columns, "Ève") })
	table.SetCursor(0)
	if got := table.Copied(); got != "Ève\t"+long {
		t.Errorf("a table: %q", got)
	}
}

func TestListTicks(t *testing.T) {
	l, _, _ := list(t)
	told := -1
	l.OnTicked = func(n int) { told = n }
	key(l, fyne.KeySpace, fyne.KeyDown, fyne.KeyDown, fyne.KeySpace)
	if got := l.Ticked(); !slices.Equal(got, []int{0, 2}) || told != 2 {
		t.Errorf("ticked %v, told %d", got, told)
	}
	key(l, fyne.KeySpace)
	if got := l.Ticked(); !slices.Equal(got, []int{0}) {
		t.Errorf("Space again left %v", got)
	}
	l.TypedShortcut(&fyne.ShortcutSelectAll{})
	if told != 1000 {
		t.Errorf("Ctrl+A ticked %d", told)
	}
	l.TypedShortcut(&fyne.ShortcutSelectAll{})
	if told != 0 {
		t.Errorf("Ctrl+A again left %d", told)
	}
}

func TestKeysReachTheWindow(t *testing.T) {
	inLight(t)
	e, b := widgets.NewEntry(""), widgets.NewButton("x", nil, nil)
	for _, f := range []fyne.Focusable{e, b} {
		w := window(t, f.(fyne.CanvasObject))
		var got []fyne.KeyName
		w.Canvas().SetOnTypedKey(func(k *fyne.KeyEvent) { got = append(got, k.Name) })
		key(f, fyne.KeyF5, fyne.KeyEscape)
		if !slices.Equal(got, []fyne.KeyName{fyne.KeyF5, fyne.KeyEscape}) {
			t.Errorf("%T let through %v", f, got)
		}
	}
}

func TestButtonEnter(t *testing.T) {
	inLight(t)
	n := 0
	b := widgets.NewButton("x", nil, func() { n++ })
	window(t, b)
	key(b, fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace)
	b.Disable()
	key(b, fyne.KeyReturn)
	if n != 3 {
		t.Errorf("tapped %d times, want 3", n)
	}
}

func TestBlocks(t *testing.T) {
	inLight(t)
	b := widgets.NewBlocks(func(k string, n int) string { return fmt.Sprint(k, n) },
		[]widgets.Block{{Kind: "visa", Text: "un"}, {Kind: "visa", Text: "deux"}, {Kind: "article", Text: "trois"}})
	w := window(t, b)
	text := func() string {
		var all []string
		for _, x := range b.Blocks() {
			all = append(all, x.Kind[:1]+":"+x.Text)
		}
		return strings.Join(all, " ")
	}
	want := func(s string) {
		t.Helper()
		if got := text(); got != s {
			t.Fatalf("%q, want %q", got, s)
		}
	}
	b.Focus(0)
	focused := func() *widgets.Entry { return w.Canvas().Focused().(*widgets.Entry) }
	key(focused(), fyne.KeyEnd, fyne.KeyReturn)
	want("v:un v: v:deux a:trois")
	test.Type(focused(), "nouveau")
	want("v:un v:nouveau v:deux a:trois")
	focused().TypedShortcut(&desktop.CustomShortcut{KeyName: fyne.KeyUp, Modifier: fyne.KeyModifierAlt})
	want("v:nouveau v:un v:deux a:trois")
	b.Reorder(2, 1) // a visa never goes below an article
	want("v:nouveau v:un v:deux a:trois")
	focused().SetText("")
	key(focused(), fyne.KeyBackspace)
	want("v:un v:deux a:trois")
	focused().SetText("collé\r\nde Word\u00a0;")
	want("v:collé de Word ; v:deux a:trois")
	b.Insert("visa")
	want("v:collé de Word ; v:deux v: a:trois")
	b.Focus(1)
	bold := &desktop.CustomShortcut{KeyName: fyne.KeyB, Modifier: fyne.KeyModifierControl}
	focused().TypedShortcut(bold) // nothing is selected
	want("v:collé de Word ; v:deux v: a:trois")
	for _, set := range []string{"**deux**", "deux"} { // a second time takes the marks away
		focused().TypedShortcut(&fyne.ShortcutSelectAll{})
		focused().TypedShortcut(bold)
		want("v:collé de Word ; v:" + set + " v: a:trois")
	}
	focused().TypedShortcut(&fyne.ShortcutSelectAll{})
	focused().TypedShortcut(&desktop.CustomShortcut{KeyName: fyne.KeyI, Modifier: fyne.KeyModifierControl})
	want("v:collé de Word ; v:__deux__ v: a:trois")
}

type pages struct{ asked chan int }

func (p pages) Pages() int { return 3 }
func (p pages) Render(_ context.Context, page, width int) (image.Image, error) {
	p.asked <- page
	if page == 2 {
		return nil, errors.New("broken")
	}
	return image.NewGray(image.Rect(0, 0, width, width)), nil
}

func TestPreviewKeys(t *testing.T) {
	inLight(t)
	queue := make(chan func(), 16)
	p := widgets.NewPreview(func(f func()) { queue <- f }, func(a, n int) string { return fmt.Sprintf("%d/%d", a, n) })
	ended, said := false, ""
	p.OnEnd = func() { ended = true }
	p.OnError = func(err error) string { said = err.Error(); return said }
	window(t, p)
	doc := pages{make(chan int, 16)}
	p.SetDocument(doc)
	// drawn waits for pages to be drawn, in this order, and has so much done of what that brought to the window.
	drawn := func(brought int, pages ...int) {
		t.Helper()
		for _, page := range pages {
			if got := <-doc.asked; got != page {
				t.Fatalf("drew page %d, want %d", got, page)
			}
		}
		for range brought {
			(<-queue)()
		}
	}
	drawn(2, 0, 1) // the next one beside it
	key(p, fyne.KeySpace)
	drawn(0, 2)
	if said != "" || p.Page() != 1 {
		t.Errorf("page %d; said %q of a page that nobody asked for", p.Page(), said)
	}
	key(p, fyne.KeyEnd)
	drawn(1, 2)
	if said != "broken" {
		t.Errorf("said %q of a page that cannot be drawn", said)
	}
	key(p, fyne.KeySpace)
	if !ended {
		t.Error("Space on the last page did not tell the end")
	}
	key(p, fyne.KeyHome)
	drawn(2, 0, 1)
}

func TestCSV(t *testing.T) {
	columns := []widgets.Column[string]{{Title: "Objet", Text: func(s string) string { return s }}}
	var out strings.Builder
	if err := widgets.WriteCSV(&out, columns, slices.Values([]string{"a;b", "=1+1"})); err != nil {
		t.Fatal(err)
	}
	if want := "\ufeffObjet\n\"a;b\"\n'=1+1\n"; out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
	}
}

func TestRowMarkup(t *testing.T) {
	inLight(t)
	r := widgets.NewRow(true)
	r.Resize(fyne.NewSize(320, 46))
	r.Set("Délibération très longue sur la réfection de la toiture", "Maylis", true, true, widgets.Late, "En retard")
	test.AssertObjectRendersToMarkup(t, "row.xml", r)
}

func BenchmarkListScroll(b *testing.B) {
	inLight(b)
	l := widgets.NewList(time.Now, func() int { return 10_000 }, func() fyne.CanvasObject { return widgets.NewRow(true) },
		func(i int, ticked bool, o fyne.CanvasObject) {
			o.(*widgets.Row).Set(names(i), "détail", false, ticked, widgets.Late, "En retard")
		})
	w := test.NewTempWindow(b, l)
	w.Resize(fyne.NewSize(500, 600))
	i := 0
	for b.Loop() {
		i = (i + 1) % 9000
		l.ScrollToOffset(float32(i * 50))
	}
}

// A one-line field scrolls sideways: Fyne would give it the wheel.
func TestTheWheelMovesTheColumnOverAField(t *testing.T) {
	inLight(t)
	column := container.NewVBox()
	for range 40 {
		column.Add(widgets.NewEntry("Nom"))
	}
	s := widgets.NewScroll(column)
	w := window(t, s)
	test.Scroll(w.Canvas(), fyne.NewPos(100, 20), 0, -120)
	if s.Offset() != 120 {
		t.Errorf("the column stands at %v, want 120", s.Offset())
	}
	s.ScrollTo(10)
	test.Tap(column.Objects[0].(*widgets.Entry))
	test.Type(column.Objects[0].(*widgets.Entry), "Ève")
	if got := column.Objects[0].(*widgets.Entry).Text; got != "Ève" {
		t.Errorf("typed %q", got)
	}
}

// New texts above a list push it down by the height that they have in its width, at once, whatever stood there before.
func TestBetween(t *testing.T) {
	inLight(t)
	above, below, middle := widgets.Wrapped(), widgets.Wrapped(), canvas.NewRectangle(color.Black)
	c := widgets.Between(above, middle, below)
	window(t, c)
	for _, text := range []string{"Court.", strings.Repeat("Un texte qui ne tient pas sur une ligne. ", 4), "Court."} {
		above.Objects = []fyne.CanvasObject{widgets.Caption(text), widgets.NewButton("Agir", nil, nil)}
		below.Objects = []fyne.CanvasObject{widgets.Caption(text)}
		c.Refresh()
		last := above.Objects[1]
		if bottom := last.Position().Y + last.Size().Height; middle.Position().Y < bottom {
			t.Errorf("%.10q: the list begins at %v, under what ends at %v", text, middle.Position().Y, bottom)
		}
		if end := middle.Position().Y + middle.Size().Height; end > below.Position().Y || below.Position().Y+below.Objects[0].Size().Height > c.Size().Height {
			t.Errorf("%.10q: the list ends at %v; what is below stands at %v, %v high, in %v", text, end, below.Position().Y, below.Objects[0].Size().Height, c.Size().Height)
		}
	}
}

// What does not fit beside one another goes on below, within the width, nothing over anything, and takes its height.
func TestNarrowRowsGoOnBelow(t *testing.T) {
	inLight(t)
	three := func() []fyne.CanvasObject {
		return []fyne.CanvasObject{widgets.NewButton("Enregistrer la demande", nil, nil), widgets.NewButton("Abandonner", nil, nil), widgets.NewButton("Imprimer la feuille", nil, nil)}
	}
	for name, make := range map[string]func(o []fyne.CanvasObject) *fyne.Container{
		"beside":  func(o []fyne.CanvasObject) *fyne.Container { return widgets.Beside(o...) },
		"columns": func(o []fyne.CanvasObject) *fyne.Container { return widgets.Columns(3, o...) },
		"apart":   func(o []fyne.CanvasObject) *fyne.Container { return widgets.Apart(o[0], widgets.Beside(o[1:]...)) },
	} {
		heights := map[float32]float32{}
		for _, width := range []float32{900, 240} {
			o := three()
			row := make(o)
			column := widgets.Wrapped(row, widgets.NewButton("Dessous", nil, nil))
			column.Resize(fyne.NewSize(width, 600))
			heights[width] = row.Size().Height
			if column.Objects[1].Position().Y < row.Size().Height {
				t.Errorf("%s, %v wide: what stands below lies over it", name, width)
			}
			place := func(x fyne.CanvasObject) (left, top, right, bottom float32) {
				at := x.Position()
				if name == "apart" && x != o[0] {
					at = at.Add(row.Objects[1].Position())
				}
				return at.X, at.Y, at.X + x.Size().Width, at.Y + x.Size().Height
			}
			for i, x := range o {
				l, u, r, d := place(x)
				if r > width+1 || d > row.Size().Height+1 || x.Size().Width < x.MinSize().Width-1 {
					t.Errorf("%s, %v wide: the %dth is at %v, %v to %v, %v", name, width, i, l, u, r, d)
				}
				for _, y := range o[:i] {
					if l2, u2, r2, d2 := place(y); l < r2 && l2 < r && u < d2 && u2 < d {
						t.Errorf("%s, %v wide: two lie over one another", name, width)
					}
				}
			}
		}
		if heights[240] <= heights[900] {
			t.Errorf("%s: heights %v", name, heights)
		}
	}
}
