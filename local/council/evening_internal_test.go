package council

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/rule"
)

// room is a sitting in memory: what Record does, without the disk.
type room struct {
	s       Sitting
	acts    []Noted
	minutes int
}

func newRoom(t interface{ Fatal(...any) }, s Sitting) *room {
	r := &room{s: Sitting{ID: s.ID}}
	if err := r.write(KindConvened, s); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *room) write(kind string, data any) error {
	raw, err := json.Marshal(data)
	if err != nil {
		return err
	}
	n := Noted{Entry: fmt.Sprintf("e%d", len(r.acts)), Kind: kind, Data: raw}
	r.acts = append(r.acts, n)
	if kind != KindUndone {
		return r.s.fold(kind, raw)
	}
	var u undone
	if err := json.Unmarshal(raw, &u); err != nil {
		return err
	}
	for i := range r.acts {
		if r.acts[i].Entry == u.Entry {
			r.acts[i].Undone = n.Entry
		}
	}
	r.s = Sitting{ID: r.s.ID}
	return r.s.replay(r.acts)
}

func (r *room) do(act Act) error {
	if r.s.Closed {
		return errEnded()
	}
	r.minutes++
	kind, data, err := act.decide(&r.s, clerk{
		hour: r.s.At.Add(time.Duration(r.minutes) * time.Minute).Format("15:04"), newID: func() string { return fmt.Sprintf("id%d", len(r.acts)) },
		served: func(Proxy) (int, error) { return 0, nil }, numbered: func(string) (bool, error) { return false, nil },
		acts: func() ([]Noted, error) { return r.acts, nil },
	})
	if err != nil {
		return err
	}
	return r.write(kind, data)
}

// evening23 begins at 23:30, so that midnight is crossed.
func evening23(kind authority.Kind, members, points int) Sitting {
	s := Sitting{ID: "s", Kind: kind, At: time.Date(2026, 12, 31, 23, 30, 0, 0, time.UTC), Place: "mairie", Summons: Summons{Article: "CGCT, art. L2121-11"}}
	for i := range members {
		s.Members = append(s.Members, Member{ID: fmt.Sprintf("m%d", i), Name: fmt.Sprintf("Mme Modèle %d", i), Rank: i + 1, Mayor: i == 0, Born: authority.Day(fmt.Sprintf("19%02d-05-01", 50+(i*7)%40))})
	}
	if BodyOf(kind).Substitutes != "" {
		s.Substitutes = []Member{{ID: "sub", Name: "M. Suppléant", For: "m1"}}
	}
	s.Chair = "m0"
	for i := range points {
		s.Agenda = append(s.Agenda, Item{Deliberation: fmt.Sprintf("p%d", i), Subject: fmt.Sprintf("Affaire %d", i), Accounts: i == 1, Nomination: i == 2, Election: i == 3})
	}
	return s
}

// invariants are what holds of a sitting whatever was noted in it.
func (r *room) invariants(t *rapid.T) {
	s := r.s
	givers, holders := map[string]bool{}, map[string]bool{}
	for _, p := range s.Proxies {
		if givers[p.From] || holders[p.To] || p.From == p.To || givers[p.To] || holders[p.From] {
			t.Fatalf("L2121-20: two powers, or one handed on: %+v", s.Proxies)
		}
		givers[p.From], holders[p.To] = true, true
		if s.InRoom(p.From) {
			t.Fatalf("L2121-20: the power of %s holds while she is in the room", p.From)
		}
	}
	votes := append([]Vote{}, s.Votes...)
	for _, a := range s.Amendments {
		if a.Vote != nil {
			votes = append(votes, *a.Vote)
		}
	}
	for _, v := range votes {
		holdsVote(t, s, v)
	}
	for _, o := range s.Openings {
		if !o.Quorum.Reached {
			t.Fatalf("L2121-17: %s was opened without a quorum", o.Point)
		}
	}
	for _, a := range s.Aside {
		if _, voted := s.Vote(a.Point); voted {
			t.Fatalf("%s is voted and set aside", a.Point)
		}
	}
	if n := len(s.PresentAt("")); n > len(s.Members) {
		t.Fatalf("%d seats taken of %d", n, len(s.Members))
	}
	again := Sitting{ID: s.ID}
	if err := again.replay(r.acts); err != nil {
		t.Fatal(err)
	}
	if was, is := mustJSON(t, s), mustJSON(t, again); was != is {
		t.Fatalf("the acts replayed give another sitting:\n%s\n%s", was, is)
	}
}

func holdsVote(t *rapid.T, s Sitting, v Vote) {
	f := v.Figures
	if sum := f.For + f.Against + f.Abstained + f.NotVoting; sum != v.Voters() && !v.ByRight {
		t.Fatalf("L2121-20: %d votes of %d voters: %+v", sum, v.Voters(), v)
	}
	if want := (len(s.Members)-len(v.Withdrawn))/2 + 1; !v.Quorum.Reached || v.Quorum.Present != len(v.Present) || !s.Second && v.Quorum.Required != want {
		t.Fatalf("L2121-17: %+v", v.Quorum)
	}
	counted := map[string]bool{}
	for _, id := range v.voters() {
		if counted[id] {
			t.Fatalf("%s votes twice: %+v", id, v)
		}
		counted[id] = true
	}
	for _, id := range v.Withdrawn {
		if counted[id] {
			t.Fatalf("L2131-11: %s withdrew and votes", id)
		}
	}
	in := setOf(v.Present)
	for _, p := range v.Represented {
		if !in[p.To] {
			t.Fatalf("L2121-20: the holder of %s's power is out", p.From)
		}
	}
	if item, _ := s.Item(v.Deliberation); item.Accounts && counted[s.mayor()] {
		t.Fatal("L2121-14: the mayor votes her account")
	}
	if !in[v.Chair] {
		t.Fatalf("%s presides and is not there", v.Chair)
	}
	if v.Manner == Secret && len(v.Choices) > 0 {
		t.Fatal("L2121-21: names in a secret ballot")
	}
}

func mustJSON(t interface{ Fatal(...any) }, v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// Any sequence of acts keeps what the law wants of a sitting.
func TestEveningsKeepTheLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom([]authority.Kind{authority.Commune, authority.CCAS, authority.EPCI}).Draw(t, "kind")
		s := evening23(kind, rapid.IntRange(3, 9).Draw(t, "members"), 4)
		s.Second, s.Urgent = rapid.Bool().Draw(t, "second"), rapid.Bool().Draw(t, "urgent")
		r := newRoom(t, s)
		if rapid.Bool().Draw(t, "called") {
			for _, m := range s.Members {
				if err := r.do(RollCall{m.ID, Attendance{Presence: Present}}); err != nil {
					t.Fatal(err)
				}
			}
		}
		for range rapid.IntRange(1, 40).Draw(t, "acts") {
			act := anyAct(t, r)
			if err := r.do(act); err != nil && rule.Find(err) == nil {
				t.Fatalf("%T: not a refusal: %v", act, err)
			}
			r.invariants(t)
		}
	})
}

func anyAct(t *rapid.T, r *room) Act {
	ids := []string{"stranger", "sub"}
	for _, m := range r.s.Members {
		ids = append(ids, m.ID)
	}
	member := func(as string) string { return rapid.SampledFrom(ids).Draw(t, as) }
	point := func() string { return rapid.SampledFrom([]string{"p0", "p1", "p2", "p3", "none"}).Draw(t, "point") }
	small := func(as string) int { return rapid.IntRange(0, 5).Draw(t, as) }
	choice := func() Choice {
		return rapid.SampledFrom([]Choice{For, Against, Abstain, NotVoting}).Draw(t, "choice")
	}
	switch rapid.IntRange(0, 18).Draw(t, "act") {
	case 0:
		return RollCall{member("member"), Attendance{Presence: rapid.SampledFrom([]Presence{Present, Excused, Absent}).Draw(t, "presence")}}
	case 1, 2:
		return Move{Member: member("member"), In: rapid.Bool().Draw(t, "in")}
	case 3, 4:
		return TakeProxy{Proxy{From: member("from"), To: member("to"), Day: "2026-12-30"}}
	case 5:
		return RevokeProxy{From: member("from")}
	case 6:
		return Preside{Presidency{Member: member("member"), Title: rapid.SampledFrom([]Title{StandsIn, Eldest, Elected}).Draw(t, "title"), Point: rapid.SampledFrom([]string{"", "p0", "p1"}).Draw(t, "of")}}
	case 7:
		return OpenPoint{Point: point()}
	case 8:
		return GoOut{Interest{Point: point(), Member: member("member"), Back: rapid.Bool().Draw(t, "back")}}
	case 9, 10, 11:
		b := Ballot{Deliberation: point(), Manner: rapid.SampledFrom([]Manner{Ordinary, Public, Secret}).Draw(t, "manner"), Choices: map[string]Choice{}, AskedSecret: small("asked"), AskedPublic: small("askedPublic")}
		if voters := len(r.s.PresentAt("")); b.Manner == Secret && voters > 0 {
			b.Secret = &Figures{For: voters - 1, Against: 1}
		}
		for range small("choices") {
			b.Choices[member("voter")] = choice()
		}
		if len(r.s.Amendments) > 0 && rapid.Bool().Draw(t, "amendment") {
			b.Amendment, b.Deliberation = r.s.Amendments[0].ID, r.s.Amendments[0].Point
		}
		return Cast{Ballot: b}
	case 12:
		voters := len(r.s.PresentAt("")) + len(r.s.ProxiesAmong(r.s.PresentAt("")))
		mine := min(small("votes"), voters)
		return HoldRound{Point: point(), Candidates: []Candidate{{ID: "a", Name: "A", Born: "1950-01-01", Votes: mine}, {ID: "b", Name: "B", Born: "1960-01-01", Votes: voters - mine}}}
	case 13:
		return SetAside{Aside{Point: point(), As: Postponed}}
	case 14:
		return Amend{Amendment{Point: point(), Author: member("author"), Text: "au lieu de 80 €, 75 €"}}
	case 15:
		return RuleUrgency{Urgency{Accepted: rapid.Bool().Draw(t, "accepted")}}
	case 16:
		return rapid.SampledFrom([]Act{Suspend{}, Resume{}, CloseDoors{ByChair: true, For: 2}, OpenDoors{}, NameByRight{Point: "p2", Candidate: Candidate{ID: "x", Name: "X"}}}).Draw(t, "other")
	}
	return Undo{Entry: fmt.Sprintf("e%d", rapid.IntRange(0, len(r.acts)).Draw(t, "entry"))}
}

// What is undone leaves no trace but in the history.
func TestUndoingTheLastActGivesBackTheSitting(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := newRoom(t, evening23(authority.Commune, 5, 4))
		for range rapid.IntRange(0, 25).Draw(t, "acts") {
			_ = r.do(anyAct(t, r))
		}
		before, n := mustJSON(t, r.s), len(r.acts)
		act := anyAct(t, r)
		if _, undo := act.(Undo); undo || r.do(act) != nil {
			return
		}
		if err := r.do(Undo{Entry: r.acts[n].Entry}); err != nil {
			t.Fatalf("%T cannot be undone at once: %v", act, err)
		}
		if after := mustJSON(t, r.s); after != before {
			t.Fatalf("%T, undone, leaves:\n%s\n%s", act, before, after)
		}
	})
}

// Each act that is written is read again, and tells itself in words.
func TestEveryKindIsFoldedAndTold(t *testing.T) {
	for kind := range folds {
		n := Noted{Kind: kind, Data: []byte(`{"member":"m0","from":"m0","to":"m1","hour":"20:15","point":"p0","deliberation":"p0","as":"postponed"}`)}
		s := evening23(authority.Commune, 3, 1)
		if words := n.Words(s); words == kind || words == "" {
			t.Errorf("%s has no words", kind)
		}
		if err := s.fold(kind, []byte(`{`)); err == nil {
			t.Errorf("%s: a cut entry was read", kind)
		}
	}
}

func FuzzFold(f *testing.F) {
	for kind := range folds {
		f.Add(kind, []byte(`{"member":"m0","in":true,"hour":"20:15","n":1,"candidates":[{"id":"a"}],"vote":{"deliberation":"p0"}}`))
	}
	f.Fuzz(func(t *testing.T, kind string, data []byte) {
		s := evening23(authority.Commune, 3, 2)
		if s.fold(kind, data) == nil {
			s.QuorumNow()
			s.PresentAt("20:00")
			Noted{Kind: kind, Data: data}.Words(s)
		}
	})
}
