package shell

import (
	"context"
	"strings"
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/layout"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/theme"
	"alpi40.fr/airial/ui/widgets"
)

// Config is all the shell needs. Sync, Company, Changes, Authorities and Search may be nil; Schedule nil is fyne.Do. Help tells where
// the help of a route is (F1); nil: the keys are shown.
type Config struct {
	Window      fyne.Window
	Entries     []Entry
	Text        *lang.Catalogue
	Sync        SyncState
	Company     Company
	Exchanges   Route // the page that the sync sentence opens
	Changes     Changes
	Authorities Authorities
	Search      Searcher
	Help        func(Route) Route
	System      System
	Preferences Preferences
	Now         func() time.Time
	Schedule    func(func())
}

// Shell is the window around the pages. All its methods are called on the window's thread.
type Shell struct {
	c       Config
	ctx     context.Context
	stop    context.CancelFunc
	pages   map[PageName]*visit
	now     Route
	past    []Route
	future  []Route
	running map[string]bool
	closing bool
	giveUp  context.CancelFunc // ends the drag out of the window that goes on; nil: none does
	escaped time.Time          // when a drag saw that Escape was pressed, which the window was not told yet; zero: none did
	// gathering: streams have changed, and the page in view will be told.
	gathering atomic.Bool

	rail    *rail
	top     *topBar
	foot    *foot
	center  *fyne.Container // the page in view
	panel   *fyne.Container // the card over the page, with its margins
	card    *widgets.Card
	before  fyne.Focusable // what had the focus before the card
	results *results
	toasts  *fyne.Container
	plain   fyne.CanvasObject // the toast that offers no undo, of which one is shown
	notice  fyne.CanvasObject // the notice that is shown
	notices []said            // those that wait to be shown, the one shown first
	grounds []*ground
}

// visit is a page made, with what lives as long as it is in view.
type visit struct {
	entry Entry
	page  Page
	host  *pageHost
}

// Size is the window's when it was last closed.
func Size(p Preferences) fyne.Size {
	return fyne.NewSize(float32(p.Float("window.width", 1180)), float32(p.Float("window.height", 700)))
}

// New builds the window's content. ctx ends all work of the shell.
func New(ctx context.Context, c Config) *Shell {
	if c.Schedule == nil {
		c.Schedule = fyne.Do
	}
	ctx, stop := context.WithCancel(ctx)
	s := &Shell{c: c, ctx: ctx, stop: stop, pages: map[PageName]*visit{}, running: map[string]bool{},
		center: container.NewStack(), panel: container.New(layout.NewCustomPaddedLayout(8, 8, 12, 12)), toasts: container.NewVBox()}
	s.rail, s.foot, s.results = newRail(s), newFoot(s), newResults(s)
	s.top = newTopBar(s)
	s.panel.Hide()
	s.grounds = []*ground{newGround(theme.ColorRail), newGround(theme.ColorRail), newGround(base.ColorNameBackground)}
	middle := container.NewBorder(s.panel, nil, nil, nil, s.center)
	frame := container.New(&frameLayout{s},
		container.NewStack(s.grounds[0], s.top.box), container.NewStack(s.grounds[1], s.rail.box),
		container.NewStack(s.grounds[2], middle), s.foot.box, s.toasts, s.results.box)
	c.Window.SetContent(frame)
	c.Window.SetPadded(false)
	c.Window.SetCloseIntercept(s.Close)
	c.Window.SetOnDropped(s.dropped)
	s.bindKeys()
	s.listen()
	s.refreshBadges()
	if len(c.Entries) > 0 {
		s.Go(c.Entries[0].Route)
	}
	return s
}

// Go shows a route and remembers the present one.
func (s *Shell) Go(r Route) {
	if r == s.now || s.visit(r.Page) == nil {
		return
	}
	if s.now != (Route{}) {
		s.past, s.future = append(s.past, s.leaving()), nil
		if len(s.past) > 100 {
			s.past = s.past[1:]
		}
	}
	s.show(r)
}

// Loading tells whether the page in view waits for what it shows.
func (s *Shell) Loading() bool {
	v := s.visit(s.now.Page)
	return v != nil && v.host.loading > 0
}

// Busy tells whether something that was asked for has not come back yet: what the page in view loads, a change that it is
// to be told of, or work that runs.
func (s *Shell) Busy() bool { return s.Loading() || len(s.running) > 0 || s.gathering.Load() }

// Entries are the pages, in the order of the rail.
func (s *Shell) Entries() []Entry { return s.c.Entries }

// Route tells where one is.
func (s *Shell) Route() Route { return s.now }

// Back returns to the former route.
func (s *Shell) Back() {
	if n := len(s.past); n > 0 {
		to := s.past[n-1]
		s.past, s.future = s.past[:n-1], append(s.future, s.leaving())
		s.show(to)
	}
}

// Forward undoes Back.
func (s *Shell) Forward() {
	if n := len(s.future); n > 0 {
		to := s.future[n-1]
		s.future, s.past = s.future[:n-1], append(s.past, s.leaving())
		s.show(to)
	}
}

// leaving is the present route as its page tells it, to come back to.
func (s *Shell) leaving() Route {
	if v := s.pages[s.now.Page]; v != nil {
		return v.page.Route()
	}
	return s.now
}

func (s *Shell) show(r Route) {
	v := s.visit(r.Page)
	s.hideCurrent()
	s.closeCard()
	s.top.search.SetText("") // what was looked for is found, or given up
	s.now = r
	v.host.enter()
	s.center.Objects = []fyne.CanvasObject{v.page.Content()}
	s.center.Refresh()
	s.rail.mark(r.Page)
	s.top.back.Enable()
	if len(s.past) == 0 {
		s.top.back.Disable()
	}
	v.page.Show(r)
	s.c.Window.SetTitle(v.page.Title() + " — " + s.c.Text.Text("shell.title"))
	s.focusPage()
}

func (s *Shell) hideCurrent() {
	v := s.pages[s.now.Page]
	if v == nil {
		return
	}
	if d, ok := v.page.(Draft); ok {
		d.SaveDraft()
	}
	v.page.Hide()
	v.host.leave()
}

func (s *Shell) visit(name PageName) *visit {
	if v, ok := s.pages[name]; ok {
		return v
	}
	for _, e := range s.c.Entries {
		if e.Route.Page == name {
			h := newPageHost(s)
			v := &visit{entry: e, host: h}
			v.page = e.New(h)
			s.pages[name] = v
			return v
		}
	}
	return nil
}

func (s *Shell) page() Page {
	if v := s.pages[s.now.Page]; v != nil {
		return v.page
	}
	return nil
}

// focusPage puts the focus on the page's first pane, so that the keyboard is somewhere sensible.
func (s *Shell) focusPage() {
	if f, ok := s.page().(Focuser); ok {
		if panes := f.Panes(); len(panes) > 0 {
			s.c.Window.Canvas().Focus(panes[0])
			return
		}
	}
	s.c.Window.Canvas().Unfocus()
}

// nextPane goes through the page's panes and the rail: F6.
func (s *Shell) nextPane() {
	var panes []fyne.Focusable
	if f, ok := s.page().(Focuser); ok {
		panes = append(panes, f.Panes()...)
	}
	panes = append(panes, s.rail.item(s.now.Page))
	c := s.c.Window.Canvas()
	for i, p := range panes {
		if p == c.Focused() {
			c.Focus(panes[(i+1)%len(panes)])
			return
		}
	}
	c.Focus(panes[0])
}

// patience is how long a closing window waits for work under way, a draft being written above all.
const patience = 5 * time.Second

// Close keeps drafts and the window's size, lets work under way end for a while, then closes the window.
func (s *Shell) Close() {
	if s.closing {
		return
	}
	s.closing = true
	s.hideCurrent()
	size := s.c.Window.Canvas().Size()
	s.c.Preferences.SetFloat("window.width", float64(size.Width))
	s.c.Preferences.SetFloat("window.height", float64(size.Height))
	if len(s.running) == 0 {
		s.end()
		return
	}
	s.toast(Waiting, s.c.Text.Text("shell.busy"), nil)
	go func() {
		select {
		case <-time.After(patience):
			s.c.Schedule(s.end)
		case <-s.ctx.Done():
		}
	}()
}

func (s *Shell) end() {
	if s.ctx.Err() != nil {
		return
	}
	s.stop()
	s.c.Window.SetCloseIntercept(nil)
	s.c.Window.Close()
}

// Restyle follows a new theme or text size.
func (s *Shell) Restyle() {
	for _, g := range s.grounds {
		g.Refresh()
	}
	s.top.refresh()
	s.foot.refresh()
	s.c.Window.Content().Refresh()
}

// Take gives a page the files with which the program was started, as if they had been dropped on it.
func (s *Shell) Take(page PageName, paths []string) {
	s.Go(Route{Page: page})
	if d, ok := s.page().(Dropper); ok {
		d.Drop(paths)
	}
}

// copyLink puts the link of what is in view on the clipboard: who opens it on her own computer is shown the same.
func (s *Shell) copyLink() {
	r := s.leaving()
	link := "airial:" + string(r.Page)
	if r.Arg != "" {
		link += "/" + r.Arg
	}
	fyne.CurrentApp().Clipboard().SetContent(link)
	s.toast(Done, s.c.Text.Text("shell.link"), nil)
}

func (s *Shell) dropped(_ fyne.Position, uris []fyne.URI) {
	var paths []string
	for _, u := range uris {
		if u.Scheme() == "file" {
			paths = append(paths, u.Path())
		}
	}
	if d, ok := s.page().(Dropper); ok && len(paths) > 0 {
		d.Drop(paths)
	}
}

func (s *Shell) bindKeys() {
	c := s.c.Window.Canvas()
	add := func(k fyne.KeyName, m fyne.KeyModifier, f func()) {
		c.AddShortcut(&desktop.CustomShortcut{KeyName: k, Modifier: m}, func(fyne.Shortcut) { f() })
	}
	ctrl, alt := fyne.KeyModifierControl, fyne.KeyModifierAlt
	add(fyne.KeyK, ctrl, func() { c.Focus(s.top.search) })
	add(fyne.KeyF, ctrl, func() {
		if f, ok := s.page().(Finder); ok {
			f.Find()
		}
	})
	add(fyne.KeyP, ctrl, func() {
		if p, ok := s.page().(Printer); ok {
			p.PrintPage()
		}
	})
	add(fyne.KeyF1, ctrl, s.showKeys)
	add(fyne.KeyL, ctrl, s.copyLink)
	add(fyne.KeyLeft, alt, s.Back)
	add(fyne.KeyRight, alt, s.Forward)
	c.AddShortcut(widgets.TooLong{}, func(fyne.Shortcut) { s.toast(Late, s.c.Text.Text("shell.paste.long"), nil) })
	digit := '1'
	for _, e := range s.c.Entries {
		if e.Under == "" && digit <= '9' {
			add(fyne.KeyName(string(digit)), ctrl, func() { s.Go(e.Route) })
			digit++
		}
	}
	c.SetOnTypedKey(func(e *fyne.KeyEvent) {
		switch e.Name {
		case fyne.KeyF1:
			s.help()
		case fyne.KeyF5:
			s.SyncNow()
		case fyne.KeyF6:
			s.nextPane()
		case fyne.KeyEscape:
			s.escape()
		}
	})
}

// escape closes what is open, innermost first, else goes back.
func (s *Shell) escape() {
	switch {
	case s.giveUp != nil:
		s.giveUp()
	case s.late():
	case !s.results.box.Hidden:
		s.results.close()
	case s.card != nil:
		if s.card.Cancel != nil {
			s.card.Cancel.OnTapped()
			return
		}
		s.closeCard()
	case s.c.Window.Canvas().Focused() == fyne.Focusable(s.top.search):
		s.focusPage()
	default:
		s.Back()
	}
}

// late tells whether the Escape that is told now ended a drag already.
func (s *Shell) late() bool {
	late := !s.escaped.IsZero() && s.c.Now().Sub(s.escaped) < lately
	s.escaped = time.Time{}
	return late
}

// lately is how long a key that was pressed may take to be told to the window.
const lately = time.Second

func (s *Shell) openCard(c *widgets.Card) {
	if s.card == nil {
		s.before = s.c.Window.Canvas().Focused()
	}
	s.card = c
	s.panel.Objects = []fyne.CanvasObject{c}
	s.panel.Show()
	s.c.Window.Content().Refresh() // the page gives way
	if c.First != nil {
		s.c.Window.Canvas().Focus(c.First)
	}
}

func (s *Shell) closeCard() {
	if s.card == nil {
		return
	}
	s.card, s.panel.Objects = nil, nil
	s.panel.Hide()
	s.c.Window.Content().Refresh()
	s.refocus(s.before)
	s.before = nil
}

// refocus gives the focus back to what had it, or to the page where that has gone meanwhile.
func (s *Shell) refocus(before fyne.Focusable) {
	if o, ok := before.(fyne.CanvasObject); ok && widgets.Shown(o) {
		s.c.Window.Canvas().Focus(before)
		return
	}
	s.focusPage()
}

// help opens the help at the page for where one is; in the help itself it shows the keys.
func (s *Shell) help() {
	if s.c.Help != nil {
		if to := s.c.Help(s.now); to.Page != s.now.Page && s.visit(to.Page) != nil {
			s.Go(to)
			return
		}
	}
	s.showKeys()
}

func (s *Shell) showKeys() {
	t := s.c.Text
	body := widgets.NewLabel(t.Text("shell.keys"))
	s.openCard(widgets.NewCard(t.Text("shell.keys.title"), widgets.Plain, body, widgets.NewButton(t.Text("shell.close"), nil, s.closeCard), nil))
}

// listen follows the journal and the sync state until the shell ends.
func (s *Shell) listen() {
	if s.c.Changes != nil {
		changes := s.c.Changes.Subscribe(s.ctx)
		go s.gather(changes)
	}
	if s.c.Sync != nil {
		watch := s.c.Sync.Watch(s.ctx)
		go func() {
			for range watch {
				s.c.Schedule(s.foot.refresh)
			}
		}()
	}
}

// gather brings changed streams to the window's thread together, at most some times a second.
func (s *Shell) gather(changes <-chan string) {
	const pause = 150 * time.Millisecond
	for first := range changes {
		s.gathering.Store(true)
		streams := map[string]bool{first: true}
		wait := time.NewTimer(pause)
	more:
		for {
			select {
			case name, open := <-changes:
				if !open {
					break more
				}
				streams[name] = true
			case <-wait.C:
				break more
			case <-s.ctx.Done():
				return
			}
		}
		s.c.Schedule(func() {
			s.gathering.Store(false)
			if v := s.pages[s.now.Page]; v != nil {
				v.host.changed(streams)
			}
			s.refreshBadges()
		})
	}
}

func (s *Shell) refreshBadges() {
	for _, e := range s.c.Entries {
		if e.Badge == nil {
			continue
		}
		go func() {
			n, err := e.Badge(s.ctx)
			if err != nil {
				return // the page itself will say what is wrong
			}
			s.c.Schedule(func() { s.rail.item(e.Route.Page).setCount(n) })
		}()
	}
}

// ground is a coloured pane that follows the theme.
type ground struct {
	widget.BaseWidget
	name fyne.ThemeColorName
	rect *canvas.Rectangle
}

func newGround(name fyne.ThemeColorName) *ground {
	g := &ground{name: name, rect: canvas.NewRectangle(theme.Of(name))}
	g.ExtendBaseWidget(g)
	return g
}

func (g *ground) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(g.rect) }

func (g *ground) Refresh() {
	g.rect.FillColor = theme.Of(g.name)
	g.rect.Refresh()
}

// frameLayout places top bar, rail, page, foot, and above them the toasts and the search results.
type frameLayout struct{ s *Shell }

func (l *frameLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(640, 380) }

func (l *frameLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	place := func(i int, x, y, w, h float32) {
		o[i].Move(fyne.NewPos(x, y))
		o[i].Resize(fyne.NewSize(w, h))
	}
	l.s.rail.fit(size.Width)
	topH, footH, railW := o[0].MinSize().Height, o[3].MinSize().Height, l.s.rail.width()
	place(0, 0, 0, size.Width, topH)
	place(1, 0, topH, railW, size.Height-topH-footH)
	place(2, railW, topH, size.Width-railW, size.Height-topH-footH)
	place(3, 0, size.Height-footH, size.Width, footH)
	t := o[4].MinSize()
	w := min(max(t.Width, 300), size.Width-railW-32)
	// Over the foot, where nothing is pressed; a page has its buttons above it.
	place(4, size.Width-w-8, size.Height-t.Height, w, t.Height)
	field := fyne.CurrentApp().Driver().AbsolutePositionForObject(l.s.top.search)
	place(5, field.X, topH-4, max(l.s.top.search.Size().Width, 360), min(l.s.results.height(), size.Height-topH-footH-20))
}

func hasPrefix(streams map[string]bool, prefixes []string) bool {
	for name := range streams {
		for _, p := range prefixes {
			if strings.HasPrefix(name, p) {
				return true
			}
		}
	}
	return false
}
