package council

import (
	"context"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"

	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/typography"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/widgets"
)

// reviewView reads the text again: what lacks, the words that are not French, and what print changes.
func (p *page) reviewView() fyne.CanvasObject {
	text := p.text()
	findings := council.Review(text)
	body := widgets.Wrapped(widgets.Heading(p.h.Text("drafting.review.values")))
	before := len(body.Objects)
	for _, f := range findings {
		switch {
		case f.Block >= 0 && f.Kind == council.FindingCheck:
			body.Add(widgets.NewNote(widgets.Waiting, p.h.Text("drafting.find.check", "label", p.where(text, f.Block), "value", f.Before)))
		case f.Block < 0:
			body.Add(widgets.NewNote(widgets.Waiting, p.h.Text("drafting.find."+string(f.Kind), "label", f.Label, "value", f.Before)))
		}
	}
	if len(body.Objects) == before {
		body.Add(widgets.NewNote(widgets.Done, p.h.Text("drafting.review.values.fine")))
	}
	spelling := widgets.Wrapped(widgets.Caption(p.h.Text("drafting.review.spelling.reading")))
	body.Add(widgets.Heading(p.h.Text("drafting.review.spelling")))
	body.Add(spelling)
	p.addTypography(body, findings, text)
	shell.Load(p.h, "spelling", func(ctx context.Context) ([]council.Finding, error) { return p.o.Spelling(ctx, text) },
		func(all []council.Finding) { p.showSpelling(spelling, all) })
	return widgets.NewScroll(body)
}

func (p *page) addTypography(body *fyne.Container, findings []council.Finding, text council.Text) {
	body.Add(widgets.Heading(p.h.Text("drafting.review.typography")))
	said := false
	for _, f := range findings {
		if f.Kind != council.FindingTypography {
			continue
		}
		if !said {
			body.Add(widgets.Caption(p.h.Text("drafting.review.typography.why")))
			said = true
		}
		rule := p.h.Text("drafting.rule." + string(f.Rule))
		if f.Rule == typography.Spaces {
			body.Add(widgets.Caption(p.h.Text("drafting.change.in", "where", p.where(text, f.Block), "rule", rule)))
			continue
		}
		body.Add(widgets.Caption(p.h.Text("drafting.change", "rule", rule, "before", f.Before, "after", f.After)))
	}
	if !said {
		body.Add(widgets.NewNote(widgets.Done, p.h.Text("drafting.review.typography.fine")))
		return
	}
	body.Add(container.NewHBox(widgets.NewButton(p.h.Text("drafting.review.apply"), nil, func() { p.setText(p.text().Typeset()) })))
}

// where names a paragraph as the editor does: «Visa 2».
func (p *page) where(t council.Text, block int) string {
	nth := 0
	for _, b := range t.Blocks[:block+1] {
		if b.Kind == t.Blocks[block].Kind {
			nth++
		}
	}
	return p.h.Text("council.block."+string(t.Blocks[block].Kind), "n", nth)
}

// maxMistakes is how many words are shown at once: more is another language.
const maxMistakes = 30

// showSpelling lists the words that are not in the dictionary, each with what it may have been.
func (p *page) showSpelling(box *fyne.Container, all []council.Finding) {
	box.Objects = nil
	if len(all) == 0 {
		box.Objects = []fyne.CanvasObject{widgets.NewNote(widgets.Done, p.h.Text("drafting.review.spelling.fine"))}
	}
	text := p.text()
	for i, f := range all[:min(len(all), maxMistakes)] {
		if f.Block >= len(text.Blocks) {
			continue
		}
		choices := container.NewHBox()
		box.Add(widgets.NewNote(widgets.Waiting, p.h.Text("drafting.review.word", "word", f.Before, "where", p.where(text, f.Block))))
		box.Add(choices)
		shell.Load(p.h, "suggestions."+f.Before+"."+string(rune('0'+i)), func(ctx context.Context) ([]string, error) { return p.o.Suggestions(ctx, f.Before) },
			func(words []string) { p.suggest(choices, f, words) })
	}
	shell.LayOut(p.h, p.middle)
}

func (p *page) suggest(choices *fyne.Container, f council.Finding, words []string) {
	for _, w := range words[:min(len(words), 2)] { // the pane is narrow
		choices.Add(widgets.NewButton(w, nil, func() { p.replaceWord(f, w) }))
	}
	choices.Add(widgets.NewButton(p.h.Text("drafting.review.add"), base.ConfirmIcon(), func() {
		p.runThen("word", func(ctx context.Context, person string) error { return p.o.Council().AcceptWord(ctx, person, f.Before) }, func() { p.showView(viewReview) })
	}))
	shell.LayOut(p.h, p.middle)
}

// replaceWord writes another word in the place of a mistake, everywhere in its paragraph.
func (p *page) replaceWord(f council.Finding, word string) {
	t := p.text()
	if f.Block < len(t.Blocks) {
		t.Blocks[f.Block].Text = strings.ReplaceAll(t.Blocks[f.Block].Text, f.Before, word)
	}
	p.setText(t)
}
