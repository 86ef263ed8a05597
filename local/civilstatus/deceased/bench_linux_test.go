//go:build linux

package deceased_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"alpi40.fr/airial/local/civilstatus/deceased"
	"alpi40.fr/airial/packaging/bench/pairs"
)

// drawn writes the lines of a file on the fly: no disk holds them. Each tells a person by its rank.
type drawn struct {
	n, at int
	line  []byte
	rest  []byte
}

var (
	syllables = []string{"LA", "DU", "CAS", "MAR", "BOR", "PON", "TI", "GUE", "DE", "RAU", "ZIN", "LET", "FIC", "MO"}
	firsts    = []string{"JEAN", "MARIE", "PIERRE", "JEANNE", "CAMILLE", "PAUL", "ANNE", "LOUIS", "ROSE", "LUC"}
)

func newDrawn(n int) *drawn {
	return &drawn{n: n, line: []byte(line("", "1", "19000101", "40999", "SAINT-AIRIAL", "", "20200105", "40088", "1") + "\n")}
}

// person is who stands at a place: the same name and day every time.
func person(i int) (last [3]string, names [2]string, year, month, day int) {
	x := uint64(i)*0x9e3779b97f4a7c15 + 1
	x ^= x >> 29
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 32
	draw := func(of int) int { v := int(x % uint64(of)); x /= uint64(of); return v }
	last = [3]string{syllables[draw(14)], syllables[draw(14)], syllables[draw(14)]}
	names = [2]string{firsts[draw(10)], firsts[draw(10)]}
	return last, names, 1880 + draw(90), 1 + draw(12), 1 + draw(28)
}

func (d *drawn) write() {
	last, names, year, month, day := person(d.at)
	to := d.line[:0]
	for _, s := range last {
		to = append(to, s...)
	}
	to = append(append(append(append(append(to, '*'), names[0]...), ' '), names[1]...), '/')
	for len(to) < 80 {
		to = append(to, ' ')
	}
	to = append(to, '1')
	for _, v := range [3]struct{ n, by int }{{year, 1000}, {month, 10}, {day, 10}} {
		for by := v.by; by > 0; by /= 10 {
			to = append(to, byte('0'+v.n/by%10))
		}
	}
	d.at++
	d.rest = d.line
}

func (d *drawn) Read(p []byte) (n int, err error) {
	for n < len(p) {
		if len(d.rest) == 0 {
			if d.at == d.n {
				return n, io.EOF
			}
			d.write()
		}
		k := copy(p[n:], d.rest)
		d.rest, n = d.rest[k:], n+k
	}
	return n, nil
}

// drawnBirths are some of those whom a drawn file tells, spread over it.
func drawnBirths(n int) (all []deceased.Birth) {
	for i := 0; i < n && len(all) < 30_000; i += max(n/30_000, 1) {
		last, names, year, month, day := person(i)
		all = append(all, deceased.Birth{Act: fmt.Sprint(i), LastName: last[0] + last[1] + last[2], FirstNames: names[0] + " " + names[1], Sex: deceased.Male, Born: deceased.Date{Year: year, Month: month, Day: day}})
	}
	return all
}

// reading reads a file against births, and gives the processor's time, what was found and the memory at most.
func reading(b *testing.B, file io.Reader, births *deceased.Births) (took time.Duration, found int, peak uint64) {
	b.Helper()
	start := spent(b)
	var m runtime.MemStats
	_, err := deceased.Read(context.Background(), file, births, func(deceased.Match) error { found++; return nil }, func(int64) {
		runtime.ReadMemStats(&m)
		peak = max(peak, m.HeapAlloc)
	})
	if err != nil {
		b.Fatal(err)
	}
	return spent(b) - start, found, peak
}

// BenchmarkRead matches a drawn file of 1,000,000 lines (AIRIAL_DECEASED says another number) with 30,000 births, and has the
// sqlite3 of the system join the same file, which it has imported before: each line is looked up among the births. It tells
// beside what the import costs too (its fastest: one column, cut by SQL), and the join by an index of the file, which
// costs more than it saves. What is compared is the processor's time, which other programs do not lengthen.
func BenchmarkRead(b *testing.B) {
	n := pairs.Size("AIRIAL_DECEASED", 1_000_000)
	all := drawnBirths(n)
	path := filepath.Join(b.TempDir(), "deces.txt")
	f, err := os.Create(path)
	if err == nil {
		_, err = io.Copy(f, newDrawn(n))
	}
	if err := errors.Join(err, f.Close()); err != nil {
		b.Fatal(err)
	}
	theirs := importInto(b, path, all)
	births := deceased.NewBirths("40999", all)
	var ours float64
	var found int
	var peak uint64
	pairs.Compare(b, "s", func() float64 {
		f, err := os.Open(path)
		if err != nil {
			b.Fatal(err)
		}
		took, n, at := reading(b, f, births)
		ours, found, peak = took.Seconds(), n, max(peak, at)
		if err := f.Close(); err != nil {
			b.Fatal(err)
		}
		return ours
	}, func() float64 { return theirs.join().Seconds() })
	if found < len(all) {
		b.Fatalf("%d lines found for %d births", found, len(all))
	}
	b.ReportMetric(float64(n)/ours/1e6, "Mlignes/s")
	b.ReportMetric((theirs.imported+theirs.join()).Seconds()/ours, "fois-avec-l-import")
	b.ReportMetric(theirs.indexed().Seconds()/ours, "fois-avec-l-index-du-fichier")
	b.ReportMetric(float64(peak)/1e6, "Mo-au-plus")
	b.ReportMetric(float64(found), "trouvés")
}

// BenchmarkReadWhole reads as many lines as AIRIAL_DECEASED_WHOLE says, drawn on the fly (INSEE's file has 28 million), against
// 30,000 births. What the drawing costs is taken off.
func BenchmarkReadWhole(b *testing.B) {
	n := pairs.Size("AIRIAL_DECEASED_WHOLE", 500_000)
	births := deceased.NewBirths("40999", drawnBirths(n))
	var ours, drawing, wall time.Duration
	var peak uint64
	for b.Loop() {
		start := spent(b)
		if _, err := io.Copy(io.Discard, onlyReader{newDrawn(n)}); err != nil {
			b.Fatal(err)
		}
		drawing += spent(b) - start
		clock := time.Now()
		took, _, at := reading(b, newDrawn(n), births)
		ours, wall, peak = ours+took, wall+time.Since(clock), max(peak, at)
	}
	b.ReportMetric(float64(n)*float64(b.N)/(ours-drawing).Seconds()/1e6, "Mlignes/s-de-processeur")
	b.ReportMetric(float64(n)*float64(b.N)/wall.Seconds()/1e6, "Mlignes/s")
	b.ReportMetric(float64(peak)/1e6, "Mo-au-plus")
}

// onlyReader hides what io.Copy would shorten.
type onlyReader struct{ io.Reader }

// imported is a database of the sqlite3 of the system that holds the file and the births.
type imported struct {
	b        *testing.B
	db       string
	imported time.Duration // the processor's time that it took
}

func (x imported) run(commands ...string) time.Duration {
	x.b.Helper()
	c := exec.Command("sqlite3", x.db)
	c.Stdin = strings.NewReader(strings.Join(commands, "\n"))
	if out, err := c.CombinedOutput(); err != nil {
		x.b.Fatal(err, string(out))
	}
	return c.ProcessState.UserTime() + c.ProcessState.SystemTime()
}

// join looks each line of the file up among the births.
func (x imported) join() time.Duration {
	return x.run("SELECT count(*) FROM deceased d NOT INDEXED JOIN birth b ON b.born = d.born AND b.last = d.last;")
}

// indexed is the join by an index of the file that is there already.
func (x imported) indexed() time.Duration {
	x.run("CREATE INDEX IF NOT EXISTS deceased_by ON deceased (born, last); ANALYZE;")
	return x.run("SELECT count(*) FROM birth b JOIN deceased d ON b.born = d.born AND b.last = d.last;")
}

func importInto(b *testing.B, path string, all []deceased.Birth) imported {
	b.Helper()
	x := imported{b: b, db: filepath.Join(b.TempDir(), "deces.sqlite")}
	var s bytes.Buffer
	fmt.Fprintln(&s, "CREATE TABLE birth (id INTEGER PRIMARY KEY, last TEXT, born TEXT); BEGIN;")
	for i, one := range all {
		fmt.Fprintf(&s, "INSERT INTO birth VALUES (%d, '%s', '%04d%02d%02d');\n", i, one.LastName, one.Born.Year, one.Born.Month, one.Born.Day)
	}
	fmt.Fprintln(&s, "COMMIT; CREATE INDEX birth_by ON birth (born, last);")
	x.run(s.String())
	x.imported = x.run("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; CREATE TABLE raw (line TEXT);", ".mode list", `.separator "\037" "\n"`, ".import "+path+" raw",
		`CREATE TABLE deceased AS SELECT substr(line, 1, instr(line, '*') - 1) AS last, substr(line, instr(line, '*') + 1, instr(line, '/') - instr(line, '*') - 1) AS firsts,
			substr(line, 81, 1) AS sex, substr(line, 82, 8) AS born, substr(line, 90, 5) AS code, substr(line, 155, 8) AS died FROM raw;`)
	x.run("ANALYZE;")
	x.join() // its pages come from the disk once, as ours did
	return x
}

// spent is the processor's time of this program so far.
func spent(b *testing.B) time.Duration {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
