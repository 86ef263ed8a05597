package main

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// recorded is what benchmarks printed in a run: pairs of seconds, a rate, and a benchmark without pairs.
const recorded = `goos: linux
BenchmarkSearch 1 0.002 airial-s 0.004 peer-s
BenchmarkSearch 1 0.004 airial-s 0.004 peer-s
BenchmarkSearch 1 0.001 airial-s 0.003 peer-s
BenchmarkLot/RSA-3072-2 1 900 airial-entries/s 1200 peer-entries/s
BenchmarkPage/size-2 	      50	   2000000 ns/op	 12.0 p99-ms
a word of a program that is no result
PASS
`

func recordedResult(t *testing.T, l Line) Result {
	t.Helper()
	got := sample{}
	if err := got.read([]byte(recorded), "recorded"); err != nil {
		t.Fatal(err)
	}
	h := &house{pairs: 3, log: io.Discard, known: map[string]sample{}, built: map[string]string{l.Package: "none"}}
	h.known[strings.Join([]string{l.Package, l.Bench, "1x", "1", "AIRIAL_BENCH_PAIRS=3"}, " ")] = got
	return h.measure(t.Context(), l)
}

func TestALineIsReadFromWhatItsBenchmarkWrote(t *testing.T) {
	for _, c := range []struct {
		line               Line
		airial, vis, ratio float64
		unit, verdict      string
	}{
		{Line{Bench: "Search", Goal: Goal{Ratio: 0.5}}, 0.002, 0.004, 2, "s", Held},
		{Line{Bench: "Search", Goal: Goal{Ratio: 2.5}}, 0.002, 0.004, 2, "s", Close},
		{Line{Bench: "Search", Goal: Goal{Ratio: 4}}, 0.002, 0.004, 2, "s", Missed},
		{Line{Bench: "Search", Goal: Goal{Most: 0.0015}}, 0.002, 0.004, 2, "s", Close},
		{Line{Bench: "Search"}, 0.002, 0.004, 2, "s", Free},
		{Line{Bench: "Lot/RSA-3072", Goal: Goal{Least: 1000}}, 900, 1200, 0.75, "entries/s", Missed},
		{Line{Bench: "Page/size", Ours: "sec/op", Runs: 1, Limit: 0.016, Goal: Goal{Most: 0.016}}, 0.002, 0.016, 8, "s", Held},
		{Line{Bench: "Page/size", Ours: "p99-ms", Runs: 1, Limit: 6, Goal: Goal{Most: 6}}, 12, 6, 0.5, "ms", Missed},
	} {
		r := recordedResult(t, c.line)
		if r.Note != "" || r.Airial.Median != c.airial || r.Vis.Median != c.vis || math.Abs(r.Ratio.Median-c.ratio) > 1e-9 || r.Unit != c.unit || r.Verdict() != c.verdict {
			t.Errorf("%+v: %+v %+v %+v %s %s %q", c.line, r.Airial, r.Vis, r.Ratio, r.Unit, r.Verdict(), r.Note)
		}
	}
}

func TestWhatCannotBeMeasuredIsALineThatSaysSo(t *testing.T) {
	r := recordedResult(t, Line{Group: "échanges", Name: "Absent", Bench: "Search", Needs: []string{"a-program-that-nobody-has"}})
	if !strings.Contains(r.Note, errAbsent.Error()) || r.Verdict() != Unknown {
		t.Errorf("%q %s", r.Note, r.Verdict())
	}
	if r := recordedResult(t, Line{Bench: "Other"}); r.Note == "" {
		t.Error("a benchmark without a result is silent")
	}
	if text := table(Report{Results: []Result{r}}); !strings.Contains(text, "Absent") || !strings.Contains(text, Unknown) {
		t.Error(text)
	}
}

func TestTheExponentOfACurve(t *testing.T) {
	sizes := []float64{100, 1000, 10_000}
	for want, costs := range map[float64][]float64{0: {3, 3, 3}, 1: {1, 10, 100}, 0.5: {10, 31.6227766, 100}} {
		if got := fit(sizes, costs); math.Abs(got-want) > 1e-6 {
			t.Errorf("%v: %v, want %v", costs, got, want)
		}
	}
}

func TestQuantitiesAsTheyAreRead(t *testing.T) {
	for want, got := range map[string]string{
		"12 ms": quantity(0.012, "s"), "1,5 s": quantity(1.5, "s"), "250 µs": quantity(250e-6, "s"), "14\u202f500 éléments/s": quantity(14_500.4, "entries/s"),
		"0,75": number(0.75), "1\u202f000\u202f000": number(1e6), "5,12 ms (4 à 6 ms)": Spread{0.00512, 0.004, 0.006}.around("s"), "×2 (1,5 à 3)": Spread{2, 1.5, 3}.times(),
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// The lines name benchmarks that are there, each once, with a peer and an input that a reader understands.
func TestTheLinesNameWhatIsThere(t *testing.T) {
	seen, text := map[string]bool{}, map[string]string{}
	source := func(pkg string) string {
		if _, read := text[pkg]; !read {
			files, err := filepath.Glob(filepath.Join("..", "..", pkg, "*_test.go*"))
			if err != nil || len(files) == 0 {
				t.Fatalf("%s has no tests: %v", pkg, err)
			}
			for _, f := range files {
				content, err := os.ReadFile(f)
				if err != nil {
					t.Fatal(err)
				}
				text[pkg] += string(content)
			}
		}
		return text[pkg]
	}
	named := func(pkg, bench string) {
		function, _, _ := strings.Cut(bench, "/")
		if !regexp.MustCompile(`func Benchmark` + function + `\(`).MatchString(source(pkg)) {
			t.Errorf("%s has no Benchmark%s", pkg, function)
		}
	}
	for _, l := range lines {
		if l.Group == "" || l.Name == "" || l.Peer == "" {
			t.Errorf("%+v: a line wants a group, a name and a peer", l)
		}
		if id := l.key() + l.Ours; seen[id] {
			t.Errorf("%s stands twice", id)
		} else {
			seen[id] = true
		}
		named(l.Package, l.Bench)
	}
	for _, c := range curves {
		named(c.Package, c.Bench)
	}
	ratios := map[string]float64{}
	if err := json.Unmarshal(kept, &ratios); err != nil {
		t.Fatal(err)
	}
	for name := range ratios {
		if !seen[name] {
			t.Errorf("ratios.json keeps %s, which is no line", name)
		}
	}
}

func TestTheSizesThatWereChangedAreTold(t *testing.T) {
	t.Setenv("AIRIAL_MAIL", "50")
	t.Setenv("AIRIAL_BENCH_FILES", "7")
	t.Setenv("AIRIAL_BENCH_NODE", "/a/folder")
	t.Setenv("AIRIAL_SAMPLES", "/a/folder")
	text := table(Report{Sizes: sizes()})
	if !strings.Contains(text, "AIRIAL_BENCH_FILES=7") || !strings.Contains(text, "AIRIAL_MAIL=50") || strings.Contains(text, "/a/folder") {
		t.Error(text)
	}
	if env := unset([]string{"AIRIAL_MAIL=2000", "AIRIAL_NOBODY=1"}); len(env) != 1 || env[0] != "AIRIAL_NOBODY=1" {
		t.Errorf("what was said is overruled: %v", env)
	}
}

func TestOnlyACompleteTableIsKept(t *testing.T) {
	if err := run(t.Context(), []string{"-keep", "-lines", "signature", "-out", t.TempDir()}); err == nil || !strings.Contains(err.Error(), "complet") {
		t.Errorf("%v", err)
	}
	if err := run(t.Context(), []string{"-lines", "(", "-out", t.TempDir()}); err == nil {
		t.Error("an expression that is none is taken")
	}
}

func TestMovesAreTold(t *testing.T) {
	r := recordedResult(t, Line{Group: "magasin", Name: "Recherche", Package: "local/x", Bench: "Search"})
	for was, mark := range map[float64]string{2: "  [", 1.5: "▲ [", 3: "▼ ["} {
		if text := comparison(r, map[string]float64{"local/x Search": was}); !strings.HasPrefix(text, mark) {
			t.Errorf("from %v: %s", was, text)
		}
	}
	if text := comparison(r, nil); !strings.Contains(text, "pas encore gardé") {
		t.Error(text)
	}
}

// A line that is measured again stands where it stood, and says at which commit.
func TestALineMeasuredAgain(t *testing.T) {
	search, other := Line{Group: "magasin", Name: "Recherche", Package: "local/x", Bench: "Search"}, Line{Group: "magasin", Name: "Autre", Package: "local/x", Bench: "Other"}
	r := Report{Commit: "abc", Results: []Result{{Line: search, Note: "arrêtée"}, {Line: other, Note: "arrêtée"}}}
	one := recordedResult(t, search)
	one.Commit = "def"
	r.replace(one)
	if len(r.Results) != 2 || r.Results[0].Note != "" || r.Results[1].Note == "" || !strings.Contains(markdown(r), "| Recherche — mesuré à def |") || strings.Contains(markdown(r), "Autre — mesuré") {
		t.Error(markdown(r))
	}
}

// So does a curve; and what was kept in the sources serves a checkout in which nothing was measured yet.
func TestACurveMeasuredAgain(t *testing.T) {
	r := Report{Commit: "abc", Growths: []Growth{{Curve: Curve{Name: "Ajout", Bench: "A"}, Note: "arrêtée"}, {Curve: Curve{Name: "Pile", Bench: "B"}, Note: "arrêtée"}}}
	r.replaceGrowth(Growth{Curve: Curve{Name: "Ajout", Bench: "A", Most: 0.2}, Sizes: []float64{100, 1000}, Costs: []float64{0.001, 0.001}, Commit: "def"})
	if text := markdown(r); len(r.Growths) != 2 || !strings.Contains(text, "| Ajout — mesuré à def |") || !strings.Contains(text, "| Pile |") {
		t.Error(text)
	}
	h := &house{root: t.TempDir(), out: t.TempDir()}
	if _, err := h.last(); err == nil || !strings.Contains(err.Error(), "aucun passage") {
		t.Errorf("%v", err)
	}
	if err := errors.Join(os.MkdirAll(h.kept(), 0o700), h.write(r, true)); err != nil {
		t.Fatal(err)
	}
	h.out = t.TempDir()
	if again, err := h.last(); err != nil || again.Commit != "abc" || again.Growths[0].Commit != "def" {
		t.Errorf("%+v, %v", again, err)
	}
}

func TestTheTableAndItsCharts(t *testing.T) {
	r := Report{Machine: "2 cœurs", Commit: "abc", At: time.Date(2026, 1, 2, 3, 4, 0, 0, time.UTC), Took: 60, Results: []Result{
		recordedResult(t, Line{Group: "magasin", Name: "Recherche <b>", Peer: "sqlite3 & co", Bench: "Search", Goal: Goal{Ratio: 0.5}}),
		{Line: Line{Group: "échanges", Name: "Absente", Peer: "personne"}, Note: "n’est pas installé"},
	}, Growths: []Growth{{Curve: Curve{Name: "Ajout", Most: 0.2}, Sizes: []float64{100, 1000}, Costs: []float64{0.001, 0.0012}, Exponent: 0.08}, {Curve: Curve{Name: "Sans"}, Note: "arrêtée"}}}
	for _, want := range []string{"Recherche <b>", "sqlite3 & co: 4 ms", "×2", "tenu", "n’est pas installé", "exposant 0,08"} {
		if !strings.Contains(table(r), want) {
			t.Errorf("the table lacks %q:\n%s", want, table(r))
		}
	}
	if text := markdown(r); !strings.Contains(text, "\n## Échanges\n") || !strings.Contains(text, "| Recherche <b> | 2 ms (1 à 4 ms) | sqlite3 & co: 4 ms (3 à 4 ms) | ×2 (1 à 3) | ×0,5 au moins | tenu |") {
		t.Error(text)
	}
	for name, drawn := range map[string]string{"ratios": ratiosChart(r.Results), "growth": growthChart(r.Growths), "nothing": ratiosChart(nil), "no curve": growthChart(nil)} {
		d, elements := xml.NewDecoder(strings.NewReader(drawn)), 0
		for {
			token, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if _, ok := token.(xml.StartElement); ok {
				elements++
			}
		}
		if elements < 3 || strings.Contains(drawn, "NaN") || strings.Contains(drawn, "Inf") {
			t.Errorf("%s: %d elements\n%s", name, elements, drawn)
		}
	}
	if !strings.Contains(ratiosChart(r.Results), "Recherche &lt;b&gt;") {
		t.Error("a name is not escaped")
	}
}
