package council_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/packaging/bench/pairs"
)

func TestSearchAndReuse(t *testing.T) {
	ctx := context.Background()
	c, _ := open(t)
	id, err := c.Draft(ctx, "secretaire", "salle")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Draft(ctx, "secretaire", "budget"); err != nil {
		t.Fatal(err)
	}
	for _, asked := range []string{"salle des fêtes", "Qu’avait-on décidé pour la salle des fêtes ?", "SALLE FETES", "tarifs de la sall"} {
		found, err := c.Search(ctx, asked, 10)
		if err != nil || len(found) != 1 || found[0].ID != id || found[0].Title == "" || !strings.Contains(found[0].Snippet, "\u2068") {
			t.Errorf("%s: %+v, %v", asked, found, err)
		}
	}
	if found, err := c.Search(ctx, "piscine", 10); err != nil || len(found) != 0 {
		t.Errorf("nothing about it: %+v, %v", found, err)
	}
	d, _ := c.Deliberation(ctx, id)
	text := d.Text
	text.Blocks = append([]council.Block{}, text.Blocks...)
	text.Blocks = append(text.Blocks, council.Block{Kind: council.BlockArticle, Text: "RAPPORTE la délibération du 3 mars 2021."},
		council.Block{Kind: council.BlockVisa, Text: "Vu la loi n° 84-53 du 26 janvier 1984 portant dispositions statutaires relatives à la fonction publique territoriale, notamment son article 34 ;"})
	text.Variables = append([]council.Variable{}, text.Variables...)
	text.Variables[0].Value = "1/1/2026"
	if err := c.Save(ctx, "secretaire", id, d.Edition, text); err != nil {
		t.Fatal(err)
	}
	again, err := c.Reuse(ctx, "secretaire", id)
	if err != nil {
		t.Fatal(err)
	}
	d, _ = c.Deliberation(ctx, again)
	visas := d.Text.Of(council.BlockVisa)
	if d.Text.Reused != id || !d.Text.Variables[0].Check || d.Text.Variables[1].Check || !strings.Contains(visas[len(visas)-1], "code général de la fonction publique") {
		t.Errorf("reused: %+v", d.Text)
	}
	var check []string
	for _, f := range council.Review(d.Text) {
		if f.Kind == council.FindingCheck {
			check = append(check, f.Before)
		}
	}
	if strings.Join(check, " ") != "1/1/2026 3 mars 2021" {
		t.Errorf("to be checked: %q", check)
	}
}

// manyDeliberations gives what is indexed of each of many deliberations.
func manyDeliberations(b *testing.B) (docs []store.Document) {
	l, r := library(b), rand.New(rand.NewPCG(1, 2))
	places := strings.Fields("Airial Gemmeur Fontaine École Moulin Pins Lagune Bergerie Lavoir Arènes")
	for i := range pairs.Size("AIRIAL_BENCH_DELIBERATIONS", 20_000) {
		t := l.Templates[i%len(l.Templates)]
		var body []string
		for _, block := range l.Draft(t, "2026-11-25").Blocks {
			body = append(body, block.Text)
		}
		for range 60 {
			body = append(body, places[r.IntN(len(places))], fmt.Sprint(r.IntN(5000)))
		}
		docs = append(docs, store.Document{Kind: "deliberation", Ref: fmt.Sprint(i), Stream: fmt.Sprint("deliberation/", i), Title: t.Title, Body: strings.Join(body, " "), At: time.Unix(int64(i), 0)})
	}
	return docs
}

var asked = []string{"salle fêtes", "subvention intérêt", "voirie Moulin", "tarifs 12", "coupes Lagune", "emploi 4321"}

// The search of 20,000 deliberations, and C sqlite3's over the same tables and documents (goal: twice at most).
func BenchmarkSearch(b *testing.B) {
	ctx := context.Background()
	docs := manyDeliberations(b)
	_, j := open(b)
	if err := j.Store().Update(ctx, func(tx *store.Tx) error {
		for _, d := range docs {
			if err := tx.Index(d); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		b.Fatal(err)
	}
	b.Run("sqlite3", func(b *testing.B) {
		pairs.Compare(b, "s", func() float64 {
			begun := processor(b)
			for i := range searches {
				if err := j.Store().View(ctx, func(tx *store.Tx) error {
					hits, err := tx.Search(asked[i%len(asked)], "deliberation", 50)
					if err == nil && len(hits) == 0 {
						err = fmt.Errorf("nothing for %q", asked[i%len(asked)])
					}
					return err
				}); err != nil {
					b.Fatal(err)
				}
			}
			return (processor(b) - begun) / searches
		}, bySqlite3(b, docs))
	})
	// The first results, at each letter of a question from the second on (goal: a frame, 16.7 ms).
	b.Run("typing", func(b *testing.B) {
		const question = "subvention 12"
		slowest, begun, n := time.Duration(0), processor(b), 0
		defer func() { b.ReportMetric((processor(b)-begun)*1000/float64(n), "ms-cpu/op") }()
		for i := 0; b.Loop(); i++ {
			n++
			begin := time.Now()
			if err := j.Store().View(ctx, func(tx *store.Tx) error {
				hits, err := tx.Search(question[:2+i%(len(question)-1)], "deliberation", 8)
				if err == nil && len(hits) == 0 {
					err = fmt.Errorf("nothing for %q", question[:2+i%(len(question)-1)])
				}
				return err
			}); err != nil {
				b.Fatal(err)
			}
			slowest = max(slowest, time.Since(begin))
		}
		b.ReportMetric(float64(slowest.Microseconds())/1000, "ms-slowest")
	})
}

// processor is the processor's time that this process took, in seconds, where the system tells it: on a busy machine it compares
// better than the clock does.
func processor(b *testing.B) float64 {
	raw, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(raw[strings.LastIndexByte(string(raw), ')')+1:]))
	var user, system float64
	if _, err := fmt.Sscan(fields[11]+" "+fields[12], &user, &system); err != nil {
		b.Fatal(err)
	}
	const ticks = 100 // a second: Linux's USER_HZ
	return (user + system) / ticks
}

// searches are how many make a measure: their processor's time is told in hundredths of a second.
const searches = 300

// bySqlite3 runs the same queries in one process of the C program, on a database without encryption: seconds of
// processor for one.
func bySqlite3(b *testing.B, docs []store.Document) func() float64 {
	program, err := exec.LookPath("sqlite3")
	if err != nil {
		b.Skip("sqlite3 is not installed")
	}
	path := filepath.Join(b.TempDir(), "plain.db")
	quote := func(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
	run := func(script string) (cpu time.Duration) {
		command := exec.Command(program, path)
		command.Stdin = strings.NewReader(script)
		command.Stdout = nil
		if out, err := command.Output(); err != nil {
			b.Fatalf("sqlite3: %v: %.200s", err, out)
		}
		return command.ProcessState.UserTime() + command.ProcessState.SystemTime()
	}
	var s strings.Builder
	s.WriteString(`CREATE TABLE search_document (place INTEGER PRIMARY KEY, kind TEXT NOT NULL, ref TEXT NOT NULL, stream TEXT NOT NULL, title TEXT NOT NULL, body TEXT NOT NULL, at INTEGER NOT NULL, UNIQUE (kind, ref)) STRICT;
CREATE VIRTUAL TABLE search_index USING fts5 (title, body, content = 'search_document', content_rowid = 'place', tokenize = "unicode61 remove_diacritics 2", prefix = '2 3');
BEGIN;
`)
	for i, d := range docs {
		fmt.Fprintf(&s, "INSERT INTO search_document VALUES (%d, %s, %s, %s, %s, %s, %d);\n", i+1, quote(d.Kind), quote(d.Ref), quote(d.Stream), quote(d.Title), quote(d.Body), d.At.UnixMicro())
		fmt.Fprintf(&s, "INSERT INTO search_index (rowid, title, body) VALUES (%d, %s, %s);\n", i+1, quote(d.Title), quote(d.Body))
	}
	s.WriteString("COMMIT;")
	run(s.String())
	s.Reset()
	for i := range searches {
		var words []string
		for _, w := range strings.Fields(asked[i%len(asked)]) {
			words = append(words, `"`+w+`"`)
		}
		fmt.Fprintf(&s, `SELECT d.kind, d.ref, d.title, snippet(search_index, 1, char(0x2068), char(0x2069), '…', 16), d.at
FROM search_index CROSS JOIN search_document d ON d.place = search_index.rowid
WHERE search_index MATCH '%[1]s*' AND search_index.rank MATCH 'bm25(4.0, 1.0)' AND d.kind = 'deliberation' ORDER BY search_index.rank LIMIT 50;
`, strings.Join(words, " "))
	}
	return func() float64 { return max(run(s.String())-run(""), time.Microsecond).Seconds() / searches }
}
