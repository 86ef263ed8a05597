package mailbox_test

import (
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"time"

	"alpi40.fr/airial/local/journal/journaltest"
	"alpi40.fr/airial/local/mailbox"
	"alpi40.fr/airial/local/rule"
)

const invitation = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:1@x\r\nDTSTAMP:20261120T080000Z\r\nDTSTART:20261201T180000Z\r\nDTEND:20261201T190000Z\r\nSUMMARY:R\xc3\xa9union\\, budget\r\nLOCATION:Salle\r\nSEQUENCE:3\r\nORGANIZER;CN=Ève:mailto:eve@exemple.example\r\nATTENDEE:MAILTO:mairie@exemple.example\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"

func TestEvents(t *testing.T) {
	all, err := mailbox.Events([]byte(invitation))
	if err != nil || len(all) != 1 {
		t.Fatalf("%+v %v", all, err)
	}
	e := all[0]
	if e.Title != "Réunion, budget" || e.Organizer != "eve@exemple.example" || e.Method != "REQUEST" || !e.Start.Equal(time.Date(2026, 12, 1, 18, 0, 0, 0, time.UTC)) || len(e.Attendees) != 1 || e.Attendees[0] != "mairie@exemple.example" {
		t.Errorf("%+v", e)
	}
	raw, err := mailbox.AnswerTo(e, mailbox.Address{Address: "mairie@exemple.example"}, true, time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"METHOD:REPLY", "UID:1@x", "PARTSTAT=ACCEPTED:mailto:mairie@exemple.example", "SEQUENCE:3", "ORGANIZER:mailto:eve@exemple.example"} {
		if !strings.Contains(string(raw), want) {
			t.Errorf("no %s in %s", want, raw)
		}
	}
	for name, raw := range map[string]string{"nothing": "", "a page": "<html>", "no event": "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nEND:VCALENDAR\r\n", "cut": invitation[:200], "large": strings.Repeat("x", 600<<10)} {
		if _, err := mailbox.Events([]byte(raw)); !errors.Is(err, mailbox.ErrNoCalendar) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Whatever comes as a calendar is told within limits, without a panic.
func FuzzEvents(f *testing.F) {
	f.Add([]byte(invitation))
	f.Add([]byte("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;TZID=Mars:20261201T180000\nEND:VEVENT\nEND:VCALENDAR\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		all, err := mailbox.Events(raw)
		if err == nil && (len(all) == 0 || len(all) > 20) {
			t.Fatal(len(all))
		}
		for _, e := range all {
			if _, err := mailbox.AnswerTo(e, mailbox.Address{Address: "a@b.example"}, false, time.Unix(0, 0)); err == nil && strings.Contains(e.Organizer, "\n") {
				t.Fatalf("%q", e.Organizer)
			}
		}
	})
}

// A conversation is found from any of its messages, whatever folder they are in; a copy is shown once.
func TestThread(t *testing.T) {
	ctx := t.Context()
	now := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	j := journaltest.Open(t, "mairie", func() time.Time { return now }, rand.Reader, mailbox.Projections())
	b := mailbox.New(j.Store(), func() time.Time { return now }, rand.Reader)
	if err := b.SetFolders(ctx, []mailbox.ServerFolder{{Name: "INBOX", Delimiter: "/", Role: mailbox.Inbox}, {Name: "Sent", Delimiter: "/", Role: mailbox.Sent}}); err != nil {
		t.Fatal(err)
	}
	put := func(folder string, uid uint32, head string) {
		t.Helper()
		now = now.Add(time.Minute)
		if err := b.List(ctx, folder, []mailbox.Listing{{UID: uid, Size: 100, At: now}}); err != nil {
			t.Fatal(err)
		}
		if err := b.Store(ctx, folder, []mailbox.Fetched{{UID: uid, Raw: []byte(head + "\nFrom: <x@exemple.example>\n\nx\n")}}); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range []string{"INBOX", "Sent"} {
		if err := b.Reset(ctx, f, 1); err != nil {
			t.Fatal(err)
		}
	}
	put("INBOX", 1, "Message-ID: <a@x>\nSubject: un")
	put("Sent", 1, "Message-ID: <b@x>\nIn-Reply-To: <a@x>\nSubject: deux")
	put("INBOX", 2, "Message-ID: <c@x>\nReferences: <a@x> <b@x>\nSubject: trois")
	put("INBOX", 3, "Message-ID: <d@x>\nSubject: ailleurs")
	put("INBOX", 4, "Message-ID: <a@x>\nSubject: un, en double")
	put("INBOX", 5, "Subject: sans nom")
	put("Sent", 2, "Message-ID: <abc@saint-airial.example>\nSubject: Convocation")
	// What comes back names the letter in what it reports alone.
	back := []byte("Subject: Retour\r\n" + strings.Replace(status, "%s", "failed", 1))
	if err := errors.Join(b.List(ctx, "INBOX", []mailbox.Listing{{UID: 6, Size: 100, At: now.Add(time.Minute)}}), b.Store(ctx, "INBOX", []mailbox.Fetched{{UID: 6, Raw: back}})); err != nil {
		t.Fatal(err)
	}
	folders, err := b.Folders(ctx)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := b.Messages(ctx, folders[0].ID, 10)
	if err != nil || len(rows) != 6 {
		t.Fatalf("%d %v", len(rows), err)
	}
	if m, err := b.Message(ctx, rows[0].ID); err != nil || len(m.Reports) != 1 || m.Reports[0].Kind != mailbox.Failed || m.Reports[0].Words != "550 no such user" {
		t.Errorf("%+v, %v", m.Reports, err)
	}
	for _, r := range rows {
		all, err := b.Thread(ctx, r.ID)
		want := map[string]int{"un": 3, "trois": 3, "un, en double": 3, "ailleurs": 1, "sans nom": 1, "Retour": 2}[r.Subject]
		here := 0
		for _, s := range all {
			if s.ID == r.ID {
				here++
			}
		}
		if err != nil || len(all) != want || here != 1 {
			t.Errorf("%s: %d messages, itself %d times: %v", r.Subject, len(all), here, err)
		}
	}
}

// Who answers what: one at a time, and the journal does not tell which message it is.
func TestTeam(t *testing.T) {
	ctx := t.Context()
	now := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	j := journaltest.Open(t, "mairie", func() time.Time { now = now.Add(time.Second); return now }, rand.Reader, mailbox.Projections())
	team := mailbox.NewTeam(j)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(team.Take(ctx, "eve", "secret@exemple"))
	if err := team.Take(ctx, "jean", "secret@exemple"); rule.Find(err) == nil {
		t.Errorf("taken by two: %v", err)
	}
	if err := team.Finish(ctx, "jean", "secret@exemple"); rule.Find(err) == nil {
		t.Errorf("finished by another: %v", err)
	}
	must(team.Release(ctx, "eve", "secret@exemple"))
	must(team.Take(ctx, "jean", "secret@exemple"))
	must(team.Finish(ctx, "jean", "secret@exemple"))
	must(j.Rebuild(ctx))
	if c, err := team.Of(ctx, "secret@exemple"); err != nil || c.Person != "jean" || !c.Done {
		t.Errorf("%+v %v", c, err)
	}
	must(team.Take(ctx, "eve", "secret@exemple")) // it comes back
	if err := team.Take(ctx, "eve", ""); rule.Find(err) == nil {
		t.Errorf("without a name: %v", err)
	}
	if c, err := team.Of(ctx, "autre@exemple"); err != nil || c.Person != "" {
		t.Errorf("%+v %v", c, err)
	}
}
