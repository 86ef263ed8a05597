package main

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"alpi40.fr/airial/packaging/bench/pairs"
)

// Spread is the middle of some measures and how far they lie from one another.
type Spread struct{ Median, Low, High float64 }

func spread(all []float64) Spread {
	return Spread{Median: pairs.Median(all), Low: slices.Min(all), High: slices.Max(all)}
}

// Result is what came of a line.
type Result struct {
	Line
	Pairs       int
	Airial, Vis Spread // ours and the peer's, in the line's unit
	Ratio       Spread // of each pair: how many times as well as its peer Airial does
	Note        string // why nothing was measured
	Took        float64
	Commit      string // where it was measured, when that is not the table's
}

// fill takes the measures of both, pair by pair.
func (r *Result) fill(unit string, ours, peer []float64) {
	ratios := make([]float64, len(ours))
	for i := range ours {
		ratios[i] = peer[i] / ours[i]
		if strings.Contains(unit, "/") { // a rate: the more the better
			ratios[i] = ours[i] / peer[i]
		}
	}
	r.Unit, r.Pairs, r.Airial, r.Vis, r.Ratio = unit, len(ours), spread(ours), spread(peer), spread(ratios)
}

// Verdicts, as they stand in the table.
const (
	Held    = "tenu"
	Close   = "au bord" // the goal lies within the spread
	Missed  = "manqué"
	Unknown = "non mesuré"
	Free    = "sans but"
)

// Verdict holds what was measured against what was asked.
func (r Result) Verdict() string {
	at, least := r.Ratio, r.Goal.Ratio
	switch {
	case r.Note != "":
		return Unknown
	case r.Goal == Goal{}:
		return Free
	case r.Goal.Most > 0:
		at, least = Spread{-r.Airial.Median, -r.Airial.High, -r.Airial.Low}, -r.Goal.Most
	case r.Goal.Least > 0:
		at, least = r.Airial, r.Goal.Least
	}
	switch {
	case at.Median >= least:
		return Held
	case at.High >= least:
		return Close
	}
	return Missed
}

// Aim is the goal in words.
func (r Result) Aim() string {
	switch {
	case r.Goal == Goal{}:
		return "—"
	case r.Goal.Most > 0:
		return quantity(r.Goal.Most, r.goalUnit()) + " au plus"
	case r.Goal.Least > 0:
		return quantity(r.Goal.Least, r.goalUnit()) + " au moins"
	}
	return "×" + number(r.Goal.Ratio) + " au moins"
}

// goalUnit is what a goal counts in, measured or not.
func (r Result) goalUnit() string {
	return cmp.Or(r.Unit, unitOf(r.Ours))
}

// quantity writes a measure as it is read: with three figures, and the multiple of the unit that suits it.
func quantity(v float64, unit string) string {
	switch unit {
	case "s":
		switch {
		case v < 1e-3:
			return number(v*1e6) + " µs"
		case v < 1:
			return number(v*1e3) + " ms"
		}
	case "entries/s":
		unit = "éléments/s"
	case "B":
		if v >= 1e6 {
			return number(v/1e6) + " Mo"
		}
		return number(v) + " octets"
	case "B/s":
		return number(v/1e6) + " Mo/s"
	}
	return number(v) + " " + unit
}

// number writes with three figures at the most, a comma, and a thin space between thousands.
func number(v float64) string {
	if math.Abs(v) >= 1000 {
		digits := strconv.FormatFloat(math.Abs(v), 'f', 0, 64)
		for at := len(digits) - 3; at > 0; at -= 3 {
			digits = digits[:at] + "\u202f" + digits[at:]
		}
		if v < 0 {
			return "−" + digits
		}
		return digits
	}
	text := strconv.FormatFloat(v, 'g', 3, 64)
	if strings.Contains(text, "e") {
		text = strconv.FormatFloat(v, 'f', 4, 64)
	}
	return strings.NewReplacer(".", ",", "-", "−").Replace(text)
}

// around writes a spread: the middle, and both ends.
func (s Spread) around(unit string) string {
	if s.Low == s.High {
		return quantity(s.Median, unit)
	}
	low, high := quantity(s.Low, unit), quantity(s.High, unit)
	// «12 à 15 ms», the unit said once.
	if a, b := strings.LastIndexByte(low, ' '), strings.LastIndexByte(high, ' '); a > 0 && b > 0 && low[a:] == high[b:] {
		low = low[:a]
	}
	return fmt.Sprintf("%s (%s à %s)", quantity(s.Median, unit), low, high)
}

func (s Spread) times() string {
	if s.Low == s.High {
		return "×" + number(s.Median)
	}
	return fmt.Sprintf("×%s (%s à %s)", number(s.Median), number(s.Low), number(s.High))
}

// Growth is what came of a curve: a cost for each size, and the exponent of the line that fits them best
// on logarithmic scales (0: does not grow; 1: in proportion).
type Growth struct {
	Curve
	Sizes    []float64
	Costs    []float64
	Exponent float64
	Note     string
	Took     float64
	Commit   string // where it was measured, when that is not the table's
}

// fit is the slope of the least squares through the logarithms.
func fit(sizes, costs []float64) float64 {
	var sx, sy, sxx, sxy float64
	n := float64(len(sizes))
	for i := range sizes {
		x, y := math.Log(sizes[i]), math.Log(costs[i])
		sx, sy, sxx, sxy = sx+x, sy+y, sxx+x*x, sxy+x*y
	}
	if d := n*sxx - sx*sx; d != 0 {
		return (n*sxy - sx*sy) / d
	}
	return 0
}

// Verdict holds the exponent against the one that is right for the operation.
func (g Growth) Verdict() string {
	switch {
	case g.Note != "":
		return Unknown
	case g.Exponent <= g.Most:
		return Held
	}
	return Missed
}
