package civilstatus_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/civilstatus"
	"alpi40.fr/airial/local/rule"
)

var update = flag.Bool("update", false, "writes the golden files anew; read them over before committing")

// Coherence: each rule with its article, on cases that it holds and on those that it lets pass.
func TestCoherence(t *testing.T) {
	type ms = []civilstatus.Mention
	m := func(code string, day authority.Day, more ...string) civilstatus.Mention {
		x := civilstatus.Mention{ID: code + string(day), Code: code, Day: day, Text: code + string(day) + strings.Join(more, ""), State: civilstatus.Affixed, Fields: map[string]string{}}
		if len(more) > 0 {
			x.Fields["auteur"] = more[0]
		}
		return x
	}
	undone := m("MARIAGE", "2010-01-01")
	undone.CorrectedBy = "other"
	for _, c := range []struct {
		article string
		kind    civilstatus.ActKind
		have    ms
		add     civilstatus.Mention
		want    []civilstatus.Rule
	}{
		{"C. civ. 227, divorce without a marriage", civilstatus.Birth, nil, m("DIVORCE-JUGEMENT", "2020-01-01"), []civilstatus.Rule{civilstatus.DivorceWithoutMarriage}},
		{"C. civ. 227, divorce after a marriage", civilstatus.Birth, ms{m("MARIAGE", "2010-01-01")}, m("DIVORCE-JUGEMENT", "2020-01-01"), nil},
		{"C. civ. 227, divorce dated before the marriage", civilstatus.Birth, ms{m("MARIAGE", "2021-01-01")}, m("DIVORCE-JUGEMENT", "2020-01-01"), []civilstatus.Rule{civilstatus.DivorceWithoutMarriage}},
		{"C. civ. 227, the marriage was rectified", civilstatus.Birth, ms{undone}, m("DIVORCE-JUGEMENT", "2020-01-01"), []civilstatus.Rule{civilstatus.DivorceWithoutMarriage}},
		{"C. civ. 227, the marriage's own act", civilstatus.Marriage, nil, m("DIVORCE-CONVENTION", "2020-01-01"), nil},
		{"C. civ. 227, dissolved twice", civilstatus.Marriage, ms{m("DIVORCE-JUGEMENT", "2015-01-01")}, m("DIVORCE-CONVENTION", "2020-01-01"), []civilstatus.Rule{civilstatus.DivorceWithoutMarriage}},
		{"C. civ. 147, a former marriage stands", civilstatus.Birth, ms{m("MARIAGE", "2010-01-01")}, m("MARIAGE", "2020-01-01"), []civilstatus.Rule{civilstatus.MarriageNotDissolved}},
		{"C. civ. 147, dissolved", civilstatus.Birth, ms{m("MARIAGE", "2010-01-01"), m("DIVORCE-JUGEMENT", "2015-01-01")}, m("MARIAGE", "2020-01-01"), nil},
		{"IGREC 218, death before birth", civilstatus.Birth, nil, m("DECES", "1990-01-01"), []civilstatus.Rule{civilstatus.BeforeBirth}},
		{"C. civ. 316, recognised before birth", civilstatus.Birth, nil, m("RECONNAISSANCE", "1993-12-01", "Jean"), nil},
		{"IGREC 218, marriage after death", civilstatus.Birth, ms{m("DECES", "2020-01-01")}, m("MARIAGE", "2021-01-01"), []civilstatus.Rule{civilstatus.AfterDeath}},
		{"IGREC 218, a divorce told late", civilstatus.Birth, ms{m("MARIAGE", "2010-01-01"), m("DECES", "2020-01-01")}, m("DIVORCE-JUGEMENT", "2019-01-01"), nil},
		{"C. civ. 99, rectification after death", civilstatus.Birth, ms{m("DECES", "2020-01-01")}, m("RECTIFICATION", "2024-01-01"), nil},
		{"C. civ. 325, filiation after death", civilstatus.Birth, ms{m("DECES", "2020-01-01")}, m("FILIATION-JUDICIAIRE", "2024-01-01"), nil},
		{"IGREC 218, a death earlier than what is told", civilstatus.Birth, ms{m("MARIAGE", "2021-01-01")}, m("DECES", "2020-01-01"), []civilstatus.Rule{civilstatus.AfterDeath}},
		{"C. civ. 515-7, PACS at marriage", civilstatus.Birth, ms{m("PACS-CONCLUSION", "2015-01-01")}, m("MARIAGE", "2020-01-01"), []civilstatus.Rule{civilstatus.PACSNotDissolved}},
		{"C. civ. 515-7, PACS dissolved", civilstatus.Birth, ms{m("PACS-CONCLUSION", "2015-01-01"), m("PACS-DISSOLUTION", "2020-01-01")}, m("MARIAGE", "2020-01-01"), nil},
		{"C. civ. 515-2, a second PACS", civilstatus.Birth, ms{m("PACS-CONCLUSION", "2015-01-01")}, m("PACS-CONCLUSION", "2020-01-01"), []civilstatus.Rule{civilstatus.PACSNotDissolved}},
		{"C. civ. 320, another recognises", civilstatus.Birth, ms{m("RECONNAISSANCE", "1994-06-01", "Jean MODÈLE")}, m("RECONNAISSANCE", "1995-06-01", "Luc ESSAI"), []civilstatus.Rule{civilstatus.SecondRecognition}},
		{"IGREC 218, the same event", civilstatus.Birth, ms{m("NATIONALITE", "2015-01-01")}, m("NATIONALITE", "2015-01-01", ""), []civilstatus.Rule{civilstatus.Twice}},
		{"C. civ. 99, an annulled act", civilstatus.Birth, ms{m("ANNULATION", "2015-01-01")}, m("DECES", "2020-01-01"), []civilstatus.Rule{civilstatus.ActAnnulled}},
		{"C. civ. 99, its rectification", civilstatus.Birth, ms{m("ANNULATION", "2015-01-01")}, m("RECTIFICATION", "2020-01-01"), nil},
		{"C. civ. 60, a first name at fifteen", civilstatus.Birth, nil, m("PRENOM", "2009-06-01"), []civilstatus.Rule{civilstatus.MinorsConsent}},
		{"C. civ. 60, of age", civilstatus.Birth, nil, m("PRENOM", "2012-05-03"), nil},
	} {
		a := birth
		a.Kind, a.Mentions = c.kind, c.have
		var got []civilstatus.Rule
		for _, h := range civilstatus.Coherence(&a, c.add, "Saint-Airial-des-Pins") {
			got = append(got, h.Rule)
			if h.Article == "" || h.Why == "" || h.Cure == "" {
				t.Errorf("%s: %+v says too little", c.article, h)
			}
		}
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %v, want %v", c.article, got, c.want)
		}
	}
	if h := civilstatus.Coherence(&birth, m("DECES", "2020-01-01"), "Dax"); len(h) != 1 || h[0].Rule != civilstatus.KeptElsewhere {
		t.Errorf("C. civ. 49, kept elsewhere: %v", h)
	}
}

var wedding = map[string]string{"lieu": "Dax", "date": "12/09/2026", "conjoint_prenoms": "Jean", "conjoint_nom": "MODÈLE"}

// Each kind of the catalogue, on each act that bears it, in both genders, and of two persons where the act is a marriage, to
// the letter. A kind that is added, or a wording that changes, is not in the golden file. Where the catalogue has no wording,
// that of the notice is copied, which the file says too: a wording is never made up.
func TestWordingsToTheLetter(t *testing.T) {
	sample := map[string]string{"lieu": "Le Vignau", "date": "01/10/2026", "conjoint_prenoms": "Dominique", "conjoint_nom": "MODÈLE", "tribunal": "tribunal judiciaire de Dax", "date_jugement": "3 mars 2026",
		"date_depot": "2026-04-07", "residence": "Amou", "crpcen": "40999", "notaire": "Claude FICTIF", "lieu_transcription": "Nantes", "numero": "12", "auteur": "Jean MODÈLE", "numero_rc": "40-12", "autorite": "le ministre"}
	var all strings.Builder
	for _, f := range catalogue(t) {
		for _, k := range f.Acts {
			for _, g := range []civilstatus.Gender{civilstatus.Masculine, civilstatus.Feminine} {
				a := birth
				a.Kind, a.Gender = k, g
				number := "singulier"
				if k == civilstatus.Marriage {
					number = "pluriel"
				}
				text, err := f.Words(a.Agreement(), sample)
				switch {
				case f.Text == "" && rule.Find(err) != nil:
					text = "(libellé de l’avis, à la lettre)"
				case err != nil:
					t.Fatal(f.Code, err)
				}
				fmt.Fprintf(&all, "%s %s %s %s %s\n  %s\n", f.Code, k, g, number, f.Status, strings.NewReplacer("\u00a0", "~", "\u202f", "_").Replace(text))
			}
		}
	}
	golden := filepath.Join("testdata", "wordings.txt")
	if *update {
		if err := os.WriteFile(golden, []byte(all.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil || string(want) != all.String() {
		t.Errorf("%v\n%s", err, all.String())
	}
}

func TestGrammar(t *testing.T) {
	f := civilstatus.Formula{Code: "X", Label: "X", Acts: []civilstatus.ActKind{civilstatus.Birth}, Status: civilstatus.Drafted, Fields: []string{"lieu", "date"}}
	for _, c := range []struct {
		text, place, date string
		gender            civilstatus.Gender
		want              string // empty: refused
	}{
		{"Né{e} à {lieu} le {date}.", "Dax", "01/03/2027", civilstatus.Feminine, "Née à Dax le 1er mars 2027."},
		{"{il|elle} vit à {lieu}, {date}", "Les Essais", "l’an passé", civilstatus.Feminine, "elle vit aux Essais, l’an passé"},
		{"{il|elle} vit à {lieu}, {date}", "La Fiction", "2026-11-25", civilstatus.Masculine, "il vit à La Fiction, 25 novembre 2026"},
		{"mairie {lieu:de}, le {date:lettres}", "Amou", "1er mars 2027", "", "mairie d’Amou, le premier mars deux mille vingt-sept"},
		{"mairie {lieu:de}, le {date}", "Le Vignau", "1er mars 2027", "", "mairie du Vignau, le 1er mars 2027"},
		{"mairie {lieu:de}, le {date}", "Habas", "1er mars 2027", "", "mairie d’Habas, le 1er mars 2027"},
		{"mairie {lieu:de}, le {date}", "Hambach", "1er mars 2027", "", "mairie de Hambach, le 1er mars 2027"},
		{"mairie {lieu:de}, le {date}", "Le Leuy", "1er mars 2027", "", "mairie du Leuy, le 1er mars 2027"},
		{"mairie {lieu:de}, le {date}", "le sen", "1er mars 2027", "", "mairie du sen, le 1er mars 2027"},
		{"à {lieu}, {date}", "{date}", "x", "", "à {date}, x"},
		{"Séparé{e}{s} à {lieu}, {date} : {il vit|elle vit|ils vivent|elles vivent}", "Dax", "x", civilstatus.Feminine, "Séparée à Dax, x : elle vit"},
		{"à {lieu}, {date}", "Dax", "31/02/2026", "", ""},
		{"Né{e} {lieu} {date}", "Dax", "x", "", ""},
	} {
		f.Text = c.text
		got, err := f.Preview(c.gender, map[string]string{"lieu": c.place, "date": c.date})
		if got = strings.ReplaceAll(got, "\u00a0", " "); got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%q %q %q: %q, %v", c.text, c.place, c.date, got, err)
		}
	}
}

// The words of a mention on a marriage agree with both spouses.
func TestNumber(t *testing.T) {
	f := civilstatus.Formula{Code: "X", Label: "X", Acts: []civilstatus.ActKind{civilstatus.Marriage}, Status: civilstatus.Drafted, Text: "Séparé{e}{s}, {il vit|elle vit|ils vivent|elles vivent}, {uni|unie}."}
	for _, c := range []struct {
		kind   civilstatus.ActKind
		gender civilstatus.Gender
		want   string
	}{
		{civilstatus.Marriage, "", "Séparés, ils vivent, uni."}, {civilstatus.Marriage, civilstatus.Feminine, "Séparées, elles vivent, unie."},
		{civilstatus.Birth, civilstatus.Masculine, "Séparé, il vit, uni."}, {civilstatus.Birth, civilstatus.Feminine, "Séparée, elle vit, unie."}, {civilstatus.Birth, "", ""},
	} {
		a := civilstatus.Act{Kind: c.kind, Gender: c.gender}
		if got, err := f.Words(a.Agreement(), nil); got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%s %s: %q, %v", c.kind, c.gender, got, err)
		}
	}
}

// Four eyes, a delegate's order, the marginal analysis, a new scan.
func TestLifeOfAMention(t *testing.T) {
	ctx := context.Background()
	r, j := open(t)
	people := authority.New(j)
	if _, err := people.Put(ctx, "installateur", authority.Person{ID: "agent", Civility: "M.", FirstName: "Paul", LastName: "Essai", Roles: []authority.Role{authority.RoleRegistrar}}); err != nil {
		t.Fatal(err)
	}
	if err := r.Settle(ctx, "secretaire", civilstatus.Settings{FourEyes: true}); rule.Find(err) == nil {
		t.Errorf("who does not administer settled: %v", err)
	}
	if err := r.Settle(ctx, "maire", civilstatus.Settings{FourEyes: true}); err != nil {
		t.Fatal(err)
	}
	act, err := r.Import(ctx, "secretaire", birth, []civilstatus.Page{{Name: "acte.png", Content: picture(t)}})
	if err != nil {
		t.Fatal(err)
	}
	text := civilstatus.Draft{Code: "PRENOM", Fields: map[string]string{"nouveaux_prenoms": "Camille", "date": "02/10/2026", "commune": "Dax"}, Source: "mairie de Dax", Received: "2026-10-05"}
	if _, err := r.Prepare(ctx, "secretaire", act, text); rule.Find(err) == nil {
		t.Errorf("a mention without a wording: %v", err)
	}
	text.Wording = "Prénom : Camille. Décision de l’officier de l’état civil de Dax du 2 octobre 2026."
	m, err := r.Prepare(ctx, "secretaire", act, text)
	if err != nil {
		t.Fatal(err)
	}
	refused := func(why string, err error) {
		t.Helper()
		if rule.Find(err) == nil {
			t.Errorf("%s: %v", why, err)
		}
	}
	refused("affixed before being verified", r.Affix(ctx, "secretaire", act, m, "maire", "2026-10-06"))
	refused("verified by who prepared", r.Verify(ctx, "secretaire", act, m))
	refused("verified by a stranger", r.Verify(ctx, "inconnu", act, m))
	if err := r.Verify(ctx, "maire", act, m); err != nil {
		t.Fatal(err)
	}
	refused("R2122-10: no order", r.Affix(ctx, "secretaire", act, m, "agent", "2026-10-06"))
	if _, err := people.Grant(ctx, "maire", authority.Delegation{Kind: authority.Delegated, From: "maire", To: "agent", Subjects: []string{"état civil"}, Since: "2026-10-06", Order: "n° 2026-040 du 5 octobre 2026"}); err != nil {
		t.Fatal(err)
	}
	refused("R2122-10: before the order", r.Affix(ctx, "secretaire", act, m, "agent", "2026-10-05"))
	if err := r.Affix(ctx, "secretaire", act, m, "agent", "2026-10-06"); err != nil {
		t.Fatal(err)
	}
	views := func() (out []civilstatus.View) {
		lines, err := r.Queue(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range lines {
			out = append(out, l.View)
		}
		return out
	}
	if got := views(); !reflect.DeepEqual(got, []civilstatus.View{civilstatus.ViewAffix, civilstatus.ViewSend}) {
		t.Errorf("IGREC n° 65: %v", got)
	}
	if err := r.CrossOut(ctx, "secretaire", act, m); err != nil {
		t.Fatal(err)
	}
	refused("crossed out twice", r.CrossOut(ctx, "secretaire", act, m))
	if err := r.Rescan(ctx, "secretaire", act, []civilstatus.Page{{Name: "nouvelle.png", Content: append(picture(t), 0)}}); err != nil {
		t.Fatal(err)
	}
	a, _ := r.Act(ctx, act)
	if a.Outdated || len(a.Former) != 1 || a.Images[0].Name != "nouvelle.png" || a.Mentions[0].Capacity != "n° 2026-040 du 5 octobre 2026" || !a.Mentions[0].Quoted {
		t.Errorf("%+v", a)
	}

	wrong := civilstatus.Draft{Code: "RECTIFICATION", Fields: map[string]string{}, Wording: "La mention de changement de prénom est rectifiée.", Corrects: m}
	_, err = r.Prepare(ctx, "secretaire", act, wrong)
	refused("art. 99-1: nobody ordered it", err)
	wrong.Order = "instruction du procureur de la République près le tribunal judiciaire de Dax, du 20 octobre 2026"
	c, err := r.Prepare(ctx, "secretaire", act, wrong)
	if err != nil {
		t.Fatal(err)
	}
	if a, _ = r.Act(ctx, act); a.Mentions[0].CorrectedBy != c || len(a.Mentions) != 2 {
		t.Errorf("the wrong mention is not linked: %+v", a.Mentions[0])
	}
	refused("withdrawn without a reason", r.Withdraw(ctx, "secretaire", act, c, " "))
	refused("an affixed mention withdrawn", r.Withdraw(ctx, "secretaire", act, m, "erreur"))
	if err := r.Withdraw(ctx, "secretaire", act, c, "instruction retirée"); err != nil {
		t.Fatal(err)
	}
	before, _ := r.Act(ctx, act)
	if err := j.Rebuild(ctx); err != nil {
		t.Fatal(err)
	}
	after, _ := r.Act(ctx, act)
	if !reflect.DeepEqual(before, after) || after.Mentions[1].State != civilstatus.Withdrawn || after.Mentions[0].CorrectedBy != "" {
		t.Errorf("%+v\n%+v", before, after)
	}
}

// A notice comes, is matched, worked off in spite of a rule, affixed; its own notices leave, are chased, acknowledged.
func TestNotices(t *testing.T) {
	ctx := context.Background()
	r, _ := open(t)
	act, err := r.Import(ctx, "secretaire", birth, []civilstatus.Page{{Name: "acte.png", Content: picture(t)}})
	if err != nil {
		t.Fatal(err)
	}
	other := birth
	other.Number, other.FirstName, other.Date = "8", "Dominique", "1994-06-01"
	if _, err := r.Import(ctx, "secretaire", other, []civilstatus.Page{{Name: "acte.png", Content: picture(t)}}); err != nil {
		t.Fatal(err)
	}
	notice := civilstatus.Incoming{From: "Mairie de Dax", Reference: "2026-118", Received: "2026-09-14", Code: "MARIAGE", LastName: "EXEMPLE", FirstName: "Camille", Born: "1994-05-03", ActKind: civilstatus.Birth}
	id, err := r.Register(ctx, "secretaire", notice, []civilstatus.Page{{Name: "avis.png", Content: picture(t)}})
	if err != nil {
		t.Fatal(err)
	}
	if again, known, err := r.RegisterAll(ctx, "secretaire", []civilstatus.Incoming{notice}); err != nil || known != 1 || again[0] != id {
		t.Errorf("the same notice again: %v %d %v", again, known, err)
	}
	found, err := r.Propose(ctx, id, 5)
	if err != nil || len(found) != 1 || found[0].Act.ID != act || found[0].Score < 70 {
		t.Fatalf("%+v, %v", found, err)
	}
	if err := r.HoldBack(ctx, "secretaire", id, ""); rule.Find(err) == nil {
		t.Errorf("held without a reason: %v", err)
	}
	if err := r.HoldBack(ctx, "secretaire", id, "acte introuvable"); err != nil {
		t.Fatal(err)
	}
	if err := r.Match(ctx, "secretaire", id, act); err != nil {
		t.Fatal(err)
	}
	earlier := map[string]string{"lieu": "Amou", "date": "1er juin 2015", "conjoint_prenoms": "Luc", "conjoint_nom": "ESSAI"}
	if _, err := r.Record(ctx, "secretaire", act, "MARIAGE", earlier, "reprise", "2026-09-01"); err != nil {
		t.Fatal(err)
	}
	d := civilstatus.Draft{Code: "MARIAGE", Fields: wedding, Source: "Mairie de Dax", Received: "2026-09-14", Incoming: id}
	var held *civilstatus.Held
	if _, err := r.Prepare(ctx, "secretaire", act, d); !errors.As(err, &held) || held.Holds[0].Rule != civilstatus.MarriageNotDissolved {
		t.Fatalf("C. civ. 147: %v", err)
	}
	d.Reasons = map[civilstatus.Rule]string{civilstatus.MarriageNotDissolved: "veuvage"}
	m, err := r.Prepare(ctx, "secretaire", act, d)
	if err != nil {
		t.Fatal(err)
	}
	if n, _ := r.Incoming(ctx, id); n.State != civilstatus.Treated || n.Mention != m {
		t.Errorf("%+v", n)
	}
	if _, err := r.Prepare(ctx, "secretaire", act, d); rule.Find(err) == nil {
		t.Errorf("a notice worked off twice: %v", err)
	}
	if _, err := r.Send(ctx, "secretaire", act, m, civilstatus.Outgoing{Kind: civilstatus.Court, To: []string{"Greffe"}, Sent: "2026-09-15"}); rule.Find(err) == nil {
		t.Errorf("sent before being affixed: %v", err)
	}
	if err := r.Affix(ctx, "secretaire", act, m, "maire", "2026-09-15"); err != nil {
		t.Fatal(err)
	}
	o := civilstatus.Outgoing{Kind: civilstatus.TownHall, To: []string{"Mairie de Dax", ""}, Sent: "2026-09-16", Awaited: true, On: &civilstatus.Target{Kind: civilstatus.Birth, Person: "Jean MODÈLE"}}
	sent, err := r.Send(ctx, "secretaire", act, m, o)
	if err != nil {
		t.Fatal(err)
	}
	a, _ := r.Act(ctx, act)
	got := a.Mentions[1]
	if len(got.Overrides) != 1 || got.Overrides[0].Reason != "veuvage" || !got.Notices[0].Late("2026-10-17") || got.Notices[0].Late("2026-10-16") {
		t.Errorf("%+v", got)
	}
	if s := (civilstatus.Settings{}); len(s.Due(&got, "2026-09-16")) != 1 {
		t.Errorf("art. 49: the registry gets no notice")
	}
	if s := (civilstatus.Settings{Dispensed: "2026-09-16"}); len(s.Due(&got, "2026-09-15")) != 1 || len(s.Due(&got, "2026-09-16")) != 0 {
		t.Errorf("art. 40 al. 3: the dispensation does not hold from its day")
	}
	if err := r.Chase(ctx, "secretaire", act, m, sent, "2026-10-20"); err != nil {
		t.Fatal(err)
	}
	for name, print := range map[string]func() ([]byte, error){
		"letter":   func() ([]byte, error) { d, err := r.Letter(ctx, act, m, got.Notices[0]); return d.PDF, err },
		"reminder": func() ([]byte, error) { d, err := r.Reminder(ctx, act, m, sent); return d.PDF, err },
		"transmission": func() ([]byte, error) {
			d, err := r.Transmission(ctx, id, []string{"Mairie d’Amou"})
			return d.PDF, err
		},
	} {
		pdf, err := print()
		if err != nil || !bytes.HasPrefix(pdf, []byte("%PDF-")) {
			t.Errorf("%s: %v", name, err)
		}
		if dir := os.Getenv("AIRIAL_TEST_SHOTS"); dir != "" {
			_ = os.WriteFile(filepath.Join(dir, name+".pdf"), pdf, 0o600)
		}
	}
	if err := r.Receive(ctx, "secretaire", act, m, sent, "2026-10-25", []civilstatus.Page{{Name: "recepisse.png", Content: picture(t)}}); err != nil {
		t.Fatal(err)
	}
	a, _ = r.Act(ctx, act)
	if got = a.Mentions[1]; got.State != civilstatus.Acknowledged || got.Notices[0].KeepUntil != "2036-10-25" || len(got.Notices[0].Chased) != 1 {
		t.Errorf("%+v", got)
	}
	elsewhere, err := r.Register(ctx, "secretaire", civilstatus.Incoming{From: "Mairie de Dax", Received: "2026-09-14", LastName: "AILLEURS"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Forward(ctx, "secretaire", elsewhere, []string{"Mairie d’Amou"}, "2026-09-15"); err != nil {
		t.Fatal(err)
	}
	if lines, _ := r.Queue(ctx); len(lines) != 1 || lines[0].View != civilstatus.ViewAffix {
		t.Errorf("%+v", lines)
	}
}

// A notice finds its act whichever way its sender writes the name: apostrophes, hyphens, capitals, particles, by ear. An act
// of the commune is of the commune, whichever way its name is written.
func TestANoticeFindsItsActHoweverItIsWritten(t *testing.T) {
	ctx := context.Background()
	r, _ := open(t)
	for i, last := range []string{"d’Essai", "Modèle-Fictif", "de La Tour", "Maquette"} {
		a := birth
		a.Number, a.LastName, a.FirstName = fmt.Sprint(50+i), last, "Jeanne Marie"
		if _, err := r.Import(ctx, "secretaire", a, []civilstatus.Page{{Name: "acte.png", Content: numbered(t, 50+i)}}); err != nil {
			t.Fatal(err)
		}
	}
	for i, c := range []struct {
		typed, want string
		score       int
	}{
		{"D'ESSAI", "d’Essai", 80}, {"D`ESSAI", "d’Essai", 80}, {"D´ESSAI", "d’Essai", 80}, {"D‘ESSAI", "d’Essai", 80}, {"D’ESSAI", "d’Essai", 80}, {"DʼESSAI", "d’Essai", 80}, {"D′ESSAI", "d’Essai", 80},
		{"MODELE FICTIF", "Modèle-Fictif", 80}, {"DELATOUR", "de La Tour", 80}, {"de la tour", "de La Tour", 80}, {"MAQUETE", "Maquette", 65},
	} {
		id, err := r.Register(ctx, "secretaire", civilstatus.Incoming{From: "Mairie de Dax", Reference: fmt.Sprint(i), Received: "2026-09-14", LastName: c.typed, FirstName: "Jeanne, Marie", Born: birth.Date, ActKind: civilstatus.Birth}, nil)
		if err != nil {
			t.Fatal(err)
		}
		found, err := r.Propose(ctx, id, 5)
		if err != nil || len(found) != 1 || found[0].Act.LastName != c.want || found[0].Score != c.score {
			t.Errorf("«%s»: %+v, %v", c.typed, found, err)
		}
	}
	a := birth
	for _, here := range []string{"SAINT AIRIAL DES PINS", "Saint-Airial-des-Pins", "saint‑airial‑des‑pins"} {
		if holds := civilstatus.Coherence(&a, civilstatus.Mention{Code: "NATIONALITE"}, here); len(holds) != 0 {
			t.Errorf("%q: %v", here, holds)
		}
	}
}

// All that is to be affixed is printed at once, and only that.
func TestOneSheetOfAllThatIsToBeAffixed(t *testing.T) {
	ctx := context.Background()
	r, _ := open(t)
	if _, err := r.Sheets(ctx); rule.Find(err) == nil {
		t.Errorf("a sheet of nothing: %v", err)
	}
	pages := map[int]int{}
	for i := range 12 {
		a := birth
		a.Number = fmt.Sprint(60 + i)
		act, err := r.Import(ctx, "secretaire", a, []civilstatus.Page{{Name: "acte.png", Content: numbered(t, 60+i)}})
		if err == nil {
			_, err = r.Record(ctx, "secretaire", act, "MARIAGE", wedding, "avis", "2026-09-14")
		}
		if err != nil {
			t.Fatal(err)
		}
		d, err := r.Sheets(ctx)
		if err != nil {
			t.Fatal(err)
		}
		pages[i+1] = d.Pages
	}
	if pages[1] != 1 || pages[12] < 2 || pages[12] > 6 {
		t.Errorf("pages by number of mentions: %v", pages)
	}
	if dir := os.Getenv("AIRIAL_TEST_SHOTS"); dir != "" {
		d, _ := r.Sheets(ctx)
		_ = os.WriteFile(filepath.Join(dir, "mentions-a-apposer.pdf"), d.PDF, 0o600)
	}
}

func TestListOfDecisions(t *testing.T) {
	list := "nom;prenoms;naissance;type;annee;numero;mention;tribunal;date_jugement;reference\nEXEMPLE;Camille;03/05/1994;NAI;1994;7;DIVORCE-JUGEMENT;tribunal judiciaire de Dax;3 mars 2026;26/01\nESSAI;Luc;31/02/1990;NAI;1990;1;DECES;;;26/02\n;;;;;;DECES;;;26/03\n"
	all, wrong, err := civilstatus.ReadDecisions(strings.NewReader(list), "Tribunal judiciaire de Dax", "2026-11-25")
	if err != nil || len(all) != 1 || len(wrong) != 2 || wrong[0].Line != 3 || all[0].Fields["tribunal"] == "" || all[0].Born != "1994-05-03" {
		t.Fatalf("%+v %+v %v", all, wrong, err)
	}
	latin := strings.ReplaceAll(list, "Camille", "Andr\xe9")
	if all, _, err := civilstatus.ReadDecisions(strings.NewReader(latin), "TJ", "2026-11-25"); err != nil || all[0].FirstName != "André" {
		t.Errorf("%+v, %v", all, err)
	}
	if _, _, err := civilstatus.ReadDecisions(strings.NewReader("a;b\n1;2\n"), "TJ", "2026-11-25"); rule.Find(err) == nil {
		t.Errorf("no list: %v", err)
	}
}

func FuzzReadDecisions(f *testing.F) {
	f.Add("nom;mention\nEXEMPLE;DECES\n")
	f.Add("nom;mention;annee;naissance;type\n\"x;DECES;;31/02/2020;Z\n")
	f.Fuzz(func(t *testing.T, text string) {
		all, _, err := civilstatus.ReadDecisions(strings.NewReader(text), "TJ", "2026-11-25")
		if err != nil && rule.Find(err) == nil {
			t.Errorf("not a refusal: %v", err)
		}
		for i := range all {
			civilstatus.Compare(&birth, &all[i])
		}
	})
}

// The catalogue is data: written by who may, received as a version, with its history.
func TestCatalogueIsData(t *testing.T) {
	ctx := context.Background()
	r, j := open(t)
	f := civilstatus.Formula{Code: "PRENOM", Label: "Changement de prénom", Acts: []civilstatus.ActKind{civilstatus.Birth}, Fields: []string{"date"}, Text: "Prénom changé le {date}.", Status: civilstatus.Quoted, Basis: "C. civ. art. 60", Days: 3}
	broken := f
	broken.Text = "le {jour}"
	for why, err := range map[string]error{
		"no source": r.Write(ctx, "maire", f, " "), "a gap that is no field": r.Write(ctx, "maire", broken, "circulaire"), "who may not": r.Write(ctx, "secretaire", f, "circulaire"),
	} {
		if rule.Find(err) == nil {
			t.Errorf("%s: %v", why, err)
		}
	}
	if err := r.Write(ctx, "maire", f, "circulaire d’essai, tableau 3"); err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	newer := f
	newer.Text, newer.Status = "Prénoms changés le {date}.", civilstatus.Official
	if err := (civilstatus.Catalogue{newer}).WriteCatalogue(&file); err != nil {
		t.Fatal(err)
	}
	if n, err := r.Take(ctx, "maire", "version d’essai 2", &file); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	if _, err := r.Take(ctx, "maire", "x", strings.NewReader("rien")); rule.Find(err) == nil {
		t.Errorf("no catalogue: %v", err)
	}
	if err := j.Rebuild(ctx); err != nil {
		t.Fatal(err)
	}
	c, err := r.Formulas(ctx)
	if err != nil {
		t.Fatal(err)
	}
	got, _ := c.Find("PRENOM", civilstatus.Birth)
	kept, err := c.Find("PRENOM", civilstatus.Marriage)
	all, _ := r.Revisions(ctx)
	if !reflect.DeepEqual(got, newer) || err != nil || kept.Text != "" || len(all) != 2 || all[0].Source != "circulaire d’essai, tableau 3" || all[1].Version == "" {
		t.Errorf("%+v %+v %+v", got, kept, all)
	}
}
