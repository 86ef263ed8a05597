package civilstatus

import (
	"context"
	"maps"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/civilstatus"
	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/widgets"
)

var meanings = map[civilstatus.State]widgets.Meaning{civilstatus.Prepared: widgets.Waiting, civilstatus.ToAffix: widgets.Waiting, civilstatus.Affixed: widgets.Done,
	civilstatus.Notified: widgets.Done, civilstatus.Acknowledged: widgets.Done, civilstatus.Withdrawn: widgets.Plain}

// mention shows a mention with what it waits for.
func (p *page) mention(a *civilstatus.Act, m *civilstatus.Mention) []fyne.CanvasObject {
	text := widgets.NewLabel(m.Text)
	text.Wrapping, text.Selectable = fyne.TextWrapWord, true
	state := string(m.State)
	if m.Stood {
		state = map[bool]string{true: "stood", false: "unread"}[m.InMargin()]
	}
	out := []fyne.CanvasObject{widgets.NewBadge(meanings[m.State], p.h.Text("civilstatus.state."+state)), text}
	status := p.h.Text("civilstatus.status."+string(m.Status)) + " " + m.Basis
	switch {
	case m.Stood:
		status = m.Label + p.h.Text("civilstatus.standing.read")
	case m.Quoted:
		status = p.h.Text("civilstatus.quoted") + " " + m.Basis
	}
	out = append(out, widgets.Caption(status))
	caption := func(key string, args ...any) {
		out = append(out, widgets.Caption(p.h.Text("civilstatus."+key, args...)))
	}
	if m.On != "" {
		caption("affixed.on", "day", lang.Day(m.On.Time()))
	}
	if m.Order != "" {
		caption("ordered", "order", m.Order)
	}
	if m.CorrectedBy != "" {
		out = append(out, widgets.NewNote(widgets.Late, p.h.Text("civilstatus.corrected")))
	}
	if m.Dropped != "" {
		caption("withdrawn.why", "why", m.Dropped)
	}
	for _, o := range m.Overrides {
		caption("override", "why", o.Why, "reason", o.Reason)
	}
	for i := range m.Notices {
		out = append(out, p.outgoing(a, m, &m.Notices[i])...)
	}
	if m.Due != "" && (m.State == civilstatus.Prepared || m.State == civilstatus.ToAffix) {
		caption("due", "day", lang.Day(m.Due.Time()))
	}
	for _, row := range p.steps(a, m) {
		out = append(out, widgets.Beside(row...))
	}
	return append(out, widget.NewSeparator())
}

// steps are the buttons of what may be done with a mention, two or three a row.
func (p *page) steps(a *civilstatus.Act, m *civilstatus.Mention) (rows [][]fyne.CanvasObject) {
	id := m.ID
	sheet := widgets.NewButton(p.h.Text("civilstatus.sheet"), base.DocumentPrintIcon(), func() {
		p.print("mention-a-apposer.pdf", func(ctx context.Context) ([]byte, error) {
			d, err := p.o.Acts().Sheet(ctx, a.ID, id)
			return d.PDF, err
		})
	})
	button := func(key string, do func()) fyne.CanvasObject {
		return widgets.NewButton(p.h.Text("civilstatus."+key), nil, do)
	}
	withdraw := button("withdraw", func() {
		why := "civilstatus.withdraw.why"
		if m.Stood {
			why = "civilstatus.standing.withdraw"
		}
		p.h.Ask(shell.Question{Title: p.h.Text("civilstatus.withdraw.title"), Why: p.h.Text(why), Yes: p.h.Text("civilstatus.withdraw.yes"), Required: true}, func(why string) {
			p.run("withdraw", func(ctx context.Context, person string) error { return p.o.Acts().Withdraw(ctx, person, a.ID, id, why) })
		})
	})
	rectify := button("correct", func() { p.form(a, -1, civilstatus.Draft{Code: "RECTIFICATION", Corrects: id}) })
	if m.Stood && m.State == civilstatus.Affixed {
		if m.CorrectedBy == "" {
			return [][]fyne.CanvasObject{{rectify, withdraw}}
		}
		return nil
	}
	switch m.State {
	case civilstatus.Prepared:
		rows = [][]fyne.CanvasObject{{widgets.NewPrimary(p.h.Text("civilstatus.verify"), nil, func() {
			p.run("verify", func(ctx context.Context, person string) error { return p.o.Acts().Verify(ctx, person, a.ID, id) })
		}), withdraw}}
	case civilstatus.ToAffix:
		rows = [][]fyne.CanvasObject{{sheet, widgets.NewPrimary(p.h.Text("civilstatus.affix"), nil, func() { p.affix(a, m) })}, {withdraw}}
	case civilstatus.Affixed, civilstatus.Notified, civilstatus.Acknowledged:
		rows = [][]fyne.CanvasObject{{sheet, widgets.NewButton(p.h.Text("civilstatus.notice"), base.MailSendIcon(), func() { p.sendForm(a, m) })}}
		var more []fyne.CanvasObject
		if m.Analysis && !m.Crossed {
			more = append(more, button("cross", func() {
				p.run("cross", func(ctx context.Context, person string) error { return p.o.Acts().CrossOut(ctx, person, a.ID, id) })
			}))
		}
		if m.State == civilstatus.Affixed && !m.Closed {
			more = append(more, button("nonotice", func() {
				p.run("nonotice", func(ctx context.Context, person string) error { return p.o.Acts().CloseNotices(ctx, person, a.ID, id) })
			}))
		}
		if m.CorrectedBy == "" {
			more = append(more, rectify)
		}
		rows = append(rows, more)
	}
	return rows
}

// affix notes that an officer signed the register by hand today.
func (p *page) affix(a *civilstatus.Act, m *civilstatus.Mention) {
	ask(p, true, p.o.Officers, func(officers []authority.Person) {
		var names []string
		for _, o := range officers {
			names = append(names, o.Name()+", "+o.Title)
		}
		choice := widget.NewRadioGroup(names, nil)
		crossed := widget.NewCheck(p.h.Text("civilstatus.crossed"), nil)
		done := widgets.NewPrimary(p.h.Text("civilstatus.affixed"), base.ConfirmIcon(), func() {
			for i, n := range names {
				if n == choice.Selected {
					p.officer = n
					officer, on, act := officers[i].ID, authority.DayOf(p.h.Now()), p.o.Acts().Affix
					if m.Analysis && crossed.Checked {
						act = p.o.Acts().AffixCrossed
					}
					p.run("affix", func(ctx context.Context, person string) error { return act(ctx, person, a.ID, m.ID, officer, on) })
				}
			}
		})
		done.Disable()
		choice.OnChanged = func(string) { done.Enable() }
		if slices.Contains(names, p.officer) {
			choice.SetSelected(p.officer) // who signs one signs the next
		}
		p.side.Objects = []fyne.CanvasObject{widgets.Heading(p.h.Text("civilstatus.who")), widgets.Caption(p.h.Text("civilstatus.who.why")), choice}
		if m.Analysis {
			p.side.Add(widgets.Caption(p.h.Text("civilstatus.analysis")))
			p.side.Add(crossed)
		}
		p.side.Add(widgets.Beside(widgets.NewButton(p.h.Text("civilstatus.back"), nil, func() { p.open(a.ID) }), done))
		shell.LayOut(p.h, p.side)
	})
}

// form asks for a new mention, and shows it exactly as it will read, with the rules that hold it. at is the place of its
// formula among those of the act; -1 finds it by the draft's code.
func (p *page) form(a *civilstatus.Act, at int, d civilstatus.Draft) {
	ask(p, true, p.o.Acts().Formulas, func(all civilstatus.Catalogue) {
		formulas := slices.DeleteFunc(all.On(a.Kind), civilstatus.Formula.Historical)
		if len(formulas) == 0 {
			return
		}
		for i, f := range formulas {
			if at < 0 && f.Code == d.Code {
				at = i
			}
		}
		(&draftForm{page: p, act: a, formulas: formulas, at: max(at, 0), d: d}).show()
	})
}

// draftForm is a mention being written.
type draftForm struct {
	*page
	act      *civilstatus.Act
	formulas []civilstatus.Formula
	at       int
	d        civilstatus.Draft
	text     *widgets.Label
	holds    *fyne.Container
	held     string // the rules shown
	entries  map[string]*widgets.Entry
}

func (w *draftForm) show() {
	h, f := w.h, w.formulas[w.at]
	w.claim(true)
	w.d.Code = f.Code
	if w.d.Fields == nil {
		w.d.Fields = map[string]string{}
	}
	if w.d.Received == "" {
		w.d.Received = authority.DayOf(h.Now())
	}
	if w.d.Reasons == nil {
		w.d.Reasons = map[civilstatus.Rule]string{}
	}
	var labels []string
	for _, f := range w.formulas {
		label := f.Label
		if f.Status == civilstatus.Drafted {
			label += h.Text("civilstatus.drafted")
		}
		labels = append(labels, label)
	}
	kind := widget.NewSelect(labels, nil)
	kind.SetSelectedIndex(w.at)
	kind.OnChanged = func(string) { w.at = kind.SelectedIndex(); w.show() }
	w.text, w.holds, w.held = widgets.NewLabel(""), widgets.Wrapped(), ""
	w.text.Wrapping = fyne.TextWrapWord
	title := "civilstatus.add"
	if w.d.Corrects != "" {
		title = "civilstatus.correcting"
	}
	w.side.Objects = []fyne.CanvasObject{widgets.Heading(h.Text(title)), kind, widgets.Caption(h.Text("civilstatus.status."+string(f.Status)) + " " + f.Basis)}
	var first *widgets.Entry
	w.entries = map[string]*widgets.Entry{}
	add := func(label, value, hint string, rows int, keep func(string)) *widgets.Entry {
		entry := widgets.NewEntry(hint)
		if rows > 1 {
			entry = widgets.NewText(hint, rows)
		}
		entry.SetText(value)
		if first == nil {
			first = entry
		}
		entry.OnChanged = func(value string) { keep(value); w.preview() }
		w.side.Add(widgets.Field(label, entry, ""))
		return entry
	}
	for _, name := range f.Fields {
		hints := widgets.Wrapped()
		w.entries[name] = add(civilstatus.FieldLabel(name), w.d.Fields[name], "", 1, func(v string) { w.d.Fields[name] = v; w.suggest(name, hints) })
		w.side.Add(hints)
	}
	if f.Text == "" {
		add(h.Text("civilstatus.wording"), w.d.Wording, h.Text("civilstatus.wording.hint"), 3, func(v string) { w.d.Wording = v })
	}
	add(h.Text("civilstatus.source"), w.d.Source, h.Text("civilstatus.source.hint"), 1, func(v string) { w.d.Source = v })
	if w.d.Corrects != "" || w.act.Annulled() {
		add(h.Text("civilstatus.order"), w.d.Order, h.Text("civilstatus.order.hint"), 2, func(v string) { w.d.Order = v })
	}
	for _, o := range []fyne.CanvasObject{widgets.Heading(h.Text("civilstatus.reads")), w.text, w.holds,
		widgets.Beside(widgets.NewButton(h.Text("civilstatus.back"), nil, func() { w.open(w.act.ID) }), widgets.NewPrimary(h.Text("civilstatus.record"), nil, w.record)),
		widgets.Beside(widgets.NewButton(h.Text("civilstatus.formula.source"), base.InfoIcon(), func() { w.formula(f, func() { w.open(w.act.ID) }) }))} {
		w.side.Add(o)
	}
	w.preview()
	shell.LayOut(h, w.side)
	if first != nil {
		widgets.Focus(w.side, first)
	}
}

// suggestions is how many are shown under a field.
const suggestions = 3

// suggest shows under a field what it may be, by what is typed of it: the mouse or the arrows choose, Tab passes over.
func (w *draftForm) suggest(name string, hints *fyne.Container) {
	entry := w.entries[name]
	typed := entry.Text
	shell.Load(w.h, "suggest", func(ctx context.Context) ([]civilstatus.Suggestion, error) {
		return w.o.Acts().Suggest(ctx, name, typed, suggestions)
	}, func(found []civilstatus.Suggestion) {
		if entry.Text != typed {
			return
		}
		hints.Objects = nil
		var offers []*widgets.Offer
		reach := func(i int) {
			switch {
			case i < 0:
				widgets.Focus(w.side, entry)
			case i < len(offers):
				offers[i].Reach()
			}
		}
		entry.OnKey = func(e *fyne.KeyEvent) bool {
			if e.Name == fyne.KeyDown {
				reach(0)
			}
			return e.Name == fyne.KeyDown
		}
		for i, s := range found {
			b := widgets.NewOffer(s.Value, func() {
				for other, value := range s.With {
					if e := w.entries[other]; e != nil && e.Text == "" {
						e.SetText(value)
					}
				}
				entry.SetText(s.Value)
				entry.CursorColumn = len([]rune(s.Value))
				widgets.Focus(w.side, entry)
			})
			b.Alignment = widget.ButtonAlignLeading
			b.OnArrow = func(by int) { reach(i + by) }
			hints.Objects, offers = append(hints.Objects, b), append(offers, b)
		}
		shell.LayOut(w.h, w.side)
	})
}

func (w *draftForm) record() {
	d := w.d
	d.Fields, d.Reasons = maps.Clone(d.Fields), maps.Clone(d.Reasons)
	w.run("record", func(ctx context.Context, person string) error {
		_, err := w.o.Acts().Prepare(ctx, person, w.act.ID, d)
		return err
	})
}

// preview writes the mention as it will read and the rules that hold it, each with room for a reason.
func (w *draftForm) preview() {
	d := w.d
	type checked struct {
		m     civilstatus.Mention
		holds []civilstatus.Hold
		err   error
	}
	d.Fields = maps.Clone(d.Fields)
	shell.Load(w.h, "check", func(ctx context.Context) (c checked, err error) {
		c.m, c.holds, c.err = w.o.Acts().Check(ctx, w.act.ID, d)
		return c, nil
	}, func(c checked) {
		words := c.m.Text
		if c.err != nil {
			words = shell.What(w.h, c.err)
		}
		w.text.SetText(words)
		var held strings.Builder
		for _, x := range c.holds {
			held.WriteString(string(x.Rule) + " ")
		}
		if held.String() == w.held {
			return
		}
		w.held, w.holds.Objects = held.String(), nil
		for _, x := range c.holds {
			reason := widgets.NewEntry(w.h.Text("civilstatus.reason.hint"))
			reason.SetText(w.d.Reasons[x.Rule])
			reason.OnChanged = func(v string) { w.d.Reasons[x.Rule] = v }
			w.holds.Add(widgets.NewNote(widgets.Late, x.Error()))
			w.holds.Add(widgets.Field(w.h.Text("civilstatus.reason"), reason, ""))
		}
		shell.LayOut(w.h, w.side)
	})
}
