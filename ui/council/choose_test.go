package council

import (
	"testing"

	"alpi40.fr/airial/local/council"
)

func TestStarts(t *testing.T) {
	l, err := council.ReadLibrary()
	if err != nil {
		t.Fatal(err)
	}
	all := startsOf(l, []council.Model{{ID: "m", Name: "Notre cantine", Theme: council.ThemeChildhood}})
	if len(all) != len(l.Templates)+1 || all[0].model == nil || all[0].key != council.ModelKey("m") {
		t.Fatalf("%d starts, the first %+v", len(all), all[0])
	}
	for _, c := range []struct {
		theme council.Theme
		words string
		first string
		n     int // 0: not counted
	}{
		{"", "", "Notre cantine", len(all)},
		{"", "cantine", "Notre cantine", 2},
		{council.ThemeFinances, "cantine", "", 0},
		{council.ThemeEnvironment, "coupes forêt", "Coupes de la forêt communale", 1},
		{"", "7.5.1.2", "Demande de subvention au Département", 1},
		{"", "xyzzy", "", 0},
	} {
		shown := shownStarts(all, c.theme, c.words)
		first := ""
		if len(shown) > 0 {
			first = shown[0].name
		}
		if first != c.first || c.n > 0 && len(shown) != c.n {
			t.Errorf("%s %q: %d, the first %q", c.theme, c.words, len(shown), first)
		}
	}
}
