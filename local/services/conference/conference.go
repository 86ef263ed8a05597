// Package conference is the town hall's conferences: booking a room for a meeting or a council,
// inviting by mail with a calendar (iCalendar, RFC 5545 and 5546), joining in the browser.
//
// # States
//
//	booked ─▶ opened (its engine has it) ─▶ over; or cancelled
//
// # Entries
//
// Streams are «conference/<id>». A booking is kept at once, without a line; the engine is asked when
// somebody opens the room. The engine is behind an interface that package sync/conference implements
// for BigBlueButton and Jitsi; its secret stays on the computers that have it.
package conference

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-ical"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/services"
	"alpi40.fr/airial/local/store"
)

// The kinds of entries.
const (
	KindBooked    = "conference.booked"
	KindCancelled = "conference.cancelled"
	KindInvited   = "conference.invited"
)

// Prefix is what the streams begin with.
const Prefix = "conference/"

// MaxSeats is what a room takes unless it says otherwise.
const MaxSeats = 100

// Meeting is a conference that is booked.
type Meeting struct {
	ID      string    `json:"-"`
	Title   string    `json:"title"`
	About   string    `json:"about,omitempty"`
	Room    string    `json:"room"` // of the catalogue
	At      time.Time `json:"at"`
	Until   time.Time `json:"until"`
	Seats   int       `json:"seats"`
	Record  bool      `json:"record,omitempty"`
	Sitting string    `json:"sitting,omitempty"` // of the council; empty for none
	Guests  []string  `json:"guests,omitempty"`  // addresses
	// Where is the page to join, once it is known; Phone the room's.
	Where string `json:"where,omitempty"`
	Phone string `json:"phone,omitempty"`
	// Code is what who joins by phone types.
	Code string `json:"-"`

	By        string    `json:"-"`
	Cancelled bool      `json:"-"`
	Invited   []string  `json:"-"` // whom an invitation left to
	Sequence  int       `json:"-"` // of the calendar
	Booked    time.Time `json:"-"`
}

// Dial is the number that who joins by phone calls, and the code to type then.
type Dial struct{ Number, Code string }

// Engine holds conferences.
type Engine interface {
	// Open makes the room of a meeting, which may be there already.
	Open(ctx context.Context, m Meeting) error
	// Join gives the page by which somebody enters.
	Join(m Meeting, name string, moderator bool) (string, error)
	// Dial gives how somebody joins by phone; what is empty of it, the page tells.
	Dial(ctx context.Context, m Meeting) (Dial, error)
	// Recordings gives where the recordings of a meeting are seen.
	Recordings(ctx context.Context, m Meeting) ([]string, error)
}

// check tells what is wrong with a booking.
func check(m Meeting, room services.Room, now time.Time, others []Meeting) error {
	seats := room.Seats
	if seats <= 0 || seats > MaxSeats {
		seats = MaxSeats
	}
	switch {
	case strings.TrimSpace(m.Title) == "":
		return &rule.Refusal{Why: "La réunion n’a pas de titre.", Cure: "Dites-le en quelques mots."}
	case m.At.IsZero() || !m.Until.After(m.At) || m.Until.Sub(m.At) > 24*time.Hour:
		return &rule.Refusal{Why: "L’heure de la réunion est incomplète : la fin suit le début, dans la journée.", Cure: "Corrigez les heures."}
	case m.Until.Before(now):
		return &rule.Refusal{Why: "Cette réunion serait déjà passée.", Cure: "Choisissez un jour à venir."}
	case m.Seats < 2 || m.Seats > seats:
		return &rule.Refusal{Why: fmt.Sprintf("Cette salle accueille de 2 à %d personnes.", seats), Cure: "Corrigez le nombre, ou choisissez une autre salle."}
	case m.Record && !room.Record:
		return &rule.Refusal{Why: "Cette salle n’enregistre pas.", Cure: "Choisissez une autre salle, ou réservez sans enregistrement."}
	}
	for _, o := range others {
		if m.Meets(o) {
			return &rule.Refusal{Why: "La salle est déjà réservée à cette heure, pour « " + o.Title + " ».", Cure: "Choisissez une autre heure ou une autre salle."}
		}
	}
	for _, g := range m.Guests {
		if a, err := mail.ParseAddress(g); err != nil || a.Address == "" {
			return &rule.Refusal{Why: "« " + g + " » n’est pas une adresse de courriel.", Cure: "Écrivez des adresses comme prenom.nom@exemple.fr, une par ligne."}
		}
	}
	return nil
}

// Meets tells whether another meeting is in the same room at the same time: two computers without a line may each have
// booked it.
func (m Meeting) Meets(o Meeting) bool {
	return o.ID != m.ID && o.Room == m.Room && !o.Cancelled && m.At.Before(o.Until) && o.At.Before(m.Until)
}

// Gone are those who were invited and are guests no more.
func (m Meeting) Gone() (all []string) {
	for _, g := range m.Invited {
		if !slices.Contains(m.Guests, g) {
			all = append(all, g)
		}
	}
	return all
}

// Asked counts the guests to whom an invitation left.
func (m Meeting) Asked() (n int) {
	for _, g := range m.Guests {
		if slices.Contains(m.Invited, g) {
			n++
		}
	}
	return n
}

// Diary is the conferences of one authority on one laptop.
type Diary struct{ j *journal.Journal }

// New gives what a journal holds.
func New(j *journal.Journal) *Diary { return &Diary{j: j} }

// Book books a room, or changes a booking that has an id. Error: a refusal.
func (d *Diary) Book(ctx context.Context, actor string, m Meeting, room services.Room) (string, error) {
	m.Room, m.Phone = room.ID, room.Phone
	id := m.ID
	if id == "" {
		id = d.j.NewID()
	}
	_, err := d.j.Commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) {
		others, err := meetings(tx)
		if err != nil {
			return nil, err
		}
		m.ID = id
		if err := check(m, room, d.j.Now(), others); err != nil {
			return nil, err
		}
		return []journal.Draft{{Stream: Prefix + id, Kind: KindBooked, Data: m}}, nil
	})
	return id, err
}

// Cancel cancels a booking. Error: a refusal.
func (d *Diary) Cancel(ctx context.Context, actor, id string) error {
	return d.note(ctx, actor, id, KindCancelled, struct{}{}, func(m Meeting) error {
		if m.Cancelled {
			return &rule.Refusal{Why: "Cette réunion est déjà annulée.", Cure: "Il n’y a rien à faire."}
		}
		return nil
	})
}

type invited struct {
	Guests []string `json:"guests"`
}

// Invite notes that invitations left.
func (d *Diary) Invite(ctx context.Context, actor, id string, guests []string) error {
	return d.note(ctx, actor, id, KindInvited, invited{guests}, func(Meeting) error { return nil })
}

func (d *Diary) note(ctx context.Context, actor, id, kind string, data any, may func(Meeting) error) error {
	_, err := d.j.Commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) {
		all, err := meetings(tx)
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(all, func(m Meeting) bool { return m.ID == id })
		if i < 0 {
			return nil, fmt.Errorf("conference %.80q: %w", id, store.ErrNotFound)
		}
		if err := may(all[i]); err != nil {
			return nil, err
		}
		return []journal.Draft{{Stream: Prefix + id, Kind: kind, Data: data}}, nil
	})
	return err
}

// Meetings gives those to come and of the last months, the next first.
func (d *Diary) Meetings(ctx context.Context) (all []Meeting, err error) {
	err = d.j.Store().View(ctx, func(tx *store.Tx) (err error) { all, err = meetings(tx); return err })
	now := d.j.Now()
	slices.SortStableFunc(all, func(a, b Meeting) int {
		past := func(m Meeting) int {
			if m.Until.Before(now) || m.Cancelled {
				return 1
			}
			return 0
		}
		if c := past(a) - past(b); c != 0 {
			return c
		}
		if past(a) == 1 {
			return b.At.Compare(a.At)
		}
		return a.At.Compare(b.At)
	})
	return all, err
}

// kept is a Meeting in its table, with what its entries say of it.
type kept struct {
	Meeting
	KeptID     string    `json:"keptID"`
	KeptBy     string    `json:"keptBy"`
	Off        bool      `json:"off"`
	Asked      []string  `json:"asked"`
	Times      int       `json:"times"`
	KeptBooked time.Time `json:"keptBooked"`
}

func meetings(tx *store.Tx) (all []Meeting, err error) {
	found, err := store.All(tx, `SELECT data FROM conference ORDER BY id`, nil, store.Decoded[kept])
	for _, k := range found {
		m := k.Meeting
		m.ID, m.By, m.Cancelled, m.Invited, m.Sequence, m.Booked = k.KeptID, k.KeptBy, k.Off, k.Asked, k.Times, k.KeptBooked
		all = append(all, m)
	}
	return all, err
}

// Projections make the table of the conferences.
func Projections() []journal.Projection {
	return []journal.Projection{{
		Name: "conferences", Version: 1, Prefix: Prefix, Tables: []string{"conference"},
		Schema: `CREATE TABLE conference (id TEXT PRIMARY KEY, data BLOB NOT NULL) STRICT;`,
		Apply: func(tx *store.Tx, ev journal.Event) error {
			id := strings.TrimPrefix(ev.Stream, Prefix)
			k, err := store.GetDecoded[kept](tx, `SELECT data FROM conference WHERE id = ?`, id)
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				return err
			}
			k.KeptID = id
			switch ev.Kind {
			case KindBooked:
				k.Meeting = Meeting{}
				if err := json.Unmarshal(ev.Data, &k.Meeting); err != nil {
					return err
				}
				k.KeptBy, k.KeptBooked = ev.Actor, ev.At
			case KindCancelled:
				k.Off = true
			case KindInvited:
				var i invited
				if err := json.Unmarshal(ev.Data, &i); err != nil {
					return err
				}
				k.Asked = i.Guests
			}
			k.Times = ev.Version - 1
			text, err := json.Marshal(k)
			if err != nil {
				return err
			}
			_, err = tx.Exec(`INSERT INTO conference VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET data = excluded.data`, id, text)
			return err
		},
		Forget: func(tx *store.Tx, stream string) error {
			_, err := tx.Exec(`DELETE FROM conference WHERE id = ?`, strings.TrimPrefix(stream, Prefix))
			return err
		},
	}}
}

// Invitation writes a meeting as a calendar to be sent: a request, or a cancellation.
func Invitation(m Meeting, organizer string, now time.Time) ([]byte, error) {
	event := ical.NewEvent()
	event.Props.SetText(ical.PropUID, m.ID+"@airial")
	event.Props.SetDateTime(ical.PropDateTimeStamp, now.UTC())
	event.Props.SetDateTime(ical.PropDateTimeStart, m.At.UTC())
	event.Props.SetDateTime(ical.PropDateTimeEnd, m.Until.UTC())
	event.Props.SetText(ical.PropSummary, m.Title)
	sequence := ical.NewProp(ical.PropSequence)
	sequence.Value = fmt.Sprint(m.Sequence)
	event.Props.Set(sequence)
	about := m.About
	if m.Where != "" {
		event.Props.SetText(ical.PropLocation, m.Where)
		about = strings.TrimSpace(about + "\n" + m.Where)
	}
	if m.Phone != "" {
		about = strings.TrimSpace(about + "\nPar téléphone : " + m.Phone)
		if m.Code != "" {
			about += ", code " + m.Code + " #"
		}
	}
	if about != "" {
		event.Props.SetText(ical.PropDescription, about)
	}
	if organizer != "" {
		p := ical.NewProp(ical.PropOrganizer)
		p.Value = "mailto:" + organizer
		event.Props.Set(p)
	}
	for _, g := range m.Guests {
		p := ical.NewProp(ical.PropAttendee)
		p.Value = "mailto:" + g
		p.Params.Set(ical.ParamRole, "REQ-PARTICIPANT")
		p.Params.Set(ical.ParamRSVP, "TRUE")
		event.Props.Add(p)
	}
	method := "REQUEST"
	if len(m.Guests) == 0 {
		method = "PUBLISH"
	}
	if m.Cancelled {
		method = "CANCEL"
		event.Props.SetText(ical.PropStatus, "CANCELLED")
	}
	c := ical.NewCalendar()
	c.Props.SetText(ical.PropVersion, "2.0")
	c.Props.SetText(ical.PropProductID, "-//ALPI//Airial//FR")
	c.Props.SetText(ical.PropMethod, method)
	c.Children = append(c.Children, event.Component)
	var out bytes.Buffer
	if err := ical.NewEncoder(&out).Encode(c); err != nil {
		return nil, fmt.Errorf("writing an invitation: %w", err)
	}
	return out.Bytes(), nil
}
