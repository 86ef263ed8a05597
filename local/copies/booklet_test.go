package copies_test

import (
	"bytes"
	"crypto/rand"
	"testing"
	"time"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/civilstatus"
	"alpi40.fr/airial/local/copies"
	"alpi40.fr/airial/local/journal/journaltest"
	"alpi40.fr/airial/local/rule"
)

// The booklet tells the acts that are linked, and none while a mention is not affixed (Code civil, art. 49).
func TestFamilyBooklet(t *testing.T) {
	ctx := t.Context()
	j := journaltest.Open(t, "mairie", time.Now, rand.Reader, authority.Projections(), civilstatus.Projections(), copies.Projections())
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	people := authority.New(j)
	must(people.Describe(ctx, "i", authority.Authority{ID: journaltest.Authority, Name: "Commune de Saint-Airial-des-Pins", Place: "Saint-Airial-des-Pins"}))
	_, err := people.Put(ctx, "i", authority.Person{ID: "maire", Civility: "Mme", FirstName: "Maïté", LastName: "Fictive", Title: "Maire", Roles: []authority.Role{authority.RoleMayor}, Since: "2020-03-20"})
	must(err)
	c, err := civilstatus.Standard()
	must(err)
	acts := civilstatus.New(j, c)
	w := copies.New(j, acts, effects(t))
	keep := func(a civilstatus.Act) string {
		id, err := acts.Import(ctx, "maire", a, []civilstatus.Page{{Name: "acte.pdf", Content: append([]byte("%PDF-1.4 "), a.Number...)}})
		must(err)
		return id
	}
	born := keep(civilstatus.Act{Kind: civilstatus.Birth, Year: 1987, Number: "12", Date: "1987-03-02", LastName: "Exemple", FirstName: "Camille", Gender: civilstatus.Feminine, Commune: "Saint-Airial-des-Pins"})
	died := keep(civilstatus.Act{Kind: civilstatus.Death, Year: 2020, Number: "4", Date: "2020-01-05", LastName: "Exemple", FirstName: "Camille", Gender: civilstatus.Feminine, Commune: "Saint-Airial-des-Pins"})
	if _, err := w.Booklet(ctx, born); rule.Find(err) == nil {
		t.Errorf("without what extracts say: %v", err)
	}
	must(w.Describe(ctx, "maire", born, copies.Details{"lieu": "Ici", "parent1": "Luc EXEMPLE"}))
	must(w.Describe(ctx, "maire", died, copies.Details{"lieu": "Ici", "ne": "2 mars 1987, ici"}))
	alone, err := w.Booklet(ctx, born)
	must(err)
	must(acts.Link(ctx, "maire", born, died))
	both, err := w.Booklet(ctx, born)
	if err != nil || !bytes.HasPrefix(both.PDF, []byte("%PDF-")) || len(both.PDF) <= len(alone.PDF) {
		t.Fatalf("%d bytes, %d alone, %v", len(both.PDF), len(alone.PDF), err)
	}
	_, err = acts.Record(ctx, "maire", born, "DECES", map[string]string{"lieu": "Dax", "date": "05/01/2020"}, "avis", "2026-09-14")
	must(err)
	if _, err := w.Booklet(ctx, died); rule.Find(err) == nil {
		t.Errorf("a mention of a linked act is not affixed: %v", err)
	}
	if _, err := w.DeathFollowUp(ctx, born, true); rule.Find(err) == nil {
		t.Errorf("of a birth act: %v", err)
	}
	if d, err := w.DeathFollowUp(ctx, died, true); err != nil || !bytes.HasPrefix(d.PDF, []byte("%PDF-")) {
		t.Error(err)
	}
	if with, without := len(copies.Duties(true)), len(copies.Duties(false)); with != without+1 {
		t.Errorf("%d duties, %d without the paper certificate", with, without)
	}
}
