package council

import (
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
	// Born decides where the eldest presides or is elected (L2122-8, L2121-21).
	Born authority.Day `json:"born,omitempty"`
	// For is the delegate that a substitute stands in for (L5211-6).
	For string `json:"for,omitempty"`
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
	Left     string   `json:"left,omitempty"` // set while she is out
	// Spells are her times in the room when she came and went; Arrived and Left are their ends.
	Spells []Spell `json:"spells,omitempty"`
	// Site is from where she takes part in a remote sitting.
	Site string `json:"site,omitempty"`
}

// Spell is a time in the room. The hours are as in Attendance; the points are those
// under discussion when she came and went (deliberation ids).
type Spell struct {
	From      string `json:"from,omitempty"`
	FromPoint string `json:"fromPoint,omitempty"`
	To        string `json:"to,omitempty"`
	ToPoint   string `json:"toPoint,omitempty"`
}

// Proxy is a written power to vote (CGCT, art. L2121-20).
type Proxy struct {
	From string        `json:"from"` // member
	To   string        `json:"to"`   // member
	Day  authority.Day `json:"day"`  // written on
	Ill  bool          `json:"ill,omitempty"`
	Hour string        `json:"hour,omitempty"` // handed in during the sitting
}

// FormerProxy is a proxy that no longer holds.
type FormerProxy struct {
	Proxy
	Until string `json:"until"` // hour
	Point string `json:"point,omitempty"`
	// Arrival: its giver came; otherwise she revoked it.
	Arrival bool `json:"arrival,omitempty"`
}

// Item is a point of the agenda.
type Item struct {
	Deliberation string `json:"deliberation"` // id
	Subject      string `json:"subject"`
	// Accounts: the administrative account, which the mayor leaves before the vote (L2121-14).
	Accounts bool `json:"accounts,omitempty"`
	// Nomination is voted in secret unless decided otherwise unanimously (L2121-21).
	Nomination bool `json:"nomination,omitempty"`
	// Election is one that a text has held in secret whatever the council wishes: the mayor's, the deputies' (L2122-7).
	Election bool `json:"election,omitempty"`
	// Eldest: the eldest member presides, as for the election of the mayor (L2122-8).
	Eldest bool `json:"eldest,omitempty"`
	// Budget is the initial budget, never voted at a remote sitting (L5211-11-1).
	Budget bool `json:"budget,omitempty"`
	// Oral is an oral question, answered without a vote (L2121-19).
	Oral bool `json:"oral,omitempty"`
	// Reporter is the member who presents the point.
	Reporter string    `json:"reporter,omitempty"`
	Opinions []Opinion `json:"opinions,omitempty"`
	// Supplement is the day of the further summons that added the point; Urgent when its term was shortened.
	Supplement authority.Day `json:"supplement,omitempty"`
	Urgent     bool          `json:"urgent,omitempty"`
}

// Opinion is what a commission said of a point.
type Opinion struct {
	Commission string        `json:"commission"`
	Day        authority.Day `json:"day,omitempty"`
	Words      string        `json:"words"`
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
	Amendment    string            `json:"amendment,omitempty"` // id; empty: the text itself
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
	Casting     bool     `json:"casting"`      // the chair's voice decided
	Why         string   `json:"why"`          // the outcome, in a sentence
	At          string   `json:"at,omitempty"` // hour
	// ByRight: the only candidate, named without a vote (L2121-21).
	ByRight bool `json:"byRight,omitempty"`
	// Closed: in closed session (L2121-18).
	Closed bool `json:"closed,omitempty"`
	// Nominations are those that the point ended with.
	Nominations []Nomination `json:"nominations,omitempty"`
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

	// Kind is the authority's; the body's rules hang on it.
	Kind authority.Kind `json:"kind,omitempty"`
	// First after a renewal (L2121-7).
	First bool `json:"first,omitempty"`
	// Demanded is the day on which the prefect or members asked for it (L2121-9).
	Demanded authority.Day `json:"demanded,omitempty"`
	// After is the sitting without quorum whose points a second summons takes up.
	After       string        `json:"after,omitempty"`
	Substitutes []Member      `json:"substitutes,omitempty"`
	Remote      *Remote       `json:"remote,omitempty"`
	Auxiliaries []string      `json:"auxiliaries,omitempty"` // beside the secretary, not members, without a vote
	Urgency     *Urgency      `json:"urgency,omitempty"`
	Point       string        `json:"point,omitempty"` // under discussion
	Openings    []Opening     `json:"openings,omitempty"`
	Presidents  []Presidency  `json:"presidents,omitempty"`
	Interests   []Interest    `json:"interests,omitempty"`
	Aside       []Aside       `json:"aside,omitempty"`
	Amendments  []Amendment   `json:"amendments,omitempty"`
	Nominations []Nomination  `json:"nominations,omitempty"`
	Suspensions []Suspension  `json:"suspensions,omitempty"`
	ClosedDoors []ClosedDoors `json:"closedDoors,omitempty"`
	Former      []FormerProxy `json:"formerProxies,omitempty"`
	Notes       []Note        `json:"notes,omitempty"` // what was said, for the minutes (L2121-15)
	Ended       string        `json:"ended,omitempty"` // hour
	// Recording is where it is seen afterwards, when it was recorded (L2121-18).
	Recording string `json:"recording,omitempty"`
	// LackedQuorum: it was ended because the quorum was lost (L2121-17).
	LackedQuorum bool `json:"lackedQuorum,omitempty"`
}

// Remote is a sitting at several places by video (L5211-11-1).
type Remote struct {
	Sites     []string `json:"sites"`
	Link      string   `json:"link,omitempty"` // where the public follows
	Recording string   `json:"recording,omitempty"`
}

// Urgency is what the council decided on a shortened summons (L2121-11, L2121-12).
type Urgency struct {
	Accepted  bool     `json:"accepted"`
	Postponed []string `json:"postponed,omitempty"` // points
	Hour      string   `json:"hour"`
}

// Opening is when a point came under discussion, and the quorum then.
type Opening struct {
	Point  string `json:"point"`
	Hour   string `json:"hour"`
	Quorum Quorum `json:"quorum"`
}

// Title is why somebody presides.
type Title string

// The titles.
const (
	StandsIn Title = "stand-in" // first in the order of precedence (L2122-17)
	Eldest   Title = "eldest"   // for the election of the mayor (L2122-8)
	Elected  Title = "elected"  // for the accounts (L2121-14)
)

// Presidency is who presides a point, or the whole sitting when it has none.
type Presidency struct {
	Member string `json:"member"`
	Title  Title  `json:"title"`
	Point  string `json:"point,omitempty"`
	Hour   string `json:"hour,omitempty"`
}

// Interest is a member who goes out for a point (L2131-11, L2121-14).
type Interest struct {
	Point  string `json:"point"`
	Member string `json:"member"`
	Back   bool   `json:"back,omitempty"` // she takes part after all
	Hour   string `json:"hour,omitempty"`
	// Outside is what the point asks of an outside body where she represents the authority; empty: she goes out for
	// herself, or for another reason (L1111-6).
	Outside Matter `json:"outside,omitempty"`
}

// Matter is what a point is about, for who represents the authority in an outside body.
type Matter string

// The matters (L1111-6): the last is none of those for which she goes out.
const (
	MatterAid      Matter = "aid" // a grant, a loan, a guarantee
	MatterContract Matter = "contract"
	MatterSelf     Matter = "self" // her nomination or her pay there
	MatterOther    Matter = "other"
)

// Settling is how a point ends without a vote.
type Settling string

// The settlings.
const (
	Postponed Settling = "postponed" // to another sitting
	Withdrawn Settling = "withdrawn" // by who presented it
	Informed  Settling = "informed"  // nothing to vote
)

// Aside is a point that ended without a vote.
type Aside struct {
	Point string   `json:"point"`
	As    Settling `json:"as"`
	Why   string   `json:"why,omitempty"`
	Hour  string   `json:"hour,omitempty"`
}

// Amendment is a change proposed to a text, voted before it.
type Amendment struct {
	ID        string `json:"id"`
	Point     string `json:"point"`
	Author    string `json:"author"` // member
	Text      string `json:"text"`
	Hour      string `json:"hour,omitempty"`
	Withdrawn bool   `json:"withdrawn,omitempty"`
	Vote      *Vote  `json:"vote,omitempty"`
}

// Suspension is a pause of the sitting.
type Suspension struct {
	From  string `json:"from"`
	To    string `json:"to,omitempty"` // empty: it lasts
	By    string `json:"by,omitempty"` // member who asked
	Point string `json:"point,omitempty"`
}

// ClosedDoors is a closed session that was asked for (L2121-18).
type ClosedDoors struct {
	From    string `json:"from"`
	To      string `json:"to,omitempty"` // empty: it lasts, when adopted
	Point   string `json:"point,omitempty"`
	Asked   int    `json:"asked,omitempty"`
	ByChair bool   `json:"byChair,omitempty"`
	For     int    `json:"for"`
	Voters  int    `json:"voters"`
	Adopted bool   `json:"adopted"`
}

// Note is what was said on a point, as the secretary writes it down.
type Note struct {
	Point string `json:"point,omitempty"`
	By    string `json:"by,omitempty"` // member
	Text  string `json:"text"`
	Hour  string `json:"hour"`
}

// Member gives a member, or a substitute, by id.
func (s Sitting) Member(id string) (Member, bool) {
	for _, all := range [][]Member{s.Members, s.Substitutes} {
		for _, m := range all {
			if m.ID == id {
				return m, true
			}
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
