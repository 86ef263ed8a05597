// Package circuits is the page of the authority's own types of folders and of their routes.
//
//	┌ types ──────────────────┬ fiche ────────────────────────────────┐
//	│ Marchés › Lettres       │ Nom, nature, délai, annexes           │
//	│ Signature du maire      │ Place de la signature                 │
//	│ …                       │ 1. Visa · la secrétaire · …  [Retirer]│
//	│ [Nouveau type…]         │ [Ajouter une étape]    [Enregistrer]  │
//	│ [Partir d’un modèle…]   │                                       │
//	└─────────────────────────┴───────────────────────────────────────┘
//
// A model opens the form filled; nothing is kept before it is saved.
//
// Keys: arrows in the list.
package circuits

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
	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/theme"
	"alpi40.fr/airial/ui/widgets"
)

// Name is the page's name in routes.
const Name shell.PageName = "circuits"

// Office is what this page asks of the program. All methods run off the window's thread.
type Office interface {
	Person(ctx context.Context) (string, error)
	Desk() *parapheur.Desk
}

// Entry places the page at the foot of the rail.
func Entry(o Office) shell.Entry {
	return shell.Entry{Route: shell.Route{Page: Name}, Icon: theme.Icon("circuits"), TitleKey: "shell.page.circuits", Foot: true,
		New: func(h shell.Host) shell.Page { return newPage(h, o) }}
}

// roles are those that may hold a step, in the order of the form.
var roles = []authority.Role{authority.RoleSecretary, authority.RoleMayor, authority.RoleDeputy, authority.RoleRegistrar, authority.RoleAdministrator}

// steps are what a step may ask.
var steps = []parapheur.StepKind{parapheur.Approval, parapheur.Signature, parapheur.Seal, parapheur.Information, parapheur.Transmission, parapheur.LegalityReview}

// corners are where signatures may be seen.
var corners = []parapheur.Place{
	{}, {Corner: parapheur.BottomRight}, {Corner: parapheur.BottomLeft}, {Corner: parapheur.TopRight}, {Corner: parapheur.TopLeft},
	{Corner: parapheur.BottomRight, First: true}, {Corner: parapheur.BottomLeft, First: true},
}

// formats are how the PDF documents of a type are signed.
var formats = []parapheur.Format{parapheur.PDF, parapheur.Any}

type page struct {
	h       shell.Host
	o       Office
	arg     string
	types   []parapheur.FolderType
	holders []parapheur.Holder // what a step's select offers, after nobody
	words   []string           // their names
	list    *widgets.List
	side    *fyne.Container
	empty   *fyne.Container
	content fyne.CanvasObject
	keep    func()
}

func newPage(h shell.Host, o Office) *page {
	p := &page{h: h, o: o, side: widgets.Wrapped(), empty: container.NewStack()}
	p.list = widgets.NewList(h.Now, func() int { return len(p.types) }, func() fyne.CanvasObject { return widgets.NewRow(false) }, p.row)
	p.list.Label = func(i int) string { return p.types[i].Name }
	p.list.OnCursor = func(i int) {
		if i < len(p.types) {
			p.arg = p.types[i].ID
			p.edit(p.types[i])
		}
	}
	add := widgets.NewButton(h.Text("circuits.add"), base.ContentAddIcon(), func() {
		p.arg = ""
		p.edit(parapheur.FolderType{Kind: parapheur.Letter, Route: parapheur.UsualRoute()})
	})
	foot := container.NewVBox(add, widgets.NewButton(h.Text("circuits.models"), base.DocumentIcon(), p.models))
	p.content, p.keep = widgets.Panes(h.Preferences(), "circuits", []float64{0.34},
		container.NewBorder(nil, foot, nil, nil, container.NewStack(p.list, p.empty)), widgets.NewScroll(p.side))
	return p
}

func (p *page) Route() shell.Route         { return shell.Route{Page: Name, Arg: p.arg} }
func (p *page) Title() string              { return p.h.Text("shell.page.circuits") }
func (p *page) Content() fyne.CanvasObject { return p.content }
func (p *page) Hide()                      { p.keep() }
func (p *page) Panes() []fyne.Focusable    { return []fyne.Focusable{p.list} }

func (p *page) Show(r shell.Route) {
	if r.Arg != "" {
		p.arg = r.Arg
	}
	p.h.Changes([]string{"foldertype/", "person/"}, p.load)
	p.load()
}

func (p *page) load() {
	type all struct {
		types []parapheur.FolderType
		town  parapheur.Town
	}
	shell.Load(p.h, "list", func(ctx context.Context) (a all, err error) {
		if a.types, err = p.o.Desk().Types(ctx); err != nil {
			return a, err
		}
		a.town, err = p.o.Desk().Town(ctx)
		return a, err
	}, func(a all) {
		p.types = a.types
		p.offer(a.town)
		p.list.Refresh()
		p.empty.Objects = nil
		if len(p.types) == 0 {
			p.empty.Objects = []fyne.CanvasObject{widgets.Empty(theme.Icon("circuits"), p.h.Text("circuits.empty"), p.h.Text("circuits.empty.text"), widgets.NewPrimary(p.h.Text("circuits.models"), base.DocumentIcon(), p.models))}
		}
		p.empty.Refresh()
		at := slices.IndexFunc(p.types, func(t parapheur.FolderType) bool { return t.ID == p.arg })
		if at < 0 && len(p.types) > 0 {
			at = 0
		}
		if at >= 0 {
			p.list.SetCursor(at)
			p.edit(p.types[at])
		}
	})
}

// models offers the types of most town halls, to begin one from.
func (p *page) models() {
	models, err := parapheur.TypeModels()
	if err != nil {
		p.h.Fail(err)
		return
	}
	p.arg = ""
	title := widgets.Heading(p.h.Text("circuits.models.title"))
	title.Wrapping = fyne.TextWrapWord
	how := widgets.NewLabel(p.h.Text("circuits.models.text"))
	how.Wrapping = fyne.TextWrapWord
	p.side.Objects = []fyne.CanvasObject{title, how}
	for _, m := range models {
		choose := widgets.NewButton(m.Name, nil, func() { p.edit(m) })
		choose.Alignment = widget.ButtonAlignLeading
		p.side.Add(widgets.Field("", choose, stepsOf(m)))
	}
	shell.LayOut(p.h, p.side)
}

// stepsOf names the steps of a type in their order.
func stepsOf(t parapheur.FolderType) string {
	var titles []string
	for _, s := range t.Route {
		titles = append(titles, s.Title)
	}
	return strings.Join(titles, ", puis ")
}

// offer lists who may hold a step: functions first, then people. Who has left stays where a type names them, so that
// writing it again does not drop the step's holder without a word.
func (p *page) offer(t parapheur.Town) {
	named := map[string]bool{}
	for _, x := range p.types {
		for _, s := range x.Route {
			named[s.Person] = true
			for _, h := range s.With {
				named[h.Person] = true
			}
		}
	}
	p.holders, p.words = []parapheur.Holder{{}}, []string{p.h.Text("circuits.nobody")}
	for _, r := range roles {
		p.holders, p.words = append(p.holders, parapheur.Holder{Role: r}), append(p.words, p.h.Text("circuits.role."+string(r)))
	}
	for _, x := range t.People {
		word, in := x.Name()+", "+x.Title, x.In(authority.DayOf(p.h.Now()))
		if !in {
			word = p.h.Text("circuits.left", "who", x.Name())
		}
		if in || named[x.ID] {
			p.holders, p.words = append(p.holders, parapheur.Holder{Person: x.ID}), append(p.words, word)
		}
	}
}

func (p *page) row(i int, _ bool, o fyne.CanvasObject) {
	if i >= len(p.types) {
		return
	}
	t := p.types[i]
	m, word := widgets.Plain, ""
	if t.Retired {
		word = p.h.Text("circuits.retired")
	}
	o.(*widgets.Row).Set(t.Name, stepsOf(t), !t.Retired, false, m, word)
}

// form is a type being written.
type form struct {
	p       *page
	t       parapheur.FolderType
	name    *widgets.Entry
	kind    *widget.Select
	days    *widgets.Entry
	before  *widgets.Entry
	late    *widgets.Entry
	annexes *widget.Entry
	place   *widget.Select
	format  *widget.Select
	retired *widget.Check
	steps   []*stepForm
	box     *fyne.Container
}

// stepForm is one step of it.
type stepForm struct {
	kind     *widget.Select
	title    *widgets.Entry
	holders  []*widget.Select
	all, add *widget.Check
	auto     *widget.Check // a transmission that leaves by itself
	over     *widgets.Entry
	services *widgets.Entry
	box      string // the place that a module gave it
}

// mostHolders is how many may do one step.
const mostHolders = 3

func (p *page) choice(words []string, at int) *widget.Select {
	s := widget.NewSelect(words, nil)
	s.SetSelectedIndex(max(at, 0))
	return s
}

func (p *page) texts(n int, key func(i int) string) (words []string) {
	for i := range n {
		words = append(words, p.h.Text(key(i)))
	}
	return words
}

// edit shows a type's form.
func (p *page) edit(t parapheur.FolderType) {
	kinds := parapheur.Kinds()
	f := &form{p: p, t: t, name: widgets.NewEntry(p.h.Text("circuits.name.hint")), days: widgets.NewEntry(p.h.Text("circuits.days.hint")), annexes: widget.NewMultiLineEntry(), box: container.NewVBox()}
	f.name.SetText(t.Name)
	if t.Days > 0 {
		f.days.SetText(strconv.Itoa(t.Days))
	}
	remind := parapheur.UsualReminders()
	if t.Remind != nil {
		remind = *t.Remind
	}
	f.before, f.late = widgets.NewEntry("0"), widgets.NewEntry("0")
	f.before.SetText(strconv.Itoa(remind.Before))
	f.late.SetText(strconv.Itoa(remind.Late))
	f.annexes.SetText(strings.Join(t.Annexes, "\n"))
	f.annexes.SetMinRowsVisible(2)
	var names []string
	for _, k := range kinds {
		names = append(names, string(k))
	}
	f.kind = p.choice(names, slices.Index(kinds, t.Kind))
	f.place = p.choice(p.texts(len(corners), func(i int) string { return "circuits.place." + strconv.Itoa(i) }), slices.Index(corners, t.Place))
	f.format = p.choice(p.texts(len(formats), func(i int) string { return "circuits.format." + strconv.Itoa(i) }), slices.Index(formats, t.Format))
	f.retired = widget.NewCheck(p.h.Text("circuits.retire"), nil)
	f.retired.SetChecked(t.Retired)
	for _, s := range t.Route {
		f.steps = append(f.steps, f.step(s))
	}
	f.lay()
	heading := t.Name
	if t.ID == "" {
		heading = p.h.Text("circuits.add")
	}
	foot := widgets.Beside(widgets.NewButton(p.h.Text("circuits.step.add"), base.ContentAddIcon(), func() {
		f.steps = append(f.steps, f.step(parapheur.Step{Kind: parapheur.Approval}))
		f.lay()
		shell.LayOut(p.h, p.side)
	}), widgets.NewPrimary(p.h.Text("circuits.save"), base.DocumentSaveIcon(), f.save))
	title := widgets.Heading(heading)
	title.Wrapping = fyne.TextWrapWord
	p.side.Objects = []fyne.CanvasObject{
		title, widgets.Field(p.h.Text("circuits.name"), f.name, ""),
		widgets.Columns(2, widgets.Field(p.h.Text("circuits.kind"), f.kind, ""), widgets.Field(p.h.Text("circuits.days"), f.days, ""),
			widgets.Field(p.h.Text("circuits.remind.before"), f.before, p.h.Text("circuits.remind.help")), widgets.Field(p.h.Text("circuits.remind.late"), f.late, p.h.Text("circuits.remind.late.help")),
			widgets.Field(p.h.Text("circuits.place"), f.place, ""), widgets.Field(p.h.Text("circuits.format"), f.format, p.h.Text("circuits.format.help")), widgets.Field(p.h.Text("circuits.annexes"), f.annexes, p.h.Text("circuits.annexes.help"))),
		widgets.Heading(p.h.Text("circuits.route")), f.box, foot,
	}
	if t.ID != "" {
		p.side.Add(f.retired)
	}
	shell.LayOut(p.h, p.side)
}

func (f *form) step(s parapheur.Step) *stepForm {
	p := f.p
	x := &stepForm{title: widgets.NewEntry(p.h.Text("circuits.step.title.hint")), over: widgets.NewEntry(p.h.Text("circuits.step.over.hint")), services: widgets.NewEntry(p.h.Text("circuits.step.services.hint")), box: s.Box}
	x.kind = p.choice(p.texts(len(steps), func(i int) string { return "circuits.step." + string(steps[i]) }), slices.Index(steps, s.Kind))
	x.title.SetText(s.Title)
	if s.Over > 0 {
		x.over.SetText(parapheur.Euros(s.Over))
	}
	x.services.SetText(strings.Join(s.Services, ", "))
	x.all = widget.NewCheck(p.h.Text("circuits.step.all"), nil)
	x.all.SetChecked(s.All)
	x.add = widget.NewCheck(p.h.Text("circuits.step.mayadd"), nil)
	x.add.SetChecked(s.MayAdd)
	x.auto = widget.NewCheck(p.h.Text("circuits.step.auto"), nil)
	x.auto.SetChecked(s.Auto)
	x.kind.OnChanged = func(string) { x.fit(); shell.LayOut(p.h, p.side) }
	x.fit()
	all := append([]parapheur.Holder{{Person: s.Person, Role: s.Role}}, s.With...)
	for i := range mostHolders {
		at := 0
		if i < len(all) {
			at = slices.Index(p.holders, all[i])
		}
		x.holders = append(x.holders, p.choice(p.words, at))
	}
	return x
}

// fit shows what the kind of the step wants to know.
func (x *stepForm) fit() {
	handing := steps[x.kind.SelectedIndex()].Hands()
	x.auto.Hidden, x.all.Hidden, x.add.Hidden = !handing, handing, handing
}

// lay writes the steps again, numbered.
func (f *form) lay() {
	f.box.Objects = nil
	for i, s := range f.steps {
		remove := widgets.NewButton(f.p.h.Text("circuits.step.remove"), base.DeleteIcon(), func() {
			f.steps = slices.Delete(slices.Clone(f.steps), i, i+1)
			f.lay()
			shell.LayOut(f.p.h, f.p.side)
		})
		var order fyne.CanvasObject = remove
		if i > 0 {
			order = container.NewHBox(widgets.NewButton(f.p.h.Text("circuits.step.up"), base.MoveUpIcon(), func() {
				f.steps = slices.Clone(f.steps)
				f.steps[i-1], f.steps[i] = f.steps[i], f.steps[i-1]
				f.lay()
				shell.LayOut(f.p.h, f.p.side)
			}), remove)
		}
		who := container.NewVBox(s.holders[0], container.NewGridWithColumns(2, s.holders[1], s.holders[2]), s.all, s.add, s.auto)
		f.box.Add(widgets.Field(f.p.h.Text("circuits.step", "n", i+1), container.NewVBox(
			container.NewBorder(nil, nil, s.kind, order, s.title), who, container.NewGridWithColumns(2, s.over, s.services)), ""))
		f.box.Add(widget.NewSeparator())
	}
}

// save reads the form; what is not a number is told.
func (f *form) save() {
	p, t := f.p, f.t
	t.Name, t.Kind, t.Place, t.Format, t.Retired, t.Days = strings.TrimSpace(f.name.Text), parapheur.Kinds()[f.kind.SelectedIndex()], corners[f.place.SelectedIndex()], formats[f.format.SelectedIndex()], f.retired.Checked, 0
	remind := parapheur.Reminders{}
	for _, field := range []struct {
		entry *widgets.Entry
		to    *int
	}{{f.days, &t.Days}, {f.before, &remind.Before}, {f.late, &remind.Late}} {
		text := strings.TrimSpace(field.entry.Text)
		if text == "" {
			continue
		}
		n, err := strconv.Atoi(text)
		if err != nil {
			p.h.Toast(shell.Waiting, p.h.Text("circuits.days.wrong", "text", text), nil)
			return
		}
		*field.to = n
	}
	if t.Remind = &remind; remind == parapheur.UsualReminders() {
		t.Remind = nil
	}
	t.Annexes = lines(f.annexes.Text, "\n")
	t.Route = nil
	for _, x := range f.steps {
		s := parapheur.Step{Kind: steps[x.kind.SelectedIndex()], Title: strings.TrimSpace(x.title.Text), All: x.all.Checked, MayAdd: x.add.Checked, Services: lines(x.services.Text, ","), Box: x.box}
		if s.Kind.Hands() {
			s.Auto, s.All, s.MayAdd = x.auto.Checked, false, false
		}
		for _, choice := range x.holders {
			h := p.holders[choice.SelectedIndex()]
			switch {
			case h == parapheur.Holder{}:
			case s.Person == "" && s.Role == "":
				s.Person, s.Role = h.Person, h.Role
			default:
				s.With = append(s.With, h)
			}
		}
		if text := strings.TrimSpace(x.over.Text); text != "" {
			cents, ok := lang.ParseAmount(text)
			if !ok {
				p.h.Toast(shell.Waiting, p.h.Text("circuits.step.over.wrong", "text", text), nil)
				return
			}
			s.Over = cents
		}
		t.Route = append(t.Route, s)
	}
	var id string
	shell.Do(p.h, shell.Deed{ID: "circuits.save", Label: p.h.Text("circuits.doing"), Done: p.h.Text("circuits.done"), Person: p.o.Person,
		Run: func(ctx context.Context, person string) (err error) {
			id, err = p.o.Desk().PutType(ctx, person, t)
			return err
		},
		Then: func() { p.arg = id; p.load() }})
}

// lines are the parts of a text that say something.
func lines(text, separator string) (out []string) {
	for _, part := range strings.Split(text, separator) {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}
