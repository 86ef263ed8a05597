package parapheur_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"alpi40.fr/airial/local/actes"
	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/handover"
	"alpi40.fr/airial/local/journal/journaltest"
	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/pes/pestest"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/signature"
)

// reviewer is a laptop with its legality review, as the office joins them.
type reviewer struct {
	*laptop
	*actes.Review
	now *time.Time
}

func newReviewer(t testing.TB) *reviewer {
	t.Helper()
	now := time.Now()
	j := journaltest.Open(t, "pc", func() time.Time { return now }, rand.Reader, authority.Projections(), parapheur.Projections(), actes.Projections())
	l := &laptop{Desk: parapheur.New(j), j: j, db: j.Store()}
	l.people(t)
	return &reviewer{l, actes.New(j, l.FollowFiling), &now}
}

// counter is a third party that takes acts in, as a test wants it.
type counter struct {
	ready, deposit error
	arrives        bool // whatever deposit says
	acts           []string
	progress       handover.Progress
}

func (c *counter) Ready(context.Context) error { return c.ready }
func (c *counter) DepositAct(_ context.Context, a handover.Act) (string, error) {
	if c.deposit == nil || c.arrives {
		c.acts = append(c.acts, a.Number)
	}
	return fmt.Sprint(len(c.acts)), c.deposit
}
func (c *counter) FindAct(_ context.Context, number string) (string, error) {
	if i := slices.Index(c.acts, number); i >= 0 {
		return fmt.Sprint(i + 1), nil
	}
	return "", handover.ErrNotThere
}
func (c *counter) FollowAct(context.Context, string) (handover.Progress, error) {
	return c.progress, nil
}
func (c *counter) ReplyLetter(context.Context, handover.Reply) (string, error) { return "", nil }
func (c *counter) CancelAct(context.Context, string) (string, error)           { return "99", nil }
func (c *counter) Letters(context.Context) ([]handover.Letter, error)          { return nil, nil }
func (c *counter) Letter(context.Context, string) ([]byte, error)              { return nil, nil }
func (c *counter) ReadLetter(context.Context, string) error                    { return nil }
func (r *reviewer) pass(c *counter) error {
	_, err := r.Review.Carry(context.Background(), "secretaire", func(context.Context) (actes.Carrier, error) { return c, nil }, nil)
	return err
}

// aractes is the receipt of the order of these tests, decided on a day.
func aractes(number string, day authority.Day) []byte {
	return fmt.Appendf(nil, `<actes:ARActe xmlns:actes="http://www.interieur.gouv.fr/ACTES#v1.1-20040216" actes:IDActe="040-000000000-%s-AR" actes:DateReception="%s"><actes:ActeRecu actes:Date="%s" actes:NumeroInterne="%s" actes:CodeNatureActe="2"/></actes:ARActe>`,
		number, day, day, number)
}

// toReview brings a signed order to its step.
func (r *reviewer) toReview(t testing.TB, signer signature.Signer, auto bool) string {
	t.Helper()
	ctx := context.Background()
	route := parapheur.LegalityRoute()
	route[1].Auto = auto
	id, err := r.Import(ctx, "secretaire", parapheur.Import{Title: "Arrêté de circulation", Kind: parapheur.Order, Route: route, Send: true,
		Files: []parapheur.File{{Name: "arrete.pdf", Content: paper(t)}, {Name: "plan.pdf", Content: []byte("%PDF plan"), Annex: true}}})
	if err == nil {
		err = r.signNow(t, signer, id)
	}
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// act is what is transmitted of a folder.
func (r *reviewer) act(t testing.TB, id string) (actes.Act, []actes.Annex) {
	t.Helper()
	f := r.folder(t, id)
	doc, plan := f.Documents[0], f.Documents[1]
	return actes.Act{Nature: 2, Matter: "6.1", Number: "2026_A12", Subject: "Circulation rue des Pins", Date: authority.DayOf(*r.now), Folder: id,
			File: actes.File{Name: doc.Name, Digest: doc.Digest, Size: doc.Size, Type: "99_AR"}},
		[]actes.Annex{{Type: "99_AU", Kept: &actes.File{Name: plan.Name, Digest: plan.Digest, Size: plan.Size}}}
}

func (r *reviewer) ask(t testing.TB, actor, id string) error {
	t.Helper()
	a, annexes := r.act(t, id)
	return r.Ask(context.Background(), actor, id, a, annexes)
}

// The step of an act: asked for by whose turn it is, carried, refused once, received; the receipt
// ends it and stands in the folder; its cancellation is told there.
func TestActGoesToTheLegalityReview(t *testing.T) {
	ctx := context.Background()
	r, c := newReviewer(t), &counter{}
	id := r.toReview(t, newRSASigner(t, "AC d’essai"), false)
	if f := r.folder(t, id); !f.AtReview() || !f.Signed() || !f.Reviewable() {
		t.Fatalf("%+v", f)
	}
	if rows, err := r.List(ctx, "secretaire", parapheur.ToDo, 10); err != nil || len(rows) != 1 || rows[0].StepKind != parapheur.LegalityReview {
		t.Errorf("%+v %v", rows, err)
	}
	if err := r.Approve(ctx, "secretaire", id, "", r.seen(t, id)); rule.Find(err) == nil {
		t.Errorf("approved instead of transmitted: %v", err)
	}
	if err := r.HandOver(ctx, "secretaire", id, r.seen(t, id)); rule.Find(err) == nil {
		t.Errorf("an act went to Hélios: %v", err)
	}
	if err := r.ask(t, "adjoint", id); rule.Find(err) == nil {
		t.Errorf("a deputy transmitted for the secretary: %v", err)
	}
	if _, err := r.Filing(ctx, id); err == nil {
		t.Error("what the folder refuses was filed")
	}
	if err := r.ask(t, "secretaire", id); err != nil {
		t.Fatal(err)
	}
	if rows, err := r.List(ctx, "secretaire", parapheur.ToDo, 10); err != nil || len(rows) != 0 {
		t.Errorf("it still waits for the secretary: %+v %v", rows, err)
	}
	for what, do := range map[string]func() error{
		"refused":   func() error { return r.Refuse(ctx, "secretaire", id, "non") },
		"left out":  func() error { return r.LeaveOut(ctx, "secretaire", id, "non") },
		"withdrawn": func() error { return r.Withdraw(ctx, "secretaire", id) },
		// The folder's own entry would leave the filing to go.
		"handed back": func() error { return r.HandBack(ctx, "secretaire", id) },
	} {
		if err := do(); rule.Find(err) == nil {
			t.Errorf("%s while it is transmitted: %v", what, err)
		}
	}
	if err := r.Review.TakeBack(ctx, "adjoint", id); rule.Find(err) == nil {
		t.Errorf("a deputy took it back: %v", err)
	}
	if err := r.Review.TakeBack(ctx, "secretaire", id); err != nil {
		t.Fatal(err)
	}
	if f := r.folder(t, id); f.HandingOver() || f.Handovers[0].State != parapheur.HandoverCancelled {
		t.Errorf("%+v", f.Handovers)
	}
	if err := r.ask(t, "secretaire", id); err != nil {
		t.Fatal(err)
	}
	c.deposit = &handover.Refusal{Words: "Numéro déjà pris"}
	if err := r.pass(c); err != nil {
		t.Fatal(err)
	}
	if f := r.folder(t, id); f.State != parapheur.Running || f.Step != 1 || f.Handovers[0].State != parapheur.HandoverBounced || f.Handovers[0].Words != "Numéro déjà pris" {
		t.Fatalf("%+v", f)
	}
	c.deposit = nil
	if err := errors.Join(r.ask(t, "secretaire", id), r.pass(c)); err != nil {
		t.Fatal(err)
	}
	c.progress = handover.Progress{Stage: handover.Forwarded}
	for range 2 {
		if err := r.pass(c); err != nil {
			t.Fatal(err)
		}
	}
	if f := r.folder(t, id); f.Handovers[0].State != parapheur.HandoverForwarded || f.Handovers[0].Transaction != "1" {
		t.Errorf("%+v", f.Handovers)
	}
	raw := aractes("2026_A12", authority.DayOf(*r.now))
	c.progress = handover.Progress{Stage: handover.Answered, Answer: raw}
	if err := r.pass(c); err != nil {
		t.Fatal(err)
	}
	f := r.folder(t, id)
	h := f.Handovers[0]
	if f.State != parapheur.Done || h.State != parapheur.HandoverAcknowledged || h.Received != authority.DayOf(*r.now) || h.Receipt != "040-000000000-2026_A12-AR" {
		t.Fatalf("%+v", f)
	}
	if kept, err := r.db.Blobs().Read(h.Proof.Digest, 1<<20); err != nil || string(kept) != string(raw) {
		t.Errorf("the receipt: %q %v", kept, err)
	}
	if len(c.acts) != 1 {
		t.Errorf("taken in %d times", len(c.acts))
	}
	if events := f.History; f.Words(events[len(events)-1]) != "Reçu par le représentant de l’État" {
		t.Errorf("%+v", events)
	}
	if err := r.Cancel(ctx, "secretaire", id); err != nil {
		t.Fatal(err)
	}
	c.progress = handover.Progress{Stage: handover.Cancelled}
	for range 2 {
		if err := r.pass(c); err != nil {
			t.Fatal(err)
		}
	}
	if f := r.folder(t, id); f.State != parapheur.Done || f.Handovers[0].State != parapheur.HandoverUnfiled {
		t.Errorf("%+v", f.Handovers)
	}
	r.same(t)
}

// What is to be transmitted can be said before the signature; then it leaves by itself, where the
// step says so.
func TestPreparedActLeaves(t *testing.T) {
	ctx := context.Background()
	r := newReviewer(t)
	route := parapheur.LegalityRoute()
	route[1].Auto = true
	id, err := r.Import(ctx, "secretaire", parapheur.Import{Title: "Arrêté", Kind: parapheur.Order, Route: route, Send: true,
		Files: []parapheur.File{{Name: "arrete.pdf", Content: paper(t)}, {Name: "plan.pdf", Content: []byte("%PDF plan"), Annex: true}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.ask(t, "secretaire", id); rule.Find(err) == nil {
		t.Errorf("left without a signature: %v", err)
	}
	a, annexes := r.act(t, id)
	a.Date = "" // not known yet
	wrong := a
	wrong.Matter = "99.9"
	if err := r.Prepare(ctx, "secretaire", id, wrong, annexes); rule.Find(err) == nil || rule.Find(err).Article != "@CTES, matière" {
		t.Errorf("a matter that is none: %v", err)
	}
	if err := r.Prepare(ctx, "secretaire", id, a, annexes); err != nil {
		t.Fatal(err)
	}
	if f, err := r.Filing(ctx, id); err != nil || f.State != actes.Prepared || f.Annexes[0].Type != "99_AU" || f.File.Size != 0 {
		t.Errorf("%+v %v", f, err)
	}
	if due, err := r.ToReview(ctx); err != nil || len(due) != 0 {
		t.Errorf("due before its signature: %+v %v", due, err)
	}
	if err := r.signNow(t, newRSASigner(t, "AC d’essai"), id); err != nil {
		t.Fatal(err)
	}
	due, err := r.ToReview(ctx)
	if err != nil || len(due) != 1 || due[0].LastActor() != "maire" {
		t.Fatalf("%+v %v", due, err)
	}
	// The mayor signed; the step, of the secretary, lets it leave by itself in her name.
	if err := r.ask(t, "maire", id); err != nil {
		t.Fatal(err)
	}
	if due, err := r.ToReview(ctx); err != nil || len(due) != 0 {
		t.Errorf("due twice: %+v %v", due, err)
	}
	r.same(t)
}

func TestActReceivedAnotherWay(t *testing.T) {
	ctx := context.Background()
	r := newReviewer(t)
	id := r.toReview(t, newRSASigner(t, "AC d’essai"), false)
	a, _ := r.act(t, id)
	if err := r.NoteReceipt(ctx, "secretaire", id, "accuse.xml", a, aractes("2026_A12", a.Date)); err != nil {
		t.Fatal(err)
	}
	f := r.folder(t, id)
	if f.State != parapheur.Done || len(f.Handovers) != 1 || f.Handovers[0].Proof.Name != "accuse.xml" || !f.Handovers[0].Act {
		t.Errorf("%+v", f)
	}
	left := r.toReview(t, newRSASigner(t, "AC d’essai"), false)
	if err := r.LeaveOut(ctx, "secretaire", left, " "); rule.Find(err) == nil {
		t.Errorf("left out without a reason: %v", err)
	}
	if err := r.LeaveOut(ctx, "secretaire", left, "Non soumis à transmission"); err != nil {
		t.Fatal(err)
	}
	if f := r.folder(t, left); f.State != parapheur.Done || f.LeftOut() != "Non soumis à transmission" || !strings.HasPrefix(f.Words(f.History[len(f.History)-1]), "Acte non transmis") {
		t.Errorf("%+v", f)
	}
	r.same(t)
}

func TestRoutesToTheLegalityReview(t *testing.T) {
	ctx := context.Background()
	r := newReviewer(t)
	review := parapheur.LegalityRoute()
	pdf := parapheur.File{Name: "acte.pdf", Content: paper(t)}
	for _, test := range []struct {
		article string
		kind    parapheur.Kind
		route   []parapheur.Step
		file    parapheur.File
	}{
		{"CGCT, art. L2131-2", parapheur.Letter, review, pdf},
		{"CGCT, art. L2131-2", parapheur.Accounting, review, parapheur.File{Name: "flux.xml", Content: pestest.Example}},
		{"CRPA, art. L212-1", parapheur.Order, review[1:], pdf},
		{"", parapheur.Order, []parapheur.Step{review[0], review[1], review[0]}, pdf}, // signed after it left
		{"", parapheur.Order, []parapheur.Step{review[0], review[1], review[1]}, pdf}, // twice
		{"@CTES, acte", parapheur.Order, review, parapheur.File{Name: "arrete.odt", Content: []byte("PK\x03\x04")}},
	} {
		_, err := r.Import(ctx, "secretaire", parapheur.Import{Title: "Essai", Kind: test.kind, Route: test.route, Files: []parapheur.File{test.file}, Send: true})
		if found := rule.Find(err); found == nil || found.Article != test.article {
			t.Errorf("%s on %d steps: %v", test.kind, len(test.route), err)
		}
	}
	for _, kind := range []parapheur.Kind{parapheur.Order, parapheur.Deliberation, parapheur.Procurement} {
		if _, err := r.Import(ctx, "secretaire", parapheur.Import{Title: "Essai", Kind: kind, Route: review, Files: []parapheur.File{pdf}, Send: true}); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
	}
	_, err := r.PutType(ctx, "maire", parapheur.FolderType{Name: "Courriers", Kind: parapheur.Letter, Route: review})
	if found := rule.Find(err); found == nil || found.Article != "CGCT, art. L2131-2" {
		t.Errorf("a type of letters: %v", err)
	}
}

// Whatever the third party answers and people do, an act is never taken in twice, its folder ends
// only once it is received or left out, and the folder and the filing say the same.
func TestActNeverTwice(t *testing.T) {
	signer := newRSASigner(t, "AC d’essai")
	said := map[actes.State]parapheur.HandoverState{actes.Asked: parapheur.HandoverAsked, actes.Posting: parapheur.HandoverPosting, actes.Deposited: parapheur.HandoverDeposited,
		actes.Forwarded: parapheur.HandoverForwarded, actes.Bounced: parapheur.HandoverBounced, actes.Received: parapheur.HandoverAcknowledged, actes.TakenBack: parapheur.HandoverCancelled}
	ctx, r, n := context.Background(), newReviewer(t), 0
	began := *r.now
	rapid.Check(t, func(rt *rapid.T) {
		*r.now = began
		c := &counter{}
		id := r.toReview(t, signer, false)
		a, annexes := r.act(t, id)
		n++
		a.Number = fmt.Sprintf("2026_%d", n)
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			c.ready, c.deposit, c.arrives, c.progress = nil, nil, false, handover.Progress{Stage: handover.Received}
			switch rapid.SampledFrom([]string{"offline", "lost", "lost on the way", "not sent", "refused", "taken", "forwarded", "failed", "received", "rubbish", "click", "click", "back", "left out", "refuse", "by hand", "later"}).Draw(rt, "what") {
			case "offline":
				c.ready = handover.ErrNotSent
			case "lost":
				c.deposit, c.arrives = handover.ErrUncertain, true
			case "lost on the way":
				c.deposit = handover.ErrUncertain
			case "not sent":
				c.deposit = handover.ErrNotSent
			case "refused":
				c.deposit = &handover.Refusal{Words: "non"}
			case "forwarded":
				c.progress.Stage = handover.Forwarded
			case "failed":
				c.progress = handover.Progress{Stage: handover.Failed, Words: "virus"}
				c.acts = nil // given up there: it may be posted again
			case "received":
				c.progress = handover.Progress{Stage: handover.Answered, Answer: aractes(a.Number, a.Date)}
			case "rubbish":
				c.progress = handover.Progress{Stage: handover.Answered, Answer: []byte("<html>")}
			case "click":
				_ = r.Ask(ctx, "secretaire", id, a, annexes)
			case "back":
				_ = r.Review.TakeBack(ctx, "secretaire", id)
			case "left out":
				_ = r.LeaveOut(ctx, "secretaire", id, "sans objet")
			case "refuse":
				_ = r.Refuse(ctx, "secretaire", id, "à refaire")
			case "by hand":
				_ = r.NoteReceipt(ctx, "secretaire", id, "accuse.xml", a, aractes(a.Number, a.Date))
			case "later":
				*r.now = r.now.Add(20 * time.Minute)
			}
			_ = r.pass(c)
			// Acts of former draws may leave as well.
			if ours := slices.DeleteFunc(slices.Clone(c.acts), func(number string) bool { return number != a.Number }); len(ours) > 1 {
				rt.Fatalf("taken in %d times", len(ours))
			}
			f := r.folder(t, id)
			filing, err := r.Filing(ctx, id)
			received := err == nil && filing.State == actes.Received
			if done := f.State == parapheur.Done; done != (received && f.State != parapheur.Refused || f.LeftOut() != "") {
				rt.Fatalf("folder %s, filing %+v", f.State, filing)
			}
			if err == nil && f.State == parapheur.Running && f.Handovers[0].State != said[filing.State] {
				rt.Fatalf("folder %s, filing %s", f.Handovers[0].State, filing.State)
			}
		}
	})
}
