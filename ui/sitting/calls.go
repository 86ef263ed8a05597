package sitting

import (
	"bytes"
	"context"
	"slices"

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

// calls shows how each member is summoned, and the proof that she was: sent by mail, when the line is there; or noted as
// handed over, posted, left in the vault.
//
//	┌ Convocations : 9 membres sur 11 convoqués ──────────────────────┐
//	│ ☐ Mme Maïté FICTIVE   Envoyée par courriel le 3 janvier — lue   │
//	│ ☑ M. Jean MODÈLE      Rien n’est envoyé                         │
//	│ ✓ Mme Maïté FICTIVE : Envoyée. Par courriel, …, en entier       │
//	│ [Envoyer par courriel] ☐ accusé de lecture ☑ annexes            │
//	│ [Noter comme transmise] remise en main propre, le 3/1/2027      │
//	└─────────────────────────────────────────────────────────────────┘
//
// Keys: space ticks a member, Ctrl+A all of them.
type calls struct {
	p       *page
	s       council.Sitting
	rows    []council.Called
	list    *widgets.List
	head    *fyne.Container
	whole   *fyne.Container // what the row under the cursor has no room for
	receipt *widget.Check
	annexes *widget.Check
	way     *widget.Select
	on      *widgets.Entry
	mail    *widgets.Button
	content *fyne.Container
}

// byHand are the ways that a person notes.
var byHand = []council.Way{council.ByHand, council.ByPost, council.ByVault, council.ByOthers}

// summoned leads to the summons of a sitting, saying how many of its members were reached.
func (p *page) summoned(s council.Sitting) fyne.CanvasObject {
	reached := 0
	rows := council.Proof(s, p.now.sent)
	for _, c := range rows {
		if c.Best != nil && c.Best.State == council.Gone {
			reached++
		}
	}
	return widgets.NewButton(p.h.Text("sitting.calls.open", "n", reached, "of", len(rows)), base.MailComposeIcon(), func() {
		p.calling = newCalls(p)
		p.prepare()
		p.h.Schedule(func() { widgets.Focus(p.stack, p.calling.list) })
	})
}

// dayWidth is the room of a day.
const dayWidth = 150

func newCalls(p *page) *calls {
	c := &calls{p: p, head: widgets.Wrapped(), whole: widgets.Wrapped()}
	c.list = widgets.NewList(p.h.Now, func() int { return len(c.rows) }, func() fyne.CanvasObject { return widgets.NewRow(true) }, c.row)
	c.list.Label = func(i int) string { return c.rows[i].Member.Name }
	c.list.Tickable = true
	c.list.OnCursor = func(int) { c.tell() }
	c.receipt = widget.NewCheck(p.h.Text("sitting.calls.receipt"), nil)
	c.annexes = widget.NewCheck(p.h.Text("sitting.calls.annexes"), nil)
	c.annexes.Checked = true
	c.mail = widgets.NewPrimary(p.h.Text("sitting.calls.mail"), base.MailSendIcon(), c.send)
	c.way = widget.NewSelect(nil, nil)
	for _, w := range byHand {
		c.way.Options = append(c.way.Options, p.h.Text("sitting.calls.way."+string(w)))
	}
	c.way.SetSelectedIndex(0)
	c.on = widgets.NewEntry(p.h.Text("sitting.day.hint"))
	c.on.SetText(p.h.Now().Format("02/01/2006"))
	foot := widgets.Wrapped()
	foot.Objects = []fyne.CanvasObject{c.whole, widgets.Beside(c.mail, c.receipt, c.annexes),
		widgets.Beside(widgets.NewButton(p.h.Text("sitting.calls.note"), base.ConfirmIcon(), c.note), c.way, container.NewGridWrap(fyne.NewSize(dayWidth, c.on.MinSize().Height), c.on)),
		widgets.Beside(widgets.NewButton(p.h.Text("sitting.calls.back"), base.NavigateBackIcon(), func() { p.calling = nil; p.prepare() }),
			widgets.NewButton(p.h.Text("sitting.calls.print"), base.DocumentPrintIcon(), c.print), widgets.NewButton(p.h.Text("sitting.calls.save"), base.DocumentSaveIcon(), c.save))}
	c.content = container.NewBorder(c.head, foot, nil, nil, c.list)
	return c
}

func (c *calls) show(s council.Sitting) {
	c.s, c.rows = s, council.Proof(s, c.p.now.sent)
	reached, late, further := 0, 0, 0
	for _, x := range c.rows {
		if x.Best != nil && x.Best.State == council.Gone {
			reached++
		}
		if x.Late {
			late++
		}
		if x.Further {
			further++
		}
	}
	m := widgets.Waiting
	if reached == len(c.rows) {
		m = widgets.Done
	}
	text := c.p.h.Text
	c.head.Objects = []fyne.CanvasObject{widgets.Heading(text("sitting.calls", "day", lang.LongDay(s.At))),
		widgets.NewNote(m, text("sitting.calls.reached", "n", reached, "of", len(c.rows), "latest", lang.LongDay(s.Summons.Latest.Time())))}
	if late > 0 {
		c.head.Add(widgets.NewNote(widgets.Late, text("sitting.calls.late", "n", late, "article", s.Summons.Article)))
	}
	if further > 0 {
		c.head.Add(widgets.NewNote(widgets.Late, text("sitting.calls.further", "n", further)))
	}
	if b := council.BodyOf(s.Kind); b.Informed != "" {
		c.head.Add(widgets.Caption(text("sitting.calls.informed", "article", b.Informed)))
	}
	if !c.p.now.mail {
		c.head.Add(widgets.Caption(text("sitting.calls.nomail")))
	}
	c.mail.Disable()
	if c.p.now.mail && !s.Began() {
		c.mail.Enable()
	}
	c.list.Refresh()
	shell.LayOut(c.p.h, c.head)
	c.tell()
}

// tell says in full what became of the summons under the cursor, the words of a server that sent it back among it.
func (c *calls) tell() {
	c.whole.Objects = nil
	if i := c.list.Cursor(); i >= 0 && i < len(c.rows) && c.rows[i].Best != nil {
		x := c.rows[i]
		m, word, detail := c.told(x)
		c.whole.Add(widgets.NewNote(m, c.p.h.Text("sitting.calls.whole", "name", x.Member.Name, "state", word, "detail", detail)))
		if x.Best.State == council.Bounced {
			c.whole.Add(widgets.Caption(c.p.h.Text("sitting.calls.failed.cure")))
		}
	}
	shell.LayOut(c.p.h, c.content) // the list gives it its room
}

func (c *calls) row(i int, ticked bool, o fyne.CanvasObject) {
	if i >= len(c.rows) {
		return
	}
	x := c.rows[i]
	m, word, detail := c.told(x)
	o.(*widgets.Row).Set(c.p.h.Text("sitting.calls.member", "name", x.Member.Name, "title", x.Member.Title), detail, x.Best == nil, ticked, m, word)
}

// told says what became of a member's summons.
func (c *calls) told(x council.Called) (m widgets.Meaning, word, detail string) {
	text := c.p.h.Text
	d := x.Best
	if d == nil {
		p, _ := authority.Find(c.p.now.people, x.Member.ID)
		switch {
		case p.Paper:
			detail = text("sitting.calls.paper")
		case p.Email == "":
			detail = text("sitting.calls.unknown")
		default:
			detail = p.Email
		}
		return widgets.Plain, text("sitting.calls.none"), detail
	}
	detail = text("sitting.calls.way." + string(d.Way))
	if d.On != "" {
		detail += ", " + text("sitting.calls.on", "day", lang.Day(d.On.Time()))
	}
	if d.Address != "" {
		detail += " — " + d.Address
	}
	switch {
	case !d.Read.IsZero():
		detail += " — " + text("sitting.calls.read", "when", lang.DayHour(d.Read.In(c.s.At.Location())))
	case d.Asked && d.State == council.Gone:
		detail += " — " + text("sitting.calls.unread")
	}
	if d.Words != "" {
		detail += " — " + d.Words
	}
	m = map[council.DeliveryState]widgets.Meaning{council.Gone: widgets.Done, council.Waiting: widgets.Waiting, council.Doubted: widgets.Late, council.Bounced: widgets.Refused, council.Cancelled: widgets.Plain}[d.State]
	if x.Late || x.Further {
		m = widgets.Late
	}
	if x.Further {
		return m, text("sitting.calls.again"), detail
	}
	if d.Way != council.ByMail {
		return m, text("sitting.calls.state.handed"), detail
	}
	return m, text("sitting.calls.state." + string(d.State)), detail
}

// chosen are the members ticked, else those who have nothing yet and take what is sent that way.
func (c *calls) chosen(byMail bool) (all []string) {
	ticked := c.list.Ticked()
	for i, x := range c.rows {
		p, _ := authority.Find(c.p.now.people, x.Member.ID)
		open := x.Best == nil || x.Further || x.Best.State == council.Bounced || x.Best.State == council.Cancelled
		switch {
		case len(ticked) > 0:
			if slices.Contains(ticked, i) {
				all = append(all, x.Member.ID)
			}
		case byMail && open && p.Email != "" && !p.Paper, !byMail && i == c.list.Cursor():
			all = append(all, x.Member.ID)
		}
	}
	return all
}

func (c *calls) send() {
	members := c.chosen(true)
	if len(members) == 0 {
		c.p.h.Toast(shell.Waiting, c.p.h.Text("sitting.calls.nobody"), nil)
		return
	}
	id, m := c.s.ID, council.Mailing{Members: members, Receipt: c.receipt.Checked, Annexes: c.annexes.Checked}
	queued := 0
	c.p.h.Run(shell.Action{ID: "sitting.calls", Label: c.p.h.Text("sitting.calls.sending"),
		Run: func(ctx context.Context, progress shell.Progress) (err error) {
			queued, err = c.p.o.MailSummons(ctx, id, m, func(done, of int) { progress(done, of, "") })
			return err
		},
		Done: func() {
			c.p.h.Toast(shell.Done, c.p.h.Text("sitting.calls.queued", "n", queued), nil)
			c.list.Reset()
			c.p.load()
		},
		Failed: func(err error) {
			c.p.h.Fail(err)
			c.p.load() // the others wait
		}})
}

func (c *calls) note() {
	members := c.chosen(false)
	at, err := lang.ParseDay(c.on.Text)
	if len(members) == 0 || err != nil {
		c.p.h.Toast(shell.Waiting, c.p.h.Text("sitting.calls.which"), nil)
		return
	}
	id, way, day := c.s.ID, byHand[c.way.SelectedIndex()], authority.DayOf(at)
	c.p.act("calls.note", func(ctx context.Context, person string) error {
		for _, m := range members {
			if _, err := c.p.o.Council().Deliver(ctx, person, council.Delivery{Sitting: id, Member: m, Way: way, On: day}); err != nil {
				return err
			}
		}
		return nil
	}, func() { c.list.Reset(); c.p.load() })
}

// print opens the summons of the member under the cursor.
func (c *calls) print() {
	i := c.list.Cursor()
	if i < 0 || i >= len(c.rows) {
		return
	}
	sitting, member := c.s.ID, c.rows[i].Member.ID
	c.p.h.OpenPDF(shell.Made("convocation.pdf", func(ctx context.Context) ([]byte, error) { return c.p.o.PrintSummons(ctx, sitting, member) }))
}

// save writes how each member was summoned, for the file of the sitting.
func (c *calls) save() {
	rows := slices.Clone(c.rows)
	c.p.h.Save(shell.Made("convocations-"+c.s.At.Format("2006-01-02")+".csv", func(context.Context) ([]byte, error) {
		var out bytes.Buffer
		err := widgets.WriteCSV(&out, c.columns(), slices.Values(rows))
		return out.Bytes(), err
	}))
}

// columns are the proof of each summons, as a spreadsheet reads it.
func (c *calls) columns() []widgets.Column[council.Called] {
	column := func(key string, text func(council.Called, council.Delivery) string) widgets.Column[council.Called] {
		return widgets.Column[council.Called]{Title: c.p.h.Text("sitting.calls.column." + key), Text: func(x council.Called) string {
			if x.Best == nil {
				return text(x, council.Delivery{})
			}
			return text(x, *x.Best)
		}}
	}
	return []widgets.Column[council.Called]{
		column("member", func(x council.Called, _ council.Delivery) string { return x.Member.Name }),
		column("state", func(x council.Called, _ council.Delivery) string { _, word, _ := c.told(x); return word }),
		column("way", func(_ council.Called, d council.Delivery) string {
			if d.Way == "" {
				return ""
			}
			return c.p.h.Text("sitting.calls.way." + string(d.Way))
		}),
		column("on", func(_ council.Called, d council.Delivery) string { return string(d.On) }),
		column("address", func(_ council.Called, d council.Delivery) string { return d.Address }),
		column("id", func(_ council.Called, d council.Delivery) string { return d.MessageID }),
		column("paper", func(_ council.Called, d council.Delivery) string {
			if d.Paper == nil {
				return ""
			}
			return d.Paper.String()
		}),
		column("read", func(_ council.Called, d council.Delivery) string {
			if d.Read.IsZero() {
				return ""
			}
			return lang.DayHour(d.Read.In(c.s.At.Location()))
		}),
		column("words", func(_ council.Called, d council.Delivery) string { return d.Words }),
	}
}
