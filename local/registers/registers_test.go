package registers_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/journal/journaltest"
	"alpi40.fr/airial/local/registers"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
)

// clock is the test's: it moves on when the test says so.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

type town struct {
	*registers.Registers
	council *council.Council
	journal *journal.Journal
	clock   *clock
}

func open(t testing.TB) town {
	t.Helper()
	ctx := context.Background()
	c := &clock{time.Date(2026, 11, 10, 9, 0, 0, 0, time.UTC)}
	j := journaltest.Open(t, "mairie", c.now, rand.Reader, authority.Projections(), council.Projections(), registers.Projections())
	people := authority.New(j)
	must(t, people.Describe(ctx, "i", authority.Authority{ID: journaltest.Authority, Name: "Commune de Saint-Airial-des-Pins", Place: "Saint-Airial-des-Pins", Kind: authority.Commune, Population: 1240, Court: "tribunal administratif de Pau"}))
	for i := range 11 {
		p := authority.Person{ID: fmt.Sprintf("m%02d", i+1), Civility: "Mme", FirstName: "Prénom", LastName: fmt.Sprintf("Modèle%02d", i+1), Title: "Conseillère", Rank: i + 1, Roles: []authority.Role{authority.RoleCouncillor}}
		if i == 0 {
			p.Roles, p.Title = []authority.Role{authority.RoleMayor}, "Maire"
		}
		_, err := people.Put(ctx, "i", p)
		must(t, err)
	}
	drafts, err := council.ReadLibrary()
	must(t, err)
	library, err := registers.ReadLibrary()
	must(t, err)
	cc := council.New(j, drafts)
	return town{registers.New(j, cc, library, nil, nil), cc, j, c}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// sit holds a sitting of n affairs on a day of November or later, and closes it.
func (w town) sit(t testing.TB, at time.Time, n int) (sitting string, deliberations []string) {
	t.Helper()
	ctx := context.Background()
	w.clock.at = at.AddDate(0, 0, -6)
	for i := range n {
		id, err := w.council.Draft(ctx, "s", "")
		must(t, err)
		d, err := w.council.Deliberation(ctx, id)
		must(t, err)
		text := d.Text
		text.Blocks = []council.Block{{Kind: council.BlockTitle, Text: fmt.Sprintf("Affaire %d", i+1)}, {Kind: council.BlockStatement, Text: "Le rapporteur expose."}, {Kind: council.BlockArticle, Text: "FIXE le tarif à 80 €."}}
		must(t, w.council.Save(ctx, "s", id, d.Edition, text))
		deliberations = append(deliberations, id)
	}
	return w.sitWith(t, at, deliberations)
}

// sitWith holds a sitting on texts that are ready, and closes it.
func (w town) sitWith(t testing.TB, at time.Time, texts []string) (sitting string, deliberations []string) {
	t.Helper()
	ctx := context.Background()
	w.clock.at, deliberations = at.AddDate(0, 0, -6), texts
	day := authority.DayOf(at)
	sitting, err := w.council.Convene(ctx, "s", council.Convene{At: at, Place: "en mairie", Convened: day.Plus(-6), Posted: day.Plus(-6), Agenda: deliberations})
	must(t, err)
	w.clock.at = at
	for i := range 9 {
		must(t, w.council.Call(ctx, "s", sitting, fmt.Sprintf("m%02d", i+1), council.Attendance{Presence: council.Present}))
	}
	must(t, w.council.NameSecretary(ctx, "s", sitting, "m02"))
	for _, id := range deliberations {
		_, err := w.council.Vote(ctx, "s", sitting, council.Ballot{Deliberation: id, Manner: council.Ordinary}, "")
		must(t, err)
		_, err = w.council.Finalise(ctx, "s", id, sitting)
		must(t, err)
	}
	must(t, w.council.Close(ctx, "s", sitting))
	return sitting, deliberations
}

func refused(t *testing.T, err error, article string) {
	t.Helper()
	if r := rule.Find(err); r == nil || r.Article != article {
		t.Errorf("%v, want a refusal by %s", err, article)
	}
}

func state(t *testing.T, w town, sitting string) map[registers.Step]registers.Due {
	t.Helper()
	all, err := w.Dues(t.Context(), sitting)
	must(t, err)
	m := map[registers.Step]registers.Due{}
	for _, d := range all {
		m[d.Step] = d
	}
	return m
}

// From the close of a sitting to the publication of its minutes.
func TestWhatFollowsASitting(t *testing.T) {
	w, ctx := open(t), t.Context()
	first, _ := w.sit(t, time.Date(2026, 11, 24, 20, 0, 0, 0, time.UTC), 2)
	if d := state(t, w, first)[registers.StepList]; d.Deadline != "2026-12-01" || d.Late || d.Finished {
		t.Errorf("L2121-25: %+v", d)
	}
	refused(t, w.Note(ctx, "s", first, registers.ListPosted, "2026-11-25"), "CGCT, art. L2121-25") // tomorrow
	refused(t, w.Note(ctx, "s", first, registers.ListPosted, "2026-11-23"), "CGCT, art. L2121-25") // before the sitting
	if _, err := w.Print(ctx, first, registers.PaperCertificate); err != nil {
		t.Errorf("the summons were posted: %v", err)
	}
	w.clock.at = time.Date(2026, 12, 2, 9, 0, 0, 0, time.UTC)
	if d := state(t, w, first)[registers.StepList]; !d.Late {
		t.Errorf("L2121-25: %+v", d)
	}
	must(t, w.Note(ctx, "s", first, registers.ListPosted, "2026-11-26"))
	must(t, w.Note(ctx, "s", first, registers.ListOnline, "2026-11-27"))
	if d := state(t, w, first)[registers.StepList]; d.Done != "2026-11-27" {
		t.Errorf("L2121-25: %+v", d)
	}
	must(t, w.Note(ctx, "s", first, registers.ClosingSigned, "2026-11-30"))
	must(t, w.Clear(ctx, "s", first, registers.ClosingSigned, "noté sur la mauvaise séance"))
	if d := state(t, w, first)[registers.StepClosing]; d.Finished {
		t.Errorf("R2121-9: %+v", d)
	}

	refused(t, w.Settle(ctx, "s", first, first, nil), "CGCT, art. L2121-15") // not drafted
	m, s, err := w.Minutes(ctx, first)
	must(t, err)
	if m.Edition != "" || len(m.Text) != 2+len(s.Agenda)+1 {
		t.Fatalf("%+v", m)
	}
	m.Text[2].Text = "Mme Modèle03 demande le détail des tarifs."
	must(t, w.SaveMinutes(ctx, "s", first, "", m.Text, "22:15"))
	var lost *registers.NotApplied
	if err := w.SaveMinutes(ctx, "autre", first, "", nil, ""); !errors.As(err, &lost) || len(lost.Theirs) != len(m.Text) {
		t.Errorf("a text over a later one: %v", err)
	}
	second, _ := w.sit(t, time.Date(2026, 12, 15, 20, 0, 0, 0, time.UTC), 1)
	refused(t, w.Settle(ctx, "s", second, first, nil), "CGCT, art. L2121-15")
	refused(t, w.SignMinutes(ctx, "s", first, "2026-12-15"), "CGCT, art. L2121-15")
	must(t, w.Settle(ctx, "s", first, second, []string{"  Point 1 : lire 85 €. ", ""}))
	refused(t, w.SaveMinutes(ctx, "s", first, "another", m.Text[:1], ""), "CGCT, art. L2121-15")
	refused(t, w.PublishMinutes(ctx, "s", first, "2026-12-15", ""), "CGCT, art. L2121-15")
	must(t, w.SignMinutes(ctx, "s", first, "2026-12-15"))
	if d := state(t, w, first)[registers.StepPublish]; d.Deadline != "2026-12-22" || d.Finished {
		t.Errorf("L2121-15: %+v", d)
	}
	must(t, w.PublishMinutes(ctx, "s", first, "2026-12-15", "sur le site"))
	m, _, err = w.Minutes(ctx, first)
	if err != nil || !reflect.DeepEqual(m.Settled.Corrections, []string{"Point 1 : lire 85 €."}) || m.Published != "2026-12-15" {
		t.Errorf("%+v %v", m, err)
	}
	for _, p := range registers.Papers(s) {
		d, err := w.Print(ctx, first, p)
		if err != nil || !bytes.HasPrefix(d.PDF, []byte("%PDF-")) {
			t.Errorf("%s: %v", p, err)
		}
	}
	year, err := w.PrintYear(ctx, registers.Year{Year: 2026}, nil)
	if err != nil || year.Pages < 9 {
		t.Errorf("%d pages, %v", year.Pages, err)
	}
	if _, err := w.PrintYear(ctx, registers.Year{Year: 2025}, nil); rule.Find(err) == nil {
		t.Errorf("a register of nothing: %v", err)
	}
	rebuilt(t, w, first)
}

// The tables made anew from the journal are those that were there.
func rebuilt(t *testing.T, w town, sitting string) {
	t.Helper()
	read := func() []any {
		rec, err := w.Record(t.Context(), sitting)
		must(t, err)
		orders, err := w.Orders(t.Context(), council.SeriesDecision, 0)
		must(t, err)
		asked, err := w.Followups(t.Context(), "")
		must(t, err)
		return []any{rec, orders, asked}
	}
	before := read()
	must(t, w.journal.Rebuild(t.Context()))
	if !reflect.DeepEqual(before, read()) {
		t.Error("the rebuilt tables differ")
	}
}

func TestOrders(t *testing.T) {
	w, ctx := open(t), t.Context()
	id, err := w.DraftOrder(ctx, "s", council.SeriesDecision, "marche")
	must(t, err)
	_, err = w.Number(ctx, "s", id, "m01")
	refused(t, err, "") // variables without a value
	o, err := w.Order(ctx, id)
	must(t, err)
	if o.Text.Matter != "4° marchés publics" {
		t.Errorf("%+v", o.Text)
	}
	for i := range o.Text.Variables {
		o.Text.Variables[i].Value = "valeur"
	}
	must(t, w.SaveOrder(ctx, "s", id, o.Edition, o.Text))
	var lost *registers.OrderNotApplied
	if err := w.SaveOrder(ctx, "s", id, o.Edition, registers.OrderText{}); !errors.As(err, &lost) {
		t.Errorf("a text over a later one: %v", err)
	}
	if err := w.CheckOrder(ctx, id); rule.Find(err) == nil {
		t.Errorf("sent without a number: %v", err)
	}
	_, err = w.Number(ctx, "s", id, "nobody")
	refused(t, err, "CGCT, art. L2122-18")
	number, err := w.Number(ctx, "s", id, "m01")
	if err != nil || number != "DEC2026-001" {
		t.Fatal(number, err)
	}
	_, err = w.RenumberOrder(ctx, "s", id)
	refused(t, err, "CGCT, art. R2121-9")
	must(t, w.MarkOrderSent(ctx, "s", id, "folder", store.Digest{1}))
	refused(t, w.SaveOrder(ctx, "s", id, "another", registers.OrderText{}), "CGCT, art. L2131-1")
	refused(t, w.MakeKnown(ctx, "s", id, "2026-11-10"), "CGCT, art. L2131-1")
	must(t, w.MarkOrderSigned(ctx, "s", id, store.Digest{2}))
	must(t, w.MakeKnown(ctx, "s", id, "2026-11-10"))
	if found, err := w.OrderByFolder(ctx, "folder"); err != nil || found.ID != id || found.Status != registers.Signed {
		t.Errorf("%+v %v", found, err)
	}
	sitting, _ := w.sit(t, time.Date(2026, 11, 24, 20, 0, 0, 0, time.UTC), 1)
	if d := state(t, w, sitting)[registers.StepDecision]; d.Article != "CGCT, art. L2122-23" {
		t.Errorf("L2122-23: %+v", d)
	}
	if n, err := w.Report(ctx, "s", sitting); err != nil || n != 1 {
		t.Errorf("%d reported, %v", n, err)
	}
	_, err = w.Report(ctx, "s", sitting)
	refused(t, err, "CGCT, art. L2122-23")
	if _, due := state(t, w, sitting)[registers.StepDecision]; due {
		t.Error("L2122-23: still due once reported")
	}
	for _, y := range []registers.Year{{Year: 2026}, {Year: 2026, Duplex: true, Sitting: sitting}, {Year: 2026, Series: council.SeriesDecision}} {
		if d, err := w.PrintYear(ctx, y, nil); err != nil || d.Pages == 0 {
			t.Errorf("%+v: %d pages, %v", y, d.Pages, err)
		}
	}
	_, err = w.Ask(ctx, "s", registers.Followup{What: "Publier l’avis", Label: "DEC2026-001", Act: id})
	refused(t, err, "")
	asked, err := w.Ask(ctx, "s", registers.Followup{What: "Publier l’avis", Label: "DEC2026-001", Act: id, Person: "m03", Due: "2026-12-01"})
	must(t, err)
	rebuilt(t, w, sitting)
	must(t, w.Finish(ctx, "s", asked))
	if left, err := w.Followups(ctx, "m03"); err != nil || len(left) != 0 {
		t.Errorf("%v %v", left, err)
	}
}

// Two laptops that give numbers offline may give the same: none is lost, and a person chooses who takes the next one.
func TestTheSameNumberTwice(t *testing.T) {
	ctx := t.Context()
	w := open(t)
	sitting, ids := w.sit(t, time.Date(2026, 11, 24, 20, 0, 0, 0, time.UTC), 1)
	s, err := w.council.Sitting(ctx, sitting)
	must(t, err)
	v, _ := s.Vote(ids[0])
	// What the other laptop wrote meanwhile, as it is received.
	_, err = w.journal.Commit(ctx, "autre", func(*store.Tx) ([]journal.Draft, error) {
		return []journal.Draft{
			{Stream: "deliberation/autre", Kind: council.KindDrafted, Data: council.Text{Blocks: []council.Block{{Kind: council.BlockTitle, Text: "Autre affaire"}}}},
			{Stream: "deliberation/autre", Kind: council.KindFinalised, Data: map[string]any{"number": "2026-001", "sitting": sitting, "record": council.Record{Sitting: *s, Vote: v}}},
		}, nil
	})
	must(t, err)
	refused(t, w.council.MarkSent(ctx, "s", "autre", "f", store.Digest{}), "CGCT, art. R2121-9")
	refused(t, w.council.CheckNumber(ctx, ids[0]), "CGCT, art. R2121-9")
	if twice, err := w.council.Doubles(ctx); err != nil || !reflect.DeepEqual(twice, map[string]bool{"2026-001": true}) {
		t.Errorf("%v %v", twice, err)
	}
	number, err := w.council.Renumber(ctx, "s", "autre")
	if err != nil || number != "2026-002" {
		t.Fatal(number, err)
	}
	_, err = w.council.Renumber(ctx, "s", "autre")
	refused(t, err, "CGCT, art. R2121-9") // it would leave a hole
	if twice, err := w.council.Doubles(ctx); err != nil || len(twice) != 0 {
		t.Errorf("%v %v", twice, err)
	}
	must(t, w.council.MarkSent(ctx, "s", "autre", "f", store.Digest{}))
}

func TestSchemes(t *testing.T) {
	at := time.Date(2026, 11, 24, 20, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		s     council.Scheme
		given []string
		want  string
		fits  bool
	}{
		{council.UsualScheme(council.SeriesDeliberation), nil, "2026-001", true},
		{council.UsualScheme(council.SeriesDeliberation), []string{"2025-044", "2026-009", "2026-010"}, "2026-011", true},
		{council.Scheme{Prefix: "DEL", BySitting: true, Digits: 2}, []string{"DEL20261124-04", "DEL20261123-09"}, "DEL20261124-05", true},
		{council.Scheme{Prefix: "DELIB", BySitting: true, Digits: 2}, nil, "DELIB20261124-01", false}, // 16 characters
		{council.Scheme{Prefix: "dél", Digits: 3}, nil, "dél2026-001", false},
		{council.Scheme{Digits: 9}, nil, "2026-000000001", false},
	} {
		if got := c.s.Next(at, c.given); got != c.want {
			t.Errorf("%+v: %s, want %s", c.s, got, c.want)
		}
		if err := council.CheckScheme(c.s, at); (err == nil) != c.fits {
			t.Errorf("%+v: %v", c.s, err)
		}
	}
	w, ctx := open(t), t.Context()
	from, err := w.council.ChooseScheme(ctx, "s", council.SeriesDeliberation, council.Scheme{Prefix: "DEL", Digits: 3}, council.Numbers)
	if err != nil || from != 2026 {
		t.Fatal(from, err)
	}
	_, ids := w.sit(t, at, 1)
	if d, err := w.council.Deliberation(ctx, ids[0]); err != nil || d.Number != "DEL2026-001" {
		t.Errorf("%+v %v", d.Number, err)
	}
	from, err = w.council.ChooseScheme(ctx, "s", council.SeriesDeliberation, council.Scheme{Digits: 4}, council.Numbers)
	if err != nil || from != 2027 {
		t.Errorf("a scheme changed within a year: from %d, %v", from, err)
	}
	now, next, err := w.council.Scheme(ctx, council.SeriesDeliberation)
	if err != nil || now.Prefix != "DEL" || next.Prefix != "" || next.Digits != 4 {
		t.Errorf("%+v %+v %v", now, next, err)
	}
}

// Whatever the order in which numbers are given, a run has neither a hole nor a double.
func TestNumbersHaveNoHole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var given []string
		count := map[string]int{}
		n := rapid.IntRange(1, 60).Draw(t, "acts")
		for range n {
			s := council.Scheme{Prefix: rapid.SampledFrom([]string{"", "DEL", "AR"}).Draw(t, "prefix"), BySitting: rapid.Bool().Draw(t, "sitting"), Digits: 3}
			at := time.Date(rapid.IntRange(2025, 2026).Draw(t, "year"), 1, rapid.IntRange(1, 3).Draw(t, "day"), 20, 0, 0, 0, time.UTC)
			run := fmt.Sprint(s.Prefix, at.Year())
			if s.BySitting {
				run = s.Prefix + at.Format("20060102")
			}
			count[run]++
			got := s.Next(at, given)
			if want := fmt.Sprintf("%s-%03d", run, count[run]); got != want {
				t.Fatalf("%s, want %s", got, want)
			}
			given = append(given, got)
		}
	})
}

func TestRules(t *testing.T) {
	settled := &registers.Minutes{Settled: &registers.Settled{At: time.Date(2026, 12, 15, 20, 0, 0, 0, time.UTC)}}
	signed := &registers.Minutes{Settled: settled.Settled, Signed: "2026-12-15"}
	of := council.Sitting{ID: "a", At: time.Date(2026, 11, 24, 20, 0, 0, 0, time.UTC), Closed: true}
	held := council.Sitting{ID: "a", At: of.At}
	by := council.Sitting{ID: "b", At: settled.Settled.At}
	decision := registers.Order{Series: council.SeriesDecision, Status: registers.Signed, Number: "DEC2026-001", Date: "2026-11-20"}
	unsigned, told, late, other := decision, decision, decision, decision
	unsigned.Status, told.Reported, late.Date, other.Series = registers.Numbered, "x", "2026-12-01", council.SeriesOrder
	for _, c := range []struct {
		what string
		err  error
		want string
	}{
		{"R2121-9, by hand, once closed", registers.CheckFormality(registers.ClosingSigned, of, "2026-11-25", "2026-11-25"), ""},
		{"R2121-9, by hand, before the close", registers.CheckFormality(registers.ClosingSigned, held, "2026-11-25", "2026-11-25"), "CGCT, art. R2121-9"},
		{"L2121-10, posted before", registers.CheckFormality(registers.SummonsPosted, of, "2026-11-18", "2026-11-25"), ""},
		{"L2121-10, posted after", registers.CheckFormality(registers.SummonsPosted, of, "2026-11-25", "2026-11-25"), "CGCT, art. L2121-10"},
		{"L2121-25, without a day", registers.CheckFormality(registers.ListOnline, of, "", "2026-11-25"), "CGCT, art. L2121-25"},
		{"L2121-15, settled by the next", registers.CheckSettle(&registers.Minutes{}, of, by, "2026-12-15"), ""},
		{"L2121-15, settled by a sitting to come", registers.CheckSettle(&registers.Minutes{}, of, by, "2026-12-14"), "CGCT, art. L2121-15"},
		{"L2121-15, settled before the close", registers.CheckSettle(&registers.Minutes{}, held, by, "2026-12-15"), "CGCT, art. L2121-15"},
		{"L2121-15, settled by an earlier one", registers.CheckSettle(&registers.Minutes{}, council.Sitting{ID: "b", At: by.At, Closed: true}, of, "2026-12-15"), "CGCT, art. L2121-15"},
		{"L2121-15, settled twice", registers.CheckSettle(settled, of, by, "2026-12-15"), "CGCT, art. L2121-15"},
		{"L2121-15, signed once settled", registers.CheckSign(settled, "2026-12-16", "2026-12-16"), ""},
		{"L2121-15, signed before", registers.CheckSign(settled, "2026-12-14", "2026-12-16"), "CGCT, art. L2121-15"},
		{"L2121-15, published unsigned", registers.CheckPublishMinutes(settled, "2026-12-16", "2026-12-16"), "CGCT, art. L2121-15"},
		{"L2121-15, published", registers.CheckPublishMinutes(signed, "2026-12-16", "2026-12-16"), ""},
		{"L2122-23, reported", registers.CheckReport(decision, of), ""},
		{"L2122-23, unsigned", registers.CheckReport(unsigned, of), "CGCT, art. L2122-23"},
		{"L2122-23, told already", registers.CheckReport(told, of), "CGCT, art. L2122-23"},
		{"L2122-23, taken after the sitting", registers.CheckReport(late, of), "CGCT, art. L2122-23"},
		{"L2122-23, an order", registers.CheckReport(other, of), "CGCT, art. L2122-23"},
		{"R2121-9, a number of one's own", council.CheckRenumber(council.StatusFinalised, false), "CGCT, art. R2121-9"},
		{"R2121-9, signed", council.CheckRenumber(council.StatusSigned, true), "CGCT, art. R2121-9"},
		{"R2121-9, shared", council.CheckRenumber(council.StatusFinalised, true), ""},
	} {
		got := ""
		if r := rule.Find(c.err); r != nil {
			got = r.Article
		}
		if got != c.want || (c.err != nil) != (c.want != "") {
			t.Errorf("%s: %v", c.what, c.err)
		}
	}
}

// Each template of the library says that it is a draft, and its variables are used.
func TestLibraryIsADraft(t *testing.T) {
	l, err := registers.ReadLibrary()
	must(t, err)
	if l.Status != "projet" || len(l.Templates) < 10 {
		t.Errorf("%d templates, %s", len(l.Templates), l.Status)
	}
	for _, x := range l.Templates {
		if x.Status != "projet" || len(x.Articles) == 0 || len(x.Visas) == 0 {
			t.Errorf("%s: %+v", x.Key, x)
		}
		all := x.Title + fmt.Sprint(x.Visas, x.Grounds, x.Articles)
		for _, v := range x.Variables {
			if !bytes.Contains([]byte(all), []byte("{"+v.Name+"}")) {
				t.Errorf("%s: %s is not used", x.Key, v.Name)
			}
		}
	}
}
