package mail_test

import (
	"encoding/base64"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"alpi40.fr/airial/packaging/bench/pairs"
	"alpi40.fr/airial/sync/mail"
	"alpi40.fr/airial/sync/mail/mailtest"
)

// shaped makes messages as town halls get them: every encoding, pages, broken MIME, attachments, answers.
func shaped(n int) string {
	switch n % 8 {
	case 1:
		return fmt.Sprintf("From: <a%d@exemple.example>\nSubject: Re: dossier\nMessage-ID: <s%d@x>\nIn-Reply-To: <s%d@x>\nContent-Type: text/html; charset=windows-1252\nContent-Transfer-Encoding: quoted-printable\n\n<p>Le d=E9lai court <a href=3D\"https://exemple.example/\">ici</a>.</p>%s\n", n, n, n-1, strings.Repeat("<p>ligne</p>", 60))
	case 2:
		return fmt.Sprintf("From: x\nSubject: =?utf-8?q?bris=C3=A9\nMessage-ID: <s%d@x>\nContent-Type: multipart/mixed; boundary=o\n\n--o\nContent-Type: text/plain\n\nun\n--autre\n\ndeux", n)
	case 3:
		return fmt.Sprintf("From: <c%d@exemple.example>\nSubject: plan\nMessage-ID: <s%d@x>\nContent-Type: multipart/mixed; boundary=o\n\n--o\nContent-Type: text/plain; charset=iso-8859-15\n\nVoir la pi\xe8ce.\n--o\nContent-Type: application/pdf\nContent-Disposition: attachment; filename=plan.pdf\nContent-Transfer-Encoding: base64\n\n%s\n--o--\n",
			n, n, lines(base64.StdEncoding.EncodeToString([]byte(strings.Repeat("%PDF-1.7 plan ", 2000)))))
	}
	return message(n, strings.Repeat("Bonjour, voici la demande de la semaine au sujet de la salle des fêtes.\n", 12))
}

// lines folds base64 as mail does.
func lines(s string) string {
	var out strings.Builder
	for len(s) > 76 {
		out.WriteString(s[:76] + "\n")
		s = s[76:]
	}
	return out.String() + s
}

// BenchmarkAgainstMbsync takes the same mailbox by Airial and by mbsync, from the same Dovecot, in one
// run: 10,000 messages, or AIRIAL_MAIL of them. Airial also reads, indexes and encrypts them, and what
// it says is kept is on the disk; mbsync is measured as it is by itself, and without waiting for the disk. Against it stand the time
// until heads and texts of all messages can be read («read-…»), and the time until attachments are here too and all is searched.
func BenchmarkAgainstMbsync(b *testing.B) {
	other, err := exec.LookPath("mbsync")
	if err != nil {
		b.Skip("mbsync (isync) is not installed")
	}
	n := 10_000
	if text := os.Getenv("AIRIAL_MAIL"); text != "" {
		if n, err = strconv.Atoi(text); err != nil {
			b.Fatal(err)
		}
	}
	d, a := dovecot(b)
	for i := range n {
		if err := d.Put(fmt.Sprintf("17%08d.m", i), shaped(i)); err != nil {
			b.Fatal(err)
		}
	}
	// The server reads its own folder first, for neither of the two.
	pass(b, a, box(b))
	read := func() float64 { took, _ := taken(b, a, n); return took.Seconds() }
	whole := func() float64 { _, took := taken(b, a, n); return took.Seconds() }
	peer := func(settings string) func() float64 {
		return func() float64 { return mbsync(b, other, a.Imap.Address, settings).Seconds() }
	}
	b.Run("offlineimap", func(b *testing.B) {
		program, err := exec.LookPath("offlineimap")
		if err != nil {
			b.Skip("offlineimap is not installed")
		}
		pairs.Compare(b, "s", whole, func() float64 { return offlineimap(b, program, a.Imap.Address).Seconds() })
	})
	for _, way := range []struct{ name, settings string }{{"synced", ""}, {"unsynced", "FSync no\n\n"}} {
		b.Run(way.name, func(b *testing.B) {
			pairs.Compare(b, "s", whole, peer(way.settings))
		})
		b.Run("read-"+way.name, func(b *testing.B) { pairs.Compare(b, "s", read, peer(way.settings)) })
	}
}

// taken takes the mailbox once: when the heads and texts of all messages can be read, and when all of them is here and searched.
func taken(b *testing.B, a mail.Account, n int) (read, whole time.Duration) {
	b.Helper()
	kept := box(b)
	begun := time.Now()
	s, err := mail.Connect(b.Context(), a)
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	if out, err := s.Sync(b.Context(), kept, nil); err != nil || out.Fetched != n {
		b.Fatalf("%+v, %v", out, err)
	}
	read = time.Since(begun)
	if _, err := s.Complete(b.Context(), kept, func() bool { return true }); err != nil {
		b.Fatal(err)
	}
	if err := kept.Searchable(b.Context()); err != nil {
		b.Fatal(err)
	}
	return read, time.Since(begun)
}

// offlineimap takes the mailbox once, into a Maildir, as it does by itself.
func offlineimap(b *testing.B, program, address string) time.Duration {
	b.Helper()
	dir := b.TempDir()
	_, port, _ := strings.Cut(address, ":")
	config := fmt.Sprintf("[general]\nmetadata = %[1]s/state\naccounts = a\nui = quiet\n[Account a]\nlocalrepository = near\nremoterepository = far\n[Repository near]\ntype = Maildir\nlocalfolders = %[1]s/mail\n"+
		"[Repository far]\ntype = IMAP\nremotehost = localhost\nremoteport = %[2]s\nremoteuser = %[3]s\nremotepass = %[4]s\nssl = yes\nsslcacertfile = %[1]s/crt\nmaxconnections = 1\n", dir, port, mailtest.Login, mailtest.Password)
	certificate(b, address, dir)
	if err := os.WriteFile(filepath.Join(dir, "rc"), []byte(config), 0o600); err != nil {
		b.Fatal(err)
	}
	begun := time.Now()
	if out, err := exec.CommandContext(b.Context(), program, "-c", filepath.Join(dir, "rc"), "-o").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	took := time.Since(begun)
	// It says nothing of a folder that it could not take.
	if kept, err := filepath.Glob(dir + "/mail/INBOX/*/*"); err != nil || len(kept) == 0 {
		b.Fatal("offlineimap took nothing: ", err)
	}
	return took
}

// certificate keeps that of the server, for a program that trusts what a file names.
func certificate(b *testing.B, address, dir string) {
	b.Helper()
	crt, err := exec.Command("sh", "-c", "openssl s_client -connect "+address+" </dev/null 2>/dev/null | openssl x509").Output()
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "crt"), crt, 0o600)
	}
	if err != nil {
		b.Fatal(err)
	}
}

// mbsync takes the mailbox as it does by itself, or with settings before the others: without waiting for the disk, say.
func mbsync(b *testing.B, program, address, settings string) time.Duration {
	b.Helper()
	dir := b.TempDir()
	_, port, _ := strings.Cut(address, ":")
	config := settings + fmt.Sprintf("IMAPAccount a\nHost localhost\nPort %s\nUser \"%s\"\nPass \"%s\"\nSSLType IMAPS\nSystemCertificates no\nCertificateFile %s/crt\n\nIMAPStore far\nAccount a\n\nMaildirStore near\nPath %s/mail/\nInbox %s/mail/INBOX\nSubFolders Verbatim\n\nChannel c\nFar :far:\nNear :near:\nPatterns *\nCreate Near\nSync Pull\nSyncState *\n",
		port, mailtest.Login, mailtest.Password, dir, dir, dir)
	certificate(b, address, dir)
	err := os.MkdirAll(filepath.Join(dir, "mail"), 0o700)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "rc"), []byte(config), 0o600)
	}
	if err != nil {
		b.Fatal(err)
	}
	begun := time.Now()
	if out, err := exec.CommandContext(b.Context(), program, "-c", filepath.Join(dir, "rc"), "-a").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	return time.Since(begun)
}
