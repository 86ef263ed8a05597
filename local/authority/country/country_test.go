package country_test

import (
	"slices"
	"strings"
	"testing"

	"alpi40.fr/airial/local/authority/country"
)

func TestPrepositions(t *testing.T) {
	for _, c := range []struct{ name, in, of string }{
		{"Italie", "en Italie", "d’Italie"}, {"Belgique", "en Belgique", "de Belgique"}, {"Hongrie", "en Hongrie", "de Hongrie"}, {"Érythrée", "en Érythrée", "d’Érythrée"},
		{"Maroc", "au Maroc", "du Maroc"}, {"Mexique", "au Mexique", "du Mexique"}, {"Royaume-Uni", "au Royaume-Uni", "du Royaume-Uni"}, {"Honduras", "au Honduras", "du Honduras"}, {"Yémen", "au Yémen", "du Yémen"},
		{"Iran", "en Iran", "d’Iran"}, {"Équateur", "en Équateur", "d’Équateur"}, {"Haïti", "en Haïti", "d’Haïti"}, {"Israël", "en Israël", "d’Israël"},
		{"États-Unis", "aux États-Unis", "des États-Unis"}, {"Pays-Bas", "aux Pays-Bas", "des Pays-Bas"}, {"Îles Féroé", "aux Îles Féroé", "des Îles Féroé"}, {"Comores", "aux Comores", "des Comores"},
		{"Cuba", "à Cuba", "de Cuba"}, {"Oman", "à Oman", "d’Oman"}, {"Monaco", "à Monaco", "de Monaco"}, {"Saint-Marin", "à Saint-Marin", "de Saint-Marin"}, {"Malte", "à Malte", "de Malte"},
		{"Barbade", "à la Barbade", "de la Barbade"}, {"Île de Man", "à l’Île de Man", "de l’Île de Man"}, {"Côte d’Ivoire", "en Côte d’Ivoire", "de Côte d’Ivoire"}, {"Côte d'Ivoire", "en Côte d'Ivoire", "de Côte d'Ivoire"},
		{"République tchèque", "en République tchèque", "de République tchèque"}, {"Congo-Kinshasa", "au Congo-Kinshasa", "du Congo-Kinshasa"}, {"Sierra Leone", "en Sierra Leone", "de Sierra Leone"}, {"Yougoslavie", "en Yougoslavie", "de Yougoslavie"},
	} {
		if in, of := country.In(c.name), country.Of(c.name); in != c.in || of != c.of {
			t.Errorf("%s: %s, %s; want %s, %s", c.name, in, of, c.in, c.of)
		}
	}
}

func TestList(t *testing.T) {
	all := country.All()
	if len(all) < 230 || len(all) > 250 {
		t.Errorf("%d countries", len(all))
	}
	for _, name := range []string{"Allemagne", "Macédoine du Nord", "Eswatini", "Cité du Vatican", "Kosovo", "Tchéquie", "Zimbabwe", "Érythrée"} {
		if !slices.Contains(all, name) {
			t.Errorf("%s is missing", name)
		}
	}
	for _, name := range all {
		if strings.TrimSpace(name) == "" || name == "Swaziland" || name == "zone euro" {
			t.Errorf("%q is none", name)
		}
	}
	for typed, want := range map[string]string{"ital": "Italie", "etats": "États fédérés de Micronésie, États-Unis, Îles Vierges des États-Unis", "unis": "États-Unis, Émirats arabes unis, Îles Vierges des États-Unis", "": "", "xx": ""} {
		got := country.Search(typed, 5)
		want := strings.Split(want, ", ")
		slices.Sort(got)
		slices.Sort(want)
		if strings.Join(got, ", ") != strings.Join(want, ", ") {
			t.Errorf("%q: %v", typed, got)
		}
	}
}
