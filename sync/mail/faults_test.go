package mail_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"alpi40.fr/airial/local/mailbox"
	"alpi40.fr/airial/packaging/bench/pairs"
	"alpi40.fr/airial/sync/mail"
)

// shears stand between a laptop and its server, and cut each line after so many bytes of the server's.
type shears struct {
	address string
	mu      sync.Mutex
	left    int // of the line; negative: never
}

func (c *shears) set(after int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.left = after
}

// pass tells how many of n bytes go through.
func (c *shears) pass(n int) (through int, cut bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.left < 0 {
		return n, false
	}
	through = min(n, c.left)
	c.left -= through
	return through, through < n
}

func cutting(t *testing.T, server string) *shears {
	t.Helper()
	c := &shears{left: -1}
	carry := func(near, far net.Conn) {
		defer near.Close()
		defer far.Close()
		go func() { _, _ = io.Copy(far, near); far.Close() }()
		buffer := make([]byte, 16<<10)
		for {
			n, err := far.Read(buffer)
			through, cut := c.pass(n)
			if _, fault := near.Write(buffer[:through]); fault != nil || cut || err != nil {
				return
			}
		}
	}
	c.address = relay(t, server, carry)
	return c
}

// attempt does a whole pass, and gives what stopped it.
func attempt(ctx context.Context, a mail.Account, b *mailbox.Box) error {
	s, err := mail.Connect(ctx, a)
	if err != nil {
		return err
	}
	defer s.Close()
	if _, err := s.Sync(ctx, b, nil); err != nil {
		return err
	}
	if _, err := s.Complete(ctx, b, func() bool { return true }); err != nil {
		return err
	}
	return b.Searchable(ctx)
}

// same compares what two laptops hold of the inbox, message by message.
func same(t *testing.T, a, b *mailbox.Box, n int) {
	t.Helper()
	_, one := in(t, a, mailbox.Inbox)
	_, two := in(t, b, mailbox.Inbox)
	if len(one) != n || len(two) != n {
		t.Fatalf("%d and %d messages of %d", len(one), len(two), n)
	}
	for i := range one {
		one[i].ID, one[i].Folder, two[i].ID, two[i].Folder = 0, 0, 0, 0
		if one[i] != two[i] {
			t.Errorf("%+v\nis elsewhere %+v", one[i], two[i])
		}
	}
}

// Wherever the line is cut while a mailbox is taken, what came is kept, the next pass goes on, and in the end the laptop holds what one
// holds whose line was never cut: each message once, whole, and found by the search.
func TestLineCutInMidFetch(t *testing.T) {
	d, a := dovecot(t)
	const n = 260
	for i := range n {
		if err := d.Put(fmt.Sprintf("17%08d.m", i), shaped(i)); err != nil {
			t.Fatal(err)
		}
	}
	whole := box(t)
	pass(t, a, whole)
	c := cutting(t, a.Imap.Address)
	cut := a
	cut.Imap.Address = c.address
	draw := rand.New(rand.NewPCG(40, 1))
	for round := range 4 {
		b := box(t)
		faults, kept := 0, 0
		for step := 8 << 10; ; step += 40_000 + draw.IntN(60_000) { // further each time: nothing keeps a line from being cut for ever
			c.set(step)
			err := attempt(t.Context(), cut, b)
			if err == nil {
				break
			}
			if !errors.Is(err, mail.ErrOffline) {
				t.Fatalf("cut after %d bytes: %v", step, err)
			}
			if faults++; faults > 40 {
				t.Fatal("it never comes to its end")
			}
			if all, err := b.Folders(t.Context()); err != nil {
				t.Fatal(err)
			} else if len(all) > 0 && all[0].Total > 0 {
				now, err := b.Messages(t.Context(), all[0].ID, 1000)
				if err != nil {
					t.Fatal(err)
				}
				here := 0
				for _, m := range now {
					if m.State != mailbox.Listed {
						here++
						if _, err := b.Message(t.Context(), m.ID); err != nil {
							t.Fatalf("%+v cannot be read: %v", m, err)
						}
					}
				}
				if here < kept {
					t.Fatalf("%d messages were kept, and now %d", kept, here)
				}
				kept = here
			}
		}
		c.set(-1)
		t.Logf("round %d: %d cuts", round, faults)
		if faults < 3 {
			t.Errorf("the line was cut %d times only", faults)
		}
		same(t, whole, b, n)
		found, err := b.Search(t.Context(), "salle des fetes", 1000)
		if err != nil || len(found) == 0 {
			t.Errorf("%d found, %v", len(found), err)
		}
		if out := pass(t, a, b); out.Fetched != 0 || out.Opened != 0 {
			t.Errorf("nothing is new, yet %+v", out)
		}
	}
}

// A program that is stopped in the middle of a pass goes on where it was.
func TestStoppedInMidFetch(t *testing.T) {
	d, a := dovecot(t)
	const n = 900
	for i := range n {
		if err := d.Put(fmt.Sprintf("17%08d.m", i), message(i, strings.Repeat("Bonjour.\n", 20))); err != nil {
			t.Fatal(err)
		}
	}
	whole := box(t)
	pass(t, a, whole)
	b := box(t)
	ctx, stop := context.WithCancel(t.Context())
	s, err := mail.Connect(ctx, a)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Sync(ctx, b, func(int) { stop() }); err == nil {
		t.Fatal("it was not stopped")
	}
	s.Close()
	_, some := in(t, b, mailbox.Inbox)
	if len(some) == 0 || len(some) == n || some[0].Subject != fmt.Sprintf("Demande n° %d", n-1) {
		t.Fatalf("%d messages, the newest %+v", len(some), some[:min(1, len(some))])
	}
	pass(t, a, b)
	same(t, whole, b, n)
}

// encodings are the same French words as programs of thirty years write them.
var encodings = map[string]string{
	"utf-8, 8bit":              "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\nL’été à Saint-Airial : voilà 12 € pour la fête.",
	"utf-8, quoted-printable":  "Content-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: quoted-printable\n\nL=E2=80=99=C3=A9t=C3=A9 =C3=A0 Saint-Airial=C2=A0: voil=C3=A0 12 =E2=82=\n=AC pour la f=C3=AAte.",
	"utf-8, base64":            "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n" + base64.StdEncoding.EncodeToString([]byte("L’été à Saint-Airial : voilà 12 € pour la fête.")),
	"iso-8859-1":               "Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: 8bit\n\nL'\xe9t\xe9 \xe0 Saint-Airial : voil\xe0 12 euros pour la f\xeate.",
	"iso-8859-15":              "Content-Type: text/plain; charset=ISO-8859-15\n\nL'\xe9t\xe9 \xe0 Saint-Airial : voil\xe0 12 \xa4 pour la f\xeate.",
	"windows-1252":             "Content-Type: text/plain; charset=windows-1252\nContent-Transfer-Encoding: quoted-printable\n\nL=92=E9t=E9 =E0 Saint-Airial : voil=E0 12 =80 pour la f=EAte.",
	"macintosh":                "Content-Type: text/plain; charset=macintosh\nContent-Transfer-Encoding: quoted-printable\n\nL'=8Et=8E =88 Saint-Airial : voil=88 12 euros pour la f=90te.",
	"utf-16, base64":           "Content-Type: text/plain; charset=utf-16\nContent-Transfer-Encoding: base64\n\n" + base64.StdEncoding.EncodeToString(utf16("L’été à Saint-Airial : voilà 12 € pour la fête.")),
	"html, windows-1252":       "Content-Type: text/html; charset=windows-1252\nContent-Transfer-Encoding: 8bit\n\n<html><head><style>p{color:red}</style><script>voler()</script></head><body><p>L\x92\xe9t\xe9 &agrave; Saint-Airial&nbsp;: voil&agrave; 12&nbsp;&euro; pour la f&ecirc;te.</p></body></html>",
	"alternative":              "Content-Type: multipart/alternative; boundary=\"=_a\"\n\n--=_a\nContent-Type: text/plain; charset=utf-8\n\nL’été à Saint-Airial : voilà 12 € pour la fête.\n--=_a\nContent-Type: text/html; charset=utf-8\n\n<p>autre</p>\n--=_a--\n",
	"nested, signed":           "Content-Type: multipart/signed; boundary=s; micalg=sha-256; protocol=\"application/pkcs7-signature\"\n\n--s\nContent-Type: multipart/mixed; boundary=m\n\n--m\nContent-Type: multipart/related; boundary=r\n\n--r\nContent-Type: text/plain; charset=utf-8\n\nL’été à Saint-Airial : voilà 12 € pour la fête.\n--r--\n--m--\n--s\nContent-Type: application/pkcs7-signature; name=smime.p7s\nContent-Transfer-Encoding: base64\n\nMIIB\n--s--\n",
	"no charset, in utf-8":     "Content-Type: text/plain\n\nL’été à Saint-Airial : voilà 12 € pour la fête.",
	"unknown charset":          "Content-Type: text/plain; charset=x-inconnu\n\nL'ete a Saint-Airial : voila 12 euros pour la fete.",
	"unknown encoding":         "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: x-inconnu\n\nL’été à Saint-Airial : voilà 12 € pour la fête.",
	"no type at all":           "\nL'ete a Saint-Airial : voila 12 euros pour la fete.",
	"broken base64":            "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n" + base64.StdEncoding.EncodeToString([]byte("L’été à Saint-Airial : voilà 12 € pour la fête.")) + "\n!!!\n",
	"boundary that never ends": "Content-Type: multipart/mixed; boundary=o\n\n--o\nContent-Type: text/plain; charset=utf-8\n\nL’été à Saint-Airial : voilà 12 € pour la fête.\n",
	"folded, long lines":       "Content-Type: text/plain;\n\tcharset=\"utf-8\"\nX-Long: " + strings.Repeat("a", 4000) + "\n\nL’été à Saint-Airial : voilà 12 € pour la fête.",
}

func utf16(s string) []byte {
	out := []byte{0xff, 0xfe}
	for _, r := range s {
		out = append(out, byte(r), byte(r>>8))
	}
	return out
}

// A large mailbox of all shapes: each text is read whatever its encoding, broken messages are shown, attachments of 30 MB come whole,
// and all are found without a line. AIRIAL_MAIL says how many messages there are.
func TestMailboxOfAllShapes(t *testing.T) {
	d, a := dovecot(t)
	n := pairs.Size("AIRIAL_MAIL", 400)
	names := map[string]string{}
	at := 0
	put := func(subject, rest string) {
		t.Helper()
		id := fmt.Sprintf("f%d@exemple.example", at)
		if err := d.Put(fmt.Sprintf("18%08d.m", at), "From: =?iso-8859-1?q?Mairie_d=27=C9tang?= <etang@exemple.example>\nTo: mairie@saint-airial.example\nSubject: "+subject+"\nMessage-ID: <"+id+">\nDate: Wed, 25 Nov 2026 10:00:00 +0100\nMIME-Version: 1.0\n"+rest); err != nil {
			t.Fatal(err)
		}
		names[id] = subject
		at++
	}
	for name, rest := range encodings {
		put(name, rest)
	}
	large := bytes.Repeat([]byte("Plan du cadastre, feuille A. "), 30<<20/29)
	for i := range 2 {
		put(fmt.Sprintf("30 MB %d", i), "Content-Type: multipart/mixed; boundary=o\n\n--o\nContent-Type: text/plain; charset=utf-8\n\nVoici le plan.\n--o\nContent-Type: application/pdf\nContent-Disposition: attachment; filename*=utf-8''plan%20d%E2%80%99%C3%A9t%C3%A9.pdf\nContent-Transfer-Encoding: base64\n\n"+
			lines(base64.StdEncoding.EncodeToString(large))+"\n--o--\n")
	}
	for i := range n - at {
		if err := d.Put(fmt.Sprintf("17%08d.m", i), shaped(i)); err != nil {
			t.Fatal(err)
		}
	}
	b := box(t)
	begun := time.Now()
	if out := pass(t, a, b); out.Fetched != n {
		t.Fatalf("%+v", out)
	}
	t.Logf("%d messages in %v", n, time.Since(begun))
	folder, all := in(t, b, mailbox.Inbox)
	if folder.Total != n {
		t.Errorf("%d messages of %d", folder.Total, n)
	}
	seen := 0
	for _, m := range all {
		if m.State != mailbox.Whole {
			t.Errorf("%q is not whole: %s", m.Subject, m.State)
		}
		full, err := b.Message(t.Context(), m.ID)
		if err != nil {
			t.Fatalf("%q: %v", m.Subject, err)
		}
		name, ours := names[full.MessageID]
		if !ours {
			continue
		}
		seen++
		if full.From.Name != "Mairie d'Étang" {
			t.Errorf("%q is from %q", name, full.From.Name)
		}
		if strings.HasPrefix(name, "30 MB") {
			content, called, err := b.File(t.Context(), m.ID, full.Files[0].Place)
			if err != nil || called != "plan d’été.pdf" || !bytes.Equal(content, large) {
				t.Errorf("%q: %q, %d bytes, %v", name, called, len(content), err)
			}
			continue
		}
		plain := strings.NewReplacer("é", "e", "à", "a", "ê", "e", "’", "'", "\u00a0", " ", "€", "euros").Replace(full.Text)
		if plain != "L'ete a Saint-Airial : voila 12 euros pour la fete." {
			t.Errorf("%q is read as %q", name, full.Text)
		}
	}
	if n <= 1000 && seen != len(names) {
		t.Errorf("%d of %d shapes were seen", seen, len(names))
	}
	found, err := b.Search(t.Context(), "voila saint airial", 1000)
	if err != nil || len(found) != len(encodings) {
		t.Errorf("%d found of %d, %v", len(found), len(encodings), err)
	}
}

// The rest of messages gives way when somebody has something for the server, and comes after that on the same line.
func TestTheRestGivesWay(t *testing.T) {
	d, a := dovecot(t)
	const n = 120
	for i := range n {
		if err := d.Put(fmt.Sprintf("17%08d.m", i), message(i, strings.Repeat("Bonjour, voici le plan de la semaine.\n", 3000))); err != nil {
			t.Fatal(err)
		}
	}
	b := box(t)
	s, err := mail.Connect(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if out, err := s.Sync(t.Context(), b, nil); err != nil || out.Fetched != n {
		t.Fatalf("%+v, %v", out, err)
	}
	begun := func() (n int) {
		_, all := in(t, b, mailbox.Inbox)
		for _, m := range all {
			if m.State == mailbox.Begun {
				n++
			}
		}
		return n
	}
	if got := begun(); got != n {
		t.Fatalf("%d beginnings", got)
	}
	if whole, err := s.Complete(t.Context(), b, func() bool { return false }); err != nil || whole {
		t.Fatalf("%v, %v", whole, err)
	}
	left := begun()
	if left == 0 || left == n {
		t.Errorf("%d beginnings are left of %d", left, n)
	}
	if out, err := s.Sync(t.Context(), b, nil); err != nil || out.Fetched != 0 {
		t.Fatalf("%+v, %v", out, err)
	}
	if whole, err := s.Complete(t.Context(), b, func() bool { return true }); err != nil || !whole || begun() != 0 {
		t.Errorf("%v, %d are left, %v", whole, begun(), err)
	}
}
