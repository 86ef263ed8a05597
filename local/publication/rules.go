package publication

import (
	"fmt"
	"strings"
	"time"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/typeset/french"
)

// Ways are those that the assembly may choose among (CGCT, art. L2131-1, III and IV;
// L5211-3 for syndicates).
func Ways(kind authority.Kind, population int) []council.Publication {
	if council.MayChoosePublication(kind, population) {
		return []council.Publication{council.Electronic, council.Posting, council.Paper}
	}
	return []council.Publication{council.Electronic}
}

// WayDue is the way in which this authority publishes: the one chosen, where it may
// choose; electronic else (CGCT, art. L2131-1).
func WayDue(kind authority.Kind, population int, chosen council.Publication) council.Publication {
	if chosen == "" || !council.MayChoosePublication(kind, population) {
		return council.Electronic
	}
	return chosen
}

// CheckChoice tells whether a way may be kept as the assembly's choice: it is made by
// a deliberation (CGCT, art. L2131-1, IV).
func CheckChoice(kind authority.Kind, population int, s Settings) error {
	if s.Way == "" || s.Way == council.Electronic {
		return nil
	}
	if !council.MayChoosePublication(kind, population) {
		return council.CheckPublication(kind, population, s.Way, s.Way)
	}
	if strings.TrimSpace(s.ChosenBy) == "" {
		return &rule.Refusal{
			Article: "CGCT, art. L2131-1, IV", Why: "L’affichage ou la publication sur papier se choisit par une délibération, dont la référence manque.",
			Cure: "Indiquez la délibération qui a fait ce choix ; sans elle, les actes sont publiés sous forme électronique.",
		}
	}
	return nil
}

// CheckPublishable tells whether an act may be made public (CGCT, art. L2131-1, II
// and III; R2131-1, I).
func CheckPublishable(p Publication) error {
	switch {
	case p.Individual:
		return &rule.Refusal{
			Article: "CGCT, art. L2131-1, II", Why: "Une décision individuelle est notifiée à la personne qu’elle concerne ; elle n’est pas publiée.",
			Cure: "Notifiez-la. Si cet acte n’est pas individuel, corrigez-le dans sa fiche.",
		}
	case !p.Withdrawn.IsZero():
		return &rule.Refusal{Article: "CGCT, art. R2131-1", Why: "Cet acte a été retiré.", Cure: "Un acte retiré ne se publie pas de nouveau sous la même fiche : ajoutez-le comme un autre acte."}
	case strings.TrimSpace(p.Subject) == "" || p.Adopted == "":
		return &rule.Refusal{Article: "CGCT, art. R2131-1, I", Why: "L’objet ou la date de l’acte manque.", Cure: "Complétez-les."}
	case p.Author.First == "" || p.Author.Last == "" || p.Author.Quality == "":
		return &rule.Refusal{
			Article: "CGCT, art. R2131-1, I", Why: "L’acte publié porte en caractères lisibles le prénom, le nom et la qualité de son auteur, et l’un des trois manque.",
			Cure: "Complétez la personne sur la page « Personnes », ou l’auteur dans la fiche de l’acte.",
		}
	}
	return nil
}

// CheckUrgent tells whether an act may be posted in urgency before being online, so that it binds at once: only where the
// authority publishes electronically, and for a reason that is kept. The publication follows without delay, and the terms
// of appeal run from it alone (CGCT, art. L2131-1; the wording is to be checked at its source).
func CheckUrgent(p Publication, way council.Publication, reason string) error {
	switch {
	case p.Kind == List || p.Kind == Minutes:
		return &rule.Refusal{Article: "CGCT, art. L2121-15 et L2121-25", Why: "La liste et le procès-verbal n’ont pas de caractère exécutoire : il n’y a pas d’urgence à les afficher.", Cure: "Mettez-les en ligne."}
	case !p.At.IsZero():
		return &rule.Refusal{Article: articleUrgent, Why: "Cet acte est déjà publié.", Cure: "Il n’y a rien à afficher en urgence."}
	case !p.Urgent.IsZero():
		return &rule.Refusal{Article: articleUrgent, Why: "Cet acte est déjà affiché en urgence.", Cure: "Publiez-le maintenant sous forme électronique."}
	case way != council.Electronic:
		return &rule.Refusal{Article: articleUrgent, Why: "Cette collectivité publie par affichage ou sur papier : l’affichage d’urgence ne vaut que dans l’attente d’une publication électronique.", Cure: "Publiez l’acte."}
	case strings.TrimSpace(reason) == "":
		return &rule.Refusal{Article: articleUrgent, Why: "Le motif de l’urgence manque.", Cure: "Écrivez-le en une phrase : il est gardé avec l’acte."}
	}
	return CheckPublishable(p)
}

const articleUrgent = "CGCT, art. L2131-1 (urgence, à vérifier)"

// MinimumEnd is the last day of the two months during which an act stays public
// (CGCT, art. R2131-1, I).
func MinimumEnd(published authority.Day) authority.Day { return published.Months(2) }

// CheckWithdrawal tells whether a public act may be withdrawn: after two months, or
// before for a reason that is kept (CGCT, art. R2131-1, I).
func CheckWithdrawal(p Publication, today authority.Day, reason string) error {
	end := MinimumEnd(authority.DayOf(p.At))
	switch {
	case p.At.IsZero() || !p.Withdrawn.IsZero():
		return &rule.Refusal{Article: "CGCT, art. R2131-1, I", Why: "Cet acte n’est pas publié.", Cure: "Il n’y a rien à retirer."}
	case (p.Kind == List || p.Kind == Minutes) && strings.TrimSpace(reason) == "":
		return &rule.Refusal{
			Article: "CGCT, art. L2121-15 et L2121-25", Why: "La liste des délibérations et le procès-verbal restent en ligne de manière permanente.",
			Cure: "Donnez le motif du retrait, par exemple une erreur ou des données personnelles.",
		}
	case today <= end && strings.TrimSpace(reason) == "":
		return &rule.Refusal{
			Article: "CGCT, art. R2131-1, I", Why: fmt.Sprintf("L’acte reste publié deux mois au moins : jusqu’au %s.", french.Date(end.Time())),
			Cure: "Attendez cette date, ou donnez le motif d’un retrait anticipé : erreur, données personnelles, décision de justice. Pour des données personnelles, occultez plutôt l’acte : il reste publié.",
		}
	}
	return nil
}

// CheckRedated tells whether the moment an act was made public may be corrected: it is
// later than the decision, and the terms run from it (CGCT, art. R2131-1, I; CJA, art. R421-1).
func CheckRedated(p Publication, at, now time.Time) error {
	switch {
	case p.At.IsZero() || !p.Withdrawn.IsZero():
		return &rule.Refusal{Article: "CGCT, art. R2131-1, I", Why: "Cet acte n’est pas publié.", Cure: "Publiez-le d’abord."}
	case at.Before(p.At):
		return &rule.Refusal{Article: "CGCT, art. R2131-1, I", Why: "Un acte ne peut avoir été mis en ligne avant d’avoir été publié ici.", Cure: "Indiquez une date plus tardive."}
	case at.After(now):
		return &rule.Refusal{Article: "CGCT, art. R2131-1, I", Why: "Cette date n’est pas encore venue.", Cure: "Indiquez le moment où l’acte a été vu sur le site."}
	}
	return nil
}

// CheckReceived tells whether a day of reception may be noted.
func CheckReceived(p Publication, day, today authority.Day) error {
	switch {
	case day == "":
		return &rule.Refusal{Why: "La date de réception manque.", Cure: "Recopiez celle de l’accusé de réception."}
	case day < p.Adopted:
		return &rule.Refusal{Article: "CGCT, art. L2131-1", Why: "L’acte ne peut avoir été reçu avant d’être pris.", Cure: "Corrigez la date de réception."}
	case day > today:
		return &rule.Refusal{Article: "CGCT, art. L2131-1", Why: "Cette date de réception n’est pas encore venue.", Cure: "Corrigez la date de réception."}
	}
	return nil
}

// Effect is what publication makes of an act.
type Effect struct {
	// Executory is the day from which the act binds; empty: not yet, and Missing says what is.
	Executory authority.Day
	Missing   string
	// Appeal is the last day of the two months to appeal, Referral that of the State's
	// representative: computed as clear terms ending on a working day, to be checked.
	Appeal, Referral authority.Day
	Words            string // the reasoning, with its articles
}

// EffectOf computes it (CGCT, art. L2131-1, R2131-1, L2131-6; CJA, art. R421-1).
func EffectOf(p Publication) Effect {
	known, published := authority.Day(""), authority.Day("") // to the public; in the way that starts the terms
	if !p.At.IsZero() {
		published = authority.DayOf(p.At)
		known = published
	}
	how := "Publié"
	if p.Individual {
		how = "Notifié"
	}
	if urgent := authority.DayOf(p.Urgent); !p.Urgent.IsZero() && (known == "" || urgent < known) {
		known, how = urgent, "Affiché en urgence"
	}
	var e Effect
	if p.Kind == List || p.Kind == Minutes {
		e.Words = "La liste et le procès-verbal informent le public ; ils n’ont pas de caractère exécutoire propre (CGCT, art. L2121-15 et L2121-25)."
		return e
	}
	if err := council.CheckExecutory(p.MustBeSent(), known, p.Received); err != nil {
		e.Missing = rule.Find(err).Why
		e.Words = e.Missing + " (CGCT, art. L2131-1)"
	} else {
		e.Executory = known
		received := "non soumis à transmission (CGCT, art. L2131-2, à vérifier)"
		if p.MustBeSent() {
			e.Executory = max(known, p.Received)
			received = "reçu par le représentant de l’État le " + dayWords(p.Received)
		}
		e.Words = fmt.Sprintf("%s le %s, %s\u202f: exécutoire depuis le %s (CGCT, art. L2131-1 et R2131-1).", how, dayWords(known), received, dayWords(e.Executory))
	}
	if published == "" && known != "" {
		e.Words += " Sa publication électronique suit sans tarder, et le délai de recours ne court que d’elle (" + articleUrgent + ")."
	}
	if published != "" {
		e.Appeal = authority.ClearTerm(published, 2)
	}
	if p.MustBeSent() && p.Received != "" {
		e.Referral = authority.ClearTerm(p.Received, 2)
	}
	return e
}

func dayWords(d authority.Day) string {
	return french.Date(d.Time())
}

func authorWords(a Author) string {
	quality := a.Quality
	if quality != "" {
		quality = ", " + strings.ToLower(quality[:1]) + quality[1:]
	}
	return strings.TrimSpace(a.First+" "+strings.ToUpper(a.Last)) + quality
}
