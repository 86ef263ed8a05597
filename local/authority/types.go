package authority

import (
	"strings"

	"alpi40.fr/airial/local/typeset"
)

// Kind is what sort of authority it is; each has rules of its own.
type Kind string

// The kinds.
const (
	Commune   Kind = "commune"
	CCAS      Kind = "ccas"
	EPCI      Kind = "epci"
	Syndicate Kind = "syndicat"
)

// Kinds gives all of them, in the order of the forms.
func Kinds() []Kind { return []Kind{Commune, CCAS, EPCI, Syndicate} }

// Authority is whose data these are.
type Authority struct {
	ID    string `json:"id"`    // SIREN, 9 digits; the demonstration has one of its own
	Name  string `json:"name"`  // «Commune de Saint-Airial-des-Pins»
	Short string `json:"short"` // «Saint-Airial-des-Pins», for lists
	Place string `json:"place"` // where documents are made
	Kind  Kind   `json:"kind"`
	INSEE string `json:"insee"` // official geographic code of the commune, 5 characters

	Department string   `json:"department"` // «Landes»
	District   string   `json:"district"`   // «Dax»
	Address    []string `json:"address"`
	Telephone  string   `json:"telephone"`
	Email      string   `json:"email"`

	Population int `json:"population"`
	// PopulationSource cites the table and its year.
	PopulationSource string `json:"populationSource"`
	// Largest is the population of the most populated commune of a grouping, whose rules follow from it (L5211-1).
	Largest int `json:"largest,omitempty"`

	// Court is the administrative court that hears appeals: «tribunal administratif de Pau».
	Court        string `json:"court"`
	CourtAddress string `json:"courtAddress"`
}

// Threshold is the population by which the rules of its assembly are chosen: a commune's own; for a grouping, that of
// its most populated commune (CGCT, art. L5211-1), or its whole population as long as that one is not known, which gives
// the longer terms.
func (a Authority) Threshold() int {
	if (a.Kind == EPCI || a.Kind == Syndicate) && a.Largest > 0 {
		return a.Largest
	}
	return a.Population
}

// PostalCode is that of the address, "" when it has none.
func (a Authority) PostalCode() string {
	for _, line := range a.Address {
		if code, _, found := strings.Cut(strings.TrimSpace(line), " "); found && len(code) == 5 && strings.Trim(code, "0123456789") == "" {
			return code
		}
	}
	return ""
}

// Letterhead is the authority as printed documents show it.
func (a Authority) Letterhead() typeset.Authority {
	t := typeset.Authority{
		Name: a.Name, Address: a.Address, Telephone: a.Telephone, Email: a.Email, Place: a.Place,
	}
	if a.Department != "" {
		t.Department = "Département des " + a.Department
	}
	if a.District != "" {
		t.District = "Arrondissement de " + a.District
	}
	switch a.Kind {
	case CCAS:
		t.Body, t.Chair = "conseil d’administration", "président"
	case EPCI:
		t.Body, t.Chair = "conseil communautaire", "président"
	case Syndicate:
		t.Body, t.Chair = "comité syndical", "président"
	}
	return t
}

// Role is what a person may do in Airial, by her function.
type Role string

// The roles.
const (
	RoleMayor         Role = "mayor"
	RoleDeputy        Role = "deputy"
	RoleCouncillor    Role = "councillor"
	RoleSecretary     Role = "secretary" // the clerk, not the secretary of a sitting
	RoleRegistrar     Role = "registrar" // officier d'état civil
	RoleAdministrator Role = "administrator"
)

// Person is somebody of the authority.
type Person struct {
	ID        string `json:"id"`
	Civility  string `json:"civility"` // «M.» or «Mme»
	FirstName string `json:"firstName"`
	LastName  string `json:"lastName"`
	// Title is the function as printed: «Maire», «2ᵉ adjointe», «Secrétaire générale de mairie».
	Title string `json:"title"`
	Roles []Role `json:"roles"`
	// Rank is the place in the order of precedence (ordre du tableau), 1 for the
	// mayor; 0 for who is not of the assembly.
	Rank  int    `json:"rank"`
	Email string `json:"email"`
	// Paper: she asked to be summoned in writing rather than by e-mail (CGCT, art. L2121-10).
	Paper bool `json:"paper,omitempty"`
	// Since and Until bound the function; an unset Until is open.
	Since Day `json:"since"`
	Until Day `json:"until"`
	// Born decides of age where a text does (R2121-4, L2122-8).
	Born Day `json:"born,omitempty"`
	// SubstituteFor is the delegate that she stands in for (L5211-6).
	SubstituteFor string `json:"substituteFor,omitempty"`
	// Mandate is how she was elected, for a member of the assembly.
	Mandate Mandate `json:"mandate,omitzero"`
}

// Name is «Mme Jeanne EXEMPLE».
func (p Person) Name() string {
	return strings.TrimSpace(p.Civility + " " + p.FirstName + " " + strings.ToUpper(p.LastName))
}

// Plain is «Jeanne Exemple».
func (p Person) Plain() string { return strings.TrimSpace(p.FirstName + " " + p.LastName) }

// Female tells whether words agree in the feminine.
func (p Person) Female() bool { return p.Civility == "Mme" }

// Has tells whether the person has a role, whatever the day.
func (p Person) Has(r Role) bool {
	for _, have := range p.Roles {
		if have == r {
			return true
		}
	}
	return false
}

// In tells whether the function holds on a day.
func (p Person) In(day Day) bool { return during(p.Since, p.Until, day) }

// MayRegister tells whether the person is a registrar on a day: the mayor and
// the deputies are by law (CGCT, art. L2122-32), others by an order (R2122-10).
func (p Person) MayRegister(day Day) bool {
	return p.In(day) && (p.Has(RoleRegistrar) || p.Has(RoleMayor) || p.Has(RoleDeputy))
}

// DelegationKind is the title under which one acts for another.
type DelegationKind string

// The two kinds.
const (
	// Delegated: by an order of the mayor (CGCT, art. L2122-18, L2122-19).
	Delegated DelegationKind = "delegation"
	// StandIn: in the mayor's absence (CGCT, art. L2122-17).
	StandIn DelegationKind = "stand-in"
)

// Delegation lets To act for From from a day to another.
type Delegation struct {
	ID   string         `json:"id"`
	Kind DelegationKind `json:"kind"`
	From string         `json:"from"` // person
	To   string         `json:"to"`   // person
	// Subjects are the kinds of acts it covers, in the authority's words; empty for all.
	Subjects []string `json:"subjects,omitempty"`
	Since    Day      `json:"since"`
	Until    Day      `json:"until"`
	// Order is the mayor's order that grants it: «n° 2026-012 du 3 mars 2026».
	Order string `json:"order"`
}

// Covers tells whether the delegation holds on a day for a subject.
func (d Delegation) Covers(subject string, day Day) bool {
	if !during(d.Since, d.Until, day) {
		return false
	}
	if len(d.Subjects) == 0 || subject == "" {
		return true
	}
	for _, s := range d.Subjects {
		if strings.EqualFold(s, subject) {
			return true
		}
	}
	return false
}

func during(since, until, day Day) bool {
	return (since == "" || since <= day) && (until == "" || day <= until)
}
