package architecture

import (
	"encoding/csv"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Every article on which the council's work stands is cited by the code that holds it, and named by a test. An article that
// nothing holds says why; one that a printed paper holds is seen in its golden text.
func TestArticlesAreHeldAndTried(t *testing.T) {
	f, err := os.Open(filepath.Join("testdata", "articles.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma = ';'
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	code, tests := cited(t)
	for _, row := range rows[1:] {
		article, held, what := row[0], row[2], row[3]
		switch {
		case held == "none":
			if what == "" {
				t.Errorf("%s: nothing says why no rule holds it", article)
			}
		case held != "rule" && held != "paper":
			t.Errorf("%s: held by %q", article, held)
		case !code[article]:
			t.Errorf("%s (%s): no rule cites it", article, what)
		case held == "rule" && !tests[article]:
			t.Errorf("%s (%s): no test names it", article, what)
		}
	}
	if len(rows) < 40 {
		t.Errorf("only %d articles were read", len(rows)-1)
	}
}

var numbered = regexp.MustCompile(`[LR]\d{3,4}-\d+(?:-\d+)*`)

// cited are the articles that the code names, and those that the tests name.
func cited(t *testing.T) (code, tests map[string]bool) {
	t.Helper()
	code, tests = map[string]bool{}, map[string]bool{}
	root := filepath.Join("..", "..", "..", "local")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		into := code
		if strings.HasSuffix(path, "_test.go") {
			into = tests
		}
		for _, a := range numbered.FindAllString(string(content), -1) {
			into[a] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return code, tests
}
