package publication_test

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"alpi40.fr/airial/local/publication"
)

var update = flag.Bool("update", false, "writes the golden files anew; read them over before committing")

func TestSCDLGolden(t *testing.T) {
	h := open(t)
	ctx := t.Context()
	must(t, h.Settle(ctx, who, publication.Settings{URL: "https://saint-airial.example/actes", NIC: "00015", Prefecture: "SPREF0401"}))
	id, without := publication.DeliberationID(h.acts[0]), publication.DeliberationID(h.acts[1])
	must(t, h.Describe(ctx, who, id, publication.Details{Matter: "3.3", BudgetYear: "2026/2027", BudgetName: "Budget principal"}))
	must(t, h.Publish(ctx, who, id))
	must(t, h.Publish(ctx, who, without)) // its matter is missing: left out, and told
	h.now = h.now.AddDate(0, 0, 2)
	must(t, h.Receive(ctx, who, id, "2026-11-26", ""))
	s := h.site()
	if len(s.Faults) != 2 || s.Faults[0].Field != "DELIB_MATIERE_CODE" || s.Faults[0].Act != "2026-002" || s.Faults[0].Cure == "" {
		t.Errorf("faults: %v", s.Faults)
	}
	got := content(t, s, "deliberations.csv")
	path := filepath.Join("testdata", "deliberations.csv")
	if *update {
		must(t, os.WriteFile(path, []byte(got), 0o600))
	}
	want, err := os.ReadFile(path)
	must(t, err)
	if got != string(want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	r, err := publication.CheckSCDL([]byte(got))
	if err != nil || !r.Valid() || r.Lines != 1 {
		t.Errorf("read back: %+v, %v", r, err)
	}
}

const header = "COLL_NOM,COLL_SIRET,DELIB_ID,DELIB_DATE,DELIB_MATIERE_CODE,DELIB_MATIERE_NOM,DELIB_OBJET,BUDGET_ANNEE,BUDGET_NOM,PREF_ID,PREF_DATE,VOTE_EFFECTIF,VOTE_REEL,VOTE_POUR,VOTE_CONTRE,VOTE_ABSTENTION,DELIB_URL\n"

// The rules of scdl/deliberations 2.1.4, field by field.
func TestSCDLRules(t *testing.T) {
	good := []string{"Ville d’Essai", "21400000000015", "D1", "2026-11-24", "7.5", "Finances locales / Subventions", "Objet", "2026", "Principal", "PREF040", "2026-11-25", "15", "14", "12", "1", "1", "https://essai.example/d1.pdf"}
	for _, c := range []struct {
		rule  string
		field int
		value string
		want  string // the field at fault
	}{
		{"as it should be", 0, good[0], ""},
		{"COLL_NOM is required", 0, "", "COLL_NOM"},
		{"COLL_SIRET ^\\d{14}$", 1, "214 000 000 00015", "COLL_SIRET"},
		{"DELIB_ID is required", 2, " ", "DELIB_ID"},
		{"DELIB_DATE AAAA-MM-JJ", 3, "24/11/2026", "DELIB_DATE"},
		{"DELIB_DATE a day that exists", 3, "2026-02-30", "DELIB_DATE"},
		{"DELIB_MATIERE_CODE at level 2", 4, "7.5.1", "DELIB_MATIERE_CODE"},
		{"DELIB_MATIERE_CODE known", 4, "7.11", "DELIB_MATIERE_CODE"},
		{"DELIB_MATIERE_NOM goes with its code", 5, "urbanisme/documents d'urbanisme", "DELIB_MATIERE_NOM"},
		{"DELIB_MATIERE_NOM without case nor accents", 5, "FINANCES LOCALES/SUBVENTIONS", ""},
		{"DELIB_OBJET is required", 6, "", "DELIB_OBJET"},
		{"BUDGET_ANNEE", 7, "2026-2027", "BUDGET_ANNEE"},
		{"BUDGET_ANNEE an interval", 7, "2026/2027", ""},
		{"PREF_DATE after DELIB_DATE", 10, "2026-11-23", "PREF_DATE"},
		{"VOTE_REEL at most VOTE_EFFECTIF", 11, "13", "VOTE_REEL"},
		{"votes at most VOTE_REEL", 13, "13", "VOTE_POUR"},
		{"a whole number", 14, "-1", "VOTE_CONTRE"},
		{"no vote told", 11, "", ""},
		{"DELIB_URL is whole", 16, "d1.pdf", "DELIB_URL"},
	} {
		line := append([]string{}, good...)
		line[c.field] = c.value
		r, err := publication.CheckSCDL([]byte(header + strings.Join(line, ",") + "\n"))
		must(t, err)
		got := ""
		for _, f := range r.Faults {
			if !f.Advice && got == "" {
				got = f.Field
			}
			if f.Why == "" || f.Cure == "" || f.Line != 2 {
				t.Errorf("%s: %+v", c.rule, f)
			}
		}
		if got != c.want || r.Valid() != (c.want == "") {
			t.Errorf("%s: %v", c.rule, r.Faults)
		}
	}
}

// What towns publish: semicolons, Latin-1, other names, a missing column, quotes left open.
func TestForeignSCDL(t *testing.T) {
	line := "Ville,21400000000015,D1,2026-11-24,7.5,finances locales/subventions,Objet,,,,,,,,,,\n"
	for _, c := range []struct{ what, file, want string }{
		{"semicolons", strings.ReplaceAll(header+line, ",", ";"), "points-virgules"},
		{"Latin-1", header + strings.Replace(line, "Objet", "Num\xe9ro", 1), "UTF-8"},
		{"BOM", "\xef\xbb\xbf" + header + line, "BOM"},
		{"a missing column", strings.Replace(header, "DELIB_OBJET,", "", 1) + line, "DELIB_OBJET"},
		{"lower case", strings.ToLower(header) + line, "exactement"},
		{"another order", strings.Replace(header, "COLL_NOM,COLL_SIRET", "COLL_SIRET,COLL_NOM", 1) + line, "ordre"},
		{"the same twice", header + line + line, "figure déjà à la ligne 2"},
		{"an open quote", header + "\"Ville,2140\n" + line, "guillemets"},
		{"too many fields", header + strings.Replace(line, "Objet", "Objet, suite", 1), "18 champs"},
	} {
		r, err := publication.CheckSCDL([]byte(c.file))
		must(t, err)
		told := ""
		for _, f := range r.Faults {
			told += f.String() + "\n"
		}
		if !strings.Contains(told, c.want) {
			t.Errorf("%s: %s", c.what, told)
		}
	}
	for _, file := range []string{"", " \n", "a\x00b", "un,deux\n1,2\n", "<html><body>"} {
		if _, err := publication.CheckSCDL([]byte(file)); !errors.Is(err, publication.ErrNotSCDL) {
			t.Errorf("%q: %v", file, err)
		}
	}
}

func FuzzCheckSCDL(f *testing.F) {
	f.Add([]byte(header + "Ville,21400000000015,D1,2026-11-24,7.5,finances locales/subventions,Objet,,,,,,,,,,\n"))
	f.Add([]byte("COLL_NOM;COLL_SIRET\n\"a;b\n"))
	f.Add([]byte("\xef\xbb\xbfDELIB_ID\n\xe9\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, err := publication.CheckSCDL(raw)
		if err != nil && !errors.Is(err, publication.ErrNotSCDL) {
			t.Fatal(err)
		}
		for _, fault := range r.Faults {
			if fault.Why == "" || len(fault.String()) > 2000 {
				t.Fatalf("%+v", fault)
			}
		}
	})
}
