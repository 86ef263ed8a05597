package parapheur

import (
	"time"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/store"
)

// StepKind is what a step asks of its person.
type StepKind string

// The kinds of steps.
const (
	Approval    StepKind = "approval"    // visa
	Signature   StepKind = "signature"   // signature
	Seal        StepKind = "seal"        // cachet de la collectivité
	Information StepKind = "information" // pour information
	// Transmission hands the signed flows over to the trusted third party (tiers de
	// télétransmission); it is done once Hélios has accepted them.
	Transmission StepKind = "transmission"
	// LegalityReview hands the signed act over to the legality review (@CTES); it is done once
	// the State's representative has received it.
	LegalityReview StepKind = "legality"
)

// Signs tells whether a step asks for a key.
func (k StepKind) Signs() bool { return k == Signature || k == Seal }

// Hands tells whether a step hands something over to the trusted third party.
func (k StepKind) Hands() bool { return k == Transmission || k == LegalityReview }

// Holder is who may do a step: a person, or whoever has a role.
type Holder struct {
	Person string         `json:"person,omitempty"`
	Role   authority.Role `json:"role,omitempty"`
}

// Step is one step of a route. It is done by Person, or by whoever has Role.
type Step struct {
	Kind   StepKind       `json:"kind"`
	Person string         `json:"person,omitempty"`
	Role   authority.Role `json:"role,omitempty"`
	// With are others who may do it too, in any order; with All, each of them must.
	With []Holder `json:"with,omitempty"`
	All  bool     `json:"all,omitempty"`
	// Auto: a transmission that leaves by itself, once the step before it is done.
	Auto bool `json:"auto,omitempty"`
	// MayAdd: who does it may add annexes.
	MayAdd bool `json:"mayAdd,omitempty"`
	// Title is the step as people name it: «Visa de la secrétaire».
	Title string `json:"title"`
	// Over, in cents, and Services are when the step is needed: for an amount above, for
	// one of the services. Empty ones always hold.
	Over     int64    `json:"over,omitempty"`
	Services []string `json:"services,omitempty"`
	// Box is the name of the place for a visible signature, in each document's boxes.
	Box string `json:"box,omitempty"`
}

// NamedRoute is a route that people choose by its name, which the pages have under its key.
type NamedRoute struct {
	Key   string
	Steps []Step
}

// Routes are those that are offered, the usual one first.
func Routes() []NamedRoute {
	usual := UsualRoute()
	return []NamedRoute{
		{"usual", usual}, {"signature", usual[1:]}, {"approval", usual[:1]}, {"accounting", AccountingRoute()}, {"legality", LegalityRoute()},
		{"mayor", []Step{{Kind: Approval, Role: authority.RoleMayor, Title: "Visa du maire"}}},
		{"both", []Step{{Kind: Approval, Role: authority.RoleMayor, Title: "Accord du maire"}, {Kind: Approval, Role: authority.RoleSecretary, Title: "Visa du secrétariat"}, usual[1]}},
	}
}

// UsualRoute is the one of a folder for which nobody chose another: the secretary
// approves, the mayor signs.
func UsualRoute() []Step {
	return []Step{
		{Kind: Approval, Role: authority.RoleSecretary, Title: "Visa du secrétariat"},
		{Kind: Signature, Role: authority.RoleMayor, Title: "Signature du maire", Box: "maire"},
	}
}

// AccountingRoute is that of an accounting flow: the mayor signs, the secretary has it
// transmitted to Hélios.
func AccountingRoute() []Step {
	return []Step{
		UsualRoute()[1],
		{Kind: Transmission, Role: authority.RoleSecretary, Title: "Transmission à Hélios"},
	}
}

// LegalityRoute is that of an act: the mayor signs, the secretary has it transmitted to the
// legality review.
func LegalityRoute() []Step {
	return []Step{
		UsualRoute()[1],
		{Kind: LegalityReview, Role: authority.RoleSecretary, Title: "Transmission au contrôle de légalité"},
	}
}

// Kind is what a folder holds, in the words of the town hall.
type Kind string

// The kinds of folders.
const (
	Letter       Kind = "courrier"
	Procurement  Kind = "marché"
	Order        Kind = "arrêté"
	Deliberation Kind = "délibération"
	Accounting   Kind = "flux comptable"
	Purchase     Kind = "bon de commande"
	Other        Kind = "autre"
)

// Kinds are the kinds of folders, in the order in which they are offered.
func Kinds() []Kind {
	return []Kind{Letter, Order, Purchase, Procurement, Accounting, Deliberation, Other}
}

// Act tells whether folders of a kind hold acts, which the legality review receives (CGCT,
// art. L2131-2).
func (k Kind) Act() bool { return k == Deliberation || k == Order || k == Procurement }

// Rectangle is a place left for a visible signature, in points from the lower left corner
// of the page as displayed; pages count from 1, and -1 is the last one.
type Rectangle struct {
	Name string `json:"name"`
	Page int    `json:"page"`
	// Right and Top: X counts from the right edge, Y from the top one.
	Right  bool    `json:"right,omitempty"`
	Top    bool    `json:"top,omitempty"`
	X      float64 `json:"x"`
	Y      float64 `json:"y"`
	Width  float64 `json:"width"`
	Height float64 `json:"height"`
}

// Document is a file of a folder.
type Document struct {
	Name   string       `json:"name"`
	Digest store.Digest `json:"digest"`
	Size   int64        `json:"size"`
	Pages  int          `json:"pages,omitempty"`
	// Annex is read, not signed.
	Annex bool        `json:"annex,omitempty"`
	Boxes []Rectangle `json:"boxes,omitempty"`
	// Original is what was imported; Digest changes with each signature.
	Original store.Digest `json:"original"`
	// Format is how it is signed.
	Format Format `json:"format,omitempty"`
	// Flow sums up an accounting flow.
	Flow *FlowSummary `json:"flow,omitempty"`
	// ArchivedUntil is when its archive timestamp ends, zero when it has none.
	ArchivedUntil time.Time `json:"archivedUntil,omitzero"`
	// Beside are the signatures of a document that does not hold its own, in their order.
	Beside []BesideSignature `json:"beside,omitempty"`
}

// Format is how a document is signed.
type Format string

// The formats.
const (
	// PDF documents hold their signatures: PAdES.
	PDF Format = ""
	// PES flows are signed for Hélios: XAdES inside each bordereau.
	PES Format = "pes"
	// Any other file has its signatures beside it: CAdES.
	Any Format = "cades"
)

// BesideSignature is a signature file (.p7s).
type BesideSignature struct {
	Name   string       `json:"name"`
	Digest store.Digest `json:"digest"`
	Size   int64        `json:"size"`
}

// FlowSummary is what lists say of an accounting flow; amounts are in cents, tax included.
type FlowSummary struct {
	Label      string `json:"label"`
	Bordereaux int    `json:"bordereaux"`
	Spending   int64  `json:"spending"`
	Receipts   int64  `json:"receipts"`
}

// State of a folder.
type State string

// The states.
const (
	Draft     State = "draft"
	Running   State = "running"
	Done      State = "done"
	Refused   State = "refused"
	Withdrawn State = "withdrawn"
)

// Folder is a folder as the pages see it.
type Folder struct {
	ID        string
	Title     string
	Kind      Kind
	State     State
	Documents []Document
	Route     []Step
	// Step is the index of the step that waits; len(Route) when none does. Acted are those
	// who have done their part of it, where several must.
	Step     int
	Acted    []Part `json:",omitempty"`
	Deadline authority.Day
	// Type is the id of the authority's own type, "" for none; Amount is in cents.
	Type    string `json:",omitempty"`
	Amount  int64  `json:",omitempty"`
	Service string `json:",omitempty"`
	// External is its name at the software that sent it, "" for none.
	External string `json:",omitempty"`
	Author   string // person
	Created  time.Time
	Changed  time.Time
	// Read tells that the person of the present step has opened it.
	Read bool `json:"-"`
	// Signatures are those made, in order.
	Signatures []Signed
	History    []Event
	Conflict   bool `json:"-"`
	// Remarks are those written beside it, oldest first.
	Remarks []Remark `json:"-"`
	// Opinions are those asked, oldest first.
	Opinions []Opinion `json:"-"`
	// Receipts are what Hélios answered about its flows, oldest first.
	Receipts []Receipt `json:"-"`
	// Handovers are what was transmitted to the third party, or is to be.
	Handovers []Handover `json:",omitempty"`
	// Renewer is the device that laid its archive timestamps.
	Renewer string `json:",omitempty"`
	// Refusal is the reason of a refused folder.
	Refusal string
}

// Signed is a signature of one document at one step.
type Signed struct {
	Step        int       `json:"step"`
	Document    string    `json:"document"` // name
	Person      string    `json:"person"`
	Capacity    string    `json:"capacity"` // under which title
	At          time.Time `json:"at"`
	Device      string    `json:"device"`
	Certificate string    `json:"certificate"` // SHA-256, hexadecimal
	Subject     string    `json:"subject"`
	Level       string    `json:"level"` // «B-B», «B-LT», «B-LTA»; «EPES» for a flow
	// Offline: its timestamp is still to come.
	Offline bool `json:"offline"`
}

// Part is what one holder of a step has done.
type Part struct {
	Holder int
	Person string
}

// Event is a line of a folder's history.
type Event struct {
	At     time.Time
	Person string
	Device string
	Kind   string // of the entry
	Step   int
	Note   string
	// For is the person in whose place one acted, or to whom a step was handed over.
	For string `json:",omitempty"`
	// Capacity is the title under which one acted.
	Capacity string `json:",omitempty"`
}
