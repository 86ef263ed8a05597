package registers

import (
	"context"
	"errors"
	"reflect"
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
	"alpi40.fr/airial/ui/widgets"
)

// acts shows the orders of a series and a year.
func (p *page) acts(series council.Series, year int) {
	type state struct {
		orders    []registers.Order
		twice     map[string]bool
		now, next council.Scheme
	}
	arg := p.arg
	shell.Load(p.h, "acts", func(ctx context.Context) (s state, err error) {
		if s.orders, err = p.o.Registers().Orders(ctx, series, year); err != nil {
			return s, err
		}
		if s.twice, err = p.o.Registers().Doubles(ctx); err != nil {
			return s, err
		}
		s.now, s.next, err = p.o.Council().Scheme(ctx, series)
		return s, err
	}, func(s state) {
		if !p.mayShow(arg) {
			return
		}
		body := widgets.Wrapped()
		p.cover(body, series, year)
		p.begin(body, series)
		body.Add(widgets.Heading(p.h.Text("registers.acts")))
		if len(s.orders) == 0 {
			body.Add(widgets.Caption(p.h.Text("registers.acts.none")))
		}
		for _, o := range slices.Backward(s.orders) {
			p.act(body, o, s.twice[o.Number])
		}
		if year == p.h.Now().Year() {
			p.numbers(body, series, s.now, s.next, registers.OrderNumbers(series))
		}
		p.put(body)
	})
}

// begin is the choice of a template.
func (p *page) begin(body *fyne.Container, series council.Series) {
	names, keys := []string{p.h.Text("registers.free")}, []string{""}
	for _, t := range p.o.Registers().Library().Of(series) {
		names, keys = append(names, p.h.Text("registers.template", "name", t.Name, "status", t.Status)), append(keys, t.Key)
	}
	choice := p.form.Select("template", names, names[0])
	add := widgets.NewPrimary(p.h.Text("registers.new."+string(series)), base.ContentAddIcon(), func() {
		key, id := keys[max(choice.SelectedIndex(), 0)], ""
		p.h.Run(shell.Action{ID: "registers.draft", Label: p.h.Text("registers.doing"),
			Run: func(ctx context.Context, _ shell.Progress) error {
				person, err := p.o.Person(ctx)
				if err == nil {
					id, err = p.o.Registers().DraftOrder(ctx, person, series, key)
				}
				return err
			},
			Done: func() { p.draft(id) }})
	})
	body.Add(container.NewBorder(nil, nil, nil, add, choice))
}

// act is a line of the list: its number, subject and state.
func (p *page) act(body *fyne.Container, o registers.Order, twice bool) {
	subject := o.Text.Subject()
	if subject == "" {
		subject = p.h.Text("registers.untitled")
	}
	b := widgets.NewButton(strings.TrimSpace(o.Number+" "+subject), base.DocumentIcon(), func() { p.draft(o.ID) })
	b.Alignment = widget.ButtonAlignLeading
	m := widgets.Waiting
	if o.Status == registers.Signed {
		m = widgets.Done
	}
	if twice {
		m = widgets.Late
	}
	body.Add(b)
	words := p.h.Text("registers.order." + string(o.Status))
	if o.Date != "" {
		words = p.h.Text("registers.order.dated", "state", words, "day", lang.Day(o.Date.Time()))
	}
	body.Add(container.NewHBox(widgets.NewBadge(m, words)))
}

// orderText is an order being typed.
type orderText struct {
	p          *page
	order      registers.Order
	blocks     *widgets.Blocks
	values     []*widgets.Entry
	individual *widget.Check
	matter     *widget.Select
	body       fyne.CanvasObject
	saving     bool
}

// draft opens an order.
func (p *page) draft(id string) { p.draftAs(id, nil) }

// draftAs opens an order with a text that was typed after it was last saved; nil: none.
func (p *page) draftAs(id string, typed *registers.OrderText) {
	type state struct {
		order registers.Order
		asked []registers.Followup
		twice bool
		other []registers.Conflict
	}
	p.leaveText()
	p.opening = id
	shell.Load(p.h, "order", func(ctx context.Context) (s state, err error) {
		o, err := p.o.Registers().Order(ctx, id)
		if err != nil {
			return s, err
		}
		s.order = *o
		twice, err := p.o.Registers().Doubles(ctx)
		if err != nil {
			return s, err
		}
		s.twice = twice[o.Number]
		if s.other, err = p.conflicts(ctx, "order/"+id); err != nil {
			return s, err
		}
		asked, err := p.o.Registers().Followups(ctx, "")
		for _, f := range asked {
			if f.Act == id {
				s.asked = append(s.asked, f)
			}
		}
		return s, err
	}, func(s state) {
		if p.opening == id { // she did not go elsewhere meanwhile
			w := &orderText{p: p, order: s.order}
			if typed != nil {
				w.order.Text = *typed
			}
			p.editOrder(w, s.asked, s.twice, s.other)
			w.order.Text = s.order.Text
		}
	})
}

func (p *page) editOrder(w *orderText, asked []registers.Followup, twice bool, conflicts []registers.Conflict) {
	o := w.order
	p.writes, p.opening = w, ""
	p.form.Of("order/" + o.ID)
	title := widgets.Heading(strings.TrimSpace(p.h.Text("registers.one."+string(o.Series)) + " " + o.Number))
	title.Wrapping = fyne.TextWrapWord
	back := widgets.Beside(widgets.NewButton(p.h.Text("registers.back"), base.NavigateBackIcon(), p.stop))
	body := widgets.Wrapped(back, title, widgets.NewBadge(map[bool]widgets.Meaning{true: widgets.Done, false: widgets.Waiting}[o.Status == registers.Signed], p.h.Text("registers.order."+string(o.Status))))
	for _, c := range conflicts {
		var other *otherText
		if c.Order != nil {
			other = &otherText{registers.CompareOrders(o.Text, c.Order.Text), func(ctx context.Context) ([]byte, error) {
				d, err := p.o.Registers().PrintOrder(ctx, *c.Order)
				return d.PDF, err
			}}
		}
		p.disagree(body, c, other)
	}
	if twice {
		body.Add(widgets.NewNote(widgets.Late, p.h.Text("registers.double", "number", o.Number)))
		body.Add(widgets.Beside(widgets.NewButton(p.h.Text("registers.renumber"), nil, func() {
			p.runThen("renumber", func(ctx context.Context, person string) error {
				_, err := p.o.Registers().RenumberOrder(ctx, person, o.ID)
				return err
			}, func() { p.draft(o.ID) })
		})))
	}
	if o.Status == registers.Draft || o.Status == registers.Numbered {
		p.fields(body, w)
	}
	p.orderActs(body, w)
	p.followups(body, asked)
	if o.Number != "" {
		body.Add(widgets.Beside(widgets.NewButton(p.h.Text("registers.ask"), base.ContentAddIcon(), func() { p.leaveText(); p.ask(o.ID, o.Number+" "+o.Text.Subject()) })))
	}
	w.body = body
	p.list.UnselectAll() // a click on the row that it came from goes back to its list
	p.put(body)
	p.see(w.print())
}

// fields edit the text: what varies first, then its blocks.
func (p *page) fields(body *fyne.Container, w *orderText) {
	o := w.order
	for _, v := range o.Text.Variables {
		e := widgets.NewEntry(v.Label)
		e.SetText(v.Value)
		e.OnChanged = func(string) { p.typed() }
		w.values = append(w.values, e)
		body.Add(widgets.Field(v.Label, e, ""))
	}
	var blocks []widgets.Block
	for _, b := range o.Text.Blocks {
		blocks = append(blocks, widgets.Block{Kind: string(b.Kind), Text: b.Text})
	}
	w.blocks = widgets.NewBlocks(func(kind string, nth int) string { return p.h.Text("registers.block."+kind, "n", nth) }, blocks)
	w.blocks.OnChanged = func([]widgets.Block) { p.typed() }
	body.Add(w.blocks)
	adds := container.NewGridWithColumns(3)
	for _, kind := range []council.BlockKind{council.BlockVisa, council.BlockGround, council.BlockArticle} {
		adds.Add(widgets.NewButton(p.h.Text("registers.add."+string(kind)), nil, func() { w.blocks.Insert(string(kind)) }))
	}
	body.Add(adds)
	w.individual = widget.NewCheck(p.h.Text("registers.individual"), func(bool) { p.typed() })
	w.individual.SetChecked(o.Text.Individual)
	body.Add(w.individual)
	if o.Series == council.SeriesDecision {
		w.matter = widget.NewSelect(p.o.Registers().Library().Matters, func(string) { p.typed() })
		w.matter.SetSelected(o.Text.Matter)
		body.Add(widgets.Field(p.h.Text("registers.matter"), w.matter, p.h.Text("registers.matter.help")))
	}
}

// orderActs are the gestures that take an order on.
func (p *page) orderActs(body *fyne.Container, w *orderText) {
	o := w.order
	then := func() { p.draft(o.ID) }
	switch o.Status {
	case registers.Draft:
		signers, names := p.signers()
		first := ""
		if len(names) > 0 {
			first = names[0]
		}
		who := p.form.Select("signer", names, first)
		number := widgets.NewPrimary(p.h.Text("registers.number"), base.ConfirmIcon(), func() {
			i := who.SelectedIndex()
			if i < 0 {
				p.h.Toast(shell.Waiting, p.h.Text("registers.signer.choose"), nil)
				return
			}
			signer := signers[i].ID
			w.saveAnd("number", func(ctx context.Context, person string) error {
				_, err := p.o.Registers().Number(ctx, person, o.ID, signer)
				return err
			})
		})
		body.Add(widgets.Field(p.h.Text("registers.signer"), who, p.h.Text("registers.number.help")))
		body.Add(widgets.Beside(widgets.NewButton(p.h.Text("registers.keep"), base.DocumentSaveIcon(), func() { w.save() }), number))
	case registers.Numbered:
		send := widgets.NewPrimary(p.h.Text("registers.send"), base.MailSendIcon(), func() {
			w.saveAnd("send", func(ctx context.Context, _ string) error { return p.o.SendOrder(ctx, o.ID) })
		})
		body.Add(container.NewHBox(send))
	case registers.Signed:
		key := "known"
		if o.Text.Individual {
			key = "notified"
		}
		if o.Known != "" {
			body.Add(widgets.NewNote(widgets.Done, p.h.Text("registers."+key+".on", "day", lang.Day(o.Known.Time()))))
		} else {
			body.Add(p.dayForm("known", p.h.Text("registers."+key), func(day authority.Day) {
				p.runThen("known", func(ctx context.Context, person string) error {
					return p.o.Registers().MakeKnown(ctx, person, o.ID, day)
				}, then)
			}))
		}
		if o.Series == council.SeriesDecision {
			words, m := p.h.Text("registers.reported.no"), widgets.Waiting
			if o.ReportedOn != "" {
				words, m = p.h.Text("registers.reported.on", "day", lang.Day(o.ReportedOn.Time())), widgets.Done
			}
			body.Add(widgets.NewNote(m, words))
		}
	}
}

// signers are the mayor, then the deputies.
func (p *page) signers() (all []authority.Person, names []string) {
	for _, role := range []authority.Role{authority.RoleMayor, authority.RoleDeputy} {
		for _, x := range p.people {
			if x.Has(role) {
				all, names = append(all, x), append(names, x.Name()+", "+x.Title)
			}
		}
	}
	return all, names
}

// now is the order as it stands on the screen.
func (w *orderText) now() registers.Order {
	o := w.order
	if w.blocks == nil {
		return o
	}
	o.Text.Blocks = nil
	for _, b := range w.blocks.Blocks() {
		o.Text.Blocks = append(o.Text.Blocks, council.Block{Kind: council.BlockKind(b.Kind), Text: b.Text})
	}
	o.Text.Variables = slices.Clone(o.Text.Variables)
	for i, e := range w.values {
		o.Text.Variables[i].Value = e.Text
	}
	o.Text.Individual = w.individual.Checked
	if w.matter != nil {
		o.Text.Matter = w.matter.Selected
	}
	return o
}

// save saves what changed; what is typed while it is being saved is saved next.
func (w *orderText) save() {
	now := w.now()
	if w.saving || reflect.DeepEqual(now.Text, w.order.Text) {
		return
	}
	w.saving = true
	p, id, edition, saved := w.p, w.order.ID, w.order.Edition, (*registers.Order)(nil)
	p.h.Run(shell.Action{ID: "registers.write." + id, Label: p.h.Text("registers.doing"),
		Run: func(ctx context.Context, _ shell.Progress) error {
			person, err := p.o.Person(ctx)
			if err != nil {
				return err
			}
			if err := p.o.Registers().SaveOrder(ctx, person, id, edition, now.Text); err != nil {
				return err
			}
			saved, err = p.o.Registers().Order(ctx, id)
			return err
		},
		Done: func() {
			w.saving = false
			p.h.Toast(shell.Done, p.h.Text("registers.done.write"), nil)
			w.order = *saved // what is typed next starts from it
			if p.writes != writer(w) {
				w.save()
			}
			p.load()
		},
		Failed: func(err error) {
			w.saving = false
			p.h.Fail(err)
			p.back(w, w.body)
		}})
}

// saveAnd saves the text and takes the order one step on. When the step is refused, the text is saved all the same: it is
// shown anew, so that what comes next starts from it.
func (w *orderText) saveAnd(key string, do func(ctx context.Context, person string) error) {
	p, id, edition, text := w.p, w.order.ID, w.order.Edition, w.now().Text
	reopen := func() {
		var since *registers.OrderText
		if now := w.now().Text; !reflect.DeepEqual(now, text) {
			since = &now
		}
		p.writes = nil
		p.draftAs(id, since)
	}
	p.h.Run(shell.Action{ID: "registers." + key, Label: p.h.Text("registers.doing"),
		Run: func(ctx context.Context, _ shell.Progress) error {
			person, err := p.o.Person(ctx)
			if err != nil {
				return err
			}
			if err := p.o.Registers().SaveOrder(ctx, person, id, edition, text); err != nil {
				return err
			}
			return do(ctx, person)
		},
		Done: func() {
			p.h.Toast(shell.Done, p.h.Text("registers.done."+key), nil)
			reopen()
		},
		Failed: func(err error) {
			p.h.Fail(err)
			var lost *registers.OrderNotApplied
			if !errors.As(err, &lost) {
				p.scrolled = "" // from the top, where what lacks is filled in
				reopen()
			}
		}})
}

func (w *orderText) print() (string, maker) {
	o := w.now()
	name := o.Number
	if name == "" {
		name = w.p.h.Text("registers.file.draft")
	}
	return name + ".pdf", func(ctx context.Context) ([]byte, error) {
		if o.Final != nil {
			return w.p.o.Content(ctx, *o.Final)
		}
		d, err := w.p.o.Registers().PrintOrder(ctx, o)
		return d.PDF, err
	}
}
