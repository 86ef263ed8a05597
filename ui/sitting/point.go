package sitting

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/widgets"
)

// The middle of the table: the opening, the point under discussion with its ballot, the end.

func isRecord(s fyne.Shortcut) bool {
	c, ok := s.(*desktop.CustomShortcut)
	return ok && c.Modifier == fyne.KeyModifierControl && (c.KeyName == fyne.KeyReturn || c.KeyName == fyne.KeyEnter)
}

func (t *table) render() {
	t.pick()
	t.fields.Of(t.s.ID + "/" + t.s.Point)
	var o fyne.CanvasObject
	item, open := t.s.Item(t.s.Point)
	switch {
	case t.panel != nil:
		o = t.panel()
	case t.s.Closed:
		o = widgets.NewScroll(t.ended())
	case !open:
		o = widgets.NewScroll(t.opening())
	default:
		o = t.point(item)
	}
	t.middle.Objects = []fyne.CanvasObject{o}
	shell.LayOut(t.p.h, t.middle)
}

// present are the members who sit now.
func (t *table) present() (all []council.Member) {
	for _, id := range t.s.PresentAt("") {
		m, _ := t.s.Member(id)
		all = append(all, m)
	}
	return all
}

// choose is a choice among members; picked is called when another is taken.
func choose(members []council.Member, hint, now string, picked func(council.Member)) *widget.Select {
	var names []string
	for _, m := range members {
		names = append(names, m.Name)
	}
	c := widget.NewSelect(names, nil)
	c.PlaceHolder = hint
	if i := slices.IndexFunc(members, func(m council.Member) bool { return m.ID == now }); i >= 0 {
		c.SetSelectedIndex(i)
	}
	c.OnChanged = func(string) {
		if i := c.SelectedIndex(); i >= 0 && picked != nil {
			picked(members[i])
		}
	}
	return c
}

// opening is what comes before the first point: call, secretary, urgency.
func (t *table) opening() *fyne.Container {
	s := t.s
	body := widgets.Wrapped(widgets.Heading(t.text("opening")), widgets.Caption(t.text("opening.help")))
	secretary := choose(t.present(), t.text("secretary.choose"), s.Secretary, func(m council.Member) { t.do("secretary", council.NameSecretary{Member: m.ID}) })
	aux := t.fields.Entry("auxiliaries", t.text("auxiliaries.hint"), strings.Join(s.Auxiliaries, ", "))
	aux.OnSubmitted = func(text string) {
		t.doThen("auxiliaries", council.NameAuxiliaries{Names: listed(text)}, t.fields.Given("auxiliaries"))
	}
	body.Add(widgets.Field(t.text("secretary"), secretary, t.text("secretary.help")))
	body.Add(widgets.Field(t.text("auxiliaries"), aux, ""))
	body.Add(t.presides(council.Item{}))
	t.proxies(body)
	if s.Remote != nil {
		recording := t.fields.Entry("recording", "https://", s.Remote.Recording)
		recording.OnSubmitted = func(text string) {
			t.doThen("recording", council.KeepRecording{Link: text}, t.fields.Given("recording"))
		}
		body.Add(widgets.Field(t.text("recording"), recording, t.text("recording.help")))
	}
	if err := council.CheckUrgency(s); err != nil {
		what, _, todo := shell.Explain(t.p.h.Lang(), err)
		body.Add(widgets.NewNote(widgets.Late, what+" "+todo))
		body.Add(container.NewHBox(widgets.NewPrimary(t.text("urgency.accept"), nil, func() { t.do("urgency", council.RuleUrgency{Urgency: council.Urgency{Accepted: true}}) }),
			widgets.NewButton(t.text("urgency.refuse"), nil, func() { t.do("urgency", council.RuleUrgency{}) })))
	}
	t.addNext(body)
	return body
}

func (t *table) addNext(body *fyne.Container) {
	id := next(t.s)
	item, ok := t.s.Item(id)
	if !ok {
		body.Add(widgets.NewNote(widgets.Done, t.text("agenda.done")))
		body.Add(container.NewHBox(widgets.NewPrimary(t.text("end"), nil, func() { t.open(t.endPanel) })))
		return
	}
	body.Add(container.NewHBox(widgets.NewPrimary(t.text("next", "no", number(t.s, item)), base.NavigateNextIcon(), func() { t.openPoint(id) })))
}

// presides tells who presides a point and lets another be named.
func (t *table) presides(item council.Item) fyne.CanvasObject {
	present := without(t.s.PresentAt(""), t.s.Interested(item.Deliberation))
	id, why := council.Presiding(t.s, item.Deliberation, present)
	words := t.text("chair.none")
	if m, ok := t.s.Member(id); ok {
		words = t.text("chair.is", "name", m.Name, "why", why)
	}
	change := widgets.NewButton(t.text("chair.change"), nil, func() { t.open(func() fyne.CanvasObject { return t.chairPanel(item) }) })
	return container.NewBorder(nil, nil, nil, container.NewCenter(change), widgets.Caption(words))
}

func without(ids, less []string) (left []string) {
	for _, id := range ids {
		if !slices.Contains(less, id) {
			left = append(left, id)
		}
	}
	return left
}

func (t *table) proxies(body *fyne.Container) {
	for _, x := range t.s.Proxies {
		revoke := widgets.NewButton(t.text("proxy.revoke"), nil, func() { t.do("revoke", council.RevokeProxy{From: x.From}) })
		body.Add(container.NewBorder(nil, nil, nil, revoke, widgets.Caption(t.text("proxy.is", "from", memberName(t.s, x.From), "to", memberName(t.s, x.To), "day", shortDay(x.Day)))))
	}
	body.Add(container.NewHBox(widgets.NewButton(t.text("proxy.add"), base.ContentAddIcon(), func() { t.open(func() fyne.CanvasObject { return t.proxyPanel("") }) })))
}

func shortDay(d authority.Day) string { return d.Time().Format("02/01/2006") }

// point is the point under discussion.
func (t *table) point(item council.Item) fyne.CanvasObject {
	s := t.s
	title := widgets.Heading(t.text("point", "no", number(s, item), "subject", item.Subject))
	title.Wrapping = fyne.TextWrapWord
	top := widgets.Wrapped(title)
	if m, ok := s.Member(item.Reporter); ok {
		top.Add(widgets.Caption(t.text("reporter.is", "name", m.Name)))
	}
	for _, o := range item.Opinions {
		top.Add(widgets.Caption(t.text("opinion.is", "commission", o.Commission, "words", o.Words)))
	}
	for i, a := range s.Amendments {
		if a.Point == item.Deliberation {
			t.amendment(top, i+1, a)
		}
	}
	if _, settled := outcome(s, item.Deliberation); settled {
		t.settled(top, item)
		return widgets.NewScroll(top)
	}
	top.Add(t.presides(item))
	if item.Accounts {
		t.accounts(top, item)
	}
	if item.Nomination || item.Election {
		t.nomination(top, item)
		t.foot(top, item)
		return widgets.NewScroll(top)
	}
	t.manner(top, item)
	foot := container.NewVBox(t.tally)
	t.count()
	t.foot(foot, item)
	if t.ballot.manner == council.Secret {
		t.papers(top)
		top.Add(foot)
		return widgets.NewScroll(top)
	}
	t.voters.Refresh()
	return container.NewBorder(top, foot, nil, nil, t.voters)
}

func (t *table) amendment(top *fyne.Container, n int, a council.Amendment) {
	words := t.text("amendment.line", "no", n, "name", memberName(t.s, a.Author), "text", a.Text)
	switch {
	case a.Withdrawn:
		top.Add(widgets.Caption(words + " — " + t.text("amendment.withdrawn")))
	case a.Vote != nil && a.Vote.Adopted:
		t.adopted(top, words+" — "+a.Vote.Why, a)
	case a.Vote != nil:
		top.Add(widgets.NewNote(widgets.Refused, words+" — "+a.Vote.Why))
	default:
		withdraw := widgets.NewButton(t.text("amendment.withdraw"), nil, func() { t.do("amendment", council.WithdrawAmendment{ID: a.ID}) })
		top.Add(container.NewBorder(nil, nil, nil, container.NewCenter(withdraw), widgets.NewNote(widgets.Waiting, words)))
	}
}

// adopted is an amendment that the text must hold before it is numbered.
func (t *table) adopted(top *fyne.Container, words string, a council.Amendment) {
	d, known := t.p.now.texts[a.Point]
	left := known && slices.ContainsFunc(council.Uncarried(t.s, d), func(x council.Amendment) bool { return x.ID == a.ID })
	_, voted := t.s.Vote(a.Point)
	switch {
	case !left:
		top.Add(widgets.NewNote(widgets.Done, words+" "+t.text("amendment.carried")))
	case !voted:
		top.Add(widgets.NewNote(widgets.Done, words+" "+t.text("amendment.carry")))
	default:
		top.Add(widgets.NewNote(widgets.Late, words+" "+t.text("amendment.carry")))
		top.Add(container.NewHBox(widgets.NewPrimary(t.text("amendment.carry.open"), base.DocumentCreateIcon(), func() {
			t.open(func() fyne.CanvasObject { return t.carryPanel(a) })
		})))
	}
}

// accounts tells that the mayor goes out, and does it in one press.
func (t *table) accounts(top *fyne.Container, item council.Item) {
	mayor := ""
	for _, m := range t.s.Members {
		if m.Mayor {
			mayor = m.ID
		}
	}
	if mayor == "" || slices.Contains(t.s.Interested(item.Deliberation), mayor) {
		return
	}
	out := widgets.NewButton(t.text("accounts.out"), nil, func() {
		t.do("out", council.GoOut{Interest: council.Interest{Point: item.Deliberation, Member: mayor}})
	})
	top.Add(container.NewBorder(nil, nil, nil, container.NewCenter(out), widgets.NewNote(widgets.Late, t.text("accounts"))))
}

// manner is how the ballot is held, and who asked for it.
func (t *table) manner(top *fyne.Container, item council.Item) {
	b := t.ballot
	manners := []council.Manner{council.Ordinary, council.Public, council.Secret}
	words := []string{t.text("manner.ordinary"), t.text("manner.public"), t.text("manner.secret")}
	radio := widget.NewRadioGroup(words, nil)
	radio.Horizontal, radio.Required = true, true
	radio.Selected = words[slices.Index(manners, b.manner)]
	radio.OnChanged = func(w string) {
		if i := slices.Index(words, w); i >= 0 {
			b.manner = manners[i]
			t.render()
			t.project()
		}
	}
	if b.amendment != "" {
		top.Add(widgets.NewNote(widgets.Waiting, t.text("amendment.first")))
	}
	asked := func(value *int, key string) *widgets.Entry {
		e := t.fields.Entry(b.amendment+"/"+key, t.text(key), digits(*value))
		e.OnChanged = func(text string) {
			n, _ := strconv.Atoi(strings.TrimSpace(text))
			*value = max(n, 0)
			t.count()
		}
		return e
	}
	top.Add(radio)
	if t.s.Remote != nil {
		return // the ballots are public there, whoever asks (CGCT, art. L5211-11-1)
	}
	line := container.NewGridWithColumns(2)
	if council.BodyOf(t.s.Kind).PublicAsked {
		line.Add(asked(&b.askedPublic, "asked.public"))
	}
	line.Add(asked(&b.askedSecret, "asked.secret"))
	top.Add(line)
}

// papers are the figures of a secret ballot.
func (t *table) papers(top *fyne.Container) {
	b := t.ballot
	grid := container.NewGridWithColumns(4)
	for _, f := range []struct {
		key   string
		value *int
	}{{"for", &b.papers.For}, {"against", &b.papers.Against}, {"blank", &b.papers.Abstained}, {"refused", &b.papers.NotVoting}} {
		e := t.fields.Entry(b.amendment+"/papers."+f.key, "0", digits(*f.value))
		e.OnChanged = func(text string) {
			n, err := strconv.Atoi(strings.TrimSpace(text))
			if *f.value = n; err != nil {
				*f.value = 0
			}
			b.counted = true
			t.count()
		}
		grid.Add(widgets.Field(t.text("papers."+f.key), e, ""))
	}
	top.Add(widgets.Caption(t.text("papers.help", "n", len(t.names))))
	top.Add(grid)
}

// digits is a figure in its field, empty for none.
func digits(n int) string {
	if n <= 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// count shows the ballot as it would be judged now, with the rule that acts.
func (t *table) count() {
	t.tally.Objects = nil
	if t.ballot == nil {
		return
	}
	b := t.ballot
	var words fyne.CanvasObject
	v, err := council.Judge(t.s, b.cast(t.s), "")
	switch {
	case b.manner == council.Secret && !b.counted:
		words = widgets.Caption(t.text("papers.wait"))
	case err != nil:
		what, _, todo := shell.Explain(t.p.h.Lang(), err)
		words = widgets.NewNote(widgets.Late, what+" "+todo)
	default:
		m := widgets.Refused
		if v.Adopted {
			m = widgets.Done
		}
		why := v.Why
		if v.Figures.Abstained+v.Figures.NotVoting > 0 {
			why += " " + figures(t.p.h, v.Figures, false)
		}
		words = widgets.NewNote(m, t.text("tally", "why", why))
	}
	t.tally.Objects = []fyne.CanvasObject{widgets.Wrapped(words)}
	shell.LayOut(t.p.h, t.tally)
	t.project()
}

func (t *table) project() { t.p.projector.show(t.s, t.p.now.texts, t.ballot) }

// foot is what may be done with the point.
func (t *table) foot(box *fyne.Container, item council.Item) {
	id := item.Deliberation
	button := func(key string, tapped func()) *widgets.Button {
		return widgets.NewButton(t.text(key), nil, tapped)
	}
	first := container.NewHBox()
	if t.ballot != nil {
		key := "vote"
		if t.ballot.amendment != "" {
			key = "vote.amendment"
		}
		first.Add(widgets.NewPrimary(t.text(key), base.ConfirmIcon(), t.record))
	}
	first.Add(button("amend", func() { t.open(func() fyne.CanvasObject { return t.amendPanel(item) }) }))
	first.Add(button("note", func() { t.open(func() fyne.CanvasObject { return t.notePanel(item) }) }))
	first.Add(button("outside", func() { t.open(func() fyne.CanvasObject { return t.outsidePanel(item) }) }))
	second := container.NewHBox(button("informed", func() { t.aside(id, council.Informed) }), button("postpone", func() { t.aside(id, council.Postponed) }), button("withdraw", func() { t.aside(id, council.Withdrawn) }))
	box.Add(first)
	box.Add(second)
}

func (t *table) aside(id string, as council.Settling) {
	t.do("aside", council.SetAside{Aside: council.Aside{Point: id, As: as}})
}

func (t *table) record() {
	b := t.ballot
	t.doThen("vote", council.Cast{Ballot: b.cast(t.s)}, func() { t.ballot = nil })
}

// voterRow is a vote by name.
func (t *table) voterRow(i int, _ bool, o fyne.CanvasObject) {
	if i >= len(t.names) || t.ballot == nil {
		return
	}
	v := t.names[i]
	m, _ := t.s.Member(v.id)
	detail := ""
	if v.holder != "" {
		detail = t.text("proxy.to", "name", memberName(t.s, v.holder))
	}
	chosen := t.ballot.choices[v.id]
	if chosen == "" {
		chosen = council.For
	}
	o.(*choices).set(m.Name, detail, widgets.Plain, string(chosen), false, func(to string) { t.choose(v.id, to); widgets.Focus(t.voters, t.voters) })
}

func (t *table) choose(member, to string) {
	if to == goesOut {
		t.do("out", council.GoOut{Interest: council.Interest{Point: t.s.Point, Member: member}})
		return
	}
	t.ballot.choices[member] = council.Choice(to)
	t.voters.Refresh()
	t.count()
}

func (t *table) voterKey(r rune) bool {
	i := t.voters.Cursor()
	if i < 0 || i >= len(t.names) {
		return false
	}
	if r == 'r' || r == 'R' {
		t.choose(t.names[i].id, goesOut)
		return true
	}
	c, ok := choiceOf(r)
	if ok {
		t.choose(t.names[i].id, string(c))
		t.voters.SetCursor(i + 1)
	}
	return ok
}

// settled is a point that has ended.
func (t *table) settled(top *fyne.Container, item council.Item) {
	id := item.Deliberation
	if v, ok := t.s.Vote(id); ok {
		m := widgets.Refused
		if v.Adopted {
			m = widgets.Done
		}
		top.Add(widgets.NewNote(m, v.Why))
		if words := figures(t.p.h, v.Figures, v.ByRight); words != "" {
			top.Add(widgets.Caption(words))
		}
		top.Add(widgets.Caption(v.Quorum.Words))
		if d, known := t.p.now.texts[id]; known && d.Status == council.StatusDraft {
			top.Add(container.NewHBox(widgets.NewButton(t.text("finalise"), nil, func() {
				t.p.act("finalise", func(ctx context.Context, person string) error {
					_, err := t.p.o.Council().Finalise(ctx, person, id, t.s.ID)
					return err
				}, func() { t.p.h.Toast(shell.Done, t.text("finalised"), nil); t.p.load() })
			})))
		} else if known {
			top.Add(widgets.NewNote(widgets.Done, t.text("numbered", "no", d.Number)))
		}
	} else {
		key, _ := outcome(t.s, id)
		top.Add(widgets.NewNote(widgets.Waiting, t.text("outcome."+key)))
	}
	for _, r := range rounds(t.s, id) {
		top.Add(widgets.Caption(t.text("round", "no", r.N) + " " + r.Why))
	}
	if !t.s.Closed {
		t.addNext(top)
	}
}

// nomination is a round of voting on people (CGCT, art. L2121-21).
func (t *table) nomination(top *fyne.Container, item council.Item) {
	s := t.s
	held := rounds(s, item.Deliberation)
	for _, r := range held {
		top.Add(widgets.NewNote(widgets.Waiting, t.text("round", "no", r.N)+" "+r.Why))
	}
	voting := len(voters(s, item.Deliberation))
	top.Add(widgets.Caption(t.text("round.help", "no", len(held)+1, "voters", voting)))
	const rows = 4
	type line struct{ name, votes *widgets.Entry }
	var lines []line
	grid := container.NewVBox()
	var before []council.Candidate
	if len(held) > 0 {
		before = held[len(held)-1].Candidates
	}
	for i := range max(rows, len(before)) {
		name, known := fmt.Sprintf("round/%d/%d/", len(held), i), ""
		if i < len(before) {
			known = before[i].Name
		}
		l := line{t.fields.Entry(name+"name", t.text("candidate"), known), t.fields.Entry(name+"votes", t.text("candidate.votes"), "")}
		lines = append(lines, l)
		grid.Add(container.NewBorder(nil, nil, nil, container.NewGridWrap(fyne.NewSize(90, l.votes.MinSize().Height), l.votes), l.name))
	}
	round := fmt.Sprintf("round/%d/", len(held))
	blank, none := t.fields.Entry(round+"blank", "0", ""), t.fields.Entry(round+"none", "0", "")
	candidates := func() (all []council.Candidate) {
		for _, l := range lines {
			if name := strings.TrimSpace(l.name.Text); name != "" {
				n, _ := strconv.Atoi(strings.TrimSpace(l.votes.Text))
				all = append(all, candidate(s, name, n))
			}
		}
		return all
	}
	number := func(e *widgets.Entry) int { n, _ := strconv.Atoi(strings.TrimSpace(e.Text)); return n }
	top.Add(grid)
	top.Add(container.NewGridWithColumns(2, widgets.Field(t.text("papers.blank"), blank, ""), widgets.Field(t.text("papers.refused"), none, "")))
	top.Add(container.NewHBox(
		widgets.NewPrimary(t.text("round.record"), base.ConfirmIcon(), func() {
			t.do("round", council.HoldRound{Point: item.Deliberation, Candidates: candidates(), Blank: number(blank), NotVoting: number(none)})
		}),
		widgets.NewButton(t.text("round.right"), nil, func() {
			all := candidates()
			if err := council.CheckByRight(item, all); err != nil {
				t.tell(err)
				return
			}
			t.do("round", council.NameByRight{Point: item.Deliberation, Candidate: all[0]})
		})))
}

// candidate is a member when a name is one's, else somebody from outside or a list.
func candidate(s council.Sitting, name string, votes int) council.Candidate {
	for _, m := range s.Members {
		if widgets.Matches(m.Name, name) {
			return council.Candidate{ID: m.ID, Name: m.Name, Born: m.Born, Votes: votes}
		}
	}
	return council.Candidate{ID: fmt.Sprintf("name:%s", name), Name: name, Votes: votes}
}

// ended is the sitting once it is closed.
func (t *table) ended() *fyne.Container {
	s := t.s
	body := widgets.Wrapped(widgets.Heading(t.text("ended", "hour", spoken(s.Ended))), container.NewHBox(t.p.after(s.ID)))
	if s.LackedQuorum {
		body.Add(widgets.NewNote(widgets.Late, t.text("ended.quorum", "n", len(s.Remaining()))))
		body.Add(container.NewHBox(widgets.NewPrimary(t.text("second"), nil, func() {
			t.p.live = false
			t.p.summon(form{kind: "second", after: s.ID, points: s.Remaining()})
		})))
	}
	for i, item := range s.Agenda {
		key, _ := outcome(s, item.Deliberation)
		words := t.text("outcome." + key)
		if v, ok := s.Vote(item.Deliberation); ok {
			words = v.Why
		}
		body.Add(widgets.Caption(t.text("point", "no", i+1, "subject", item.Subject) + " — " + words))
	}
	return body
}
