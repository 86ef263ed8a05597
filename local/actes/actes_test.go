package actes_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"alpi40.fr/airial/local/actes"
	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/handover"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/journal/journaltest"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
)

const today authority.Day = "2026-03-10"

func act() actes.Act {
	return actes.Act{Nature: actes.Deliberation, Matter: "7.5.2", Number: "2026_045", Subject: "Subvention à l’Amicale imaginaire", Date: "2026-03-02",
		File: actes.File{Name: "deliberation-2026-045.pdf", Type: "99_DE", Size: 1000}}
}

func TestCheck(t *testing.T) {
	for _, test := range []struct {
		name, article string
		shape         func(*actes.Act)
	}{
		{"as it should be", "", func(*actes.Act) {}},
		{"fifteen signs", "", func(a *actes.Act) { a.Number = strings.Repeat("A", 15) }},
		{"sixteen", "@CTES, numéro interne", func(a *actes.Act) { a.Number = strings.Repeat("A", 16) }},
		{"a dash", "@CTES, numéro interne", func(a *actes.Act) { a.Number = "2026-045" }},
		{"no number", "@CTES, numéro interne", func(a *actes.Act) { a.Number = "" }},
		{"small letters", "@CTES, numéro interne", func(a *actes.Act) { a.Number = "del_1" }},
		{"499 accents", "", func(a *actes.Act) { a.Subject = strings.Repeat("é", 499) }},
		{"500", "@CTES, objet", func(a *actes.Act) { a.Subject = strings.Repeat("é", 500) }},
		{"no subject", "@CTES, objet", func(a *actes.Act) { a.Subject = "  " }},
		{"today", "", func(a *actes.Act) { a.Date = today }},
		{"tomorrow", "@CTES, date", func(a *actes.Act) { a.Date = "2026-03-11" }},
		{"no day", "@CTES, date", func(a *actes.Act) { a.Date = "" }},
		{"an unknown matter", "@CTES, matière", func(a *actes.Act) { a.Matter = "7.99" }},
		{"a whole branch", "@CTES, matière", func(a *actes.Act) { a.Matter = "7" }},
		{"an unknown nature", "@CTES, nature", func(a *actes.Act) { a.Nature = 7 }},
		{"no file", "@CTES, acte", func(a *actes.Act) { a.File.Size = 0 }},
		{"a text", "@CTES, acte", func(a *actes.Act) { a.File.Name = "acte.odt" }},
		{"a typed annex", "", func(a *actes.Act) { a.Annexes = []actes.File{{Name: "plan.PNG", Type: "21_RP", Size: 5}} }},
		{"an annex without type", "@CTES, type de pièce", func(a *actes.Act) { a.Annexes = []actes.File{{Name: "plan.pdf", Size: 5}} }},
		{"of another nature", "@CTES, type de pièce", func(a *actes.Act) { a.Annexes = []actes.File{{Name: "plan.pdf", Type: "43_NC", Size: 5}} }},
		{"a spreadsheet", "@CTES, annexes", func(a *actes.Act) { a.Annexes = []actes.File{{Name: "tableau.xlsx", Type: "99_AU", Size: 5}} }},
		{"too many", "@CTES, annexes", func(a *actes.Act) { a.Annexes = make([]actes.File, actes.MaxAnnexes+1) }},
		{"too large", "Limite du tiers", func(a *actes.Act) { a.File.Size = actes.MaxSize + 1 }},
	} {
		a := act()
		test.shape(&a)
		err := actes.Check(a, actes.Model(), today)
		if r := rule.Find(err); (r == nil) != (test.article == "") || r != nil && (!strings.HasPrefix(r.Article, test.article) || r.Why == "" || r.Cure == "") {
			t.Errorf("%s: %v, expected %q", test.name, err, test.article)
		}
	}
	for own, want := range map[string]string{"2026-045": "2026_045", "del é 12/a": "DEL___12_A", " 1 ": "1", "une délibération longue": "UNE_D_LIB_RATIO"} {
		if got := actes.Number(own); got != want {
			t.Errorf("%q gives %q", own, got)
		}
	}
	for place, want := range []string{"040-000000000-20260302-2026_045-DE-1-1_0.xml", "99_DE-040-000000000-20260302-2026_045-DE-1-1_1.pdf"} {
		if name := actes.FileName("040", "000000000", "DE", act(), place); name != want {
			t.Error(name)
		}
	}
}

// CGCT, art. L2131-6: two months; the term is computed as a clear one.
func TestReferralEnd(t *testing.T) {
	for received, want := range map[authority.Day]authority.Day{
		"2026-01-15": "2026-03-16", "2026-12-31": "2027-03-01", "2026-03-02": "2026-05-04", // a Sunday the 3rd
		"2026-10-31": "2027-01-04", // New Year's Day, Saturday, Sunday
		"2024-12-29": "2025-03-03", // the 28th of February, then a week-end
	} {
		f := actes.Filing{Receipt: &actes.Receipt{Date: received}}
		if end, interrupted := f.ReferralEnd(); end != want || interrupted {
			t.Errorf("received on %s: %s", received, end)
		}
		f.Letters = []actes.Letter{{Kind: handover.MorePieces}}
		if _, interrupted := f.ReferralEnd(); !interrupted {
			t.Error("a request for further documents interrupts nothing")
		}
	}
}

func TestModelClassification(t *testing.T) {
	c := actes.Model()
	if len(c.Matters) != 181 || !c.Model || c.Path("7.5.2") == "" {
		t.Errorf("%d matters, %q", len(c.Matters), c.Path("7.5.2"))
	}
	for text, want := range map[string]string{"SUBVENTIONS accordees": "7.5.2", "7.5.1.1": "7.5.1.1", "rien de tel ici": ""} {
		found := c.Index().Search(text, 50)
		for _, m := range found {
			if slices.ContainsFunc(c.Matters, func(x actes.Matter) bool { return strings.HasPrefix(x.Code, m.Code+".") }) || m.Label != c.Path(m.Code) {
				t.Errorf("%s is not the finest: %s", m.Code, m.Label)
			}
		}
		if slices.ContainsFunc(found, func(m actes.Matter) bool { return strings.HasPrefix(m.Code, want) }) == (want == "") || want == "" && len(found) > 0 {
			t.Errorf("%q: %+v", text, found)
		}
	}
	if all := c.Index().Search("", 10); len(all) != 10 {
		t.Errorf("%d", len(all))
	}
}

const served = `<?xml version="1.0" encoding="ISO-8859-1"?>
<actes:RetourClassification xmlns:actes="http://www.interieur.gouv.fr/ACTES#v1.1-20040216"><actes:DateClassification>2026-01-05</actes:DateClassification>
<actes:NaturesActes><actes:NatureActe actes:CodeNatureActe="1" actes:Libelle="D` + "\xe9" + `lib" actes:TypeAbrege="DE"><actes:TypePJNatureActe actes:CodeTypePJ="99_DE" actes:Libelle="D"/></actes:NatureActe></actes:NaturesActes>
<actes:Matieres><actes:Matiere1 actes:CodeMatiere="7" actes:Libelle="Finances"><actes:Matiere2 actes:CodeMatiere="5" actes:Libelle="Subventions"/></actes:Matiere1><actes:Matiere1 actes:CodeMatiere="8" actes:Libelle="Autres"/></actes:Matieres></actes:RetourClassification>`

func receipt(number, date string) string {
	return `<actes:ARActe xmlns:actes="http://www.interieur.gouv.fr/ACTES#v1.1-20040216" actes:IDActe="040-000000000-20260302-` + number + `-DE" actes:DateReception="` + date + `"><actes:ActeRecu actes:Date="2026-03-02" actes:NumeroInterne="` + number + `" actes:CodeNatureActe="1"><actes:Objet>Essai</actes:Objet></actes:ActeRecu></actes:ARActe>`
}

func TestReading(t *testing.T) {
	c, err := actes.ReadClassification([]byte(served))
	if err != nil || c.Date != "2026-01-05" || len(c.Matters) != 3 || c.Path("7.5") != "Finances › Subventions" || c.Natures[0].Label != "Délib" || c.Natures[0].Pieces[0].Code != "99_DE" {
		t.Errorf("%+v %v", c, err)
	}
	r, err := actes.ReadReceipt([]byte(receipt("2026_045", "2026-03-04")))
	if err != nil || r.Date != "2026-03-04" || !r.Answers(act()) {
		t.Errorf("%+v %v", r, err)
	}
	for _, bad := range []string{"", "<html></html>", served, receipt("A", "hier"), receipt("", "2026-03-04"), receipt("A", "2026-03-04")[:200]} {
		if r, err := actes.ReadReceipt([]byte(bad)); err == nil {
			t.Errorf("%.40q: %+v", bad, r)
		}
	}
	for _, bad := range []string{"", "<a/>", receipt("A", "2026-03-04"), strings.Replace(served, "2026-01-05", "bientôt", 1), strings.Replace(served, `CodeNatureActe="1"`, `CodeNatureActe="x"`, 1)} {
		if _, err := actes.ReadClassification([]byte(bad)); err == nil {
			t.Errorf("%.40q is a classification", bad)
		}
	}
}

// The real files of elsewhere are read.
func TestSamples(t *testing.T) {
	dir := os.Getenv("AIRIAL_SAMPLES")
	if dir == "" {
		t.Skip("AIRIAL_SAMPLES is not set")
	}
	for name, read := range map[string]func([]byte) error{
		"ar-actes.xml":               func(raw []byte) error { _, err := actes.ReadReceipt(raw); return err },
		"aractes.xml":                func(raw []byte) error { _, err := actes.ReadReceipt(raw); return err },
		"classification-courte.xml":  func(raw []byte) error { _, err := actes.ReadClassification(raw); return err },
		"classification-exemple.xml": func(raw []byte) error { _, err := actes.ReadClassification(raw); return err },
	} {
		raw, err := os.ReadFile(filepath.Join(dir, "actes", name))
		if err == nil {
			err = read(raw)
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// archive packs files as @CTES does.
func archive(t testing.TB, names ...string) []byte {
	t.Helper()
	var out bytes.Buffer
	pack := gzip.NewWriter(&out)
	files := tar.NewWriter(pack)
	for _, name := range names {
		if err := files.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(name))}); err != nil {
			t.Fatal(err)
		}
		if _, err := files.Write([]byte(name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(files.Close(), pack.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestLetterIsOpened(t *testing.T) {
	raw := archive(t, "034-DP.xml", "../../etc/lettre.pdf", `C:\sous\lettre.pdf`, "a/..")
	names, files, err := actes.OpenLetter(raw)
	if want := []string{"034-DP.xml", "lettre.pdf", "3-lettre.pdf", "piece-4"}; err != nil || !slices.Equal(names, want) || string(files["lettre.pdf"]) != "../../etc/lettre.pdf" {
		t.Errorf("%q %v", names, err)
	}
	many := make([]string, 101)
	for i := range many {
		many[i] = fmt.Sprint(i)
	}
	for what, raw := range map[string][]byte{"nothing": nil, "a page": []byte("<html>"), "cut": raw[:len(raw)/2], "empty": archive(t), "too many": archive(t, many...)} {
		if _, _, err := actes.OpenLetter(raw); !errors.Is(err, actes.ErrNotLetter) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func FuzzReading(f *testing.F) {
	f.Add(archive(f, "lettre.pdf"))
	f.Add([]byte(served))
	f.Add([]byte(receipt("2026_045", "2026-03-04")))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if c, err := actes.ReadClassification(raw); err == nil {
			if _, err := authority.ParseDay(string(c.Date)); err != nil {
				t.Error(err)
			}
		}
		if names, files, err := actes.OpenLetter(raw); err == nil && len(names) != len(files) {
			t.Errorf("%q", names)
		}
		if r, err := actes.ReadReceipt(raw); err == nil && (r.Number == "" || r.ID == "") {
			t.Errorf("%+v", r)
		}
	})
}

// third is a third party as a test wants it. The real one stands in sync/tdt.
type third struct {
	deposit   error
	arrives   bool // whatever deposit says
	acts      []string
	progress  handover.Progress
	letters   []handover.Letter
	read      []string
	cancelled int
	replies   []handover.Reply
	reply     error // what answering gives
}

func (c *third) Ready(context.Context) error { return nil }

func (c *third) DepositAct(_ context.Context, a handover.Act) (string, error) {
	if c.deposit == nil || c.arrives {
		c.acts = append(c.acts, a.Number)
	}
	return fmt.Sprint(len(c.acts)), c.deposit
}

func (c *third) FindAct(_ context.Context, number string) (string, error) {
	for i, n := range c.acts {
		if n == number {
			return fmt.Sprint(i + 1), nil
		}
	}
	return "", handover.ErrNotThere
}

func (c *third) FollowAct(context.Context, string) (handover.Progress, error) { return c.progress, nil }
func (c *third) ReplyLetter(_ context.Context, r handover.Reply) (string, error) {
	c.replies = append(c.replies, r)
	return "77", c.reply
}
func (c *third) CancelAct(context.Context, string) (string, error) {
	if c.cancelled++; c.cancelled > 1 {
		return "", handover.ErrDuplicate
	}
	return "99", nil
}
func (c *third) Letters(context.Context) ([]handover.Letter, error) { return c.letters, nil }
func (c *third) Letter(context.Context, string) ([]byte, error)     { return []byte("lettre"), nil }
func (c *third) ReadLetter(_ context.Context, id string) error {
	c.read = append(c.read, id)
	return nil
}

type laptop struct {
	*actes.Review
	j   *journal.Journal
	now *time.Time
}

func newLaptop(t testing.TB) *laptop {
	t.Helper()
	now := time.Date(2026, 3, 10, 9, 0, 0, 0, time.UTC)
	j := journaltest.Open(t, "pc", func() time.Time { return now }, rand.Reader, actes.Projections())
	return &laptop{actes.New(j), j, &now}
}

func (l *laptop) ask(t testing.TB, id, number string) error {
	t.Helper()
	ctx := context.Background()
	digest, err := l.j.Store().Blobs().PutBytes(ctx, []byte("%PDF essai"))
	if err != nil {
		t.Fatal(err)
	}
	a := act()
	a.Number, a.File.Digest = number, digest
	return l.Ask(ctx, "secretaire", id, a, []actes.Annex{{Name: "rapport.pdf", Type: "21_RP", Content: []byte("%PDF annexe")}})
}

func (l *laptop) carry(t testing.TB, c *third) (actes.Carried, error) {
	t.Helper()
	return l.Carry(context.Background(), "secretaire", func(context.Context) (actes.Carrier, error) { return c, nil }, nil)
}

func (l *laptop) filing(t testing.TB, id string) *actes.Filing {
	t.Helper()
	f, err := l.Filing(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestFilingGoesItsWay(t *testing.T) {
	ctx := context.Background()
	l, c := newLaptop(t), &third{}
	if _, err := l.Filing(ctx, "d1"); !errors.Is(err, store.ErrNotFound) {
		t.Error(err)
	}
	if err := l.ask(t, "d1", "2026_045"); err != nil {
		t.Fatal(err)
	}
	if err := l.ask(t, "d1", "2026_045"); rule.Find(err) == nil {
		t.Errorf("asked twice: %v", err)
	}
	if err := l.ask(t, "d2", "2026_045"); rule.Find(err) == nil {
		t.Errorf("a number of two acts: %v", err)
	}
	if err := errors.Join(l.TakeBack(ctx, "secretaire", "d1"), l.ask(t, "d1", "2026_045")); err != nil {
		t.Fatal(err)
	}
	c.progress.Stage = handover.Forwarded
	for range 3 {
		if _, err := l.carry(t, c); err != nil {
			t.Fatal(err)
		}
	}
	if f := l.filing(t, "d1"); f.State != actes.Forwarded || f.Transaction != "1" || len(f.Annexes) != 1 || f.Effective() {
		t.Errorf("%+v", f)
	}
	for what, err := range map[string]error{"taken back": l.TakeBack(ctx, "secretaire", "d1"), "cancelled": l.Cancel(ctx, "secretaire", "d1")} {
		if rule.Find(err) == nil {
			t.Errorf("%s on its way: %v", what, err)
		}
	}
	// The receipt of another act is filed nowhere.
	c.progress = handover.Progress{Stage: handover.Answered, Answer: []byte(receipt("AUTRE", "2026-03-04"))}
	if _, err := l.carry(t, c); !errors.Is(err, handover.ErrOther) {
		t.Error(err)
	}
	c.progress.Answer = []byte(receipt("2026_045", "2026-03-04"))
	c.letters = []handover.Letter{{ID: "7", Kind: handover.MorePieces, Transaction: "1"}, {ID: "8", Kind: handover.Observation, Transaction: "55"}}
	if done, err := l.carry(t, c); err != nil || done.Answered != 1 || done.Letters != 1 {
		t.Fatalf("%+v %v", done, err)
	}
	if n, err := l.Waiting(ctx); err != nil || n != 1 {
		t.Errorf("%d acts to look at: %v", n, err)
	}
	f := l.filing(t, "d1")
	proof, err := l.j.Store().Blobs().Read(f.Proof.Digest, 1<<20)
	if err != nil || !bytes.Equal(proof, c.progress.Answer) || f.State != actes.Received || f.Receipt.Date != "2026-03-04" || len(f.Letters) != 1 || !f.Effective() {
		t.Errorf("%+v %v", f, err)
	}
	if done, err := l.carry(t, c); err != nil || done.Letters != 0 || len(c.read) != 2 || len(l.filing(t, "d1").Letters) != 1 {
		t.Errorf("kept twice: %+v %v, read %v", done, err, c.read)
	}
	if err := l.Cancel(ctx, "secretaire", "d1"); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := l.carry(t, c); err != nil {
			t.Fatal(err)
		}
	}
	if f = l.filing(t, "d1"); f.State != actes.Cancelled || f.Effective() || c.cancelled != 1 {
		t.Errorf("%+v", f)
	}
}

// written is a laptop whose act was received, and about which the préfecture wrote.
func written(t testing.TB, kind handover.LetterKind) (*laptop, *third) {
	t.Helper()
	l, c := newLaptop(t), &third{}
	if err := l.ask(t, "d1", "2026_045"); err != nil {
		t.Fatal(err)
	}
	c.progress = handover.Progress{Stage: handover.Answered, Answer: []byte(receipt("2026_045", "2026-03-04"))}
	c.letters = []handover.Letter{{ID: "7", Kind: kind, Transaction: "1"}}
	for range 2 {
		if _, err := l.carry(t, c); err != nil {
			t.Fatal(err)
		}
	}
	c.letters = nil
	return l, c
}

func answer(pieces ...string) actes.Answer {
	a := actes.Answer{File: actes.Annex{Name: "reponse.pdf", Content: []byte("%PDF réponse")}}
	for _, name := range pieces {
		a.Pieces = append(a.Pieces, actes.Annex{Name: name, Content: []byte("%PDF pièce")})
	}
	return a
}

// Each kind of letter takes the answers that @CTES knows, and says by when (L2131-6; CJA, R421-2).
func TestWhatMayBeReplied(t *testing.T) {
	refusing := answer()
	refusing.Refuse = true
	refusingWith := answer("plan.pdf")
	refusingWith.Refuse = true
	word := answer()
	word.File.Name = "reponse.docx"
	for _, test := range []struct {
		name    string
		kind    handover.LetterKind
		answer  actes.Answer
		article string
		by      authority.Day
	}{
		{"further documents are sent", handover.MorePieces, answer("plan.pdf"), "", "2026-05-10"},
		{"they are refused", handover.MorePieces, refusing, "", "2026-05-10"},
		{"a refusal with documents", handover.MorePieces, refusingWith, "@CTES, transaction 3", "2026-05-10"},
		{"a spreadsheet among them", handover.MorePieces, answer("tableau.xlsx"), "@CTES, annexes", "2026-05-10"},
		{"a letter of a word processor", handover.MorePieces, word, "@CTES, réponse", "2026-05-10"},
		{"observations are answered", handover.Observation, answer(), "", "2026-05-10"},
		{"observations with documents", handover.Observation, answer("plan.pdf"), "@CTES, transaction 3", "2026-05-10"},
		{"a plain letter is answered", handover.Courtesy, answer(), "", ""},
		{"a plain letter is not refused", handover.Courtesy, refusing, "@CTES, transaction 2", ""},
		{"before the court, not here", handover.Referral, answer(), "CGCT, art. L2131-6", ""},
	} {
		l, _ := written(t, test.kind)
		if by := l.filing(t, "d1").Letters[0].AnswerBy(); by != test.by {
			t.Errorf("%s: by %s", test.name, by)
		}
		err := l.Reply(context.Background(), "secretaire", "d1", "7", test.answer)
		if r := rule.Find(err); (r == nil) != (test.article == "") || r != nil && r.Article != test.article {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

func TestLetterIsAnswered(t *testing.T) {
	ctx := context.Background()
	l, c := written(t, handover.MorePieces)
	if n, err := l.Waiting(ctx); n != 1 || err != nil {
		t.Errorf("%d letters wait: %v", n, err)
	}
	if err := errors.Join(l.Reply(ctx, "secretaire", "d1", "7", answer("plan.pdf")), l.ReplyBack(ctx, "secretaire", "d1", "7"), l.Reply(ctx, "secretaire", "d1", "7", answer("plan.pdf", "devis.pdf"))); err != nil {
		t.Fatal(err)
	}
	for what, err := range map[string]error{"twice": l.Reply(ctx, "secretaire", "d1", "7", answer()), "elsewhere too": l.ReplyElsewhere(ctx, "secretaire", "d1", "7")} {
		if rule.Find(err) == nil {
			t.Errorf("answered %s: %v", what, err)
		}
	}
	c.reply = handover.ErrNotSent
	if _, err := l.carry(t, c); !errors.Is(err, handover.ErrNotSent) {
		t.Error(err)
	}
	c.reply = nil
	*l.now = l.now.Add(time.Hour)
	c.progress = handover.Progress{Stage: handover.Forwarded}
	for range 2 {
		if _, err := l.carry(t, c); err != nil {
			t.Fatal(err)
		}
	}
	f := l.filing(t, "d1")
	if got := f.Letters[0]; got.Reply.State != actes.ReplySent || !got.Answered() || len(c.replies) != 2 || len(c.replies[1].Annexes) != 2 || c.replies[1].Annexes[0].Type != "99_DE" || c.replies[1].Letter != "7" {
		t.Errorf("%+v %+v", got.Reply, c.replies)
	}
	if _, interrupted := f.ReferralEnd(); !interrupted {
		t.Error("the term runs although nobody has the documents")
	}
	if n, err := l.Waiting(ctx); n != 0 || err != nil {
		t.Errorf("%d letters wait still: %v", n, err)
	}
	c.progress = handover.Progress{Stage: handover.Answered}
	if _, err := l.carry(t, c); err != nil {
		t.Fatal(err)
	}
	f = l.filing(t, "d1")
	if end, interrupted := f.ReferralEnd(); f.Letters[0].Reply.State != actes.ReplyReceived || interrupted || end != "2026-05-11" {
		t.Errorf("%+v: %s %v", f.Letters[0].Reply, end, interrupted)
	}
}

// An answer whose fate is not known is never sent again by itself: a person says what became of it.
func TestReplyIsNeverSentTwice(t *testing.T) {
	ctx := context.Background()
	l, c := written(t, handover.Observation)
	if err := l.Reply(ctx, "secretaire", "d1", "7", answer()); err != nil {
		t.Fatal(err)
	}
	c.reply = handover.ErrUncertain
	if _, err := l.carry(t, c); !errors.Is(err, handover.ErrUncertain) {
		t.Error(err)
	}
	for range 3 {
		*l.now = l.now.Add(time.Hour)
		if _, err := l.carry(t, c); err != nil {
			t.Error(err)
		}
	}
	if r := l.filing(t, "d1").Letters[0].Reply; len(c.replies) != 1 || r.State != actes.ReplyPosting {
		t.Errorf("sent %d times, %+v", len(c.replies), r)
	}
	if err := l.ReplyElsewhere(ctx, "secretaire", "d1", "7"); err != nil {
		t.Error(err)
	}
	if !l.filing(t, "d1").Letters[0].Answered() {
		t.Error("what a person said is not kept")
	}
	l, c = written(t, handover.Observation)
	c.reply = &handover.Refusal{Words: "non"}
	if err := l.Reply(ctx, "secretaire", "d1", "7", answer()); err != nil {
		t.Fatal(err)
	}
	if _, err := l.carry(t, c); err != nil {
		t.Error(err)
	}
	if r := l.filing(t, "d1").Letters[0].Reply; r.State != actes.ReplyBounced || r.Words != "non" {
		t.Errorf("%+v", r)
	}
	if err := l.Reply(ctx, "secretaire", "d1", "7", answer()); err != nil {
		t.Errorf("after a refusal: %v", err)
	}
}

// Whatever is answered and whenever, an act is never taken in twice.
func TestNeverTwice(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		l, c := newLaptop(t), &third{}
		for range rapid.IntRange(2, 12).Draw(r, "steps") {
			c.progress = handover.Progress{Stage: handover.Received}
			switch rapid.SampledFrom([]string{"ask", "taken", "lost", "lost before", "not sent", "refused", "received", "rubbish", "later", "back"}).Draw(r, "what") {
			case "ask":
				if len(c.acts) == 0 { // a second asking is a person's own
					_ = l.ask(t, "d1", "2026_045")
				}
			case "taken":
				c.deposit, c.arrives = nil, false
			case "lost":
				c.deposit, c.arrives = handover.ErrUncertain, true
			case "lost before":
				c.deposit, c.arrives = handover.ErrUncertain, false
			case "not sent":
				c.deposit, c.arrives = handover.ErrNotSent, false
			case "refused":
				c.deposit, c.arrives = &handover.Refusal{Words: "non"}, false
			case "received":
				c.progress = handover.Progress{Stage: handover.Answered, Answer: []byte(receipt("2026_045", "2026-03-04"))}
			case "rubbish":
				c.progress = handover.Progress{Stage: handover.Answered, Answer: []byte("<html>")}
			case "later":
				*l.now = l.now.Add(time.Hour)
			case "back":
				_ = l.TakeBack(context.Background(), "secretaire", "d1")
			}
			_, _ = l.carry(t, c)
			if len(c.acts) > 1 {
				r.Fatalf("taken in %d times", len(c.acts))
			}
			if f, err := l.Filing(context.Background(), "d1"); err == nil && f.Effective() && f.Receipt.Number != f.Number {
				r.Fatalf("%+v", f)
			}
		}
	})
}

// A receipt that came another way is noted, if it is of that act.
func TestReceiptByHand(t *testing.T) {
	ctx := context.Background()
	l := newLaptop(t)
	note := func(a actes.Act, raw string) error {
		return l.NoteReceipt(ctx, "secretaire", "d1", "ar.xml", a, []byte(raw))
	}
	other := act()
	other.Date = "2026-03-03"
	for what, err := range map[string]error{
		"of another day": note(other, receipt("SITE_12", "2026-03-04")), "of tomorrow": note(act(), receipt("SITE_12", "2026-03-11")), "before its act": note(act(), receipt("SITE_12", "2026-03-01")),
	} {
		if rule.Find(err) == nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := note(act(), "<html>"); err == nil {
		t.Error("a page is a receipt")
	}
	if err := l.ask(t, "d1", "2026_045"); err != nil {
		t.Fatal(err)
	}
	if err := note(act(), receipt("AUTRE", "2026-03-04")); rule.Find(err) == nil {
		t.Errorf("of another number: %v", err)
	}
	if err := note(act(), receipt("2026_045", "2026-03-04")); err != nil {
		t.Fatal(err)
	}
	if f := l.filing(t, "d1"); f.State != actes.Received || !f.Effective() || f.Receipt.Date != "2026-03-04" {
		t.Errorf("%+v", f)
	}
	c := &third{}
	if done, err := l.carry(t, c); err != nil || done != (actes.Carried{}) || len(c.acts) != 0 {
		t.Errorf("it left still: %+v %v", done, err)
	}
	for what, err := range map[string]error{"twice": note(act(), receipt("2026_045", "2026-03-04")), "cancelled from here": l.Cancel(ctx, "secretaire", "d1")} {
		if rule.Find(err) == nil {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// An act that waited for a line under a matter that a new classification withdrew does not leave: it is told, and asked again.
func TestMatterIsWithdrawn(t *testing.T) {
	ctx := context.Background()
	l, c := newLaptop(t), &third{}
	if err := l.ask(t, "d1", "2026_045"); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Serve(ctx, "secretaire", []byte(served)); err != nil { // 7.5.2 is no more
		t.Fatal(err)
	}
	if _, err := l.carry(t, c); err != nil {
		t.Fatal(err)
	}
	f := l.filing(t, "d1")
	if len(c.acts) != 0 || f.State != actes.Bounced || !strings.Contains(f.Words, "7.5.2") {
		t.Errorf("it left: %v, %+v", c.acts, f)
	}
	a := f.Act
	a.Matter = "7.5"
	if err := l.Ask(ctx, "secretaire", "d1", a, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := l.carry(t, c); err != nil || len(c.acts) != 1 {
		t.Errorf("under the new matter: %v, %v", c.acts, err)
	}
}

func TestServedClassification(t *testing.T) {
	ctx := context.Background()
	l := newLaptop(t)
	if c, err := l.Classification(ctx); err != nil || !c.Model {
		t.Errorf("%v", err)
	}
	if _, err := l.Serve(ctx, "secretaire", []byte("<html>")); err == nil {
		t.Error("a page is a classification")
	}
	for range 2 {
		if _, err := l.Serve(ctx, "secretaire", []byte(served)); err != nil {
			t.Fatal(err)
		}
	}
	if c, err := l.Classification(ctx); err != nil || c.Model || c.Date != "2026-01-05" {
		t.Errorf("%+v %v", c, err)
	}
	if _, err := l.Serve(ctx, "secretaire", []byte(strings.Replace(served, "2026-01-05", "2020-01-05", 1))); rule.Find(err) == nil {
		t.Errorf("an older one: %v", err)
	}
	if err := l.ask(t, "d1", "A1"); rule.Find(err) == nil || !strings.Contains(err.Error(), "matière") {
		t.Errorf("a matter that the préfecture does not have: %v", err)
	}
}
