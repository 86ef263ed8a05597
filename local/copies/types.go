package copies

import (
	"time"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/civilstatus"
)

// Kind is what is asked for.
type Kind string

// The kinds.
const (
	Full         Kind = "full"
	Filiation    Kind = "filiation"    // extract with filiation
	Plain        Kind = "plain"        // extract without filiation
	Multilingual Kind = "multilingual" // CIEC convention n° 16
)

// Kinds are those that may be asked of an act, the fullest first.
func Kinds(on civilstatus.ActKind) []Kind {
	switch on {
	case civilstatus.Birth, civilstatus.Marriage:
		return []Kind{Full, Filiation, Plain, Multilingual}
	case civilstatus.Death:
		return []Kind{Full, Multilingual}
	}
	return []Kind{Full}
}

// Quality is in what quality one asks.
type Quality string

// The qualities.
const (
	Self           Quality = "self"
	Spouse         Quality = "spouse"
	Partner        Quality = "partner" // of a PACS
	Ascendant      Quality = "ascendant"
	Descendant     Quality = "descendant"
	Representative Quality = "representative"
	Lawyer         Quality = "lawyer" // or notary, in their missions
	Administration Quality = "administration"
	Third          Quality = "third"
)

// Qualities are all of them, in the order of a form.
func Qualities() []Quality {
	return []Quality{Self, Spouse, Partner, Ascendant, Descendant, Representative, Lawyer, Administration, Third}
}

// Channel is how a request came.
type Channel string

// The channels.
const (
	Counter Channel = "counter"
	Mail    Channel = "mail"
	Email   Channel = "email"
	Notary  Channel = "notary"
)

// Channels are all of them.
func Channels() []Channel { return []Channel{Counter, Mail, Email, Notary} }

// Asked is what a request says. It is personal data.
type Asked struct {
	Act     string  `json:"act"`
	Kind    Kind    `json:"kind"`
	Number  int     `json:"number"`
	Channel Channel `json:"channel"`
	Name    string  `json:"name"`
	Address string  `json:"address,omitempty"`
	Quality Quality `json:"quality"`
	Paper   string  `json:"paper,omitempty"` // the identity paper seen: its kind, never its number
	Basis   string  `json:"basis,omitempty"` // mandate, mission or text relied upon
	// Emancipated: a minor whom the law holds for of age.
	Emancipated bool `json:"emancipated,omitempty"`
	// Parents: the request names the parents of the person, as it must for what tells of filiation.
	Parents bool          `json:"parents,omitempty"`
	On      authority.Day `json:"on"`
}

// State of a request.
type State string

// The states.
const (
	Received State = "received"
	Granted  State = "granted"
	Refused  State = "refused"
)

// Request is a request with what became of it.
type Request struct {
	ID string `json:"id"`
	Asked
	State   State         `json:"state"`
	Given   Kind          `json:"given,omitempty"`   // what was granted, which may be less than was asked
	Verdict Verdict       `json:"verdict,omitempty"` // what the rules said
	Reason  string        `json:"reason,omitempty"`  // of the officer
	Article string        `json:"article,omitempty"`
	Officer string        `json:"officer,omitempty"`
	Decided authority.Day `json:"decided,omitempty"`
	At      time.Time     `json:"at"`
	// Erased: only the day and the outcome are left.
	Erased bool `json:"erased,omitempty"`
}

// Count is what is left of the requests of a year: the figures.
type Count struct {
	Year                               int
	Received, Granted, Refused, Erased int
}

// Details are what extracts say and the index does not, by name of field; see Fields.
type Details map[string]string

// Field is one of them.
type Field struct {
	Name, Label string
	// Filiation: only what tells of filiation says it.
	Filiation bool
	// Needed to set an extract.
	Needed bool
}

// Fields are those of a kind of act.
func Fields(on civilstatus.ActKind) []Field {
	current := []Field{{Name: "nom", Label: "Nom à jour des mentions"}, {Name: "prenoms", Label: "Prénoms à jour des mentions"}}
	switch on {
	case civilstatus.Birth:
		return append([]Field{
			{Name: "lieu", Label: "Lieu de naissance", Needed: true}, {Name: "heure", Label: "Heure"},
			{Name: "parent1", Label: "Premier parent (prénoms, nom)", Filiation: true}, {Name: "parent2", Label: "Second parent (prénoms, nom)", Filiation: true},
		}, append(current, Field{Name: "sexe", Label: "Sexe à jour des mentions"})...)
	case civilstatus.Marriage:
		var all []Field
		all = append(all, Field{Name: "lieu", Label: "Lieu du mariage", Needed: true})
		for _, who := range []struct{ n, words string }{{"1", "Premier époux"}, {"2", "Second époux"}} {
			all = append(all,
				Field{Name: "epoux" + who.n, Label: who.words + " (prénoms, nom)", Needed: true}, Field{Name: "ne" + who.n, Label: who.words + " : né(e) le, à", Needed: true},
				Field{Name: "parents" + who.n, Label: who.words + " : fils ou fille de", Filiation: true})
		}
		return all
	case civilstatus.Death:
		return []Field{{Name: "lieu", Label: "Lieu du décès", Needed: true}, {Name: "ne", Label: "Né(e) le, à", Needed: true}, {Name: "conjoint", Label: "Dernier conjoint"},
			{Name: "parent1", Label: "Premier parent (prénoms, nom)"}, {Name: "parent2", Label: "Second parent (prénoms, nom)"}}
	}
	return nil
}
