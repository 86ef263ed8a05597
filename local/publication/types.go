package publication

import (
	"time"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/store"
)

// Kind is what sort of act is published.
type Kind string

// The kinds.
const (
	Deliberation Kind = "deliberation"
	List         Kind = "list"     // of the deliberations of a sitting (L2121-25)
	Minutes      Kind = "minutes"  // of a sitting (L2121-15)
	Order        Kind = "order"    // arrêté
	Decision     Kind = "decision" // of the mayor, by delegation (L2122-22)
)

// Author is who made the act (CGCT, art. R2131-1, I).
type Author struct {
	First   string `json:"first"`
	Last    string `json:"last"`
	Quality string `json:"quality"` // «Maire»
}

// Words is «Maïté FICTIVE, maire».
func (a Author) Words() string { return authorWords(a) }

// Votes are the figures of a ballot.
type Votes struct {
	InExercise int `json:"inExercise"`
	Voters     int `json:"voters"`
	For        int `json:"for"`
	Against    int `json:"against"`
	Abstained  int `json:"abstained"`
}

// Act is what is published, as publishing knew it.
type Act struct {
	ID      string        `json:"id"` // of its stream
	Kind    Kind          `json:"kind"`
	Source  string        `json:"source,omitempty"` // id of the deliberation or of the sitting
	Number  string        `json:"number,omitempty"`
	Subject string        `json:"subject"`
	Adopted authority.Day `json:"adopted"`
	Sitting time.Time     `json:"sitting,omitzero"`
	Author  Author        `json:"author"`
	Votes   *Votes        `json:"votes,omitempty"`
	// Settled is the sitting that settled the minutes (L2121-15).
	Settled authority.Day `json:"settled,omitempty"`
}

// Details are what a person says of an act besides.
type Details struct {
	// Individual: it names whom it concerns, and is notified (L2131-1, II).
	Individual bool `json:"individual,omitempty"`
	// Unsent: not among the acts to be sent to the State's representative (L2131-2).
	Unsent bool `json:"unsent,omitempty"`
	// Matter is its code in the nomenclature of @CTES, level 2: «7.5».
	Matter string `json:"matter,omitempty"`
	// BudgetYear and BudgetName are those of the open data: «2027», «Budget principal».
	BudgetYear string `json:"budgetYear,omitempty"`
	BudgetName string `json:"budgetName,omitempty"`
}

// Publication is an act and all that was done to make it public.
type Publication struct {
	Act
	Details

	// Received is when the State's representative received it, with the receipt's number.
	Received authority.Day `json:"received,omitempty"`
	Receipt  string        `json:"receipt,omitempty"`

	// Urgent is when it was posted at the town hall in urgency, before being online; Urgency says why (L2131-1).
	Urgent  time.Time `json:"urgent,omitzero"`
	Urgency string    `json:"urgency,omitempty"`

	Way council.Publication `json:"way,omitempty"`
	At  time.Time           `json:"at,omitzero"` // put online, posted or laid out
	By  string              `json:"by,omitempty"`
	// ChosenBy is the deliberation that chose the way, as it stood then.
	ChosenBy string `json:"chosenBy,omitempty"`

	// Document is the PDF that is public, Page its text as data, Original what was signed or
	// brought, shown beside when nothing was masked.
	Document *store.Digest `json:"document,omitempty"`
	Page     *store.Digest `json:"page,omitempty"`
	Original *store.Digest `json:"original,omitempty"`
	// Masked: the copy lacks words; Replaced is when it took the place of another one online.
	Masked   bool      `json:"masked,omitempty"`
	Replaced time.Time `json:"replaced,omitzero"`

	Withdrawn time.Time `json:"withdrawn,omitzero"`
	Reason    string    `json:"reason,omitempty"`
	// Hidden: the notice of withdrawal does not repeat the subject.
	Hidden bool `json:"hidden,omitempty"`
}

// State is where an act is, on a day.
type State string

// The states.
const (
	ToPublish State = "todo"
	ToNotify  State = "notify"
	Urgent    State = "urgent" // posted in urgency: it binds, and is still to be put online
	Public    State = "public"
	Over      State = "over" // public for two months and more
	Withdrawn State = "withdrawn"
)

// StateOn is where the act is on a day.
func (p Publication) StateOn(today authority.Day) State {
	switch {
	case p.Individual && p.At.IsZero():
		return ToNotify
	case !p.Withdrawn.IsZero():
		return Withdrawn
	case p.At.IsZero() && !p.Urgent.IsZero():
		return Urgent
	case p.At.IsZero():
		return ToPublish
	case today > MinimumEnd(authority.DayOf(p.At)):
		return Over
	}
	return Public
}

// Online tells whether the act is shown on the site.
func (p Publication) Online() bool {
	return !p.At.IsZero() && p.Way == council.Electronic && p.Withdrawn.IsZero()
}

// Due is the last day to publish: of the list and of the minutes alone. Empty: as
// soon as possible.
func (p Publication) Due() authority.Day {
	switch {
	case !p.At.IsZero():
		return ""
	case p.Kind == List:
		return council.ListDue(p.Adopted)
	case p.Kind == Minutes && p.Settled != "":
		return council.MinutesDue(p.Settled)
	}
	return ""
}

// MustBeSent tells whether the act is among those that the State's representative
// receives: neither lists nor minutes are acts of L2131-2.
func (p Publication) MustBeSent() bool {
	return !p.Unsent && p.Kind != List && p.Kind != Minutes
}

// Settings are the authority's.
type Settings struct {
	// Way is what the assembly chose, ChosenBy by which deliberation: «2026-012 du 3 mars 2026».
	Way      council.Publication `json:"way,omitempty"`
	ChosenBy string              `json:"chosenBy,omitempty"`
	// URL is where the folder of the export will be seen: «https://www.exemple.fr/actes».
	URL string `json:"url,omitempty"`
	// Where says it in a sentence: «sur le site internet de la commune».
	Where string `json:"where,omitempty"`
	// NIC are the five digits that follow the SIREN.
	NIC string `json:"nic,omitempty"`
	// Prefecture is the identifier of who controls the acts, in open data: «SPREF0401».
	Prefecture string `json:"prefecture,omitempty"`
}

func (s Settings) where() string {
	if s.Where != "" {
		return s.Where
	}
	return "sur le site internet de la collectivité"
}
