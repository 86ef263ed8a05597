package parapheur_test

import (
	"context"
	"strings"
	"testing"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/pes/pestest"
	"alpi40.fr/airial/local/rule"
)

// TestFind: folders are found by their documents' words, people, nature, amount and days.
func TestFind(t *testing.T) {
	ctx := context.Background()
	l := newLaptop(t, "pc")
	l.people(t)
	flow := l.start(t, parapheur.Import{Kind: parapheur.Accounting, Route: parapheur.UsualRoute(), Files: []parapheur.File{{Name: "flux.xml", Content: pestest.Example}}})
	letter := l.start(t, parapheur.Import{Kind: parapheur.Letter, Route: parapheur.UsualRoute(), Amount: 5000,
		Files: []parapheur.File{{Name: "lettre.pdf", Content: paper(t), Text: "réfection de la toiture"}}})
	if err := l.Approve(ctx, "secretaire", letter, "", l.seen(t, letter)); err != nil {
		t.Fatal(err)
	}
	today := authority.DayOf(l.j.Now())
	for name, c := range map[string]struct {
		q    parapheur.Query
		want []string
	}{
		"all":                      {parapheur.Query{}, []string{letter, flow}},
		"a third party":            {parapheur.Query{Words: "menuiserie fictive"}, []string{flow}},
		"an invoice":               {parapheur.Query{Words: "F2026-07"}, []string{flow}},
		"words of a PDF":           {parapheur.Query{Words: "toiture"}, []string{letter}},
		"nature":                   {parapheur.Query{Kind: parapheur.Accounting}, []string{flow}},
		"at least":                 {parapheur.Query{Min: 100000}, []string{flow}},
		"at most":                  {parapheur.Query{Max: 100000}, []string{letter}},
		"who is waited for":        {parapheur.Query{Person: "maire"}, []string{letter}},
		"who acted or is awaited":  {parapheur.Query{Person: "secretaire"}, []string{letter, flow}},
		"nobody":                   {parapheur.Query{Person: "adjoint"}, nil},
		"since tomorrow":           {parapheur.Query{Since: today.Plus(1)}, nil},
		"until today":              {parapheur.Query{Until: today}, []string{letter, flow}},
		"words and another nature": {parapheur.Query{Words: "toiture", Kind: parapheur.Accounting}, nil},
		"state":                    {parapheur.Query{State: parapheur.Done}, nil},
	} {
		rows, err := l.Find(ctx, "maire", c.q, 10)
		var got []string
		for _, r := range rows {
			got = append(got, r.ID)
		}
		if err != nil || strings.Join(got, " ") != strings.Join(c.want, " ") {
			t.Errorf("%s: %v %v", name, got, err)
		}
	}
	rows, err := l.Find(ctx, "maire", parapheur.Query{}, 1)
	if err != nil || len(rows) != 1 {
		t.Errorf("%d rows, %v", len(rows), err)
	}
}

// TestCSV: the list opens in a spreadsheet, and no title becomes a formula.
func TestCSV(t *testing.T) {
	town := parapheur.Town{People: []authority.Person{{ID: "x", FirstName: "Solène", LastName: "Brouillon"}}}
	out, err := town.CSV([]parapheur.Row{{ID: "1", Title: "=HYPERLINK(\"http://x\")", Kind: parapheur.Letter, State: parapheur.Done, Amount: 123456, Author: "x", Deadline: "2026-12-01"}, {Title: "A; \"B\""}})
	if err != nil {
		t.Fatal(err)
	}
	text := string(out)
	for _, want := range []string{"\ufeffDossier;", `"'=HYPERLINK(""http://x"")"`, ";1234,56;", "Solène BROUILLON", "01/12/2026", `"A; ""B"""`, "\r\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in %q", want, text)
		}
	}
}

// TestRetrieve: what has come to its end waits for who sent it, until she has filed it.
func TestRetrieve(t *testing.T) {
	ctx := context.Background()
	l := newLaptop(t, "pc")
	l.people(t)
	id := l.start(t, parapheur.Import{Route: parapheur.UsualRoute()[:1]})
	pile := func(person string) int {
		rows, err := l.List(ctx, person, parapheur.Retrieve, 10)
		if err != nil {
			t.Fatal(err)
		}
		return len(rows)
	}
	if err := l.Retrieve(ctx, "secretaire", id); rule.Find(err) == nil || pile("secretaire") != 0 {
		t.Error("it was filed while it ran:", err)
	}
	if err := l.Approve(ctx, "secretaire", id, "", l.seen(t, id)); err != nil {
		t.Fatal(err)
	}
	if pile("secretaire") != 1 || pile("maire") != 0 {
		t.Error(pile("secretaire"), pile("maire"))
	}
	if err := l.Retrieve(ctx, "maire", id); rule.Find(err) == nil {
		t.Error("another filed it:", err)
	}
	if err := l.Retrieve(ctx, "secretaire", id); err != nil || pile("secretaire") != 0 {
		t.Error(err, pile("secretaire"))
	}
	l.same(t)
}

// TestStatistics: each step's time, from its turn to its act.
func TestStatistics(t *testing.T) {
	ctx := context.Background()
	l := newLaptop(t, "pc")
	l.people(t)
	for range 3 {
		id := l.start(t, parapheur.Import{Route: parapheur.UsualRoute()[:1]})
		if err := l.Approve(ctx, "secretaire", id, "", l.seen(t, id)); err != nil {
			t.Fatal(err)
		}
	}
	all, err := l.Statistics(ctx, "", "")
	if err != nil || len(all) != 1 || all[0].Title != "Visa du secrétariat" || all[0].Count != 3 || all[0].Median <= 0 || all[0].Longest < all[0].Median {
		t.Errorf("%+v %v", all, err)
	}
	if all, err := l.Statistics(ctx, authority.DayOf(l.j.Now()).Plus(1), ""); err != nil || len(all) != 0 {
		t.Errorf("%+v %v", all, err)
	}
}
