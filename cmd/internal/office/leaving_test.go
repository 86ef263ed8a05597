package office_test

import (
	"context"
	"crypto/rand"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/civilstatus"
	"alpi40.fr/airial/local/comedec"
	"alpi40.fr/airial/local/comedec/comedectest"
	"alpi40.fr/airial/local/copies"
	"alpi40.fr/airial/local/practice"
	"alpi40.fr/airial/local/store"
)

// leaves tells where each table of civil status is in the export: a list of etat-civil.json, or what it is made again from.
var leaves = map[string]string{
	"act": "acts", "act_name": "acts, which the index is made from", "civil_incoming": "notices", "civil_link": "links", "civil_death": "deaths", "civil_setting": "settings, formulas",
	"copy_request": "requests", "copy_details": "details", "correspondent": "correspondents", "practice_certificate": "certificates",
}

// A commune leaves, and finds everything again in a fresh one: each table of civil status is equal, row by row, and what is
// personal is sealed there too, and forgotten in time.
func TestTheCivilStatusLeavesWhole(t *testing.T) {
	ctx := t.Context()
	var tables []string
	for _, p := range append(append(civilstatus.Projections(), copies.Projections()...), append(comedec.Projections(), practice.Projections()...)...) {
		for _, table := range p.Tables {
			if leaves[table] == "" {
				t.Errorf("the table %s does not leave", table)
			}
			if table != "act_name" {
				tables = append(tables, table)
			}
		}
	}
	here, there := alone(t), alone(t)
	live(t, here)
	dir := filepath.Join(t.TempDir(), "export")
	if _, err := here.Acts.Export(ctx, dir, nil); err != nil {
		t.Fatal(err)
	}
	for pass, want := range []civilstatus.Restored{{Acts: 2, Notices: 1, Beside: 5}, {Known: 2}} {
		if got, err := there.Acts.Restore(ctx, "maire", dir); err != nil || got != want {
			t.Fatalf("pass %d: %+v, %v", pass, got, err)
		}
	}
	for _, table := range tables {
		a, b := rows(t, here, table), rows(t, there, table)
		if len(a) == 0 || !reflect.DeepEqual(a, b) {
			t.Errorf("%s:\n%s\n\n%s", table, strings.Join(a, "\n"), strings.Join(b, "\n"))
		}
	}
	if found, err := there.Acts.Search(ctx, "demande", 5); err != nil || len(found.Acts) != 2 {
		t.Errorf("%d acts are found, %v", len(found.Acts), err)
	}
	all, err := there.Practice.Certificates(ctx)
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	if sheet, err := there.Practice.Sheet(all[0]); err != nil || string(sheet) != "%PDF-1.7 attestation" {
		t.Errorf("%q, %v", sheet, err)
	}
	list, err := os.ReadFile(filepath.Join(dir, "demandes.csv"))
	if err != nil || !strings.Contains(string(list), "Demandeur fictif;1 rue de l’Essai;self;carte d’identité") || !strings.Contains(string(list), "Mme Maïté FICTIVE") {
		t.Errorf("%s, %v", list, err)
	}
	// The same request is erased in both: nothing of who asked is left, and the figures are.
	for _, h := range []*office.Hall{here, there} {
		if n, err := h.Copies.Erase(ctx, "maire"); err != nil || n != 1 {
			t.Fatal(n, err)
		}
		counts, err := h.Copies.Counts(ctx)
		var sum copies.Count
		for _, c := range counts {
			sum.Received, sum.Granted, sum.Erased = sum.Received+c.Received, sum.Granted+c.Granted, sum.Erased+c.Erased
		}
		if err != nil || sum.Received != 2 || sum.Granted != 1 || sum.Erased != 1 {
			t.Errorf("%+v, %v", counts, err)
		}
		if kept := strings.Join(rows(t, h, "copy_request"), "\n"); strings.Contains(kept, "Ancien demandeur") {
			t.Error("who asked is still told")
		}
	}
}

// alone is the hall of a commune on one laptop.
func alone(t *testing.T) *office.Hall {
	t.Helper()
	s, address := serve(t)
	code, err := s.NewCode(t.Context(), ours)
	if err != nil {
		t.Fatal(err)
	}
	o := open(t, t.TempDir())
	t.Cleanup(func() { _ = o.Close() })
	h, err := o.Enrol(t.Context(), address, code, "secrétariat")
	if err != nil {
		t.Fatal(err)
	}
	if err := h.People.Describe(t.Context(), "i", authority.Authority{ID: h.ID(), Name: "Commune de Saint-Airial-des-Pins", Place: "Saint-Airial-des-Pins"}); err != nil {
		t.Fatal(err)
	}
	maire := authority.Person{ID: "maire", Civility: "Mme", FirstName: "Maïté", LastName: "Fictive", Title: "Maire", Roles: []authority.Role{authority.RoleMayor}, Since: "2020-03-20"}
	if _, err := h.People.Put(t.Context(), "i", maire); err != nil {
		t.Fatal(err)
	}
	return h
}

// live keeps something in each table of civil status.
func live(t *testing.T, h *office.Hall) {
	t.Helper()
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	born := civilstatus.Act{Kind: civilstatus.Birth, Year: 1994, Number: "7", Date: "1994-05-03", LastName: "Demande", FirstName: "Camille Élise", Gender: civilstatus.Feminine, Commune: "Saint-Airial-des-Pins"}
	act, err := h.Acts.Import(ctx, "maire", born, []civilstatus.Page{{Name: "acte.png", Content: shade(t, 1)}})
	must(err)
	wed := born
	wed.Kind, wed.Gender, wed.Number, wed.Year, wed.Date = civilstatus.Marriage, "", "2", 2014, "2014-06-07"
	other, err := h.Acts.Import(ctx, "maire", wed, []civilstatus.Page{{Name: "mariage.png", Content: shade(t, 2)}})
	must(err)
	must(h.Acts.Link(ctx, "maire", act, other))
	must(h.Acts.Settle(ctx, "maire", civilstatus.Settings{FourEyes: true, ChaseAfter: 20}))
	_, err = h.Acts.Register(ctx, "maire", civilstatus.Incoming{From: "Mairie de Dax", Received: "2026-09-14", LastName: "Demande"}, []civilstatus.Page{{Name: "avis.png", Content: shade(t, 3)}})
	must(err)
	const line = "DEMANDE*CAMILLE ELISE/"
	_, err = h.Acts.ReadDeceased(ctx, "maire", "deces.txt", strings.NewReader(line+strings.Repeat(" ", 80-len(line))+"219940503"+strings.Repeat(" ", 65)+"2020010540088\n"), nil)
	must(err)
	today := authority.DayOf(time.Now())
	for _, a := range []copies.Asked{{Name: "Ancien demandeur", On: today.Plus(-400)}, {Name: "Demandeur fictif", On: today}} {
		a.Act, a.Kind, a.Number, a.Channel, a.Address, a.Quality, a.Paper, a.Parents = act, copies.Full, 1, copies.Mail, "1 rue de l’Essai", copies.Self, "carte d’identité", true
		id, err := h.Copies.Receive(ctx, "maire", a)
		must(err)
		if a.On == today {
			must(h.Copies.Grant(ctx, "maire", id, copies.Full, "maire", "vu"))
		}
	}
	must(h.Copies.Describe(ctx, "maire", act, copies.Details{"lieu": "Dax"}))
	notary, err := comedectest.New(rand.Reader)
	must(err)
	must(h.Verifications.Know(ctx, "maire", notary.Card))
	_, err = h.Practice.Keep(ctx, "maire", practice.Certificate{Person: "maire", Name: "Mme Maïté FICTIVE", Course: "Saint-Essai", Points: 110, Of: 115, Exercises: 30, On: today}, []byte("%PDF-1.7 attestation"))
	must(err)
}

// rows are those of a table, as text.
func rows(t *testing.T, h *office.Hall, table string) (all []string) {
	t.Helper()
	err := h.Store.View(context.Background(), func(tx *store.Tx) error {
		var columns []string
		if err := tx.Each(`SELECT name FROM pragma_table_info(?)`, []any{table}, func(scan func(...any) error) error {
			var name string
			err := scan(&name)
			columns = append(columns, "quote("+name+")")
			return err
		}); err != nil {
			return err
		}
		return tx.Each(`SELECT `+strings.Join(columns, ` || ' | ' || `)+` FROM `+table+` ORDER BY 1`, nil, func(scan func(...any) error) error {
			var row string
			err := scan(&row)
			all = append(all, row)
			return err
		})
	})
	if err != nil {
		t.Fatal(table, err)
	}
	return all
}
