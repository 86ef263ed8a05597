package typeset

import (
	"context"
	"fmt"
	"strconv"

	"alpi40.fr/airial/local/typeset/internal/flow"
)

// Guide is a page of the help, on paper: for the binder beside the computer.
type Guide struct {
	Head
	Title  string
	Origin string // what it is a page of, with its version
	Parts  []GuidePart
}

// GuidePart is one paragraph of it.
type GuidePart struct {
	Kind   GuideKind
	Number int // of a numbered step
	Text   []GuideText
}

// GuideKind is what a paragraph is.
type GuideKind int

// The kinds.
const (
	GuideParagraph GuideKind = iota
	GuideHeading
	GuideItem
	GuideStep
	GuideNote
)

// GuideText is a piece of a paragraph.
type GuideText struct {
	Text string
	Bold bool
}

// Typeset sets the page.
func (g Guide) Typeset(ctx context.Context) (Document, error) {
	if g.Title == "" || len(g.Parts) == 0 {
		return Document{}, fmt.Errorf("page of the guide: %w: title or text", ErrIncomplete)
	}
	body := title(g.Title, g.Origin)
	for _, p := range g.Parts {
		body = append(body, p.block())
	}
	return set(ctx, g.Head, part{title: g.Title, running: g.Title, foot: g.Origin + " — " + g.Title, body: body})
}

func (p GuidePart) block() flow.Block {
	var spans []flow.Span
	whole := ""
	for _, t := range p.Text {
		style := bodyStyle
		if t.Bold {
			style = boldStyle
		}
		spans = append(spans, plain(t.Text, style)...)
		whole += t.Text
	}
	out := flow.Para{Spans: spans, After: 2}
	switch p.Kind {
	case GuideHeading:
		return heading(whole)
	case GuideItem:
		out.Label, out.Indent, out.After = plain("–", bodyStyle), 7, 1
	case GuideStep:
		out.Label, out.Indent, out.After = plain(strconv.Itoa(p.Number)+".", boldStyle), 7, 1.4
	case GuideNote:
		out.After = 0
		return note(tint, accent, out)
	}
	return out
}
