package council

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"

	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/draftimport"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/widgets"
)

// importDraft reads a text written with a word processor, and shows what was made of it before a draft begins.
func (p *page) importDraft() {
	p.h.PickFiles(shell.Files{Title: p.h.Text("drafting.import"), Extensions: []string{".docx", ".odt"}}, func(paths []string) {
		if len(paths) == 0 {
			return
		}
		shell.Load(p.h, "import", func(ctx context.Context) (draftimport.Draft, error) { return p.o.ReadDraft(ctx, paths[0]) }, p.showImported)
	})
}

func (p *page) showImported(d draftimport.Draft) {
	p.SaveDraft() // of a draft that was opened meanwhile
	p.draft, p.model, p.choosing, p.asked = nil, nil, true, ""
	count := map[council.BlockKind]int{}
	for _, b := range d.Text.Blocks {
		count[b.Kind]++
	}
	title := widgets.Heading(p.h.Text("drafting.imported"))
	body := widgets.Wrapped(title, widgets.Caption(p.h.Text("drafting.imported.what", "visas", count[council.BlockVisa], "grounds", count[council.BlockGround],
		"statements", count[council.BlockStatement], "articles", count[council.BlockArticle], "tables", count[council.BlockTable])))
	for _, left := range []struct {
		key string
		n   int
	}{{"images", d.Left.Images}, {"notes", d.Left.Notes}, {"comments", d.Left.Comments}, {"deleted", d.Left.Deleted}, {"underlined", d.Left.Underlined}} {
		if left.n > 0 {
			body.Add(widgets.NewNote(widgets.Waiting, p.h.Text("drafting.imported."+left.key, "n", left.n)))
		}
	}
	if d.Left.Macros {
		body.Add(widgets.NewNote(widgets.Waiting, p.h.Text("drafting.imported.macros")))
	}
	if len(d.Aside) > 0 {
		body.Add(widgets.Heading(p.h.Text("drafting.imported.aside")))
		body.Add(widgets.Caption(p.h.Text("drafting.imported.aside.why")))
		for _, line := range d.Aside {
			body.Add(widgets.Caption(line))
		}
	}
	choices := container.NewHBox(widgets.NewPrimary(p.h.Text("drafting.import.do"), base.ContentAddIcon(), func() { p.draftFrom(d.Text) }),
		widgets.NewButton(p.h.Text("drafting.model.back"), nil, p.choose))
	p.middle.Objects = []fyne.CanvasObject{container.NewBorder(nil, choices, nil, nil, widgets.NewScroll(body))}
	shell.LayOut(p.h, p.middle)
	p.printLive(council.Deliberation{Status: council.StatusDraft, Text: d.Text})
}

// draftFrom begins a deliberation with a text that exists already.
func (p *page) draftFrom(t council.Text) {
	id := ""
	p.h.Run(shell.Action{ID: "council.draft", Label: p.h.Text("council.doing"),
		Run: func(ctx context.Context, _ shell.Progress) error {
			person, err := p.o.Person(ctx)
			if err == nil {
				id, err = p.o.Council().DraftText(ctx, person, t)
			}
			return err
		},
		Done: func() { p.openDraft(id) }})
}
