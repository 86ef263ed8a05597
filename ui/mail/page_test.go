package mail

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"

	"alpi40.fr/airial/local/journal/journaltest"
	"alpi40.fr/airial/local/mailbox"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/shell/shelltest"
	"alpi40.fr/airial/ui/theme"
	"alpi40.fr/airial/ui/widgets"
)

// hall is a laptop's mail on a real database, and a host that does at once what is asked of it.
type hall struct {
	*shelltest.Host
	Office
	t        *testing.T
	box      *mailbox.Box
	team     *mailbox.Team
	accounts []Account
	sent     string // the letter that leaves
	viewed   string // the folder in view, beside the inbox
	asked    []func(string)
}

func (h *hall) Ask(_ shell.Question, answer func(string)) { h.asked = append(h.asked, answer) }

func (h *hall) Mailbox() *mailbox.Box                  { return h.box }
func (h *hall) Team() *mailbox.Team                    { return h.team }
func (h *hall) Person(context.Context) (string, error) { return "eve", nil }
func (h *hall) Called(context.Context) (map[string]string, error) {
	return map[string]string{"luc": "Luc Exemple"}, nil
}
func (h *hall) Addresses(context.Context) ([]mailbox.Address, error) {
	return []mailbox.Address{{Name: "M. Luc EXEMPLE", Address: "luc@mairie.example"}}, nil
}
func (h *hall) Drafts(context.Context) ([]Draft, error) { return nil, nil }
func (h *hall) WakeMail()                               {}
func (h *hall) ViewMail(_, folder string)               { h.viewed = folder }
func (h *hall) MailAccounts(ctx context.Context) ([]Account, error) {
	for i := range h.accounts {
		n, err := h.box.Of(h.accounts[i].ID).Unread(ctx)
		if err != nil {
			return nil, err
		}
		h.accounts[i].Unread = n
	}
	return h.accounts, nil
}
func (h *hall) SendLetter(ctx context.Context, id string) error {
	h.sent = id
	return h.box.Queue(ctx, id, mailbox.Address{Address: "x@mairie.example"})
}
func (h *hall) Run(a shell.Action) {
	if err := a.Run(h.t.Context(), func(int, int, string) {}); err != nil {
		h.t.Fatal(err)
	}
	if a.Done != nil {
		a.Done()
	}
}

func (h *hall) come(account, subject string) {
	h.t.Helper()
	ctx, b := h.t.Context(), h.box.Of(account)
	err := b.SetFolders(ctx, []mailbox.ServerFolder{{Name: "INBOX", Delimiter: "/", Role: mailbox.Inbox}})
	if err == nil {
		err = b.Reset(ctx, "INBOX", 1)
	}
	if err == nil {
		err = b.List(ctx, "INBOX", []mailbox.Listing{{UID: 1, Size: 40, At: h.Now()}})
	}
	if err == nil {
		err = b.Store(ctx, "INBOX", []mailbox.Fetched{{UID: 1, Raw: fmt.Appendf(nil, "From: <a@b.example>\nTo: x@y.example\nSubject: %s\nMessage-ID: <%s@b.example>\n\nBonjour.\n", subject, subject)}})
	}
	if err != nil {
		h.t.Fatal(err)
	}
}

func shown(t *testing.T, accounts ...Account) (*page, *hall) {
	t.Helper()
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light, theme.Normal, theme.Fonts{}))
	j := journaltest.Open(t, "mairie", time.Now, rand.Reader, mailbox.Projections())
	h := &hall{Host: shelltest.New(t, func() time.Time { return time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC) }), t: t, box: mailbox.New(j.Store(), time.Now, rand.Reader), team: mailbox.NewTeam(j), accounts: accounts}
	p := newPage(h, h)
	test.NewTempWindow(t, container.NewPadded(p.Content())).Resize(fyne.NewSize(1176, 690))
	return p, h
}

// A message that a search brings where another one was being read is opened by a click.
func TestAFoundMessageIsOpened(t *testing.T) {
	p, h := shown(t, Account{Name: "Mairie", Address: "mairie@mairie.example"})
	h.come("", "Devis")
	ctx := t.Context()
	err := h.box.List(ctx, "INBOX", []mailbox.Listing{{UID: 2, Size: 40, At: h.Now().Add(time.Hour)}})
	if err == nil {
		err = h.box.Store(ctx, "INBOX", []mailbox.Fetched{{UID: 2, Raw: []byte("From: <a@b.example>\nSubject: Plans\nMessage-ID: <2@b.example>\n\nVoici.\n")}})
	}
	if err != nil {
		t.Fatal(err)
	}
	p.Show(shell.Route{Page: Name})
	p.list.SetCursor(0)
	if p.message == nil || p.message.Title != "Plans" {
		t.Fatalf("%+v", p.message)
	}
	p.search.SetText("Devis")
	p.list.SetCursor(0)
	if p.message == nil || p.message.Title != "Devis" || len(p.rows) != 1 {
		t.Errorf("%+v, %d found", p.message, len(p.rows))
	}
}

// Who is meant is offered under the field by the beginning of a name, and takes the place of what was typed of it alone.
func TestAddressesAreOffered(t *testing.T) {
	p, h := shown(t, Account{Name: "Mairie", Address: "mairie@mairie.example"})
	h.come("", "Devis")
	p.Show(shell.Route{Page: Name})
	p.write(mailbox.Letter{})
	f := p.form
	words := func() (out []string) {
		for _, o := range f.toOffers.Objects {
			out = append(out, o.(*widgets.Offer).Text)
		}
		return out
	}
	f.to.SetText("x@y.example, exem")
	if got := words(); len(got) != 1 || got[0] != "M. Luc EXEMPLE <luc@mairie.example>" {
		t.Fatalf("%q", got)
	}
	if !f.to.OnKey(&fyne.KeyEvent{Name: fyne.KeyDown}) {
		t.Error("the arrow does not reach it")
	}
	f.toOffers.Objects[0].(*widgets.Offer).OnTapped()
	if want := "x@y.example, M. Luc EXEMPLE <luc@mairie.example>"; f.to.Text != want || len(f.toOffers.Objects) != 0 {
		t.Errorf("%q, %q", f.to.Text, words())
	}
	f.to.SetText("a@b")
	if got := words(); len(got) != 1 || got[0] != "a@b.example" {
		t.Errorf("who wrote: %q", got)
	}
	f.to.SetText("a@b.example")
	if got := words(); len(got) != 0 || f.to.OnKey(&fyne.KeyEvent{Name: fyne.KeyDown}) {
		t.Errorf("what is all there: %q", got)
	}
	p.leaveForm() // what was typed is kept
}

// A message is printed as the text that is shown, with its warnings, whatever signs a stranger wrote.
func TestAMessageIsPrinted(t *testing.T) {
	p, h := shown(t, Account{Name: "Mairie", Address: "mairie@mairie.example"})
	h.come("", "Devis")
	p.Show(shell.Route{Page: Name})
	p.list.SetCursor(0)
	m := p.message
	m.Text = "Bonjour 😀,\n\n\tligne\u0007 tabulée\n" + strings.Repeat("mot", 200) + "\n日本"
	m.Files, m.Warnings = []mailbox.Attachment{{Name: "plan.pdf"}}, []mailbox.Warning{{Kind: mailbox.Broken}}
	paper := p.paper(m)
	var text []string
	for _, x := range paper.Parts {
		text = append(text, x.Text[0].Text)
	}
	all := strings.Join(text, "\n")
	for _, want := range []string{"De a@b.example, le ", "À x@y.example", "Pièces jointes\u00a0: plan.pdf", "endommagé", "Bonjour 😀,", "    ligne", "日本"} {
		if !strings.Contains(all, want) {
			t.Errorf("no %q in %q", want, all)
		}
	}
	d, err := paper.Typeset(t.Context())
	if err != nil || d.Pages < 1 || !strings.HasPrefix(string(d.PDF), "%PDF-") {
		t.Errorf("%d pages, %v", d.Pages, err)
	}
}

// Whatever folder is in view but the inbox is followed, as long as it is.
func TestTheFolderInViewIsFollowed(t *testing.T) {
	p, h := shown(t, Account{Name: "Mairie", Address: "mairie@mairie.example"})
	h.come("", "Devis")
	if err := h.box.SetFolders(t.Context(), []mailbox.ServerFolder{{Name: "INBOX", Delimiter: "/", Role: mailbox.Inbox}, {Name: "Voirie/Devis", Delimiter: "/"}}); err != nil {
		t.Fatal(err)
	}
	p.Show(shell.Route{Page: Name})
	for _, c := range []struct {
		do   func()
		want string
	}{
		{func() { p.places.SetCursor(1) }, "Voirie/Devis"},
		{func() { p.search.SetText("Plans") }, "Voirie/Devis"},
		{func() { p.places.SetCursor(0) }, ""},
		{func() { p.places.SetCursor(1) }, "Voirie/Devis"},
		{func() { p.places.SetCursor(2) }, ""}, // what one writes
		{func() { p.places.SetCursor(1) }, "Voirie/Devis"},
		{p.Hide, ""},
	} {
		if c.do(); h.viewed != c.want {
			t.Errorf("%q is followed, not %q", h.viewed, c.want)
		}
	}
}

// The page turns from the town hall's mailbox to one's own; an answer leaves from where the message was read, or from where
// its writer says.
func TestTwoMailboxes(t *testing.T) {
	p, h := shown(t, Account{Name: "Mairie", Address: "mairie@mairie.example"}, Account{ID: "a1", Name: "Ève Exemple", Address: "eve@mairie.example", Own: true})
	h.come("", "Devis")
	h.come("a1", "Congés")
	p.Show(shell.Route{Page: Name})
	if p.which.Hidden || len(p.which.Options) != 2 || p.which.Selected != "Mairie (1)" || len(p.rows) != 1 || p.rows[0].Subject != "Devis" {
		t.Fatalf("%v %q %+v", p.which.Options, p.which.Selected, p.rows)
	}
	p.which.SetSelectedIndex(1)
	if p.account.ID != "a1" || len(p.rows) != 1 || p.rows[0].Subject != "Congés" {
		t.Fatalf("%+v %+v", p.account, p.rows)
	}
	p.open(p.rows[0].ID)
	p.load()
	if !strings.Contains(shelltest.Words(p.side), "Bonjour.") || p.which.Options[1] != "Ève Exemple" {
		t.Errorf("%v\n%s", p.which.Options, shelltest.Words(p.side))
	}
	p.reply(p.message, false)
	if p.form == nil || p.form.from == nil || !strings.Contains(p.form.from.Selected, "eve@mairie.example") {
		t.Fatalf("%+v", p.form)
	}
	p.form.from.SetSelectedIndex(0)
	p.form.send()
	l, err := h.box.Letter(t.Context(), h.sent)
	if err != nil || l.Account != "" || l.To != "a@b.example" {
		t.Errorf("%+v, %v", l, err)
	}
	// A message that a search of the window found is shown in its own mailbox.
	first := p.accounts[0]
	p.turnTo(first)
	own, err := h.box.Of("a1").Folders(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	mine, err := h.box.Of("a1").Messages(t.Context(), own[0].ID, 1)
	if err != nil {
		t.Fatal(err)
	}
	p.Show(shell.Route{Page: Name, Arg: fmt.Sprintf("mail/%d", mine[0].ID)})
	if p.account.ID != "a1" || p.message == nil || p.message.Title != "Congés" {
		t.Errorf("%+v, %+v", p.account, p.message)
	}
	// One that is somebody else's is not.
	h.accounts = h.accounts[:1]
	p.Show(shell.Route{Page: Name})
	p.Show(shell.Route{Page: Name, Arg: fmt.Sprintf("mail/%d", mine[0].ID)})
	if p.message != nil || strings.Contains(shelltest.Words(p.side), "Bonjour.") || !p.which.Hidden {
		t.Errorf("a message of another's mailbox is shown: %+v", p.message)
	}
}

// Of a message whose rest is to come, the beginning is read; its attachments appear once they are here, and it is not forwarded without them.
func TestTheBeginningOfAMessage(t *testing.T) {
	p, h := shown(t, Account{Name: "Mairie", Address: "mairie@mairie.example"})
	ctx, b := t.Context(), h.box
	head := "From: <a@b.example>\nSubject: Plans\nMessage-ID: <1@b.example>\nContent-Type: multipart/mixed; boundary=o\n\n--o\nContent-Type: text/plain\n\nVoici les plans.\n--o\nContent-Type: application/pdf\nContent-Disposition: attachment; filename=plan.pdf\n\n"
	err := b.SetFolders(ctx, []mailbox.ServerFolder{{Name: "INBOX", Role: mailbox.Inbox}})
	if err == nil {
		err = b.Take(ctx, "INBOX", []mailbox.Taken{{Listing: mailbox.Listing{UID: 1, Size: 90_000, At: h.Now()}, Fetched: mailbox.Fetched{UID: 1, Raw: []byte(head + "%PDF"), Begun: true}}})
	}
	if err != nil {
		t.Fatal(err)
	}
	p.Show(shell.Route{Page: Name})
	p.open(p.rows[0].ID)
	if words := shelltest.Words(p.side); !strings.Contains(words, "Voici les plans.") || !strings.Contains(words, "pièces jointes arrivent") || strings.Contains(words, "plan.pdf") || strings.Contains(words, "endommagé") {
		t.Errorf("%s", words)
	}
	p.forward(p.message)
	if p.form != nil {
		t.Error("it is forwarded without what is joined to it")
	}
	if _, _, err := b.File(ctx, p.rows[0].ID, 1); !errors.Is(err, mailbox.ErrNotHere) {
		t.Errorf("an attachment that has not come: %v", err)
	}
	if err := b.Store(ctx, "INBOX", []mailbox.Fetched{{UID: 1, Raw: []byte(head + "%PDF-1.7\n--o--\n")}}); err != nil {
		t.Fatal(err)
	}
	p.load()
	if words := shelltest.Words(p.side); strings.Contains(words, "arrivent") || !strings.Contains(words, "plan.pdf") {
		t.Errorf("%s", words)
	}
	if found, err := b.Search(ctx, "plan.pdf", 10); err != nil || len(found) != 1 {
		t.Errorf("%+v, %v", found, err)
	}
}

// In a mailbox that several read, the list says who sees to each message, and what others note appears while one reads.
func TestWhoAnswersWhatInTheList(t *testing.T) {
	p, h := shown(t, Account{Name: "Mairie", Address: "mairie@mairie.example"})
	h.come("", "Devis")
	p.Show(shell.Route{Page: Name})
	p.open(p.rows[0].ID)
	for _, c := range []struct {
		do          func() error
		badge, note string
	}{
		{func() error { return nil }, "", "Je m’en occupe"},
		{func() error { return h.team.Take(t.Context(), "luc", "Devis@b.example") }, "Luc Exemple", "Luc Exemple s’en occupe"},
		{func() error { return h.team.Finish(t.Context(), "luc", "Devis@b.example") }, "Traité", "Traité par Luc Exemple"},
		{func() error { return h.team.Take(t.Context(), "eve", "Devis@b.example") }, "À vous", "Vous vous en occupez."},
	} {
		if err := c.do(); err != nil {
			t.Fatal(err)
		}
		p.load()
		if _, badge := p.care(p.rows[0]); badge != c.badge || !strings.Contains(shelltest.Words(p.side), c.note) {
			t.Errorf("%q, and not %q: %s", badge, c.badge, shelltest.Words(p.side))
		}
	}
}

// A letter that came back is told of on the letter that was sent, in the list and where it is read.
func TestALetterThatCameBack(t *testing.T) {
	p, h := shown(t, Account{Name: "Mairie", Address: "mairie@mairie.example"})
	ctx, b := t.Context(), h.box
	err := b.SetFolders(ctx, []mailbox.ServerFolder{{Name: "INBOX", Role: mailbox.Inbox}, {Name: "Sent", Role: mailbox.Sent}})
	for folder, raw := range map[string]string{
		"Sent": "From: <mairie@mairie.example>\nTo: <jean@exemple.example>\nSubject: Location\nMessage-ID: <sent@mairie.example>\n\nBonjour.\n",
		"INBOX": "From: <MAILER-DAEMON@exemple.example>\nSubject: Retour\nMessage-ID: <dsn@exemple.example>\nContent-Type: multipart/report; report-type=delivery-status; boundary=o\n\n--o\nContent-Type: text/plain\n\nRetour.\n--o\n" +
			"Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; jean@exemple.example\nAction: failed\nStatus: 5.2.2\nDiagnostic-Code: smtp; 552 boite pleine\n\n--o\nContent-Type: message/rfc822\n\nMessage-ID: <sent@mairie.example>\n\nx\n--o--\n",
	} {
		if err == nil {
			err = b.List(ctx, folder, []mailbox.Listing{{UID: 1, Size: 40, At: h.Now()}})
		}
		if err == nil {
			err = b.Store(ctx, folder, []mailbox.Fetched{{UID: 1, Raw: []byte(raw)}})
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	p.Show(shell.Route{Page: Name})
	if p.rows[0].Failed {
		t.Error("the report is said to have come back")
	}
	p.places.SetCursor(1)
	if len(p.rows) != 1 || !p.rows[0].Failed {
		t.Fatalf("%+v", p.rows)
	}
	p.open(p.rows[0].ID)
	if words := shelltest.Words(p.side); !strings.Contains(words, "Non remis à jean@exemple.example") || !strings.Contains(words, "552 boite pleine") {
		t.Errorf("%s", words)
	}
	p.places.SetCursor(0)
	if p.message != nil {
		t.Error("what was read in another folder stays in view")
	}
}

// A letter that left while the list still showed it is no fault: nothing is shown of it.
func TestALetterThatLeftMeanwhile(t *testing.T) {
	p, h := shown(t, Account{Name: "Mairie", Address: "mairie@mairie.example"})
	id, err := h.box.SaveLetter(t.Context(), mailbox.Letter{To: "luc@mairie.example", Subject: "Ordre du jour"})
	if err != nil {
		t.Fatal(err)
	}
	p.Show(shell.Route{Page: Name})
	p.places.SetCursor(p.places.Length() - 1)
	if len(p.drafts) != 1 {
		t.Fatalf("%+v", p.drafts)
	}
	if err := h.box.Discard(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	p.list.SetCursor(0)
	if len(h.Failed) != 0 || p.form != nil || len(p.side.Objects) != 0 {
		t.Errorf("%v, %+v, %d things are shown", h.Failed, p.form, len(p.side.Objects))
	}
}

// The key that erases puts the message under the cursor into the trash, where it erases it once the person has said so.
func TestDeleteKey(t *testing.T) {
	p, h := shown(t, Account{Name: "Mairie", Address: "mairie@mairie.example"})
	h.come("", "Devis")
	ctx := t.Context()
	if err := h.box.SetFolders(ctx, []mailbox.ServerFolder{{Name: "INBOX", Delimiter: "/", Role: mailbox.Inbox}, {Name: "Trash", Delimiter: "/", Role: mailbox.Trash}}); err != nil {
		t.Fatal(err)
	}
	p.Show(shell.Route{Page: Name})
	press := func() {
		p.list.SetCursor(0)
		p.list.TypedKey(&fyne.KeyEvent{Name: fyne.KeyDelete})
		p.load()
	}
	press()
	if len(p.rows) != 0 {
		t.Fatalf("%d rows are left", len(p.rows))
	}
	p.places.SetCursor(1)
	if len(p.rows) != 1 {
		t.Fatalf("%d rows are in the trash", len(p.rows))
	}
	press()
	if len(p.rows) != 1 || len(h.asked) != 1 {
		t.Fatalf("%d rows, asked %d times", len(p.rows), len(h.asked))
	}
	h.asked[0]("")
	p.load()
	if len(p.rows) != 0 {
		t.Errorf("%d rows are left", len(p.rows))
	}
}
