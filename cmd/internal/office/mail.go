package office

import (
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"alpi40.fr/airial/local/bell"
	"alpi40.fr/airial/local/mailbox"
	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/pes"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/store/keys"
	"alpi40.fr/airial/sync/mail"
)

// MailAccount is a mailbox, as this computer reaches it.
type MailAccount struct {
	// ID names it on this computer; the first has none.
	ID string `json:"id,omitempty"`
	// Owner is whose it is, if it is one person's; the others' are the town hall's, for all who work here.
	Owner string `json:"owner,omitempty"`
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

// Of tells whether a person may see the mailbox.
func (a MailAccount) Of(person string) bool { return a.Owner == "" || a.Owner == person }

// ErrNoMail: no mailbox was set on this computer.
var ErrNoMail = errors.New("no mailbox is set")

// maxMailboxes bounds how many lines one computer keeps open.
const maxMailboxes = 12

const (
	settingMail       = "mail.account"  // the one mailbox of the first versions
	settingMails      = "mail.accounts" // all of them
	settingMailSecret = "mail.secret"   // where there is no keyring; the database is encrypted
)

// How long a session waits for the server to speak, and for another try after one that failed.
const (
	mailPatience = 10 * time.Minute
	mailAgain    = 30 * time.Second
	mailAgainMax = 5 * time.Minute
)

// mailing is what mail.go knows.
type mailing struct {
	mu sync.Mutex
	// own are the domains of the town hall's addresses.
	own     []string
	lines   map[string]*mailLine // by the account's ID
	changed bell.Bell[struct{}]
}

// mailLine is the carrying of one mailbox.
type mailLine struct {
	wake    chan struct{} // something was done here, or set
	carried bool          // somebody carries it
	viewed  string        // the folder, beside the inbox, that is in view; empty: none
	turned  chan struct{} // it is another
	MailStatus
}

// MailStatus is how a mailbox stands.
type MailStatus struct {
	Running bool
	Last    time.Time // of the last whole pass; zero: never since the program started
	Trouble error
}

// Stays tells whether the trouble stays until a person sees to it: a password or a certificate that is refused is not shown again by
// itself, or the server would shut the account.
func (s MailStatus) Stays() bool {
	certificate := (*mail.CertificateError)(nil)
	return errors.Is(s.Trouble, mail.ErrPassword) || errors.Is(s.Trouble, mail.ErrSignIn) || errors.Is(s.Trouble, mail.ErrAddress) || errors.As(s.Trouble, &certificate)
}

// line gives the state of a mailbox; mu is held.
func (m *mailing) line(account string) *mailLine {
	l := m.lines[account]
	if l == nil {
		l = &mailLine{wake: make(chan struct{}, 1), turned: make(chan struct{}, 1)}
		m.lines[account] = l
	}
	return l
}

// MailStatus tells how the last pass of a mailbox went.
func (h *Hall) MailStatus(account string) MailStatus {
	h.mailing.mu.Lock()
	defer h.mailing.mu.Unlock()
	return h.mailing.line(account).MailStatus
}

// WatchMail tells when the mail has changed, until ctx ends.
func (h *Hall) WatchMail(ctx context.Context) <-chan struct{} {
	return h.mailing.changed.Listen(ctx, 1)
}

func (h *Hall) tellMail() { h.mailing.changed.Ring(struct{}{}) }

// WakeMail has the servers told soon of what was done here.
func (h *Hall) WakeMail() {
	h.mailing.mu.Lock()
	defer h.mailing.mu.Unlock()
	for _, l := range h.mailing.lines {
		bell.Wake(l.wake)
	}
}

// ViewMail tells which folder of which mailbox is in view, beside the inbox: the server is asked about it at once, and it is followed
// while it is in view. An empty name tells that there is none. It waits for nothing.
func (h *Hall) ViewMail(account, folder string) {
	h.mailing.mu.Lock()
	defer h.mailing.mu.Unlock()
	if folder != "" {
		h.mailing.line(account)
	}
	for id, l := range h.mailing.lines {
		now := ""
		if id == account {
			now = folder
		}
		if now == l.viewed {
			continue
		}
		l.viewed = now
		bell.Wake(l.turned)
		if now != "" {
			bell.Wake(l.wake)
		}
	}
}

// viewedMail gives the folder in view of a mailbox, and what tells that it is another.
func (h *Hall) viewedMail(account string) (folder string, turned <-chan struct{}) {
	h.mailing.mu.Lock()
	defer h.mailing.mu.Unlock()
	l := h.mailing.line(account)
	return l.viewed, l.turned
}

// openMail opens the mail kept here; letters that were leaving when the program stopped are in doubt.
func (h *Hall) openMail(ctx context.Context) error {
	h.mailing.lines = map[string]*mailLine{}
	h.Mail = mailbox.New(h.Store, h.office.o.Now, h.office.o.Rand)
	h.Mail.Changed = h.tellMail
	h.Mail.Own = func() []string {
		h.mailing.mu.Lock()
		defer h.mailing.mu.Unlock()
		return h.mailing.own
	}
	if err := h.liftMail(ctx); err != nil {
		return err
	}
	if _, err := h.MailAccounts(ctx); err != nil {
		return err
	}
	return h.Mail.Recover(ctx)
}

// liftMail makes the one mailbox of the first versions the first of several.
func (h *Hall) liftMail(ctx context.Context) error {
	return h.Store.Update(ctx, func(tx *store.Tx) error {
		text, err := tx.Setting(settingMail)
		if err != nil || text == "" {
			return err
		}
		var a MailAccount
		if err := json.Unmarshal([]byte(text), &a); err != nil {
			return fmt.Errorf("reading the mailbox's settings: %w", err)
		}
		if a.Set() {
			all, err := json.Marshal([]MailAccount{a})
			if err != nil {
				return err
			}
			if err := tx.SetSetting(settingMails, string(all)); err != nil {
				return err
			}
		}
		return tx.SetSetting(settingMail, "")
	})
}

// MailAccounts reads the mailboxes that are set on this computer.
func (h *Hall) MailAccounts(ctx context.Context) (all []MailAccount, err error) {
	if err := h.setting(ctx, settingMails, &all); err != nil {
		return nil, fmt.Errorf("reading the mailboxes' settings: %w", err)
	}
	var own []string
	for _, a := range all {
		if _, domain, _ := strings.Cut(a.Address, "@"); domain != "" && !slices.Contains(own, domain) {
			own = append(own, domain)
		}
	}
	h.mailing.mu.Lock()
	defer h.mailing.mu.Unlock()
	h.mailing.own = own
	return all, nil
}

// MailAccountsOf reads the mailboxes that a person may see: the town hall's first, then her own.
func (h *Hall) MailAccountsOf(ctx context.Context, person string) ([]MailAccount, error) {
	all, err := h.MailAccounts(ctx)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(a MailAccount) bool { return !a.Of(person) })
	slices.SortStableFunc(all, func(a, b MailAccount) int { return cmp.Compare(len(a.Owner), len(b.Owner)) })
	return all, nil
}

// MailAccount gives the mailbox that the town hall's own letters leave from: the first that is nobody's own, else the
// first. One that is not Set stands for none.
func (h *Hall) MailAccount(ctx context.Context) (MailAccount, error) {
	all, err := h.MailAccounts(ctx)
	if err != nil || len(all) == 0 {
		return MailAccount{}, err
	}
	return all[max(0, slices.IndexFunc(all, func(a MailAccount) bool { return a.Owner == "" }))], nil
}

// mailAccount gives one mailbox. Error: ErrNoMail.
func (h *Hall) mailAccount(ctx context.Context, id string) (MailAccount, error) {
	all, err := h.MailAccounts(ctx)
	if err != nil {
		return MailAccount{}, err
	}
	i := slices.IndexFunc(all, func(a MailAccount) bool { return a.ID == id })
	if i < 0 {
		return MailAccount{}, ErrNoMail
	}
	return all[i], nil
}

// NewMailAccount draws the name of one mailbox more; the first of a computer has none. Error: a refusal.
func (h *Hall) NewMailAccount(ctx context.Context) (string, error) {
	all, err := h.MailAccounts(ctx)
	if err != nil {
		return "", err
	}
	if len(all) >= maxMailboxes {
		return "", &rule.Refusal{Why: fmt.Sprintf("Cet ordinateur relève déjà %d boîtes aux lettres.", len(all)), Cure: "Retirez-en une qui ne sert plus."}
	}
	if !slices.ContainsFunc(all, func(a MailAccount) bool { return a.ID == "" }) {
		return "", nil
	}
	var raw [4]byte
	if _, err := io.ReadFull(h.office.o.Rand, raw[:]); err != nil {
		return "", fmt.Errorf("naming a mailbox: %w", err)
	}
	return hex.EncodeToString(raw[:]), nil
}

// SetMailAccount keeps a mailbox; one without a server is forgotten, its messages with it, and the letters that were being
// written there. An empty password keeps the former. Another mailbox than before under the same ID empties what was kept
// of the former one.
func (h *Hall) SetMailAccount(ctx context.Context, a MailAccount, password string) error {
	all, err := h.MailAccounts(ctx)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(all, func(b MailAccount) bool { return b.ID == a.ID })
	if a.Set() && slices.ContainsFunc(all, func(b MailAccount) bool {
		return b.ID != a.ID && b.Imap.Address == a.Imap.Address && strings.EqualFold(b.Login, a.Login)
	}) {
		return &rule.Refusal{Why: "Cette boîte aux lettres est déjà relevée par cet ordinateur.", Cure: "Choisissez-la dans la liste pour la modifier."}
	}
	box := h.Mail.Of(a.ID)
	if at >= 0 && (a.Imap.Address != all[at].Imap.Address || a.Login != all[at].Login) {
		if err := box.SetFolders(ctx, nil); err != nil {
			return err
		}
	}
	if password != "" || !a.Set() {
		if err := h.keepSecretAs(ctx, h.mailSecretName(a.ID), mailSecretSetting(a.ID), password); err != nil {
			return err
		}
	}
	switch {
	case at >= 0 && a.Set():
		all[at] = a
	case at >= 0:
		all = slices.Delete(all, at, at+1)
		if err := box.DiscardAll(ctx); err != nil {
			return err
		}
	case a.Set():
		all = append(all, a)
	}
	if err := h.keep(ctx, settingMails, all); err != nil {
		return err
	}
	_, err = h.MailAccounts(ctx)
	h.noteMail(a.ID, err, false)
	h.carryMails(ctx)
	h.WakeMail()
	return err
}

func (h *Hall) mailSecretName(account string) string {
	if account == "" {
		return "mail-" + h.id
	}
	return "mail-" + h.id + "-" + account
}

func mailSecretSetting(account string) string {
	if account == "" {
		return settingMailSecret
	}
	return settingMailSecret + "." + account
}

// mailLine gives what a session needs. Error: ErrNoMail.
func (h *Hall) mailLine(ctx context.Context, account string) (mail.Account, error) {
	a, err := h.mailAccount(ctx, account)
	if err != nil {
		return mail.Account{}, err
	}
	var password string
	err = h.Store.View(ctx, func(tx *store.Tx) (err error) { password, err = tx.Setting(mailSecretSetting(account)); return err })
	if err == nil && password == "" {
		password, err = keys.Secret(ctx, h.office.o.keys(), h.mailSecretName(account))
		if errors.Is(err, keys.ErrKeyMissing) || errors.Is(err, keys.ErrNoKeyring) {
			return mail.Account{}, fmt.Errorf("%w: %w", mail.ErrPassword, err)
		}
	}
	if err != nil || !a.SignIn.Set() {
		return mail.Account{Imap: a.Imap, Smtp: a.Smtp, Login: a.Login, Password: password}, err
	}
	token, err := mail.AccessToken(ctx, a.SignIn, signInClient, password, func(secret string) error {
		return h.keepSecretAs(ctx, h.mailSecretName(account), mailSecretSetting(account), secret)
	})
	return mail.Account{Imap: a.Imap, Smtp: a.Smtp, Login: a.Login, Token: token}, err
}

// signInClient asks for tokens; it follows no redirection.
var signInClient = &http.Client{Timeout: 30 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// SignInMail has a person sign in to the mailbox in the browser, which browse opens. Errors: ErrNoMail, those of mail.SignIn.
func (h *Hall) SignInMail(ctx context.Context, account string, browse func(address string)) error {
	a, err := h.mailAccount(ctx, account)
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
	if err := h.keepSecretAs(ctx, h.mailSecretName(account), mailSecretSetting(account), secret); err != nil {
		return err
	}
	h.noteMail(account, nil, false)
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
// domain does. Errors: those of mail.Discover; a refusal where one must sign in in a browser and the catalogue does not say as which program.
func (h *Hall) FindMail(ctx context.Context, address string) (MailAccount, error) {
	a, known, err := h.KnownMail(ctx, address)
	if err != nil || known {
		return a, err
	}
	f, err := mail.Discover(ctx, address, nil, net.DefaultResolver)
	if err != nil {
		return a, err
	}
	if f.OAuth {
		return a, &rule.Refusal{Why: "Les serveurs de cette adresse (" + f.Imap.Address + ") n’admettent qu’une connexion par le navigateur, et l’agence ne l’a pas préparée.", Cure: "Demandez à l’ALPI d’ajouter cette messagerie à son catalogue."}
	}
	a.Imap, a.Smtp = f.Imap, f.Smtp
	if f.Login != "" {
		a.Login = f.Login
	}
	return a, nil
}

// TryMail enters both servers of a mailbox and leaves again. Errors: ErrNoMail, those of mail.Try.
func (h *Hall) TryMail(ctx context.Context, account string) error {
	line, err := h.mailLine(ctx, account)
	if err != nil {
		return err
	}
	return mail.Try(ctx, line)
}

// SendLetter has a letter leave from the address of its mailbox, as soon as there is a line. Errors: ErrNoMail, a refusal.
func (h *Hall) SendLetter(ctx context.Context, id string) error {
	l, err := h.Mail.Letter(ctx, id)
	if err != nil {
		return err
	}
	a, err := h.mailAccount(ctx, l.Account)
	if err != nil {
		return err
	}
	if err := h.Mail.Queue(ctx, id, mailbox.Address{Name: a.Name, Address: a.Address}); err != nil {
		return err
	}
	h.WakeMail()
	return nil
}

// MailToFolder makes a folder of the parapheur of an attachment, and sends it on its usual route, as the watched folder does; an answer
// of Hélios is noted in the folder of its flow. Errors: those of Deposit; a refusal of what is neither pages nor a flow.
func (h *Hall) MailToFolder(ctx context.Context, message int64, place int, read Pager) (id string, err error) {
	m, err := h.Mail.Message(ctx, message)
	if err != nil {
		return "", err
	}
	content, name, err := h.Mail.File(ctx, message, place)
	if err != nil {
		return "", err
	}
	if parapheur.FormatOf(name, content) == parapheur.Any && !pes.IsReceipt(content) {
		return "", &rule.Refusal{Why: "Cette pièce jointe n’est ni un PDF, ni un flux comptable, ni une réponse d’Hélios.", Cure: "Enregistrez-la, puis importez-la dans le parapheur en disant ce qu’elle est."}
	}
	return h.Deposit(ctx, Deposit{Title: m.Title, Files: []DepositFile{{Name: name, Content: content}},
		Notes: []parapheur.Note{{Text: "Reçu par courriel de " + m.From.String() + "."}}}, read)
}

func (h *Hall) noteMail(account string, err error, whole bool) {
	h.mailing.mu.Lock()
	l := h.mailing.line(account)
	l.Trouble = err
	if whole {
		l.Last = h.office.o.Now()
	}
	h.mailing.mu.Unlock()
	h.tellMail()
}

func (h *Hall) mailRuns(account string, running bool) {
	h.mailing.mu.Lock()
	h.mailing.line(account).Running = running
	h.mailing.mu.Unlock()
	h.tellMail()
}

// carryMails carries every mailbox that is set and that nobody carries yet, once the hall is started.
func (h *Hall) carryMails(ctx context.Context) {
	if h.life == nil {
		return
	}
	all, err := h.MailAccounts(ctx)
	if err != nil {
		h.office.o.Log.Warn("the mail", "error", err.Error())
		return
	}
	for _, a := range all {
		h.mailing.mu.Lock()
		l := h.mailing.line(a.ID)
		begin := !l.carried && h.life.Err() == nil
		l.carried = l.carried || begin
		h.mailing.mu.Unlock()
		if begin {
			h.Go(func(ctx context.Context) { h.carryMail(ctx, a.ID, l.wake) })
		}
	}
}

// carryMail carries a mailbox until it is forgotten or the hall is closed.
func (h *Hall) carryMail(ctx context.Context, account string, wake chan struct{}) {
	wait := mailAgain
	for ctx.Err() == nil {
		var again <-chan time.Time
		var timer *time.Timer
		line, err := h.mailLine(ctx, account)
		if paused := h.Sync.Status().Paused; paused {
			wait = mailAgain
		} else if err == nil {
			var whole bool
			if whole, err = h.mailSession(ctx, account, line, wake); whole {
				wait = mailAgain
			}
		}
		switch {
		case ctx.Err() != nil:
			return
		case errors.Is(err, ErrNoMail): // it is no more: what came while it was being forgotten goes too
			if err := h.Mail.Of(account).SetFolders(ctx, nil); err != nil && ctx.Err() == nil {
				h.office.o.Log.Warn("the mail", "error", err.Error())
			}
		case MailStatus{Trouble: err}.Stays():
			h.office.o.Log.Info("the mail", "error", err.Error())
			h.noteMail(account, err, false)
		default:
			if err != nil {
				h.office.o.Log.Info("the mail", "error", err.Error())
				h.noteMail(account, err, false)
			}
			timer = time.NewTimer(wait)
			again, wait = timer.C, min(2*wait, mailAgainMax)
		}
		select {
		case <-ctx.Done():
		case <-again:
		case <-wake:
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
func (h *Hall) mailSession(ctx context.Context, account string, line mail.Account, wake chan struct{}) (whole bool, err error) {
	h.mailRuns(account, true)
	defer h.mailRuns(account, false)
	s, err := mail.Connect(ctx, line)
	if err != nil {
		return false, err
	}
	defer s.Close()
	defer h.followMail(ctx, account, line, wake)()
	box := h.Mail.Of(account)
	for {
		h.mailRuns(account, true)
		_, sending := s.Deliver(ctx, line, box)
		_, err := s.Sync(ctx, box, nil)
		// What is known of the summons is noted, whatever became of the line.
		sending = errors.Join(sending, h.FollowSummons(context.WithoutCancel(ctx)))
		if err != nil {
			return whole, errors.Join(err, sending)
		}
		whole = true
		h.noteMail(account, sending, true)
		rested, err := h.completeMail(ctx, s, box, wake)
		if err == nil {
			err = h.rest(ctx, account, s, wake, rested)
		}
		if err != nil {
			return whole, err
		}
		now, err := h.mailLine(ctx, account)
		if err != nil || now != line || h.Sync.Status().Paused {
			bell.Wake(wake) // begin again with what is set now
			return whole, err
		}
	}
}

// unfollowed is how often the server is asked about a folder in view that no second line can follow.
const unfollowed = time.Minute

// followMail follows the folder in view on a line of its own, which wakes the one that carries; where a server gives no second line,
// the first asks from time to time. What it gives ends that.
func (h *Hall) followMail(ctx context.Context, account string, line mail.Account, wake chan<- struct{}) (end func()) {
	ctx, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			err := h.followView(ctx, account, line, wake)
			if err != nil && ctx.Err() == nil {
				h.office.o.Log.Info("following a folder of the mail", "error", err.Error())
			}
			h.untilTurned(ctx, account, wake, err != nil)
		}
	}()
	return func() { stop(); <-done }
}

// followView follows on one line what is in view, while something is.
func (h *Hall) followView(ctx context.Context, account string, line mail.Account, wake chan<- struct{}) error {
	folder, turned := h.viewedMail(account)
	if folder == "" {
		return nil
	}
	s, err := mail.Connect(ctx, line)
	if err != nil {
		return err
	}
	defer s.Close()
	for folder != "" {
		if err := s.Follow(ctx, folder, turned, mailPatience, func() { bell.Wake(wake) }); err != nil {
			return err
		}
		folder, _ = h.viewedMail(account)
	}
	return nil
}

// untilTurned waits until another folder is in view; asking has the server asked about the one that is.
func (h *Hall) untilTurned(ctx context.Context, account string, wake chan<- struct{}, asking bool) {
	_, turned := h.viewedMail(account)
	var clock <-chan time.Time
	if asking {
		t := time.NewTicker(unfollowed)
		defer t.Stop()
		clock = t.C
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-turned:
			return
		case <-clock:
			bell.Wake(wake)
		}
	}
}

// completing is how long the rest of messages is taken before the server is asked again what is new.
const completing = 20 * time.Second

// completeMail lets be searched what came at once, and takes the rest of the messages whose beginning came; rested tells that nothing
// is left to do. It leaves off when somebody did something here that the server is to be told.
func (h *Hall) completeMail(ctx context.Context, s *mail.Session, box *mailbox.Box, wake <-chan struct{}) (rested bool, err error) {
	if err := box.Searchable(ctx); err != nil {
		return false, err
	}
	until := h.office.o.Now().Add(completing)
	rested, err = s.Complete(ctx, box, func() bool { return len(wake) == 0 && h.office.o.Now().Before(until) })
	return rested, errors.Join(err, box.Searchable(ctx))
}

// rest waits for something to do, unless there is some left.
func (h *Hall) rest(ctx context.Context, account string, s *mail.Session, wake <-chan struct{}, rested bool) error {
	if !rested {
		select {
		case <-wake:
		default:
		}
		return nil
	}
	h.mailRuns(account, false)
	return s.Wait(ctx, wake, mailPatience)
}
