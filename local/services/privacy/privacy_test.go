package privacy_test

import (
	"bytes"
	"crypto/rand"
	"encoding/csv"
	"strings"
	"testing"
	"time"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/journal/journaltest"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/services/privacy"
)

// GDPR, art. 12.3, counted as Regulation 1182/71, art. 3.2.c and 3.4.
func TestDeadlines(t *testing.T) {
	for name, row := range map[string]struct {
		received authority.Day
		extended bool
		want     authority.Day
	}{
		"an ordinary month": {"2026-10-06", false, "2026-11-06"}, "it ends on a Sunday (3.4)": {"2026-10-15", false, "2026-11-16"}, "no such day (3.2.c)": {"2026-01-31", false, "2026-03-02"},
		"it ends on a holiday (3.4)": {"2026-10-11", false, "2026-11-12"}, "two more months (12.3)": {"2026-10-06", true, "2027-01-06"}, "leap year": {"2028-01-29", false, "2028-02-29"}, "Christmas then a week-end": {"2026-11-25", false, "2026-12-28"},
	} {
		if got := privacy.Deadline(row.received, row.extended); got != row.want {
			t.Errorf("%s: %s, want %s", name, got, row.want)
		}
	}
	aware := time.Date(2026, 11, 27, 17, 0, 0, 0, time.UTC) // a Friday: hours run on (art. 33.1)
	if got := privacy.NotifyBefore(aware); !got.Equal(time.Date(2026, 11, 30, 17, 0, 0, 0, time.UTC)) {
		t.Error(got)
	}
}

func TestRefusals(t *testing.T) {
	open := privacy.Request{State: privacy.Received, Asked: privacy.Asked{Received: "2026-10-06"}}
	extended, closed := open, open
	extended.Extended, closed.State = true, privacy.Answered
	aware := time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)
	breach := func(r privacy.Risk) privacy.Breach {
		return privacy.Breach{Told: privacy.Told{Aware: aware, Risk: r}}
	}
	notified := breach(privacy.HighRisk)
	notified.Notified = aware.Add(time.Hour)
	for name, row := range map[string]struct {
		err     error
		article string // empty: allowed
	}{
		"extended in time": {privacy.MayExtend(open, "nombreuses pièces", "2026-11-06"), ""}, "extended too late": {privacy.MayExtend(open, "x", "2026-11-07"), "12.3"}, "without a reason": {privacy.MayExtend(open, " ", "2026-10-20"), "12.3"},
		"extended twice": {privacy.MayExtend(extended, "x", "2026-10-20"), "12.3"}, "answered": {privacy.MayClose(open, "copie remise"), ""}, "refused without a word": {privacy.MayClose(open, ""), "12.4"}, "answered twice": {privacy.MayClose(closed, "x"), "12.3"},
		"notified in time": {privacy.MayNotify(breach(privacy.SomeRisk), aware.Add(72*time.Hour), ""), ""}, "late without a reason": {privacy.MayNotify(breach(privacy.SomeRisk), aware.Add(73*time.Hour), ""), "33.1"},
		"late with one": {privacy.MayNotify(breach(privacy.SomeRisk), aware.Add(73*time.Hour), "serveur éteint"), ""}, "before it was known": {privacy.MayNotify(breach(privacy.SomeRisk), aware.Add(-time.Hour), ""), "33.1"}, "notified twice": {privacy.MayNotify(notified, aware.Add(2*time.Hour), ""), "33.1"},
		"closed with a risk, not notified": {privacy.MayEnd(breach(privacy.SomeRisk), "x"), "33.1"}, "high risk, nobody told": {privacy.MayEnd(notified, ""), "34"}, "high risk, an exception": {privacy.MayEnd(notified, "données chiffrées (art. 34.3.a)"), ""},
		"no risk, no reason": {privacy.MayEnd(breach(privacy.NoRisk), ""), "33.5"}, "no risk, and why": {privacy.MayEnd(breach(privacy.NoRisk), "ordinateur chiffré"), ""},
	} {
		r := rule.Find(row.err)
		if (r == nil) != (row.article == "") || r != nil && !strings.Contains(r.Article, row.article) {
			t.Errorf("%s: %v", name, row.err)
		}
	}
}

func TestOffice(t *testing.T) {
	ctx := t.Context()
	now := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	j := journaltest.Open(t, "mairie", func() time.Time { now = now.Add(time.Second); return now }, rand.Reader, privacy.Projections())
	own, err := privacy.Own()
	if err != nil || len(own) < 8 {
		t.Fatal(len(own), err)
	}
	o := privacy.New(j, own)
	all, err := o.Activities(ctx)
	if err != nil || len(all) != len(own) || !all[0].Draft || !all[0].Own {
		t.Fatalf("%d %v", len(all), err)
	}
	changed := all[0]
	changed.Retention = "Dix ans"
	if _, err := o.Write(ctx, "eve", changed); err != nil {
		t.Fatal(err)
	}
	mine := privacy.Activity{Name: "=Cantine", Purposes: "Inscrire", People: "Familles", Data: "Identité", Retention: "Un an", Security: "Armoire fermée"}
	if _, err := o.Write(ctx, "eve", mine); err != nil {
		t.Fatal(err)
	}
	if _, err := o.Write(ctx, "eve", privacy.Activity{Name: "Rien"}); rule.Find(err) == nil {
		t.Errorf("an empty sheet: %v", err)
	}
	if err := o.Remove(ctx, "eve", own[1].ID); err != nil {
		t.Fatal(err)
	}
	check := func() {
		t.Helper()
		all, err := o.Activities(ctx)
		if err != nil || len(all) != len(own) || all[0].Retention != "Dix ans" || all[0].Draft || all[0].Updated != "2026-11-24" || all[len(all)-1].Name != "=Cantine" {
			t.Fatalf("%d %v", len(all), err)
		}
	}
	check()
	var b bytes.Buffer
	if all, err = o.Activities(ctx); err == nil {
		err = privacy.WriteCSV(&b, all)
	}
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(b.String(), "\ufeff")))
	r.Comma = ';'
	lines, err2 := r.ReadAll()
	if err != nil || err2 != nil || len(lines) != len(all)+1 || lines[len(lines)-1][0] != "'=Cantine" || len(lines[0]) != len(privacy.Columns()) {
		t.Errorf("%v %v %d lines", err, err2, len(lines))
	}
	id, err := o.Receive(ctx, "eve", privacy.Asked{Name: "Jean MODÈLE", Right: privacy.Access, Received: "2026-11-20"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.Receive(ctx, "eve", privacy.Asked{Name: "Jean MODÈLE", Right: privacy.Access, Received: "2026-12-20"}); rule.Find(err) == nil {
		t.Errorf("received tomorrow: %v", err)
	}
	breach, err := o.Note(ctx, "eve", "", privacy.Told{Title: "Clé USB perdue", Happened: "Dans le train", Aware: now.Add(-80 * time.Hour), Risk: privacy.SomeRisk})
	if err != nil {
		t.Fatal(err)
	}
	if n, err := o.Waiting(ctx); n != 2 || err != nil {
		t.Errorf("%d %v", n, err)
	}
	if err := o.Notify(ctx, "eve", breach, "N-1", "", now); rule.Find(err) == nil {
		t.Errorf("late without a reason: %v", err)
	}
	if err := o.Notify(ctx, "eve", breach, "N-1", "jour férié", now); err != nil {
		t.Fatal(err)
	}
	if err := o.End(ctx, "eve", breach, ""); err != nil {
		t.Fatal(err)
	}
	if err := o.Extend(ctx, "eve", id, "archives à dépouiller"); err != nil {
		t.Fatal(err)
	}
	if err := o.Answer(ctx, "eve", id, "Copie remise."); err != nil {
		t.Fatal(err)
	}
	if err := o.Erase(ctx, "eve", id); err != nil {
		t.Fatal(err)
	}
	if err := j.Rebuild(ctx); err != nil {
		t.Fatal(err)
	}
	check()
	requests, err := o.Requests(ctx)
	if err != nil || len(requests) != 1 || !requests[0].Erased || requests[0].Name != "" || requests[0].State != privacy.Answered || requests[0].Answer != "" {
		t.Errorf("%+v %v", requests, err)
	}
	if n, err := o.Waiting(ctx); n != 0 || err != nil {
		t.Errorf("%d %v", n, err)
	}
}
