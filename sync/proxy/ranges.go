package proxy

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

var (
	weekdays = []string{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"}
	months   = []string{"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"}
)

// utc takes «GMT» off the end of the words of a range.
func utc(now time.Time, words []string) (time.Time, []string) {
	if n := len(words); n > 0 && words[n-1] == "GMT" {
		return now.UTC(), words[:n-1]
	}
	return now.Local(), words
}

// inDays is weekdayRange: one day, or from one to another, over the week's end too.
func inDays(now time.Time, words []string) bool {
	now, words = utc(now, words)
	if len(words) == 0 {
		return false
	}
	from, to := slices.Index(weekdays, words[0]), slices.Index(weekdays, words[len(words)-1])
	return from >= 0 && to >= 0 && around(from, int(now.Weekday()), to)
}

// around tells whether n is from a to b on a circle.
func around(a, n, b int) bool {
	if a <= b {
		return a <= n && n <= b
	}
	return n >= a || n <= b
}

// inDates is dateRange: a day, a month or a year, or two lists of them in the same order.
func inDates(now time.Time, words []string) bool {
	now, words = utc(now, words)
	one, two := words, words
	if len(words) > 1 {
		if len(words)%2 != 0 {
			return false
		}
		one, two = words[:len(words)/2], words[len(words)/2:]
	}
	from, n, ok := dated(one, now)
	to, _, same := dated(two, now)
	if !ok || !same {
		return false
	}
	if hasYear(one) {
		return from <= n && n <= to
	}
	return around(from, n, to)
}

func hasYear(words []string) bool {
	return slices.ContainsFunc(words, func(w string) bool { v, err := strconv.Atoi(w); return err == nil && v > 31 })
}

// dated makes one number of a date's parts, and of the same parts of now.
func dated(words []string, now time.Time) (value, present int, ok bool) {
	for _, w := range words {
		v, err := strconv.Atoi(w)
		switch m := slices.Index(months, strings.ToUpper(w)); {
		case m >= 0:
			value, present = value+(m+1)*100, present+int(now.Month())*100
		case err != nil:
			return 0, 0, false
		case v > 31:
			value, present = value+v*10_000, present+now.Year()*10_000
		default:
			value, present = value+v, present+now.Day()
		}
	}
	return value, present, len(words) > 0
}

// inHours is timeRange: an hour, or from hours, with minutes and seconds, to others.
func inHours(now time.Time, words []string) bool {
	now, words = utc(now, words)
	var n []int
	for _, w := range words {
		v, err := strconv.Atoi(w)
		if err != nil {
			return false
		}
		n = append(n, v)
	}
	present := now.Hour()*3600 + now.Minute()*60 + now.Second()
	switch len(n) {
	case 1:
		return now.Hour() == n[0]
	case 2:
		return around(n[0]*3600, present, n[1]*3600-1)
	case 4:
		return around(n[0]*3600+n[1]*60, present, n[2]*3600+n[3]*60)
	case 6:
		return around(n[0]*3600+n[1]*60+n[2], present, n[3]*3600+n[4]*60+n[5])
	}
	return false
}
