package civilstatus

import (
	"strings"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/store"
)

// Act is a digitised act with its mentions.
type Act struct {
	ID       string        `json:"id"`
	Kind     ActKind       `json:"kind"`
	Year     int           `json:"year"`
	Register string        `json:"register,omitempty"`
	Number   string        `json:"number"`
	Page     string        `json:"page,omitempty"`
	Date     authority.Day `json:"date"` // of the event; empty when no day of the calendar is known
	// Written is the date as the register has it, when it is no plain day: «12 brumaire an VII», «mai 1902».
	Written   string `json:"written,omitempty"`
	LastName  string `json:"lastName"`
	FirstName string `json:"firstName"`
	// Usual is the usual name that the act tells («épouse Modèle»), by which people look for it too.
	Usual   string `json:"usual,omitempty"`
	Gender  Gender `json:"gender"`
	Commune string `json:"commune"`
	// Images are the pages as they were given, byte for byte.
	Images []Image `json:"images"`
	// Former are the images of before the last scan, the oldest first: none is ever dropped.
	Former   []Image   `json:"former,omitempty"`
	Mentions []Mention `json:"mentions"`
	// Outdated: a mention was affixed since the page was scanned.
	Outdated bool `json:"outdated"`
}

// Image is a digitised page.
type Image struct {
	Digest store.Digest `json:"digest"`
	Media  string       `json:"media"` // «image/png»
	Name   string       `json:"name"`
}

// State of a mention.
type State string

// The states. What comes before, «received», is that of an [Incoming] notice.
const (
	Prepared     State = "prepared" // to be verified by another person
	ToAffix      State = "to-affix"
	Affixed      State = "affixed"
	Notified     State = "notified"
	Acknowledged State = "acknowledged" // every receipt that was awaited came back
	Withdrawn    State = "withdrawn"    // before it was affixed; kept, with its reason
)

// Mention is a mention on an act.
type Mention struct {
	ID       string            `json:"id"`
	Code     string            `json:"code"`
	Label    string            `json:"label"`
	Fields   map[string]string `json:"fields"`
	Text     string            `json:"text"` // to the letter
	Status   Status            `json:"status"`
	Basis    string            `json:"basis"`
	Source   string            `json:"source"` // the notice or the request it comes from
	State    State             `json:"state"`
	Received authority.Day     `json:"received"`
	Due      authority.Day     `json:"due"`
	Officer  string            `json:"officer,omitempty"`
	On       authority.Day     `json:"on,omitempty"` // affixed

	Preparer string        `json:"preparer,omitempty"`
	Verifier string        `json:"verifier,omitempty"`
	Verified authority.Day `json:"verified,omitempty"`
	// Capacity is the order under which a delegate signed (CGCT, art. R2122-10).
	Capacity string `json:"capacity,omitempty"`
	// Day is that of the event, when its fields tell one.
	Day authority.Day `json:"day,omitempty"`
	// Quoted: the wording was copied from the notice, for want of one in the catalogue.
	Quoted bool `json:"quoted,omitempty"`
	// Corrects is the affixed mention that this one rectifies, on the Order of the procureur or of a court.
	Corrects    string `json:"corrects,omitempty"`
	Order       string `json:"order,omitempty"`
	CorrectedBy string `json:"correctedBy,omitempty"`
	// Overrides are the rules that held it and the reasons for which a person went on.
	Overrides []Override `json:"overrides,omitempty"`
	// Analysis: the marginal analysis is to be crossed out and written anew (IGREC n° 65); Crossed: it was.
	Analysis bool `json:"analysis,omitempty"`
	Crossed  bool `json:"crossed,omitempty"`
	// Incoming is the notice that it comes from.
	Incoming string     `json:"incoming,omitempty"`
	Notices  []Outgoing `json:"notices,omitempty"`
	// Closed: no other notice is to be sent.
	Closed bool `json:"closed,omitempty"`
	// Dropped is why it was withdrawn before being affixed.
	Dropped string `json:"dropped,omitempty"`
	// Stood: it was read off the margin, where it stood before the act came here; On is empty where its day is not read.
	Stood bool `json:"stood,omitempty"`
	// Scanned: the present image shows it.
	Scanned bool `json:"scanned,omitempty"`
}

// InMargin tells whether the mention stands on the register.
func (m *Mention) InMargin() bool { return m.State != Withdrawn && (m.On != "" || m.Stood) }

// Override is why a person went on in spite of a rule.
type Override struct {
	Rule   Rule   `json:"rule"`
	Why    string `json:"why"`
	Reason string `json:"reason"`
}

// live tells whether the mention counts in the life that the act tells.
func (m *Mention) live() bool { return m.State != Withdrawn && m.CorrectedBy == "" }

// Poor tells whether the index is to be completed in front of the image: without a name no one finds the act, without the
// gender no mention agrees.
func (a *Act) Poor() bool {
	return strings.TrimSpace(a.LastName) == "" || a.Gender == "" && a.Kind != Marriage
}

func (a *Act) find(mention string) *Mention {
	for i := range a.Mentions {
		if a.Mentions[i].ID == mention {
			return &a.Mentions[i]
		}
	}
	return nil
}
