package registers

import (
	"context"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/registers"
	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/theme"
	"alpi40.fr/airial/ui/widgets"
)

// around is a sitting with what the page shows of it.
type around struct {
	record    registers.Record
	dues      []registers.Due
	later     []council.Sitting               // that may settle its minutes, the next first
	asked     map[string][]registers.Followup // by deliberation
	doubles   map[string]bool                 // numbers
	conflicts []registers.Conflict
}

func (p *page) sitting(id string) {
	now := p.h.Now()
	shell.Load(p.h, "sitting", func(ctx context.Context) (a around, err error) {
		if a.record, err = p.o.Registers().Record(ctx, id); err != nil {
			return a, err
		}
		if a.dues, err = p.o.Registers().Dues(ctx, id); err != nil {
			return a, err
		}
		sittings, err := p.o.Council().Sittings(ctx)
		if err != nil {
			return a, err
		}
		for _, s := range sittings { // the latest first
			if s.At.After(a.record.Sitting.At) && !s.At.After(now) {
				a.later = append([]council.Sitting{s}, a.later...)
			}
		}
		asked, err := p.o.Registers().Followups(ctx, "")
		if err != nil {
			return a, err
		}
		a.asked = map[string][]registers.Followup{}
		for _, f := range asked {
			a.asked[f.Act] = append(a.asked[f.Act], f)
		}
		if a.doubles, err = p.o.Council().Doubles(ctx); err != nil {
			return a, err
		}
		a.conflicts, err = p.conflicts(ctx, "minutes/"+id, "formality/"+id)
		return a, err
	}, func(a around) {
		if p.mayShow("sitting/" + a.record.Sitting.ID) {
			p.showSitting(a)
		}
	})
}

func (p *page) showSitting(a around) {
	s := a.record.Sitting
	title := widgets.Heading(p.h.Text("registers.sitting", "day", lang.LongDay(s.At)))
	title.Wrapping = fyne.TextWrapWord
	body := widgets.Wrapped(title)
	for _, c := range a.conflicts {
		var other *otherText
		if c.Minutes != nil {
			var standing registers.Minutes
			if a.record.Minutes != nil {
				standing = *a.record.Minutes
			}
			other = &otherText{registers.CompareMinutes(standing, *c.Minutes), func(ctx context.Context) ([]byte, error) {
				d, err := p.o.Registers().PrintMinutes(ctx, s.ID, *c.Minutes)
				return d.PDF, err
			}}
		}
		p.disagree(body, c, other)
	}
	for _, d := range a.dues {
		p.due(body, a, d)
	}
	body.Add(widgets.Heading(p.h.Text("registers.papers")))
	papers := widgets.Columns(2)
	for _, paper := range registers.Papers(s) {
		name := p.h.Text("registers.paper." + string(paper))
		papers.Add(widgets.NewButton(name, base.DocumentIcon(), func() { p.paper(s, paper) }))
	}
	body.Add(papers)
	if len(a.record.Affairs) > 0 {
		body.Add(widgets.Heading(p.h.Text("registers.affairs")))
		for _, d := range a.record.Affairs {
			p.affair(body, a, d)
		}
	}
	p.put(body)
	switch {
	case p.current != "":
		p.paper(s, p.current)
	case p.shown == nil:
		papers := registers.Papers(s)
		first := papers[0]
		for _, paper := range papers {
			if paper == registers.PaperList {
				first = paper
			}
		}
		p.paper(s, first)
	}
}

func (p *page) paper(s council.Sitting, paper registers.Paper) {
	name := p.h.Text("registers.file."+string(paper)) + "-" + s.At.Format("2006-01-02") + ".pdf"
	duplex := p.h.Preferences().Bool("registers.duplex", true) // the sheets have the numbers that the register gives them
	p.see(name, func(ctx context.Context) ([]byte, error) {
		if paper == registers.PaperSheets {
			d, err := p.o.Registers().PrintYear(ctx, registers.Year{Year: s.At.Year(), Duplex: duplex, Sitting: s.ID}, nil)
			return d.PDF, err
		}
		d, err := p.o.Registers().Print(ctx, s.ID, paper)
		return d.PDF, err
	})
	p.current = paper
}

// due shows a step: what, until when, by which article, and the gesture that does it.
func (p *page) due(body *fyne.Container, a around, d registers.Due) {
	label := widgets.NewLabelWithStyle(p.h.Text("registers.step."+string(d.Step)), fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
	label.Truncation = fyne.TextTruncateEllipsis
	body.Add(container.NewBorder(nil, nil, nil, widgets.NewBadge(meaning(d), p.deadline(d)), label))
	if !d.Finished {
		body.Add(widgets.Caption(p.h.Text("registers.why."+string(d.Step), "article", d.Article)))
	}
	for _, o := range p.gestures(a, d) {
		body.Add(o)
	}
}

func (p *page) gestures(a around, d registers.Due) []fyne.CanvasObject {
	s := a.record.Sitting
	note := func(what registers.Formality) fyne.CanvasObject {
		if day := a.record.Formalities[what]; day != "" {
			undo := widgets.NewButton(p.h.Text("registers.clear"), nil, func() { p.takeBack(s.ID, what) })
			return container.NewBorder(nil, nil, nil, undo, widgets.Caption(p.h.Text("registers.noted."+string(what), "day", lang.Day(day.Time()))))
		}
		return p.dayForm(string(what), p.h.Text("registers.note."+string(what)), func(day authority.Day) {
			p.run("note", func(ctx context.Context, person string) error {
				return p.o.Registers().Note(ctx, person, s.ID, what, day)
			})
		})
	}
	one := func(key string, icon fyne.Resource, do func()) []fyne.CanvasObject {
		return []fyne.CanvasObject{widgets.Beside(widgets.NewButton(p.h.Text("registers.act."+key), icon, do))}
	}
	switch d.Step {
	case registers.StepSummons:
		if !d.Finished {
			return []fyne.CanvasObject{note(registers.SummonsPosted)}
		}
	case registers.StepList:
		return []fyne.CanvasObject{note(registers.ListPosted), p.online(a)}
	case registers.StepClosing:
		if s.Closed {
			return []fyne.CanvasObject{note(registers.ClosingSigned)}
		}
	case registers.StepSign:
		if !d.Finished && !slices.ContainsFunc(a.record.Affairs, func(d council.Deliberation) bool { return d.Status == council.StatusFinalised }) {
			return []fyne.CanvasObject{widgets.Caption(p.h.Text("registers.act.signing"))}
		}
		if !d.Finished {
			return one("sign", base.MailSendIcon(), func() { p.sendSitting(s.ID) })
		}
	case registers.StepDecision:
		return one("report", base.ConfirmIcon(), func() {
			p.run("report", func(ctx context.Context, person string) error {
				_, err := p.o.Registers().Report(ctx, person, s.ID)
				return err
			})
		})
	case registers.StepMinutes:
		if m := a.record.Minutes; m == nil || m.Settled == nil {
			return one("write", base.DocumentCreateIcon(), func() { p.write(s.ID) })
		}
	case registers.StepSettle:
		if !d.Finished && a.record.Minutes != nil {
			return []fyne.CanvasObject{p.settle(a)}
		}
	case registers.StepHand:
		if !d.Finished {
			return []fyne.CanvasObject{p.dayForm("hand", p.h.Text("registers.act.hand"), func(day authority.Day) {
				p.run("hand", func(ctx context.Context, person string) error {
					return p.o.Registers().SignMinutes(ctx, person, s.ID, day)
				})
			})}
		}
	case registers.StepPublish:
		if !d.Finished {
			return []fyne.CanvasObject{p.dayForm("publish", p.h.Text("registers.act.publish"), func(day authority.Day) {
				p.run("publish", func(ctx context.Context, person string) error {
					return p.o.Registers().PublishMinutes(ctx, person, s.ID, day, p.h.Text("registers.where"))
				})
			})}
		}
	}
	return nil
}

// online tells when the list was put online: publishing knows it, and does it.
func (p *page) online(a around) fyne.CanvasObject {
	s := a.record.Sitting
	words, key := p.h.Text("registers.list.offline"), "registers.list.publish"
	if day := a.record.Formalities[registers.ListOnline]; day != "" {
		words, key = p.h.Text("registers.noted.list.online", "day", lang.Day(day.Time())), "registers.list.see"
	}
	to := widgets.NewButton(p.h.Text(key), theme.Icon("publication"), func() {
		p.h.Go(shell.Route{Page: "publication", Arg: "publication/list-" + s.ID})
	})
	to.Disable()
	if s.Closed {
		to.Enable()
	}
	return container.NewBorder(nil, nil, nil, to, widgets.Caption(words))
}

func (p *page) takeBack(sitting string, what registers.Formality) {
	p.h.Ask(shell.Question{Title: p.h.Text("registers.clear"), Why: p.h.Text("registers.clear.why"), Placeholder: p.h.Text("registers.clear.reason"), Yes: p.h.Text("registers.clear"), Required: true}, func(reason string) {
		p.run("clear", func(ctx context.Context, person string) error {
			return p.o.Registers().Clear(ctx, person, sitting, what, reason)
		})
	})
}

// settle is the form by which a later sitting settles the minutes, with its corrections.
func (p *page) settle(a around) fyne.CanvasObject {
	if len(a.later) == 0 {
		return widgets.Caption(p.h.Text("registers.settle.none"))
	}
	var days []string
	for _, s := range a.later {
		days = append(days, lang.LongDay(s.At))
	}
	by := p.form.Select("settle.by", days, days[0])
	corrections := p.form.Lines("settle.corrections", p.h.Text("registers.settle.corrections"), 3, "")
	do := widgets.NewButton(p.h.Text("registers.act.settle"), base.ConfirmIcon(), func() {
		next := a.later[max(by.SelectedIndex(), 0)].ID
		lines := strings.Split(corrections.Text, "\n")
		p.give("settle.", "settle", func(ctx context.Context, person string) error {
			return p.o.Registers().Settle(ctx, person, a.record.Sitting.ID, next, lines)
		})
	})
	return widgets.Wrapped(by, corrections, container.NewHBox(do))
}

func (p *page) sendSitting(sitting string) {
	sent := 0
	p.h.Run(shell.Action{ID: "registers.send", Label: p.h.Text("registers.sending"),
		Run: func(ctx context.Context, progress shell.Progress) (err error) {
			sent, err = p.o.SendSitting(ctx, sitting, progress)
			return err
		},
		Done:   func() { p.h.Toast(shell.Done, p.h.Text("registers.sent", "n", sent), nil); p.load() },
		Failed: func(err error) { p.h.Fail(err); p.load() }})
}

// affair shows a deliberation: its number and state, its extract, what it asks to be done.
func (p *page) affair(body *fyne.Container, a around, d council.Deliberation) {
	title := widgets.NewLabel(d.Number + " — " + d.Text.Subject())
	title.Wrapping = fyne.TextWrapWord
	body.Add(title)
	if a.doubles[d.Number] {
		body.Add(widgets.NewNote(widgets.Late, p.h.Text("registers.double", "number", d.Number)))
		body.Add(widgets.Beside(widgets.NewButton(p.h.Text("registers.renumber"), nil, func() {
			p.run("renumber", func(ctx context.Context, person string) error {
				_, err := p.o.Council().Renumber(ctx, person, d.ID)
				return err
			})
		})))
	}
	m := widgets.Waiting
	if d.Status == council.StatusSigned {
		m = widgets.Done
	}
	body.Add(container.NewHBox(widgets.NewBadge(m, p.h.Text("registers.status."+string(d.Status)))))
	line := container.NewHBox()
	if d.Signed != nil {
		line.Add(widgets.NewButton(p.h.Text("registers.signed"), base.DocumentIcon(), func() {
			p.see("deliberation-"+d.Number+".pdf", func(ctx context.Context) ([]byte, error) { return p.o.Content(ctx, *d.Signed) })
		}))
	}
	for _, b := range []fyne.CanvasObject{
		widgets.NewButton(p.h.Text("registers.extract"), base.DocumentIcon(), func() {
			p.see("extrait-"+d.Number+".pdf", func(ctx context.Context) ([]byte, error) {
				doc, err := p.o.Registers().PrintExtract(ctx, d.ID)
				return doc.PDF, err
			})
		}),
		widgets.NewButton(p.h.Text("registers.ask"), base.ContentAddIcon(), func() { p.ask(d.ID, d.Number+" "+d.Text.Subject()) }),
	} {
		line.Add(b)
	}
	body.Add(line)
	p.followups(body, a.asked[d.ID])
}

// followups shows what an act asks, and what ends it.
func (p *page) followups(body *fyne.Container, asked []registers.Followup) {
	for _, f := range asked {
		who := ""
		for _, x := range p.people {
			if x.ID == f.Person {
				who = x.Name()
			}
		}
		words := p.h.Text("registers.followup", "what", f.What, "who", who)
		if f.Due != "" {
			words = p.h.Text("registers.followup.due", "what", f.What, "who", who, "day", lang.Day(f.Due.Time()))
		}
		body.Add(container.NewBorder(nil, nil, nil, widgets.NewButton(p.h.Text("registers.finish"), base.ConfirmIcon(), func() {
			p.run("finish", func(ctx context.Context, person string) error { return p.o.Registers().Finish(ctx, person, f.ID) })
		}), widgets.NewNote(widgets.Waiting, words)))
	}
}

// ask is the form of a follow-up.
func (p *page) ask(act, label string) {
	what := widgets.NewText(p.h.Text("registers.ask.what"), 2)
	var names []string
	for _, x := range p.people {
		names = append(names, x.Name())
	}
	who := widget.NewSelect(names, nil)
	who.PlaceHolder = p.h.Text("registers.ask.who")
	due := widgets.NewEntry(p.h.Text("registers.ask.due"))
	p.asking = true
	back := func() { p.asking = false; p.load() }
	do := widgets.NewPrimary(p.h.Text("registers.ask.do"), base.ConfirmIcon(), func() {
		day, err := p.readDay(due.Text)
		if err != nil {
			p.h.Toast(shell.Waiting, err.Error(), nil)
			return
		}
		f := registers.Followup{Act: act, Label: label, What: what.Text, Due: day}
		if i := who.SelectedIndex(); i >= 0 {
			f.Person = p.people[i].ID
		}
		p.runThen("ask", func(ctx context.Context, person string) error {
			_, err := p.o.Registers().Ask(ctx, person, f)
			return err
		}, back)
	})
	title := widgets.Heading(p.h.Text("registers.ask"))
	p.put(widgets.Wrapped(title, widgets.Caption(label), widgets.Field(p.h.Text("registers.ask.what"), what, ""),
		widgets.Field(p.h.Text("registers.ask.who"), who, ""), widgets.Field(p.h.Text("registers.ask.due"), due, ""),
		widgets.Beside(widgets.NewButton(p.h.Text("registers.back"), base.NavigateBackIcon(), back), do)))
	widgets.Focus(p.middle, what)
}
