package council

import (
	"fmt"
	"time"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/rule"
)

// CheckSecond tells whether a sitting may be a second summons of a former one: that one ended
// without quorum, the summons is not shortened, and only the remaining points are on the agenda
// (CGCT, art. L2121-17).
func CheckSecond(former *Sitting, urgent bool, agenda []string) error {
	refuse := func(why, cure string) error {
		return &rule.Refusal{Article: "CGCT, art. L2121-17", Why: why, Cure: cure}
	}
	if urgent {
		return refuse("Une seconde convocation ne s’abrège pas : envoyée en urgence, elle serait une convocation nouvelle, avec quorum.", "Respectez trois jours francs, ou convoquez une séance nouvelle.")
	}
	if former == nil {
		return nil // an older laptop did not say which
	}
	if !former.Closed || !former.LackedQuorum {
		return refuse("La séance précédente n’a pas été levée faute de quorum.", "Convoquez une séance ordinaire.")
	}
	left := setOf(former.Remaining())
	for _, point := range agenda {
		if !left[point] {
			return refuse("Après une séance sans quorum, seules les questions restées à son ordre du jour peuvent être délibérées sans condition de quorum.", "Retirez les autres points, ou convoquez une séance nouvelle, avec quorum.")
		}
	}
	return nil
}

// CheckFirst: the first sitting after a general renewal is held from the Friday to the Sunday
// that follow the election, on three clear days' notice whatever the population (CGCT, art. L2121-7).
func CheckFirst(elected, sent, sitting authority.Day) (Summons, error) {
	s := Summons{Article: "CGCT, art. L2121-7", Required: 3, Given: authority.ClearDays(sent, sitting), Latest: authority.LatestSending(sitting, 3)}
	s.Words = fmt.Sprintf("Première séance après le renouvellement. Convocation du %s, séance du %s : %s, 3 exigés ; envoi au plus tard le %s.",
		date(sent), date(sitting), clearDays(s.Given), date(s.Latest))
	friday := elected.Plus(1)
	for friday.Time().Weekday() != time.Friday {
		friday = friday.Plus(1)
	}
	if elected != "" && (sitting < friday || sitting > friday.Plus(2)) {
		return s, &rule.Refusal{
			Article: s.Article, Why: fmt.Sprintf("La première séance se tient du vendredi %s au dimanche %s.", date(friday), date(friday.Plus(2))), Cure: "Fixez la séance à l’un de ces trois jours.",
		}
	}
	if s.Given < s.Required {
		return s, &rule.Refusal{Article: s.Article, Why: "La convocation est tardive. " + s.Words, Cure: "Envoyez-la plus tôt, ou retenez un jour plus tardif jusqu’au dimanche."}
	}
	return s, nil
}

// CheckDemanded: asked for by the prefect or by members, a sitting is held within thirty days (CGCT, art. L2121-9).
func CheckDemanded(demanded, sitting authority.Day) error {
	if demanded == "" || demanded.Until(sitting) <= 30 {
		return nil
	}
	return &rule.Refusal{
		Article: "CGCT, art. L2121-9", Why: "Demandée le " + date(demanded) + ", la réunion doit se tenir dans les trente jours.", Cure: "Fixez la séance au " + date(demanded.Plus(30)) + " au plus tard.",
	}
}

// Demanders is how many members may demand a sitting: a third of those in exercise, or their
// majority below 1,000 inhabitants (CGCT, art. L2121-9).
func Demanders(population, inExercise int) int {
	if population < 1_000 {
		return inExercise/2 + 1
	}
	return (inExercise + 2) / 3
}

// QuarterlyDue tells, when no sitting was held in the quarter of a day, the last day to hold one
// (CGCT, art. L2121-7); "" when one was.
func QuarterlyDue(held []authority.Day, day authority.Day) authority.Day {
	t := day.Time()
	first := time.Date(t.Year(), (t.Month()-1)/3*3+1, 1, 0, 0, 0, 0, time.UTC)
	last := authority.DayOf(first.AddDate(0, 3, -1))
	for _, h := range held {
		if authority.DayOf(first) <= h && h <= last {
			return ""
		}
	}
	return last
}

// CheckSupplement judges a further summons that adds a point to a sitting that is not open: it is
// sent in time, or shortened for urgency (CGCT, art. L2121-10 to L2121-12).
func CheckSupplement(s Sitting, kind authority.Kind, population int, sent authority.Day, urgent bool) (Summons, error) {
	if s.Began() {
		return Summons{}, &rule.Refusal{
			Article: "CGCT, art. L2121-10", Why: "La séance est ouverte : on ne délibère que sur les affaires annoncées dans la convocation.",
			Cure: "Inscrivez ce point à l’ordre du jour d’une prochaine séance.",
		}
	}
	if s.Second {
		return Summons{}, CheckSecond(nil, true, nil)
	}
	return CheckSummons(kind, population, sent, authority.DayOf(s.At), urgent, false)
}

// BylawsDue is the last day for the council of a commune of 1,000 inhabitants or more, or of a grouping that has one, to
// settle its rules of procedure: six months after it was installed (CGCT, art. L2121-8); "" where none are asked for.
func BylawsDue(population int, installed authority.Day) authority.Day {
	if population < 1_000 || installed == "" {
		return ""
	}
	due := installed.Time().AddDate(0, 6, 0)
	if due.Day() != installed.Time().Day() { // there is no such day in that month: its last one
		due = due.AddDate(0, 0, -due.Day())
	}
	return authority.DayOf(due)
}

// OnePlaceDue tells, when no sitting of a half-year was held in one place, its last day: an assembly that sits at several
// places by video meets in one at least once in each half-year (CGCT, art. L5211-11-1). held are the sittings in one place.
func OnePlaceDue(held []authority.Day, day authority.Day) authority.Day {
	t := day.Time()
	first := time.Date(t.Year(), (t.Month()-1)/6*6+1, 1, 0, 0, 0, 0, time.UTC)
	last := authority.DayOf(first.AddDate(0, 6, -1))
	for _, h := range held {
		if authority.DayOf(first) <= h && h <= last {
			return ""
		}
	}
	return last
}
