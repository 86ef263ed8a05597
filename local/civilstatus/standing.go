package civilstatus

import (
	"context"
	"strings"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/typeset/french"
)

// An act that is digitised already bears mentions. They are read off its margin: without them a divorce seems to lack its
// marriage, and an extract would say an act that is not up to date.

// Standing is a mention that stands in the margin of an act, as a person reads it there.
type Standing struct {
	Code   string
	Text   string            // to the letter
	Fields map[string]string // what the catalogue asks of such a mention, as far as it is read
	Day    authority.Day     // of the event; empty: that which the fields tell, if any
	On     authority.Day     // affixed; empty when it is not read
}

// NoteStanding notes a mention that stands in the margin already. No rule holds it, for it is there; nothing is to be
// affixed nor sent. A reading that is wrong is withdrawn, with its reason.
func (r *Registry) NoteStanding(ctx context.Context, actor, act string, s Standing) (id string, err error) {
	id = r.j.NewID()
	return id, r.writeWith(ctx, actor, act, KindStanding, nil, func(tx *store.Tx, a *Act) (any, []journal.Draft, error) {
		all, err := r.formulas(tx)
		if err != nil {
			return nil, nil, err
		}
		f, err := all.Find(s.Code, a.Kind)
		if err != nil {
			return nil, nil, err
		}
		m := Mention{ID: id, Code: f.Code, Label: f.Label, Fields: s.Fields, Text: french.Clean(strings.TrimSpace(s.Text)), Status: Quoted, Basis: f.Basis,
			State: Affixed, On: s.On, Day: s.Day, Preparer: actor, Closed: true, Stood: true, Scanned: true}
		if m.Day == "" {
			m.Day = eventDay(f, s.Fields)
		}
		return m, nil, mayStand(a, m, authority.DayOf(r.j.Now()))
	})
}

func mayStand(a *Act, m Mention, today authority.Day) error {
	switch {
	case m.Text == "":
		return &rule.Refusal{Why: "Il manque le texte de la mention.", Cure: "Recopiez-le de l’image, à la lettre."}
	case m.On > today || m.Day > today:
		return &rule.Refusal{Why: "Cette date est à venir.", Cure: "Corrigez-la d’après l’image."}
	case m.On != "" && m.Day > m.On:
		return &rule.Refusal{Why: "La mention serait apposée avant l’événement qu’elle dit.", Cure: "Relisez les deux dates sur l’image."}
	}
	for i := range a.Mentions {
		if old := &a.Mentions[i]; old.InMargin() && old.Code == m.Code && old.Text == m.Text {
			return &rule.Refusal{Why: "Cette mention est déjà notée sur cet acte.", Cure: "Lisez-la plus bas ; il n’y a rien à ajouter."}
		}
	}
	return nil
}
