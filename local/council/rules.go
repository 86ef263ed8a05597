package council

import (
	"fmt"
	"strings"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/typeset/french"
)

// seats is the legal number of members by population (CGCT, art. L2121-2): up to
// but not including below, that many.
var seats = []struct{ below, members int }{
	{100, 7}, {500, 11}, {1_500, 15}, {2_500, 19}, {3_500, 23}, {5_000, 27}, {10_000, 29}, {20_000, 33}, {30_000, 35},
	{40_000, 39}, {50_000, 43}, {60_000, 45}, {80_000, 49}, {100_000, 53}, {150_000, 55}, {200_000, 59}, {250_000, 61}, {300_000, 65},
}

// LegalNumber is the number of members of a municipal council by municipal
// population (CGCT, art. L2121-2).
func LegalNumber(population int) int {
	for _, s := range seats {
		if population < s.below {
			return s.members
		}
	}
	return 69
}

// DeemedComplete is the number of members from which the council of a small
// commune is deemed complete after its renewal (CGCT, art. L2121-2-1, in the
// wording of the law of 21 May 2025, art. 5).
func DeemedComplete(population int) int {
	switch {
	case population < 100:
		return 5
	case population < 500:
		return 9
	case population < 1_000:
		return 13
	}
	return LegalNumber(population)
}

// MaxDeputies is the greatest number of deputies: 30 % of the legal number,
// rounded down (CGCT, art. L2122-2).
func MaxDeputies(legalNumber int) int { return legalNumber * 30 / 100 }

// Summons is the term of a summons, with its calculation.
type Summons struct {
	Article  string        `json:"article"`
	Required int           `json:"required"` // clear days
	Given    int           `json:"given"`
	Latest   authority.Day `json:"latest"` // last day to send it
	Words    string        `json:"words"`
}

// ClearDaysDue tells how many clear days a summons needs and by which article.
func ClearDaysDue(kind authority.Kind, population int, urgent, second bool) (days int, article string) {
	article = "CGCT, art. L2121-11"
	days = 3
	switch {
	case kind == authority.CCAS:
		// Its term is never shortened, and a second summons is sent in the same conditions (R123-17).
		return 3, "CASF, art. R123-16"
	case kind == authority.EPCI:
		days, article = 5, "CGCT, art. L2121-12 et L5211-1"
	case kind == authority.Syndicate && population >= 3_500:
		days, article = 5, "CGCT, art. L2121-12 et L5211-1"
	case kind == authority.Syndicate:
		article = "CGCT, art. L2121-11 et L5211-1"
	case population >= 3_500:
		days, article = 5, "CGCT, art. L2121-12"
	}
	if second {
		return 3, "CGCT, art. L2121-17"
	}
	if urgent {
		return 1, article
	}
	return days, article
}

// CheckSummons counts the clear days between the sending and the sitting and
// refuses a late summons (CGCT, art. L2121-11, L2121-12; second summons L2121-17).
func CheckSummons(kind authority.Kind, population int, sent, sitting authority.Day, urgent, second bool) (Summons, error) {
	s := Summons{Given: authority.ClearDays(sent, sitting)}
	s.Required, s.Article = ClearDaysDue(kind, population, urgent, second)
	s.Latest = authority.LatestSending(sitting, s.Required)
	s.Words = fmt.Sprintf("Convocation du %s, séance du %s : %s, %s ; envoi au plus tard le %s.",
		date(sent), date(sitting), clearDays(s.Given), french.Count(s.Required, "exigé", "exigés"), date(s.Latest))
	if s.Given >= s.Required {
		return s, nil
	}
	cure := fmt.Sprintf("Fixez la séance au %s au plus tôt", date(sent.Plus(s.Required+1)))
	if !urgent && !second && s.Given >= 1 {
		cure += ", ou convoquez en urgence : le maire en rend compte à l’ouverture et le conseil se prononce"
	}
	return s, &rule.Refusal{Article: s.Article, Why: "La convocation est tardive. " + s.Words, Cure: cure + "."}
}

func clearDays(n int) string {
	return french.Count(max(n, 0), "jour franc", "jours francs")
}

func date(d authority.Day) string {
	if d == "" {
		return "…………"
	}
	return french.Date(d.Time())
}

// Quorum is the quorum of a sitting or of one of its points, with its calculation.
type Quorum struct {
	InExercise int    `json:"inExercise"`
	Withdrawn  int    `json:"withdrawn"` // out of the room for this point, out of the count
	Present    int    `json:"present"`
	Required   int    `json:"required"`
	Second     bool   `json:"second"`
	Reached    bool   `json:"reached"`
	Words      string `json:"words"`
	// Article is that of the assembly; empty: the municipal council's.
	Article string `json:"article,omitempty"`
}

// QuorumOf counts the quorum: more than half of the members in exercise are
// present in person, proxies not counting; after a second summons there is no
// condition (CGCT, art. L2121-17). Those who withdraw for a point do not count in it.
func QuorumOf(inExercise, withdrawn, present int, second bool) Quorum {
	counted := inExercise - withdrawn
	q := Quorum{InExercise: inExercise, Withdrawn: withdrawn, Present: present, Required: counted/2 + 1, Second: second}
	if second {
		q.Required, q.Reached = 0, true
		q.Words = fmt.Sprintf("Seconde convocation : le conseil délibère sans condition de quorum (%s).", french.Count(present, "présent", "présents"))
		return q
	}
	q.Reached = present >= q.Required
	half := fmt.Sprintf("%d ÷ 2 = %s", counted, halfOf(counted))
	out := ""
	if withdrawn > 0 {
		out = fmt.Sprintf(", moins %d qui se retirent = %d", withdrawn, counted)
	}
	q.Words = fmt.Sprintf("%s en exercice%s ; plus de la moitié (%s), soit %d ; %s, hors pouvoirs : ",
		french.Count(inExercise, "membre", "membres"), out, half, q.Required, french.Count(present, "présent", "présents"))
	switch missing := q.Required - present; {
	case q.Reached:
		q.Words += "le quorum est atteint."
	case missing == 1:
		q.Words += "il manque 1 membre."
	default:
		q.Words += fmt.Sprintf("il manque %d membres.", missing)
	}
	return q
}

func halfOf(n int) string {
	if n%2 == 0 {
		return fmt.Sprint(n / 2)
	}
	return fmt.Sprintf("%d,5", n/2)
}

// CheckQuorum refuses to deliberate without a quorum (CGCT, art. L2121-17).
func CheckQuorum(q Quorum) error {
	if q.Reached {
		return nil
	}
	article := q.Article
	if article == "" {
		article = "CGCT, art. L2121-17"
	}
	return &rule.Refusal{
		Article: article, Why: "Le quorum n’est pas atteint. " + q.Words,
		Cure: "Attendez un membre de plus, ou levez la séance et convoquez de nouveau à trois jours francs au moins : le conseil délibérera alors sans condition de quorum.",
	}
}

// ProxySittings is for how many sittings in a row a proxy holds (CGCT, art. L2121-20).
const ProxySittings = 3

// CheckProxy tells whether a proxy may be taken in a sitting. before is for how
// many sittings in a row this very proxy has served already (CGCT, art. L2121-20).
func CheckProxy(s Sitting, p Proxy, before int) error {
	refuse := func(why, cure string) error {
		return &rule.Refusal{Article: BodyOf(s.Kind).Proxies, Why: why, Cure: cure}
	}
	from, known := s.Member(p.From)
	to, alsoKnown := s.Member(p.To)
	switch {
	case !known || !alsoKnown:
		return refuse("Un pouvoir se donne entre membres de l’assemblée.", "Choisissez deux membres en exercice.")
	case p.From == p.To:
		return refuse(from.Name+" ne peut se donner pouvoir à soi-même.", "Choisissez un autre porteur.")
	case p.Day == "":
		return refuse("Le pouvoir doit être écrit ; sa date manque.", "Indiquez la date portée sur le pouvoir.")
	case p.Day > authority.DayOf(s.At):
		return refuse("Le pouvoir est daté d’après la séance.", "Corrigez la date portée sur le pouvoir.")
	case s.InRoom(p.From):
		return refuse(from.Name+" est en séance et vote en personne.", "Notez d’abord son départ, ou retirez ce pouvoir.")
	case from.For != "":
		return refuse(from.Name+" est suppléant : c’est le titulaire qui donne pouvoir.", "Choisissez le titulaire.")
	case s.substituteAmong(p.From, setOf(s.PresentAt(""))) != "":
		return refuse("Le suppléant de "+from.Name+" siège à sa place.", "Aucun pouvoir n’est nécessaire.")
	}
	for _, have := range s.Proxies {
		switch {
		case have.From == p.From:
			return refuse(fmt.Sprintf("%s a déjà donné pouvoir à %s.", from.Name, s.name(have.To)), "Révoquez d’abord ce pouvoir : il est toujours révocable.")
		case have.To == p.To:
			return refuse(fmt.Sprintf("%s porte déjà le pouvoir de %s : un membre ne peut porter qu’un seul pouvoir.", to.Name, s.name(have.From)), "Faites désigner un autre porteur.")
		case have.From == p.To || have.To == p.From:
			return refuse("Un pouvoir ne se transmet pas : le porteur doit siéger lui-même.", "Faites désigner un porteur présent.")
		}
	}
	if before >= ProxySittings && !p.Ill {
		return refuse(fmt.Sprintf("Ce pouvoir a déjà servi pour %d séances consécutives, le maximum hors maladie dûment constatée.", before), "Demandez un nouveau pouvoir écrit, ou notez la maladie constatée.")
	}
	return nil
}

// CheckSecretary tells whether a member may be named secretary of the sitting:
// one of the council's, in the room (CGCT, art. L2121-15).
func CheckSecretary(s Sitting, member string) error {
	if m, known := s.Member(member); known && s.InRoom(m.ID) {
		return nil
	}
	return &rule.Refusal{
		Article: "CGCT, art. L2121-15", Why: "Le secrétaire de séance est nommé par le conseil parmi ses membres présents.",
		Cure: "Choisissez un membre noté présent ; un agent peut l’assister sans être secrétaire.",
	}
}

// CheckAgenda refuses to vote on what the summons did not announce (CGCT, art. L2121-10).
func CheckAgenda(s Sitting, deliberation string) error {
	if _, on := s.Item(deliberation); on {
		return nil
	}
	return &rule.Refusal{
		Article: "CGCT, art. L2121-10", Why: "Cette affaire n’est pas à l’ordre du jour de la convocation.",
		Cure: "Inscrivez-la à l’ordre du jour d’une prochaine séance.",
	}
}

// CheckAccounts: for the administrative account the mayor leaves before the vote
// and another member presides (CGCT, art. L2121-14).
func CheckAccounts(item Item, mayor, chair string, withdrawn []string) error {
	if !item.Accounts || mayor == "" {
		return nil
	}
	if chair != mayor && setOf(withdrawn)[mayor] {
		return nil
	}
	return &rule.Refusal{
		Article: "CGCT, art. L2121-14", Why: "Le maire se retire au moment du vote du compte, et le conseil élit un autre président pour ce point.",
		Cure: "Notez le maire parmi ceux qui se retirent et choisissez le président élu pour ce point.",
	}
}

// CheckInterest refuses the vote of who withdrew for a personal interest: the
// deliberation would be unlawful (CGCT, art. L2131-11).
func CheckInterest(s Sitting, b Ballot) error {
	for _, id := range b.Interested {
		m, known := s.Member(id)
		if !known {
			return &rule.Refusal{Article: "CGCT, art. L2131-11", Why: "La personne intéressée n’est pas membre de l’assemblée.", Cure: "Choisissez un membre en exercice."}
		}
		if c, voted := b.Choices[id]; voted && c != NotVoting {
			return &rule.Refusal{
				Article: "CGCT, art. L2131-11", Why: m.Name + " est intéressé à l’affaire et ne peut prendre part au vote : la délibération serait illégale.",
				Cure: "Notez sa sortie de la salle et retirez son vote.",
			}
		}
	}
	return nil
}

// CheckManner tells whether a ballot may be held in that manner (CGCT, art.
// L2121-21): in public when a quarter of those present ask, in secret when a
// third do, or for a nomination unless the council unanimously waived it. The
// secret one prevails.
func CheckManner(item Item, b Ballot, present int) error {
	refuse := func(why, cure string) error {
		return &rule.Refusal{Article: "CGCT, art. L2121-21", Why: why, Cure: cure}
	}
	secretDue := b.AskedSecret > 0 && 3*b.AskedSecret >= present
	publicDue := b.AskedPublic > 0 && 4*b.AskedPublic >= present
	switch {
	case item.Election && b.Manner != Secret:
		return refuse("Cette élection a lieu au scrutin secret : le texte l’impose, et le conseil ne peut y renoncer.", "Passez au scrutin secret.")
	case item.Nomination && b.Manner != Secret && !b.Waived:
		return refuse("Une nomination se vote au scrutin secret.", "Passez au scrutin secret, ou notez que le conseil a décidé à l’unanimité d’y renoncer.")
	case b.Manner != Secret && secretDue:
		return refuse(fmt.Sprintf("%d des %d présents ont demandé le scrutin secret : le tiers est atteint.", b.AskedSecret, present), "Passez au scrutin secret.")
	case b.Manner == Ordinary && publicDue:
		return refuse(fmt.Sprintf("%d des %d présents ont demandé le scrutin public : le quart est atteint.", b.AskedPublic, present), "Passez au scrutin public.")
	case b.Manner == Secret && !item.Nomination && !item.Election && !secretDue:
		return refuse(fmt.Sprintf("Le scrutin secret se tient à la demande du tiers des %d présents, ou pour une nomination.", present), fmt.Sprintf("Notez au moins %d demandes, ou votez au scrutin ordinaire.", (present+2)/3))
	case b.Manner != Ordinary && b.Manner != Public && b.Manner != Secret:
		return refuse("La forme du scrutin manque.", "Choisissez : ordinaire, public ou secret.")
	}
	return nil
}

// CheckFigures refuses more ballots than voters, and fewer (CGCT, art. L2121-20).
func CheckFigures(f Figures, voters int) error {
	sum := f.For + f.Against + f.Abstained + f.NotVoting
	if f.For >= 0 && f.Against >= 0 && f.Abstained >= 0 && f.NotVoting >= 0 && sum == voters {
		return nil
	}
	return &rule.Refusal{
		Article: "CGCT, art. L2121-20", Why: fmt.Sprintf("Le compte ne tombe pas juste : %d voix pour %d votants présents ou représentés.", sum, voters),
		Cure: "Recomptez les voix, les abstentions et les refus de vote.",
	}
}

// Outcome judges a count: the absolute majority of the votes cast, abstentions
// apart; when equal, the chair's voice decides but in a secret ballot, where
// equality rejects (CGCT, art. L2121-20). chair is how the chair voted.
func Outcome(f Figures, m Manner, chair Choice) (adopted, casting bool, why string) {
	cast := f.For + f.Against
	count := fmt.Sprintf("%d pour, %d contre", f.For, f.Against)
	majority := cast/2 + 1
	switch {
	case cast == 0:
		return false, false, "Aucun suffrage exprimé : la délibération n’est pas adoptée."
	case f.For > f.Against:
		return true, false, fmt.Sprintf("Adoptée : %s ; %d suffrages exprimés, majorité absolue %d.", count, cast, majority)
	case f.For < f.Against:
		return false, false, fmt.Sprintf("Rejetée : %s ; %d suffrages exprimés, majorité absolue %d.", count, cast, majority)
	case m == Secret:
		return false, false, "Rejetée : partage égal des voix au scrutin secret (" + count + ")."
	case chair == For:
		return true, true, "Adoptée : partage égal (" + count + "), la voix du président est prépondérante."
	case chair == Against:
		return false, true, "Rejetée : partage égal (" + count + "), la voix du président est prépondérante."
	}
	return false, false, "Rejetée : partage égal (" + count + ") et le président ne s’est pas exprimé."
}

// ClosedSession tells whether in a municipal council a closed session may be put to the vote: asked by
// the mayor or three members (CGCT, art. L2121-18).
func ClosedSession(asked int, byMayor bool) error {
	if byMayor || asked >= 3 {
		return nil
	}
	return &rule.Refusal{
		Article: "CGCT, art. L2121-18", Why: fmt.Sprintf("Le huis clos se demande à trois membres ou par le maire ; %d seulement le demandent.", asked),
		Cure: "La séance reste publique.",
	}
}

// CheckSignable tells whether a deliberation may be sent for signature: the mayor
// and the secretary of the sitting sign (CGCT, art. L2121-23).
func CheckSignable(d Deliberation) error {
	if d.Record == nil {
		return &rule.Refusal{Article: "CGCT, art. L2121-23", Why: "Ce projet n’est pas encore voté et numéroté.", Cure: "Enregistrez le vote puis finalisez la délibération."}
	}
	if d.Record.Sitting.Secretary == "" || d.Record.Sitting.Chair == "" {
		return &rule.Refusal{Article: "CGCT, art. L2121-23", Why: "La délibération est signée par le maire et le secrétaire de séance, dont le nom manque.", Cure: "Désignez le secrétaire dans la séance."}
	}
	return nil
}

// ListDue is the last day to post and publish the list of deliberations: within a
// week of the sitting (CGCT, art. L2121-25).
func ListDue(sitting authority.Day) authority.Day { return sitting.Plus(7) }

// MinutesDue is the last day to publish the minutes: within the week after the
// sitting that settled them (CGCT, art. L2121-15).
func MinutesDue(settledAt authority.Day) authority.Day { return settledAt.Plus(7) }

// Publication is a way of publishing acts.
type Publication string

// The ways.
const (
	Electronic Publication = "electronic"
	Posting    Publication = "posting"
	Paper      Publication = "paper"
)

// MayChoosePublication tells whether the assembly chooses how its acts are
// published: communes of less than 3,500 inhabitants (CGCT, art. L2131-1, IV) and,
// whatever their population, syndicates (L5211-3, L5711-1); groups of communes with
// a tax of their own publish electronically.
func MayChoosePublication(kind authority.Kind, population int) bool {
	return kind == authority.Syndicate || kind != authority.EPCI && population < 3_500
}

// CheckPublication: electronic only, unless the assembly may choose; then the way
// that it chose, electronic by default (CGCT, art. L2131-1).
func CheckPublication(kind authority.Kind, population int, chosen, used Publication) error {
	if chosen == "" || !MayChoosePublication(kind, population) {
		chosen = Electronic
	}
	if used == chosen {
		return nil
	}
	return &rule.Refusal{
		Article: "CGCT, art. L2131-1", Why: "Les actes de cette collectivité ne sont pas publiés de cette manière.",
		Cure: map[Publication]string{Electronic: "Publiez-les sous forme électronique.", Posting: "Affichez-les.", Paper: "Tenez-les à disposition sur papier."}[chosen],
	}
}

// CheckExecutory: an act binds once published or notified and, when it must be,
// received by the State's representative (CGCT, art. L2131-1).
func CheckExecutory(mustBeSent bool, published, received authority.Day) error {
	var missing []string
	if published == "" {
		missing = append(missing, "la publication")
	}
	if mustBeSent && received == "" {
		missing = append(missing, "la réception par le représentant de l’État")
	}
	if len(missing) == 0 {
		return nil
	}
	return &rule.Refusal{Article: "CGCT, art. L2131-1", Why: "L’acte n’est pas encore exécutoire : il manque " + strings.Join(missing, " et ") + ".", Cure: "Publiez l’acte et transmettez-le."}
}
