package typeset

import (
	"context"
	"fmt"

	"alpi40.fr/airial/local/typeset/french"
	"alpi40.fr/airial/local/typeset/internal/flow"
)

// ServiceForm is what is asked of the agency when it must be signed: an order, a charter.
type ServiceForm struct {
	Head
	To        string // the agency
	Title     string
	Draft     bool
	Text      string // above the answers; may be empty
	Answers   [][2]string
	Signatory Signature
}

// Typeset sets the form. Its box is the mayor's.
func (f ServiceForm) Typeset(ctx context.Context) (Document, error) {
	if f.Title == "" || len(f.Answers) == 0 {
		return Document{}, fmt.Errorf("form of a service: %w: title or answers", ErrIncomplete)
	}
	a := f.Authority
	body := []flow.Block{letterhead(a, sender(a)...)}
	kind := "adressé à " + or(f.To, "l’agence")
	if f.Draft {
		kind += " — texte en projet"
	}
	body = append(body, title(f.Title, kind)...)
	body = append(body, passages(f.Text, bodyStyle)...)
	var rows []field
	for _, answer := range f.Answers {
		rows = append(rows, field{label: answer[0], more: passages(answer[1], bodyStyle)})
	}
	s := f.Signatory
	s.Box, s.Quality = or(s.Box, BoxMayor), or(s.Quality, "Le maire")
	body = append(body, fields(0.34, rows...), flow.Group{
		madeAt(a.Place, f.Printed),
		flow.Table{Widths: []float64{0.5, 0.5}, Bare: true, Before: 4, Rows: [][]flow.Cell{{{}, {frames([]Signature{s})}}}},
	})
	return set(ctx, f.Head, part{title: f.Title, running: f.Title, foot: a.Name + " — " + f.Title, body: body})
}

// TrainingCertificate tells that somebody completed a self-training module.
type TrainingCertificate struct {
	Head
	Person, Module string
	Minutes        int // of the module; 0 when nobody said
	// Points of Of in the last quiz; 0 of 0 when there was none.
	Points, Of int
	By         string // whose module it is
}

// Typeset sets the certificate.
func (c TrainingCertificate) Typeset(ctx context.Context) (Document, error) {
	if c.Person == "" || c.Module == "" || c.Points < 0 || c.Points > c.Of {
		return Document{}, fmt.Errorf("certificate of training: %w: person, module or points", ErrIncomplete)
	}
	body := []flow.Block{letterhead(c.Authority)}
	body = append(body, title("Attestation de fin de module", "Autoformation — "+or(c.By, "ALPI"))...)
	body = append(body,
		flow.Para{Spans: prose(c.Person, sized(boldStyle, 14)), Align: flow.Center, Before: 6, After: 4},
		flow.Para{Spans: prose("a suivi jusqu’à son terme le module", bodyStyle), Align: flow.Center, After: 2},
		flow.Para{Spans: prose("« "+c.Module+" »", sized(boldStyle, 12)), Align: flow.Center, After: 3},
	)
	told := "terminé le " + french.Date(c.Printed)
	if c.Minutes > 0 {
		told += fmt.Sprintf(", d’une durée indicative de %d minutes", c.Minutes)
	}
	if c.Of > 0 {
		told += fmt.Sprintf(", avec %d bonnes réponses sur %d", c.Points, c.Of)
	}
	body = append(body, flow.Para{Spans: prose(told+".", bodyStyle), Align: flow.Center, After: 8},
		note(tint, accent, flow.Para{Spans: prose("Cette autoformation se suit seul. Elle ne vaut ni formation statutaire obligatoire, ni habilitation.", smallStyle)}))
	return set(ctx, c.Head, part{title: "Attestation de fin de module", running: "Attestation — " + c.Person, foot: c.Authority.Name + " — attestation d’autoformation", body: body})
}

// ProcessingRegister is the register of processing activities of an authority (GDPR, art. 30.1).
type ProcessingRegister struct {
	Head
	// Controller, Officer and Contact are lines: name, address, how to reach.
	Controller, Officer []string
	Sheets              []ProcessingSheet
}

// ProcessingSheet is one activity; Rows are the columns of the register with what stands there.
type ProcessingSheet struct {
	Name  string
	Draft bool
	Rows  [][2]string
}

// Typeset sets the register, one activity after the other.
func (r ProcessingRegister) Typeset(ctx context.Context) (Document, error) {
	if len(r.Sheets) == 0 {
		return Document{}, fmt.Errorf("register of processing activities: %w: activities", ErrIncomplete)
	}
	body := []flow.Block{letterhead(r.Authority)}
	body = append(body, title("Registre des activités de traitement", "Règlement (UE) 2016/679, art. 30.1")...)
	who := func(label string, lines []string) field {
		f := field{label: label}
		for _, l := range lines {
			f.more = append(f.more, flow.Para{Spans: prose(l, bodyStyle)})
		}
		return f
	}
	body = append(body, fields(0.34, who("Responsable du traitement", r.Controller), who("Délégué à la protection des données", r.Officer), textField("État au", french.Date(r.Printed))))
	for i, s := range r.Sheets {
		name := fmt.Sprintf("%d. %s", i+1, s.Name)
		if s.Draft {
			name += " (projet)"
		}
		body = append(body, heading(name))
		var rows []field
		for _, row := range s.Rows {
			if row[1] != "" {
				rows = append(rows, field{label: row[0], more: passages(row[1], sized(bodyStyle, 9.4))})
			}
		}
		body = append(body, fields(0.34, rows...))
	}
	return set(ctx, r.Head, part{title: "Registre des activités de traitement", running: "Registre des activités de traitement", foot: r.Authority.Name + " — registre des traitements", body: body})
}
