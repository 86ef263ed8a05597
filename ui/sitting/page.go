// Package sitting is the page of the sittings: convening one, putting its agenda in order, and holding it
// on the laptop of the council's table, with a second window for the projector.
//
//	┌ Séance du 11 janvier — quorum : 8 présents, 8 exigés — [Projeter] [Suspendre] [Huis clos] [Annuler] [Lever] ┐
//	├ membres ────────────────┬ point en discussion ────────────────────┬ ordre du jour ──────────────────────────┤
//	│ Mme Maïté FICTIVE  P E A│ 2. Tarifs de la salle                   │ 1 Compte administratif         Adopté   │
//	│ M. Jean MODÈLE     P E A│ scrutin, votes, décompte, [Enregistrer] │ 2 Tarifs de la salle      En discussion │
//	└─────────────────────────┴─────────────────────────────────────────┴─────────────────────────────────────────┘
//
// Each act is an entry of the journal the moment it is noted: nothing is lost when the laptop stops. What the law
// refuses is told where the act was made, with its article and what to do.
//
// Keys: F6 goes from pane to pane; among the members P, E, A, S (secretary), V (proxy); among the voters P, C, A, N, R
// (goes out); in the agenda Enter opens a point, Alt+arrows or the mouse move it before the sitting; Ctrl+Z undoes the last act;
// Ctrl+Enter records the vote.
package sitting

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/theme"
	"alpi40.fr/airial/ui/widgets"
)

// Name is the page's name in routes. Its arguments: «new» for a summons, «agenda/<id>» for one in preparation, «sitting/<id>», «live/<id>», «calls/<id>» for how its members are summoned.
const Name shell.PageName = "sitting"

// Office is what this page asks of the program. All methods run off the window's thread.
type Office interface {
	Person(ctx context.Context) (string, error)
	Council() *council.Council
	People() *authority.Registry
	// MailReady tells whether a mailbox is set on this computer.
	MailReady(ctx context.Context) (bool, error)
	// MailSummons has summons leave by mail when there is a line; it gives how many wait.
	MailSummons(ctx context.Context, sitting string, m council.Mailing, progress func(done, of int)) (int, error)
	// ConferencesOf gives the meetings at a distance that are booked for a sitting.
	ConferencesOf(ctx context.Context, sitting string) ([]Conference, error)
	// PrintSummons is the summons of one member, as a PDF.
	PrintSummons(ctx context.Context, sitting, member string) ([]byte, error)
}

// Conference is a meeting at a distance that is booked for a sitting.
type Conference struct {
	ID, Title string
	At        time.Time
	Phone     string
}

// Entry places the page in the rail.
func Entry(o Office) shell.Entry {
	return shell.Entry{Route: shell.Route{Page: Name}, Icon: theme.Icon("sitting"), TitleKey: "shell.page.sitting",
		New: func(h shell.Host) shell.Page { return newPage(h, o) },
		Commands: []shell.Command{
			{LabelKey: "sitting.convene", Run: func(x shell.Page) { x.(*page).summon(form{}) }},
			{LabelKey: "sitting.prepare", Run: func(x shell.Page) { x.(*page).begin() }},
		}}
}

// seen is all that the page shows, read at once.
type seen struct {
	agendas  []council.Agenda // in preparation
	prepared *council.PreparedAgenda
	late     []council.Prepared // prepared for the sitting in view after its summons
	sittings []council.Sitting
	texts    map[string]council.Deliberation
	drafts   []council.Deliberation // not on the agenda of an open sitting
	sitting  *council.Sitting       // the one in view
	history  []council.Noted
	sent     []council.Delivery // the summons of the one in view
	names    map[string]string  // of people
	people   []authority.Person
	mail     bool         // a mailbox is set
	online   []Conference // booked for the one in view
}

type page struct {
	h   shell.Host
	o   Office
	arg string // id of the sitting
	// agenda is the id of the agenda in preparation that is in view, empty for none.
	agenda    string
	preparing *preparing
	later     func(time.Duration, func()) // does something on the window's thread after a while
	// live: the sitting is being held; otherwise it is prepared.
	live    bool
	fresh   bool         // the form of a summons is shown
	calling *calls       // how the members are summoned is shown
	typing  bool         // in it
	form    widgets.Form // the fields of what is prepared
	planned planned      // what of it is shown
	chosen  string       // the point in view there
	now     seen
	stack   *fyne.Container
	content fyne.CanvasObject

	list *widgets.List // of sittings
	prep *fyne.Container
	side fyne.CanvasObject
	rows []council.Item // of the agenda, in preparation

	table     *table
	projector *projector
	keep      []func()
}

func newPage(h shell.Host, o Office) *page {
	p := &page{h: h, o: o, stack: container.NewStack(), prep: container.NewStack()}
	p.later = func(d time.Duration, do func()) { time.AfterFunc(d, func() { h.Schedule(do) }) }
	// Agendas in preparation stand above the sittings.
	p.list = widgets.NewList(h.Now, func() int { return len(p.now.agendas) + len(p.now.sittings) }, func() fyne.CanvasObject { return widgets.NewRow(false) }, p.row)
	p.list.Label = func(i int) string {
		if i < len(p.now.agendas) {
			return p.agendaTitle(p.now.agendas[i])
		}
		return p.title(p.now.sittings[i-len(p.now.agendas)])
	}
	p.list.OnCursor = p.look
	p.list.OnOpen = func(i int) {
		if i >= len(p.now.agendas) {
			p.hold()
		}
	}
	left := container.NewBorder(nil, container.NewVBox(widgets.NewButton(h.Text("sitting.prepare"), nil, p.begin), widgets.NewPrimary(h.Text("sitting.convene"), nil, func() { p.leaveAgenda(); p.summon(form{}) })), nil, nil, p.list)
	side, keep := widgets.Panes(h.Preferences(), "sittings", []float64{0.28}, left, container.NewPadded(p.prep))
	p.side, p.keep = side, append(p.keep, keep)
	p.table = newTable(p)
	p.projector = newProjector(h)
	p.content = p.stack
	return p
}

func (p *page) Route() shell.Route {
	r := shell.Route{Page: Name}
	switch {
	case p.live:
		r.Arg = "live/" + p.arg
	case p.calling != nil:
		r.Arg = "calls/" + p.arg
	case p.agenda != "":
		r.Arg = "agenda/" + p.agenda
	case p.arg != "":
		r.Arg = "sitting/" + p.arg
	}
	return r
}

func (p *page) Title() string              { return p.h.Text("shell.page.sitting") }
func (p *page) Content() fyne.CanvasObject { return p.content }

func (p *page) Hide() {
	for _, keep := range p.keep {
		keep()
	}
}

// Panes are those of what is shown; before anything has been read, there are none.
func (p *page) Panes() []fyne.Focusable {
	switch {
	case len(p.stack.Objects) == 0:
		return nil
	case p.stack.Objects[0] == p.table.content:
		return p.table.panes()
	}
	return []fyne.Focusable{p.list}
}

func (p *page) Show(r shell.Route) {
	kind, id, _ := strings.Cut(r.Arg, "/")
	if kind == "new" {
		p.fresh = true
	}
	switch {
	case kind == "agenda" && id != "":
		p.agenda, p.live, p.calling, p.fresh, p.typing = id, false, nil, false, false
	case id != "":
		p.leaveAgenda()
		p.arg, p.live, p.calling = id, kind == "live", nil
	}
	if kind == "calls" {
		p.calling = newCalls(p)
	}
	p.h.Changes([]string{"sitting/", "deliberation/", "person/", "delivery/", "agenda/", "writing/agenda-", "conference/"}, p.load)
	p.load()
}

func (p *page) load() {
	arg, agenda := p.arg, p.agenda
	shell.Load(p.h, "sittings", func(ctx context.Context) (v seen, err error) {
		if v, err = p.see(ctx, arg); err != nil || agenda == "" {
			return v, err
		}
		w, err := p.o.Council().Agenda(ctx, agenda)
		if errors.Is(err, store.ErrNotFound) {
			return v, nil
		}
		v.prepared = &w
		return v, err
	}, p.show)
}

// look has another agenda or sitting in view.
func (p *page) look(i int) {
	if i < len(p.now.agendas) {
		if a := p.now.agendas[i]; a.ID != p.agenda {
			p.leaveAgenda()
			p.agenda, p.fresh, p.typing, p.calling = a.ID, false, false, nil
			p.load()
		}
		return
	}
	if i -= len(p.now.agendas); i < len(p.now.sittings) && (p.now.sittings[i].ID != p.arg || p.agenda != "") {
		p.leaveAgenda()
		p.arg, p.fresh, p.typing, p.calling = p.now.sittings[i].ID, false, false, nil
		p.load()
	}
}

func (p *page) see(ctx context.Context, arg string) (v seen, err error) {
	c := p.o.Council()
	if v.sittings, err = c.Sittings(ctx); err != nil {
		return v, err
	}
	if v.agendas, err = c.Agendas(ctx); err != nil {
		return v, err
	}
	all, err := c.Deliberations(ctx)
	if err != nil {
		return v, err
	}
	announced := map[string]bool{}
	for _, s := range v.sittings {
		for _, item := range s.Agenda {
			announced[item.Deliberation] = announced[item.Deliberation] || !s.Closed
		}
	}
	v.texts = map[string]council.Deliberation{}
	for _, d := range all {
		v.texts[d.ID] = d
		if d.Status == council.StatusDraft && !announced[d.ID] {
			v.drafts = append(v.drafts, d)
		}
	}
	for i := range v.sittings {
		if v.sittings[i].ID == arg || arg == "" && i == 0 {
			v.sitting = &v.sittings[i]
		}
	}
	if v.people, _, err = p.o.People().Everyone(ctx); err != nil {
		return v, err
	}
	v.names = map[string]string{}
	for _, x := range v.people {
		v.names[x.ID] = x.Name()
	}
	if v.sitting == nil {
		return v, nil
	}
	if v.late, err = c.Late(ctx, v.sitting.ID); err == nil {
		v.history, err = c.History(ctx, v.sitting.ID)
	}
	if err == nil {
		v.sent, err = c.Deliveries(ctx, v.sitting.ID)
	}
	if err == nil {
		v.online, err = p.o.ConferencesOf(ctx, v.sitting.ID)
	}
	if err == nil {
		v.mail, err = p.o.MailReady(ctx)
	}
	return v, err
}

func (p *page) show(v seen) {
	p.now = v
	if v.sitting == nil {
		p.live = false
	} else {
		p.arg = v.sitting.ID
		p.projector.show(*v.sitting, v.texts, p.table.ballot)
	}
	if p.live {
		p.put(p.table.content)
		p.table.show(*v.sitting)
		return
	}
	p.put(p.side)
	p.list.Refresh()
	if at := p.inView(); at >= 0 && p.list.Cursor() != at {
		p.list.SetCursor(at)
	}
	p.prepare()
}

// inView is the place in the list of what is in view, -1 for none.
func (p *page) inView() int {
	if p.agenda != "" {
		return slices.IndexFunc(p.now.agendas, func(a council.Agenda) bool { return a.ID == p.agenda })
	}
	at := slices.IndexFunc(p.now.sittings, func(s council.Sitting) bool { return s.ID == p.arg })
	if at >= 0 {
		at += len(p.now.agendas)
	}
	return at
}

func (p *page) put(o fyne.CanvasObject) {
	if len(p.stack.Objects) == 1 && p.stack.Objects[0] == o {
		return
	}
	p.stack.Objects = []fyne.CanvasObject{o}
	shell.LayOut(p.h, p.stack)
	if panes := p.Panes(); len(panes) > 0 {
		p.h.Schedule(func() { widgets.Focus(p.stack, panes[0]) })
	}
}

// hold goes to the table of the sitting in view; the members in exercise are called anew if it has not begun.
func (p *page) hold() {
	s := p.now.sitting
	if s == nil {
		return
	}
	p.live = true
	if s.Began() {
		p.load()
		return
	}
	p.act("members", func(ctx context.Context, person string) error { return p.o.Council().CallMembers(ctx, person, s.ID) }, p.load)
}

func (p *page) title(s council.Sitting) string {
	return p.h.Text("sitting.title", "day", lang.LongDay(s.At))
}

func (p *page) agendaTitle(a council.Agenda) string {
	if day := strings.TrimSpace(a.Day); day != "" {
		return p.h.Text("sitting.prepared.title", "day", day)
	}
	return p.h.Text("sitting.prepared")
}

func (p *page) row(i int, _ bool, o fyne.CanvasObject) {
	if i < len(p.now.agendas) {
		a := p.now.agendas[i]
		o.(*widgets.Row).Set(p.agendaTitle(a), p.h.Text("sitting.prepared.points", "n", len(a.Points)), true, false, widgets.Waiting, p.h.Text("sitting.status.prepared"))
		return
	}
	if i -= len(p.now.agendas); i >= len(p.now.sittings) {
		return
	}
	s := p.now.sittings[i]
	m, key := widgets.Waiting, "sitting.status.convened"
	switch {
	case s.Closed:
		m, key = widgets.Done, "sitting.status.closed"
	case s.Began():
		m, key = widgets.Late, "sitting.status.open"
	}
	o.(*widgets.Row).Set(p.title(s), p.h.Text("sitting.points", "n", len(s.Agenda)), !s.Closed, false, m, p.h.Text(key))
}

// act runs a command in the name of who works here; a refusal is told where the act was made.
func (p *page) act(id string, do func(ctx context.Context, person string) error, then func()) {
	p.h.Run(shell.Action{ID: "sitting." + id, Label: p.h.Text("sitting.doing"),
		Run: func(ctx context.Context, _ shell.Progress) error {
			person, err := p.o.Person(ctx)
			if err != nil {
				return err
			}
			return do(ctx, person)
		},
		Done: then})
}

func isUndo(s fyne.Shortcut) bool {
	if _, ok := s.(*fyne.ShortcutUndo); ok {
		return true
	}
	c, ok := s.(*desktop.CustomShortcut)
	return ok && c.KeyName == fyne.KeyZ && c.Modifier == fyne.KeyModifierControl
}
