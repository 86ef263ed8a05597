package mailbox

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/emersion/go-ical"
)

// Event is one of a calendar that came by mail, as its sender wrote it.
type Event struct {
	UID, Title, Where, About string
	Start, End               time.Time // zero: not told
	// Organizer is who asks; Method is REQUEST, CANCEL, REPLY, PUBLISH… (RFC 5546).
	Organizer, Method string
	Attendees         []string
	Sequence          string
}

// Limits of a calendar that is read.
const (
	maxCalendar = 512 << 10
	maxEvents   = 20
	maxWords    = 4000
)

// ErrNoCalendar: what came is no calendar.
var ErrNoCalendar = errors.New("no calendar")

// Events reads the events of a calendar (RFC 5545), within limits. Error: ErrNoCalendar.
func Events(raw []byte) (all []Event, err error) {
	if len(raw) > maxCalendar {
		return nil, fmt.Errorf("%d bytes: %w", len(raw), ErrNoCalendar)
	}
	c, err := ical.NewDecoder(bytes.NewReader(raw)).Decode()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoCalendar, err)
	}
	method := word(c.Props.Get(ical.PropMethod))
	for _, e := range c.Events() {
		if len(all) == maxEvents {
			break
		}
		x := Event{UID: word(e.Props.Get(ical.PropUID)), Title: line(word(e.Props.Get(ical.PropSummary))), Where: line(word(e.Props.Get(ical.PropLocation))), About: word(e.Props.Get(ical.PropDescription)), Method: strings.ToUpper(method), Sequence: word(e.Props.Get(ical.PropSequence))}
		if at, err := e.DateTimeStart(time.UTC); err == nil {
			x.Start = at.UTC()
		}
		if at, err := e.DateTimeEnd(time.UTC); err == nil {
			x.End = at.UTC()
		}
		x.Organizer = party(e.Props.Get(ical.PropOrganizer))
		for _, p := range e.Props[ical.PropAttendee] {
			if len(x.Attendees) < maxParts {
				x.Attendees = append(x.Attendees, party(&p))
			}
		}
		all = append(all, x)
	}
	if len(all) == 0 {
		return nil, ErrNoCalendar
	}
	return all, nil
}

// word is a property's text, cleaned of what is not shown.
func word(p *ical.Prop) string {
	if p == nil {
		return ""
	}
	text, err := p.Text()
	if err != nil {
		text = p.Value
	}
	text = clean(text)
	return strings.ToValidUTF8(text[:min(len(text), maxWords)], "")
}

// party is the address of an organizer or an attendee.
func party(p *ical.Prop) string {
	if p == nil {
		return ""
	}
	value := p.Value
	if len(value) > 7 && strings.EqualFold(value[:7], "mailto:") {
		value = value[7:]
	}
	return line(clean(value[:min(len(value), 320)]))
}

// AnswerTo writes the answer to an invitation (RFC 5546 §3.2.3): from accepts it, or declines.
func AnswerTo(e Event, from Address, accepted bool, now time.Time) ([]byte, error) {
	status := "DECLINED"
	if accepted {
		status = "ACCEPTED"
	}
	event := ical.NewEvent()
	event.Props.SetText(ical.PropUID, e.UID)
	event.Props.SetDateTime(ical.PropDateTimeStamp, now.UTC())
	if !e.Start.IsZero() {
		event.Props.SetDateTime(ical.PropDateTimeStart, e.Start)
	}
	if e.Sequence != "" {
		p := ical.NewProp(ical.PropSequence)
		p.Value = strings.Trim(e.Sequence, "\r\n")
		event.Props.Set(p)
	}
	organizer := ical.NewProp(ical.PropOrganizer)
	organizer.Value = "mailto:" + e.Organizer
	event.Props.Set(organizer)
	attendee := ical.NewProp(ical.PropAttendee)
	attendee.Value = "mailto:" + from.Address
	attendee.Params.Set(ical.ParamParticipationStatus, status)
	event.Props.Add(attendee)
	c := ical.NewCalendar()
	c.Props.SetText(ical.PropVersion, "2.0")
	c.Props.SetText(ical.PropProductID, "-//Airial//Messagerie//FR")
	c.Props.SetText(ical.PropMethod, "REPLY")
	c.Children = append(c.Children, event.Component)
	var out bytes.Buffer
	if err := ical.NewEncoder(&out).Encode(c); err != nil {
		return nil, fmt.Errorf("answering an invitation: %w", err)
	}
	return out.Bytes(), nil
}

// methodOf is what a calendar that leaves asks: it stands in its type too (RFC 6047 §2.4).
func methodOf(calendar []byte) string {
	for _, m := range []string{"REPLY", "CANCEL", "PUBLISH"} {
		if bytes.Contains(calendar, []byte("METHOD:"+m)) {
			return m
		}
	}
	return "REQUEST"
}
