package window

import (
	"context"
	"path/filepath"
	"strings"

	"alpi40.fr/airial/cmd/internal/explain"
	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/mailbox"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/sync/mail"
	uimail "alpi40.fr/airial/ui/mail"
	"alpi40.fr/airial/ui/settings"
)

// Mailbox implements the mail page's office.
func (r *Room) Mailbox() *mailbox.Box { return r.seat().Hall.Mail }

// MailAccounts implements the mail page's office.
func (r *Room) MailAccounts(ctx context.Context) (out []uimail.Account, err error) {
	h := r.seat().Hall
	person, err := h.Person(ctx)
	if err != nil {
		return nil, explain.Error(err)
	}
	all, err := h.MailAccountsOf(ctx, person)
	if err != nil {
		return nil, explain.Error(err)
	}
	for _, a := range all {
		now := h.MailStatus(a.ID)
		unread, err := h.Mail.Of(a.ID).Unread(ctx)
		if err != nil {
			return nil, explain.Error(err)
		}
		out = append(out, uimail.Account{ID: a.ID, Name: a.Name, Address: a.Address, Own: a.Owner != "", Unread: unread, Running: now.Running, Last: now.Last, Trouble: explain.Error(now.Trouble), Stays: now.Stays()})
	}
	return out, nil
}

// Team implements the mail page's office.
func (r *Room) Team() *mailbox.Team { return r.seat().Hall.Team }

// Drafts implements the mail page's office.
func (r *Room) Drafts(ctx context.Context) (all []uimail.Draft, err error) {
	found, err := r.Council().Deliberations(ctx)
	for _, d := range found {
		if d.Status == council.StatusDraft {
			all = append(all, uimail.Draft{ID: d.ID, Title: d.Text.Subject()})
		}
	}
	return all, err
}

// MailToDraft implements the mail page's office.
func (r *Room) MailToDraft(ctx context.Context, message int64, place int, draft string) (string, error) {
	h := r.seat().Hall
	person, err := h.Person(ctx)
	if err != nil {
		return "", err
	}
	id, err := h.MailToDraft(ctx, person, message, place, draft)
	return id, explain.Error(err)
}

// MailToNotice implements the mail page's office.
func (r *Room) MailToNotice(ctx context.Context, message int64, place int, lastName string) (string, error) {
	h := r.seat().Hall
	person, err := h.Person(ctx)
	if err != nil {
		return "", err
	}
	id, err := h.MailToNotice(ctx, person, message, place, lastName)
	return id, explain.Error(err)
}

// MailToVault implements the mail page's office.
func (r *Room) MailToVault(ctx context.Context, message int64, place int) (string, error) {
	h := r.seat().Hall
	person, err := h.Person(ctx)
	if err != nil {
		return "", err
	}
	name, err := h.MailToVault(ctx, person, message, place)
	return name, explain.Error(err)
}

// AnswerInvitation implements the mail page's office.
func (r *Room) AnswerInvitation(ctx context.Context, message int64, place int, accepted bool) error {
	return explain.Error(r.seat().Hall.AnswerInvitation(ctx, message, place, accepted))
}

// Addresses implements the mail page's office.
func (r *Room) Addresses(ctx context.Context) (all []mailbox.Address, err error) {
	people, _, err := r.seat().Hall.People.Everyone(ctx)
	if err != nil {
		return nil, explain.Error(err)
	}
	for _, p := range people {
		if p.Email != "" {
			all = append(all, mailbox.Address{Name: p.Name(), Address: p.Email})
		}
	}
	return all, nil
}

// ViewMail implements the mail page's office.
func (r *Room) ViewMail(account, folder string) { r.seat().Hall.ViewMail(account, folder) }

// WakeMail implements the mail page's office.
func (r *Room) WakeMail() { r.seat().Hall.WakeMail() }

// SendLetter implements the mail page's office.
func (r *Room) SendLetter(ctx context.Context, id string) error {
	return explain.Error(r.seat().Hall.SendLetter(ctx, id))
}

// JoinFile implements the mail page's office.
func (r *Room) JoinFile(ctx context.Context, letter, path string) error {
	content, err := readFile(path)
	if err == nil {
		err = r.seat().Hall.Mail.Join(ctx, letter, filepath.Base(path), content)
	}
	return explain.Error(err)
}

// MailFile implements the mail page's office.
func (r *Room) MailFile(ctx context.Context, message int64, place int) ([]byte, error) {
	content, _, err := r.seat().Hall.Mail.File(ctx, message, place)
	return content, explain.Error(err)
}

// MailToFolder implements the mail page's office.
func (r *Room) MailToFolder(ctx context.Context, message int64, place int) (string, error) {
	id, err := r.seat().Hall.MailToFolder(ctx, message, place, r.read)
	return id, explain.Error(err)
}

func (s *Seat) mailSettings(ctx context.Context) (out []settings.Mail, err error) {
	person, err := s.Hall.Person(ctx)
	if err != nil {
		return nil, err
	}
	all, err := s.Hall.MailAccountsOf(ctx, person)
	for _, a := range all {
		out = append(out, settings.Mail{ID: a.ID, Own: a.Owner != "", Name: a.Name, Address: a.Address, Login: a.Login, Incoming: a.Imap.Address, Outgoing: a.Smtp.Address, IncomingPin: a.Imap.Pin, OutgoingPin: a.Smtp.Pin, SignsIn: a.SignIn.Set()})
	}
	return out, err
}

// SetMail implements settings.Office.
func (s Settings) SetMail(ctx context.Context, m settings.Mail) error {
	hall := s.r.seat().Hall
	if m.Incoming == "" {
		return explain.Error(hall.SetMailAccount(ctx, office.MailAccount{ID: m.ID}, ""))
	}
	if _, domain, found := strings.Cut(m.Address, "@"); !found || domain == "" {
		return &rule.Refusal{Why: "L’adresse de la mairie manque ou est incomplète.", Cure: "Écrivez-la comme mairie@exemple.fr."}
	}
	if m.Login == "" {
		m.Login = m.Address
	}
	a := office.MailAccount{ID: m.ID, Name: m.Name, Address: m.Address, Login: m.Login, Imap: mailServer(m.Incoming, "993", m.IncomingPin)}
	if m.Outgoing != "" {
		a.Smtp = mailServer(m.Outgoing, "465", m.OutgoingPin)
	}
	if m.New {
		id, err := hall.NewMailAccount(ctx)
		if err != nil {
			return explain.Error(err)
		}
		a.ID = id
	}
	if m.Own {
		person, err := hall.Person(ctx)
		if err != nil {
			return explain.Error(err)
		}
		a.Owner = person
	}
	if m.Password == "" { // the agency says where one signs in instead
		known, has, err := hall.KnownMail(ctx, m.Address)
		if err != nil {
			return explain.Error(err)
		}
		if has && known.Imap.Address == a.Imap.Address {
			a.SignIn = known.SignIn
		}
	}
	return explain.Error(hall.SetMailAccount(ctx, a, m.Password))
}

// mailServer reads an address and the fingerprint of a certificate.
func mailServer(address, usual, pin string) mail.Server {
	out := mail.ServerAt(address, usual)
	out.Pin = strings.ToLower(strings.Map(func(r rune) rune {
		if strings.ContainsRune(": \u00a0\u202f", r) {
			return -1
		}
		return r
	}, pin))
	return out
}

// FindMail implements settings.Office.
func (s Settings) FindMail(ctx context.Context, address string) (settings.Mail, error) {
	a, err := s.r.seat().Hall.FindMail(ctx, address)
	return settings.Mail{Address: address, Login: a.Login, Incoming: a.Imap.Address, Outgoing: a.Smtp.Address, SignsIn: a.SignIn.Set()}, explain.Error(err)
}

// SignInMail implements settings.Office.
func (s Settings) SignInMail(ctx context.Context, account string, browse func(address string)) error {
	return explain.Error(s.r.seat().Hall.SignInMail(ctx, account, browse))
}

// TryMail implements settings.Office.
func (s Settings) TryMail(ctx context.Context, account string) error {
	return explain.Error(s.r.seat().Hall.TryMail(ctx, account))
}
