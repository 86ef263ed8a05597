package civilstatus

import (
	"slices"
	"strings"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/civilstatus/names"
	"alpi40.fr/airial/local/rule"
)

// Rule names a rule of coherence.
type Rule string

// The rules. Each holds a mention for a person, who may go on with a reason; none drops it.
const (
	DivorceWithoutMarriage Rule = "divorce-without-marriage"
	MarriageNotDissolved   Rule = "marriage-not-dissolved"
	BeforeBirth            Rule = "before-birth"
	AfterDeath             Rule = "after-death"
	PACSNotDissolved       Rule = "pacs-not-dissolved"
	SecondRecognition      Rule = "second-recognition"
	Twice                  Rule = "twice"
	ActAnnulled            Rule = "act-annulled"
	KeptElsewhere          Rule = "kept-elsewhere"
	MinorsConsent          Rule = "minors-consent"
)

// Hold is a rule that holds a mention, with its article, why, and what to do.
type Hold struct {
	Rule Rule
	rule.Refusal
}

// Held are the rules that hold a mention for which no reason was given. It wraps the first refusal.
type Held struct{ Holds []Hold }

func (h *Held) Error() string {
	var all []string
	for _, x := range h.Holds {
		all = append(all, x.Refusal.Error())
	}
	return strings.Join(all, " ")
}

// Unwrap gives the first refusal.
func (h *Held) Unwrap() error { return &h.Holds[0].Refusal }

// The families of events.
var (
	marriages    = []string{"MARIAGE", "MARIAGE-ETRANGER"}
	dissolutions = []string{"DIVORCE-JUGEMENT", "DIVORCE-CONVENTION", "DIVORCE-ETRANGER", "CONVERSION-SEPARATION", "NULLITE-MARIAGE"}
	deaths       = []string{"DECES", "JUGEMENT-DECES"}
	// posthumous may be dated after a death: what rectifies, filiation, honours and the registers' own life.
	posthumous = []string{"RECTIFICATION", "ANNULATION", "TRANSFERT", "JUGEMENT-DECES", "FILIATION-JUDICIAIRE", "FILIATION-CONTESTEE", "NOTORIETE",
		"MORT-POUR-LA-FRANCE", "MORT-EN-DEPORTATION", "VICTIME-TERRORISME", "SANS-VIE", "DIVORCE-ETRANGER", "NULLITE-MARIAGE", "PACS-DISSOLUTION", "REPERTOIRE-CIVIL"}
	prenatal = []string{"RECONNAISSANCE", "RECONNAISSANCE-ANTICIPEE"}
	renaming = []string{"NOM-DECRET", "NOM-SIMPLIFIE", "NOM-CHOIX", "FRANCISATION", "PRENOM", "SEXE"}
	voiding  = []string{"RECTIFICATION", "ANNULATION"}
)

// Coherence gives the rules that hold a mention on an act that is kept by here (the commune's name; empty when unknown).
// The mentions that were withdrawn or rectified do not count.
func Coherence(a *Act, m Mention, here string) (holds []Hold) {
	for _, check := range []func(*Act, Mention) *Hold{dissolution, remarriage, birthFirst, deathLast, pacs, recognition, same, annulled, consent} {
		if h := check(a, m); h != nil {
			holds = append(holds, *h)
		}
	}
	if here != "" && a.Commune != "" && !sameName(here, a.Commune) {
		holds = append(holds, *hold(KeptElsewhere, "Code civil, art. 49", "L’acte est tenu par "+a.Commune+", non par "+here+".",
			"Transmettez l’avis à la mairie qui tient l’acte ; l’officier y appose la mention."))
	}
	return holds
}

func hold(r Rule, article, why, cure string) *Hold {
	return &Hold{Rule: r, Refusal: rule.Refusal{Article: article, Why: why, Cure: cure}}
}

// count counts the live mentions of a family, up to a day where theirs is known.
func (a *Act) count(codes []string, day authority.Day) (n int) {
	for i := range a.Mentions {
		m := &a.Mentions[i]
		if m.live() && slices.Contains(codes, m.Code) && (day == "" || m.Day == "" || m.Day <= day) {
			n++
		}
	}
	return n
}

func dissolution(a *Act, m Mention) *Hold {
	if !slices.Contains(dissolutions, m.Code) {
		return nil
	}
	if a.Kind == Marriage {
		if a.count(dissolutions, "") > 0 {
			return hold(DivorceWithoutMarriage, "Code civil, art. 227", "Ce mariage est déjà dissous en marge de cet acte.", "Vérifiez l’avis : la décision a pu être reçue deux fois, ou rectifiée.")
		}
		return nil
	}
	if a.count(marriages, m.Day) > a.count(dissolutions, m.Day) {
		return nil
	}
	return hold(DivorceWithoutMarriage, "Code civil, art. 227", "Aucun mariage en cours n’est mentionné sur cet acte : un divorce suppose un mariage.",
		"Vérifiez la personne ; si le mariage n’a pas été mentionné, demandez d’abord l’avis de mariage.")
}

func remarriage(a *Act, m Mention) *Hold {
	if a.Kind != Birth || !slices.Contains(marriages, m.Code) || a.count(marriages, m.Day) <= a.count(dissolutions, m.Day) {
		return nil
	}
	return hold(MarriageNotDissolved, "Code civil, art. 147", "Un mariage précédent n’est pas dissous en marge de cet acte.",
		"Demandez la mention de divorce ; en cas de veuvage, qui ne se mentionne pas sur cet acte (art. 79), indiquez-le comme motif.")
}

func birthFirst(a *Act, m Mention) *Hold {
	if a.Kind != Birth || a.Date == "" || m.Day == "" || m.Day >= a.Date || slices.Contains(prenatal, m.Code) {
		return nil
	}
	return hold(BeforeBirth, "IGREC n° 218", "L’événement est daté d’avant la naissance de la personne.", "Vérifiez la date de l’avis, et qu’il s’agit de la bonne personne.")
}

// diedOn is the day of the death that the act tells.
func (a *Act) diedOn() authority.Day {
	if a.Kind == Death {
		return a.Date
	}
	for i := range a.Mentions {
		if m := &a.Mentions[i]; m.live() && slices.Contains(deaths, m.Code) && m.Day != "" && m.Code == "DECES" {
			return m.Day
		}
	}
	return ""
}

func deathLast(a *Act, m Mention) *Hold {
	died := a.diedOn()
	if a.Kind == Birth && m.Code == "DECES" && m.Day != "" {
		for i := range a.Mentions {
			if old := &a.Mentions[i]; old.live() && old.Day > m.Day && !slices.Contains(posthumous, old.Code) {
				return hold(AfterDeath, "IGREC n° 218", "La mention «"+old.Label+"» déjà portée est postérieure à ce décès.", "Vérifiez la date du décès et la personne.")
			}
		}
	}
	if died == "" || m.Day == "" || m.Day <= died || slices.Contains(posthumous, m.Code) {
		return nil
	}
	return hold(AfterDeath, "IGREC n° 218", "L’événement est daté d’après le décès de la personne.",
		"Vérifiez la date et la personne. Une rectification, une décision de filiation ou un divorce antérieur transcrit tard restent possibles.")
}

func pacs(a *Act, m Mention) *Hold {
	open := a.count([]string{"PACS-CONCLUSION"}, m.Day) > a.count([]string{"PACS-DISSOLUTION"}, m.Day)
	switch {
	case a.Kind != Birth || !open:
		return nil
	case slices.Contains(marriages, m.Code):
		return hold(PACSNotDissolved, "Code civil, art. 515-7", "Un PACS n’est pas dissous en marge de cet acte ; le mariage le dissout à sa date.",
			"Attendez ou demandez l’avis de dissolution du PACS ; la mention du mariage peut suivre avec ce motif.")
	case m.Code == "PACS-CONCLUSION":
		return hold(PACSNotDissolved, "Code civil, art. 515-2", "Un PACS précédent n’est pas dissous en marge de cet acte.", "Demandez l’avis de dissolution du PACS précédent.")
	}
	return nil
}

func recognition(a *Act, m Mention) *Hold {
	if m.Code != "RECONNAISSANCE" {
		return nil
	}
	for i := range a.Mentions {
		old := &a.Mentions[i]
		if old.live() && old.Code == m.Code && names.Key(old.Fields["auteur"]) != names.Key(m.Fields["auteur"]) {
			return hold(SecondRecognition, "Code civil, art. 320", "Une reconnaissance par une autre personne est déjà portée sur cet acte. La seconde n’est pas nulle, mais reste sans effet tant que la première n’est pas anéantie (Cass., 30 novembre 2022).",
				"Si les deux établissent la même filiation, avisez le procureur de la République ; sinon (l’autre parent), indiquez-le comme motif.")
		}
	}
	return nil
}

func same(a *Act, m Mention) *Hold {
	for i := range a.Mentions {
		old := &a.Mentions[i]
		if old.live() && old.Code == m.Code && m.Corrects != old.ID && (old.Text == m.Text || old.Day != "" && old.Day == m.Day && names.Key(old.Fields["auteur"]) == names.Key(m.Fields["auteur"])) {
			return hold(Twice, "IGREC n° 218", "Cette mention est déjà sur l’acte : le même avis a pu être reçu deux fois.", "Vérifiez l’avis ; s’il s’agit d’un autre événement, corrigez sa date ou son lieu.")
		}
	}
	return nil
}

// Annulled tells whether a mention annuls the act.
func (a *Act) Annulled() bool { return a.count([]string{"ANNULATION"}, "") > 0 }

func annulled(a *Act, m Mention) *Hold {
	if !a.Annulled() || slices.Contains(voiding, m.Code) {
		return nil
	}
	return hold(ActAnnulled, "Code civil, art. 99", "Cet acte est annulé : il ne reçoit plus de mention.", "Vérifiez l’acte. Seuls le procureur de la République ou un jugement peuvent l’ordonner : citez l’instruction.")
}

const (
	consentAge = 13
	majority   = 18
)

func consent(a *Act, m Mention) *Hold {
	if a.Kind != Birth || a.Date == "" || m.Day == "" || !slices.Contains(renaming, m.Code) || m.Day < a.Date.Months(12*consentAge) || m.Day >= a.Date.Months(12*majority) {
		return nil
	}
	return hold(MinorsConsent, "Code civil, art. 60 et 61-3", "La personne avait entre 13 et 18 ans : son consentement personnel est requis.", "Vérifiez que l’avis ou la décision cite ce consentement, et indiquez-le comme motif.")
}

// settle pairs each rule that holds with the reason given, or refuses.
func settle(holds []Hold, reasons map[Rule]string, order string) ([]Override, error) {
	var out []Override
	var left []Hold
	for _, h := range holds {
		reason := strings.TrimSpace(reasons[h.Rule])
		if reason == "" || h.Rule == ActAnnulled && strings.TrimSpace(order) == "" {
			left = append(left, h)
			continue
		}
		out = append(out, Override{Rule: h.Rule, Why: h.Why, Reason: reason})
	}
	if len(left) > 0 {
		return nil, &Held{Holds: left}
	}
	return out, nil
}
