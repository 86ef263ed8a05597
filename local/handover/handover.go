// Package handover holds the words that the modules and the trusted third party (tiers de
// télétransmission) share: how far something that was handed over has come, and why it has
// not left. The modules ask through interfaces of their own; sync/tdt answers.
package handover

import "errors"

// The reasons for which something has not been handed over; match them with errors.Is.
var (
	// ErrNotSent: nothing reached the third party. Trying again sends once.
	ErrNotSent = errors.New("nothing reached the third party")
	// ErrUncertain: the bytes left, and no answer that can be believed came back. Whoever
	// tries again must ask first what became of them.
	ErrUncertain = errors.New("the third party's answer was lost")
	// ErrDuplicate: the third party has these bytes already, under a number it does not tell.
	ErrDuplicate = errors.New("the third party has it already")
	// ErrNotThere: the third party has nothing of the kind; it can be posted.
	ErrNotThere = errors.New("the third party does not have it")
	// ErrNotSet: no third party is described on this computer.
	ErrNotSet = errors.New("no third party is set")
	// ErrOther: what came back is about something else.
	ErrOther = errors.New("the answer is about something else")
)

// Refusal is a third party that said no, in its own words.
type Refusal struct{ Words string }

func (r *Refusal) Error() string { return "the third party refused: " + r.Words }

// Stage is how far something handed over has come.
type Stage string

// The stages.
const (
	// Received by the third party, which has not passed it on yet.
	Received Stage = "received"
	// Forwarded to the State's service (Hélios, @CTES), which has not answered yet.
	Forwarded Stage = "forwarded"
	// Answered: the State's service has, and its answer is in Progress.
	Answered Stage = "answered"
	// Failed: the third party gave it up.
	Failed Stage = "failed"
	// Cancelled, at the town hall's own request.
	Cancelled Stage = "cancelled"
)

// Progress is what the third party says of something handed over.
type Progress struct {
	Stage Stage
	// Words are the third party's own, on one line.
	Words string
	// Answer is the State's, when Stage is Answered: a PES_Acquit, an ARActe.
	Answer []byte
}

// Act is an act as the third party takes it in (@CTES, transmission d’acte).
type Act struct {
	Nature  int    // 1 to 6
	Matter  string // «7.1.2»: one to five numbers
	Number  string // 1 to 15 of A-Z, 0-9 and _
	Subject string
	Date    string // of the decision, AAAA-MM-JJ
	File    File
	Annexes []File
}

// File is a document of an act, with the code of its type («99_DE»).
type File struct {
	Name, Type string
	Content    []byte
}

// LetterKind is what the préfecture writes, in the numbers of @CTES.
type LetterKind int

// The kinds of letters.
const (
	Courtesy    LetterKind = 2 // courrier simple
	MorePieces  LetterKind = 3 // demande de pièces complémentaires
	Observation LetterKind = 4 // lettre d’observations
	Referral    LetterKind = 5 // déféré au tribunal administratif
)

// Letter is one that waits at the third party.
type Letter struct {
	ID   string
	Kind LetterKind
	// Transaction and Number are of the act that it is about.
	Transaction, Number string
}

// Reply is the town hall's answer to a letter (@CTES, transactions 2, 3 and 4).
type Reply struct {
	Letter string // the third party's id of the letter
	Kind   LetterKind
	Nature int // of the act
	// Refuse: an explicit refusal.
	Refuse  bool
	File    File
	Annexes []File // of a transmission of further documents alone
}

// MaxWords bounds the words of a third party, in bytes: they stand in an entry.
const MaxWords = 2000
