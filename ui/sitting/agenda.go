package sitting

import (
	"context"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/merge"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/theme"
	"alpi40.fr/airial/ui/widgets"
)

// The agenda of a sitting to come, before its summons: several prepare it at once. What is typed leaves as soon as typing
// rests; what others do comes into the fields around the one that has the cursor.

const (
	// writeTime is how long typing rests before what was typed leaves; lately, how long somebody is said to be writing.
	writeTime = 800 * time.Millisecond
	lately    = time.Minute
)

// preparing is an agenda being prepared.
type preparing struct {
	p      *page
	had    council.PreparedAgenda // as she has it before her eyes, but for what she typed since
	want   council.Agenda         // with what she typed
	dirty  bool
	saving bool
	turn   int
	drafts []council.Deliberation
	names  map[string]string // of people
	// readers are those who have it open elsewhere.
	readers []string

	content          fyne.CanvasObject
	day, hour, place *widgets.Entry
	hands            *widgets.CaptionText
	notes, rows      *fyne.Container
	add, foot        *fyne.Container
	points           map[string]*pointLine
}

// pointLine is one point: the field of its words stays while it moves.
type pointLine struct {
	words  *widgets.Entry
	no     *widgets.Label
	detail *widgets.CaptionText
	draft  *widgets.Button
	object fyne.CanvasObject
}

// newPreparing lays an agenda out.
func newPreparing(p *page, w council.PreparedAgenda) *preparing {
	e := &preparing{p: p, had: w, want: w.Agenda, points: map[string]*pointLine{}, hands: widgets.Caption(""), notes: container.NewVBox(), rows: container.NewVBox(), add: container.NewVBox(), foot: container.NewVBox()}
	field := func(hint, value string, set func(*council.Agenda, string)) *widgets.Entry {
		f := widgets.NewEntry(hint)
		f.SetText(value)
		f.OnChanged = func(text string) { set(&e.want, text); e.typed() }
		return f
	}
	e.day = field(p.h.Text("sitting.day.hint"), w.Day, func(a *council.Agenda, v string) { a.Day = v })
	e.hour = field("20h00", w.Hour, func(a *council.Agenda, v string) { a.Hour = v })
	e.place = field(p.h.Text("sitting.place"), w.Place, func(a *council.Agenda, v string) { a.Place = v })
	head := widgets.Wrapped(widgets.Heading(p.h.Text("sitting.prepared")), widgets.Caption(p.h.Text("sitting.prepared.help")), e.hands, e.notes,
		container.NewGridWithColumns(3, widgets.Field(p.h.Text("sitting.day"), e.day, ""), widgets.Field(p.h.Text("sitting.hour"), e.hour, ""), widgets.Field(p.h.Text("sitting.placed"), e.place, "")),
		container.NewHBox(widgets.NewPrimary(p.h.Text("sitting.prepared.convene"), base.MailSendIcon(), e.convene), widgets.NewButton(p.h.Text("sitting.prepared.drop"), base.DeleteIcon(), e.drop)))
	body := widgets.NewScroll(widgets.Wrapped(e.rows, e.add, e.foot))
	e.content = container.NewBorder(head, nil, nil, nil, body)
	e.lay()
	return e
}

// show takes what was loaded: drafts and names, and the agenda as it has become unless something typed here is still to be kept.
func (e *preparing) show(w council.PreparedAgenda, drafts []council.Deliberation, names map[string]string) {
	e.drafts, e.names = drafts, names
	if !e.dirty && !e.saving {
		e.take(w)
		return
	}
	e.lay()
}

// take shows the agenda as it has become; who types stays where she is.
func (e *preparing) take(w council.PreparedAgenda) {
	e.had, e.want = w, w.Agenda
	follow := func(f *widgets.Entry, text string) {
		if f.Text != text {
			f.Follow(text, merge.Follow)
		}
	}
	follow(e.day, w.Day)
	follow(e.hour, w.Hour)
	follow(e.place, w.Place)
	for _, x := range w.Points {
		if line := e.points[x.ID]; line != nil {
			follow(line.words, x.Words)
		}
	}
	e.lay()
}

// typed has what was typed leave once typing rests.
func (e *preparing) typed() {
	e.dirty = true
	e.turn++
	turn := e.turn
	e.p.later(writeTime, func() {
		if turn == e.turn {
			e.save()
		}
	})
}

// done has what was done leave at once.
func (e *preparing) done() {
	e.dirty = true
	e.turn++
	e.lay()
	e.save()
}

// save keeps what was made of the agenda, and shows what others made of it meanwhile.
func (e *preparing) save() {
	if !e.dirty || e.saving {
		return
	}
	e.dirty, e.saving = false, true
	had, want := e.had, e.want
	want.Points = slices.Clone(want.Points)
	turn := e.turn
	var now council.PreparedAgenda
	e.p.h.Run(shell.Action{ID: "sitting.agenda." + had.ID, Label: e.p.h.Text("sitting.doing"),
		Run: func(ctx context.Context, _ shell.Progress) error {
			person, err := e.p.o.Person(ctx)
			if err == nil {
				now, err = e.p.o.Council().WriteAgenda(ctx, person, had, want)
			}
			return err
		},
		Done: func() {
			e.saving = false
			if turn == e.turn {
				e.take(now)
				return
			}
			e.had = had.With(want, e.p.o.Council().Device(), now) // she has typed on
			e.save()
		},
		Failed: func(err error) {
			e.saving, e.dirty = false, true
			e.p.h.Fail(err)
		}})
}

// lay shows the points in their order, what is to be looked at, and what may be added.
func (e *preparing) lay() {
	p := e.p
	e.tell()
	e.rows.Objects = nil
	doubted := len(e.want.Doubts) > 0
	for i, x := range e.want.Points {
		line := e.points[x.ID]
		if line == nil {
			line = e.line(x)
			e.points[x.ID] = line
		}
		line.no.SetText(p.h.Text("sitting.prepared.no", "n", i+1))
		e.describe(line, x)
		doubted = doubted || x.Doubted
		e.rows.Add(line.object)
	}
	e.notes.Objects = nil
	if doubted {
		keep := widgets.NewButton(p.h.Text("sitting.prepared.doubt.keep"), base.ConfirmIcon(), func() {
			for i := range e.want.Points {
				e.want.Points[i].Doubted = false
			}
			e.done()
		})
		e.notes.Add(widgets.NewNote(widgets.Late, p.h.Text("sitting.prepared.doubt")))
		if slices.ContainsFunc(e.want.Points, func(x council.Prepared) bool { return x.Doubted }) {
			e.notes.Add(container.NewHBox(keep))
		}
	}
	if len(e.want.Points) == 0 {
		e.rows.Add(widgets.Caption(p.h.Text("sitting.prepared.none")))
	}
	e.offer()
	shell.LayOut(p.h, e.rows)
	shell.LayOut(p.h, p.prep)
}

// line is one point with what is done with it.
func (e *preparing) line(x council.Prepared) *pointLine {
	p := e.p
	l := &pointLine{words: widgets.NewEntry(p.h.Text("sitting.prepared.words")), no: widgets.NewLabel(""), detail: widgets.Caption("")}
	l.words.SetText(x.Words)
	at := func() int {
		return slices.IndexFunc(e.want.Points, func(y council.Prepared) bool { return y.ID == x.ID })
	}
	l.words.OnChanged = func(text string) {
		if i := at(); i >= 0 {
			e.own(func(points []council.Prepared) []council.Prepared { points[i].Words = text; return points })
			e.typed()
		}
	}
	l.words.OnKey = func(k *fyne.KeyEvent) bool {
		switch k.Name {
		case fyne.KeyReturn, fyne.KeyEnter:
			e.insert(at()+1, council.Prepared{ID: p.o.Council().NewPoint()})
		case fyne.KeyUp:
			e.focus(at() - 1)
		case fyne.KeyDown:
			e.focus(at() + 1)
		default:
			return false
		}
		return true
	}
	l.words.OnShortcut = func(s *desktop.CustomShortcut) bool {
		if s.Modifier != fyne.KeyModifierAlt || s.KeyName != fyne.KeyUp && s.KeyName != fyne.KeyDown {
			return false
		}
		e.move(at(), map[fyne.KeyName]int{fyne.KeyUp: -1, fyne.KeyDown: 1}[s.KeyName])
		return true
	}
	l.draft = widgets.NewButton("", theme.Icon("council"), func() { e.openDraft(x.ID) })
	buttons := container.NewHBox(
		widgets.NewButton("", base.MoveUpIcon(), func() { e.move(at(), -1) }), widgets.NewButton("", base.MoveDownIcon(), func() { e.move(at(), 1) }),
		l.draft, widgets.NewButton("", base.DeleteIcon(), func() {
			if i := at(); i >= 0 {
				e.own(func(points []council.Prepared) []council.Prepared { return slices.Delete(points, i, i+1) })
				e.done()
			}
		}))
	l.object = container.NewVBox(container.NewBorder(nil, nil, l.no, buttons, l.words), l.detail)
	return l
}

// own changes the points of what she makes of the agenda; what it was made of stays.
func (e *preparing) own(change func([]council.Prepared) []council.Prepared) {
	e.want.Points = change(slices.Clone(e.want.Points))
}

func (e *preparing) insert(at int, x council.Prepared) {
	e.own(func(points []council.Prepared) []council.Prepared {
		return slices.Insert(points, min(max(at, 0), len(points)), x)
	})
	e.done()
	if line := e.points[x.ID]; line != nil {
		widgets.Focus(e.rows, line.words)
	}
}

func (e *preparing) focus(at int) {
	if at >= 0 && at < len(e.want.Points) {
		widgets.Focus(e.rows, e.points[e.want.Points[at].ID].words)
	}
}

func (e *preparing) move(at, by int) {
	to := at + by
	if at < 0 || to < 0 || to >= len(e.want.Points) {
		return
	}
	e.own(func(points []council.Prepared) []council.Prepared {
		points[at], points[to] = points[to], points[at]
		points[to].Doubted = false
		return points
	})
	e.done()
	e.focus(to)
}

// describe says under a point what stands behind it.
func (e *preparing) describe(l *pointLine, x council.Prepared) {
	p := e.p
	var said []string
	l.draft.SetText(p.h.Text("sitting.prepared.draft"))
	if x.Deliberation != "" {
		l.draft.SetText(p.h.Text("sitting.prepared.draft.open"))
		if d, known := p.now.texts[x.Deliberation]; known && p.subject(d) != strings.TrimSpace(x.Words) {
			said = append(said, p.h.Text("sitting.prepared.draft.is", "subject", p.subject(d)))
		}
	}
	if x.Doubted {
		said = append(said, p.h.Text("sitting.prepared.doubted"))
	}
	l.detail.SetText(strings.Join(said, " "))
	if len(said) == 0 {
		l.detail.Hide()
	} else {
		l.detail.Show()
	}
}

// offer is what may be added, and what was taken away.
func (e *preparing) offer() {
	p := e.p
	blank := widgets.NewButton(p.h.Text("sitting.prepared.add"), base.ContentAddIcon(), func() { e.insert(len(e.want.Points), council.Prepared{ID: p.o.Council().NewPoint()}) })
	e.add.Objects = []fyne.CanvasObject{container.NewHBox(blank)}
	var free []council.Deliberation
	var names []string
	for _, d := range e.drafts {
		if !slices.ContainsFunc(e.want.Points, func(x council.Prepared) bool { return x.Deliberation == d.ID }) {
			free, names = append(free, d), append(names, p.subject(d))
		}
	}
	if len(free) > 0 {
		choose := widget.NewSelect(names, nil)
		choose.PlaceHolder = p.h.Text("sitting.prepared.add.draft")
		choose.OnChanged = func(string) {
			if i := choose.SelectedIndex(); i >= 0 {
				e.insert(len(e.want.Points), council.Prepared{ID: p.o.Council().NewPoint(), Words: names[i], Deliberation: free[i].ID})
			}
		}
		e.add.Objects = []fyne.CanvasObject{container.NewBorder(nil, nil, blank, nil, choose)}
	}
	e.foot.Objects = nil
	for _, x := range e.want.Gone {
		back := widgets.NewButton(p.h.Text("sitting.prepared.back"), base.ContentUndoIcon(), func() {
			e.want.Gone = slices.DeleteFunc(slices.Clone(e.want.Gone), func(y council.Prepared) bool { return y.ID == x.ID })
			e.insert(len(e.want.Points), x)
		})
		e.foot.Add(container.NewBorder(nil, nil, nil, back, widgets.Caption(p.h.Text("sitting.prepared.gone", "words", x.Words))))
	}
}

// openDraft goes to the draft that a point announces; one that has none gets one, under its words.
func (e *preparing) openDraft(point string) {
	p := e.p
	i := slices.IndexFunc(e.want.Points, func(x council.Prepared) bool { return x.ID == point })
	if i < 0 {
		return
	}
	x := e.want.Points[i]
	if x.Deliberation != "" {
		e.save()
		p.h.Go(shell.Route{Page: "council", Arg: "deliberation/" + x.Deliberation})
		return
	}
	var id string
	p.act("draft", func(ctx context.Context, person string) (err error) {
		id, err = p.o.Council().DraftSubject(ctx, person, x.Words)
		return err
	}, func() {
		e.own(func(points []council.Prepared) []council.Prepared {
			for n := range points {
				if points[n].ID == point {
					points[n].Deliberation = id
				}
			}
			return points
		})
		e.done()
		p.h.Toast(shell.Done, p.h.Text("sitting.prepared.drafted"), nil)
		p.load()
	})
}

// tell says who else prepares the agenda, and who has it open.
func (e *preparing) tell() {
	p := e.p
	var said, writers []string
	for _, hand := range e.had.Editors(p.o.Council().Device(), p.h.Now().Add(-lately)) {
		who := e.names[hand.Person]
		if who == "" {
			continue
		}
		writers = append(writers, who)
		if hand.Block >= 0 {
			said = append(said, p.h.Text("sitting.prepared.hand.point", "who", who, "n", hand.Block+1))
		} else {
			said = append(said, p.h.Text("sitting.prepared.hand", "who", who))
		}
	}
	shell.SayCompany(p.h, e.hands, said, e.readers, writers)
}

// attend has those shown who have the agenda open elsewhere.
func (e *preparing) attend() {
	shell.Attend(e.p.h, "agenda/"+e.had.ID, func(names []string) {
		if e.p.preparing == e {
			e.readers = names
			e.lay()
		}
	})
}

// convene goes to the summons that announces the agenda.
func (e *preparing) convene() {
	e.save()
	f := form{day: strings.TrimSpace(e.want.Day), hour: strings.TrimSpace(e.want.Hour), place: strings.TrimSpace(e.want.Place), prepared: e.had.ID}
	for _, x := range e.want.Points {
		if words := strings.TrimSpace(x.Words); words != "" {
			f.announced = append(f.announced, words)
		} else if d, known := e.p.now.texts[x.Deliberation]; known {
			f.announced = append(f.announced, e.p.subject(d))
		}
	}
	e.p.summon(f)
}

func (e *preparing) drop() {
	p := e.p
	p.h.Ask(shell.Question{Title: p.h.Text("sitting.prepared.drop"), Why: p.h.Text("sitting.prepared.drop.why"), Yes: p.h.Text("sitting.prepared.drop.yes"), Plain: true, Dangerous: true}, func(string) {
		p.act("drop", func(ctx context.Context, person string) error { return p.o.Council().DropAgenda(ctx, person, e.had.ID) }, func() {
			p.leaveAgenda()
			p.load()
		})
	})
}

// leaveAgenda keeps what is typed and puts the agenda away.
func (p *page) leaveAgenda() {
	if p.preparing == nil {
		return
	}
	p.preparing.save()
	p.preparing, p.agenda = nil, ""
	shell.Attend(p.h, "", nil)
}

// SaveDraft keeps what is typed of an agenda: the page is left, or the window closes.
func (p *page) SaveDraft() {
	if p.preparing != nil {
		p.preparing.save()
	}
}

// begin begins an agenda to be prepared.
func (p *page) begin() {
	var id string
	p.act("agenda", func(ctx context.Context, person string) (err error) {
		id, err = p.o.Council().PrepareAgenda(ctx, person)
		return err
	}, func() {
		p.leaveAgenda()
		p.agenda, p.fresh, p.typing, p.calling = id, false, false, nil
		p.load()
	})
}
