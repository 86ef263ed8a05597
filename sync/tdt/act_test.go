package tdt_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"alpi40.fr/airial/local/handover"
	"alpi40.fr/airial/sync/tdt/tdttest"
)

func anAct(number string) handover.Act {
	return handover.Act{Nature: 1, Matter: "7.5", Number: number, Subject: "Subvention à l’Amicale — été", Date: "2026-03-02",
		File: handover.File{Name: "délibération.pdf", Type: "99_DE", Content: []byte("%PDF-1.7 essai")}, Annexes: []handover.File{{Name: "rapport.pdf", Type: "21_RP", Content: []byte("%PDF-1.7 annexe")}}}
}

func TestActFaults(t *testing.T) {
	ctx := context.Background()
	for _, test := range []struct {
		fault tdttest.Fault
		want  error
		stage handover.Stage
		found bool
	}{
		{tdttest.None, nil, handover.Answered, true},
		{tdttest.Fail, nil, handover.Failed, true},
		{tdttest.Delay, nil, handover.Received, true},
		{tdttest.LoseAnswer, handover.ErrUncertain, handover.Answered, true},
		{tdttest.Page, handover.ErrUncertain, handover.Answered, true},
		{tdttest.Down, handover.ErrUncertain, "", false},
	} {
		t.Run(string(test.fault), func(t *testing.T) {
			s := simulator(t, tdttest.Options{})
			c := client(t, s, nil)
			s.Next(test.fault)
			id, err := c.DepositAct(ctx, anAct("2026_045"))
			if !errors.Is(err, test.want) {
				t.Fatal(err)
			}
			// What became of it can be asked without posting again.
			found, err := c.FindAct(ctx, "2026_045")
			if test.found != (err == nil) || !test.found && !errors.Is(err, handover.ErrNotThere) || id != "" && found != id {
				t.Fatalf("%q %v", found, err)
			}
			if !test.found {
				return
			}
			p, err := c.FollowAct(ctx, found)
			if err != nil || p.Stage != test.stage || p.Stage == handover.Answered && !bytes.Contains(p.Answer, []byte("2026_045")) {
				t.Errorf("%+v %v", p, err)
			}
			var refusal *handover.Refusal
			if _, err := c.DepositAct(ctx, anAct("2026_045")); !errors.As(err, &refusal) || !strings.Contains(refusal.Words, "existe déjà") {
				t.Errorf("the same number twice: %v", err)
			}
		})
	}
}

func TestActIsCancelledAndAnswered(t *testing.T) {
	ctx := context.Background()
	s := simulator(t, tdttest.Options{})
	c := client(t, s, nil)
	id, err := c.DepositAct(ctx, anAct("A1"))
	if err != nil {
		t.Fatal(err)
	}
	if letters, err := c.Letters(ctx); err != nil || len(letters) != 0 {
		t.Errorf("%+v %v", letters, err)
	}
	s.Write("A1", handover.MorePieces, "Veuillez transmettre le plan.")
	letters, err := c.Letters(ctx)
	if err != nil || len(letters) != 1 || letters[0].Kind != handover.MorePieces || letters[0].Number != "A1" || letters[0].Transaction != id {
		t.Fatalf("%+v %v", letters, err)
	}
	if content, err := c.Letter(ctx, letters[0].ID); err != nil || len(content) == 0 {
		t.Error(err)
	}
	if err := c.ReadLetter(ctx, letters[0].ID); err != nil {
		t.Error(err)
	}
	answer := handover.Reply{Letter: letters[0].ID, Kind: handover.MorePieces, Nature: 1, File: handover.File{Name: "réponse.pdf", Type: "99_DE", Content: []byte("%PDF-1.7 réponse")},
		Annexes: []handover.File{{Name: "plan.pdf", Type: "99_DE", Content: []byte("%PDF-1.7 plan")}}}
	sent, err := c.ReplyLetter(ctx, answer)
	if err != nil {
		t.Fatal(err)
	}
	if p, err := c.FollowAct(ctx, sent); err != nil || p.Stage != handover.Answered {
		t.Errorf("the answer: %+v %v", p, err)
	}
	var refusal *handover.Refusal
	answer.Refuse = true
	if _, err := c.ReplyLetter(ctx, answer); !errors.As(err, &refusal) {
		t.Errorf("a refusal with documents: %v", err)
	}
	answer.Letter = "1"
	if _, err := c.ReplyLetter(ctx, answer); !errors.As(err, &refusal) {
		t.Errorf("an answer to no letter: %v", err)
	}
	if all := s.Answers(); len(all) != 1 || all[0].Pieces != 1 || all[0].Refuse || all[0].Kind != handover.MorePieces {
		t.Errorf("%+v", all)
	}
	if letters, err = c.Letters(ctx); err != nil || len(letters) != 0 {
		t.Errorf("still there: %+v %v", letters, err)
	}
	cancellation, err := c.CancelAct(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	if p, err := c.FollowAct(ctx, cancellation); err != nil || p.Stage != handover.Answered {
		t.Errorf("%+v %v", p, err)
	}
	if _, err := c.CancelAct(ctx, id); !errors.Is(err, handover.ErrDuplicate) {
		t.Errorf("cancelled twice: %v", err)
	}
	if raw, err := c.Classification(ctx); err != nil || !bytes.Contains(raw, []byte("RetourClassification")) {
		t.Errorf("%s %v", raw, err)
	}
}
