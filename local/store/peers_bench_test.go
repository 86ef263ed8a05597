package store_test

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/packaging/bench/pairs"
)

// asked is how many queries a measure makes: the start of the peer's program is spread over them.
const asked = 100

// peer is a database of the sqlite3 program, in the clear, and a way of running a script in it.
func peer(b *testing.B) (run func(script string)) {
	b.Helper()
	program, err := exec.LookPath("sqlite3")
	if err != nil {
		b.Skip("sqlite3 is not installed")
	}
	path := filepath.Join(b.TempDir(), "plain.db")
	return func(script string) {
		c := exec.Command(program, "-bail", path)
		c.Stdin = strings.NewReader("PRAGMA cache_size=-8192;\n.output /dev/null\n" + script)
		if out, err := c.CombinedOutput(); err != nil {
			b.Fatalf("%v: %.300s", err, out)
		}
	}
}

// each measures a query of ours and as many of theirs in one process: seconds a query.
func each(b *testing.B, ours func(i int), theirs func()) {
	b.Helper()
	per := func(do func()) func() float64 {
		return func() float64 {
			start := time.Now()
			do()
			return time.Since(start).Seconds() / asked
		}
	}
	pairs.Compare(b, "s", per(func() {
		for i := range asked {
			ours(i)
		}
	}), per(theirs))
}

// folderDocument is what the search knows of a folder.
func folderDocument(i int) store.Document {
	place := strings.Fields("Airial Gemmeur Fontaine École Moulin Pins Lagune Bergerie Lavoir Arènes")
	return store.Document{Kind: "folder", Ref: fmt.Sprint(i), Stream: fmt.Sprint("folder/", i), Title: fmt.Sprintf("Bon de commande n° %d, travaux %s", i, place[i%10]),
		Body: fmt.Sprintf("Entreprise fictive %d, lot %d, montant %d euros, avenant %d", i%977, i%13, i*7%9000, i%5), At: time.Unix(int64(i), 0)}
}

// BenchmarkSearch looks folders up by a number and a word in 100,000 of them (AIRIAL_BENCH_INDEXED says another number), as
// the search field does, and sqlite3 the same in the same tables.
func BenchmarkSearch(b *testing.B) {
	n := pairs.Size("AIRIAL_BENCH_INDEXED", 100_000)
	run := peer(b)
	ctx := context.Background()
	db := open(b, b.TempDir())
	var s strings.Builder
	s.WriteString("CREATE TABLE search_document (place INTEGER PRIMARY KEY, kind TEXT NOT NULL, ref TEXT NOT NULL, stream TEXT NOT NULL, title TEXT NOT NULL, body TEXT NOT NULL, at INTEGER NOT NULL, UNIQUE (kind, ref)) STRICT;\n" +
		"CREATE VIRTUAL TABLE search_index USING fts5 (title, body, content = 'search_document', content_rowid = 'place', tokenize = \"unicode61 remove_diacritics 2\", prefix = '2 3');\nBEGIN;\n")
	err := db.Update(ctx, func(tx *store.Tx) error {
		for i := range n {
			d := folderDocument(i)
			if err := tx.Index(d); err != nil {
				return err
			}
			fmt.Fprintf(&s, "INSERT INTO search_document VALUES (%d, '%s', '%s', '%s', '%s', '%s', %d);\nINSERT INTO search_index (rowid, title, body) VALUES (%[1]d, '%[5]s', '%[6]s');\n", i+1, d.Kind, d.Ref, d.Stream, d.Title, d.Body, d.At.UnixMicro())
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	run(s.String() + "COMMIT;")
	words := func(i int) []string { return []string{"fictive", fmt.Sprint(i * 7 % 977), "travaux"} }
	s.Reset()
	for i := range asked {
		fmt.Fprintf(&s, `WITH best AS (SELECT search_index.rowid AS place, bm25(search_index, 4.0, 1.0) AS rank FROM search_index WHERE search_index MATCH '%[1]s*' ORDER BY rank LIMIT 200)
SELECT d.kind, d.ref, d.title, snippet(search_index, 1, char(0x2068), char(0x2069), '…', 16), d.at FROM best JOIN search_document d ON d.place = best.place JOIN search_index ON search_index.rowid = best.place
WHERE search_index MATCH '%[1]s*' ORDER BY best.rank LIMIT 50;
`, `"`+strings.Join(words(i), `" "`)+`"`)
	}
	each(b, func(i int) {
		err := db.View(ctx, func(tx *store.Tx) error {
			hits, err := tx.Search(strings.Join(words(i), " "), "folder", 50)
			if err == nil && len(hits) == 0 && n >= 1000 {
				err = fmt.Errorf("nothing for %v", words(i))
			}
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}, func() { run(s.String()) })
}

// BenchmarkReadModel reads pages of 200 rows of a table of 100,000 that is derived from the journal, by its index, and sqlite3 the same.
func BenchmarkReadModel(b *testing.B) {
	n := pairs.Size("AIRIAL_BENCH_INDEXED", 100_000)
	run := peer(b)
	ctx := context.Background()
	db := open(b, b.TempDir())
	table := fmt.Sprintf(`CREATE TABLE bench_folder (id TEXT PRIMARY KEY, holder TEXT NOT NULL, due INTEGER NOT NULL, title TEXT NOT NULL, state TEXT NOT NULL) STRICT;
CREATE INDEX bench_folder_by ON bench_folder (holder, due, id);
INSERT INTO bench_folder WITH RECURSIVE c(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM c WHERE i < %d - 1) SELECT printf('%%032d', i), 'person-' || (i %% 20), i * 7919 %% 100000, 'Bon de commande n° ' || i, 'waiting' FROM c;`, n)
	if err := db.Update(ctx, func(tx *store.Tx) error { return tx.Script(table) }); err != nil {
		b.Fatal(err)
	}
	run(table)
	const page = `SELECT id, due, title, state FROM bench_folder WHERE holder = 'person-%d' AND due >= %d ORDER BY due, id LIMIT 200`
	var s strings.Builder
	for i := range asked {
		fmt.Fprintf(&s, page+";\n", i%20, i*500)
	}
	each(b, func(i int) {
		err := db.View(ctx, func(tx *store.Tx) error {
			return tx.Each(strings.NewReplacer("'person-%d'", "?", "%d", "?").Replace(page), []any{fmt.Sprintf("person-%d", i%20), i * 500}, func(scan func(...any) error) error {
				var id, title, state string
				var due int64
				return scan(&id, &due, &title, &state)
			})
		})
		if err != nil {
			b.Fatal(err)
		}
	}, func() { run(s.String()) })
}

// BenchmarkView reads one row by its key, each in a snapshot of its own, as pages do most.
func BenchmarkView(b *testing.B) {
	ctx := context.Background()
	db := open(b, b.TempDir())
	if err := db.Update(ctx, func(tx *store.Tx) error { return tx.SetSetting("x", "y") }); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := db.View(ctx, func(tx *store.Tx) error { _, err := tx.Setting("x"); return err }); err != nil {
			b.Fatal(err)
		}
	}
}
