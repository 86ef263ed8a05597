package civilstatus_test

import (
	"context"
	"testing"

	"alpi40.fr/airial/local/civilstatus"
)

// What was written before comes first, then communes, countries and courts; nothing of a person is proposed to another's mention.
func TestSuggestions(t *testing.T) {
	ctx := context.Background()
	r, _ := open(t)
	notices := []civilstatus.Incoming{
		{From: "Étude fictive", Received: "2026-09-14", Code: "DIVORCE-CONVENTION", LastName: "Exemple", Fields: map[string]string{"notaire": "Jeanne MAQUETTE", "residence": "Saint-Sever", "crpcen": "40999", "conjoint_nom": "SECRET"}},
		{From: "Tribunal judiciaire de Dax", Received: "2026-09-15", Code: "DIVORCE-JUGEMENT", LastName: "Exemple", Fields: map[string]string{"tribunal": "tribunal judiciaire de Dax", "pays": "Italie du Sud"}},
	}
	if _, _, err := r.RegisterAll(ctx, "secretaire", notices); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ field, typed, want string }{
		{"notaire", "maq", "Jeanne MAQUETTE"}, {"crpcen", "40", "40999"}, {"tribunal", "trib", "tribunal judiciaire de Dax"}, {"tribunal", "DAX", "tribunal judiciaire de Dax"},
		{"lieu", "mont-de-mar", "Mont-de-Marsan"}, {"residence", "saint-sev", "Saint-Sever"}, {"pays", "ital", "Italie du Sud"}, {"pays", "maro", "Maroc"},
		{"conjoint_nom", "sec", ""}, {"date", "12", ""}, {"lieu", "x", ""}, {"nouveau_nom", "ex", ""}, {"tribunal", "tribunal judiciaire de Dax", ""},
		{"tribunal", "mont-de-m", "tribunal judiciaire de Mont-de-Marsan"}, {"tribunal_ou_notaire", "ca pau", "cour d’appel de Pau"},
	} {
		all, err := r.Suggest(ctx, c.field, c.typed, 3)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if len(all) > 0 {
			got = all[0].Value
		}
		if got != c.want {
			t.Errorf("%s, %q: %+v, want %q", c.field, c.typed, all, c.want)
		}
		if c.field == "notaire" && (len(all) != 1 || all[0].With["residence"] != "Saint-Sever" || all[0].With["crpcen"] != "40999") {
			t.Errorf("the office does not come with its notary: %+v", all)
		}
	}
}
