package council

import (
	"strings"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/typeset/french"
)

// Candidate is who stands in a nomination, with the votes of a round.
type Candidate struct {
	ID   string `json:"id"`   // of the member, or made for a list or an outsider
	Name string `json:"name"` // a list has its own
	// Born decides at equality; for a list, the day that stands for its average age (L2122-7-2).
	Born  authority.Day `json:"born,omitempty"`
	Votes int           `json:"votes"`
}

// Round is one round of a nomination (L2121-21).
type Round struct {
	N          int         `json:"n"`
	Hour       string      `json:"hour,omitempty"`
	Manner     Manner      `json:"manner"`
	Candidates []Candidate `json:"candidates"`
	Blank      int         `json:"blank"` // blank and void papers
	NotVoting  int         `json:"notVoting"`
	Voters     int         `json:"voters"`
	Elected    string      `json:"elected,omitempty"` // candidate
	Why        string      `json:"why"`
}

// Nomination is the filling of a post.
type Nomination struct {
	Point   string  `json:"point"`
	Post    string  `json:"post,omitempty"` // empty: the point's subject says it
	Rounds  []Round `json:"rounds,omitempty"`
	ByRight bool    `json:"byRight,omitempty"` // the only candidate (L2121-21)
	Elected string  `json:"elected,omitempty"` // name
	Why     string  `json:"why,omitempty"`
}

// Nomination gives the nomination to a post of a point.
func (s Sitting) Nomination(point, post string) (Nomination, bool) {
	for _, n := range s.Nominations {
		if n.Point == point && n.Post == post {
			return n, true
		}
	}
	return Nomination{}, false
}

// Sentences tell each round with its figures, and who was elected.
func (n Nomination) Sentences() []string {
	var out []string
	post := ""
	if n.Post != "" {
		post = n.Post + " — "
	}
	for _, r := range n.Rounds {
		if r.N == 0 {
			continue // by right: there was no vote
		}
		var counts []string
		for _, c := range r.Candidates {
			counts = append(counts, c.Name+" "+french.Count(c.Votes, "voix", "voix"))
		}
		counts = append(counts, french.Count(r.Blank, "bulletin blanc ou nul", "bulletins blancs ou nuls"))
		out = append(out, post+french.Ordinal(r.N, french.Masculine)+" tour, "+french.Count(r.Voters, "votant", "votants")+": "+strings.Join(counts, ", ")+". "+r.Why)
	}
	if n.Why != "" && (len(out) == 0 || n.Why != n.Rounds[len(n.Rounds)-1].Why) {
		out = append(out, post+n.Why)
	}
	return out
}

// circumstances are what a ballot is decided on: who is there, who holds whose proxy, who goes out,
// who presides, the quorum.
func circumstances(s Sitting, b Ballot, chair string) (Vote, error) {
	if err := CheckAgenda(s, b.Deliberation); err != nil {
		return Vote{}, err
	}
	item, _ := s.Item(b.Deliberation)
	b.Interested = union(b.Interested, s.interested(b.Deliberation))
	out := setOf(b.Interested)
	v := Vote{Ballot: b, Withdrawn: b.Interested, Closed: s.behindDoors()}
	v.Present = without(s.PresentAt(b.Hour), b.Interested)
	for _, p := range s.ProxiesAmong(v.Present) {
		if !out[p.From] { // who goes out does not vote through another either
			v.Represented = append(v.Represented, p)
		}
	}
	v.Quorum = s.quorumOf(len(b.Interested), len(v.Present))
	if v.Chair = chair; chair == "" {
		v.Chair, _ = Presiding(s, b.Deliberation, v.Present)
	}
	for _, check := range []error{
		CheckGoing(s), CheckUrgency(s), CheckAside(s, b.Deliberation), CheckRemoteItem(s, item), CheckQuorum(v.Quorum),
		CheckAccounts(item, s.mayor(), v.Chair, b.Interested), CheckChair(s, v.Chair, v.Present), CheckReporter(s, item, b.Interested), CheckInterest(s, b), CheckVoters(s, v),
	} {
		if check != nil {
			return Vote{}, check
		}
	}
	return v, nil
}

// Judge counts a ballot with those in the room, by the rules.
func Judge(s Sitting, b Ballot, chair string) (Vote, error) {
	v, err := circumstances(s, b, chair)
	if err != nil {
		return Vote{}, err
	}
	item, _ := s.Item(b.Deliberation)
	if b.Amendment != "" {
		item = Item{}
	} else if err := CheckAmendments(s, b.Deliberation); err != nil {
		return Vote{}, err
	}
	if !BodyOf(s.Kind).PublicAsked {
		b.AskedPublic = 0
	}
	for _, check := range []error{CheckOral(item), CheckManner(item, b, len(v.Present)), CheckRemoteManner(s, b.Manner)} {
		if check != nil {
			return Vote{}, check
		}
	}
	v.Choices = named(v)
	v.Figures = count(v)
	if err := CheckFigures(v.Figures, v.Voters()); err != nil {
		return Vote{}, err
	}
	choice := b.Choices[v.Chair]
	if choice == "" {
		choice = For
	}
	v.Adopted, v.Casting, v.Why = Outcome(v.Figures, b.Manner, choice)
	return v, nil
}

// voters are the members whose votes count: present, then represented.
func (v Vote) voters() []string {
	all := append([]string{}, v.Present...)
	for _, p := range v.Represented {
		all = append(all, p.From)
	}
	return all
}

// named are the votes by name as they are kept: all of them in a public ballot, none in a secret one (L2121-21).
func named(v Vote) map[string]Choice {
	switch v.Manner {
	case Secret:
		return nil
	case Ordinary:
		return v.Choices
	}
	all := map[string]Choice{}
	for _, id := range v.voters() {
		if all[id] = v.Choices[id]; all[id] == "" {
			all[id] = For
		}
	}
	return all
}

// count counts by name; who is not named votes for. Papers are counted by hand.
func count(v Vote) Figures {
	if v.Manner == Secret && v.Secret != nil {
		return *v.Secret
	}
	var f Figures
	for _, id := range v.voters() {
		switch v.Choices[id] {
		case Against:
			f.Against++
		case Abstain:
			f.Abstained++
		case NotVoting:
			f.NotVoting++
		default:
			f.For++
		}
	}
	return f
}
