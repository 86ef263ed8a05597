package publication

import (
	"context"
	"reflect"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/publication"
	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/theme"
	"alpi40.fr/airial/ui/widgets"
)

// sheet is what an act's sheet says.
type sheet struct {
	act      publication.Publication
	website  Website
	settings publication.Settings
	day      authority.Day
}

// open shows an act's sheet and what is, or would be, online.
func (p *page) open(a publication.Publication) {
	other := p.arg != a.ID || p.left
	p.left = false
	p.arg = a.ID
	now := sheet{a, p.website, p.board.Settings, p.today()}
	if !other && reflect.DeepEqual(now, p.shown) {
		return // what is being typed stays
	}
	p.shown = now
	p.form.Of(a.ID)
	m, key := judged(a, p.today())
	title := widgets.Heading(strings.TrimSpace(a.Number + " " + a.Subject))
	title.Wrapping = fyne.TextWrapWord
	out := []fyne.CanvasObject{title, widgets.NewNote(m, p.h.Text(key)+". "+p.what(a))}
	if key := p.unseen(a); key != "" {
		out = append(out, widgets.NewNote(widgets.Waiting, p.h.Text(key)))
	}
	out = append(out, p.buttons(a), p.elsewhere(a))
	out = append(out, p.facts(a)...)
	if a.MustBeSent() {
		out = append(out, p.reception(a))
	}
	out = append(out, p.details(a))
	p.side.Objects = out
	shell.LayOut(p.h, p.side)
	if other {
		p.scroll.ScrollTo(0)
	}
	type shown struct{ pages widgets.Pages } // nil pages: the act has none
	shell.Load(p.h, "preview", func(ctx context.Context) (s shown, err error) {
		s.pages, err = p.o.Pages(ctx, a.ID)
		return s, err
	}, func(s shown) {
		p.preview.SetDocument(s.pages)
		if s.pages == nil {
			p.preview.Say(p.h.Text("publication.nopdf"))
		}
	})
}

// elsewhere leads to what the act comes from.
func (p *page) elsewhere(a publication.Publication) fyne.CanvasObject {
	row := container.NewHBox()
	link := func(key, icon, page, arg string) {
		row.Add(widgets.NewButton(p.h.Text("publication.link."+key), theme.Icon(icon), func() { p.h.Go(shell.Route{Page: shell.PageName(page), Arg: arg}) }))
	}
	switch {
	case a.Source == "":
	case a.Kind == publication.Deliberation:
		link("deliberation", "council", "council", "deliberation/"+a.Source)
		link("legality", "legality", "legality", a.Source)
	case a.Kind == publication.List:
		link("after", "registers", "registers", "sitting/"+a.Source)
	}
	return row
}

// what says in a sentence what the state asks.
func (p *page) what(a publication.Publication) string {
	switch a.StateOn(p.today()) {
	case publication.ToNotify:
		return p.h.Text("publication.what.notify")
	case publication.ToPublish:
		if a.Due() != "" {
			return p.h.Text("publication.what.due", "day", lang.Day(a.Due().Time()))
		}
		return p.h.Text("publication.what.todo")
	case publication.Urgent:
		return p.h.Text("publication.what.urgent", "day", lang.DayHour(a.Urgent), "reason", a.Urgency)
	case publication.Public:
		return p.h.Text("publication.what.public", "day", lang.Day(publication.MinimumEnd(authority.DayOf(a.At)).Time()))
	case publication.Over:
		return p.h.Text("publication.what.over")
	}
	return p.h.Text("publication.what.withdrawn", "day", lang.Day(a.Withdrawn), "reason", a.Reason)
}

// unseen is the key of what is to be known while an act that was published may not be on
// the site yet: its day is that of the decision, and it is online once the site is sent.
func (p *page) unseen(a publication.Publication) string {
	switch {
	case !a.Online() || a.StateOn(p.today()) == publication.Over:
		return ""
	case p.website.Protocol == "":
		return "publication.unseen.export"
	case p.website.Pending:
		return "publication.unseen.pending"
	}
	return ""
}

// buttons are what can be done now, the safe ones first.
func (p *page) buttons(a publication.Publication) fyne.CanvasObject {
	row := container.NewGridWithColumns(2)
	id := a.ID
	switch a.StateOn(p.today()) {
	case publication.ToPublish, publication.Urgent:
		row.Add(widgets.NewPrimary(p.h.Text("publication.publish"), base.ConfirmIcon(), func() {
			p.do("publish", func(ctx context.Context, person string) error { return p.o.Publish(ctx, person, id) })
		}))
		row.Add(widgets.NewButton(p.h.Text("publication.mask"), base.VisibilityOffIcon(), func() { p.mask(a) }))
		switch {
		case !a.Urgent.IsZero():
			row.Add(p.certificate(id))
		case a.MustBeSent() && publication.WayDue(p.board.Authority.Kind, p.board.Authority.Population, p.board.Settings.Way) == council.Electronic:
			row.Add(widgets.NewButton(p.h.Text("publication.urgent"), base.WarningIcon(), func() { p.postUrgently(a) }))
		}
	case publication.Public, publication.Over:
		row.Add(p.certificate(id))
		row.Add(widgets.NewButton(p.h.Text("publication.mask"), base.VisibilityOffIcon(), func() { p.mask(a) }))
		row.Add(widgets.NewButton(p.h.Text("publication.withdraw"), base.DeleteIcon(), func() { p.withdraw(a, false) }))
		row.Add(widgets.NewButton(p.h.Text("publication.redate"), base.CalendarIcon(), func() { p.redate(a) }))
		row.Add(widgets.NewButton(p.h.Text("publication.withdraw.hide"), nil, func() { p.withdraw(a, true) }))
	}
	return row
}

// certificate is the button that opens the certificate of an act's publication.
func (p *page) certificate(id string) fyne.CanvasObject {
	return widgets.NewButton(p.h.Text("publication.certificate"), base.DocumentIcon(), func() {
		p.h.OpenPDF(shell.Made("certificat-de-publication.pdf", func(ctx context.Context) ([]byte, error) {
			d, err := p.o.Acts().Certificate(ctx, id)
			return d.PDF, err
		}))
	})
}

// postUrgently notes that an act is posted now, before being online.
func (p *page) postUrgently(a publication.Publication) {
	p.h.Ask(shell.Question{Title: p.h.Text("publication.urgent.title"), Why: p.h.Text("publication.urgent.why"), Placeholder: p.h.Text("publication.urgent.hint"), Yes: p.h.Text("publication.urgent.yes"), Lines: 2, Required: true}, func(reason string) {
		p.do("urgent", func(ctx context.Context, person string) error {
			return p.o.Acts().PostUrgently(ctx, person, a.ID, reason)
		})
	})
}

// mask asks for the words to take out of the copy; an act that came as a PDF is masked
// elsewhere, and the words are looked for in what comes back.
func (p *page) mask(a publication.Publication) {
	why := p.h.Text("publication.mask.why")
	if a.Source == "" {
		why = p.h.Text("publication.mask.why.pdf")
	}
	p.h.Ask(shell.Question{Title: p.h.Text("publication.mask.title"), Why: why, Placeholder: p.h.Text("publication.mask.hint"), Yes: p.h.Text("publication.mask.yes"), Lines: 4, Required: true}, func(text string) {
		words := lines(text)
		if a.Source != "" {
			p.do("mask", func(ctx context.Context, person string) error {
				_, err := p.o.Mask(ctx, person, a.ID, words)
				return err
			})
			return
		}
		p.h.PickFiles(shell.Files{Title: p.h.Text("publication.mask.pick"), Extensions: []string{".pdf"}}, func(paths []string) {
			p.do("mask", func(ctx context.Context, person string) error { return p.o.Bring(ctx, person, a.ID, paths[0], words) })
		})
	})
}

func lines(text string) (out []string) {
	for _, l := range strings.Split(text, "\n") {
		if l = strings.TrimSpace(l); l != "" {
			out = append(out, l)
		}
	}
	return out
}

// withdraw asks for the reason; it may stay empty after two months.
func (p *page) withdraw(a publication.Publication, hide bool) {
	early := a.StateOn(p.today()) == publication.Public
	p.h.Ask(shell.Question{Title: p.h.Text("publication.withdraw.title"), Why: p.h.Text("publication.withdraw.why"), Placeholder: p.h.Text("publication.withdraw.hint"), Yes: p.h.Text("publication.withdraw.yes"),
		Lines: 2, Required: early, Dangerous: true}, func(reason string) {
		p.do("withdraw", func(ctx context.Context, person string) error { return p.o.Withdraw(ctx, person, a.ID, reason, hide) })
	})
}

// redate corrects when an act was put online, if the site was brought up to date later.
func (p *page) redate(a publication.Publication) {
	p.h.Ask(shell.Question{Title: p.h.Text("publication.redate.title"), Why: p.h.Text("publication.redate.why"), Placeholder: p.h.Now().Format("02/01/2006 15:04"), Yes: p.h.Text("publication.redate.yes"), Required: true}, func(text string) {
		at, err := lang.ParseMoment(text, p.h.Now().Location())
		if err != nil {
			p.h.Toast(shell.Waiting, p.h.Text("publication.redate.wrong", "text", text), nil)
			return
		}
		p.do("redate", func(ctx context.Context, person string) error { return p.o.Redate(ctx, person, a.ID, at) })
	})
}

// facts are what follows from the publication, with the articles.
func (p *page) facts(a publication.Publication) []fyne.CanvasObject {
	e := publication.EffectOf(a)
	way := publication.WayDue(p.board.Authority.Kind, p.board.Authority.Population, p.board.Settings.Way)
	chosen := p.board.Settings.ChosenBy
	if !a.At.IsZero() {
		way, chosen = a.Way, a.ChosenBy
	}
	fact := func(key, text string) fyne.CanvasObject {
		label := widgets.NewLabel(text)
		label.Wrapping = fyne.TextWrapWord
		return widgets.Field(p.h.Text("publication.fact."+key), label, "")
	}
	wayText := p.h.Text("publication.way." + string(way))
	if chosen != "" {
		wayText += " " + p.h.Text("publication.chosen", "by", chosen)
	}
	out := []fyne.CanvasObject{fact("author", a.Author.Words()), fact("way", wayText), fact("effect", e.Words)}
	if a.Masked {
		out = append(out, widgets.NewNote(widgets.Waiting, p.h.Text("publication.masked")))
	}
	if e.Appeal != "" {
		text := p.h.Text("publication.appeal", "day", lang.Day(e.Appeal.Time()))
		if e.Referral != "" {
			text += " " + p.h.Text("publication.referral", "day", lang.Day(e.Referral.Time()))
		}
		out = append(out, fact("appeal", text))
	}
	return out
}

// reception is where the day of the State's receipt is noted by hand.
func (p *page) reception(a publication.Publication) fyne.CanvasObject {
	known := ""
	if a.Received != "" {
		known = a.Received.Time().Format("02/01/2006")
	}
	day, number := p.form.Entry("received.day", p.h.Text("publication.day.hint"), known), p.form.Entry("received.number", p.h.Text("publication.receipt.hint"), a.Receipt)
	save := widgets.NewButton(p.h.Text("publication.receive"), base.DocumentSaveIcon(), func() {
		at, ok := p.day(day.Text)
		if !ok {
			return
		}
		in := Receipt{Day: at, Number: number.Text}
		p.give("received.", "receive", func(ctx context.Context, person string) error { return p.o.Receive(ctx, person, a.ID, in) })
	})
	return widgets.Field(p.h.Text("publication.received"), container.NewVBox(container.NewGridWithColumns(2, day, number), container.NewHBox(save)), "")
}

func (p *page) day(text string) (authority.Day, bool) {
	at, err := lang.ParseDay(text)
	if err != nil {
		p.h.Toast(shell.Waiting, p.h.Text("publication.day.wrong", "text", text), nil)
		return "", false
	}
	return authority.DayOf(at), true
}

// details are what a person says of the act.
func (p *page) details(a publication.Publication) fyne.CanvasObject {
	matters := publication.Matters()
	names, known := []string{p.h.Text("publication.matter.none")}, p.h.Text("publication.matter.none")
	for _, m := range matters {
		names = append(names, m.Code+"  "+m.Name)
		if m.Code == a.Matter {
			known = names[len(names)-1]
		}
	}
	matter := p.form.Select("details.matter", names, known)
	year, budget := p.form.Entry("details.year", p.h.Text("publication.budget.year.hint"), a.BudgetYear), p.form.Entry("details.budget", p.h.Text("publication.budget.name.hint"), a.BudgetName)
	individual, unsent := p.form.Check("details.individual", p.h.Text("publication.individual"), a.Individual), p.form.Check("details.unsent", p.h.Text("publication.unsent"), a.Unsent)
	save := widgets.NewButton(p.h.Text("publication.save"), base.DocumentSaveIcon(), func() {
		d := publication.Details{Individual: individual.Checked, Unsent: unsent.Checked, BudgetYear: strings.TrimSpace(year.Text), BudgetName: strings.TrimSpace(budget.Text)}
		if i := matter.SelectedIndex(); i > 0 {
			d.Matter = matters[i-1].Code
		}
		p.give("details.", "save", func(ctx context.Context, person string) error { return p.o.Acts().Describe(ctx, person, a.ID, d) })
	})
	box := container.NewVBox()
	if a.Kind == publication.Deliberation {
		box.Add(widgets.Field(p.h.Text("publication.matter"), matter, p.h.Text("publication.matter.help")))
		box.Add(container.NewGridWithColumns(2, widgets.Field(p.h.Text("publication.budget.year"), year, ""), widgets.Field(p.h.Text("publication.budget.name"), budget, "")))
	}
	if a.Kind == publication.List {
		return box
	}
	if a.Kind != publication.Minutes {
		box.Add(individual)
		box.Add(unsent)
	}
	box.Add(container.NewHBox(save))
	return box
}

// kinds are those of the acts that come as a PDF.
var kinds = []publication.Kind{publication.Order, publication.Decision, publication.Minutes, publication.Deliberation}

// add takes an act in from a PDF.
func (p *page) add() {
	p.h.PickFiles(shell.Files{Title: p.h.Text("publication.add.pick"), Extensions: []string{".pdf"}}, func(paths []string) { p.addForm(paths[0]) })
}

// Drop takes a PDF dropped on the window.
func (p *page) Drop(paths []string) bool {
	at := slices.IndexFunc(paths, func(path string) bool { return strings.HasSuffix(strings.ToLower(path), ".pdf") })
	if at >= 0 {
		p.addForm(paths[at])
	}
	return at >= 0
}

func (p *page) addForm(path string) {
	p.leaveAct("add")
	var names []string
	for _, k := range kinds {
		names = append(names, p.h.Text("publication.kind."+string(k)))
	}
	kind := widget.NewSelect(names, nil)
	kind.SetSelectedIndex(0)
	number, subject, adopted, settled := widgets.NewEntry("2026-014"), widgets.NewEntry(p.h.Text("publication.add.subject.hint")), widgets.NewEntry(p.h.Text("publication.day.hint")), widgets.NewEntry(p.h.Text("publication.add.settled.hint"))
	first, last, quality := widgets.NewEntry(""), widgets.NewEntry(""), widgets.NewEntry("")
	author := p.mayor()
	first.SetText(author.First)
	last.SetText(author.Last)
	quality.SetText(author.Quality)
	individual := widget.NewCheck(p.h.Text("publication.individual"), nil)
	save := widgets.NewPrimary(p.h.Text("publication.add.save"), base.ContentAddIcon(), func() {
		in := publication.NewAct{Kind: kinds[kind.SelectedIndex()], Number: number.Text, Subject: subject.Text,
			Author:  publication.Author{First: strings.TrimSpace(first.Text), Last: strings.TrimSpace(last.Text), Quality: strings.TrimSpace(quality.Text)},
			Details: publication.Details{Individual: individual.Checked}}
		var ok bool
		if in.Adopted, ok = p.day(adopted.Text); !ok {
			return
		}
		if strings.TrimSpace(settled.Text) != "" {
			if in.Settled, ok = p.day(settled.Text); !ok {
				return
			}
		}
		var id string
		shell.Do(p.h, shell.Deed{ID: "publication.add", Label: p.h.Text("publication.doing"), Done: p.h.Text("publication.done.add"), Person: p.o.Person,
			Run: func(ctx context.Context, person string) (err error) {
				id, err = p.o.Add(ctx, person, in, path)
				return err
			},
			Then: func() { p.setting, p.arg = false, id; p.load() }})
	})
	field := func(key string, o fyne.CanvasObject) fyne.CanvasObject {
		return widgets.Field(p.h.Text("publication.add."+key), o, "")
	}
	p.side.Objects = []fyne.CanvasObject{widgets.Heading(p.h.Text("publication.add")), widgets.Caption(path),
		container.NewGridWithColumns(2, field("kind", kind), field("number", number)), field("subject", subject),
		container.NewGridWithColumns(2, field("adopted", adopted), field("settled", settled)),
		container.NewGridWithColumns(3, field("first", first), field("last", last), field("quality", quality)), individual, container.NewHBox(save)}
	p.preview.SetDocument(nil)
	shell.LayOut(p.h, p.side)
	p.scroll.ScrollTo(0)
}

// mayor is the author of the last act, who most often makes the next.
func (p *page) mayor() publication.Author {
	for _, a := range p.board.Acts {
		if a.Author.Last != "" {
			return a.Author
		}
	}
	return publication.Author{}
}
