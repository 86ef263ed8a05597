package office_test

import (
	"archive/zip"
	"bytes"
	"context"
	"os/exec"
	"strings"
	"testing"
	"time"

	"alpi40.fr/airial/cmd/internal/demo"
	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/local/actes"
	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/publication"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/signature/testpki"
	"alpi40.fr/airial/local/signature/validation"
	"alpi40.fr/airial/local/typeset"
	"alpi40.fr/airial/sync/tdt/tdttest"
)

// deskWithThird is a town hall at work on one computer, with a third party on loopback.
func deskWithThird(t *testing.T) (*office.Hall, *tdttest.Simulator) {
	t.Helper()
	ctx := t.Context()
	_, h := townHall(t)
	if err := h.SetPerson(ctx, demo.Secretary); err != nil {
		t.Fatal(err)
	}
	s := startSimulator(t)
	settled(t, h, s)
	return h, s
}

// signed signs the present step of a folder in somebody's name, and notes it where it belongs.
func signed(t *testing.T, h *office.Hall, folder, person, name string) {
	t.Helper()
	ctx := t.Context()
	f, err := h.Folders.Folder(ctx, folder)
	if err != nil {
		t.Fatal(err)
	}
	results, err := h.Folders.Sign(ctx, person, parapheur.Lot{Folders: []parapheur.SeenFolder{{ID: folder, Seen: f.Seen()}}, Signer: testpki.New(t).Person(name, testpki.RSA(t, 2048)), Place: "Essai", Device: "pc"}, nil)
	if err == nil {
		err = results[0].Err
	}
	if err == nil {
		err = h.TakeSigned(ctx, person, folder)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func carried(t *testing.T, h *office.Hall) {
	t.Helper()
	if _, err := h.Carry(t.Context(), true); err != nil {
		t.Fatal(err)
	}
}

func folderOf(t *testing.T, h *office.Hall, id string) *parapheur.Folder {
	t.Helper()
	f, err := h.Folders.Folder(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// An order of a type that goes to the legality review: prepared while it waits for its signature,
// it leaves by itself once it is signed, and its receipt ends its folder and stands in its proofs.
func TestOrderLeavesForTheLegalityReview(t *testing.T) {
	ctx := t.Context()
	h, s := deskWithThird(t)
	route := parapheur.LegalityRoute()
	route[1].Auto = true
	kind, err := h.Folders.PutType(ctx, demo.Secretary, parapheur.FolderType{Name: "Arrêtés › Police", Kind: parapheur.Order, Route: route})
	if err != nil {
		t.Fatal(err)
	}
	printed, err := typeset.SigningSlip{Head: typeset.Head{Authority: typeset.Authority{Name: "Commune d’essai"}, Printed: time.Now()}, Folder: "Un arrêté"}.Typeset(ctx)
	if err != nil {
		t.Fatal(err)
	}
	pdf := printed.PDF
	id, err := h.Folders.Import(ctx, demo.Secretary, parapheur.Import{Title: "Circulation rue des Pins", Type: kind, Send: true,
		Files: []parapheur.File{{Name: "arrete.pdf", Content: pdf}, {Name: "plan.pdf", Content: pdf, Annex: true}}})
	if err != nil {
		t.Fatal(err)
	}
	all, err := h.LegalityActs(ctx)
	if err != nil || len(all) != 1 || all[0].ID != id || all[0].Signed || all[0].Deliberation || all[0].Act.Folder != id || len(all[0].Act.Annexes) != 1 {
		t.Fatalf("%+v %v", all, err)
	}
	a := all[0].Act
	a.Number, a.Matter = "2026_A12", "6.1"
	if err := h.AskLegality(ctx, demo.Secretary, id, a, nil); rule.Find(err) == nil || rule.Find(err).Article != "CRPA, art. L212-1" {
		t.Errorf("before its signature: %v", err)
	}
	annexes := []actes.Annex{{Type: "99_AU", Kept: &a.Annexes[0]}}
	if err := h.PrepareLegality(ctx, demo.Secretary, id, a, annexes); err != nil {
		t.Fatal(err)
	}
	if r, err := h.Review(ctx, id); err != nil || !r.Prepared || r.ID != id {
		t.Errorf("%+v %v", r, err)
	}
	carried(t, h)
	if taken, posts := s.Taken(); taken+posts != 0 {
		t.Fatalf("%d taken in %d posts before the signature", taken, posts)
	}
	signed(t, h, id, demo.Mayor, "Maïté FICTIVE")
	carried(t, h)
	carried(t, h)
	f := folderOf(t, h, id)
	if taken, posts := s.Taken(); taken != 1 || posts != 1 || f.State != parapheur.Done || f.Handovers[0].Proof == nil || f.Handovers[0].Person != demo.Mayor {
		t.Fatalf("%d taken in %d posts, %+v", taken, posts, f)
	}
	if filing, err := h.Legality.Filing(ctx, id); err != nil || filing.State != actes.Received || filing.Date != authority.DayOf(time.Now()) || len(filing.Annexes) != 1 {
		t.Errorf("%+v %v", filing, err)
	}
	slip, err := h.Folders.Slip(ctx, id, func(context.Context, []byte, []byte) (validation.Report, error) { return validation.Report{}, nil })
	if err != nil {
		t.Fatal(err)
	}
	if text := words(t, slip.PDF); !strings.Contains(text, "Reçu en") || !strings.Contains(text, f.Handovers[0].Receipt) {
		t.Errorf("the slip: %s", text)
	}
	bundle, err := h.Bundle(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(bundle), int64(len(bundle)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := z.Open("réponses/" + f.Handovers[0].Proof.Name); err != nil {
		t.Error(err)
	}
}

// words is the text of a PDF, as another program reads it.
func words(t *testing.T, pdf []byte) string {
	t.Helper()
	if _, err := exec.LookPath("pdftotext"); err != nil {
		t.Skip("pdftotext is not installed")
	}
	cmd := exec.Command("pdftotext", "-raw", "-", "-")
	cmd.Stdin = bytes.NewReader(pdf)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// A deliberation sent from the council takes the step that the authority's own type gives to its
// kind. The council knows it as signed before it is transmitted; its folder alone tells that it
// is to be; refused, it waits; received, its publication knows.
func TestDeliberationLeavesForTheLegalityReview(t *testing.T) {
	ctx := t.Context()
	h, s := deskWithThird(t)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err := h.Folders.PutType(ctx, demo.Secretary, parapheur.FolderType{Name: "Délibérations", Kind: parapheur.Deliberation, Route: parapheur.LegalityRoute()})
	must(err)
	id, number := voted(t, h)
	folder, err := h.SendDeliberation(ctx, demo.Secretary, id, func(context.Context, []byte) (int, string, error) { return 2, "", nil })
	must(err)
	signed(t, h, folder, demo.Mayor, "Maïté FICTIVE")
	if d, err := h.Council.Deliberation(ctx, id); err != nil || d.Status == council.StatusSigned {
		t.Errorf("signed by one of two: %+v %v", d, err)
	}
	signed(t, h, folder, demo.Deputy, "Ève EXEMPLE")
	if d, err := h.Council.Deliberation(ctx, id); err != nil || d.Status != council.StatusSigned {
		t.Errorf("%+v %v", d, err)
	}
	if f := folderOf(t, h, folder); !f.AtReview() {
		t.Fatalf("%+v", f)
	}
	if due, err := h.ToLegality(ctx); err != nil || len(due) != 0 {
		t.Errorf("told twice: %+v %v", due, err)
	}
	if err := h.SendPrepared(ctx, demo.Secretary, folder); rule.Find(err) == nil {
		t.Errorf("nobody said what is to be transmitted: %v", err)
	}
	known, err := h.LegalityAct(ctx, id)
	must(err)
	if known.Act.Folder != folder || !known.Signed || known.Number != number {
		t.Errorf("%+v", known)
	}
	known.Act.Matter = "7.5.1"
	s.Next(tdttest.Refuse)
	must(h.AskLegality(ctx, demo.Secretary, id, known.Act, nil))
	carried(t, h)
	if f := folderOf(t, h, folder); f.State != parapheur.Running || f.Handovers[0].State != parapheur.HandoverBounced {
		t.Errorf("%+v", f)
	}
	// Without a line it waits, and may be taken back.
	h.Sync.SetOnline(false)
	must(h.AskLegality(ctx, demo.Secretary, id, known.Act, nil))
	must(h.TakeBackLegality(ctx, demo.Secretary, folder))
	must(h.AskLegality(ctx, demo.Secretary, id, known.Act, nil))
	if f := folderOf(t, h, folder); f.Handovers[0].State != parapheur.HandoverAsked {
		t.Errorf("%+v", f)
	}
	h.Sync.SetOnline(true)
	carried(t, h)
	carried(t, h)
	f := folderOf(t, h, folder)
	if taken, posts := s.Taken(); taken != 1 || posts != 2 || f.State != parapheur.Done {
		t.Errorf("%d taken in %d posts, %+v", taken, posts, f)
	}
	board, err := h.Public.Board(ctx)
	must(err)
	if a, err := board.Act(publication.DeliberationID(id)); err != nil || a.Received != f.Handovers[0].Received {
		t.Errorf("%+v %v", a, err)
	}
}

// voted is a deliberation voted today, with its number.
func voted(t *testing.T, h *office.Hall) (id, number string) {
	t.Helper()
	ctx, c := t.Context(), h.Council
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	id, err := demo.Draft(ctx, c, time.Now())
	must(err)
	day := authority.DayOf(time.Now())
	sitting, err := c.Convene(ctx, demo.Secretary, council.Convene{At: time.Now(), Place: "à la mairie", Convened: day.Plus(-6), Posted: day.Plus(-6), Agenda: []string{id}})
	must(err)
	s, err := c.Sitting(ctx, sitting)
	must(err)
	for _, m := range s.Members {
		must(c.Call(ctx, demo.Secretary, sitting, m.ID, council.Attendance{Presence: council.Present}))
	}
	must(c.NameSecretary(ctx, demo.Secretary, sitting, demo.Deputy))
	_, err = c.Vote(ctx, demo.Secretary, sitting, council.Ballot{Deliberation: id, Manner: council.Ordinary, Choices: map[string]council.Choice{}}, "")
	must(err)
	must(c.Close(ctx, demo.Secretary, sitting))
	number, err = c.Finalise(ctx, demo.Secretary, id, sitting)
	must(err)
	return id, number
}
