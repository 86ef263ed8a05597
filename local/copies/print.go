package copies

import (
	"context"
	"fmt"
	"strings"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/civilstatus"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/typeset"
	"alpi40.fr/airial/local/typeset/french"
)

// Scanner gives the pages of an act as JPEG images.
type Scanner func(ctx context.Context, a *civilstatus.Act) ([][]byte, error)

// Title is what a kind is called on paper.
func (k Kind) Title(on civilstatus.ActKind) string {
	act := "acte de " + on.Name()
	switch k {
	case Full:
		return "Copie intégrale d’" + act
	case Filiation:
		return "Extrait d’" + act + " avec indication de la filiation"
	case Plain:
		return "Extrait d’" + act + " sans indication de la filiation"
	}
	return "Extrait plurilingue d’" + act
}

// words are a kind within a sentence: «une copie intégrale d’acte de décès».
func (k Kind) words(on civilstatus.ActKind) string {
	article, title := "un ", k.Title(on)
	if k == Full {
		article = "une "
	}
	return article + strings.ToLower(title[:1]) + title[1:]
}

// about is what papers say besides the request.
func (w *Window) about(ctx context.Context) (who authority.Authority, people []authority.Person, err error) {
	err = w.j.Store().View(ctx, func(tx *store.Tx) error {
		if people, err = authority.People(tx); err != nil {
			return err
		}
		who, err = authority.Current(tx)
		return err
	})
	return who, people, err
}

func of(a *civilstatus.Act) typeset.Act {
	return typeset.Act{Kind: a.Kind.Name(), Number: a.Number, Year: a.Year, Register: a.Register, Page: a.Page, Commune: a.Commune,
		Date: a.Date.Time(), Person: strings.TrimSpace(a.FirstName + " " + strings.ToUpper(a.LastName))}
}

func signature(people []authority.Person, officer string) typeset.Signature {
	p, known := authority.Find(people, officer)
	if !known {
		return typeset.Signature{}
	}
	return typeset.Signature{Name: p.Name(), Quality: p.Title + ", officier de l’état civil"}
}

// Print sets what a granted request gives, in one example: the law is asked again, a mention may have come since.
func (w *Window) Print(ctx context.Context, id string, scans Scanner) (d typeset.Document, err error) {
	r, err := w.Request(ctx, id)
	if err != nil {
		return d, err
	}
	if r.State != Granted || r.Erased {
		return d, &rule.Refusal{Article: decree, Why: "Cette demande n’est pas accordée.", Cure: "Accordez-la d’abord."}
	}
	asked := r.Asked
	asked.Kind = r.Given
	c, err := w.Case(ctx, asked)
	if err != nil {
		return d, err
	}
	a := Assess(c)
	if a.Verdict == Deny {
		return d, a.Refusal
	}
	if a.Verdict == Ask && r.Verdict != Ask {
		return d, &rule.Refusal{Article: a.Article, Why: "L’acte a changé depuis la décision. " + a.Why, Cure: "Enregistrez une nouvelle demande, qui sera examinée d’après l’acte tel qu’il est."}
	}
	who, people, err := w.about(ctx)
	if err != nil {
		return d, err
	}
	paper := typeset.ActCopy{
		Head: typeset.Head{Authority: who.Letterhead(), Printed: w.j.Now()}, Title: r.Given.Title(c.Act.Kind), On: of(c.Act),
		Information: r.Verdict == Inform, Officer: signature(people, r.Officer), Delivered: c.Today.Time(),
	}
	if r.Given == Full {
		if paper.Scans, err = scans(ctx, c.Act); err != nil {
			return d, fmt.Errorf("images of a copy: %w", err)
		}
		paper.Late = c.Act.Outdated
	}
	if r.Given != Full || c.Act.Outdated {
		for _, m := range c.Effects.shown(c.Act, r.Given) {
			if r.Given == Full && m.Scanned {
				continue // its image shows it
			}
			paper.Mentions = append(paper.Mentions, typeset.AffixedMention{Text: m.Text, On: m.On.Time()})
		}
	}
	switch r.Given {
	case Filiation, Plain:
		paper.Lines = c.lines(r.Given)
	case Multilingual:
		paper.Lines = c.multilingual()
		paper.Unsettled = "PROJET : cette présentation suit les rubriques de la convention CIEC n° 16 telles qu’on les connaît ; le modèle annexé à la convention n’a pas été comparé. Ne la délivrez pas sans l’avoir vérifiée."
		paper.Draft = true
	}
	return paper.Typeset(ctx)
}

// current is the name and first names that the mentions leave.
func (c Case) current() (last, first string, g civilstatus.Gender) {
	last, first, g = c.Act.LastName, c.Act.FirstName, c.Act.Gender
	if d := c.Details; d["nom"] != "" {
		last = d["nom"]
	}
	if d := c.Details; d["prenoms"] != "" {
		first = d["prenoms"]
	}
	if s := strings.ToUpper(c.Details["sexe"]); strings.HasPrefix(s, "F") {
		g = civilstatus.Feminine
	} else if strings.HasPrefix(s, "M") {
		g = civilstatus.Masculine
	}
	return last, first, g
}

func sex(g civilstatus.Gender) string {
	return map[civilstatus.Gender]string{civilstatus.Feminine: "Féminin", civilstatus.Masculine: "Masculin"}[g]
}

// day is the date of the event as the register has it.
func (c Case) day() string {
	if c.Act.Written != "" || c.Act.Date == "" {
		return c.Act.Written
	}
	return french.Date(c.Act.Date.Time())
}

// Says tells what an extract of the case's kind says: its data, and the mentions that it bears.
func (c Case) Says() (lines []typeset.Line, mentions []string) {
	for _, m := range c.Effects.shown(c.Act, c.Asked.Kind) {
		mentions = append(mentions, m.Text)
	}
	if c.Act.Kind == civilstatus.Birth || c.Act.Kind == civilstatus.Marriage {
		return c.lines(c.Asked.Kind), mentions
	}
	last, first, g := c.current()
	lines = []typeset.Line{{Label: "Acte", Text: of(c.Act).Reference() + ", " + c.Act.Commune}, {Label: "Nom", Text: strings.ToUpper(last)}, {Label: "Prénoms", Text: first}, {Label: "Sexe", Text: sex(g)}, {Label: "Date", Text: c.day()}}
	for _, f := range Fields(c.Act.Kind) {
		if text := c.Details[f.Name]; text != "" && f.Name != "nom" && f.Name != "prenoms" && f.Name != "sexe" {
			lines = append(lines, typeset.Line{Label: f.Label, Text: text})
		}
	}
	return lines, mentions
}

// lines are what an extract says. What tells of filiation stands on the extract with it alone.
func (c Case) lines(k Kind) []typeset.Line {
	d := c.Details
	act := typeset.Line{Label: "Acte", Text: of(c.Act).Reference() + ", " + c.Act.Commune}
	if c.Act.Kind == civilstatus.Marriage {
		out := []typeset.Line{act, {Label: "Mariage célébré le", Text: c.day()}, {Label: "À", Text: d["lieu"]}}
		for _, n := range []string{"1", "2"} {
			out = append(out, typeset.Line{Label: map[string]string{"1": "Premier époux", "2": "Second époux"}[n], Text: d["epoux"+n]}, typeset.Line{Label: "Né(e) le, à", Text: d["ne"+n]})
			if k == Filiation {
				out = append(out, typeset.Line{Label: "Fils ou fille de", Text: d["parents"+n]})
			}
		}
		return out
	}
	last, first, g := c.current()
	born, child := "Né(e) le", "Fils ou fille de"
	switch g {
	case civilstatus.Feminine:
		born, child = "Née le", "Fille de"
	case civilstatus.Masculine:
		born, child = "Né le", "Fils de"
	}
	out := []typeset.Line{act, {Label: "Nom", Text: strings.ToUpper(last)}, {Label: "Prénoms", Text: first}, {Label: "Sexe", Text: sex(g)},
		{Label: born, Text: c.day()}, {Label: "À", Text: d["heure"]}, {Label: "Lieu", Text: d["lieu"]}}
	if d["heure"] == "" {
		out = append(out[:5], out[6:]...)
	} else {
		out[5].Label = "Heure"
	}
	if k == Filiation {
		out = append(out, typeset.Line{Label: child, Text: french.List(nonEmpty(d["parent1"], d["parent2"]))})
	}
	return out
}

func nonEmpty(all ...string) (out []string) {
	for _, s := range all {
		if s != "" {
			out = append(out, s)
		}
	}
	return out
}

// multilingual are the headings of the CIEC forms, in French and English; the other languages come with the official model.
func (c Case) multilingual() []typeset.Line {
	d := c.Details
	last, first, g := c.current()
	head := []typeset.Line{{Label: "1 État · State", Text: "France"}, {Label: "2 Service de l’état civil de · Civil Registry Office of", Text: c.Act.Commune}}
	numeric := strings.ReplaceAll(string(c.Act.Date), "-", " ")
	if c.Act.Date != "" {
		numeric = c.Act.Date.Time().Format("02 01 2006")
	}
	name := []typeset.Line{{Label: "Nom · Name", Text: strings.ToUpper(last)}, {Label: "Prénoms · Forenames", Text: first}}
	switch c.Act.Kind {
	case civilstatus.Birth:
		head = append(head, typeset.Line{Label: "3 Extrait de l’acte de naissance n° · Extract of the birth registration No.", Text: fmt.Sprintf("%s / %d", c.Act.Number, c.Act.Year)},
			typeset.Line{Label: "4 Date et lieu de naissance · Date and place of birth", Text: numeric + " — " + d["lieu"]})
		return append(append(head, name...), typeset.Line{Label: "Sexe · Sex", Text: string(g)}, typeset.Line{Label: "Parent 1 · Parent 1", Text: d["parent1"]}, typeset.Line{Label: "Parent 2 · Parent 2", Text: d["parent2"]})
	case civilstatus.Marriage:
		return append(head, typeset.Line{Label: "3 Extrait de l’acte de mariage n° · Extract of the marriage registration No.", Text: fmt.Sprintf("%s / %d", c.Act.Number, c.Act.Year)},
			typeset.Line{Label: "4 Date et lieu du mariage · Date and place of the marriage", Text: numeric + " — " + d["lieu"]},
			typeset.Line{Label: "Époux 1 · Spouse 1", Text: d["epoux1"]}, typeset.Line{Label: "Naissance · Birth", Text: d["ne1"]}, typeset.Line{Label: "Époux 2 · Spouse 2", Text: d["epoux2"]}, typeset.Line{Label: "Naissance · Birth", Text: d["ne2"]})
	}
	head = append(head, typeset.Line{Label: "3 Extrait de l’acte de décès n° · Extract of the death registration No.", Text: fmt.Sprintf("%s / %d", c.Act.Number, c.Act.Year)},
		typeset.Line{Label: "4 Date et lieu du décès · Date and place of death", Text: numeric + " — " + d["lieu"]})
	return append(append(head, name...), typeset.Line{Label: "Sexe · Sex", Text: string(g)}, typeset.Line{Label: "Naissance · Birth", Text: d["ne"]}, typeset.Line{Label: "Dernier conjoint · Last spouse", Text: d["conjoint"]},
		typeset.Line{Label: "Parents · Parents", Text: french.List(nonEmpty(d["parent1"], d["parent2"]))})
}

// Letter sets the letter that refuses a request.
func (w *Window) Letter(ctx context.Context, id string) (d typeset.Document, err error) {
	r, err := w.Request(ctx, id)
	if err != nil {
		return d, err
	}
	if r.State != Refused || r.Erased {
		return d, &rule.Refusal{Why: "Cette demande n’est pas refusée.", Cure: "Rouvrez-la."}
	}
	c, err := w.Case(ctx, r.Asked)
	if err != nil {
		return d, err
	}
	who, people, err := w.about(ctx)
	if err != nil {
		return d, err
	}
	on := typeset.Act{Kind: c.Act.Kind.Name()} // the letter tells nothing of the act
	letter := typeset.CopyRefusal{
		Head: typeset.Head{Authority: who.Letterhead(), Printed: w.j.Now()}, To: append([]string{r.Name}, strings.Split(strings.TrimSpace(r.Address), "\n")...),
		Asked: r.Kind.words(c.Act.Kind), On: on, Received: r.On.Time(), Why: r.Reason, Article: r.Article,
		Appeal: Appeal, Officer: signature(people, r.Officer), Decided: r.Decided.Time(),
	}
	c.Asked.Kind = Plain
	if r.Kind != Plain && knows(c.Act.Kind, Plain) && c.entitled().Verdict == Give {
		letter.Instead = "Un extrait sans indication de la filiation peut vous être délivré gratuitement, sur simple demande."
	}
	return letter.Typeset(ctx)
}
