package council

import (
	"strings"

	"alpi40.fr/airial/local/typeset"
)

// Printed is a whole sitting as its papers show it: who came, who gave a proxy, who was away.
func (s Sitting) Printed() typeset.Sitting {
	p := typeset.Sitting{
		At: s.At, Venue: s.Place, Summoned: s.Convened.Time(), Posted: s.Posted.Time(), Chair: s.titled(s.Chair), Secretary: s.name(s.Secretary), InExercise: len(s.Members),
	}
	gave := map[string]bool{}
	for _, x := range s.Proxies {
		gave[x.From] = true
		p.Proxies = append(p.Proxies, typeset.Proxy{From: s.name(x.From), To: s.name(x.To)})
	}
	for _, m := range s.Members {
		a := s.Calls[m.ID]
		switch {
		case a.Presence == Present:
			p.Present = append(p.Present, m.Name+s.moves(a))
		case s.stoodIn(m.ID) != "":
			sub, _ := s.Member(s.stoodIn(m.ID))
			p.Present = append(p.Present, sub.Name+" (suppléant de "+m.Name+")"+s.moves(s.Calls[sub.ID]))
		case a.Presence == Excused || gave[m.ID]:
			p.Excused = append(p.Excused, m.Name)
		default:
			p.Absent = append(p.Absent, m.Name)
		}
	}
	p.Voting = len(p.Present) + len(s.ProxiesAmong(s.attended()))
	return p
}

// attended are those who were there, at least for a while.
func (s Sitting) attended() []string {
	var ids []string
	for _, m := range s.Members {
		switch {
		case s.Calls[m.ID].Presence == Present:
			ids = append(ids, m.ID)
		case s.stoodIn(m.ID) != "":
			ids = append(ids, s.stoodIn(m.ID))
		}
	}
	return ids
}

// stoodIn is the substitute who came for a delegate, "" when none did.
func (s Sitting) stoodIn(delegate string) string {
	for _, sub := range s.Substitutes {
		if sub.For == delegate && s.Calls[sub.ID].Presence == Present {
			return sub.ID
		}
	}
	return ""
}

// moves tells when somebody came and went; those who stayed to the end of a closed sitting did not leave.
func (s Sitting) moves(a Attendance) string {
	var parts []string
	for i, t := range a.times() {
		if t.From != "" && (i > 0 || s.after(t.From, s.At.Format("15:04"))) {
			word := "arrivée à "
			if i > 0 {
				word = "retour à "
			}
			parts = append(parts, word+HourInWords(t.From))
		}
		if t.To != "" {
			parts = append(parts, "départ à "+HourInWords(t.To))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return " (" + strings.Join(parts, ", ") + ")"
}

// HourInWords writes «20:15» as «20 h 15».
func HourInWords(hour string) string {
	h, m, _ := strings.Cut(hour, ":")
	if m == "00" {
		m = ""
	}
	return strings.TrimSpace(strings.TrimPrefix(h, "0") + " h " + m)
}

// Mayor is the member who is the mayor, or the president; ok is false when the seat is vacant.
func (s Sitting) Mayor() (m Member, ok bool) { return s.Member(s.mayor()) }

// PrintedVote is a ballot as the papers show it: names in a public one, and those who did not vote for.
func PrintedVote(s Sitting, v Vote) *typeset.Vote { return votePrinted(s, v) }

// PrintedDecision is an article with the words in capitals that it begins with set apart.
func PrintedDecision(text string) typeset.Article {
	verb, rest := verbOf(text)
	return typeset.Article{Verb: verb, Text: rest}
}
