package copies

import (
	"fmt"
	"strings"
	"time"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/civilstatus"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/typeset/french"
)

// The texts. What is marked «à vérifier» has not been read in the text itself.
const (
	decree      = "Décret n° 2017-890 du 6 mai 2017, art. 27 et suivants"
	anyone      = "Décret n° 2017-890 du 6 mai 2017, art. 33"
	heritage    = "Code du patrimoine, art. L213-2"
	adoption    = "Code civil, art. 354"
	annulment   = "Code civil, art. 99"
	notice      = "Code civil, art. 49"
	convention  = "Convention CIEC n° 16 (Vienne, 8 septembre 1976)"
	conventionM = convention + " — délivrance à vérifier"
)

// Appeal is what a refusal tells of the way to have it looked at again.
const Appeal = "Si vous contestez ce refus, vous pouvez saisir le président du tribunal judiciaire."

// Verdict is what the law answers.
type Verdict string

// The verdicts.
const (
	Give   Verdict = "give"
	Inform Verdict = "inform" // an unsigned copy, for information
	Ask    Verdict = "ask"    // the texts do not settle it: the officer decides, and says why
	Deny   Verdict = "deny"
)

// Answer is what may be given, and why.
type Answer struct {
	Kind    Kind
	Verdict Verdict
	// Why says what the answer rests on; for Deny see Refusal.
	Article, Why string
	Refusal      *rule.Refusal
	// Letter is the reason as who asks may read it, where Why and Article would tell of the act; empty: Why.
	Letter string
	// Notes are to be read before giving.
	Notes []string
}

// Case is a request in front of its act.
type Case struct {
	Act     *civilstatus.Act
	Asked   Asked
	Details Details
	Today   authority.Day
	Effects Effects
}

// Proposals answers for each kind that the act knows.
func Proposals(c Case) (all []Answer) {
	for _, k := range Kinds(c.Act.Kind) {
		c.Asked.Kind = k
		all = append(all, Assess(c))
	}
	return all
}

// Assess tells what the law answers to a request.
func Assess(c Case) Answer {
	a := c.entitled()
	a.Kind = c.Asked.Kind
	if a.Verdict == Deny {
		return a
	}
	if r := c.stopped(); r != nil {
		return Answer{Kind: a.Kind, Verdict: Deny, Refusal: r, Article: r.Article, Why: r.Why, Letter: "L’acte est en cours de mise à jour : l’extrait pourra être délivré lorsqu’elle sera faite."}
	}
	return c.cautious(a)
}

func deny(article, why, cure string) Answer {
	return Answer{Verdict: Deny, Article: article, Why: why, Refusal: &rule.Refusal{Article: article, Why: why, Cure: cure}}
}

// entitled tells what the quality of who asks gives a right to.
func (c Case) entitled() Answer {
	act, k := c.Act.Kind, c.Asked.Kind
	if !knows(act, k) {
		return deny(decree, fmt.Sprintf("Un acte de %s ne donne pas lieu à cette forme d’extrait.", act.Name()), "Proposez la copie intégrale.")
	}
	for _, m := range c.Act.Mentions {
		if c.Effects[m.Code] == voiding && m.State != civilstatus.Withdrawn && m.CorrectedBy == "" {
			article := adoption
			if m.Code != "ADOPTION-PLENIERE" {
				article = annulment
			}
			a := deny(article, "L’acte porte une mention qui le fait tenir pour nul : il n’en est pas délivré de copie sans l’accord du procureur de la République.", "Transmettez la demande au procureur de la République ; après une adoption plénière, la copie se demande sur l’acte transcrit.")
			a.Letter = "Cet acte n’est délivré qu’avec l’accord du procureur de la République, à qui la demande peut être adressée."
			return a
		}
	}
	switch {
	case act == civilstatus.Death && k == Full:
		return Answer{Verdict: Give, Article: anyone, Why: "La copie intégrale d’un acte de décès est délivrée à toute personne.",
			Notes: []string{"Vérifiez qu’aucune énonciation de l’acte ne porte atteinte à la vie privée d’un vivant (à vérifier)."}}
	case act == civilstatus.Death:
		return Answer{Verdict: Give, Article: convention, Why: "L’extrait plurilingue d’un acte de décès est délivré comme la copie de cet acte, à toute personne."}
	case k == Plain:
		return Answer{Verdict: Give, Article: anyone, Why: "L’extrait sans indication de la filiation est délivré à toute personne."}
	}
	if a := c.near(); a.Verdict != Deny {
		return a
	} else if open := c.open(); open.Verdict != "" {
		return open
	} else {
		return a
	}
}

func knows(act civilstatus.ActKind, k Kind) bool {
	for _, known := range Kinds(act) {
		if known == k {
			return true
		}
	}
	return false
}

// near is the right of those whom the decree names to what tells of filiation.
func (c Case) near() Answer {
	q := c.Asked
	switch q.Quality {
	case Self:
		if c.Act.Kind == civilstatus.Birth && c.Act.Date != "" && c.Today < c.Act.Date.Months(12*18) && !q.Emancipated {
			return deny(decree, "L’intéressé est mineur : la copie intégrale et l’extrait avec filiation ne lui sont délivrés que majeur ou émancipé.", "La demande est à faire par son représentant légal.")
		}
	case Spouse, Ascendant, Descendant:
	case Representative, Lawyer:
		if strings.TrimSpace(q.Basis) == "" {
			return deny(decree, "Le mandat ou la mission qui fonde la demande n’est pas indiqué.", "Notez le mandat, le jugement ou la mission dont il est justifié.")
		}
	case Partner:
		return c.identified(Answer{Verdict: Ask, Article: decree, Why: "Les sources publiques se contredisent pour le partenaire d’un PACS. Lisez l’article du décret avant d’accorder ou de refuser."})
	case Administration:
		return Answer{Verdict: Ask, Article: decree, Why: "Une administration obtient ce que le texte dont elle se prévaut lui ouvre : ce texte est à lire (à vérifier)."}
	default:
		return deny(decree, "La copie intégrale et l’extrait avec filiation sont réservés à l’intéressé majeur ou émancipé, à son conjoint, à ses ascendants et descendants, à son représentant légal, et à l’avocat ou au notaire dans leurs missions.", "Proposez l’extrait sans filiation, délivré à toute personne.")
	}
	if c.Act.Kind == civilstatus.Recognition && q.Quality != Self {
		return c.identified(Answer{Verdict: Ask, Article: decree, Why: "À qui la copie d’un acte de reconnaissance est délivrée est à lire à l’article du décret (à vérifier)."})
	}
	a := c.identified(Answer{Verdict: Give, Article: decree, Why: "La personne est de celles à qui le décret réserve cette délivrance."})
	if a.Verdict == Give && !q.Parents && c.Act.Kind != civilstatus.Recognition {
		a.Notes = append(a.Notes, "La demande doit indiquer les nom et prénom usuel des parents de la personne.")
	}
	return a
}

// identified asks for the identity of a natural person; a lawyer or a notary is known by the mission.
func (c Case) identified(a Answer) Answer {
	if c.Asked.Quality != Lawyer && strings.TrimSpace(c.Asked.Paper) == "" {
		return deny(decree, "L’identité de la personne qui demande n’est pas établie.", "Demandez une pièce d’identité, et notez sa nature sans en garder copie.")
	}
	return a
}

// open is what the age of the register gives to anybody; Verdict is empty when it gives nothing.
func (c Case) open() Answer {
	// Counted from the closing of the register, at the end of its year.
	if c.Act.Kind == civilstatus.Birth || c.Act.Kind == civilstatus.Marriage {
		if int(c.Act.Year)+75 < c.Today.Time().Year() {
			return inform("Le registre est clos depuis plus de 75 ans.")
		}
	}
	if c.Act.Kind != civilstatus.Birth {
		return Answer{}
	}
	for _, m := range c.Act.Mentions {
		if m.Code != "DECES" || !affixed(m) || m.CorrectedBy != "" {
			continue
		}
		day, ok := m.Day, true
		if day == "" {
			day, ok = readDate(m.Fields["date"])
		}
		switch {
		case !ok:
			return Answer{Verdict: Ask, Article: heritage, Why: "L’acte porte une mention de décès dont la date n’a pu être lue : l’acte est communicable à tous 25 ans après le décès."}
		case day.Months(12*25) < c.Today:
			return inform("L’intéressé est décédé depuis plus de 25 ans.")
		}
	}
	return Answer{}
}

func inform(why string) Answer {
	return Answer{Verdict: Inform, Article: heritage, Why: why + " Un tiers reçoit une copie non signée, à titre de renseignement.",
		Notes: []string{"Le délai est de cent ans pour certains actes qui concernent un mineur (à vérifier)."}}
}

var written = func() map[string]time.Month {
	all := map[string]time.Month{}
	for m := time.January; m <= time.December; m++ {
		all[strings.Fields(french.Date(time.Date(2000, m, 2, 0, 0, 0, 0, time.UTC)))[1]] = m
	}
	return all
}()

// readDate reads «12 septembre 2026», «1er mars 1999» or «02/03/1999».
func readDate(text string) (authority.Day, bool) {
	if t, err := time.Parse("02/01/2006", strings.TrimSpace(text)); err == nil {
		return authority.DayOf(t), true
	}
	words := strings.Fields(strings.ToLower(strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(text)))
	if len(words) != 3 || written[words[1]] == 0 {
		return "", false
	}
	var day, year int
	if _, err := fmt.Sscan(strings.TrimSuffix(words[0], "er"), &day); err != nil {
		return "", false
	}
	if _, err := fmt.Sscan(words[2], &year); err != nil || year < 1500 || year > 2200 {
		return "", false
	}
	t := time.Date(year, written[words[1]], day, 0, 0, 0, 0, time.UTC)
	return authority.DayOf(t), t.Day() == day
}

// stopped tells what keeps an act from being given to anybody for now.
func (c Case) stopped() *rule.Refusal {
	if c.Asked.Kind == Full {
		return nil
	}
	for _, m := range c.Act.Mentions {
		if waiting(m) {
			return &rule.Refusal{Article: notice, Why: fmt.Sprintf("La mention « %s » est préparée et n’est pas encore apposée : un extrait ne dirait pas l’état à jour.", m.Label), Cure: "Faites apposer la mention, puis délivrez l’extrait."}
		}
	}
	if c.Act.LastName == "" || c.Act.Kind == civilstatus.Birth && c.Act.Gender == "" {
		return &rule.Refusal{Article: decree, Why: "L’index de l’acte n’est pas complet : l’extrait ne peut être établi.", Cure: "Complétez l’index d’après l’image, dans la page « État civil »."}
	}
	var missing []string
	for _, f := range Fields(c.Act.Kind) {
		if (f.Needed || f.Filiation && f.Name != "parent2" && c.tellsFiliation()) && strings.TrimSpace(c.Details[f.Name]) == "" {
			missing = append(missing, f.Label)
		}
	}
	for _, m := range c.Act.Mentions {
		if affixed(m) && c.Effects[m.Code] == merged && c.Act.Kind == civilstatus.Birth && (c.Details["nom"] == "" || c.Details["prenoms"] == "") {
			missing = append(missing, fmt.Sprintf("Nom et prénoms à jour (mention « %s »)", m.Label))
			break
		}
	}
	if len(missing) > 0 {
		return &rule.Refusal{Article: decree, Why: "Il manque à l’extrait : " + strings.Join(missing, ", ") + ".", Cure: "Lisez-les sur l’image et complétez « Ce que dit l’acte » ; écrivez « filiation non établie » s’il n’y en a pas."}
	}
	return nil
}

// tellsFiliation tells whether what is asked says who the parents are.
func (c Case) tellsFiliation() bool {
	return c.Asked.Kind == Filiation || c.Asked.Kind == Multilingual && c.Act.Kind == civilstatus.Birth
}

// cautious turns a right into a question where the program cannot answer for what would be given.
func (c Case) cautious(a Answer) Answer {
	if a.Verdict != Give {
		return a
	}
	if c.Asked.Kind == Multilingual {
		a.Article, a.Notes = conventionM, append(a.Notes, "Le formulaire plurilingue est un projet : comparez-le au modèle de la convention.")
	}
	if c.Asked.Kind == Full {
		for _, m := range c.Act.Mentions {
			if waiting(m) {
				a.Notes = append(a.Notes, fmt.Sprintf("La mention « %s » n’est pas encore apposée : la copie dit l’acte tel qu’il est aujourd’hui au registre.", m.Label))
			}
		}
		if c.Act.Outdated {
			a.Verdict, a.Why = Ask, "L’image n’est pas à jour d’une mention apposée depuis. Numérisez de nouveau la page, ou comparez la copie au registre et notez-le."
		}
		return a
	}
	a.Notes = append(a.Notes, "Comparez l’extrait à la marge de l’acte : une mention plus ancienne que sa numérisation n’y est que si elle est notée dans la page « État civil » (« Mention déjà en marge… »).")
	for _, m := range c.Act.Mentions {
		if !affixed(m) {
			continue
		}
		switch e, known := c.Effects[m.Code]; {
		case m.CorrectedBy != "":
			a.Verdict, a.Why = Ask, fmt.Sprintf("La mention « %s » a été rectifiée par une autre : vérifiez que l’extrait dit l’état rectifié.", m.Label)
		case !known:
			a.Verdict, a.Why = Ask, fmt.Sprintf("Le sort de la mention « %s » sur un extrait n’est pas connu du catalogue : lisez l’acte.", m.Label)
		case e == ofKinship && c.Asked.Kind == Plain:
			a.Notes = append(a.Notes, fmt.Sprintf("La mention « %s » ne se reproduit pas sans la filiation, mais peut avoir changé le nom : vérifiez-le.", m.Label))
		case e == ofKinship:
			a.Notes = append(a.Notes, fmt.Sprintf("La mention « %s » se lit dans la filiation : vérifiez les parents et le nom.", m.Label))
		case e == merged && c.Act.Kind != civilstatus.Birth:
			a.Verdict, a.Why = Ask, fmt.Sprintf("La mention « %s » change l’acte : vérifiez que « Ce que dit l’acte » en tient compte.", m.Label)
		}
	}
	return a
}

// Keep is how long requests are kept, in months.
const Keep = 12

// dueForErasure tells whether a request has been kept long enough.
func dueForErasure(on, today authority.Day) bool { return on != "" && on.Months(Keep) <= today }

// acceptable refuses a request that lacks what makes it one.
func acceptable(a Asked) error {
	refuse := func(why, cure string) error { return &rule.Refusal{Article: decree, Why: why, Cure: cure} }
	switch {
	case strings.TrimSpace(a.Name) == "":
		return refuse("Il manque le nom de la personne qui demande.", "Notez ses nom et prénoms.")
	case a.Act == "":
		return refuse("Aucun acte n’est choisi.", "Cherchez l’acte par le nom de la personne.")
	case a.Number < 1 || a.Number > 20:
		return refuse("Le nombre d’exemplaires n’est pas entre 1 et 20.", "Corrigez-le.")
	case a.On == "":
		return refuse("Il manque le jour de la demande.", "Notez-le.")
	case len(a.Name) > 300 || len(a.Address) > 1000 || len(a.Paper) > 300 || len(a.Basis) > 1000:
		return refuse("Un des textes de la demande est trop long.", "Abrégez-le : seul le nécessaire est gardé.")
	}
	for _, q := range Qualities() {
		if q == a.Quality {
			return nil
		}
	}
	return refuse("La qualité de la personne qui demande n’est pas indiquée.", "Choisissez-la dans la liste.")
}
