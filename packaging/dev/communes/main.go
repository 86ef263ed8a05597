// Communes writes the tables of local/authority/cog from the package «@etalab/decoupage-administratif» of the npm registry,
// which gathers the official geographic code (Insee), its populations and the list of the EPCI (DGCL):
//
//	npm pack @etalab/decoupage-administratif@6.0.0 && tar xzf etalab-decoupage-administratif-6.0.0.tgz
//	go run ./packaging/dev/communes package/data local/authority/cog
//
// The data are under the Licence Ouverte, the package's code under the MIT licence. For another year, take the version that
// the package's README gives for it, and correct the words of cog.Commune.Source and of authority.Proposed.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

type commune struct {
	Code       string `json:"code"`
	Name       string `json:"nom"`
	Kind       string `json:"type"`
	Article    *int   `json:"typeLiaison"`
	SIREN      string `json:"siren"`
	Population int    `json:"population"`
	Seat       string `json:"chefLieu"`
	City       string `json:"commune"`
}

type grouping struct {
	SIREN   string `json:"code"`
	Name    string `json:"nom"`
	Kind    string `json:"type"`
	Members []struct {
		Code string `json:"code"`
	} `json:"membres"`
}

var kinds = map[string]string{"commune-actuelle": "", "commune-deleguee": "D", "commune-associee": "A", "arrondissement-municipal": "M"}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "communes DATA DESTINATION")
		os.Exit(2)
	}
	if err := write(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func write(from, to string) error {
	var communes []commune
	if err := read(filepath.Join(from, "communes.json"), &communes); err != nil {
		return err
	}
	var groupings []grouping
	if err := read(filepath.Join(from, "epci.json"), &groupings); err != nil {
		return err
	}
	// By code, a present commune before the delegated one that keeps its code.
	slices.SortStableFunc(communes, func(a, b commune) int {
		if a.Code != b.Code {
			return strings.Compare(a.Code, b.Code)
		}
		return strings.Compare(kinds[a.Kind], kinds[b.Kind])
	})
	var rows []string
	for _, c := range communes {
		kind, known := kinds[c.Kind]
		if !known || strings.ContainsAny(c.Name, ";\n") {
			return fmt.Errorf("commune %s: kind %q, name %q", c.Code, c.Kind, c.Name)
		}
		article, population, seat := "", "", c.Seat+c.City
		if c.Article != nil {
			article = fmt.Sprint(*c.Article)
		}
		if c.Population > 0 {
			population = fmt.Sprint(c.Population)
		}
		rows = append(rows, strings.Join([]string{c.Code, c.Name, article, kind, c.SIREN, population, seat}, ";"))
	}
	if err := save(filepath.Join(to, "communes.csv"), rows); err != nil {
		return err
	}
	slices.SortFunc(groupings, func(a, b grouping) int { return strings.Compare(a.SIREN, b.SIREN) })
	rows = nil
	for _, g := range groupings {
		var members []string
		for _, m := range g.Members {
			members = append(members, m.Code)
		}
		slices.Sort(members)
		rows = append(rows, strings.Join([]string{g.SIREN, g.Name, g.Kind, strings.Join(members, " ")}, ";"))
	}
	return save(filepath.Join(to, "epci.csv"), rows)
}

func read(path string, into any) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

func save(path string, rows []string) error {
	return os.WriteFile(path, []byte(strings.Join(rows, "\n")+"\n"), 0o644)
}
