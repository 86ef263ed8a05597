package window

import (
	"context"

	"alpi40.fr/airial/cmd/internal/explain"
	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/practice"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/services/training"
	"alpi40.fr/airial/local/typeset"
)

// Practice implements the practice page's office: the exercises on the formulas in use.
func (r *Room) Practice(ctx context.Context) (*practice.Course, error) {
	formulas, err := r.Acts().Formulas(ctx)
	if err != nil {
		return nil, explain.Error(err)
	}
	c, err := practice.Read(formulas)
	if err != nil { // a formula of the authority's asks for what no exercise tells: those of the program do
		c, err = practice.Read(r.Acts().Catalogue())
	}
	return c, explain.Error(err)
}

// PracticeCertificate implements the practice page's office. What was earned is kept with the authority's documents.
func (r *Room) PracticeCertificate(ctx context.Context, c *practice.Course, done practice.Results) ([]byte, error) {
	if !c.Passed(done) {
		return nil, explain.Error(&rule.Refusal{Why: "L’attestation demande tous les exercices et quatre points sur cinq.", Cure: "Terminez les exercices, ou refaites ceux qui ont perdu des points."})
	}
	h := r.seat().Hall
	who, err := h.Authority(ctx)
	if err != nil {
		return nil, err
	}
	person, err := h.Person(ctx)
	if err != nil {
		return nil, err
	}
	people, _, err := h.People.Everyone(ctx)
	if err != nil {
		return nil, err
	}
	paper := typeset.PracticeCertificate{Head: typeset.Head{Authority: who.Letterhead(), Printed: r.now()}, Exercises: len(c.Exercises), Commune: c.Commune}
	paper.Points, paper.Of, _ = c.Score(done)
	if p, known := authority.Find(people, person); known {
		paper.Person = p.Name()
	}
	for _, e := range c.Exercises {
		if c.Draft(e) {
			paper.RestsOnDrafts++
		}
	}
	d, err := paper.Typeset(ctx)
	if err != nil {
		return nil, explain.Error(err)
	}
	known, err := h.Practice.Keep(ctx, person, practice.Certificate{Person: person, Name: paper.Person, Course: c.Commune, Points: paper.Points, Of: paper.Of, Exercises: paper.Exercises,
		Drafts: paper.RestsOnDrafts, On: authority.DayOf(r.now())}, d.PDF)
	if err == nil && !known {
		err = h.School.Note(ctx, training.Step{Person: person, Module: training.Exercises, Points: paper.Points, Of: paper.Of, Complete: true})
	}
	return d.PDF, explain.Error(err)
}

// EarnedCertificate implements the services page's office: the sheet of the person's exercises, as it was earned last.
func (r *Room) EarnedCertificate(ctx context.Context) ([]byte, error) {
	h := r.seat().Hall
	person, err := h.Person(ctx)
	if err != nil {
		return nil, err
	}
	all, err := h.Practice.Certificates(ctx)
	if err != nil {
		return nil, explain.Error(err)
	}
	for _, c := range all {
		if c.Person == person {
			sheet, err := h.Practice.Sheet(c)
			return sheet, explain.Error(err)
		}
	}
	return nil, explain.Error(&rule.Refusal{Why: "L’attestation n’est pas encore sur cet ordinateur.", Cure: "Attendez le prochain échange avec le serveur, puis redemandez-la."})
}
