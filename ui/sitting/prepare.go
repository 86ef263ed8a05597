package sitting

import (
	"context"
	"reflect"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/theme"
	"alpi40.fr/airial/ui/widgets"
)

// Before the sitting: its summons and its agenda.

// prepare shows the sitting in view, the form of a summons, or what comes here.
func (p *page) prepare() {
	switch s := p.now.sitting; {
	case p.fresh:
		if !p.typing { // what is being typed is not taken away
			p.summon(form{})
		}
	case p.agenda != "":
		p.prepareAgenda()
	case s == nil:
		p.prep.Objects = []fyne.CanvasObject{widgets.Empty(theme.Icon("sitting"), p.h.Text("sitting.empty"), p.h.Text("sitting.empty.text"), nil)}
		shell.LayOut(p.h, p.prep)
	case p.calling != nil:
		p.calling.show(*s)
		p.prep.Objects = []fyne.CanvasObject{p.calling.content}
		shell.LayOut(p.h, p.prep)
	default:
		now := planned{late: p.now.late, online: p.now.online, s: *s, drafts: p.now.drafts, sent: p.now.sent, gathered: p.gathered(*s), day: authority.DayOf(p.h.Now())}
		if c := p.planned.content; c != nil && len(p.prep.Objects) == 1 && p.prep.Objects[0] == c && now.same(p.planned) {
			return // nothing moves under the hand
		}
		now.content = p.plan(*s)
		p.planned = now
		p.prep.Objects = []fyne.CanvasObject{now.content}
		shell.LayOut(p.h, p.prep)
	}
}

// prepareAgenda shows the agenda in view; one that a summons announced leads to its sitting.
func (p *page) prepareAgenda() {
	w := p.now.prepared
	if w == nil || w.ID != p.agenda || !w.Open() {
		if w != nil && w.ID == p.agenda {
			p.preparing = nil // what is typed of it has no place any more
			if p.agenda = ""; w.Convened {
				p.arg = w.Sitting
			}
			p.load()
		}
		return
	}
	if p.preparing == nil || p.preparing.had.ID != w.ID {
		p.preparing = newPreparing(p, *w)
		p.preparing.show(*w, p.now.drafts, p.now.names)
		p.preparing.attend()
	} else {
		p.preparing.show(*w, p.now.drafts, p.now.names)
	}
	if len(p.prep.Objects) != 1 || p.prep.Objects[0] != p.preparing.content {
		p.prep.Objects = []fyne.CanvasObject{p.preparing.content}
		shell.LayOut(p.h, p.prep)
	}
}

// planned is what is shown of a convened sitting.
type planned struct {
	late     []council.Prepared
	online   []Conference
	s        council.Sitting
	drafts   []council.Deliberation
	sent     []council.Delivery
	gathered []authority.Day
	day      authority.Day
	content  fyne.CanvasObject
}

func (x planned) same(y planned) bool {
	x.content, y.content = nil, nil
	return reflect.DeepEqual(x, y)
}

// plan is a convened sitting: its term, its agenda in order, its reporters.
func (p *page) plan(s council.Sitting) fyne.CanvasObject {
	p.form.Of(s.ID)
	title := widgets.Heading(p.title(s))
	body := widgets.Wrapped(title, widgets.Caption(p.h.Text("sitting.where", "hour", lang.Hour(s.At), "place", s.Place)), widgets.NewNote(widgets.Done, s.Summons.Words+" ("+s.Summons.Article+")"))
	if b := council.BodyOf(s.Kind); b.Kind != authority.Commune {
		body.Add(widgets.NewNote(widgets.Waiting, p.h.Text("sitting.body", "name", b.Name, "status", b.Status)))
	}
	if s.Remote != nil {
		body.Add(widgets.NewNote(widgets.Waiting, p.h.Text("sitting.remote", "sites", strings.Join(s.Remote.Sites, ", "), "link", s.Remote.Link)))
		if due := council.OnePlaceDue(p.gathered(s), authority.DayOf(s.At)); due != "" {
			body.Add(widgets.NewNote(widgets.Waiting, p.h.Text("sitting.remote.gather", "day", lang.Day(due.Time()))))
		}
	}
	key := "sitting.hold"
	if s.Closed {
		key = "sitting.look"
	}
	body.Add(container.NewHBox(widgets.NewPrimary(p.h.Text(key), base.MediaPlayIcon(), p.hold), p.summoned(s), p.after(s.ID)))
	p.online(body, s)
	for _, x := range p.now.late {
		open := widgets.NewButton(p.h.Text("sitting.prepared.draft"), theme.Icon("council"), func() {
			p.act("draft", func(ctx context.Context, person string) error {
				_, err := p.o.Council().DraftSubject(ctx, person, x.Words)
				return err
			}, p.load)
		})
		note := widgets.NewNote(widgets.Late, p.h.Text("sitting.prepared.late", "words", x.Words))
		if x.Deliberation == "" && !p.drafted(x.Words) && !s.Began() {
			note = container.NewBorder(nil, nil, nil, container.NewCenter(open), note)
		}
		body.Add(note)
	}
	body.Add(widgets.Heading(p.h.Text("sitting.agenda")))
	p.rows = s.Agenda
	list := widgets.NewList(p.h.Now, func() int { return len(p.rows) }, func() fyne.CanvasObject { return widgets.NewRow(false) }, func(i int, _ bool, o fyne.CanvasObject) { p.planRow(s, i, o) })
	locked := s.Began()
	detail := container.NewStack()
	list.OnCursor = func(i int) {
		if i < len(p.rows) && !locked {
			p.chosen = p.rows[i].Deliberation
			detail.Objects = []fyne.CanvasObject{p.pointForm(s, i)}
			shell.LayOut(p.h, detail)
		}
	}
	place := func(from, to int) {
		p.rows = moved(p.rows, from, to-from)
		list.Refresh()
		list.SetCursor(to)
	}
	move := func(by int) {
		place(list.Cursor(), list.Cursor()+by)
		p.order(s.ID, p.rows)
	}
	if !locked {
		list.OnMove, list.OnDropped = place, func() {
			if !slices.EqualFunc(p.rows, s.Agenda, func(a, b council.Item) bool { return a.Deliberation == b.Deliberation }) {
				p.order(s.ID, p.rows)
			}
		}
	}
	list.OnShortcut = func(x fyne.Shortcut) bool {
		c, ok := x.(*desktop.CustomShortcut)
		if locked || !ok || c.Modifier != fyne.KeyModifierAlt || (c.KeyName != fyne.KeyUp && c.KeyName != fyne.KeyDown) {
			return false
		}
		move(map[fyne.KeyName]int{fyne.KeyUp: -1, fyne.KeyDown: 1}[c.KeyName])
		return true
	}
	list.OnOpen = func(int) { p.hold() }
	under := widgets.Wrapped()
	if !locked {
		under.Add(container.NewHBox(widgets.NewButton(p.h.Text("sitting.up"), base.MoveUpIcon(), func() { move(-1) }), widgets.NewButton(p.h.Text("sitting.down"), base.MoveDownIcon(), func() { move(1) })))
		under.Add(widgets.Caption(p.h.Text("sitting.plan.keys")))
		under.Add(detail)
		p.supplement(under, s)
	}
	if at := slices.IndexFunc(p.rows, func(x council.Item) bool { return x.Deliberation == p.chosen }); at >= 0 && !locked {
		list.SetCursor(at) // who was filling in a point goes on with it
	}
	return container.NewBorder(body, nil, nil, nil, container.NewVSplit(list, widgets.NewScroll(under)))
}

// online leads to the meeting at a distance of a sitting, and to its recording afterwards.
func (p *page) online(body *fyne.Container, s council.Sitting) {
	for _, c := range p.now.online {
		words := p.h.Text("sitting.online", "title", c.Title, "at", lang.DayHour(c.At.In(p.h.Now().Location())))
		if c.Phone != "" {
			words += " " + p.h.Text("sitting.online.phone", "phone", c.Phone)
		}
		body.Add(container.NewBorder(nil, nil, nil, container.NewCenter(widgets.NewButton(p.h.Text("sitting.online.open"), base.MediaVideoIcon(), func() {
			p.h.Go(shell.Route{Page: "services", Arg: "conferences/" + c.ID})
		})), widgets.NewNote(widgets.Waiting, words)))
	}
	if len(p.now.online) == 0 && s.At.After(p.h.Now()) && !s.Closed {
		body.Add(container.NewHBox(widgets.NewButton(p.h.Text("sitting.online.book"), base.MediaVideoIcon(), func() {
			p.h.Go(shell.Route{Page: "services", Arg: "conferences/for-" + s.ID})
		})))
	}
	if s.Recording != "" {
		body.Add(container.NewBorder(nil, nil, nil, container.NewCenter(widgets.NewButton(p.h.Text("sitting.online.recorded.see"), base.MediaVideoIcon(), func() { p.h.Browse(s.Recording) })),
			widgets.NewNote(widgets.Done, p.h.Text("sitting.online.recorded", "link", s.Recording))))
	}
}

// drafted tells whether a draft has that subject.
func (p *page) drafted(words string) bool {
	for _, d := range p.now.texts {
		if strings.EqualFold(strings.TrimSpace(d.Text.Subject()), strings.TrimSpace(words)) {
			return true
		}
	}
	return false
}

// gathered are the days of the other sittings that are held in one place.
func (p *page) gathered(but council.Sitting) (days []authority.Day) {
	for _, s := range p.now.sittings {
		if s.ID != but.ID && s.Remote == nil {
			days = append(days, authority.DayOf(s.At))
		}
	}
	return days
}

// after leads to the papers of a sitting, and to what follows it.
func (p *page) after(id string) fyne.CanvasObject {
	return widgets.NewButton(p.h.Text("sitting.after"), theme.Icon("registers"), func() { p.h.Go(shell.Route{Page: "registers", Arg: "sitting/" + id}) })
}

func (p *page) planRow(s council.Sitting, i int, o fyne.CanvasObject) {
	if i >= len(p.rows) {
		return
	}
	item := p.rows[i]
	var detail []string
	if m, ok := s.Member(item.Reporter); ok {
		detail = append(detail, p.h.Text("sitting.reporter.is", "name", m.Name))
	}
	for _, x := range item.Opinions {
		detail = append(detail, p.h.Text("sitting.opinion.is", "commission", x.Commission, "words", x.Words))
	}
	if item.Supplement != "" {
		detail = append(detail, p.h.Text("sitting.supplement.on", "day", lang.Day(item.Supplement.Time())))
	}
	key, _ := outcome(s, item.Deliberation)
	word := ""
	if s.Began() {
		word = p.h.Text("sitting.outcome." + key)
	}
	o.(*widgets.Row).Set(p.h.Text("sitting.point", "no", i+1, "subject", item.Subject), strings.Join(detail, " · "), false, false, widgets.Plain, word)
}

func (p *page) order(id string, agenda []council.Item) {
	p.act("order", func(ctx context.Context, person string) error { return p.o.Council().Order(ctx, person, id, agenda) }, p.load)
}

// pointForm is the reporter of a point, the commission's opinion, and what the rules must know of it.
func (p *page) pointForm(s council.Sitting, i int) fyne.CanvasObject {
	item := p.rows[i]
	name := "point/" + item.Deliberation + "/"
	var names []string
	for _, m := range s.Members {
		names = append(names, m.Name)
	}
	reporter := p.form.Select(name+"reporter", names, memberName(s, item.Reporter))
	reporter.PlaceHolder = p.h.Text("sitting.reporter")
	var opinion council.Opinion
	if len(item.Opinions) > 0 {
		opinion = item.Opinions[0]
	}
	commission, words := p.form.Entry(name+"commission", p.h.Text("sitting.commission.hint"), opinion.Commission), p.form.Entry(name+"words", p.h.Text("sitting.opinion.hint"), opinion.Words)
	election, eldest := p.form.Check(name+"election", p.h.Text("sitting.election"), item.Election), p.form.Check(name+"eldest", p.h.Text("sitting.eldest"), item.Eldest)
	budget, oral := p.form.Check(name+"budget", p.h.Text("sitting.budget"), item.Budget), p.form.Check(name+"oral", p.h.Text("sitting.oral"), item.Oral)
	return widgets.Wrapped(widgets.Field(p.h.Text("sitting.reporter"), reporter, ""),
		container.NewGridWithColumns(2, widgets.Field(p.h.Text("sitting.commission"), commission, ""), widgets.Field(p.h.Text("sitting.opinion"), words, "")),
		container.NewGridWithColumns(2, election, eldest, budget, oral),
		container.NewHBox(widgets.NewButton(p.h.Text("sitting.save"), base.DocumentSaveIcon(), func() {
			if i := reporter.SelectedIndex(); i >= 0 {
				item.Reporter = s.Members[i].ID
			}
			item.Election, item.Eldest, item.Budget, item.Oral = election.Checked, eldest.Checked, budget.Checked, oral.Checked
			item.Opinions = nil
			if c, w := strings.TrimSpace(commission.Text), strings.TrimSpace(words.Text); c != "" || w != "" {
				item.Opinions = []council.Opinion{{Commission: c, Words: w}}
			}
			rows := slices.Clone(p.rows)
			at := slices.IndexFunc(rows, func(x council.Item) bool { return x.Deliberation == item.Deliberation })
			if at < 0 {
				return
			}
			rows[at] = item
			taken := p.form.Given(name)
			p.act("order", func(ctx context.Context, person string) error { return p.o.Council().Order(ctx, person, s.ID, rows) }, func() { taken(); p.load() })
		})))
}

// supplement adds a point by a further summons.
func (p *page) supplement(under *fyne.Container, s council.Sitting) {
	if len(p.now.drafts) == 0 {
		return
	}
	drafts := p.now.drafts
	var names []string
	for _, d := range drafts {
		names = append(names, p.subject(d))
	}
	point := p.form.Select("supplement.point", names, "")
	point.PlaceHolder = p.h.Text("sitting.supplement.choose")
	urgent := p.form.Check("supplement.urgent", p.h.Text("sitting.supplement.urgent"), false)
	under.Add(widgets.Field(p.h.Text("sitting.supplement"), container.NewBorder(nil, nil, nil, container.NewHBox(urgent, widgets.NewButton(p.h.Text("sitting.supplement.do"), base.ContentAddIcon(), func() {
		i := point.SelectedIndex()
		if i < 0 {
			return
		}
		id, sent := drafts[i].ID, authority.DayOf(p.h.Now())
		p.act("supplement", func(ctx context.Context, person string) error {
			return p.o.Council().Supplement(ctx, person, s.ID, id, sent, urgent.Checked, council.Point{})
		}, func() { point.ClearSelected(); p.load() })
	})), point), p.h.Text("sitting.supplement.help")))
}

func (p *page) subject(d council.Deliberation) string {
	if s := d.Text.Subject(); s != "" {
		return s
	}
	return p.h.Text("sitting.untitled")
}

// summon is the form of a summons: day, hour, place, kind, points; the term is counted as one types.
func (p *page) summon(f form) {
	p.fresh, p.typing = true, true
	drafts := p.now.drafts
	if f.kind == "" {
		f.kind = kinds[0]
	}
	if f.place == "" {
		f.place = p.h.Text("sitting.place")
	}
	day, hour, place := widgets.NewEntry(p.h.Text("sitting.day.hint")), widgets.NewEntry("20h00"), widgets.NewEntry("")
	day.SetText(f.day)
	hour.SetText(f.hour)
	place.SetText(f.place)
	demanded, elected := widgets.NewEntry(p.h.Text("sitting.day.hint")), widgets.NewEntry(p.h.Text("sitting.day.hint"))
	kind := widget.NewSelect(nil, nil)
	for _, k := range kinds {
		kind.Options = append(kind.Options, p.h.Text("sitting.kind."+k))
	}
	kind.SetSelectedIndex(slices.Index(kinds, f.kind))
	remote := widget.NewCheck(p.h.Text("sitting.remote.check"), nil)
	sites, link := widgets.NewEntry(p.h.Text("sitting.sites.hint")), widgets.NewEntry("https://")
	verdict := container.NewVBox()
	more := container.NewVBox()
	read := func() (council.Convene, bool) {
		at, err := lang.ParseMoment(day.Text+" "+strings.TrimSpace(hour.Text), p.h.Now().Location())
		if err != nil {
			return council.Convene{}, false
		}
		f.place, f.kind = strings.TrimSpace(place.Text), kinds[kind.SelectedIndex()]
		in := f.convene(council.Convene{At: at}, authority.DayOf(p.h.Now()))
		if d, err := lang.ParseDay(demanded.Text); err == nil && f.kind == "demanded" {
			in.Demanded = authority.DayOf(d)
		}
		if d, err := lang.ParseDay(elected.Text); err == nil && in.First {
			in.Elected = authority.DayOf(d)
		}
		if remote.Checked {
			in.Remote = &council.Remote{Sites: listed(sites.Text), Link: strings.TrimSpace(link.Text)}
		}
		return in, true
	}
	var judge func()
	offer := func() {
		kind.SetSelectedIndex(slices.Index(kinds, "urgent"))
		judge()
	}
	judge = func() {
		in, ok := read()
		more.Objects = nil
		switch kinds[kind.SelectedIndex()] {
		case "demanded":
			more.Objects = []fyne.CanvasObject{widgets.Field(p.h.Text("sitting.demanded"), demanded, "")}
		case "first":
			more.Objects = []fyne.CanvasObject{widgets.Field(p.h.Text("sitting.elected"), elected, "")}
		}
		if remote.Checked {
			more.Add(container.NewGridWithColumns(2, widgets.Field(p.h.Text("sitting.sites"), sites, ""), widgets.Field(p.h.Text("sitting.link"), link, "")))
		}
		shell.LayOut(p.h, more)
		if !ok {
			verdict.Objects = []fyne.CanvasObject{widgets.Caption(p.h.Text("sitting.when"))}
			shell.LayOut(p.h, verdict)
			return
		}
		p.judge(in, verdict, offer)
	}
	day.OnChanged = func(string) { judge() }
	hour.OnChanged, demanded.OnChanged, elected.OnChanged = day.OnChanged, day.OnChanged, day.OnChanged
	sites.OnChanged, link.OnChanged = day.OnChanged, day.OnChanged
	kind.OnChanged = func(string) { judge() }
	remote.OnChanged = func(bool) { judge() }
	points := p.pointsOf(&f, drafts)
	if f.prepared != "" {
		points = p.announced(f)
	}
	convene := widgets.NewPrimary(p.h.Text("sitting.convene.do"), base.MailSendIcon(), func() {
		in, ok := read()
		if !ok {
			judge()
			return
		}
		id := ""
		p.act("convene", func(ctx context.Context, person string) (err error) {
			id, err = p.o.Council().Convene(ctx, person, in)
			return err
		}, func() {
			p.leaveAgenda()
			p.fresh, p.typing, p.arg = false, false, id
			p.h.Toast(shell.Done, p.h.Text("sitting.convened"), nil)
			p.load()
		})
	})
	cancel := widgets.NewButton(p.h.Text("shell.cancel"), nil, func() { p.fresh, p.typing = false, false; p.load() })
	p.prep.Objects = []fyne.CanvasObject{widgets.NewScroll(widgets.Wrapped(widgets.Heading(p.h.Text("sitting.convene")),
		container.NewGridWithColumns(2, widgets.Field(p.h.Text("sitting.day"), day, ""), widgets.Field(p.h.Text("sitting.hour"), hour, "")),
		widgets.Field(p.h.Text("sitting.placed"), place, ""), widgets.Field(p.h.Text("sitting.kind"), kind, ""), remote, more, verdict,
		widgets.Field(p.h.Text("sitting.points.choose"), points, p.h.Text("sitting.points.help")), container.NewHBox(cancel, convene)))}
	p.put(p.side)
	shell.LayOut(p.h, p.prep)
	judge()
	widgets.Focus(day, day)
}

// announced are the points of an agenda that was prepared, as the summons will have them.
func (p *page) announced(f form) fyne.CanvasObject {
	box := container.NewVBox()
	for i, words := range f.announced {
		label := widgets.NewLabel(p.h.Text("sitting.point", "no", i+1, "subject", words))
		label.Wrapping = fyne.TextWrapWord
		box.Add(label)
	}
	if len(f.announced) == 0 {
		box.Add(widgets.Caption(p.h.Text("sitting.prepared.none")))
	}
	return box
}

// listed are words between commas.
func listed(text string) (all []string) {
	for _, x := range strings.Split(text, ",") {
		if x = strings.TrimSpace(x); x != "" {
			all = append(all, x)
		}
	}
	return all
}

// pointsOf are the drafts that may be announced; what is ticked is announced in that order.
func (p *page) pointsOf(f *form, drafts []council.Deliberation) fyne.CanvasObject {
	chosen := f.points
	if len(chosen) == 0 {
		for i := len(drafts) - 1; i >= 0; i-- {
			f.points = append(f.points, drafts[i].ID)
		}
		chosen = f.points
	}
	box := container.NewVBox()
	ids := slices.Clone(chosen)
	for _, d := range drafts {
		if !slices.Contains(ids, d.ID) && f.kind != "second" {
			ids = append(ids, d.ID)
		}
	}
	for _, id := range ids {
		check := widget.NewCheck(p.subject(p.now.texts[id]), func(on bool) {
			f.points = slices.DeleteFunc(slices.Clone(f.points), func(x string) bool { return x == id })
			if on {
				f.points = append(f.points, id)
			}
		})
		check.Checked = slices.Contains(chosen, id)
		box.Add(check)
	}
	if len(ids) == 0 {
		box.Add(widgets.Caption(p.h.Text("sitting.points.none")))
	}
	return box
}

// judge shows the calculation of the term, or why the summons is refused and how urgency may cure it.
func (p *page) judge(in council.Convene, verdict *fyne.Container, offer func()) {
	type judged struct {
		summons council.Summons
		err     error
	}
	shell.Load(p.h, "plan", func(ctx context.Context) (judged, error) {
		s, err := p.o.Council().Plan(ctx, in)
		return judged{s, err}, nil
	}, func(j judged) {
		if j.err == nil {
			verdict.Objects = []fyne.CanvasObject{widgets.Wrapped(widgets.NewNote(widgets.Done, j.summons.Words+" ("+j.summons.Article+")"))}
			shell.LayOut(p.h, verdict)
			return
		}
		what, _, todo := shell.Explain(p.h.Lang(), j.err)
		box := widgets.Wrapped(widgets.NewNote(widgets.Refused, what), widgets.NewNote(widgets.Waiting, todo))
		if !in.Urgent && !in.Second && !in.First && j.summons.Given >= 1 && j.summons.Required > 1 {
			box.Add(container.NewHBox(widgets.NewButton(p.h.Text("sitting.urgent.try"), nil, offer)))
		}
		verdict.Objects = []fyne.CanvasObject{box}
		shell.LayOut(p.h, verdict)
	})
}
