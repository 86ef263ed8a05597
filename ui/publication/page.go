// Package publication is the page of the acts made public.
//
//	┌ actes ──────────────────┬ fiche ──────────────────────┬ ce qui sera en ligne ┐
//	│ À publier               │ état, échéance, auteur      │                      │
//	│ 2026-012 Subvention…    │ [Publier] [Occulter…]       │   page 1             │
//	│ en ligne depuis le …    │ réception, matière          │                      │
//	│ [Ajouter un acte…]      │                             │                      │
//	│ [Exporter…] [Envoyer]   │                             │                      │
//	└─────────────────────────┴─────────────────────────────┴──────────────────────┘
//
// What is to be published comes first, soonest deadline first. The settings of the
// publication and of the website open in the place of an act's sheet.
//
// Keys: arrows in the list.
package publication

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/publication"
	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/theme"
	"alpi40.fr/airial/ui/widgets"
)

// Name is the page's name in routes.
const Name shell.PageName = "publication"

// Website is where the site is sent from this computer.
type Website struct {
	Protocol, Address, Folder, User string // Protocol: «webdav», «sftp», or empty for none
	Confirmed                       bool   // the server's key was
	HasSecret                       bool
	Pending, Stuck                  bool // something waits to be sent; a person must look
	Last                            time.Time
}

// HostKey is a server's key to be confirmed; the zero value: nothing is to be.
type HostKey struct{ Key, Fingerprint string }

// Exported says what an export did.
type Exported struct {
	Acts    int
	Written publication.Written
	Faults  []publication.Fault
}

// Receipt is when the State's representative received an act.
type Receipt struct {
	Day    authority.Day
	Number string
}

// Office is what this page asks of the program. All methods run off the window's thread.
type Office interface {
	Person(ctx context.Context) (string, error)
	Acts() *publication.Publisher
	// Waiting counts what is to be published.
	Waiting(ctx context.Context) (int, error)
	// Pages shows the PDF that is, or would be, online; nil: the act has none.
	Pages(ctx context.Context, id string) (widgets.Pages, error)
	Publish(ctx context.Context, person, id string) error
	// Redate corrects when an act was put online.
	Redate(ctx context.Context, person, id string, at time.Time) error
	Receive(ctx context.Context, person, id string, in Receipt) error
	Withdraw(ctx context.Context, person, id, reason string, hide bool) error
	Mask(ctx context.Context, person, id string, words []string) (int, error)
	Bring(ctx context.Context, person, id, path string, words []string) error
	Add(ctx context.Context, person string, a publication.NewAct, path string) (string, error)
	Export(ctx context.Context, dir string, progress shell.Progress) (Exported, error)
	Send(ctx context.Context, progress shell.Progress) (publication.Written, error)
	Website(ctx context.Context) (Website, error)
	// SetWebsite keeps where to send; an empty password and key leave the secret as it is.
	SetWebsite(ctx context.Context, w Website, password []byte, keyPath string) error
	// Try connects; it gives the key to confirm when the server's never was.
	Try(ctx context.Context) (HostKey, error)
	Confirm(ctx context.Context, key string) error
}

// Entry places the page in the rail.
func Entry(o Office) shell.Entry {
	return shell.Entry{Route: shell.Route{Page: Name}, Icon: theme.Icon("publication"), TitleKey: "shell.page.publication",
		New: func(h shell.Host) shell.Page { return newPage(h, o) }, Badge: o.Waiting,
		Commands: []shell.Command{
			{LabelKey: "publication.add", Run: func(x shell.Page) { x.(*page).add() }},
			{LabelKey: "publication.export", Run: func(x shell.Page) { x.(*page).export() }},
		}}
}

type page struct {
	h       shell.Host
	o       Office
	arg     string
	board   publication.Board
	acts    []publication.Publication
	website Website
	list    *widgets.List
	empty   *fyne.Container // in the list's place, when there is nothing in it
	state   *fyne.Container // of the sendings
	side    *fyne.Container
	scroll  *widgets.Scroll
	preview *widgets.Preview
	shown   sheet
	form    widgets.Form // the fields of what stands in the middle
	keyPath string       // of the key chosen for the site, not saved yet
	setting bool         // the settings are shown
	left    bool         // the act for something else, in the same pane
	content fyne.CanvasObject
	keep    func()
}

func newPage(h shell.Host, o Office) *page {
	p := &page{h: h, o: o, side: widgets.Wrapped(), state: widgets.Wrapped(), empty: container.NewStack()}
	p.list = widgets.NewList(h.Now, func() int { return len(p.acts) }, func() fyne.CanvasObject { return widgets.NewRow(false) }, p.row)
	p.list.Label = func(i int) string { return p.acts[i].Number + " " + p.acts[i].Subject }
	p.list.OnCursor = func(i int) {
		if i < len(p.acts) {
			p.setting = false
			p.open(p.acts[i])
		}
	}
	p.preview = widgets.NewPreview(h.Schedule, func(page, n int) string { return h.Text("publication.page", "page", page, "of", n) })
	p.preview.OnError = func(err error) string { return shell.What(h, err) }
	foot := container.NewVBox(p.state, widgets.NewButton(h.Text("publication.add"), base.ContentAddIcon(), p.add),
		container.NewGridWithColumns(2, widgets.NewButton(h.Text("publication.export"), base.FolderIcon(), p.export), widgets.NewButton(h.Text("publication.send"), base.UploadIcon(), p.send)),
		widgets.NewButton(h.Text("publication.settings"), base.SettingsIcon(), p.settings))
	p.scroll = widgets.NewScroll(p.side)
	p.content, p.keep = widgets.Panes(h.Preferences(), "publication", []float64{0.28, 0.56}, container.NewBorder(nil, foot, nil, nil, container.NewStack(p.list, p.empty)), p.scroll, p.preview)
	return p
}

func (p *page) Route() shell.Route         { return shell.Route{Page: Name, Arg: p.arg} }
func (p *page) Title() string              { return p.h.Text("shell.page.publication") }
func (p *page) Content() fyne.CanvasObject { return p.content }
func (p *page) Hide()                      { p.keep(); p.preview.Stop() }
func (p *page) Panes() []fyne.Focusable    { return []fyne.Focusable{p.list, p.preview} }
func (p *page) today() authority.Day       { return authority.DayOf(p.h.Now()) }

func (p *page) Show(r shell.Route) {
	if r.Arg != "" {
		p.arg = strings.TrimPrefix(r.Arg, "publication/")
	}
	p.h.Changes([]string{"publication/", "publishing/", "deliberation/", "sitting/"}, p.load)
	p.load()
}

func (p *page) load() {
	type all struct {
		board   publication.Board
		website Website
	}
	shell.Load(p.h, "list", func(ctx context.Context) (a all, err error) {
		if a.board, err = p.o.Acts().Board(ctx); err != nil {
			return a, err
		}
		a.website, err = p.o.Website(ctx)
		return a, err
	}, func(a all) {
		p.board, p.website = a.board, a.website
		p.acts = ordered(a.board.Acts, p.today())
		p.list.Refresh()
		p.empty.Objects = nil
		if len(p.acts) == 0 {
			p.empty.Objects = []fyne.CanvasObject{widgets.Empty(theme.Icon("publication"), p.h.Text("publication.empty"), p.h.Text("publication.empty.text"), nil)}
		}
		p.empty.Refresh()
		p.tellSending()
		switch {
		case p.form.Shows(ofSettings) && p.setting:
			p.showSettings()
		case p.setting:
		case len(p.acts) == 0:
			p.nothing()
		default:
			at := max(0, slices.IndexFunc(p.acts, func(x publication.Publication) bool { return x.ID == p.arg }))
			if p.list.Cursor() == at && p.arg == p.acts[at].ID {
				p.open(p.acts[at])
				return
			}
			p.list.SetCursor(at)
		}
	})
}

// leaveAct gives the sheet's place to something else; choosing the same act brings it back.
func (p *page) leaveAct(to string) {
	p.setting, p.left = true, true
	p.form.Of(to)
	p.list.UnselectAll()
}

func (p *page) nothing() {
	p.shown = sheet{}
	p.preview.SetDocument(nil)
	p.side.Objects = nil
	shell.LayOut(p.h, p.side)
}

// ordered puts what is to be done first, soonest deadline first; then the latest.
func ordered(acts []publication.Publication, today authority.Day) []publication.Publication {
	place := func(a publication.Publication) int {
		switch s := a.StateOn(today); {
		case s == publication.ToPublish && a.Due() != "":
			return 0
		case s == publication.Urgent: // to be put online without delay
			return 0
		case s == publication.ToPublish || s == publication.ToNotify:
			return 1
		}
		return 2
	}
	all := slices.Clone(acts)
	slices.SortStableFunc(all, func(x, y publication.Publication) int {
		return cmp.Or(cmp.Compare(place(x), place(y)), cmp.Compare(x.Due(), y.Due()))
	})
	return all
}

// judged is how a state is shown: its meaning and the key of its word.
func judged(a publication.Publication, today authority.Day) (widgets.Meaning, string) {
	switch s := a.StateOn(today); {
	case s == publication.ToPublish && a.Due() != "" && a.Due() < today:
		return widgets.Late, "publication.state.late"
	case s == publication.Urgent:
		return widgets.Late, "publication.state.urgent"
	case s == publication.ToPublish || s == publication.ToNotify:
		return widgets.Waiting, "publication.state." + string(s)
	case s == publication.Withdrawn:
		return widgets.Plain, "publication.state.withdrawn"
	default:
		return widgets.Done, "publication.state." + string(s)
	}
}

func (p *page) row(i int, _ bool, o fyne.CanvasObject) {
	if i >= len(p.acts) {
		return
	}
	a := p.acts[i]
	m, key := judged(a, p.today())
	detail := p.h.Text("publication.of", "kind", a.KindWords(), "day", lang.Day(a.Adopted.Time()))
	switch {
	case a.Due() != "":
		detail = p.h.Text("publication.due", "day", lang.Day(a.Due().Time()))
	case !a.At.IsZero() && a.Withdrawn.IsZero():
		detail = p.h.Text("publication.since."+string(a.Way), "day", lang.Day(a.At))
	}
	o.(*widgets.Row).Set(strings.TrimSpace(a.Number+" "+a.Subject), detail, a.At.IsZero(), false, m, p.h.Text(key))
}

// tellSending says below the list what waits to be sent, and when the site last was.
func (p *page) tellSending() {
	w := p.website
	m, text := widgets.Plain, ""
	switch {
	case w.Protocol == "":
		text = p.h.Text("publication.sending.none")
	case w.Stuck:
		m, text = widgets.Late, p.h.Text("publication.sending.stuck")
	case w.Pending:
		m, text = widgets.Waiting, p.h.Text("publication.sending.pending")
	case !w.Last.IsZero():
		m, text = widgets.Done, p.h.Text("publication.sending.last", "when", lang.Recent(w.Last, p.h.Now()))
	default:
		text = p.h.Text("publication.sending.never")
	}
	p.state.Objects = []fyne.CanvasObject{widgets.NewNote(m, text)}
	shell.LayOut(p.h, p.state)
}

func (p *page) do(key string, run func(ctx context.Context, person string) error) {
	p.doThen(key, run, func() {})
}

// give does, and says to the form that the fields whose names begin so were taken.
func (p *page) give(fields, key string, run func(ctx context.Context, person string) error) {
	p.doThen(key, run, p.form.Given(fields))
}

func (p *page) doThen(key string, run func(ctx context.Context, person string) error, then func()) {
	shell.Do(p.h, shell.Deed{ID: "publication." + key, Label: p.h.Text("publication.doing"), Done: p.h.Text("publication.done." + key), Person: p.o.Person, Run: run, Then: func() { then(); p.load() }})
}

// exportDir is where the last export went.
const exportDir = "publication.dir"

// export writes the folder of the site.
func (p *page) export() {
	p.h.Ask(shell.Question{Title: p.h.Text("publication.export.title"), Why: p.h.Text("publication.export.why"), Placeholder: p.h.Preferences().String(exportDir, p.h.Text("publication.export.hint")), Yes: p.h.Text("publication.export.yes")},
		func(dir string) {
			if dir = strings.TrimSpace(dir); dir == "" {
				dir = p.h.Preferences().String(exportDir, "")
			}
			if dir == "" {
				p.h.Toast(shell.Waiting, p.h.Text("publication.export.missing"), nil)
				return
			}
			var out Exported
			p.h.Run(shell.Action{ID: "publication.export", Label: p.h.Text("publication.export.doing"),
				Run: func(ctx context.Context, progress shell.Progress) (err error) {
					out, err = p.o.Export(ctx, dir, progress)
					return err
				},
				Done: func() {
					p.h.Preferences().SetString(exportDir, dir)
					p.exported(dir, out)
				}})
		})
}

// exported tells what was written, and the faults of the open data with their cures.
func (p *page) exported(dir string, out Exported) {
	p.h.Toast(shell.Done, p.h.Text("publication.export.done", "n", out.Written.Wrote, "removed", out.Written.Removed), nil)
	p.leaveAct("exported")
	lines := []fyne.CanvasObject{widgets.Heading(p.h.Text("publication.export.report")), widgets.Caption(dir),
		widgets.NewNote(widgets.Done, p.h.Text("publication.export.acts", "n", out.Acts))}
	if len(out.Faults) > 0 {
		lines = append(lines, widgets.Heading(p.h.Text("publication.scdl")), widgets.Caption(p.h.Text("publication.scdl.help")))
	}
	for _, f := range out.Faults {
		m := widgets.Late
		if f.Advice {
			m = widgets.Plain
		}
		lines = append(lines, widgets.NewNote(m, f.String()))
	}
	p.side.Objects = lines
	shell.LayOut(p.h, p.side)
}

// send sends the site now.
func (p *page) send() {
	if p.website.Protocol == "" {
		p.h.Toast(shell.Waiting, p.h.Text("publication.sending.none"), nil)
		p.settings()
		return
	}
	var out publication.Written
	p.h.Run(shell.Action{ID: "publication.send", Label: p.h.Text("publication.send.doing"),
		Run: func(ctx context.Context, progress shell.Progress) (err error) {
			out, err = p.o.Send(ctx, progress)
			return err
		},
		Done:   func() { p.h.Toast(shell.Done, p.h.Text("publication.send.done", "n", out.Wrote), nil); p.load() },
		Failed: func(err error) { p.h.Fail(err); p.load() }})
}

// PrintPage opens what the preview shows.
func (p *page) PrintPage() {
	if p.arg != "" {
		id := p.arg
		p.h.OpenPDF(shell.Made("acte.pdf", func(ctx context.Context) ([]byte, error) { return p.o.Acts().Preview(ctx, id) }))
	}
}
