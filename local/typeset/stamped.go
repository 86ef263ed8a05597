package typeset

import (
	"context"
	"fmt"
	"time"

	"alpi40.fr/airial/local/typeset/french"
	"alpi40.fr/airial/local/typeset/internal/flow"
)

// StampedCopy is a copy of an act as it was signed, page by page, under the day on which the State's representative received
// it and what makes it binding (CGCT, art. L2131-1). The signed file itself is not touched.
type StampedCopy struct {
	Head
	Number, Subject string
	Received        time.Time
	Receipt         string // identifier given by the State's service
	Executory       time.Time
	Digest          string // of the signed file
	Pages           []byte // a PDF whose pages are plain forms (pageimage.Reproduce)
}

// Typeset sets the copy. Errors: ErrIncomplete without a reception or pages; those of reading them.
func (c StampedCopy) Typeset(ctx context.Context) (Document, error) {
	if c.Received.IsZero() || c.Receipt == "" {
		return Document{}, fmt.Errorf("stamped copy of %s: %w: its reception", c.Number, ErrIncomplete)
	}
	plates, err := flow.ReadPlates(c.Pages)
	if err != nil {
		return Document{}, fmt.Errorf("stamped copy of %s: %w", c.Number, err)
	}
	words := "Reçu par le représentant de l’État le " + french.Date(c.Received) + ", sous l’identifiant " + c.Receipt + "."
	if !c.Executory.IsZero() {
		words += " Exécutoire depuis le " + french.Date(c.Executory) + " (CGCT, art. L. 2131-1)."
	}
	const head = 34.0
	var body []flow.Block
	for i, p := range plates {
		if i > 0 {
			body = append(body, flow.Break{})
		}
		body = append(body, note(tint, accent, flow.Para{Spans: prose(words, sized(boldStyle, 9)), Keep: true},
			flow.Para{Spans: plain("Empreinte SHA-256 de l’acte signé\u202f: "+c.Digest, smallStyle), Whole: true}))
		height := flow.Depth - head
		body = append(body, flow.Drawing{Height: height, Items: append(flow.Rect(0, 0, flow.Measure, height, 0.15, hair), flow.Reproduce(p, 1, 1, flow.Measure-2, height-2))})
	}
	what := "Copie de l’acte n° " + c.Number
	return set(ctx, c.Head, part{title: what + " — " + c.Subject, running: what, foot: c.Authority.Name + " — " + what, body: body})
}
