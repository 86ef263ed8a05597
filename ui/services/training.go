package services

import (
	"context"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/local/services"
	"alpi40.fr/airial/local/services/training"
	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/widgets"
)

// TrainingOffice is what training asks of the program.
type TrainingOffice interface {
	School() *training.School
	// HasModule tells whether a module is on this computer; FetchModule brings it, RemoveModule frees its room.
	HasModule(m services.Module) bool
	FetchModule(ctx context.Context, m services.Module) error
	RemoveModule(m services.Module) error
	Module(ctx context.Context, m services.Module) (*training.Content, error)
	// PlayModule serves a package to the browser, and gives the address.
	PlayModule(ctx context.Context, person string, m services.Module) (string, error)
	PrintTraining(ctx context.Context, m services.Module) ([]byte, error)
	// EarnedCertificate is that of the exercises on mentions, which have a page of their own.
	EarnedCertificate(ctx context.Context) ([]byte, error)
}

type school struct {
	c        *services.Catalogue
	progress map[string]training.Progress
	here     map[string]bool
	person   string
	// asked are the person's registrations, by the service that each asks for.
	asked map[string]services.Request
}

// exercises is the row of those on mentions.
const exercises = "exercises"

// training are the modules, the virtual classes and what was recorded.
func (p *page) training() *section {
	return &section{key: "training",
		load: func(ctx context.Context) (any, []row, error) {
			s := school{here: map[string]bool{}, asked: map[string]services.Request{}}
			var err error
			if s.c, err = p.o.Catalogue(ctx); err != nil {
				return nil, nil, err
			}
			if s.person, err = p.o.Person(ctx); err != nil {
				return nil, nil, err
			}
			if s.progress, err = p.o.School().Progress(ctx, s.person); err != nil {
				return nil, nil, err
			}
			requests, err := p.o.Counter().List(ctx)
			if err != nil {
				return nil, nil, err
			}
			for _, r := range requests {
				if r.By == s.person && !r.Withdrawn && strings.HasPrefix(r.Service, classService) {
					s.asked[r.Service] = r
				}
			}
			var rows []row
			now := p.h.Now()
			for _, x := range s.c.Classes {
				if x.Until.After(now) {
					mean, word := widgets.Plain, ""
					if r, is := s.asked[classService+x.ID]; is {
						mean, word = p.state(r)
					}
					rows = append(rows, row{"class/" + x.ID, x.Title, p.h.Text("services.class.line", "at", lang.DayHour(hours(x.At, now))), false, mean, word, x.About})
				}
			}
			for _, m := range s.c.Modules {
				s.here[m.ID] = p.o.HasModule(m)
				mean, word := p.standing(s, m)
				rows = append(rows, row{"module/" + m.ID, m.Title, p.moduleLine(m), false, mean, word, m.About})
			}
			if !s.progress[training.Exercises].Done.IsZero() {
				rows = append(rows, row{exercises, p.h.Text("services.exercises"), p.h.Text("services.exercises.line"), false, widgets.Done, p.h.Text("services.module.done"), ""})
			}
			for i, l := range s.c.Recordings {
				rows = append(rows, row{"recording/" + strconv.Itoa(i), l.Title, p.h.Text("services.recording"), false, widgets.Plain, "", l.About})
			}
			return s, rows, nil
		},
		tools: func(any) []fyne.CanvasObject {
			return []fyne.CanvasObject{widgets.Caption(p.h.Text("services.training.how"))}
		},
		open: p.openTraining,
	}
}

func (p *page) moduleLine(m services.Module) string {
	if m.Minutes > 0 && m.Theme != "" {
		return p.h.Text("services.module.line", "n", m.Minutes, "theme", m.Theme)
	}
	return m.Theme
}

// standing is where the person is in a module.
func (p *page) standing(s school, m services.Module) (widgets.Meaning, string) {
	at, now := s.progress[m.ID], p.h.Now()
	switch {
	case !at.Done.IsZero():
		return widgets.Done, p.h.Text("services.module.done")
	case at.Over(now):
		return widgets.Late, p.h.Text("services.module.over")
	case !at.Begun.IsZero():
		return widgets.Waiting, p.h.Text("services.module.until", "day", lang.Day(hours(at.Until(), now)))
	case s.here[m.ID]:
		return widgets.Plain, p.h.Text("services.module.here")
	}
	return widgets.Plain, ""
}

func (p *page) openTraining(loaded any, id string) {
	s, ok := loaded.(school)
	if !ok {
		return
	}
	for _, m := range s.c.Modules {
		if "module/"+m.ID == id {
			p.say(p.module(s, m)...)
		}
	}
	if at := s.progress[training.Exercises]; id == exercises {
		p.say(title(p.h.Text("services.exercises")), widgets.NewNote(widgets.Done, p.h.Text("services.module.done")), widgets.Caption(p.h.Text("services.module.points", "points", strconv.Itoa(at.Points), "of", strconv.Itoa(at.Of))),
			widgets.Beside(widgets.NewButton(p.h.Text("services.module.certificate"), base.DocumentPrintIcon(), func() {
				p.h.OpenPDF(shell.Made("attestation.pdf", p.o.EarnedCertificate))
			})))
	}
	for _, x := range s.c.Classes {
		if "class/"+x.ID == id {
			p.say(p.class(s, x)...)
		}
	}
	for i, l := range s.c.Recordings {
		if "recording/"+strconv.Itoa(i) == id {
			p.say(title(l.Title), wrapped(l.About), widgets.Beside(widgets.NewPrimary(p.h.Text("services.browse"), base.NavigateNextIcon(), func() { p.h.Browse(l.Address) })), widgets.Caption(l.Address))
		}
	}
}

func (p *page) module(s school, m services.Module) []fyne.CanvasObject {
	at := s.progress[m.ID]
	out := []fyne.CanvasObject{title(m.Title)}
	if line := p.moduleLine(m); line != "" {
		out = append(out, widgets.Caption(line))
	}
	if m.About != "" {
		out = append(out, wrapped(m.About))
	}
	if mean, word := p.standing(s, m); word != "" {
		out = append(out, widgets.NewNote(mean, word))
	}
	if at.Of > 0 {
		out = append(out, widgets.Caption(p.h.Text("services.module.points", "points", strconv.Itoa(at.Points), "of", strconv.Itoa(at.Of))))
	}
	units := widgets.Wrapped()
	line := widgets.Beside()
	if s.here[m.ID] {
		p.units(m, at, units)
		line.Add(widgets.NewPrimary(p.h.Text("services.module.read"), base.MediaPlayIcon(), func() { p.read(s, m) }))
		line.Add(widgets.NewButton(p.h.Text("services.module.remove"), base.DeleteIcon(), func() {
			p.do("removed", func(context.Context, string) error { return p.o.RemoveModule(m) }, func() { p.reload("") })
		}))
	} else {
		line.Add(widgets.NewPrimary(p.h.Text("services.module.fetch"), base.DownloadIcon(), func() {
			p.do("fetched", func(ctx context.Context, _ string) error { return p.o.FetchModule(ctx, m) }, func() { p.reload("") })
		}))
	}
	out = append(out, line, units)
	if !at.Done.IsZero() {
		out = append(out, widgets.Beside(widgets.NewButton(p.h.Text("services.module.certificate"), base.DocumentPrintIcon(), func() {
			p.h.OpenPDF(shell.Made("attestation.pdf", func(ctx context.Context) ([]byte, error) { return p.o.PrintTraining(ctx, m) }))
		})))
	}
	return out
}

// units lists the parts of a package, with where the person is in each.
func (p *page) units(m services.Module, at training.Progress, into *fyne.Container) {
	state := at.State
	if at.Over(p.h.Now()) {
		state = nil
	}
	shell.Load(p.h, "module.units", func(ctx context.Context) (*training.Content, error) { return p.o.Module(ctx, m) }, func(c *training.Content) {
		if c == nil || len(c.Units) < 2 {
			return
		}
		standings := c.Standings(state)
		for i, u := range c.Units {
			mean, word := widgets.Plain, p.h.Text("services.unit.new")
			switch x := standings[i]; {
			case x.Done && x.Scored:
				mean, word = widgets.Done, p.h.Text("services.unit.done.points", "points", strconv.Itoa(x.Points))
			case x.Done:
				mean, word = widgets.Done, p.h.Text("services.unit.done")
			case x.Begun:
				mean, word = widgets.Waiting, p.h.Text("services.unit.begun")
			}
			row := widgets.NewRow(false)
			row.Set(u.Title, word, false, false, mean, "")
			into.Add(row)
		}
		into.Refresh()
	})
}

// read opens a module: its pages here, a package in the browser.
func (p *page) read(s school, m services.Module) {
	shell.Load(p.h, "module", func(ctx context.Context) (*training.Content, error) { return p.o.Module(ctx, m) }, func(c *training.Content) {
		switch {
		case c == nil:
		case c.Kind == training.Pages:
			first := 0
			if at := s.progress[m.ID]; at.Done.IsZero() && !at.Over(p.h.Now()) && at.Page < len(c.Pages) {
				first = at.Page
			}
			p.turn(m, c, first)
		default:
			var address string
			p.h.Run(shell.Action{ID: "services.play", Label: p.h.Text("services.doing"), Run: func(ctx context.Context, _ shell.Progress) error {
				person, err := p.o.Person(ctx)
				if err == nil {
					address, err = p.o.PlayModule(ctx, person, m)
				}
				return err
			}, Done: func() { p.h.Browse(address) }})
		}
	})
}

// turn shows a page of a module, the quiz after the last.
func (p *page) turn(m services.Module, c *training.Content, i int) {
	p.writing = true
	if i >= len(c.Pages) {
		p.quiz(m, c)
		return
	}
	line := widgets.Beside()
	if i > 0 {
		line.Add(widgets.NewButton(p.h.Text("services.module.before"), base.NavigateBackIcon(), func() { p.turn(m, c, i-1) }))
	}
	next := widgets.NewPrimary(p.h.Text("services.module.next"), base.NavigateNextIcon(), func() {
		p.note(training.Step{Module: m.ID, Page: i + 1}, func() { p.turn(m, c, i+1) })
	})
	if i == len(c.Pages)-1 && len(c.Quiz) == 0 {
		next = widgets.NewPrimary(p.h.Text("services.module.end"), base.ConfirmIcon(), func() {
			p.note(training.Step{Module: m.ID, Page: i + 1, Complete: true}, func() { p.reload("module/" + m.ID) })
		})
	}
	line.Add(next)
	line.Add(widgets.NewButton(p.h.Text("services.module.leave"), nil, func() { p.reload("module/" + m.ID) }))
	p.say(widgets.Caption(p.h.Text("services.module.page", "page", strconv.Itoa(i+1), "of", strconv.Itoa(len(c.Pages)), "title", m.Title)), title(c.Pages[i].Title), wrapped(c.Pages[i].Text), line)
	widgets.Focus(p.detail, next)
}

func (p *page) note(step training.Step, then func()) {
	p.h.Run(shell.Action{ID: "services.step", Label: p.h.Text("services.doing"), Run: func(ctx context.Context, _ shell.Progress) (err error) {
		if step.Person, err = p.o.Person(ctx); err != nil {
			return err
		}
		return p.o.School().Note(ctx, step)
	}, Done: then})
}

// quiz asks all questions at once, and corrects them.
func (p *page) quiz(m services.Module, c *training.Content) {
	out := []fyne.CanvasObject{title(p.h.Text("services.quiz")), widgets.Caption(p.h.Text("services.quiz.why", "pass", strconv.Itoa(c.Pass)))}
	var groups []*widget.CheckGroup
	for i, q := range c.Quiz {
		g := widget.NewCheckGroup(q.Options, nil)
		groups = append(groups, g)
		text := widgets.NewLabelWithStyle(strconv.Itoa(i+1)+". "+q.Text, fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
		text.Wrapping = fyne.TextWrapWord
		out = append(out, text, g)
	}
	p.say(append(out, widgets.Beside(widgets.NewPrimary(p.h.Text("services.quiz.correct"), base.ConfirmIcon(), func() {
		var answers [][]int
		for i, g := range groups {
			var chosen []int
			for n, option := range c.Quiz[i].Options {
				for _, s := range g.Selected {
					if s == option {
						chosen = append(chosen, n)
					}
				}
			}
			answers = append(answers, chosen)
		}
		points := training.Correct(c.Quiz, answers)
		p.note(training.Step{Module: m.ID, Page: len(c.Pages), Points: points, Of: len(c.Quiz), Complete: c.Passes(points)}, func() { p.corrected(m, c, answers, points) })
	}), widgets.NewButton(p.h.Text("services.module.leave"), nil, func() { p.reload("module/" + m.ID) })))...)
}

// corrected tells what was right, and why.
func (p *page) corrected(m services.Module, c *training.Content, answers [][]int, points int) {
	mean, key := widgets.Done, "services.quiz.passed"
	if !c.Passes(points) {
		mean, key = widgets.Late, "services.quiz.failed"
	}
	out := []fyne.CanvasObject{title(p.h.Text("services.quiz")), widgets.NewNote(mean, p.h.Text(key, "points", strconv.Itoa(points), "of", strconv.Itoa(len(c.Quiz))))}
	for i, q := range c.Quiz {
		mean := widgets.Late
		if training.Correct([]training.Question{q}, [][]int{answers[i]}) == 1 {
			mean = widgets.Done
		}
		text := strconv.Itoa(i+1) + ". " + q.Text
		for _, r := range q.Right {
			text += "\n– " + q.Options[r]
		}
		if q.Why != "" {
			text += "\n" + q.Why
		}
		out = append(out, widgets.NewNote(mean, text))
	}
	line := widgets.Beside(widgets.NewButton(p.h.Text("services.module.leave"), nil, func() { p.reload("module/" + m.ID) }))
	if !c.Passes(points) {
		line.Add(widgets.NewPrimary(p.h.Text("services.quiz.again"), base.ViewRefreshIcon(), func() { p.quiz(m, c) }))
	}
	p.say(append(out, line)...)
}

// classService begins the service of a registration; the class's id follows.
const classService = "class-"

// class is a virtual class: it is asked for once, kept in the calendar, joined in the browser.
func (p *page) class(in school, x services.Class) []fyne.CanvasObject {
	now := p.h.Now()
	out := []fyne.CanvasObject{title(x.Title), widgets.Caption(lang.DayHour(hours(x.At, now))), wrapped(x.About)}
	line := widgets.Beside()
	if r, is := in.asked[classService+x.ID]; is {
		mean, word := p.state(r)
		out = append(out, widgets.NewNote(mean, p.h.Text("services.class.asked", "day", lang.Day(hours(r.Asked, now)), "state", word)))
		line.Add(widgets.NewButton(p.h.Text("services.cert.request.open"), base.NavigateNextIcon(), func() {
			p.h.Go(shell.Route{Page: Name, Arg: "requests/" + r.ID})
		}))
	} else {
		line.Add(widgets.NewPrimary(p.h.Text("services.class.register"), base.ConfirmIcon(), func() { p.register(x) }))
	}
	line.Add(widgets.NewButton(p.h.Text("services.class.calendar"), base.DownloadIcon(), func() {
		p.h.Save(shell.Made("classe.ics", func(ctx context.Context) ([]byte, error) {
			return p.o.Invitation(ctx, Meeting{ID: classService + x.ID, Title: x.Title, About: x.About, Where: x.Where, At: x.At, Until: x.Until})
		}))
	}))
	if x.Where != "" {
		line.Add(widgets.NewButton(p.h.Text("services.join.browser"), base.NavigateNextIcon(), func() { p.h.Browse(x.Where) }))
	}
	return append(out, line)
}

// register asks for a place in a class.
func (p *page) register(x services.Class) {
	s := services.Service{ID: classService + x.ID, Name: p.h.Text("services.class.request", "title", x.Title, "at", lang.DayHour(hours(x.At, p.h.Now()))),
		Field: []services.Field{{ID: "who", Label: p.h.Text("services.class.who"), Type: services.Line, Required: true}}}
	p.do("order", func(ctx context.Context, person string) error {
		names, err := p.o.Called(ctx)
		if err == nil {
			_, err = p.o.Counter().Order(ctx, person, s, map[string]string{"who": names[person]}, nil)
		}
		return err
	}, func() { p.reload("") })
}
