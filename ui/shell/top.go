package shell

import (
	"context"
	"image/color"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/ui/theme"
	"alpi40.fr/airial/ui/widgets"
)

// topBar holds the way back, the authority, the search field and the person.
type topBar struct {
	s         *Shell
	box       fyne.CanvasObject
	strip     *canvas.Rectangle
	back      *widgets.Button
	authority *widgets.Button
	search    *widgets.Entry
	person    *widget.Label
}

func newTopBar(s *Shell) *topBar {
	t := &topBar{s: s, strip: canvas.NewRectangle(theme.Strip(0)), person: widget.NewLabel("")}
	t.strip.CornerRadius = 2
	t.strip.SetMinSize(fyne.NewSize(5, 26))
	t.back = widgets.NewButton("", base.NavigateBackIcon(), s.Back)
	t.back.Importance = widget.LowImportance
	t.back.Disable()
	t.authority = widgets.NewButton("", nil, t.choose)
	t.authority.Importance = widget.LowImportance
	t.authority.IconPlacement = widget.ButtonIconTrailingText
	t.search = widgets.NewEntry(s.c.Text.Text("shell.search.hint"))
	t.search.SetIcon(base.SearchIcon())
	t.search.OnChanged = s.results.ask
	t.search.OnKey = s.results.key
	wide := canvas.NewRectangle(color.Transparent)
	wide.SetMinSize(fyne.NewSize(330, 1))
	line := container.NewHBox(t.back, container.NewCenter(t.strip), t.authority, layout.NewSpacer(),
		container.NewStack(wide, t.search), layout.NewSpacer(), widget.NewIcon(base.AccountIcon()), t.person)
	t.box = container.New(layout.NewCustomPaddedLayout(7, 7, 8, 8), line)
	t.refresh()
	return t
}

func (t *topBar) refresh() {
	if t.s.c.Authorities == nil {
		return
	}
	now := t.s.c.Authorities.Current()
	all := t.s.c.Authorities.All()
	for i, a := range all {
		if a.ID == now.ID {
			t.strip.FillColor = theme.Strip(i)
		}
	}
	t.strip.Refresh()
	t.person.SetText(now.Person)
	if len(all) > 1 {
		t.authority.SetIcon(base.MenuDropDownIcon())
	}
	t.authority.SetText(now.Name)
}

func (t *topBar) choose() {
	all := t.s.c.Authorities.All()
	if len(all) < 2 {
		return
	}
	items := make([]*fyne.MenuItem, len(all))
	for i, a := range all {
		items[i] = fyne.NewMenuItem(a.Name, func() { t.s.switchTo(a) })
		items[i].Checked = a.ID == t.s.c.Authorities.Current().ID
	}
	at := fyne.CurrentApp().Driver().AbsolutePositionForObject(t.authority)
	widget.ShowPopUpMenuAtPosition(fyne.NewMenu("", items...), t.s.c.Window.Canvas(), at.AddXY(0, t.authority.Size().Height))
}

// switchTo opens another authority and drops all pages: nothing of the former one may stay in view.
func (s *Shell) switchTo(a Authority) {
	if a.ID == s.c.Authorities.Current().ID {
		return
	}
	s.hideCurrent()
	s.run(Action{ID: "authority", Label: s.c.Text.Text("shell.switching", "name", a.Name),
		Run: func(ctx context.Context, _ Progress) error { return s.c.Authorities.Switch(ctx, a.ID) },
		Done: func() {
			s.pages, s.past, s.future, s.now = map[PageName]*visit{}, nil, nil, Route{}
			s.top.refresh()
			s.refreshBadges()
			s.Go(s.c.Entries[0].Route)
		},
		Failed: func(err error) { // the former authority is still open
			s.show(s.now)
			s.fail(err)
		}})
}

// results are what the search field found, pages first.
type results struct {
	s      *Shell
	box    *fyne.Container
	list   *widgets.List
	none   *widget.Label
	found  []Found
	back   *ground
	cancel context.CancelFunc
}

func newResults(s *Shell) *results {
	r := &results{s: s, back: newGround(base.ColorNameOverlayBackground), cancel: func() {}, none: widget.NewLabel("")}
	r.list = widgets.NewList(s.c.Now, func() int { return len(r.found) }, func() fyne.CanvasObject { return widgets.NewRow(false) },
		func(i int, _ bool, o fyne.CanvasObject) {
			f := r.found[i]
			o.(*widgets.Row).Set(f.Title, strings.TrimSuffix(f.Kind+" · "+f.Detail, " · "), false, false, widgets.Plain, "")
		})
	r.list.OnOpen = r.open
	frame := canvas.NewRectangle(color.Transparent)
	frame.StrokeColor, frame.StrokeWidth = theme.Of(base.ColorNameInputBorder), 1
	r.box = container.NewStack(r.back, container.NewPadded(r.list), r.none, frame)
	r.box.Hide()
	return r
}

func (r *results) height() float32 {
	return max(1, float32(min(len(r.found), 8)))*(theme.SizeOf(theme.SizeRow)+6) + 10
}

// ask searches for the words typed; a newer question drops the older one's answer.
func (r *results) ask(words string) {
	r.cancel()
	words = strings.TrimSpace(words)
	if words == "" {
		r.close()
		return
	}
	pages := slices.Concat(r.pages(words), r.commands(words), r.answers(words))
	r.show(words, pages, r.s.c.Search == nil)
	if r.s.c.Search == nil {
		return
	}
	ctx, cancel := context.WithCancel(r.s.ctx)
	r.cancel = cancel
	go func() {
		found, err := r.s.c.Search.Search(ctx, words, 50)
		r.s.c.Schedule(func() {
			switch {
			case ctx.Err() != nil:
			case err != nil:
				r.s.fail(err)
			default:
				r.show(words, append(pages, found...), true)
			}
		})
	}()
}

func (r *results) pages(words string) []Found {
	var found []Found
	for _, e := range r.s.c.Entries {
		title := r.s.c.Text.Text(e.TitleKey)
		if widgets.Matches(title, words) {
			found = append(found, Found{Route: e.Route, Kind: r.s.c.Text.Text("shell.search.pages"), Title: title})
		}
	}
	return found
}

// commands are what the pages do.
func (r *results) commands(words string) []Found {
	var found []Found
	for _, e := range r.s.c.Entries {
		page := r.s.c.Text.Text(e.TitleKey)
		for _, c := range e.Commands {
			label := r.s.c.Text.Text(c.LabelKey)
			if widgets.Matches(label, words) || widgets.Matches(label+" "+page, words) {
				found = append(found, Found{Route: e.Route, Kind: r.s.c.Text.Text("shell.search.commands"), Title: label, Detail: page, run: c.Run})
			}
		}
	}
	return found
}

// answers are what pages find by themselves.
func (r *results) answers(words string) []Found {
	var found []Found
	for _, e := range r.s.c.Entries {
		if e.Find == nil {
			continue
		}
		for _, f := range e.Find(words) {
			if f.Kind == "" {
				f.Kind = r.s.c.Text.Text(e.TitleKey)
			}
			found = append(found, f)
		}
	}
	return found
}

func (r *results) show(words string, found []Found, final bool) {
	r.found = found
	r.none.SetText("")
	if len(found) == 0 && final {
		r.none.SetText(r.s.c.Text.Text("shell.search.none", "words", words))
	}
	r.box.Hidden = len(found) == 0 && !final
	r.list.Reset()
	if len(found) > 0 {
		r.list.SetCursor(0)
	}
	r.s.c.Window.Content().Refresh()
}

// key lets the arrows and Enter of the search field work the list.
func (r *results) key(e *fyne.KeyEvent) bool {
	switch e.Name {
	case fyne.KeyDown:
		r.list.SetCursor(r.list.Cursor() + 1)
	case fyne.KeyUp:
		r.list.SetCursor(r.list.Cursor() - 1)
	case fyne.KeyReturn, fyne.KeyEnter:
		if c := r.list.Cursor(); c >= 0 {
			r.open(c)
		}
	default:
		return false
	}
	return true
}

func (r *results) open(i int) {
	f := r.found[i]
	to := f.Route
	r.close()
	r.s.top.search.SetText("")
	if to == r.s.now {
		r.s.focusPage()
	}
	if f.run == nil {
		r.s.Go(to)
		return
	}
	if r.s.now.Page != to.Page {
		r.s.Go(to)
	}
	if v := r.s.visit(to.Page); v != nil && r.s.now.Page == to.Page {
		v.host.settled(func() { f.run(v.page) })
	}
}

func (r *results) close() {
	r.cancel()
	r.found = nil
	r.box.Hide()
	r.box.Refresh()
}
