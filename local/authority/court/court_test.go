package court_test

import (
	"slices"
	"strings"
	"testing"

	"alpi40.fr/airial/local/authority/court"
)

func TestCourts(t *testing.T) {
	first := map[string]int{}
	for _, c := range court.All() {
		kind, _, _ := strings.Cut(c.Name, " d")
		first[kind]++
		if c.Appeal == "" || strings.ContainsAny(c.Name, "';") {
			t.Errorf("%+v", c)
		}
	}
	if first["tribunal judiciaire"] != 164 || len(court.All()) != 168 {
		t.Errorf("%v", first)
	}
	for _, c := range []struct{ typed, want string }{
		{"dax", "tribunal judiciaire de Dax"}, {"TJ Dax", "tribunal judiciaire de Dax"}, {"tribunal jud mont mars", "tribunal judiciaire de Mont-de-Marsan"},
		{"ca pau", "cour d’appel de Pau"}, {"appel agen", "cour d’appel d’Agen"}, {"le mans", "tribunal judiciaire du Mans"}, {"mans", "tribunal judiciaire du Mans"}, {"evry", "tribunal judiciaire d’Évry-Courcouronnes"},
		{"papeete", "tribunal de première instance de Papeete"}, {"", ""}, {"Trifouillis", ""},
	} {
		got := ""
		if all := court.Search(c.typed, 3); len(all) > 0 {
			got = all[0]
		}
		if got != c.want {
			t.Errorf("%q: %q, want %q", c.typed, got, c.want)
		}
	}
	if all := court.Search("pau", 5); !slices.Equal(all, []string{"tribunal judiciaire de Pau", "cour d’appel de Pau"}) {
		t.Errorf("%q", all)
	}
}
