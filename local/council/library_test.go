package council_test

import (
	"encoding/csv"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/typeset/french"
)

func library(t testing.TB) council.Library {
	t.Helper()
	l, err := council.ReadLibrary()
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// matters are the codes of the national nomenclature of acts.
func matters(t *testing.T) map[string]bool {
	t.Helper()
	f, err := os.Open("testdata/matieres-actes.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma, r.FieldsPerRecord, r.LazyQuotes = ';', -1, true
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	codes := map[string]bool{}
	for _, row := range rows[1:] {
		codes[row[0]] = true
	}
	return codes
}

var variable = regexp.MustCompile(`\{([a-z]+)\}`)

func texts(t council.Template) []string {
	return slices.Concat([]string{t.Title}, t.Grounds, t.Statement, t.Articles)
}

func TestLibraryHoldsTogether(t *testing.T) {
	l, codes := library(t), matters(t)
	if len(l.Templates) < 60 {
		t.Errorf("%d subjects only", len(l.Templates))
	}
	keys, names, cited := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, s := range l.Templates {
		if keys[s.Key] || names[s.Name] {
			t.Errorf("%s: its key or its name stands twice", s.Key)
		}
		keys[s.Key], names[s.Name] = true, true
		switch {
		case !codes[s.Matter]:
			t.Errorf("%s: matter %q is not in the nomenclature", s.Key, s.Matter)
		case !slices.Contains(council.Themes(), s.Theme):
			t.Errorf("%s: theme %q", s.Key, s.Theme)
		case s.Status != "projet":
			t.Errorf("%s: status %q: nobody has answered for the texts yet", s.Key, s.Status)
		case len(s.Visas) == 0 || len(s.Grounds) == 0 || len(s.Statement) == 0 || len(s.Articles) == 0:
			t.Errorf("%s: a part is missing", s.Key)
		}
		for _, key := range s.Visas {
			cited[key] = true
			if !slices.ContainsFunc(l.Visas, func(v council.Visa) bool { return v.Key == key }) {
				t.Errorf("%s: no visa %q", s.Key, key)
			}
		}
		used := map[string]bool{}
		for _, text := range texts(s) {
			for _, m := range variable.FindAllStringSubmatch(text, -1) {
				used[m[1]] = true
			}
		}
		for _, v := range s.Variables {
			if !used[v.Name] || v.Label == "" || v.Value != "" || !slices.Contains(council.VariableKinds(), v.Kind) || (v.Kind == council.VariableChoice) != (len(v.Choices) > 1) {
				t.Errorf("%s: variable %+v", s.Key, v)
			}
			delete(used, v.Name)
		}
		if len(used) > 0 {
			t.Errorf("%s: variables that are not declared: %v", s.Key, used)
		}
		for _, a := range s.Articles {
			if first, _, _ := strings.Cut(a, " "); first != strings.ToUpper(first) && !strings.HasPrefix(first, "{") {
				t.Errorf("%s: an article that does not decide: %s", s.Key, a)
			}
		}
	}
	for _, v := range l.Visas {
		if !cited[v.Key] {
			t.Errorf("visa %s serves nowhere", v.Key)
		}
	}
}

// A visa holds between two days; its versions never hold together.
func TestVisasHaveDates(t *testing.T) {
	l := library(t)
	for i, v := range l.Visas {
		if !isDay(v.Since) || v.Until != "" && (!isDay(v.Until) || v.Until < v.Since) || v.Status != "projet" || v.Article == "" {
			t.Errorf("visa %s: %+v", v.Key, v)
		}
		for _, w := range l.Visas[i+1:] {
			if w.Key == v.Key && (v.Until == "" || w.Since <= v.Until) && (w.Until == "" || v.Since <= w.Until) {
				t.Errorf("visa %s: two versions on one day", v.Key)
			}
		}
	}
	for _, c := range []struct {
		why string
		day authority.Day
		has string
	}{
		{"loi n° 84-53, art. 34", "2022-02-28", "loi n° 84-53"},
		{"CGFP, art. L313-1", "2022-03-01", "code général de la fonction publique"},
	} {
		s, _ := l.Template("emploi")
		if visas := strings.ReplaceAll(strings.Join(l.Draft(s, c.day).Of(council.BlockVisa), "\n"), "\u00a0", " "); !strings.Contains(visas, c.has) || strings.Count(visas, "\n") != 1 {
			t.Errorf("%s: %s", c.why, visas)
		}
	}
}

func isDay(d authority.Day) bool { return len(d) == 10 && authority.DayOf(d.Time()) == d }

// What the library prints is French to the last space, and no brace is left.
func TestLibraryPrintsWell(t *testing.T) {
	l := library(t)
	for _, s := range l.Templates {
		text := l.Draft(s, "2026-11-25")
		for i, v := range text.Variables {
			value := map[council.VariableKind]string{
				council.VariableAmount: "1234,5", council.VariableDate: "1/3/2027", council.VariableYear: "2027", council.VariableNumber: "12", council.VariableRate: "25,3",
			}[v.Kind]
			if v.Kind == council.VariableChoice {
				value = v.Choices[0]
			} else if value == "" {
				value = "Exemple"
			}
			text.Variables[i].Value = value
		}
		if unset := text.Unset(); len(unset) > 0 {
			t.Errorf("%s: %v", s.Key, unset)
		}
		for _, b := range text.Blocks {
			for _, printed := range text.Of(b.Kind) {
				if strings.ContainsAny(printed, "{}'\"") || strings.Contains(printed, "  ") || strings.Contains(printed, "..") || french.Tidy(french.Tidy(printed)) != french.Tidy(printed) {
					t.Errorf("%s: %s", s.Key, printed)
				}
			}
		}
	}
}

func TestVariablePrinted(t *testing.T) {
	for _, c := range []struct {
		kind           council.VariableKind
		typed, printed string
		readable       bool
	}{
		{council.VariableAmount, "1234,5", "1\u202f234,50\u202f€", true},
		{council.VariableAmount, "1 200 €", "1\u202f200\u202f€", true},
		{council.VariableAmount, "12.345", "12.345", false},
		{council.VariableAmount, "à préciser", "à préciser", false},
		{council.VariableDate, "1/3/2027", "1er\u00a0mars 2027", true},
		{council.VariableDate, "31/2/2027", "31/2/2027", false},
		{council.VariableRate, "25.3", "25,3\u202f%", true},
		{council.VariableRate, "25,3 %", "25,3\u202f%", true},
		{council.VariableNumber, "1240", "1\u202f240", true},
		{council.VariableYear, "27", "27", false},
		{council.VariableText, " un mot ", "un mot", true},
		{council.VariableAmount, "", "", true},
	} {
		v := council.Variable{Kind: c.kind, Value: c.typed}
		if v.Printed() != c.printed || v.Readable() != c.readable {
			t.Errorf("%s %q: %q, %v", c.kind, c.typed, v.Printed(), v.Readable())
		}
	}
}
