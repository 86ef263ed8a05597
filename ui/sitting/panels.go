package sitting

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

// The forms that stand over the point for a moment.

func (t *table) form(title, help string, fields []fyne.CanvasObject, yes string, do func()) fyne.CanvasObject {
	body := widgets.Wrapped(widgets.Heading(title))
	if help != "" {
		body.Add(widgets.Caption(help))
	}
	for _, f := range fields {
		body.Add(f)
	}
	buttons := container.NewHBox(widgets.NewButton(t.text("form.back"), base.NavigateBackIcon(), t.close))
	if do != nil {
		buttons.Add(widgets.NewPrimary(yes, base.ConfirmIcon(), do))
	}
	body.Add(buttons)
	return widgets.NewScroll(body)
}

// did closes the form once its act is noted.
func (t *table) did(id string, act council.Act) { t.doThen(id, act, t.close) }

// proxyPanel notes a power of a member who is not there, to one who is.
func (t *table) proxyPanel(from string) fyne.CanvasObject {
	s := t.s
	given := map[string]bool{}
	for _, x := range s.Proxies {
		given[x.From] = true
	}
	var absent []council.Member
	for _, m := range s.Members {
		if !given[m.ID] && !s.InRoom(m.ID) {
			absent = append(absent, m)
		}
	}
	proxy := council.Proxy{From: from}
	giver := choose(absent, t.text("choose"), from, func(m council.Member) { proxy.From = m.ID })
	holder := choose(t.present(), t.text("choose"), "", func(m council.Member) { proxy.To = m.ID })
	day := widgets.NewEntry(t.text("day.hint"))
	ill := widget.NewCheck(t.text("proxy.ill"), func(on bool) { proxy.Ill = on })
	return t.form(t.text("proxy.add"), t.text("proxy.help"), []fyne.CanvasObject{widgets.Field(t.text("proxy.from"), giver, ""), widgets.Field(t.text("proxy.holder"), holder, ""),
		widgets.Field(t.text("proxy.day"), day, ""), ill}, t.text("proxy.note"), func() {
		proxy.Day = ""
		if at, err := lang.ParseDay(day.Text); err == nil {
			proxy.Day = authority.DayOf(at) // else the rule says that the day is missing
		}
		t.did("proxy", council.TakeProxy{Proxy: proxy})
	})
}

// chairPanel names who presides.
func (t *table) chairPanel(item council.Item) fyne.CanvasObject {
	titles := []council.Title{council.StandsIn, council.Elected, council.Eldest}
	var words []string
	for _, x := range titles {
		words = append(words, t.text("chair."+string(x)))
	}
	p := council.Presidency{Point: item.Deliberation, Title: council.StandsIn}
	switch {
	case item.Accounts:
		p.Title = council.Elected
	case item.Eldest:
		p.Title = council.Eldest
	}
	radio := widget.NewRadioGroup(words, nil)
	radio.Required = true
	for i, x := range titles {
		if x == p.Title {
			radio.Selected = words[i]
		}
	}
	radio.OnChanged = func(w string) {
		for i := range words {
			if words[i] == w {
				p.Title = titles[i]
			}
		}
	}
	who := choose(t.present(), t.text("chair.choose"), "", func(m council.Member) { p.Member = m.ID })
	return t.form(t.text("chair.change"), "", []fyne.CanvasObject{who, radio}, t.text("chair.do"), func() { t.did("preside", council.Preside{Presidency: p}) })
}

// doorsPanel is the vote on a closed session, without debate.
func (t *table) doorsPanel() fyne.CanvasObject {
	body := council.BodyOf(t.s.Kind)
	by := widget.NewCheck(t.text("doors.chair"), nil)
	asked, votes := widgets.NewEntry("0"), widgets.NewEntry("0")
	present := t.s.PresentAt("")
	voting := len(present) + len(t.s.ProxiesAmong(present))
	return t.form(t.text("doors"), t.text("doors.help", "n", body.ClosedAsked, "voters", voting, "majority", voting/2+1, "article", body.Closed),
		[]fyne.CanvasObject{by, widgets.Field(t.text("doors.asked"), asked, ""), widgets.Field(t.text("doors.for"), votes, "")}, t.text("doors.do"), func() {
			n, _ := strconv.Atoi(strings.TrimSpace(asked.Text))
			f, _ := strconv.Atoi(strings.TrimSpace(votes.Text))
			t.did("doors", council.CloseDoors{Asked: n, ByChair: by.Checked, For: f})
		})
}

// outsidePanel is for a member who represents the authority in a body that the point is about (CGCT, art. L1111-6).
func (t *table) outsidePanel(item council.Item) fyne.CanvasObject {
	matters := []council.Matter{council.MatterAid, council.MatterContract, council.MatterSelf, council.MatterOther}
	i := council.Interest{Point: item.Deliberation, Outside: council.MatterAid}
	var words []string
	for _, m := range matters {
		words = append(words, t.text("outside."+string(m)))
	}
	about := widget.NewRadioGroup(words, func(w string) { i.Outside = matters[max(0, slices.Index(words, w))] })
	about.Required, about.Selected = true, words[0]
	who := choose(t.present(), t.text("outside.who"), "", func(m council.Member) { i.Member = m.ID })
	return t.form(t.text("outside.title"), t.text("outside.help"), []fyne.CanvasObject{who, about}, t.text("outside.do"), func() { t.did("out", council.GoOut{Interest: i}) })
}

func (t *table) amendPanel(item council.Item) fyne.CanvasObject {
	a := council.Amendment{Point: item.Deliberation}
	who := choose(t.present(), t.text("amendment.author"), "", func(m council.Member) { a.Author = m.ID })
	text := widgets.NewText(t.text("amendment.text"), 4)
	return t.form(t.text("amend"), t.text("amendment.help"), []fyne.CanvasObject{who, text}, t.text("amendment.do"), func() {
		a.Text = text.Text
		t.did("amend", council.Amend{Amendment: a})
	})
}

// carryPanel carries an adopted amendment into a paragraph of the text, or notes that the text says it already.
func (t *table) carryPanel(a council.Amendment) fyne.CanvasObject {
	d := t.p.now.texts[a.Point]
	written := d.Text
	written.Blocks = slices.Clone(d.Text.Blocks)
	var names []string
	nth := map[council.BlockKind]int{}
	for _, b := range written.Blocks {
		nth[b.Kind]++
		names = append(names, t.p.h.Text("council.block."+string(b.Kind), "n", nth[b.Kind])+" — "+firstWords(b.Text))
	}
	text := widgets.NewText("", 6)
	at := -1
	which := widget.NewSelect(names, nil)
	which.PlaceHolder = t.text("amendment.carry.choose")
	which.OnChanged = func(string) {
		at = which.SelectedIndex()
		text.SetText(written.Blocks[at].Text)
		widgets.Focus(text, text)
	}
	text.OnChanged = func(words string) {
		if at >= 0 {
			written.Blocks[at].Text = words
		}
	}
	id, sitting := a.Point, t.s.ID
	do := func() {
		t.p.act("carry", func(ctx context.Context, person string) error {
			return t.p.o.Council().Carry(ctx, person, sitting, a.ID, d.Edition, id, written)
		}, func() { t.p.h.Toast(shell.Done, t.text("amendment.carried"), nil); t.close(); t.p.load() })
	}
	already := container.NewHBox(widgets.NewButton(t.text("amendment.carry.already"), nil, func() { written.Blocks = d.Text.Blocks; do() }))
	return t.form(t.text("amendment.carry.open"), t.text("amendment.carry.help"), []fyne.CanvasObject{
		widgets.NewNote(widgets.Waiting, t.text("amendment.is", "name", memberName(t.s, a.Author), "text", a.Text)),
		widgets.Field(t.text("amendment.carry.where"), which, ""), text, already}, t.text("amendment.carry.do"), do)
}

// firstWords are enough of a paragraph to know it by.
func firstWords(text string) string {
	const most = 60
	words := []rune(strings.Join(strings.Fields(text), " "))
	if len(words) > most {
		return string(words[:most]) + "…"
	}
	return string(words)
}

// notePanel writes down what was said, for the minutes (CGCT, art. L2121-15).
func (t *table) notePanel(item council.Item) fyne.CanvasObject {
	n := council.Note{Point: item.Deliberation}
	who := choose(t.asides, t.text("note.by"), "", func(m council.Member) { n.By = m.ID })
	text := widgets.NewText(t.text("note.text"), 6)
	text.SetText(t.note)
	text.OnChanged = func(s string) { t.note = s }
	fields := []fyne.CanvasObject{who, text}
	for _, x := range t.s.Notes {
		if x.Point == item.Deliberation {
			fields = append(fields, widgets.Caption(strings.TrimSpace(x.Hour+" "+memberName(t.s, x.By)+" "+x.Text)))
		}
	}
	return t.form(t.text("note"), t.text("note.help"), fields, t.text("note.do"), func() {
		n.Text = text.Text
		t.doThen("note", council.Write{Note: n}, func() { t.note = ""; t.close() })
	})
}

// endPanel ends the sitting: its agenda done, or its quorum lost.
func (t *table) endPanel() fyne.CanvasObject {
	fields := []fyne.CanvasObject{}
	left := len(t.s.Remaining())
	if left > 0 {
		fields = append(fields, widgets.NewNote(widgets.Late, t.text("end.left", "n", left)))
	}
	if t.s.Secretary == "" {
		fields = append(fields, widgets.NewNote(widgets.Late, t.text("end.secretary")))
	}
	if left > 0 && !t.s.QuorumNow().Reached {
		fields = append(fields, container.NewHBox(widgets.NewButton(t.text("end.quorum"), nil, func() { t.did("end", council.End{LackedQuorum: true}) })))
	}
	return t.form(t.text("end"), t.text("end.help"), fields, t.text("end.do"), func() { t.did("end", council.End{}) })
}

// historyPanel shows what was noted, act by act, those undone too.
func (t *table) historyPanel() fyne.CanvasObject {
	var fields []fyne.CanvasObject
	acts := t.p.now.history
	for i := len(acts) - 1; i >= 0; i-- {
		n := acts[i]
		words := t.text("history.line", "hour", lang.Hour(n.At.In(t.s.At.Location())), "what", n.Words(t.s), "who", t.p.now.names[n.Actor])
		if n.Undone != "" {
			fields = append(fields, widgets.NewNote(widgets.Refused, words+" — "+t.text("history.undone")))
			continue
		}
		line := widgets.Caption(words)
		if t.s.Closed || n.Kind == council.KindConvened || n.Kind == council.KindUndone {
			fields = append(fields, line)
			continue
		}
		undo := widgets.NewButton(t.text("history.undo"), nil, func() {
			t.doThen("undo", council.Undo{Entry: n.Entry}, func() { t.p.h.Toast(shell.Info, t.text("undone", "what", n.Words(t.s)), nil) })
		})
		fields = append(fields, container.NewBorder(nil, nil, nil, container.NewCenter(undo), line))
	}
	return t.form(t.text("history"), t.text("history.help"), fields, "", nil)
}
