package seda

import (
	"context"
	"strings"
	"time"
)

// Transfer is what is handed over at once: one tree of archive units.
type Transfer struct {
	// ID names the message for both sides; Date is when it was made.
	ID   string
	Date time.Time
	// Comments are for who receives it.
	Comments []string
	// Originating is the service that made the documents.
	Originating Agency
	// Kind chooses the rules of the profile; they count from Since.
	Kind  string
	Since time.Time
	Root  Unit
}

// Level of an archive unit (ISAD(G)).
type Level string

// The levels that are used here.
const (
	File  Level = "File"      // a folder
	Group Level = "RecordGrp" // several documents of one sort
	Item  Level = "Item"      // a document
)

// Unit is an archive unit: what is described as one thing. What is empty is left out.
type Unit struct {
	Level       Level
	Title       string
	Description string
	// ID is the town hall's own identifier of it.
	ID string
	// Type is its sort: «courrier», «annexe», «signature détachée».
	Type     string
	Keywords []Keyword
	// Writers are those who signed.
	Writers []Agent
	// Created is when it came to be; Start and End are the extreme dates.
	Created, Start, End time.Time
	Events              []Event
	// Signatures are those of its own Object.
	Signatures []Signature
	Object     *Object
	Units      []Unit
}

// Object is a file. Content is called once, when its turn comes to be written.
type Object struct {
	Name    string
	Content func(context.Context) ([]byte, error)
}

// Keyword is a word of the index; Type is one of the standard's: «subject», «corpname»,
// «geogname»…
type Keyword struct{ Text, Type string }

// Agent is a person in a quality.
type Agent struct {
	Name     string
	Function string
	Role     string
}

// Event is something that happened to a unit.
type Event struct {
	// Type is what happened, in words; Detail is by whom and why; Outcome is how it ended.
	Type, Detail, Outcome string
	At                    time.Time
}

// Signature is an electronic signature and its verification.
type Signature struct {
	Signer Agent
	At     time.Time
	// Verifier is the program that verified it, Verified when.
	Verifier string
	Verified time.Time
}

// token writes a text as the standard's tokens are: on one line, without blanks around.
func token(text string) string { return strings.Join(strings.Fields(text), " ") }
