package authority

import (
	"strings"

	"alpi40.fr/airial/local/authority/cog"
)

// What the first computer of an authority writes, before its people are known.

// landes is the department whose communes are members of the agency.
const landes = "40"

// typed is the source of a population that no table gives.
const typed = "saisie en mairie"

// NewAuthority describes an authority by its kind, its SIREN, its official name, the place where its documents are made, the
// official geographic code of the commune where it sits and its population; what the official tables know of it besides is
// taken from them. The Landes are in the jurisdiction of the administrative court of Pau (code de justice administrative,
// art. R221-3).
func NewAuthority(kind Kind, siren, name, place, insee string, population int) Authority {
	a := Authority{ID: siren, Name: name, Short: place, Place: place, Kind: kind, INSEE: insee, Population: population, PopulationSource: typed}
	if a.Short == "" || kind != Commune {
		a.Short = name
	}
	known := Proposed(siren, kind, insee)
	if known.Population == population && population > 0 {
		a.PopulationSource = known.PopulationSource
	}
	a.Largest = known.Largest
	if strings.HasPrefix(insee, landes) {
		a.Department, a.Court = "Landes", "tribunal administratif de Pau"
	}
	return a
}

// NewCommune is NewAuthority for a commune.
func NewCommune(siren, name, place, insee string, population int) Authority {
	return NewAuthority(Commune, siren, name, place, insee, population)
}

// Proposed is what the official tables say of an authority, by its SIREN, else by its kind and the commune where it sits:
// its kind, name, place, code and population with its source. What they do not know stays empty.
func Proposed(siren string, kind Kind, insee string) Authority {
	if e, known := cog.EPCIBySIREN(siren); known {
		a := Authority{ID: siren, Kind: EPCI, Name: e.Name, PopulationSource: "somme des communes ; Insee, populations de référence 2023, en vigueur au 1er janvier 2026"}
		a.Population, a.Largest = e.Population()
		return a
	}
	c, known := cog.BySIREN(siren)
	if known {
		kind = Commune
	} else if c, known = cog.ByCode(insee); !known {
		return Authority{ID: siren, Kind: kind}
	}
	a := Authority{ID: siren, Kind: kind, Place: c.Name, INSEE: c.Code}
	switch kind {
	case Commune, "":
		a.Name = "Commune " + c.Of()
	case CCAS:
		a.Name = "Centre communal d’action sociale " + c.Of()
	default: // a syndicate's communes are not in the tables
		return a
	}
	a.Population, a.PopulationSource = c.Population, c.Source()
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

// Serving gives the first person of an authority the words of its kind: a CCAS or a grouping has a president, who is no
// registrar, and a secretary of its own.
func Serving(kind Kind, p Person) Person {
	switch {
	case kind == Commune || kind == "":
	case p.Has(RoleMayor):
		p.Roles = []Role{RoleMayor, RoleAdministrator}
		if p.Title = "Président"; p.Female() {
			p.Title = "Présidente"
		}
	default:
		p.Title = "Secrétaire"
	}
	return p
}
