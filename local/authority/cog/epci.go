package cog

import "strings"

// EPCI is a grouping with its own taxation and the communes that it gathers.
type EPCI struct {
	SIREN   string
	Name    string // «CC Coteaux et Vallées des Luys»
	Kind    string // CC, CA, CU, METRO, MET69
	Members []string
}

// EPCIBySIREN gives the grouping of a SIREN.
func EPCIBySIREN(siren string) (EPCI, bool) {
	if len(siren) != 9 {
		return EPCI{}, false
	}
	line, found := lineOf(epciTable, siren)
	if !found {
		return EPCI{}, false
	}
	return grouping(line), true
}

// Communes gives its members, in the order of their codes.
func (e EPCI) Communes() []Commune {
	var all []Commune
	for _, code := range e.Members {
		if c, found := ByCode(code); found {
			all = append(all, c)
		}
	}
	return all
}

// Population is that of its communes together, and of the most populated of them.
func (e EPCI) Population() (total, largest int) {
	for _, c := range e.Communes() {
		total, largest = total+c.Population, max(largest, c.Population)
	}
	return total, largest
}

func grouping(line string) EPCI {
	f := strings.Split(line, ";")
	return EPCI{SIREN: f[0], Name: f[1], Kind: f[2], Members: strings.Fields(f[3])}
}
