package conference_test

import (
	"bytes"
	"crypto/rand"
	"testing"
	"time"

	"github.com/emersion/go-ical"

	"alpi40.fr/airial/local/journal/journaltest"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/services"
	"alpi40.fr/airial/local/services/conference"
)

func TestDiary(t *testing.T) {
	ctx := t.Context()
	now := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	j := journaltest.Open(t, "mairie", func() time.Time { now = now.Add(time.Second); return now }, rand.Reader, conference.Projections())
	d := conference.New(j)
	room := services.Room{ID: "a", Seats: 50, Record: true, Phone: "05 36 49 00 45"}
	m := conference.Meeting{Title: "Commission des travaux", At: now.Add(48 * time.Hour), Until: now.Add(49 * time.Hour), Seats: 12, Record: true, Guests: []string{"jean@exemple.example", "eve@exemple.example"}}
	id, err := d.Book(ctx, "eve", m, room)
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*conference.Meeting, *services.Room){
		"no title": func(m *conference.Meeting, _ *services.Room) { m.Title = " " }, "it ends before it begins": func(m *conference.Meeting, _ *services.Room) { m.Until = m.At }, "a day and more": func(m *conference.Meeting, _ *services.Room) { m.Until = m.At.Add(25 * time.Hour) },
		"in the past": func(m *conference.Meeting, _ *services.Room) {
			m.At, m.Until = now.Add(-2*time.Hour), now.Add(-time.Hour)
		}, "too many": func(m *conference.Meeting, _ *services.Room) { m.Seats = 51 },
		"more than a hundred": func(m *conference.Meeting, r *services.Room) { m.Seats, r.Seats, r.ID = 101, 500, "b" }, "it does not record": func(_ *conference.Meeting, r *services.Room) { r.Record, r.ID = false, "b" },
		"the room is taken": func(m *conference.Meeting, _ *services.Room) {
			m.At = m.At.Add(30 * time.Minute)
			m.Until = m.At.Add(time.Hour)
		}, "no address": func(m *conference.Meeting, r *services.Room) { m.Guests, r.ID = []string{"chez moi"}, "b" },
	} {
		x, r := m, room
		change(&x, &r)
		if _, err := d.Book(ctx, "eve", x, r); rule.Find(err) == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	after := m
	after.At, after.Until = m.Until, m.Until.Add(time.Hour)
	if _, err := d.Book(ctx, "eve", after, room); err != nil {
		t.Errorf("right after another: %v", err)
	}
	m.ID, m.Title = id, "Commission des travaux (suite)"
	if _, err := d.Book(ctx, "eve", m, room); err != nil {
		t.Errorf("changed: %v", err)
	}
	if err := d.Invite(ctx, "eve", id, m.Guests); err != nil {
		t.Fatal(err)
	}
	if err := j.Rebuild(ctx); err != nil {
		t.Fatal(err)
	}
	all, err := d.Meetings(ctx)
	if err != nil || len(all) != 2 || all[0].Title != m.Title || len(all[0].Invited) != 2 || all[0].Phone != room.Phone || all[0].Sequence != 2 {
		t.Fatalf("%+v %v", all, err)
	}
	if guests := all[0]; guests.Asked() != 2 || len(guests.Gone()) != 0 {
		t.Errorf("%d asked, %q gone", guests.Asked(), guests.Gone())
	} else if guests.Guests = []string{"eve@exemple.example", "luc@exemple.example"}; guests.Asked() != 1 || len(guests.Gone()) != 1 {
		t.Errorf("%d asked, %q gone", guests.Asked(), guests.Gone())
	}
	raw, err := conference.Invitation(all[0], "mairie@exemple.example", now)
	if err != nil {
		t.Fatal(err)
	}
	c, err := ical.NewDecoder(bytes.NewReader(raw)).Decode()
	if err != nil || len(c.Events()) != 1 {
		t.Fatal(err)
	}
	e := c.Events()[0]
	start, err := e.DateTimeStart(time.UTC)
	if err != nil || !start.Equal(m.At.Truncate(time.Second)) || len(e.Props[ical.PropAttendee]) != 2 || e.Props.Get(ical.PropSequence).Value != "2" || c.Props.Get(ical.PropMethod).Value != "REQUEST" {
		t.Errorf("%s %v", raw, err)
	}
	if err := d.Cancel(ctx, "eve", id); err != nil {
		t.Fatal(err)
	}
	if err := d.Cancel(ctx, "eve", id); rule.Find(err) == nil {
		t.Errorf("cancelled twice: %v", err)
	}
	if all, err = d.Meetings(ctx); err != nil || !all[1].Cancelled {
		t.Fatalf("%+v %v", all, err)
	}
	if raw, err = conference.Invitation(all[1], "", now); err != nil || !bytes.Contains(raw, []byte("METHOD:CANCEL")) {
		t.Errorf("%s %v", raw, err)
	}
}
