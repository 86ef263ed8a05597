// Package council is the page of the deliberations and sittings.
//
//	┌ projets et délibérations ─┬ le texte, en paragraphes ─┬ la page imprimée ┐
//	│ 2026-001 Subvention…      │ Titre / Vu / Considérant  │                  │
//	│ projet Voirie…            │ Article 1…                │   PROJET         │
//	├ séances ──────────────────┴───────────────────────────┴──────────────────┤
//
// A deliberation is drafted in blocks with its printed page beside; a sitting is
// recorded member by member, its quorum always in view, and each point voted.
//
// Keys: arrows in the list, Enter in a block makes the next one, Alt+arrows move
// it; in a sitting, Space on a member turns her presence.
package council

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

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
const Name shell.PageName = "council"

// Office is what this page asks of the program. All methods run off the window's thread.
type Office interface {
	Person(ctx context.Context) (string, error)
	Council() *council.Council
	// Preview sets a text as it will print; Open shows a PDF's pages.
	Preview(ctx context.Context, d council.Deliberation) ([]byte, error)
	Open(ctx context.Context, pdf []byte) (widgets.Pages, error)
	// SendToSign sends a finalised deliberation into the parapheur.
	SendToSign(ctx context.Context, id string) error
}

// Entry places the page in the rail.
func Entry(o Office) shell.Entry {
	return shell.Entry{Route: shell.Route{Page: Name}, Icon: theme.Icon("council"), TitleKey: "shell.page.council",
		New: func(h shell.Host) shell.Page { return newPage(h, o) }}
}

// line is a row of the list: a deliberation or a sitting.
type line struct {
	deliberation *council.Deliberation
	sitting      *council.Sitting
}

func (l line) id() string {
	if l.sitting != nil {
		return l.sitting.ID
	}
	return l.deliberation.ID
}

type page struct {
	h       shell.Host
	o       Office
	arg     string
	lines   []line
	list    *widgets.List
	preview *widgets.Preview
	// recorded is the sitting shown last, to find its place again.
	recorded   *widgets.Scroll
	recordedID string
	middle     *fyne.Container
	blocks     *widgets.Blocks
	draft      *council.Deliberation // being edited
	dirty      bool
	turn       int // of the live preview
	content    fyne.CanvasObject
	keep       func()
}

func newPage(h shell.Host, o Office) *page {
	p := &page{h: h, o: o, middle: container.NewStack()}
	p.list = widgets.NewList(h.Now, func() int { return len(p.lines) }, func() fyne.CanvasObject { return widgets.NewRow(false) }, p.row)
	p.list.Label = func(i int) string { return p.title(p.lines[i]) }
	p.list.OnCursor = func(i int) {
		if i < len(p.lines) {
			p.open(p.lines[i])
		}
	}
	p.preview = widgets.NewPreview(h.Schedule, func(page, n int) string { return h.Text("council.page", "page", page, "of", n) })
	p.preview.OnError = func(err error) string { return shell.What(h, err) }
	left := container.NewBorder(nil, container.NewVBox(widgets.NewPrimary(h.Text("council.new"), base.ContentAddIcon(), p.choose),
		widgets.NewButton(h.Text("council.convene"), base.CalendarIcon(), p.convene)), nil, nil, p.list)
	p.content, p.keep = widgets.Panes(h.Preferences(), "council", []float64{0.26, 0.52}, left, p.middle, p.preview)
	return p
}

func (p *page) Route() shell.Route         { return shell.Route{Page: Name, Arg: p.arg} }
func (p *page) Title() string              { return p.h.Text("shell.page.council") }
func (p *page) Content() fyne.CanvasObject { return p.content }
func (p *page) Hide()                      { p.keep(); p.preview.Stop() }
func (p *page) Panes() []fyne.Focusable    { return []fyne.Focusable{p.list, p.preview} }

func (p *page) Show(r shell.Route) {
	if r.Arg != "" {
		_, p.arg, _ = strings.Cut(r.Arg, "/")
	}
	p.h.Changes([]string{"deliberation/", "sitting/"}, p.load)
	p.load()
}

// SaveDraft saves the text being typed, before the page is left.
func (p *page) SaveDraft() {
	if p.draft == nil || !p.dirty {
		return
	}
	p.dirty = false
	id, version, text := p.draft.ID, p.draft.Version, p.text()
	p.run("save", func(ctx context.Context, person string) error {
		return p.o.Council().Save(ctx, person, id, version, text)
	})
}

func (p *page) load() {
	shell.Load(p.h, "list", func(ctx context.Context) ([]line, error) {
		var lines []line
		sittings, err := p.o.Council().Sittings(ctx)
		if err != nil {
			return nil, err
		}
		for i := range sittings {
			lines = append(lines, line{sitting: &sittings[i]})
		}
		all, err := p.o.Council().Deliberations(ctx)
		for i := range all {
			lines = append(lines, line{deliberation: &all[i]})
		}
		return lines, err
	}, p.show)
}

func (p *page) show(lines []line) {
	p.lines = lines
	p.list.Refresh()
	if len(lines) == 0 {
		p.middle.Objects = []fyne.CanvasObject{widgets.Empty(theme.Icon("council"), p.h.Text("council.empty"), p.h.Text("council.empty.text"), nil)}
		shell.LayOut(p.h, p.middle)
		return
	}
	at := 0
	for i, l := range lines {
		if l.id() == p.arg {
			at = i
		}
	}
	if p.draft != nil && p.dirty && lines[at].id() == p.draft.ID {
		return // what is being typed is not taken away
	}
	if s := lines[at].sitting; s != nil && p.list.Cursor() == at && p.arg == s.ID {
		p.record(s) // the list says nothing of a row that it stands on already
		return
	}
	p.list.SetCursor(at)
}

func (p *page) title(l line) string {
	if l.sitting != nil {
		return p.h.Text("council.sitting", "day", lang.LongDay(l.sitting.At))
	}
	subject := l.deliberation.Text.Subject()
	if subject == "" {
		subject = p.h.Text("council.untitled")
	}
	return strings.TrimSpace(l.deliberation.Number + " " + subject)
}

func (p *page) row(i int, _ bool, o fyne.CanvasObject) {
	if i >= len(p.lines) {
		return
	}
	l := p.lines[i]
	m, key, detail := widgets.Plain, "council.status.open", ""
	if l.sitting != nil {
		detail = p.h.Text("council.points", "n", len(l.sitting.Agenda))
		if l.sitting.Closed {
			m, key = widgets.Done, "council.status.closed"
		}
	} else {
		detail = p.h.Text("council.saved", "when", lang.Recent(l.deliberation.Saved, p.h.Now()))
		key = "council.status." + string(l.deliberation.Status)
		m = map[council.Status]widgets.Meaning{council.StatusDraft: widgets.Plain, council.StatusFinalised: widgets.Waiting, council.StatusSent: widgets.Waiting, council.StatusSigned: widgets.Done}[l.deliberation.Status]
	}
	o.(*widgets.Row).Set(p.title(l), detail, false, false, m, p.h.Text(key))
}

func (p *page) run(key string, do func(ctx context.Context, person string) error) {
	shell.Do(p.h, shell.Deed{ID: "council." + key, Label: p.h.Text("council.doing"), Done: p.h.Text("council.done." + key), Person: p.o.Person, Run: do, Then: p.load})
}

func (p *page) open(l line) {
	p.SaveDraft()
	p.arg = l.id()
	if l.sitting != nil {
		p.draft = nil
		p.record(l.sitting)
		return
	}
	p.edit(l.deliberation)
}

// edit shows a deliberation: a draft in blocks, a voted one as printed.
func (p *page) edit(d *council.Deliberation) {
	p.draft, p.dirty = d, false
	title := widgets.Heading(p.title(line{deliberation: d}))
	title.Wrapping = fyne.TextWrapWord
	if d.Status != council.StatusDraft {
		p.draft = nil
		var act fyne.CanvasObject = widgets.Caption(p.h.Text("council.status." + string(d.Status)))
		if d.Status == council.StatusFinalised {
			act = widgets.NewPrimary(p.h.Text("council.send"), base.MailSendIcon(), func() {
				p.run("send", func(ctx context.Context, _ string) error { return p.o.SendToSign(ctx, d.ID) })
			})
		}
		why := widget.NewLabel(d.Record.Vote.Quorum.Words + "\n" + d.Record.Vote.Why)
		why.Wrapping = fyne.TextWrapWord
		p.middle.Objects = []fyne.CanvasObject{widgets.NewScroll(widgets.Wrapped(title, why, container.NewHBox(act)))}
		shell.LayOut(p.h, p.middle)
		p.printLive(*d)
		return
	}
	var blocks []widgets.Block
	for _, b := range d.Text.Blocks {
		blocks = append(blocks, widgets.Block{Kind: string(b.Kind), Text: b.Text})
	}
	p.blocks = widgets.NewBlocks(func(kind string, nth int) string { return p.h.Text("council.block."+kind, "n", nth) }, blocks)
	p.blocks.OnChanged = func([]widgets.Block) { p.changed() }
	add := container.NewGridWithColumns(2) // four would not leave the printed page its place on a small screen
	for _, kind := range []council.BlockKind{council.BlockVisa, council.BlockGround, council.BlockStatement, council.BlockArticle} {
		add.Add(widgets.NewButton(p.h.Text("council.add."+string(kind)), nil, func() { p.blocks.Insert(string(kind)) }))
	}
	body := widgets.Wrapped(title)
	for i := range d.Text.Variables {
		v := &d.Text.Variables[i]
		entry := widgets.NewEntry("")
		entry.SetText(v.Value)
		entry.OnChanged = func(text string) { v.Value = text; p.changed() }
		body.Add(widgets.Field(v.Label, entry, ""))
	}
	body.Add(p.blocks)
	save := widgets.NewPrimary(p.h.Text("council.save"), base.DocumentSaveIcon(), p.SaveDraft)
	p.middle.Objects = []fyne.CanvasObject{container.NewBorder(nil, container.NewVBox(add, container.NewHBox(save)), nil, nil, widgets.NewScroll(body))}
	shell.LayOut(p.h, p.middle)
	p.printLive(*d)
}

func (p *page) text() council.Text {
	t := p.draft.Text
	t.Blocks = nil
	for _, b := range p.blocks.Blocks() {
		t.Blocks = append(t.Blocks, council.Block{Kind: council.BlockKind(b.Kind), Text: b.Text})
	}
	return t
}

// settleTime is how long nobody types before the printed page follows.
const settleTime = 400 * time.Millisecond

func (p *page) changed() {
	p.dirty = true
	p.turn++
	turn := p.turn
	time.AfterFunc(settleTime, func() {
		p.h.Schedule(func() {
			if turn != p.turn || p.draft == nil {
				return
			}
			d := *p.draft
			d.Text = p.text()
			p.printLive(d)
		})
	})
}

func (p *page) printLive(d council.Deliberation) {
	shell.Load(p.h, "print", func(ctx context.Context) (widgets.Pages, error) {
		pdf, err := p.o.Preview(ctx, d)
		if err != nil {
			return nil, err
		}
		return p.o.Open(ctx, pdf)
	}, p.preview.SetDocument)
}

// choose begins a deliberation from the library.
func (p *page) choose() {
	box := container.NewVBox(widgets.Heading(p.h.Text("council.choose")))
	begin := func(key string) func() {
		return func() {
			var id string
			p.h.Run(shell.Action{ID: "council.draft", Label: p.h.Text("council.doing"),
				Run: func(ctx context.Context, _ shell.Progress) error {
					person, err := p.o.Person(ctx)
					if err == nil {
						id, err = p.o.Council().Draft(ctx, person, key)
					}
					return err
				},
				Done: func() { p.arg, p.draft = id, nil; p.load() }})
		}
	}
	box.Add(widgets.NewButton(p.h.Text("council.free"), base.DocumentIcon(), begin("")))
	for _, t := range p.o.Council().Library().Templates {
		b := widgets.NewButton(t.Name, nil, begin(t.Key))
		b.Alignment = widget.ButtonAlignLeading
		box.Add(b)
	}
	p.SaveDraft()
	p.draft = nil
	p.middle.Objects = []fyne.CanvasObject{widgets.NewScroll(box)}
	shell.LayOut(p.h, p.middle)
}

// convene makes a sitting of all drafts, on a day that a person gives.
func (p *page) convene() {
	p.h.Ask(shell.Question{Title: p.h.Text("council.convene"), Why: p.h.Text("council.convene.why"), Placeholder: p.h.Text("council.convene.hint"), Yes: p.h.Text("council.convene.do"), Required: true}, func(answer string) {
		at, err := lang.ParseMoment(answer, p.h.Now().Location())
		if err != nil {
			p.h.Toast(shell.Waiting, p.h.Text("council.convene.when"), nil)
			return
		}
		p.run("convene", func(ctx context.Context, person string) error {
			all, err := p.o.Council().Deliberations(ctx)
			if err != nil {
				return err
			}
			today := authority.DayOf(p.h.Now())
			in := council.Convene{At: at, Place: p.h.Text("council.place"), Convened: today, Posted: today}
			for _, d := range all {
				if d.Status == council.StatusDraft {
					in.Agenda = append(in.Agenda, d.ID)
				}
			}
			_, err = p.o.Council().Convene(ctx, person, in)
			return err
		})
	})
}

// record shows a sitting: who is there, the quorum, and each point's vote.
func (p *page) record(s *council.Sitting) {
	quorum := widget.NewLabel(s.QuorumNow().Words)
	quorum.Wrapping = fyne.TextWrapWord
	m := widgets.Waiting
	if s.QuorumNow().Reached {
		m = widgets.Done
	}
	title := widgets.Heading(p.title(line{sitting: s}))
	title.Wrapping = fyne.TextWrapWord
	body := widgets.Wrapped(title, widgets.NewBadge(m, p.h.Text("council.quorum")), quorum, widgets.Heading(p.h.Text("council.members")))
	for _, member := range s.Members {
		check := widget.NewCheck(member.Name+", "+member.Title, nil)
		check.SetChecked(s.Calls[member.ID].Presence == council.Present)
		check.OnChanged = func(there bool) {
			a := council.Attendance{Presence: council.Absent}
			if there {
				a.Presence = council.Present
			}
			p.run("call", func(ctx context.Context, person string) error {
				return p.o.Council().Call(ctx, person, s.ID, member.ID, a)
			})
		}
		if s.Closed {
			check.Disable()
		}
		body.Add(check)
	}
	p.proxies(body, s)
	p.secretary(body, s)
	body.Add(widgets.Heading(p.h.Text("council.agenda")))
	for i, item := range s.Agenda {
		p.point(body, s, i+1, item)
	}
	if !s.Closed {
		body.Add(container.NewHBox(widgets.NewButton(p.h.Text("council.close"), nil, func() {
			p.run("close", func(ctx context.Context, person string) error { return p.o.Council().Close(ctx, person, s.ID) })
		})))
	}
	// A sitting is shown anew after each note: the person stays where she was.
	at := float32(0)
	if p.recorded != nil && p.recordedID == s.ID {
		at = p.recorded.Offset()
	}
	scroll := widgets.NewScroll(body)
	p.recorded, p.recordedID = scroll, s.ID
	p.middle.Objects = []fyne.CanvasObject{scroll}
	shell.LayOut(p.h, p.middle)
	p.h.Schedule(func() { scroll.ScrollTo(at) })
}

// proxies shows the powers to vote, takes one back, and notes a new one: of a
// member who is not there, to one who is, with the day it was written.
func (p *page) proxies(body *fyne.Container, s *council.Sitting) {
	body.Add(widgets.Heading(p.h.Text("council.proxies")))
	given := map[string]bool{}
	for _, proxy := range s.Proxies {
		given[proxy.From] = true
		from, _ := s.Member(proxy.From)
		to, _ := s.Member(proxy.To)
		words := widgets.Caption(p.h.Text("council.proxy", "from", from.Name, "to", to.Name, "day", lang.Day(proxy.Day.Time())))
		if s.Closed {
			body.Add(words)
			continue
		}
		revoke := widgets.NewButton(p.h.Text("council.proxy.revoke"), nil, func() {
			p.run("revoke", func(ctx context.Context, person string) error {
				return p.o.Council().RevokeProxy(ctx, person, s.ID, proxy.From)
			})
		})
		body.Add(container.NewBorder(nil, nil, nil, revoke, words))
	}
	if s.Closed {
		return
	}
	present := inRoom(s)
	var absent []council.Member
	for _, m := range s.Members {
		if !given[m.ID] && !slices.Contains(s.PresentAt(""), m.ID) {
			absent = append(absent, m)
		}
	}
	from, to := choiceOf(absent, p.h.Text("council.proxy.from")), choiceOf(present, p.h.Text("council.proxy.to"))
	day := widgets.NewEntry(p.h.Text("council.proxy.day"))
	note := widgets.NewButton(p.h.Text("council.proxy.note"), base.ContentAddIcon(), func() {
		i, j := from.SelectedIndex(), to.SelectedIndex()
		if i < 0 || j < 0 {
			p.h.Toast(shell.Waiting, p.h.Text("council.proxy.choose"), nil)
			return
		}
		proxy := council.Proxy{From: absent[i].ID, To: present[j].ID}
		if at, err := lang.ParseDay(day.Text); err == nil {
			proxy.Day = authority.DayOf(at) // else the rule says that the day is missing
		}
		p.run("proxy", func(ctx context.Context, person string) error {
			return p.o.Council().TakeProxy(ctx, person, s.ID, proxy)
		})
	})
	body.Add(container.NewGridWithColumns(2, from, to, day, note))
}

// inRoom are the members who sit now, in the order of precedence.
func inRoom(s *council.Sitting) []council.Member {
	var members []council.Member
	for _, id := range s.PresentAt("") {
		m, _ := s.Member(id)
		members = append(members, m)
	}
	return members
}

func choiceOf(members []council.Member, hint string) *widget.Select {
	var names []string
	for _, m := range members {
		names = append(names, m.Name)
	}
	choice := widget.NewSelect(names, nil)
	choice.PlaceHolder = hint
	return choice
}

func (p *page) secretary(body *fyne.Container, s *council.Sitting) {
	present := inRoom(s)
	choice := choiceOf(present, p.h.Text("council.secretary.none"))
	if m, ok := s.Member(s.Secretary); ok {
		choice.SetSelected(m.Name)
	}
	choice.OnChanged = func(string) {
		id := present[choice.SelectedIndex()].ID
		p.run("secretary", func(ctx context.Context, person string) error {
			return p.o.Council().NameSecretary(ctx, person, s.ID, id)
		})
	}
	body.Add(widgets.Field(p.h.Text("council.secretary"), choice, ""))
}

func (p *page) point(body *fyne.Container, s *council.Sitting, n int, item council.Item) {
	subject := widget.NewLabel(p.h.Text("council.point", "n", n, "subject", item.Subject))
	subject.Wrapping = fyne.TextWrapWord
	body.Add(subject)
	if v, voted := s.Vote(item.Deliberation); voted {
		m := widgets.Done
		if !v.Adopted {
			m = widgets.Refused
		}
		body.Add(widgets.NewNote(m, v.Why))
		body.Add(container.NewHBox(widgets.NewButton(p.h.Text("council.finalise"), nil, func() {
			p.run("finalise", func(ctx context.Context, person string) error {
				_, err := p.o.Council().Finalise(ctx, person, item.Deliberation, s.ID)
				return err
			})
		})))
		return
	}
	if s.Closed {
		return
	}
	choices, interested := map[string]council.Choice{}, map[string]bool{}
	grid := container.NewVBox()
	present := s.PresentAt("")
	voters := slices.Clone(present)
	holders := map[string]string{}
	for _, proxy := range s.ProxiesAmong(present) {
		to, _ := s.Member(proxy.To)
		voters, holders[proxy.From] = append(voters, proxy.From), to.Name
	}
	for _, id := range voters {
		m, _ := s.Member(id)
		name := m.Name
		words := []string{p.h.Text("council.for"), p.h.Text("council.against"), p.h.Text("council.abstain")}
		if to, byProxy := holders[id]; byProxy {
			name = p.h.Text("council.byproxy", "name", m.Name, "holder", to)
		} else {
			words = append(words, p.h.Text("council.withdraws"))
		}
		radio := widget.NewRadioGroup(words, nil)
		radio.Horizontal = true
		radio.SetSelected(words[0])
		radio.OnChanged = func(word string) {
			delete(choices, id)
			delete(interested, id)
			switch word {
			case words[1]:
				choices[id] = council.Against
			case words[2]:
				choices[id] = council.Abstain
			case p.h.Text("council.withdraws"):
				interested[id] = true
			}
		}
		grid.Add(container.NewBorder(nil, nil, nil, radio, widget.NewLabel(name)))
	}
	body.Add(widget.NewAccordion(widget.NewAccordionItem(p.h.Text("council.byname"), grid)))
	members := inRoom(s)
	usual, _ := s.Member(s.Chair)
	chair := choiceOf(members, p.h.Text("council.chair", "name", usual.Name))
	body.Add(chair)
	body.Add(container.NewHBox(widgets.NewPrimary(p.h.Text("council.vote"), nil, func() {
		ballot := council.Ballot{Deliberation: item.Deliberation, Manner: council.Ordinary, Choices: choices, Interested: slices.Sorted(maps.Keys(interested))}
		president := "" // the sitting's
		if i := chair.SelectedIndex(); i >= 0 {
			president = members[i].ID
		}
		p.run("vote", func(ctx context.Context, person string) error {
			_, err := p.o.Council().Vote(ctx, person, s.ID, ballot, president)
			return err
		})
	})))
}

// PrintPage opens what the preview shows.
func (p *page) PrintPage() {
	for _, l := range p.lines {
		if l.id() == p.arg && l.deliberation != nil {
			d := *l.deliberation
			p.h.OpenPDF(shell.Made("deliberation.pdf", func(ctx context.Context) ([]byte, error) { return p.o.Preview(ctx, d) }))
		}
	}
}
