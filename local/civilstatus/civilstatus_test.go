package civilstatus_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"image"
	"image/png"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/civilstatus"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/journal/journaltest"
	"alpi40.fr/airial/local/rule"
)

func catalogue(t testing.TB) civilstatus.Catalogue {
	t.Helper()
	c, err := civilstatus.Standard()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Each formula of the catalogue that has a wording fills all its gaps.
func TestEveryFormulaFillsItsGaps(t *testing.T) {
	n := 0
	for _, f := range catalogue(t) {
		fields := map[string]string{}
		for _, name := range f.Fields {
			fields[name] = "X"
		}
		text, err := f.Preview(civilstatus.Feminine, fields)
		if f.Text == "" {
			if rule.Find(err) == nil {
				t.Errorf("%s: no wording, and no refusal: %v", f.Code, err)
			}
			continue
		}
		n++
		if err != nil || strings.ContainsAny(text, "{}") {
			t.Errorf("%s: %q, %v", f.Code, text, err)
		}
		if len(f.Fields) > 0 {
			delete(fields, f.Fields[0])
			if _, err := f.Preview(civilstatus.Feminine, fields); rule.Find(err) == nil {
				t.Errorf("%s: a missing field passes", f.Code)
			}
		}
	}
	if n < 8 {
		t.Fatalf("only %d formulas have a wording", n)
	}
}

func TestWordings(t *testing.T) {
	c := catalogue(t)
	for _, w := range []struct {
		source, code string
		on           civilstatus.ActKind
		gender       civilstatus.Gender
		fields       map[string]string
		want         string
		status       civilstatus.Status
	}{
		{"C. civ. art. 49, 75", "MARIAGE", civilstatus.Birth, civilstatus.Feminine,
			map[string]string{"lieu": "Dax", "date": "12 septembre 2026", "conjoint_prenoms": "Jean", "conjoint_nom": "MODÈLE"},
			"Mariée à Dax le 12 septembre 2026 avec Jean MODÈLE.", civilstatus.Quoted},
		{"C. civ. art. 49, 75", "MARIAGE", civilstatus.Birth, civilstatus.Masculine,
			map[string]string{"lieu": "Dax", "date": "12 septembre 2026", "conjoint_prenoms": "Ève", "conjoint_nom": "EXEMPLE"},
			"Marié à Dax le 12 septembre 2026 avec Ève EXEMPLE.", civilstatus.Quoted},
		{"C. civ. art. 79", "DECES", civilstatus.Birth, civilstatus.Feminine,
			map[string]string{"lieu": "Mont-de-Marsan", "date": "1er octobre 2026"}, "Décédée à Mont-de-Marsan le 1er octobre 2026.", civilstatus.Drafted},
	} {
		f, err := c.Find(w.code, w.on)
		if err != nil {
			t.Fatal(err)
		}
		got, err := f.Preview(w.gender, w.fields)
		plain := strings.NewReplacer(" ", " ", " ", " ").Replace(got)
		if plain != w.want || err != nil || f.Status != w.status {
			t.Errorf("%s: %q %s, %v", w.source, got, f.Status, err)
		}
	}
}

// Code civil, art. 79: never on another's act.
func TestDeathIsMentionedOnTheBirthActAlone(t *testing.T) {
	for _, on := range []civilstatus.ActKind{civilstatus.Marriage, civilstatus.Death} {
		_, err := catalogue(t).Find("DECES", on)
		if r := rule.Find(err); r == nil || r.Article != "Code civil, art. 79" {
			t.Errorf("on %s: %v", on, err)
		}
	}
}

func picture(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 20, 30))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func open(t testing.TB) (*civilstatus.Registry, *journal.Journal) {
	t.Helper()
	ctx := context.Background()
	j := journaltest.Open(t, "mairie", time.Now, rand.Reader, authority.Projections(), civilstatus.Projections())
	people := authority.New(j)
	if err := people.Describe(ctx, "installateur", authority.Authority{ID: journaltest.Authority, Name: "Commune de Saint-Airial-des-Pins", Place: "Saint-Airial-des-Pins"}); err != nil {
		t.Fatal(err)
	}
	for _, p := range []authority.Person{
		{ID: "maire", Civility: "Mme", FirstName: "Maïté", LastName: "Fictive", Title: "Maire", Roles: []authority.Role{authority.RoleMayor}, Since: "2026-03-20"},
		{ID: "secretaire", Civility: "Mme", FirstName: "Solène", LastName: "Brouillon", Roles: []authority.Role{authority.RoleSecretary}},
	} {
		if _, err := people.Put(ctx, "installateur", p); err != nil {
			t.Fatal(err)
		}
	}
	return civilstatus.New(j, catalogue(t)), j
}

var birth = civilstatus.Act{Kind: civilstatus.Birth, Year: 1994, Number: "7", Date: "1994-05-03", LastName: "Exemple", FirstName: "Camille Élise", Gender: civilstatus.Feminine, Commune: "Saint-Airial-des-Pins"}

func TestMentionFromNoticeToRegister(t *testing.T) {
	ctx := context.Background()
	r, j := open(t)
	scan := picture(t)
	id, err := r.Import(ctx, "secretaire", birth, []civilstatus.Page{{Name: "acte.png", Content: scan}})
	if err != nil {
		t.Fatal(err)
	}
	fields := map[string]string{"lieu": "Dax", "date": "12 septembre 2026", "conjoint_prenoms": "Jean", "conjoint_nom": "MODÈLE"}
	m, err := r.Record(ctx, "secretaire", id, "MARIAGE", fields, "avis de la mairie de Dax", "2026-09-14")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Record(ctx, "secretaire", id, "MARIAGE", fields, "le même avis", "2026-09-20"); rule.Find(err) == nil {
		t.Errorf("the same notice twice: %v", err)
	}
	for _, c := range []struct {
		article, officer string
		on               authority.Day
		allowed          bool
	}{
		{"L2122-32, the secretary is no registrar", "secretaire", "2026-09-15", false},
		{"art. 49, before the notice came", "maire", "2026-09-13", false},
		{"art. 49, without a day", "maire", "", false},
		{"L2122-32, a stranger", "inconnu", "2026-09-15", false},
		{"L2122-32, the mayor", "maire", "2026-09-15", true},
		{"art. 99-1, twice", "maire", "2026-09-16", false},
	} {
		err := r.Affix(ctx, "secretaire", id, m, c.officer, c.on)
		if (err == nil) != c.allowed || err != nil && rule.Find(err) == nil {
			t.Errorf("%s: %v", c.article, err)
		}
	}
	if err := r.Notify(ctx, "secretaire", id, m, "2026-09-16"); err != nil {
		t.Fatal(err)
	}
	a, err := r.Act(ctx, id)
	if err != nil || !a.Outdated || a.Mentions[0].State != civilstatus.Notified || a.Mentions[0].Due != "2026-09-17" {
		t.Fatalf("%+v, %v", a, err)
	}
	kept, err := j.Store().Blobs().Read(a.Images[0].Digest, 1<<20)
	if err != nil || !bytes.Equal(kept, scan) {
		t.Fatalf("the image was changed: %v", err)
	}
	for name, print := range map[string]func() ([]byte, error){
		"sheet":  func() ([]byte, error) { d, err := r.Sheet(ctx, id, m); return d.PDF, err },
		"notice": func() ([]byte, error) { d, err := r.Notice(ctx, id, m, []string{"Mairie de Dax"}); return d.PDF, err },
	} {
		if pdf, err := print(); err != nil || !bytes.HasPrefix(pdf, []byte("%PDF-")) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if found, _ := r.List(ctx, "exemple elise", false, 10); len(found) != 1 {
		t.Errorf("search finds %d acts", len(found))
	}
	before, _ := r.Act(ctx, id)
	if err := j.Rebuild(ctx); err != nil {
		t.Fatal(err)
	}
	if after, _ := r.Act(ctx, id); !reflect.DeepEqual(before, after) {
		t.Errorf("rebuilt: %+v\n%+v", before, after)
	}
}

func TestImportRefusesWhatIsNoImage(t *testing.T) {
	ctx := context.Background()
	r, _ := open(t)
	for name, content := range map[string][]byte{"vide.png": nil, "texte.png": []byte("ceci n’est pas une image"), "coupe.png": picture(t)[:10]} {
		if _, err := r.Import(ctx, "secretaire", birth, []civilstatus.Page{{Name: name, Content: content}}); rule.Find(err) == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if acts, _ := r.List(ctx, "", false, 10); len(acts) != 0 {
		t.Errorf("%d acts were made", len(acts))
	}
}

func TestNamesStandInTheirPlace(t *testing.T) {
	ctx := context.Background()
	r, _ := open(t)
	for _, name := range []string{"Zébulon", "Œillet", "Ébauche", "Odette", "esquisse", "Olive"} {
		a := birth
		a.LastName, a.Number = name, name
		if _, err := r.Import(ctx, "secretaire", a, []civilstatus.Page{{Name: "acte.png", Content: picture(t)}}); err != nil {
			t.Fatal(err)
		}
	}
	acts, err := r.List(ctx, "", false, 10)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, a := range acts {
		got = append(got, a.LastName)
	}
	if want := []string{"Ébauche", "esquisse", "Odette", "Œillet", "Olive", "Zébulon"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func FuzzReadCatalogue(f *testing.F) {
	f.Add("code;libelle;actes;champs;formule;statut;fondement;delai_jours;avis_par\nA;b;NAI;x;{x};cite;c;3;d\n")
	f.Add("code\n")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := civilstatus.ReadCatalogue(strings.NewReader(text))
		if err != nil {
			return
		}
		for _, formula := range c {
			_, _ = formula.Preview(civilstatus.Feminine, map[string]string{})
		}
	})
}
