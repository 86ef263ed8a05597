package registers

import (
	"time"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/writing"
)

// Formality is something the law asks for after a sitting, which a person notes as done on a day.
type Formality string

// The formalities.
const (
	SummonsPosted Formality = "summons.posted" // at the door (L2121-10)
	ListPosted    Formality = "list.posted"    // at the town hall (L2121-25)
	ListOnline    Formality = "list.online"    // on the site (L2121-25)
	ClosingSigned Formality = "closing.signed" // by hand, on the paper register (R2121-9)
)

// Paragraph is a part of minutes: of a point (deliberation id), or of what stands before or after them.
type Paragraph struct {
	Point string `json:"point"`
	Text  string `json:"text"`
}

// The places of paragraphs that belong to no point.
const (
	PlaceOpening = "opening"
	PlaceClosing = "closing"
)

// Limits of what people write.
const (
	maxParagraphs    = 2000
	maxParagraphText = 100_000
	maxCorrections   = 200
)

// Minutes are those of a sitting. The facts (who, quorum, votes) are the sitting's record; the text is the substance of
// the discussions.
type Minutes struct {
	Sitting string      `json:"sitting"`
	Text    []Paragraph `json:"text"`
	Ended   string      `json:"ended,omitempty"` // «22:15»
	// Edition is the id of the entry that says how they stand; empty before the first text.
	Edition string `json:"edition"`
	// Inclusion is the last saved text with what of the writing it holds.
	Inclusion writing.Inclusion `json:"inclusion"`
	Settled   *Settled          `json:"settled,omitempty"`
	// Signed is the day on which the mayor and the secretary signed them.
	Signed    authority.Day `json:"signed,omitempty"`
	Published authority.Day `json:"published,omitempty"`
	Where     string        `json:"where,omitempty"`
}

// Settled is how minutes were settled: by which sitting, with which corrections.
type Settled struct {
	By          string    `json:"by"` // sitting
	At          time.Time `json:"at"` // of that sitting
	Corrections []string  `json:"corrections,omitempty"`
}

// Record is a sitting with all that follows it.
type Record struct {
	Sitting      council.Sitting
	Affairs      []council.Deliberation // numbered, in the order of the agenda
	Minutes      *Minutes               // nil: not drafted
	Formalities  map[Formality]authority.Day
	Deliberation map[string]council.Deliberation // all of the agenda
}

// Status is where an order is.
type Status string

// The states of an order.
const (
	Draft    Status = "draft"
	Numbered Status = "numbered"
	Sent     Status = "sent"
	Signed   Status = "signed"
)

// OrderText is what is drafted.
type OrderText struct {
	council.Text
	// Individual acts are notified to a person rather than published.
	Individual bool `json:"individual,omitempty"`
	// Matter is that of the delegation a decision rests on: «4° marchés publics» (CGCT, art. L2122-22).
	Matter string `json:"matter,omitempty"`
}

// Order is an order (arrêté) or a decision by delegation.
type Order struct {
	ID     string         `json:"id"`
	Series council.Series `json:"series"`
	Text   OrderText      `json:"text"`
	Status Status         `json:"status"`
	// Edition is the id of the entry that says how it stands: two laptops never give one edition to two texts.
	Edition string    `json:"edition"`
	Saved   time.Time `json:"saved"`

	Number string        `json:"number,omitempty"`
	Date   authority.Day `json:"date,omitempty"`
	Signer string        `json:"signer,omitempty"` // person
	// SignerName and SignerTitle are as they were when the number was given.
	SignerName  string `json:"signerName,omitempty"`
	SignerTitle string `json:"signerTitle,omitempty"`

	Folder string        `json:"folder,omitempty"`
	PDF    *store.Digest `json:"pdf,omitempty"`
	Final  *store.Digest `json:"final,omitempty"` // signed

	// Known is the day on which it was published, or notified.
	Known authority.Day `json:"known,omitempty"`
	// Reported is the sitting to which a decision was reported, and its day.
	Reported   string        `json:"reported,omitempty"`
	ReportedOn authority.Day `json:"reportedOn,omitempty"`
}

// Followup is what an act asks to be done.
type Followup struct {
	ID     string        `json:"id"`
	Act    string        `json:"act"`   // deliberation or order id
	Label  string        `json:"label"` // «2026-045 Tarifs de la salle»
	What   string        `json:"what"`
	Person string        `json:"person"` // id
	Due    authority.Day `json:"due,omitempty"`
	Asked  time.Time     `json:"asked"`
}

// Step is something due after a sitting.
type Step string

// The steps, in their usual order.
const (
	StepSummons  Step = "summons"
	StepList     Step = "list"
	StepSign     Step = "sign"
	StepClosing  Step = "closing"
	StepMinutes  Step = "minutes"
	StepSettle   Step = "settle"
	StepHand     Step = "hand"
	StepPublish  Step = "publish"
	StepDecision Step = "decision"
)

// Due is a step as it stands.
type Due struct {
	Step     Step
	Deadline authority.Day // empty: none in the law
	Done     authority.Day // empty: not yet
	Finished bool          // with or without a day
	Late     bool
	Article  string
}
