package council

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/ui/compared"
	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/widgets"
)

// history is what the versions of a draft are, and who saved them.
type history struct {
	editions []council.Edition
	names    map[string]string
}

// versionsView lists every text that was saved, and sets one against another.
func (p *page) versionsView() fyne.CanvasObject {
	box := container.NewStack(widgets.Caption(p.h.Text("council.doing")))
	id := p.draft.ID
	shell.Load(p.h, "versions", func(ctx context.Context) (h history, err error) {
		if h.names, err = p.o.Names(ctx); err != nil {
			return h, err
		}
		h.editions, err = p.o.Council().Editions(ctx, id)
		return h, err
	}, func(h history) { p.showVersions(box, h) })
	return box
}

func (p *page) showVersions(box *fyne.Container, h history) {
	var names []string
	for i, e := range h.editions {
		who := h.names[e.By]
		if who == "" {
			who = p.h.Text("drafting.version.someone")
		}
		names = append(names, p.h.Text("drafting.version", "n", len(h.editions)-i, "when", lang.Recent(e.At, p.h.Now()), "who", who))
	}
	older, newer := widget.NewSelect(names, nil), widget.NewSelect(names, nil)
	older.SetSelectedIndex(min(1, len(names)-1))
	newer.SetSelectedIndex(0)
	shown := container.NewStack()
	show := func(string) {
		a, b := h.editions[older.SelectedIndex()], h.editions[newer.SelectedIndex()]
		restore := widgets.NewButton(p.h.Text("drafting.version.restore"), base.HistoryIcon(), func() { p.restore(a.Text) })
		shown.Objects = []fyne.CanvasObject{widgets.NewScroll(widgets.Wrapped(append(compared.Differences(p.h, council.Compare(a.Text, b.Text)), container.NewHBox(restore))...))}
		shell.LayOut(p.h, p.middle)
	}
	older.OnChanged, newer.OnChanged = show, show
	top := container.NewVBox(widgets.Field(p.h.Text("drafting.version.older"), older, ""), widgets.Field(p.h.Text("drafting.version.newer"), newer, ""))
	box.Objects = []fyne.CanvasObject{container.NewBorder(top, nil, nil, nil, shown)}
	show("")
}

// restore puts a former text back; it is saved as one more version.
func (p *page) restore(t council.Text) {
	p.view = viewText
	p.setText(t)
	p.SaveDraft()
}

// disagree shows a text that could not be saved because another was saved since:
// what both started from, hers, the other, and the choices. mine and theirs take
// one of them; by hand, hers stays in the editor with the other to look at.
func (p *page) disagree(n council.NotApplied, mine, theirs func()) {
	title := widgets.Heading(p.h.Text("drafting.conflict"))
	title.Wrapping = fyne.TextWrapWord
	body := widgets.Wrapped(title, widgets.Caption(p.h.Text("drafting.conflict.why")), widgets.Heading(p.h.Text("drafting.conflict.mine")))
	for _, o := range compared.Differences(p.h, council.Compare(n.Base, n.Mine)) {
		body.Add(o)
	}
	body.Add(widgets.Heading(p.h.Text("drafting.conflict.theirs")))
	for _, o := range compared.Differences(p.h, council.Compare(n.Base, n.Theirs)) {
		body.Add(o)
	}
	choices := container.NewHBox(widgets.NewPrimary(p.h.Text("drafting.conflict.keep"), nil, mine), widgets.NewButton(p.h.Text("drafting.conflict.take"), nil, theirs))
	p.middle.Objects = []fyne.CanvasObject{container.NewBorder(nil, choices, nil, nil, widgets.NewScroll(body))}
	shell.LayOut(p.h, p.middle)
}

// lookForConflict shows the choice that waits when two computers changed the draft.
func (p *page) lookForConflict(id string) {
	shell.Load(p.h, "conflict", func(ctx context.Context) (*council.NotApplied, error) { return p.o.Conflict(ctx, id) }, func(n *council.NotApplied) {
		if n == nil || p.draft == nil || p.draft.ID != id || p.dirty {
			return // what is being typed is not taken away: it is looked for again once it is saved
		}
		settle := func(t council.Text) func() {
			return func() {
				p.dirty, p.unkept, p.draft = false, false, nil
				p.run("settled", func(ctx context.Context, person string) error {
					return p.o.Council().Settle(ctx, person, id, p.h.Text("drafting.conflict.note"), t)
				})
			}
		}
		p.disagree(*n, settle(n.Mine), settle(n.Theirs))
	})
}
