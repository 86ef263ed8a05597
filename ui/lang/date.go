package lang

import (
	"fmt"
	"strings"
	"time"
)

var (
	weekdays = [...]string{"dimanche", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi"}
	months   = [...]string{"", "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre",
		"octobre", "novembre", "décembre"}
)

// Day writes «24 novembre 2026»; the first of a month is «1er».
func Day(t time.Time) string {
	return fmt.Sprintf("%s %s %d", dayNumber(t), months[t.Month()], t.Year())
}

// LongDay writes «mardi 24 novembre 2026».
func LongDay(t time.Time) string { return weekdays[t.Weekday()] + " " + Day(t) }

// Hour writes «14 h 02».
func Hour(t time.Time) string {
	return fmt.Sprintf("%d%sh%s%02d", t.Hour(), wide, wide, t.Minute())
}

// DayHour writes «24 novembre 2026 à 14 h 02».
func DayHour(t time.Time) string { return Day(t) + " à " + Hour(t) }

// ParseDay reads a day as people type it: 5/1/2027, 05.01.2027, 2027-01-05. Its
// error is not for people.
func ParseDay(text string) (time.Time, error) {
	text = strings.NewReplacer(".", "/", " ", "").Replace(strings.TrimSpace(text))
	at, err := time.Parse("2/1/2006", text)
	if err != nil {
		at, err = time.Parse(time.DateOnly, text)
	}
	return at, err
}

// ParseMoment reads a day and an hour as people type them: 5/1/2027 20:00, 05/01/2027 à 20h30, 5/1/2027 20h.
func ParseMoment(text string, where *time.Location) (time.Time, error) {
	text = strings.Join(strings.Fields(strings.NewReplacer("\u00a0", " ", "\u202f", " ", " à ", " ", ".", "/").Replace(text)), " ")
	day, hour, _ := strings.Cut(text, " ")
	d, err := ParseDay(day)
	if err != nil {
		return d, err
	}
	hour = strings.NewReplacer(" ", "", "H", ":", "h", ":").Replace(hour)
	if strings.HasSuffix(hour, ":") {
		hour += "00"
	}
	h, err := time.Parse("15:04", hour)
	return time.Date(d.Year(), d.Month(), d.Day(), h.Hour(), h.Minute(), 0, 0, where), err
}

// Recent writes how one speaks of a moment near now: «14 h 02» today, «hier à 14 h 02», else «24 novembre à 14 h 02»,
// with the year when it is another one.
func Recent(t, now time.Time) string {
	t = t.In(now.Location())
	switch days := daysBetween(t, now); {
	case days == 0:
		return Hour(t)
	case days == 1:
		return "hier à " + Hour(t)
	case t.Year() == now.Year():
		return fmt.Sprintf("%s %s à %s", dayNumber(t), months[t.Month()], Hour(t))
	}
	return DayHour(t)
}

func dayNumber(t time.Time) string {
	if t.Day() == 1 {
		return "1er"
	}
	return fmt.Sprint(t.Day())
}

// daysBetween counts midnights from a to b, in b's place; summer time does not disturb it.
func daysBetween(a, b time.Time) int {
	utc := func(t time.Time) time.Time { return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC) }
	return int(utc(b).Sub(utc(a)).Hours() / 24)
}
