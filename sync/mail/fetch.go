package mail

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"alpi40.fr/airial/local/mailbox"
)

// takeAll lists the folder that is open and takes the beginnings of its messages in the same breath, the last ones first. Where it is
// interrupted, the next pass lists the folder as any other.
func (s *Session) takeAll(ctx context.Context, box *mailbox.Box, folder string, last uint32, progress func(int)) (n int, err error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	type some struct {
		all []mailbox.Taken
		err error
	}
	batches := stream(ctx, func(give func(some) bool) {
		// Each batch is asked for before the one before has come: the server never waits for the laptop. It may answer both at once, and
		// what nobody reads blocks the line: each is read beside the other, and to its end.
		ask := func() <-chan some {
			if last == 0 {
				return nil
			}
			from := max(last, batch) - batch + 1
			cmd, came := s.ask(from, last), make(chan some, 1)
			last = from - 1
			go func() {
				all, err := s.take(cmd)
				came <- some{all, err}
			}()
			return came
		}
		for now := ask(); now != nil; {
			next := ask()
			b := <-now
			if !give(b) || b.err != nil {
				if next != nil {
					<-next
				}
				return
			}
			now = next
		}
	})
	parsed := stream(ctx, func(give func(some) bool) {
		for b := range batches {
			for i := range b.all {
				b.all[i].Fetched.Read()
			}
			give(b)
		}
	})
	for b := range parsed {
		err = errors.Join(err, b.err)
		if ctx.Err() != nil {
			continue
		}
		if fault := box.Take(ctx, folder, b.all); fault != nil {
			err = errors.Join(err, fault)
			stop()
		}
		n += len(b.all)
		progress(n)
	}
	return n, errors.Join(err, ctx.Err())
}

func listing(m *imapclient.FetchMessageData) mailbox.Listing {
	t, _ := taken(m, 0)
	return t.Listing
}

// taken reads what a server says of a message, and up to a limit of its content.
func taken(m *imapclient.FetchMessageData, limit int64) (t mailbox.Taken, err error) {
	l := &t.Listing
	for item := m.Next(); item != nil; item = m.Next() {
		switch x := item.(type) {
		case imapclient.FetchItemDataUID:
			l.UID, t.Fetched.UID = uint32(x.UID), uint32(x.UID)
		case imapclient.FetchItemDataFlags:
			mark(l, x.Flags)
		case imapclient.FetchItemDataInternalDate:
			l.At = x.Time
		case imapclient.FetchItemDataRFC822Size:
			l.Size = x.Size
		case imapclient.FetchItemDataBodySection:
			if x.Literal == nil || t.Raw != nil || limit == 0 {
				continue
			}
			raw, fault := literal(x.Literal, limit+1)
			if fault != nil {
				err = errors.Join(err, fault)
				continue
			}
			if int64(len(raw)) > limit {
				raw, t.Head = slices.Clone(raw[:min(limit, mailbox.MaxHead)]), true
			}
			t.Raw = raw
		}
	}
	if l.At.IsZero() {
		l.At = time.Unix(0, 0)
	}
	return t, err
}

func mark(l *mailbox.Listing, flags []imap.Flag) {
	for _, f := range flags {
		switch {
		case strings.EqualFold(string(f), string(imap.FlagSeen)):
			l.Read = true
		case strings.EqualFold(string(f), string(imap.FlagFlagged)):
			l.Flagged = true
		case strings.EqualFold(string(f), string(imap.FlagAnswered)):
			l.Answered = true
		}
	}
}

// ask asks for a list of messages of the folder that is open, from one place to another, and for their beginnings.
func (s *Session) ask(from, to uint32) *imapclient.FetchCommand {
	defer s.guard(silence)()
	var set imap.SeqSet
	set.AddRange(from, to)
	return s.c.Fetch(set, &imap.FetchOptions{UID: true, Flags: true, InternalDate: true, RFC822Size: true,
		BodySection: []*imap.FetchItemBodySection{{Peek: true, Partial: &imap.SectionPartial{Size: mailbox.Beginning}}}})
}

// take reads what was asked for.
func (s *Session) take(cmd *imapclient.FetchCommand) (all []mailbox.Taken, err error) {
	defer s.guard(fetching)()
	for m := cmd.Next(); m != nil; m = cmd.Next() {
		t, fault := taken(m, mailbox.Beginning)
		err = errors.Join(err, fault)
		if t.Raw != nil && t.Listing.UID != 0 {
			t.Head, t.Begun = false, len(t.Raw) >= mailbox.Beginning
			all = append(all, t)
		}
	}
	if fault := errors.Join(err, cmd.Close()); fault != nil {
		return all, trouble(fault)
	}
	return all, nil
}

// came is a batch that was fetched, or why it was not whole.
type came struct {
	all []mailbox.Fetched
	err error
}

// stage is what of a folder's messages is taken: next gives them, the newest first.
type stage struct {
	next       func(ctx context.Context, folder string, below uint32, limit int) ([]mailbox.Listing, error)
	beginnings bool
	going      func() bool // asked after each batch; nil: to the end
}

// much is how much of a message comes.
func (g stage) much(l mailbox.Listing) int64 {
	if g.beginnings {
		return min(l.Size, mailbox.Beginning)
	}
	return l.Size
}

// contents fetches what is missing of a folder, the newest first: one batch is fetched while the one before is read and the one
// before that is written.
func (s *Session) contents(ctx context.Context, box *mailbox.Box, folder string, g stage, progress func(int)) (n int, err error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	enough := false
	for b := range read(ctx, s.batches(ctx, folder, g)) {
		if err == nil && !enough {
			err = b.err
		}
		if len(b.all) > 0 && ctx.Err() == nil {
			if fault := box.Store(ctx, folder, b.all); fault != nil {
				err = errors.Join(err, fault)
				stop()
			}
			n += len(b.all)
			progress(n)
		}
		if g.going != nil && err == nil && !g.going() {
			enough = true
			stop()
		}
	}
	if enough {
		return n, err
	}
	return n, errors.Join(err, ctx.Err())
}

// batches fetches one batch after the other, until all are here, one failed or ctx ends.
func (s *Session) batches(ctx context.Context, folder string, g stage) <-chan came {
	return stream(ctx, func(give func(came) bool) {
		for below := ^uint32(0); ; {
			missing, err := g.next(ctx, folder, below, batch)
			if err == nil && len(missing) == 0 {
				return
			}
			var all []mailbox.Fetched
			if err == nil {
				missing = g.fitting(missing)
				below = missing[len(missing)-1].UID
				all, err = s.fetch(missing, g.beginnings)
			}
			if !give(came{all, err}) || err != nil {
				return
			}
		}
	})
}

// read reads the messages of batches.
func read(ctx context.Context, in <-chan came) <-chan came {
	return stream(ctx, func(give func(came) bool) {
		for b := range in {
			for i := range b.all {
				b.all[i].Read()
			}
			give(b)
		}
	})
}

// stream has what produce gives, one after the other, on a goroutine of its own; after ctx has ended nothing is given any more.
func stream[T any](ctx context.Context, produce func(give func(T) bool)) <-chan T {
	out := make(chan T)
	go func() {
		defer close(out)
		produce(func(x T) bool {
			select {
			case out <- x:
				return true
			case <-ctx.Done():
				return false
			}
		})
	}()
	return out
}

// fitting is the beginning of a list that makes one batch: never nothing, and one kind of fetch.
func (g stage) fitting(all []mailbox.Listing) []mailbox.Listing {
	sum := int64(0)
	for i, l := range all {
		if i > 0 && (l.Size > mailbox.MaxMessage) != (all[0].Size > mailbox.MaxMessage) {
			return all[:i]
		}
		if sum += g.much(l); i > 0 && sum > batchBytes && l.Size <= mailbox.MaxMessage {
			return all[:i]
		}
	}
	return all
}

// fetch brings a batch, or the beginnings of its messages; of messages that are too large, the head. The server's word on sizes is
// not trusted.
func (s *Session) fetch(batch []mailbox.Listing, beginnings bool) (all []mailbox.Fetched, err error) {
	defer s.guard(fetching)()
	section := &imap.FetchItemBodySection{Peek: true}
	headOnly := batch[0].Size > mailbox.MaxMessage
	limit := int64(mailbox.MaxMessage)
	switch {
	case headOnly:
		section.Specifier, limit = imap.PartSpecifierHeader, mailbox.MaxHead
	case beginnings:
		section.Partial, limit = &imap.SectionPartial{Size: mailbox.Beginning}, mailbox.Beginning
	}
	var set imap.UIDSet
	for _, l := range batch {
		set.AddNum(imap.UID(l.UID))
	}
	cmd := s.c.Fetch(set, &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{section}})
	for m := cmd.Next(); m != nil; m = cmd.Next() {
		t, fault := taken(m, limit)
		err = errors.Join(err, fault)
		if t.Raw != nil && set.Contains(imap.UID(t.Listing.UID)) {
			t.Begun = section.Partial != nil && len(t.Raw) >= mailbox.Beginning
			t.Head = !t.Begun && (t.Head || headOnly)
			all = append(all, t.Fetched)
		}
	}
	if fault := errors.Join(err, cmd.Close()); fault != nil {
		return all, trouble(fault)
	}
	return all, nil
}

// literal reads what the server sends, up to a limit, into as much memory as it says.
func literal(r imap.LiteralReader, limit int64) ([]byte, error) {
	raw := make([]byte, max(0, min(r.Size(), limit)))
	n, err := io.ReadFull(r, raw)
	return raw[:n], err
}
