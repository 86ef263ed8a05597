package parapheur_test

import (
	"testing"

	"alpi40.fr/airial/local/parapheur"
)

// Each model is one that can be kept as it is, and every kind of folder that town halls sign has its own.
func TestTypeModels(t *testing.T) {
	l := newLaptop(t, "poste")
	l.people(t)
	models, err := parapheur.TypeModels()
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[parapheur.Kind]bool{}
	for _, m := range models {
		if m.ID != "" {
			t.Errorf("%s: a model has the id %q", m.Name, m.ID)
		}
		if _, err := l.PutType(t.Context(), "maire", m); err != nil {
			t.Errorf("%s: %v", m.Name, err)
		}
		kinds[m.Kind] = true
	}
	kept, err := l.Types(t.Context())
	if err != nil || len(kept) != len(models) {
		t.Fatalf("%d types kept of %d: %v", len(kept), len(models), err)
	}
	for _, k := range parapheur.Kinds() {
		if !kinds[k] {
			t.Errorf("no model of a folder of %s", k)
		}
	}
}
