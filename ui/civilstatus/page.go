// Package civilstatus is the page of the digitised acts and their mentions.
//
// The left pane shows the acts, or a part of the queue: the notices that came, what is to be prepared, verified, affixed,
// sent, and the receipts that are awaited (queue.go).
//
//	┌ actes ─────────┬ image de l’acte ──────┬ mentions ───────────────┐
//	│ EXEMPLE Camille│                       │ à apposer : «Mariée à…» │
//	│ …              │                       │ [Feuille] [Apposée] [Avis] │
//	└────────────────┴───────────────────────┴─────────────────────────┘
//
// Keys: arrows in the list, Ctrl+F filters, + and - zoom the image, r turns it, c strengthens its contrast.
package civilstatus

import (
	"context"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/civilstatus"
	"alpi40.fr/airial/local/civilstatus/manifest"
	"alpi40.fr/airial/local/comedec"
	"alpi40.fr/airial/local/mailbox"
	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/theme"
	"alpi40.fr/airial/ui/widgets"
)

// Name is the page's name in routes.
const Name shell.PageName = "civilstatus"

// limit bounds the list; searchLimit what a search brings at once.
const (
	limit       = 2000
	searchLimit = 300
)

// Office is what this page asks of the program. All methods run off the window's thread.
type Office interface {
	Person(ctx context.Context) (string, error)
	Acts() *civilstatus.Registry
	// Pictures opens the pages of an act.
	Pictures(ctx context.Context, a *civilstatus.Act) (widgets.Pages, error)
	// Scans opens scanned pages that are not an act yet.
	Scans(ctx context.Context, paths []string) (widgets.Pages, error)
	// ImportAct keeps a new act and its scanned pages, and gives its id. An act of no commune is of this one.
	ImportAct(ctx context.Context, person string, a civilstatus.Act, paths []string) (id string, err error)
	// OpenRegister reads the list of a digitised register, or a folder of images; KeepRegister keeps what was corrected
	// of it; ImportRegister keeps its acts.
	OpenRegister(ctx context.Context, path string) (*manifest.Register, error)
	KeepRegister(ctx context.Context, r *manifest.Register, lines []manifest.Line) error
	ImportRegister(ctx context.Context, person string, scans []civilstatus.Scan, progress func(done, of int)) ([]civilstatus.Outcome, error)
	// Officers are those who may affix a mention today.
	Officers(ctx context.Context) ([]authority.Person, error)
	// ReadPages reads files: scanned pages, a list of decisions, a catalogue.
	ReadPages(ctx context.Context, paths []string) ([]civilstatus.Page, error)
	// ReadDeceased reads INSEE's file of the deceased, and keeps what it suggests.
	ReadDeceased(ctx context.Context, person, path string, progress func(lines int64)) (civilstatus.Reading, error)
	// ExportCivilStatus writes the civil status into a folder; RestoreCivilStatus reads one back.
	ExportCivilStatus(ctx context.Context, dir string, progress func(done, of int)) (folder string, n civilstatus.Exported, err error)
	RestoreCivilStatus(ctx context.Context, person, dir string) (civilstatus.Restored, error)
	// FamilyBooklet and DeathFollowUp print what an act, and those linked to it, give.
	FamilyBooklet(ctx context.Context, act string) ([]byte, error)
	DeathFollowUp(ctx context.Context, act string) ([]byte, error)
	// OfferedFormulas is the catalogue that the agency handed out, nil for none; TakeFormulas puts it in use.
	OfferedFormulas(ctx context.Context) (*civilstatus.Offer, error)
	TakeFormulas(ctx context.Context, person string) (int, error)

	// MailNotice has a notice of mention leave by mail, and notes it as sent; LetterFate is what became of a letter.
	MailNotice(ctx context.Context, person, act, mention string, o civilstatus.Outgoing) error
	LetterFate(ctx context.Context, messageID string) (mailbox.Fate, error)

	// The rehearsal of COMEDEC: who is known, the card of this computer, what a request says and what is answered.
	Verifications() *comedec.Desk
	VerificationCard(ctx context.Context) (comedec.Card, error)
	OpenVerification(ctx context.Context, path string) (comedec.Request, comedec.Card, comedec.Examined, error)
	AnswerVerification(ctx context.Context, person, officer, reason string, r comedec.Request, from comedec.Card) ([]byte, error)
}

// Entry places the page in the rail.
func Entry(o Office) shell.Entry {
	return shell.Entry{
		Route: shell.Route{Page: Name}, Icon: theme.Icon("civilstatus"), TitleKey: "shell.page.civilstatus",
		New: func(h shell.Host) shell.Page { return newPage(h, o) },
		Commands: []shell.Command{
			{LabelKey: "civilstatus.import", Run: func(x shell.Page) { x.(*page).pick() }},
			{LabelKey: "civilstatus.register.list", Run: func(x shell.Page) { x.(*page).pickRegister(false) }},
			{LabelKey: "civilstatus.register.folder", Run: func(x shell.Page) { x.(*page).pickRegister(true) }},
			{LabelKey: "civilstatus.desk", Run: func(x shell.Page) { x.(*page).indexDesk() }},
			{LabelKey: "civilstatus.tools", Run: func(x shell.Page) { x.(*page).tools() }},
		},
		Badge: func(ctx context.Context) (int, error) { return o.Acts().Waiting(ctx) },
	}
}

type page struct {
	h       shell.Host
	o       Office
	arg     string
	acts    []civilstatus.Act
	alike   int                  // of the acts, at the end, those found by ear
	more    *widgets.CaptionText // told when a search finds more than it shows
	sheets  *widgets.Button      // prints all that is to be affixed
	left    *fyne.Container
	shown   *civilstatus.Act
	filter  *widgets.Entry
	list    *widgets.List
	empty   *fyne.Container
	preview *widgets.Preview
	side    *fyne.Container
	scroll  *widgets.Scroll // of the side
	panes   fyne.CanvasObject
	root    *fyne.Container
	intake  *intake // the import under way, in place of the panes
	keep    func()

	officer string           // who signed the last mention that was noted here
	view    civilstatus.View // "" shows the acts
	queue   []civilstatus.Line
	lines   []civilstatus.Line // of the view
	tabs    *fyne.Container
	notice  string      // the one that came and is shown
	claimed shell.Claim // the side
	pending bool        // what it was claimed for has not come
	face    *face       // what the side shows, when that is an act
}

// claim gives the side to something else from now on; writing: to a form, which what changes elsewhere does not close.
func (p *page) claim(writing bool) (still func() bool) {
	p.pending, p.face = false, nil
	if writing {
		p.scroll.ScrollTo(0) // a form is read from its top
	}
	return p.claimed.Take(writing)
}

// ask claims the side for what a query brings.
func ask[T any](p *page, writing bool, query func(context.Context) (T, error), apply func(T)) {
	still := p.claim(writing)
	p.pending = true
	shell.Load(p.h, "side", query, func(v T) {
		if still() {
			p.pending = false
			apply(v)
		}
	})
}

// unless runs then at the end of something long, unless the person has begun to write something else since.
func (p *page) unless(then func()) func() { return p.claimed.Unless(p.load, then) }

func newPage(h shell.Host, o Office) *page {
	p := &page{h: h, o: o, side: widgets.Wrapped(), empty: container.NewStack(), tabs: container.NewGridWithColumns(2)}
	p.filter = widgets.NewEntry(h.Text("civilstatus.filter"))
	p.filter.OnChanged = func(string) { p.load() }
	p.list = widgets.NewList(h.Now, p.count, func() fyne.CanvasObject { return widgets.NewRow(false) }, p.row)
	p.list.Label = p.label
	p.list.OnCursor = func(i int) {
		switch {
		case p.view != "":
			p.openLine(i)
		case i < len(p.acts):
			p.open(p.acts[i].ID)
		}
	}
	p.preview = widgets.NewPreview(h.Schedule, func(page, n int) string { return h.Text("civilstatus.page", "page", page, "of", n) })
	p.preview.OnError = func(err error) string { return shell.What(h, err) }
	p.preview.Adjustable(h.Text("civilstatus.turn"), h.Text("civilstatus.contrast"))
	add := container.NewVBox(widgets.NewButton(h.Text("civilstatus.import"), base.ContentAddIcon(), p.pick),
		container.NewGridWithColumns(2, widgets.NewButton(h.Text("civilstatus.register.list"), nil, func() { p.pickRegister(false) }),
			widgets.NewButton(h.Text("civilstatus.register.folder"), nil, func() { p.pickRegister(true) }),
			widgets.NewButton(h.Text("civilstatus.incoming.add"), nil, p.newIncoming), widgets.NewButton(h.Text("civilstatus.settings"), nil, p.settings),
			widgets.NewButton(h.Text("civilstatus.desk"), nil, p.indexDesk), widgets.NewButton(h.Text("civilstatus.tools"), nil, p.tools)))
	p.more = widgets.Caption(h.Text("civilstatus.more"))
	p.more.Hide()
	p.sheets = widgets.NewButton(h.Text("civilstatus.sheets"), base.DocumentPrintIcon(), func() {
		p.print("mentions-a-apposer.pdf", func(ctx context.Context) ([]byte, error) {
			d, err := p.o.Acts().Sheets(ctx)
			return d.PDF, err
		})
	})
	p.sheets.Hide()
	p.left = container.New(leftLayout{add}, container.NewVBox(p.tabs, p.filter, p.more, p.sheets), container.NewStack(p.list, p.empty), widgets.NewScroll(add))
	p.showTabs()
	p.scroll = widgets.NewScroll(p.side)
	p.panes, p.keep = widgets.Panes(h.Preferences(), "civilstatus", []float64{0.27, 0.55}, p.left, p.preview, p.scroll)
	p.root = container.NewStack(p.panes)
	return p
}

func (p *page) Route() shell.Route         { return shell.Route{Page: Name, Arg: p.arg} }
func (p *page) Title() string              { return p.h.Text("shell.page.civilstatus") }
func (p *page) Content() fyne.CanvasObject { return p.root }
func (p *page) Hide()                      { p.keep(); p.preview.Stop() }

// Panes are those of the acts, or of the import under way.
func (p *page) Panes() []fyne.Focusable {
	if p.intake != nil {
		return []fyne.Focusable{p.intake.list, p.intake.preview}
	}
	return []fyne.Focusable{p.list, p.preview}
}

// Drop takes a list, or a folder of images.
func (p *page) Drop(paths []string) bool {
	if len(paths) != 1 || p.intake != nil {
		return false
	}
	if ext := strings.ToLower(filepath.Ext(paths[0])); ext != ".csv" && ext != "" {
		return false
	}
	p.openRegister(paths[0])
	return true
}

// Find goes to the filter.
func (p *page) Find() {
	widgets.Focus(p.filter, p.filter)
}

func (p *page) Show(r shell.Route) {
	if p.pending {
		p.claim(false) // the page was left before it came
	}
	if r.Arg == "settings" {
		p.settings()
	} else if id, came := strings.CutPrefix(r.Arg, "incoming/"); came {
		p.view = civilstatus.ViewIncoming
		p.openIncoming(id)
	} else if r.Arg != "" {
		p.view, p.arg = "", strings.TrimPrefix(r.Arg, "act/")
	}
	p.h.Changes([]string{"act/", "incoming/", "act-link/", "death/"}, p.load)
	p.load()
}

func (p *page) load() {
	p.loadQueue()
	if p.view != "" {
		return
	}
	words := p.filter.Text
	shell.Load(p.h, "list", func(ctx context.Context) (f civilstatus.Found, err error) {
		if strings.TrimSpace(words) != "" {
			return p.o.Acts().Search(ctx, words, searchLimit)
		}
		f.Acts, err = p.o.Acts().List(ctx, "", false, limit)
		return f, err
	}, func(f civilstatus.Found) {
		acts := f.Acts
		p.acts, p.alike = acts, f.Alike
		if p.more.Hidden == f.More {
			p.more.Hidden = !f.More
			p.left.Refresh()
		}
		p.list.Refresh()
		p.empty.Objects = nil
		if len(acts) == 0 {
			p.empty.Objects = []fyne.CanvasObject{widgets.Empty(theme.Icon("civilstatus"), p.h.Text("civilstatus.empty"), p.h.Text("civilstatus.empty.text"), nil)}
		}
		p.empty.Refresh()
		if p.claimed.Writing() {
			return
		}
		at := 0
		for i, a := range acts {
			if a.ID == p.arg {
				at = i
			}
		}
		if len(acts) > 0 {
			p.list.SetCursor(at)
		}
		if p.arg != "" {
			p.open(p.arg)
		}
	})
}

func (p *page) row(i int, _ bool, o fyne.CanvasObject) {
	if p.view != "" {
		p.lineRow(i, o.(*widgets.Row))
		return
	}
	if i >= len(p.acts) {
		return
	}
	a := p.acts[i]
	waiting := 0
	for _, m := range a.Mentions {
		if m.State == civilstatus.ToAffix {
			waiting++
		}
	}
	m, word := widgets.Plain, ""
	switch {
	case waiting > 0:
		m, word = widgets.Waiting, p.h.Text("civilstatus.waiting", "n", waiting)
	case a.Outdated:
		m, word = widgets.Plain, p.h.Text("civilstatus.outdated.short")
	case i >= len(p.acts)-p.alike:
		m, word = widgets.Plain, p.h.Text("civilstatus.alike")
	}
	o.(*widgets.Row).Set(p.name(&a), p.reference(&a), waiting > 0, false, m, word)
}

func (p *page) name(a *civilstatus.Act) string {
	if a.LastName == "" {
		return p.h.Text("civilstatus.noname")
	}
	return strings.ToUpper(a.LastName) + " " + a.FirstName
}

// day is the date of the event, as the register has it when it is no plain day.
func (p *page) day(a *civilstatus.Act) string {
	switch {
	case a.Date != "" && a.Written != "":
		return a.Written + " (" + lang.Day(a.Date.Time()) + ")"
	case a.Date != "":
		return lang.Day(a.Date.Time())
	case a.Written != "":
		return a.Written
	}
	return p.h.Text("civilstatus.noday")
}

func (p *page) reference(a *civilstatus.Act) string {
	return p.h.Text("civilstatus.reference", "kind", a.Kind.Name(), "number", a.Number, "year", strconv.Itoa(a.Year))
}

// face is what the side shows of an act.
type face struct {
	act    *civilstatus.Act
	beside related
}

func (p *page) open(id string) {
	fresh := p.shown == nil || p.shown.ID != id
	p.arg = id
	former := p.face
	ask(p, false, func(ctx context.Context) (s face, err error) {
		if s.act, err = p.o.Acts().Act(ctx, id); err != nil {
			return s, err
		}
		s.beside, err = p.related(ctx, id)
		return s, err
	}, func(s face) {
		a := s.act
		if !fresh && reflect.DeepEqual(former, &s) {
			p.face = former
			return // what is there already is not built again under a hand that presses it
		}
		p.face = &s
		p.shown = a
		p.side.Objects = p.describe(a, s.beside)
		shell.LayOut(p.h, p.side)
		if fresh {
			p.scroll.ScrollTo(0)
			shell.Load(p.h, "picture", func(ctx context.Context) (widgets.Pages, error) { return p.o.Pictures(ctx, a) }, p.preview.SetDocument)
		}
	})
}

func (p *page) describe(a *civilstatus.Act, beside related) []fyne.CanvasObject {
	title := widgets.Heading(p.name(a))
	title.Wrapping = fyne.TextWrapWord
	out := []fyne.CanvasObject{title, widgets.Caption(p.reference(a) + " · " + p.day(a) + " · " + a.Commune)}
	if a.Usual != "" {
		out = append(out, widgets.Caption(p.h.Text("civilstatus.usual", "name", a.Usual)))
	}
	if a.Poor() {
		out = append(out, widgets.NewNote(widgets.Waiting, p.h.Text("civilstatus.toindex")))
	}
	if a.Outdated {
		out = append(out, widgets.NewNote(widgets.Late, p.h.Text("civilstatus.outdated")))
	}
	out = append(out, widgets.Beside(widgets.NewButton(p.h.Text("civilstatus.indexing"), base.DocumentCreateIcon(), func() { p.indexAgain(a) })),
		widgets.Beside(widgets.NewButton(p.h.Text("civilstatus.rescan"), base.ViewRefreshIcon(), func() { p.rescan(a) })))
	if a.Annulled() {
		out = append(out, widgets.NewNote(widgets.Refused, p.h.Text("civilstatus.annulled")))
	}
	out = append(out, p.describeDeaths(a, beside.deaths)...)
	out = append(out, widgets.Heading(p.h.Text("civilstatus.mentions")))
	if len(a.Mentions) == 0 {
		out = append(out, widgets.Caption(p.h.Text("civilstatus.none")))
	}
	for i := range a.Mentions {
		out = append(out, p.mention(a, &a.Mentions[i])...)
	}
	out = append(out, widgets.Beside(widgets.NewButton(p.h.Text("civilstatus.add"), base.ContentAddIcon(), func() { p.form(a, 0, civilstatus.Draft{}) })),
		widgets.Beside(widgets.NewButton(p.h.Text("civilstatus.standing.add"), base.DocumentCreateIcon(), func() { p.standing(a) })))
	return append(append(out, p.papers(a)...), p.describeLinks(a, beside)...)
}

// papers are what an act gives to print beside its mentions.
func (p *page) papers(a *civilstatus.Act) (out []fyne.CanvasObject) {
	row := container.NewHBox()
	if a.Kind != civilstatus.Recognition {
		row.Add(widgets.NewButton(p.h.Text("civilstatus.booklet"), base.DocumentPrintIcon(), func() {
			p.print("livret-de-famille.pdf", func(ctx context.Context) ([]byte, error) { return p.o.FamilyBooklet(ctx, a.ID) })
		}))
	}
	if a.Kind == civilstatus.Death {
		row.Add(widgets.NewButton(p.h.Text("civilstatus.followup"), base.DocumentPrintIcon(), func() {
			p.print("suites-d-un-deces.pdf", func(ctx context.Context) ([]byte, error) { return p.o.DeathFollowUp(ctx, a.ID) })
		}))
	}
	return append(out, row)
}

func (p *page) print(name string, make func(context.Context) ([]byte, error)) {
	p.h.OpenPDF(shell.Made(name, make))
}

func (p *page) run(key string, do func(ctx context.Context, person string) error) {
	p.runThen(key, do, p.leaveForm)
}

func (p *page) runThen(key string, do func(ctx context.Context, person string) error, then func()) {
	shell.Do(p.h, shell.Deed{ID: "civilstatus." + key, Label: p.h.Text("civilstatus.doing"), Done: p.h.Text("civilstatus.done." + key), Person: p.o.Person, Run: do, Then: p.unless(then)})
}
