package sitting

import (
	"maps"
	"slices"
	"time"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/ui/lang"
)

// What the page knows without a widget: which act a key means, and the ballot being entered.

// mark is the act that a presence means: called before the sitting begins, an arrival or a departure
// stamped with its hour and its point afterwards. nil: nothing changes.
func mark(s council.Sitting, member string, to council.Presence) council.Act {
	have := s.Calls[member]
	in := s.InRoom(member)
	switch {
	case to == council.Present && in, to == have.Presence && !in && to != council.Present:
		return nil
	case s.Began() && to == council.Present:
		return council.Move{Member: member, In: true}
	case s.Began() && in:
		return council.Move{Member: member}
	}
	return council.RollCall{Member: member, Attendance: council.Attendance{Presence: to}}
}

// presenceOf is the presence that a letter means.
func presenceOf(r rune) (council.Presence, bool) {
	p, ok := map[rune]council.Presence{'p': council.Present, 'P': council.Present, 'e': council.Excused, 'E': council.Excused, 'a': council.Absent, 'A': council.Absent}[r]
	return p, ok
}

// choiceOf is the vote that a letter means.
func choiceOf(r rune) (council.Choice, bool) {
	c, ok := map[rune]council.Choice{
		'p': council.For, 'P': council.For, 'c': council.Against, 'C': council.Against, 'a': council.Abstain, 'A': council.Abstain, 'n': council.NotVoting, 'N': council.NotVoting,
	}[r]
	return c, ok
}

// ballot is a vote that is being entered for a point, or for one of its amendments.
type ballot struct {
	point, amendment         string
	manner                   council.Manner
	choices                  map[string]council.Choice
	askedPublic, askedSecret int
	waived                   bool
	papers                   council.Figures
	counted                  bool // the papers were entered
}

func newBallot(s council.Sitting, point string) *ballot {
	b := &ballot{point: point, manner: council.Ordinary, choices: map[string]council.Choice{}}
	if a := s.Current(point); a != nil {
		b.amendment = a.ID
	}
	if s.Remote != nil {
		b.manner = council.Public
	}
	return b
}

// cast is the ballot as the council takes it. Votes of those who have left since are forgotten.
func (b *ballot) cast(s council.Sitting) council.Ballot {
	out := council.Ballot{Deliberation: b.point, Amendment: b.amendment, Manner: b.manner, AskedPublic: b.askedPublic, AskedSecret: b.askedSecret, Waived: b.waived,
		Choices: map[string]council.Choice{}}
	may := map[string]bool{}
	for _, v := range voters(s, b.point) {
		may[v.id] = true
	}
	for _, id := range slices.Sorted(maps.Keys(b.choices)) {
		if may[id] && b.choices[id] != council.For {
			out.Choices[id] = b.choices[id]
		}
	}
	if b.manner == council.Secret {
		papers := b.papers
		out.Secret, out.Choices = &papers, nil
	}
	return out
}

// voter is a vote that counts: of a member in the room, or of one represented by holder.
type voter struct{ id, holder string }

// voters are those of a point, now, in the order of precedence.
func voters(s council.Sitting, point string) (all []voter) {
	out := map[string]bool{}
	for _, id := range s.Interested(point) {
		out[id] = true
	}
	var present []string
	for _, id := range s.PresentAt("") {
		if !out[id] {
			present = append(present, id)
			all = append(all, voter{id: id})
		}
	}
	for _, p := range s.ProxiesAmong(present) {
		if !out[p.From] {
			all = append(all, voter{id: p.From, holder: p.To})
		}
	}
	return all
}

// next is the first point that is neither voted nor set aside, "" when all are.
func next(s council.Sitting) string {
	if left := s.Remaining(); len(left) > 0 {
		return left[0]
	}
	return ""
}

// outcome is how a point stands: a key of the words, and what it means.
func outcome(s council.Sitting, point string) (key string, done bool) {
	if v, ok := s.Vote(point); ok {
		switch {
		case v.ByRight || len(v.Nominations) > 0:
			return "named", true
		case v.Adopted:
			return "adopted", true
		}
		return "rejected", true
	}
	for _, a := range s.Aside {
		if a.Point == point {
			return string(a.As), true
		}
	}
	switch {
	case s.Closed:
		return "unheard", false
	case s.Point == point:
		return "open", false
	}
	return "waiting", false
}

// spoken is an hour as one writes it: «20 h 15».
func spoken(hour string) string {
	t, err := time.Parse("15:04", hour)
	if err != nil {
		return hour
	}
	return lang.Hour(t)
}

// moved takes the item at i up (-1) or down (+1).
func moved(agenda []council.Item, i, by int) []council.Item {
	to := i + by
	if i < 0 || i >= len(agenda) || to < 0 || to >= len(agenda) {
		return agenda
	}
	out := slices.Clone(agenda)
	out[i], out[to] = out[to], out[i]
	return out
}

// form is the summons as it is typed.
type form struct {
	day, hour, place string
	kind             string // one of kinds
	after            string // the sitting that a second summons takes up
	points           []string
	// prepared is the agenda that the summons announces, announced what it says of it; empty: points are chosen here.
	prepared  string
	announced []string
}

// kinds of sittings, in the order of the form.
var kinds = []string{"ordinary", "urgent", "second", "first", "demanded"}

// convene is the form as the council takes it, sent on a day.
func (f form) convene(in council.Convene, sent authority.Day) council.Convene {
	in.Convened, in.Posted, in.Place, in.Agenda, in.Prepared = sent, sent, f.place, f.points, f.prepared
	in.Urgent, in.Second, in.First = f.kind == "urgent", f.kind == "second", f.kind == "first"
	if in.Second {
		in.After = f.after
	}
	return in
}
