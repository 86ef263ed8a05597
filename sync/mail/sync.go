package mail

import (
	"context"
	"errors"
	"fmt"
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

// Wait waits for the server to speak of the inbox, for wake, for ctx, or for a while at most.
func (s *Session) Wait(ctx context.Context, wake <-chan struct{}, most time.Duration) error {
	if m := s.c.Mailbox(); s.caps.Has(imap.CapIdle) && (m == nil || m.Name != "INBOX") {
		data, err := s.look("INBOX")
		if err != nil {
			return err
		}
		// A message that came since the folders were listed is not announced again; a server that says two things is asked once.
		if next := data.UIDNext; s.next != 0 && next != s.next && next != s.hurried {
			s.hurried = next
			return nil
		}
	}
	_, err := s.listen(ctx, wake, most)
	return err
}

// unheard is how often a folder is asked about that the server cannot speak of by itself.
const unheard = time.Minute

// Follow has tell run when there may be news of a folder: once it is open, since what came before is not announced, whenever the
// server speaks of it, and after a while at the latest. It ends when turned is told; the line may then follow another folder.
// Errors: ErrOffline, ErrLies, that of ctx.
func (s *Session) Follow(ctx context.Context, folder string, turned <-chan struct{}, most time.Duration, tell func()) error {
	if _, err := s.look(folder); err != nil {
		return err
	}
	if !s.caps.Has(imap.CapIdle) {
		most = min(most, unheard)
	}
	for {
		tell()
		if woken, err := s.listen(ctx, turned, most); woken || err != nil {
			return err
		}
	}
}

// look opens a folder to hear of it alone.
func (s *Session) look(folder string) (*imap.SelectData, error) {
	defer s.guard(silence)()
	data, err := s.c.Select(folder, &imap.SelectOptions{ReadOnly: true}).Wait()
	if err != nil {
		return nil, trouble(err)
	}
	for len(s.moved) > 0 { // what opening it told
		<-s.moved
	}
	return data, nil
}

// listen waits for the server to speak of the folder that is open, for wake, for ctx, or for a while at most; woken tells that it
// was wake.
func (s *Session) listen(ctx context.Context, wake <-chan struct{}, most time.Duration) (woken bool, err error) {
	timer := time.NewTimer(most)
	defer timer.Stop()
	var told <-chan struct{}
	if s.caps.Has(imap.CapIdle) {
		end := s.guard(silence)
		idle, err := s.c.Idle()
		end()
		if err != nil {
			return false, trouble(err)
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
		return true, nil
	case <-timer.C:
	case <-s.c.Closed():
		return false, ErrOffline
	case <-ctx.Done():
		return false, ctx.Err()
	}
	return false, nil
}
