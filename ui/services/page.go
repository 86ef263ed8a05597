// Package services is the page of what the agency offers.
//
//	┌ rubriques ─────┬ liste ───────────────────┬ détail ────────────┐
//	│ Assistance     │ [Nouvelle demande…]      │ formulaire, suivi, │
//	│ Demandes       │ L’imprimante…   reçue    │ conversation       │
//	│ …              │ …                        │                    │
//	│ ☎ téléphones   │                          │                    │
//	└────────────────┴──────────────────────────┴────────────────────┘
//
// A section is a list and what is shown of one of its rows; each stands in a file of its own. The
// phone numbers are always in view. Keys: arrows in the lists, Enter, F6 from pane to pane, Ctrl+F to look for words in a list.
package services

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/local/services"
	"alpi40.fr/airial/local/services/conference"
	"alpi40.fr/airial/local/services/privacy"
	"alpi40.fr/airial/local/services/training"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/theme"
	"alpi40.fr/airial/ui/widgets"
)

// Name is the page's name in routes.
const Name shell.PageName = "services"

// Stream is told like a stream of the journal when what the agency hands out has changed.
const Stream = "catalogue"

// Office is what this page asks of the program. All methods run off the window's thread.
type Office interface {
	NewsOffice
	AssistantOffice
	PrivacyOffice
	TrainingOffice
	AccessOffice
	ConferenceOffice
	Person(ctx context.Context) (string, error)
	// Called gives people's names by their ids.
	Called(ctx context.Context) (map[string]string, error)
	Counter() *services.Counter
	// ServicesWaiting counts what waits for the town hall on this page.
	ServicesWaiting(ctx context.Context) (int, error)
	Catalogue(ctx context.Context) (*services.Catalogue, error)
	// Diagnose describes this computer for the assistance.
	Diagnose(ctx context.Context) (string, error)
	// ReadFile reads a file that a person chose; Kept one that is kept with a request.
	ReadFile(ctx context.Context, path string) (name string, content []byte, err error)
	Kept(ctx context.Context, f services.File) ([]byte, error)
	// RemoteHelp tells whether the operator's tool is on this computer; StartRemoteHelp starts it.
	RemoteHelp(ctx context.Context) bool
	StartRemoteHelp(ctx context.Context) error
	// ReadKey notes the certificate of the key that signs here for the calendar of all; false: there is none.
	ReadKey(ctx context.Context) (bool, error)
	// Renew asks for a new certificate in the place of one of the calendar.
	Renew(ctx context.Context, h services.Held, papers []services.Joined) error
	// SignOrder prints a request and sends it into the parapheur.
	SignOrder(ctx context.Context, person string, s services.Service, answers map[string]string, files []services.Joined) error
}

// Entry places the page in the rail.
func Entry(o Office) shell.Entry {
	return shell.Entry{Route: shell.Route{Page: Name}, Icon: theme.Icon("services"), TitleKey: "shell.page.services",
		New:   func(h shell.Host) shell.Page { return newPage(h, o) },
		Badge: func(ctx context.Context) (int, error) { return o.ServicesWaiting(ctx) },
		Commands: []shell.Command{
			{LabelKey: "services.ticket.new", Run: func(x shell.Page) { x.(*page).start("assistance", func(p *page) { p.ticket() }) }},
			{LabelKey: "services.order.new", Run: func(x shell.Page) { x.(*page).start("requests", func(p *page) { p.chooseService() }) }},
		}}
}

// row is one line of a section's list.
type row struct {
	id, title, detail string
	strong            bool
	meaning           widgets.Meaning
	badge             string
	words             string // what it is found by besides what is seen of it
}

// section is one rubric: a list, and what is shown of one of its rows.
type section struct {
	key string
	// title and about are its name and what stands under it, where the agency gives them; else they are the window's own texts.
	// texts names those of an empty list, key when it is empty.
	title, about, texts string
	// load reads what the section shows, off the window's thread; it gives the rows.
	load func(ctx context.Context) (any, []row, error)
	// tools stand above the list; open shows a row. Both run on the window's thread.
	tools func(loaded any) []fyne.CanvasObject
	open  func(loaded any, id string)
}

type page struct {
	h        shell.Host
	o        Office
	sections []*section
	at       int    // the section shown
	arg      string // the row shown
	loaded   any
	all      []row // of the section
	rows     []row // those shown
	filter   *widgets.Entry
	c        *services.Catalogue
	names    map[string]string

	rubrics *widgets.List
	phones  *fyne.Container
	list    *widgets.List
	tools   *fyne.Container
	empty   *fyne.Container
	detail  *fyne.Container
	left    *fyne.Container // gives the list the room that the phones leave
	middle  *fyne.Container
	scroll  *widgets.Scroll
	writing bool // a form is being filled in
	then    func(*page)
	inView  bool        // the section's name was brought into view
	later   shell.Route // where to go once the catalogue is known
	// question is what the assistant was asked last.
	question string
	content  fyne.CanvasObject
	keep     func()
}

func newPage(h shell.Host, o Office) *page {
	p := &page{h: h, o: o, tools: widgets.Wrapped(), empty: container.NewStack(), detail: widgets.Wrapped(), phones: widgets.Wrapped(), at: 0}
	p.arrange(nil)
	p.rubrics = widgets.NewList(h.Now, func() int { return len(p.sections) }, func() fyne.CanvasObject { return widgets.NewRow(false) }, func(i int, _ bool, o fyne.CanvasObject) {
		title, about := p.called(p.sections[i])
		o.(*widgets.Row).Set(title, about, i == p.at, false, widgets.Plain, "")
	})
	p.rubrics.Label = func(i int) string {
		title, _ := p.called(p.sections[i])
		return title
	}
	p.rubrics.OnCursor = func(i int) {
		if i != p.at {
			p.at, p.arg, p.writing = i, "", false
			p.unfilter()
			p.load()
		}
	}
	p.list = widgets.NewList(h.Now, func() int { return len(p.rows) }, func() fyne.CanvasObject { return widgets.NewRow(false) }, func(i int, _ bool, o fyne.CanvasObject) {
		if i < len(p.rows) {
			r := p.rows[i]
			o.(*widgets.Row).Set(r.title, r.detail, r.strong, false, r.meaning, r.badge)
		}
	})
	p.list.Label = func(i int) string { return p.rows[i].title }
	p.list.OnCursor = func(i int) {
		if i < len(p.rows) {
			p.writing = false
			p.open(p.rows[i].id)
		}
	}
	p.filter = p.newFilter()
	p.scroll = widgets.NewScroll(container.NewPadded(p.detail))
	p.left = widgets.Between(nil, p.rubrics, p.phones)
	p.middle = widgets.Between(p.tools, container.NewStack(p.list, p.empty), nil)
	p.content, p.keep = widgets.Panes(h.Preferences(), "services", []float64{0.21, 0.44}, p.left, p.middle, p.scroll)
	return p
}

// arrange lists the sections: the program's own, and the themes to which the agency gives a place of their own.
func (p *page) arrange(c *services.Catalogue) {
	at := ""
	if len(p.sections) > 0 {
		at = p.sections[p.at].key
	}
	p.sections = []*section{p.assistance(), p.howto(), p.requests()}
	if c != nil {
		for _, t := range c.Themes {
			if t.Rubric {
				p.sections = append(p.sections, p.theme(t))
			}
		}
	}
	p.sections = append(p.sections, p.certificates(), p.training(), p.conferences(), p.privacy(), p.access(), p.news(), p.contacts())
	p.at = max(slices.IndexFunc(p.sections, func(s *section) bool { return s.key == at }), 0)
}

// called are the name of a section, and what stands under it.
func (p *page) called(s *section) (title, about string) {
	if s.title != "" {
		return s.title, s.about
	}
	return p.h.Text("services.section." + s.key), p.h.Text("services.section." + s.key + ".about")
}

// words is a text of a section's list.
func (p *page) words(s *section, what string) string {
	return p.h.Text("services." + cmp.Or(s.texts, s.key) + what)
}

func (p *page) Route() shell.Route {
	arg := p.sections[p.at].key
	if p.arg != "" {
		arg += "/" + p.arg
	}
	return shell.Route{Page: Name, Arg: arg}
}
func (p *page) Title() string              { return p.h.Text("shell.page.services") }
func (p *page) Content() fyne.CanvasObject { return p.content }
func (p *page) Hide()                      { p.keep() }
func (p *page) Panes() []fyne.Focusable    { return []fyne.Focusable{p.rubrics, p.list} }

// Show takes «section» or «section/row»; «request/<id>» is a request wherever it stands.
func (p *page) Show(r shell.Route) {
	key, id, _ := strings.Cut(r.Arg, "/")
	if key == "request" {
		p.h.Changes(p.prefixes(), p.load)
		p.find(id)
		return
	}
	p.later = shell.Route{}
	if strings.HasPrefix(key, themeKey) && !slices.ContainsFunc(p.sections, func(s *section) bool { return s.key == key }) {
		p.later = r // once the catalogue says that there is one
	}
	for i, s := range p.sections {
		if s.key == key {
			if p.at != i || id != "" {
				p.unfilter()
			}
			p.at, p.arg, p.writing = i, id, false
		}
	}
	if sitting, is := strings.CutPrefix(id, forSitting); is && key == "conferences" {
		p.arg, p.then = "", func(p *page) { p.bookFor(sitting) }
	}
	p.inView = false
	p.rubrics.SetCursor(p.at) // a list without one takes its first row with the focus, which would be another section
	p.h.Changes(p.prefixes(), p.load)
	p.load()
}

// forSitting begins what follows «conferences/» in a route where a room is to be booked for a sitting.
const forSitting = "for-"

func (p *page) prefixes() []string {
	return []string{services.Prefix, services.TalkPrefix, services.CertificatePrefix, services.ContractPrefix, privacy.ActivityPrefix, privacy.RequestPrefix, privacy.BreachPrefix, training.Prefix, conference.Prefix, "forgetting/", Stream}
}

// find goes to the section of a request.
func (p *page) find(id string) {
	shell.Load(p.h, "find", func(ctx context.Context) (services.Request, error) { return p.o.Counter().Request(ctx, id) }, func(r services.Request) {
		key := "requests"
		if r.What == services.Assistance {
			key = "assistance"
		}
		p.h.Go(shell.Route{Page: Name, Arg: key + "/" + id})
	})
}

// start goes to a section, and does something there once it is shown.
func (p *page) start(key string, then func(*page)) {
	for i, s := range p.sections {
		if s.key == key {
			p.at = i
		}
	}
	p.unfilter()
	p.then = then
	p.load()
}

type shown struct {
	c      *services.Catalogue
	names  map[string]string
	loaded any
	rows   []row
}

func (p *page) load() {
	of := p.sections[p.at]
	shell.Load(p.h, "section", func(ctx context.Context) (s shown, err error) {
		if s.c, err = p.o.Catalogue(ctx); err != nil {
			return s, err
		}
		if s.names, err = p.o.Called(ctx); err != nil {
			return s, err
		}
		s.loaded, s.rows, err = of.load(ctx)
		return s, err
	}, func(s shown) { p.show(of.key, s) })
}

func (p *page) show(key string, s shown) {
	if key != p.sections[p.at].key || s.c == nil {
		return
	}
	p.arrange(s.c)
	at := p.at
	if p.sections[at].key != key { // the agency has taken it away
		p.arg, p.writing = "", false
		p.load()
		return
	}
	if r := p.later; r != (shell.Route{}) {
		p.Show(r)
		if p.later = (shell.Route{}); p.sections[p.at].key != key {
			return
		}
	}
	p.c, p.names, p.loaded, p.all = s.c, s.names, s.loaded, s.rows
	p.phones.Objects = p.telephone()
	shell.LayOut(p.h, p.left)
	if p.rubrics.Cursor() != at {
		p.rubrics.SetCursor(at)
	}
	p.rubrics.Refresh()
	if !p.inView { // the phones have taken their room
		p.inView = true
		p.h.Schedule(func() { p.rubrics.ScrollTo(p.at) })
	}
	p.tools.Objects = append(p.sections[at].tools(s.loaded), p.filter)
	p.narrow()
	shell.LayOut(p.h, p.middle)
	if then := p.then; then != nil {
		p.then = nil
		then(p)
		return
	}
	if p.writing {
		return // what is being typed is not taken away
	}
	p.follow()
}

// follow shows the row that one was at, else the first.
func (p *page) follow() {
	cursor := -1
	for i, r := range p.rows {
		if r.id == p.arg {
			cursor = i
		}
	}
	switch {
	case len(p.rows) == 0:
		p.say(widgets.Caption(p.words(p.sections[p.at], ".choose")))
	case cursor < 0:
		p.list.Reset()
		p.list.SetCursor(0)
	case cursor == p.list.Cursor():
		p.open(p.arg)
	default:
		p.list.SetCursor(cursor)
	}
}

func (p *page) open(id string) {
	p.arg = id
	p.sections[p.at].open(p.loaded, id)
}

// say fills the detail, from its top.
func (p *page) say(objects ...fyne.CanvasObject) {
	p.detail.Objects = objects
	shell.LayOut(p.h, p.detail)
	p.scroll.ScrollTo(0)
}

// telephone is whom to call, always in view; that the catalogue is a model is said there too.
func (p *page) telephone() []fyne.CanvasObject {
	out := []fyne.CanvasObject{widget.NewSeparator()}
	for _, ph := range p.c.Agency.Phones {
		number := widgets.NewLabelWithStyle(ph.Number, fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
		number.Selectable = true
		about := ph.Label
		if ph.Hours != "" {
			about = p.h.Text("services.phone", "label", ph.Label, "hours", ph.Hours)
		}
		out = append(out, container.New(layout.NewCustomPaddedVBoxLayout(-6), number, widgets.Caption(about)))
	}
	if len(p.c.Agency.Phones) == 0 {
		out = append(out, widgets.Caption(p.h.Text("services.nophone")))
	}
	if p.c.Model {
		out = append(out, widgets.NewNote(widgets.Waiting, p.h.Text("services.model")))
	}
	return out
}

// do runs a command of this page, in the name of who works here.
func (p *page) do(key string, run func(ctx context.Context, person string) error, then func()) {
	shell.Do(p.h, shell.Deed{ID: "services." + key, Label: p.h.Text("services.doing"), Done: p.h.Text("services.done." + key), Person: p.o.Person, Run: run, Then: then})
}

// reload leaves a form and shows the section again, at a row.
func (p *page) reload(id string) {
	p.writing = false
	if id != "" {
		p.arg = id
	}
	p.load()
}

// formed is the title of a form: the words of the button that leads to it, without its dots.
func (p *page) formed(key string) *widgets.Label {
	return title(strings.TrimSuffix(p.h.Text(key), "…"))
}

func (p *page) name(person string) string {
	if n := p.names[person]; n != "" {
		return n
	}
	return p.h.Text("services.someone")
}

func hours(t time.Time, now time.Time) time.Time { return t.In(now.Location()) }
