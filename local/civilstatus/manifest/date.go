package manifest

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/typeset/french"
)

var (
	months     = []string{"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"}
	republican = []string{"vendemiaire", "brumaire", "frimaire", "nivose", "pluviose", "ventose", "germinal", "floreal", "prairial", "messidor", "thermidor", "fructidor"}
	years      = []string{"i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "xiii", "xiv"}
	iso        = regexp.MustCompile(`^(\d{4})-(\d{2})-(\d{2})$`)
	slashes    = regexp.MustCompile(`^(\d{1,2})[/.](\d{1,2})[/.](\d{4})$`)
	letters    = regexp.MustCompile(`^(\d{1,2})(?:er)? ([a-z]+) (?:de l’)?(?:an )?(\d{1,4}|[ivx]+)$`)
	extra      = regexp.MustCompile(`^(\d) ?(?:er|e)? ?(?:jour )?compl[a-z]* (?:de l’)?(?:an )?(\d{1,2}|[ivx]+)$`)
)

// Day reads the date of an event: its day when it is one, and how it is written
// when it is not, or not of our calendar. An impossible day is an error.
func Day(text string) (day authority.Day, written string, err error) {
	text = strings.ReplaceAll(strings.TrimSpace(text), "'", "’")
	bare := strings.ToLower(french.Unaccented(text))
	switch {
	case bare == "":
		return "", "", nil
	case iso.MatchString(bare):
		m := iso.FindStringSubmatch(bare)
		if m[2] == "00" || m[3] == "00" { // as the national files write a day that is not known
			return "", partial(m[1], m[2]), nil
		}
		day, err = civil(m[1], m[2], m[3])
		return day, "", err
	case slashes.MatchString(bare):
		m := slashes.FindStringSubmatch(bare)
		day, err = civil(m[3], m[2], m[1])
		return day, "", err
	case extra.MatchString(bare):
		m := extra.FindStringSubmatch(bare)
		day, err = revolutionary(m[1], 13, m[2])
		return day, text, err
	}
	m := letters.FindStringSubmatch(bare)
	if m == nil {
		return "", text, nil
	}
	if month := slices.Index(republican, m[2]); month >= 0 {
		day, err = revolutionary(m[1], month+1, m[3])
		return day, text, err
	}
	if month := slices.IndexFunc(months, func(name string) bool { return french.Unaccented(name) == m[2] }); month >= 0 && len(m[3]) == 4 {
		day, err = civil(m[3], strconv.Itoa(month+1), m[1])
		return day, "", err
	}
	return "", text, nil
}

func partial(year, month string) string {
	if n, _ := strconv.Atoi(month); n >= 1 && n <= 12 && year != "0000" {
		return months[n-1] + " " + year
	}
	if year == "0000" {
		return "inconnue"
	}
	return year
}

func civil(year, month, day string) (authority.Day, error) {
	y, _ := strconv.Atoi(year)
	m, _ := strconv.Atoi(month)
	d, _ := strconv.Atoi(day)
	return authority.ParseDay(fmt.Sprintf("%04d-%02d-%02d", y, m, d))
}

// revolutionary is a day of the Republican calendar (decree of 4 frimaire an II): twelve months of thirty days and five
// days, six in the years III, VII and XI. The year I began on 22 September 1792; the calendar ended with the
// tenth day of nivôse of the year XIV.
func revolutionary(day string, month int, year string) (authority.Day, error) {
	d, _ := strconv.Atoi(day)
	y, err := strconv.Atoi(year)
	if err != nil {
		y = slices.Index(years, year) + 1
	}
	last := 30
	if month == 13 {
		last = 5
		if y%4 == 3 {
			last = 6
		}
	}
	if y < 1 || y > 14 || d < 1 || d > last {
		return "", fmt.Errorf("no such day: %q, month %d, year %q", day, month, year)
	}
	days := (y-1)*365 + y/4 + (month-1)*30 + d - 1
	at := authority.DayOf(time.Date(1792, time.September, 22, 0, 0, 0, 0, time.UTC)).Plus(days)
	if at > "1805-12-31" {
		return "", fmt.Errorf("after the end of the calendar: %s", at)
	}
	return at, nil
}
