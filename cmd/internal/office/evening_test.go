package office_test

import (
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"alpi40.fr/airial/cmd/internal/demo"
	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/local/actes"
	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/handover"
	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/publication"
	"alpi40.fr/airial/local/registers"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/sync/timestamp/testauthority"
)

// An evening through the modules, at one desk: an amended text, a nomination in secret, both signed in one lot each by the
// mayor and the secretary of the sitting; the registers know what publishing did, the start page what is left. With
// AIRIAL_TEST_SHOTS the papers are kept, to be looked at.
func TestAnEveningAtTheDesk(t *testing.T) {
	ctx := t.Context()
	_, h := townHall(t)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(h.SetPerson(ctx, demo.Secretary))
	settled(t, h, startSimulator(t))
	c, today := h.Council, authority.DayOf(time.Now())
	grant, err := demo.Draft(ctx, c, time.Now())
	must(err)
	named, err := c.Draft(ctx, demo.Secretary, "representant")
	must(err)
	sitting, err := c.Convene(ctx, demo.Secretary, council.Convene{At: time.Now(), Place: "à la mairie", Convened: today.Plus(-6), Posted: today.Plus(-6), Agenda: []string{grant, named},
		Points: map[string]council.Point{grant: {Reporter: demo.Deputy, Opinions: []council.Opinion{{Commission: "finances", Words: "favorable"}}}}})
	must(err)
	s, err := c.Sitting(ctx, sitting)
	must(err)
	for i, m := range s.Members {
		if i < 10 {
			must(c.Record(ctx, demo.Secretary, sitting, council.RollCall{Member: m.ID, Attendance: council.Attendance{Presence: council.Present}}))
		}
	}
	record := func(a council.Act) { t.Helper(); must(c.Record(ctx, demo.Secretary, sitting, a)) }
	record(council.NameSecretary{Member: demo.Deputy})
	record(council.OpenPoint{Point: grant})
	record(council.Amend{Amendment: council.Amendment{Point: grant, Author: s.Members[4].ID, Text: "1 000 euros au lieu de 1 200"}})
	s, err = c.Sitting(ctx, sitting)
	must(err)
	record(council.Cast{Ballot: council.Ballot{Deliberation: grant, Amendment: s.Amendments[0].ID, Manner: council.Ordinary}})
	record(council.Cast{Ballot: council.Ballot{Deliberation: grant, Manner: council.Public, AskedPublic: 3, Choices: map[string]council.Choice{s.Members[5].ID: council.Against}}})
	record(council.OpenPoint{Point: named})
	record(council.HoldRound{Point: named, Candidates: []council.Candidate{{ID: s.Members[6].ID, Name: s.Members[6].Name, Votes: 6}, {ID: s.Members[5].ID, Name: s.Members[5].Name, Votes: 3}}, Blank: 1})
	d, err := c.Deliberation(ctx, grant)
	must(err)
	for i := range d.Text.Variables {
		if d.Text.Variables[i].Name == "montant" {
			d.Text.Variables[i].Value = "1 000 €"
		}
	}
	must(c.Carry(ctx, demo.Secretary, sitting, s.Amendments[0].ID, d.Edition, grant, d.Text))
	d, err = c.Deliberation(ctx, named)
	must(err)
	for i := range d.Text.Variables {
		d.Text.Variables[i].Value = map[string]string{"organisme": "l’Association imaginaire des Pins"}[d.Text.Variables[i].Name]
		if d.Text.Variables[i].Value == "" {
			d.Text.Variables[i].Value = s.Members[6].Name
		}
	}
	must(c.Save(ctx, demo.Secretary, named, d.Edition, d.Text))
	for _, id := range []string{grant, named} {
		_, err := c.Finalise(ctx, demo.Secretary, id, sitting)
		must(err)
	}
	must(c.Close(ctx, demo.Secretary, sitting))
	sent, err := h.SendSitting(ctx, demo.Secretary, sitting, counted, nil)
	if err != nil || sent != 2 {
		t.Fatalf("%d sent: %v", sent, err)
	}
	signAll(t, h, demo.Mayor, "Maïté FICTIVE")
	signAll(t, h, demo.Deputy, "Ève EXEMPLE")

	due, err := h.ToLegality(ctx)
	if err != nil || len(due) != 2 || due[0].Letter || due[0].Refused || due[0].Subject == "" {
		t.Errorf("what is to be transmitted: %+v, %v", due, err)
	}
	if err := h.Registers.Note(ctx, demo.Secretary, sitting, registers.ListOnline, today); rule.Find(err) == nil {
		t.Errorf("the day of the list is kept twice: %v", err)
	}
	must(h.Public.Publish(ctx, demo.Secretary, publication.ListID(sitting)))
	rec, err := h.Registers.Record(ctx, sitting)
	if err != nil || rec.Formalities[registers.ListOnline] != today {
		t.Errorf("L2121-25: the registers do not know that the list is online: %+v, %v", rec.Formalities, err)
	}
	must(h.Store.View(ctx, func(tx *store.Tx) error {
		hits, err := tx.Search("Association imaginaire", "", 20)
		kinds := map[string]bool{}
		for _, x := range hits {
			kinds[x.Kind] = true
		}
		if !kinds["deliberation"] {
			t.Errorf("found: %v", kinds)
		}
		return err
	}))
	papers(t, h, sitting, grant, named)
}

// An order is transmitted as a deliberation is; the préfecture asks for a document, and is answered.
func TestOrderIsTransmittedAndItsLetterAnswered(t *testing.T) {
	ctx := t.Context()
	_, h := townHall(t)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(h.SetPerson(ctx, demo.Secretary))
	simulator := startSimulator(t)
	settled(t, h, simulator)
	_, err := h.FetchClassification(ctx)
	must(err)
	id, err := h.Registers.DraftOrder(ctx, demo.Secretary, council.SeriesOrder, "")
	must(err)
	order, err := h.Registers.Order(ctx, id)
	must(err)
	text := order.Text
	text.Blocks = []council.Block{{Kind: council.BlockTitle, Text: "Fermeture de l’aire de jeux"}, {Kind: council.BlockArticle, Text: "L’aire de jeux est fermée."}}
	must(h.Registers.SaveOrder(ctx, demo.Secretary, id, order.Edition, text))
	_, err = h.Registers.Number(ctx, demo.Secretary, id, demo.Mayor)
	must(err)
	form, err := h.LegalityAct(ctx, id)
	if err != nil || form.Signed || !form.Order || form.Act.Nature != actes.Regulation {
		t.Fatalf("%+v, %v", form, err)
	}
	form.Act.Matter = "7.5"
	if err := h.AskLegality(ctx, demo.Secretary, id, form.Act, nil); rule.Find(err) == nil || rule.Find(err).Article != "CGCT, art. L2131-2" {
		t.Errorf("transmitted before being signed: %v", err)
	}
	_, err = h.SendOrder(ctx, demo.Secretary, id, counted)
	must(err)
	signSome(t, h, demo.Mayor, "Maïté FICTIVE", 1)
	form, err = h.LegalityAct(ctx, id)
	must(err)
	if !form.Signed || form.Act.File.Type != "99_AR" || !strings.Contains(form.FileName, "-AR-1-1_1.pdf") {
		t.Errorf("%+v", form)
	}
	form.Act.Matter = "7.5"
	must(h.AskLegality(ctx, demo.Secretary, id, form.Act, nil))
	if _, _, _, err := h.Received(ctx, id); !errors.Is(err, office.ErrNotReceived) {
		t.Errorf("a copy bears a reception that never was: %v", err)
	}
	carry := func() { t.Helper(); _, err := h.Carry(ctx, true); must(err) }
	carry()
	carry()
	must(h.Registers.MakeKnown(ctx, demo.Secretary, id, authority.DayOf(time.Now())))
	if form, err = h.LegalityAct(ctx, id); err != nil || !form.Filing.Effective() || form.Effect.Executory != authority.DayOf(time.Now()) {
		t.Fatalf("%+v, %v", form, err)
	}
	simulator.Write(form.Filing.Number, handover.MorePieces, "Veuillez transmettre le plan.")
	carry()
	due, err := h.ToLegality(ctx)
	if err != nil || len(due) != 1 || !due[0].Letter || due[0].ID != id {
		t.Errorf("%+v, %v", due, err)
	}
	form, err = h.LegalityAct(ctx, id)
	must(err)
	letter := form.Filing.Letters[0]
	must(h.Legality.Reply(ctx, demo.Secretary, id, letter.ID, actes.Answer{File: actes.Annex{Name: "reponse.pdf", Content: []byte("%PDF-1.7 réponse")}, Pieces: []actes.Annex{{Name: "plan.pdf", Content: []byte("%PDF-1.7 plan")}}}))
	carry()
	carry()
	form, err = h.LegalityAct(ctx, id)
	must(err)
	if all := simulator.Answers(); len(all) != 1 || all[0].Pieces != 1 || form.Filing.Letters[0].Reply.State != actes.ReplyReceived {
		t.Errorf("%+v %+v", all, form.Filing.Letters[0].Reply)
	}
	if due, err = h.ToLegality(ctx); err != nil || len(due) != 0 {
		t.Errorf("answered, and still told of: %+v, %v", due, err)
	}
}

// signAll signs the two folders that wait for somebody, with a key of her own.
func signAll(t *testing.T, h *office.Hall, person, name string) {
	t.Helper()
	signSome(t, h, person, name, 2)
}

func signSome(t *testing.T, h *office.Hall, person, name string, want int) {
	t.Helper()
	ctx := t.Context()
	a, err := testauthority.Start(ctx, testauthority.Options{Now: time.Now, Rand: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	chain, err := a.Issue(private.Public(), name)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := h.Folders.List(ctx, person, parapheur.ToDo, 20)
	if err != nil || len(rows) != want {
		t.Fatalf("%d wait for %s: %v", len(rows), name, err)
	}
	var lot []parapheur.SeenFolder
	for _, r := range rows {
		f, err := h.Folders.Folder(ctx, r.ID)
		if err != nil {
			t.Fatal(err)
		}
		lot = append(lot, parapheur.SeenFolder{ID: r.ID, Seen: f.Seen()})
	}
	results, err := h.Folders.Sign(ctx, person, parapheur.Lot{Folders: lot, Signer: key{private, chain}, Place: "Saint-Airial-des-Pins", Device: "pc"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		if r.Err != nil {
			t.Fatal(r.Err)
		}
		if err := h.TakeSigned(ctx, person, r.ID); err != nil {
			t.Fatal(err)
		}
	}
}

// papers prints all papers of a sitting, and keeps them where one asks for it.
func papers(t *testing.T, h *office.Hall, sitting string, deliberations ...string) {
	t.Helper()
	ctx := t.Context()
	made := map[string][]byte{}
	for _, p := range []registers.Paper{registers.PaperSummons, registers.PaperPoster, registers.PaperList, registers.PaperMinutes, registers.PaperSheets, registers.PaperCertificate} {
		d, err := h.Registers.Print(ctx, sitting, p)
		if err != nil {
			t.Fatalf("%s: %v", p, err)
		}
		made[string(p)] = d.PDF
	}
	for _, id := range deliberations {
		d, err := h.Council.Deliberation(ctx, id)
		if err != nil || d.Signed == nil {
			t.Fatalf("%s is not signed: %v", id, err)
		}
		if made["signed-"+d.Number], err = h.Store.Blobs().Read(*d.Signed, 1<<24); err != nil {
			t.Fatal(err)
		}
	}
	dir := os.Getenv("AIRIAL_TEST_SHOTS")
	if dir == "" {
		return
	}
	for name, pdf := range made {
		if err := os.WriteFile(filepath.Join(dir, name+".pdf"), pdf, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
