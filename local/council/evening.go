package council

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
)

// Act is one thing that is noted in a sitting: an entry each, so that nothing is lost when the laptop
// stops, and each can be undone by another entry while the sitting lasts.
type Act interface {
	// decide judges the act in the sitting as it stands, and gives the entry.
	decide(s *Sitting, c clerk) (kind string, data any, err error)
}

// clerk is what an act asks beyond its sitting.
type clerk struct {
	hour     string // now
	newID    func() string
	served   func(Proxy) (int, error)
	numbered func(deliberation string) (bool, error)
	acts     func() ([]Noted, error)
}

// at is the hour of an act that has none of its own.
func (c clerk) at(hour string) string {
	if hour == "" {
		return c.hour
	}
	return hour
}

const maxWords = 20_000

// The acts.
type (
	// RollCall notes a member's presence, or corrects it.
	RollCall struct {
		Member string `json:"member"`
		Attendance
	}
	// Move is an arrival or a departure in the course of the sitting.
	Move struct {
		Member string `json:"member"`
		In     bool   `json:"in"`
		Hour   string `json:"hour"`
		Point  string `json:"point,omitempty"`
		Site   string `json:"site,omitempty"`
	}
	// TakeProxy notes a written proxy (CGCT, art. L2121-20).
	TakeProxy struct{ Proxy }
	// RevokeProxy takes one back: it always may be.
	RevokeProxy struct {
		From string `json:"from"`
		Hour string `json:"hour,omitempty"`
	}
	// NameSecretary names the secretary (CGCT, art. L2121-15).
	NameSecretary struct {
		Member string `json:"member"`
	}
	// NameAuxiliaries names those who assist the secretary, from outside the council and without a vote.
	NameAuxiliaries struct {
		Names []string `json:"names"`
	}
	// Preside notes who presides, when it is not the chair.
	Preside struct{ Presidency }
	// RuleUrgency notes what the council decided on a shortened summons.
	RuleUrgency struct{ Urgency }
	// OpenPoint brings a point under discussion.
	OpenPoint struct {
		Point string
		Hour  string
	}
	// GoOut notes that a member goes out for a point, or takes part after all.
	GoOut struct{ Interest }
	// Cast is a ballot on a text, or on an amendment.
	Cast struct {
		Ballot
		Chair string
	}
	// HoldRound is a round of a nomination.
	HoldRound struct {
		Point, Post string
		Candidates  []Candidate
		Blank       int
		NotVoting   int
		Waived      bool // not in secret, by a unanimous decision
		Hour        string
	}
	// NameByRight names the only candidate without a vote.
	NameByRight struct {
		Point, Post string
		Candidate   Candidate
	}
	// SetAside ends a point without a vote.
	SetAside struct{ Aside }
	// Amend proposes an amendment.
	Amend struct{ Amendment }
	// WithdrawAmendment is its author's.
	WithdrawAmendment struct {
		ID string `json:"id"`
	}
	// Suspend and Resume are the chair's.
	Suspend struct{ Suspension }
	// Resume ends a pause.
	Resume struct {
		Hour string `json:"hour"`
	}
	// CloseDoors is a vote on a closed session.
	CloseDoors struct {
		Asked   int
		ByChair bool
		For     int
		Hour    string
	}
	// OpenDoors ends a closed session.
	OpenDoors struct {
		Hour string `json:"hour"`
	}
	// Write notes what was said.
	Write struct{ Note }
	// KeepRecording notes where the recording of a sitting is seen; it is often published once the sitting has ended.
	KeepRecording struct {
		Link string `json:"link"`
	}
	// End ends the sitting.
	End struct {
		Hour string `json:"hour,omitempty"`
		// LackedQuorum: the remaining points go to a second summons.
		LackedQuorum bool `json:"lackedQuorum,omitempty"`
	}
)

// Record notes an act in a sitting, or gives the refusal.
func (c *Council) Record(ctx context.Context, actor, id string, act Act) error {
	_, err := c.j.Commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) {
		s, err := sitting(tx, id)
		if err != nil {
			return nil, err
		}
		if _, afterwards := act.(KeepRecording); s.Closed && !afterwards {
			return nil, errEnded()
		}
		kind, data, err := act.decide(s, c.clerk(tx, s))
		if err != nil {
			return nil, err
		}
		return []journal.Draft{{Stream: "sitting/" + id, Kind: kind, Data: data}}, nil
	})
	return err
}

func errEnded() error {
	return &rule.Refusal{Article: "CGCT, art. L2121-15", Why: "La séance est levée.", Cure: "Une correction se fait au procès-verbal, à la séance suivante."}
}

func (c *Council) clerk(tx *store.Tx, s *Sitting) clerk {
	return clerk{
		hour: c.j.Now().In(s.At.Location()).Format("15:04"), newID: c.j.NewID,
		served: func(p Proxy) (int, error) { return servedBefore(tx, s, p) },
		numbered: func(id string) (bool, error) {
			d, err := deliberation(tx, id)
			return err == nil && d.Status != StatusDraft, err
		},
		acts: func() ([]Noted, error) { return history(tx, s.ID) },
	}
}

func checkHour(hours ...string) error {
	for _, h := range hours {
		if !isHour(h) {
			return &rule.Refusal{Why: "L’heure « " + short(h) + " » n’est pas de la forme 20:15.", Cure: "Corrigez l’heure."}
		}
	}
	return nil
}

func short(s string) string {
	if r := []rune(s); len(r) > 20 {
		return string(r[:20]) + "…"
	}
	return s
}

func (s Sitting) known(member string) error {
	if _, ok := s.Member(member); ok {
		return nil
	}
	return &rule.Refusal{Why: "Cette personne n’est pas membre de l’assemblée.", Cure: "Choisissez un membre de la liste."}
}

func (a RollCall) decide(s *Sitting, _ clerk) (string, any, error) {
	if _, known := s.Member(a.Member); !known || !isHour(a.Arrived) || !isHour(a.Left) {
		return "", nil, &rule.Refusal{Why: "Ce membre n’est pas de l’assemblée, ou l’heure n’est pas de la forme 20:15.", Cure: "Corrigez la saisie."}
	}
	for _, t := range a.Spells {
		if err := checkHour(t.From, t.To); err != nil {
			return "", nil, err
		}
	}
	return KindCalled, a, nil
}

func (a Move) decide(s *Sitting, c clerk) (string, any, error) {
	a.Hour, a.Point = c.at(a.Hour), s.Point
	if err := s.known(a.Member); err != nil {
		return "", nil, err
	}
	if err := checkHour(a.Hour); err != nil {
		return "", nil, err
	}
	refuse := func(why, cure string) (string, any, error) {
		return "", nil, &rule.Refusal{Article: BodyOf(s.Kind).Quorum, Why: why, Cure: cure}
	}
	have := s.Calls[a.Member]
	switch {
	case a.In && have.inRoom():
		return refuse(s.name(a.Member)+" est déjà en séance.", "Rien n’est à noter.")
	case !a.In && !have.inRoom():
		return refuse(s.name(a.Member)+" n’est pas en séance.", "Notez d’abord son arrivée.")
	}
	if all := have.times(); len(all) > 0 {
		last := all[len(all)-1]
		if before := last.From + last.To; !a.In && s.after(last.From, a.Hour) || a.In && s.after(last.To, a.Hour) {
			return refuse("L’heure précède celle du mouvement d’avant ("+spoken(before)+").", "Corrigez l’heure.")
		}
	}
	return KindMoved, a, nil
}

func (a TakeProxy) decide(s *Sitting, c clerk) (string, any, error) {
	before, err := c.served(a.Proxy)
	if err != nil {
		return "", nil, err
	}
	if s.Began() {
		a.Hour = c.at(a.Hour)
	}
	return KindProxied, a.Proxy, CheckProxy(*s, a.Proxy, before)
}

func (a RevokeProxy) decide(_ *Sitting, c clerk) (string, any, error) {
	a.Hour = c.at(a.Hour)
	return KindRevoked, a, nil
}

func (a NameSecretary) decide(s *Sitting, _ clerk) (string, any, error) {
	return KindSecretary, a, CheckSecretary(*s, a.Member)
}

func (a NameAuxiliaries) decide(s *Sitting, _ clerk) (string, any, error) {
	kept := NameAuxiliaries{Names: []string{}}
	for _, name := range a.Names {
		if name = strings.TrimSpace(name); name == "" {
			continue
		}
		for _, m := range s.Members {
			if strings.EqualFold(m.Name, name) {
				return "", nil, &rule.Refusal{Article: "CGCT, art. L2121-15", Why: "Les auxiliaires du secrétaire sont pris en dehors des membres de l’assemblée.", Cure: "Nommez un agent."}
			}
		}
		kept.Names = append(kept.Names, name)
	}
	return KindAuxiliaries, kept, nil
}

func (a Preside) decide(s *Sitting, c clerk) (string, any, error) {
	a.Hour = c.at(a.Hour)
	if a.Point != "" {
		if err := CheckAgenda(*s, a.Point); err != nil {
			return "", nil, err
		}
	}
	return KindPresided, a.Presidency, CheckPresidency(*s, a.Presidency)
}

func (a RuleUrgency) decide(s *Sitting, c clerk) (string, any, error) {
	a.Hour = c.at(a.Hour)
	if CheckUrgency(*s) == nil {
		return "", nil, &rule.Refusal{Article: "CGCT, art. L2121-11", Why: "Aucune urgence n’attend la décision de l’assemblée.", Cure: "Rien n’est à noter."}
	}
	for _, p := range a.Postponed {
		if err := CheckAgenda(*s, p); err != nil {
			return "", nil, err
		}
	}
	return KindUrgency, a.Urgency, CheckQuorum(s.quorum("", nil))
}

func (a OpenPoint) decide(s *Sitting, c clerk) (string, any, error) {
	if err := CheckOpen(*s, a.Point); err != nil {
		return "", nil, err
	}
	return KindOpened, Opening{Point: a.Point, Hour: c.at(a.Hour), Quorum: s.quorum(a.Point, nil)}, checkHour(a.Hour)
}

func (a GoOut) decide(s *Sitting, c clerk) (string, any, error) {
	a.Hour = c.at(a.Hour)
	for _, err := range []error{s.known(a.Member), CheckAgenda(*s, a.Point), CheckUndecided(*s, a.Point), CheckOutside(*s, a.Interest)} {
		if err != nil {
			return "", nil, err
		}
	}
	return KindInterest, a.Interest, nil
}

func (a Cast) decide(s *Sitting, c clerk) (string, any, error) {
	v, err := Judge(*s, a.Ballot, a.Chair)
	if err != nil {
		return "", nil, err
	}
	v.At = c.at(a.Hour)
	if a.Amendment == "" {
		return KindVoted, v, nil
	}
	for _, have := range s.Amendments {
		if have.ID == a.Amendment && have.Point == a.Deliberation && !have.Withdrawn {
			return KindAmendmentVoted, v, nil
		}
	}
	return "", nil, &rule.Refusal{Why: "Cet amendement n’a pas été déposé sur ce point, ou son auteur l’a retiré.", Cure: "Choisissez un amendement en cours."}
}

// held is a round, with the vote of the point when the round ends the nomination.
type held struct {
	Point string `json:"point"`
	Post  string `json:"post,omitempty"`
	Round
	ByRight bool  `json:"byRight,omitempty"`
	Vote    *Vote `json:"vote,omitempty"`
}

func (a HoldRound) decide(s *Sitting, c clerk) (string, any, error) {
	item, _ := s.Item(a.Point)
	n, _ := s.Nomination(a.Point, a.Post)
	b := Ballot{Deliberation: a.Point, Manner: Secret, Waived: a.Waived}
	if a.Waived {
		b.Manner = Ordinary
	}
	v, err := circumstances(*s, b, "")
	if err != nil {
		return "", nil, err
	}
	for _, check := range []error{CheckNominable(item, n), CheckCandidates(a.Candidates), CheckManner(item, b, len(v.Present)), CheckRemoteManner(*s, b.Manner), checkHour(a.Hour)} {
		if check != nil {
			return "", nil, check
		}
	}
	h := held{Point: a.Point, Post: a.Post, Round: Round{
		N: len(n.Rounds) + 1, Hour: c.at(a.Hour), Manner: b.Manner, Candidates: a.Candidates, Blank: a.Blank, NotVoting: a.NotVoting, Voters: v.Voters()}}
	cast := 0
	for _, x := range a.Candidates {
		cast += x.Votes
	}
	if err := CheckFigures(Figures{For: cast, Abstained: a.Blank, NotVoting: a.NotVoting}, v.Voters()); err != nil {
		return "", nil, err
	}
	if h.Elected, h.Why, err = NominationOutcome(h.N, a.Candidates); err != nil {
		return "", nil, err
	}
	for _, x := range a.Candidates {
		if x.ID == h.Elected {
			v.Figures = Figures{For: x.Votes, Against: cast - x.Votes, Abstained: a.Blank, NotVoting: a.NotVoting}
		}
	}
	if h.Elected != "" {
		v.Adopted, v.Why, v.At = true, h.Why, h.Hour
		h.Vote = &v
	}
	return KindRoundHeld, h, nil
}

func (a NameByRight) decide(s *Sitting, c clerk) (string, any, error) {
	item, _ := s.Item(a.Point)
	n, _ := s.Nomination(a.Point, a.Post)
	all := []Candidate{a.Candidate}
	v, err := circumstances(*s, Ballot{Deliberation: a.Point, Manner: Ordinary}, "")
	if err != nil {
		return "", nil, err
	}
	for _, check := range []error{CheckNominable(item, n), CheckCandidates(all), CheckByRight(item, all)} {
		if check != nil {
			return "", nil, check
		}
	}
	h := held{Point: a.Point, Post: a.Post, ByRight: true, Round: Round{Hour: c.hour, Candidates: all, Elected: a.Candidate.ID, Voters: v.Voters(),
		Why: a.Candidate.Name + " est " + agreed(a.Candidate.Name, "nommé") + " sans vote : une seule candidature a été présentée, et le " + BodyOf(s.Kind).Chair + " en a donné lecture."}}
	v.Adopted, v.ByRight, v.Why, v.At = true, true, h.Why, c.hour
	h.Vote = &v
	return KindRoundHeld, h, nil
}

func (a SetAside) decide(s *Sitting, c clerk) (string, any, error) {
	a.Hour = c.at(a.Hour)
	if settledWords[a.As] == "" || len(a.Why) > maxWords {
		return "", nil, &rule.Refusal{Why: "Il faut dire comment ce point finit.", Cure: "Choisissez : ajourné, retiré, ou présenté pour information."}
	}
	if err := CheckAgenda(*s, a.Point); err != nil {
		return "", nil, err
	}
	return KindAside, a.Aside, CheckUndecided(*s, a.Point)
}

func (a Amend) decide(s *Sitting, c clerk) (string, any, error) {
	a.Amendment = Amendment{ID: a.ID, Point: a.Point, Author: a.Author, Text: strings.TrimSpace(a.Text), Hour: c.at(a.Hour)}
	if a.ID == "" {
		a.ID = c.newID()
	}
	if a.Text == "" || len(a.Text) > maxWords {
		return "", nil, &rule.Refusal{Why: "Le texte de l’amendement manque ou est trop long.", Cure: "Écrivez ce que l’amendement change."}
	}
	for _, err := range []error{CheckAgenda(*s, a.Point), s.known(a.Author), CheckUndecided(*s, a.Point)} {
		if err != nil {
			return "", nil, err
		}
	}
	return KindAmended, a.Amendment, nil
}

func (a WithdrawAmendment) decide(s *Sitting, _ clerk) (string, any, error) {
	for _, have := range s.Amendments {
		if have.ID == a.ID && have.Vote == nil && !have.Withdrawn {
			return KindAmendmentWithdrawn, a, nil
		}
	}
	return "", nil, &rule.Refusal{Why: "Cet amendement est déjà voté ou retiré.", Cure: "Annulez son vote dans l’historique si c’est une erreur."}
}

func (a Suspend) decide(s *Sitting, c clerk) (string, any, error) {
	a.From, a.To, a.Point = c.at(a.From), "", s.Point
	if err := checkHour(a.From); err != nil {
		return "", nil, err
	}
	return KindSuspended, a.Suspension, CheckGoing(*s)
}

func (a Resume) decide(s *Sitting, c clerk) (string, any, error) {
	a.Hour = c.at(a.Hour)
	if !s.Suspended() {
		return "", nil, &rule.Refusal{Article: "CGCT, art. L2121-16", Why: "La séance n’est pas suspendue.", Cure: "Rien n’est à noter."}
	}
	return KindResumed, a, checkHour(a.Hour)
}

func (a CloseDoors) decide(s *Sitting, c clerk) (string, any, error) {
	d := ClosedDoors{From: c.at(a.Hour), Point: s.Point, Asked: a.Asked, ByChair: a.ByChair, For: a.For}
	for _, err := range []error{CheckGoing(*s), CheckClosedDoors(s.Kind, a.Asked, a.ByChair), CheckQuorum(s.quorum("", nil)), checkHour(a.Hour)} {
		if err != nil {
			return "", nil, err
		}
	}
	present := s.PresentAt("")
	d.Voters = len(present) + len(s.ProxiesAmong(present))
	if d.For < 0 || d.For > d.Voters {
		return "", nil, CheckFigures(Figures{For: d.For}, d.Voters)
	}
	d.Adopted = ClosedDoorsOutcome(d.For, d.Voters)
	return KindDoors, d, nil
}

func (a OpenDoors) decide(s *Sitting, c clerk) (string, any, error) {
	a.Hour = c.at(a.Hour)
	if !s.behindDoors() {
		return "", nil, &rule.Refusal{Article: BodyOf(s.Kind).Closed, Why: "La séance est publique.", Cure: "Rien n’est à noter."}
	}
	return KindDoorsOpened, a, checkHour(a.Hour)
}

func (a Write) decide(s *Sitting, c clerk) (string, any, error) {
	a.Hour, a.Text = c.at(a.Hour), strings.TrimSpace(a.Text)
	if a.Text == "" || len(a.Text) > maxWords {
		return "", nil, &rule.Refusal{Article: "CGCT, art. L2121-15", Why: "La note est vide ou trop longue.", Cure: "Écrivez en quelques phrases ce qui a été dit."}
	}
	return KindNoted, a.Note, nil
}

func (a KeepRecording) decide(s *Sitting, _ clerk) (string, any, error) {
	if u, err := url.Parse(strings.TrimSpace(a.Link)); err != nil || u.Scheme != "https" || u.Host == "" {
		return "", nil, &rule.Refusal{Article: "CGCT, art. L2121-18", Why: "L’enregistrement d’une séance n’a pas d’adresse que chacun puisse ouvrir.", Cure: "Indiquez une adresse qui commence par https://."}
	}
	a.Link = strings.TrimSpace(a.Link)
	return KindRecording, a, nil
}

func (a End) decide(s *Sitting, c clerk) (string, any, error) {
	a.Hour = c.at(a.Hour)
	if a.LackedQuorum && s.quorum("", nil).Reached {
		return "", nil, &rule.Refusal{Article: BodyOf(s.Kind).Quorum, Why: "Le quorum est atteint : la séance n’est pas levée faute de quorum.", Cure: "Levez-la ordinairement, ou notez les départs."}
	}
	return KindClosed, a, checkHour(a.Hour)
}

// CheckAside refuses a ballot on a point that ended without a vote.
func CheckAside(s Sitting, point string) error {
	if _, voted := s.Vote(point); voted {
		return nil // a later ballot corrects the former
	}
	return CheckUndecided(s, point)
}

// CheckNominable tells whether a further round may be held (CGCT, art. L2121-21).
func CheckNominable(item Item, n Nomination) error {
	refuse := func(why, cure string) error {
		return &rule.Refusal{Article: "CGCT, art. L2121-21", Why: why, Cure: cure}
	}
	switch {
	case !item.Nomination && !item.Election:
		return refuse("Ce point n’est pas une nomination.", "Votez ce point.")
	case n.Elected != "":
		return refuse(n.Elected+" est déjà "+agreed(n.Elected, "élu")+".", "Annulez le dernier tour dans l’historique si c’est une erreur.")
	case len(n.Rounds) >= 3:
		return refuse("Trois tours ont eu lieu.", "Ajournez ce point.")
	}
	return nil
}

// Suspended tells whether the sitting pauses.
func (s Sitting) Suspended() bool {
	return len(s.Suspensions) > 0 && s.Suspensions[len(s.Suspensions)-1].To == ""
}

func (s Sitting) behindDoors() bool {
	if len(s.ClosedDoors) == 0 {
		return false
	}
	last := s.ClosedDoors[len(s.ClosedDoors)-1]
	return last.Adopted && last.To == ""
}

// BehindDoors tells whether the sitting is closed to the public now.
func (s Sitting) BehindDoors() bool { return s.behindDoors() }

// Began tells whether the sitting has begun: a point was opened or voted.
func (s Sitting) Began() bool {
	return len(s.Openings) > 0 || len(s.Votes) > 0 || len(s.Nominations) > 0 || s.Urgency != nil || s.Closed
}

// Remaining are the points that are neither voted nor set aside.
func (s Sitting) Remaining() []string {
	var left []string
	for _, item := range s.Agenda {
		if CheckUndecided(s, item.Deliberation) == nil {
			left = append(left, item.Deliberation)
		}
	}
	return left
}

// Current is the amendment to vote next on a point, nil when none waits.
func (s Sitting) Current(point string) *Amendment {
	for i, a := range s.Amendments {
		if a.Point == point && a.Vote == nil && !a.Withdrawn {
			return &s.Amendments[i]
		}
	}
	return nil
}

// servedBefore counts the sittings in a row, just before this one, in which the
// very proxy has served.
func servedBefore(tx *store.Tx, s *Sitting, p Proxy) (int, error) {
	all, err := sittings(tx)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, old := range all { // the latest first
		if old.ID == s.ID || !old.At.Before(s.At) {
			continue
		}
		if !old.served(p) {
			break
		}
		n++
	}
	return n, nil
}

func (s Sitting) served(p Proxy) bool {
	all := append([]Proxy{}, s.Proxies...)
	for _, f := range s.Former {
		all = append(all, f.Proxy)
	}
	for _, q := range all {
		if q.From == p.From && q.To == p.To && q.Day == p.Day {
			return true
		}
	}
	return false
}

// Call notes a member's presence.
func (c *Council) Call(ctx context.Context, actor, id, member string, a Attendance) error {
	return c.Record(ctx, actor, id, RollCall{member, a})
}

// TakeProxy notes a written proxy (CGCT, art. L2121-20).
func (c *Council) TakeProxy(ctx context.Context, actor, id string, p Proxy) error {
	return c.Record(ctx, actor, id, TakeProxy{p})
}

// RevokeProxy takes a proxy back: it always may be (CGCT, art. L2121-20).
func (c *Council) RevokeProxy(ctx context.Context, actor, id, from string) error {
	return c.Record(ctx, actor, id, RevokeProxy{From: from})
}

// NameSecretary names the secretary of the sitting (CGCT, art. L2121-15).
func (c *Council) NameSecretary(ctx context.Context, actor, id, member string) error {
	return c.Record(ctx, actor, id, NameSecretary{member})
}

// Vote records a ballot and judges it; chair, when empty, is who presides by the rules.
func (c *Council) Vote(ctx context.Context, actor, id string, b Ballot, chair string) (v Vote, err error) {
	if err := c.Record(ctx, actor, id, Cast{b, chair}); err != nil {
		return v, err
	}
	s, err := c.Sitting(ctx, id)
	if err != nil {
		return v, fmt.Errorf("reading the vote: %w", err)
	}
	v, _ = s.Vote(b.Deliberation)
	return v, nil
}

// Close ends the sitting.
func (c *Council) Close(ctx context.Context, actor, id string) error {
	return c.Record(ctx, actor, id, End{})
}

// Absences are how many members neither present nor represented.
func (s Sitting) Absences() int {
	present := s.PresentAt("")
	return len(s.Members) - len(present) - len(s.ProxiesAmong(present))
}
