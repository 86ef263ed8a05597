package mail_test

import (
	"bufio"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"alpi40.fr/airial/sync/mail"
	"alpi40.fr/airial/sync/mail/mailtest"
)

// Where the line begins in the clear (ports 143 and 587), it is encrypted before anything is said of the person.
func TestStartTLS(t *testing.T) {
	d, a := dovecot(t)
	if err := d.Put("1700000001.m", message(1, "Bonjour.")); err != nil {
		t.Fatal(err)
	}
	out, err := mailtest.Submit(rand.Reader, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	a.Imap, a.Smtp = d.Upgraded, out.Upgraded
	if err := mail.Try(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	b := box(t)
	if o := pass(t, a, b); o.Fetched != 1 {
		t.Errorf("%+v", o)
	}
	id := write(t, b)
	s, err := mail.Connect(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if n, err := s.Deliver(t.Context(), a, b); err != nil || n != 1 || len(out.Taken()) != 1 {
		t.Errorf("%s: %d left, %v", id, n, err)
	}
	a.Imap.Pin = strings.Repeat("0", 64)
	if _, err := mail.Connect(t.Context(), a); err == nil {
		t.Error("another certificate than the pinned one is taken")
	}
}

// eavesdropper is a server that does not encrypt, or somebody between who takes the offer away; it keeps what it hears.
type eavesdropper struct {
	address string
	mu      sync.Mutex
	heard   strings.Builder
}

func (e *eavesdropper) all() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.heard.String()
}

func eavesdrop(t *testing.T, greeting string, answer func(line string) string) *eavesdropper {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	e := &eavesdropper{address: l.Addr().String()}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				fmt.Fprint(c, greeting)
				for lines := bufio.NewScanner(c); lines.Scan(); {
					e.mu.Lock()
					e.heard.WriteString(lines.Text() + "\n")
					e.mu.Unlock()
					fmt.Fprint(c, answer(lines.Text()))
				}
			}()
		}
	}()
	return e
}

// A server that offers no encryption, or whose offer was taken away on the line, is given neither login nor password nor letter.
func TestNoEncryption(t *testing.T) {
	imap := func(line string) string {
		tag, _, _ := strings.Cut(line, " ")
		switch {
		case strings.Contains(line, "CAPABILITY"):
			return "* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n" + tag + " OK done\r\n"
		case strings.Contains(line, "STARTTLS"):
			return tag + " BAD no\r\n"
		}
		return tag + " OK done\r\n"
	}
	for name, greeting := range map[string]string{"refused": "* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready\r\n", "entered before": "* PREAUTH [CAPABILITY IMAP4rev1] ready\r\n"} {
		e := eavesdrop(t, greeting, imap)
		_, err := mail.Connect(t.Context(), mail.Account{Imap: mail.Server{Address: e.address, Security: mail.StartTLS}, Login: mailtest.Login, Password: "secret"})
		if !errors.Is(err, mail.ErrNoTLS) && !errors.Is(err, mail.ErrOffline) || strings.Contains(e.all(), "secret") || strings.Contains(e.all(), mailtest.Login) {
			t.Errorf("%s: %v; it heard %q", name, err, e.all())
		}
	}
	e := eavesdrop(t, "220 ready\r\n", func(line string) string {
		if strings.HasPrefix(line, "EHLO") {
			return "250-localhost\r\n250 AUTH PLAIN\r\n"
		}
		return "502 no\r\n"
	})
	err := mail.Send(t.Context(), mail.Account{Smtp: mail.Server{Address: e.address, Security: mail.StartTLS}, Login: mailtest.Login, Password: "secret"}, mailtest.Login, []string{"a@b.example"}, []byte("Bonjour"), func() error { return nil })
	if !errors.Is(err, mail.ErrNoTLS) || strings.Contains(e.all(), "AUTH") || strings.Contains(e.all(), "Bonjour") {
		t.Errorf("%v; it heard %q", err, e.all())
	}
	if _, err := mail.Connect(t.Context(), mail.Account{Imap: mail.Server{Address: e.address, Security: mail.TLS}, Login: mailtest.Login, Password: "secret"}); !errors.Is(err, mail.ErrNoTLS) {
		t.Errorf("a server in the clear where TLS is wanted: %v", err)
	}
}
