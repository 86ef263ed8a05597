package actes

import (
	"context"
	"errors"
	"fmt"
	"time"

	"alpi40.fr/airial/local/handover"
	"alpi40.fr/airial/local/store"
)

// Carrier transmits acts through the trusted third party.
type Carrier interface {
	// Ready tells whether it answers and lets the town hall in; nothing is sent.
	Ready(ctx context.Context) error
	// DepositAct posts an act. Errors: *handover.Refusal, handover.ErrNotSent,
	// handover.ErrUncertain.
	DepositAct(ctx context.Context, a handover.Act) (transaction string, err error)
	// FindAct looks an act up by its own number. Error: handover.ErrNotThere.
	FindAct(ctx context.Context, number string) (transaction string, err error)
	// FollowAct tells how far an act, or a cancellation, has come.
	FollowAct(ctx context.Context, transaction string) (handover.Progress, error)
	// CancelAct asks for a cancellation; handover.ErrDuplicate: it was asked for already.
	CancelAct(ctx context.Context, transaction string) (cancellation string, err error)
	// Letters are those that nobody has read; ReadLetter tells that one is kept.
	Letters(ctx context.Context) ([]handover.Letter, error)
	Letter(ctx context.Context, id string) ([]byte, error)
	ReadLetter(ctx context.Context, id string) error
	// ReplyLetter answers one. Errors: as DepositAct; FollowAct tells how far the answer has come.
	ReplyLetter(ctx context.Context, r handover.Reply) (transaction string, err error)
}

// lostWait is how long after a post without an answer the third party is asked what became of it.
const lostWait = 15 * time.Minute

// maxFile bounds a file of an act.
const maxFile = MaxSize

// Carried is what a pass of Carry did.
type Carried struct{ Left, Answered, Waiting, Letters int }

// Due tells whether the third party is to be asked again about what is on its way since a time.
type Due func(key string, since time.Time) bool

// Carry does what this laptop has to do with the third party. carrier is only asked for when
// there is something to do. The first failure of each act is in the error; the others are
// tried still.
func (r *Review) Carry(ctx context.Context, actor string, carrier func(context.Context) (Carrier, error), due Due) (done Carried, err error) {
	mine, err := r.mine(ctx)
	if err != nil {
		return done, err
	}
	var c Carrier
	ready := func() error {
		if c != nil {
			return nil
		}
		given, err := carrier(ctx)
		if err == nil {
			err = given.Ready(ctx)
		}
		if err != nil {
			return fmt.Errorf("asking the third party: %w", err)
		}
		c = given
		return nil
	}
	var errs []error
	received := false
	for _, f := range mine {
		if ctx.Err() != nil {
			return done, ctx.Err()
		}
		received = received || f.Transaction != ""
		for _, l := range f.toReply() {
			if l.Reply.State == ReplySent && due != nil && !due(l.Reply.Post, l.Reply.Changed) || l.Reply.State == ReplyAsked && !l.Reply.Changed.Equal(l.Reply.At) && r.j.Now().Sub(l.Reply.Changed) < lostWait {
				done.Waiting++
				continue
			}
			if err := ready(); err != nil {
				return done, err
			}
			if err := r.reply(ctx, actor, f, l, c, &done); err != nil {
				errs = append(errs, fmt.Errorf("answering letter %s: %w", l.ID, err))
			}
		}
		if !f.State.open() {
			continue
		}
		if !r.ripe(f, due) {
			done.Waiting++
			continue
		}
		if err := ready(); err != nil {
			return done, err
		}
		if err := r.carry(ctx, actor, f, c, &done); err != nil {
			errs = append(errs, fmt.Errorf("transmitting act %s: %w", f.Number, err))
		}
	}
	if received && (due == nil || due("letters", time.Time{})) {
		if err := ready(); err != nil {
			return done, errors.Join(append(errs, err)...)
		}
		errs = append(errs, r.collect(ctx, actor, mine, c, &done))
	}
	return done, errors.Join(errs...)
}

// ripe tells whether something is to be done now about a filing.
func (r *Review) ripe(f Filing, due Due) bool {
	switch f.State {
	case Asked:
		return f.Changed.Equal(f.At) || r.j.Now().Sub(f.Changed) >= max(lostWait, f.Changed.Sub(f.At))
	case Posting:
		return r.j.Now().Sub(f.Changed) >= lostWait && (due == nil || due(f.Post, f.At))
	}
	return due == nil || due(f.Post, f.At)
}

// carry does the next thing about one filing.
func (r *Review) carry(ctx context.Context, actor string, f Filing, c Carrier, done *Carried) error {
	switch f.State {
	case Asked:
		return r.post(ctx, actor, f, c, done)
	case Posting:
		transaction, err := c.FindAct(ctx, f.Number)
		switch {
		case errors.Is(err, handover.ErrNotThere):
			done.Waiting++
			return r.note(ctx, actor, f, KindUnposted, progress{})
		case err != nil:
			done.Waiting++
			return err
		}
		done.Left++
		return r.note(ctx, actor, f, KindDeposited, progress{Transaction: transaction})
	case Cancelling:
		return r.cancel(ctx, actor, f, c, done)
	}
	return r.follow(ctx, actor, f, c, done)
}

func (r *Review) post(ctx context.Context, actor string, f Filing, c Carrier, done *Carried) error {
	// It may have waited long: the préfecture may have another classification since.
	if c, err := r.Classification(ctx); err != nil {
		return err
	} else if _, known := c.Matter(f.Matter); !known && !c.Model {
		done.Answered++
		return r.note(ctx, actor, f, KindBounced, progress{Words: "La matière " + f.Matter + " n’est plus dans la classification de la préfecture : choisissez-en une autre."})
	}
	a := handover.Act{Nature: f.Nature, Matter: f.Matter, Number: f.Number, Subject: f.Subject, Date: string(f.Date)}
	for i, file := range append([]File{f.File}, f.Annexes...) {
		content, err := r.j.Store().Blobs().Read(file.Digest, maxFile)
		if err != nil {
			return err
		}
		given := handover.File{Name: file.Name, Type: file.Type, Content: content}
		if i == 0 {
			a.File = given
		} else {
			a.Annexes = append(a.Annexes, given)
		}
	}
	// On the disk before the first byte leaves: nobody posts it again without asking.
	if err := r.note(ctx, actor, f, KindPosting, progress{}); err != nil {
		return err
	}
	transaction, err := c.DepositAct(ctx, a)
	var refusal *handover.Refusal
	switch {
	case err == nil:
		done.Left++
		return r.note(ctx, actor, f, KindDeposited, progress{Transaction: transaction})
	case errors.Is(err, handover.ErrNotSent):
		done.Waiting++
		return errors.Join(err, r.note(ctx, actor, f, KindUnposted, progress{}))
	case errors.As(err, &refusal):
		done.Answered++
		return r.note(ctx, actor, f, KindBounced, progress{Words: shortened(refusal.Words)})
	}
	done.Waiting++
	return err // it stays as posting: it is looked up later
}

// follow asks how far an act has come.
func (r *Review) follow(ctx context.Context, actor string, f Filing, c Carrier, done *Carried) error {
	p, err := c.FollowAct(ctx, f.Transaction)
	if err != nil {
		done.Waiting++
		return err
	}
	switch p.Stage {
	case handover.Failed, handover.Cancelled:
		done.Answered++
		return r.note(ctx, actor, f, KindBounced, progress{Words: shortened(p.Words)})
	case handover.Answered:
		receipt, err := ReadReceipt(p.Answer)
		if err == nil && !receipt.Answers(f.Act) {
			err = fmt.Errorf("the receipt of act %.20q came back for %q: %w", receipt.Number, f.Number, handover.ErrOther)
		}
		if err != nil {
			done.Waiting++
			return err
		}
		proof := File{Name: "ARActe-" + f.Number + ".xml", Size: int64(len(p.Answer))}
		if proof.Digest, err = r.j.Store().Blobs().PutBytes(ctx, p.Answer); err != nil {
			return fmt.Errorf("keeping the receipt: %w", err)
		}
		done.Answered++
		return r.note(ctx, actor, f, KindReceived, progress{Receipt: &receipt, Proof: &proof}, proof.Digest)
	}
	done.Waiting++
	if p.Stage == handover.Forwarded && f.State == Deposited {
		return r.note(ctx, actor, f, KindForwarded, progress{})
	}
	return nil
}

// cancel asks for a cancellation, then how far it has come.
func (r *Review) cancel(ctx context.Context, actor string, f Filing, c Carrier, done *Carried) error {
	follow := f.Cancellation
	if follow == "" {
		cancellation, err := c.CancelAct(ctx, f.Transaction)
		var refusal *handover.Refusal
		switch {
		case err == nil:
			done.Left++
			return r.note(ctx, actor, f, KindCancelling, progress{Cancellation: cancellation})
		case errors.Is(err, handover.ErrDuplicate):
			follow = f.Transaction // asked for before, under a number that was not told
		case errors.As(err, &refusal) && !errors.Is(err, handover.ErrNotSent):
			done.Answered++
			// The act stays received: what was refused is its cancellation.
			return r.note(ctx, actor, f, KindReceived, progress{Receipt: f.Receipt, Proof: f.Proof, Words: shortened(refusal.Words)})
		default:
			done.Waiting++
			return err
		}
	}
	p, err := c.FollowAct(ctx, follow)
	switch {
	case err != nil:
		done.Waiting++
		return err
	case p.Stage == handover.Cancelled, p.Stage == handover.Answered && follow == f.Cancellation:
		done.Answered++
		return r.note(ctx, actor, f, KindCancelled, progress{})
	case p.Stage == handover.Failed && follow == f.Cancellation:
		done.Answered++
		return r.note(ctx, actor, f, KindReceived, progress{Receipt: f.Receipt, Proof: f.Proof, Words: shortened(p.Words)})
	}
	done.Waiting++
	return nil
}

// collect keeps what the préfecture wrote about the acts that this laptop carried.
func (r *Review) collect(ctx context.Context, actor string, mine []Filing, c Carrier, done *Carried) error {
	letters, err := c.Letters(ctx)
	if err != nil {
		return fmt.Errorf("asking for the préfecture's letters: %w", err)
	}
	var errs []error
	for _, l := range letters {
		for _, f := range mine {
			if f.Transaction == "" || l.Transaction != f.Transaction {
				continue
			}
			if err := r.keep(ctx, actor, f, l, c, done); err != nil {
				errs = append(errs, fmt.Errorf("keeping letter %s: %w", l.ID, err))
			}
		}
	}
	return errors.Join(errs...)
}

func (r *Review) keep(ctx context.Context, actor string, f Filing, l handover.Letter, c Carrier, done *Carried) error {
	for _, known := range f.Letters {
		if known.ID == l.ID {
			return c.ReadLetter(ctx, l.ID) // it was kept, and the third party was not told
		}
	}
	content, err := c.Letter(ctx, l.ID)
	if err != nil {
		return err
	}
	letter := Letter{ID: l.ID, Kind: l.Kind, Size: int64(len(content))}
	if names, _, err := OpenLetter(content); err == nil {
		letter.Files = names // else it is kept as it came
	}
	var digest store.Digest
	if digest, err = r.j.Store().Blobs().PutBytes(ctx, content); err != nil {
		return fmt.Errorf("keeping the letter: %w", err)
	}
	letter.Digest = digest
	if err := r.note(ctx, actor, f, KindLetter, progress{Letter: &letter}, digest); err != nil {
		return err
	}
	done.Letters++
	return c.ReadLetter(ctx, l.ID)
}
