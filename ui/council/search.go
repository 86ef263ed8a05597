package council

import (
	"context"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"

	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/widgets"
)

// How many deliberations a search shows, and how many as one types.
const (
	maxFound   = 30
	firstFound = 8
)

// searchTyped follows what is typed; when it is taken away, the text in view before comes back.
func (p *page) searchTyped(asked string) {
	if len([]rune(strings.TrimSpace(asked))) >= 2 {
		p.search(asked, firstFound)
		return
	}
	if p.asked == "" {
		return
	}
	p.asked, p.choosing = "", false
	for _, l := range p.lines {
		if l.id() == p.arg {
			p.open(l)
		}
	}
}

// search looks for what was decided, in the words of a question.
func (p *page) search(asked string, most int) {
	if strings.TrimSpace(asked) == "" {
		return
	}
	p.SaveDraft()
	p.draft, p.model, p.choosing, p.asked = nil, nil, true, asked
	p.list.Reset()
	shell.Load(p.h, "search", func(ctx context.Context) ([]council.Found, error) { return p.o.Council().Search(ctx, asked, most) },
		func(found []council.Found) {
			if p.asked == asked { // she did not go elsewhere meanwhile
				p.showFound(asked, found, most)
			}
		})
}

func (p *page) showFound(asked string, found []council.Found, most int) {
	more := len(found) == most && most < maxFound
	heading := p.h.Text("drafting.found", "n", len(found), "asked", asked)
	if more {
		heading = p.h.Text("drafting.found.first", "asked", asked)
	}
	title := widgets.Heading(heading)
	title.Wrapping = fyne.TextWrapWord
	body := widgets.Wrapped(title)
	if len(found) == 0 {
		body.Add(widgets.Caption(p.h.Text("drafting.found.none")))
	}
	for _, f := range found {
		name := widgets.NewLabelWithStyle(strings.TrimSpace(f.Number+" "+f.Title), fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
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
	if more {
		body.Add(container.NewHBox(widgets.NewButton(p.h.Text("drafting.found.more"), base.SearchIcon(), func() { p.search(asked, maxFound) })))
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
