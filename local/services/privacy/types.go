package privacy

import (
	"time"

	"alpi40.fr/airial/local/authority"
)

// Activity is one processing activity: a sheet of the register.
type Activity struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Joint    string `json:"joint,omitempty"` // joint controllers
	Software string `json:"software,omitempty"`
	Purposes string `json:"purposes"`
	Basis    string `json:"basis,omitempty"` // GDPR, art. 6.1
	People   string `json:"people"`
	Data     string `json:"data"`
	// Sensitive says which data of art. 9 or 10 are processed; empty for none.
	Sensitive  string `json:"sensitive,omitempty"`
	Retention  string `json:"retention"`
	Internal   string `json:"internal,omitempty"` // who receives the data
	External   string `json:"external,omitempty"`
	Processors string `json:"processors,omitempty"`
	Transfers  string `json:"transfers,omitempty"` // outside the Union; empty for none
	Security   string `json:"security"`

	Created authority.Day `json:"-"`
	Updated authority.Day `json:"-"`
	// Own: it is what the program says of itself; Draft: nobody of the town hall has read it over.
	Own   bool `json:"own,omitempty"`
	Draft bool `json:"-"`
}

// Right is what a person asks for.
type Right string

// The rights (GDPR, art. 15 to 22).
const (
	Access      Right = "access"      // art. 15
	Rectify     Right = "rectify"     // art. 16
	Delete      Right = "delete"      // art. 17
	Restrict    Right = "restrict"    // art. 18
	Portability Right = "portability" // art. 20
	Object      Right = "object"      // art. 21
)

// Rights gives all.
func Rights() []Right { return []Right{Access, Rectify, Delete, Restrict, Portability, Object} }

// Asked is what a request says.
type Asked struct {
	Name     string        `json:"name"`
	Contact  string        `json:"contact,omitempty"`
	Right    Right         `json:"right"`
	Text     string        `json:"text,omitempty"`
	Received authority.Day `json:"received"`
}

// RequestState is where a request is.
type RequestState string

// The states of a request.
const (
	Received RequestState = "received"
	Answered RequestState = "answered"
	Denied   RequestState = "denied"
)

// Request is one of a data subject.
type Request struct {
	ID string
	Asked
	State RequestState
	// Extended: two more months were taken, for Why.
	Extended bool
	Why      string
	// Closed is the day of the answer, Answer what it was.
	Closed authority.Day
	Answer string
	Erased bool
}

// Waits tells whether it is still to be answered, within its term (GDPR, art. 12.3).
func (r Request) Waits() bool { return r.State == Received && !r.Erased }

// Risk is what a breach may do to people.
type Risk string

// The risks (GDPR, art. 33.1 and 34.1).
const (
	NoRisk   Risk = "none"
	SomeRisk Risk = "some"
	HighRisk Risk = "high"
)

// Risks gives all.
func Risks() []Risk { return []Risk{NoRisk, SomeRisk, HighRisk} }

// Told is what is written of a breach (GDPR, art. 33.3).
type Told struct {
	Title        string    `json:"title"`
	Happened     string    `json:"happened"`
	Aware        time.Time `json:"aware"` // when the town hall knew
	People       string    `json:"people"`
	Data         string    `json:"data"`
	Consequences string    `json:"consequences"`
	Measures     string    `json:"measures"`
	Risk         Risk      `json:"risk"`
}

// Breach is one, as it stands in the register of breaches (art. 33.5).
type Breach struct {
	ID string
	Told
	// Notified is when the CNIL was told, under Number; Reason why it was not, or was late.
	Notified time.Time
	Number   string
	Reason   string
	// Spread is when the people concerned were told (art. 34).
	Spread time.Time
	Closed bool
}

// Waits tells whether the CNIL is still to be told of it (GDPR, art. 33.1).
func (b Breach) Waits() bool { return !b.Closed && b.Risk != NoRisk && b.Notified.IsZero() }
