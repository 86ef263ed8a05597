package french

import (
	"fmt"
	"strconv"
	"time"
)

var months = [...]string{
	"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre",
}

var days = [...]string{"dimanche", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi"}

// Date writes a day («24 novembre 2026», «1er mars 2027»), in the time's own zone, as all functions here do.
func Date(t time.Time) string {
	day := strconv.Itoa(t.Day())
	if t.Day() == 1 {
		day = "1er"
	}
	return day + NoBreakSpace + months[t.Month()-1] + " " + strconv.Itoa(t.Year())
}

// LongDate is Date with the day of the week («mardi 24 novembre 2026»).
func LongDate(t time.Time) string {
	return days[t.Weekday()] + NoBreakSpace + Date(t)
}

// ShortDate writes a day in figures («24/11/2026»), for narrow columns.
func ShortDate(t time.Time) string { return t.Format("02/01/2006") }

// Time writes an hour («14 h 02», «20 h»).
func Time(t time.Time) string {
	text := strconv.Itoa(t.Hour()) + NarrowSpace + "h"
	if t.Minute() != 0 {
		text += NarrowSpace + fmt.Sprintf("%02d", t.Minute())
	}
	return text
}

// DateTime writes a day and an hour («mardi 24 novembre 2026 à 14 h 02»).
func DateTime(t time.Time) string {
	return LongDate(t) + " à " + Time(t)
}

// DateInWords writes a day in letters («vingt-quatre novembre deux mille vingt-six»), as acts of civil status do.
func DateInWords(t time.Time) string {
	day := "premier"
	if t.Day() > 1 {
		day = Words(int64(t.Day()), Masculine)
	}
	return day + " " + months[t.Month()-1] + " " + Words(int64(t.Year()), Masculine)
}

// TimeInWords writes an hour in letters («quatorze heures deux minutes», «une heure», «zéro heure»).
func TimeInWords(t time.Time) string {
	text := Words(int64(t.Hour()), Feminine) + " heure"
	if t.Hour() > 1 {
		text += "s"
	}
	if m := t.Minute(); m > 0 {
		text += " " + Words(int64(m), Feminine) + " minute"
		if m > 1 {
			text += "s"
		}
	}
	return text
}
