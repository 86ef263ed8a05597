package demo

import (
	"fmt"

	"alpi40.fr/airial/local/authority"
)

// AuthorityID is the demonstration commune's; no SIREN begins so.
const AuthorityID = "000400999"

// The people that the demonstration lets act.
const (
	Mayor     = "maire"
	Deputy    = "adjointe-1"
	Secretary = "secretaire"
)

// Commune is plainly fictional: no commune has this name or this code.
func Commune() authority.Authority {
	return authority.Authority{
		ID: AuthorityID, Name: "Commune de Saint-Airial-des-Pins", Short: "Saint-Airial-des-Pins", Place: "Saint-Airial-des-Pins",
		Kind: authority.Commune, INSEE: "40999", Department: "Landes", District: "Dax",
		Address:   []string{"1, place de l’Airial", "40999 Saint-Airial-des-Pins"},
		Telephone: "05 00 00 00 00", Email: "mairie@saint-airial.example",
		Population: 1240, PopulationSource: "commune de démonstration",
		Court: "tribunal administratif de Pau", CourtAddress: "50, cours Lyautey, 64010 Pau Cedex",
	}
}

// since is the day on which the demonstration's council took office.
const since authority.Day = "2026-03-20"

// People are the council of fifteen in its order of precedence, and the secretary.
func People() []authority.Person {
	council := []struct{ civility, first, last string }{
		{"Mme", "Maïté", "Fictive"}, {"Mme", "Ève", "Exemple"}, {"M.", "Jean", "Modèle"}, {"M.", "Paul", "Spécimen"},
		{"Mme", "Rose", "Maquette"}, {"M.", "Luc", "Essai"}, {"Mme", "Anne", "Canevas"}, {"M.", "Marc", "Ébauche"},
		{"Mme", "Lise", "Esquisse"}, {"M.", "Guy", "Gabarit"}, {"Mme", "Inès", "Figurante"}, {"M.", "Yann", "Croquis"},
		{"Mme", "Zoé", "Patron"}, {"M.", "Noël", "Factice"}, {"Mme", "Aude", "Hypothèse"},
	}
	var people []authority.Person
	for i, c := range council {
		p := authority.Person{
			ID: fmt.Sprintf("conseiller-%d", i+1), Civility: c.civility, FirstName: c.first, LastName: c.last,
			Title: "Conseiller municipal", Roles: []authority.Role{authority.RoleCouncillor}, Rank: i + 1, Since: since,
		}
		if c.civility == "Mme" {
			p.Title = "Conseillère municipale"
		}
		switch i {
		case 0:
			p.ID, p.Title = Mayor, "Maire"
			p.Roles = []authority.Role{authority.RoleMayor, authority.RoleRegistrar}
		case 1:
			p.ID, p.Title = Deputy, "1re adjointe"
			p.Roles = []authority.Role{authority.RoleDeputy, authority.RoleRegistrar}
		case 2, 3:
			p.ID, p.Title = fmt.Sprintf("adjoint-%d", i), fmt.Sprintf("%de adjoint", i)
			p.Roles = []authority.Role{authority.RoleDeputy, authority.RoleRegistrar}
		}
		people = append(people, p)
	}
	return append(people, authority.Person{
		ID: Secretary, Civility: "Mme", FirstName: "Solène", LastName: "Brouillon", Title: "Secrétaire générale de mairie",
		Roles: []authority.Role{authority.RoleSecretary, authority.RoleAdministrator}, Since: "2019-09-01",
	})
}
