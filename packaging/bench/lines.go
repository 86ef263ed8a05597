package main

import "strings"

// Line is one figure: what is measured, on what, against whom, and what was aimed at. Adding one is adding
// it to lines; what it names is a benchmark of the package itself.
type Line struct {
	Group string // what LINES= chooses by
	Name  string // what is measured, in the words of the table
	Input string // on what
	Peer  string // who does the same, or the limit that nobody passes
	Needs []string
	Goal  Goal

	Package string  // folder of the benchmark, from the root
	Module  bool    // the benchmark stands in the peers' module (peers_test.go.txt)
	Bench   string  // full name of its result, without «Benchmark»
	Ours    string  // name of our measure where the benchmark makes no pairs («p99-ms»), or several kinds of them («airial-MiB»)
	Theirs  string  // name of the peer's, likewise
	Unit    string  // what both count in, where the name does not end with it
	Limit   float64 // where the peer is a number: a frame of the screen, a budget of memory
	Env     []string
	Quick   []string // what else make bench-quick sets; nil: the line is not one of its lines
	Time    string   // how long or how often each runs («50x»); once when it is empty
	Runs    int      // how many runs make the pairs; 0: one of a benchmark that makes its own, else one a pair
}

// chosenBy is what LINES= and AGAIN= are held against.
func (l Line) chosenBy() string { return l.Group + " " + l.Name + " " + l.Peer }

// Goal is what an issue asked. A ratio is how many times as well as its peer Airial does: as fast, or with
// as little; under 1 it does less well. One field is set, or none
// where nothing was asked.
type Goal struct {
	Ratio float64 // at least
	Most  float64 // our measure at the most
	Least float64 // our measure at the least
}

// runs is how often the benchmark is run: one that makes its own pairs, once.
func (l Line) runs(number int) int {
	switch {
	case l.Runs > 0:
		return l.Runs
	case l.Ours == "" || strings.HasPrefix(l.Ours, "airial-"):
		return 1
	}
	return number
}

// Curve is one operation at growing sizes: a benchmark whose results are named by the size.
type Curve struct {
	Name, Package, Bench string
	Unit                 string  // «sec/op» where it is empty
	Most                 float64 // the greatest exponent that is right for it: 0.2 for what must not grow, 1.1 for what reads all
	Env                  []string
}
