package council

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/rule"
)

func refusedBy(t *testing.T, article string, err error) {
	t.Helper()
	got := ""
	if r := rule.Find(err); r != nil {
		got = r.Article
		if r.Why == "" || r.Cure == "" {
			t.Errorf("a refusal says why and what to do: %+v", r)
		}
	} else if err != nil {
		t.Fatalf("no refusal: %v", err)
	}
	if got != article {
		t.Errorf("refused by %q, want %q (%v)", got, article, err)
	}
}

func (r *room) must(t *testing.T, acts ...Act) {
	t.Helper()
	for _, a := range acts {
		if err := r.do(a); err != nil {
			t.Fatalf("%T: %v", a, err)
		}
	}
}

// called is a commune's evening of n members, all present but the absent.
func called(t *testing.T, n int, absent ...string) *room {
	t.Helper()
	r := newRoom(t, evening23(authority.Commune, n, 4))
	for _, m := range r.s.Members {
		p := Present
		if setOf(absent)[m.ID] {
			p = Absent
		}
		r.must(t, RollCall{m.ID, Attendance{Presence: p}})
	}
	return r
}

func hands(point string) Cast { return Cast{Ballot: Ballot{Deliberation: point, Manner: Ordinary}} }

func TestQuorumLostThenFoundAgain(t *testing.T) {
	r := called(t, 5, "m3", "m4")
	r.must(t, OpenPoint{Point: "p0"}, hands("p0"), Move{Member: "m2"})
	refusedBy(t, "CGCT, art. L2121-17", r.do(OpenPoint{Point: "p2"}))
	refusedBy(t, "CGCT, art. L2121-17", r.do(hands("p2")))
	r.must(t, Move{Member: "m2", In: true}, OpenPoint{Point: "p2"})
	if got := r.s.Calls["m2"].Spells; len(got) != 2 || got[0].ToPoint != "p0" || got[1].FromPoint != "p0" || got[1].To != "" {
		t.Errorf("comings and goings by point: %+v", got)
	}
	if in := r.s.PresentAt(r.s.Calls["m2"].Spells[0].To); len(in) != 2 {
		t.Errorf("while she was out: %v", in)
	}
}

func TestHolderOfTwoPowers(t *testing.T) {
	r := called(t, 5, "m3", "m4")
	r.must(t, TakeProxy{Proxy{From: "m3", To: "m1", Day: "2026-12-30"}})
	refusedBy(t, "CGCT, art. L2121-20", r.do(TakeProxy{Proxy{From: "m4", To: "m1", Day: "2026-12-30"}}))
	refusedBy(t, "CGCT, art. L2121-20", r.do(TakeProxy{Proxy{From: "m4", To: "m3", Day: "2026-12-30"}}))
}

func TestGiverOfAPowerArrives(t *testing.T) {
	r := called(t, 5, "m4")
	r.must(t, TakeProxy{Proxy{From: "m4", To: "m1", Day: "2026-12-30"}}, OpenPoint{Point: "p0"}, hands("p0"), Move{Member: "m4", In: true})
	if len(r.s.Proxies) != 0 || len(r.s.Former) != 1 || !r.s.Former[0].Arrival || r.s.Former[0].Until == "" {
		t.Fatalf("L2121-20: %+v, %+v", r.s.Proxies, r.s.Former)
	}
	r.must(t, Move{Member: "m4"}, OpenPoint{Point: "p2"})
	if v, _ := r.s.Vote("p0"); len(v.Represented) != 1 || v.Figures.For != 5 {
		t.Errorf("the former vote has changed: %+v", v)
	}
	if len(r.s.ProxiesAmong(r.s.PresentAt(""))) != 0 {
		t.Error("L2121-20: a power that fell holds again when its giver leaves")
	}
}

func TestHolderOfAPowerLeaves(t *testing.T) {
	r := called(t, 5, "m4")
	r.must(t, TakeProxy{Proxy{From: "m4", To: "m1", Day: "2026-12-30"}}, Move{Member: "m1"}, hands("p0"))
	if v, _ := r.s.Vote("p0"); v.Voters() != 3 {
		t.Errorf("L2121-20: %d voters", v.Voters())
	}
	r.must(t, Move{Member: "m1", In: true}, hands("p0"))
	if v, _ := r.s.Vote("p0"); v.Voters() != 5 {
		t.Errorf("back, her power votes again: %d voters", v.Voters())
	}
}

func TestEqualVotesInPublicAndInSecret(t *testing.T) {
	for _, c := range []struct {
		article string
		b       Ballot
		adopted bool
		casting bool
	}{
		{"L2121-20, ordinary, the chair for", Ballot{Manner: Ordinary, Choices: map[string]Choice{"m2": Against, "m3": Against}}, true, true},
		{"L2121-20, public, the chair against", Ballot{Manner: Public, AskedPublic: 1, Choices: map[string]Choice{"m0": Against, "m1": Against}}, false, true},
		{"L2121-20, secret", Ballot{Manner: Secret, AskedSecret: 2, Secret: &Figures{For: 2, Against: 2}}, false, false},
		{"L2121-20, the chair abstains", Ballot{Manner: Ordinary, Choices: map[string]Choice{"m0": Abstain, "m1": NotVoting, "m2": Against}}, false, false},
	} {
		r := called(t, 4)
		c.b.Deliberation = "p0"
		r.must(t, Cast{Ballot: c.b})
		if v, _ := r.s.Vote("p0"); v.Adopted != c.adopted || v.Casting != c.casting {
			t.Errorf("%s: %+v", c.article, v)
		}
	}
}

func TestCompetingRequestsSecretPrevails(t *testing.T) {
	r := called(t, 9)
	b := Ballot{Deliberation: "p0", Manner: Public, AskedPublic: 4, AskedSecret: 3}
	refusedBy(t, "CGCT, art. L2121-21", r.do(Cast{Ballot: b}))
	b.Manner, b.Secret = Secret, &Figures{For: 9}
	r.must(t, Cast{Ballot: b})
}

func TestPublicBallotNamesEverybody(t *testing.T) {
	r := called(t, 4)
	r.must(t, Cast{Ballot: Ballot{Deliberation: "p0", Manner: Public, AskedPublic: 1, Choices: map[string]Choice{"m2": Against}}})
	v, _ := r.s.Vote("p0")
	if len(v.Choices) != 4 || v.Choices["m0"] != For || v.Choices["m2"] != Against {
		t.Errorf("L2121-21: %v", v.Choices)
	}
}

func TestMayorOnlyCandidateIsStillVotedInSecret(t *testing.T) {
	r := called(t, 5)
	refusedBy(t, "CGCT, art. L2122-7", r.do(NameByRight{Point: "p3", Candidate: Candidate{ID: "m1", Name: "Mme Modèle 1"}}))
	refusedBy(t, "CGCT, art. L2121-21", r.do(HoldRound{Point: "p3", Waived: true, Candidates: []Candidate{{ID: "m1", Name: "Mme Modèle 1", Votes: 5}}}))
	r.must(t, HoldRound{Point: "p3", Candidates: []Candidate{{ID: "m1", Name: "Mme Modèle 1", Votes: 4}}, Blank: 1})
	if v, _ := r.s.Vote("p3"); !v.Adopted || v.Figures.For != 4 || v.Nominations[0].Elected != "Mme Modèle 1" {
		t.Errorf("%+v", v)
	}
}

func TestOnlyCandidateOfANominationIsNamedByRight(t *testing.T) {
	r := called(t, 5)
	r.must(t, NameByRight{Point: "p2", Candidate: Candidate{ID: "m1", Name: "Mme Modèle 1"}})
	if v, _ := r.s.Vote("p2"); !v.ByRight || !v.Adopted {
		t.Errorf("L2121-21: %+v", v)
	}
}

func TestThreeRounds(t *testing.T) {
	two := func(a, b int, bornB authority.Day) HoldRound {
		return HoldRound{Point: "p2", Candidates: []Candidate{{ID: "m1", Name: "A", Born: "1970-02-01", Votes: a}, {ID: "m2", Name: "B", Born: bornB, Votes: b}, {ID: "m3", Name: "C", Born: "1950-02-01", Votes: 6 - a - b}}}
	}
	r := called(t, 6)
	refusedBy(t, "CGCT, art. L2121-20", r.do(HoldRound{Point: "p2", Candidates: []Candidate{{ID: "m1", Name: "A", Votes: 7}}}))
	r.must(t, two(2, 2, "1960-02-01"), two(3, 2, "1960-02-01"))
	if n, _ := r.s.Nomination("p2", ""); len(n.Rounds) != 2 || n.Elected != "" {
		t.Fatalf("L2121-21: nobody has the majority yet: %+v", n)
	}
	if _, voted := r.s.Vote("p2"); voted {
		t.Fatal("the point is voted before somebody is elected")
	}
	r.must(t, two(3, 2, "1960-02-01"))
	if n, _ := r.s.Nomination("p2", ""); n.Elected != "A" {
		t.Errorf("L2121-21, relative majority at the third: %+v", n)
	}
	refusedBy(t, "CGCT, art. L2121-21", r.do(two(6, 0, "")))
}

func TestNominationOutcomes(t *testing.T) {
	all := func(votes ...int) (c []Candidate) {
		for i, v := range votes {
			c = append(c, Candidate{ID: fmt.Sprint(i), Name: fmt.Sprintf("Candidat %d", i), Born: authority.Day(fmt.Sprintf("19%d-01-01", 70-i)), Votes: v})
		}
		return c
	}
	same := all(3, 3)
	same[1].Born = same[0].Born
	for _, c := range []struct {
		article    string
		n          int
		candidates []Candidate
		elected    string
		refused    string
	}{
		{"L2121-21, absolute majority at the first", 1, all(4, 3), "0", ""},
		{"L2121-21, half is no majority", 1, all(3, 3), "", ""},
		{"L2121-21, relative at the second: nobody", 2, all(3, 2, 1), "", ""},
		{"L2121-21, relative at the third", 3, all(3, 2, 1), "0", ""},
		{"L2121-21, equal at the third: the eldest", 3, all(3, 3), "1", ""},
		{"L2121-21, equal, of the same day", 3, same, "", "CGCT, art. L2121-21"},
		{"L2121-21, equal, ages unknown", 3, []Candidate{{ID: "a", Name: "A", Votes: 1}, {ID: "b", Name: "B", Votes: 1}}, "", "CGCT, art. L2121-21"},
		{"L2121-21, nothing but blank papers", 1, all(0, 0), "", ""},
	} {
		elected, why, err := NominationOutcome(c.n, c.candidates)
		if elected != c.elected {
			t.Errorf("%s: %q, %s", c.article, elected, why)
		}
		refusedBy(t, c.refused, err)
	}
}

func TestMayorOutForTheAccountsDoesNotUseThePowerSheHolds(t *testing.T) {
	r := called(t, 7, "m6")
	r.must(t, TakeProxy{Proxy{From: "m6", To: "m0", Day: "2026-12-30"}})
	refusedBy(t, "CGCT, art. L2121-14", r.do(hands("p1")))
	refusedBy(t, "CGCT, art. L2121-14", r.do(Preside{Presidency{Member: "m0", Title: Elected, Point: "p1"}}))
	r.must(t, Preside{Presidency{Member: "m3", Title: Elected, Point: "p1"}}, GoOut{Interest{Point: "p1", Member: "m0"}}, OpenPoint{Point: "p1"}, hands("p1"))
	v, _ := r.s.Vote("p1")
	if v.Chair != "m3" || v.Voters() != 5 || len(v.Represented) != 0 || v.Quorum.Required != 4 {
		t.Errorf("L2121-14: %+v", v)
	}
}

func TestInterestedMemberReports(t *testing.T) {
	r := called(t, 5)
	r.s.Agenda[0].Reporter = "m1"
	r.must(t, GoOut{Interest{Point: "p0", Member: "m1"}})
	refusedBy(t, "CGCT, art. L2131-11", r.do(hands("p0")))
	r.must(t, GoOut{Interest{Point: "p0", Member: "m1", Back: true}}, hands("p0"))
}

func TestInterestedMemberWhoIsAbsentDoesNotVoteThroughAnother(t *testing.T) {
	r := called(t, 5, "m4")
	r.must(t, TakeProxy{Proxy{From: "m4", To: "m1", Day: "2026-12-30"}}, GoOut{Interest{Point: "p0", Member: "m4"}}, hands("p0"))
	if v, _ := r.s.Vote("p0"); v.Voters() != 4 {
		t.Errorf("L2131-11: %+v", v)
	}
}

func TestClosedSessionAskedByTwo(t *testing.T) {
	r := called(t, 5)
	refusedBy(t, "CGCT, art. L2121-18", r.do(CloseDoors{Asked: 2, For: 5}))
	r.must(t, CloseDoors{Asked: 3, For: 3})
	if !r.s.BehindDoors() {
		t.Error("L2121-18: three of five is the majority")
	}
	r.must(t, hands("p0"))
	if v, _ := r.s.Vote("p0"); !v.Closed {
		t.Error("the vote does not say that the doors were closed")
	}
	r.must(t, OpenDoors{}, CloseDoors{ByChair: true, For: 2})
	if r.s.BehindDoors() {
		t.Error("L2121-18: two of five is not the majority of the members present or represented")
	}
	refusedBy(t, "CGCT, art. L2121-18", r.do(OpenDoors{}))
}

func TestClosedSessionByBody(t *testing.T) {
	for _, c := range []struct {
		article string
		kind    authority.Kind
		asked   int
		byChair bool
		want    string
	}{
		{"L5211-11, four of five", authority.EPCI, 4, false, "CGCT, art. L5211-11"},
		{"L5211-11, five", authority.EPCI, 5, false, ""},
		{"L5211-11, the president", authority.Syndicate, 0, true, ""},
		{"CASF, the sittings are not public", authority.CCAS, 9, true, "CASF, art. R123-16"},
		{"L2121-18, three", authority.Commune, 3, false, ""},
	} {
		t.Run(c.article, func(t *testing.T) { refusedBy(t, c.want, CheckClosedDoors(c.kind, c.asked, c.byChair)) })
	}
}

func TestPointAddedDuringTheSitting(t *testing.T) {
	r := called(t, 5)
	refusedBy(t, "CGCT, art. L2121-10", r.do(OpenPoint{Point: "unannounced"}))
	r.must(t, OpenPoint{Point: "p0"})
	_, err := CheckSupplement(r.s, authority.Commune, 800, "2026-12-01", true)
	refusedBy(t, "CGCT, art. L2121-10", err)
}

func TestPastMidnightAndPastTheYear(t *testing.T) {
	r := called(t, 5, "m4")
	r.must(t, Move{Member: "m4", In: true, Hour: "00:20"}, Move{Member: "m1", Hour: "01:10"})
	for hour, want := range map[string]int{"23:35": 4, "23:59": 4, "00:19": 4, "00:20": 5, "01:09": 5, "01:10": 4, "23:00": 4} {
		if got := len(r.s.PresentAt(hour)); got != want {
			t.Errorf("at %s: %d present, want %d", hour, got, want)
		}
	}
	refusedBy(t, "CGCT, art. L2121-17", r.do(Move{Member: "m1", In: true, Hour: "23:40"}))
}

func TestSubstituteWithTheMemberPresent(t *testing.T) {
	r := newRoom(t, evening23(authority.EPCI, 5, 3))
	for _, id := range []string{"m0", "m2"} {
		r.must(t, RollCall{id, Attendance{Presence: Present}})
	}
	r.must(t, RollCall{"sub", Attendance{Presence: Present}}, hands("p0"))
	if v, _ := r.s.Vote("p0"); v.Voters() != 3 || v.Present[1] != "sub" {
		t.Fatalf("L5211-6, the substitute sits: %+v", v)
	}
	refusedBy(t, "CGCT, art. L2121-20 et L5211-1", r.do(TakeProxy{Proxy{From: "m1", To: "m2", Day: "2026-12-30"}}))
	r.must(t, RollCall{"m1", Attendance{Presence: Present}}, hands("p0"))
	if v, _ := r.s.Vote("p0"); v.Voters() != 3 || setOf(v.Present)["sub"] {
		t.Errorf("L5211-6, the delegate has come: %+v", v)
	}
}

func TestRemoteSittings(t *testing.T) {
	for _, c := range []struct {
		article string
		kind    authority.Kind
		day     authority.Day
		want    string
	}{
		{"a municipal council never", authority.Commune, "2026-11-25", "CGCT, art. L2121-17"},
		{"a CCAS neither", authority.CCAS, "2026-11-25", "CASF, art. R123-17"},
		{"L5211-11-1, a group", authority.EPCI, "2026-11-25", ""},
		{"L5211-11-1, before the law of 2019", authority.EPCI, "2019-12-28", "CGCT, art. L5211-11-1"},
		{"L5211-11-1, a syndicate before 3DS", authority.Syndicate, "2022-07-31", "CGCT, art. L5211-11-1"},
		{"L5211-11-1, a syndicate since", authority.Syndicate, "2022-08-01", ""},
	} {
		t.Run(c.article, func(t *testing.T) { refusedBy(t, c.want, CheckRemote(c.kind, c.day)) })
	}
	s := evening23(authority.EPCI, 5, 4)
	s.Remote = &Remote{Sites: []string{"siège", "annexe"}, Link: "https://exemple.invalid"}
	r := newRoom(t, s)
	for i, m := range s.Members {
		r.must(t, RollCall{m.ID, Attendance{Presence: Present, Site: s.Remote.Sites[i%2]}})
	}
	refusedBy(t, "CGCT, art. L5211-11-1", r.do(hands("p0")))
	refusedBy(t, "CGCT, art. L5211-11-1", r.do(Cast{Ballot: Ballot{Deliberation: "p0", Manner: Secret, AskedSecret: 3, Secret: &Figures{For: 5}}}))
	refusedBy(t, "CGCT, art. L5211-11-1", r.do(OpenPoint{Point: "p2"}))
	r.must(t, Cast{Ballot: Ballot{Deliberation: "p0", Manner: Public}}, KeepRecording{"https://exemple.invalid/seance"})
	refusedBy(t, "CGCT, art. L5211-11-1", CheckLink(&Remote{Sites: []string{"siège"}, Link: "x"}))
	refusedBy(t, "CGCT, art. L2121-18", called(t, 3).do(KeepRecording{"http://exemple.invalid"}))
}

func TestPresidency(t *testing.T) {
	r := called(t, 5, "m1")
	r.must(t, Move{Member: "m0"})
	for _, c := range []struct {
		article string
		p       Presidency
		want    string
	}{
		{"L2122-17, out of the order", Presidency{Member: "m3", Title: StandsIn}, "CGCT, art. L2121-14 et L2122-17"},
		{"L2122-17, absent", Presidency{Member: "m1", Title: StandsIn}, "CGCT, art. L2121-14 et L2122-17"},
		{"L2122-17, the first who is there", Presidency{Member: "m2", Title: StandsIn}, ""},
		{"L2122-8, not the eldest", Presidency{Member: "m3", Title: Eldest, Point: "p3"}, "CGCT, art. L2122-8"},
		{"no title", Presidency{Member: "m2"}, ""},
	} {
		err := CheckPresidency(r.s, c.p)
		if c.p.Title == "" {
			if err == nil {
				t.Error("presides under no title")
			}
			continue
		}
		refusedBy(t, c.want, err)
	}
	if id, _ := Presiding(r.s, "p0", r.s.PresentAt("")); id != "m2" {
		t.Errorf("L2122-17: %s presides", id)
	}
	r.s.Agenda[3].Eldest = true
	// m3 was born in 1971, m2 in 1964, m4 in 1978.
	if id, _ := Presiding(r.s, "p3", r.s.PresentAt("")); id != "m2" {
		t.Errorf("L2122-8: %s presides", id)
	}
	refusedBy(t, "CGCT, art. L2121-14 et L2122-17", r.do(Cast{Ballot: Ballot{Deliberation: "p0", Manner: Ordinary}, Chair: "m0"}))
}

func TestUrgencyIsRuledOnFirst(t *testing.T) {
	s := evening23(authority.Commune, 5, 3)
	s.Urgent = true
	r := newRoom(t, s)
	for _, m := range s.Members {
		r.must(t, RollCall{m.ID, Attendance{Presence: Present}})
	}
	refusedBy(t, "CGCT, art. L2121-11", r.do(OpenPoint{Point: "p0"}))
	r.must(t, RuleUrgency{Urgency{Accepted: true, Postponed: []string{"p2"}}}, OpenPoint{Point: "p0"})
	if err := r.do(OpenPoint{Point: "p2"}); rule.Find(err) == nil {
		t.Errorf("a point sent back was opened: %v", err)
	}
	refused := newRoom(t, s)
	for _, m := range s.Members {
		refused.must(t, RollCall{m.ID, Attendance{Presence: Present}})
	}
	refused.must(t, RuleUrgency{Urgency{}})
	if left := refused.s.Remaining(); len(left) != 0 {
		t.Errorf("the urgency was refused, and %v remain", left)
	}
}

func TestAmendmentsAreVotedBeforeTheText(t *testing.T) {
	r := called(t, 5)
	r.must(t, Amend{Amendment{ID: "a1", Point: "p0", Author: "m2", Text: "75 € au lieu de 80 €"}}, Amend{Amendment{ID: "a2", Point: "p0", Author: "m3", Text: "70 €"}})
	refusedBy(t, "règlement intérieur", r.do(hands("p0")))
	one := hands("p0")
	one.Amendment, one.Choices = "a1", map[string]Choice{"m0": Against, "m1": Against, "m4": Against}
	r.must(t, one, WithdrawAmendment{"a2"}, hands("p0"))
	if a := r.s.Amendments[0]; a.Vote == nil || a.Vote.Adopted || a.Vote.Figures.For != 2 {
		t.Errorf("%+v", a)
	}
	if v, _ := r.s.Vote("p0"); v.Figures.For != 5 {
		t.Errorf("the text: %+v", v)
	}
}

func TestSuspendedSittingVotesNothing(t *testing.T) {
	r := called(t, 5)
	r.must(t, Suspend{Suspension{By: "m2"}})
	refusedBy(t, "CGCT, art. L2121-16", r.do(hands("p0")))
	refusedBy(t, "CGCT, art. L2121-16", r.do(Suspend{}))
	r.must(t, Move{Member: "m4"}, Resume{}, hands("p0"))
	if p := r.s.Suspensions[0]; p.To == "" || p.By != "m2" {
		t.Errorf("%+v", p)
	}
}

func TestSecondSummonsAfterLostQuorum(t *testing.T) {
	r := called(t, 5, "m3", "m4")
	r.must(t, OpenPoint{Point: "p0"}, hands("p0"))
	refusedBy(t, "CGCT, art. L2121-17", r.do(End{LackedQuorum: true}))
	r.must(t, Move{Member: "m2"}, End{LackedQuorum: true})
	refusedBy(t, "CGCT, art. L2121-15", r.do(hands("p2")))
	for _, c := range []struct {
		article string
		former  *Sitting
		urgent  bool
		agenda  []string
		want    string
	}{
		{"L2121-17, the remaining points", &r.s, false, []string{"p1", "p2"}, ""},
		{"L2121-17, a point that was dealt with", &r.s, false, []string{"p0"}, "CGCT, art. L2121-17"},
		{"L2121-17, a new point", &r.s, false, []string{"p9"}, "CGCT, art. L2121-17"},
		{"L2121-17, urgent: a new summons, with a quorum", &r.s, true, []string{"p1"}, "CGCT, art. L2121-17"},
		{"L2121-17, the former had its quorum", &Sitting{Closed: true}, false, nil, "CGCT, art. L2121-17"},
	} {
		t.Run(c.article, func(t *testing.T) { refusedBy(t, c.want, CheckSecond(c.former, c.urgent, c.agenda)) })
	}
	s, err := CheckSummons(authority.Commune, 1240, "2026-11-09", "2026-11-12", false, true)
	refusedBy(t, "CGCT, art. L2121-17", err)
	// CE 16 juin 1997, Pfister: nobody on Monday, a sitting on Friday.
	if s, err = CheckSummons(authority.Commune, 9000, "2026-11-09", "2026-11-13", false, true); err != nil || s.Given != 3 {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestResignationBetweenSummonsAndSitting(t *testing.T) {
	r := called(t, 5, "m3", "m4")
	r.must(t, TakeProxy{Proxy{From: "m4", To: "m1", Day: "2026-12-30"}})
	members := append([]Member{}, r.s.Members[:4]...)
	if err := r.write(KindRostered, roster{Members: members, Chair: "m0"}); err != nil {
		t.Fatal(err)
	}
	q := r.s.QuorumNow()
	if q.InExercise != 4 || q.Required != 3 || len(r.s.ProxiesAmong(r.s.PresentAt(""))) != 0 {
		t.Errorf("L2121-4: %+v", q)
	}
}

func TestUndoIsRefusedUnderWhatRestsOnIt(t *testing.T) {
	r := called(t, 5)
	r.must(t, Move{Member: "m4"}, hands("p0"))
	moved, voted := r.acts[len(r.acts)-2].Entry, r.acts[len(r.acts)-1].Entry
	refusedBy(t, "CGCT, art. L2121-15", r.do(Undo{Entry: moved}))
	refusedBy(t, "", CheckUndo(r.s, r.acts, voted))
	if got := LastUndoable(r.s, r.acts); got != voted {
		t.Errorf("the last act is %s", got)
	}
	r.must(t, Undo{Entry: voted, Why: "mauvais point"}, Undo{Entry: moved})
	if _, still := r.s.Vote("p0"); still || len(r.s.PresentAt("")) != 5 {
		t.Error("the acts still stand")
	}
	if err := r.do(Undo{Entry: voted}); rule.Find(err) == nil {
		t.Errorf("undone twice: %v", err)
	}
}

func TestBodies(t *testing.T) {
	for _, c := range []struct {
		article    string
		kind       authority.Kind
		population int
		urgent     bool
		second     bool
		days       int
	}{
		{"CASF R123-16", authority.CCAS, 9000, false, false, 3}, {"CASF R123-16, never shortened", authority.CCAS, 800, true, false, 3},
		{"CASF R123-17, second", authority.CCAS, 800, false, true, 3}, {"L5211-1, a group", authority.EPCI, 800, false, false, 5},
		{"L5211-1, a small syndicate", authority.Syndicate, 800, false, false, 3}, {"L5211-1, a large one", authority.Syndicate, 3500, false, false, 5},
		{"L2121-11, urgency", authority.Commune, 800, true, false, 1}, {"L2121-12", authority.Commune, 3500, false, false, 5}, {"L2121-17", authority.Commune, 3500, false, true, 3},
	} {
		if days, article := ClearDaysDue(c.kind, c.population, c.urgent, c.second); days != c.days || article == "" {
			t.Errorf("%s: %d days, %s", c.article, days, article)
		}
		if b := BodyOf(c.kind); b.Kind != c.kind || b.Status != draft || b.Quorum == "" || b.Proxies == "" || b.Outcome == "" || b.StandIn == "" {
			t.Errorf("%s: %+v", c.article, b)
		}
		for _, r := range BodyOf(c.kind).Rules() {
			if r.Words == "" || !strings.HasPrefix(r.Article, "CGCT, art. ") && !strings.HasPrefix(r.Article, "CASF, art. ") {
				t.Errorf("%s: a rule without its article: %+v", c.kind, r)
			}
		}
	}
	for _, c := range []struct {
		article, want, have string
	}{
		{"L5211-40-2, a grouping", "CGCT, art. L5211-40-2", BodyOf(authority.EPCI).Informed}, {"L5211-40-2, a syndicate", "CGCT, art. L5211-40-2", BodyOf(authority.Syndicate).Informed},
		{"L5211-40-2, a commune has none", "", BodyOf(authority.Commune).Informed}, {"R123-18, ballots of a CCAS", "CASF, art. R123-18", BodyOf(authority.CCAS).Ballots},
		{"L5211-6, substitutes", "CGCT, art. L5211-6", BodyOf(authority.EPCI).Substitutes}, {"L2121-20, no substitute in a council", "", BodyOf(authority.Commune).Substitutes},
	} {
		if c.have != c.want {
			t.Errorf("%s: %q", c.article, c.have)
		}
	}
	for _, kind := range authority.Kinds() {
		if BodyOf(kind).Kind != kind {
			t.Errorf("%s has no rules of its own", kind)
		}
	}
}

func TestFirstSitting(t *testing.T) {
	for _, c := range []struct {
		article              string
		elected, sent, meets authority.Day
		want                 string
	}{
		{"L2121-7, Friday", "2026-03-22", "2026-03-23", "2026-03-27", ""}, {"L2121-7, Sunday", "2026-03-22", "2026-03-25", "2026-03-29", ""},
		{"L2121-7, Thursday", "2026-03-22", "2026-03-22", "2026-03-26", "CGCT, art. L2121-7"}, {"L2121-7, Monday", "2026-03-22", "2026-03-22", "2026-03-30", "CGCT, art. L2121-7"},
		{"L2121-7, two clear days", "2026-03-22", "2026-03-24", "2026-03-27", "CGCT, art. L2121-7"},
	} {
		t.Run(c.article, func(t *testing.T) { _, err := CheckFirst(c.elected, c.sent, c.meets); refusedBy(t, c.want, err) })
	}
}

func TestDemandedAndQuarterly(t *testing.T) {
	refusedBy(t, "", CheckDemanded("2026-11-01", "2026-12-01"))
	refusedBy(t, "CGCT, art. L2121-9", CheckDemanded("2026-11-01", "2026-12-02"))
	if Demanders(999, 15) != 8 || Demanders(1000, 15) != 5 || Demanders(1000, 19) != 7 {
		t.Error("L2121-9: who may demand a sitting")
	}
	if due := QuarterlyDue([]authority.Day{"2026-09-30"}, "2026-11-25"); due != "2026-12-31" {
		t.Errorf("L2121-7: %s", due)
	}
	if due := QuarterlyDue([]authority.Day{"2026-10-01"}, "2026-11-25"); due != "" {
		t.Errorf("L2121-7, held: %s", due)
	}
}

// Neither the day of the sending nor that of the sitting counts, all others do: held against a count
// day by day, over forty years of dates (Easter, 1 May, the changes of hour, each 29 February).
func TestClearDaysOverFortyYears(t *testing.T) {
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Skip("no time zones here")
	}
	for day := time.Date(2020, 1, 1, 20, 0, 0, 0, paris); day.Year() < 2060; day = time.Date(day.Year(), day.Month(), day.Day()+1, 20, 0, 0, 0, paris) {
		for back := 0; back <= 8; back++ {
			sent := time.Date(day.Year(), day.Month(), day.Day()-back, 23, 59, 0, 0, paris)
			between := 0
			for d := time.Date(sent.Year(), sent.Month(), sent.Day()+1, 12, 0, 0, 0, paris); d.Format("20060102") < day.Format("20060102"); d = time.Date(d.Year(), d.Month(), d.Day()+1, 12, 0, 0, 0, paris) {
				between++
			}
			for _, c := range []struct{ population, required int }{{1240, 3}, {3500, 5}} {
				s, err := CheckSummons(authority.Commune, c.population, authority.DayOf(sent), authority.DayOf(day), false, false)
				if (err == nil) != (between >= c.required) || max(s.Given, 0) != between && back > 0 {
					t.Fatalf("sent %s for %s: %d given, %d counted, %v", sent.Format(time.DateTime), day.Format(time.DateTime), s.Given, between, err)
				}
				if (s.Latest >= authority.DayOf(sent)) != (err == nil) {
					t.Fatalf("sent %s for %s: latest %s, %v", sent.Format(time.DateOnly), day.Format(time.DateOnly), s.Latest, err)
				}
			}
		}
	}
}

// Who represents the commune in an outside body goes out for its aid, its contracts, her own pay there, and for nothing else.
func TestOutsideBodies(t *testing.T) {
	for _, c := range []struct {
		article string
		about   Matter
		want    string
	}{
		{"L1111-6, aid", MatterAid, ""}, {"L1111-6, a contract", MatterContract, ""}, {"L1111-6, herself", MatterSelf, ""}, {"L1111-6, the rest", MatterOther, "CGCT, art. L1111-6"},
		{"L2131-11, a personal interest", "", ""},
	} {
		t.Run(c.article, func(t *testing.T) {
			r := called(t, 5)
			r.must(t, OpenPoint{Point: "p0"})
			refusedBy(t, c.want, r.do(GoOut{Interest{Point: "p0", Member: "m2", Outside: c.about}}))
			if out := len(r.s.interested("p0")) == 1; out != (c.want == "") {
				t.Errorf("she is out: %v", out)
			}
		})
	}
}

func TestOralQuestionsAreNotVoted(t *testing.T) {
	r := called(t, 5)
	r.s.Agenda[0].Oral = true
	r.must(t, OpenPoint{Point: "p0"})
	refusedBy(t, "CGCT, art. L2121-19", r.do(hands("p0")))
	r.must(t, SetAside{Aside{Point: "p0", As: Informed}})
}

func TestBylawsAndSittingsInOnePlace(t *testing.T) {
	for _, c := range []struct {
		article    string
		population int
		installed  authority.Day
		due        authority.Day
	}{
		{"L2121-8", 1000, "2026-03-27", "2026-09-27"}, {"L2121-8, small", 999, "2026-03-27", ""}, {"L2121-8, not installed", 5000, "", ""}, {"L2121-8, at the end of a month", 1000, "2026-08-31", "2027-02-28"},
	} {
		if due := BylawsDue(c.population, c.installed); due != c.due {
			t.Errorf("%s: %s", c.article, due)
		}
	}
	for _, c := range []struct {
		article string
		held    []authority.Day
		day     authority.Day
		due     authority.Day
	}{
		{"L5211-11-1, none yet", nil, "2026-02-10", "2026-06-30"}, {"L5211-11-1, the half-year before", []authority.Day{"2026-06-30"}, "2026-07-01", "2026-12-31"},
		{"L5211-11-1, held", []authority.Day{"2026-07-01"}, "2026-12-31", ""},
	} {
		if due := OnePlaceDue(c.held, c.day); due != c.due {
			t.Errorf("%s: %s", c.article, due)
		}
	}
}

func TestProxies(t *testing.T) {
	day := authority.DayOf(evening23(authority.Commune, 5, 1).At)
	for _, c := range []struct {
		article string
		taken   []Proxy
		p       Proxy
		before  int
		want    string
	}{
		{"L2121-20, one", nil, Proxy{From: "m3", To: "m0", Day: day}, 0, ""},
		{"L2121-20, a second for its holder", []Proxy{{From: "m4", To: "m0", Day: day}}, Proxy{From: "m3", To: "m0", Day: day}, 0, "CGCT, art. L2121-20"},
		{"L2121-20, given twice", []Proxy{{From: "m3", To: "m0", Day: day}}, Proxy{From: "m3", To: "m1", Day: day}, 0, "CGCT, art. L2121-20"},
		{"L2121-20, a proxy of a proxy", []Proxy{{From: "m4", To: "m3", Day: day}}, Proxy{From: "m3", To: "m0", Day: day}, 0, "CGCT, art. L2121-20"},
		{"L2121-20, to who gave hers", []Proxy{{From: "m4", To: "m0", Day: day}}, Proxy{From: "m3", To: "m4", Day: day}, 0, "CGCT, art. L2121-20"},
		{"L2121-20, to oneself", nil, Proxy{From: "m3", To: "m3", Day: day}, 0, "CGCT, art. L2121-20"},
		{"L2121-20, a stranger", nil, Proxy{From: "zz", To: "m0", Day: day}, 0, "CGCT, art. L2121-20"},
		{"L2121-20, not dated", nil, Proxy{From: "m3", To: "m0"}, 0, "CGCT, art. L2121-20"},
		{"L2121-20, dated after", nil, Proxy{From: "m3", To: "m0", Day: day.Plus(1)}, 0, "CGCT, art. L2121-20"},
		{"L2121-20, who is there", nil, Proxy{From: "m1", To: "m0", Day: day}, 0, "CGCT, art. L2121-20"},
		{"L2121-20, a fourth sitting", nil, Proxy{From: "m3", To: "m0", Day: day}, 3, "CGCT, art. L2121-20"},
		{"L2121-20, a fourth sitting, ill", nil, Proxy{From: "m3", To: "m0", Day: day, Ill: true}, 3, ""},
	} {
		t.Run(c.article, func(t *testing.T) {
			r := called(t, 5, "m3", "m4")
			r.s.Proxies = c.taken
			refusedBy(t, c.want, CheckProxy(r.s, c.p, c.before))
		})
	}
}
