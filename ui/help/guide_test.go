package help

import (
	"bytes"
	"encoding/json"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"alpi40.fr/airial/ui/lang"
)

func theGuide(t testing.TB) *guide {
	t.Helper()
	g, err := readGuide()
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// each calls do with each paragraph of the guide.
func (g *guide) each(do func(id string, b block)) {
	for _, t := range g.topics {
		do(t.id, block{kind: heading, spans: []span{{text: t.title}}})
		for _, b := range t.blocks {
			do(t.id, b)
		}
	}
}

var (
	quoted  = regexp.MustCompile(`«([^»]*)»`)
	letters = regexp.MustCompile(`\pL`)
	holder  = regexp.MustCompile(`\\\{[a-z A-Z]+\\\}`)
)

// windowWords are the words of the window, each as a pattern where it holds values.
func windowWords(t *testing.T) *regexp.Regexp {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "lang", "fr", "*.json"))
	if err != nil || len(files) < 10 {
		t.Fatalf("%d files of words: %v", len(files), err)
	}
	var all []string
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var texts map[string]string
		if err := json.Unmarshal(raw, &texts); err != nil {
			t.Fatal(err)
		}
		for _, text := range texts {
			pattern := regexp.QuoteMeta(lang.Typography(text))
			if bare := holder.ReplaceAllString(pattern, ""); len(letters.FindAllString(bare, -1)) < 2 || len(bare) < 8 && bare != pattern {
				continue // it would match anything
			}
			all = append(all, holder.ReplaceAllString(pattern, "[^«»]{1,30}"))
		}
	}
	return regexp.MustCompile(`^(?:` + strings.Join(all, "|") + `)$`)
}

// What the guide quotes is said by the window, to the letter: the help cannot lie about a button.
func TestQuotedWordsAreTheWindows(t *testing.T) {
	words, n := windowWords(t), 0
	theGuide(t).each(func(id string, b block) {
		for _, q := range quoted.FindAllStringSubmatch(b.text(), -1) {
			n++
			if word := strings.Trim(q[1], "\u202f\u00a0 "); !words.MatchString(word) {
				t.Errorf("%s: the window never says «%s»", id, word)
			}
		}
	})
	if n < 150 {
		t.Errorf("only %d words of the window are quoted", n)
	}
	for _, lie := range []string{"Signer tout de suite", "", "n’importe quoi"} {
		if words.MatchString(lie) {
			t.Errorf("«%s» passes for a word of the window", lie)
		}
	}
}

func TestLinksLead(t *testing.T) {
	g := theGuide(t)
	g.each(func(id string, b block) {
		if b.kind != link {
			if strings.Contains(b.text(), "](") {
				t.Errorf("%s: a link within «%s»", id, b.text())
			}
			return
		}
		if name, ok := strings.CutPrefix(b.to, "page:"); ok {
			if _, known := first[shellName(name)]; !known {
				t.Errorf("%s: no page of the program is called %q", id, name)
			}
			return
		}
		if g.index(b.to) < 0 {
			t.Errorf("%s: no page is called %q", id, b.to)
		} else if id == contents && g.topic(b.to).title != b.text() {
			t.Errorf("the contents call %q «%s», which is «%s»", b.to, b.text(), g.topic(b.to).title)
		}
	})
	written, err := filepath.Glob("guide/*.md")
	if err != nil || len(written) != len(g.topics) {
		t.Errorf("%d pages are written, %d stand in the contents: %v", len(written), len(g.topics), err)
	}
	for page, id := range first {
		if g.index(id) < 0 {
			t.Errorf("the help of %s, %q, is not there", page, id)
		}
	}
}

// wrong is what French print does not allow, once the no-break spaces are set.
var wrong = []struct {
	why string
	is  *regexp.Regexp
}{
	{"a plain space before a high mark", regexp.MustCompile(`[ ][;:!?»]`)},
	{"no space before a high mark", regexp.MustCompile(`[\pL\d][;!?:»](\s|$)`)},
	{"no narrow space after «", regexp.MustCompile("«[^\u202f]")},
	{"straight marks", regexp.MustCompile(`["']|\.\.\.`)},
	{"two spaces", regexp.MustCompile(`[ ]{2}`)},
	{"a capital without its accent", regexp.MustCompile(`\b(A|Etat|Etape|Echap|Etre|Ecole) (faire|la|civil)`)},
	{"an article written otherwise", regexp.MustCompile(`\b[LR]\. ?\d{3}`)},
	{"the reader is not addressed so", regexp.MustCompile(`(?i)(^|[ ’])(tu|toi|tes|ton)([ ,.]|$)`)},
	{"jargon", regexp.MustCompile(`(?i)\b(cliquer ici|popup|bug|login|API|JSON|backend|PAdES|XAdES|CAdES)\b`)},
}

func TestTypography(t *testing.T) {
	theGuide(t).each(func(id string, b block) {
		var prose strings.Builder // what is typed stays as it is typed
		for _, s := range b.spans {
			if s.key {
				prose.WriteString("X")
				continue
			}
			prose.WriteString(s.text)
		}
		for _, w := range wrong {
			if found := w.is.FindString(prose.String()); found != "" {
				t.Errorf("%s: %s: %q in «%s»", id, w.why, found, prose.String())
			}
		}
	})
	for _, bad := range []string{"Signer !", "Signer!", "«Signer»", "l'acte", "deux  espaces", "art. L. 2121-17"} {
		met := false
		for _, w := range wrong {
			met = met || w.is.MatchString(bad)
		}
		if !met {
			t.Errorf("%q passes", bad)
		}
	}
}

// The page of what is new speaks of the version that is made.
func TestNewsAreOfThisVersion(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("..", "..", "FyneApp.toml"))
	if err != nil {
		t.Fatal(err)
	}
	version := regexp.MustCompile(`(?m)^Version = "(.+)"$`).FindSubmatch(raw)
	if version == nil {
		t.Fatal("no version in FyneApp.toml")
	}
	for _, b := range theGuide(t).topic("nouveautes").blocks {
		if b.kind == heading {
			if b.text() != "Version "+string(version[1]) {
				t.Errorf("what is new is of «%s», the program of %s", b.text(), version[1])
			}
			return
		}
	}
	t.Error("the page of what is new has no version")
}

func TestSearch(t *testing.T) {
	g := theGuide(t)
	for _, c := range []struct{ asked, first, snippet string }{
		{"delai", "convoquer-le-conseil", "délai"},
		{"DÉLAI convocation", "", "délai"},
		{"registre etat civil", "importer-un-registre", ""},
		{"pin", "", "PIN"},
		{"helios", "transmettre-a-helios", ""},
		{"oeuvre", "", ""},
		{"zzz", "", ""},
		{"  ", "", ""},
	} {
		hits := g.search(c.asked)
		none := c.asked == "zzz" || c.asked == "  " || c.asked == "oeuvre"
		if none != (len(hits) == 0) {
			t.Errorf("%q finds %d pages", c.asked, len(hits))
			continue
		}
		if len(hits) == 0 {
			continue
		}
		if got := g.topics[hits[0].topic].id; c.first != "" && got != c.first {
			t.Errorf("%q finds %s first, not %s", c.asked, got, c.first)
		}
		if !strings.Contains(hits[0].snippet, c.snippet) {
			t.Errorf("%q: «%s»", c.asked, hits[0].snippet)
		}
	}
}

func TestBrokenGuideIsSaid(t *testing.T) {
	for name, files := range map[string]fstest.MapFS{
		"no contents":          {},
		"a page that is not":   {"guide/sommaire.md": {Data: []byte("# S\n\n- [A](a)\n")}},
		"a page with no title": {"guide/sommaire.md": {Data: []byte("# S\n\n- [A](a)\n")}, "guide/a.md": {Data: []byte("texte")}},
	} {
		if _, err := load(files); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func BenchmarkSearch(b *testing.B) {
	g := theGuide(b)
	for b.Loop() {
		g.search("délai de convocation")
	}
}

// unpictured are the pages of which the window shows nothing: contents, law, news, what an installer does, and what only happens
// with two computers, an archive or a scanned register.
var unpictured = []string{contents, "nouveautes", "regles-du-conseil", "regles-de-l-etat-civil", "deployer", "desaccord", "archivage", "importer-un-registre"}

// Each page on a task shows the window, and no picture is of a page that is not there.
func TestEachTaskIsPictured(t *testing.T) {
	g := theGuide(t)
	for _, x := range g.topics {
		content := picture(x.id)
		if slices.Contains(unpictured, x.id) != (content == nil) {
			t.Errorf("%s has a picture: %v", x.id, content != nil)
			continue
		}
		if content == nil {
			continue
		}
		shape, err := png.DecodeConfig(bytes.NewReader(content))
		if err != nil {
			t.Errorf("%s: %v", x.id, err)
		} else if got := float64(shape.Height) / float64(shape.Width); math.Abs(got-windowProportion) > 0.01 {
			t.Errorf("%s: its picture is %d by %d", x.id, shape.Width, shape.Height)
		}
	}
	all, err := filepath.Glob("guide/pictures/*.png")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range all {
		if id := strings.TrimSuffix(filepath.Base(file), ".png"); g.index(id) < 0 {
			t.Errorf("%s is of no page", file)
		}
	}
}
