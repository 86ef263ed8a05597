package office_test

import (
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"alpi40.fr/airial/cmd/internal/demo"
	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/civilstatus"
	"alpi40.fr/airial/local/mailbox"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/sync/mail/mailtest"
)

// A notice of mention leaves by mail, once, with its letter; it is noted as sent, and what became of it is known.
func TestNoticeByMail(t *testing.T) {
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	in := mailServer(t, "Devis")
	out, err := mailtest.Submit(rand.Reader, time.Now())
	must(err)
	defer out.Close()
	server, address := serve(t)
	code, err := server.NewCode(ctx, ours)
	must(err)
	o := open(t, t.TempDir())
	t.Cleanup(func() { o.Close() })
	h, err := o.Enrol(ctx, address, code, "secrétariat")
	must(err)
	commune := demo.Commune()
	commune.ID = ours
	must(h.People.Describe(ctx, demo.Secretary, commune))
	for _, p := range demo.People() {
		_, err := h.People.Put(ctx, demo.Secretary, p)
		must(err)
	}
	must(h.SetPerson(ctx, demo.Secretary))
	h.Start(ctx)
	today := authority.DayOf(time.Now())
	act, err := h.Acts.Import(ctx, demo.Secretary, civilstatus.Act{Kind: civilstatus.Birth, Year: 1988, Number: "14", Date: "1988-02-12", LastName: "Prototype", FirstName: "Marc", Gender: civilstatus.Masculine, Commune: commune.Place}, []civilstatus.Page{{Name: "acte.pdf", Content: demo.Letter}})
	must(err)
	mention, err := h.Acts.Prepare(ctx, demo.Secretary, act, civilstatus.Draft{Code: "DECES", Fields: map[string]string{"lieu": "Dax", "date": "01/02/2026"}, Source: "Mairie de Dax", Received: today})
	must(err)
	must(h.Acts.Affix(ctx, demo.Secretary, act, mention, demo.Mayor, today))
	notice := civilstatus.Outgoing{Kind: civilstatus.TownHall, To: []string{"Mairie de Dax"}, Email: "etat-civil@dax.example", Sent: today, Awaited: true}
	if err := h.MailNotice(ctx, demo.Secretary, act, mention, notice); !errors.Is(err, office.ErrNoMail) {
		t.Fatalf("without a mailbox: %v", err)
	}
	must(h.SetMailAccount(ctx, office.MailAccount{Name: "Mairie d’Essai", Address: mailtest.Login, Login: mailtest.Login, Imap: in.Server, Smtp: out.Server}, mailtest.Password))
	nowhere := notice
	nowhere.Email = "dax"
	if err := h.MailNotice(ctx, demo.Secretary, act, mention, nowhere); rule.Find(err) == nil {
		t.Errorf("no address: %v", err)
	}
	must(h.MailNotice(ctx, demo.Secretary, act, mention, notice))
	a, err := h.Acts.Act(ctx, act)
	must(err)
	i := slices.IndexFunc(a.Mentions, func(m civilstatus.Mention) bool { return m.ID == mention })
	if i < 0 || len(a.Mentions[i].Notices) != 1 {
		t.Fatalf("%+v", a.Mentions)
	}
	sent := a.Mentions[i].Notices[0]
	if sent.Email != notice.Email || sent.MessageID == "" || sent.Sent != today {
		t.Errorf("%+v", sent)
	}
	fate := func(what string, ready func(mailbox.Fate) bool) mailbox.Fate {
		t.Helper()
		for end := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
			f, err := h.Mail.Fate(ctx, sent.MessageID)
			must(err)
			if ready(f) {
				return f
			}
			if time.Now().After(end) {
				t.Fatalf("%s: %+v; the mail says %v", what, f, h.MailStatus("").Trouble)
			}
			h.WakeMail()
		}
	}
	fate("it leaves", func(f mailbox.Fate) bool { return f.State == mailbox.Gone })
	taken := out.Taken()
	if len(taken) != 1 {
		t.Fatalf("%d letters left", len(taken))
	}
	p := mailbox.Read([]byte(taken[0]))
	if len(p.To) != 1 || p.To[0].Address != notice.Email || len(p.Files) != 1 || p.Files[0].Name != "avis-de-mention.pdf" || !strings.Contains(taken[0], "Disposition-Notification-To:") || strings.Contains(p.Text+p.Title, "Prototype") {
		t.Errorf("%+v", p)
	}
	must(in.Put("1790000002.m", report(sent.MessageID, "delivery-status", "Reporting-MTA: dns; mx.exemple.example\n\nFinal-Recipient: rfc822;etat-civil@dax.example\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 boite inconnue")))
	if f := fate("it comes back", func(f mailbox.Fate) bool { return len(f.Reports) == 1 }); f.Reports[0].Kind != mailbox.Failed || !strings.Contains(f.Reports[0].Words, "550") {
		t.Errorf("%+v", f)
	}
}
