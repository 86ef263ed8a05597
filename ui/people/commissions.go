package people

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/widgets"
)

// The commissions of the assembly: who sits in each, and the register of their opinions.

// bureau is all that the commissions' panes show, read at once.
type bureau struct {
	self   authority.Authority
	all    []council.Commission
	said   []council.Advice
	groups map[string]string
	drafts []council.Deliberation
}

func (p *page) commissions() {
	shell.Load(p.h, "commissions", func(ctx context.Context) (b bureau, err error) {
		if b.self, err = p.o.People().Self(ctx); err != nil {
			return b, err
		}
		if b.all, b.said, err = p.o.Council().Commissions(ctx); err != nil {
			return b, err
		}
		if b.groups, err = p.o.Council().Groups(ctx, p.today()); err != nil {
			return b, err
		}
		texts, err := p.o.Council().Deliberations(ctx)
		for _, d := range texts {
			if d.Status == council.StatusDraft {
				b.drafts = append(b.drafts, d)
			}
		}
		return b, err
	}, func(b bureau) { p.put(p.bureau(b)) })
}

// put shows something in the pane at the right, from its top.
func (p *page) put(objects []fyne.CanvasObject) {
	p.side.Objects = objects
	shell.LayOut(p.h, p.side)
	p.scroll.ScrollTo(0)
}

func (p *page) bureau(b bureau) []fyne.CanvasObject {
	out := []fyne.CanvasObject{widgets.Heading(p.h.Text("people.commissions.title"))}
	if shares := council.Shares(b.groups, 0, nil); len(shares) > 1 {
		var words []string
		for _, s := range shares {
			group := s.Group
			if group == "" {
				group = p.h.Text("people.group.none")
			}
			words = append(words, p.h.Text("people.group.line", "group", group, "n", s.Members))
		}
		out = append(out, widgets.Caption(p.h.Text("people.groups", "groups", strings.Join(words, ", "))))
	}
	vacant := council.Vacant(b.all, b.groups, p.today())
	for _, c := range b.all {
		if c.In(p.today()) {
			out = append(out, p.commission(b, c, len(vacant[c.ID])))
		}
	}
	if len(b.all) == 0 {
		out = append(out, widgets.Caption(p.h.Text("people.commissions.none")))
	}
	out = append(out, widgets.Beside(widgets.NewButton(p.h.Text("people.commissions.add"), base.ContentAddIcon(), func() {
		p.put(p.commissionForm(b, council.Commission{Formed: p.today()}))
	})))
	out = append(out, widgets.Heading(p.h.Text("people.advices")))
	for _, a := range b.said {
		words := p.h.Text("people.advice.line", "day", lang.Day(a.Day.Time()), "commission", a.Name, "subject", a.Subject, "sense", string(a.Sense))
		if a.Words != "" {
			words += " — " + a.Words
		}
		out = append(out, widgets.Caption(words))
	}
	if len(b.said) == 0 {
		out = append(out, widgets.Caption(p.h.Text("people.advices.none")))
	}
	return append(out, p.adviceForm(b)...)
}

// commission is one of them: who sits, which seats wait, whether each group has a voice.
func (p *page) commission(b bureau, c council.Commission, vacant int) fyne.CanvasObject {
	var names []string
	for _, id := range c.Members {
		x, _ := authority.Find(p.people, id)
		name := x.Name()
		if id == c.Vice {
			name = p.h.Text("people.commission.vice.is", "name", name)
		}
		names = append(names, name)
	}
	words := p.h.Text("people.commission.line", "name", c.Name, "n", len(c.Members), "seats", c.Seats, "members", strings.Join(names, ", "))
	box := widgets.Wrapped(container.NewBorder(nil, nil, nil, container.NewCenter(widgets.NewButton(p.h.Text("people.commission.edit"), base.DocumentCreateIcon(), func() { p.put(p.commissionForm(b, c)) })), widgets.Caption(words)))
	if vacant > 0 {
		box.Add(widgets.NewNote(widgets.Waiting, p.h.Text("people.commission.vacant", "n", vacant)))
	}
	if err := council.CheckPluralism(b.self.Population, council.Shares(b.groups, c.Seats, c.Members), c); err != nil {
		what, _, todo := shell.Explain(p.h.Lang(), err)
		box.Add(widgets.NewNote(widgets.Late, what+" "+todo))
	}
	if c.Vice == "" && c.Formed != "" {
		box.Add(widgets.Caption(p.h.Text("people.commission.first", "day", lang.Day(council.FirstMeeting(c.Formed).Time()))))
	}
	return box
}

func (p *page) commissionForm(b bureau, c council.Commission) []fyne.CanvasObject {
	field := func(key, value string) (*widgets.Entry, fyne.CanvasObject) {
		e := widgets.NewEntry("")
		e.SetText(value)
		return e, widgets.Field(p.h.Text("people.commission."+key), e, "")
	}
	count := ""
	if c.Seats > 0 {
		count = strconv.Itoa(c.Seats)
	}
	name, nameField := field("name", c.Name)
	seats, seatsField := field("seats", count)
	formed, formedField := field("formed", shown(c.Formed))
	until, untilField := field("until", shown(c.Until))
	var ids, names, held []string
	for _, x := range authority.Order(p.people, p.today()) {
		if x.Rank == 1 && x.Has(authority.RoleMayor) {
			continue // presides by right
		}
		label := x.Name()
		if g := b.groups[x.ID]; g != "" {
			label += " — " + g
		}
		ids, names = append(ids, x.ID), append(names, label)
		if slices.Contains(c.Members, x.ID) {
			held = append(held, label)
		}
	}
	checks := widget.NewCheckGroup(names, nil)
	checks.SetSelected(held)
	chosen := func() (all []string) {
		for i, label := range names {
			if slices.Contains(checks.Selected, label) {
				all = append(all, ids[i])
			}
		}
		return all
	}
	vice := widget.NewSelect(append([]string{p.h.Text("people.commission.vice.none")}, names...), nil)
	vice.SetSelectedIndex(1 + slices.Index(ids, c.Vice))
	advice := widgets.Caption("")
	told := func() {
		n := figure(seats.Text)
		advice.SetText(p.h.Text("people.commission.president"))
		if shares := council.Shares(b.groups, n, chosen()); n > 0 && len(shares) > 1 && b.self.Population >= council.Proportional {
			advice.SetText(p.h.Text("people.commission.president") + " " + p.h.Text("people.commission.shares", "shares", council.SharesInWords(shares)))
		}
		shell.LayOut(p.h, p.side)
	}
	seats.OnChanged = func(string) { told() }
	save := func() {
		c.Name, c.Seats, c.Members, c.Vice = strings.TrimSpace(name.Text), figure(seats.Text), chosen(), ""
		if i := vice.SelectedIndex(); i > 0 {
			c.Vice = ids[i-1]
		}
		var ok bool
		if c.Formed, ok = p.day(formed.Text); !ok {
			return
		}
		if c.Until, ok = p.day(until.Text); !ok {
			return
		}
		p.runThen("commission", func(ctx context.Context, person string) error {
			_, err := p.o.Council().PutCommission(ctx, person, c)
			return err
		}, p.commissions)
	}
	told()
	return []fyne.CanvasObject{widgets.Heading(p.h.Text("people.commission.form")), widgets.Columns(2, nameField, seatsField, formedField, untilField), advice,
		widgets.Field(p.h.Text("people.commission.members"), checks, ""), widgets.Field(p.h.Text("people.commission.vice"), vice, ""),
		widgets.Beside(widgets.NewButton(p.h.Text("people.commission.back"), base.NavigateBackIcon(), p.commissions), widgets.NewPrimary(p.h.Text("people.save"), base.DocumentSaveIcon(), save))}
}

// adviceForm writes down what a commission says of a draft.
func (p *page) adviceForm(b bureau) []fyne.CanvasObject {
	var sitting []council.Commission
	which, text := widget.NewSelect(nil, nil), widget.NewSelect(nil, nil)
	for _, c := range b.all {
		if c.In(p.today()) {
			sitting, which.Options = append(sitting, c), append(which.Options, c.Name)
		}
	}
	for _, d := range b.drafts {
		subject := d.Text.Subject()
		if subject == "" {
			subject = p.h.Text("people.advice.untitled")
		}
		text.Options = append(text.Options, subject)
	}
	if len(sitting) == 0 || len(b.drafts) == 0 {
		return nil
	}
	which.SetSelectedIndex(0)
	text.PlaceHolder = p.h.Text("people.advice.choose")
	day, words := widgets.NewEntry(p.h.Text("people.day.hint")), widgets.NewEntry(p.h.Text("people.advice.words.hint"))
	day.SetText(p.h.Now().Format("02/01/2006"))
	senses := council.Senses()
	sense := widget.NewRadioGroup(nil, nil)
	for _, s := range senses {
		sense.Options = append(sense.Options, p.h.Text("people.sense."+string(s)))
	}
	sense.Horizontal, sense.Required = true, true
	sense.SetSelected(sense.Options[0])
	return []fyne.CanvasObject{widgets.Columns(2, widgets.Field(p.h.Text("people.advice.commission"), which, ""), widgets.Field(p.h.Text("people.advice.day"), day, "")),
		widgets.Field(p.h.Text("people.advice.text"), text, ""), sense, widgets.Field(p.h.Text("people.advice.words"), words, p.h.Text("people.advice.help")),
		widgets.Beside(widgets.NewButton(p.h.Text("people.advice.do"), base.ConfirmIcon(), func() {
			at, ok := p.day(day.Text)
			if !ok || text.SelectedIndex() < 0 {
				p.h.Toast(shell.Waiting, p.h.Text("people.advice.choose"), nil)
				return
			}
			a := council.Advice{Commission: sitting[which.SelectedIndex()].ID, Deliberation: b.drafts[text.SelectedIndex()].ID, Day: at, Sense: senses[slices.Index(sense.Options, sense.Selected)], Words: words.Text}
			p.runThen("advice", func(ctx context.Context, person string) error { return p.o.Council().Advise(ctx, person, a) }, p.commissions)
		}))}
}
