package authority_test

import (
	"context"
	"crypto/rand"
	"testing"
	"time"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/journal/journaltest"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
)

func TestHolidays(t *testing.T) {
	for day, want := range map[authority.Day]string{
		"2026-04-06": "lundi de Pâques", "2026-05-14": "Ascension", "2026-05-25": "lundi de Pentecôte",
		"2024-04-01": "lundi de Pâques", "2038-04-26": "lundi de Pâques", "2026-07-14": "fête nationale",
		"2026-04-05": "", "2026-11-24": "", "2026-11-11": "11 Novembre 1918",
	} {
		if got := authority.Holiday(day); got != want {
			t.Errorf("%s: %q, not %q", day, got, want)
		}
	}
}

// CGCT, art. L2121-11 and L2121-12: neither the day of sending nor that of the sitting counts.
func TestClearDays(t *testing.T) {
	for _, c := range []struct {
		article      string
		sent, meets  authority.Day
		clear, n     int
		latestToSend authority.Day
	}{
		{"L2121-11, example of a Thursday 12th", "2026-11-08", "2026-11-12", 3, 3, "2026-11-08"},
		{"L2121-12, over Easter", "2026-04-02", "2026-04-08", 5, 5, "2026-04-02"},
		{"L2121-11, over 29 February", "2028-02-27", "2028-03-02", 3, 3, "2028-02-27"},
		{"L2121-11, one day short", "2026-11-09", "2026-11-12", 2, 3, "2026-11-08"},
		{"L2121-11, over the change of hour", "2026-10-23", "2026-10-27", 3, 3, "2026-10-23"},
	} {
		if got := authority.ClearDays(c.sent, c.meets); got != c.clear {
			t.Errorf("%s: %d clear days, not %d", c.article, got, c.clear)
		}
		if got := authority.LatestSending(c.meets, c.n); got != c.latestToSend {
			t.Errorf("%s: send by %s, not %s", c.article, got, c.latestToSend)
		}
	}
}

func TestMayorsCapacity(t *testing.T) {
	people := []authority.Person{
		{ID: "maire", Civility: "Mme", FirstName: "Maïté", LastName: "Fictive", Title: "Maire", Roles: []authority.Role{authority.RoleMayor}, Since: "2026-03-20"},
		{ID: "adjoint", Civility: "M.", FirstName: "Jean", LastName: "Modèle", Roles: []authority.Role{authority.RoleDeputy}, Rank: 2, Since: "2026-03-20"},
		{ID: "ancien", Roles: []authority.Role{authority.RoleMayor}, Since: "2020-05-20", Until: "2026-03-19"},
	}
	order := "n° 2026-012 du 3 avril 2026"
	given := []authority.Delegation{{Kind: authority.Delegated, From: "maire", To: "adjoint", Subjects: []string{"urbanisme"}, Since: "2026-04-03", Order: order}}
	absent := []authority.Delegation{{Kind: authority.StandIn, From: "maire", To: "adjoint", Since: "2026-08-01", Until: "2026-08-15"}}
	for _, c := range []struct {
		article     string
		person      string
		delegations []authority.Delegation
		subject     string
		day         authority.Day
		words       string // empty: refused
	}{
		{"L2122-18, the mayor herself", "maire", nil, "urbanisme", "2026-11-24", "Maire"},
		{"L2122-18, within the delegation", "adjoint", given, "urbanisme", "2026-11-24", "Pour le maire et par délégation (arrêté " + order + ")"},
		{"L2122-18, beyond its subjects", "adjoint", given, "finances", "2026-11-24", ""},
		{"L2122-18, before its order", "adjoint", given, "urbanisme", "2026-04-02", ""},
		{"L2122-17, on the last day of absence", "adjoint", absent, "finances", "2026-08-15", "Pour le maire empêché"},
		{"L2122-17, the day after", "adjoint", absent, "finances", "2026-08-16", ""},
		{"L2122-15, a mandate that has ended", "ancien", nil, "", "2026-11-24", ""},
		{"L2122-18, a stranger", "inconnu", given, "urbanisme", "2026-11-24", ""},
	} {
		got, err := authority.MayorsCapacity(people, c.delegations, c.person, c.subject, c.day)
		if got.Words != c.words || (err == nil) != (c.words != "") {
			t.Errorf("%s: %q, %v", c.article, got.Words, err)
		}
		if err != nil && rule.Find(err) == nil {
			t.Errorf("%s: not a refusal: %v", c.article, err)
		}
	}
}

func TestPeopleAreKept(t *testing.T) {
	ctx := context.Background()
	j := journaltest.Open(t, "laptop", time.Now, rand.Reader, authority.Projections())
	r := authority.New(j)
	if err := r.Describe(ctx, "installer", authority.Authority{ID: journaltest.Authority, Name: "Commune de Saint-Airial-des-Pins"}); err != nil {
		t.Fatal(err)
	}
	if err := r.Describe(ctx, "installer", authority.Authority{ID: "111111111", Name: "Ailleurs"}); rule.Find(err) == nil {
		t.Errorf("another authority's description was taken: %v", err)
	}
	clerk, err := r.Put(ctx, "installer", authority.Person{FirstName: "Ève", LastName: "Exemple", Civility: "Mme"})
	if err != nil {
		t.Fatal(err)
	}
	mayor, err := r.Put(ctx, "installer", authority.Person{FirstName: "Luc", LastName: "Zinfictif", Civility: "M.", Rank: 1, Roles: []authority.Role{authority.RoleMayor}})
	if err != nil {
		t.Fatal(err)
	}
	id, err := r.Grant(ctx, mayor, authority.Delegation{Kind: authority.StandIn, From: mayor, To: clerk, Since: "2026-01-01"})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Withdraw(ctx, mayor, id, "2026-02-01"); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Put(ctx, clerk, authority.Person{ID: clerk, FirstName: "Ève", LastName: "Exemple", Roles: []authority.Role{authority.RoleMayor}}); rule.Find(err) == nil {
		t.Errorf("who has no right to it made herself mayor: %v", err)
	}
	if _, err := r.Grant(ctx, clerk, authority.Delegation{Kind: authority.StandIn, From: mayor, To: clerk}); rule.Find(err) == nil {
		t.Errorf("who has no right to it delegated: %v", err)
	}
	if _, err := r.Grant(ctx, mayor, authority.Delegation{Kind: authority.Delegated, From: mayor, To: clerk}); rule.Find(err) == nil {
		t.Errorf("a delegation without its order (L2122-18) was taken: %v", err)
	}
	err = j.Store().View(ctx, func(tx *store.Tx) error {
		people, err := authority.People(tx)
		if err != nil || len(people) != 2 || people[0].ID != mayor || people[1].Name() != "Mme Ève EXEMPLE" {
			t.Errorf("people: %+v, %v", people, err)
		}
		all, err := authority.Delegations(tx)
		if err != nil || len(all) != 1 || !all[0].Covers("", "2026-01-31") || all[0].Covers("", "2026-02-01") {
			t.Errorf("delegations: %+v, %v", all, err)
		}
		a, err := authority.Current(tx)
		if a.Name != "Commune de Saint-Airial-des-Pins" {
			t.Errorf("authority: %+v", a)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestFounding(t *testing.T) {
	ctx := context.Background()
	j := journaltest.Open(t, "laptop", time.Now, rand.Reader, authority.Projections())
	r := authority.New(j)
	commune := authority.NewCommune(journaltest.Authority, "Commune d’essai", "Essai", "40998", 850)
	if commune.Department != "Landes" || commune.Court != "tribunal administratif de Pau" {
		t.Errorf("CJA, art. R221-3: %+v", commune)
	}
	if _, err := r.Found(ctx, commune, authority.NewMayor("Mme", "", "Essai")); rule.Find(err) == nil {
		t.Errorf("nobody founded it: %v", err)
	}
	if _, err := r.Found(ctx, authority.NewCommune("111111111", "Ailleurs", "", "40998", 850), authority.NewMayor("Mme", "Ana", "Essai")); rule.Find(err) == nil {
		t.Errorf("another authority was founded: %v", err)
	}
	id, err := r.Found(ctx, commune, authority.NewMayor("Mme", "Ana", "Essai"))
	if err != nil {
		t.Fatal(err)
	}
	people, _, err := r.Everyone(ctx)
	if err != nil || len(people) != 1 || people[0].ID != id || !people[0].MayRegister("2026-11-25") {
		t.Errorf("CGCT, art. L2122-32: %+v, %v", people, err)
	}
	if _, err := r.Found(ctx, commune, authority.NewSecretary("M.", "Jean", "Second")); rule.Find(err) == nil {
		t.Errorf("founded twice: %v", err)
	}
}
