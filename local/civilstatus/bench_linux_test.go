//go:build linux

package civilstatus_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/civilstatus"
	"alpi40.fr/airial/local/civilstatus/names"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/packaging/bench/pairs"
)

// drawn are acts whose names are drawn from lists of syllables, so that they are as many as in the registers of a county.
func drawn(i int) civilstatus.Act {
	r := rand.New(rand.NewPCG(7, uint64(i)))
	pick := func(of ...string) string { return of[r.IntN(len(of))] }
	last := pick("La", "Du", "Da", "Cas", "Mar", "Bor", "Les", "Bé", "Pou", "Lar", "Cap", "Dar") + pick("fi", "pou", "ri", "ta", "bor", "ga", "ne", "ti", "sso", "mé", "ra", "cau") + pick("tte", "nt", "gue", "n", "de", "rd", "x", "c", "dets", "ges", "au", "ère")
	first := pick("Jean", "Marie", "Pierre", "Jeanne", "Camille", "Élise", "Noé", "Maïté", "Paul", "Anne") + " " + pick("Louis", "Rose", "Luc", "Zoé", "Léon", "Ève")
	return civilstatus.Act{ID: fmt.Sprintf("%08d", i), Kind: civilstatus.Birth, Year: 1880 + i%120, Number: fmt.Sprint(i/120 + 1), LastName: last, FirstName: first, Gender: civilstatus.Feminine, Commune: "Saint-Airial-des-Pins",
		Date: authority.Day(fmt.Sprintf("%04d-%02d-%02d", 1880+i%120, r.IntN(12)+1, r.IntN(28)+1))}
}

// fill keeps n drawn acts, without their images.
func fill(tb testing.TB, j *journal.Journal, n int) {
	tb.Helper()
	for at := 0; at < n; at += 5000 {
		if _, err := j.Commit(context.Background(), "secretaire", func(*store.Tx) (drafts []journal.Draft, err error) {
			for i := at; i < min(at+5000, n); i++ {
				drafts = append(drafts, journal.Draft{Stream: "act/" + drawn(i).ID, Kind: civilstatus.KindImported, Data: drawn(i)})
			}
			return drafts, nil
		}); err != nil {
			tb.Fatal(err)
		}
	}
}

// BenchmarkSearch looks names up in 200,000 acts (AIRIAL_ACTS says another number), and times the same statements in the
// sqlite3 of the system on a copy in the clear. What is compared is the processor's time, which other programs do not lengthen.
func BenchmarkSearch(b *testing.B) {
	n := 200_000
	if text := os.Getenv("AIRIAL_ACTS"); text != "" {
		n, _ = strconv.Atoi(text)
	}
	ctx := context.Background()
	r, j := open(b)
	fill(b, j, n)
	plain := filepath.Join(b.TempDir(), "actes.sqlite")
	copyPlain(b, plain, n)
	const limit = 50
	var expressions []string
	var typed []string
	for i := range 200 {
		a := drawn(i * 977 % n)
		typed = append(typed, a.LastName+" "+a.FirstName[:3])
		expressions = append(expressions, civilstatus.Expression(typed[i]))
	}
	sqlite := func(queries []string) time.Duration {
		script := filepath.Join(b.TempDir(), "requetes.sql")
		var text strings.Builder
		text.WriteString(".output /dev/null\n")
		for _, e := range queries {
			fmt.Fprintf(&text, "%s;\n", strings.Replace(strings.Replace(civilstatus.SearchQuery, "?", "'"+e+"'", 1), "?", fmt.Sprint(limit), 1))
		}
		if err := os.WriteFile(script, []byte(text.String()), 0o600); err != nil {
			b.Fatal(err)
		}
		c := exec.Command("sqlite3", plain, ".read "+script)
		if out, err := c.CombinedOutput(); err != nil {
			b.Fatal(err, string(out))
		}
		return c.ProcessState.UserTime() + c.ProcessState.SystemTime()
	}
	sqlite(expressions) // its pages come from the disk once, as ours did
	var worst time.Duration
	found, searches := 0, 0
	pairs.Compare(b, "s", func() float64 {
		began := spent(b)
		for i := range expressions {
			start := time.Now()
			acts, err := r.Matching(ctx, expressions[i], limit)
			took := time.Since(start)
			if err != nil {
				b.Fatal(err)
			}
			found, searches, worst = found+len(acts), searches+1, max(worst, took)
		}
		return (spent(b) - began).Seconds() / float64(len(expressions))
	}, func() float64 {
		return max(sqlite(expressions)-sqlite(nil), time.Microsecond).Seconds() / float64(len(expressions))
	})
	start := time.Now()
	for _, words := range typed {
		if _, err := r.Search(ctx, words, limit); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(time.Since(start).Microseconds())/float64(len(typed))/1000, "ms/recherche-entière")
	b.ReportMetric(float64(worst.Microseconds())/1000, "ms/la-plus-longue")
	b.ReportMetric(float64(found)/float64(searches), "actes")
}

// BenchmarkGrowth looks a name up in more and more acts: the first fifty.
func BenchmarkGrowth(b *testing.B) {
	for _, n := range pairs.Sizes(10_000) {
		r, j := open(b)
		fill(b, j, n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				a := drawn(i * 977 % n)
				if found, err := r.Search(b.Context(), a.LastName+" "+a.FirstName, 50); err != nil || len(found.Acts) == 0 {
					b.Fatal(len(found.Acts), err)
				}
			}
		})
	}
}

// copyPlain makes the same table and index with the sqlite3 of the system.
func copyPlain(b *testing.B, path string, n int) {
	b.Helper()
	script := filepath.Join(b.TempDir(), "actes.sql")
	f, err := os.Create(script)
	if err != nil {
		b.Fatal(err)
	}
	w := bufio.NewWriter(f)
	fmt.Fprintln(w, "CREATE TABLE act (id TEXT PRIMARY KEY, data BLOB NOT NULL); CREATE VIRTUAL TABLE act_name USING fts5 (words, sounds, refs, content = '', tokenize = 'unicode61', prefix = '2 3'); BEGIN;")
	for i := range n {
		a := drawn(i)
		data, err := json.Marshal(a)
		if err != nil {
			b.Fatal(err)
		}
		m := names.Of(a.LastName, a.FirstName)
		quote := func(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
		fmt.Fprintf(w, "INSERT INTO act VALUES (%s, %s);\nINSERT INTO act_name (rowid, words, sounds, refs) VALUES (%d, %s, %s, '%s naissance %d');\n",
			quote(a.ID), quote(string(data)), i+1, quote(strings.Join(m.Words, " ")), quote(strings.Join(m.Sounds, " ")), a.Number, a.Year)
	}
	fmt.Fprintln(w, "COMMIT;")
	if err := errors.Join(w.Flush(), f.Close()); err != nil {
		b.Fatal(err)
	}
	if out, err := exec.Command("sqlite3", path, ".read "+script).CombinedOutput(); err != nil {
		b.Fatal(err, string(out))
	}
}

// spent is the processor's time of this program so far.
func spent(b *testing.B) time.Duration {
	b.Helper()
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
