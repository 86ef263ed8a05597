package council

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-ical"

	"alpi40.fr/airial/local/authority"
)

func TestCheckDelivery(t *testing.T) {
	s := evening23(authority.Commune, 3, 1)
	today := authority.DayOf(s.At).Plus(-6)
	began := s
	began.Openings = []Opening{{Point: "p0"}}
	waits := []Delivery{{Member: "m0", Way: ByMail, State: Waiting}}
	for _, c := range []struct {
		article string
		s       Sitting
		d       Delivery
		before  []Delivery
		want    string
	}{
		{"L2121-10, by mail", s, Delivery{Member: "m0", Way: ByMail, Address: "a@exemple.fr"}, nil, ""},
		{"L2121-10, no address", s, Delivery{Member: "m0", Way: ByMail}, nil, "CGCT, art. L2121-10"},
		{"L2121-10, not of the assembly", s, Delivery{Member: "zz", Way: ByHand, On: today}, nil, "CGCT, art. L2121-10"},
		{"L2121-10, twice at once", s, Delivery{Member: "m0", Way: ByMail, Address: "a@exemple.fr"}, waits, "CGCT, art. L2121-10"},
		{"L2121-10, another member", s, Delivery{Member: "m1", Way: ByMail, Address: "a@exemple.fr"}, waits, ""},
		{"L2121-10, in writing", s, Delivery{Member: "m0", Way: ByHand, On: today}, waits, ""},
		{"L2121-10, without its day", s, Delivery{Member: "m0", Way: ByPost}, nil, "CGCT, art. L2121-10"},
		{"L2121-10, tomorrow", s, Delivery{Member: "m0", Way: ByPost, On: today.Plus(1)}, nil, "CGCT, art. L2121-10"},
		{"L2121-10, no way", s, Delivery{Member: "m0", On: today}, nil, "CGCT, art. L2121-10"},
		{"L2121-10, the sitting is open", began, Delivery{Member: "m0", Way: ByMail, Address: "a@exemple.fr"}, nil, "CGCT, art. L2121-10"},
	} {
		t.Run(c.article, func(t *testing.T) { refusedBy(t, c.want, CheckDelivery(c.s, c.d, c.before, today)) })
	}
}

// The first summons that was sent counts; one that came back gives way to the next; the day decides whether it is late.
func TestProof(t *testing.T) {
	s := evening23(authority.Commune, 4, 1)
	s.Summons.Latest = "2026-11-20"
	got := Proof(s, []Delivery{
		{Member: "m1", Way: ByMail, State: Bounced}, {Member: "m1", Way: ByHand, State: Gone, On: "2026-11-20"}, {Member: "m1", Way: ByPost, State: Gone, On: "2026-11-22"},
		{Member: "m2", Way: ByMail, State: Gone, On: "2026-11-21"},
	})
	if len(got) != 3 || got[0].Best.Way != ByHand || got[0].Late || !got[1].Late || got[2].Best != nil {
		t.Errorf("L2121-11: %+v", got)
	}
	s.Agenda[0].Supplement = "2026-11-22"
	got = Proof(s, []Delivery{{Member: "m1", State: Gone, On: "2026-11-20"}, {Member: "m2", State: Gone, On: "2026-11-20"}, {Member: "m2", State: Gone, On: "2026-11-22"}})
	if !got[0].Further || got[1].Further || got[2].Further {
		t.Errorf("L2121-10, a point added since: %+v", got)
	}
}

// RFC 5545: what a calendar reads of an invitation, whatever stands in the subjects.
func TestInvitation(t *testing.T) {
	s := evening23(authority.EPCI, 3, 2)
	s.ID, s.Place = "019", "à la mairie ; salle « des fêtes », 1er étage"
	s.Agenda[0].Subject = strings.Repeat("Été à l’étang, \"très\" long ; ", 12)
	s.Remote = &Remote{Sites: []string{"siège", "annexe"}, Link: "https://exemple.invalid/salle"}
	at := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	raw, err := Invitation(s, "conseil communautaire", Guest{"Communauté \"d’essai\"", "cc@exemple.fr"}, Guest{"Mme Ève EXEMPLE", "eve@exemple.fr"}, at)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(string(raw), "\r\n"), "\r\n") {
		if len(line) > 75 || strings.ContainsAny(line, "\r\n") {
			t.Errorf("§3.1: a line of %d octets: %q", len(line), line)
		}
	}
	cal, err := ical.NewDecoder(bytes.NewReader(raw)).Decode()
	if err != nil {
		t.Fatal(err)
	}
	e := cal.Events()[0]
	start, err := e.DateTimeStart(time.UTC)
	if err != nil || !start.Equal(s.At) {
		t.Errorf("%v, %v", start, err)
	}
	place, _ := e.Props.Text(ical.PropLocation)
	points, _ := e.Props.Text(ical.PropDescription)
	if place != s.Place || !strings.Contains(points, s.Agenda[0].Subject) || e.Props.Get(ical.PropUID).Value != "019@airial" || e.Props.Get(ical.PropAttendee).Value != "mailto:eve@exemple.fr" {
		t.Errorf("%q, %q, %+v", place, points, e.Props)
	}
	if _, err := Invitation(s, "conseil", Guest{}, Guest{Address: "a@b.fr\r\nATTENDEE:x"}, at); err != nil {
		t.Errorf("%v", err)
	}
}
