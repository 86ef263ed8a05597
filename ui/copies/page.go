// Package copies is the page of the requests for copies and extracts.
//
//	┌ demandes ──────┬ demande ─────────────────┬ acte ou pièce ─┐
//	│ M. Modèle      │ acte, qualité, pièce vue │                │
//	│ …              │ ce qui peut être délivré │                │
//	│ [Nouvelle…]    │ [Accorder] [Refuser…]    │ [Imprimer]     │
//	└────────────────┴──────────────────────────┴────────────────┘
//
// A request is written by keyboard alone: the name of the act's person, Enter takes the first act, Tab goes on.
package copies

import (
	"context"
	"reflect"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/civilstatus"
	"alpi40.fr/airial/local/copies"
	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/theme"
	"alpi40.fr/airial/ui/widgets"
)

// Name is the page's name in routes.
const Name shell.PageName = "copies"

const (
	limit = 1000
	found = 6 // acts shown under the search
)

// Office is what this page asks of the program. All methods run off the window's thread.
type Office interface {
	Person(ctx context.Context) (string, error)
	Acts() *civilstatus.Registry
	Copies() *copies.Window
	// Officers are those who may sign today.
	Officers(ctx context.Context) ([]authority.Person, error)
	// Pictures opens the pages of an act, Open those of a PDF.
	Pictures(ctx context.Context, a *civilstatus.Act) (widgets.Pages, error)
	Open(ctx context.Context, pdf []byte) (widgets.Pages, error)
	// PrintCopy sets what was granted; SendCopy sends it into the parapheur.
	PrintCopy(ctx context.Context, id string) ([]byte, error)
	SendCopy(ctx context.Context, person, id string) error
}

// Entry places the page in the rail.
func Entry(o Office) shell.Entry {
	return shell.Entry{Route: shell.Route{Page: Name}, Icon: theme.Icon("registers"), TitleKey: "shell.page.copies",
		New:   func(h shell.Host) shell.Page { return newPage(h, o) },
		Badge: func(ctx context.Context) (int, error) { return o.Copies().Waiting(ctx) },
		Commands: []shell.Command{
			{LabelKey: "copies.new", Run: func(x shell.Page) { x.(*page).ask() }},
		}}
}

type page struct {
	h        shell.Host
	o        Office
	arg      string
	requests []copies.Request
	officers []authority.Person
	list     *widgets.List
	empty    *fyne.Container
	due      *fyne.Container // the erasure that is due, and the figures
	middle   *fyne.Container
	preview  *widgets.Preview
	buttons  *fyne.Container
	printed  func(context.Context) ([]byte, error)
	claimed  shell.Claim     // the middle
	matter   *matter         // the request that is shown, nil for none
	said     *decision       // what an officer begins to decide of it
	reason   *widgets.Entry  // of the decision
	scroll   *widgets.Scroll // of the middle
	content  fyne.CanvasObject
	keep     func()
}

func newPage(h shell.Host, o Office) *page {
	p := &page{h: h, o: o, middle: widgets.Wrapped(), empty: container.NewStack(), due: widgets.Wrapped()}
	p.list = widgets.NewList(h.Now, func() int { return len(p.requests) }, func() fyne.CanvasObject { return widgets.NewRow(false) }, p.row)
	p.list.Label = func(i int) string { return p.requests[i].Name }
	p.list.OnCursor = func(i int) {
		if i < len(p.requests) {
			p.claim(false)
			p.open(p.requests[i].ID)
		}
	}
	p.preview = widgets.NewPreview(h.Schedule, func(page, n int) string { return h.Text("copies.page", "page", page, "of", n) })
	p.preview.OnError = func(err error) string { return shell.What(h, err) }
	p.buttons = container.NewGridWithColumns(2,
		widgets.NewButton(h.Text("copies.openpdf"), base.VisibilityIcon(), func() { p.with(h.OpenPDF) }),
		widgets.NewButton(h.Text("copies.print"), base.DocumentPrintIcon(), func() { p.with(h.Print) }))
	p.buttons.Hide()
	add := widgets.NewPrimary(h.Text("copies.new"), base.ContentAddIcon(), func() { p.ask() })
	left := container.NewBorder(add, p.due, nil, nil, container.NewStack(p.list, p.empty))
	p.scroll = widgets.NewScroll(p.middle)
	p.content, p.keep = widgets.Panes(h.Preferences(), "copies", []float64{0.26, 0.62}, left, p.scroll, container.NewBorder(nil, p.buttons, nil, nil, p.preview))
	return p
}

func (p *page) Route() shell.Route         { return shell.Route{Page: Name, Arg: p.arg} }
func (p *page) Title() string              { return p.h.Text("shell.page.copies") }
func (p *page) Content() fyne.CanvasObject { return p.content }
func (p *page) Hide()                      { p.keep(); p.preview.Stop() }
func (p *page) Panes() []fyne.Focusable    { return []fyne.Focusable{p.list, p.preview} }

// PrintPage prints what the preview shows.
func (p *page) PrintPage() { p.with(p.h.Print) }

func (p *page) with(do func(shell.Document)) {
	if p.printed != nil {
		do(shell.Made("piece.pdf", p.printed))
	}
}

func (p *page) Show(r shell.Route) {
	if r.Arg != "" {
		p.arg = r.Arg
	}
	p.h.Changes([]string{"copy-request/", "copy-details/", "act/", "forgetting/"}, p.load)
	p.load()
}

type all struct {
	requests []copies.Request
	officers []authority.Person
	due      int
	counts   []copies.Count
}

func (p *page) load() {
	shell.Load(p.h, "list", func(ctx context.Context) (a all, err error) {
		if a.requests, err = p.o.Copies().List(ctx, limit); err != nil {
			return a, err
		}
		if a.officers, err = p.o.Officers(ctx); err != nil {
			return a, err
		}
		due, err := p.o.Copies().Due(ctx)
		if err != nil {
			return a, err
		}
		a.due = len(due)
		a.counts, err = p.o.Copies().Counts(ctx)
		return a, err
	}, p.show)
}

func (p *page) show(a all) {
	p.requests, p.officers = a.requests, a.officers
	p.list.Refresh()
	p.empty.Objects = nil
	if len(a.requests) == 0 {
		p.empty.Objects = []fyne.CanvasObject{widgets.Empty(theme.Icon("registers"), p.h.Text("copies.empty"), p.h.Text("copies.empty.text"), nil)}
	}
	p.empty.Refresh()
	p.due.Objects = nil
	if a.due > 0 {
		p.due.Objects = append(p.due.Objects, widgets.NewNote(widgets.Late, p.h.Text("copies.due", "n", a.due)), widgets.NewButton(p.h.Text("copies.erase"), base.DeleteIcon(), p.erase))
	}
	for _, c := range a.counts {
		p.due.Objects = append(p.due.Objects, widgets.Caption(p.h.Text("copies.count", "year", strconv.Itoa(c.Year), "received", c.Received, "granted", c.Granted, "refused", c.Refused)))
	}
	shell.LayOut(p.h, p.due)
	if p.claimed.Writing() {
		return // what is being typed is not taken away
	}
	at := -1
	for i, r := range p.requests {
		if r.ID == p.arg {
			at = i
		}
	}
	switch {
	case len(p.requests) == 0:
		p.matter = nil
		p.middle.Objects = []fyne.CanvasObject{widgets.Caption(p.h.Text("copies.choose"))}
		p.layOut()
	case at < 0:
		p.list.SetCursor(0)
	case at == p.list.Cursor():
		p.open(p.arg)
	default:
		p.list.SetCursor(at)
	}
}

func (p *page) row(i int, _ bool, o fyne.CanvasObject) {
	if i >= len(p.requests) {
		return
	}
	r := p.requests[i]
	m := map[copies.State]widgets.Meaning{copies.Received: widgets.Waiting, copies.Granted: widgets.Done, copies.Refused: widgets.Refused}[r.State]
	o.(*widgets.Row).Set(r.Name, p.h.Text("copies.kind."+string(r.Kind))+" · "+lang.Day(r.On.Time()), r.State == copies.Received, false, m, p.h.Text("copies.state."+string(r.State)))
}

// erase has the requests of more than a year forgotten, once a person has said yes.
func (p *page) erase() {
	p.h.Ask(shell.Question{Title: p.h.Text("copies.erase"), Why: p.h.Text("copies.erase.why"), Yes: p.h.Text("copies.erase.yes"), Plain: true, Dangerous: true}, func(string) {
		p.do("erase", func(ctx context.Context, person string) error {
			_, err := p.o.Copies().Erase(ctx, person)
			return err
		})
	})
}

func (p *page) do(key string, run func(ctx context.Context, person string) error) {
	shell.Do(p.h, shell.Deed{ID: "copies." + key, Label: p.h.Text("copies.doing"), Done: p.h.Text("copies.done." + key), Person: p.o.Person, Run: run, Then: p.load})
}

// matter is a request with its act and what the law answers.
type matter struct {
	request *copies.Request
	act     *civilstatus.Act
	details copies.Details
	answers []copies.Answer
}

// claim gives the middle to something else; writing: to a form, which nothing that comes late covers.
func (p *page) claim(writing bool) {
	p.matter = nil
	p.claimed.Take(writing)
}

// leave closes a form.
func (p *page) leave() {
	p.claim(false)
	p.load()
}

// unless runs then at the end of something long, unless the person has begun to write something else since.
func (p *page) unless(then func()) func() { return p.claimed.Unless(p.load, then) }

func (p *page) open(id string) {
	p.arg = id
	shell.Load(p.h, "request", func(ctx context.Context) (m matter, err error) {
		if m.request, err = p.o.Copies().Request(ctx, id); err != nil || m.request.Erased {
			return m, err
		}
		c, err := p.o.Copies().Case(ctx, m.request.Asked)
		if err != nil {
			return m, err
		}
		m.act, m.details, m.answers = c.Act, c.Details, copies.Proposals(c)
		return m, nil
	}, func(m matter) {
		if m.act == nil || p.claimed.Writing() {
			return
		}
		if p.matter != nil && reflect.DeepEqual(*p.matter, m) {
			return // what an officer begins to write of it stays as it is
		}
		if p.matter == nil || p.matter.request.ID != m.request.ID {
			p.said = nil
		}
		p.matter = &m
		former := p.reason
		p.middle.Objects = p.describe(m)
		p.layOut()
		if c := fyne.CurrentApp().Driver().CanvasForObject(p.middle); c != nil && former != nil && c.Focused() == former {
			c.Focus(p.reason)
		}
		p.picture(m)
	})
}

// picture shows the paper that was granted or refused, else the act.
func (p *page) picture(m matter) {
	id := m.request.ID
	p.printed = map[copies.State]func(context.Context) ([]byte, error){
		copies.Granted: func(ctx context.Context) ([]byte, error) { return p.o.PrintCopy(ctx, id) },
		copies.Refused: func(ctx context.Context) ([]byte, error) {
			d, err := p.o.Copies().Letter(ctx, id)
			return d.PDF, err
		},
	}[m.request.State]
	p.buttons.Hidden = p.printed == nil
	p.buttons.Refresh()
	p.look(m.act, p.printed)
}

func (p *page) look(a *civilstatus.Act, made func(context.Context) ([]byte, error)) {
	shell.Load(p.h, "picture", func(ctx context.Context) (widgets.Pages, error) {
		if made == nil {
			return p.o.Pictures(ctx, a)
		}
		pdf, err := made(ctx)
		if err != nil {
			return nil, err
		}
		return p.o.Open(ctx, pdf)
	}, p.preview.SetDocument)
}

func name(a *civilstatus.Act) string {
	return strings.TrimSpace(strings.ToUpper(a.LastName) + " " + a.FirstName)
}

func (p *page) reference(a *civilstatus.Act) string {
	return p.h.Text("copies.reference", "kind", a.Kind.Name(), "number", a.Number, "year", strconv.Itoa(a.Year))
}

func (p *page) describe(m matter) []fyne.CanvasObject {
	r := m.request
	who := widgets.Heading(r.Name)
	who.Wrapping = fyne.TextWrapWord
	line := p.h.Text("copies.quality."+string(r.Quality)) + " · " + p.h.Text("copies.channel."+string(r.Channel)) + " · " + lang.Day(r.On.Time())
	if r.Paper != "" {
		line += " · " + p.h.Text("copies.paper.seen", "paper", r.Paper)
	}
	if r.Basis != "" {
		line += " · " + r.Basis
	}
	out := []fyne.CanvasObject{who, widgets.Caption(line), widgets.Heading(name(m.act)), widgets.Caption(p.reference(m.act)),
		widgets.Beside(widgets.NewButton(p.h.Text("copies.details"), base.DocumentCreateIcon(), func() { p.writeDetails(m) }))}
	switch r.State {
	case copies.Received:
		return append(out, p.answer(m)...)
	case copies.Granted:
		out = append(out, widgets.NewNote(widgets.Done, p.h.Text("copies.granted", "what", p.h.Text("copies.kind."+string(r.Given)), "n", r.Number, "day", lang.Day(r.Decided.Time()))))
		if r.Verdict == copies.Inform {
			out = append(out, widgets.NewNote(widgets.Waiting, p.h.Text("copies.inform")))
		} else {
			out = append(out, widgets.Caption(p.h.Text("copies.byhand")), widgets.Beside(widgets.NewButton(p.h.Text("copies.send"), base.MailSendIcon(), func() {
				p.do("send", func(ctx context.Context, person string) error { return p.o.SendCopy(ctx, person, r.ID) })
			})))
		}
	case copies.Refused:
		out = append(out, widgets.NewNote(widgets.Refused, p.h.Text("copies.refused", "day", lang.Day(r.Decided.Time()))))
	}
	if r.Article != "" {
		out = append(out, widgets.Caption(r.Article))
	}
	if r.Reason != "" {
		out = append(out, widgets.Caption(p.h.Text("copies.reason.kept", "reason", r.Reason)))
	}
	return out
}

var meanings = map[copies.Verdict]widgets.Meaning{copies.Give: widgets.Done, copies.Inform: widgets.Waiting, copies.Ask: widgets.Waiting, copies.Deny: widgets.Refused}

// proposals are what the law answers for each kind.
func (p *page) proposals(answers []copies.Answer) []fyne.CanvasObject {
	out := []fyne.CanvasObject{widgets.Heading(p.h.Text("copies.proposals"))}
	for _, a := range answers {
		out = append(out, widgets.NewBadge(meanings[a.Verdict], p.h.Text("copies.kind."+string(a.Kind))+p.h.Text("copies.colon")+p.h.Text("copies.verdict."+string(a.Verdict))), widgets.Caption(a.Why+" ("+a.Article+")"))
		if a.Refusal != nil && a.Refusal.Cure != "" {
			out = append(out, widgets.Caption(a.Refusal.Cure))
		}
		for _, n := range a.Notes {
			out = append(out, widgets.NewNote(widgets.Late, n))
		}
	}
	return out
}

// answer is what an officer decides with.
func (p *page) answer(m matter) []fyne.CanvasObject {
	r := m.request
	kinds := copies.Kinds(m.act.Kind)
	var words []string
	for _, k := range kinds {
		words = append(words, p.h.Text("copies.kind."+string(k)))
	}
	kind := widget.NewSelect(words, nil)
	if p.said == nil {
		p.said = &decision{kind: r.Kind}
	}
	said := p.said
	for i, k := range kinds {
		if k == said.kind {
			kind.SetSelectedIndex(i)
		}
	}
	kind.OnChanged = func(string) { said.kind = kinds[kind.SelectedIndex()] }
	officer, chosen := p.officer(said)
	reason := widgets.NewText(p.h.Text("copies.reason.hint"), 2)
	reason.SetText(said.reason)
	reason.OnChanged = func(text string) { said.reason = text }
	p.reason = reason
	grant := widgets.NewPrimary(p.h.Text("copies.grant"), base.ConfirmIcon(), func() {
		k, by, why := kinds[kind.SelectedIndex()], chosen(), reason.Text
		p.do("grant", func(ctx context.Context, person string) error {
			return p.o.Copies().Grant(ctx, person, r.ID, k, by, why)
		})
	})
	refuse := widgets.NewButton(p.h.Text("copies.refuse"), base.CancelIcon(), func() {
		by, why := chosen(), reason.Text
		p.do("refuse", func(ctx context.Context, person string) error {
			return p.o.Copies().Refuse(ctx, person, r.ID, by, why)
		})
	})
	out := p.proposals(m.answers)
	return append(out, widgets.Heading(p.h.Text("copies.decide")), widgets.Field(p.h.Text("copies.give"), kind, ""), widgets.Field(p.h.Text("copies.officer"), officer, ""),
		widgets.Field(p.h.Text("copies.reason"), reason, p.h.Text("copies.reason.help")), widgets.Beside(grant, refuse))
}

// decision is what an officer begins to decide: it stays when what it is about is shown anew.
type decision struct {
	kind            copies.Kind
	officer, reason string
}

// officer is the choice of who signs; the first is proposed.
func (p *page) officer(said *decision) (*widget.Select, func() string) {
	var names []string
	for _, o := range p.officers {
		names = append(names, o.Name()+", "+o.Title)
	}
	s := widget.NewSelect(names, nil)
	for i, o := range p.officers {
		if i == 0 || o.ID == said.officer {
			s.SetSelectedIndex(i)
		}
	}
	s.OnChanged = func(string) { said.officer = p.officers[s.SelectedIndex()].ID }
	return s, func() string {
		if i := s.SelectedIndex(); i >= 0 && i < len(p.officers) {
			return p.officers[i].ID
		}
		return ""
	}
}

// layOut shows new contents of the middle, from their top.
func (p *page) layOut() {
	shell.LayOut(p.h, p.middle)
	p.scroll.ScrollTo(0)
}
