package services

import (
	"context"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/services"
	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/widgets"
)

// form is a service being asked for: its fields are those of the catalogue.
type form struct {
	p       *page
	s       services.Service
	answers map[string]string
	files   []services.Joined
	rows    map[string]fyne.CanvasObject // by field, to hide those that are not asked
	first   fyne.Focusable
	before  map[string]string // what another request answered, that this one begins with
}

// order shows the form of a service.
func (p *page) order(s services.Service) { p.orderFrom(s, nil) }

// orderFrom shows the form of a service with what was answered already, in lines of text, by the field.
func (p *page) orderFrom(s services.Service, before map[string]string) {
	f := &form{p: p, s: s, answers: map[string]string{}, before: before, rows: map[string]fyne.CanvasObject{}}
	p.writing = true
	title := widgets.Heading(s.Name)
	title.Wrapping = fyne.TextWrapWord
	out := []fyne.CanvasObject{title}
	if s.Draft {
		out = append(out, widgets.NewBadge(widgets.Waiting, p.h.Text("services.draft")))
	}
	if s.About != "" {
		out = append(out, widgets.Caption(s.About))
	}
	if s.Personal {
		out = append(out, widgets.NewNote(widgets.Plain, p.h.Text("services.personal", "n", max(s.Months, 1))))
	}
	for _, field := range s.Field {
		r := f.field(field)
		f.rows[field.ID] = r
		out = append(out, r)
	}
	send := p.h.Text("services.order.send")
	if s.Sign != "" {
		out = append(out, widgets.Caption(p.h.Text("services.order.sign.why")))
		send = p.h.Text("services.order.sign")
	}
	out = append(out, widgets.Beside(widgets.NewPrimary(send, base.MailSendIcon(), f.send), widgets.NewButton(p.h.Text("services.cancel"), nil, func() { p.reload("") })))
	f.ask()
	p.say(out...)
	if f.first != nil {
		widgets.Focus(p.detail, f.first)
	}
}

// ask shows the fields that the answers so far call for.
func (f *form) ask() {
	for _, field := range f.s.Field {
		if field.If == "" {
			continue
		}
		if r := f.rows[field.ID]; services.Asks(field, f.answers) {
			r.Show()
		} else {
			r.Hide()
		}
	}
	shell.LayOut(f.p.h, f.p.detail)
}

func (f *form) set(field services.Field, value string) {
	f.answers[field.ID] = value
	f.ask()
}

func (f *form) field(field services.Field) fyne.CanvasObject {
	label := field.Label
	if field.Required {
		label = f.p.h.Text("services.required", "label", label)
	}
	if !field.Known() {
		return widgets.NewNote(widgets.Late, f.p.h.Text("services.unknown", "label", field.Label, "type", string(field.Type)))
	}
	one := func(hint string, read func(string) string) fyne.CanvasObject {
		e := widgets.NewEntry(hint)
		e.OnChanged = func(text string) { f.answers[field.ID] = read(text) }
		e.SetText(f.before[field.ID])
		f.begin(e)
		return question(label, e, field.Help)
	}
	switch field.Type {
	case services.Note:
		return widgets.Caption(field.Label)
	case services.Text:
		e := widgets.NewText("", 4)
		e.OnChanged = func(text string) { f.answers[field.ID] = text }
		e.SetText(f.before[field.ID])
		f.begin(e)
		return question(label, e, field.Help)
	case services.Day:
		return one(f.p.h.Text("services.day.hint"), readDay)
	case services.Month:
		return one(f.p.h.Text("services.month.hint"), same)
	case services.Amount:
		return one(f.p.h.Text("services.amount.hint"), same)
	case services.YesNo:
		c := widget.NewCheck(f.p.h.Text("services.yes"), func(on bool) { f.set(field, map[bool]string{true: "oui"}[on]) })
		return question(label, c, field.Help)
	case services.Choice:
		s := widget.NewSelect(names(field.Options), nil)
		s.PlaceHolder = f.p.h.Text("services.choose")
		s.OnChanged = func(string) { f.set(field, field.Options[s.SelectedIndex()].ID) }
		return question(label, s, field.Help)
	case services.Several:
		g := widget.NewCheckGroup(names(field.Options), nil)
		g.OnChanged = func(chosen []string) {
			var ids []string
			for _, o := range field.Options {
				for _, c := range chosen {
					if c == o.Name {
						ids = append(ids, o.ID)
					}
				}
			}
			f.set(field, strings.Join(ids, "\n"))
		}
		return question(label, g, field.Help)
	case services.Files:
		return f.p.joins(label, field.Help, func() []services.Joined { return of(f.files, field.ID) }, func(j services.Joined) { j.Field = field.ID; f.files = append(f.files, j) },
			func(i int) { f.files = without(f.files, field.ID, i) })
	}
	return one("", same)
}

func (f *form) begin(o fyne.Focusable) {
	if f.first == nil {
		f.first = o
	}
}

// question is one of the catalogue with its answer: its words are the agency's, and wrap.
func question(words string, answer fyne.CanvasObject, help string) fyne.CanvasObject {
	l := wrapped(words)
	l.TextStyle.Bold = true
	out := []fyne.CanvasObject{l, answer}
	if help != "" {
		out = append(out, widgets.Caption(help))
	}
	return widgets.Wrapped(out...)
}

func same(s string) string { return s }

// readDay takes a day as French people write it; what is none is left for the rules to refuse.
func readDay(text string) string {
	if t, err := lang.ParseDay(strings.TrimSpace(text)); err == nil {
		return string(authority.DayOf(t))
	}
	return text
}

func names(options []services.Option) (all []string) {
	for _, o := range options {
		all = append(all, o.Name)
	}
	return all
}

func of(all []services.Joined, field string) (some []services.Joined) {
	for _, j := range all {
		if j.Field == field {
			some = append(some, j)
		}
	}
	return some
}

func without(all []services.Joined, field string, nth int) (rest []services.Joined) {
	for _, j := range all {
		if j.Field == field {
			if nth--; nth == -1 {
				continue
			}
		}
		rest = append(rest, j)
	}
	return rest
}

func (f *form) send() {
	p, s := f.p, f.s
	answers, files := map[string]string{}, append([]services.Joined{}, f.files...)
	for k, v := range f.answers {
		answers[k] = v
	}
	if s.Sign != "" {
		p.do("sign", func(ctx context.Context, person string) error { return p.o.SignOrder(ctx, person, s, answers, files) }, func() { p.reload("") })
		return
	}
	var id string
	p.do("order", func(ctx context.Context, person string) (err error) {
		id, err = p.o.Counter().Order(ctx, person, s, answers, files)
		return err
	}, func() { p.reload(id) })
}

// joins is a field of files: those joined, each with what takes it away, and a button for more.
func (p *page) joins(label, help string, all func() []services.Joined, add func(services.Joined), remove func(int)) fyne.CanvasObject {
	box := widgets.Wrapped()
	var show func()
	show = func() {
		box.Objects = nil
		for i, j := range all() {
			box.Objects = append(box.Objects, container.NewBorder(nil, nil, nil, widgets.NewButton("", base.ContentRemoveIcon(), func() { remove(i); show() }), widgets.Caption(j.Name+" · "+p.size(int64(len(j.Content))))))
		}
		box.Objects = append(box.Objects, widgets.Beside(widgets.NewButton(p.h.Text("services.join"), base.ContentAddIcon(), func() {
			p.h.PickFiles(shell.Files{Title: label, Many: true}, func(paths []string) {
				shell.Load(p.h, "join "+label, func(ctx context.Context) (read []services.Joined, err error) {
					for _, path := range paths {
						name, content, err := p.o.ReadFile(ctx, path)
						if err != nil {
							return nil, err
						}
						read = append(read, services.Joined{Name: name, Content: content})
					}
					return read, nil
				}, func(read []services.Joined) {
					for _, j := range read {
						add(j)
					}
					show()
				})
			})
		})))
		shell.LayOut(p.h, box)
		shell.LayOut(p.h, p.detail)
	}
	show()
	return question(label, box, help)
}
