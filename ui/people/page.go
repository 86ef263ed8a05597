// Package people is the page of the people of the authority and of who may act for whom.
//
//	┌ personnes ──────────────┬ fiche ──────────────────────────────┐
//	│ Mme Maïté FICTIVE       │ Civilité, nom, fonction, dates…     │
//	│ Maire                   │ Délégations et suppléances          │
//	│ …                       │ pour le maire, arrêté n° 12 [Retirer]│
//	│ [Tableau de l'assemblée]│ Élection, groupe, fin du mandat      │
//	│ [Commissions]           │                                      │
//	└─────────────────────────┴─────────────────────────────────────┘
//
// Keys: arrows in the list.
package people

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/theme"
	"alpi40.fr/airial/ui/widgets"
)

// Name is the page's name in routes.
const Name shell.PageName = "people"

// Office is what this page asks of the program. All methods run off the window's thread.
type Office interface {
	Person(ctx context.Context) (string, error)
	People() *authority.Registry
	Council() *council.Council
	// Subjects are the kinds of acts that a delegation may be limited to.
	Subjects() []string
}

// Entry places the page at the foot of the rail.
func Entry(o Office) shell.Entry {
	return shell.Entry{Route: shell.Route{Page: Name}, Icon: theme.Icon("people"), TitleKey: "shell.page.people", Foot: true,
		New: func(h shell.Host) shell.Page { return newPage(h, o) }}
}

// roles are those that a person may be given, in the order of the form.
var roles = []authority.Role{authority.RoleMayor, authority.RoleDeputy, authority.RoleCouncillor, authority.RoleSecretary, authority.RoleRegistrar, authority.RoleAdministrator}

type page struct {
	h           shell.Host
	o           Office
	arg         string
	people      []authority.Person
	delegations []authority.Delegation
	list        *widgets.List
	side        *fyne.Container
	scroll      *widgets.Scroll // over side
	content     fyne.CanvasObject
	keep        func()
}

func newPage(h shell.Host, o Office) *page {
	p := &page{h: h, o: o, side: widgets.Wrapped()}
	p.list = widgets.NewList(h.Now, func() int { return len(p.people) }, func() fyne.CanvasObject { return widgets.NewRow(false) }, p.row)
	p.list.Label = func(i int) string { return p.people[i].LastName }
	p.list.OnCursor = func(i int) {
		if i < len(p.people) {
			p.arg = p.people[i].ID
			p.edit(p.people[i])
		}
	}
	add := widgets.NewButton(h.Text("people.add"), base.ContentAddIcon(), func() {
		p.arg = ""
		p.edit(authority.Person{Since: p.today()})
	})
	p.scroll = widgets.NewScroll(p.side)
	p.content, p.keep = widgets.Panes(h.Preferences(), "people", []float64{0.34}, container.NewBorder(nil, container.NewVBox(add, widgets.NewButton(h.Text("people.tableau"), base.ListIcon(), p.tableau), widgets.NewButton(h.Text("people.commissions.open"), base.AccountIcon(), p.commissions)), nil, nil, p.list), p.scroll)
	return p
}

func (p *page) Route() shell.Route         { return shell.Route{Page: Name, Arg: p.arg} }
func (p *page) Title() string              { return p.h.Text("shell.page.people") }
func (p *page) Content() fyne.CanvasObject { return p.content }
func (p *page) Hide()                      { p.keep() }
func (p *page) Panes() []fyne.Focusable    { return []fyne.Focusable{p.list} }
func (p *page) today() authority.Day       { return authority.DayOf(p.h.Now()) }

func (p *page) Show(r shell.Route) {
	if r.Arg != "" {
		p.arg = r.Arg
	}
	p.h.Changes([]string{"person/", "delegation/"}, p.load)
	p.load()
}

func (p *page) load() {
	type everyone struct {
		people      []authority.Person
		delegations []authority.Delegation
	}
	shell.Load(p.h, "list", func(ctx context.Context) (e everyone, err error) {
		e.people, e.delegations, err = p.o.People().Everyone(ctx)
		return e, err
	}, func(e everyone) {
		p.people, p.delegations = e.people, e.delegations
		p.list.Refresh()
		at := max(0, slices.IndexFunc(p.people, func(x authority.Person) bool { return x.ID == p.arg }))
		if p.list.Cursor() == at && at < len(p.people) {
			p.edit(p.people[at])
			return
		}
		p.list.SetCursor(at)
	})
}

func (p *page) row(i int, _ bool, o fyne.CanvasObject) {
	if i >= len(p.people) {
		return
	}
	x := p.people[i]
	m, word := widgets.Plain, ""
	switch {
	case !x.In(p.today()):
		word = p.h.Text("people.over")
	case slices.ContainsFunc(p.delegations, func(d authority.Delegation) bool { return d.To == x.ID && d.Covers("", p.today()) }):
		m, word = widgets.Done, p.h.Text("people.delegate")
	}
	o.(*widgets.Row).Set(x.Name(), x.Title, x.In(p.today()), false, m, word)
}

func (p *page) run(key string, do func(ctx context.Context, person string) error) {
	p.runThen(key, do, p.load)
}

func (p *page) runThen(key string, do func(ctx context.Context, person string) error, then func()) {
	shell.Do(p.h, shell.Deed{ID: "people." + key, Label: p.h.Text("people.doing"), Done: p.h.Text("people.done." + key), Person: p.o.Person, Run: do, Then: then})
}

// days are written as people type them; what is not a day is told.
func (p *page) day(text string) (authority.Day, bool) {
	if strings.TrimSpace(text) == "" {
		return "", true
	}
	at, err := lang.ParseDay(text)
	if err != nil {
		p.h.Toast(shell.Waiting, p.h.Text("people.day.wrong", "text", text), nil)
		return "", false
	}
	return authority.DayOf(at), true
}

func shown(d authority.Day) string {
	if d == "" {
		return ""
	}
	return d.Time().Format("02/01/2006")
}

// edit shows a person's form, with who acts for her and for whom she acts.
func (p *page) edit(x authority.Person) {
	field := func(key, value, hint string) (*widgets.Entry, fyne.CanvasObject) {
		e := widgets.NewEntry(hint)
		e.SetText(value)
		return e, widgets.Field(p.h.Text("people."+key), e, "")
	}
	civilities := []string{p.h.Text("people.mrs"), p.h.Text("people.mr")}
	civility := widget.NewRadioGroup(civilities, nil)
	civility.Horizontal, civility.Required, civility.Selected = true, true, civilities[0]
	if x.Civility == civilities[1] {
		civility.Selected = civilities[1]
	}
	first, firstField := field("first", x.FirstName, "")
	last, lastField := field("last", x.LastName, "")
	title, titleField := field("title", x.Title, p.h.Text("people.title.hint"))
	email, emailField := field("email", x.Email, "")
	rankText := ""
	if x.Rank > 0 {
		rankText = strconv.Itoa(x.Rank)
	}
	rank, rankField := field("rank", rankText, p.h.Text("people.rank.hint"))
	since, sinceField := field("since", shown(x.Since), p.h.Text("people.day.hint"))
	until, untilField := field("until", shown(x.Until), p.h.Text("people.open"))
	var names []string
	var held []string
	for _, r := range roles {
		names = append(names, p.h.Text("people.role."+string(r)))
		if x.Has(r) {
			held = append(held, names[len(names)-1])
		}
	}
	mandate, mandated := p.mandate(x)
	paper := widget.NewCheck(p.h.Text("people.paper"), nil)
	paper.Checked = x.Paper
	checks := widget.NewCheckGroup(names, nil)
	checks.SetSelected(held)
	save := widgets.NewPrimary(p.h.Text("people.save"), base.DocumentSaveIcon(), func() {
		y := x
		y.Civility, y.FirstName, y.LastName = civility.Selected, strings.TrimSpace(first.Text), strings.TrimSpace(last.Text)
		y.Title, y.Email, y.Rank, y.Roles = strings.TrimSpace(title.Text), strings.TrimSpace(email.Text), 0, nil
		y.Paper = paper.Checked
		if text := strings.TrimSpace(rank.Text); text != "" {
			n, err := strconv.Atoi(text)
			if err != nil || n < 1 {
				p.h.Toast(shell.Waiting, p.h.Text("people.rank.wrong"), nil)
				return
			}
			y.Rank = n
		}
		var ok bool
		if y.Since, ok = p.day(since.Text); !ok {
			return
		}
		if y.Until, ok = p.day(until.Text); !ok {
			return
		}
		for i, name := range names {
			if slices.Contains(checks.Selected, name) {
				y.Roles = append(y.Roles, roles[i])
			}
		}
		if !mandated(&y) {
			return
		}
		var id string
		p.runThen("save", func(ctx context.Context, person string) (err error) {
			id, err = p.o.People().Put(ctx, person, y)
			return err
		}, func() { p.arg = id; p.load() })
	})
	heading := x.Name()
	if x.ID == "" {
		heading = p.h.Text("people.add")
	}
	out := []fyne.CanvasObject{widgets.Heading(heading), civility,
		widgets.Columns(2, firstField, lastField, titleField, emailField, sinceField, untilField, rankField), paper, widgets.Caption(p.h.Text("people.paper.why")),
		widgets.Field(p.h.Text("people.roles"), checks, p.h.Text("people.roles.help")),
		widget.NewAccordion(widget.NewAccordionItem(p.h.Text("people.mandate"), mandate)), widgets.Beside(save)}
	if x.ID != "" {
		out = append(out, p.acting(x)...)
		out = append(out, p.ending(x)...)
	}
	p.side.Objects = out
	shell.LayOut(p.h, p.side)
}

// acting lists for whom a person acts, and lets her be given a delegation.
func (p *page) acting(x authority.Person) []fyne.CanvasObject {
	out := []fyne.CanvasObject{widgets.Heading(p.h.Text("people.delegations"))}
	none := true
	for _, d := range p.delegations {
		if d.To != x.ID {
			continue
		}
		none = false
		words := p.describe(d)
		if !d.Covers("", p.today()) {
			out = append(out, widgets.Caption(words+" "+p.h.Text("people.ended")))
			continue
		}
		withdraw := widgets.NewButton(p.h.Text("people.withdraw"), nil, func() {
			p.run("withdraw", func(ctx context.Context, person string) error {
				return p.o.People().Withdraw(ctx, person, d.ID, p.today())
			})
		})
		out = append(out, container.NewBorder(nil, nil, nil, withdraw, widgets.NewNote(widgets.Done, words)))
	}
	if none {
		out = append(out, widgets.Caption(p.h.Text("people.none")))
	}
	return append(out, widgets.Beside(widgets.NewButton(p.h.Text("people.grant"), base.ContentAddIcon(), func() { p.grant(x) })))
}

func (p *page) describe(d authority.Delegation) string {
	from, _ := authority.Find(p.people, d.From)
	parts := []string{p.h.Text("people.kind."+string(d.Kind), "name", from.Name())}
	if d.Order != "" {
		parts = append(parts, p.h.Text("people.by", "order", d.Order))
	}
	if len(d.Subjects) > 0 {
		parts = append(parts, p.h.Text("people.for", "subjects", strings.Join(d.Subjects, ", ")))
	}
	switch {
	case d.Since != "" && d.Until != "":
		parts = append(parts, p.h.Text("people.during", "since", lang.Day(d.Since.Time()), "until", lang.Day(d.Until.Time())))
	case d.Since != "":
		parts = append(parts, p.h.Text("people.from", "since", lang.Day(d.Since.Time())))
	}
	return strings.Join(parts, ", ") + "."
}

// grant is the form of a delegation or of a stand-in for the mayor.
func (p *page) grant(x authority.Person) {
	kinds := []authority.DelegationKind{authority.Delegated, authority.StandIn}
	words := []string{p.h.Text("people.kind.delegation.word"), p.h.Text("people.kind.stand-in.word")}
	kind := widget.NewRadioGroup(words, nil)
	kind.Required, kind.Selected = true, words[0]
	var from []authority.Person
	var names []string
	for _, y := range p.people {
		if y.ID != x.ID && y.In(p.today()) {
			from, names = append(from, y), append(names, y.Name())
		}
	}
	giver := widget.NewSelect(names, nil)
	if len(names) > 0 {
		giver.SetSelectedIndex(max(0, slices.IndexFunc(from, func(y authority.Person) bool { return y.Has(authority.RoleMayor) })))
	}
	order, since, until := widgets.NewEntry(p.h.Text("people.order.hint")), widgets.NewEntry(p.h.Text("people.day.hint")), widgets.NewEntry(p.h.Text("people.open"))
	since.SetText(p.h.Now().Format("02/01/2006"))
	subjects := widget.NewCheckGroup(p.o.Subjects(), nil)
	p.side.Objects = []fyne.CanvasObject{
		widgets.Heading(p.h.Text("people.grant.title", "name", x.Name())), kind, widgets.Field(p.h.Text("people.giver"), giver, ""),
		widgets.Field(p.h.Text("people.order"), order, p.h.Text("people.order.help")),
		widgets.Columns(2, widgets.Field(p.h.Text("people.since"), since, ""), widgets.Field(p.h.Text("people.until"), until, "")),
		widgets.Field(p.h.Text("people.subjects"), subjects, p.h.Text("people.subjects.help")),
		widgets.Beside(widgets.NewButton(p.h.Text("people.cancel"), nil, func() { p.edit(x) }),
			widgets.NewPrimary(p.h.Text("people.grant.do"), base.ConfirmIcon(), func() {
				d := authority.Delegation{Kind: kinds[slices.Index(words, kind.Selected)], To: x.ID, Order: strings.TrimSpace(order.Text), Subjects: subjects.Selected}
				if i := giver.SelectedIndex(); i >= 0 {
					d.From = from[i].ID
				}
				var ok bool
				if d.Since, ok = p.day(since.Text); !ok {
					return
				}
				if d.Until, ok = p.day(until.Text); !ok {
					return
				}
				p.run("grant", func(ctx context.Context, person string) error {
					_, err := p.o.People().Grant(ctx, person, d)
					return err
				})
			})),
	}
	shell.LayOut(p.h, p.side)
}
