package services

import (
	"bytes"
	"context"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/services"
	"alpi40.fr/airial/local/services/privacy"
	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/widgets"
)

// PrivacyOffice is what data protection asks of the program.
type PrivacyOffice interface {
	Privacy() *privacy.Office
	// PrintRegister sets the register of processing activities.
	PrintRegister(ctx context.Context) ([]byte, error)
}

// notifying is where the CNIL takes notifications of breaches.
const notifying = "https://www.cnil.fr/fr/notifier-une-violation-de-donnees-personnelles"

type protection struct {
	activities []privacy.Activity
	requests   []privacy.Request
	breaches   []privacy.Breach
	letters    []services.Letter
}

// privacy is the town hall's data protection: what has a term first, then the register.
func (p *page) privacy() *section {
	return &section{key: "privacy",
		load: func(ctx context.Context) (any, []row, error) {
			var d protection
			c, err := p.o.Catalogue(ctx)
			if err != nil {
				return nil, nil, err
			}
			d.letters = c.Letters
			if d.requests, err = p.o.Privacy().Requests(ctx); err != nil {
				return nil, nil, err
			}
			if d.breaches, err = p.o.Privacy().Breaches(ctx); err != nil {
				return nil, nil, err
			}
			d.activities, err = p.o.Privacy().Activities(ctx)
			return d, p.protectionRows(d), err
		},
		tools: func(any) []fyne.CanvasObject {
			return []fyne.CanvasObject{widgets.Columns(2,
				widgets.NewButton(p.h.Text("services.privacy.request.new"), nil, func() { p.subjectRequest() }),
				widgets.NewButton(p.h.Text("services.privacy.breach.new"), nil, func() { p.breach(privacy.Breach{}) }),
				widgets.NewButton(p.h.Text("services.privacy.activity.new"), nil, func() { p.activity(privacy.Activity{}) }),
				widgets.NewButton(p.h.Text("services.privacy.dpo"), nil, func() {
					p.start("requests", func(p *page) {
						if s, ok := p.c.Service("dpo"); ok {
							p.order(s)
						} else {
							p.chooseService()
						}
					})
				}),
				widgets.NewButton(p.h.Text("services.privacy.print"), nil, func() {
					p.h.OpenPDF(shell.Made("registre-des-traitements.pdf", p.o.PrintRegister))
				}),
				widgets.NewButton(p.h.Text("services.privacy.export"), nil, func() {
					p.h.Save(shell.Made("registre-des-traitements.csv", func(ctx context.Context) ([]byte, error) {
						all, err := p.o.Privacy().Activities(ctx)
						if err != nil {
							return nil, err
						}
						var b bytes.Buffer
						err = privacy.WriteCSV(&b, all)
						return b.Bytes(), err
					}))
				}))}
		},
		open: func(loaded any, id string) {
			d, _ := loaded.(protection)
			kind, id, _ := strings.Cut(id, "/")
			switch kind {
			case "request":
				for _, r := range d.requests {
					if r.ID == id {
						p.say(p.subject(r)...)
					}
				}
			case "breach":
				for _, b := range d.breaches {
					if b.ID == id {
						p.say(p.breachShown(b)...)
					}
				}
			case "letter":
				for _, l := range d.letters {
					if l.ID == id {
						p.say(title(l.Title), widgets.Caption(lang.Day(l.On.Time())), wrapped(l.Text))
					}
				}
			default:
				for _, a := range d.activities {
					if a.ID == id {
						p.say(p.sheet(a)...)
					}
				}
			}
		},
	}
}

func (p *page) protectionRows(d protection) (rows []row) {
	now := p.h.Now()
	today := authority.DayOf(now)
	for _, b := range d.breaches {
		m, word := widgets.Done, p.h.Text("services.privacy.closed")
		if !b.Closed {
			m, word = widgets.Waiting, p.h.Text("services.privacy.open")
			if b.Waits() {
				m, word = widgets.Late, p.h.Text("services.privacy.before", "at", lang.DayHour(hours(privacy.NotifyBefore(b.Aware), now)))
			}
		}
		rows = append(rows, row{"breach/" + b.ID, b.Title, p.h.Text("services.privacy.breach"), !b.Closed, m, word, strings.Join([]string{b.Happened, b.People, b.Data, b.Consequences, b.Measures, b.Number}, " ")})
	}
	for _, r := range d.requests {
		m, word := widgets.Done, p.h.Text("services.privacy.state."+string(r.State))
		if r.Waits() {
			m, word = widgets.Waiting, p.h.Text("services.privacy.before", "at", lang.Day(r.Deadline().Time()))
			if today > r.Deadline() {
				m = widgets.Late
			}
		}
		name := r.Name
		if r.Erased {
			name = p.h.Text("services.forgotten")
		}
		rows = append(rows, row{"request/" + r.ID, name, p.h.Text("services.privacy.request"), r.Waits(), m, word, r.Contact + " " + r.Text + " " + r.Answer})
	}
	for _, l := range d.letters {
		rows = append(rows, row{id: "letter/" + l.ID, title: l.Title, detail: p.h.Text("services.privacy.letter", "day", lang.Day(l.On.Time())), words: l.Text})
	}
	for _, a := range d.activities {
		m, word := widgets.Plain, ""
		if a.Draft {
			m, word = widgets.Waiting, p.h.Text("services.privacy.draft")
		}
		rows = append(rows, row{"activity/" + a.ID, a.Name, p.h.Text("services.privacy.activity"), false, m, word, sheetWords(a)})
	}
	return rows
}

// sheetWords are all that a sheet says.
func sheetWords(a privacy.Activity) string {
	var all []string
	for _, c := range privacy.Columns() {
		all = append(all, c.Text(a))
	}
	return strings.Join(all, " ")
}

// sheet is one activity of the register.
func (p *page) sheet(a privacy.Activity) []fyne.CanvasObject {
	out := []fyne.CanvasObject{title(a.Name)}
	if a.Draft {
		out = append(out, widgets.NewNote(widgets.Waiting, p.h.Text("services.privacy.draft.why")))
	}
	for _, c := range privacy.Columns()[1:] {
		if text := c.Text(a); text != "" {
			out = append(out, widgets.Field(c.Title, wrapped(text), ""))
		}
	}
	line := widgets.Beside(widgets.NewPrimary(p.h.Text("services.privacy.edit"), base.DocumentCreateIcon(), func() { p.activity(a) }))
	line.Add(widgets.NewButton(p.h.Text("services.privacy.remove"), base.DeleteIcon(), func() {
		p.h.Ask(shell.Question{Title: p.h.Text("services.privacy.remove"), Why: p.h.Text("services.privacy.remove.why"), Yes: p.h.Text("services.privacy.remove.yes"), Plain: true, Dangerous: true}, func(string) {
			p.do("privacy", func(ctx context.Context, person string) error { return p.o.Privacy().Remove(ctx, person, a.ID) }, func() { p.reload("") })
		})
	}))
	return append(out, line)
}

// activity writes a sheet.
func (p *page) activity(a privacy.Activity) {
	p.writing = true
	out := []fyne.CanvasObject{p.formed("services.privacy.activity.new")}
	var first *widgets.Entry
	for _, f := range []struct {
		key  string
		to   *string
		rows int
	}{{"name", &a.Name, 1}, {"software", &a.Software, 1}, {"purposes", &a.Purposes, 3}, {"basis", &a.Basis, 1}, {"people", &a.People, 2}, {"data", &a.Data, 3}, {"sensitive", &a.Sensitive, 1}, {"retention", &a.Retention, 2}, {"internal", &a.Internal, 1}, {"external", &a.External, 1}, {"processors", &a.Processors, 1}, {"transfers", &a.Transfers, 1}, {"joint", &a.Joint, 1}, {"security", &a.Security, 3}} {
		e := widgets.NewEntry("")
		if f.rows > 1 {
			e = widgets.NewText("", f.rows)
		}
		e.SetText(*f.to)
		e.OnChanged = func(s string) { *f.to = s }
		if first == nil {
			first = e
		}
		out = append(out, widgets.Field(p.h.Text("services.privacy.field."+f.key), e, ""))
	}
	p.say(append(out, widgets.Beside(widgets.NewPrimary(p.h.Text("services.privacy.keep"), base.ConfirmIcon(), func() {
		var id string
		p.do("privacy", func(ctx context.Context, person string) (err error) {
			id, err = p.o.Privacy().Write(ctx, person, a)
			return err
		}, func() { p.reload("activity/" + id) })
	}), widgets.NewButton(p.h.Text("services.cancel"), nil, func() { p.reload("") })))...)
	widgets.Focus(p.detail, first)
}

// subjectRequest records what a person asks.
func (p *page) subjectRequest() {
	p.writing = true
	a := privacy.Asked{Received: authority.DayOf(p.h.Now())}
	name, contact, text, day := widgets.NewEntry(""), widgets.NewEntry(""), widgets.NewText("", 3), widgets.NewEntry(p.h.Text("services.day.hint"))
	day.SetText(p.h.Now().Format("02/01/2006"))
	var words []string
	for _, r := range privacy.Rights() {
		words = append(words, p.h.Text("services.privacy.right."+string(r)))
	}
	right := widget.NewSelect(words, nil)
	right.PlaceHolder = p.h.Text("services.choose")
	p.say(p.formed("services.privacy.request.new"),
		widgets.Field(p.h.Text("services.privacy.name"), name, ""), widgets.Field(p.h.Text("services.privacy.contact"), contact, ""), widgets.Field(p.h.Text("services.privacy.right"), right, ""),
		widgets.Field(p.h.Text("services.privacy.received"), day, p.h.Text("services.privacy.received.help")), widgets.Field(p.h.Text("services.privacy.text"), text, p.h.Text("services.privacy.text.help")),
		widgets.Beside(widgets.NewPrimary(p.h.Text("services.privacy.keep"), base.ConfirmIcon(), func() {
			a.Name, a.Contact, a.Text, a.Received = name.Text, contact.Text, text.Text, authority.Day(readDay(day.Text))
			if i := right.SelectedIndex(); i >= 0 {
				a.Right = privacy.Rights()[i]
			}
			var id string
			p.do("privacy", func(ctx context.Context, person string) (err error) {
				id, err = p.o.Privacy().Receive(ctx, person, a)
				return err
			}, func() { p.reload("request/" + id) })
		}), widgets.NewButton(p.h.Text("services.cancel"), nil, func() { p.reload("") })))
	widgets.Focus(p.detail, name)
}

// subject is a request of a data subject.
func (p *page) subject(r privacy.Request) []fyne.CanvasObject {
	if r.Erased {
		return []fyne.CanvasObject{title(p.h.Text("services.forgotten")), widgets.Caption(p.h.Text("services.forgotten.why"))}
	}
	out := []fyne.CanvasObject{title(r.Name), widgets.Caption(p.h.Text("services.privacy.right." + string(r.Right))), widgets.Caption(p.h.Text("services.privacy.received.on", "day", lang.Day(r.Received.Time()))), wrapped(strings.TrimSpace(r.Contact + "\n" + r.Text))}
	if r.Extended {
		out = append(out, widgets.NewNote(widgets.Waiting, p.h.Text("services.privacy.extended", "why", r.Why)))
	}
	if r.State != privacy.Received {
		out = append(out, widgets.NewNote(widgets.Done, p.h.Text("services.privacy.closed.on", "state", p.h.Text("services.privacy.state."+string(r.State)), "day", lang.Day(r.Closed.Time()), "text", r.Answer)),
			widgets.Beside(widgets.NewButton(p.h.Text("services.erase"), base.DeleteIcon(), func() {
				p.h.Ask(shell.Question{Title: p.h.Text("services.erase"), Why: p.h.Text("services.erase.why"), Yes: p.h.Text("services.erase.yes"), Plain: true, Dangerous: true}, func(string) {
					p.do("privacy", func(ctx context.Context, person string) error { return p.o.Privacy().Erase(ctx, person, r.ID) }, func() { p.reload("") })
				})
			})))
		return out
	}
	m := widgets.Waiting
	if authority.DayOf(p.h.Now()) > r.Deadline() {
		m = widgets.Late
	}
	text := widgets.NewText(p.h.Text("services.privacy.answer.hint"), 3)
	text.OnChanged = func(s string) { p.writing = s != "" }
	act := func(do func(ctx context.Context, person, text string) error) func() {
		return func() {
			words := text.Text
			p.do("privacy", func(ctx context.Context, person string) error { return do(ctx, person, words) }, func() { p.reload("") })
		}
	}
	return append(out, widgets.NewNote(m, p.h.Text("services.privacy.deadline", "day", lang.LongDay(r.Deadline().Time()))), text, widgets.Beside(
		widgets.NewPrimary(p.h.Text("services.privacy.answer"), base.ConfirmIcon(), act(func(ctx context.Context, person, text string) error {
			return p.o.Privacy().Answer(ctx, person, r.ID, text)
		})),
		widgets.NewButton(p.h.Text("services.privacy.extend"), nil, act(func(ctx context.Context, person, text string) error {
			return p.o.Privacy().Extend(ctx, person, r.ID, text)
		})),
		widgets.NewButton(p.h.Text("services.privacy.deny"), base.CancelIcon(), act(func(ctx context.Context, person, text string) error {
			return p.o.Privacy().Deny(ctx, person, r.ID, text)
		}))))
}

// breach writes a breach down.
func (p *page) breach(b privacy.Breach) {
	p.writing = true
	now := p.h.Now()
	if b.Aware.IsZero() {
		b.Aware = now
	}
	out := []fyne.CanvasObject{p.formed("services.privacy.breach.new"), widgets.NewNote(widgets.Late, p.h.Text("services.privacy.breach.why"))}
	t := b.Told
	aware := widgets.NewEntry(p.h.Text("services.moment.hint"))
	aware.SetText(hours(t.Aware, now).Format("02/01/2006 15:04"))
	var first *widgets.Entry
	for _, f := range []struct {
		key  string
		to   *string
		rows int
	}{{"title", &t.Title, 1}, {"happened", &t.Happened, 3}, {"concerned", &t.People, 2}, {"lost", &t.Data, 2}, {"consequences", &t.Consequences, 2}, {"measures", &t.Measures, 2}} {
		e := widgets.NewEntry("")
		if f.rows > 1 {
			e = widgets.NewText("", f.rows)
		}
		e.SetText(*f.to)
		e.OnChanged = func(s string) { *f.to = s }
		if first == nil {
			first = e
		}
		out = append(out, widgets.Field(p.h.Text("services.privacy.breach."+f.key), e, ""))
		if f.key == "title" {
			out = append(out, widgets.Field(p.h.Text("services.privacy.breach.aware"), aware, ""))
		}
	}
	var words []string
	for _, r := range privacy.Risks() {
		words = append(words, p.h.Text("services.privacy.risk."+string(r)))
	}
	risk := widget.NewSelect(words, nil)
	risk.PlaceHolder = p.h.Text("services.choose")
	for i, r := range privacy.Risks() {
		if r == t.Risk {
			risk.SetSelectedIndex(i)
		}
	}
	p.say(append(out, widgets.Field(p.h.Text("services.privacy.risk"), risk, p.h.Text("services.privacy.risk.help")), widgets.Beside(widgets.NewPrimary(p.h.Text("services.privacy.keep"), base.ConfirmIcon(), func() {
		t := t
		t.Aware = time.Time{}
		if at, err := lang.ParseMoment(aware.Text, now.Location()); err == nil {
			t.Aware = at
		}
		if i := risk.SelectedIndex(); i >= 0 {
			t.Risk = privacy.Risks()[i]
		}
		var id string
		p.do("privacy", func(ctx context.Context, person string) (err error) {
			id, err = p.o.Privacy().Note(ctx, person, b.ID, t)
			return err
		}, func() { p.reload("breach/" + id) })
	}), widgets.NewButton(p.h.Text("services.cancel"), nil, func() { p.reload("") })))...)
	widgets.Focus(p.detail, first)
}

func (p *page) breachShown(b privacy.Breach) []fyne.CanvasObject {
	now := p.h.Now()
	out := []fyne.CanvasObject{title(b.Title), widgets.Caption(p.h.Text("services.privacy.aware", "at", lang.DayHour(hours(b.Aware, now)))), widgets.NewBadge(map[privacy.Risk]widgets.Meaning{privacy.NoRisk: widgets.Done, privacy.SomeRisk: widgets.Waiting, privacy.HighRisk: widgets.Late}[b.Risk], p.h.Text("services.privacy.risk."+string(b.Risk)))}
	for _, f := range []struct{ key, text string }{{"happened", b.Happened}, {"concerned", b.People}, {"lost", b.Data}, {"consequences", b.Consequences}, {"measures", b.Measures}} {
		if f.text != "" {
			out = append(out, widgets.Field(p.h.Text("services.privacy.breach."+f.key), wrapped(f.text), ""))
		}
	}
	if !b.Notified.IsZero() {
		out = append(out, widgets.NewNote(widgets.Done, p.h.Text("services.privacy.notified", "at", lang.DayHour(hours(b.Notified, now)), "number", b.Number)))
	}
	if !b.Spread.IsZero() {
		out = append(out, widgets.NewNote(widgets.Done, p.h.Text("services.privacy.spread.at", "at", lang.DayHour(hours(b.Spread, now)))))
	}
	if b.Reason != "" {
		out = append(out, widgets.Caption(b.Reason))
	}
	if b.Closed {
		return append(out, widgets.NewNote(widgets.Done, p.h.Text("services.privacy.closed")))
	}
	if b.Waits() {
		m := widgets.Waiting
		if now.After(privacy.NotifyBefore(b.Aware)) {
			m = widgets.Late
		}
		out = append(out, widgets.NewNote(m, p.h.Text("services.privacy.notify.before", "at", lang.DayHour(hours(privacy.NotifyBefore(b.Aware), now)))))
	}
	if b.Risk == privacy.HighRisk && b.Spread.IsZero() {
		out = append(out, widgets.NewNote(widgets.Late, p.h.Text("services.privacy.spread.why")))
	}
	number, reason := widgets.NewEntry(p.h.Text("services.privacy.number.hint")), widgets.NewText(p.h.Text("services.privacy.reason.hint"), 2)
	reason.OnChanged = func(s string) { p.writing = s != "" }
	number.OnChanged = reason.OnChanged
	act := func(do func(ctx context.Context, person, number, reason string) error) func() {
		return func() {
			n, r := number.Text, reason.Text
			p.do("privacy", func(ctx context.Context, person string) error { return do(ctx, person, n, r) }, func() { p.reload("") })
		}
	}
	out = append(out, widget.NewSeparator(), number, reason)
	line := widgets.Columns(2)
	if b.Notified.IsZero() {
		line.Add(widgets.NewButton(p.h.Text("services.privacy.cnil"), base.NavigateNextIcon(), func() { p.h.Browse(notifying) }))
		line.Add(widgets.NewButton(p.h.Text("services.privacy.notify"), base.ConfirmIcon(), act(func(ctx context.Context, person, number, reason string) error {
			return p.o.Privacy().Notify(ctx, person, b.ID, number, reason, now)
		})))
	}
	if b.Spread.IsZero() {
		line.Add(widgets.NewButton(p.h.Text("services.privacy.spread"), base.ConfirmIcon(), act(func(ctx context.Context, person, _, _ string) error {
			return p.o.Privacy().Spread(ctx, person, b.ID, now)
		})))
	}
	line.Add(widgets.NewButton(p.h.Text("services.privacy.complete"), base.DocumentCreateIcon(), func() { p.breach(b) }))
	line.Add(widgets.NewButton(p.h.Text("services.privacy.end"), base.ConfirmIcon(), act(func(ctx context.Context, person, _, reason string) error {
		return p.o.Privacy().End(ctx, person, b.ID, reason)
	})))
	return append(out, line)
}

// title is the heading of what is shown.
func title(text string) *widgets.Label {
	l := widgets.Heading(text)
	l.Wrapping = fyne.TextWrapWord
	return l
}
