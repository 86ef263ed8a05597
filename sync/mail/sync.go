package mail

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"alpi40.fr/airial/local/mailbox"
)

// Limits of what a server may make this computer hold.
const (
	maxFolders  = 2_000
	maxMessages = 1_000_000 // of a folder
	// batch is how much is fetched at once: that many messages, or about that many bytes.
	batch      = 400
	batchBytes = 8 << 20
)

// Outcome is what a pass did.
type Outcome struct {
	// Fetched counts the messages that came, whole or their beginnings; Deeds what the server was told.
	Fetched, Deeds int
	// Opened counts the folders that had to be looked into.
	Opened int
}

// Sync tells the server what was done here, then takes what it has: of a folder with many new messages their beginnings, which hold
// head and text; Complete takes the rest. What came is kept, whatever happens next. Errors: ErrOffline, ErrLies, those of the store.
func (s *Session) Sync(ctx context.Context, box *mailbox.Box, progress func(done int)) (out Outcome, err error) {
	if progress == nil {
		progress = func(int) {}
	}
	if out.Deeds, err = s.replay(ctx, box); err != nil {
		return out, err
	}
	all, err := s.folders()
	if err != nil {
		return out, err
	}
	var kept []mailbox.ServerFolder
	for _, f := range all {
		kept = append(kept, f.ServerFolder)
	}
	if err := box.SetFolders(ctx, kept); err != nil {
		return out, err
	}
	for _, f := range all {
		n, opened, err := s.folder(ctx, box, f, func(n int) { progress(out.Fetched + n) })
		out.Fetched += n
		if opened {
			out.Opened++
		}
		if err != nil {
			return out, fmt.Errorf("the folder %q: %w", f.Name, err)
		}
	}
	return out, nil
}

// Complete takes the rest of messages whose beginning Sync took, batch after batch as long as going says so; whole tells that none is
// left. Errors: those of Sync.
func (s *Session) Complete(ctx context.Context, box *mailbox.Box, going func() bool) (whole bool, err error) {
	folders, err := box.Folders(ctx)
	if err != nil {
		return false, err
	}
	for _, f := range folders {
		begun, err := box.Unfinished(ctx, f.Name, ^uint32(0), 1)
		if err != nil {
			return false, err
		}
		if len(begun) == 0 {
			continue
		}
		mark, err := box.Mark(ctx, f.Name)
		if err == nil {
			err = s.open(ctx, box, f.Name, &mark)
		}
		if errors.Is(err, ErrLies) {
			continue // it is gone, which the next pass learns
		}
		if err == nil {
			_, err = s.contents(ctx, box, f.Name, stage{next: box.Unfinished, going: going}, func(int) {})
		}
		if err != nil {
			return false, fmt.Errorf("the folder %q: %w", f.Name, err)
		}
		if !going() {
			return false, nil
		}
	}
	return true, nil
}

// listed is a folder with its marks at this moment; none when the server did not tell.
type listed struct {
	mailbox.ServerFolder
	status *imap.StatusData
}

func (s *Session) condstore() bool { return s.caps.Has(imap.CapCondStore) }

func (s *Session) statusOptions() *imap.StatusOptions {
	return &imap.StatusOptions{NumMessages: true, UIDNext: true, UIDValidity: true, HighestModSeq: s.condstore()}
}

// folders lists all, the inbox first, those that are seen by nobody left out.
func (s *Session) folders() (all []listed, err error) {
	defer s.guard(silence)()
	o := &imap.ListOptions{}
	if s.caps.Has(imap.CapListStatus) {
		o.ReturnStatus = s.statusOptions()
	}
	if s.caps.Has(imap.CapSpecialUse) && s.caps.Has(imap.CapListExtended) {
		o.ReturnSpecialUse = true
	}
	data, err := s.c.List("", "*", o).Collect()
	if err != nil {
		return nil, trouble(err)
	}
	if len(data) > maxFolders {
		return nil, fmt.Errorf("%w: %d folders", ErrLies, len(data))
	}
	for _, d := range data {
		if d.Mailbox == "" || slices.Contains(d.Attrs, imap.MailboxAttrNoSelect) || slices.Contains(d.Attrs, imap.MailboxAttrNonExistent) || slices.Contains(d.Attrs, imap.MailboxAttrAll) {
			continue // «all mail» holds everything a second time
		}
		f := listed{ServerFolder: mailbox.ServerFolder{Name: d.Mailbox, Role: role(d)}, status: d.Status}
		if d.Delim != 0 {
			f.Delimiter = string(d.Delim)
		}
		if f.status == nil {
			if f.status, err = s.c.Status(d.Mailbox, s.statusOptions()).Wait(); err != nil {
				if refused := (*imap.Error)(nil); errors.As(err, &refused) {
					continue // not ours to read
				}
				return nil, trouble(err)
			}
		}
		if f.Role == mailbox.Inbox {
			s.next = f.status.UIDNext
		}
		all = append(all, f)
	}
	slices.SortStableFunc(all, func(a, b listed) int { return rank(a.Role) - rank(b.Role) })
	return all, nil
}

func rank(r mailbox.Role) int {
	switch r {
	case mailbox.Inbox:
		return 0
	case mailbox.Junk, mailbox.Trash:
		return 2
	}
	return 1
}

var roles = map[imap.MailboxAttr]mailbox.Role{
	imap.MailboxAttrSent: mailbox.Sent, imap.MailboxAttrDrafts: mailbox.Drafts, imap.MailboxAttrArchive: mailbox.Archive,
	imap.MailboxAttrJunk: mailbox.Junk, imap.MailboxAttrTrash: mailbox.Trash,
}

// usual are the names of folders on servers that do not say what they are for.
var usual = map[string]mailbox.Role{
	"sent": mailbox.Sent, "sent items": mailbox.Sent, "envoyés": mailbox.Sent, "drafts": mailbox.Drafts, "brouillons": mailbox.Drafts,
	"junk": mailbox.Junk, "spam": mailbox.Junk, "indésirables": mailbox.Junk, "trash": mailbox.Trash, "corbeille": mailbox.Trash, "archive": mailbox.Archive, "archives": mailbox.Archive,
}

func role(d *imap.ListData) mailbox.Role {
	if strings.EqualFold(d.Mailbox, "INBOX") {
		return mailbox.Inbox
	}
	for _, a := range d.Attrs {
		if r, ok := roles[a]; ok {
			return r
		}
	}
	return usual[strings.ToLower(d.Mailbox)]
}

// folder takes what is new in one.
func (s *Session) folder(ctx context.Context, box *mailbox.Box, f listed, progress func(int)) (n int, opened bool, err error) {
	before, err := box.Mark(ctx, f.Name)
	if err != nil {
		return 0, false, err
	}
	now := markOf(f.status)
	missing, err := box.Missing(ctx, f.Name, ^uint32(0), 1)
	if err != nil {
		return 0, false, err
	}
	// Without CONDSTORE, marks say nothing of flags.
	same := before == now && now.ModSeq != 0
	if same && len(missing) == 0 {
		return 0, false, nil
	}
	if err := s.open(ctx, box, f.Name, &before); err != nil {
		return 0, true, err
	}
	first, err := s.firstTime(ctx, box, f, before)
	if err != nil {
		return 0, true, err
	}
	if first {
		all := s.c.Mailbox().NumMessages
		if n, err = s.takeAll(ctx, box, f.Name, all, progress); err != nil {
			return n, true, err
		}
		if n == int(all) {
			return n, true, box.SetMark(ctx, f.Name, now)
		}
	}
	if !same {
		if err := s.list(ctx, box, f.Name, before, now); err != nil {
			return 0, true, err
		}
		if err := box.SetMark(ctx, f.Name, now); err != nil {
			return 0, true, err
		}
	}
	if missing, err = box.Missing(ctx, f.Name, ^uint32(0), mailbox.Few); err != nil {
		return n, true, err
	}
	more, err := s.contents(ctx, box, f.Name, stage{next: box.Missing, beginnings: len(missing) == mailbox.Few}, func(done int) { progress(n + done) })
	return n + more, true, err
}

// firstTime tells that nothing of a folder is here, and that there is much.
func (s *Session) firstTime(ctx context.Context, box *mailbox.Box, f listed, before mailbox.Mark) (bool, error) {
	if m := s.c.Mailbox(); before.Next != 0 || m == nil || m.NumMessages < mailbox.Few || m.NumMessages > maxMessages {
		return false, nil
	}
	return box.Empty(ctx, f.Name)
}

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
		for last > 0 {
			from := max(last, batch) - batch + 1
			all, err := s.take(from, last)
			last = from - 1
			if !give(some{all, err}) || err != nil {
				return
			}
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

func markOf(d *imap.StatusData) mailbox.Mark {
	m := mailbox.Mark{Validity: d.UIDValidity, Next: uint32(d.UIDNext), ModSeq: d.HighestModSeq}
	if d.NumMessages != nil {
		m.Messages = *d.NumMessages
	}
	return m
}

// open selects a folder, and empties the copy of one whose identifiers mean something else now.
func (s *Session) open(ctx context.Context, box *mailbox.Box, folder string, before *mailbox.Mark) error {
	defer s.guard(silence)()
	data, err := s.c.Select(folder, &imap.SelectOptions{CondStore: s.condstore()}).Wait()
	if err != nil {
		return trouble(err)
	}
	if data.UIDValidity == 0 {
		return fmt.Errorf("%w: no UIDVALIDITY", ErrLies)
	}
	if before.Validity != data.UIDValidity {
		if err := box.Reset(ctx, folder, data.UIDValidity); err != nil {
			return err
		}
		*before = mailbox.Mark{Validity: data.UIDValidity}
	}
	return nil
}

// list takes which messages there are, and their flags: all of them, or what changed since. What vanished is asked for in the
// same breath, unless the marks prove that nothing did: then as many came as there are numbers between the two.
func (s *Session) list(ctx context.Context, box *mailbox.Box, folder string, before, now mailbox.Mark) error {
	defer s.guard(fetching)()
	var everything imap.UIDSet
	everything.AddRange(1, 0)
	since := uint64(0)
	if s.condstore() {
		since = before.ModSeq
	}
	seen := map[uint32]bool{}
	cmd := s.c.Fetch(everything, &imap.FetchOptions{UID: true, Flags: true, InternalDate: true, RFC822Size: true, ChangedSince: since})
	var search *imapclient.SearchCommand
	if since > 0 && int64(now.Messages)-int64(before.Messages) != int64(now.Next)-int64(before.Next) {
		search = s.c.UIDSearch(&imap.SearchCriteria{}, s.searchOptions())
	}
	var some []mailbox.Listing
	total := 0
	var kept error
	for m := cmd.Next(); m != nil; m = cmd.Next() {
		l := listing(m)
		if l.UID == 0 || kept != nil {
			continue
		}
		seen[l.UID] = true
		some = append(some, l)
		if total++; total > maxMessages {
			kept = fmt.Errorf("%w: more than %d messages", ErrLies, maxMessages)
			s.conn.Close()
		}
		if len(some) == 2_000 && kept == nil {
			kept, some = box.List(ctx, folder, some), nil
		}
	}
	if err := errors.Join(kept, trouble(cmd.Close())); err != nil {
		return err
	}
	if err := box.List(ctx, folder, some); err != nil {
		return err
	}
	if since == 0 {
		return box.Keep(ctx, folder, func(uid uint32) bool { return seen[uid] })
	}
	if search == nil {
		return nil
	}
	found, err := search.Wait()
	if err != nil {
		return trouble(err)
	}
	there, ok := found.All.(imap.UIDSet)
	if !ok && found.All != nil {
		return fmt.Errorf("%w: an answer about no UID", ErrLies)
	}
	return box.Keep(ctx, folder, func(uid uint32) bool { return there.Contains(imap.UID(uid)) })
}

// searchOptions asks for the whole set at once where the server can (RFC 4731).
func (s *Session) searchOptions() *imap.SearchOptions {
	if s.caps.Has(imap.CapESearch) {
		return &imap.SearchOptions{ReturnAll: true}
	}
	return nil
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

// take lists messages of the folder that is open, from one place to another, and brings their beginnings.
func (s *Session) take(from, to uint32) (all []mailbox.Taken, err error) {
	defer s.guard(fetching)()
	var set imap.SeqSet
	set.AddRange(from, to)
	cmd := s.c.Fetch(set, &imap.FetchOptions{UID: true, Flags: true, InternalDate: true, RFC822Size: true,
		BodySection: []*imap.FetchItemBodySection{{Peek: true, Partial: &imap.SectionPartial{Size: mailbox.Beginning}}}})
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

// Wait waits for the server to speak of the inbox, for wake, for ctx, or for a while at most.
func (s *Session) Wait(ctx context.Context, wake <-chan struct{}, most time.Duration) error {
	timer := time.NewTimer(most)
	defer timer.Stop()
	var told <-chan struct{}
	if s.caps.Has(imap.CapIdle) {
		end := s.guard(silence)
		if m := s.c.Mailbox(); m == nil || m.Name != "INBOX" {
			data, err := s.c.Select("INBOX", &imap.SelectOptions{ReadOnly: true}).Wait()
			if err != nil {
				end()
				return trouble(err)
			}
			for len(s.moved) > 0 { // what opening it told
				<-s.moved
			}
			// A message that came since the folders were listed is not announced again; a server that says two things is asked once.
			if next := data.UIDNext; s.next != 0 && next != s.next && next != s.hurried {
				end()
				s.hurried = next
				return nil
			}
		}
		idle, err := s.c.Idle()
		end()
		if err != nil {
			return trouble(err)
		}
		defer func() {
			defer s.guard(silence)()
			if idle.Close() == nil {
				idle.Wait()
			}
		}()
		told = s.moved
	}
	select {
	case <-told:
	case <-wake:
	case <-timer.C:
	case <-s.c.Closed():
		return ErrOffline
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}
