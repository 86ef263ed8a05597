package council

import (
	"context"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/widgets"
)

// maxFound is how many deliberations a search shows.
const maxFound = 30

// search looks for what was decided, in the words of a question.
func (p *page) search(asked string) {
	if strings.TrimSpace(asked) == "" {
		return
	}
	p.SaveDraft()
	p.draft, p.model, p.choosing = nil, nil, true
	p.list.Reset()
	shell.Load(p.h, "search", func(ctx context.Context) ([]council.Found, error) { return p.o.Council().Search(ctx, asked, maxFound) },
		func(found []council.Found) {
			if p.draft == nil && p.model == nil { // she did not open a text meanwhile
				p.showFound(asked, found)
			}
		})
}

func (p *page) showFound(asked string, found []council.Found) {
	title := widgets.Heading(p.h.Text("drafting.found", "n", len(found), "asked", asked))
	title.Wrapping = fyne.TextWrapWord
	body := widgets.Wrapped(title)
	if len(found) == 0 {
		body.Add(widgets.Caption(p.h.Text("drafting.found.none")))
	}
	for _, f := range found {
		name := widget.NewLabelWithStyle(strings.TrimSpace(f.Number+" "+f.Title), fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
		name.Wrapping = fyne.TextWrapWord
		body.Add(name)
		body.Add(widgets.NewNote(foundMeaning(f), p.foundState(f)))
		if f.Decision != "" {
			body.Add(widgets.Caption(f.Decision))
		} else {
			body.Add(widgets.Caption(strings.NewReplacer("\u2068", "", "\u2069", "").Replace(f.Snippet)))
		}
		body.Add(container.NewHBox(
			widgets.NewButton(p.h.Text("drafting.found.open"), base.VisibilityIcon(), func() { p.openDraft(f.ID) }),
			widgets.NewButton(p.h.Text("drafting.reuse"), base.ContentCopyIcon(), func() { p.reuse(f.ID) })))
	}
	p.middle.Objects = []fyne.CanvasObject{widgets.NewScroll(body)}
	shell.LayOut(p.h, p.middle)
}

func foundMeaning(f council.Found) widgets.Meaning {
	switch {
	case f.Sat == "":
		return widgets.Waiting
	case f.Adopted:
		return widgets.Done
	}
	return widgets.Refused
}

func (p *page) foundState(f council.Found) string {
	switch {
	case f.Sat == "":
		return p.h.Text("council.status.draft")
	case f.Adopted:
		return p.h.Text("drafting.found.adopted", "day", lang.LongDay(f.Sat.Time()))
	}
	return p.h.Text("drafting.found.rejected", "day", lang.LongDay(f.Sat.Time()))
}

// reuse begins a draft with a former text, its values to be checked.
func (p *page) reuse(id string) {
	made := ""
	p.h.Run(shell.Action{ID: "council.reuse", Label: p.h.Text("council.doing"),
		Run: func(ctx context.Context, _ shell.Progress) error {
			person, err := p.o.Person(ctx)
			if err == nil {
				made, err = p.o.Council().Reuse(ctx, person, id)
			}
			return err
		},
		Done: func() { p.openDraft(made); p.h.Toast(shell.Waiting, p.h.Text("drafting.reused"), nil) }})
}
