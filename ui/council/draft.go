package council

import (
	"context"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/merge"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/theme"
	"alpi40.fr/airial/ui/widgets"
)

// edit shows a deliberation: a draft in blocks, a voted one as printed.
func (p *page) edit(d *council.Deliberation) {
	if d.Status != council.StatusDraft {
		p.draft, p.model, p.dirty, p.unkept = nil, nil, false, false
		p.showVoted(d)
		return
	}
	if p.draft != nil && p.model == nil && p.draft.ID == d.ID { // who writes stays where she is
		p.follow()
		p.lookForConflict(d.ID)
		return
	}
	if kept := p.held[d.ID]; kept != nil { // what was typed is shown, saved or not yet
		p.write(kept.over, kept.latest(), kept.failed)
		return
	}
	id := d.ID
	shell.Load(p.h, "written", func(ctx context.Context) (pad, error) { return p.pad(ctx, id) }, func(x pad) {
		if p.arg != id || p.choosing || p.model != nil || p.draft != nil && p.draft.ID == id {
			return // she went elsewhere meanwhile
		}
		p.SaveDraft()
		p.write(x.written, x.written.Text, false)
		p.tellHands(x)
	})
}

// write lays out a draft to be written: as somebody has it before her eyes, and what she typed.
func (p *page) write(w council.Written, text council.Text, dirty bool) {
	if w.Status != council.StatusDraft {
		p.edit(&w.Deliberation)
		return
	}
	if p.draft == nil || p.draft.ID != w.ID {
		p.view, p.remark = viewText, ""
	}
	d := w.Deliberation
	d.Text = text
	p.draft, p.written, p.model, p.dirty, p.unkept = &d, w, nil, dirty, false
	p.hands = widgets.Caption("")
	p.hands.Hide()
	p.writing, p.writers, p.readers = nil, nil, nil
	p.build()
	p.showView(p.view)
	p.printLive(d)
	p.lookForConflict(d.ID)
	p.attend(d.ID)
}

// editModel shows a model of the authority's own, to be changed as a draft is.
func (p *page) editModel(m council.Model) {
	p.draft, p.model, p.dirty, p.unkept = &council.Deliberation{Status: council.StatusDraft, Text: m.Text}, &m, false, false
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
	why := widgets.NewLabel(d.Record.Vote.Quorum.Words + "\n" + d.Record.Vote.Why)
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
	p.blocks = widgets.NewBlocks(func(kind string, nth int) string { return p.h.Text("council.block."+kind, "n", nth) }, nil)
	p.blocks.Words = widgets.GridWords{AddRow: p.h.Text("drafting.grid.row"), AddColumn: p.h.Text("drafting.grid.column"), RemoveRow: p.h.Text("drafting.grid.row.remove"), RemoveColumn: p.h.Text("drafting.grid.column.remove")}
	p.blocks.Set(shownBlocks(p.draft.Text))
	p.blocks.OnChanged = func([]widgets.Block) { p.changed() }
}

func shownBlocks(t council.Text) (blocks []widgets.Block) {
	for _, b := range t.Blocks {
		blocks = append(blocks, widgets.Block{Kind: string(b.Kind), Text: b.Text, Lines: b.Kind == council.BlockTable})
	}
	return blocks
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
	p.values = map[string]func(council.Variable){}
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
	if p.model == nil {
		head = append(head, p.hands)
	}
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
		choose := func(text string) { v.Value, v.Check = text, false; p.changed() }
		choice.OnChanged = choose
		p.values[v.Name] = func(now council.Variable) {
			v.Value, v.Check = now.Value, now.Check
			choice.OnChanged = nil
			choice.SetSelected(now.Value)
			choice.OnChanged = choose
		}
		return widgets.Field(v.Label, choice, "")
	}
	trouble := widgets.Caption("")
	tell := func() {
		trouble.Show()
		switch {
		case !v.Readable():
			trouble.SetText(p.h.Text("drafting.unreadable", "how", help))
		case v.Check && slices.Contains(p.written.State.Doubts, v.Name):
			trouble.SetText(p.h.Text("drafting.doubt"))
		case v.Check:
			trouble.SetText(p.h.Text("drafting.check"))
		default:
			trouble.Hide()
		}
	}
	entry := widgets.NewEntry(help)
	entry.SetText(v.Value)
	entry.OnChanged = func(text string) { v.Value, v.Check = text, false; tell(); p.changed() }
	p.values[v.Name] = func(now council.Variable) {
		v.Value, v.Check = now.Value, now.Check
		entry.Follow(now.Value, merge.Follow)
		tell()
	}
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

// SaveDraft saves the text being typed, before the page is left, as a version of the draft.
func (p *page) SaveDraft() {
	if p.draft == nil || !p.dirty && !p.unkept {
		return
	}
	p.dirty, p.unkept = false, false
	text := p.text()
	if m := p.model; m != nil {
		p.run("model.kept", func(ctx context.Context, person string) error {
			_, err := p.o.Council().KeepModel(ctx, person, m.ID, m.Name, text)
			return err
		})
		return
	}
	p.save(p.draft.ID, p.written, text, true)
}

// settleTime is how long nobody types before the printed page follows; writeTime, before what is typed leaves for those who
// write the same draft.
const (
	settleTime = 400 * time.Millisecond
	writeTime  = 800 * time.Millisecond
)

func (p *page) changed() {
	p.dirty = true
	p.turn++
	turn := p.turn
	rested := func(after time.Duration, do func()) {
		p.after(after, func() {
			if turn == p.turn && p.draft != nil {
				do()
			}
		})
	}
	rested(settleTime, func() {
		d := *p.draft
		d.Text = p.text()
		p.printLive(d)
	})
	rested(writeTime, func() {
		if p.dirty && p.model == nil {
			p.dirty, p.unkept = false, true
			p.save(p.draft.ID, p.written, p.text(), false)
		}
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
