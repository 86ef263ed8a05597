package registers

import (
	"slices"
	"strconv"

	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/registers"
	"alpi40.fr/airial/ui/widgets"
)

// line is a row of the list: the register of a year, a sitting, or a series of orders of a year.
type line struct {
	year    int
	follow  *registers.Follow
	series  council.Series
	waiting int // orders that are not signed
}

// id is the line's in the route.
func (l line) id() string {
	if l.follow != nil {
		return "sitting/" + l.follow.Sitting.ID
	}
	return string(l.series) + "/" + strconv.Itoa(l.year)
}

// linesOf puts years under one another, the latest first: register, sittings, then the mayor's own acts.
func linesOf(follows []registers.Follow, orders map[council.Series][]registers.Order, now int) []line {
	years := []int{now}
	add := func(y int) {
		if !slices.Contains(years, y) {
			years = append(years, y)
		}
	}
	for _, f := range follows {
		add(f.Sitting.At.Year())
	}
	for _, all := range orders {
		for _, o := range all {
			add(o.Year())
		}
	}
	slices.SortFunc(years, func(a, b int) int { return b - a })
	var lines []line
	for _, y := range years {
		lines = append(lines, line{year: y, series: council.SeriesDeliberation})
		for i := range follows {
			if follows[i].Sitting.At.Year() == y {
				lines = append(lines, line{year: y, follow: &follows[i]})
			}
		}
		for _, s := range seriesOfOrders {
			l := line{year: y, series: s}
			for _, o := range orders[s] {
				if o.Year() == y && o.Status != registers.Signed {
					l.waiting++
				}
			}
			lines = append(lines, l)
		}
	}
	return lines
}

// seriesOfOrders are those with a register of their own, in the order shown.
var seriesOfOrders = []council.Series{council.SeriesDecision, council.SeriesOrder, council.SeriesStaff}

// meaning is how a step that is due is shown.
func meaning(d registers.Due) widgets.Meaning {
	switch {
	case d.Finished:
		return widgets.Done
	case d.Late:
		return widgets.Late
	}
	return widgets.Waiting
}
