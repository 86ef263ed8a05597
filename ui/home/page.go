// Package home is the start page, À faire: what waits for the person, the soonest deadline first.
//
// Keys: arrows, Enter opens the thing on its own page.
package home

import (
	"context"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"

	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/theme"
	"alpi40.fr/airial/ui/widgets"
)

// Name is the page's name in routes.
const Name shell.PageName = "home"

// Task is one thing that waits.
type Task struct {
	Kind     string // a key of ui/lang: «home.kind.sign»
	Title    string
	Deadline time.Time // zero: none
	Late     bool
	// Reminded: its deadline is near or over, as its type says; Left is the days that remain,
	// below 0 once late.
	Reminded bool
	Left     int
	Route    shell.Route
}

// Office gives what waits. It runs off the window's thread.
type Office interface {
	// Tasks gives the first of what waits, the soonest deadline first; Count how many there are.
	Tasks(ctx context.Context) ([]Task, error)
	Count(ctx context.Context) (int, error)
	// Renewal says whether the certificate that signs ends soon; it asks nothing of the key.
	Renewal(ctx context.Context) (shell.Renewal, error)
	// AskRenewal asks the agency for a new one.
	AskRenewal(ctx context.Context) error
}

// Entry places the page in the rail.
func Entry(o Office) shell.Entry {
	return shell.Entry{
		Route: shell.Route{Page: Name}, Icon: theme.Icon("home"), TitleKey: "shell.page.home",
		New:   func(h shell.Host) shell.Page { return newPage(h, o) },
		Badge: o.Count,
	}
}

type page struct {
	h       shell.Host
	o       Office
	tasks   []Task
	list    *widgets.List
	empty   *fyne.Container
	notices *fyne.Container // what is said above the list
	renewal *fyne.Container
	reminds *fyne.Container
	open    *widgets.Button
	content fyne.CanvasObject
}

func newPage(h shell.Host, o Office) *page {
	p := &page{h: h, o: o, empty: container.NewStack(), renewal: widgets.Wrapped(), reminds: widgets.Wrapped()}
	p.notices = widgets.Wrapped(p.reminds, p.renewal)
	p.list = widgets.NewList(h.Now, func() int { return len(p.tasks) }, func() fyne.CanvasObject { return widgets.NewRow(false) }, p.row)
	p.list.Label = func(i int) string { return p.tasks[i].Title }
	p.list.OnOpen, p.list.OpensAtOnce = func(i int) { h.Go(p.tasks[i].Route) }, true
	title := widgets.Heading(h.Text("home.title"))
	title.SizeName = base.SizeNameHeadingText
	p.open = widgets.NewPrimary(h.Text("home.open"), base.NavigateNextIcon(), func() {
		if i := p.list.Cursor(); i >= 0 && i < len(p.tasks) {
			h.Go(p.tasks[i].Route)
		}
	})
	p.content = container.NewPadded(container.NewBorder(container.NewVBox(title, widgets.Caption(h.Text("home.help")), p.notices), container.NewHBox(p.open), nil, nil, container.NewStack(p.list, p.empty)))
	h.Changes([]string{"folder/", "act/", "deliberation/", "sitting/", "delivery/", "request/", "requesttalk/", "subjectrequest/", "breach/", "minutes/", "formality/", "order/", "followup/", "finished/", "publication/", "legality/"}, p.load)
	return p
}

func (p *page) Route() shell.Route         { return shell.Route{Page: Name} }
func (p *page) Title() string              { return p.h.Text("shell.page.home") }
func (p *page) Content() fyne.CanvasObject { return p.content }
func (p *page) Hide()                      {}
func (p *page) Panes() []fyne.Focusable    { return []fyne.Focusable{p.list} }

func (p *page) Show(shell.Route) { p.load() }

func (p *page) load() {
	shell.Load(p.h, "tasks", p.o.Tasks, func(tasks []Task) {
		p.tasks = tasks
		p.list.Refresh()
		p.empty.Objects = nil
		if len(tasks) == 0 {
			p.empty.Objects = []fyne.CanvasObject{widgets.Empty(base.ConfirmIcon(), p.h.Text("home.empty"), p.h.Text("home.empty.text"), nil)}
		} else if p.list.Cursor() < 0 {
			p.list.SetCursor(0)
		}
		p.open.Hidden = len(tasks) == 0
		p.empty.Refresh()
		p.open.Refresh()
		p.remind()
	})
	shell.Load(p.h, "renewal", p.o.Renewal, func(r shell.Renewal) {
		p.renewal.Objects = shell.Renew(p.h, r, p.o.AskRenewal, p.load)
		shell.LayOut(p.h, p.renewal)
		p.lay()
	})
}

// remind sums up, above the list, what is near its deadline or after it.
func (p *page) remind() {
	p.reminds.Objects = nil
	var soon, late int
	for _, t := range p.tasks {
		switch {
		case t.Reminded && t.Left < 0:
			late++
		case t.Reminded:
			soon++
		}
	}
	if late > 0 {
		p.reminds.Add(widgets.NewNote(widgets.Late, p.h.Text("home.remind.late", "n", late)))
	}
	if soon > 0 {
		p.reminds.Add(widgets.NewNote(widgets.Waiting, p.h.Text("home.remind.soon", "n", soon)))
	}
	shell.LayOut(p.h, p.reminds)
	p.lay()
}

// lay gives the list the room that the notices leave.
func (p *page) lay() {
	p.notices.Refresh()
	p.content.Refresh()
	p.h.Schedule(p.content.Refresh)
}

func (p *page) row(i int, _ bool, o fyne.CanvasObject) {
	if i >= len(p.tasks) {
		return
	}
	t := p.tasks[i]
	detail := p.h.Text(t.Kind)
	m, word := widgets.Plain, ""
	switch {
	case t.Late:
		m, word = widgets.Late, p.h.Text("home.late", "day", lang.Day(t.Deadline))
	case !t.Deadline.IsZero():
		m, word = widgets.Waiting, p.h.Text("home.before", "day", lang.Day(t.Deadline))
	}
	if t.Reminded {
		detail += " · " + p.left(t.Left)
	}
	o.(*widgets.Row).Set(t.Title, detail, true, false, m, word)
}

// left says how many days a folder has.
func (p *page) left(days int) string {
	switch {
	case days < 0:
		return p.h.Text("home.left.late", "n", -days)
	case days == 0:
		return p.h.Text("home.left.today")
	}
	return p.h.Text("home.left", "n", days)
}
