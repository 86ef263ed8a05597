// Package architecture holds the test of the arrows that ARCHITECTURE.md draws.
package architecture

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const module = "alpi40.fr/airial/"

// law is one arrow that must not be: files under From (but Except) do not import To.
type law struct {
	why    string
	from   string
	except []string
	to     []string
	tests  bool // holds for tests too
}

var laws = []law{
	{why: "the town hall knows neither the window nor the network", from: "local/", to: []string{module + "ui/", module + "sync/", module + "cmd/", "fyne.io/", "net/http"}, tests: true},
	{why: "what travels knows no window", from: "sync/", to: []string{module + "ui/", module + "cmd/", "fyne.io/"}, tests: true},
	{why: "pages never see the network", from: "ui/", to: []string{module + "sync/", module + "cmd/", "net/http", "database/sql"}, tests: true},
	{why: "only the store speaks SQL", from: "", except: []string{"local/store/", "sync/server/"}, to: []string{"database/sql", "modernc.org/sqlite"}},
	{why: "only the token's child process is started from local", from: "local/", except: []string{"local/signature/token/"}, to: []string{"os/exec"}},
	{why: "the signature knows nothing of the town hall", from: "local/signature/", to: []string{
		module + "local/authority", module + "local/journal", module + "local/store", module + "local/parapheur", module + "local/council",
		module + "local/civilstatus", module + "local/typeset", module + "local/rule"}},
	{why: "the store knows no module", from: "local/store/", to: []string{module + "local/journal", module + "local/authority"}},
}

// pages do not know one another.
var pages = []string{"home", "parapheur", "council", "sitting", "registers", "civilstatus", "people", "circuits", "settings", "door", "publication", "legality", "copies", "practice", "vault", "mail", "services", "exchanges", "help"}

func init() {
	for _, from := range pages {
		l := law{why: "pages do not know one another", from: "ui/" + from + "/"}
		for _, to := range pages {
			if to != from {
				l.to = append(l.to, module+"ui/"+to)
			}
		}
		laws = append(laws, l)
	}
}

// calls that only some folders may make, outside tests.
var calls = []struct {
	why     string
	pkg     string // import path
	name    string
	allowed []string
}{
	{"time is passed in", "time", "Now", []string{"cmd/"}},
	{"randomness is passed in", "crypto/rand", "Reader", []string{"cmd/", "local/signature/testpki/"}},
	{"randomness is passed in", "crypto/rand", "Read", []string{"cmd/"}},
	{"randomness is passed in", "crypto/rand", "Text", []string{"cmd/"}},
	{"the window's thread is the shell's affair", "fyne.io/fyne/v2", "Do", []string{"ui/shell/", "cmd/"}},
	{"the window's thread is the shell's affair", "fyne.io/fyne/v2", "DoAndWait", []string{"ui/shell/", "cmd/"}},
	{"a line does not end at a no-break space", "fyne.io/fyne/v2/widget", "NewLabel", []string{"ui/widgets/", "cmd/"}},
	{"a line does not end at a no-break space", "fyne.io/fyne/v2/widget", "NewLabelWithStyle", []string{"ui/widgets/", "cmd/"}},
	{"a line does not end at a no-break space", "fyne.io/fyne/v2/widget", "NewRichText", []string{"ui/widgets/", "cmd/"}},
}

var forbiddenNames = []string{"util", "utils", "common", "helpers", "helper", "models", "manager", "managers"}

func TestArrows(t *testing.T) {
	files := 0
	each(t, func(path string, file *ast.File) {
		files++
		for _, l := range laws {
			if !strings.HasPrefix(path, l.from) || within(path, l.except) || (strings.HasSuffix(path, "_test.go") && !l.tests) {
				continue
			}
			for _, spec := range file.Imports {
				imported, err := strconv.Unquote(spec.Path.Value)
				if err != nil {
					t.Fatal(err)
				}
				for _, to := range l.to {
					if imported == strings.TrimSuffix(to, "/") || strings.HasPrefix(imported, strings.TrimSuffix(to, "/")+"/") {
						t.Errorf("%s imports %s: %s", path, imported, l.why)
					}
				}
			}
		}
		for _, name := range forbiddenNames {
			if file.Name.Name == name {
				t.Errorf("%s: no package is called %s", path, name)
			}
		}
	})
	if files < 100 {
		t.Fatalf("only %d files were read", files)
	}
}

func TestCalls(t *testing.T) {
	each(t, func(path string, file *ast.File) {
		if strings.HasSuffix(path, "_test.go") {
			return
		}
		for _, c := range calls {
			if within(path, c.allowed) {
				continue
			}
			local := importedAs(file, c.pkg)
			if local == "" {
				continue
			}
			ast.Inspect(file, func(n ast.Node) bool {
				sel, ok := n.(*ast.SelectorExpr)
				if !ok {
					return true
				}
				if x, ok := sel.X.(*ast.Ident); ok && x.Name == local && x.Obj == nil && sel.Sel.Name == c.name {
					t.Errorf("%s uses %s.%s: %s", path, c.pkg, sel.Sel.Name, c.why)
				}
				return true
			})
		}
	})
}

func importedAs(file *ast.File, path string) string {
	for _, spec := range file.Imports {
		if spec.Path.Value != strconv.Quote(path) {
			continue
		}
		if spec.Name != nil {
			return spec.Name.Name
		}
		base := filepath.Base(path)
		if base == "v2" {
			return "fyne"
		}
		return base
	}
	return ""
}

func within(path string, folders []string) bool {
	for _, f := range folders {
		if strings.HasPrefix(path, f) {
			return true
		}
	}
	return false
}

func each(t *testing.T, do func(path string, file *ast.File)) {
	t.Helper()
	root := filepath.Join("..", "..", "..")
	for _, top := range []string{"cmd", "ui", "sync", "local"} {
		err := filepath.WalkDir(filepath.Join(root, top), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			if err != nil {
				return err
			}
			rel, err := filepath.Rel(root, path)
			if err == nil {
				do(filepath.ToSlash(rel), file)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
