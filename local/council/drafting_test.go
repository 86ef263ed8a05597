package council_test

import (
	"context"
	"reflect"
	"strings"
	"testing"

	"alpi40.fr/airial/local/authority"
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

// An annex is named by its digest in the printed deliberation, and its document by the entry.
func TestAnnexesAndRemarks(t *testing.T) {
	ctx := context.Background()
	c, j := open(t)
	id, err := c.Draft(ctx, "secretaire", "convention")
	if err != nil {
		t.Fatal(err)
	}
	a, err := c.KeepAnnex(ctx, `C:\bureau\convention.pdf`, []byte("%PDF-1.7"))
	if err != nil || a.Name != "convention.pdf" || a.Size != 8 {
		t.Fatalf("%+v, %v", a, err)
	}
	if _, err := c.KeepAnnex(ctx, "vide.pdf", nil); rule.Find(err) == nil {
		t.Errorf("an empty annex: %v", err)
	}
	d, _ := c.Deliberation(ctx, id)
	text, err := d.Text.With(a)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := text.With(a); rule.Find(err) == nil {
		t.Errorf("the same file twice: %v", err)
	}
	if err := c.Save(ctx, "secretaire", id, d.Edition, text); err != nil {
		t.Fatal(err)
	}
	d, _ = c.Deliberation(ctx, id)
	if printed := council.Printed(authorityOf(), *d, j.Now()); len(printed.Joined) != 1 || printed.Joined[0].Digest != a.Digest.String() {
		t.Errorf("printed: %+v", printed.Joined)
	}
	if err := c.WriteRemark(ctx, "adjointe", id, " Joindre le plan. "); err != nil {
		t.Fatal(err)
	}
	if err := c.WriteRemark(ctx, "adjointe", id, " "); rule.Find(err) == nil {
		t.Errorf("an empty remark: %v", err)
	}
	if err := c.WriteRemark(ctx, "adjointe", "inconnue", "Oui."); err == nil {
		t.Error("a remark beside nothing")
	}
	said, err := c.Remarks(ctx, id)
	if err != nil || len(said) != 1 || said[0].Text != "Joindre le plan." || said[0].By != "adjointe" {
		t.Fatalf("%+v, %v", said, err)
	}
	if err := c.AnswerRemark(ctx, "secretaire", said[0].ID); err != nil {
		t.Fatal(err)
	}
	if err := c.AnswerRemark(ctx, "secretaire", said[0].ID); rule.Find(err) == nil {
		t.Errorf("answered twice: %v", err)
	}
	said, _ = c.Remarks(ctx, id)
	if err := j.Rebuild(ctx); err != nil {
		t.Fatal(err)
	}
	if again, _ := c.Remarks(ctx, id); !reflect.DeepEqual(said, again) || again[0].Answered != "secretaire" {
		t.Errorf("rebuilt: %+v", again)
	}
	if other, _ := c.Deliberation(ctx, id); other.Version != d.Version {
		t.Error("a remark contends with the text")
	}
}

func authorityOf() authority.Authority {
	return authority.Authority{Name: "Commune de Saint-Airial-des-Pins"}
}

// A table is printed under what stands before it, its figures to the right.
func TestTables(t *testing.T) {
	statement, articles := council.PrintedBody(council.Text{
		Variables: []council.Variable{{Name: "part", Value: "12500", Kind: council.VariableAmount}},
		Blocks: []council.Block{
			{Kind: council.BlockStatement, Text: "Le plan est le suivant :"}, {Kind: council.BlockTable, Text: "Financeur\tMontant\n**État**\t**32000 €**\nCommune\t{part}\nTotal\t44500 €\n\n"},
			{Kind: council.BlockArticle, Text: "APPROUVE le plan."}, {Kind: council.BlockTable, Text: "a|b|c\nd"},
		},
	})
	if len(statement) != 2 || statement[1].Grid == nil || len(articles) != 1 || len(articles[0].Grids) != 1 {
		t.Fatalf("%+v %+v", statement, articles)
	}
	g := statement[1].Grid
	if len(g.Rows) != 3 || g.Rows[1][1] != "12\u202f500\u202f€" || g.Rows[0][1] != "**32\u202f000\u202f€**" || g.Right[0] || !g.Right[1] || !g.Total {
		t.Errorf("%+v", g)
	}
	if rows := articles[0].Grids[0].Rows; len(rows) != 1 || len(rows[0]) != 3 {
		t.Errorf("a short row: %q", rows)
	}
}
