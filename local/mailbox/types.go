package mailbox

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"alpi40.fr/airial/local/store"
)

// Role is what a folder is for (RFC 6154); most have none.
type Role string

// The roles that Airial knows.
const (
	Inbox   Role = "inbox"
	Sent    Role = "sent"
	Drafts  Role = "drafts"
	Archive Role = "archive"
	Junk    Role = "junk"
	Trash   Role = "trash"
)

// Folder is one of the server's.
type Folder struct {
	ID int64
	// Name is the server's, Leaf its last part.
	Name, Leaf    string
	Role          Role
	Unread, Total int
}

// Summary is a message in a list.
type Summary struct {
	ID, Folder int64
	// Account is whose mailbox it stands in.
	Account                              string
	Subject, Sender, Address, Snippet    string
	Named                                string // its Message-ID
	At                                   time.Time
	Size                                 int64
	Read, Flagged, Answered, Attachments bool
	// State says what of it is on this laptop.
	State State
	// Failed: a server said that it did not reach somebody; only of what was sent.
	Failed bool
}

// State is how much of a message is kept.
type State string

// The states: its existence is known; its beginning is here, the rest is to come; all of it is here; it is too large, its head is
// here.
const (
	Listed State = "listed"
	Begun  State = "begun"
	Whole  State = "whole"
	Head   State = "head"
)

// Message is a message to be read.
type Message struct {
	Summary
	Parsed
	Warnings []Warning
	// Reports are what it says of letters that were sent, if that is what it is for.
	Reports []Report
}

// Limits of what is kept and read of a message.
const (
	// MaxMessage is the largest message that is fetched whole.
	MaxMessage = 50 << 20
	// MaxHead is the largest head that is read.
	MaxHead = 1 << 20
	// Beginning is how much of a message comes before the rest, where many come: its head and its text, nearly always.
	Beginning = 16 << 10
	// MaxText is how much of a text is shown; MaxIndexed how much of it is searched.
	MaxText    = 100 << 10
	MaxIndexed = 64 << 10
	maxDepth   = 16
	maxParts   = 400
	maxLine    = 300 // runes of a subject, a name
)

// Box is the mail of one account of an authority on this laptop; Of gives that of another. It may be used from several
// goroutines.
type Box struct {
	db      *store.DB
	now     func() time.Time
	rand    io.Reader
	account string
	// Changed is called after each change, if set; it must not wait.
	Changed func()
	// Own are the domains of the town hall's addresses, for the warnings.
	Own func() []string
}

// New opens the mail kept in db.
func New(db *store.DB, now func() time.Time, rand io.Reader) *Box {
	return &Box{db: db, now: now, rand: rand, Changed: func() {}, Own: func() []string { return nil }}
}

// Of gives the mail of another account: its folders, its letters, what its server is to be told. Messages and letters are
// named across all of them, so that one is read from any.
func (b *Box) Of(account string) *Box {
	other := *b
	other.account = account
	return &other
}

// Account names whose mail this is; empty for the first.
func (b *Box) Account() string { return b.account }

// key names a folder among those of all accounts.
func (b *Box) key(folder string) string {
	if b.account == "" {
		return folder
	}
	return b.account + "\n" + folder
}

// SearchKind is the kind under which the search knows an account's messages.
func SearchKind(account string) string {
	if account == "" {
		return "mail"
	}
	return "mail:" + account
}

// SearchedIn tells of what account a kind of the search is, if it is one of the mail.
func SearchedIn(kind string) (account string, mail bool) {
	if kind == "mail" {
		return "", true
	}
	return strings.CutPrefix(kind, "mail:")
}

func (b *Box) update(ctx context.Context, what string, do func(*store.Tx) error) error {
	if err := b.db.Update(ctx, do); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	b.Changed()
	return nil
}

func (b *Box) view(ctx context.Context, what string, do func(*store.Tx) error) error {
	if err := b.db.View(ctx, do); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}
