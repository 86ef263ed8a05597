//go:build linux

package deceased_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"alpi40.fr/airial/local/civilstatus/deceased"
	"alpi40.fr/airial/packaging/bench/pairs"
)

// BenchmarkRead matches a drawn file of 1,000,000 lines (AIRIAL_DECEASED says another number; the whole of INSEE's has 28
// million) with 30,000 births, and the same join in the sqlite3 of the system, its import not counted. What is compared is
// the processor's time, which other programs do not lengthen.
func BenchmarkRead(b *testing.B) {
	n := 1_000_000
	if text := os.Getenv("AIRIAL_DECEASED"); text != "" {
		n, _ = strconv.Atoi(text)
	}
	r := rand.New(rand.NewPCG(3, 4))
	syllables := []string{"LA", "DU", "CAS", "MAR", "BOR", "PON", "TI", "GUE", "DE", "RAU", "ZIN", "LET", "FIC", "MO"}
	name := func() string { return syllables[r.IntN(14)] + syllables[r.IntN(14)] + syllables[r.IntN(14)] }
	firsts := []string{"JEAN", "MARIE", "PIERRE", "JEANNE", "CAMILLE", "PAUL", "ANNE", "LOUIS", "ROSE", "LUC"}
	day := func() string { return fmt.Sprintf("%04d%02d%02d", 1880+r.IntN(90), 1+r.IntN(12), 1+r.IntN(28)) }
	folder := b.TempDir()
	path, script := filepath.Join(folder, "deces.txt"), filepath.Join(folder, "import.sql")
	file, _ := os.Create(path)
	sql, _ := os.Create(script)
	w, s := bufio.NewWriter(file), bufio.NewWriter(sql)
	fmt.Fprintln(s, "CREATE TABLE deceased (last TEXT, firsts TEXT, sex TEXT, born TEXT, code TEXT, died TEXT); CREATE TABLE birth (id INTEGER PRIMARY KEY, last TEXT, born TEXT); BEGIN;")
	var all []deceased.Birth
	for i := range n {
		last, first, born := name(), firsts[r.IntN(10)], day()
		fmt.Fprintln(w, line(last+"*"+first+" "+firsts[r.IntN(10)]+"/", "1", born, "40999", "SAINT-AIRIAL", "", "20200105", "40088", fmt.Sprint(i)))
		fmt.Fprintf(s, "INSERT INTO deceased VALUES ('%s', '%s', '1', '%s', '40999', '20200105');\n", last, first, born)
		if i%(max(n/30_000, 1)) == 0 && len(all) < 30_000 {
			var d deceased.Date
			_, _ = fmt.Sscanf(born, "%4d%2d%2d", &d.Year, &d.Month, &d.Day)
			all = append(all, deceased.Birth{Act: fmt.Sprint(i), LastName: last, FirstNames: first, Sex: deceased.Male, Born: d})
			fmt.Fprintf(s, "INSERT INTO birth VALUES (%d, '%s', '%s');\n", i, last, born)
		}
	}
	fmt.Fprintln(s, "COMMIT; CREATE INDEX birth_by ON birth (born, last); CREATE INDEX deceased_by ON deceased (born, last); ANALYZE;")
	if err := errors.Join(w.Flush(), s.Flush(), file.Close(), sql.Close()); err != nil {
		b.Fatal(err)
	}
	db := filepath.Join(folder, "deces.sqlite")
	sqlite := func(command string) time.Duration {
		c := exec.Command("sqlite3", db, command)
		if out, err := c.CombinedOutput(); err != nil {
			b.Fatal(err, string(out))
		}
		return c.ProcessState.UserTime() + c.ProcessState.SystemTime()
	}
	sqlite(".read " + script)
	const join = "SELECT count(*) FROM deceased d NOT INDEXED JOIN birth b ON b.born = d.born AND b.last = d.last;"
	const best = "SELECT count(*) FROM birth b JOIN deceased d ON b.born = d.born AND b.last = d.last;"
	sqlite(join)
	indexed := sqlite(best)
	births := deceased.NewBirths("40999", all)
	found := 0
	var ours float64
	var peak uint64
	pairs.Compare(b, "s", func() float64 {
		f, err := os.Open(path)
		if err != nil {
			b.Fatal(err)
		}
		start := spent(b)
		found = 0
		var m runtime.MemStats
		_, err = deceased.Read(context.Background(), f, births, func(deceased.Match) error { found++; return nil }, func(int64) {
			runtime.ReadMemStats(&m)
			peak = max(peak, m.HeapAlloc)
		})
		ours = (spent(b) - start).Seconds()
		if err := errors.Join(err, f.Close()); err != nil {
			b.Fatal(err)
		}
		return ours
	}, func() float64 { return sqlite(join).Seconds() })
	if found < len(all) {
		b.Fatalf("%d lines found for %d births", found, len(all))
	}
	b.ReportMetric(float64(n)/ours/1e6, "Mlignes/s")
	b.ReportMetric(indexed.Seconds()/ours, "fois-avec-l-index-du-fichier")
	b.ReportMetric(float64(peak)/1e6, "Mo-au-plus")
	b.ReportMetric(float64(found), "trouvés")
}

// spent is the processor's time of this program so far.
func spent(b *testing.B) time.Duration {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
