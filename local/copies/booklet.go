package copies

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"alpi40.fr/airial/local/civilstatus"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/typeset"
)

// Booklet sets the pages of the family booklet that an act and those linked to it give, up to date with the mentions. As an
// extract, none is made while a mention is prepared and not affixed. The form is a draft.
func (w *Window) Booklet(ctx context.Context, act string) (d typeset.Document, err error) {
	first, err := w.acts.Act(ctx, act)
	if err != nil {
		return d, fmt.Errorf("act of a booklet: %w", err)
	}
	linked, _, err := w.acts.Links(ctx, act)
	if err != nil {
		return d, err
	}
	acts := []*civilstatus.Act{first}
	for i := range linked {
		acts = append(acts, &linked[i].Act)
	}
	place := map[civilstatus.ActKind]int{civilstatus.Marriage: 0, civilstatus.Birth: 1, civilstatus.Death: 2}
	acts = slices.DeleteFunc(acts, func(a *civilstatus.Act) bool { _, known := place[a.Kind]; return !known })
	slices.SortStableFunc(acts, func(a, b *civilstatus.Act) int { return place[a.Kind] - place[b.Kind] })
	if len(acts) == 0 {
		return d, &rule.Refusal{Why: "Un livret de famille dit les mariages, les naissances et les décès : cet acte n’en est pas un.", Cure: "Choisissez l’acte de mariage ou de naissance."}
	}
	who, _, err := w.about(ctx)
	if err != nil {
		return d, err
	}
	book := typeset.FamilyBooklet{Head: typeset.Head{Authority: who.Letterhead(), Printed: w.j.Now()}, Brought: w.j.Now()}
	for _, a := range acts {
		page, err := w.bookletPage(ctx, a)
		if err != nil {
			return d, err
		}
		book.Pages = append(book.Pages, page)
	}
	return book.Typeset(ctx)
}

func (w *Window) bookletPage(ctx context.Context, a *civilstatus.Act) (typeset.BookletPage, error) {
	page := typeset.BookletPage{Title: "Extrait de l’acte de " + a.Kind.Name(), On: of(a)}
	for _, m := range a.Mentions {
		if waiting(m) {
			return page, &rule.Refusal{Article: notice, Why: fmt.Sprintf("La mention « %s » est préparée et n’est pas encore apposée sur l’acte de %s n° %s de %d : le livret ne dirait pas l’état à jour.", m.Label, a.Kind.Name(), a.Number, a.Year), Cure: "Faites apposer la mention, puis mettez le livret à jour."}
		}
	}
	c, err := w.Case(ctx, Asked{Act: a.ID, Kind: Filiation})
	if err != nil {
		return page, err
	}
	if a.Kind == civilstatus.Death {
		c.Asked.Kind = Full
	}
	if r := c.stopped(); r != nil {
		return page, r
	}
	page.Lines, _ = c.Says()
	for _, m := range c.Effects.shown(a, c.Asked.Kind) {
		page.Mentions = append(page.Mentions, typeset.AffixedMention{Text: m.Text, On: m.On.Time()})
	}
	return page, nil
}

// Duties are what follows a death act that is drawn up here. paper: the doctor's certificate is on paper, whose part goes
// to the regional health agency; an electronic one goes there by itself.
func Duties(paper bool) []typeset.Duty {
	all := []typeset.Duty{
		{What: "Mention du décès en marge de l’acte de naissance, ou avis de mention", To: "La mairie de naissance ; le service central d’état civil ou le consulat pour une naissance à l’étranger", Within: "3 jours", Source: "Code civil, art. 49 et 79"},
		{What: "Transcription de l’acte", To: "La mairie du dernier domicile", Source: "Code civil, art. 80 (à vérifier)"},
		{What: "Mise à jour du livret de famille", To: "La famille", Source: "À la présentation du livret"},
		{What: "Bulletin de décès 7 bis", To: "INSEE", Source: "Usage des mairies (à vérifier)"},
	}
	if paper {
		all = append(all, typeset.Duty{What: "Partie médicale du certificat de décès (B7)", To: "Agence régionale de santé", Source: "Seulement pour un certificat sur papier"})
	}
	return all
}

// DeathFollowUp sets the sheet of what follows a death act.
func (w *Window) DeathFollowUp(ctx context.Context, act string, paper bool) (d typeset.Document, err error) {
	a, err := w.acts.Act(ctx, act)
	if err != nil {
		return d, fmt.Errorf("death act: %w", err)
	}
	if a.Kind != civilstatus.Death {
		return d, &rule.Refusal{Why: "Ce n’est pas un acte de décès.", Cure: "Choisissez l’acte de décès."}
	}
	details, err := w.Details(ctx, act)
	if err != nil {
		return d, err
	}
	who, _, err := w.about(ctx)
	if err != nil {
		return d, err
	}
	c := Case{Act: a, Details: details}
	last, first, g := c.current()
	sheet := typeset.DeathFollowUp{Head: typeset.Head{Authority: who.Letterhead(), Printed: w.j.Now()}, On: of(a), Duties: Duties(paper), Bulletin: []typeset.Line{
		{Label: "Nom", Text: strings.ToUpper(last)}, {Label: "Prénoms", Text: first}, {Label: "Nom d’usage", Text: a.Usual}, {Label: "Sexe", Text: sex(g)}, {Label: "Né(e) le, à", Text: details["ne"]},
		{Label: "Décédé(e) le", Text: c.day()}, {Label: "À", Text: details["lieu"]}, {Label: "Dernier conjoint", Text: details["conjoint"]}, {Label: "Numéro de l’acte", Text: fmt.Sprintf("%s de %d", a.Number, a.Year)},
	}}
	return sheet.Typeset(ctx)
}
