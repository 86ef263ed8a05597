package civilstatus_test

import (
	"bytes"
	"context"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"alpi40.fr/airial/local/civilstatus"
	"alpi40.fr/airial/local/rule"
)

func deceasedLine(name, born, died string) string {
	return fmt.Sprintf("%-80s2%s%-5s%-30s%-30s%s%-5s%-10s\n", name, born, "40999", "SAINT-AIRIAL", "", died, "40088", "12")
}

func TestADeathIsSuggestedThenConfirmedByAPerson(t *testing.T) {
	ctx := context.Background()
	r, j := open(t)
	id, err := r.Import(ctx, "secretaire", birth, []civilstatus.Page{{Name: "acte.png", Content: picture(t)}})
	if err != nil {
		t.Fatal(err)
	}
	file := deceasedLine("EXEMPLE*CAMILLE ELISE/", "19940503", "20200105") + deceasedLine("EXEMPLE*CAMILLE/", "19940503", "20200106") + deceasedLine("AUTRE*ANNE/", "19500101", "20200105")
	for pass, want := range []civilstatus.Reading{{New: 2}, {Known: 2}} {
		got, err := r.ReadDeceased(ctx, "secretaire", "deces-2020.txt", strings.NewReader(file), nil)
		if err != nil || got.New != want.New || got.Known != want.Known || got.Lines != 3 {
			t.Fatalf("pass %d: %+v, %v", pass, got, err)
		}
	}
	all, err := r.DeathsOf(ctx, id)
	if err != nil || len(all) != 2 || all[0].State != civilstatus.Suggested || all[0].Score < all[1].Score {
		t.Fatalf("%+v, %v", all, err)
	}
	a, _ := r.Act(ctx, id)
	if len(a.Mentions) != 0 {
		t.Fatal("a mention was made of the file")
	}
	if lines, _ := r.Queue(ctx); len(lines) != 2 || lines[0].View != civilstatus.ViewDeaths || lines[0].Death == nil {
		t.Errorf("queue %+v", lines)
	}
	if _, err := r.DeathLetter(ctx, all[0].ID, []string{"Mairie de Dax"}); rule.Find(err) == nil {
		t.Errorf("a letter before a person confirmed: %v", err)
	}
	if err := r.DismissDeath(ctx, "secretaire", all[1].ID, " "); rule.Find(err) == nil {
		t.Errorf("dismissed without a reason: %v", err)
	}
	if err := r.DismissDeath(ctx, "secretaire", all[1].ID, "autre date de décès"); err != nil {
		t.Fatal(err)
	}
	if err := r.ConfirmDeath(ctx, "secretaire", all[0].ID); err != nil {
		t.Fatal(err)
	}
	if err := r.ConfirmDeath(ctx, "secretaire", all[1].ID); rule.Find(err) == nil {
		t.Errorf("confirmed after it was dismissed: %v", err)
	}
	if d, err := r.DeathLetter(ctx, all[0].ID, []string{"Mairie de Dax"}); err != nil || !bytes.HasPrefix(d.PDF, []byte("%PDF-")) {
		t.Errorf("letter: %v", err)
	}
	if a, _ := r.Act(ctx, id); len(a.Mentions) != 0 {
		t.Fatal("a mention was made without a notice")
	}
	if err := r.AskDeath(ctx, "secretaire", all[0].ID); err != nil {
		t.Fatal(err)
	}
	if lines, _ := r.Queue(ctx); len(lines) != 0 {
		t.Errorf("queue %+v", lines)
	}
	before, _ := r.DeathsOf(ctx, id)
	if err := j.Rebuild(ctx); err != nil {
		t.Fatal(err)
	}
	if after, _ := r.DeathsOf(ctx, id); !reflect.DeepEqual(before, after) {
		t.Errorf("rebuilt: %+v\n%+v", before, after)
	}
	// Code civil, art. 79: once the mention is there, nothing is suggested any more.
	if _, err := r.Record(ctx, "secretaire", id, "DECES", map[string]string{"lieu": "Dax", "date": "05/01/2020"}, "avis de la mairie de Dax", "2026-09-14"); err != nil {
		t.Fatal(err)
	}
	if _, err := r.ReadDeceased(ctx, "secretaire", "deces-2020.txt", strings.NewReader(file), nil); rule.Find(err) == nil {
		t.Errorf("no birth act is left, and no refusal: %v", err)
	}
	if _, err := r.ReadDeceased(ctx, "secretaire", "x", strings.NewReader(""), nil); rule.Find(err) == nil {
		t.Errorf("%v", err)
	}
}

func TestAnotherFileIsRefused(t *testing.T) {
	ctx := context.Background()
	r, _ := open(t)
	if _, err := r.Import(ctx, "secretaire", birth, []civilstatus.Page{{Name: "acte.png", Content: picture(t)}}); err != nil {
		t.Fatal(err)
	}
	if _, err := r.ReadDeceased(ctx, "secretaire", "lettre.txt", strings.NewReader(strings.Repeat("Bonjour.\n", 50)), nil); rule.Find(err) == nil {
		t.Errorf("%v", err)
	}
}
