package authority

import "strings"

// What the first computer of an authority writes, before its people are known.

// landes is the department whose communes are members of the agency.
const landes = "40"

// NewCommune describes a commune by its SIREN, its official name, the place where
// its documents are made, its official geographic code and its population. A
// commune of the Landes is in the jurisdiction of the administrative court of Pau
// (code de justice administrative, art. R221-3).
func NewCommune(siren, name, place, insee string, population int) Authority {
	a := Authority{ID: siren, Name: name, Short: place, Place: place, Kind: Commune, INSEE: insee, Population: population, PopulationSource: "saisie en mairie"}
	if a.Short == "" {
		a.Short = name
	}
	if strings.HasPrefix(insee, landes) {
		a.Department, a.Court = "Landes", "tribunal administratif de Pau"
	}
	return a
}

// NewMayor is a mayor, a registrar by law (CGCT, art. L2122-32).
func NewMayor(civility, first, last string) Person {
	return Person{Civility: civility, FirstName: first, LastName: last, Title: "Maire", Rank: 1,
		Roles: []Role{RoleMayor, RoleRegistrar, RoleAdministrator}}
}

// NewSecretary is the town hall's secretary.
func NewSecretary(civility, first, last string) Person {
	p := Person{Civility: civility, FirstName: first, LastName: last, Title: "Secrétaire général de mairie",
		Roles: []Role{RoleSecretary, RoleAdministrator}}
	if p.Female() {
		p.Title = "Secrétaire générale de mairie"
	}
	return p
}
