package typeset

import (
	"context"
	"fmt"

	"alpi40.fr/airial/local/typeset/french"
	"alpi40.fr/airial/local/typeset/internal/flow"
)

// PracticeCertificate tells that somebody went through the exercises of civil status. It attests training, and nothing else.
type PracticeCertificate struct {
	Head
	Person        string
	Points, Of    int
	Exercises     int
	RestsOnDrafts int    // exercises whose formula is a draft
	Commune       string // of the exercises
}

// Typeset sets the certificate.
func (c PracticeCertificate) Typeset(ctx context.Context) (Document, error) {
	if c.Person == "" || c.Of < 1 || c.Points < 0 || c.Points > c.Of {
		return Document{}, fmt.Errorf("certificate of practice: %w: person or points", ErrIncomplete)
	}
	body := []flow.Block{letterhead(c.Authority)}
	body = append(body, title("Attestation d’entraînement", "État civil — mentions marginales")...)
	body = append(body,
		flow.Para{Spans: prose(c.Person, sized(boldStyle, 14)), Align: flow.Center, Before: 6, After: 4},
		flow.Para{Spans: prose(fmt.Sprintf("a terminé les %d exercices de la commune d’entraînement de %s,", c.Exercises, c.Commune), bodyStyle), Align: flow.Center, After: 1},
		flow.Para{Spans: prose(fmt.Sprintf("avec %d points sur %d, le %s.", c.Points, c.Of, french.Date(c.Printed)), bodyStyle), Align: flow.Center, After: 8},
		note(tint, accent, flow.Para{Spans: prose(fmt.Sprintf("Cet entraînement se fait seul, sur des actes imaginaires. Il ne vaut ni formation réglementaire, ni délégation, ni habilitation. %d exercices reposent sur une formule en projet, à vérifier avant tout usage.", c.RestsOnDrafts), smallStyle)}),
	)
	return set(ctx, c.Head, part{title: "Attestation d’entraînement", running: "Attestation d’entraînement — " + c.Person, foot: c.Authority.Name + " — attestation d’entraînement", body: body})
}
