package council

import (
	"bytes"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/emersion/go-ical"
)

// Guest is who a sitting is written down for in a calendar.
type Guest struct{ Name, Address string }

// usual is how long a sitting is written down for: its end is not known.
const usual = 2 * time.Hour

// Invitation writes a sitting for the calendar of a member (RFC 5545, RFC 5546 §3.2.2), which the organiser's mailbox may
// be answered by. The same sitting keeps its name; at stamps it and orders two of them.
func Invitation(s Sitting, body string, organiser, guest Guest, at time.Time) ([]byte, error) {
	cal := ical.NewCalendar()
	cal.Props.SetText(ical.PropVersion, "2.0")
	cal.Props.SetText(ical.PropProductID, "-//Airial//Convocation//FR")
	cal.Props.SetText(ical.PropMethod, "REQUEST")
	e := ical.NewEvent()
	e.Props.SetText(ical.PropUID, s.ID+"@airial")
	e.Props.SetDateTime(ical.PropDateTimeStamp, at.UTC())
	e.Props.SetDateTime(ical.PropDateTimeStart, s.At.UTC())
	duration := ical.NewProp(ical.PropDuration)
	duration.SetDuration(usual)
	e.Props.Set(duration)
	sequence := ical.NewProp(ical.PropSequence)
	sequence.Value = fmt.Sprint(max(0, at.Unix()-s.noted().Unix()))
	e.Props.Set(sequence)
	e.Props.SetText(ical.PropSummary, "Séance du "+body)
	e.Props.SetText(ical.PropLocation, s.Place)
	var points []string
	for i, item := range s.Agenda {
		points = append(points, fmt.Sprintf("%d. %s", i+1, item.Subject))
	}
	e.Props.SetText(ical.PropDescription, strings.Join(append([]string{"Ordre du jour :"}, points...), "\n"))
	if s.Remote != nil && s.Remote.Link != "" {
		link := ical.NewProp(ical.PropURL)
		link.Value = plainParam(s.Remote.Link)
		e.Props.Set(link)
	}
	e.Props.Set(party(ical.PropOrganizer, organiser))
	who := party(ical.PropAttendee, guest)
	who.Params.Set(ical.ParamRole, "REQ-PARTICIPANT")
	who.Params.Set(ical.ParamParticipationStatus, "NEEDS-ACTION")
	who.Params.Set(ical.ParamRSVP, "TRUE")
	e.Props.Set(who)
	cal.Children = append(cal.Children, e.Component)
	var out bytes.Buffer
	if err := ical.NewEncoder(&out).Encode(cal); err != nil {
		return nil, fmt.Errorf("writing the invitation: %w", err)
	}
	return folded75(out.Bytes()), nil
}

// noted is a time before any invitation of a sitting.
func (s Sitting) noted() time.Time { return s.Convened.Time() }

func party(prop string, g Guest) *ical.Prop {
	p := ical.NewProp(prop)
	p.Value = "mailto:" + plainParam(g.Address)
	p.Params.Set(ical.ParamCommonName, plainParam(g.Name))
	return p
}

// plainParam takes out what a parameter may not hold (RFC 5545 §3.2).
func plainParam(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '"' || r < 0x20 || r == 0x7F {
			return -1
		}
		return r
	}, s)
}

// folded75 folds lines longer than 75 octets, never inside a character (RFC 5545 §3.1).
func folded75(text []byte) []byte {
	const most = 75
	var out bytes.Buffer
	for line := range bytes.SplitSeq(bytes.TrimSuffix(text, []byte("\r\n")), []byte("\r\n")) {
		room := most
		for len(line) > room {
			cut := room
			for cut > 0 && !utf8.RuneStart(line[cut]) {
				cut--
			}
			out.Write(line[:cut])
			out.WriteString("\r\n ")
			line, room = line[cut:], most-1
		}
		out.Write(line)
		out.WriteString("\r\n")
	}
	return out.Bytes()
}
