package council

import (
	"context"
	"errors"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/theme"
	"alpi40.fr/airial/ui/widgets"
)

// edit shows a deliberation: a draft in blocks, a voted one as printed.
func (p *page) edit(d *council.Deliberation) {
	kept := p.held[d.ID]
	if kept != nil && d.Status == council.StatusDraft { // what was typed is shown, saved or not yet
		typed := *d
		typed.Text, typed.Edition = kept.latest(), kept.over
		d = &typed
	}
	if p.draft != nil && p.model == nil && p.draft.ID == d.ID && d.Status == council.StatusDraft && !p.dirty && p.text().Equal(d.Text) {
		p.draft.Version, p.draft.Edition, p.draft.Saved = d.Version, d.Edition, d.Saved // it was saved: who writes stays where she is
		p.lookForConflict(d.ID)
		return
	}
	if p.draft == nil || p.draft.ID != d.ID {
		p.view, p.remark = viewText, ""
	}
	p.draft, p.model, p.dirty = d, nil, kept != nil && kept.failed
	if d.Status != council.StatusDraft {
		p.draft = nil
		p.showVoted(d)
		return
	}
	p.build()
	p.showView(p.view)
	p.printLive(*d)
	p.lookForConflict(d.ID)
}

// editModel shows a model of the authority's own, to be changed as a draft is.
func (p *page) editModel(m council.Model) {
	p.draft, p.model, p.dirty = &council.Deliberation{Status: council.StatusDraft, Text: m.Text}, &m, false
	p.build()
	p.showView(viewText)
	p.printLive(*p.draft)
}

func (p *page) showVoted(d *council.Deliberation) {
	title := widgets.Heading(p.title(line{deliberation: d}))
	title.Wrapping = fyne.TextWrapWord
	var act fyne.CanvasObject = widgets.Caption(p.h.Text("council.status." + string(d.Status)))
	if d.Status == council.StatusFinalised {
		act = widgets.NewPrimary(p.h.Text("council.send"), base.MailSendIcon(), func() {
			p.run("send", func(ctx context.Context, _ string) error { return p.o.SendToSign(ctx, d.ID) })
		})
	}
	why := widget.NewLabel(d.Record.Vote.Quorum.Words + "\n" + d.Record.Vote.Why)
	why.Wrapping = fyne.TextWrapWord
	p.middle.Objects = []fyne.CanvasObject{widgets.NewScroll(widgets.Wrapped(title, why, container.NewHBox(act, widgets.NewButton(p.h.Text("drafting.reuse"), base.ContentCopyIcon(), func() { p.reuse(d.ID) })), p.elsewhere(d)))}
	shell.LayOut(p.h, p.middle)
	p.printLive(*d)
}

// elsewhere leads to the other pages that know of a voted deliberation.
func (p *page) elsewhere(d *council.Deliberation) fyne.CanvasObject {
	links := container.NewGridWithColumns(2)
	link := func(key string, icon fyne.Resource, to shell.Route) {
		links.Add(widgets.NewButton(p.h.Text("council.link."+key), icon, func() { p.h.Go(to) }))
	}
	link("sitting", theme.Icon("sitting"), shell.Route{Page: "sitting", Arg: "sitting/" + d.Sitting})
	link("after", theme.Icon("registers"), shell.Route{Page: "registers", Arg: "sitting/" + d.Sitting})
	if d.Folder != "" {
		link("folder", theme.Icon("parapheur"), shell.Route{Page: "parapheur", Arg: "folder/" + d.Folder})
	}
	link("legality", theme.Icon("legality"), shell.Route{Page: "legality", Arg: d.ID})
	if d.Record.Vote.Adopted {
		link("publication", theme.Icon("publication"), shell.Route{Page: "publication", Arg: "publication/deliberation-" + d.ID})
	}
	return links
}

// view is a side of a draft.
type view int

// The sides.
const (
	viewText view = iota
	viewReview
	viewVersions
	viewRemarks
	viewAnnexes
)

// views gives those that a draft has, in order, with their names.
func (p *page) views() []struct {
	view view
	name string
	show func() fyne.CanvasObject
} {
	type side = struct {
		view view
		name string
		show func() fyne.CanvasObject
	}
	all := []side{{viewText, p.h.Text("drafting.view.text"), p.textView}, {viewReview, p.h.Text("drafting.view.review"), p.reviewView}}
	if p.model == nil {
		all = append(all, side{viewVersions, p.h.Text("drafting.view.versions"), p.versionsView},
			side{viewRemarks, p.h.Text("drafting.view.remarks"), p.remarksView}, side{viewAnnexes, p.h.Text("drafting.view.annexes"), p.annexesView})
	}
	return all
}

// showView shows a side of the draft, under the names of all.
func (p *page) showView(v view) {
	p.view = v
	strip := container.NewGridWithColumns(3)
	var body fyne.CanvasObject
	for _, side := range p.views() {
		b := widgets.NewButton(side.name, nil, func() { p.showView(side.view) })
		if side.view == v {
			b = widgets.NewPrimary(side.name, nil, func() {})
			body = side.show()
		}
		strip.Add(b)
	}
	p.middle.Objects = []fyne.CanvasObject{container.NewBorder(strip, nil, nil, nil, body)}
	shell.LayOut(p.h, p.middle)
}

// build makes the editor of the draft's paragraphs, which its sides share.
func (p *page) build() {
	var blocks []widgets.Block
	for _, b := range p.draft.Text.Blocks {
		blocks = append(blocks, widgets.Block{Kind: string(b.Kind), Text: b.Text, Lines: b.Kind == council.BlockTable})
	}
	p.blocks = widgets.NewBlocks(func(kind string, nth int) string { return p.h.Text("council.block."+kind, "n", nth) }, nil)
	p.blocks.Words = widgets.GridWords{AddRow: p.h.Text("drafting.grid.row"), AddColumn: p.h.Text("drafting.grid.column"), RemoveRow: p.h.Text("drafting.grid.row.remove"), RemoveColumn: p.h.Text("drafting.grid.column.remove")}
	p.blocks.Set(blocks)
	p.blocks.OnChanged = func([]widgets.Block) { p.changed() }
}

// setText puts another text into the editor, as if it had been typed.
func (p *page) setText(t council.Text) {
	p.draft.Text = t
	p.build()
	p.changed()
	p.showView(p.view)
}

// textView is the text being written: its values, its paragraphs, and what can be done with it.
func (p *page) textView() fyne.CanvasObject {
	d := p.draft
	add := container.NewGridWithColumns(3) // five would not leave the printed page its place on a small screen
	for _, kind := range []council.BlockKind{council.BlockVisa, council.BlockGround, council.BlockStatement, council.BlockArticle} {
		add.Add(widgets.NewButton(p.h.Text("council.add."+string(kind)), nil, func() { p.blocks.Insert(string(kind)) }))
	}
	add.Add(widgets.NewButton(p.h.Text("council.add.table"), nil, func() {
		p.blocks.Add(widgets.Block{Kind: string(council.BlockTable), Text: p.h.Text("drafting.table"), Lines: true})
	}))
	add.Add(widgets.Caption(p.h.Text("drafting.marks")))
	body := widgets.Wrapped(p.headOfDraft()...)
	for i := range d.Text.Variables {
		body.Add(p.variable(&d.Text.Variables[i]))
	}
	body.Add(p.blocks)
	save := container.NewHBox(widgets.NewPrimary(p.h.Text("council.save"), base.DocumentSaveIcon(), p.SaveDraft))
	if p.model == nil {
		save.Add(widgets.NewButton(p.h.Text("drafting.model.keep"), base.ContentCopyIcon(), p.keepModel))
	} else {
		save.Add(widgets.NewButton(p.h.Text("drafting.model.back"), nil, p.choose))
	}
	return container.NewBorder(nil, container.NewVBox(add, save), nil, nil, widgets.NewScroll(body))
}

// headOfDraft is the title, and what the subject asks to look at.
func (p *page) headOfDraft() []fyne.CanvasObject {
	name := p.title(line{deliberation: p.draft})
	if p.model != nil {
		name = p.h.Text("drafting.model.name", "name", p.model.Name)
	}
	title := widgets.Heading(name)
	title.Wrapping = fyne.TextWrapWord
	head := []fyne.CanvasObject{title}
	if t, ok := p.o.Council().Library().Template(p.draft.Text.Template); ok {
		head = append(head, widgets.NewNote(widgets.Waiting, p.h.Text("drafting.projet.text")))
		head = append(head, notesOf(p.h, t)...)
	}
	return head
}

// variable is the field of a value, by its kind.
func (p *page) variable(v *council.Variable) fyne.CanvasObject {
	help := ""
	if v.Kind != council.VariableText && v.Kind != council.VariableParty && v.Kind != council.VariableChoice {
		help = p.h.Text("drafting.kind." + string(v.Kind))
	}
	if v.Kind == council.VariableChoice {
		choice := widget.NewSelect(v.Choices, nil)
		choice.PlaceHolder = p.h.Text("drafting.kind.choice")
		choice.SetSelected(v.Value)
		choice.OnChanged = func(text string) { v.Value, v.Check = text, false; p.changed() }
		return widgets.Field(v.Label, choice, "")
	}
	trouble := widgets.Caption("")
	tell := func() {
		trouble.Show()
		switch {
		case !v.Readable():
			trouble.SetText(p.h.Text("drafting.unreadable", "how", help))
		case v.Check:
			trouble.SetText(p.h.Text("drafting.check"))
		default:
			trouble.Hide()
		}
	}
	entry := widgets.NewEntry(help)
	entry.SetText(v.Value)
	entry.OnChanged = func(text string) { v.Value, v.Check = text, false; tell(); p.changed() }
	tell()
	return container.NewVBox(widgets.Field(v.Label, entry, ""), trouble)
}

// keepModel keeps the text as a model under a name, or in the place of one of that name.
func (p *page) keepModel() {
	text := p.text()
	p.h.Ask(shell.Question{Title: p.h.Text("drafting.model.keep"), Why: p.h.Text("drafting.model.why"), Placeholder: p.h.Text("drafting.model.hint"), Yes: p.h.Text("drafting.model.do"), Required: true}, func(name string) {
		p.run("model.kept", func(ctx context.Context, person string) error {
			models, err := p.o.Council().Models(ctx)
			if err != nil {
				return err
			}
			id := ""
			for _, m := range models {
				if strings.EqualFold(m.Name, strings.TrimSpace(name)) {
					id = m.ID
				}
			}
			_, err = p.o.Council().KeepModel(ctx, person, id, name, text)
			return err
		})
	})
}

func (p *page) text() council.Text {
	t := p.draft.Text
	t.Blocks = nil
	for _, b := range p.blocks.Blocks() {
		t.Blocks = append(t.Blocks, council.Block{Kind: council.BlockKind(b.Kind), Text: b.Text})
	}
	t.Variables = append([]council.Variable(nil), t.Variables...)
	return t
}

// SaveDraft saves the text being typed, before the page is left.
func (p *page) SaveDraft() {
	if p.draft == nil || !p.dirty {
		return
	}
	p.dirty = false
	text := p.text()
	if m := p.model; m != nil {
		p.run("model.kept", func(ctx context.Context, person string) error {
			_, err := p.o.Council().KeepModel(ctx, person, m.ID, m.Name, text)
			return err
		})
		return
	}
	p.save(p.draft.ID, p.draft.Edition, text)
}

// held is a text on its way to the disk.
type held struct {
	text   council.Text
	over   string        // the edition that it was typed over
	next   *council.Text // typed since
	failed bool          // it is not saved: it waits to be again
}

// latest is what was typed last.
func (h *held) latest() council.Text {
	if h.next != nil {
		return *h.next
	}
	return h.text
}

// save saves a text; when another was saved meanwhile, both are shown. Until it is on the disk it is what the page shows of that
// draft; what is typed while it is being saved is saved next.
func (p *page) save(id, edition string, text council.Text) {
	if h := p.held[id]; h != nil && !h.failed {
		h.next = &text
		return
	}
	h := &held{text: text, over: edition}
	p.held[id] = h
	var saved council.Deliberation
	p.h.Run(shell.Action{ID: "council.save." + id, Label: p.h.Text("council.doing"),
		Run: func(ctx context.Context, _ shell.Progress) error {
			person, err := p.o.Person(ctx)
			if err != nil {
				return err
			}
			if err := p.o.Council().Save(ctx, person, id, edition, text); err != nil {
				return err
			}
			d, err := p.o.Council().Deliberation(ctx, id)
			if err == nil {
				saved = *d
			}
			return err
		},
		Done: func() {
			delete(p.held, id)
			if p.draft != nil && p.draft.ID == id {
				p.draft.Version, p.draft.Edition = saved.Version, saved.Edition // what is typed next is typed over what was just saved
			}
			if h.next != nil {
				p.save(id, saved.Edition, *h.next)
				return
			}
			p.h.Toast(shell.Done, p.h.Text("council.done.save"), nil)
			p.load()
		},
		Failed: func(err error) {
			h.text, h.next, h.failed = h.latest(), nil, true
			here := p.draft != nil && p.draft.ID == id
			var n *council.NotApplied
			if !errors.As(err, &n) || !here {
				p.dirty = p.dirty || here // still to be saved
				p.h.Fail(err)
				return
			}
			n.Mine = h.text
			p.disagree(*n, func() { p.save(id, n.Edition, h.text) }, func() { delete(p.held, id); p.draft = nil; p.load() })
		}})
}

// settleTime is how long nobody types before the printed page follows.
const settleTime = 400 * time.Millisecond

func (p *page) changed() {
	p.dirty = true
	p.turn++
	turn := p.turn
	time.AfterFunc(settleTime, func() {
		p.h.Schedule(func() {
			if turn != p.turn || p.draft == nil {
				return
			}
			d := *p.draft
			d.Text = p.text()
			p.printLive(d)
		})
	})
}

func (p *page) printLive(d council.Deliberation) {
	shell.Load(p.h, "print", func(ctx context.Context) (widgets.Pages, error) {
		pdf, err := p.o.Preview(ctx, d)
		if err != nil {
			return nil, err
		}
		return p.o.Open(ctx, pdf)
	}, p.preview.SetDocument)
}
