package council

import (
	"sort"
	"time"
)

// Where the members are, hour by hour and point by point.

// times are the member's times in the room; one that never closed is still open.
func (a Attendance) times() []Spell {
	switch {
	case a.Presence != Present:
		return nil
	case len(a.Spells) > 0:
		return a.Spells
	}
	return []Spell{{From: a.Arrived, To: a.Left}}
}

// inRoom tells whether she is there now.
func (a Attendance) inRoom() bool {
	all := a.times()
	return len(all) > 0 && all[len(all)-1].To == ""
}

// InRoom tells whether a member, or a substitute, is in the room now.
func (s Sitting) InRoom(id string) bool { return s.Calls[id].inRoom() }

// moved is her attendance after she came or went.
func (a Attendance) moved(in bool, hour, point, site string) Attendance {
	all := append([]Spell{}, a.times()...)
	if in {
		if a.Presence != Present {
			a.Arrived = hour
		}
		all = append(all, Spell{From: hour, FromPoint: point})
		a.Presence, a.Left = Present, ""
		if site != "" {
			a.Site = site
		}
	} else {
		all[len(all)-1].To, all[len(all)-1].ToPoint = hour, point
		a.Left = hour
	}
	a.Spells = all
	return a
}

// PresentAt gives who held a seat at an hour («20:40», or empty for now), in the
// order of precedence: the members in the room, and the substitutes in it of those
// who are not. An hour may be past midnight.
func (s Sitting) PresentAt(hour string) []string {
	var ids []string
	for _, m := range s.Members {
		if s.there(m.ID, hour) {
			ids = append(ids, m.ID)
			continue
		}
		for _, sub := range s.Substitutes {
			if sub.For == m.ID && s.there(sub.ID, hour) {
				ids = append(ids, sub.ID)
				break
			}
		}
	}
	return ids
}

func (s Sitting) there(id, hour string) bool {
	a := s.Calls[id]
	if hour == "" {
		return a.inRoom()
	}
	for _, t := range a.times() {
		if !s.after(t.From, hour) && (t.To == "" || s.after(t.To, hour)) {
			return true
		}
	}
	return false
}

// after compares two hours of the sitting's evening.
func (s Sitting) after(a, b string) bool { return a != "" && s.evening(a) > s.evening(b) }

// evening counts the minutes from the hour of the summons. What seems to be up to six hours
// early is early; the rest is later, past midnight as well.
func (s Sitting) evening(hour string) int {
	const day, early = 24 * 60, 6 * 60
	t, err := time.Parse("15:04", hour)
	if err != nil {
		return 0
	}
	n := (t.Hour()*60 + t.Minute() - s.At.Hour()*60 - s.At.Minute() + day) % day
	if n > day-early {
		n -= day
	}
	return n
}

// ProxiesAmong gives the proxies that count when those are present: the holder is
// in the room, the giver is not.
func (s Sitting) ProxiesAmong(present []string) []Proxy {
	in := setOf(present)
	seats := map[string]bool{}
	for _, m := range s.Members {
		seats[m.ID] = true
	}
	var counted []Proxy
	for _, p := range s.Proxies {
		if seats[p.From] && in[p.To] && !in[p.From] && !in[s.substituteAmong(p.From, in)] {
			counted = append(counted, p)
		}
	}
	sort.SliceStable(counted, func(i, j int) bool { return s.rank(counted[i].From) < s.rank(counted[j].From) })
	return counted
}

// substituteAmong is who sits for a delegate, "" when nobody does.
func (s Sitting) substituteAmong(delegate string, in map[string]bool) string {
	for _, sub := range s.Substitutes {
		if sub.For == delegate && in[sub.ID] {
			return sub.ID
		}
	}
	return ""
}

func (s Sitting) rank(id string) int {
	m, _ := s.Member(id)
	return m.Rank
}

// QuorumNow is the quorum with those in the room, for the point under discussion
// when there is one: who goes out for it does not count.
func (s Sitting) QuorumNow() Quorum { return s.quorum(s.Point, nil) }

// quorum is that of a point with those in the room now.
func (s Sitting) quorum(point string, alsoOut []string) Quorum {
	out := union(s.interested(point), alsoOut)
	return s.quorumOf(len(out), len(without(s.PresentAt(""), out)))
}

func (s Sitting) quorumOf(withdrawn, present int) Quorum {
	q := QuorumOf(len(s.Members), withdrawn, present, s.Second)
	q.Article = BodyOf(s.Kind).Quorum
	return q
}

// interested are those who go out for a point, in the order in which they were noted.
func (s Sitting) interested(point string) []string {
	var ids []string
	for _, i := range s.Interests {
		if i.Point != point {
			continue
		}
		ids = without(ids, []string{i.Member})
		if !i.Back {
			ids = append(ids, i.Member)
		}
	}
	return ids
}

// Interested are those who go out for a point.
func (s Sitting) Interested(point string) []string { return s.interested(point) }

func union(a, b []string) []string {
	return append(append([]string{}, a...), without(b, a)...)
}
