// Package pairs measures two ways of doing the same work in turn, so that what else the machine does
// weighs on both. A benchmark of any package calls it; packaging/bench gathers what it wrote.
package pairs

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"testing"
	"time"
)

const (
	// File is the variable that names a file to which each pair is added, one line each in the format of
	// Go's benchmarks (benchstat reads it too).
	File = "AIRIAL_BENCH_OUT"
	// Number is the variable that says how many pairs are measured; five when it is unset.
	Number = "AIRIAL_BENCH_PAIRS"
	// Growth is the variable that says how far the curves go, 1000000 for instance.
	Growth = "AIRIAL_BENCH_GROWTH"
)

// Size is what a variable says, or the usual: how large an input is, how long a curve goes on.
func Size(variable string, usual int) int {
	if n, err := strconv.Atoi(os.Getenv(variable)); err == nil && n > 0 {
		return n
	}
	return usual
}

// Sizes are the powers of ten from a hundred to the largest: the usual one, or what Growth says.
func Sizes(usual int) (all []int) {
	for n := 100; n <= Size(Growth, usual); n *= 10 {
		all = append(all, n)
	}
	return all
}

// Compare takes pairs of measures, first of the one and then of the other, then the other way about. Both
// give a quantity in the same unit: seconds («s»), or a rate («MB/s»), which has a slash.
func Compare(b *testing.B, unit string, ours, peer func() float64) {
	b.Helper()
	var all [2][]float64
	each := [2]func() float64{ours, peer}
	for b.Loop() {
		for i := range Size(Number, 5) {
			var m [2]float64
			for k := range each {
				which := (k + i) % 2
				m[which] = each[which]()
			}
			Add(b, unit, m[0], m[1])
			all[0], all[1] = append(all[0], m[0]), append(all[1], m[1])
		}
	}
	b.ReportMetric(Median(all[0]), "airial-"+unit)
	b.ReportMetric(Median(all[1]), "peer-"+unit)
	b.ReportMetric(0, "ns/op")
}

// Times is Compare by the clock, in seconds.
func Times(b *testing.B, ours, peer func()) {
	b.Helper()
	Compare(b, "s", func() float64 { return seconds(ours) }, func() float64 { return seconds(peer) })
}

func seconds(do func()) float64 {
	start := time.Now()
	do()
	return time.Since(start).Seconds()
}

// Add notes one pair for who gathers them.
func Add(b *testing.B, unit string, ours, peer float64) {
	b.Helper()
	name := os.Getenv(File)
	if name == "" {
		return
	}
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err == nil {
		_, err = fmt.Fprintf(f, "%s-%d 1 %g airial-%s %g peer-%[4]s\n", b.Name(), runtime.GOMAXPROCS(0), ours, unit, peer)
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		b.Fatal(err)
	}
}

// Median is the middle of some measures, or half-way between the two in the middle; 0 of none.
func Median(all []float64) float64 {
	if len(all) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(all))
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
}
