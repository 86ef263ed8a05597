package council

import (
	"fmt"
	"strings"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/typeset/french"
)

// The rules of the evening itself.

// Presiding tells who presides a point with those in the room, and why: who was elected or
// called to for that point, else for the sitting, else the chair, else the first of the order of
// precedence who does not go out for the point (CGCT, art. L2121-14, L2122-17).
func Presiding(s Sitting, point string, present []string) (member, why string) {
	in := setOf(present)
	for _, of := range []string{point, ""} {
		for i := len(s.Presidents) - 1; i >= 0; i-- {
			if p := s.Presidents[i]; p.Point == of && in[p.Member] {
				return p.Member, presidingWords[p.Title]
			}
		}
	}
	item, _ := s.Item(point)
	if in[s.Chair] && !item.Eldest {
		return s.Chair, "Le " + BodyOf(s.Kind).Chair + " préside."
	}
	if item.Accounts {
		return s.Chair, "Le conseil élit son président pour ce point."
	}
	if item.Eldest {
		if m := eldest(s, present); m != "" {
			return m, presidingWords[Eldest]
		}
	}
	if len(present) > 0 {
		return present[0], presidingWords[StandsIn]
	}
	return s.Chair, ""
}

var presidingWords = map[Title]string{
	StandsIn: "Remplace le président empêché, dans l’ordre du tableau.",
	Eldest:   "Préside comme doyen d’âge.",
	Elected:  "Élu par le conseil pour présider ce point.",
}

// eldest is the eldest of some members, "" when a day of birth is missing or two are of the same day.
func eldest(s Sitting, members []string) string {
	best, tied := Member{}, false
	for _, id := range members {
		m, _ := s.Member(id)
		switch {
		case m.Born == "":
			return ""
		case best.ID == "" || m.Born < best.Born:
			best, tied = m, false
		case m.Born == best.Born:
			tied = true
		}
	}
	if tied {
		return ""
	}
	return best.ID
}

// CheckPresidency tells whether a member may preside under a title: she is in the room; a
// stand-in comes in the order of precedence (CGCT, art. L2122-17); the eldest is the eldest
// (L2122-8); for the accounts, the council elects another than the mayor (L2121-14).
func CheckPresidency(s Sitting, p Presidency) error {
	article := map[Title]string{StandsIn: BodyOf(s.Kind).StandIn, Eldest: "CGCT, art. L2122-8", Elected: "CGCT, art. L2121-14"}[p.Title]
	refuse := func(why, cure string) error { return &rule.Refusal{Article: article, Why: why, Cure: cure} }
	m, known := s.Member(p.Member)
	present := without(s.PresentAt(""), s.interested(p.Point))
	switch {
	case article == "":
		return refuse("Il faut dire à quel titre ce membre préside.", "Choisissez : remplaçant, doyen d’âge ou élu.")
	case !known || !setOf(present)[p.Member]:
		return refuse("Le président doit être un membre en séance, qui ne se retire pas.", "Choisissez un membre présent.")
	case p.Title == Elected && m.Mayor:
		return refuse("Le maire ne préside pas le vote du compte qu’il rend.", "Choisissez le membre que le conseil a élu.")
	case p.Title == StandsIn:
		for _, id := range present {
			if id == p.Member {
				return nil
			}
			if before, _ := s.Member(id); !before.Mayor || before.ID != s.Chair {
				return refuse(fmt.Sprintf("%s passe avant %s dans l’ordre du tableau.", before.Name, m.Name), "Faites présider "+before.Name+", ou notez son départ.")
			}
		}
	case p.Title == Eldest:
		for _, id := range present {
			if other, _ := s.Member(id); m.Born != "" && other.Born != "" && other.Born < m.Born {
				return refuse(other.Name+" est plus âgé que "+m.Name+".", "Faites présider le doyen d’âge.")
			}
		}
	}
	return nil
}

// CheckChair refuses a ballot that nobody in the room presides (CGCT, art. L2121-14).
func CheckChair(s Sitting, chair string, present []string) error {
	if setOf(present)[chair] {
		return nil
	}
	name := s.name(chair)
	if name == "" {
		name = "Le président"
	}
	return &rule.Refusal{
		Article: BodyOf(s.Kind).StandIn, Why: name + " n’est pas en séance ou se retire pour ce point, et ne peut présider le vote.",
		Cure: "Désignez qui préside ce point.",
	}
}

// CheckUrgency: after a shortened summons, the mayor reports on it when the sitting opens and the
// council rules on the urgency before anything else (CGCT, art. L2121-11, L2121-12).
func CheckUrgency(s Sitting) error {
	urgent := s.Urgent
	for _, i := range s.Agenda {
		urgent = urgent || i.Urgent
	}
	if !urgent || s.Urgency != nil {
		return nil
	}
	return &rule.Refusal{
		Article: s.Summons.Article, Why: "La convocation a été faite en urgence : le maire en rend compte à l’ouverture, et le conseil se prononce avant tout autre point.",
		Cure: "Notez la décision du conseil sur l’urgence ; il peut renvoyer tout ou partie de la discussion.",
	}
}

// CheckOpen tells whether a point may come under discussion: announced, not dealt with, the sitting
// neither ended nor suspended, the urgency ruled on, and the quorum there (CGCT, art. L2121-10,
// L2121-11, L2121-17).
func CheckOpen(s Sitting, point string) error {
	if err := CheckAgenda(s, point); err != nil {
		return err
	}
	item, _ := s.Item(point)
	for _, err := range []error{CheckGoing(s), CheckUrgency(s), CheckUndecided(s, point), CheckRemoteItem(s, item), CheckQuorum(s.quorum(point, nil))} {
		if err != nil {
			return err
		}
	}
	return nil
}

// CheckUndecided refuses to take up again what is voted or set aside.
func CheckUndecided(s Sitting, point string) error {
	for _, a := range s.Aside {
		if a.Point == point {
			return &rule.Refusal{Why: "Ce point a été " + settledWords[a.As] + ".", Cure: "Annulez cet acte dans l’historique si c’est une erreur."}
		}
	}
	if _, voted := s.Vote(point); voted {
		return &rule.Refusal{Why: "Ce point est déjà voté.", Cure: "Annulez le vote dans l’historique si c’est une erreur."}
	}
	return nil
}

var settledWords = map[Settling]string{Postponed: "ajourné", Withdrawn: "retiré de l’ordre du jour", Informed: "présenté pour information, sans vote"}

// CheckGoing refuses to deliberate while the sitting is suspended (CGCT, art. L2121-16).
func CheckGoing(s Sitting) error {
	if !s.Suspended() {
		return nil
	}
	return &rule.Refusal{
		Article: "CGCT, art. L2121-16", Why: "La séance est suspendue depuis " + spoken(s.Suspensions[len(s.Suspensions)-1].From) + ".",
		Cure: "Notez d’abord la reprise de la séance.",
	}
}

func spoken(hour string) string { return strings.Replace(hour, ":", "\u00a0h\u00a0", 1) }

// CheckReporter refuses that who goes out for a personal interest presents the point (CGCT, art. L2131-11).
func CheckReporter(s Sitting, item Item, interested []string) error {
	if item.Reporter == "" || !setOf(interested)[item.Reporter] || item.Accounts {
		return nil
	}
	return &rule.Refusal{
		Article: "CGCT, art. L2131-11", Why: s.name(item.Reporter) + " est intéressé à l’affaire et en est le rapporteur.",
		Cure: "Faites rapporter ce point par un autre membre.",
	}
}

// CheckVoters refuses the vote of who is neither present nor represented (CGCT, art. L2121-20).
func CheckVoters(s Sitting, v Vote) error {
	may := setOf(append(append([]string{}, v.Present...), v.Withdrawn...))
	for _, p := range v.Represented {
		may[p.From] = true
	}
	for id, c := range v.Choices {
		if c != "" && !may[id] {
			name := s.name(id)
			if name == "" {
				name = "Cette personne"
			}
			return &rule.Refusal{Article: BodyOf(s.Kind).Outcome, Why: name + " n’est ni présent ni représenté pour ce vote.", Cure: "Notez d’abord son arrivée, ou le pouvoir donné."}
		}
	}
	return nil
}

// CheckAmendments refuses to vote a text before its amendments.
func CheckAmendments(s Sitting, point string) error {
	for i, a := range s.Amendments {
		if a.Point == point && a.Vote == nil && !a.Withdrawn {
			return &rule.Refusal{
				Article: "règlement intérieur", Why: fmt.Sprintf("L’amendement n° %d n’est pas encore mis aux voix : les amendements se votent avant le texte.", i+1),
				Cure: "Votez l’amendement, ou notez que son auteur le retire.",
			}
		}
	}
	return nil
}

// CheckClosedDoors tells whether a closed session may be put to the vote, without debate: asked by
// the chair or enough members (three in a municipal council, CGCT, art. L2121-18; five in a group
// of communes, L5211-11).
func CheckClosedDoors(kind authority.Kind, asked int, byChair bool) error {
	body := BodyOf(kind)
	switch {
	case body.Closed == "":
		return &rule.Refusal{Article: "CASF, art. R123-16", Why: "Les séances du " + body.Name + " ne sont pas publiques : il n’y a pas de huis clos à décider.", Cure: "Poursuivez la séance."}
	case byChair || asked >= body.ClosedAsked:
		return nil
	case kind == authority.Commune || kind == "":
		return ClosedSession(asked, byChair)
	}
	return &rule.Refusal{
		Article: body.Closed, Why: fmt.Sprintf("Le huis clos se demande à %d membres ou par le président ; %d seulement le demandent.", body.ClosedAsked, asked),
		Cure: "La séance reste publique.",
	}
}

// ClosedDoorsOutcome judges the vote on a closed session: the absolute majority of the members
// present or represented, not of the votes cast (CGCT, art. L2121-18).
func ClosedDoorsOutcome(votesFor, voters int) bool { return 2*votesFor > voters }

// CheckCandidates tells whether a nomination may be voted on: somebody stands, nobody twice.
func CheckCandidates(all []Candidate) error {
	seen := map[string]bool{}
	for _, c := range all {
		name := strings.TrimSpace(c.Name)
		if name == "" || seen[c.ID] || c.Votes < 0 {
			return &rule.Refusal{Article: "CGCT, art. L2121-21", Why: "Un candidat manque de nom, figure deux fois ou a un nombre de voix négatif.", Cure: "Corrigez la liste des candidats."}
		}
		seen[c.ID] = true
	}
	if len(all) == 0 {
		return &rule.Refusal{Article: "CGCT, art. L2121-21", Why: "Personne n’est candidat.", Cure: "Notez au moins un candidat."}
	}
	return nil
}

// CheckByRight tells whether the only candidate is named without a vote, the mayor reading the name
// out: for a commission or an outside body (CGCT, art. L2121-21), never for the election of the mayor
// or of the deputies (L2122-7).
func CheckByRight(item Item, candidates []Candidate) error {
	refuse := func(article, why, cure string) error { return &rule.Refusal{Article: article, Why: why, Cure: cure} }
	switch {
	case item.Election:
		return refuse("CGCT, art. L2122-7", "L’élection du maire et des adjoints a lieu au scrutin secret, même avec un seul candidat.", "Notez le premier tour de scrutin.")
	case !item.Nomination:
		return refuse("CGCT, art. L2121-21", "Ce point n’est pas une nomination.", "Votez ce point.")
	case len(candidates) != 1:
		return refuse("CGCT, art. L2121-21", "La nomination n’est de droit que si une seule candidature ou une seule liste a été présentée.", "Notez un tour de scrutin.")
	}
	return nil
}

// NominationOutcome judges a round: the absolute majority of the votes cast in the first two, the
// relative one in the third, where the eldest is elected when equal (CGCT, art. L2121-21, L2122-7).
// elected is "" when nobody is.
func NominationOutcome(n int, all []Candidate) (elected, why string, err error) {
	cast := 0
	var best []Candidate
	for _, c := range all {
		cast += c.Votes
		switch {
		case len(best) == 0 || c.Votes > best[0].Votes:
			best = []Candidate{c}
		case c.Votes == best[0].Votes:
			best = append(best, c)
		}
	}
	majority := cast/2 + 1
	counted := fmt.Sprintf("%s, majorité absolue %d", french.Count(cast, "suffrage exprimé", "suffrages exprimés"), majority)
	turn := map[int]string{1: "premier tour", 2: "deuxième tour", 3: "troisième tour"}[n]
	switch {
	case cast == 0:
		return "", "Aucun suffrage exprimé au " + turn + ".", nil
	case n < 3 && best[0].Votes >= majority:
		return best[0].ID, fmt.Sprintf("%s est %s au %s avec %s (%s).", best[0].Name, agreed(best[0].Name, "élu"), turn, voices(best[0].Votes), counted), nil
	case n < 3:
		return "", fmt.Sprintf("Personne n’obtient la majorité absolue au %s (%s) : il est procédé à un nouveau tour.", turn, counted), nil
	case len(best) == 1:
		return best[0].ID, fmt.Sprintf("%s est %s au troisième tour, à la majorité relative, avec %s.", best[0].Name, agreed(best[0].Name, "élu"), voices(best[0].Votes)), nil
	}
	old := oldest(best)
	if old == nil {
		return "", "", &rule.Refusal{
			Article: "CGCT, art. L2121-21", Why: "Égalité de suffrages au troisième tour : l’élection est acquise au plus âgé, et les dates de naissance manquent ou sont les mêmes.",
			Cure: "Indiquez les dates de naissance ; si elles sont les mêmes, les textes ne départagent pas : interrogez la préfecture.",
		}
	}
	return old.ID, fmt.Sprintf("Égalité au troisième tour (%s chacun) : %s est %s au bénéfice de l’âge.", voices(old.Votes), old.Name, agreed(old.Name, "élu")), nil
}

// agreed is a participle that agrees with a person named with a title.
func agreed(name, participle string) string {
	if the(name) == "La" {
		return participle + "e"
	}
	return participle
}

func voices(n int) string { return french.Count(n, "voix", "voix") }

// oldest is the eldest candidate, nil when it cannot be said.
func oldest(all []Candidate) *Candidate {
	best := &all[0]
	tied := best.Born == ""
	for i := 1; i < len(all); i++ {
		switch c := &all[i]; {
		case c.Born == "" || best.Born == "":
			return nil
		case c.Born < best.Born:
			best, tied = c, false
		case c.Born == best.Born:
			tied = true
		}
	}
	if tied {
		return nil
	}
	return best
}

// CheckLink: a sitting held at several places is broadcast live, and its places are known (CGCT, art. L5211-11-1).
func CheckLink(r *Remote) error {
	if r == nil || (len(r.Sites) >= 2 && strings.TrimSpace(r.Link) != "") {
		return nil
	}
	return &rule.Refusal{
		Article: "CGCT, art. L5211-11-1", Why: "Une séance en plusieurs lieux nomme ses lieux et se diffuse en direct au public.",
		Cure: "Indiquez au moins deux lieux, et l’adresse où le public suit la séance.",
	}
}

// CheckOutside tells whether who represents the authority in an outside body goes out for a point: for its aid, its
// contracts, her own nomination or pay there; for the rest the law does not hold her to be interested by that alone, and
// her vote and her presence count (CGCT, art. L1111-6).
func CheckOutside(s Sitting, i Interest) error {
	if i.Outside != MatterOther {
		return nil
	}
	return &rule.Refusal{
		Article: "CGCT, art. L1111-6", Why: s.name(i.Member) + " représente la collectivité dans l’organisme : ce seul mandat ne l’écarte pas de ce point.",
		Cure: "Laissez ce membre prendre part au vote ; s’il y a un intérêt personnel, notez sa sortie pour ce motif.",
	}
}

// CheckOral refuses to put an oral question to the vote (CGCT, art. L2121-19).
func CheckOral(item Item) error {
	if !item.Oral {
		return nil
	}
	return &rule.Refusal{
		Article: "CGCT, art. L2121-19", Why: "Une question orale reçoit une réponse, sans vote ; le règlement intérieur en fixe la présentation.",
		Cure: "Notez le point comme présenté, sans vote, ou inscrivez l’affaire à l’ordre du jour d’une prochaine séance.",
	}
}
