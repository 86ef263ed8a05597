package vault_test

import (
	"fmt"
	"strings"
	"testing"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/vault"
)

// A payslip is proposed for the one person that it names; where it names two, or none, a person says.
func TestFindPayslip(t *testing.T) {
	people := []authority.Person{{ID: "anne", FirstName: "Anne", LastName: "Fictif"}, {ID: "am", FirstName: "Anne-Marie", LastName: "Fictif"}, {ID: "leo", FirstName: "Léo", LastName: "D’Exemple"}, {ID: "homonyme", FirstName: "Inès", LastName: "Modèle"}, {ID: "homonyme2", FirstName: "Inès", LastName: "Modèle"}}
	before := map[string][]string{"leo": {"BP_00457_102026.pdf"}, "anne": {"BP_00458_202610.pdf"}}
	for name, row := range map[string]struct {
		file, text string
		person     string
		why        vault.PayslipSign
	}{
		"in the document":        {"1.pdf", "BULLETIN DE PAIE\nMonsieur LEO D'EXEMPLE\nMatricule 457", "leo", vault.ByText},
		"last name first":        {"1.pdf", "D’EXEMPLE Léo", "leo", vault.ByText},
		"in the file's name":     {"fictif_anne-marie_2026-11.pdf", "", "am", vault.ByName},
		"the shorter name":       {"1.pdf", "Mme Anne FICTIF", "anne", vault.ByText},
		"the longer name":        {"1.pdf", "Mme Anne-Marie FICTIF", "am", vault.ByText},
		"both of them":           {"1.pdf", "Mme Anne-Marie FICTIF, vu par Mme Anne FICTIF", "", vault.Unsure},
		"a part of a name":       {"1.pdf", "Léontine D’Exemple", "", vault.Unsure},
		"namesakes":              {"1.pdf", "Inès MODÈLE", "", vault.Unsure},
		"a number known already": {"BP_00457_112026.pdf", "", "leo", vault.ByNumber},
		"a month is no number":   {"BP_102026.pdf", "", "", vault.Unsure},
		"a number of nobody":     {"BP_00999_112026.pdf", "", "", vault.Unsure},
		"nothing":                {"scan.pdf", "", "", vault.Unsure},
		"the document first":     {"fictif anne.pdf", "LEO D'EXEMPLE", "leo", vault.ByText},
		"the document names two": {"fictif anne.pdf", "LEO D'EXEMPLE et ANNE FICTIF", "", vault.Unsure},
		"its text is unreadable": {"fictif anne.pdf", "\x00\xff", "anne", vault.ByName},
	} {
		if got := vault.FindPayslip(row.file, row.text, people, before); got.Person != row.person || got.Why != row.why {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// One document with the payslips of all is cut where another agent begins; what names nobody, or two, waits for a person.
func TestSplitPayslips(t *testing.T) {
	people := []authority.Person{{ID: "anne", FirstName: "Anne", LastName: "Fictif"}, {ID: "leo", FirstName: "Léo", LastName: "D’Exemple"}, {ID: "ines", FirstName: "Inès", LastName: "Modèle"}, {ID: "ines2", FirstName: "Inès", LastName: "Modèle"}}
	before := map[string][]string{"ines2": {"BP_00460_102026.pdf"}}
	for name, row := range map[string]struct {
		pages []string
		want  string // person first-last sign
	}{
		"a page each":                      {[]string{"Anne FICTIF", "Léo D’EXEMPLE"}, "anne 1-1 text, leo 2-2 text"},
		"two pages, both named":            {[]string{"Anne FICTIF page 1/2", "Anne FICTIF page 2/2", "Léo D’EXEMPLE"}, "anne 1-2 text, leo 3-3 text"},
		"the second names nobody":          {[]string{"Anne FICTIF page 1/2", "Cotisations, Page 2 sur 2", "Léo D’EXEMPLE"}, "anne 1-2 text, leo 3-3 text"},
		"a first page that names nobody":   {[]string{"Anne FICTIF", "Net à payer", "Léo D’EXEMPLE"}, "anne 1-1 text,  2-2 , leo 3-3 text"},
		"known by the number on another":   {[]string{"Anne FICTIF Matricule : 00458", "Léo D’EXEMPLE", "MATRICULE 458 Rappel"}, "anne 1-1 text, leo 2-2 text, anne 3-3 number"},
		"known by last month's number":     {[]string{"Anne FICTIF", "Inès MODÈLE Matricule 460", "Léo D’EXEMPLE"}, "anne 1-1 text, ines2 2-2 number, leo 3-3 text"},
		"namesakes":                        {[]string{"Anne FICTIF", "Inès MODÈLE", "Léo D’EXEMPLE"}, "anne 1-1 text,  2-2 , leo 3-3 text"},
		"two in one page, then a sequel":   {[]string{"Anne FICTIF", "Anne FICTIF et Léo D’EXEMPLE", "Page 2/2", "Léo D’EXEMPLE"}, "anne 1-1 text,  2-2 ,  3-3 , leo 4-4 text"},
		"a number that two have":           {[]string{"Anne FICTIF matricule 7777", "Léo D’EXEMPLE matricule 7777", "matricule 7777"}, "anne 1-1 text, leo 2-2 text,  3-3 "},
		"one agent alone is not split":     {[]string{"Anne FICTIF", "Anne FICTIF"}, ""},
		"scans are not split":              {[]string{"", "", ""}, ""},
		"no pages":                         {nil, ""},
		"a summary that names them all":    {[]string{"État récapitulatif : Anne FICTIF, Léo D’EXEMPLE", "Anne FICTIF", "Léo D’EXEMPLE"}, " 1-1 , anne 2-2 text, leo 3-3 text"},
		"her pages apart stand apart":      {[]string{"Anne FICTIF", "Léo D’EXEMPLE", "Anne FICTIF"}, "anne 1-1 text, leo 2-2 text, anne 3-3 text"},
		"a date is no number of an agent":  {[]string{"Anne FICTIF", "Léo D’EXEMPLE", "Période du 01/11/2026"}, "anne 1-1 text, leo 2-2 text,  3-3 "},
		"the number is longer by its zero": {[]string{"Anne FICTIF matricule 0012", "Léo D’EXEMPLE", "matricule 12 Page 2/2"}, "anne 1-1 text, leo 2-2 text, anne 3-3 number"},
	} {
		var got []string
		for _, p := range vault.SplitPayslips("BP_112026.pdf", row.pages, people, before) {
			got = append(got, fmt.Sprintf("%s %d-%d %s", p.Person, p.First, p.Last, p.Why))
		}
		if text := strings.Join(got, ", "); text != row.want {
			t.Errorf("%s: %q", name, text)
		}
	}
	split := vault.SplitPayslips("BP_112026.pdf", []string{"Léo D’EXEMPLE", "Léo D’EXEMPLE", "Anne FICTIF", ""}, people, nil)
	if len(split) != 3 || split[0].Name != "BP_112026 Léo D’Exemple (pages 1 à 2).pdf" || split[2].Name != "BP_112026 (page 4).pdf" {
		t.Errorf("%+v", split)
	}
}

// The payslips of an agent stand in one space, which she and who deposits them alone can open.
func TestPayslipSpace(t *testing.T) {
	h := newHall(t)
	a, b, c := h.join("a", "anne"), h.join("b", "benoit"), h.join("c", "chloe")
	h.people(a, "anne", "benoit", "chloe")
	ctx := t.Context()
	h.all(1)
	ok(t, b.Hold(ctx, "benoit"))
	ok(t, c.Hold(ctx, "chloe"))
	h.all(2)
	agent := authority.Person{ID: "benoit", FirstName: "Prénom", LastName: "benoit"}
	space, err := a.PayslipSpace(ctx, "anne", agent)
	ok(t, err)
	id := a.put(t, space, "", "BP_00457_112026.pdf", "1 234,56 euros")
	again, err := a.PayslipSpace(ctx, "anne", agent)
	if err != nil || again != space {
		t.Errorf("a second space: %s, %v", again, err)
	}
	h.all(2)
	if got := b.text(t, id, 0); got != "1 234,56 euros" {
		t.Errorf("the agent reads %q", got)
	}
	if _, err := c.Open(ctx, "chloe", id, 0); err == nil {
		t.Error("a third person reads a payslip")
	}
	refused(t, b.Trash(ctx, "benoit", id), "lecture seule")
	agent.Until = "2026-01-31"
	_, err = a.PayslipSpace(ctx, "anne", agent)
	refused(t, err, "plus en fonction")
}
