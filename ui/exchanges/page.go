package exchanges

import (
	"context"
	"fmt"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/widgets"
)

// Name is the page's name in routes.
const Name shell.PageName = "exchanges"

// Entry places the page at the foot of the rail, with the number of choices that wait.
func Entry(o Office) shell.Entry {
	return shell.Entry{Route: shell.Route{Page: Name}, Icon: base.ViewRefreshIcon(), TitleKey: "shell.page.exchanges", Foot: true,
		New:      func(h shell.Host) shell.Page { return newPage(h, o) },
		Badge:    o.Choices,
		Commands: []shell.Command{{LabelKey: "exchanges.room", Run: func(p shell.Page) { p.(*page).local.makeRoom() }}}}
}

type page struct {
	h       shell.Host
	o       Office
	s       State
	rows    []row
	shelves *shelves
	chosen  string // the key of the row in view
	drawn   string // what is drawn of it, so that progress alone draws nothing anew
	list    *widgets.List
	left    *fyne.Container // the list, under what narrows it down
	head    *fyne.Container
	detail  *fyne.Container
	bar     *widget.ProgressBar
	far     *widgets.CaptionText
	local   *local
	pause   *widgets.Button
	content fyne.CanvasObject
	keep    func()
}

func newPage(h shell.Host, o Office) *page {
	p := &page{h: h, o: o, head: widgets.Wrapped(), detail: widgets.Wrapped(), bar: widget.NewProgressBar(), far: widgets.Caption("")}
	p.list = widgets.NewList(h.Now, func() int { return len(p.rows) }, func() fyne.CanvasObject { return widgets.NewRow(false) }, p.row)
	p.list.Label = func(i int) string { return p.title(p.rows[i]) }
	p.list.OnCursor = func(i int) {
		if i >= 0 && i < len(p.rows) {
			p.chosen = p.rows[i].key()
			p.draw()
		}
	}
	p.list.OnOpen = func(i int) {
		if i >= 0 && i < len(p.rows) {
			p.open(p.rows[i])
		}
	}
	now := widgets.NewPrimary(h.Text("exchanges.now"), base.ViewRefreshIcon(), p.synchronise)
	p.pause = widgets.NewButton(h.Text("exchanges.suspend"), base.MediaPauseIcon(), p.suspend)
	p.local, p.shelves = newLocal(p), newShelves(p)
	title := widgets.Heading(h.Text("exchanges.title"))
	title.SizeName = base.SizeNameHeadingText
	top := container.NewBorder(nil, nil, nil, container.NewHBox(p.pause, now), title)
	right := widgets.Wrapped(p.detail, p.local.box)
	p.left = widgets.Between(p.shelves.bar, p.list, nil)
	panes, keep := widgets.Panes(h.Preferences(), "exchanges", []float64{0.42}, p.left, widgets.NewScroll(right))
	p.content, p.keep = container.NewBorder(container.NewPadded(widgets.Wrapped(top, p.head)), nil, nil, nil, panes), keep
	h.Changes([]string{shell.SyncStream}, p.load)
	return p
}

func (p *page) Route() shell.Route         { return shell.Route{Page: Name} }
func (p *page) Title() string              { return p.h.Text("shell.page.exchanges") }
func (p *page) Content() fyne.CanvasObject { return p.content }
func (p *page) Hide()                      { p.keep() }
func (p *page) Show(shell.Route)           { p.load() }
func (p *page) Panes() []fyne.Focusable    { return []fyne.Focusable{p.list, p.pause} }

func (p *page) load() { shell.Load(p.h, "state", p.o.Exchanges, p.show) }

func (p *page) show(s State) {
	before := p.s
	p.s = s
	p.header()
	p.local.show(s)
	switch {
	case !p.shelves.chosen():
		p.fill(rows(&s))
	case moved(&before, &s):
		p.shelves.load()
	}
}

// fill shows rows, the chosen one staying so.
func (p *page) fill(all []row) {
	p.rows = all
	p.list.Refresh()
	at := slices.IndexFunc(p.rows, func(r row) bool { return r.key() == p.chosen })
	switch {
	case at < 0 && len(p.rows) > 0:
		p.list.SetCursor(0)
		p.chosen = p.rows[0].key() // the list does not tell that its first row is another
	case at >= 0 && at != p.list.Cursor():
		p.list.SetCursor(at)
	}
	p.draw()
}

// header says how the exchanges stand: the sentence of the foot, and of a failure what is safe
// and what to do.
func (p *page) header() {
	st := p.s.Status
	lines := []fyne.CanvasObject{widgets.NewNote(meaning(st), shell.Sentence(p.h.Lang(), st, p.h.Now()))}
	if p.s.Trouble != nil {
		_, safe, todo := shell.Explain(p.h.Lang(), p.s.Trouble)
		lines = append(lines, widgets.Caption(safe+" "+todo))
	}
	when := ""
	if !st.LastSuccess.IsZero() {
		when = p.h.Text("exchanges.last", "when", lang.Recent(st.LastSuccess, p.h.Now()))
	}
	if !st.NextTry.IsZero() && st.Error != shell.SyncFine && st.Error != shell.SyncPaused {
		when += p.h.Text("exchanges.next", "when", lang.Recent(st.NextTry, p.h.Now()))
	}
	if st.Behind > 0 {
		when += p.h.Text("exchanges.behind", "n", st.Behind)
	}
	if p.s.Acts+p.s.Up+p.s.Down > 0 {
		when += p.h.Text("exchanges.counts", "acts", p.s.Acts, "up", p.s.Up, "down", p.s.Down)
	} else if st.Error == shell.SyncFine && st.Behind == 0 {
		when = "" // the sentence says it all
	}
	if when != "" {
		lines = append(lines, widgets.Caption(when))
	}
	if st.Metered {
		lines = append(lines, widgets.NewNote(widgets.Waiting, p.h.Text("exchanges.metered")))
	}
	if st.Error == shell.SyncPaused {
		p.pause.SetText(p.h.Text("exchanges.resume"))
		p.pause.SetIcon(base.MediaPlayIcon())
	} else {
		p.pause.SetText(p.h.Text("exchanges.suspend"))
		p.pause.SetIcon(base.MediaPauseIcon())
	}
	p.head.Objects = lines
	shell.LayOut(p.h, p.head)
}

func (p *page) title(r row) string {
	stream, title, _ := r.thing()
	if title != "" {
		return title
	}
	return said(p.h.Lang(), stream[:max(0, slices.Index([]byte(stream), '/'))]+".")
}

func (p *page) row(i int, _ bool, o fyne.CanvasObject) {
	if i >= len(p.rows) {
		return
	}
	r, t := p.rows[i], p.h.Lang()
	if r.conflict != nil {
		o.(*widgets.Row).Set(p.title(r), p.h.Text("exchanges.conflict.row"), true, false, widgets.Late, p.h.Text("exchanges.badge.conflict"))
		return
	}
	if r.shelf != nil {
		m, word := place(t, r.shelf)
		o.(*widgets.Row).Set(p.title(r), p.shelves.what(r.shelf), false, false, m, word)
		return
	}
	x := r.item
	m, word := badge(t, x)
	o.(*widgets.Row).Set(p.title(r), p.what(x), false, false, m, word)
}

// what says in one line what an item is.
func (p *page) what(x *Item) string {
	when := lang.Recent(x.At, p.h.Now())
	if x.Kind == Act {
		return p.h.Text("exchanges.act", "what", said(p.h.Lang(), x.Said), "who", x.Who, "when", when)
	}
	if x.Size < 0 {
		return p.h.Text("exchanges.document", "when", when)
	}
	return p.h.Text("exchanges.document.size", "size", bytesText(p.h.Lang(), x.Size), "when", when)
}

func (p *page) open(r row) {
	_, _, route := r.thing()
	if route != (shell.Route{}) {
		p.h.Go(route)
	}
}

// draw shows the chosen row at the right. Progress alone moves the bar.
func (p *page) draw() {
	at := slices.IndexFunc(p.rows, func(r row) bool { return r.key() == p.chosen })
	if at < 0 {
		p.drawn = ""
		none, text := p.h.Text("exchanges.none"), p.h.Text("exchanges.none.text")
		if p.shelves.chosen() {
			none, text = p.h.Text("exchanges.shelves.none"), p.h.Text("exchanges.shelves.none.text")
		}
		p.detail.Objects = []fyne.CanvasObject{widgets.Empty(base.ConfirmIcon(), none, text, nil)}
		shell.LayOut(p.h, p.detail)
		return
	}
	r := p.rows[at]
	if r.item != nil && r.item.Moving {
		p.advance(r.item)
	}
	if drawing := p.drawing(r); p.drawn != drawing {
		p.drawn = drawing
		switch {
		case r.conflict != nil:
			p.disagreement(r.conflict)
		case r.shelf != nil:
			p.shelves.draw(r)
		default:
			p.item(r)
		}
		shell.LayOut(p.h, p.detail)
	}
}

// drawing changes when something else than progress does.
func (p *page) drawing(r row) string {
	k := r.key()
	if r.shelf != nil {
		k += fmt.Sprint(*r.shelf)
	}
	if r.item != nil && r.item.Moving {
		k += " moving"
	}
	if r.item != nil && r.item.Err != nil {
		k += r.item.Err.Error()
	}
	return k
}

func (p *page) advance(x *Item) {
	p.bar.Max, p.bar.Hidden = float64(max(x.Size, 1)), x.Size <= 0
	p.bar.SetValue(float64(x.Done))
	p.far.SetText(p.h.Text("exchanges.far", "done", bytesText(p.h.Lang(), x.Done)))
	if x.Size > 0 {
		p.far.SetText(p.h.Text("exchanges.far.of", "done", bytesText(p.h.Lang(), x.Done), "of", bytesText(p.h.Lang(), x.Size)))
	}
}

func (p *page) item(r row) {
	x, t := r.item, p.h.Text
	heading := widgets.Heading(p.title(r))
	heading.Wrapping = fyne.TextWrapWord
	out := []fyne.CanvasObject{heading, widgets.Caption(p.what(x))}
	if x.Moving {
		out = append(out, p.bar, p.far)
	}
	switch {
	case x.Err != nil:
		what, safe, todo := shell.Explain(p.h.Lang(), x.Err)
		out = append(out, widgets.NewNote(widgets.Late, what), widgets.Caption(safe), widgets.Caption(todo))
	case x.Absent:
		out = append(out, widgets.Caption(t("exchanges.absent")))
	case x.Kind == Act:
		out = append(out, widgets.Caption(t("exchanges.act.safe")))
	case x.Kind == Up:
		out = append(out, widgets.Caption(t("exchanges.up.safe")))
	case x.First:
		out = append(out, widgets.Caption(t("exchanges.first")))
	default:
		out = append(out, widgets.Caption(t("exchanges.down.safe")))
	}
	buttons := container.NewHBox()
	if x.Route != (shell.Route{}) {
		buttons.Add(widgets.NewButton(t("exchanges.open"), base.NavigateNextIcon(), func() { p.h.Go(x.Route) }))
	}
	if x.Kind == Down {
		buttons.Add(widgets.NewButton(t("exchanges.keep"), nil, func() { p.local.keepHere(x.Stream, true) }))
	}
	p.detail.Objects = append(out, buttons)
}

func (p *page) synchronise() {
	p.h.Run(shell.Action{ID: "sync", Label: p.h.Text("shell.sync.running"),
		Run:    func(ctx context.Context, _ shell.Progress) error { return p.o.Synchronise(ctx) },
		Done:   p.load,
		Failed: func(error) { p.load() }}) // the head of the page says it
}

func (p *page) suspend() {
	on := p.s.Status.Error != shell.SyncPaused
	p.h.Run(shell.Action{ID: "suspend", Label: p.h.Text("exchanges.suspending"),
		Run: func(ctx context.Context, _ shell.Progress) error { return p.o.Suspend(ctx, on) }, Done: p.load})
}
