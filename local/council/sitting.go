package council

import (
	"sort"
	"strings"
	"time"

	"alpi40.fr/airial/local/authority"
)

// Member is a councillor as the sitting knew her: the list is taken when the
// sitting is convened.
type Member struct {
	ID    string `json:"id"`
	Name  string `json:"name"`  // «Mme Ève EXEMPLE»
	Title string `json:"title"` // «1re adjointe»
	Rank  int    `json:"rank"`
	Mayor bool   `json:"mayor,omitempty"`
}

// Presence is whether a member is there.
type Presence string

// The states; unset is «not yet called».
const (
	Unknown Presence = ""
	Present Presence = "present"
	Excused Presence = "excused"
	Absent  Presence = "absent"
)

// Attendance is a member's presence. The hours are «20:15», empty when she was
// there from the beginning, or to the end.
type Attendance struct {
	Presence Presence `json:"presence"`
	Arrived  string   `json:"arrived,omitempty"`
	Left     string   `json:"left,omitempty"`
}

// Proxy is a written power to vote (CGCT, art. L2121-20).
type Proxy struct {
	From string        `json:"from"` // member
	To   string        `json:"to"`   // member
	Day  authority.Day `json:"day"`  // written on
	Ill  bool          `json:"ill,omitempty"`
}

// Item is a point of the agenda.
type Item struct {
	Deliberation string `json:"deliberation"` // id
	Subject      string `json:"subject"`
	// Accounts: the administrative account, which the mayor leaves before the vote (L2121-14).
	Accounts bool `json:"accounts,omitempty"`
	// Nomination is voted in secret unless decided otherwise unanimously (L2121-21).
	Nomination bool `json:"nomination,omitempty"`
}

// Manner is how a ballot is held.
type Manner string

// The manners.
const (
	Ordinary Manner = "ordinary" // raised hands
	Public   Manner = "public"   // by name, recorded
	Secret   Manner = "secret"
)

// Choice is a member's vote.
type Choice string

// The choices.
const (
	For       Choice = "for"
	Against   Choice = "against"
	Abstain   Choice = "abstain"
	NotVoting Choice = "none" // takes no part
)

// Ballot is what the recorder enters for one point. Choices names the votes of
// the members present and represented, the latter cast by who holds their proxy;
// who is not named votes for. A secret ballot has figures only.
type Ballot struct {
	Deliberation string            `json:"deliberation"`
	Manner       Manner            `json:"manner"`
	Hour         string            `json:"hour,omitempty"` // «20:40»; empty: with those present now
	Choices      map[string]Choice `json:"choices,omitempty"`
	// Interested have left the room for this point (L2131-11).
	Interested []string `json:"interested,omitempty"`
	Secret     *Figures `json:"secret,omitempty"`
	// AskedPublic and AskedSecret count who asked for that manner (L2121-21).
	AskedPublic int `json:"askedPublic,omitempty"`
	AskedSecret int `json:"askedSecret,omitempty"`
	// Waived: the council decided unanimously not to vote a nomination in secret.
	Waived bool `json:"waived,omitempty"`
}

// Figures are the counts of a ballot.
type Figures struct {
	For       int `json:"for"`
	Against   int `json:"against"`
	Abstained int `json:"abstained"` // with blank and void papers
	NotVoting int `json:"notVoting"`
}

// Vote is a ballot with what it was decided on and its outcome.
type Vote struct {
	Ballot
	Chair       string   `json:"chair"`       // who presided this point
	Present     []string `json:"present"`     // members, in the order of precedence
	Represented []Proxy  `json:"represented"` // whose proxy counted
	Withdrawn   []string `json:"withdrawn"`   // who left for this point
	Quorum      Quorum   `json:"quorum"`
	Figures     Figures  `json:"figures"`
	Adopted     bool     `json:"adopted"`
	Casting     bool     `json:"casting"` // the chair's voice decided
	Why         string   `json:"why"`     // the outcome, in a sentence
}

// Voters is how many could vote: present and represented.
func (v Vote) Voters() int { return len(v.Present) + len(v.Represented) }

// Sitting is a sitting as it stands.
type Sitting struct {
	ID       string        `json:"id"`
	At       time.Time     `json:"at"`
	Place    string        `json:"place"`
	Convened authority.Day `json:"convened"`
	Posted   authority.Day `json:"posted"`
	// Urgent: the mayor shortened the term (L2121-11, L2121-12).
	Urgent bool `json:"urgent,omitempty"`
	// Second: convened again after a sitting without quorum (L2121-17).
	Second    bool                  `json:"second,omitempty"`
	Summons   Summons               `json:"summons"`
	Agenda    []Item                `json:"agenda"`
	Members   []Member              `json:"members"` // in exercise, in the order of precedence
	Chair     string                `json:"chair"`
	Secretary string                `json:"secretary,omitempty"`
	Calls     map[string]Attendance `json:"calls,omitempty"`
	Proxies   []Proxy               `json:"proxies,omitempty"`
	Votes     []Vote                `json:"votes,omitempty"` // the last of each point
	Closed    bool                  `json:"closed,omitempty"`
}

// Member gives a member by id.
func (s Sitting) Member(id string) (Member, bool) {
	for _, m := range s.Members {
		if m.ID == id {
			return m, true
		}
	}
	return Member{}, false
}

func (s Sitting) name(id string) string {
	m, _ := s.Member(id)
	return m.Name
}

func (s Sitting) mayor() string {
	for _, m := range s.Members {
		if m.Mayor {
			return m.ID
		}
	}
	return ""
}

// Item gives a point of the agenda.
func (s Sitting) Item(deliberation string) (Item, bool) {
	for _, i := range s.Agenda {
		if i.Deliberation == deliberation {
			return i, true
		}
	}
	return Item{}, false
}

// Vote gives the ballot of a point.
func (s Sitting) Vote(deliberation string) (Vote, bool) {
	for _, v := range s.Votes {
		if v.Deliberation == deliberation {
			return v, true
		}
	}
	return Vote{}, false
}

// PresentAt gives who was in the room at an hour («20:40», or empty for now), in
// the order of precedence. An hour before that of the sitting is past midnight.
func (s Sitting) PresentAt(hour string) []string {
	var ids []string
	for _, m := range s.Members {
		a := s.Calls[m.ID]
		if a.Presence != Present {
			continue
		}
		if hour == "" && a.Left != "" {
			continue
		}
		if hour != "" && (s.after(a.Arrived, hour) || (a.Left != "" && !s.after(a.Left, hour))) {
			continue
		}
		ids = append(ids, m.ID)
	}
	return ids
}

// after compares two hours of the sitting's evening.
func (s Sitting) after(a, b string) bool {
	return a != "" && s.evening(a) > s.evening(b)
}

func (s Sitting) evening(hour string) string {
	if hour < s.At.Format("15:04") {
		return "+" + "~" + hour // '~' sorts after the digits: past midnight
	}
	return "+" + hour
}

// ProxiesAmong gives the proxies that count when those are present: the holder is
// in the room, the giver is not.
func (s Sitting) ProxiesAmong(present []string) []Proxy {
	in := setOf(present)
	var counted []Proxy
	for _, p := range s.Proxies {
		if in[p.To] && !in[p.From] {
			counted = append(counted, p)
		}
	}
	sort.SliceStable(counted, func(i, j int) bool { return s.rank(counted[i].From) < s.rank(counted[j].From) })
	return counted
}

func (s Sitting) rank(id string) int {
	m, _ := s.Member(id)
	return m.Rank
}

// QuorumNow is the quorum with those in the room, for the sitting as a whole.
func (s Sitting) QuorumNow() Quorum {
	return QuorumOf(len(s.Members), 0, len(s.PresentAt("")), s.Second)
}

func setOf(ids []string) map[string]bool {
	set := make(map[string]bool, len(ids))
	for _, id := range ids {
		set[id] = true
	}
	return set
}

func without(ids, less []string) []string {
	gone := setOf(less)
	var left []string
	for _, id := range ids {
		if !gone[id] {
			left = append(left, id)
		}
	}
	return left
}

func isHour(h string) bool {
	_, err := time.Parse("15:04", h)
	return h == "" || (err == nil && len(h) == 5 && strings.Contains(h, ":"))
}
