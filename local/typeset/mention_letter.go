package typeset

import (
	"context"
	"fmt"
	"time"

	"alpi40.fr/airial/local/typeset/internal/flow"
)

// MentionLetter is a letter about a notice of mention: it asks for a receipt again, or sends the notice on to who keeps the act.
type MentionLetter struct {
	Head
	To       []string // lines of the addressee
	Title    string   // «Relance d’un avis de mention»
	Kind     string   // under it; may be empty
	Text     []string // paragraphs
	Enclosed string   // what goes with it; may be empty
	Officer  Signature
	Sent     time.Time
}

// Typeset sets the letter. Its box is the officer's.
func (l MentionLetter) Typeset(ctx context.Context) (Document, error) {
	if len(l.To) == 0 || len(l.Text) == 0 {
		return Document{}, fmt.Errorf("mention letter: %w: addressee or text", ErrIncomplete)
	}
	a := l.Authority
	body := []flow.Block{letterhead(a, sender(a)...), addressee(l.To), madeAt(a.Place, or2(l.Sent, l.Printed))}
	body = append(body, title(l.Title, l.Kind)...)
	for _, text := range l.Text {
		body = append(body, para(text, bodyStyle))
	}
	if l.Enclosed != "" {
		body = append(body, flow.Para{Spans: prose("Pièce jointe : "+l.Enclosed+".", smallStyle), Before: 2})
	}
	officer := l.Officer
	officer.Box = or(officer.Box, BoxOfficer)
	officer.Quality = or(officer.Quality, "L’officier de l’état civil")
	body = append(body, flow.Group{
		flow.Table{Widths: []float64{0.5, 0.5}, Bare: true, Before: 6, Rows: [][]flow.Cell{{{}, {frames([]Signature{officer})}}}},
	})
	return set(ctx, l.Head, part{title: l.Title, running: l.Title, foot: a.Name + " — " + l.Title, body: body})
}
