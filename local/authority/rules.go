package authority

import (
	"fmt"
	"sort"
	"strings"

	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/typeset/french"
)

// Capacity is the title under which a person signs for the mayor.
type Capacity struct {
	// For is the person whose place is taken; empty when one signs for oneself.
	For string
	// Words are printed beside the signature: «Pour le maire et par délégation
	// (arrêté n° 2026-012 du 3 mars 2026)».
	Words string
}

// MayorsCapacity tells under which title a person may sign what is the mayor's
// on a day, or the refusal (CGCT, art. L2122-17 to L2122-20).
func MayorsCapacity(people []Person, delegations []Delegation, person, subject string, day Day) (Capacity, error) {
	self, ok := Find(people, person)
	if !ok || !self.In(day) {
		return Capacity{}, &rule.Refusal{
			Article: "CGCT, art. L2122-18", Why: "Cette personne n’exerce pas de fonction ce jour-là.",
			Cure: "Demandez à une personne en fonction de signer.",
		}
	}
	if self.Has(RoleMayor) {
		return Capacity{Words: self.Title}, nil
	}
	for _, d := range byRank(delegations, people) {
		from, known := Find(people, d.From)
		if d.To != person || !known || !from.Has(RoleMayor) || !d.Covers(subject, day) {
			continue
		}
		return Capacity{For: d.From, Words: words(d)}, nil
	}
	return Capacity{}, &rule.Refusal{
		Article: "CGCT, art. L2122-17 et L2122-18",
		Why:     fmt.Sprintf("%s n’a ni délégation de signature ni suppléance en cours pour cet acte.", self.Name()),
		Cure:    "Faites signer le maire, ou enregistrez l’arrêté de délégation dans les réglages.",
	}
}

func words(d Delegation) string {
	text := "Pour le maire et par délégation"
	if d.Kind == StandIn {
		text = "Pour le maire empêché"
	}
	if d.Order != "" {
		text += " (arrêté " + d.Order + ")"
	}
	return text
}

// MayAdminister tells whether a person may change who the people are and what is
// delegated: the mayor, and those who keep Airial for the authority. Who is not one
// of its people is its installer.
func MayAdminister(people []Person, actor string, day Day) error {
	p, known := Find(people, actor)
	if !known || (p.In(day) && (p.Has(RoleMayor) || p.Has(RoleAdministrator))) {
		return nil
	}
	return &rule.Refusal{
		Why:  p.Name() + " n’a pas le droit de modifier les personnes et les délégations.",
		Cure: "Demandez-le au maire ou à la personne qui administre Airial en mairie.",
	}
}

// Find gives the person of an id.
func Find(people []Person, id string) (Person, bool) {
	for _, p := range people {
		if p.ID == id {
			return p, true
		}
	}
	return Person{}, false
}

// byRank puts the delegations in the order of precedence of those who hold them.
func byRank(all []Delegation, people []Person) []Delegation {
	rank := map[string]int{}
	for _, p := range people {
		rank[p.ID] = p.Rank
	}
	sorted := append([]Delegation{}, all...)
	sort.SliceStable(sorted, func(i, j int) bool { return rank[sorted[i].To] < rank[sorted[j].To] })
	return sorted
}

// CheckTwice refuses a member who sits already under another record: she would count twice in the quorum and in the votes
// (CGCT, art. L2121-17). Two members of the same name are told apart by their day of birth.
func CheckTwice(people []Person, p Person) error {
	if p.Rank == 0 {
		return nil
	}
	for _, x := range people {
		if x.ID == p.ID || x.Rank == 0 || !sameName(x, p) || x.Born != "" && p.Born != "" && x.Born != p.Born {
			continue
		}
		if (p.Until == "" || x.Since <= p.Until) && (x.Until == "" || p.Since <= x.Until) {
			return &rule.Refusal{Article: "CGCT, art. L2121-17", Why: p.Name() + " figure déjà dans l’assemblée : elle ou il compterait deux fois.",
				Cure: "Corrigez sa fiche ; pour deux personnes du même nom, indiquez leurs dates de naissance."}
		}
	}
	return nil
}

func sameName(a, b Person) bool {
	fold := func(p Person) string {
		return strings.ToLower(french.Unaccented(strings.Join(strings.Fields(p.FirstName+" "+p.LastName), " ")))
	}
	return fold(a) == fold(b)
}
