package registers

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	base "fyne.io/fyne/v2/theme"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/registers"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/writing"
	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/theme"
	"alpi40.fr/airial/ui/widgets"
)

// Name is the page's name in routes.
const Name shell.PageName = "registers"

// Office is what this page asks of the program. All methods run off the window's thread.
type Office interface {
	Person(ctx context.Context) (string, error)
	Council() *council.Council
	Registers() *registers.Registers
	People() *authority.Registry
	// Open shows a PDF's pages.
	Open(ctx context.Context, pdf []byte) (widgets.Pages, error)
	// SendSitting sends all deliberations of a sitting that wait for it into the parapheur, SendOrder an order.
	SendSitting(ctx context.Context, sitting string, progress shell.Progress) (sent int, err error)
	SendOrder(ctx context.Context, id string) error
	// Content gives a document that was signed.
	Content(ctx context.Context, d store.Digest) ([]byte, error)
}

// Entry places the page in the rail.
func Entry(o Office) shell.Entry {
	return shell.Entry{Route: shell.Route{Page: Name}, Icon: theme.Icon("registers"), TitleKey: "shell.page.registers",
		New: func(h shell.Host) shell.Page { return newPage(h, o) }}
}

// maker makes the document that the preview shows.
type maker func(ctx context.Context) ([]byte, error)

type page struct {
	h       shell.Host
	o       Office
	arg     string
	lines   []line
	people  []authority.Person // in function today
	list    *widgets.List
	middle  *fyne.Container
	preview *widgets.Preview
	side    *fyne.Container // below the preview
	content fyne.CanvasObject
	keep    func()

	shown maker
	name  string // of the file shown
	// current is the paper of the sitting that is shown, to be made anew when something is noted.
	current registers.Paper
	writes  writer       // what is being typed; nil: nothing
	form    widgets.Form // the fields of what stands in the middle
	asking  bool         // what an act asks to be done is being typed
	turn    int
	after   func(time.Duration, func()) // does something on the window's thread after a while
	opening string                      // the text that is being opened

	scroll   *widgets.Scroll
	scrolled string // what it shows
}

// writer is a text being typed.
type writer interface {
	save() // when it changed
	print() (name string, make maker)
}

func newPage(h shell.Host, o Office) *page {
	p := &page{h: h, o: o, middle: container.NewStack()}
	p.after = func(d time.Duration, do func()) { time.AfterFunc(d, func() { h.Schedule(do) }) }
	p.list = widgets.NewList(h.Now, func() int { return len(p.lines) }, func() fyne.CanvasObject { return widgets.NewRow(false) }, p.row)
	p.list.Label = func(i int) string { return p.title(p.lines[i]) }
	p.list.OnCursor = func(i int) {
		if i < len(p.lines) {
			p.open(p.lines[i])
		}
	}
	p.preview = widgets.NewPreview(h.Schedule, func(page, n int) string { return h.Text("registers.page", "page", page, "of", n) })
	p.preview.OnError = func(err error) string { return shell.What(h, err) }
	p.side = widgets.Columns(3,
		widgets.NewButton(h.Text("registers.open"), base.VisibilityIcon(), func() { p.with(h.OpenPDF) }),
		widgets.NewButton(h.Text("registers.print"), base.DocumentPrintIcon(), func() { p.with(h.Print) }),
		widgets.NewButton(h.Text("registers.save"), base.DocumentSaveIcon(), func() { p.with(h.Save) }))
	p.side.Hide()
	p.content, p.keep = widgets.Panes(h.Preferences(), "registers", []float64{0.24, 0.55}, p.list, p.middle, widgets.Between(nil, p.preview, widgets.Wrapped(p.side)))
	return p
}

func (p *page) Route() shell.Route         { return shell.Route{Page: Name, Arg: p.arg} }
func (p *page) Title() string              { return p.h.Text("shell.page.registers") }
func (p *page) Content() fyne.CanvasObject { return p.content }
func (p *page) Hide()                      { p.keep(); p.preview.Stop() }
func (p *page) Panes() []fyne.Focusable    { return []fyne.Focusable{p.list, p.preview} }

// PrintPage opens what the preview shows, to be printed.
func (p *page) PrintPage() { p.with(p.h.Print) }

// SaveDraft saves what is being typed, before the page is left.
func (p *page) SaveDraft() {
	if p.writes != nil {
		p.writes.save()
	}
}

func (p *page) with(do func(shell.Document)) {
	if p.shown != nil {
		do(shell.Made(p.name, p.shown))
	}
}

func (p *page) Show(r shell.Route) {
	if kind, id, _ := strings.Cut(r.Arg, "/"); kind == "order" && len(id) > len("2026") {
		p.opening = id
	} else if r.Arg != "" {
		p.arg = r.Arg
	}
	p.h.Changes([]string{writing.Prefix}, p.followMinutes)
	p.h.Changes([]string{"deliberation/", "sitting/", "minutes/", "formality/", "order/", "followup/", "finished/", "numbering/", "publication/"}, p.load)
	p.load()
}

// followMinutes takes into the minutes that are being typed what others write of them.
func (p *page) followMinutes() {
	if w, ok := p.writes.(*minutesText); ok {
		w.follow()
	}
}

type all struct {
	lines  []line
	people []authority.Person
}

func (p *page) load() {
	now := p.h.Now()
	shell.Load(p.h, "list", func(ctx context.Context) (a all, err error) {
		follows, err := p.o.Registers().All(ctx)
		if err != nil {
			return a, err
		}
		orders := map[council.Series][]registers.Order{}
		for _, s := range seriesOfOrders {
			if orders[s], err = p.o.Registers().Orders(ctx, s, 0); err != nil {
				return a, err
			}
		}
		a.lines = linesOf(follows, orders, now.Year())
		everyone, _, err := p.o.People().Everyone(ctx)
		for _, x := range everyone {
			if x.In(authority.DayOf(now)) {
				a.people = append(a.people, x)
			}
		}
		return a, err
	}, p.show)
}

func (p *page) show(a all) {
	p.lines, p.people = a.lines, a.people
	p.list.Refresh()
	if w, ok := p.writes.(*orderText); ok && w.blocks == nil {
		p.draft(w.order.ID) // it is read, not typed: it follows
		return
	}
	p.followMinutes()
	if p.writes != nil || p.asking {
		return // what is being typed is not taken away
	}
	if p.opening != "" {
		p.draft(p.opening)
		return
	}
	at := -1
	for i, l := range p.lines {
		if l.id() == p.arg {
			at = i
		}
	}
	if at < 0 {
		at = p.first()
	}
	p.list.UnselectAll() // it says nothing of a row that it stands on already
	p.list.SetCursor(at)
}

// first is the latest sitting, or the register of this year.
func (p *page) first() int {
	for i, l := range p.lines {
		if l.follow != nil {
			return i
		}
	}
	return 0
}

func (p *page) title(l line) string {
	if l.follow != nil {
		return p.h.Text("registers.sitting", "day", lang.Day(l.follow.Sitting.At))
	}
	return p.h.Text("registers.series."+string(l.series), "year", strconv.Itoa(l.year))
}

func (p *page) row(i int, _ bool, o fyne.CanvasObject) {
	if i >= len(p.lines) {
		return
	}
	l := p.lines[i]
	row := o.(*widgets.Row)
	switch {
	case l.follow != nil:
		next, waits := l.follow.Next()
		if !waits {
			row.Set(p.title(l), p.h.Text("registers.complete"), false, false, widgets.Done, p.h.Text("registers.done"))
			return
		}
		row.Set(p.title(l), p.h.Text("registers.step."+string(next.Step)), false, false, meaning(next), p.brief(next))
	case l.series == council.SeriesDeliberation:
		row.Set(p.title(l), p.h.Text("registers.book"), true, false, widgets.Plain, "")
	case l.waiting > 0:
		row.Set(p.title(l), p.h.Text("registers.waiting", "n", l.waiting), false, false, widgets.Waiting, "")
	default:
		row.Set(p.title(l), p.h.Text("registers.nothing"), false, false, widgets.Plain, "")
	}
}

// deadline says until when a step is due, or when it was done.
func (p *page) deadline(d registers.Due) string {
	switch {
	case d.Done != "":
		return p.h.Text("registers.on", "day", p.day(d.Done))
	case d.Finished:
		return p.h.Text("registers.done")
	case d.Late:
		return p.h.Text("registers.late", "day", p.day(d.Deadline))
	case d.Deadline != "":
		return p.h.Text("registers.before", "day", p.day(d.Deadline))
	}
	return p.h.Text("registers.todo")
}

// day says a day, without the year when it is this one.
func (p *page) day(d authority.Day) string {
	return strings.TrimSuffix(lang.Day(d.Time()), " "+strconv.Itoa(p.h.Now().Year()))
}

// brief is the deadline in the room that a row has: its icon tells the rest.
func (p *page) brief(d registers.Due) string {
	if d.Deadline == "" {
		return ""
	}
	day := p.day(d.Deadline)
	if d.Late {
		return p.h.Text("registers.row.late", "day", day)
	}
	return p.h.Text("registers.before", "day", day)
}

func (p *page) open(l line) {
	p.leaveText()
	if p.arg != l.id() {
		p.clear()
	}
	p.arg = l.id()
	p.form.Of(p.arg)
	switch {
	case l.follow != nil:
		p.sitting(l.follow.Sitting.ID)
	case l.series == council.SeriesDeliberation:
		p.book(l.year)
	default:
		p.acts(l.series, l.year)
	}
}

// leaveText saves what is being typed and puts it away.
func (p *page) leaveText() {
	p.asking, p.opening = false, ""
	if w := p.writes; w != nil {
		p.writes = nil
		w.save()
		shell.Attend(p.h, "", nil)
	}
}

func (p *page) clear() {
	p.shown = nil
	p.side.Hide()
	p.preview.Say(p.h.Text("registers.choose"))
}

// back brings a text that could not be saved to the screen again, when nothing else is being typed there.
func (p *page) back(w writer, body fyne.CanvasObject) {
	if p.writes == nil && !p.asking {
		p.opening, p.writes = "", w
		p.put(body)
	}
}

// put shows a body; the same one shown anew, after a note, stays where it was scrolled to.
func (p *page) put(body fyne.CanvasObject) {
	key, at := p.arg, float32(0)
	if p.writes != nil {
		key += "/text"
	}
	if p.scroll != nil && p.scrolled == key {
		at = p.scroll.Offset()
	}
	// What stands at the right keeps clear of the scroll bar.
	p.scroll, p.scrolled = widgets.NewScroll(container.New(layout.NewCustomPaddedLayout(4, 8, 6, 14), body)), key
	p.middle.Objects = []fyne.CanvasObject{p.scroll}
	shell.LayOut(p.h, p.middle)
	scroll := p.scroll
	p.h.Schedule(func() { scroll.ScrollTo(at) })
}

// see makes a document and shows it; the same one made anew stays open at its page.
func (p *page) see(name string, make maker) {
	at := 0
	if p.name == name {
		at = p.preview.Page()
	}
	p.name, p.shown, p.current = name, make, ""
	p.side.Show()
	shell.Load(p.h, "print", func(ctx context.Context) (widgets.Pages, error) {
		pdf, err := make(ctx)
		if err != nil {
			return nil, err
		}
		return p.o.Open(ctx, pdf)
	}, func(d widgets.Pages) {
		p.preview.SetDocument(d)
		p.preview.Turn(at)
	})
}

// settleTime is how long nobody types before the printed page follows.
const settleTime = 500 * time.Millisecond

// typed lets the printed page follow what is being typed.
func (p *page) typed() {
	p.turn++
	turn := p.turn
	p.after(settleTime, func() {
		if turn == p.turn && p.writes != nil {
			p.see(p.writes.print())
		}
	})
}

func (p *page) run(key string, do func(ctx context.Context, person string) error) {
	p.runThen(key, do, p.load)
}

// mayShow tells whether what was loaded for a line of the list may take the middle: it is still the one in view, and nothing is
// being typed over it.
func (p *page) mayShow(arg string) bool {
	return p.arg == arg && p.writes == nil && !p.asking && p.opening == ""
}

// give does, and says to the form that the fields whose names begin so were taken.
func (p *page) give(fields, key string, do func(ctx context.Context, person string) error) {
	taken := p.form.Given(fields)
	p.runThen(key, do, func() { taken(); p.load() })
}

func (p *page) runThen(key string, do func(ctx context.Context, person string) error, then func()) {
	shell.Do(p.h, shell.Deed{ID: "registers." + key, Label: p.h.Text("registers.doing"), Done: p.h.Text("registers.done." + key), Person: p.o.Person, Run: do, Then: then})
}

// readDay reads a day that a person typed; the error is for her.
func (p *page) readDay(text string) (authority.Day, error) {
	if strings.TrimSpace(text) == "" {
		return "", nil
	}
	at, err := lang.ParseDay(text)
	if err != nil {
		return "", errors.New(p.h.Text("registers.day.unread"))
	}
	return authority.DayOf(at), nil
}

// dayForm is a field for a day, today at first, and the button that notes it; name is the field's.
func (p *page) dayForm(name, label string, note func(day authority.Day)) fyne.CanvasObject {
	day := p.form.Entry("day."+name, p.h.Text("registers.day"), p.h.Now().Format("02/01/2006"))
	return container.NewBorder(nil, nil, nil, widgets.NewButton(label, base.ConfirmIcon(), func() {
		d, err := p.readDay(day.Text)
		if err != nil {
			p.h.Toast(shell.Waiting, err.Error(), nil)
			return
		}
		note(d)
	}), day)
}
