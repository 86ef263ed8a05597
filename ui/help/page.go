package help

import (
	"image/color"
	"slices"
	"strconv"
	"strings"
	"sync"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/theme"
	"alpi40.fr/airial/ui/widgets"
)

// Name is the page's name in routes; the argument is a page of the guide.
const Name shell.PageName = "help"

// first is the page of the guide for each page of the program.
var first = map[shell.PageName]string{
	"home": "a-faire", "parapheur": "parapheur", "council": "rediger-une-deliberation", "sitting": "convoquer-le-conseil", "registers": "registres-et-proces-verbal",
	"legality": "controle-de-legalite", "publication": "publier", "civilstatus": "mention", "copies": "copies", "practice": "s-exercer", "vault": "coffre-fort", "mail": "messagerie", "services": "services", "people": "personnes", "circuits": "circuits", "settings": "reglages", "exchanges": "synchronisation",
}

// For tells where the help of a route is.
func For(r shell.Route) shell.Route {
	id, ok := first[r.Page]
	switch {
	case r.Page == Name:
		return r
	case !ok:
		id = contents
	case r.Page == "sitting" && strings.HasPrefix(r.Arg, "live/"): // it is held
		id = "tenir-la-seance"
	case r.Page == "registers" && strings.HasPrefix(r.Arg, "order/"):
		id = "arretes-et-decisions"
	}
	return shell.Route{Page: Name, Arg: id}
}

// Entry places the page at the foot of the rail. The guide is read when it is first needed.
func Entry() shell.Entry {
	read := sync.OnceValues(readGuide)
	return shell.Entry{Route: shell.Route{Page: Name}, Icon: base.HelpIcon(), TitleKey: "shell.page.help", Foot: true,
		New: func(h shell.Host) shell.Page {
			g, err := read()
			if err != nil {
				g = &guide{topics: []topic{{id: contents}}}
				h.Schedule(func() { h.Fail(err) })
			}
			return newPage(h, g)
		},
		Find: func(asked string) []shell.Found {
			g, err := read()
			if err != nil {
				return nil // the page itself will say what is wrong
			}
			return g.titled(asked)
		}}
}

// titled finds the pages by their titles, for the search field of the window.
func (g *guide) titled(asked string) (found []shell.Found) {
	wanted := words(asked)
	for _, t := range g.topics {
		if _, ok := (topic{title: t.title}).match(wanted); ok && len(wanted) > 0 {
			found = append(found, shell.Found{Route: shell.Route{Page: Name, Arg: t.id}, Title: t.title, Detail: t.group})
		}
	}
	return found
}

// row is one line of the list: a page of the guide and what is told of it.
type row struct {
	topic  int
	detail string
}

type page struct {
	h       shell.Host
	g       *guide
	at      int // the page shown
	rows    []row
	search  *widgets.Entry
	list    *widgets.List
	text    *fyne.Container
	scroll  *widgets.Scroll
	none    fyne.CanvasObject
	offsets map[int]float32 // how far each page was read
	moving  bool            // the list follows the page shown
	content fyne.CanvasObject
	keep    func()
}

func newPage(h shell.Host, g *guide) *page {
	p := &page{h: h, g: g, text: container.New(column{}), offsets: map[int]float32{}}
	p.search = widgets.NewEntry(h.Text("help.search"))
	p.search.SetIcon(base.SearchIcon())
	p.search.OnChanged = p.find
	p.search.OnKey = p.searchKey
	p.list = widgets.NewList(h.Now, func() int { return len(p.rows) }, func() fyne.CanvasObject { return widgets.NewRow(false) }, p.row)
	p.list.Label = func(i int) string { return g.topics[p.rows[i].topic].title }
	p.list.OnCursor = func(i int) {
		if !p.moving && i < len(p.rows) {
			p.h.Go(p.route(p.rows[i].topic))
		}
	}
	p.none = widgets.Empty(base.HelpIcon(), h.Text("help.none"), h.Text("help.none.text"), nil)
	p.scroll = widgets.NewScroll(container.New(measure{}, p.text))
	paper := widgets.NewButton(h.Text("help.print"), base.DocumentPrintIcon(), p.PrintPage)
	side := container.NewBorder(container.NewPadded(p.search), container.NewPadded(paper), nil, nil, container.NewStack(p.list, p.none))
	p.content, p.keep = widgets.Panes(h.Preferences(), "help", []float64{0.3}, side, p.scroll)
	p.find("")
	return p
}

func (p *page) route(topic int) shell.Route {
	return shell.Route{Page: Name, Arg: p.g.topics[topic].id}
}

func (p *page) Route() shell.Route         { return p.route(p.at) }
func (p *page) Title() string              { return p.g.topics[p.at].title + " — " + p.h.Text("shell.page.help") }
func (p *page) Content() fyne.CanvasObject { return p.content }
func (p *page) Panes() []fyne.Focusable    { return []fyne.Focusable{p.list, p.search} }
func (p *page) Find()                      { widgets.Focus(p.search, p.search) }

func (p *page) Hide() {
	p.keep()
	p.offsets[p.at] = p.scroll.Offset()
}

func (p *page) Show(r shell.Route) {
	p.at = max(p.g.index(r.Arg), 0)
	if !slices.ContainsFunc(p.rows, func(r row) bool { return r.topic == p.at }) {
		p.search.SetText("") // what was looked for is not what is read now
	}
	p.follow()
	p.text.Objects = p.draw(p.g.topics[p.at])
	p.scroll.ScrollTo(0)
	shell.LayOut(p.h, p.text)
	at := p.at
	p.h.Schedule(func() {
		if p.at == at { // nobody went on
			p.scroll.ScrollTo(p.offsets[at])
		}
	})
}

// find fills the list with what answers the words typed; with all pages when there are none.
func (p *page) find(asked string) {
	p.rows = nil
	if strings.TrimSpace(asked) == "" {
		for i, t := range p.g.topics {
			p.rows = append(p.rows, row{i, t.group})
		}
	} else {
		for _, h := range p.g.search(asked) {
			p.rows = append(p.rows, row{h.topic, h.snippet})
		}
	}
	p.none.Hide()
	if len(p.rows) == 0 {
		p.none.Show()
	}
	p.list.Reset()
	p.follow()
}

// follow puts the list's cursor on the page shown, without going anywhere.
func (p *page) follow() {
	at := slices.IndexFunc(p.rows, func(r row) bool { return r.topic == p.at })
	p.moving = true
	if at < 0 {
		p.list.UnselectAll()
	} else {
		p.list.SetCursor(at)
	}
	p.moving = false
}

// searchKey lets the arrows and Enter of the field work the list.
func (p *page) searchKey(e *fyne.KeyEvent) bool {
	at := slices.IndexFunc(p.rows, func(r row) bool { return r.topic == p.at })
	switch {
	case len(p.rows) == 0:
		return false
	case e.Name == fyne.KeyReturn || e.Name == fyne.KeyEnter:
		at = 0
	case e.Name == fyne.KeyDown:
		at = min(at+1, len(p.rows)-1)
	case e.Name == fyne.KeyUp:
		at = max(at-1, 0)
	default:
		return false
	}
	p.h.Go(p.route(p.rows[at].topic))
	p.Find()
	return true
}

func (p *page) row(i int, _ bool, o fyne.CanvasObject) {
	r := p.rows[i]
	o.(*widgets.Row).Set(p.g.topics[r.topic].title, r.detail, false, false, widgets.Plain, "")
}

// draw makes the objects of a page of the guide.
func (p *page) draw(t topic) []fyne.CanvasObject {
	title := widgets.Heading(t.title)
	title.SizeName, title.Wrapping = base.SizeNameHeadingText, fyne.TextWrapWord
	out := []fyne.CanvasObject{title}
	for i, b := range t.blocks {
		if out = append(out, p.drawBlock(b)); i == 0 {
			out = append(out, p.drawPicture(t.id)...)
		}
	}
	return out
}

// drawPicture shows the window as a page tells of it, after its first words.
func (p *page) drawPicture(id string) []fyne.CanvasObject {
	content := picture(id)
	if content == nil {
		return nil
	}
	shown := canvas.NewImageFromResource(fyne.NewStaticResource(id+".png", content))
	shown.FillMode = canvas.ImageFillContain
	edge := canvas.NewRectangle(color.Transparent)
	edge.StrokeColor, edge.StrokeWidth = theme.Of(base.ColorNameInputBorder), 1
	return []fyne.CanvasObject{container.New(&proportion{}, shown, edge), widgets.Caption(p.h.Text("help.picture"))}
}

// proportion gives a picture of the window the whole width, and the height that goes with it.
type proportion struct{ width float32 }

// windowProportion is the height of the guide's pictures for their width.
const windowProportion = 2.0 / 3

func (l *proportion) MinSize([]fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(150, max(l.width, 150)*windowProportion+2*base.InnerPadding())
}

func (l *proportion) Layout(o []fyne.CanvasObject, size fyne.Size) {
	l.width = size.Width
	for _, x := range o {
		x.Move(fyne.NewPos(0, base.InnerPadding()))
		x.Resize(fyne.NewSize(size.Width, size.Width*windowProportion))
	}
}

func (p *page) drawBlock(b block) fyne.CanvasObject {
	switch b.kind {
	case heading:
		h := widgets.Heading(b.text())
		h.Wrapping = fyne.TextWrapWord
		return h
	case item:
		return beside(mark("•"), rich(b))
	case numbered:
		return beside(mark(strconv.Itoa(b.number)+"."), rich(b))
	case note:
		return beside(widget.NewIcon(base.InfoIcon()), rich(b))
	case link:
		return p.link(b)
	}
	return rich(b)
}

// link is a button that goes to a page, of the guide or of the program.
func (p *page) link(b block) fyne.CanvasObject {
	to := shell.Route{Page: Name, Arg: b.to}
	icon := base.NavigateNextIcon()
	if name, ok := strings.CutPrefix(b.to, "page:"); ok {
		to, icon = shell.Route{Page: shell.PageName(name)}, base.LogoutIcon()
	}
	open := widgets.NewButton(b.text(), icon, func() { p.h.Go(to) })
	open.Importance, open.Alignment = widget.LowImportance, widget.ButtonAlignLeading
	return container.NewHBox(open)
}

// mark is the number or the point of an item.
func mark(text string) fyne.CanvasObject {
	m := widgets.NewLabel(text)
	m.Alignment = fyne.TextAlignTrailing
	return m
}

func beside(mark, text fyne.CanvasObject) fyne.CanvasObject {
	return container.New(besideLayout{}, mark, text)
}

func rich(b block) *widgets.Rich {
	t := widgets.NewRich()
	for _, s := range b.spans {
		style := widget.RichTextStyleInline
		style.TextStyle = fyne.TextStyle{Bold: s.bold || s.key}
		t.Segments = append(t.Segments, &widget.TextSegment{Text: s.text, Style: style})
	}
	t.Wrapping = fyne.TextWrapWord
	return t
}

// besideLayout sets a wrapped text beside its mark, as high as its width asks for.
type besideLayout struct{}

// room is how wide a mark is.
func (besideLayout) room() float32 {
	return fyne.MeasureText("00.", base.TextSize(), fyne.TextStyle{}).Width + 2*base.InnerPadding()
}

func (l besideLayout) MinSize(o []fyne.CanvasObject) fyne.Size {
	t := o[1].MinSize()
	return fyne.NewSize(l.room()+t.Width, t.Height)
}

func (l besideLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	line := fyne.MeasureText("A", base.TextSize(), fyne.TextStyle{}).Height + 2*base.InnerPadding()
	o[0].Move(fyne.Position{})
	o[0].Resize(fyne.NewSize(l.room(), line)) // that of the first line
	o[1].Move(fyne.NewPos(l.room(), 0))
	o[1].Resize(fyne.NewSize(size.Width-l.room(), size.Height))
}

// column sets paragraphs one under the other, their own margins overlapping as in a book, each as high as its width asks for.
type column struct{}

// overlap is how much of the margins of two paragraphs is one.
func (column) overlap() float32 { return base.InnerPadding() }

func (c column) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var size fyne.Size
	for _, o := range objects {
		m := o.MinSize()
		size.Width = max(size.Width, m.Width)
		size.Height += m.Height - c.overlap()
	}
	return size.AddWidthHeight(0, c.overlap())
}

func (c column) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	y := float32(0)
	for _, o := range objects {
		o.Move(fyne.NewPos(0, y))
		o.Resize(fyne.NewSize(size.Width, o.MinSize().Height))
		// Now that it has its width, it knows its height.
		h := o.MinSize().Height
		o.Resize(fyne.NewSize(size.Width, h))
		y += h - c.overlap()
	}
}

// longest is how many letters a line of the guide has at most.
const longest = 75

// measure keeps the guide at a width that can be read, at the left.
type measure struct{}

func (measure) MinSize(o []fyne.CanvasObject) fyne.Size {
	m := o[0].MinSize()
	return fyne.NewSize(200, m.Height+48)
}

func (measure) Layout(o []fyne.CanvasObject, s fyne.Size) {
	// A French letter is about as wide as an «n» is, spaces apart.
	wide := fyne.MeasureText(strings.Repeat("n", longest), base.TextSize(), fyne.TextStyle{}).Width * 0.92
	o[0].Move(fyne.NewPos(16, 12))
	o[0].Resize(fyne.NewSize(min(s.Width-32, wide), s.Height-24))
}
