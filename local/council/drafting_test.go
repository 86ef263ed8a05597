package council_test

import (
	"context"
	"reflect"
	"strings"
	"testing"

	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/rule"
)

// A text is kept as a model, begins another deliberation with its values empty and
// the rules of what it came from, is replaced, and offered no more.
func TestModelsOfTheAuthority(t *testing.T) {
	ctx := context.Background()
	c, j := open(t)
	id, err := c.Draft(ctx, "secretaire", "cfu")
	if err != nil {
		t.Fatal(err)
	}
	d, _ := c.Deliberation(ctx, id)
	text := d.Text
	text.Reporter = "Mme Ève Exemple"
	text.Variables[0].Value = "2026"
	model, err := c.KeepModel(ctx, "secretaire", "", " Notre compte ", text)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.KeepModel(ctx, "secretaire", "", "  ", text); rule.Find(err) == nil {
		t.Errorf("a model without a name: %v", err)
	}
	models, err := c.Models(ctx)
	if err != nil || len(models) != 1 || models[0].Name != "Notre compte" || !models[0].Accounts || models[0].Matter != "7.1.1" {
		t.Fatalf("%+v, %v", models, err)
	}
	begun, err := c.Draft(ctx, "secretaire", council.ModelKey(model))
	if err != nil {
		t.Fatal(err)
	}
	d, _ = c.Deliberation(ctx, begun)
	if d.Text.Variables[0].Value != "" || d.Text.Reporter != "" || len(d.Text.Blocks) != len(text.Blocks) {
		t.Errorf("begun from the model: %+v", d.Text)
	}
	text.Blocks = text.Blocks[:3]
	if _, err := c.KeepModel(ctx, "secretaire", model, "Notre compte", text); err != nil {
		t.Fatal(err)
	}
	if models, _ = c.Models(ctx); len(models) != 1 || len(models[0].Text.Blocks) != 3 || !models[0].Accounts {
		t.Errorf("replaced: %+v", models)
	}
	if err := j.Rebuild(ctx); err != nil {
		t.Fatal(err)
	}
	if again, _ := c.Models(ctx); !reflect.DeepEqual(models, again) {
		t.Error("the rebuilt models differ")
	}
	if err := c.RetireModel(ctx, "secretaire", model); err != nil {
		t.Fatal(err)
	}
	if models, _ = c.Models(ctx); len(models) != 0 {
		t.Errorf("retired: %+v", models)
	}
	if _, err := c.Draft(ctx, "secretaire", council.ModelKey(model)); err != nil {
		t.Errorf("what names a retired model still begins: %v", err)
	}
	if _, err := c.Draft(ctx, "secretaire", "inconnu"); rule.Find(err) == nil {
		t.Errorf("an unknown template: %v", err)
	}
}

func TestTemplateMatches(t *testing.T) {
	l := library(t)
	for words, key := range map[string]string{"cantine": "cantine", "VOIRIE programme": "travaux-voirie", "etat d'assiette": "", "7.5 DETR": "detr", "foret coupes": "foret"} {
		found := ""
		for _, s := range l.Templates {
			if s.Matches(words) {
				found = s.Key
				break
			}
		}
		if found != key && key != "" || strings.Contains(words, "assiette") && found == "" {
			t.Errorf("%s: %q", words, found)
		}
	}
}
