package office_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"alpi40.fr/airial/cmd/internal/demo"
	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/mailbox"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/sync/mail/mailtest"
)

// Summons leave by mail, one letter a member: written without a line, sent once when it is there, and what became of each
// is kept beside it, its reading and its return too.
func TestSummonsByMail(t *testing.T) {
	ctx := t.Context()
	dir, err := os.MkdirTemp("/tmp", "dovsummons")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	dovecot, err := mailtest.Start(ctx, dir, rand.Reader, time.Now())
	if errors.Is(err, mailtest.ErrNone) {
		t.Skip(err)
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(err)
	t.Cleanup(dovecot.Stop)
	out, err := mailtest.Submit(rand.Reader, time.Now())
	must(err)
	defer out.Close()

	server, address := serve(t)
	code, err := server.NewCode(ctx, ours)
	must(err)
	o := open(t, t.TempDir())
	defer o.Close()
	h, err := o.Enrol(ctx, address, code, "secrétariat")
	must(err)
	commune := demo.Commune()
	commune.ID = ours
	must(h.People.Describe(ctx, demo.Secretary, commune))
	people := demo.People()
	for i, p := range people {
		p.Email = fmt.Sprintf("membre%d@exemple.example", i)
		if p.ID == people[3].ID {
			p.Email = ""
		}
		_, err := h.People.Put(ctx, demo.Secretary, p)
		must(err)
	}
	must(h.SetPerson(ctx, demo.Secretary))
	life, stop := context.WithCancel(ctx)
	defer stop()
	h.Start(life)
	today := authority.DayOf(time.Now())
	point, err := demo.Draft(ctx, h.Council, time.Now())
	must(err)
	d, err := h.Council.Deliberation(ctx, point)
	must(err)
	annex, err := h.Council.KeepAnnex(ctx, "plan.pdf", []byte("%PDF-1.4 plan"))
	must(err)
	text, err := d.Text.With(annex)
	must(err)
	must(h.Council.Save(ctx, demo.Secretary, point, d.Edition, text))
	sitting, err := h.Council.Convene(ctx, demo.Secretary, council.Convene{At: time.Now().AddDate(0, 0, 9), Place: "à la mairie", Convened: today, Posted: today, Agenda: []string{point}})
	must(err)
	s, err := h.Council.Sitting(ctx, sitting)
	must(err)
	members := []string{s.Members[1].ID, s.Members[2].ID, people[3].ID, s.Members[4].ID}
	order := council.Mailing{Members: members, Receipt: true, Annexes: true}
	if _, err := h.MailSummons(ctx, demo.Secretary, sitting, order, nil); !errors.Is(err, office.ErrNoMail) {
		t.Fatalf("without a mailbox: %v", err)
	}

	// No line: the letters wait, and so do their proofs; nobody is told that they left.
	h.Sync.SetOnline(false)
	must(h.SetMailAccount(ctx, office.MailAccount{Name: "Mairie de Saint-Airial-des-Pins", Address: mailtest.Login, Login: mailtest.Login, Imap: dovecot.Server, Smtp: out.Server}, mailtest.Password))
	queued, err := h.MailSummons(ctx, demo.Secretary, sitting, order, nil)
	if queued != 3 || rule.Find(err) == nil || !strings.Contains(err.Error(), "adresse") {
		t.Fatalf("CGCT, art. L2121-10: %d queued, %v", queued, err)
	}
	all, err := h.Council.Deliveries(ctx, sitting)
	if err != nil || len(all) != 3 || all[0].State != council.Waiting || all[0].On != "" || all[0].Paper == nil || all[0].Annexes != 1 {
		t.Fatalf("%+v, %v", all, err)
	}
	if queued, err := h.MailSummons(ctx, demo.Secretary, sitting, council.Mailing{Members: members[:1]}, nil); queued != 0 || rule.Find(err) == nil {
		t.Errorf("a second letter was made while the first waits: %d, %v", queued, err)
	}
	if got := out.Taken(); len(got) != 0 {
		t.Fatalf("%d letters left without a line", len(got))
	}

	h.Sync.SetOnline(true)
	all = until(t, h, sitting, func(all []council.Delivery) bool {
		for _, d := range all {
			if d.State != council.Gone {
				return false
			}
		}
		return true
	})
	taken := out.Taken()
	if len(taken) != 3 {
		t.Fatalf("%d letters left", len(taken))
	}
	for i, l := range taken {
		p := mailbox.Read([]byte(l))
		var names []string
		for _, f := range p.Files {
			names = append(names, f.Name)
		}
		if len(p.To) != 1 || strings.Join(names, " ") != "convocation.pdf seance.ics point-01-plan.pdf" || !strings.Contains(l, "Disposition-Notification-To:") {
			t.Errorf("letter %d: to %v, %v", i, p.To, names)
		}
		calendar, _, err := mailbox.Part([]byte(l), p.Files[1].Place)
		if err != nil || !strings.Contains(string(calendar), "METHOD:REQUEST\r\n") || !strings.Contains(string(calendar), "UID:"+sitting) {
			t.Errorf("%s, %v", calendar, err)
		}
	}
	for _, c := range council.Proof(*s, all) {
		if sent := c.Best != nil; sent != (c.Member.ID == members[0] || c.Member.ID == members[1] || c.Member.ID == members[3]) || sent && (c.Late || c.Best.On != today) {
			t.Errorf("%s: %+v", c.Member.Name, c.Best)
		}
	}

	// One says that it was read, another comes back.
	must(dovecot.Put("1790000001.m", report(all[0].MessageID, "disposition-notification", "Final-Recipient: rfc822;a@exemple.example\nOriginal-Message-ID: <"+all[0].MessageID+">\nDisposition: manual-action/MDN-sent-manually; displayed")))
	must(dovecot.Put("1790000002.m", report(all[1].MessageID, "delivery-status", "Reporting-MTA: dns; mx.exemple.example\n\nFinal-Recipient: rfc822;b@exemple.example\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 boîte inconnue")))
	h.WakeMail()
	all = until(t, h, sitting, func(all []council.Delivery) bool { return !all[0].Read.IsZero() && all[1].State == council.Bounced })
	if !strings.Contains(all[1].Words, "550") || all[0].State != council.Gone || !all[2].Read.IsZero() {
		t.Errorf("%+v", all)
	}
	// A server that refuses a letter for good says why.
	out.Refuse = &smtp.SMTPError{Code: 552, Message: "boîte pleine"}
	if queued, err := h.MailSummons(ctx, demo.Secretary, sitting, council.Mailing{Members: members[3:]}, nil); queued != 1 || err != nil {
		t.Fatalf("%d, %v", queued, err)
	}
	all = until(t, h, sitting, func(all []council.Delivery) bool { return len(all) == 4 && all[3].State == council.Bounced })
	if !strings.Contains(all[3].Words, "boîte pleine") || all[3].Asked {
		t.Errorf("%+v", all[3])
	}
	// Who could not be reached by mail is handed hers; that is what counts.
	if _, err := h.Council.Deliver(ctx, demo.Secretary, council.Delivery{Sitting: sitting, Member: members[1], Way: council.ByHand, On: today}); err != nil {
		t.Fatal(err)
	}
	all, err = h.Council.Deliveries(ctx, sitting)
	must(err)
	for _, c := range council.Proof(*s, all) {
		if c.Member.ID == members[1] && (c.Best.Way != council.ByHand || c.Best.State != council.Gone) {
			t.Errorf("%+v", c.Best)
		}
	}
}

func report(original, kind, status string) string {
	return "From: MAILER-DAEMON@exemple.example\nDate: Wed, 25 Nov 2026 21:04:00 +0100\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type=" + kind + "; boundary=o\n\n--o\nContent-Type: text/plain\n\nRapport.\n--o\nContent-Type: message/" + kind +
		"\n\n" + status + "\n\n--o\nContent-Type: text/rfc822-headers\n\nMessage-ID: <" + original + ">\n\n--o--\n"
}

// until waits for what the mail tells.
func until(t *testing.T, h *office.Hall, sitting string, ready func([]council.Delivery) bool) []council.Delivery {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), 2*time.Minute)
	defer stop()
	for {
		all, err := h.Council.Deliveries(ctx, sitting)
		if err != nil {
			t.Fatal(err)
		}
		if ready(all) {
			return all
		}
		select {
		case <-ctx.Done():
			t.Fatalf("still waiting: %+v, the mail says %v", all, h.MailStatus("").Trouble)
		case <-time.After(250 * time.Millisecond):
			h.WakeMail() // the server sees by the second what is put into its folder
		}
	}
}
