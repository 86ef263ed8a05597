package council

import (
	"context"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/widgets"
)

// start is something that a deliberation may begin from: a template of the
// library, or a model of the authority's own.
type start struct {
	key, name string
	theme     council.Theme
	matter    string
	template  *council.Template
	model     *council.Model
}

// startsOf gives what may be begun from: the authority's own first.
func startsOf(l council.Library, models []council.Model) []start {
	var all []start
	for i := range models {
		m := &models[i]
		all = append(all, start{key: council.ModelKey(m.ID), name: m.Name, theme: m.Theme, matter: m.Matter, model: m})
	}
	for _, theme := range council.Themes() {
		for i := range l.Templates {
			if t := &l.Templates[i]; t.Theme == theme {
				all = append(all, start{key: t.Key, name: t.Name, theme: t.Theme, matter: t.Matter, template: t})
			}
		}
	}
	return all
}

// shownStarts are those of a theme (all when empty) that answer to the words typed.
func shownStarts(all []start, theme council.Theme, words string) []start {
	var shown []start
	for _, s := range all {
		t := council.Template{Name: s.name, Matter: s.matter}
		if s.template != nil {
			t = *s.template
		}
		if (theme == "" || s.theme == theme) && t.Matches(words) {
			shown = append(shown, s)
		}
	}
	return shown
}

// chooser begins a deliberation: a list by theme that can be searched, with the
// page that each subject prints beside.
type chooser struct {
	p      *page
	all    []start
	shown  []start
	theme  council.Theme
	words  string
	list   *widgets.List
	about  *fyne.Container // of the subject chosen: what to look at
	search *widgets.Entry
}

func (p *page) choose() {
	p.SaveDraft()
	p.draft, p.model, p.choosing, p.asked = nil, nil, true, ""
	p.list.Reset() // a click on the row that was shown goes back to it
	shell.Load(p.h, "models", p.o.Council().Models, func(models []council.Model) {
		if p.choosing && p.asked == "" { // she did not go elsewhere meanwhile
			p.chooseFrom(models)
		}
	})
}

func (p *page) chooseFrom(models []council.Model) {
	c := &chooser{p: p, all: startsOf(p.o.Council().Library(), models), about: widgets.Wrapped()}
	c.list = widgets.NewList(p.h.Now, func() int { return len(c.shown) }, func() fyne.CanvasObject { return widgets.NewRow(false) }, c.row)
	c.list.Label = func(i int) string { return c.shown[i].name }
	c.list.OnCursor = c.look
	c.list.OnOpen = func(i int) { c.begin(c.shown[i].key) }
	c.search = widgets.NewEntry(p.h.Text("drafting.search"))
	c.search.OnChanged = func(words string) { c.words = words; c.filter() }
	themes := []string{p.h.Text("drafting.theme.all")}
	for _, t := range council.Themes() {
		themes = append(themes, p.h.Text("drafting.theme."+string(t)))
	}
	theme := widget.NewSelect(themes, nil)
	theme.SetSelectedIndex(0)
	theme.OnChanged = func(string) {
		c.theme = ""
		if i := theme.SelectedIndex(); i > 0 {
			c.theme = council.Themes()[i-1]
		}
		c.filter()
	}
	free := widgets.NewButton(p.h.Text("council.free"), base.DocumentIcon(), func() { c.begin("") })
	load := widgets.NewButton(p.h.Text("drafting.import"), base.FolderOpenIcon(), p.importDraft)
	top := widgets.Wrapped(widgets.Heading(p.h.Text("council.choose")), widgets.Caption(p.h.Text("drafting.projet.why")), c.search, theme, container.NewHBox(free, load))
	p.middle.Objects = []fyne.CanvasObject{container.NewBorder(top, c.about, nil, nil, c.list)}
	c.filter()
	shell.LayOut(p.h, p.middle)
	widgets.Focus(p.middle, c.search)
}

func (c *chooser) filter() {
	c.shown = shownStarts(c.all, c.theme, c.words)
	c.list.Reset()
	c.about.Objects = nil
	if len(c.shown) == 0 {
		c.about.Objects = []fyne.CanvasObject{widgets.Caption(c.p.h.Text("drafting.none"))}
	}
	shell.LayOut(c.p.h, c.p.middle)
}

func (c *chooser) row(i int, _ bool, o fyne.CanvasObject) {
	if i >= len(c.shown) {
		return
	}
	s, h := c.shown[i], c.p.h
	var detail []string
	if s.theme != "" {
		detail = append(detail, h.Text("drafting.theme."+string(s.theme)))
	}
	if s.matter != "" {
		detail = append(detail, h.Text("drafting.matter", "code", s.matter))
	}
	m, badge := widgets.Waiting, h.Text("drafting.projet")
	if s.model != nil {
		m, badge = widgets.Plain, h.Text("drafting.own")
	}
	o.(*widgets.Row).Set(s.name, strings.Join(detail, " · "), false, false, m, badge)
}

// look shows what a subject is and how it prints.
func (c *chooser) look(i int) {
	if i < 0 || i >= len(c.shown) {
		return
	}
	s, p := c.shown[i], c.p
	c.about.Objects = nil
	d := council.Deliberation{Status: council.StatusDraft}
	if t := s.template; t != nil {
		d.Text = p.o.Council().Library().Draft(*t, authority.DayOf(p.h.Now()))
		for _, note := range notesOf(p.h, *t) {
			c.about.Add(note)
		}
		c.about.Add(widgets.NewNote(widgets.Waiting, p.h.Text("drafting.projet.text")))
	} else {
		d.Text = s.model.Text
		c.about.Add(widgets.NewNote(widgets.Waiting, p.h.Text("drafting.own.text")))
	}
	buttons := container.NewHBox(widgets.NewPrimary(p.h.Text("drafting.begin"), base.ContentAddIcon(), func() { c.begin(s.key) }))
	if m := s.model; m != nil {
		buttons.Add(widgets.NewButton(p.h.Text("drafting.model.edit"), base.DocumentCreateIcon(), func() { p.editModel(*m) }))
		buttons.Add(widgets.NewButton(p.h.Text("drafting.model.retire"), nil, func() {
			p.runThen("model.retired", func(ctx context.Context, person string) error { return p.o.Council().RetireModel(ctx, person, m.ID) }, p.choose)
		}))
	}
	c.about.Add(buttons)
	shell.LayOut(p.h, p.middle)
	p.printLive(d)
}

// notesOf says what to look at before a subject is voted.
func notesOf(h shell.Host, t council.Template) []fyne.CanvasObject {
	var notes []fyne.CanvasObject
	if t.Note != "" {
		notes = append(notes, widgets.Caption(t.Note))
	}
	if t.Accounts {
		notes = append(notes, widgets.Caption(h.Text("drafting.accounts")))
	}
	if t.Nomination {
		notes = append(notes, widgets.Caption(h.Text("drafting.nomination")))
	}
	if t.Majority != "" {
		notes = append(notes, widgets.Caption(h.Text("drafting.majority", "which", t.Majority)))
	}
	return notes
}

func (c *chooser) begin(key string) {
	p, id := c.p, ""
	p.h.Run(shell.Action{ID: "council.draft", Label: p.h.Text("council.doing"),
		Run: func(ctx context.Context, _ shell.Progress) error {
			person, err := p.o.Person(ctx)
			if err == nil {
				id, err = p.o.Council().Draft(ctx, person, key)
			}
			return err
		},
		Done: func() { p.openDraft(id) }})
}

// openDraft shows a draft that was just made.
func (p *page) openDraft(id string) {
	p.arg, p.draft, p.model, p.choosing, p.asked = id, nil, nil, false, ""
	p.load()
}
