package window

import (
	"context"
	"net"
	"path/filepath"
	"strings"

	"alpi40.fr/airial/cmd/internal/explain"
	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/local/mailbox"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/sync/mail"
	uimail "alpi40.fr/airial/ui/mail"
	"alpi40.fr/airial/ui/settings"
)

// Mailbox implements the mail page's office.
func (r *Room) Mailbox() *mailbox.Box { return r.seat().Hall.Mail }

// MailState implements the mail page's office.
func (r *Room) MailState(ctx context.Context) (s uimail.State, err error) {
	h := r.seat().Hall
	a, err := h.MailAccount(ctx)
	if err != nil {
		return s, explain.Error(err)
	}
	now := h.MailStatus()
	return uimail.State{Set: a.Set(), Address: a.Address, Running: now.Running, Last: now.Last, Trouble: explain.Error(now.Trouble)}, nil
}

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

func (s *Seat) mailSettings(ctx context.Context) (settings.Mail, error) {
	a, err := s.Hall.MailAccount(ctx)
	return settings.Mail{Name: a.Name, Address: a.Address, Login: a.Login, Incoming: a.Imap.Address, Outgoing: a.Smtp.Address, IncomingPin: a.Imap.Pin, OutgoingPin: a.Smtp.Pin}, err
}

// SetMail implements settings.Office.
func (s Settings) SetMail(ctx context.Context, m settings.Mail) error {
	if m.Incoming == "" {
		return explain.Error(s.r.seat().Hall.SetMailAccount(ctx, office.MailAccount{}, ""))
	}
	if _, domain, found := strings.Cut(m.Address, "@"); !found || domain == "" {
		return &rule.Refusal{Why: "L’adresse de la mairie manque ou est incomplète.", Cure: "Écrivez-la comme mairie@exemple.fr."}
	}
	if m.Login == "" {
		m.Login = m.Address
	}
	a := office.MailAccount{Name: m.Name, Address: m.Address, Login: m.Login, Imap: mailServer(m.Incoming, "993", m.IncomingPin)}
	if m.Outgoing != "" {
		a.Smtp = mailServer(m.Outgoing, "465", m.OutgoingPin)
	}
	return explain.Error(s.r.seat().Hall.SetMailAccount(ctx, a, m.Password))
}

// mailServer reads an address; 143, 25 and 587 are the ports where the line is encrypted by STARTTLS (RFC 8314).
func mailServer(address, usual, pin string) mail.Server {
	if _, _, err := net.SplitHostPort(address); err != nil {
		address = net.JoinHostPort(address, usual)
	}
	pin = strings.Map(func(r rune) rune {
		if strings.ContainsRune(": \u00a0\u202f", r) {
			return -1
		}
		return r
	}, pin)
	out := mail.Server{Address: address, Security: mail.TLS, Pin: strings.ToLower(pin)}
	if _, port, err := net.SplitHostPort(address); err == nil && (port == "143" || port == "587" || port == "25") {
		out.Security = mail.StartTLS
	}
	return out
}

// TryMail implements settings.Office.
func (s Settings) TryMail(ctx context.Context) error {
	return explain.Error(s.r.seat().Hall.TryMail(ctx))
}
