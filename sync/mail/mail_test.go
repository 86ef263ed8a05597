package mail_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"alpi40.fr/airial/local/mailbox"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/sync/mail"
	"alpi40.fr/airial/sync/mail/mailtest"
)

func message(n int, text string) string {
	return fmt.Sprintf("From: =?utf-8?q?=C3=88ve?= Exemple <eve%d@exemple.example>\nTo: mairie@saint-airial.example\nSubject: Demande =?iso-8859-1?q?n=B0?= %d\nDate: Wed, 25 Nov 2026 10:00:00 +0100\nMessage-ID: <m%d@exemple.example>\nContent-Type: text/plain; charset=utf-8\n\n%s\n", n, n, n, text)
}

func box(t testing.TB) *mailbox.Box {
	t.Helper()
	db, err := store.Open(t.Context(), store.Options{Dir: t.TempDir(), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return mailbox.New(db, time.Now, rand.Reader)
}

func dovecot(t testing.TB) (*mailtest.Dovecot, mail.Account) {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "dovmail")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	d, err := mailtest.Start(context.Background(), dir, rand.Reader, time.Now())
	if errors.Is(err, mailtest.ErrNone) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Stop)
	return d, mail.Account{Imap: d.Server, Login: mailtest.Login, Password: mailtest.Password}
}

func pass(t testing.TB, a mail.Account, b *mailbox.Box) mail.Outcome {
	t.Helper()
	s, err := mail.Connect(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	out, err := s.Sync(t.Context(), b, nil)
	if err == nil {
		_, err = s.Complete(t.Context(), b, func() bool { return true })
	}
	if err = errors.Join(err, b.Searchable(t.Context())); err != nil {
		t.Fatal(err)
	}
	return out
}

func in(t testing.TB, b *mailbox.Box, role mailbox.Role) (mailbox.Folder, []mailbox.Summary) {
	t.Helper()
	all, err := b.Folders(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range all {
		if f.Role == role {
			m, err := b.Messages(t.Context(), f.ID, 1000)
			if err != nil {
				t.Fatal(err)
			}
			return f, m
		}
	}
	t.Fatalf("no folder %q in %v", role, all)
	return mailbox.Folder{}, nil
}

// What a laptop does without a line reaches the server, and what others do on the server reaches it.
func TestTwoLaptopsAndAServer(t *testing.T) {
	d, a := dovecot(t)
	for i := range 5 {
		if err := d.Put(fmt.Sprintf("170000000%d.m", i), message(i, "Bonjour, le pont de l’étang est cassé.")); err != nil {
			t.Fatal(err)
		}
	}
	one, two := box(t), box(t)
	if out := pass(t, a, one); out.Fetched != 5 {
		t.Fatalf("first pass: %+v", out)
	}
	pass(t, a, two)
	if out := pass(t, a, one); out.Fetched != 0 || out.Opened != 0 {
		t.Errorf("nothing is new, yet %+v", out)
	}
	found, err := one.Search(t.Context(), "etang casse", 10)
	if err != nil || len(found) != 5 {
		t.Errorf("search: %d, %v", len(found), err)
	}
	_, mine := in(t, one, mailbox.Inbox)
	if mine[0].Sender != "Ève Exemple" || !strings.HasPrefix(mine[0].Subject, "Demande n° ") {
		t.Errorf("%+v", mine[0])
	}
	archive, _ := in(t, one, mailbox.Archive)
	for _, err := range []error{
		one.Do(t.Context(), mine[0].ID, mailbox.Seen),
		one.Do(t.Context(), mine[1].ID, mailbox.Flag),
		one.Move(t.Context(), mine[2].ID, archive.ID),
		one.Do(t.Context(), mine[2].ID, mailbox.Seen), // after the move, before the server knows
		one.Delete(t.Context(), mine[3].ID),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if f, left := in(t, one, mailbox.Inbox); len(left) != 3 || f.Unread != 2 {
		t.Errorf("before the line is back: %d, %+v", len(left), f)
	}
	if out := pass(t, a, one); out.Deeds != 5 {
		t.Errorf("%+v", out)
	}
	pass(t, a, two)
	for name, b := range map[string]*mailbox.Box{"one": one, "two": two} {
		f, left := in(t, b, mailbox.Inbox)
		flagged := 0
		for _, m := range left {
			if m.Flagged {
				flagged++
			}
		}
		_, archived := in(t, b, mailbox.Archive)
		_, trashed := in(t, b, mailbox.Trash)
		if len(left) != 3 || f.Unread != 2 || flagged != 1 || len(archived) != 1 || !archived[0].Read || len(trashed) != 1 {
			t.Errorf("%s: %d left, %d unread, %d flagged, archived %v, trashed %d", name, len(left), f.Unread, flagged, archived, len(trashed))
		}
	}
	// Both act upon the same message: the server is followed.
	_, left := in(t, two, mailbox.Inbox)
	if err := errors.Join(two.Delete(t.Context(), left[0].ID), one.Do(t.Context(), left[0].ID, mailbox.Flag)); err != nil {
		t.Fatal(err)
	}
	pass(t, a, two)
	pass(t, a, one)
	if _, left := in(t, one, mailbox.Inbox); len(left) != 2 {
		t.Errorf("%d left", len(left))
	}
	if deeds, err := one.Deeds(t.Context()); err != nil || len(deeds) != 0 {
		t.Errorf("%v, %v", deeds, err)
	}
}

// A folder made anew under the same name has other messages behind the same identifiers.
func TestValidityChanges(t *testing.T) {
	d, a := dovecot(t)
	if err := d.Put("1700000001.m", message(1, "Avant.")); err != nil {
		t.Fatal(err)
	}
	b := box(t)
	pass(t, a, b)
	_, m := in(t, b, mailbox.Inbox)
	if err := b.Delete(t.Context(), m[0].ID); err != nil { // must not hit the message that takes its number
		t.Fatal(err)
	}
	d.Stop()
	if err := os.RemoveAll(d.Maildir); err != nil {
		t.Fatal(err)
	}
	time.Sleep(1100 * time.Millisecond) // UIDVALIDITY is a time in seconds
	again, err := mailtest.Start(context.Background(), filepath.Dir(d.Maildir), rand.Reader, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(again.Stop)
	if err := again.Put("1700000002.m", message(2, "Après.")); err != nil {
		t.Fatal(err)
	}
	a.Imap = again.Server
	pass(t, a, b)
	if _, m := in(t, b, mailbox.Inbox); len(m) != 1 || m[0].Subject != "Demande n° 2" {
		t.Errorf("%+v", m)
	}
	if _, m := in(t, b, mailbox.Trash); len(m) != 0 {
		t.Errorf("the wrong message was deleted: %+v", m)
	}
}

func TestEntering(t *testing.T) {
	_, a := dovecot(t)
	wrong := a
	wrong.Password = "faux"
	if _, err := mail.Connect(t.Context(), wrong); !errors.Is(err, mail.ErrPassword) {
		t.Errorf("a wrong password: %v", err)
	}
	unpinned := a
	unpinned.Imap.Pin = ""
	var certificate *mail.CertificateError
	if _, err := mail.Connect(t.Context(), unpinned); !errors.As(err, &certificate) || certificate.Fingerprint != a.Imap.Pin || certificate.Pinned {
		t.Errorf("an unknown certificate: %v", err)
	}
	other := a
	other.Imap.Pin = strings.Repeat("0", 64)
	if _, err := mail.Connect(t.Context(), other); !errors.As(err, &certificate) || !certificate.Pinned {
		t.Errorf("another certificate than the pinned one: %v", err)
	}
	gone := a
	gone.Imap.Address = "127.0.0.1:1"
	if _, err := mail.Connect(t.Context(), gone); !errors.Is(err, mail.ErrOffline) {
		t.Errorf("nobody there: %v", err)
	}
}

// A trial tells which of the two servers is wrong, and signs in to both: that one answers does not say that it takes letters.
func TestTry(t *testing.T) {
	_, a := dovecot(t)
	out, err := mailtest.Submit(rand.Reader, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { out.Close() })
	a.Smtp = out.Server
	if err := mail.Try(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	nobody := mail.Server{Address: "127.0.0.1:1", Security: mail.TLS}
	for name, c := range map[string]struct {
		change  func(*mail.Account)
		want    error
		sending bool
	}{
		"nobody receives":           {func(a *mail.Account) { a.Imap = nobody }, mail.ErrOffline, false},
		"nobody sends":              {func(a *mail.Account) { a.Smtp = nobody }, mail.ErrOffline, true},
		"a wrong password":          {func(a *mail.Account) { a.Password = "faux" }, mail.ErrPassword, false},
		"one that no letters leave": {func(*mail.Account) { out.Closed = true }, mail.ErrPassword, true},
		"a server of another trade": {func(a *mail.Account) { a.Smtp = a.Imap }, mail.ErrOffline, true},
	} {
		now := a
		c.change(&now)
		err := mail.Try(t.Context(), now)
		if told := (*mail.TrialError)(nil); !errors.As(err, &told) || told.Sending != c.sending || !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
		out.Closed = false
	}
}

// The server speaks by itself when a message comes.
func TestIdle(t *testing.T) {
	d, a := dovecot(t)
	b := box(t)
	s, err := mail.Connect(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Sync(t.Context(), b, nil); err != nil {
		t.Fatal(err)
	}
	came := time.AfterFunc(300*time.Millisecond, func() { _ = d.Put("1700000009.m", message(9, "Bonjour.")) })
	defer came.Stop()
	ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
	defer stop()
	if err := s.Wait(ctx, nil, time.Hour); err != nil {
		t.Fatal(err)
	}
	if out, err := s.Sync(ctx, b, nil); err != nil || out.Fetched != 1 {
		t.Errorf("%+v, %v", out, err)
	}
}

// What is erased, read or flagged from another computer while a line waits is told by the server at once.
func TestIdleTellsWhatOthersDo(t *testing.T) {
	d, a := dovecot(t)
	for i := range 4 {
		if err := d.Put(fmt.Sprintf("170000000%d.m", i), message(i, "Bonjour.")); err != nil {
			t.Fatal(err)
		}
	}
	b := box(t)
	s, err := mail.Connect(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Sync(t.Context(), b, nil); err != nil {
		t.Fatal(err)
	}
	_, all := in(t, b, mailbox.Inbox)
	other := box(t)
	pass(t, a, other)
	_, theirs := in(t, other, mailbox.Inbox)
	for name, c := range map[string]struct {
		do   func() error
		done func() bool
	}{
		"erased": {func() error { erase(t, a.Imap.Address, 2); return nil }, func() bool { _, m := in(t, b, mailbox.Inbox); return len(m) == 3 }},
		"read": {func() error { return errors.Join(other.Do(t.Context(), theirs[0].ID, mailbox.Seen)) }, func() bool {
			_, m := in(t, b, mailbox.Inbox)
			return m[0].ID == all[0].ID && m[0].Read
		}},
	} {
		begun := time.Now()
		came := time.AfterFunc(300*time.Millisecond, func() {
			if err := c.do(); err != nil {
				t.Error(err)
			}
			if name == "read" {
				pass(t, a, other)
			}
		})
		ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
		for told := 0; !c.done(); told++ {
			if err := s.Wait(ctx, nil, time.Hour); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if _, err := s.Sync(ctx, b, nil); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if told > 5 {
				t.Fatalf("%s: it is not learned", name)
			}
		}
		t.Logf("%s: learned after %v", name, time.Since(begun)-300*time.Millisecond)
		stop()
		came.Stop()
	}
}

func write(t *testing.T, b *mailbox.Box) string {
	t.Helper()
	id, err := b.SaveLetter(t.Context(), mailbox.Letter{To: "Ève Exemple <eve@exemple.example>", Subject: "Réponse à l’été", Text: "Bonjour,\n\nLe pont sera réparé."})
	if err == nil {
		err = b.Join(t.Context(), id, "arrêté n° 3.pdf", []byte("%PDF-1.7 essai"))
	}
	if err == nil {
		err = b.Queue(t.Context(), id, mailbox.Address{Name: "Mairie de Saint-Airial", Address: mailtest.Login})
	}
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// A letter leaves once, whatever happens around it.
func TestSending(t *testing.T) {
	_, a := dovecot(t)
	for name, c := range map[string]struct {
		cut    bool
		refuse *smtp.SMTPError
		state  mailbox.LetterState // at the end; empty: gone and filed
		taken  int
		fails  bool
	}{
		"taken":             {taken: 1},
		"the line is cut":   {cut: true, state: mailbox.Doubtful, taken: 1},
		"refused for good":  {refuse: &smtp.SMTPError{Code: 552, Message: "trop grand"}, state: mailbox.Refused},
		"refused for a day": {refuse: &smtp.SMTPError{Code: 451, Message: "plus tard"}, state: mailbox.Queued, fails: true},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := mailtest.Submit(rand.Reader, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			defer out.Close()
			out.Cut, out.Refuse = c.cut, c.refuse
			a := a
			a.Smtp = out.Server
			b := box(t)
			pass(t, a, b)
			_, before := in(t, b, mailbox.Sent)
			id := write(t, b)
			s, err := mail.Connect(t.Context(), a)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			for range 2 { // a second pass sends nothing more
				if _, err := s.Deliver(t.Context(), a, b); (err != nil) != c.fails {
					t.Fatalf("%v", err)
				}
			}
			if got := out.Taken(); len(got) != c.taken {
				t.Errorf("%d taken", len(got))
			}
			l, err := b.Letter(t.Context(), id)
			if c.state != "" {
				if err != nil || l.State != c.state {
					t.Errorf("%v, %v", l.State, err)
				}
				return
			}
			if !errors.Is(err, store.ErrNotFound) {
				t.Errorf("still there: %v, %v", l.State, err)
			}
			pass(t, a, b)
			_, sent := in(t, b, mailbox.Sent)
			if len(sent) != len(before)+1 || sent[0].Subject != "Réponse à l’été" || !sent[0].Attachments {
				t.Fatalf("%+v", sent)
			}
			m, err := b.Message(t.Context(), sent[0].ID)
			if err != nil || m.Text != "Bonjour,\n\nLe pont sera réparé." || len(m.Files) != 1 || m.Files[0].Name != "arrêté n° 3.pdf" {
				t.Errorf("%+v, %v", m.Parsed, err)
			}
		})
	}
}

// A stop between the server's taking and our knowing leaves a letter in doubt, which a person settles; one that was
// taken and not yet filed is filed once.
func TestStops(t *testing.T) {
	_, a := dovecot(t)
	out, err := mailtest.Submit(rand.Reader, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	a.Smtp = out.Server
	b := box(t)
	pass(t, a, b)
	id := write(t, b)
	if err := errors.Join(b.Set(t.Context(), id, mailbox.Sending, ""), b.Recover(t.Context())); err != nil {
		t.Fatal(err)
	}
	s, err := mail.Connect(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if n, err := s.Deliver(t.Context(), a, b); err != nil || n != 0 || len(out.Taken()) != 0 {
		t.Errorf("a doubtful letter left by itself: %d, %v", n, err)
	}
	if err := b.Settle(t.Context(), id, true); err != nil {
		t.Fatal(err)
	}
	if n, err := s.Deliver(t.Context(), a, b); err != nil || n != 0 || len(out.Taken()) != 0 {
		t.Errorf("a letter that had left was sent again: %d, %v", n, err)
	}
	pass(t, a, b)
	if _, sent := in(t, b, mailbox.Sent); len(sent) != 1 {
		t.Errorf("%d among the sent ones", len(sent))
	}
}

// BenchmarkFirstSync takes 5,000 messages.
func BenchmarkFirstSync(b *testing.B) {
	d, a := dovecot(b)
	for i := range 5000 {
		if err := d.Put(fmt.Sprintf("17%08d.m", i), message(i, strings.Repeat("Bonjour, voici quelques lignes d’un message ordinaire.\n", 40))); err != nil {
			b.Fatal(err)
		}
	}
	if path := os.Getenv("AIRIAL_MBSYNC"); path != "" { // where another program is compared on the same server
		if err := os.WriteFile(path, fmt.Appendf(nil, "%s\n%s\n%s\n%s\n", d.Server.Address, d.Maildir, mailtest.Login, mailtest.Password), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		b.StopTimer()
		into := box(b)
		b.StartTimer()
		if out := pass(b, a, into); out.Fetched != 5000 {
			b.Fatalf("%+v", out)
		}
	}
}
