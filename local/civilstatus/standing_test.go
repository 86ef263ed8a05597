package civilstatus_test

import (
	"context"
	"reflect"
	"testing"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/civilstatus"
	"alpi40.fr/airial/local/rule"
)

// A mention that stood in the margin before the act was digitised is noted as it is read: it counts in the life that the act
// tells, asks for nothing, and a wrong reading of it is set aside with its reason.
func TestAMentionThatStoodInTheMargin(t *testing.T) {
	ctx := context.Background()
	r, j := open(t)
	act, err := r.Import(ctx, "secretaire", birth, []civilstatus.Page{{Name: "acte.png", Content: picture(t)}})
	if err != nil {
		t.Fatal(err)
	}
	divorce := civilstatus.Draft{Code: "DIVORCE-JUGEMENT", Received: "2026-09-14", Fields: map[string]string{"tribunal": "tribunal judiciaire de Dax", "date_jugement": "3 mars 2026", "conjoint_prenoms": "Jean", "conjoint_nom": "MODÈLE"}}
	if _, holds, err := r.Check(ctx, act, divorce); err != nil || len(holds) != 1 || holds[0].Rule != civilstatus.DivorceWithoutMarriage {
		t.Fatalf("%v, %v", holds, err)
	}
	wed := civilstatus.Standing{Code: "MARIAGE", Text: "Mariée à Dax le six juin deux mil quinze avec Jean MODÈLE.", Fields: map[string]string{"conjoint_nom": "MODÈLE"}, Day: "2015-06-06", On: "2015-06-10"}
	for name, wrong := range map[string]func(*civilstatus.Standing){
		"no text": func(s *civilstatus.Standing) { s.Text = " " }, "a day to come": func(s *civilstatus.Standing) { s.On = "2099-01-01" },
		"affixed before": func(s *civilstatus.Standing) { s.On = "2015-06-05" }, "not of such an act": func(s *civilstatus.Standing) { s.Code = "REGIME-MATRIMONIAL" },
	} {
		s := wed
		wrong(&s)
		if _, err := r.NoteStanding(ctx, "secretaire", act, s); rule.Find(err) == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	id, err := r.NoteStanding(ctx, "secretaire", act, wed)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.NoteStanding(ctx, "secretaire", act, wed); rule.Find(err) == nil {
		t.Errorf("noted twice: %v", err)
	}
	a, _ := r.Act(ctx, act)
	if m := a.Mentions[0]; !m.InMargin() || !m.Stood || m.State != civilstatus.Affixed || m.Due != "" || a.Outdated {
		t.Errorf("%+v, %t", m, a.Outdated)
	}
	if _, holds, err := r.Check(ctx, act, divorce); err != nil || len(holds) != 0 {
		t.Errorf("a divorce of the marriage that is read: %v, %v", holds, err)
	}
	if lines, err := r.Queue(ctx); err != nil || len(lines) != 0 {
		t.Errorf("%+v, %v", lines, err)
	}
	if found, err := r.Search(ctx, "modele", 5); err != nil || len(found.Acts) != 1 {
		t.Errorf("by the spouse's name: %+v, %v", found, err)
	}
	old := civilstatus.Draft{Code: "LEGITIMATION", Wording: "Légitimée par le mariage de ses parents.", Received: "2026-09-14"}
	if _, err := r.Prepare(ctx, "secretaire", act, old); rule.Find(err) == nil {
		t.Errorf("a mention that no act receives any more: %v", err)
	}
	wrong, err := r.NoteStanding(ctx, "secretaire", act, civilstatus.Standing{Code: old.Code, Text: old.Wording})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Withdraw(ctx, "secretaire", act, wrong, ""); rule.Find(err) == nil {
		t.Errorf("set aside without a reason: %v", err)
	}
	if err := r.Withdraw(ctx, "secretaire", act, wrong, "lue sur l’acte voisin"); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Prepare(ctx, "secretaire", act, civilstatus.Draft{Code: "RECTIFICATION", Wording: "Rectifiée.", Corrects: id, Order: "instruction du procureur de Dax, du 1er septembre 2026", Received: "2026-09-14"}); err != nil {
		t.Errorf("what stood is rectified as any other: %v", err)
	}
	before, _ := r.Act(ctx, act)
	if err := j.Rebuild(ctx); err != nil {
		t.Fatal(err)
	}
	if after, _ := r.Act(ctx, act); !reflect.DeepEqual(before, after) || after.Mentions[1].InMargin() || after.Mentions[0].CorrectedBy == "" {
		t.Errorf("%+v\n%+v", before, after)
	}
}

// Once a page is scanned anew, its image shows what was affixed until then, and no more.
func TestWhatTheImageShows(t *testing.T) {
	ctx := context.Background()
	r, _ := open(t)
	act, err := r.Import(ctx, "secretaire", birth, []civilstatus.Page{{Name: "acte.png", Content: picture(t)}})
	if err != nil {
		t.Fatal(err)
	}
	affix := func(code string, fields map[string]string, on authority.Day) {
		t.Helper()
		m, err := r.Record(ctx, "secretaire", act, code, fields, "avis", on)
		if err == nil {
			err = r.Affix(ctx, "secretaire", act, m, "maire", on)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	affix("MARIAGE", wedding, "2026-09-15")
	if err := r.Rescan(ctx, "secretaire", act, []civilstatus.Page{{Name: "acte.png", Content: numbered(t, 2)}}); err != nil {
		t.Fatal(err)
	}
	affix("DIVORCE-JUGEMENT", map[string]string{"tribunal": "tribunal judiciaire de Dax", "date_jugement": "3 octobre 2026", "conjoint_prenoms": "Jean", "conjoint_nom": "MODÈLE"}, "2026-10-15")
	a, _ := r.Act(ctx, act)
	if !a.Outdated || !a.Mentions[0].Scanned || a.Mentions[1].Scanned {
		t.Errorf("%t, %+v", a.Outdated, a.Mentions)
	}
}
