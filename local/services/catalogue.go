package services

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/parcel"
)

// CatalogueKind is the kind of the parcel that holds the catalogue, as CatalogueFile.
const (
	CatalogueKind = "services"
	CatalogueFile = "catalogue.json"
)

// Limits of a catalogue.
const (
	maxCatalogue = 8 << 20
	maxItems     = 500
	maxFields    = 80
	maxWords     = 20_000 // bytes of one text
)

// ErrCatalogue: the catalogue cannot be read, or contradicts itself.
var ErrCatalogue = errors.New("the catalogue of services cannot be read")

// Catalogue is what the agency offers, as data.
type Catalogue struct {
	// Model: it is the one that the program carries, until the agency's own has come.
	Model   bool      `json:"model,omitempty"`
	Version int       `json:"-"` // of the parcel; 0 for the model
	Made    time.Time `json:"-"`

	Agency     Agency     `json:"agency"`
	Themes     []Theme    `json:"themes"`
	Services   []Service  `json:"services"`
	Ticket     Ticket     `json:"ticket"`
	Problems   []Problem  `json:"problems"`
	Notices    []Notice   `json:"notices"`
	Feeds      []Feed     `json:"feeds"`
	Modules    []Module   `json:"modules"`
	Classes    []Class    `json:"classes"`
	Recordings []Link     `json:"recordings"`
	Rooms      []Room     `json:"rooms"`
	Mailboxes  []Mailbox  `json:"mailboxes"`
	Letters    []Letter   `json:"letters"` // of the data protection officer
	RemoteHelp RemoteHelp `json:"remoteHelp"`
	Revocation Revocation `json:"revocation"`
	Remote     Remote     `json:"remote"`
	// Member is the service by which something is asked about a contract; what is asked about begins with its title, in the field «contract».
	Member string `json:"member,omitempty"`
	// Site is the service by which the town hall's website is changed, or its troubles told.
	Site string `json:"site,omitempty"`
}

// Remote is the way to work from afar.
type Remote struct {
	// Service is the one by which access is asked for; Interfaces are names of the agency's private network on computers.
	Service    string   `json:"service,omitempty"`
	Interfaces []string `json:"interfaces,omitempty"`
	About      string   `json:"about,omitempty"`
}

// Agency is whom to call.
type Agency struct {
	Name     string    `json:"name"`
	Phones   []Phone   `json:"phones"`
	Contacts []Contact `json:"contacts"`
}

// Phone is a number that is always in view.
type Phone struct {
	Label  string `json:"label"`
	Number string `json:"number"`
	Hours  string `json:"hours,omitempty"`
}

// Contact is somebody of the agency, or a contract's.
type Contact struct {
	Name  string `json:"name"`
	Role  string `json:"role,omitempty"`
	Phone string `json:"phone,omitempty"`
	Mail  string `json:"mail,omitempty"`
	Hours string `json:"hours,omitempty"`
	// Subjects are what to ask this one about, in people's words; that of a theme is the theme's name.
	Subjects []string `json:"subjects,omitempty"`
}

// Theme gathers services.
type Theme struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// Rubric: the theme has a place of its own on the page of the services, with what was asked of it; About is the line under its name.
	Rubric bool   `json:"rubric,omitempty"`
	About  string `json:"about,omitempty"`
}

// Service is one that can be asked for.
type Service struct {
	ID    string  `json:"id"`
	Theme string  `json:"theme"`
	Name  string  `json:"name"`
	About string  `json:"about,omitempty"`
	Draft bool    `json:"draft,omitempty"` // «projet»
	Field []Field `json:"fields"`
	Steps []Step  `json:"steps,omitempty"`
	// Personal: what is answered is sealed, and forgotten that many months after the end (12 for none).
	Personal bool `json:"personal,omitempty"`
	Months   int  `json:"months,omitempty"`
	// Sign: the request is printed and goes into the parapheur to be signed before it leaves; an
	// order is («commande»), or a charter.
	Sign string `json:"sign,omitempty"`
	// Text is what is printed above the answers of a request that is signed.
	Text string `json:"text,omitempty"`
	// Next is the service that follows once this one is answered: the order after a quote. What both ask under one name is
	// carried from one to the other.
	Next string `json:"next,omitempty"`
	// Delivered: the town hall notes what it received.
	Delivered bool `json:"delivered,omitempty"`
}

// Step is a state of a service's own.
type Step struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// FieldType is the type of an answer.
type FieldType string

// The types that this program knows.
const (
	Line    FieldType = "line"
	Text    FieldType = "text"
	Number  FieldType = "number"
	Amount  FieldType = "amount"
	Day     FieldType = "day"
	Month   FieldType = "month"
	Choice  FieldType = "choice"
	Several FieldType = "several"
	YesNo   FieldType = "yesno"
	Mail    FieldType = "mail"
	Tel     FieldType = "phone"
	Files   FieldType = "files"
	Note    FieldType = "note" // says something, asks nothing
)

var known = []FieldType{Line, Text, Number, Amount, Day, Month, Choice, Several, YesNo, Mail, Tel, Files, Note}

// Field is one question.
type Field struct {
	ID       string    `json:"id"`
	Label    string    `json:"label"`
	Type     FieldType `json:"type"`
	Required bool      `json:"required,omitempty"`
	Help     string    `json:"help,omitempty"`
	Options  []Option  `json:"options,omitempty"`
	// If names another field that must have that answer for this one to be asked.
	If   string `json:"if,omitempty"`
	Is   string `json:"is,omitempty"`
	Most int    `json:"most,omitempty"` // characters, or files
}

// Option is one answer of a choice.
type Option struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Known tells whether this program can ask the question; one that it cannot is shown inert.
func (f Field) Known() bool { return slices.Contains(known, f.Type) }

// Ticket is what a demand for assistance chooses from.
type Ticket struct {
	Categories []Option  `json:"categories"`
	Urgencies  []Urgency `json:"urgencies"`
}

// Urgency is how much a ticket hurries.
type Urgency struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	About string `json:"about,omitempty"`
}

// Problem is one that the agency knows, with its cure.
type Problem struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Words string `json:"words,omitempty"` // people's own, for the search
	Cure  string `json:"cure"`
	Open  bool   `json:"open,omitempty"` // being worked on
}

// Notice is something that all must know at once.
type Notice struct {
	ID     string    `json:"id"`
	Title  string    `json:"title"`
	Text   string    `json:"text,omitempty"`
	From   time.Time `json:"from"`
	Until  time.Time `json:"until"`
	Urgent bool      `json:"urgent,omitempty"`
}

// Feed is where letters and news are read (Atom or RSS).
type Feed struct {
	Title   string `json:"title"`
	Address string `json:"address"`
}

// Module is one of self-training. Its content is a parcel of the kind Parcel.
type Module struct {
	ID      string `json:"id"`
	Title   string `json:"title"`
	Theme   string `json:"theme,omitempty"`
	About   string `json:"about,omitempty"`
	Minutes int    `json:"minutes,omitempty"`
	Parcel  string `json:"parcel"`
}

// Class is a virtual class, on a day.
type Class struct {
	ID    string    `json:"id"`
	Title string    `json:"title"`
	About string    `json:"about,omitempty"`
	At    time.Time `json:"at"`
	Until time.Time `json:"until"`
	Where string    `json:"where,omitempty"` // address to join
	Seats int       `json:"seats,omitempty"`
}

// Link is a page of the web, opened in the browser.
type Link struct {
	Title   string `json:"title"`
	Address string `json:"address"`
	About   string `json:"about,omitempty"`
}

// Room is one where conferences are held.
type Room struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Engine string `json:"engine"` // «bbb» or «jitsi»
	Phone  string `json:"phone,omitempty"`
	Seats  int    `json:"seats,omitempty"`
	Record bool   `json:"record,omitempty"`
	// Address of the engine. The secret of BigBlueButton, or of Jitsi's tokens, is given on each computer, never here.
	Address string `json:"address"`
	// App is the application by which Jitsi takes tokens; empty: it takes none. Audience («jitsi» for none) and Domain (the
	// address's host for none) are what its operator set with it.
	App      string `json:"app,omitempty"`
	Audience string `json:"audience,omitempty"`
	Domain   string `json:"domain,omitempty"`
	// DialIn is where Jitsi's service of telephone numbers answers.
	DialIn string `json:"dialIn,omitempty"`
}

// Secret tells whether a room's engine shares a secret with the computers that open it.
func (r Room) Secret() bool { return r.Engine == "bbb" || r.App != "" }

// Mailbox is how the mail of some domains is reached, where the agency keeps it.
type Mailbox struct {
	Domains  []string `json:"domains"`
	Incoming string   `json:"incoming"` // host:port
	Outgoing string   `json:"outgoing"`
	// SignIn, when it is there, is in the place of a password (OAuth 2.0).
	SignIn *SignIn `json:"signIn,omitempty"`
}

// SignIn is where people sign in, and as which program.
type SignIn struct {
	ClientID string   `json:"clientID"`
	Auth     string   `json:"auth"`
	Token    string   `json:"token"`
	Scopes   []string `json:"scopes"`
}

// Mailbox gives how the mail of an address is reached, if the agency says so.
func (c *Catalogue) Mailbox(address string) (Mailbox, bool) {
	domain := strings.ToLower(address[strings.LastIndexByte(address, '@')+1:])
	for _, m := range c.Mailboxes {
		if slices.ContainsFunc(m.Domains, func(d string) bool { return strings.EqualFold(d, domain) }) {
			return m, true
		}
	}
	return Mailbox{}, false
}

// Letter is one of the data protection officer, read offline.
type Letter struct {
	ID    string        `json:"id"`
	Title string        `json:"title"`
	On    authority.Day `json:"on"`
	Text  string        `json:"text"`
}

// RemoteHelp is the operator's tool.
type RemoteHelp struct {
	Name string `json:"name,omitempty"`
	// Windows and Linux are programs that the installer put on the computer; no argument is given.
	Windows string `json:"windows,omitempty"`
	Linux   string `json:"linux,omitempty"`
	About   string `json:"about,omitempty"`
}

// Revocation is what to do when a key is lost.
type Revocation struct {
	Phone   string `json:"phone,omitempty"`
	Text    string `json:"text,omitempty"`
	Papers  string `json:"papers,omitempty"` // those of a renewal, Markdown list
	Advance int    `json:"advance,omitempty"`
}

//go:embed model.json
var model []byte

// Model is the catalogue that the program carries.
func Model() (*Catalogue, error) {
	c, err := ReadCatalogue(model)
	if c != nil {
		c.Model = true
	}
	return c, err
}

// OfParcel reads the catalogue of a parcel. Error: ErrCatalogue.
func OfParcel(p *parcel.Parcel) (*Catalogue, error) {
	c, err := ReadCatalogue(p.Content[CatalogueFile])
	if err != nil {
		return nil, err
	}
	c.Model, c.Version, c.Made = false, p.Version, p.Made
	return c, nil
}

// ReadCatalogue reads a catalogue. What it does not know is left aside, save what would make a
// form or a reference ambiguous. Error: ErrCatalogue.
func ReadCatalogue(text []byte) (*Catalogue, error) {
	if len(text) == 0 || len(text) > maxCatalogue {
		return nil, fmt.Errorf("%d bytes: %w", len(text), ErrCatalogue)
	}
	var c Catalogue
	if err := json.Unmarshal(text, &c); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCatalogue, err)
	}
	return &c, c.check()
}

func (c *Catalogue) check() error {
	wrong := func(what string, args ...any) error {
		return fmt.Errorf("%w: %s", ErrCatalogue, fmt.Sprintf(what, args...))
	}
	for _, n := range []int{len(c.Services), len(c.Problems), len(c.Notices), len(c.Modules), len(c.Classes), len(c.Feeds), len(c.Recordings), len(c.Rooms), len(c.Mailboxes), len(c.Letters), len(c.Themes)} {
		if n > maxItems {
			return wrong("%d items in one list", n)
		}
	}
	ids := map[string]bool{}
	id := func(of, id string) error {
		if id == "" || len(id) > 80 || ids[of+id] {
			return wrong("the id %.80q of a %s is empty, too long, or stands twice", id, of)
		}
		ids[of+id] = true
		return nil
	}
	var all error
	for _, t := range c.Themes {
		all = errors.Join(all, id("theme", t.ID))
	}
	for _, s := range c.Services {
		all = errors.Join(all, id("service", s.ID), s.check(wrong))
	}
	for _, p := range c.Problems {
		all = errors.Join(all, id("problem", p.ID))
	}
	for _, n := range c.Notices {
		all = errors.Join(all, id("notice", n.ID))
	}
	for _, m := range c.Modules {
		if all = errors.Join(all, id("module", m.ID)); !parcel.ValidKind(m.Parcel) || m.Parcel == CatalogueKind {
			all = errors.Join(all, wrong("the module %s has the parcel %.80q", m.ID, m.Parcel))
		}
	}
	for _, x := range c.Classes {
		all = errors.Join(all, id("class", x.ID))
	}
	for _, r := range c.Rooms {
		all = errors.Join(all, id("room", r.ID))
	}
	for _, l := range c.Letters {
		all = errors.Join(all, id("letter", l.ID))
	}
	for _, o := range c.Ticket.Categories {
		all = errors.Join(all, id("category", o.ID))
	}
	for _, u := range c.Ticket.Urgencies {
		all = errors.Join(all, id("urgency", u.ID))
	}
	for _, s := range c.Services {
		if s.Next != "" && (s.Next == s.ID || !ids["service"+s.Next]) {
			all = errors.Join(all, wrong("the service %s is followed by %.80q, which is none", s.ID, s.Next))
		}
	}
	for _, of := range []string{c.Remote.Service, c.Site, c.Member} {
		if of != "" && !ids["service"+of] {
			all = errors.Join(all, wrong("%.80q is no service", of))
		}
	}
	return all
}

func (s Service) check(wrong func(string, ...any) error) error {
	if strings.TrimSpace(s.Name) == "" || len(s.Field) > maxFields || len(s.Text)+len(s.About) > maxWords {
		return wrong("the service %s has no name, or too much", s.ID)
	}
	seen := map[string]bool{}
	for _, f := range s.Field {
		switch {
		case f.ID == "" || seen[f.ID] || len(f.Label)+len(f.Help) > maxWords:
			return wrong("the service %s: the field %.80q is empty or stands twice", s.ID, f.ID)
		case (f.Type == Choice || f.Type == Several) && (len(f.Options) == 0 || len(f.Options) > maxItems):
			return wrong("the service %s: %s has nothing to choose", s.ID, f.ID)
		case f.If != "" && !seen[f.If]:
			return wrong("the service %s: %s depends on %.80q, which does not stand before it", s.ID, f.ID, f.If)
		}
		seen[f.ID] = true
	}
	return nil
}

// Service gives one by its id.
func (c *Catalogue) Service(id string) (Service, bool) {
	i := slices.IndexFunc(c.Services, func(s Service) bool { return s.ID == id })
	if i < 0 {
		return Service{}, false
	}
	return c.Services[i], true
}

// Now gives the notices of a moment, the urgent before the others.
func (c *Catalogue) Now(at time.Time) (all []Notice) {
	for _, n := range c.Notices {
		if !at.Before(n.From) && (n.Until.IsZero() || at.Before(n.Until)) {
			all = append(all, n)
		}
	}
	slices.SortStableFunc(all, func(a, b Notice) int {
		if a.Urgent != b.Urgent {
			if a.Urgent {
				return -1
			}
			return 1
		}
		return b.From.Compare(a.From)
	})
	return all
}
