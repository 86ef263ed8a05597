package council_test

import (
	"testing"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/rule"
)

// refused tells by which article a rule refuses; empty: it does not.
func refused(t *testing.T, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	r := rule.Find(err)
	if r == nil {
		t.Fatalf("no refusal: %v", err)
	}
	if r.Why == "" || r.Cure == "" {
		t.Errorf("a refusal says why and what to do: %+v", r)
	}
	return r.Article
}

// CGCT, art. L2121-2, L2121-2-1 and L2122-2, at each edge of the tables.
func TestNumbersByPopulation(t *testing.T) {
	for _, c := range []struct {
		article                                 string
		population, members, complete, deputies int
	}{
		{"L2121-2, first line", 0, 7, 5, 2},
		{"L2121-2, last of the first line", 99, 7, 5, 2},
		{"L2121-2, 100", 100, 11, 9, 3},
		{"L2121-2-1, 499", 499, 11, 9, 3},
		{"L2121-2-1, 500", 500, 15, 13, 4},
		{"L2121-2-1, 999", 999, 15, 13, 4},
		{"L2121-2-1, 1,000 has no exception", 1000, 15, 15, 4},
		{"L2121-2, 1,500", 1500, 19, 19, 5},
		{"L2121-2, 3,500", 3500, 27, 27, 8},
		{"L2121-2, 299,999", 299_999, 65, 65, 19},
		{"L2121-2, 300,000", 300_000, 69, 69, 20},
	} {
		n := council.LegalNumber(c.population)
		if n != c.members || council.DeemedComplete(c.population) != c.complete || council.MaxDeputies(n) != c.deputies {
			t.Errorf("%s: %d members, %d complete, %d deputies", c.article, n, council.DeemedComplete(c.population), council.MaxDeputies(n))
		}
	}
}

func TestAccounts(t *testing.T) {
	for _, c := range []struct {
		article   string
		accounts  bool
		chair     string
		withdrawn []string
		want      string
	}{
		{"L2121-14, the mayor stays", true, "maire", nil, "CGCT, art. L2121-14"},
		{"L2121-14, the mayor is out but presides", true, "maire", []string{"maire"}, "CGCT, art. L2121-14"},
		{"L2121-14, another presides but the mayor stays", true, "adjoint", []string{"adjoint"}, "CGCT, art. L2121-14"},
		{"L2121-14, the mayor is out and another presides", true, "adjoint", []string{"maire"}, ""},
		{"L2121-14, not the account", false, "maire", nil, ""},
	} {
		if got := refused(t, council.CheckAccounts(council.Item{Accounts: c.accounts}, "maire", c.chair, c.withdrawn)); got != c.want {
			t.Errorf("%s: %q", c.article, got)
		}
	}
}

func TestInterest(t *testing.T) {
	s := council.Sitting{Members: []council.Member{{ID: "a", Name: "A"}, {ID: "b", Name: "B"}}}
	for _, c := range []struct {
		article string
		b       council.Ballot
		want    string
	}{
		{"L2131-11, out of the room, no vote", council.Ballot{Interested: []string{"a"}}, ""},
		{"L2131-11, out of the room, noted as not voting", council.Ballot{Interested: []string{"a"}, Choices: map[string]council.Choice{"a": council.NotVoting}}, ""},
		{"L2131-11, votes all the same", council.Ballot{Interested: []string{"a"}, Choices: map[string]council.Choice{"a": council.For}}, "CGCT, art. L2131-11"},
		{"L2131-11, abstaining is taking part", council.Ballot{Interested: []string{"a"}, Choices: map[string]council.Choice{"a": council.Abstain}}, "CGCT, art. L2131-11"},
		{"L2131-11, not a member", council.Ballot{Interested: []string{"z"}}, "CGCT, art. L2131-11"},
		{"L2131-11, nobody is", council.Ballot{Choices: map[string]council.Choice{"b": council.Against}}, ""},
	} {
		if got := refused(t, council.CheckInterest(s, c.b)); got != c.want {
			t.Errorf("%s: %q", c.article, got)
		}
	}
}

func TestManner(t *testing.T) {
	const article = "CGCT, art. L2121-21"
	for _, c := range []struct {
		article string
		item    council.Item
		b       council.Ballot
		present int
		want    string
	}{
		{"L2121-21, ordinary", council.Item{}, council.Ballot{Manner: council.Ordinary}, 12, ""},
		{"L2121-21, a quarter asks for a public one", council.Item{}, council.Ballot{Manner: council.Ordinary, AskedPublic: 3}, 12, article},
		{"L2121-21, less than a quarter asks", council.Item{}, council.Ballot{Manner: council.Ordinary, AskedPublic: 2}, 12, ""},
		{"L2121-21, public, asked for", council.Item{}, council.Ballot{Manner: council.Public, AskedPublic: 3}, 12, ""},
		{"L2121-21, a third asks for a secret one", council.Item{}, council.Ballot{Manner: council.Ordinary, AskedSecret: 4}, 12, article},
		{"L2121-21, the secret one prevails over the public", council.Item{}, council.Ballot{Manner: council.Public, AskedPublic: 6, AskedSecret: 4}, 12, article},
		{"L2121-21, secret, a third asked", council.Item{}, council.Ballot{Manner: council.Secret, AskedSecret: 4}, 12, ""},
		{"L2121-21, secret, nobody asked", council.Item{}, council.Ballot{Manner: council.Secret}, 12, article},
		{"L2121-21, secret, less than a third of 13", council.Item{}, council.Ballot{Manner: council.Secret, AskedSecret: 4}, 13, article},
		{"L2121-21, a nomination in public", council.Item{Nomination: true}, council.Ballot{Manner: council.Ordinary}, 12, article},
		{"L2121-21, a nomination, waived unanimously", council.Item{Nomination: true}, council.Ballot{Manner: council.Ordinary, Waived: true}, 12, ""},
		{"L2121-21, a nomination in secret", council.Item{Nomination: true}, council.Ballot{Manner: council.Secret}, 12, ""},
		{"L2121-21, no manner", council.Item{}, council.Ballot{}, 12, article},
	} {
		if got := refused(t, council.CheckManner(c.item, c.b, c.present)); got != c.want {
			t.Errorf("%s: %q", c.article, got)
		}
	}
}

func TestFiguresMatchTheVoters(t *testing.T) {
	for _, c := range []struct {
		article string
		f       council.Figures
		voters  int
		want    string
	}{
		{"L2121-20, as many as voters", council.Figures{For: 7, Against: 2, Abstained: 1, NotVoting: 1}, 11, ""},
		{"L2121-20, one too many", council.Figures{For: 12}, 11, "CGCT, art. L2121-20"},
		{"L2121-20, one missing", council.Figures{For: 10}, 11, "CGCT, art. L2121-20"},
		{"L2121-20, below nothing", council.Figures{For: 12, Against: -1}, 11, "CGCT, art. L2121-20"},
	} {
		if got := refused(t, council.CheckFigures(c.f, c.voters)); got != c.want {
			t.Errorf("%s: %q", c.article, got)
		}
	}
}

func TestClosedSession(t *testing.T) {
	for _, c := range []struct {
		article string
		asked   int
		byMayor bool
		want    string
	}{
		{"L2121-18, three members", 3, false, ""},
		{"L2121-18, two members", 2, false, "CGCT, art. L2121-18"},
		{"L2121-18, the mayor alone", 0, true, ""},
	} {
		if got := refused(t, council.ClosedSession(c.asked, c.byMayor)); got != c.want {
			t.Errorf("%s: %q", c.article, got)
		}
	}
}

func TestPublication(t *testing.T) {
	const article = "CGCT, art. L2131-1"
	for _, c := range []struct {
		article      string
		kind         authority.Kind
		population   int
		chosen, used council.Publication
		want         string
	}{
		{"L2131-1, 3,500 and more: electronic alone", authority.Commune, 3500, council.Posting, council.Posting, article},
		{"L2131-1, 3,500 and more, electronic", authority.Commune, 3500, council.Posting, council.Electronic, ""},
		{"L2131-1, below: as chosen", authority.Commune, 3499, council.Posting, council.Posting, ""},
		{"L2131-1, below: on paper, as chosen", authority.Commune, 800, council.Paper, council.Paper, ""},
		{"L2131-1, below: otherwise than chosen", authority.Commune, 800, council.Paper, council.Posting, article},
		{"L2131-1, below: no choice, electronic", authority.Commune, 800, "", council.Electronic, ""},
		{"L2131-1, below: no choice, posted", authority.Commune, 800, "", council.Posting, article},
		{"L2131-1, a group of communes", authority.EPCI, 800, council.Posting, council.Posting, article},
		{"L5211-3, a syndicate, whatever its population", authority.Syndicate, 40_000, council.Posting, council.Posting, ""},
		{"L5211-3, a syndicate that chose nothing", authority.Syndicate, 40_000, "", council.Posting, article},
	} {
		if got := refused(t, council.CheckPublication(c.kind, c.population, c.chosen, c.used)); got != c.want {
			t.Errorf("%s: %q", c.article, got)
		}
	}
}

func TestExecutory(t *testing.T) {
	const article = "CGCT, art. L2131-1"
	for _, c := range []struct {
		article             string
		sent                bool
		published, received authority.Day
		want                string
	}{
		{"L2131-1, published and received", true, "2026-11-26", "2026-11-25", ""},
		{"L2131-1, published, not received", true, "2026-11-26", "", article},
		{"L2131-1, received, not published", true, "", "2026-11-26", article},
		{"L2131-2, not to be sent, published", false, "2026-11-26", "", ""},
		{"L2131-2, not to be sent, not published", false, "", "", article},
	} {
		if got := refused(t, council.CheckExecutory(c.sent, c.published, c.received)); got != c.want {
			t.Errorf("%s: %q", c.article, got)
		}
	}
}

// CGCT, art. L2121-15 and L2121-25: a week.
func TestTermsAfterTheSitting(t *testing.T) {
	if got := council.ListDue("2026-12-28"); got != "2027-01-04" {
		t.Errorf("L2121-25: the list is due on %s", got)
	}
	if got := council.MinutesDue("2027-02-26"); got != "2027-03-05" {
		t.Errorf("L2121-15: the minutes are due on %s", got)
	}
}
