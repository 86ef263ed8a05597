package exchanges

import (
	"context"
	"time"

	"alpi40.fr/airial/ui/shell"
)

// Office is what this page asks of the program. All methods run off the window's thread.
type Office interface {
	Person(ctx context.Context) (string, error)
	// Exchanges gives all that the page shows.
	Exchanges(ctx context.Context) (State, error)
	// Choices is how many disagreements wait for a person.
	Choices(ctx context.Context) (int, error)
	// Synchronise makes one exchange and waits for it.
	Synchronise(ctx context.Context) error
	// Suspend stops the exchanges, or takes them up again.
	Suspend(ctx context.Context, on bool) error
	// Decide settles a disagreement: what stands is kept, or what was set aside is done again.
	Decide(ctx context.Context, person, stream string, again bool, note string) error
	// KeepHere keeps the documents of a thing on this computer; else they may leave it.
	KeepHere(ctx context.Context, stream string, on bool) error
	// SetKeeping says after how many months documents leave (0: never), and the room kept free, in bytes.
	SetKeeping(ctx context.Context, months int, floor int64) error
	// MakeRoom lets documents leave now, and tells how many did and what they took, in bytes.
	MakeRoom(ctx context.Context) (documents int, bytes int64, err error)
	// Shelves gives the things that have documents, the newest first; words, if any, are what one looks for.
	Shelves(ctx context.Context, where Where, words string) ([]Shelf, error)
	// Bring fetches now the documents of a thing that are not here, and tells how many came and how many the server lacks.
	Bring(ctx context.Context, stream string) (came, lacking int, err error)
	// LeaveThere takes the documents of a thing off this computer, and tells how many left and what they took, in bytes.
	LeaveThere(ctx context.Context, stream string) (documents int, bytes int64, err error)
	// SetMetering says what the line costs: "" as the system says, "always", "never".
	SetMetering(ctx context.Context, metering string) error
	// SetProxy says through what the server is reached; an empty password keeps the present one.
	SetProxy(ctx context.Context, p Proxy, password string) error
}

// State is all that the page shows.
type State struct {
	Status shell.SyncStatus
	// Trouble is the last failure, for its words; nil when all is well.
	Trouble error
	Items   []Item
	// Waiting are how many acts and documents wait, of which Items shows the first.
	Acts, Up, Down int
	Conflicts      []Conflict
	Stock          Stock
	Metering       string
	Proxy          Proxy
}

// Kind says what an item is.
type Kind int

// The kinds.
const (
	Act  Kind = iota // to send
	Up               // a document to send
	Down             // a document to receive
)

// Item is one thing that waits.
type Item struct {
	Kind   Kind
	Stream string
	// Title is that of the folder, the act, the sitting…; Said the kind of the journal's entry.
	Title, Said, Who string
	Route            shell.Route // where it is shown; zero: nowhere
	At               time.Time
	Size, Done       int64 // bytes; Size -1: unknown
	Moving           bool
	First            bool // it comes before others: somebody needs it
	Absent           bool // the server has not got it: its own computer has to send it
	Err              error
}

// Conflict is what two computers wrote at one place.
type Conflict struct {
	Stream, Title   string
	Route           shell.Route
	Standing, Aside []Said
	Again           bool // what was set aside may be done again from here
}

// Said is one entry of a disagreement, in full.
type Said struct {
	Kind, Who, Where string // Where is the computer
	At               time.Time
	Lines            []Line
	Documents        int
	Sealed           bool // its contents are personal data, shown on its own page alone
}

// Line is one thing that an entry says.
type Line struct{ Name, Value string }

// Where says which documents are asked for.
type Where int

// The places.
const (
	Anywhere Where = iota
	OnServer       // some are there alone
	OnLaptop       // some are here
)

// Shelf is a thing that has documents, and where they are.
type Shelf struct {
	Stream, Title      string
	Route              shell.Route
	Here, Away, Coming int
	Bytes              int64 // of those whose length is known
	Last               time.Time
	Kept               bool // by hand
	Needed             bool // by rule: it awaits who works here
}

// Stock is where the authority's documents are.
type Stock struct {
	Here, Away  int
	Bytes, Room int64
	Months      int
	Floor       int64
	Kept        []Kept
}

// Kept is a thing whose documents a person keeps here.
type Kept struct{ Stream, Title string }

// Proxy is how the server is reached.
type Proxy struct {
	Mode          string // "", "script", "fixed", "none"
	Address, User string
}
