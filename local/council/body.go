package council

import (
	"fmt"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/rule"
)

// Body is an assembly as the texts know it: what differs from one kind of
// authority to another, as data with its articles.
type Body struct {
	Kind   authority.Kind
	Name   string // «conseil municipal»
	Chair  string // «maire»
	Status string // «projet» as long as nobody checked it against the official text

	Quorum  string // article
	Proxies string
	Ballots string // manners of the ballots
	Outcome string // majority and the chair's voice
	StandIn string // who presides in the chair's absence
	Closed  string // closed sessions; empty: the sittings are not public

	ClosedAsked int    // members who may ask for a closed session
	Urgency     bool   // the chair may shorten the term of the summons
	PublicAsked bool   // a quarter of those present may ask for a public ballot
	Meets       string // article: how often it meets
	Composed    Stated // who sits
	Informed    string // article by which the municipal councillors of the communes get a copy of the summons
	Substitutes string // article by which a delegate may be stood in for by a substitute; empty: nobody
	Remote      []Period
}

// Period is when something holds, with its article; an unset end is open.
type Period struct {
	Since, Until authority.Day
	Article      string
}

// Stated is a rule in a sentence, with its article.
type Stated struct{ Words, Article string }

const draft = "projet"

// bodies are the assemblies. The CCAS's articles are those of the CASF; the groups of communes follow the
// communes' but where they have their own (CGCT, art. L5211-1, L5711-1).
var bodies = []Body{
	{
		Kind: authority.Commune, Name: "conseil municipal", Chair: "maire", Status: draft,
		Quorum: "CGCT, art. L2121-17", Proxies: "CGCT, art. L2121-20", Ballots: "CGCT, art. L2121-21", Outcome: "CGCT, art. L2121-20",
		StandIn: "CGCT, art. L2121-14 et L2122-17", Closed: "CGCT, art. L2121-18", ClosedAsked: 3, Urgency: true, PublicAsked: true, Meets: "CGCT, art. L2121-7",
		Composed: Stated{"Le conseil compte un nombre légal de membres, selon la population municipale", "CGCT, art. L2121-2"},
	},
	{
		Kind: authority.CCAS, Name: "conseil d’administration", Chair: "président", Status: draft,
		Quorum: "CASF, art. R123-17", Proxies: "CASF, art. R123-16", Ballots: "CASF, art. R123-18", Outcome: "CASF, art. R123-18", StandIn: "CASF, art. R123-18",
		Meets: "CASF, art. R123-16", Composed: Stated{"Présidé par le maire, il réunit en nombre égal des membres élus par le conseil municipal et des membres nommés par le maire", "CASF, art. L123-6"},
	},
	{
		Kind: authority.EPCI, Name: "conseil communautaire", Chair: "président", Status: draft,
		Quorum: "CGCT, art. L2121-17 et L5211-1", Proxies: "CGCT, art. L2121-20 et L5211-1", Ballots: "CGCT, art. L2121-21 et L5211-1",
		Outcome: "CGCT, art. L2121-20 et L5211-1", StandIn: "CGCT, art. L2122-17 et L5211-2", Closed: "CGCT, art. L5211-11", ClosedAsked: 5,
		Urgency: true, PublicAsked: true, Meets: "CGCT, art. L5211-11", Substitutes: "CGCT, art. L5211-6", Informed: "CGCT, art. L5211-40-2",
		Composed: Stated{"Les conseillers communautaires sont élus avec les conseils municipaux ; une commune à un seul siège a un suppléant", "CGCT, art. L5211-6"},
		Remote:   []Period{{Since: "2019-12-29", Article: "CGCT, art. L5211-11-1"}},
	},
	{
		Kind: authority.Syndicate, Name: "comité syndical", Chair: "président", Status: draft,
		Quorum: "CGCT, art. L2121-17 et L5211-1", Proxies: "CGCT, art. L2121-20 et L5211-1", Ballots: "CGCT, art. L2121-21 et L5211-1",
		Outcome: "CGCT, art. L2121-20 et L5211-1", StandIn: "CGCT, art. L2122-17 et L5211-2", Closed: "CGCT, art. L5211-11", ClosedAsked: 5,
		Urgency: true, PublicAsked: true, Meets: "CGCT, art. L5211-11", Substitutes: "CGCT, art. L5212-7", Informed: "CGCT, art. L5211-40-2",
		Composed: Stated{"Chaque commune est représentée par deux délégués, sauf statuts contraires ; les statuts peuvent prévoir des suppléants", "CGCT, art. L5212-7"},
		// Before the law of 21 February 2022, only groups with a tax of their own could.
		Remote: []Period{{Since: "2022-08-01", Article: "CGCT, art. L5211-11-1"}},
	},
}

// BodyOf gives the assembly of a kind of authority; the municipal council's rules when the kind is unknown.
func BodyOf(kind authority.Kind) Body {
	for _, b := range bodies {
		if b.Kind == kind {
			return b
		}
	}
	return bodies[0]
}

// Rules says what an assembly follows, one sentence a rule, each with its article.
func (b Body) Rules() []Stated {
	small, article := ClearDaysDue(b.Kind, 0, false, false)
	large, over := ClearDaysDue(b.Kind, 3_500, false, false)
	term := Stated{fmt.Sprintf("La convocation est envoyée %d jours francs avant la séance", small), article}
	if large != small {
		what := "à partir de 3 500 habitants"
		if b.Kind == authority.Syndicate {
			what = "quand une commune membre atteint 3 500 habitants"
		}
		term = Stated{fmt.Sprintf("%s, %d %s", term.Words, large, what), article + " ; " + over}
	}
	all := []Stated{b.Composed, {"L’assemblée se réunit au moins une fois par trimestre", b.Meets}, term}
	if b.Urgency {
		all = append(all, Stated{"En urgence, le délai peut être abrégé, jamais à moins d’un jour franc ; l’assemblée se prononce à l’ouverture", over})
	} else {
		all = append(all, Stated{"Ce délai ne s’abrège pas", article})
	}
	if b.Informed != "" {
		all = append(all, Stated{"Les conseillers municipaux des communes membres qui n’y siègent pas reçoivent copie de la convocation, puis la liste des délibérations", b.Informed})
	}
	all = append(all, Stated{"Le quorum est la majorité des membres en exercice, présents", b.Quorum}, Stated{"Un membre porte un seul pouvoir, écrit et toujours révocable", b.Proxies})
	if b.Substitutes != "" {
		all = append(all, Stated{"Le suppléant siège à la place du délégué empêché", b.Substitutes})
	}
	if b.PublicAsked {
		all = append(all, Stated{"Le scrutin est public à la demande du quart des présents, secret à celle du tiers ou pour une nomination", b.Ballots})
	} else {
		all = append(all, Stated{"Le scrutin est secret à la demande du tiers des présents ou pour une nomination", b.Ballots})
	}
	all = append(all, Stated{"À égalité, la voix du président est prépondérante, sauf scrutin secret", b.Outcome}, Stated{"Le président empêché est remplacé dans l’ordre prévu par les textes", b.StandIn})
	if b.Closed == "" {
		all = append(all, Stated{"Les séances ne sont pas publiques", b.Meets})
	} else {
		all = append(all, Stated{fmt.Sprintf("Le huis clos se décide à la demande de %d membres ou du président", b.ClosedAsked), b.Closed})
	}
	if len(b.Remote) > 0 {
		all = append(all, Stated{"La séance peut se tenir en plusieurs lieux par visioconférence, au scrutin public seul", b.Remote[len(b.Remote)-1].Article})
	} else {
		all = append(all, Stated{"La séance se tient en un seul lieu : aucun texte ne permet de délibérer à distance", b.Quorum})
	}
	return all
}

// CheckRemote tells whether an assembly may sit at several places by video on a day
// (CGCT, art. L5211-11-1): groups of communes may, a municipal council may not.
func CheckRemote(kind authority.Kind, day authority.Day) error {
	body := BodyOf(kind)
	for _, p := range body.Remote {
		if p.Since <= day && (p.Until == "" || day <= p.Until) {
			return nil
		}
	}
	article := "CGCT, art. L2121-17"
	if len(body.Remote) > 0 {
		article = body.Remote[0].Article
	} else if kind == authority.CCAS {
		article = "CASF, art. R123-17"
	}
	return &rule.Refusal{
		Article: article, Why: fmt.Sprintf("Aucun texte ne permet ce jour-là au %s de délibérer à distance : le quorum se compte dans la salle.", body.Name),
		Cure: "Réunissez les membres dans un même lieu ; le public peut suivre la séance à distance.",
	}
}

// CheckRemoteItem refuses at a remote sitting what must be dealt with in one place (CGCT, art. L5211-11-1).
func CheckRemoteItem(s Sitting, item Item) error {
	if s.Remote == nil || !(item.Nomination || item.Election || item.Budget) {
		return nil
	}
	what := "une nomination"
	switch {
	case item.Election:
		what = "une élection"
	case item.Budget:
		what = "le budget primitif"
	}
	return &rule.Refusal{
		Article: "CGCT, art. L5211-11-1", Why: "La séance se tient en plusieurs lieux : " + what + " ne peut y être mis aux voix.",
		Cure: "Reportez ce point à une séance tenue en un seul lieu.",
	}
}

// CheckRemoteManner: at a remote sitting the ballots are public; a secret one that is asked for
// postpones the point (CGCT, art. L5211-11-1).
func CheckRemoteManner(s Sitting, m Manner) error {
	if s.Remote == nil || m == Public {
		return nil
	}
	r := &rule.Refusal{Article: "CGCT, art. L5211-11-1", Why: "En plusieurs lieux, les votes n’ont lieu qu’au scrutin public.", Cure: "Passez au scrutin public."}
	if m == Secret {
		r.Cure = "Reportez ce point à une séance tenue en un seul lieu."
	}
	return r
}
