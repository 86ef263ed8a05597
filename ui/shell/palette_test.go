package shell_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"

	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/theme"
	"alpi40.fr/airial/ui/widgets"
)

// reader is a page that loads when it is shown.
type reader struct {
	toy
	answer chan struct{}
	loaded bool
}

func (p *reader) Show(r shell.Route) {
	p.toy.Show(r)
	shell.Load(p.host, "all", func(ctx context.Context) (bool, error) { <-p.answer; return true, ctx.Err() }, func(bool) { p.loaded = true })
}

// palette is a shell with a page that has an action, a page that answers the search, and the help.
func palette(t *testing.T) (s *shell.Shell, w fyne.Window, pump func(), acted *[]bool, answer chan struct{}) {
	t.Helper()
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light, theme.Normal, theme.Fonts{}))
	text, err := lang.French()
	if err != nil {
		t.Fatal(err)
	}
	w = test.NewWindow(widgets.NewLabel(""))
	queue := make(chan func(), 64)
	acted, answer = new([]bool), make(chan struct{})
	page := func(name shell.PageName, title string) shell.Entry {
		return shell.Entry{Route: shell.Route{Page: name}, Icon: theme.Icon("home"), TitleKey: title,
			New: func(h shell.Host) shell.Page { return &toy{host: h, box: container.NewStack()} }}
	}
	sitting, help := page("sitting", "shell.page.sitting"), page("help", "shell.page.help")
	sitting.New = func(h shell.Host) shell.Page {
		return &reader{toy: toy{host: h, box: container.NewStack()}, answer: answer}
	}
	sitting.Commands = []shell.Command{{LabelKey: "sitting.convene", Run: func(p shell.Page) { *acted = append(*acted, p.(*reader).loaded) }}}
	help.Find = func(words string) []shell.Found {
		if !strings.HasPrefix("quorum", words) {
			return nil
		}
		return []shell.Found{{Route: shell.Route{Page: "help", Arg: "quorum"}, Title: "Le quorum"}}
	}
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	s = shell.New(ctx, shell.Config{Window: w, Text: text, Now: func() time.Time { return now }, Preferences: memory{}, Schedule: func(f func()) { queue <- f },
		Help:    func(from shell.Route) shell.Route { return shell.Route{Page: "help", Arg: string(from.Page)} },
		Entries: []shell.Entry{page("home", "shell.page.home"), sitting, help}})
	pump = func() {
		select {
		case f := <-queue:
			f()
		case <-time.After(5 * time.Second):
			t.Fatal("nothing was scheduled")
		}
	}
	return s, w, pump, acted, answer
}

func typeInSearch(w fyne.Window, words string) {
	field := searchField(w.Content())
	test.Type(field, words)
	field.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
}

// searchField is the only field that the shell has.
func searchField(o fyne.CanvasObject) *widgets.Entry {
	var under []fyne.CanvasObject
	switch o := o.(type) {
	case *widgets.Entry:
		return o
	case *fyne.Container:
		under = o.Objects
	case fyne.Widget:
		under = test.WidgetRenderer(o).Objects()
	}
	for _, child := range under {
		if e := searchField(child); e != nil {
			return e
		}
	}
	return nil
}

// The search field runs what another page does, once that page has what it waits for.
func TestAnActionIsFoundFromAnywhere(t *testing.T) {
	s, w, pump, acted, answer := palette(t)
	typeInSearch(w, "convoquer")
	if s.Route().Page != "sitting" || len(*acted) != 0 {
		t.Fatalf("at %v, acted %v before the page had loaded", s.Route(), *acted)
	}
	answer <- struct{}{}
	pump()
	if len(*acted) != 1 || !(*acted)[0] {
		t.Errorf("acted %v", *acted)
	}
	typeInSearch(w, "convoquer")
	if len(*acted) != 2 {
		t.Error("not from the page itself")
	}
}

// A page left before it had loaded does nothing.
func TestAnActionLeftIsDropped(t *testing.T) {
	s, w, pump, acted, answer := palette(t)
	typeInSearch(w, "convoquer")
	s.Back()
	answer <- struct{}{}
	pump()
	if s.Route().Page != "home" || len(*acted) != 0 {
		t.Errorf("at %v, acted %v", s.Route(), *acted)
	}
}

func TestPagesAnswerTheSearch(t *testing.T) {
	s, w, _, _, _ := palette(t)
	typeInSearch(w, "quor")
	if want := (shell.Route{Page: "help", Arg: "quorum"}); s.Route() != want {
		t.Errorf("at %v", s.Route())
	}
}

// A press on what was found opens it; what was found is no longer in the way on another page.
func TestWhatIsFoundIsPressed(t *testing.T) {
	s, w, _, _, _ := palette(t)
	w.Resize(fyne.NewSize(1000, 700))
	test.Type(searchField(w.Content()), "quor")
	found := pressed(w.Content(), "Le quorum", nil)
	if found == nil {
		t.Fatal("nothing is pressed there")
	}
	found.Tapped(&fyne.PointEvent{})
	if want := (shell.Route{Page: "help", Arg: "quorum"}); s.Route() != want {
		t.Errorf("at %v", s.Route())
	}
	test.Type(searchField(w.Content()), "quor")
	s.Back()
	if text := searchField(w.Content()).Text; text != "" || pressed(w.Content(), "Le quorum", nil) != nil {
		t.Errorf("«%s» is still looked for on another page", text)
	}
}

// pressed is what takes a press on words, the innermost; nil where the words are not shown.
func pressed(o fyne.CanvasObject, words string, by fyne.Tappable) fyne.Tappable {
	if o == nil || !o.Visible() {
		return nil
	}
	if t, ok := o.(fyne.Tappable); ok {
		by = t
	}
	var under []fyne.CanvasObject
	switch o := o.(type) {
	case *canvas.Text:
		if o.Text == words {
			return by
		}
	case *fyne.Container:
		under = o.Objects
	case fyne.Widget:
		under = test.WidgetRenderer(o).Objects()
	}
	for _, child := range under {
		if found := pressed(child, words, by); found != nil {
			return found
		}
	}
	return nil
}

// F1 opens the help at where one is; in the help, it shows the keys.
func TestHelpOfWhereOneIs(t *testing.T) {
	s, w, _, _, _ := palette(t)
	f1 := func() { w.Canvas().OnTypedKey()(&fyne.KeyEvent{Name: fyne.KeyF1}) }
	escape := func() { w.Canvas().OnTypedKey()(&fyne.KeyEvent{Name: fyne.KeyEscape}) }
	f1()
	if want := (shell.Route{Page: "help", Arg: "home"}); s.Route() != want {
		t.Errorf("F1 led to %v", s.Route())
	}
	f1()
	escape() // closes the keys
	if s.Route().Page != "help" {
		t.Error("F1 in the help did not show the keys")
	}
	escape()
	if s.Route().Page != "home" {
		t.Errorf("Escape led to %v", s.Route())
	}
}
