package sitting

import (
	"context"
	"fmt"
	"reflect"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/widgets"
)

// table is the laptop on the council's table: members, the point, the agenda.
type table struct {
	p       *page
	s       council.Sitting
	head    *fyne.Container
	quorum  *widgets.Label
	reached *widgets.Badge
	state   string // what the head's buttons are for
	numbers []string
	notice  *fyne.Container // what the law refused, where the act was made
	members *widgets.List
	agenda  *widgets.List
	voters  *widgets.List
	middle  *fyne.Container
	tally   *fyne.Container
	content fyne.CanvasObject

	ballot *ballot
	names  []voter
	// panel is a form over the point; nil: the point itself. One that follows is drawn anew after each act; in the
	// others, what is being typed is not taken away.
	panel   func() fyne.CanvasObject
	follows bool
	asides  []council.Member // delegates, then substitutes
	note    string           // being typed
	fields  widgets.Form     // those of the point
}

func newTable(p *page) *table {
	t := &table{p: p, quorum: widgets.NewLabelWithStyle("", fyne.TextAlignLeading, fyne.TextStyle{Bold: true}), reached: widgets.NewBadge(widgets.Plain, ""), head: container.NewVBox(), notice: container.NewVBox(), middle: container.NewStack(), tally: container.NewVBox()}
	t.members = t.list(func() int { return len(t.asides) }, func() fyne.CanvasObject { return newChoices(t, presences(p)) }, t.memberRow)
	t.quorum.Wrapping = fyne.TextWrapWord
	t.members.OnRune = t.memberKey
	t.agenda = t.list(func() int { return len(t.s.Agenda) }, func() fyne.CanvasObject { return widgets.NewRow(false) }, t.agendaRow)
	t.agenda.OnOpen = func(i int) { t.openPoint(t.s.Agenda[i].Deliberation) }
	t.voters = t.list(func() int { return len(t.names) }, func() fyne.CanvasObject { return newChoices(t, votes(p)) }, t.voterRow)
	t.voters.OnRune = t.voterKey
	left := container.NewBorder(widgets.Heading(p.h.Text("sitting.members")), widgets.Caption(p.h.Text("sitting.members.keys")), nil, nil, t.members)
	right := container.NewBorder(widgets.Heading(p.h.Text("sitting.agenda")), widgets.Caption(p.h.Text("sitting.agenda.keys")), nil, nil, t.agenda)
	panes, keep := widgets.Panes(p.h.Preferences(), "sitting.table", []float64{0.31, 0.62}, left, container.NewBorder(t.notice, nil, nil, nil, t.middle), right)
	p.keep = append(p.keep, keep)
	t.content = container.NewBorder(container.NewPadded(t.head), nil, nil, nil, panes)
	return t
}

func (t *table) list(length func() int, create func() fyne.CanvasObject, update func(int, bool, fyne.CanvasObject)) *widgets.List {
	l := widgets.NewList(t.p.h.Now, length, create, update)
	l.OnShortcut = t.shortcut
	return l
}

func (t *table) panes() []fyne.Focusable {
	panes := []fyne.Focusable{t.members}
	if t.panel == nil && len(t.names) > 0 {
		panes = append(panes, t.voters)
	}
	return append(panes, t.agenda)
}

func (t *table) text(key string, args ...any) string { return t.p.h.Text("sitting."+key, args...) }

func (t *table) shortcut(s fyne.Shortcut) bool {
	if isUndo(s) {
		t.undoLast()
		return true
	}
	if isRecord(s) && t.ballot != nil && t.panel == nil {
		t.record()
		return true
	}
	return false
}

// show shows the sitting as it stands now.
func (t *table) show(s council.Sitting) {
	other := t.s.ID != s.ID || t.s.Point != s.Point
	numbers := []string{}
	for _, item := range s.Agenda {
		d := t.p.now.texts[item.Deliberation]
		numbers = append(numbers, fmt.Sprint(d.Number, len(d.Text.Carried)))
	}
	if reflect.DeepEqual(t.s, s) && slices.Equal(numbers, t.numbers) {
		return // nothing moves under the hand
	}
	t.s, t.numbers = s, numbers
	if other {
		t.panel, t.note = nil, ""
	}
	t.asides = append(append([]council.Member{}, s.Members...), s.Substitutes...)
	t.header()
	t.members.Refresh()
	t.agenda.Refresh()
	if t.panel == nil || t.follows || s.Closed {
		t.render()
	}
}

// pick begins the ballot of the point under discussion, or of its next amendment.
func (t *table) pick() {
	item, open := t.s.Item(t.s.Point)
	_, settled := outcome(t.s, t.s.Point)
	if !open || settled || t.s.Closed || item.Nomination || item.Election {
		t.ballot, t.names = nil, nil
		return
	}
	fresh := newBallot(t.s, item.Deliberation)
	if t.ballot == nil || t.ballot.point != fresh.point || t.ballot.amendment != fresh.amendment {
		t.ballot, t.fields = fresh, widgets.Form{} // what was typed of the one before went with it
	}
	t.names = voters(t.s, item.Deliberation)
}

// do notes an act; what is refused is told over the point.
func (t *table) do(id string, act council.Act) { t.doThen(id, act, func() {}) }

func (t *table) doThen(id string, act council.Act, then func()) {
	p, sitting := t.p, t.s.ID
	p.h.Run(shell.Action{ID: "sitting." + id, Label: p.h.Text("sitting.doing"),
		Run: func(ctx context.Context, _ shell.Progress) error {
			person, err := p.o.Person(ctx)
			if err != nil {
				return err
			}
			return p.o.Council().Record(ctx, person, sitting, act)
		},
		Done:   func() { t.tell(nil); then(); p.load() },
		Failed: t.tell})
}

// tell shows what was refused; nil takes it away.
func (t *table) tell(err error) {
	t.notice.Objects = nil
	if err != nil {
		what, _, todo := shell.Explain(t.p.h.Lang(), err)
		close := widgets.NewButton(t.p.h.Text("shell.close"), nil, func() { t.tell(nil) })
		t.notice.Objects = []fyne.CanvasObject{container.NewBorder(nil, widget.NewSeparator(), nil, container.NewCenter(close),
			widgets.Wrapped(widgets.NewNote(widgets.Refused, what), widgets.NewNote(widgets.Waiting, todo)))}
	}
	shell.LayOut(t.p.h, t.notice)
}

func (t *table) header() {
	p, s := t.p, t.s
	q := s.QuorumNow()
	m := widgets.Late
	if q.Reached {
		m = widgets.Done
	}
	t.reached.Set(m, t.text("quorum"))
	t.quorum.SetText(q.Words + " " + t.text("represented", "n", len(s.ProxiesAmong(s.PresentAt("")))))
	if state := fmt.Sprint(s.ID, s.Closed, s.Suspended(), s.BehindDoors(), s.Began()); state != t.state {
		t.state = state
	} else {
		return // the buttons stay under the pointer
	}
	title := widgets.Heading(p.title(s))
	badges := container.NewHBox(title)
	add := func(m widgets.Meaning, key string) { badges.Add(widgets.NewBadge(m, t.text(key))) }
	switch {
	case s.Closed:
		add(widgets.Done, "status.closed")
	case s.Suspended():
		add(widgets.Late, "status.suspended")
	case s.BehindDoors():
		add(widgets.Late, "status.doors")
	case s.Began():
		add(widgets.Done, "status.public")
	}
	button := func(key string, icon fyne.Resource, tapped func()) *widgets.Button {
		return widgets.NewButton(t.text(key), icon, tapped)
	}
	acts := widgets.Beside(button("back", base.NavigateBackIcon(), func() { p.live = false; p.load() }), button("projector.open", base.ViewFullScreenIcon(), p.projector.open), button("history", base.HistoryIcon(), func() { t.open(t.historyPanel); t.follows = true }))
	if !s.Closed {
		acts.Add(button("undo", base.ContentUndoIcon(), t.undoLast))
		if s.Suspended() {
			acts.Add(button("resume", nil, func() { t.do("pause", council.Resume{}) }))
		} else {
			acts.Add(button("suspend", nil, func() { t.do("pause", council.Suspend{}) }))
		}
		if council.BodyOf(s.Kind).Closed != "" {
			if s.BehindDoors() {
				acts.Add(button("public", nil, func() { t.do("doors", council.OpenDoors{}) }))
			} else {
				acts.Add(button("doors", nil, func() { t.open(t.doorsPanel) }))
			}
		}
		acts.Add(button("end", nil, func() { t.open(t.endPanel) }))
	}
	t.head.Objects = []fyne.CanvasObject{widgets.Apart(badges, acts), container.NewBorder(nil, nil, t.reached, nil, t.quorum)}
	shell.LayOut(p.h, t.head)
}

// memberRow is a member with her three presences.
func (t *table) memberRow(i int, _ bool, o fyne.CanvasObject) {
	if i >= len(t.asides) {
		return
	}
	m, s := t.asides[i], t.s
	a := s.Calls[m.ID]
	detail, mean := m.Title, widgets.Plain
	at := ""
	switch {
	case s.InRoom(m.ID):
		at, mean = string(council.Present), widgets.Done
		if a.Arrived != "" {
			detail = t.text("arrived", "hour", spoken(a.Arrived))
		}
	case a.Presence == council.Present:
		at, mean, detail = string(council.Absent), widgets.Late, t.text("left", "hour", spoken(a.Left))
	case a.Presence != "":
		at = string(a.Presence)
	}
	for _, x := range s.Proxies {
		if x.From == m.ID {
			detail, mean = t.text("proxy.to", "name", memberName(s, x.To)), widgets.Waiting
		}
		if x.To == m.ID {
			detail = t.text("proxy.of", "name", memberName(s, x.From))
		}
	}
	if m.For != "" {
		detail = t.text("substitute", "name", memberName(s, m.For))
	}
	if m.ID == s.Secretary {
		detail = t.text("secretary.is") + " · " + detail
	}
	for _, id := range s.Interested(s.Point) {
		if id == m.ID && s.Point != "" {
			detail, mean = t.text("out"), widgets.Late
		}
	}
	o.(*choices).set(m.Name, detail, mean, at, s.Closed, func(to string) { t.mark(m.ID, council.Presence(to)); widgets.Focus(t.members, t.members) })
}

func (t *table) mark(member string, to council.Presence) {
	if act := mark(t.s, member, to); act != nil && !t.s.Closed {
		t.do("mark."+member, act)
	}
}

func (t *table) memberKey(r rune) bool {
	i := t.members.Cursor()
	if i < 0 || i >= len(t.asides) || t.s.Closed {
		return false
	}
	id := t.asides[i].ID
	if to, ok := presenceOf(r); ok {
		t.mark(id, to)
		t.members.SetCursor(i + 1)
		return true
	}
	switch r {
	case 's', 'S':
		t.do("secretary", council.NameSecretary{Member: id})
	case 'v', 'V':
		t.open(func() fyne.CanvasObject { return t.proxyPanel(id) })
	default:
		return false
	}
	return true
}

func (t *table) agendaRow(i int, _ bool, o fyne.CanvasObject) {
	if i >= len(t.s.Agenda) {
		return
	}
	item := t.s.Agenda[i]
	key, _ := outcome(t.s, item.Deliberation)
	m := map[string]widgets.Meaning{"adopted": widgets.Done, "named": widgets.Done, "rejected": widgets.Refused, "open": widgets.Waiting}[key]
	if key == string(council.Postponed) || key == string(council.Withdrawn) || key == string(council.Informed) {
		m = widgets.Waiting
	}
	detail := ""
	if r, ok := t.s.Member(item.Reporter); ok {
		detail = r.Name
	}
	o.(*widgets.Row).Set(t.text("point", "no", i+1, "subject", item.Subject), detail, key == "open", false, m, t.text("outcome."+key))
}

func (t *table) openPoint(id string) {
	if id == "" || t.s.Closed || id == t.s.Point {
		return
	}
	t.do("open", council.OpenPoint{Point: id})
}

func (t *table) undoLast() {
	if id := council.LastUndoable(t.s, t.p.now.history); id != "" && !t.s.Closed {
		for _, n := range t.p.now.history {
			if n.Entry == id {
				words := n.Words(t.s)
				t.doThen("undo", council.Undo{Entry: id}, func() { t.p.h.Toast(shell.Info, t.text("undone", "what", words), nil) })
			}
		}
	}
}

// open shows a form over the point; close takes it away.
func (t *table) open(panel func() fyne.CanvasObject) {
	t.panel, t.follows = panel, false
	t.render()
}

func (t *table) close() {
	t.panel = nil
	t.render()
}

// choices is a row with a name and buttons of which one is chosen.
type choices struct {
	widget.BaseWidget
	row     *widgets.Row
	buttons []*widgets.Button
	keys    []string
	tap     func(string)
}

// option is a button of such a row: its letter, and what it means.
type option struct{ letter, key string }

func presences(p *page) []option {
	return []option{{p.h.Text("sitting.letter.present"), string(council.Present)}, {p.h.Text("sitting.letter.excused"), string(council.Excused)}, {p.h.Text("sitting.letter.absent"), string(council.Absent)}}
}

// goesOut is the choice of who takes no part for an interest of her own.
const goesOut = "out"

func votes(p *page) []option {
	return []option{{p.h.Text("sitting.letter.for"), string(council.For)}, {p.h.Text("sitting.letter.against"), string(council.Against)}, {p.h.Text("sitting.letter.abstain"), string(council.Abstain)},
		{p.h.Text("sitting.letter.none"), string(council.NotVoting)}, {p.h.Text("sitting.letter.out"), goesOut}}
}

func newChoices(_ *table, options []option) *choices {
	c := &choices{row: widgets.NewRow(false)}
	for _, o := range options {
		c.keys = append(c.keys, o.key)
		c.buttons = append(c.buttons, widgets.NewButton(o.letter, nil, func() {
			if c.tap != nil {
				c.tap(o.key)
			}
		}))
	}
	c.ExtendBaseWidget(c)
	return c
}

func (c *choices) set(name, detail string, m widgets.Meaning, chosen string, locked bool, tap func(string)) {
	c.tap = tap
	c.row.Set(name, detail, chosen != "" && m == widgets.Done, false, m, "")
	for i, b := range c.buttons {
		b.Importance = widget.MediumImportance
		if c.keys[i] == chosen {
			b.Importance = widget.HighImportance
		}
		if locked {
			b.Disable()
		} else {
			b.Enable()
		}
		b.Refresh()
	}
}

// CreateRenderer is Fyne's.
func (c *choices) CreateRenderer() fyne.WidgetRenderer {
	buttons := container.NewHBox()
	for _, b := range c.buttons {
		buttons.Add(b)
	}
	return widget.NewSimpleRenderer(container.NewBorder(nil, nil, nil, container.New(layout.NewCustomPaddedLayout(0, 0, 0, 10), container.NewCenter(buttons)), c.row))
}
