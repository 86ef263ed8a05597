package office

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"alpi40.fr/airial/local/mailbox"
	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/store/keys"
	"alpi40.fr/airial/sync/mail"
)

// MailAccount is the town hall's mailbox, as this computer reaches it.
type MailAccount struct {
	// Name and Address are what letters are from.
	Name    string      `json:"name,omitempty"`
	Address string      `json:"address"`
	Login   string      `json:"login"`
	Imap    mail.Server `json:"imap"`
	Smtp    mail.Server `json:"smtp"`
	// SignIn is where one signs in instead of giving a password.
	SignIn mail.Provider `json:"signIn,omitzero"`
}

// Set tells whether there is a mailbox to look into.
func (a MailAccount) Set() bool { return a.Imap.Address != "" }

// ErrNoMail: no mailbox was set on this computer.
var ErrNoMail = errors.New("no mailbox is set")

const (
	settingMail       = "mail.account"
	settingMailSecret = "mail.secret" // where there is no keyring; the database is encrypted
)

// How long a session waits for the server to speak, and for another try after one that failed.
const (
	mailPatience = 10 * time.Minute
	mailAgain    = 30 * time.Second
	mailAgainMax = 5 * time.Minute
)

// mailing is what mail.go knows.
type mailing struct {
	wake chan struct{} // something was done here, or set
	mu   sync.Mutex
	// own is the domain of the town hall's address.
	own      string
	trouble  error
	running  bool
	last     time.Time
	watchers map[chan struct{}]bool
}

// MailStatus is how the mail stands.
type MailStatus struct {
	Running bool
	Last    time.Time // of the last whole pass; zero: never since the program started
	Trouble error
}

// MailStatus tells how the last pass went.
func (h *Hall) MailStatus() MailStatus {
	h.mailing.mu.Lock()
	defer h.mailing.mu.Unlock()
	return MailStatus{h.mailing.running, h.mailing.last, h.mailing.trouble}
}

// WatchMail tells when the mail has changed, until ctx ends.
func (h *Hall) WatchMail(ctx context.Context) <-chan struct{} {
	told := make(chan struct{}, 1)
	m := &h.mailing
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.watchers == nil {
		m.watchers = map[chan struct{}]bool{}
	}
	m.watchers[told] = true
	context.AfterFunc(ctx, func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.watchers, told)
	})
	return told
}

func (h *Hall) tellMail() {
	h.mailing.mu.Lock()
	defer h.mailing.mu.Unlock()
	for w := range h.mailing.watchers {
		select {
		case w <- struct{}{}:
		default:
		}
	}
}

// WakeMail has the server told soon of what was done here.
func (h *Hall) WakeMail() {
	select {
	case h.mailing.wake <- struct{}{}:
	default:
	}
}

// openMail opens the mail kept here; letters that were leaving when the program stopped are in doubt.
func (h *Hall) openMail(ctx context.Context) error {
	h.mailing.wake = make(chan struct{}, 1)
	h.Mail = mailbox.New(h.Store, h.office.o.Now, h.office.o.Rand)
	h.Mail.Changed = h.tellMail
	h.Mail.Own = func() string {
		h.mailing.mu.Lock()
		defer h.mailing.mu.Unlock()
		return h.mailing.own
	}
	if _, err := h.MailAccount(ctx); err != nil {
		return err
	}
	return h.Mail.Recover(ctx)
}

// MailAccount reads what is set on this computer.
func (h *Hall) MailAccount(ctx context.Context) (a MailAccount, err error) {
	if err := h.setting(ctx, settingMail, &a); err != nil {
		return a, fmt.Errorf("reading the mailbox's settings: %w", err)
	}
	_, domain, _ := strings.Cut(a.Address, "@")
	h.mailing.mu.Lock()
	defer h.mailing.mu.Unlock()
	h.mailing.own = domain
	return a, nil
}

// SetMailAccount keeps the mailbox; one without a server is forgotten, its messages with it. An empty password keeps
// the former. Another mailbox than before empties what was kept of the former one.
func (h *Hall) SetMailAccount(ctx context.Context, a MailAccount, password string) error {
	before, err := h.MailAccount(ctx)
	if err != nil {
		return err
	}
	if before.Set() && (a.Imap.Address != before.Imap.Address || a.Login != before.Login) {
		if err := h.Mail.SetFolders(ctx, nil); err != nil {
			return err
		}
	}
	if password != "" || !a.Set() {
		if err := h.keepSecretAs(ctx, h.mailSecretName(), settingMailSecret, password); err != nil {
			return err
		}
	}
	if err := h.keep(ctx, settingMail, a); err != nil {
		return err
	}
	_, err = h.MailAccount(ctx)
	h.noteMail(err, false)
	h.WakeMail()
	return err
}

func (h *Hall) mailSecretName() string { return "mail-" + h.id }

// mailLine gives what a session needs. Error: ErrNoMail.
func (h *Hall) mailLine(ctx context.Context) (mail.Account, error) {
	a, err := h.MailAccount(ctx)
	if err != nil {
		return mail.Account{}, err
	}
	if !a.Set() {
		return mail.Account{}, ErrNoMail
	}
	var password string
	err = h.Store.View(ctx, func(tx *store.Tx) (err error) { password, err = tx.Setting(settingMailSecret); return err })
	if err == nil && password == "" {
		password, err = keys.Secret(ctx, h.office.o.keys(), h.mailSecretName())
		if errors.Is(err, keys.ErrKeyMissing) || errors.Is(err, keys.ErrNoKeyring) {
			return mail.Account{}, fmt.Errorf("%w: %w", mail.ErrPassword, err)
		}
	}
	if err != nil || !a.SignIn.Set() {
		return mail.Account{Imap: a.Imap, Smtp: a.Smtp, Login: a.Login, Password: password}, err
	}
	token, err := mail.AccessToken(ctx, a.SignIn, signInClient, password, func(secret string) error {
		return h.keepSecretAs(ctx, h.mailSecretName(), settingMailSecret, secret)
	})
	return mail.Account{Imap: a.Imap, Smtp: a.Smtp, Login: a.Login, Token: token}, err
}

// signInClient asks for tokens; it follows no redirection.
var signInClient = &http.Client{Timeout: 30 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// SignInMail has a person sign in to the mailbox in the browser, which browse opens. Errors: ErrNoMail, those of mail.SignIn.
func (h *Hall) SignInMail(ctx context.Context, browse func(address string)) error {
	a, err := h.MailAccount(ctx)
	if err != nil {
		return err
	}
	if !a.SignIn.Set() {
		return ErrNoMail
	}
	secret, err := mail.SignIn(ctx, a.SignIn, signInClient, h.office.o.Rand, browse)
	if err != nil {
		return err
	}
	if err := h.keepSecretAs(ctx, h.mailSecretName(), settingMailSecret, secret); err != nil {
		return err
	}
	h.noteMail(nil, false)
	h.WakeMail()
	return nil
}

// KnownMail gives what the agency's catalogue says of the mailbox of an address, without a line.
func (h *Hall) KnownMail(ctx context.Context, address string) (a MailAccount, known bool, err error) {
	a = MailAccount{Address: address, Login: address}
	c, err := h.office.Catalogue(ctx)
	if err != nil {
		return a, false, err
	}
	m, known := c.Mailbox(address)
	if known {
		a.Imap, a.Smtp = mail.ServerAt(m.Incoming, "993"), mail.ServerAt(m.Outgoing, "465")
		if s := m.SignIn; s != nil {
			a.SignIn = mail.Provider{ClientID: s.ClientID, Auth: s.Auth, Token: s.Token, Scopes: s.Scopes}
		}
	}
	return a, known, nil
}

// FindMail looks for the servers of an address: what the agency's catalogue says, else what its
// domain does. Errors: those of mail.Discover.
func (h *Hall) FindMail(ctx context.Context, address string) (MailAccount, error) {
	a, known, err := h.KnownMail(ctx, address)
	if err != nil || known {
		return a, err
	}
	f, err := mail.Discover(ctx, address, nil, net.DefaultResolver)
	if err != nil {
		return a, err
	}
	a.Imap, a.Smtp = f.Imap, f.Smtp
	if f.Login != "" {
		a.Login = f.Login
	}
	return a, nil
}

// TryMail enters both servers and leaves again. Errors: ErrNoMail, those of mail.Try.
func (h *Hall) TryMail(ctx context.Context) error {
	line, err := h.mailLine(ctx)
	if err != nil {
		return err
	}
	return mail.Try(ctx, line)
}

// SendLetter has a letter leave from the town hall's address, as soon as there is a line.
func (h *Hall) SendLetter(ctx context.Context, id string) error {
	a, err := h.MailAccount(ctx)
	if err != nil {
		return err
	}
	if !a.Set() {
		return ErrNoMail
	}
	if err := h.Mail.Queue(ctx, id, mailbox.Address{Name: a.Name, Address: a.Address}); err != nil {
		return err
	}
	h.WakeMail()
	return nil
}

// MailToFolder makes a folder of the parapheur of an attachment, and sends it on its usual route, as the watched folder does.
func (h *Hall) MailToFolder(ctx context.Context, message int64, place int, read Pager) (id string, err error) {
	person, err := h.Person(ctx)
	if err != nil {
		return "", err
	}
	m, err := h.Mail.Message(ctx, message)
	if err != nil {
		return "", err
	}
	content, name, err := h.Mail.File(ctx, message, place)
	if err != nil {
		return "", err
	}
	f := parapheur.File{Name: name, Content: content}
	if parapheur.FormatOf(name, content) == parapheur.PDF {
		if f.Pages, f.Text, err = read(ctx, content); err != nil {
			return "", err
		}
	}
	in := parapheur.Import{Title: m.Title, Kind: parapheur.Other, Route: parapheur.UsualRoute(), Files: []parapheur.File{f}, Send: true,
		Notes: []parapheur.Note{{Text: "Reçu par courriel de " + m.From.String() + "."}}}
	if in.Title == "" {
		in.Title = name
	}
	return h.Folders.Import(ctx, person, in)
}

func (h *Hall) noteMail(err error, whole bool) {
	h.mailing.mu.Lock()
	h.mailing.trouble = err
	if whole {
		h.mailing.last = h.office.o.Now()
	}
	h.mailing.mu.Unlock()
	h.tellMail()
}

func (h *Hall) mailRuns(running bool) {
	h.mailing.mu.Lock()
	h.mailing.running = running
	h.mailing.mu.Unlock()
	h.tellMail()
}

// carryMail carries the mail until the hall is closed. A password or a certificate that is refused is not shown
// again by itself: the server would shut the account.
func (h *Hall) carryMail(ctx context.Context) {
	wait := mailAgain
	h.running.Go(func() { h.wakeWithLine(ctx) })
	for ctx.Err() == nil {
		var again <-chan time.Time
		var timer *time.Timer
		line, err := h.mailLine(ctx)
		if paused := h.Sync.Status().Paused; paused {
			wait = mailAgain
		} else if err == nil {
			var whole bool
			if whole, err = h.mailSession(ctx, line); whole {
				wait = mailAgain
			}
		}
		certificate := (*mail.CertificateError)(nil)
		switch {
		case ctx.Err() != nil:
			return
		case errors.Is(err, ErrNoMail):
		case errors.Is(err, mail.ErrPassword), errors.Is(err, mail.ErrSignIn), errors.As(err, &certificate), errors.Is(err, mail.ErrAddress):
			h.office.o.Log.Info("the mail", "error", err.Error())
			h.noteMail(err, false)
		default:
			if err != nil {
				h.office.o.Log.Info("the mail", "error", err.Error())
				h.noteMail(err, false)
			}
			timer = time.NewTimer(wait)
			again, wait = timer.C, min(2*wait, mailAgainMax)
		}
		select {
		case <-ctx.Done():
		case <-again:
		case <-h.mailing.wake:
		}
		if timer != nil {
			timer.Stop()
		}
	}
}

// wakeWithLine wakes the mail when a person goes offline or comes back.
func (h *Hall) wakeWithLine(ctx context.Context) {
	changed, paused := h.Sync.Watch(ctx), h.Sync.Status().Paused
	for {
		select {
		case <-ctx.Done():
			return
		case <-changed:
		}
		if now := h.Sync.Status().Paused; now != paused {
			paused = now
			h.WakeMail()
		}
	}
}

// mailSession carries while the line holds; whole tells that a pass came to its end.
func (h *Hall) mailSession(ctx context.Context, line mail.Account) (whole bool, err error) {
	h.mailRuns(true)
	defer h.mailRuns(false)
	s, err := mail.Connect(ctx, line)
	if err != nil {
		return false, err
	}
	defer s.Close()
	for {
		h.mailRuns(true)
		_, sending := s.Deliver(ctx, line, h.Mail)
		_, err := s.Sync(ctx, h.Mail, nil)
		// What is known of the summons is noted, whatever became of the line.
		sending = errors.Join(sending, h.FollowSummons(context.WithoutCancel(ctx)))
		if err != nil {
			return whole, errors.Join(err, sending)
		}
		whole = true
		h.noteMail(sending, true)
		h.mailRuns(false)
		if err := s.Wait(ctx, h.mailing.wake, mailPatience); err != nil {
			return whole, err
		}
		now, err := h.mailLine(ctx)
		if err != nil || now != line || h.Sync.Status().Paused {
			h.WakeMail() // begin again with what is set now
			return whole, err
		}
	}
}
