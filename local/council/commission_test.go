package council

import (
	"crypto/rand"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/journal/journaltest"
)

func TestCheckCommission(t *testing.T) {
	members := []Member{{ID: "a"}, {ID: "b"}, {ID: "c"}}
	for _, c := range []struct {
		article string
		c       Commission
		want    string
	}{
		{"L2121-22", Commission{Name: "finances", Seats: 2, Members: []string{"a", "b"}, Vice: "b"}, ""},
		{"L2121-22, a seat waits", Commission{Name: "finances", Seats: 3, Members: []string{"a"}}, ""},
		{"L2121-22, twice", Commission{Name: "finances", Seats: 3, Members: []string{"a", "a"}}, articleCommission},
		{"L2121-22, a stranger", Commission{Name: "finances", Seats: 3, Members: []string{"z"}}, articleCommission},
		{"L2121-22, too many", Commission{Name: "finances", Seats: 1, Members: []string{"a", "b"}}, articleCommission},
		{"L2121-22, no name", Commission{Seats: 1}, articleCommission},
		{"L2121-22, a vice-president from elsewhere", Commission{Name: "finances", Seats: 2, Members: []string{"a"}, Vice: "b"}, articleCommission},
		{"L2121-22, ends first", Commission{Name: "finances", Seats: 2, Formed: "2026-05-02", Until: "2026-05-01"}, articleCommission},
	} {
		t.Run(c.article, func(t *testing.T) { refusedBy(t, c.want, CheckCommission(c.c, members)) })
	}
	if FirstMeeting("2026-04-02") != "2026-04-10" {
		t.Error("L2121-22: the first meeting is called within eight days")
	}
}

// CGCT, art. L2121-22: from 1,000 inhabitants on, each tendency has a seat.
func TestPluralism(t *testing.T) {
	groups := map[string]string{}
	for i := range 19 {
		group := "Majorité"
		if i >= 16 {
			group = "Ensemble"
		}
		groups[fmt.Sprint("m", i)] = group
	}
	only := []string{"m0", "m1", "m2", "m3", "m4", "m5"}
	mixed := []string{"m0", "m1", "m2", "m3", "m4", "m18"}
	for _, c := range []struct {
		article    string
		population int
		seated     []string
		want       string
	}{
		{"L2121-22, small", 999, only, ""}, {"L2121-22, one tendency alone", 1000, only, articleCommission}, {"L2121-22, both", 1000, mixed, ""},
		{"L2121-22, a seat waits", 1000, only[:5], ""},
	} {
		t.Run(c.article, func(t *testing.T) {
			shares := Shares(groups, 6, c.seated)
			if shares[0].Seats != 5 || shares[1].Seats != 1 {
				t.Errorf("%+v", shares)
			}
			refusedBy(t, c.want, CheckPluralism(c.population, shares, Commission{Name: "finances", Seats: 6, Members: c.seated}))
		})
	}
}

// Whatever the groups, all seats are given, each group has one where there are enough, and a larger group has no fewer.
func TestSharesAreProportional(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		groups := map[string]string{}
		n := rapid.IntRange(1, 69).Draw(t, "members")
		for i := range n {
			groups[fmt.Sprint(i)] = rapid.SampledFrom([]string{"a", "b", "c", ""}).Draw(t, "group")
		}
		seats := rapid.IntRange(1, n).Draw(t, "seats")
		shares, sum := Shares(groups, seats, nil), 0
		for i, s := range shares {
			sum += s.Seats
			if s.Seats < 0 || s.Seats == 0 && seats >= len(shares) || i > 0 && s.Seats > shares[i-1].Seats {
				t.Fatalf("%d seats: %+v", seats, shares)
			}
		}
		if sum != seats {
			t.Fatalf("%d of %d seats: %+v", sum, seats, shares)
		}
	})
}

// The register of the commissions' opinions goes into the agenda by itself, before and after the summons.
func TestOpinionsReachTheAgenda(t *testing.T) {
	ctx := t.Context()
	j := journaltest.Open(t, "mairie", time.Now, rand.Reader, authority.Projections(), Projections())
	library, err := ReadLibrary()
	if err != nil {
		t.Fatal(err)
	}
	c, people := New(j, library), authority.New(j)
	if err := people.Describe(ctx, "i", authority.Authority{ID: journaltest.Authority, Name: "Essai", Kind: authority.Commune, Population: 850}); err != nil {
		t.Fatal(err)
	}
	if _, err := people.Put(ctx, "i", authority.Person{ID: "a", FirstName: "Ana", LastName: "Essai", Rank: 1, Roles: []authority.Role{authority.RoleMayor}}); err != nil {
		t.Fatal(err)
	}
	finances, err := c.PutCommission(ctx, "i", Commission{Name: " finances ", Seats: 3, Members: []string{"a"}, Formed: "2026-04-01"})
	if err != nil {
		t.Fatal(err)
	}
	point, err := c.Draft(ctx, "i", "")
	if err != nil {
		t.Fatal(err)
	}
	today := authority.DayOf(time.Now())
	refusedBy(t, articleCommission, c.Advise(ctx, "i", Advice{Commission: finances, Deliberation: point, Day: today.Plus(1), Sense: Favourable}))
	refusedBy(t, articleCommission, c.Advise(ctx, "i", Advice{Commission: finances, Deliberation: point, Day: "2026-03-01", Sense: Favourable}))
	refusedBy(t, articleCommission, c.Advise(ctx, "i", Advice{Commission: finances, Deliberation: point, Day: today}))
	if err := c.Advise(ctx, "i", Advice{Commission: finances, Deliberation: point, Day: today, Sense: Reserved, Words: "sous réserve du devis"}); err != nil {
		t.Fatal(err)
	}
	sitting, err := c.Convene(ctx, "i", Convene{At: time.Now().AddDate(0, 0, 9), Place: "mairie", Convened: today, Agenda: []string{point}})
	if err != nil {
		t.Fatal(err)
	}
	said := func(want string) {
		t.Helper()
		s, err := c.Sitting(ctx, sitting)
		if err != nil || len(s.Agenda[0].Opinions) != 1 || s.Agenda[0].Opinions[0].Commission != "finances" || s.Agenda[0].Opinions[0].Words != want {
			t.Errorf("%+v, %v", s.Agenda, err)
		}
	}
	said("réservé (sous réserve du devis)")
	if err := c.Advise(ctx, "i", Advice{Commission: finances, Deliberation: point, Day: today, Sense: Favourable}); err != nil {
		t.Fatal(err)
	}
	said("favorable")
	if err := j.Rebuild(ctx); err != nil {
		t.Fatal(err)
	}
	said("favorable")
	all, register, err := c.Commissions(ctx)
	if err != nil || len(all) != 1 || all[0].Name != "finances" || len(register) != 2 || register[0].Sense != Favourable {
		t.Errorf("%+v, %+v, %v", all, register, err)
	}
	// Who leaves the assembly leaves a seat.
	if got := Vacant(all, map[string]string{}, today); len(got[finances]) != 1 {
		t.Errorf("%v", got)
	}
}
