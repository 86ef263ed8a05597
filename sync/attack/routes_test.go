package attack_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/sync/protocol"
)

// parsed is the files of a folder, tests left out.
func parsed(t *testing.T, folder string) (files []*ast.File) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	return files
}

// paths are the constants of the protocol that name paths.
func paths(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, f := range parsed(t, filepath.Join("..", "protocol")) {
		ast.Inspect(f, func(n ast.Node) bool {
			v, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			for i, name := range v.Names {
				if !strings.HasPrefix(name.Name, "Path") || i >= len(v.Values) {
					continue
				}
				if text, ok := v.Values[i].(*ast.BasicLit); ok {
					path, err := strconv.Unquote(text.Value)
					if err != nil {
						t.Fatal(err)
					}
					all[name.Name] = path
				}
			}
			return true
		})
	}
	return all
}

// pattern reads the expression of a route: literals and constants of the protocol; a name that it does not
// know stands for any word.
func pattern(e ast.Expr, known map[string]string) (text string, ok bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		return text, err == nil && e.Kind == token.STRING
	case *ast.SelectorExpr:
		path, ok := known[e.Sel.Name]
		return path, ok
	case *ast.Ident:
		return "{any}", true
	case *ast.BinaryExpr:
		left, a := pattern(e.X, known)
		right, b := pattern(e.Y, known)
		return left + right, a && b
	}
	return "", false
}

// routes are the patterns that the server registers: the first argument of each call that begins like one.
func routes(t *testing.T) map[string]bool {
	t.Helper()
	known, all := paths(t), map[string]bool{}
	for _, folder := range []string{"../server", "../server/share"} {
		for _, f := range parsed(t, filepath.FromSlash(folder)) {
			ast.Inspect(f, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok || len(call.Args) < 2 {
					return true
				}
				text, ok := pattern(call.Args[0], known)
				method, path, two := strings.Cut(text, " ")
				if !two {
					method, path = "", text
				}
				if ok && strings.HasPrefix(path, "/") && method == strings.ToUpper(method) {
					switch called := call.Fun.(type) {
					case *ast.SelectorExpr:
						ok = called.Sel.Name == "HandleFunc" || called.Sel.Name == "Handle"
					case *ast.Ident: // a small function that registers
						ok = len(called.Name) == 1
					}
					if ok {
						all[text] = true
					}
				}
				return true
			})
		}
	}
	return all
}

// Whatever the server registers has its row in the table of doors, and every path of the protocol too: who may
// come in there, and who not?
func TestEveryDoorIsTried(t *testing.T) {
	doors := newTarget(t).doors()
	tried := map[string]bool{}
	for _, d := range doors {
		tried[d.constant] = true
	}
	known := paths(t)
	if len(known) < 18 {
		t.Errorf("only %d paths were found: the test no longer reads them", len(known))
	}
	for name := range known {
		if !tried[name] {
			t.Errorf("%s has no row", name)
		}
	}
	registered := routes(t)
	if len(registered) < 35 {
		t.Errorf("only %d routes were found: the test no longer reads them: %v", len(registered), registered)
	}
	for route := range registered {
		mux, met := http.NewServeMux(), false
		mux.HandleFunc(route, func(http.ResponseWriter, *http.Request) { met = true })
		for _, d := range doors {
			path, _, _ := strings.Cut(d.path, "?")
			mux.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(d.method, path, nil))
		}
		if !met {
			t.Errorf("%s is registered and has no row", route)
		}
	}
}

// What a link gives is given to who has its token, to nobody else; and no more than its role says.
func TestLinksAreClosed(t *testing.T) {
	s := newTarget(t)
	guest := func(token, method, path string, body any) int {
		return s.call(method, protocol.PathPublic+path, token, body, "Airial-Ticket", "00").Code
	}
	doors := s.doors()
	for who, token := range map[string]string{"nobody": "", "a word made up": "AAAA", "a laptop of the authority": s.member.token, "a laptop of another": s.other.token} {
		for _, d := range doors {
			if d.constant != "PathPublic" || d.page {
				continue
			}
			// Not as by one address: who guesses is made to wait, and this is not what is tried here.
			s.now = s.now.Add(11 * time.Minute)
			if code := guest(token, d.method, strings.TrimPrefix(d.path, protocol.PathPublic), d.body); code != http.StatusNotFound {
				t.Errorf("%s: %s %s says %d", who, d.method, d.path, code)
			}
		}
	}
	s.member.token = answerTo[protocol.Session](s, s.session(s.member)).Token
	for what, c := range map[string]struct {
		method, path string
		body         any
		want         int
	}{
		"a piece without a ticket":   {http.MethodGet, s.link + "/pieces/" + s.piece.String(), nil, http.StatusForbidden},
		"adding, with a reader's":    {http.MethodPost, s.link + "/files", protocol.LinkFile{Manifest: []byte("x"), Pieces: []store.Digest{s.piece}}, http.StatusForbidden},
		"a piece put by a reader":    {http.MethodPut, s.link + "/pieces/" + s.piece.String(), []byte("un morceau"), http.StatusForbidden},
		"a file that is not there":   {http.MethodPost, s.link + "/begin/00", nil, http.StatusNotFound},
		"another link, by its token": {http.MethodGet, strings.Repeat("0", 32) + "/info", nil, http.StatusNotFound},
		"what it is for":             {http.MethodGet, s.link + "/info", nil, http.StatusOK},
	} {
		if code := guest(s.token, c.method, c.path, c.body); code != c.want {
			t.Errorf("%s: %d, not %d", what, code, c.want)
		}
	}
	if w := s.call(http.MethodPost, protocol.PathLinks+s.link+"/close", s.member.token, nil); w.Code != http.StatusNoContent {
		t.Fatal(w.Code)
	}
	if code := guest(s.token, http.MethodGet, s.link+"/info", nil); code != http.StatusGone {
		t.Errorf("a closed link: %d", code)
	}
}
