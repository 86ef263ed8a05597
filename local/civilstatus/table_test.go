package civilstatus_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"alpi40.fr/airial/local/civilstatus"
	"alpi40.fr/airial/local/rule"
)

func TestTables(t *testing.T) {
	ctx := context.Background()
	r, _ := open(t)
	for i, n := range [][2]string{{"Zébulon", "A"}, {"Œillet", "B"}, {"Ébauche", "C"}, {"d’Artagnan", "D"}, {"Dartagnan", "C"}, {"de La Tour", "E"}, {"Odette", "É"}, {"Odette", "Eva"}, {"", ""}} {
		s := scan(fmt.Sprint(i+1), source("a.png", numbered(t, i)))
		s.Act.LastName, s.Act.FirstName, s.Act.Year = n[0], n[1], 1952
		if o, err := r.ImportRegister(ctx, "secretaire", []civilstatus.Scan{s}); err != nil || o[0].Err != nil {
			t.Fatal(err, o)
		}
	}
	m := scan("1", source("m.png", numbered(t, 90)))
	m.Act.Kind, m.Act.Year, m.Act.LastName, m.Act.FirstName = civilstatus.Marriage, 2014, "Exemple – Modèle", "Camille – Jean"
	if o, err := r.ImportRegister(ctx, "secretaire", []civilstatus.Scan{m}); err != nil || o[0].Err != nil {
		t.Fatal(err, o)
	}
	if d, err := r.Table(ctx, civilstatus.Birth, 1952, 1952); err != nil || !bytes.HasPrefix(d.PDF, []byte("%PDF-")) {
		t.Fatal(err)
	}
	acts, _ := r.List(ctx, "", false, 100)
	var births, marriages []civilstatus.Act
	for _, a := range acts {
		if a.Kind == civilstatus.Birth {
			births = append(births, a)
		} else {
			marriages = append(marriages, a)
		}
	}
	order := func(acts []civilstatus.Act) string {
		var all []string
		for _, r := range civilstatus.Tabulate(acts).Rows {
			all = append(all, strings.TrimSpace(r.Initial+" "+r.Name+" "+r.With))
		}
		return strings.Join(all, " | ")
	}
	if got, want := order(births), "D DARTAGNAN C | D D’ARTAGNAN D | D DE LA TOUR E | E ÉBAUCHE C | O ODETTE É | O ODETTE Eva | O ŒILLET B | Z ZÉBULON A"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	if got := civilstatus.Tabulate(births); got.Acts != 8 || len(got.Unnamed) != 1 {
		t.Errorf("%d acts, without a name %v", got.Acts, got.Unnamed)
	}
	if got, want := order(marriages), "E EXEMPLE Camille MODÈLE Jean | M MODÈLE Jean EXEMPLE Camille"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	for _, bad := range [][2]int{{1952, 1951}, {1952, 1962}, {0, 0}} {
		if _, err := r.Table(ctx, civilstatus.Birth, bad[0], bad[1]); rule.Find(err) == nil {
			t.Errorf("%v: %v", bad, err)
		}
	}
}

// Décret du 20 juillet 1807: the tables of the archives go from a year in 3 to a year in 2.
func TestDecade(t *testing.T) {
	for year, want := range map[int]int{2013: 2013, 2022: 2013, 2023: 2023, 1902: 1893, 1893: 1893, 1999: 1993} {
		if from, to := civilstatus.Decade(year); from != want || to != want+9 {
			t.Errorf("%d: %d to %d", year, from, to)
		}
	}
}
