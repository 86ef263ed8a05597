package services_test

import (
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"time"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/journal/journaltest"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/services"
	"alpi40.fr/airial/local/store"
)

func TestModel(t *testing.T) {
	c, err := services.Model()
	if err != nil || !c.Model || len(c.Services) < 10 || len(c.Problems) < 5 || len(c.Ticket.Urgencies) == 0 {
		t.Fatal(err)
	}
	themes := map[string]bool{}
	for _, th := range c.Themes {
		themes[th.ID] = true
	}
	for _, s := range c.Services {
		if !themes[s.Theme] || !s.Draft {
			t.Errorf("%s: theme %q, draft %v", s.ID, s.Theme, s.Draft)
		}
		for _, f := range s.Field {
			if !f.Known() {
				t.Errorf("%s: the program's own model has a field of type %q", s.ID, f.Type)
			}
		}
	}
}

func TestCatalogueRefused(t *testing.T) {
	for name, text := range map[string]string{
		"nothing": "", "a page": "<html>", "an id twice": `{"services":[{"id":"a","name":"x"},{"id":"a","name":"y"}]}`, "no id": `{"problems":[{"title":"x"}]}`, "no name": `{"services":[{"id":"a"}]}`,
		"a field twice": `{"services":[{"id":"a","name":"x","fields":[{"id":"f","type":"line"},{"id":"f","type":"line"}]}]}`, "no choice": `{"services":[{"id":"a","name":"x","fields":[{"id":"f","type":"choice"}]}]}`,
		"depends on nothing": `{"services":[{"id":"a","name":"x","fields":[{"id":"f","type":"line","if":"g","is":"x"}]}]}`, "too many": `{"problems":[` + strings.Repeat(`{"id":"a"},`, 600) + `{"id":"b"}]}`,
		"a parcel that leaves": `{"modules":[{"id":"m","parcel":"../x"}]}`, "a module as the catalogue": `{"modules":[{"id":"m","parcel":"services"}]}`,
	} {
		if _, err := services.ReadCatalogue([]byte(text)); !errors.Is(err, services.ErrCatalogue) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := services.ReadCatalogue([]byte(`{"services":[{"id":"a","name":"x","unheard":1,"fields":[{"id":"f","type":"hologram"}]}],"unheard":{}}`)); err != nil {
		t.Errorf("what a later version adds: %v", err)
	}
}

func TestAnswers(t *testing.T) {
	f := func(kind services.FieldType, required bool) services.Field {
		return services.Field{ID: "f", Label: "Question", Type: kind, Required: required, Options: []services.Option{{ID: "a", Name: "Un"}, {ID: "b", Name: "Deux"}}}
	}
	for name, row := range map[string]struct {
		field services.Field
		value string
		files int
		shown string // empty: refused
	}{
		"a line": {f(services.Line, true), " oui ", 0, "oui"}, "nothing": {f(services.Line, true), " ", 0, ""}, "a number": {f(services.Number, true), "1 200", 0, "1 200"}, "no number": {f(services.Number, true), "douze", 0, ""},
		"an amount": {f(services.Amount, true), "1250,50 €", 0, "1\u202f250,50\u202f€"}, "a bad amount": {f(services.Amount, true), "12,5,0", 0, ""}, "a negative amount": {f(services.Amount, true), "-3", 0, ""},
		"a day": {f(services.Day, true), "2026-11-24", 0, "24\u00a0novembre 2026"}, "no day": {f(services.Day, true), "31/02/2026", 0, ""}, "a month": {f(services.Month, true), "11/2026", 0, "11/2026"}, "no month": {f(services.Month, true), "13/2026", 0, ""},
		"a choice": {f(services.Choice, true), "a", 0, "Un"}, "another": {f(services.Choice, true), "c", 0, ""}, "several": {f(services.Several, true), "a\nb", 0, "Un, Deux"}, "a mail": {f(services.Mail, true), "a@b.example", 0, "a@b.example"}, "no mail": {f(services.Mail, true), "Ève <a@b.example>", 0, ""},
		"a phone": {f(services.Tel, true), "05 36 49 00 00", 0, "05 36 49 00 00"}, "no phone": {f(services.Tel, true), "chez moi", 0, ""}, "yes": {f(services.YesNo, true), "oui", 0, "oui"}, "a needed yes": {f(services.YesNo, true), "", 0, ""},
		"unheard and needed": {f("hologram", true), "x", 0, ""}, "no file": {f(services.Files, true), "", 0, ""},
	} {
		err := services.CheckAnswer(row.field, row.value, row.files)
		if (row.shown == "") != (rule.Find(err) != nil) {
			t.Errorf("%s: %v", name, err)
		}
		if got := services.Shown(row.field, row.value); row.shown != "" && got != row.shown {
			t.Errorf("%s: %q", name, got)
		}
	}
	if err := services.CheckAnswer(f("hologram", false), "", 0); err != nil {
		t.Errorf("unheard of, not needed: %v", err)
	}
}

// What was ordered is noted as received once, with what was wrong with it, and both sides read it.
func TestDelivery(t *testing.T) {
	ctx := t.Context()
	now := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	j := journaltest.Open(t, "mairie", func() time.Time { now = now.Add(time.Second); return now }, rand.Reader, services.Projections())
	c := services.New(j)
	bought := services.Service{ID: "order", Name: "Commande", Sign: "order", Delivered: true, Field: []services.Field{{ID: "quote", Label: "Devis", Type: services.Line, Required: true}}}
	waits, err := c.Prepare(ctx, "eve", bought, map[string]string{"quote": "D-1"}, nil, "dossier")
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Deliver(ctx, "eve", waits, "", nil); rule.Find(err) == nil {
		t.Errorf("delivered before it was signed: %v", err)
	}
	order, err := j.Store().Blobs().PutBytes(ctx, []byte("%PDF-1.7 signé"))
	if err == nil {
		err = c.Signed(ctx, "eve", "dossier", services.File{Name: "commande.pdf", Digest: order, Size: 14})
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Deliver(ctx, "eve", waits, " Écran rayé ", []services.Joined{{Name: "bon.pdf", Content: []byte("%PDF")}}); err != nil {
		t.Fatal(err)
	}
	if err := c.Deliver(ctx, "eve", waits, "", nil); rule.Find(err) == nil {
		t.Errorf("delivered twice: %v", err)
	}
	if err := j.Rebuild(ctx); err != nil {
		t.Fatal(err)
	}
	r, err := c.Request(ctx, waits)
	if err != nil || r.Delivered.IsZero() || r.Reserves != "Écran rayé" || len(r.Talk) != 1 || !strings.Contains(r.Talk[0].Text, "Écran rayé") || len(r.Talk[0].Files) != 1 {
		t.Errorf("%+v %v", r, err)
	}
	ticket, err := c.Open(ctx, "eve", services.NewTicket{Subject: "x", Category: "y", Urgency: "z"})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Deliver(ctx, "eve", ticket, "", nil); rule.Find(err) == nil {
		t.Errorf("a ticket was delivered: %v", err)
	}
	// What follows a service, and what the agency names elsewhere, is of its catalogue.
	for name, text := range map[string]string{
		"what follows is nothing":     `{"services":[{"id":"a","name":"A","next":"b"}]}`,
		"it follows itself":           `{"services":[{"id":"a","name":"A","next":"a"}]}`,
		"access by no service":        `{"remote":{"service":"a"}}`,
		"the site's trouble, by none": `{"site":"a"}`,
	} {
		if _, err := services.ReadCatalogue([]byte(text)); !errors.Is(err, services.ErrCatalogue) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

var form = services.Service{ID: "loan", Name: "Prêt", Personal: true, Months: 6, Field: []services.Field{
	{ID: "who", Label: "Qui", Type: services.Line, Required: true}, {ID: "kind", Label: "Quoi", Type: services.Choice, Options: []services.Option{{ID: "pc", Name: "Ordinateur"}, {ID: "x", Name: "Autre"}}},
	{ID: "other", Label: "Lequel", Type: services.Line, Required: true, If: "kind", Is: "x"}, {ID: "doc", Label: "Pièce", Type: services.Files}, {ID: "new", Label: "Nouveau", Type: "hologram"},
}}

// A request from its form to its end, in the tables and once they are made anew; forgotten, nothing of it is left.
func TestRequest(t *testing.T) {
	ctx := t.Context()
	now := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	j := journaltest.Open(t, "mairie", func() time.Time { now = now.Add(time.Second); return now }, rand.Reader, services.Projections())
	c := services.New(j)
	if _, err := c.Order(ctx, "eve", form, map[string]string{"who": "Maïté", "kind": "x"}, nil); rule.Find(err) == nil {
		t.Errorf("a question that depends on another was not asked: %v", err)
	}
	id, err := c.Order(ctx, "eve", form, map[string]string{"who": "Maïté", "kind": "pc"}, []services.Joined{{Field: "doc", Name: "devis.pdf", Content: []byte("%PDF")}})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Say(ctx, "eve", id, "Alors ?", nil); err != nil {
		t.Fatal(err)
	}
	answer := func(kind string, a services.Answer) {
		t.Helper()
		if _, err := j.Commit(ctx, "alpi", func(*store.Tx) ([]journal.Draft, error) {
			return []journal.Draft{{Stream: services.Prefix + id, Kind: kind, Data: a}}, nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	slot := j.Now().Add(48 * time.Hour).UTC()
	answer(services.KindReceived, services.Answer{Step: "Devis envoyé"})
	answer(services.KindReceived, services.Answer{Step: "Prêt à retirer", Text: "au siège"})
	answer(services.KindReplied, services.Answer{Text: "C'est prêt."})
	answer(services.KindOffered, services.Answer{Slots: []time.Time{slot}})
	r, err := c.Request(ctx, id)
	if err != nil || r.Step != "Prêt à retirer" || r.State != services.Received || len(r.Talk) != 2 || len(r.Answers) != 3 || !r.Waits(j.Now()) || r.Answers[1].Value != "Ordinateur" {
		t.Fatalf("%+v %v", r, err)
	}
	if err := c.Take(ctx, "eve", id, slot.Add(time.Hour)); rule.Find(err) == nil {
		t.Errorf("an appointment that is not offered: %v", err)
	}
	if err := c.Rate(ctx, "eve", id, 5, ""); rule.Find(err) == nil {
		t.Errorf("content before the end: %v", err)
	}
	if err := c.Take(ctx, "eve", id, slot); err != nil {
		t.Fatal(err)
	}
	answer(services.KindClosed, services.Answer{Text: "Remis."})
	if err := c.Say(ctx, "eve", id, "Merci", nil); rule.Find(err) == nil {
		t.Errorf("said after the end: %v", err)
	}
	if err := c.Rate(ctx, "eve", id, 4, "Bien"); err != nil {
		t.Fatal(err)
	}
	if err := c.Rate(ctx, "eve", id, 5, ""); rule.Find(err) == nil {
		t.Errorf("content twice: %v", err)
	}
	if n, err := c.Erase(ctx, "eve"); n != 0 || err != nil {
		t.Errorf("erased before its time: %d %v", n, err)
	}
	before, err := c.List(ctx)
	if err != nil || len(before) != 1 || before[0].Score != 4 || !before[0].Slot.Equal(slot) || before[0].State != services.Closed {
		t.Fatalf("%+v %v", before, err)
	}
	if err := j.Rebuild(ctx); err != nil {
		t.Fatal(err)
	}
	if after, err := c.Request(ctx, id); err != nil || after.Score != 4 || len(after.Talk) != 2 || len(after.Answers) != 3 {
		t.Errorf("made anew: %+v %v", after, err)
	}
	now = now.AddDate(0, 7, 0)
	if n, err := c.Erase(ctx, "eve"); n != 1 || err != nil {
		t.Errorf("erased: %d %v", n, err)
	}
	if after, err := c.Request(ctx, id); err != nil || !after.Forgotten || len(after.Answers) != 0 || after.Title != "" || after.Talk[0].Text == "Alors ?" {
		t.Errorf("forgotten: %+v %v", after, err)
	}
}
