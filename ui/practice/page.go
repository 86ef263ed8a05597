// Package practice is the page where one trains on the fictional commune.
//
//	┌ exercices ─────┬ avis reçu, quatre questions ──┬ correction ──┐
//	│ 1 Un mariage…  │ quel acte, quelle mention…    │ l’article    │
//	└────────────────┴───────────────────────────────┴──────────────┘
//
// What one did is kept in the preferences of this computer: nothing of it is in the journal.
package practice

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/local/civilstatus"
	"alpi40.fr/airial/local/practice"
	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/theme"
	"alpi40.fr/airial/ui/widgets"
)

// Name is the page's name in routes.
const Name shell.PageName = "practice"

// Office is what this page asks of the program. All methods run off the window's thread.
type Office interface {
	Person(ctx context.Context) (string, error)
	Practice(ctx context.Context) (*practice.Course, error)
	PracticeCertificate(ctx context.Context, c *practice.Course, done practice.Results) ([]byte, error)
}

// Entry places the page in the rail.
func Entry(o Office) shell.Entry {
	return shell.Entry{Route: shell.Route{Page: Name}, Icon: theme.Icon("done"), TitleKey: "shell.page.practice",
		New: func(h shell.Host) shell.Page { return newPage(h, o) }}
}

type page struct {
	h       shell.Host
	o       Office
	person  string
	course  *practice.Course
	done    practice.Results
	list    *widgets.List
	middle  *fyne.Container
	side    *fyne.Container
	score   *widgets.CaptionText
	scroll  *widgets.Scroll // of the middle
	content fyne.CanvasObject
	keep    func()
}

func newPage(h shell.Host, o Office) *page {
	p := &page{h: h, o: o, middle: widgets.Wrapped(), side: widgets.Wrapped(), score: widgets.Caption(""), done: practice.Results{}}
	p.list = widgets.NewList(h.Now, p.length, func() fyne.CanvasObject { return widgets.NewRow(false) }, p.row)
	p.list.Label = func(i int) string { return p.course.Exercises[i].Title }
	p.list.OnCursor = func(i int) {
		if i < p.length() {
			p.open(i)
		}
	}
	foot := widgets.Wrapped(p.score, widgets.NewButton(h.Text("practice.certificate"), base.DocumentPrintIcon(), p.certify))
	left := container.NewBorder(nil, foot, nil, nil, p.list)
	p.scroll = widgets.NewScroll(p.middle)
	p.content, p.keep = widgets.Panes(h.Preferences(), "practice", []float64{0.28, 0.66}, left, p.scroll, widgets.NewScroll(p.side))
	return p
}

func (p *page) length() int {
	if p.course == nil {
		return 0
	}
	return len(p.course.Exercises)
}

func (p *page) Route() shell.Route         { return shell.Route{Page: Name} }
func (p *page) Title() string              { return p.h.Text("shell.page.practice") }
func (p *page) Content() fyne.CanvasObject { return p.content }
func (p *page) Hide()                      { p.keep() }
func (p *page) Panes() []fyne.Focusable    { return []fyne.Focusable{p.list} }

// results is where those of the person are kept.
func (p *page) results() string { return "practice.results." + p.person }

type trainee struct {
	course *practice.Course
	person string
}

func (p *page) Show(shell.Route) {
	shell.Load(p.h, "course", func(ctx context.Context) (t trainee, err error) {
		if t.person, err = p.o.Person(ctx); err != nil {
			return t, err
		}
		t.course, err = p.o.Practice(ctx)
		return t, err
	}, func(t trainee) {
		former := p.course
		p.course, p.person = t.course, t.person
		p.done = practice.ParseResults(p.h.Preferences().String(p.results(), ""))
		p.refresh()
		switch at := p.list.Cursor(); {
		case at < 0:
			p.list.SetCursor(0)
		case former == nil || !slices.Equal(former.Wordings(former.Exercises[at]), p.course.Wordings(p.course.Exercises[at])):
			p.open(at) // else what is chosen there stays
		}
	})
}

func (p *page) refresh() {
	p.list.Refresh()
	points, of, done := p.course.Score(p.done)
	p.score.SetText(p.h.Text("practice.score", "n", done, "all", len(p.course.Exercises), "points", points, "of", of))
}

func (p *page) row(i int, _ bool, o fyne.CanvasObject) {
	if i >= p.length() {
		return
	}
	e := p.course.Exercises[i]
	m, word := widgets.Plain, ""
	if points, ok := p.done[e.ID]; ok {
		m, word = widgets.Waiting, p.h.Text("practice.points", "n", points)
		if points == 4 || e.Refused && points == 1 {
			m = widgets.Done
		}
	}
	o.(*widgets.Row).Set(strconv.Itoa(e.ID)+". "+e.Title, "", false, false, m, word)
}

func (p *page) certify() {
	if p.course == nil {
		return
	}
	c, done := p.course, p.done
	p.h.OpenPDF(shell.Made("attestation.pdf", func(ctx context.Context) ([]byte, error) { return p.o.PracticeCertificate(ctx, c, done) }))
}

func (p *page) actName(a *civilstatus.Act) string {
	day := ""
	if a.Kind == civilstatus.Birth {
		day = ", " + lang.Day(a.Date.Time())
	}
	return strings.TrimSpace(strings.ToUpper(a.LastName)+" "+a.FirstName) + " — " + a.Kind.Name() + " n° " + a.Number + " (" + strconv.Itoa(a.Year) + ")" + day
}

// open asks the four questions of an exercise.
func (p *page) open(i int) {
	e, t := p.course.Exercises[i], p.h.Text
	acts := []string{t("practice.noact")}
	ids := []string{practice.NoAct}
	for k := range p.course.Acts {
		acts, ids = append(acts, p.actName(&p.course.Acts[k])), append(ids, p.course.Acts[k].ID)
	}
	codes := p.course.Codes(e)
	var labels, notified []string
	for _, c := range codes {
		labels = append(labels, p.course.Label(c))
	}
	for _, all := range practice.Addressees() {
		var words []string
		for _, a := range all {
			words = append(words, t("practice.to."+string(a)))
		}
		notified = append(notified, strings.Join(words, t("practice.and")))
	}
	wordings := p.course.Wordings(e)
	act, code := widget.NewSelect(acts, nil), widget.NewSelect(labels, nil)
	words, notify := widgets.NewChoice(wordings, nil), widgets.NewChoice(notified, nil)
	act.PlaceHolder, code.PlaceHolder = t("practice.which.hint"), t("practice.mention.hint")
	notice := widgets.NewLabel(e.Notice)
	notice.Wrapping = fyne.TextWrapWord
	title := widgets.Heading(e.Title)
	title.Wrapping = fyne.TextWrapWord
	correct := widgets.NewPrimary(t("practice.correct"), base.ConfirmIcon(), func() {
		a := practice.Answer{Words: words.Selected}
		if k := act.SelectedIndex(); k >= 0 {
			a.Act = ids[k]
		} else {
			a.Act = "?" // no answer is not the answer that there is none
		}
		if k := code.SelectedIndex(); k >= 0 {
			a.Code = codes[k]
		}
		if k := slices.Index(notified, notify.Selected); k >= 0 {
			a.Notify = practice.Addressees()[k]
		}
		p.correct(e, a)
	})
	next := widgets.NewButton(t("practice.next"), base.NavigateNextIcon(), func() { p.list.SetCursor((i + 1) % p.length()) })
	p.middle.Objects = []fyne.CanvasObject{title, widgets.Caption(t("practice.fictional", "commune", p.course.Commune)), notice,
		widgets.Field(t("practice.which"), act, ""), widgets.Field(t("practice.mention"), code, ""),
		widgets.Field(t("practice.words"), words, ""), widgets.Field(t("practice.notify"), notify, ""), widgets.Beside(correct, next)}
	p.side.Objects = []fyne.CanvasObject{widgets.Heading(t("practice.correction")), widgets.Caption(t("practice.correction.none"))}
	p.layOut()
	shell.LayOut(p.h, p.side)
}

// correct says what was right, with the article.
func (p *page) correct(e practice.Exercise, a practice.Answer) {
	m, err := p.course.Grade(e, a)
	if err != nil {
		p.h.Fail(err)
		return
	}
	p.done[e.ID] = m.Points
	p.h.Preferences().SetString(p.results(), p.done.String())
	t := p.h.Text
	out := []fyne.CanvasObject{widgets.Heading(t("practice.correction")), widgets.Heading(t("practice.result", "points", m.Points, "of", m.Of))}
	say := func(right bool, question, expected string) {
		meaning := widgets.Refused
		if right {
			meaning = widgets.Done
		}
		out = append(out, widgets.NewNote(meaning, question+p.h.Text("practice.colon")+expected))
	}
	expected := t("practice.noact")
	if act, ok := p.course.Act(m.Right.Act); ok {
		expected = p.actName(act)
	}
	say(m.Act, t("practice.which"), expected)
	if !e.Refused {
		var to []string
		for _, x := range m.Right.Notify {
			to = append(to, t("practice.to."+string(x)))
		}
		say(m.Code, t("practice.mention"), p.course.Label(m.Right.Code))
		say(m.Words, t("practice.words"), m.Right.Words)
		say(m.Notify, t("practice.notify"), strings.Join(to, t("practice.and")))
		out = append(out, widgets.Caption(t("practice.registry")))
	}
	lesson := widgets.NewLabel(e.Lesson)
	lesson.Wrapping = fyne.TextWrapWord
	out = append(out, lesson)
	if e.Article != "" {
		out = append(out, widgets.Caption(e.Article))
	}
	if p.course.Draft(e) {
		out = append(out, widgets.NewNote(widgets.Late, t("practice.draft")))
	}
	p.side.Objects = out
	shell.LayOut(p.h, p.side)
	p.refresh()
}

// layOut shows new contents of the middle, from their top.
func (p *page) layOut() {
	shell.LayOut(p.h, p.middle)
	p.scroll.ScrollTo(0)
}
