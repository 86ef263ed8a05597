package lang_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"alpi40.fr/airial/ui/lang"
)

func french(t *testing.T) *lang.Catalogue {
	t.Helper()
	c, err := lang.French()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestPlurals(t *testing.T) {
	c := french(t)
	for n, want := range map[int]string{0: "0 élément à envoyer", 1: "1 élément à envoyer", 2: "2 éléments à envoyer", 12000: "12\u202f000 éléments à envoyer"} {
		if got := c.Text("shell.sync.out", "n", n); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}

func TestTypography(t *testing.T) {
	for in, want := range map[string]string{"« oui » ?": "«\u202foui\u202f»\u202f?", "l'acte : vu": "l’acte\u00a0: vu", "https://x": "https://x"} {
		if got := lang.Typography(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestAmounts(t *testing.T) {
	for text, want := range map[string]int64{"1 250": 125000, "1\u202f250,00 €": 125000, "0,5": 50, "12.34": 1234} {
		if got, ok := lang.ParseAmount(text); !ok || got != want {
			t.Errorf("%q: %d %v", text, got, ok)
		}
	}
	for _, text := range []string{"", "un", "1,234", "-5", "1,2,3", "9999999999999"} {
		if got, ok := lang.ParseAmount(text); ok {
			t.Errorf("%q: %d", text, got)
		}
	}
}

func TestLasting(t *testing.T) {
	for d, want := range map[time.Duration]string{30 * time.Second: "moins d’une minute", 90 * time.Second: "1 min", 125 * time.Minute: "2 h 05", 25 * time.Hour: "1 jour", 80 * time.Hour: "3 jours"} {
		if got := strings.ReplaceAll(lang.Lasting(d), "\u00a0", " "); got != want {
			t.Errorf("%v: %q", d, got)
		}
	}
}

func TestRecent(t *testing.T) {
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Skip("no time zones here")
	}
	now := time.Date(2026, 3, 29, 14, 2, 0, 0, paris) // the night summer time begins
	for want, at := range map[string]time.Time{
		"9 h 05":                time.Date(2026, 3, 29, 9, 5, 0, 0, paris),
		"hier à 23 h 59":        time.Date(2026, 3, 28, 23, 59, 0, 0, paris),
		"1er mars à 8 h 00":     time.Date(2026, 3, 1, 8, 0, 0, 0, paris),
		"24 août 2025 à 8 h 00": time.Date(2025, 8, 24, 8, 0, 0, 0, paris),
	} {
		if got := strings.ReplaceAll(lang.Recent(at, now), "\u00a0", " "); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

var (
	keyForm = regexp.MustCompile(`^[a-z]+(\.[a-z0-9]+)+$`)
	accent  = regexp.MustCompile(`[àâçéèêëîïôùûüœÀÉÈÊÇŒ«»’]`)
)

// TestTextsOfThePages holds that each literal key given to Text exists, and that no French stands in the pages' code.
func TestTextsOfThePages(t *testing.T) {
	c := french(t)
	keys := 0
	err := filepath.WalkDir("..", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") || filepath.Base(filepath.Dir(name)) == "lang" {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && len(call.Args) > 0 {
				if s, ok := call.Fun.(*ast.SelectorExpr); ok && s.Sel.Name == "Text" {
					if key, whole := literal(call.Args[0]); whole && keyForm.MatchString(key) {
						if keys++; !c.Has(key) {
							t.Errorf("%s: no text for %q", name, key)
						}
					}
				}
			}
			if text, ok := literal(n); ok && accent.MatchString(text) && len([]rune(text)) > 1 {
				t.Errorf("%s: French in the code: %q", name, text)
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if keys < 40 {
		t.Errorf("only %d keys seen: the test no longer reads the pages", keys)
	}
}

func literal(n ast.Node) (string, bool) {
	lit, ok := n.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	s, err := strconv.Unquote(lit.Value)
	return s, err == nil
}

func TestMomentsAsTyped(t *testing.T) {
	where := time.FixedZone("Paris", 3600)
	for text, want := range map[string]string{
		"15/12/2026 20:00": "2026-12-15T20:00", "15/12/2026 à 20h30": "2026-12-15T20:30", "5.1.2027 20h": "2027-01-05T20:00", " 2027-01-05  9:05 ": "2027-01-05T09:05",
		"15/12/2026 à 20 h 30": "2026-12-15T20:30", "15/12/2026": "", "31/02/2027 20:00": "", "demain": "", "15/12/2026 25:00": "", "": "",
	} {
		got, err := lang.ParseMoment(text, where)
		if (err != nil) != (want == "") || (err == nil && got.Format("2006-01-02T15:04") != want) {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
}

var blank = regexp.MustCompile(`\{[^}]*\}`)

// untranslated is how many texts may wait for their translation, so that what is urgent in French does not.
const untranslated = 60

// Each text of a language has its like in the other, with the same blanks: nothing is said in the code alone.
func TestLanguagesSayTheSame(t *testing.T) {
	fr := french(t)
	en, err := lang.In(lang.InEnglish)
	if err != nil {
		t.Fatal(err)
	}
	blanks := func(c *lang.Catalogue, key string) string {
		found := blank.FindAllString(c.Text(key), -1)
		slices.Sort(found)
		return strings.Join(slices.Compact(found), " ")
	}
	for key := range fr.Keys() {
		if a, b := blanks(fr, key), blanks(en, key); a != b {
			t.Errorf("%q has the blanks %q in French and %q in English", key, a, b)
		}
	}
	for key := range en.Keys() {
		if !fr.Has(key) {
			t.Errorf("no French text for %q", key)
		}
	}
	if left := en.Untranslated(); len(left) > 0 {
		n := len(left)
		t.Logf("%d texts have no English: %s", n, strings.Join(left, ", "))
		if n > untranslated {
			t.Errorf("%d texts have no English, more than %d", n, untranslated)
		}
	}
	if got := en.Text("shell.sync.out", "n", 0); got != "0 items to send" {
		t.Errorf("%q", got)
	}
	if unknown, err := lang.In("xx"); err != nil || unknown.Text("shell.close") != fr.Text("shell.close") {
		t.Error("an unknown language is not French")
	}
}
