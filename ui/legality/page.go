// Package legality is the page of the legality review (contrôle de légalité): what is
// transmitted of a signed act to the State's representative, and what comes back. What is to be
// transmitted can be said before the act is signed.
//
//	┌ délibérations ──────────┬ transmission ─────────────┬ acte ──────┐
//	│ 2026-045 Subvention…    │ Nature, matière, numéro   │            │
//	│   Reçu le 4 mars        │ Objet, date, type         │  la page   │
//	│ 2026-046 Toiture…       │ Annexes, leur type        │  signée    │
//	│   À transmettre         │ [Transmettre au contrôle] │            │
//	└─────────────────────────┴───────────────────────────┴────────────┘
//
// Keys: arrows in the list.
package legality

import (
	"context"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"

	"alpi40.fr/airial/local/actes"
	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/theme"
	"alpi40.fr/airial/ui/widgets"
)

// Name is the page's name in routes.
const Name shell.PageName = "legality"

// council is the page of the deliberations, parapheur that of the folders.
const (
	council   shell.PageName = "council"
	parapheur shell.PageName = "parapheur"
)

// Item is an act of the list.
type Item struct {
	ID, Number, Subject string
	Day                 authority.Day // "" while it is not known
	// Order: an order or a decision, which is transmitted where it is among those that are.
	Order, Signed bool
	// Deliberation tells that it is one of the council's; Folder is the one that signs it, and
	// LeftOut why somebody decided there not to transmit it.
	Deliberation    bool
	Folder, LeftOut string
	// Document is what there is of it, signed or not.
	Document store.Digest
	// Act is what is known of it before a person completes it; Filing what was transmitted.
	Act    actes.Act
	Filing *actes.Filing
	// FileName is the name of its document in @CTES.
	FileName string
	// Effect says what publication and reception make of it; Appeal is the last day to appeal.
	Effect string
	Appeal authority.Day
}

// Annex is a file to be joined: one of the disk, or one that was kept with a former asking.
type Annex struct {
	Path, Type string
	Kept       *actes.File
}

// Office is what this page asks of the program. All methods run off the window's thread.
type Office interface {
	Person(ctx context.Context) (string, error)
	Legality() *actes.Review
	// LegalityItems are the deliberations, orders and decisions that have a number.
	LegalityItems(ctx context.Context) ([]Item, error)
	// AskLegality has a signed act transmitted; PrepareLegality keeps what is to be transmitted
	// of one that is not signed yet.
	AskLegality(ctx context.Context, id string, a actes.Act, annexes []Annex) error
	PrepareLegality(ctx context.Context, id string, a actes.Act, annexes []Annex) error
	// NoteLegalityReceipt keeps the ARActe of an act transmitted another way: a file on the disk.
	NoteLegalityReceipt(ctx context.Context, id, path string) error
	// ReplyLetter has a letter of the préfecture answered.
	ReplyLetter(ctx context.Context, id, letter string, r Reply) error
	// StampedAct makes a copy of an act that was received, stamped with its receipt.
	StampedAct(ctx context.Context, id string) ([]byte, error)
	// FetchClassification asks for the préfecture's classification.
	FetchClassification(ctx context.Context) error
	// Carry asks the third party now; CarryTrouble is why it could not be reached lately.
	Carry(ctx context.Context) error
	CarryTrouble(ctx context.Context) error
	// Pages opens a document for the preview; Content gives its bytes.
	Pages(ctx context.Context, d store.Digest) (widgets.Pages, error)
	Content(ctx context.Context, d store.Digest) ([]byte, error)
}

// Entry places the page in the rail.
func Entry(o Office) shell.Entry {
	return shell.Entry{Route: shell.Route{Page: Name}, Icon: theme.Icon("legality"), TitleKey: "shell.page.legality",
		New:   func(h shell.Host) shell.Page { return newPage(h, o) },
		Badge: func(ctx context.Context) (int, error) { return o.Legality().Waiting(ctx) }}
}

type page struct {
	h       shell.Host
	o       Office
	arg     string
	items   []Item
	matters actes.Classification
	index   actes.Index
	trouble error
	// shown is what stands in the middle: it is not made anew under what is being typed.
	shown   string
	form    *form             // in the middle; nil: none
	replies map[string]*reply // being made ready, by letter
	list    *widgets.List
	empty   *fyne.Container
	side    *fyne.Container
	scroll  *widgets.Scroll
	preview *widgets.Preview
	content fyne.CanvasObject
	keep    func()
}

func newPage(h shell.Host, o Office) *page {
	p := &page{h: h, o: o, side: widgets.Wrapped(), empty: container.NewStack(), replies: map[string]*reply{}}
	p.list = widgets.NewList(h.Now, func() int { return len(p.items) }, func() fyne.CanvasObject { return widgets.NewRow(false) }, p.row)
	p.list.Label = func(i int) string { return p.items[i].Number }
	p.list.OnCursor = func(i int) {
		if i < len(p.items) {
			p.open(p.items[i])
		}
	}
	p.preview = widgets.NewPreview(h.Schedule, func(page, n int) string { return h.Text("parapheur.page", "page", page, "of", n) })
	p.preview.OnError = func(err error) string { return shell.What(h, err) }
	p.scroll = widgets.NewScroll(p.side)
	fetch := widgets.NewButton(h.Text("legality.matters.fetch"), base.DownloadIcon(), func() {
		p.do("fetch", func(ctx context.Context, _ string) error { return p.o.FetchClassification(ctx) })
	})
	p.content, p.keep = widgets.Panes(h.Preferences(), "legality", []float64{0.28, 0.66},
		container.NewBorder(nil, fetch, nil, nil, container.NewStack(p.list, p.empty)), p.scroll, p.preview)
	return p
}

func (p *page) Route() shell.Route         { return shell.Route{Page: Name, Arg: p.arg} }
func (p *page) Title() string              { return p.h.Text("legality.title") }
func (p *page) Content() fyne.CanvasObject { return p.content }
func (p *page) Hide()                      { p.keep(); p.preview.Stop() }
func (p *page) today() authority.Day       { return authority.DayOf(p.h.Now()) }
func (p *page) Panes() []fyne.Focusable    { return []fyne.Focusable{p.list, p.preview} }

func (p *page) Show(r shell.Route) {
	if r.Arg != "" {
		p.arg = r.Arg
	}
	p.h.Changes([]string{"legality/", "matters/", "deliberation/", "order/", "folder/"}, p.load)
	p.load()
}

func (p *page) load() {
	type all struct {
		items   []Item
		matters actes.Classification
		index   actes.Index
		trouble error
	}
	shell.Load(p.h, "list", func(ctx context.Context) (a all, err error) {
		if a.items, err = p.o.LegalityItems(ctx); err != nil {
			return a, err
		}
		if a.matters, err = p.o.Legality().Classification(ctx); err != nil {
			return a, err
		}
		a.index, a.trouble = a.matters.Index(), p.o.CarryTrouble(ctx)
		return a, nil
	}, func(a all) {
		p.items, p.matters, p.index, p.trouble = a.items, a.matters, a.index, a.trouble
		p.list.Refresh()
		p.empty.Objects = nil
		if len(p.items) == 0 {
			p.empty.Objects = []fyne.CanvasObject{widgets.Empty(theme.Icon("legality"), p.h.Text("legality.empty"), p.h.Text("legality.empty.text"), nil)}
		}
		p.empty.Refresh()
		at := slices.IndexFunc(p.items, func(x Item) bool { return x.ID == p.arg })
		if at < 0 && len(p.items) > 0 {
			at = 0
		}
		if at >= 0 {
			p.list.SetCursor(at)
			p.open(p.items[at])
		}
	})
}

// badge is how far an item has come: a meaning, and the key of its word.
func badge(x Item) (widgets.Meaning, string) {
	switch {
	case x.Filing == nil || x.Filing.State == actes.TakenBack || x.Filing.State == actes.Prepared:
		switch {
		case x.LeftOut != "":
			return widgets.Plain, "legality.badge.leftout"
		case !x.Signed && x.Filing != nil && x.Filing.State == actes.Prepared:
			return widgets.Plain, "legality.badge.prepared"
		case !x.Signed:
			return widgets.Plain, "legality.badge.unsigned"
		}
		if x.Order && x.Act.Folder == "" {
			return widgets.Plain, "legality.badge.order"
		}
		return widgets.Waiting, "legality.badge.ready"
	case x.Filing.State == actes.Bounced:
		return widgets.Refused, "legality.badge.bounced"
	case x.Filing.State == actes.Received && slices.ContainsFunc(x.Filing.Letters, func(l actes.Letter) bool { return !l.Answered() }):
		return widgets.Late, "legality.badge.letter"
	case x.Filing.State == actes.Received:
		return widgets.Done, "legality.badge.received"
	case x.Filing.State == actes.Cancelled:
		return widgets.Plain, "legality.badge.cancelled"
	}
	return widgets.Waiting, "legality.badge." + string(x.Filing.State)
}

func (p *page) row(i int, _ bool, o fyne.CanvasObject) {
	if i >= len(p.items) {
		return
	}
	x := p.items[i]
	m, key := badge(x)
	o.(*widgets.Row).Set(x.name(), p.when(x), false, false, m, p.h.Text(key))
}

// name is an act as lists say it.
func (x Item) name() string { return strings.TrimSpace(x.Number + " " + x.Subject) }

func (p *page) when(x Item) string {
	switch {
	case x.Deliberation:
		return p.h.Text("legality.sitting", "day", lang.Day(x.Day.Time()))
	case x.Order:
		return p.h.Text("legality.order", "day", lang.Day(x.Day.Time()))
	case x.Day == "":
		return p.h.Text("legality.folder.running")
	}
	return p.h.Text("legality.act.day", "day", lang.Day(x.Day.Time()))
}

// open shows an item: its form while it may be transmitted, else how far it has come.
func (p *page) open(x Item) {
	state, changed := "", ""
	if x.Filing != nil {
		state, changed = string(x.Filing.State), x.Filing.Changed.String()+lang.Day(x.Filing.At)
		for _, l := range x.Filing.Letters {
			changed += "+"
			if l.Reply != nil {
				changed += l.Reply.Post + string(l.Reply.State)
			}
		}
	}
	trouble := ""
	if p.trouble != nil {
		trouble = p.trouble.Error()
	}
	key := x.ID + state + changed + trouble + x.Effect + string(p.matters.Date)
	if x.Signed {
		key += "signed"
	}
	key += x.LeftOut + x.Document.String()
	p.arg = x.ID
	if key == p.shown {
		return
	}
	p.shown = key
	same := p.form != nil && p.form.x.ID == x.ID && p.form.typed()
	switch {
	case actes.MayAsk(x.Filing) != nil:
		p.form = nil
		p.side.Objects = p.progress(x)
	case same: // what is being typed stays
		p.form.follow(x)
		p.side.Objects = p.form.objects()
	default:
		p.form = newForm(p, x)
		p.side.Objects = p.form.objects()
	}
	shell.LayOut(p.h, p.side)
	if !same {
		p.scroll.ScrollTo(0) // what is new is said first
	}
	if x.Document == (store.Digest{}) {
		shell.Load(p.h, "pages", func(context.Context) (string, error) { return p.h.Text("legality.nodocument"), nil }, p.preview.Say)
		return
	}
	shell.Load(p.h, "pages", func(ctx context.Context) (widgets.Pages, error) { return p.o.Pages(ctx, x.Document) }, p.preview.SetDocument)
}

func (p *page) heading(x Item) []fyne.CanvasObject {
	title := widgets.Heading(x.name())
	title.Wrapping = fyne.TextWrapWord
	links := container.NewHBox()
	if x.Order {
		links.Add(widgets.NewButton(p.h.Text("legality.link.order"), theme.Icon("registers"), func() { p.h.Go(shell.Route{Page: "registers", Arg: "order/" + x.ID}) }))
	}
	if x.Deliberation {
		links.Add(widgets.NewButton(p.h.Text("legality.link.deliberation"), theme.Icon("council"), func() { p.h.Go(shell.Route{Page: council, Arg: "deliberation/" + x.ID}) }))
		links.Add(widgets.NewButton(p.h.Text("legality.link.publication"), theme.Icon("publication"), func() {
			p.h.Go(shell.Route{Page: "publication", Arg: "publication/deliberation-" + x.ID})
		}))
	}
	if x.Folder != "" {
		links.Add(widgets.NewButton(p.h.Text("legality.link.folder"), theme.Icon("parapheur"), func() { p.h.Go(shell.Route{Page: parapheur, Arg: "folder/" + x.Folder}) }))
	}
	return []fyne.CanvasObject{title, links}
}

// noteReceipt is the button that takes a receipt that came another way.
func (p *page) noteReceipt(id string) fyne.CanvasObject {
	return container.NewHBox(widgets.NewButton(p.h.Text("legality.note"), base.MailReplyIcon(), func() {
		p.h.PickFiles(shell.Files{Title: p.h.Text("legality.note"), Extensions: []string{".xml"}}, func(paths []string) {
			if len(paths) > 0 {
				p.do("note", func(ctx context.Context, _ string) error { return p.o.NoteLegalityReceipt(ctx, id, paths[0]) })
			}
		})
	}))
}

func (p *page) do(key string, run func(ctx context.Context, person string) error) {
	p.doThen(key, run, func() {})
}

func (p *page) doThen(key string, run func(ctx context.Context, person string) error, then func()) {
	shell.Do(p.h, shell.Deed{ID: "legality." + key, Label: p.h.Text("legality.doing"), Done: p.h.Text("legality.done." + key), Person: p.o.Person, Run: run, Then: func() { then(); p.load() }})
}
