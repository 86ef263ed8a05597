package cog_test

import (
	"strconv"
	"strings"
	"testing"

	"alpi40.fr/airial/local/authority/cog"
)

func TestByCode(t *testing.T) {
	for _, c := range []struct {
		code, name, siren string
		population        int
	}{
		{"40088", "Dax", "214000887", 22109},
		{"40192", "Mont-de-Marsan", "214001927", 31592},
		{" 40001 ", "Aire-sur-l'Adour", "214000010", 6211},
		{"01001", "L'Abergement-Clémenciat", "210100012", 860}, // the first line
		{"2a004", "Ajaccio", "212000046", 76320},
		{"98901", "Île de Clipperton", "", 0}, // the last line
	} {
		got, found := cog.ByCode(c.code)
		if !found || got.Kind != cog.Present {
			t.Fatalf("%s: %+v, %v", c.code, got, found)
		}
		if got.Name != c.name {
			t.Errorf("%s is %q", c.code, got.Name)
		}
		if got.SIREN != c.siren {
			t.Errorf("%s has SIREN %s", c.code, got.SIREN)
		}
		if got.Population != c.population {
			t.Errorf("%s has %d inhabitants", c.code, got.Population)
		}
	}
	for _, code := range []string{"", "4", "40999", "99999", "00000", "40088;", "ZZZZZ", "4008é"} {
		if got, found := cog.ByCode(code); found {
			t.Errorf("%q is %+v", code, got)
		}
	}
}

// Every line is found by its code, its SIREN and its name.
func TestWholeTable(t *testing.T) {
	lines := 0
	for _, c := range cog.Search("a", 100_000) {
		lines++
		if got, found := cog.ByCode(c.Code); !found || got != c {
			t.Fatalf("%s: %+v", c.Code, got)
		}
		if c.Article < 0 || c.Article > 8 || (c.Article == 2) != strings.HasPrefix(c.Name, "Le ") || (c.Article == 4) != strings.HasPrefix(c.Name, "Les ") {
			t.Errorf("%s %q: TNCC %d", c.Code, c.Name, c.Article)
		}
	}
	if lines < 2000 {
		t.Fatalf("only %d communes begin with, or have a word that begins with, an A", lines)
	}
	landes := 0
	for n := 1; n <= 340; n++ {
		c, found := cog.ByCode("40" + pad(n))
		if !found || c.Kind != cog.Present {
			continue
		}
		landes++
		if same, found := cog.BySIREN(c.SIREN); !found || same.Code != c.Code {
			t.Errorf("SIREN %s: %+v", c.SIREN, same)
		}
		if c.Population == 0 || c.Department() != "40" || c.Source() == "" {
			t.Errorf("%+v", c)
		}
	}
	if landes != 327 {
		t.Errorf("the Landes have %d communes", landes)
	}
}

func pad(n int) string { s := "00" + strconv.Itoa(n); return s[len(s)-3:] }

func TestByName(t *testing.T) {
	for _, c := range []struct{ typed, code string }{
		{"dax", "40088"}, {"AIRE SUR L’ADOUR", "40001"}, {"st paul les dax", "40279"}, {"Saint-Paul-lès-Dax", "40279"}, {"Le Vignau", "40329"},
	} {
		if got := cog.ByName(c.typed); len(got) == 0 || got[0].Code != c.code {
			t.Errorf("%q: %+v", c.typed, got)
		}
	}
	if got := cog.ByName("Saint-Denis"); len(got) < 2 || got[0].Population < got[1].Population {
		t.Errorf("the most populated comes first: %+v", got)
	}
	if got := cog.ByName("Saint-Airial-des-Pins"); got != nil {
		t.Errorf("%+v", got)
	}
	if got := cog.Search("mont de m", 5); len(got) == 0 || got[0].Code != "40192" {
		t.Errorf("%+v", got)
	}
	if got := cog.Search("marsan", 50); len(got) < 2 {
		t.Errorf("a word inside a name is found: %+v", got)
	}
}

// Source: INSEE, variable TNCC.
func TestArticle(t *testing.T) {
	for _, c := range []struct{ name, of, at string }{
		{"Dax", "de Dax", "à Dax"},
		{"Amou", "d’Amou", "à Amou"},
		{"Hagetmau", "d’Hagetmau", "à Hagetmau"},
		{"Hambach", "de Hambach", "à Hambach"},
		{"Habas", "d’Habas", "à Habas"},
		{"Heugas", "d’Heugas", "à Heugas"},
		{"Le Vignau", "du Vignau", "au Vignau"},
		{"Les Mées", "des Mées", "aux Mées"},
		{"La Rochelle", "de La Rochelle", "à La Rochelle"},
		{"L'Escale", "de L'Escale", "à L'Escale"},
		{"Yzosse", "d’Yzosse", "à Yzosse"},
		{"Le Hameau-Fictif", "du Hameau-Fictif", "au Hameau-Fictif"}, // not in the table
		{"Étang-Fictif", "d’Étang-Fictif", "à Étang-Fictif"},
		{"Saint-Airial-des-Pins", "de Saint-Airial-des-Pins", "à Saint-Airial-des-Pins"},
		{"", "de ", "à "},
	} {
		if got := cog.Of(c.name); got != c.of {
			t.Errorf("%q: %q, not %q", c.name, got, c.of)
		}
		if got := cog.At(c.name); got != c.at {
			t.Errorf("%q: %q, not %q", c.name, got, c.at)
		}
	}
}

func TestEPCI(t *testing.T) {
	dax, found := cog.EPCIBySIREN("244000675")
	if !found || dax.Kind != "CA" || len(dax.Members) != 20 {
		t.Fatalf("%+v", dax)
	}
	total, largest := dax.Population()
	if largest != 22109 || total < 50_000 || total > 70_000 || len(dax.Communes()) != len(dax.Members) {
		t.Errorf("%d, %d", total, largest)
	}
	for _, siren := range []string{"", "000000000", "999999999", "x"} {
		if _, found := cog.EPCIBySIREN(siren); found {
			t.Error(siren)
		}
	}
}
