package mail

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"alpi40.fr/airial/local/mailbox"
	"alpi40.fr/airial/local/store"
)

// ErrUncertain: the line was cut when the server may have taken the letter already.
var ErrUncertain = errors.New("the letter may have left")

// RefusedError: the server will not take this letter, today or tomorrow. Nothing was sent, to anybody.
type RefusedError struct{ Words string }

func (e *RefusedError) Error() string { return "the mail server refuses the letter: " + e.Words }

// Send hands a letter to the submission server. Before the byte that makes it leave, leaving is called: what it keeps
// is on the disk before anybody may have the letter. Errors: ErrOffline (nothing left, try again), ErrPassword or ErrSignIn,
// *RefusedError, ErrUncertain, ErrNoTLS, ErrAddress, *CertificateError.
func Send(ctx context.Context, a Account, from string, to []string, raw []byte, leaving func() error) error {
	c, leave, err := submission(ctx, a)
	if err != nil {
		return err
	}
	defer leave()
	if err := c.Mail(from, nil); err != nil {
		return said(err)
	}
	for _, r := range to {
		if err := c.Rcpt(r, nil); err != nil {
			return said(err)
		}
	}
	w, err := c.Data()
	if err != nil {
		return said(err)
	}
	if _, err := w.Write(raw); err != nil {
		return fmt.Errorf("%w: %w", ErrOffline, err) // without its end it is no letter (RFC 5321 §4.1.1.4)
	}
	if err := leaving(); err != nil {
		return errors.Join(ErrOffline, err)
	}
	if err := w.Close(); err != nil {
		if answer := (*smtp.SMTPError)(nil); errors.As(err, &answer) {
			return said(err)
		}
		return fmt.Errorf("%w: %w", ErrUncertain, err)
	}
	_ = c.Quit() // it has the letter
	return nil
}

// submission opens a line to the submission server and signs in; leave cuts it, as the end of ctx does.
func submission(ctx context.Context, a Account) (c *smtp.Client, leave func(), err error) {
	conn, config, err := a.Smtp.dial(ctx)
	if err != nil {
		return nil, nil, err
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	leave = func() { stop(); conn.Close() }
	if a.Smtp.Security == StartTLS {
		if c, err = smtp.NewClientStartTLS(conn, config); err != nil {
			leave()
			return nil, nil, notUpgraded(err)
		}
	} else {
		c = smtp.NewClient(conn)
	}
	how := sasl.Client(sasl.NewPlainClient("", a.Login, a.Password))
	if a.Token != "" {
		how = bearer(a, c.SupportsAuth)
	}
	if err := c.Auth(how); err != nil {
		leave()
		if said := (*smtp.SMTPError)(nil); denied(err) || errors.As(err, &said) && said.Code/100 == 5 {
			return nil, nil, a.unknown(err)
		}
		return nil, nil, fmt.Errorf("%w: %w", ErrOffline, err)
	}
	return c, leave, nil
}

// notUpgraded tells why a line was not encrypted: the server does not, or it went wrong. go-smtp says the first in words alone.
func notUpgraded(err error) error {
	if answer := (*smtp.SMTPError)(nil); errors.As(err, &answer) || strings.Contains(err.Error(), "support STARTTLS") {
		return fmt.Errorf("%w: %w", ErrNoTLS, err)
	}
	return handshake(err)
}

// said tells a refusal for good from one for now (RFC 5321 §4.2.1).
func said(err error) error {
	if answer := (*smtp.SMTPError)(nil); errors.As(err, &answer) && answer.Code/100 == 5 {
		return &RefusedError{Words: answer.Message}
	}
	return fmt.Errorf("%w: %w", ErrOffline, err)
}

// Deliver sends what waits, each letter once, and puts its copy among the sent ones. n counts the letters that left.
func (s *Session) Deliver(ctx context.Context, a Account, box *mailbox.Box) (n int, err error) {
	for {
		l, raw, err := box.Leaving(ctx)
		if errors.Is(err, store.ErrNotFound) {
			return n, nil
		}
		if err != nil {
			return n, err
		}
		if l.State == mailbox.Gone {
			if err := s.file(ctx, box, l, raw); err != nil {
				return n, err
			}
			if err := box.Filed(ctx, l); err != nil {
				return n, err
			}
			continue
		}
		err = Send(ctx, a, l.Sender, l.Recipients, raw, func() error { return box.Set(ctx, l.ID, mailbox.Sending, "") })
		after := context.WithoutCancel(ctx) // what happened is noted, whoever is in a hurry
		refused := (*RefusedError)(nil)
		switch {
		case err == nil:
			n++
			err = box.Set(after, l.ID, mailbox.Gone, "")
		case errors.As(err, &refused):
			err = box.Set(after, l.ID, mailbox.Refused, refused.Words)
		case errors.Is(err, ErrUncertain):
			err = box.Set(after, l.ID, mailbox.Doubtful, "")
		default:
			return n, errors.Join(err, box.Set(after, l.ID, mailbox.Queued, ""))
		}
		if err != nil {
			return n, err
		}
	}
}

// file puts a letter among the sent ones, unless the server did so itself.
func (s *Session) file(ctx context.Context, box *mailbox.Box, l mailbox.Letter, raw []byte) error {
	folders, err := box.Folders(ctx)
	if err != nil {
		return err
	}
	for _, f := range folders {
		if f.Role != mailbox.Sent {
			continue
		}
		defer s.guard(fetching)()
		if _, err := s.c.Select(f.Name, nil).Wait(); err != nil {
			return trouble(err)
		}
		found, err := s.c.UIDSearch(&imap.SearchCriteria{Header: []imap.SearchCriteriaHeaderField{{Key: "Message-Id", Value: l.MessageID}}}, nil).Wait()
		if err != nil {
			return trouble(err)
		}
		if set, ok := found.All.(imap.UIDSet); ok && len(set) > 0 {
			return nil
		}
		cmd := s.c.Append(f.Name, int64(len(raw)), &imap.AppendOptions{Flags: []imap.Flag{imap.FlagSeen}})
		_, err = bytes.NewReader(raw).WriteTo(cmd)
		if err = errors.Join(err, cmd.Close()); err == nil {
			_, err = cmd.Wait()
		}
		return trouble(err)
	}
	return nil
}

// TrialError is why one of the two servers was not entered.
type TrialError struct {
	Address string
	Sending bool // it is the submission server
	Cause   error
}

func (e *TrialError) Error() string { return "entering " + e.Address + ": " + e.Cause.Error() }

func (e *TrialError) Unwrap() error { return e.Cause }

// Try signs in to both servers and leaves again. Error: *TrialError, of what Connect and Send give.
func Try(ctx context.Context, a Account) error {
	s, err := Connect(ctx, a)
	if err != nil {
		return &TrialError{Address: a.Imap.Address, Cause: err}
	}
	s.Close()
	if a.Smtp.Address == "" {
		return nil
	}
	_, leave, err := submission(ctx, a)
	if err != nil {
		return &TrialError{Address: a.Smtp.Address, Sending: true, Cause: err}
	}
	leave()
	return nil
}
