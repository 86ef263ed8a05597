package parapheur_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/handover"
	"alpi40.fr/airial/local/journal/journaltest"
	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/pes/pestest"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/signature"
	"alpi40.fr/airial/local/store"
)

// accepted is an answer of Hélios in which nothing is rejected.
func accepted() []byte {
	return bytes.ReplaceAll(pestest.Receipt, []byte(`<EtatAck V="0"`), []byte(`<EtatAck V="1"`))
}

// third is a third party as a test wants it: it answers what it is told to, and counts what
// it was given. The real one stands in sync/tdt.
type third struct {
	ready    error
	deposit  []error // of each deposit in turn; nil and beyond the end: taken
	posted   [][]byte
	asked    int
	progress handover.Progress
	follow   error
}

func (t *third) Ready(context.Context) error { return t.ready }

func (t *third) DepositFlow(_ context.Context, _ string, content []byte) (string, error) {
	n := len(t.posted) + t.asked
	if n < len(t.deposit) && t.deposit[n] != nil {
		if !errors.Is(t.deposit[n], handover.ErrUncertain) {
			t.asked++
			return "", t.deposit[n]
		}
		t.posted = append(t.posted, content) // it arrived, and the answer was lost
		return "", t.deposit[n]
	}
	t.posted = append(t.posted, content)
	return fmt.Sprint(len(t.posted)), nil
}

func (t *third) ResumeFlow(_ context.Context, _ string, content []byte) (string, error) {
	t.asked++
	if slices.ContainsFunc(t.posted, func(p []byte) bool { return bytes.Equal(p, content) }) {
		return "", handover.ErrDuplicate
	}
	t.posted = append(t.posted, content)
	return fmt.Sprint(len(t.posted)), nil
}

func (t *third) FollowFlow(context.Context, string) (handover.Progress, error) {
	return t.progress, t.follow
}

// clocked is a laptop whose clock the test moves.
func clocked(t testing.TB, name string) (*laptop, *time.Time) {
	t.Helper()
	now := time.Now()
	j := journaltest.Open(t, name, func() time.Time { return now }, rand.Reader, authority.Projections(), parapheur.Projections())
	l := &laptop{Desk: parapheur.New(j), j: j, db: j.Store()}
	l.people(t)
	return l, &now
}

func (l *laptop) carry(c parapheur.Carrier) (parapheur.Carried, error) {
	return l.Carry(context.Background(), "secretaire", func(context.Context) (parapheur.Carrier, error) { return c, nil }, nil)
}

// toTransmit brings a signed flow to its step of transmission.
func (l *laptop) toTransmit(t testing.TB, signer signature.Signer, auto bool) string {
	t.Helper()
	ctx := context.Background()
	route := parapheur.AccountingRoute()
	route[1].Auto = auto
	id, err := l.Import(ctx, "secretaire", parapheur.Import{Title: "Mandats", Kind: parapheur.Accounting, Route: route, Files: []parapheur.File{{Name: "flux.xml", Content: pestest.Example}}})
	if err == nil {
		err = l.Send(ctx, "secretaire", id)
	}
	if err == nil {
		err = l.signNow(t, signer, id)
	}
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestTransmissionGoesItsWay(t *testing.T) {
	ctx := context.Background()
	l, now := clocked(t, "pc")
	id := l.toTransmit(t, newRSASigner(t, "AC d’essai"), false)
	c := &third{}
	if done, err := l.carry(c); err != nil || done.Left != 0 || len(c.posted) != 0 {
		t.Fatalf("left without being asked: %+v %v", done, err)
	}
	if err := l.Approve(ctx, "secretaire", id, "", l.seen(t, id)); rule.Find(err) == nil {
		t.Errorf("approved instead of transmitted: %v", err)
	}
	if err := l.HandOver(ctx, "adjoint", id, l.seen(t, id)); rule.Find(err) == nil {
		t.Errorf("a deputy transmitted for the secretary: %v", err)
	}
	if err := l.HandOver(ctx, "secretaire", id, []store.Digest{{}}); rule.Find(err) == nil {
		t.Errorf("what was not seen was transmitted: %v", err)
	}
	if err := l.HandOver(ctx, "secretaire", id, l.seen(t, id)); err != nil {
		t.Fatal(err)
	}
	// Without a line it waits, and nobody acts on it meanwhile.
	c.ready = handover.ErrNotSent
	if _, err := l.carry(c); !errors.Is(err, handover.ErrNotSent) {
		t.Errorf("%v", err)
	}
	f := l.folder(t, id)
	if f.Handovers[0].State != parapheur.HandoverAsked || len(c.posted) != 0 {
		t.Errorf("%+v", f.Handovers)
	}
	for what, do := range map[string]func() error{
		"refused":         func() error { return l.Refuse(ctx, "secretaire", id, "non") },
		"sent back":       func() error { return l.SendBack(ctx, "secretaire", id, "non") },
		"withdrawn":       func() error { return l.Withdraw(ctx, "secretaire", id) },
		"handed twice":    func() error { return l.HandOver(ctx, "secretaire", id, l.seen(t, id)) },
		"taken back":      func() error { return l.TakeBack(ctx, "maire", id) },
		"given to others": func() error { return l.Reassign(ctx, "secretaire", id, "adjoint", "") },
	} {
		if err := do(); rule.Find(err) == nil {
			t.Errorf("%s while it is transmitted: %v", what, err)
		}
	}
	if rows, err := l.List(ctx, "secretaire", parapheur.ToDo, 10); err != nil || len(rows) != 0 {
		t.Errorf("it still waits for the secretary: %+v %v", rows, err)
	}
	if rows, err := l.List(ctx, "secretaire", parapheur.Waiting, 10); err != nil || len(rows) != 1 || rows[0].Handover != parapheur.HandoverAsked {
		t.Errorf("%+v %v", rows, err)
	}
	// The line is back.
	c.ready = nil
	if done, err := l.carry(c); err != nil || done.Left != 1 || len(c.posted) != 1 {
		t.Fatalf("%+v %v", done, err)
	}
	if err := l.HandBack(ctx, "secretaire", id); rule.Find(err) == nil {
		t.Errorf("what has left was taken back: %v", err)
	}
	c.progress = handover.Progress{Stage: handover.Forwarded}
	for range 3 {
		if _, err := l.carry(c); err != nil {
			t.Fatal(err)
		}
	}
	if f = l.folder(t, id); f.Handovers[0].State != parapheur.HandoverForwarded || f.Handovers[0].Transaction != "1" || count(f, parapheur.KindForwarded) != 1 {
		t.Errorf("%+v %+v", f.Handovers, f.History)
	}
	// An answer about another flow is noted nowhere.
	other := bytes.ReplaceAll(bytes.ReplaceAll(accepted(), []byte("PESALR2_EXEMPLE_0001"), []byte("PESALR2_AUTRE")), []byte(`<IdColl V="`), []byte(`<IdColl V="9`))
	c.progress = handover.Progress{Stage: handover.Answered, Answer: other}
	if _, err := l.carry(c); !errors.Is(err, handover.ErrOther) {
		t.Errorf("another flow's answer: %v", err)
	}
	if f = l.folder(t, id); f.State != parapheur.Running || len(f.Receipts) != 0 {
		t.Errorf("%+v", f)
	}
	c.progress.Answer = accepted()
	*now = now.Add(time.Hour)
	if done, err := l.carry(c); err != nil || done.Answered != 1 {
		t.Fatalf("%+v %v", done, err)
	}
	if f = l.folder(t, id); f.State != parapheur.Done || f.Handovers[0].State != parapheur.HandoverAcknowledged || !f.Receipts[0].Accepted {
		t.Errorf("%+v", f)
	}
	if done, err := l.carry(c); err != nil || done != (parapheur.Carried{}) || len(c.posted) != 1 {
		t.Errorf("%+v %v, %d posted", done, err, len(c.posted))
	}
	l.same(t)
}

func count(f *parapheur.Folder, kind string) (n int) {
	for _, e := range f.History {
		if e.Kind == kind {
			n++
		}
	}
	return n
}

func TestRefusedTransmissionAdvancesNothing(t *testing.T) {
	ctx := context.Background()
	l, _ := clocked(t, "pc")
	id := l.toTransmit(t, newRSASigner(t, "AC d’essai"), false)
	hand := func() {
		t.Helper()
		if err := l.HandOver(ctx, "secretaire", id, l.seen(t, id)); err != nil {
			t.Fatal(err)
		}
	}
	hand()
	c := &third{deposit: []error{&handover.Refusal{Words: "Signature non reconnue"}}}
	if _, err := l.carry(c); err != nil {
		t.Fatal(err)
	}
	f := l.folder(t, id)
	if f.State != parapheur.Running || f.Step != 1 || f.Handovers[0].State != parapheur.HandoverBounced || f.Handovers[0].Words != "Signature non reconnue" {
		t.Fatalf("%+v", f)
	}
	if rows, err := l.List(ctx, "secretaire", parapheur.ToDo, 10); err != nil || len(rows) != 1 || rows[0].Handover != parapheur.HandoverBounced {
		t.Errorf("the secretary is not told: %+v %v", rows, err)
	}
	// Asked again, taken, and rejected by Hélios: it stays there, with the answer.
	hand()
	if _, err := l.carry(c); err != nil {
		t.Fatal(err)
	}
	c.progress = handover.Progress{Stage: handover.Answered, Answer: pestest.Receipt}
	if _, err := l.carry(c); err != nil {
		t.Fatal(err)
	}
	if f = l.folder(t, id); f.State != parapheur.Running || !f.Handovers[0].Rejected || len(f.Receipts) != 1 || f.Receipts[0].Accepted {
		t.Fatalf("%+v", f)
	}
	if err := l.HandOver(ctx, "secretaire", id, l.seen(t, id)); rule.Find(err) == nil {
		t.Errorf("what Hélios rejected was transmitted again: %v", err)
	}
	if err := l.Refuse(ctx, "secretaire", id, "Mandat 103 déjà transmis"); err != nil {
		t.Error(err)
	}
	l.same(t)
}

// An answer noted by hand closes the step as the third party's own does.
func TestReceiptByHandEndsTheTransmission(t *testing.T) {
	ctx := context.Background()
	l, _ := clocked(t, "pc")
	id := l.toTransmit(t, newRSASigner(t, "AC d’essai"), false)
	if err := l.NoteReceipt(ctx, "secretaire", id, "acquit.xml", accepted()); err != nil {
		t.Fatal(err)
	}
	if f := l.folder(t, id); f.State != parapheur.Done {
		t.Errorf("%+v", f)
	}
}

func TestTransmissionLeavesByItself(t *testing.T) {
	l, _ := clocked(t, "pc")
	id := l.toTransmit(t, newRSASigner(t, "AC d’essai"), true)
	c := &third{}
	if done, err := l.carry(c); err != nil || done.Left != 1 || len(c.posted) != 1 {
		t.Fatalf("%+v %v", done, err)
	}
	f := l.folder(t, id)
	if h := f.Handovers[0]; h.Person != "maire" || h.State != parapheur.HandoverDeposited {
		t.Errorf("%+v", h)
	}
	// Once refused, it does not leave again by itself.
	c.progress = handover.Progress{Stage: handover.Failed, Words: "virus"}
	for range 3 {
		if _, err := l.carry(c); err != nil {
			t.Fatal(err)
		}
	}
	if f = l.folder(t, id); len(c.posted) != 1 || f.Handovers[0].State != parapheur.HandoverBounced || f.Handovers[0].Words != "virus" {
		t.Errorf("%d posted, %+v", len(c.posted), f.Handovers)
	}
}

func TestLostAnswerIsAskedAbout(t *testing.T) {
	ctx := context.Background()
	l, now := clocked(t, "pc")
	id := l.toTransmit(t, newRSASigner(t, "AC d’essai"), false)
	if err := l.HandOver(ctx, "secretaire", id, l.seen(t, id)); err != nil {
		t.Fatal(err)
	}
	c := &third{deposit: []error{handover.ErrUncertain}}
	if _, err := l.carry(c); !errors.Is(err, handover.ErrUncertain) {
		t.Fatal(err)
	}
	// At once nothing is done: the first may still be coming in.
	if _, err := l.carry(c); err != nil || c.asked != 0 {
		t.Errorf("asked %d times: %v", c.asked, err)
	}
	*now = now.Add(20 * time.Minute)
	if _, err := l.carry(c); err != nil {
		t.Fatal(err)
	}
	f := l.folder(t, id)
	if len(c.posted) != 1 || c.asked != 1 || !f.Handovers[0].Unnumbered() {
		t.Fatalf("%d posted, asked %d times, %+v", len(c.posted), c.asked, f.Handovers)
	}
	if err := l.NumberHandover(ctx, "secretaire", id, "flux.xml", "douze"); rule.Find(err) == nil {
		t.Errorf("letters are a number: %v", err)
	}
	if err := l.NumberHandover(ctx, "secretaire", id, "flux.xml", "12"); err != nil {
		t.Fatal(err)
	}
	c.progress = handover.Progress{Stage: handover.Answered, Answer: accepted()}
	if _, err := l.carry(c); err != nil {
		t.Fatal(err)
	}
	if f = l.folder(t, id); f.State != parapheur.Done {
		t.Errorf("%+v", f)
	}
}

func TestTransmissionRules(t *testing.T) {
	ctx := context.Background()
	l, _ := clocked(t, "pc")
	for _, test := range []struct {
		name, want string
		route      []parapheur.Step
		file       parapheur.File
	}{
		{"no flow", "aucun flux comptable", parapheur.AccountingRoute(), parapheur.File{Name: "lettre.pdf", Content: paper(t)}},
		{"not signed: CGCT, art. D1617-23", "n’est pas signé", parapheur.AccountingRoute()[1:], parapheur.File{Name: "flux.xml", Content: pestest.Example}},
	} {
		id, err := l.Import(ctx, "secretaire", parapheur.Import{Title: test.name, Kind: parapheur.Accounting, Route: test.route, Files: []parapheur.File{test.file}})
		if err != nil {
			t.Fatal(err)
		}
		if err = l.Send(ctx, "secretaire", id); err == nil {
			err = l.HandOver(ctx, "secretaire", id, l.seen(t, id))
		}
		if r := rule.Find(err); r == nil || !strings.Contains(r.Why, test.want) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

// Whatever the third party answers and whenever, a flow is never taken in twice, and the
// folder ends only with an accepted answer.
func TestNeverTwice(t *testing.T) {
	signer := newRSASigner(t, "AC d’essai")
	rapid.Check(t, func(r *rapid.T) {
		ctx := context.Background()
		l, now := clocked(t, "pc")
		id := l.toTransmit(t, signer, rapid.Bool().Draw(r, "auto"))
		c := &third{}
		answered := false
		for range rapid.IntRange(1, 12).Draw(r, "steps") {
			c.ready, c.follow, c.progress = nil, nil, handover.Progress{Stage: handover.Received}
			switch rapid.SampledFrom([]string{"offline", "lost", "not sent", "refused", "taken", "forwarded", "rejected", "accepted", "rubbish", "click", "back", "later"}).Draw(r, "what") {
			case "offline":
				c.ready = handover.ErrNotSent
			case "lost":
				c.deposit = slices.Repeat([]error{handover.ErrUncertain}, 50)
			case "not sent":
				c.deposit = slices.Repeat([]error{handover.ErrNotSent}, 50)
			case "refused":
				c.deposit = slices.Repeat([]error{&handover.Refusal{Words: "non"}}, 50)
			case "taken":
				c.deposit = nil
			case "forwarded":
				c.progress.Stage = handover.Forwarded
			case "rejected":
				c.progress = handover.Progress{Stage: handover.Answered, Answer: pestest.Receipt}
			case "accepted":
				c.progress = handover.Progress{Stage: handover.Answered, Answer: accepted()}
			case "rubbish":
				c.progress = handover.Progress{Stage: handover.Answered, Answer: []byte("<html>")}
			case "click":
				if len(c.posted) == 0 { // a second asking after a rejection is a person's own
					_ = l.HandOver(ctx, "secretaire", id, l.seen(t, id))
				}
			case "back":
				_ = l.HandBack(ctx, "secretaire", id)
			case "later":
				*now = now.Add(time.Hour)
			}
			_, _ = l.carry(c)
			f := l.folder(t, id)
			answered = answered || len(f.Receipts) > 0 && f.Receipts[len(f.Receipts)-1].Accepted
			if len(c.posted) > 1 {
				r.Fatalf("taken in %d times: %+v", len(c.posted), f.History)
			}
			if (f.State == parapheur.Done) != answered {
				r.Fatalf("state %s, answered %v", f.State, answered)
			}
		}
	})
}
