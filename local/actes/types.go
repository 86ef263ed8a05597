package actes

import (
	"path"
	"strconv"
	"strings"
	"time"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/handover"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/typeset/french"
)

// State is how far a filing has come.
type State string

// The states.
const (
	// Prepared: what is to be transmitted is known; nobody has asked for it yet.
	Prepared   State = "prepared"
	Asked      State = "asked"
	Posting    State = "posting"
	Deposited  State = "deposited"
	Forwarded  State = "forwarded"
	Bounced    State = "bounced"
	Received   State = "received"
	Cancelling State = "cancelling"
	Cancelled  State = "cancelled"
	// TakenBack: the asking was, before anything left.
	TakenBack State = "taken-back"
)

// open tells whether somebody's answer is waited for.
func (s State) open() bool {
	return s == Asked || s == Posting || s == Deposited || s == Forwarded || s == Cancelling
}

// File is a document of a filing, kept among the documents.
type File struct {
	Name   string       `json:"name"`
	Digest store.Digest `json:"digest"`
	Size   int64        `json:"size"`
	Type   string       `json:"type"` // «99_DE»
}

// Act is what is transmitted.
type Act struct {
	Nature  int           `json:"nature"`
	Matter  string        `json:"matter"`
	Number  string        `json:"number"`
	Subject string        `json:"subject"`
	Date    authority.Day `json:"date"` // of the decision
	File    File          `json:"file"`
	Annexes []File        `json:"annexes,omitempty"`
	// Classification is the day of the one under which it is filed.
	Classification authority.Day `json:"classification"`
	// Folder is the one whose step this transmission is, "" for none.
	Folder string `json:"folder,omitempty"`
}

// Letter is what the préfecture wrote about an act.
type Letter struct {
	ID     string              `json:"id"` // the third party's
	Kind   handover.LetterKind `json:"kind"`
	Digest store.Digest        `json:"digest"`
	Size   int64               `json:"size"`
	// Files are the names of what its archive holds; none when it cannot be opened.
	Files []string  `json:"files,omitempty"`
	At    time.Time `json:"at,omitzero"`
	// Reply is what the town hall answers; nil: nothing yet.
	Reply *Reply `json:"reply,omitempty"`
}

// Filing is the transmission of one act.
type Filing struct {
	ID string // of the act in its own module
	Act
	State State
	// Post is our own id of this asking, kept before anything leaves.
	Post string
	// Device carries it; Person asked, At.
	Device  string
	Person  string
	At      time.Time
	Changed time.Time
	// Transaction and Cancellation are the third party's numbers.
	Transaction  string `json:",omitempty"`
	Cancellation string `json:",omitempty"`
	// Words are the third party's when it refused.
	Words   string   `json:",omitempty"`
	Receipt *Receipt `json:",omitempty"`
	// Proof is the ARActe as it came.
	Proof   *File    `json:",omitempty"`
	Letters []Letter `json:",omitempty"`
}

// Effective tells whether the State's representative has received it, and no cancellation has
// taken that away.
func (f *Filing) Effective() bool {
	return f.Receipt != nil && f.State != Cancelled
}

// Stamp is what a copy of the act bears once it was received: a copy, for the signed original is
// never stamped. Nothing before.
func (f *Filing) Stamp() []string {
	if !f.Effective() {
		return nil
	}
	return []string{
		"Accusé de réception en préfecture", f.Receipt.ID, "Date de réception : " + french.Date(f.Receipt.Date.Time()), "Copie : l’original signé n’est pas tamponné.",
	}
}

// ReferralEnd is the last day on which the State's representative may refer the act to the
// court (CGCT, art. L2131-6): two months from its reception, a clear term. Interrupted tells
// that further documents were asked for, and that their reception is not known here: the term
// runs again from it. Where it is known, the term runs from there. All are drafts, to be checked.
func (f *Filing) ReferralEnd() (end authority.Day, interrupted bool) {
	if f.Receipt == nil {
		return "", false
	}
	from := f.Receipt.Date
	for _, l := range f.Letters {
		switch {
		case l.Kind != handover.MorePieces:
		case l.Reply != nil && l.Reply.State == ReplyReceived:
			from = max(from, authority.DayOf(l.Reply.Changed))
		default:
			interrupted = true
		}
	}
	return authority.ClearTerm(from, 2), interrupted
}

// FileName is the name of a file of an act in @CTES: its type, department, SIREN, day of the
// decision, number, nature, transaction, message and place, which is 0 for the message itself.
// The third party gives it; it is shown so that the préfecture's letters are recognised.
func FileName(department, siren, nature string, a Act, place int) string {
	extension, kind := ".xml", ""
	if files := append([]File{a.File}, a.Annexes...); place > 0 && place <= len(files) {
		f := files[place-1]
		extension = strings.ToLower(path.Ext(f.Name))
		if f.Type != "" {
			kind = f.Type + "-"
		}
	}
	return kind + strings.Join([]string{department, siren, strings.ReplaceAll(string(a.Date), "-", ""), a.Number, nature, "1", "1_" + strconv.Itoa(place)}, "-") + extension
}
