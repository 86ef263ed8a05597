package council

import (
	"fmt"
	"strings"

	"alpi40.fr/airial/local/typeset/french"
)

// Fate is what became of a point, in the words of the list of the deliberations examined (CGCT, art. L2121-25), and the
// figures of its vote when there was one.
func (s Sitting) Fate(point string) (outcome, votes string) {
	if v, voted := s.Vote(point); voted {
		switch {
		case v.ByRight:
			return "Nomination sans vote", v.Why
		case len(v.Nominations) > 0:
			return "Nomination", v.Why
		case v.Adopted:
			return "Adoptée", v.Figures.words()
		}
		return "Rejetée", v.Figures.words()
	}
	for _, a := range s.Aside {
		if a.Point == point {
			return map[Settling]string{Postponed: "Ajournée", Withdrawn: "Retirée", Informed: "Information, sans vote"}[a.As], ""
		}
	}
	return "Non examinée", ""
}

func (f Figures) words() string {
	parts := []string{fmt.Sprintf("%d pour", f.For)}
	if f.Against > 0 {
		parts = append(parts, fmt.Sprintf("%d contre", f.Against))
	}
	if f.Abstained > 0 {
		parts = append(parts, french.Count(f.Abstained, "abstention", "abstentions"))
	}
	if f.NotVoting > 0 {
		parts = append(parts, fmt.Sprintf("%d sans prendre part", f.NotVoting))
	}
	return strings.Join(parts, ", ")
}
