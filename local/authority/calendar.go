package authority

import (
	"fmt"
	"time"
)

// Day is a day of the civil calendar, «2006-01-02»; empty when unset. Days
// compare as strings.
type Day string

const dayLayout = "2006-01-02"

// ParseDay reads «2006-01-02».
func ParseDay(text string) (Day, error) {
	if _, err := time.Parse(dayLayout, text); err != nil {
		return "", fmt.Errorf("day %.20q: %w", text, err)
	}
	return Day(text), nil
}

// DayOf is the day of an instant in the instant's own zone.
func DayOf(t time.Time) Day { return Day(t.Format(dayLayout)) }

// Time is the day's midnight in UTC; the zero time for an unset or unreadable day.
func (d Day) Time() time.Time {
	t, err := time.Parse(dayLayout, string(d))
	if err != nil {
		return time.Time{}
	}
	return t
}

// Plus is n days later, or earlier when n is negative.
func (d Day) Plus(n int) Day { return DayOf(d.Time().AddDate(0, 0, n)) }

// Until counts the days from d to other; negative when other is earlier.
func (d Day) Until(other Day) int {
	return int(other.Time().Sub(d.Time()) / (24 * time.Hour))
}

// ClearDays counts the whole days between two, neither of which counts
// (jours francs). Saturdays, Sundays and holidays count: the postponement of
// procedural terms does not hold for a summons. Negative when to is not after from.
func ClearDays(from, to Day) int { return from.Until(to) - 1 }

// LatestSending is the last day on which a summons may go out so that n clear
// days stand before the sitting (CGCT, art. L2121-11 and L2121-12).
func LatestSending(sitting Day, n int) Day { return sitting.Plus(-n - 1) }

// Months is the same day n months later, or the last day of that month when it has no such day.
func (d Day) Months(n int) Day {
	t := d.Time()
	first := time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC).AddDate(0, n, 0)
	return DayOf(first.AddDate(0, 0, min(t.Day(), first.AddDate(0, 1, -1).Day())-1))
}

// ClearTerm is the last day of a clear term (délai franc) of months: neither the day from which
// it runs nor that on which it ends counts, and it does not end on a Saturday, a Sunday or a
// holiday. It is the case law of the administrative courts on CJA, art. R421-1, to be checked:
// pages show it as a draft.
func ClearTerm(from Day, months int) Day {
	end := from.Months(months).Plus(1)
	for end.Time().Weekday() == time.Saturday || end.Time().Weekday() == time.Sunday || Holiday(end) != "" {
		end = end.Plus(1)
	}
	return end
}

// Holiday names the public holiday of a day (Code du travail, art. L3133-1), or
// gives "". Alsace-Moselle and overseas have more, which are not known here.
func Holiday(d Day) string {
	t := d.Time()
	switch {
	case t.Month() == time.January && t.Day() == 1:
		return "jour de l’An"
	case t.Month() == time.May && t.Day() == 1:
		return "fête du Travail"
	case t.Month() == time.May && t.Day() == 8:
		return "8 Mai 1945"
	case t.Month() == time.July && t.Day() == 14:
		return "fête nationale"
	case t.Month() == time.August && t.Day() == 15:
		return "Assomption"
	case t.Month() == time.November && t.Day() == 1:
		return "Toussaint"
	case t.Month() == time.November && t.Day() == 11:
		return "11 Novembre 1918"
	case t.Month() == time.December && t.Day() == 25:
		return "Noël"
	}
	switch DayOf(easter(t.Year())).Until(d) {
	case 1:
		return "lundi de Pâques"
	case 39:
		return "Ascension"
	case 50:
		return "lundi de Pentecôte"
	}
	return ""
}

// easter is Easter Sunday by the anonymous Gregorian computus (Meeus, Jones, Butcher).
func easter(year int) time.Time {
	a, b, c := year%19, year/100, year%100
	d, e := b/4, b%4
	g := (8*b + 13) / 25
	h := (19*a + b - d - g + 15) % 30
	i, k := c/4, c%4
	l := (32 + 2*e + 2*i - h - k) % 7
	m := (a + 11*h + 19*l) / 433
	month := (h + l - 7*m + 90) / 25
	day := (h + l - 7*m + 33*month + 19) % 32
	return time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
}
