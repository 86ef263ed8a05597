package civilstatus

import (
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
	Gender    Gender `json:"gender"`
	Commune   string `json:"commune"`
	// Images are the pages as they were given, byte for byte.
	Images   []Image   `json:"images"`
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

// The states.
const (
	ToAffix  State = "to-affix"
	Affixed  State = "affixed"
	Notified State = "notified"
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
}

func (a *Act) find(mention string) *Mention {
	for i := range a.Mentions {
		if a.Mentions[i].ID == mention {
			return &a.Mentions[i]
		}
	}
	return nil
}
