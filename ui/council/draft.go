package council

import (
	"context"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/widgets"
)

// edit shows a deliberation: a draft in blocks, a voted one as printed.
func (p *page) edit(d *council.Deliberation) {
	p.draft, p.dirty = d, false
	title := widgets.Heading(p.title(line{deliberation: d}))
	title.Wrapping = fyne.TextWrapWord
	if d.Status != council.StatusDraft {
		p.draft = nil
		var act fyne.CanvasObject = widgets.Caption(p.h.Text("council.status." + string(d.Status)))
		if d.Status == council.StatusFinalised {
			act = widgets.NewPrimary(p.h.Text("council.send"), base.MailSendIcon(), func() {
				p.run("send", func(ctx context.Context, _ string) error { return p.o.SendToSign(ctx, d.ID) })
			})
		}
		why := widget.NewLabel(d.Record.Vote.Quorum.Words + "\n" + d.Record.Vote.Why)
		why.Wrapping = fyne.TextWrapWord
		p.middle.Objects = []fyne.CanvasObject{widgets.NewScroll(widgets.Wrapped(title, why, container.NewHBox(act)))}
		shell.LayOut(p.h, p.middle)
		p.printLive(*d)
		return
	}
	var blocks []widgets.Block
	for _, b := range d.Text.Blocks {
		blocks = append(blocks, widgets.Block{Kind: string(b.Kind), Text: b.Text})
	}
	p.blocks = widgets.NewBlocks(func(kind string, nth int) string { return p.h.Text("council.block."+kind, "n", nth) }, blocks)
	p.blocks.OnChanged = func([]widgets.Block) { p.changed() }
	add := container.NewGridWithColumns(2) // four would not leave the printed page its place on a small screen
	for _, kind := range []council.BlockKind{council.BlockVisa, council.BlockGround, council.BlockStatement, council.BlockArticle} {
		add.Add(widgets.NewButton(p.h.Text("council.add."+string(kind)), nil, func() { p.blocks.Insert(string(kind)) }))
	}
	body := widgets.Wrapped(title)
	for i := range d.Text.Variables {
		v := &d.Text.Variables[i]
		entry := widgets.NewEntry("")
		entry.SetText(v.Value)
		entry.OnChanged = func(text string) { v.Value = text; p.changed() }
		body.Add(widgets.Field(v.Label, entry, ""))
	}
	body.Add(p.blocks)
	save := widgets.NewPrimary(p.h.Text("council.save"), base.DocumentSaveIcon(), p.SaveDraft)
	p.middle.Objects = []fyne.CanvasObject{container.NewBorder(nil, container.NewVBox(add, container.NewHBox(save)), nil, nil, widgets.NewScroll(body))}
	shell.LayOut(p.h, p.middle)
	p.printLive(*d)
}

func (p *page) text() council.Text {
	t := p.draft.Text
	t.Blocks = nil
	for _, b := range p.blocks.Blocks() {
		t.Blocks = append(t.Blocks, council.Block{Kind: council.BlockKind(b.Kind), Text: b.Text})
	}
	return t
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

// choose begins a deliberation from the library.
func (p *page) choose() {
	box := container.NewVBox(widgets.Heading(p.h.Text("council.choose")))
	begin := func(key string) func() {
		return func() {
			var id string
			p.h.Run(shell.Action{ID: "council.draft", Label: p.h.Text("council.doing"),
				Run: func(ctx context.Context, _ shell.Progress) error {
					person, err := p.o.Person(ctx)
					if err == nil {
						id, err = p.o.Council().Draft(ctx, person, key)
					}
					return err
				},
				Done: func() { p.arg, p.draft = id, nil; p.load() }})
		}
	}
	box.Add(widgets.NewButton(p.h.Text("council.free"), base.DocumentIcon(), begin("")))
	for _, t := range p.o.Council().Library().Templates {
		b := widgets.NewButton(t.Name, nil, begin(t.Key))
		b.Alignment = widget.ButtonAlignLeading
		box.Add(b)
	}
	p.SaveDraft()
	p.draft = nil
	p.middle.Objects = []fyne.CanvasObject{widgets.NewScroll(box)}
	shell.LayOut(p.h, p.middle)
}
