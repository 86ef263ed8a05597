package authority_test

import (
	"context"
	"crypto/rand"
	"slices"
	"testing"
	"time"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/journal/journaltest"
	"alpi40.fr/airial/local/rule"
)

func ids(people []authority.Person) (all []string) {
	for _, p := range people {
		all = append(all, p.ID)
	}
	return all
}

func TestOrderOfPrecedence(t *testing.T) {
	mayor, deputy := []authority.Role{authority.RoleMayor}, []authority.Role{authority.RoleDeputy}
	m := func(elected authority.Day, votes int) authority.Mandate {
		return authority.Mandate{Elected: elected, Votes: votes}
	}
	office := func(day authority.Day, place int) authority.Mandate {
		return authority.Mandate{Elected: "2026-03-15", Office: day, OfficePlace: place}
	}
	for _, c := range []struct {
		article string
		people  []authority.Person
		want    []string
	}{
		{"L2121-1 and R2121-2, mayor, deputies, councillors", []authority.Person{{ID: "c", Rank: 1}, {ID: "d", Rank: 2, Roles: deputy}, {ID: "m", Rank: 3, Roles: mayor}}, []string{"m", "d", "c"}},
		{"R2121-3, deputies by election, then by list", []authority.Person{{ID: "late", Rank: 1, Roles: deputy, Mandate: office("2027-01-10", 1)}, {ID: "second", Rank: 2, Roles: deputy, Mandate: office("2026-03-20", 2)}, {ID: "first", Rank: 3, Roles: deputy, Mandate: office("2026-03-20", 1)}}, []string{"first", "second", "late"}},
		{"L2121-1, the oldest election first", []authority.Person{{ID: "b", Rank: 1, Mandate: m("2027-05-02", 900)}, {ID: "a", Rank: 2, Mandate: m("2026-03-15", 300)}}, []string{"a", "b"}},
		{"L2121-1, the same day: the most votes", []authority.Person{{ID: "b", Rank: 1, Mandate: m("2026-03-15", 300), Born: "1950-01-01"}, {ID: "a", Rank: 2, Mandate: m("2026-03-15", 500), Born: "1990-01-01"}}, []string{"a", "b"}},
		{"R2121-4, the same list: the eldest, not the place on it", []authority.Person{{ID: "b", Rank: 1, Mandate: authority.Mandate{Elected: "2026-03-15", Votes: 500, Place: 1}, Born: "1990-01-01"}, {ID: "a", Rank: 2, Mandate: authority.Mandate{Elected: "2026-03-15", Votes: 500, Place: 9}, Born: "1950-01-01"}}, []string{"a", "b"}},
		{"nothing known: as before", []authority.Person{{ID: "x", Rank: 2}, {ID: "y", Rank: 5}}, []string{"x", "y"}},
		{"who has left, staff and substitutes have no rank", []authority.Person{{ID: "gone", Rank: 1, Until: "2026-10-01"}, {ID: "clerk"}, {ID: "sub", Rank: 3, SubstituteFor: "x"}, {ID: "x", Rank: 4}}, []string{"x"}},
	} {
		got := authority.Order(c.people, "2027-06-01")
		if c.article[:3] == "who" {
			got = authority.Order(c.people, "2026-11-25")
		}
		if !slices.Equal(ids(got), c.want) || got[0].Rank != 1 {
			t.Errorf("%s: %v", c.article, ids(got))
		}
	}
}

func TestEndings(t *testing.T) {
	c := authority.Person{ID: "c", Rank: 9, Since: "2026-03-20"}
	d := authority.Person{ID: "d", Rank: 2, Since: "2026-03-20", Roles: []authority.Role{authority.RoleDeputy}}
	over := c
	over.Mandate.Ended = authority.Resigned
	for _, x := range []struct {
		article  string
		p        authority.Person
		why      authority.Ending
		on       authority.Day
		accepted bool
		want     string
	}{
		{"L2121-4, received by the mayor", c, authority.Resigned, "2026-11-25", false, ""},
		{"L2122-15, a deputy, not accepted", d, authority.Resigned, "2026-11-25", false, "CGCT, art. L2122-15"},
		{"L2122-15, a deputy, accepted", d, authority.Resigned, "2026-11-25", true, ""},
		{"a deputy's death", d, authority.Died, "2026-11-25", false, ""},
		{"before it began", c, authority.Resigned, "2026-01-01", false, "CGCT, art. L2121-4"},
		{"twice", over, authority.Died, "2026-11-25", false, "CGCT, art. L2121-4"},
		{"not a member", authority.Person{ID: "x"}, authority.Resigned, "2026-11-25", false, "CGCT, art. L2121-4"},
	} {
		got := ""
		if r := rule.Find(authority.CheckEnding(x.p, x.why, x.on, x.accepted)); r != nil {
			got = r.Article
		}
		if got != x.want {
			t.Errorf("%s: %q", x.article, got)
		}
	}
}

// A councillor resigns; the next of her list sits, last in the order of precedence.
func TestNextOnTheList(t *testing.T) {
	ctx := context.Background()
	j := journaltest.Open(t, "laptop", time.Now, rand.Reader, authority.Projections())
	r := authority.New(j)
	if err := r.Describe(ctx, "installer", authority.Authority{ID: journaltest.Authority, Name: "Commune d’essai", Population: 850}); err != nil {
		t.Fatal(err)
	}
	list := func(place int, elected authority.Day) authority.Mandate {
		return authority.Mandate{List: "Essai pour tous", Place: place, Votes: 300, Elected: elected}
	}
	for i, p := range []authority.Person{
		{ID: "m", LastName: "Maire", Rank: 1, Roles: []authority.Role{authority.RoleMayor}, Mandate: list(1, "2026-03-15"), Born: "1970-01-01"},
		{ID: "a", LastName: "Aînée", Rank: 2, Mandate: list(2, "2026-03-15"), Born: "1950-01-01"}, {ID: "b", LastName: "Cadet", Rank: 3, Mandate: list(3, "2026-03-15"), Born: "1980-01-01"},
		{ID: "n5", LastName: "Cinquième", Mandate: list(5, "")}, {ID: "n4", LastName: "Quatrième", Civility: "Mme", Mandate: list(4, "")}, {ID: "other", LastName: "Autre", Mandate: authority.Mandate{List: "Autre", Place: 1}},
	} {
		p.FirstName, p.Since = "Prénom", "2026-03-20"
		if _, err := r.Put(ctx, "installer", p); err != nil {
			t.Fatal(i, err)
		}
	}
	if err := r.EndMandate(ctx, "installer", "a", authority.Resigned, "2026-11-25", false); err != nil {
		t.Fatal(err)
	}
	people, _, _ := r.Everyone(ctx)
	left, _ := authority.Find(people, "a")
	next, ok := authority.Successor(people, left)
	if !ok || next.ID != "n4" || left.In("2026-11-25") || !left.In("2026-11-24") {
		t.Fatalf("L270: %+v follows %+v", next, left)
	}
	if err := r.Install(ctx, "installer", "n5", "2026-11-25"); rule.Find(err) == nil {
		t.Errorf("L270, out of the list's order: %v", err)
	}
	if err := r.Install(ctx, "installer", "n4", "2026-11-25"); err != nil {
		t.Fatal(err)
	}
	people, _, _ = r.Everyone(ctx)
	if got := ids(authority.Order(people, "2026-11-26")); !slices.Equal(got, []string{"m", "b", "n4"}) {
		t.Errorf("%v", got)
	}
	if n, _ := authority.Find(people, "n4"); n.Rank != 3 || n.Title != "Conseillère municipale" || !n.Has(authority.RoleCouncillor) {
		t.Errorf("%+v", n)
	}
	if err := r.Enumerate(ctx, "installer", authority.Enumerated{Population: 3600, Source: " "}); rule.Find(err) == nil {
		t.Errorf("a population without a source: %v", err)
	}
	if err := r.Enumerate(ctx, "installer", authority.Enumerated{Population: 3600, Source: "tableau d’essai"}); err != nil {
		t.Fatal(err)
	}
	if a, err := r.Self(ctx); a.Population != 3600 || a.PopulationSource == "" || err != nil {
		t.Errorf("%+v, %v", a, err)
	}
}

// What the official tables know of an authority is proposed, with its source.
func TestProposed(t *testing.T) {
	dax := authority.Proposed("214000887", "", "")
	if dax.Kind != authority.Commune || dax.Name != "Commune de Dax" || dax.INSEE != "40088" || dax.Population != 22109 || dax.PopulationSource == "" {
		t.Errorf("%+v", dax)
	}
	// CGCT, art. L5211-1: the most populated commune decides of a grouping's rules.
	group := authority.Proposed("244000675", "", "")
	if group.Kind != authority.EPCI || group.Largest != 22109 || group.Population <= group.Largest || group.Threshold() != group.Largest {
		t.Errorf("%+v", group)
	}
	if ccas := authority.Proposed("264000000", authority.CCAS, "40002"); ccas.Name != "Centre communal d’action sociale d’Amou" || ccas.Population != 1550 {
		t.Errorf("%+v", ccas)
	}
	if s := authority.Proposed("254000000", authority.Syndicate, "40002"); s.Population != 0 || s.Name != "" || s.Place != "Amou" {
		t.Errorf("a syndicate's communes are not in the tables: %+v", s)
	}
	if none := authority.Proposed("123456789", authority.Commune, "40998"); none.Population != 0 || none.Name != "" {
		t.Errorf("%+v", none)
	}
	// A figure that is the table's has its source, another one is the town hall's.
	for _, c := range []struct {
		population int
		typed      bool
	}{{22109, false}, {22000, true}} {
		a := authority.NewCommune("214000887", "Commune de Dax", "Dax", "40088", c.population)
		if (a.PopulationSource == "saisie en mairie") != c.typed {
			t.Errorf("%d: %s", c.population, a.PopulationSource)
		}
	}
	if p := authority.Serving(authority.CCAS, authority.NewMayor("Mme", "Ana", "Essai")); p.Title != "Présidente" || p.MayRegister("2026-11-25") && p.Has(authority.RoleRegistrar) {
		t.Errorf("%+v", p)
	}
}

func TestBeKind(t *testing.T) {
	ctx := context.Background()
	r := authority.New(journaltest.Open(t, "laptop", time.Now, rand.Reader, authority.Projections()))
	if _, err := r.Found(ctx, authority.NewCommune(journaltest.Authority, "Groupement d’essai", "Essai", "40998", 850), authority.NewMayor("Mme", "Ana", "Essai")); err != nil {
		t.Fatal(err)
	}
	people, _, err := r.Everyone(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.BeKind(ctx, people[0].ID, "royaume"); rule.Find(err) == nil {
		t.Errorf("an unknown kind: %v", err)
	}
	if err := r.BeKind(ctx, people[0].ID, authority.Syndicate); err != nil {
		t.Fatal(err)
	}
	if a, err := r.Self(ctx); err != nil || a.Kind != authority.Syndicate || a.Name != "Groupement d’essai" {
		t.Errorf("%+v, %v", a, err)
	}
}

// A member who is written down twice would count twice in the quorum.
func TestAMemberTwice(t *testing.T) {
	seated := []authority.Person{{ID: "a", FirstName: "Ève", LastName: "Exemple", Rank: 2, Since: "2026-03-20"}, {ID: "b", FirstName: "Luc", LastName: "Essai", Rank: 3, Since: "2020-05-01", Until: "2026-03-19"}}
	for _, c := range []struct {
		article string
		p       authority.Person
		refused bool
	}{
		{"L2121-17, twice", authority.Person{ID: "x", FirstName: " eve ", LastName: "EXEMPLE", Rank: 9, Since: "2026-04-01"}, true},
		{"L2121-17, her own record", authority.Person{ID: "a", FirstName: "Ève", LastName: "Exemple", Rank: 4, Since: "2026-03-20"}, false},
		{"L2121-17, not of the assembly", authority.Person{ID: "x", FirstName: "Ève", LastName: "Exemple"}, false},
		{"L2121-17, a former mandate", authority.Person{ID: "x", FirstName: "Luc", LastName: "Essai", Rank: 9, Since: "2026-03-20"}, false},
		{"L2121-17, one day in common", authority.Person{ID: "x", FirstName: "Luc", LastName: "Essai", Rank: 9, Since: "2026-03-19"}, true},
	} {
		err := authority.CheckTwice(seated, c.p)
		if r := rule.Find(err); (r != nil) != c.refused || r != nil && (r.Article == "" || r.Cure == "") {
			t.Errorf("%s: %v", c.article, err)
		}
	}
	namesake := authority.Person{ID: "x", FirstName: "Ève", LastName: "Exemple", Rank: 9, Since: "2026-04-01", Born: "1990-02-03"}
	seated[0].Born = "1951-07-08"
	if err := authority.CheckTwice(seated, namesake); err != nil {
		t.Errorf("two people of the same name: %v", err)
	}
}
