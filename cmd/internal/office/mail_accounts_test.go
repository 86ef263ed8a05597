package office_test

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/mailbox"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/sync/mail/mailtest"
)

// mailServer starts a Dovecot with one message of that subject.
func mailServer(t *testing.T, subject string) *mailtest.Dovecot {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "dovtwo")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	d, err := mailtest.Start(t.Context(), dir, rand.Reader, time.Now())
	if errors.Is(err, mailtest.ErrNone) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Stop)
	if err := d.Put("1700000001.m", fmt.Sprintf("From: <a@exemple.example>\nSubject: %s\nMessage-ID: <%s@exemple.example>\n\nBonjour.\n", subject, subject)); err != nil {
		t.Fatal(err)
	}
	return d
}

// The mailbox that a former version had set is the first; a person's own stands beside it, is carried at the same time,
// is shown to nobody else, and letters leave from where they were written.
func TestTownHallsMailboxAndOnesOwn(t *testing.T) {
	ctx := t.Context()
	shared, own := mailServer(t, "Devis"), mailServer(t, "Congés")
	s, address := serve(t)
	code, err := s.NewCode(ctx, ours)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	o := open(t, dir)
	h, err := o.Enrol(ctx, address, code, "secrétariat")
	if err != nil {
		t.Fatal(err)
	}
	me, err := h.People.Found(ctx, authority.Authority{ID: ours, Name: "Commune d’essai", Short: "Essai", Place: "Essai", Kind: authority.Commune, Population: 400},
		authority.Person{Civility: "Mme", FirstName: "Solène", LastName: "Brouillon", Title: "Secrétaire", Roles: []authority.Role{authority.RoleSecretary}, Since: "2026-01-01"})
	if err == nil {
		err = h.SetPerson(ctx, me)
	}
	// As a former version kept it.
	if err == nil {
		err = h.SetMailAccount(ctx, office.MailAccount{Address: "passage@exemple.example", Imap: shared.Server, Login: mailtest.Login}, mailtest.Password)
	}
	if err == nil {
		err = h.Store.Update(ctx, func(tx *store.Tx) error {
			former := fmt.Sprintf(`{"name":"Mairie d’Essai","address":"mairie@exemple.example","login":%q,"imap":{"address":%q,"security":"tls","pin":%q},"smtp":{"address":""}}`, mailtest.Login, shared.Server.Address, shared.Server.Pin)
			return errors.Join(tx.SetSetting("mail.accounts", ""), tx.SetSetting("mail.account", former))
		})
	}
	if err != nil {
		t.Fatal(err)
	}
	id := h.ID()
	if err := o.Close(); err != nil {
		t.Fatal(err)
	}
	o = open(t, dir)
	t.Cleanup(func() { o.Close() })
	if h, err = o.Hall(ctx, id); err != nil {
		t.Fatal(err)
	}
	all, err := h.MailAccounts(ctx)
	if err != nil || len(all) != 1 || all[0].ID != "" || all[0].Address != "mairie@exemple.example" {
		t.Fatalf("%+v, %v", all, err)
	}
	h.Start(ctx)
	name, err := h.NewMailAccount(ctx)
	if err != nil || name == "" {
		t.Fatal(name, err)
	}
	mine := office.MailAccount{ID: name, Owner: me, Name: "Solène Brouillon", Address: "solene@autre.example", Login: mailtest.Login, Imap: own.Server}
	if err := h.SetMailAccount(ctx, mine, mailtest.Password); err != nil {
		t.Fatal(err)
	}
	twice := mine
	twice.ID = "autre"
	if err := h.SetMailAccount(ctx, twice, mailtest.Password); rule.Find(err) == nil {
		t.Errorf("one mailbox twice: %v", err)
	}
	for account, subject := range map[string]string{"": "Devis", name: "Congés"} {
		box := h.Mail.Of(account)
		deadline := time.Now().Add(time.Minute)
		for {
			found, err := box.Search(ctx, "Bonjour", 10)
			if err != nil {
				t.Fatal(err)
			}
			if len(found) == 1 && found[0].Subject == subject {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("%q: %+v; the mail says %v", account, found, h.MailStatus(account).Trouble)
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
	seen, err := h.MailAccountsOf(ctx, me)
	if err != nil || len(seen) != 2 || seen[0].Owner != "" || seen[1].ID != name {
		t.Errorf("%+v, %v", seen, err)
	}
	if seen, err := h.MailAccountsOf(ctx, "une autre personne"); err != nil || len(seen) != 1 || seen[0].Owner != "" {
		t.Errorf("%+v, %v", seen, err)
	}
	if a, err := h.MailAccount(ctx); err != nil || a.Owner != "" {
		t.Errorf("the town hall's letters would leave from %+v, %v", a, err)
	}
	letter, err := h.Mail.Of(name).SaveLetter(ctx, mailbox.Letter{To: "x@y.example", Subject: "Bonjour"})
	if err == nil {
		err = h.SendLetter(ctx, letter)
	}
	if err != nil {
		t.Fatal(err)
	}
	if l, err := h.Mail.Letter(ctx, letter); err != nil || l.Sender != "solene@autre.example" {
		t.Errorf("%+v, %v", l, err)
	}
	if _, raw, err := h.Mail.Of(name).Leaving(ctx); err == nil && !strings.Contains(string(raw), "solene@autre.example") {
		t.Errorf("%s", raw)
	}
	if err := h.SetMailAccount(ctx, office.MailAccount{ID: name}, ""); err != nil {
		t.Fatal(err)
	}
	if letters, err := h.Mail.Of(name).Letters(ctx); err != nil || len(letters) != 0 {
		t.Errorf("%+v, %v", letters, err)
	}
	if err := h.SendLetter(ctx, letter); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a letter of no mailbox: %v", err)
	}
}
