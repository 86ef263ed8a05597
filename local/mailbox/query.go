package mailbox

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"alpi40.fr/airial/local/store"
)

// ErrNotHere: the message, or what is asked of it, is on the server alone.
var ErrNotHere = errors.New("not on this computer")

// Folders gives the account's folders, those with a role first.
func (b *Box) Folders(ctx context.Context) (all []Folder, err error) {
	err = b.view(ctx, "reading the mail's folders", func(tx *store.Tx) error {
		all, err = store.All(tx, `SELECT f.id, f.name, f.delimiter, f.role,
				(SELECT count(*) FROM mail_message WHERE folder = f.id AND seen = 0), (SELECT count(*) FROM mail_message WHERE folder = f.id)
			FROM mail_folder f WHERE f.account = ? ORDER BY CASE f.role WHEN 'inbox' THEN 0 WHEN 'drafts' THEN 1 WHEN 'sent' THEN 2 WHEN '' THEN 3 WHEN 'archive' THEN 4 WHEN 'junk' THEN 5 ELSE 6 END, f.name`,
			[]any{b.account}, func(scan func(...any) error) (f Folder, err error) {
				var delimiter string
				if err := scan(&f.ID, &f.Name, &delimiter, &f.Role, &f.Unread, &f.Total); err != nil {
					return f, err
				}
				f.Leaf = f.Name
				if delimiter != "" {
					f.Leaf = f.Name[strings.LastIndex(f.Name, delimiter)+1:]
				}
				return f, nil
			})
		return err
	})
	return all, err
}

// Unread counts the unread messages of the inbox.
func (b *Box) Unread(ctx context.Context) (n int, err error) {
	err = b.view(ctx, "counting messages", func(tx *store.Tx) error {
		return tx.Get(`SELECT count(*) FROM mail_message m JOIN mail_folder f ON f.id = m.folder WHERE f.account = ? AND f.role = 'inbox' AND m.seen = 0`, []any{b.account}, &n)
	})
	return n, err
}

const columns = `m.id, m.folder, (SELECT account FROM mail_folder WHERE id = m.folder), m.subject, m.sender, m.address, m.snippet, m.message_id, m.at, m.size, m.seen, m.flagged, m.answered, m.attachments, CASE m.rest WHEN 1 THEN 'begun' ELSE m.state END,
	EXISTS (SELECT 1 FROM mail_report r JOIN mail_folder f ON f.id = m.folder WHERE r.original = m.message_id AND r.kind = 'failed' AND f.role = 'sent')`

func summary(scan func(...any) error) (s Summary, err error) {
	var at int64
	err = scan(&s.ID, &s.Folder, &s.Account, &s.Subject, &s.Sender, &s.Address, &s.Snippet, &s.Named, &at, &s.Size, &s.Read, &s.Flagged, &s.Answered, &s.Attachments, &s.State, &s.Failed)
	s.At = time.UnixMicro(at).UTC()
	return s, err
}

// Messages gives those of a folder, the newest first.
func (b *Box) Messages(ctx context.Context, folder int64, limit int) (all []Summary, err error) {
	err = b.view(ctx, "reading messages", func(tx *store.Tx) error {
		all, err = store.All(tx, `SELECT `+columns+` FROM mail_message m WHERE m.folder = ? ORDER BY m.at DESC, m.uid DESC LIMIT ?`, []any{folder, limit}, summary)
		return err
	})
	return all, err
}

// Search finds messages in all folders of the account, without a line.
func (b *Box) Search(ctx context.Context, words string, limit int) (all []Summary, err error) {
	err = b.view(ctx, "searching the mail", func(tx *store.Tx) error {
		hits, err := tx.Search(words, SearchKind(b.account), limit)
		if err != nil {
			return err
		}
		for _, h := range hits {
			id, err := strconv.ParseInt(h.Ref, 10, 64)
			if err != nil {
				return err
			}
			found, err := store.All(tx, `SELECT `+columns+` FROM mail_message m WHERE m.id = ?`, []any{id}, summary)
			if err != nil {
				return err
			}
			all = append(all, found...)
		}
		return nil
	})
	return all, err
}

// Message reads one. Errors: store.ErrNotFound, ErrNotHere.
func (b *Box) Message(ctx context.Context, id int64) (m Message, err error) {
	raw, s, err := b.raw(ctx, id)
	if err != nil {
		return m, err
	}
	m = Message{Summary: s, Parsed: read(raw, s.State != Begun)}
	switch s.State { // what is not here is no damage
	case Head:
		m.Damaged, m.Text, m.Files = false, "", nil
	case Begun:
		m.Damaged, m.Files = false, nil
	}
	m.Warnings = Suspicions(m.Parsed, b.Own()...)
	m.Reports = m.Parsed.reports(raw)
	return m, nil
}

func (b *Box) raw(ctx context.Context, id int64) (raw []byte, s Summary, err error) {
	err = b.view(ctx, "reading a message", func(tx *store.Tx) error {
		found, err := store.All(tx, `SELECT `+columns+` FROM mail_message m WHERE m.id = ?`, []any{id}, summary)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return store.ErrNotFound
		}
		s = found[0]
		err = tx.Get(`SELECT raw FROM mail_body WHERE message = ?`, []any{id}, &raw)
		if errors.Is(err, store.ErrNotFound) {
			return ErrNotHere
		}
		return err
	})
	return raw, s, err
}

// File gives an attachment. Errors: store.ErrNotFound, ErrNotHere, ErrNoPart.
func (b *Box) File(ctx context.Context, message int64, place int) (content []byte, name string, err error) {
	raw, s, err := b.raw(ctx, message)
	if err == nil && s.State != Whole {
		err = ErrNotHere
	}
	if err != nil {
		return nil, "", err
	}
	if content, name, err = Part(raw, place); err != nil {
		return nil, "", fmt.Errorf("reading an attachment: %w", err)
	}
	return content, name, nil
}
