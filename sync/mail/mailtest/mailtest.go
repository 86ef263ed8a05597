// Package mailtest starts real mail servers on loopback for tests: Dovecot, where it is installed, and a submission
// server that keeps what it is given.
package mailtest

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"alpi40.fr/airial/sync/mail"
	"alpi40.fr/airial/sync/selfsigned"
)

// Login and Password are those of the one mailbox.
const (
	Login    = "mairie@saint-airial.example"
	Password = "mot de passe d’essai"
)

// ErrNone: no Dovecot is installed.
var ErrNone = errors.New("dovecot is not installed")

// Dovecot is one that runs.
type Dovecot struct {
	Server mail.Server
	// Upgraded is the same, whose line is encrypted by STARTTLS.
	Upgraded mail.Server
	// Maildir is where its messages are.
	Maildir string
	cmd     *exec.Cmd
	dir     string
	// They own the messages: Dovecot serves none of the system's administrator.
	uid, gid int
}

// Certificate makes one for loopback, and gives its pin.
func Certificate(random io.Reader, now time.Time) (crt, key []byte, pin string, err error) {
	if crt, key, err = selfsigned.Make(random, now, "Serveur de courrier d’essai", []string{"127.0.0.1", "localhost"}); err != nil {
		return nil, nil, "", err
	}
	pin, err = pinOf(crt)
	return crt, key, pin, err
}

func pinOf(crt []byte) (string, error) {
	block, _ := pem.Decode(crt)
	if block == nil {
		return "", errors.New("no certificate was made")
	}
	sum := sha256.Sum256(block.Bytes)
	return hex.EncodeToString(sum[:]), nil
}

// Options are what servers show, and whom they let in beside the one password.
type Options struct {
	Certificate, Key []byte // in PEM
	// TokenInfo is where Dovecot asks who holds a token: an address of loopback that ends where the token follows, and answers with
	// «email». Empty: nobody enters by a token.
	TokenInfo string
	// Holds tells whether the token of a login is in force, for the submission server; nil: nobody enters by a token.
	Holds func(login, token string) bool
}

// Start runs a Dovecot whose files are in dir, until Stop. Error: ErrNone.
func Start(ctx context.Context, dir string, random io.Reader, now time.Time) (*Dovecot, error) {
	crt, key, _, err := Certificate(random, now)
	if err != nil {
		return nil, err
	}
	return StartWith(ctx, dir, Options{Certificate: crt, Key: key})
}

// StartWith is Start with a certificate of one's own.
func StartWith(ctx context.Context, dir string, o Options) (*Dovecot, error) {
	program, err := exec.LookPath("dovecot")
	if err != nil {
		if program = "/usr/sbin/dovecot"; !exists(program) {
			return nil, ErrNone
		}
	}
	// Sockets have short names, and other accounts of the system go through the folder.
	base, err := os.MkdirTemp("/tmp", "dov")
	if err != nil {
		return nil, err
	}
	pin, err := pinOf(o.Certificate)
	if err != nil {
		return nil, err
	}
	me, err := user.Current()
	if err != nil {
		return nil, err
	}
	owner := me
	if me.Uid == "0" {
		if owner, err = user.Lookup("mail"); err != nil {
			return nil, err
		}
	}
	address, err := free()
	if err != nil {
		return nil, err
	}
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	upgraded, err := free()
	if err != nil {
		return nil, err
	}
	_, upgradedPort, err := net.SplitHostPort(upgraded)
	if err != nil {
		return nil, err
	}
	d := &Dovecot{Upgraded: mail.Server{Address: upgraded, Security: mail.StartTLS, Pin: pin}, Server: mail.Server{Address: address, Security: mail.TLS, Pin: pin}, Maildir: filepath.Join(dir, "Maildir"), dir: base}
	if d.uid, err = strconv.Atoi(owner.Uid); err != nil {
		return nil, err
	}
	if d.gid, err = strconv.Atoi(owner.Gid); err != nil {
		return nil, err
	}
	if err := os.Chown(dir, d.uid, d.gid); err != nil {
		return nil, err
	}
	internal := "dovenull"
	if me.Uid != "0" {
		internal = me.Username
	}
	config := fmt.Sprintf(`base_dir = %[1]s/run
state_dir = %[1]s/run
log_path = %[1]s/log
protocols = imap
listen = 127.0.0.1
ssl = required
ssl_cert = <%[1]s/crt
ssl_key = <%[1]s/key
default_internal_user = %[2]s
default_login_user = %[2]s
first_valid_uid = 1
mail_location = maildir:%[3]s
passdb {
  driver = passwd-file
  args = scheme=PLAIN username_format=%%u %[1]s/users
}
userdb {
  driver = static
  args = uid=%[4]s gid=%[5]s home=%[6]s
}
service imap-login {
  chroot =
  inet_listener imap {
    port = %[8]s
  }
  inet_listener imaps {
    port = %[7]s
    ssl = yes
  }
}
service anvil {
  chroot =
}
namespace inbox {
  inbox = yes
  separator = /
  mailbox Sent {
    auto = create
    special_use = \Sent
  }
  mailbox Trash {
    auto = create
    special_use = \Trash
  }
  mailbox Archives {
    auto = create
    special_use = \Archive
  }
}
`, base, internal, d.Maildir, owner.Uid, owner.Gid, dir, port, upgradedPort)
	if o.TokenInfo != "" {
		config += fmt.Sprintf("auth_mechanisms = plain oauthbearer xoauth2\npassdb {\n  driver = oauth2\n  mechanisms = oauthbearer xoauth2\n  args = %s/oauth2\n}\n", base)
	}
	if me.Uid == "0" {
		if err := os.Chmod(base, 0o755); err != nil {
			return nil, err
		}
	}
	for name, content := range map[string]string{"conf": config, "crt": string(o.Certificate), "key": string(o.Key), "users": Login + ":" + Password + "\n",
		"oauth2": "tokeninfo_url = " + o.TokenInfo + "\nusername_attribute = email\n"} {
		if err := os.WriteFile(filepath.Join(base, name), []byte(content), 0o644); err != nil {
			return nil, err
		}
	}
	d.cmd = exec.CommandContext(ctx, program, "-F", "-c", filepath.Join(base, "conf"))
	d.cmd.Cancel = func() error { return d.cmd.Process.Signal(os.Interrupt) }
	d.cmd.WaitDelay = 5 * time.Second
	if err := d.cmd.Start(); err != nil {
		return nil, err
	}
	for range 100 {
		conn, err := net.DialTimeout("tcp", address, time.Second)
		if err == nil {
			return d, conn.Close()
		}
		time.Sleep(50 * time.Millisecond)
	}
	said, _ := os.ReadFile(filepath.Join(base, "log"))
	d.Stop()
	return nil, fmt.Errorf("dovecot does not listen: %s", said)
}

func exists(path string) bool { _, err := os.Stat(path); return err == nil }

func free() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// Stop ends it.
func (d *Dovecot) Stop() {
	_ = d.cmd.Process.Signal(os.Interrupt)
	_ = d.cmd.Wait()
	_ = os.RemoveAll(d.dir)
}

// Put lays a message into the inbox, as a delivery does.
func (d *Dovecot) Put(name, message string) error { return d.PutInto("", name, message) }

// PutInto lays a message into a folder that is there, as a filter of the server does; into the inbox when it has no name.
func (d *Dovecot) PutInto(folder, name, message string) error {
	at := d.Maildir
	if folder != "" {
		at = filepath.Join(at, "."+strings.ReplaceAll(folder, "/", "."))
	}
	for _, sub := range []string{"new", "cur", "tmp"} {
		for _, dir := range []string{at, filepath.Join(at, sub)} {
			if err := os.MkdirAll(dir, 0o700); err != nil {
				return err
			}
			if err := os.Chown(dir, d.uid, d.gid); err != nil {
				return err
			}
		}
	}
	tmp := filepath.Join(at, "tmp", name)
	if err := os.WriteFile(tmp, []byte(strings.ReplaceAll(message, "\n", "\r\n")), 0o600); err != nil {
		return err
	}
	if err := os.Chown(tmp, d.uid, d.gid); err != nil {
		return err
	}
	return os.Rename(tmp, filepath.Join(at, "new", name))
}

// Submission is a submission server (RFC 6409) that keeps what it is given.
type Submission struct {
	Server mail.Server
	// Upgraded is the same, whose line is encrypted by STARTTLS.
	Upgraded mail.Server
	// Refuse, when set, answers a letter; Cut closes the line after the letter was taken, before that is said.
	Refuse *smtp.SMTPError
	Cut    bool
	// Closed: it lets nobody in.
	Closed bool

	mu     sync.Mutex
	taken  []string
	server *smtp.Server
	holds  func(login, token string) bool
}

// Submit runs one until Close.
func Submit(random io.Reader, now time.Time) (*Submission, error) {
	crt, key, _, err := Certificate(random, now)
	if err != nil {
		return nil, err
	}
	return SubmitWith(Options{Certificate: crt, Key: key})
}

// SubmitWith is Submit with a certificate of one's own.
func SubmitWith(o Options) (*Submission, error) {
	pin, err := pinOf(o.Certificate)
	if err != nil {
		return nil, err
	}
	pair, err := tls.X509KeyPair(o.Certificate, o.Key)
	if err != nil {
		return nil, err
	}
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{pair}})
	if err != nil {
		return nil, err
	}
	s := &Submission{Server: mail.Server{Address: l.Addr().String(), Security: mail.TLS, Pin: pin}, holds: o.Holds}
	s.server = smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) { return &session{s, c}, nil }))
	s.server.AllowInsecureAuth, s.server.Domain = true, "localhost"
	s.server.ErrorLog = quiet{}
	s.server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{pair}}
	plain, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	s.Upgraded = mail.Server{Address: plain.Addr().String(), Security: mail.StartTLS, Pin: pin}
	for _, l := range []net.Listener{l, plain} {
		go func() { _ = s.server.Serve(l) }()
	}
	return s, nil
}

type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}

// Taken are the letters that it has.
func (s *Submission) Taken() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.taken...)
}

// Close ends it.
func (s *Submission) Close() error { return s.server.Close() }

type session struct {
	s *Submission
	c *smtp.Conn
}

func (x *session) AuthMechanisms() []string {
	if x.s.holds != nil {
		return []string{sasl.Plain, sasl.OAuthBearer}
	}
	return []string{sasl.Plain}
}

func (x *session) Auth(mechanism string) (sasl.Server, error) {
	if mechanism == sasl.OAuthBearer && x.s.holds != nil {
		return sasl.NewOAuthBearerServer(func(o sasl.OAuthBearerOptions) *sasl.OAuthBearerError {
			if !x.s.holds(o.Username, o.Token) {
				return &sasl.OAuthBearerError{Status: "invalid_token"}
			}
			return nil
		}), nil
	}
	return sasl.NewPlainServer(func(_, login, password string) error {
		if _, encrypted := x.c.TLSConnectionState(); !encrypted {
			return smtp.ErrAuthFailed
		}
		if x.s.Closed || login != Login || password != Password {
			return smtp.ErrAuthFailed
		}
		return nil
	}), nil
}
func (x *session) Reset()                               {}
func (x *session) Logout() error                        { return nil }
func (x *session) Mail(string, *smtp.MailOptions) error { return nil }
func (x *session) Rcpt(string, *smtp.RcptOptions) error { return nil }
func (x *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if x.s.Refuse != nil {
		return x.s.Refuse
	}
	x.s.mu.Lock()
	x.s.taken = append(x.s.taken, string(raw))
	cut := x.s.Cut
	x.s.mu.Unlock()
	if cut {
		return x.c.Conn().Close()
	}
	return nil
}
