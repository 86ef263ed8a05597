package mail_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"alpi40.fr/airial/local/mailbox"
	"alpi40.fr/airial/packaging/bench/pairs"
	"alpi40.fr/airial/sync/mail"
	"alpi40.fr/airial/sync/mail/mailtest"
)

// counter stands between a laptop and its server, and counts how often the laptop spoke after it had been answered: the
// round trips that a slow line makes one wait for. It is slow itself: an answer takes a while, or commands that are written one after the
// other without waiting would be counted whenever the server answers between them.
type counter struct {
	address string
	mu      sync.Mutex
	trips   int
	bytes   int  // both ways, in TLS
	heard   bool // the server has spoken since the laptop did
}

func (c *counter) take() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.trips
	c.trips = 0
	return n
}

// carried gives how many bytes went over the line since it was last asked.
func (c *counter) carried() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.bytes
	c.bytes = 0
	return n
}

// way is how long an answer is on the line.
const way = 25 * time.Millisecond

func (c *counter) note(laptop bool, n int) {
	c.mu.Lock()
	answer := !laptop && !c.heard
	c.mu.Unlock()
	if answer {
		time.Sleep(way)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.bytes += n
	if laptop && c.heard {
		c.trips++
	}
	c.heard = !laptop
}

// relay stands before a server: each line that comes is carried to it by one that is opened for it.
func relay(t *testing.T, server string, carry func(near, far net.Conn)) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", server)
			if err != nil {
				near.Close()
				return
			}
			go carry(near, far)
		}
	}()
	return l.Addr().String()
}

// between starts a counter before a server.
func between(t *testing.T, server string) *counter {
	t.Helper()
	c := &counter{heard: true}
	carry := func(to io.Writer, from io.Reader, laptop bool) {
		buffer := make([]byte, 64<<10)
		for {
			n, err := from.Read(buffer)
			if n > 0 {
				c.note(laptop, n)
				if _, err := to.Write(buffer[:n]); err != nil {
					return
				}
			}
			if err != nil {
				return
			}
		}
	}
	c.address = relay(t, server, func(near, far net.Conn) {
		go func() { carry(far, near, true); far.Close() }()
		carry(near, far, false)
		near.Close()
	})
	return c
}

// counted is a mailbox whose messages, so many, are on a laptop, by a line that is counted.
func counted(t *testing.T, messages int) (*mailtest.Dovecot, mail.Account, *counter, *mailbox.Box) {
	t.Helper()
	d, a := dovecot(t)
	for i := range messages {
		if err := d.Put(fmt.Sprintf("17%08d.m", i), message(i, "Bonjour.")); err != nil {
			t.Fatal(err)
		}
	}
	c := between(t, a.Imap.Address)
	a.Imap.Address = c.address
	b := box(t)
	if out := pass(t, a, b); out.Fetched != messages {
		t.Fatalf("%+v", out)
	}
	return d, a, c, b
}

// Where nothing is new, a pass on an open line asks once, whatever the number of folders; a line that is opened for it, and
// signs in, asks less than three times beside the greeting of TLS.
func TestRoundTripsOfNothingNew(t *testing.T) {
	_, a, c, b := counted(t, 30)
	if n := c.take(); n < 5 { // or the counter counts nothing
		t.Fatalf("a first pass in %d round trips", n)
	}
	s, err := mail.Connect(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	opening := c.take()
	for range 3 {
		if out, err := s.Sync(t.Context(), b, nil); err != nil || out.Opened != 0 {
			t.Fatalf("%+v, %v", out, err)
		}
		if n := c.take(); n != 1 {
			t.Errorf("nothing new in %d round trips on an open line", n)
		}
	}
	// The connection; TLS 1.3 asks once, and its end goes with the greeting; signing in.
	t.Logf("opening a line and signing in: %d", opening)
	if opening > 4 {
		t.Errorf("opening a line takes %d round trips", opening)
	}
}

// What vanished from a folder is learned in the breath that asks what changed: no more round trips than QRESYNC's FETCH with
// VANISHED takes; and it is not asked for where the folder's marks prove that nothing did.
func TestRoundTripsOfWhatVanished(t *testing.T) {
	d, a, c, b := counted(t, 20)
	s, err := mail.Connect(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Sync(t.Context(), b, nil); err != nil {
		t.Fatal(err)
	}
	count := func() int {
		t.Helper()
		all, err := b.Folders(t.Context())
		if err != nil || len(all) == 0 {
			t.Fatal(err)
		}
		return all[0].Total
	}
	if err := d.Put("1799999999.m", message(99, "Nouveau.")); err != nil {
		t.Fatal(err)
	}
	c.take()
	if out, err := s.Sync(t.Context(), b, nil); err != nil || out.Fetched != 1 {
		t.Fatalf("%+v, %v", out, err)
	}
	came := c.take() // the list, the folder, what changed, the message
	erase(t, d.Server.Address, 4, 12)
	// A line that has the folder open is told of it as it was when the server last looked: another one is asked.
	s.Close()
	if s, err = mail.Connect(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	c.take()
	if _, err := s.Sync(t.Context(), b, nil); err != nil {
		t.Fatal(err)
	}
	if n := count(); n != 19 {
		t.Errorf("%d messages are left of 21, two of which vanished", n)
	}
	vanished := c.take() // the list, the folder, what changed and what is there
	t.Logf("a message that came: %d round trips; two that vanished: %d", came, vanished)
	if came > 4 || vanished > 3 {
		t.Errorf("a message that came: %d round trips; two that vanished: %d", came, vanished)
	}
}

// In a large mailbox, a hundred messages erased elsewhere are learned in three round trips and few bytes: the set of those that are
// left comes as ranges. AIRIAL_MAIL says how many messages there are.
func TestWhatVanishedFromALargeMailbox(t *testing.T) {
	n := pairs.Size("AIRIAL_MAIL", 1000)
	d, a, c, b := counted(t, n)
	s, err := mail.Connect(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Sync(t.Context(), b, nil); err != nil {
		t.Fatal(err)
	}
	s.Close()
	var gone []imap.UID
	for i := range 100 {
		gone = append(gone, imap.UID(1+i*(n/100)))
	}
	erase(t, d.Server.Address, gone...)
	if s, err = mail.Connect(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	c.take()
	c.carried()
	if _, err := s.Sync(t.Context(), b, nil); err != nil {
		t.Fatal(err)
	}
	trips, bytes := c.take(), c.carried()
	t.Logf("100 of %d erased: %d round trips, %d bytes", n, trips, bytes)
	if trips > 3 || bytes > 8<<10 {
		t.Errorf("%d round trips, %d bytes", trips, bytes)
	}
	if f, _ := in(t, b, mailbox.Inbox); f.Total != n-100 {
		t.Errorf("%d messages are left", f.Total)
	}
}

// A folder that is in view is followed by a line of its own: what a filter of the server files there is told at once, and the line
// that carries learns it in four round trips, of which one asks what is new. Another folder is followed by the same line.
func TestFollowsTheFolderInView(t *testing.T) {
	d, a, c, b := counted(t, 3)
	other := elsewhere(t, d.Server.Address)
	defer other.Close()
	for _, name := range []string{"Voirie", "Voirie/Devis"} {
		if err := other.Create(name, nil).Wait(); err != nil {
			t.Fatal(err)
		}
	}
	carries, err := mail.Connect(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	defer carries.Close()
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	if _, err := carries.Sync(ctx, b, nil); err != nil {
		t.Fatal(err)
	}
	straight := a
	straight.Imap.Address = d.Server.Address
	follows, err := mail.Connect(ctx, straight)
	if err != nil {
		t.Fatal(err)
	}
	defer follows.Close()
	told, turned := make(chan struct{}, 9), make(chan struct{})
	heard := func() {
		t.Helper()
		select {
		case <-told:
		case <-ctx.Done():
			t.Fatal("nothing is told")
		}
	}
	for i, folder := range []string{"Voirie", "Voirie/Devis"} {
		ended := make(chan error, 1)
		go func() { ended <- follows.Follow(ctx, folder, turned, time.Hour, func() { told <- struct{}{} }) }()
		heard() // it is open
		if err := d.PutInto(folder, "1700000001.m", message(i, "Rangé par un filtre.")); err != nil {
			t.Fatal(err)
		}
		heard()
		c.take()
		if out, err := carries.Sync(ctx, b, nil); err != nil || out.Fetched != 1 || out.Opened != 1 {
			t.Fatalf("%s: %+v, %v", folder, out, err)
		}
		if n := c.take(); n > 4 {
			t.Errorf("%s: what came is learned in %d round trips", folder, n)
		}
		turned <- struct{}{}
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
	}
	if err := follows.Follow(ctx, "Nulle part", turned, time.Hour, func() { t.Error("told of nothing") }); !errors.Is(err, mail.ErrLies) {
		t.Errorf("a folder that is none: %v", err)
	}
}

// elsewhere is another program that is signed in to the mailbox.
func elsewhere(t *testing.T, address string) *imapclient.Client {
	t.Helper()
	other, err := imapclient.DialTLS(address, &imapclient.Options{TLSConfig: &tls.Config{InsecureSkipVerify: true}})
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Login(mailtest.Login, mailtest.Password).Wait(); err != nil {
		t.Fatal(err)
	}
	return other
}

// erase takes messages off the inbox from elsewhere.
func erase(t *testing.T, address string, uids ...imap.UID) {
	t.Helper()
	other := elsewhere(t, address)
	defer other.Close()
	if _, err := other.Select("INBOX", nil).Wait(); err != nil {
		t.Fatal(err)
	}
	if err := other.Store(imap.UIDSetNum(uids...), &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{imap.FlagDeleted}}, nil).Close(); err != nil {
		t.Fatal(err)
	}
	if err := other.Expunge().Close(); err != nil {
		t.Fatal(err)
	}
}
