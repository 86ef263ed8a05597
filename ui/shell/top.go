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
	name      string // the authority's, in full
	search    *widgets.Entry
	account   *widget.Icon
	person    *widgets.Label
}

// topLayout places the line. Where it is short, the field gives way first, then the person, then the authority's name.
type topLayout struct{ t *topBar }

// The field's width: what it has, what it keeps, and what it keeps once nothing else gives way.
const (
	searchWide  = 330
	searchLeast = 200
	personLeast = 70
)

func (l *topLayout) MinSize([]fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(searchLeast, max(l.t.back.MinSize().Height, l.t.search.MinSize().Height))
}

func (l *topLayout) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	t, gap := l.t, base.Padding()
	side := theme.SizeOf(base.SizeNameInlineIcon)
	x := float32(0)
	place := func(o fyne.CanvasObject, width, height float32) {
		o.Move(fyne.NewPos(x, (size.Height-height)/2))
		o.Resize(fyne.NewSize(width, height))
		x += width + gap
	}
	person := fyne.MeasureText(t.person.Text, theme.SizeOf(base.SizeNameText), t.person.TextStyle).Width + 2*base.InnerPadding() + 1
	place(t.back, t.back.MinSize().Width, t.back.MinSize().Height)
	place(t.strip, 5, 26)
	rest := size.Width - x - side - 4*gap
	if least := rest - searchLeast - t.named(t.name); person > least {
		person = max(least, 0)
	}
	if person < personLeast {
		person = 0
	}
	name := t.name
	for r := []rune(name); person == 0 && len(r) > 1 && t.named(name) > rest-searchLeast; {
		r = r[:len(r)-1]
		name = strings.TrimSpace(string(r)) + "…"
	}
	t.authority.SetText(name)
	place(t.authority, t.named(name), t.authority.MinSize().Height)
	field := min(searchWide, size.Width-x-person-side-3*gap)
	right := size.Width - person - gap - side
	x = max(x, (x+right-field)/2)
	place(t.search, field, t.search.MinSize().Height)
	x = right
	place(t.account, side, side)
	place(t.person, person, t.person.MinSize().Height)
}

// named is how wide the authority's button is under a name.
func (t *topBar) named(name string) float32 {
	text := theme.SizeOf(base.SizeNameText)
	width := fyne.MeasureText(name, text, fyne.TextStyle{Bold: true}).Width + 2*base.InnerPadding() + 2
	if t.authority.Icon != nil {
		width += theme.SizeOf(base.SizeNameInlineIcon) + base.Padding()
	}
	return width
}

func newTopBar(s *Shell) *topBar {
	t := &topBar{s: s, strip: canvas.NewRectangle(theme.Strip(0)), person: widgets.NewLabel("")}
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
	t.person.Truncation = fyne.TextTruncateEllipsis
	t.account = widget.NewIcon(base.AccountIcon())
	line := container.New(&topLayout{t}, t.back, t.strip, t.authority, t.search, t.account, t.person)
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
	t.name = now.Name
	t.authority.SetText(now.Name)
	t.box.Refresh()
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
	none   *widgets.Label
	found  []Found
	back   *ground
	cancel context.CancelFunc
}

func newResults(s *Shell) *results {
	r := &results{s: s, back: newGround(base.ColorNameOverlayBackground), cancel: func() {}, none: widgets.NewLabel("")}
	r.list = widgets.NewList(s.c.Now, func() int { return len(r.found) }, func() fyne.CanvasObject { return widgets.NewRow(false) },
		func(i int, _ bool, o fyne.CanvasObject) {
			f := r.found[i]
			o.(*widgets.Row).Set(f.Title, strings.TrimSuffix(f.Kind+" · "+f.Detail, " · "), false, false, widgets.Plain, "")
		})
	r.list.OnOpen, r.list.OpensAtOnce = r.open, true
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
