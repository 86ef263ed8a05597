package help

import (
	"context"
	"strings"

	"alpi40.fr/airial/local/typeset"
	"alpi40.fr/airial/ui/shell"
)

// onPaper is what each kind of paragraph is on paper; a link leads nowhere there.
var onPaper = map[kind]typeset.GuideKind{
	paragraph: typeset.GuideParagraph, heading: typeset.GuideHeading, item: typeset.GuideItem, numbered: typeset.GuideStep, note: typeset.GuideNote,
}

// PrintPage prints the page that is read.
func (p *page) PrintPage() {
	t, now := p.g.topics[p.at], p.h.Now()
	paper := typeset.Guide{Head: typeset.Head{Printed: now}, Title: t.title, Origin: p.h.Text("help.from"), Parts: t.parts()}
	p.h.Print(shell.Made(p.h.Text("help.file", "title", strings.ReplaceAll(t.title, "/", "-")), func(ctx context.Context) ([]byte, error) {
		d, err := paper.Typeset(ctx)
		return d.PDF, err
	}))
}

// parts is the page on paper: the contents keep the titles that their links are, the other pages leave theirs out.
func (t topic) parts() (out []typeset.GuidePart) {
	for _, b := range t.blocks {
		k, known := onPaper[b.kind]
		if b.kind == link && t.id == contents {
			k, known = typeset.GuideItem, true
		}
		if !known {
			continue
		}
		x := typeset.GuidePart{Kind: k, Number: b.number}
		for _, s := range b.spans {
			x.Text = append(x.Text, typeset.GuideText{Text: s.text, Bold: s.bold || s.key})
		}
		out = append(out, x)
	}
	return out
}
