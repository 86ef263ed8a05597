package services

import (
	"context"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/local/services"
	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/widgets"
)

// requests are those made from the catalogue.
func (p *page) requests() *section {
	return &section{key: "requests",
		load: func(ctx context.Context) (any, []row, error) {
			return p.asked(ctx, func(r services.Request) bool { return r.What != services.Assistance })
		},
		tools: func(loaded any) []fyne.CanvasObject {
			out := []fyne.CanvasObject{widgets.Beside(widgets.NewPrimary(p.h.Text("services.order.new"), base.ContentAddIcon(), p.chooseService))}
			all, _ := loaded.([]services.Request)
			due := 0
			for _, r := range all {
				if d := r.Due(); !d.IsZero() && !d.After(p.h.Now()) {
					due++
				}
			}
			if due > 0 {
				out = append(out, widgets.NewNote(widgets.Late, p.h.Text("services.due", "n", due)), widgets.Beside(widgets.NewButton(p.h.Text("services.erase"), base.DeleteIcon(), p.erase)))
			}
			return out
		},
		open: p.openRequest,
	}
}

// asked reads the requests of a sort.
func (p *page) asked(ctx context.Context, of func(services.Request) bool) (any, []row, error) {
	all, err := p.o.Counter().List(ctx)
	if err != nil {
		return nil, nil, err
	}
	var some []services.Request
	var rows []row
	for _, r := range all {
		if !of(r) {
			continue
		}
		m, word := p.state(r)
		detail := lang.Day(r.Asked)
		if r.What == services.Assistance {
			detail = p.h.Text("services.ticket.line", "day", detail, "urgency", r.Urgency, "category", r.Category)
		}
		some, rows = append(some, r), append(rows, row{r.ID, p.title(r), detail, r.Waits(p.h.Now()), m, word, requestWords(r)})
	}
	return some, rows, nil
}

// requestWords are what was asked and what was said of it.
func requestWords(r services.Request) string {
	all := []string{r.Answer, r.Step, r.Category}
	for _, a := range r.Answers {
		all = append(all, a.Value)
		for _, f := range a.Files {
			all = append(all, f.Name)
		}
	}
	for _, m := range r.Talk {
		all = append(all, m.Text)
	}
	return strings.Join(all, " ")
}

func (p *page) title(r services.Request) string {
	switch {
	case r.Forgotten:
		return p.h.Text("services.forgotten")
	case r.What == services.Renewal:
		return p.h.Text("services.renewal.of", "holder", r.Certificate.Subject)
	}
	return r.Title
}

// state is where a request is, in the service's own words when it has some.
func (p *page) state(r services.Request) (widgets.Meaning, string) {
	switch {
	case r.Withdrawn:
		return widgets.Plain, p.h.Text("services.state.withdrawn")
	case r.State == services.Closed:
		return widgets.Done, p.h.Text("services.state.closed")
	case r.State == services.Prepared:
		return widgets.Waiting, p.h.Text("services.state.prepared")
	case r.Waits(p.h.Now()):
		return widgets.Late, p.h.Text("services.state.yours")
	case r.Step != "":
		return widgets.Waiting, r.Step
	case r.State == services.Asked:
		if _, signed := r.Signed(); signed {
			return widgets.Done, p.h.Text("services.state.signed")
		}
	}
	return widgets.Waiting, p.h.Text("services.state." + string(r.State))
}

func (p *page) erase() {
	p.h.Ask(shell.Question{Title: p.h.Text("services.erase"), Why: p.h.Text("services.erase.why"), Yes: p.h.Text("services.erase.yes"), Plain: true, Dangerous: true}, func(string) {
		p.do("erase", func(ctx context.Context, person string) error {
			_, err := p.o.Counter().Erase(ctx, person)
			return err
		}, func() { p.reload("") })
	})
}

// chooseService shows the catalogue by themes.
func (p *page) chooseService() {
	p.writing = true
	out := []fyne.CanvasObject{widgets.Heading(p.h.Text("services.catalogue"))}
	if p.c.Model {
		out = append(out, widgets.NewNote(widgets.Waiting, p.h.Text("services.model.long")))
	} else {
		out = append(out, widgets.Caption(p.h.Text("services.catalogue.of", "n", strconv.Itoa(p.c.Version), "day", lang.Day(p.c.Made))))
	}
	found := widgets.Wrapped()
	var first fyne.Focusable
	search := widgets.NewEntry(p.h.Text("services.catalogue.search"))
	search.SetIcon(base.SearchIcon())
	search.OnChanged = func(words string) {
		found.Objects, first = p.offered(words)
		shell.LayOut(p.h, found)
		shell.LayOut(p.h, p.detail)
	}
	search.OnKey = func(k *fyne.KeyEvent) bool {
		if down := k.Name == fyne.KeyDown || k.Name == fyne.KeyReturn || k.Name == fyne.KeyEnter; !down || first == nil {
			return false
		}
		widgets.Focus(p.detail, first)
		return true
	}
	found.Objects, first = p.offered("")
	out = append(out, search, found, widgets.Beside(widgets.NewButton(p.h.Text("services.cancel"), nil, func() { p.reload("") })))
	p.say(out...)
	if first != nil {
		widgets.Focus(p.detail, first)
	}
}

// offered are the services of the catalogue that hold some words, by themes, and the first of them.
func (p *page) offered(words string) (out []fyne.CanvasObject, first fyne.Focusable) {
	for _, t := range append(p.c.Themes, services.Theme{Name: p.h.Text("services.theme.other")}) {
		var some []fyne.CanvasObject
		for _, s := range p.c.Services {
			if (s.Theme == t.ID || t.ID == "" && !p.hasTheme(s.Theme)) && holds(t.Name+" "+s.Name+" "+s.About, words) {
				l := widgets.NewLink(s.Name, func() { p.order(s) })
				if first == nil {
					first = l
				}
				some = append(some, l)
			}
		}
		if len(some) > 0 {
			out = append(append(out, widgets.Heading(t.Name)), some...)
		}
	}
	if len(out) == 0 {
		out = append(out, widgets.Caption(p.h.Text("services.catalogue.none")))
	}
	return out, first
}

func (p *page) hasTheme(id string) bool {
	for _, t := range p.c.Themes {
		if t.ID == id {
			return true
		}
	}
	return false
}

// openRequest shows all of a request: what was asked, where it is, what was said.
func (p *page) openRequest(loaded any, id string) {
	all, _ := loaded.([]services.Request)
	for _, r := range all {
		if r.ID == id {
			p.say(p.request(r)...)
		}
	}
}

func (p *page) request(r services.Request) []fyne.CanvasObject {
	now := p.h.Now()
	title := widgets.Heading(p.title(r))
	title.Wrapping = fyne.TextWrapWord
	m, word := p.state(r)
	out := []fyne.CanvasObject{title, widgets.Caption(p.h.Text("services.asked.by", "person", p.name(r.By), "day", lang.DayHour(hours(r.Asked, now)))), widgets.NewBadge(m, word)}
	if r.State == services.Asked && r.Changed.IsZero() {
		out = append(out, widgets.Caption(p.h.Text("services.asked.why")))
	}
	if f, signed := r.Signed(); signed {
		out = append(out, widgets.NewNote(widgets.Done, p.h.Text("services.signed", "at", lang.DayHour(hours(r.Asked, now)))),
			widgets.Beside(widgets.NewButton(p.h.Text("services.signed.open"), base.DocumentIcon(), func() {
				p.h.OpenPDF(p.kept(f))
			})))
	}
	if r.Folder != "" {
		out = append(out, widgets.Beside(widgets.NewButton(p.h.Text("services.folder"), base.NavigateNextIcon(), func() { p.h.Go(shell.Route{Page: "parapheur", Arg: "folder/" + r.Folder}) })))
	}
	if r.Answer != "" {
		out = append(out, widgets.NewNote(m, p.h.Text("services.answer", "day", lang.Day(hours(r.Changed, now)), "text", r.Answer)))
	}
	if r.Urgency != "" {
		out = append(out, widgets.Caption(p.h.Text("services.ticket.kind", "urgency", r.Urgency, "category", r.Category)))
	}
	out = append(out, p.appointment(r)...)
	out = append(out, p.following(r)...)
	for _, a := range r.Answers {
		if a.Value != "" {
			out = append(out, widgets.Field(a.Label, wrapped(a.Value), ""))
		} else {
			out = append(out, widgets.Field(a.Label, widgets.Wrapped(), ""))
		}
		for _, f := range a.Files {
			out = append(out, p.file(f))
		}
	}
	if r.Diagnosis != "" {
		out = append(out, widget.NewAccordion(widget.NewAccordionItem(p.h.Text("services.diagnosis"), widgets.Caption(r.Diagnosis))))
	}
	out = append(out, p.talk(r)...)
	return out
}

// following is what comes after a request that was answered: the order after a quote, the delivery after an order.
func (p *page) following(r services.Request) (out []fyne.CanvasObject) {
	s, known := p.c.Service(r.Service)
	if !known || r.What != services.Ordered || r.Forgotten {
		return nil
	}
	if next, ok := p.c.Service(s.Next); ok && !r.Changed.IsZero() && !r.Withdrawn {
		out = append(out, widgets.Beside(widgets.NewPrimary(p.h.Text("services.next", "name", next.Name), base.NavigateNextIcon(), func() {
			before := map[string]string{}
			for _, a := range r.Answers {
				before[a.Field] = a.Value
			}
			p.orderFrom(next, before)
		})))
	}
	switch {
	case !r.Delivered.IsZero() && r.Reserves != "":
		out = append(out, widgets.NewNote(widgets.Late, p.h.Text("services.delivered.reserves", "day", lang.Day(hours(r.Delivered, p.h.Now())), "text", r.Reserves)))
	case !r.Delivered.IsZero():
		out = append(out, widgets.NewNote(widgets.Done, p.h.Text("services.delivered", "day", lang.Day(hours(r.Delivered, p.h.Now())))))
	case s.Delivered && services.MayDeliver(r) == nil:
		out = append(out, widgets.Beside(widgets.NewButton(p.h.Text("services.deliver"), base.ConfirmIcon(), func() {
			p.h.Ask(shell.Question{Title: p.h.Text("services.deliver"), Why: p.h.Text("services.deliver.why"), Placeholder: p.h.Text("services.deliver.hint"), Yes: p.h.Text("services.deliver.yes"), Lines: 3}, func(reserves string) {
				p.do("deliver", func(ctx context.Context, person string) error {
					return p.o.Counter().Deliver(ctx, person, r.ID, reserves, nil)
				}, func() { p.reload(r.ID) })
			})
		})))
	}
	return out
}

// wrapped is a text that can be selected.
func wrapped(text string) *widgets.Label {
	l := widgets.NewLabel(text)
	l.Wrapping, l.Selectable = fyne.TextWrapWord, true
	return l
}

func (p *page) size(n int64) string {
	if n < 1<<20 {
		return p.h.Text("services.size.kb", "size", lang.Number(int(n+1023)>>10))
	}
	return p.h.Text("services.size.mb", "size", lang.Number(int(n>>20)))
}

// file is a document of a request, which can be saved.
func (p *page) file(f services.File) fyne.CanvasObject {
	return widgets.NewLink(p.h.Text("services.file", "name", f.Name, "size", p.size(f.Size)), func() {
		p.h.Save(p.kept(f))
	})
}

// appointment is what the agency offers for handing something over.
func (p *page) appointment(r services.Request) (out []fyne.CanvasObject) {
	now := p.h.Now()
	if !r.Slot.IsZero() {
		out = append(out, widgets.NewNote(widgets.Done, p.h.Text("services.slot.taken", "at", lang.DayHour(hours(r.Slot, now)))))
	}
	if r.State == services.Closed {
		return out
	}
	for _, s := range r.Slots {
		if s.After(now) && !s.Equal(r.Slot) {
			out = append(out, widgets.Beside(widgets.NewButton(p.h.Text("services.slot.take", "at", lang.DayHour(hours(s, now))), base.ConfirmIcon(), func() {
				p.do("slot", func(ctx context.Context, person string) error { return p.o.Counter().Take(ctx, person, r.ID, s) }, func() { p.reload("") })
			})))
		}
	}
	if len(out) > 0 && r.Slot.IsZero() {
		out = append([]fyne.CanvasObject{widgets.NewNote(widgets.Late, p.h.Text("services.slot.choose"))}, out...)
	}
	return out
}

// talk is what was said of a request, and what can be said or done now.
func (p *page) talk(r services.Request) (out []fyne.CanvasObject) {
	now := p.h.Now()
	if len(r.Talk) > 0 {
		out = append(out, widgets.Heading(p.h.Text("services.talk")))
	}
	for _, m := range r.Talk {
		by := p.c.Agency.Name
		if m.By != "" {
			by = p.name(m.By)
		}
		out = append(out, widgets.Field(p.h.Text("services.talk.by", "by", by, "at", lang.DayHour(hours(m.At, now))), wrapped(m.Text), ""))
		for _, f := range m.Files {
			out = append(out, p.file(f))
		}
	}
	if r.Forgotten {
		return append(out, widgets.Caption(p.h.Text("services.forgotten.why")))
	}
	if r.State == services.Closed {
		return append(out, p.rating(r)...)
	}
	text := widgets.NewText(p.h.Text("services.talk.hint"), 3)
	var files []services.Joined
	text.OnChanged = func(s string) { p.writing = s != "" }
	join := p.joins(p.h.Text("services.files"), "", func() []services.Joined { return files }, func(j services.Joined) { files = append(files, j); p.writing = true }, func(i int) { files = without(files, "", i) })
	send := widgets.NewButton(p.h.Text("services.talk.send"), base.MailSendIcon(), func() {
		words, joined := text.Text, files
		p.do("say", func(ctx context.Context, person string) error {
			return p.o.Counter().Say(ctx, person, r.ID, words, joined)
		}, func() { p.reload("") })
	})
	withdraw := widgets.NewButton(p.h.Text("services.withdraw"), base.CancelIcon(), func() {
		p.h.Ask(shell.Question{Title: p.h.Text("services.withdraw"), Why: p.h.Text("services.withdraw.why"), Placeholder: p.h.Text("services.withdraw.hint"), Yes: p.h.Text("services.withdraw.yes"), Lines: 2}, func(why string) {
			p.do("withdraw", func(ctx context.Context, person string) error { return p.o.Counter().Withdraw(ctx, person, r.ID, why) }, func() { p.reload("") })
		})
	})
	return append(out, widget.NewSeparator(), text, join, widgets.Beside(send, withdraw))
}

// rating is how content the town hall is, once.
func (p *page) rating(r services.Request) []fyne.CanvasObject {
	switch {
	case r.Withdrawn:
		return nil
	case r.Score > 0:
		return []fyne.CanvasObject{widgets.NewNote(widgets.Done, p.h.Text("services.rated", "n", strconv.Itoa(r.Score), "comment", r.Comment))}
	}
	var marks []string
	for n := 1; n <= 5; n++ {
		marks = append(marks, p.h.Text("services.rate."+strconv.Itoa(n)))
	}
	score := widget.NewSelect(marks, nil)
	score.PlaceHolder = p.h.Text("services.choose")
	comment := widgets.NewText(p.h.Text("services.rate.hint"), 2)
	comment.OnChanged = func(s string) { p.writing = s != "" }
	return []fyne.CanvasObject{widgets.Heading(p.h.Text("services.rate")), score, comment, widgets.Beside(widgets.NewButton(p.h.Text("services.rate.send"), base.ConfirmIcon(), func() {
		n, words := score.SelectedIndex()+1, comment.Text
		p.do("rate", func(ctx context.Context, person string) error { return p.o.Counter().Rate(ctx, person, r.ID, n, words) }, func() { p.reload("") })
	}))}
}

// kept is a document of a request or a contract.
func (p *page) kept(f services.File) shell.Document {
	return shell.Made(f.Name, func(ctx context.Context) ([]byte, error) { return p.o.Kept(ctx, f) })
}
