// Package council is the page of the deliberations.
//
//	┌ projets et délibérations ─┬ le texte, en paragraphes ─┬ la page imprimée ┐
//	│ 2026-001 Subvention…      │ Titre / Vu / Considérant  │                  │
//	│ projet Voirie…            │ Article 1…                │   PROJET         │
//	└───────────────────────────┴───────────────────────────┴──────────────────┘
//
// A deliberation is drafted in blocks with its printed page beside. The sittings
// have their own page (ui/sitting).
//
// Keys: arrows in the list, Enter in a block makes the next one, Alt+arrows move it.
package council

import (
	"context"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"

	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/draftimport"
	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/writing"
	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/theme"
	"alpi40.fr/airial/ui/widgets"
)

// Name is the page's name in routes.
const Name shell.PageName = "council"

// Office is what this page asks of the program. All methods run off the window's thread.
type Office interface {
	Person(ctx context.Context) (string, error)
	Council() *council.Council
	// Preview sets a text as it will print; Open shows a PDF's pages.
	Preview(ctx context.Context, d council.Deliberation) ([]byte, error)
	Open(ctx context.Context, pdf []byte) (widgets.Pages, error)
	// Spelling finds the words of a text that are not French; Suggestions gives those close to one.
	Spelling(ctx context.Context, t council.Text) ([]council.Finding, error)
	Suggestions(ctx context.Context, word string) ([]string, error)
	// Names are people's, by their ids.
	Names(ctx context.Context) (map[string]string, error)
	// ReadDraft reads a text written with a word processor.
	ReadDraft(ctx context.Context, path string) (draftimport.Draft, error)
	// Conflict is what two computers made of a draft; nil when they agree.
	Conflict(ctx context.Context, id string) (*council.NotApplied, error)
	// KeepAnnex stores a file to be joined to a text; Content gives it back.
	KeepAnnex(ctx context.Context, name, path string) (council.Annex, error)
	Content(ctx context.Context, d store.Digest) ([]byte, error)
	// SendDraft sends a draft round for approvals, through the parapheur: on a route of the authority, or to the mayor for "".
	SendDraft(ctx context.Context, id, route string) error
	ApprovalRoutes(ctx context.Context) ([]Route, error)
	// Approvals are those that were asked for a draft, the latest first, with what became of them; the latest of each for "".
	Approvals(ctx context.Context, deliberation string) ([]Approval, error)
	// SendToSign sends a finalised deliberation into the parapheur.
	SendToSign(ctx context.Context, id string) error
}

// Route is one that drafts go round on.
type Route struct{ ID, Name string }

// Approval is what became of a draft that went round.
type Approval struct {
	council.Approval
	State   parapheur.State
	Waits   string // the step that waits
	Refusal string
	Said    []Saying // visas, refusals and remarks, in order
}

// Saying is what somebody said of it.
type Saying struct {
	Who   string
	At    time.Time
	Words string
	// Act: a visa, or a refusal; otherwise a remark.
	Act, Refused bool
}

// Entry places the page in the rail.
func Entry(o Office) shell.Entry {
	return shell.Entry{Route: shell.Route{Page: Name}, Icon: theme.Icon("council"), TitleKey: "shell.page.council",
		New: func(h shell.Host) shell.Page { return newPage(h, o) },
		Commands: []shell.Command{
			{LabelKey: "council.new", Run: func(x shell.Page) { x.(*page).choose() }},
			{LabelKey: "drafting.import", Run: func(x shell.Page) { x.(*page).importDraft() }},
		}}
}

// line is a row of the list; approval is the last that was asked for a draft, nil for none.
type line struct {
	deliberation *council.Deliberation
	approval     *Approval
}

func (l line) id() string { return l.deliberation.ID }

type page struct {
	h        shell.Host
	o        Office
	arg      string
	lines    []line
	list     *widgets.List
	preview  *widgets.Preview
	middle   *fyne.Container
	blocks   *widgets.Blocks
	draft    *council.Deliberation // being edited
	model    *council.Model        // that the draft is the text of
	choosing bool                  // what to begin from, or among what a search found
	asked    string                // what is looked for; empty: nothing
	view     view                  // of the draft
	remark   string                // being typed beside it
	dirty    bool
	written  council.Written // the draft as it was before what is being typed
	unkept   bool            // something was written since the last version
	values   map[string]func(council.Variable)
	hands    *widgets.CaptionText        // who else writes, or reads
	writing  []string                    // what is said there of those who write
	writers  []string                    // their names
	readers  []string                    // the names of those who have it open elsewhere
	held     map[string]*held            // texts on their way to the disk, by their drafts
	after    func(time.Duration, func()) // does something on the window's thread after a while
	turn     int                         // of the live preview
	content  fyne.CanvasObject
	keep     func()
}

func newPage(h shell.Host, o Office) *page {
	p := &page{h: h, o: o, middle: container.NewStack(), held: map[string]*held{}}
	p.after = func(d time.Duration, do func()) { time.AfterFunc(d, func() { h.Schedule(do) }) }
	p.list = widgets.NewList(h.Now, func() int { return len(p.lines) }, func() fyne.CanvasObject { return widgets.NewRow(false) }, p.row)
	p.list.Label = func(i int) string { return p.title(p.lines[i]) }
	p.list.OnCursor = func(i int) {
		if i < len(p.lines) {
			p.open(p.lines[i])
		}
	}
	p.preview = widgets.NewPreview(h.Schedule, func(page, n int) string { return h.Text("council.page", "page", page, "of", n) })
	p.preview.OnError = func(err error) string { return shell.What(h, err) }
	find := widgets.NewEntry(h.Text("drafting.find"))
	find.OnChanged = p.searchTyped
	find.OnSubmitted = func(asked string) { p.search(asked, maxFound) }
	left := container.NewBorder(find, container.NewVBox(widgets.NewPrimary(h.Text("council.new"), base.ContentAddIcon(), p.choose),
		widgets.NewButton(h.Text("council.convene"), base.CalendarIcon(), func() { h.Go(shell.Route{Page: "sitting", Arg: "new"}) })), nil, nil, p.list)
	p.content, p.keep = widgets.Panes(h.Preferences(), "council", []float64{0.26, 0.52}, left, p.middle, p.preview)
	return p
}

func (p *page) Route() shell.Route         { return shell.Route{Page: Name, Arg: p.arg} }
func (p *page) Title() string              { return p.h.Text("shell.page.council") }
func (p *page) Content() fyne.CanvasObject { return p.content }
func (p *page) Hide()                      { p.keep(); p.preview.Stop() }
func (p *page) Panes() []fyne.Focusable    { return []fyne.Focusable{p.list, p.preview} }

func (p *page) Show(r shell.Route) {
	if r.Arg != "" {
		_, p.arg, _ = strings.Cut(r.Arg, "/")
	}
	p.h.Changes([]string{"draftremark/", "approval/", "folder/", "remark/"}, func() {
		if p.draft != nil && p.view == viewRemarks {
			p.showView(viewRemarks)
		}
	})
	p.h.Changes([]string{writing.Prefix}, p.follow)
	p.h.Changes([]string{"deliberation/", "approval/", "folder/"}, p.load)
	p.load()
}

func (p *page) load() {
	shell.Load(p.h, "list", func(ctx context.Context) ([]line, error) {
		var lines []line
		all, err := p.o.Council().Deliberations(ctx)
		if err != nil {
			return nil, err
		}
		asked, err := p.o.Approvals(ctx, "")
		last := map[string]*Approval{}
		for i := range asked {
			last[asked[i].Deliberation] = &asked[i]
		}
		for i := range all {
			lines = append(lines, line{deliberation: &all[i], approval: last[all[i].ID]})
		}
		return lines, err
	}, p.show)
}

func (p *page) show(lines []line) {
	p.lines = lines
	p.list.Refresh()
	if len(lines) == 0 {
		p.middle.Objects = []fyne.CanvasObject{widgets.Empty(theme.Icon("council"), p.h.Text("council.empty"), p.h.Text("council.empty.text"), nil)}
		shell.LayOut(p.h, p.middle)
		return
	}
	at := 0
	for i, l := range lines {
		if l.id() == p.arg {
			at = i
		}
	}
	if p.choosing || p.model != nil || p.draft != nil && p.dirty && lines[at].id() == p.draft.ID {
		return // what is being typed is not taken away
	}
	if p.list.Cursor() == at {
		p.open(lines[at]) // the list says nothing of a row that it stands on already
		return
	}
	p.list.SetCursor(at)
}

func (p *page) title(l line) string {
	subject := l.deliberation.Text.Subject()
	if subject == "" {
		subject = p.h.Text("council.untitled")
	}
	return strings.TrimSpace(l.deliberation.Number + " " + subject)
}

func (p *page) row(i int, _ bool, o fyne.CanvasObject) {
	if i >= len(p.lines) {
		return
	}
	l := p.lines[i]
	detail := p.h.Text("council.saved", "when", lang.Recent(l.deliberation.Saved, p.h.Now()))
	m := map[council.Status]widgets.Meaning{council.StatusDraft: widgets.Plain, council.StatusFinalised: widgets.Waiting, council.StatusSent: widgets.Waiting, council.StatusSigned: widgets.Done}[l.deliberation.Status]
	word := p.h.Text("council.status." + string(l.deliberation.Status))
	if l.approval != nil && l.deliberation.Status == council.StatusDraft {
		m, word = p.round(*l.approval, l.deliberation.Version)
	}
	o.(*widgets.Row).Set(p.title(l), detail, false, false, m, word)
}

func (p *page) run(key string, do func(ctx context.Context, person string) error) {
	p.runThen(key, do, p.load)
}

func (p *page) runThen(key string, do func(ctx context.Context, person string) error, then func()) {
	shell.Do(p.h, shell.Deed{ID: "council." + key, Label: p.h.Text("council.doing"), Done: p.h.Text("council.done." + key), Person: p.o.Person, Run: do, Then: then})
}

func (p *page) open(l line) {
	if p.draft == nil || p.model != nil || p.draft.ID != l.id() { // the one in view is being written, not left
		p.SaveDraft()
	}
	p.arg, p.choosing, p.asked = l.id(), false, ""
	p.edit(l.deliberation)
}

// PrintPage opens what the preview shows.
func (p *page) PrintPage() {
	for _, l := range p.lines {
		if l.id() == p.arg {
			d := *l.deliberation
			p.h.OpenPDF(shell.Made("deliberation.pdf", func(ctx context.Context) ([]byte, error) { return p.o.Preview(ctx, d) }))
		}
	}
}
