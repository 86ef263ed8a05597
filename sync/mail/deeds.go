package mail

import (
	"context"
	"errors"

	"github.com/emersion/go-imap/v2"

	"alpi40.fr/airial/local/mailbox"
)

// replay tells the server what was done here, in order.
func (s *Session) replay(ctx context.Context, box *mailbox.Box) (n int, err error) {
	all, err := box.Deeds(ctx)
	if err != nil {
		return 0, err
	}
	open, lost := "", map[string]bool{}
	for _, d := range all {
		if lost[d.Folder] {
			continue
		}
		if open != d.Folder {
			mark, err := box.Mark(ctx, d.Folder)
			if err != nil {
				return n, err
			}
			validity := mark.Validity
			if err := s.open(ctx, box, d.Folder, &mark); errors.Is(err, ErrLies) { // it is gone: what was in it goes with it
				lost[d.Folder] = true
				continue
			} else if err != nil {
				return n, err
			}
			if open = d.Folder; mark.Validity != validity {
				lost[d.Folder] = true
				continue
			}
		}
		uid, err := s.tell(d)
		if refused := (*imap.Error)(nil); errors.As(err, &refused) {
			if err := box.Undone(ctx, d); err != nil {
				return n, err
			}
			continue
		}
		if err != nil {
			return n, trouble(err)
		}
		if err := box.Done(ctx, d, uid); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

var flags = map[mailbox.DeedKind]imap.StoreFlags{
	mailbox.Seen: {Op: imap.StoreFlagsAdd, Flags: []imap.Flag{imap.FlagSeen}}, mailbox.Unread: {Op: imap.StoreFlagsDel, Flags: []imap.Flag{imap.FlagSeen}},
	mailbox.Flag: {Op: imap.StoreFlagsAdd, Flags: []imap.Flag{imap.FlagFlagged}}, mailbox.Unflag: {Op: imap.StoreFlagsDel, Flags: []imap.Flag{imap.FlagFlagged}},
	mailbox.MarkAnswer: {Op: imap.StoreFlagsAdd, Flags: []imap.Flag{imap.FlagAnswered}},
}

// tell does one deed in the folder that is open; uid is where a move put the message.
func (s *Session) tell(d mailbox.Deed) (uid uint32, err error) {
	defer s.guard(silence)()
	set := imap.UIDSetNum(imap.UID(d.UID))
	switch d.Kind {
	case mailbox.MoveTo:
		data, err := s.c.Move(set, d.Target).Wait()
		if err != nil || data == nil {
			return 0, err
		}
		if to, ok := data.DestUIDs.(imap.UIDSet); ok {
			if nums, ok := to.Nums(); ok && len(nums) == 1 {
				return uint32(nums[0]), nil
			}
		}
		return 0, nil
	case mailbox.Erase:
		if err := s.c.Store(set, &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{imap.FlagDeleted}}, nil).Close(); err != nil {
			return 0, err
		}
		if s.caps.Has(imap.CapUIDPlus) {
			return 0, s.c.UIDExpunge(set).Close()
		}
		return 0, nil // expunging all would erase what others marked
	}
	change, ok := flags[d.Kind]
	if !ok {
		return 0, nil
	}
	change.Silent = true
	return 0, s.c.Store(set, &change, nil).Close()
}
