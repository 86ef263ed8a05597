package parapheur_test

import (
	"context"
	"crypto/rand"
	"testing"
	"time"

	"pgregory.net/rapid"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/journal/journaltest"
	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/rule"
)

func TestLastCall(t *testing.T) {
	const deadline = authority.Day("2026-11-27")
	usual := parapheur.UsualReminders()
	for _, c := range []struct {
		r           parapheur.Reminders
		today, want authority.Day
	}{
		{usual, "2026-11-23", ""}, {usual, "2026-11-24", "2026-11-24"}, {usual, "2026-11-26", "2026-11-24"}, {usual, "2026-11-27", "2026-11-27"},
		{usual, "2026-11-28", "2026-11-28"}, {usual, "2026-11-29", "2026-11-28"}, {usual, "2026-11-30", "2026-11-30"}, {usual, "2026-12-05", "2026-12-04"},
		{parapheur.Reminders{Before: 1}, "2026-12-05", "2026-11-27"}, {parapheur.Reminders{Late: 7}, "2026-11-27", ""}, {parapheur.Reminders{Late: 7}, "2026-12-05", "2026-12-05"},
		{parapheur.Reminders{}, "2026-12-05", ""},
	} {
		if got := c.r.LastCall(deadline, c.today); got != c.want {
			t.Errorf("%+v on %s: %q, not %q", c.r, c.today, got, c.want)
		}
	}
	if got := usual.LastCall("", "2026-11-27"); got != "" {
		t.Errorf("a folder without a deadline is reminded of: %q", got)
	}
}

// However the days go by, a folder is never spoken of twice a day, nor before its time, and no
// reminder is missed by a computer that was off.
func TestRemindersComeOnceADay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := parapheur.Reminders{Before: rapid.IntRange(0, 10).Draw(t, "before"), Late: rapid.IntRange(0, 10).Draw(t, "late")}
		const deadline = authority.Day("2026-11-27")
		spoken := map[string]authority.Day{}
		today := deadline.Plus(-15)
		for range rapid.IntRange(1, 60).Draw(t, "looks") {
			today = today.Plus(rapid.IntRange(0, 4).Draw(t, "days"))
			var all []parapheur.Reminder
			if call := r.LastCall(deadline, today); call != "" {
				if call > today || r.Before > 0 && call < deadline.Plus(-r.Before) {
					t.Fatalf("call %s on %s", call, today)
				}
				all = append(all, parapheur.Reminder{Folder: "f", Called: call})
			}
			fresh := parapheur.Fresh(all, spoken)
			if len(fresh) > 0 && spoken["f"] == today {
				t.Fatalf("spoken of twice on %s", today)
			}
			spoken = parapheur.Spoken(all, fresh, spoken, today)
			if len(all) > 0 && spoken["f"] < all[0].Called {
				t.Fatalf("on %s the reminder of %s is missed", today, all[0].Called)
			}
		}
	})
}

func TestQuietHours(t *testing.T) {
	for hour, want := range map[int]bool{0: true, 7: true, 8: false, 12: false, 19: false, 20: true, 23: true} {
		if got := parapheur.Quiet(time.Date(2026, 11, 25, hour, 59, 0, 0, time.Local)); got != want {
			t.Errorf("%d h: %v", hour, got)
		}
	}
}

func TestRemindersOfAPerson(t *testing.T) {
	ctx := context.Background()
	now := time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC)
	j := journaltest.Open(t, "mairie", func() time.Time { return now }, rand.Reader, authority.Projections(), parapheur.Projections())
	l := &laptop{Desk: parapheur.New(j), j: j, db: j.Store()}
	l.people(t)
	quiet, err := l.PutType(ctx, "installateur", parapheur.FolderType{Name: "Sans rappel", Kind: parapheur.Letter, Route: route, Remind: &parapheur.Reminders{}})
	if err != nil {
		t.Fatal(err)
	}
	early, err := l.PutType(ctx, "installateur", parapheur.FolderType{Name: "Marchés", Kind: parapheur.Procurement, Route: route, Remind: &parapheur.Reminders{Before: 20, Late: 1}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.PutType(ctx, "installateur", parapheur.FolderType{Name: "Faux", Route: route, Remind: &parapheur.Reminders{Before: -1}}); rule.Find(err) == nil {
		t.Error(err)
	}
	for title, f := range map[string]parapheur.Import{
		"bientôt": {Deadline: "2026-11-27"}, "plus tard": {Deadline: "2026-12-10"}, "muet": {Deadline: "2026-11-20", Type: quiet}, "marché": {Deadline: "2026-12-10", Type: early}, "sans": {},
	} {
		f.Title, f.Kind, f.Route, f.Files = title, parapheur.Letter, route, []parapheur.File{{Name: "x.pdf", Content: paper(t)}}
		id, err := l.Import(ctx, "secretaire", f)
		if err == nil {
			err = l.Send(ctx, "secretaire", id)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	titles := func(all []parapheur.Reminder) (s string) {
		for _, r := range all {
			s += r.Title + " "
		}
		return s
	}
	for _, step := range []struct {
		at   time.Time
		want string
	}{
		{now, "bientôt marché "}, {now, ""}, {now.AddDate(0, 0, 1), ""}, {now.AddDate(0, 0, 2), "bientôt "}, {now.AddDate(0, 0, 3), "bientôt "}, {now.AddDate(0, 0, 4), ""}, {now.AddDate(0, 0, 15), "bientôt plus tard marché "},
	} {
		now = step.at
		fresh, err := l.Remind(ctx, "secretaire", "window")
		if got := titles(fresh); err != nil || len(got) != len(step.want) || step.want == "bientôt marché " && got != step.want {
			t.Errorf("%s: %q, not %q, %v", now.Format(time.DateOnly), got, step.want, err)
		}
	}
	// Another way of telling has its own memory; the mayor, for whom nothing waits yet, hears nothing.
	if fresh, err := l.Remind(ctx, "secretaire", "system"); err != nil || len(fresh) != 3 {
		t.Errorf("%q %v", titles(fresh), err)
	}
	if fresh, err := l.Remind(ctx, "maire", "system"); err != nil || len(fresh) != 0 {
		t.Errorf("%q %v", titles(fresh), err)
	}
}
