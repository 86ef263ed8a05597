package mailbox

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"path/filepath"
	"strings"
	"time"

	"github.com/emersion/go-message/mail"

	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
)

// LetterState is how far a letter has come.
type LetterState string

// The states of a letter. Doubtful: the line was cut when the server may have taken it already; a person decides.
const (
	Draft    LetterState = "draft"
	Queued   LetterState = "queued"
	Sending  LetterState = "sending"
	Doubtful LetterState = "doubtful"
	Refused  LetterState = "refused"
	// Gone: the server has it; its copy is still to be put among the sent ones.
	Gone LetterState = "sent"
)

// Letter is a message of one's own, written or waiting.
type Letter struct {
	ID      string       `json:"-"`
	Account string       `json:"-"` // whose mailbox it leaves from
	State   LetterState  `json:"-"`
	Changed time.Time    `json:"-"`
	Trouble string       `json:"-"`
	Files   []LetterFile `json:"-"`

	To      string `json:"to"`
	Cc      string `json:"cc,omitempty"`
	Subject string `json:"subject"`
	Text    string `json:"text"`
	// Answers is the message answered, on this laptop; References what the answer names (RFC 5322 §3.6.4).
	Answers    int64    `json:"answers,omitempty"`
	References []string `json:"references,omitempty"`
	// MessageID is given once, when it is queued: a second attempt is the same letter. Who follows it may give it before (Name).
	MessageID  string   `json:"messageID,omitempty"`
	Sender     string   `json:"sender,omitempty"`
	Recipients []string `json:"recipients,omitempty"`
	// Purpose names what the letter is for, to whoever follows it: «summons/…»; empty: nobody does.
	Purpose string `json:"purpose,omitempty"`
	// Receipt asks the reader's mail program to say that it was read (RFC 8098); it may refuse.
	Receipt bool `json:"receipt,omitempty"`
}

// LetterFile is a file joined to it.
type LetterFile struct {
	Place int
	Name  string
	Size  int64
}

// MaxLetter is the largest letter that leaves; the servers of others seldom take more.
const MaxLetter = 25 << 20

// Letters gives those of the account that are on this laptop, the latest first.
func (b *Box) Letters(ctx context.Context) (all []Letter, err error) {
	err = b.view(ctx, "reading letters", func(tx *store.Tx) error {
		all, err = store.All(tx, `SELECT id, account, state, data, changed, trouble FROM mail_letter WHERE account = ? ORDER BY changed DESC, id`, []any{b.account}, letter)
		return err
	})
	return all, err
}

func letter(scan func(...any) error) (l Letter, err error) {
	var data []byte
	var id, account, trouble string
	var state LetterState
	var changed int64
	if err := scan(&id, &account, &state, &data, &changed, &trouble); err != nil {
		return l, err
	}
	err = json.Unmarshal(data, &l)
	l.ID, l.Account, l.State, l.Changed, l.Trouble = id, account, state, time.UnixMicro(changed).UTC(), trouble
	return l, err
}

// Letter reads one with the names of its files. Error: store.ErrNotFound.
func (b *Box) Letter(ctx context.Context, id string) (l Letter, err error) {
	err = b.view(ctx, "reading a letter", func(tx *store.Tx) (err error) { l, err = letterOf(tx, id); return err })
	return l, err
}

func letterOf(tx *store.Tx, id string) (Letter, error) {
	l, err := letter(func(into ...any) error {
		return tx.Get(`SELECT id, account, state, data, changed, trouble FROM mail_letter WHERE id = ?`, []any{id}, into...)
	})
	if err != nil {
		return l, err
	}
	l.Files, err = store.All(tx, `SELECT place, name, length(content) FROM mail_letter_file WHERE letter = ? ORDER BY place`, []any{id},
		func(scan func(...any) error) (f LetterFile, err error) { return f, scan(&f.Place, &f.Name, &f.Size) })
	return l, err
}

// SaveLetter keeps what is written; a letter without an id is new, of this account, and gets one. One that has left the hand is not changed.
func (b *Box) SaveLetter(ctx context.Context, l Letter) (string, error) {
	if l.ID == "" {
		id, err := b.draw()
		if err != nil {
			return "", err
		}
		l.ID, l.Account = id, b.account
	}
	data, err := json.Marshal(l)
	if err != nil {
		return "", fmt.Errorf("keeping a letter: %w", err)
	}
	return l.ID, b.update(ctx, "keeping a letter", func(tx *store.Tx) error {
		_, err := tx.Exec(`INSERT INTO mail_letter (id, account, state, data, changed) VALUES (?, ?, 'draft', ?, ?)
			ON CONFLICT (id) DO UPDATE SET account = excluded.account, data = excluded.data, changed = excluded.changed, state = 'draft', trouble = '' WHERE state IN ('draft', 'refused')`, l.ID, l.Account, data, b.now().UnixMicro())
		return err
	})
}

func (b *Box) draw() (string, error) {
	var raw [16]byte
	if _, err := io.ReadFull(b.rand, raw[:]); err != nil {
		return "", fmt.Errorf("drawing a letter's name: %w", err)
	}
	return hex.EncodeToString(raw[:]), nil
}

// Name draws a Message-ID for a letter from an address.
func (b *Box) Name(from Address) (string, error) {
	name, err := b.draw()
	return name + "@" + domainOf(from.Address), err
}

// Join adds a file to a draft.
func (b *Box) Join(ctx context.Context, id, name string, content []byte) error {
	if len(content) > MaxLetter {
		return tooLarge
	}
	return b.update(ctx, "joining a file", func(tx *store.Tx) error {
		_, err := tx.Exec(`INSERT INTO mail_letter_file (letter, place, name, content)
			SELECT id, (SELECT coalesce(max(place), 0) + 1 FROM mail_letter_file WHERE letter = ?1), ?2, ?3 FROM mail_letter WHERE id = ?1 AND state IN ('draft', 'refused')`,
			id, fileName(name, "", 0), content)
		return err
	})
}

// Unjoin takes a file out of a draft.
func (b *Box) Unjoin(ctx context.Context, id string, place int) error {
	return b.update(ctx, "taking a file out", func(tx *store.Tx) error {
		_, err := tx.Exec(`DELETE FROM mail_letter_file WHERE letter = ? AND place = ?`, id, place)
		return err
	})
}

// Discard throws a letter away, unless it is leaving.
func (b *Box) Discard(ctx context.Context, id string) error {
	return b.update(ctx, "throwing a letter away", func(tx *store.Tx) error {
		l, err := letterOf(tx, id)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		n, err := tx.Exec(`DELETE FROM mail_letter WHERE id = ? AND state NOT IN ('sending', 'sent')`, id)
		if err != nil || n == 0 {
			return err
		}
		if err := follow(tx, l, b.now()); err != nil { // it may never have been queued
			return err
		}
		return trace(tx, id, Dropped, "", b.now())
	})
}

// DiscardAll throws away every letter of the account: it is no more.
func (b *Box) DiscardAll(ctx context.Context) error {
	all, err := b.Letters(ctx)
	for _, l := range all {
		err = errors.Join(err, b.Discard(ctx, l.ID))
	}
	if err != nil {
		return err
	}
	return b.update(ctx, "throwing letters away", func(tx *store.Tx) error {
		_, err := tx.Exec(`DELETE FROM mail_letter WHERE account = ?`, b.account) // what has left needs no filing any more
		return err
	})
}

var tooLarge = &rule.Refusal{Why: "Ce message dépasse 25 Mo : la plupart des serveurs le refuseraient.", Cure: "Retirez une pièce jointe, ou envoyez-la autrement."}

// Queue has a letter leave when there is a line. Refusals: no recipient, one that is no address, too large.
func (b *Box) Queue(ctx context.Context, id string, from Address) error {
	name, err := b.draw()
	if err != nil {
		return err
	}
	now := b.now()
	return b.update(ctx, "queueing a letter", func(tx *store.Tx) error {
		l, err := letterOf(tx, id)
		if err != nil {
			return err
		}
		if l.State != Draft && l.State != Refused {
			return nil // it has left the hand already
		}
		to, err := recipients(l.To)
		if err != nil {
			return err
		}
		cc, err := recipients(l.Cc)
		if err != nil {
			return err
		}
		if len(to)+len(cc) == 0 {
			return &rule.Refusal{Why: "Ce message n’a pas de destinataire.", Cure: "Écrivez une adresse dans le champ « À »."}
		}
		domain := domainOf(from.Address)
		if domain == "" {
			return &rule.Refusal{Why: "L’adresse de la mairie n’est pas réglée.", Cure: "Donnez-la dans les réglages de la messagerie."}
		}
		if l.Purpose == "" || l.MessageID == "" {
			l.MessageID = name + "@" + domain
		}
		l.Sender, l.Recipients = from.Address, nil
		for _, a := range append(append([]*mail.Address{}, to...), cc...) {
			l.Recipients = append(l.Recipients, a.Address)
		}
		raw, err := compose(tx, l, from, to, cc, now)
		if err != nil {
			return err
		}
		data, err := json.Marshal(l)
		if err != nil {
			return err
		}
		if err := follow(tx, l, now); err != nil {
			return err
		}
		_, err = tx.Exec(`UPDATE mail_letter SET state = 'queued', data = ?, raw = ?, changed = ?, trouble = '' WHERE id = ?`, data, raw, now.UnixMicro(), id)
		return err
	})
}

// IsAddress tells whether a text is one whole address, of a domain.
func IsAddress(s string) bool {
	all, err := recipients(s)
	return err == nil && len(all) == 1
}

func recipients(typed string) ([]*mail.Address, error) {
	typed = strings.Trim(strings.ReplaceAll(strings.TrimSpace(typed), ";", ","), ", ")
	if typed == "" {
		return nil, nil
	}
	all, err := mail.ParseAddressList(typed)
	if err != nil {
		return nil, &rule.Refusal{Why: "« " + typed + " » n’est pas une liste d’adresses.", Cure: "Écrivez des adresses comme prenom.nom@exemple.fr, séparées par des virgules."}
	}
	for _, a := range all {
		if domain := domainOf(a.Address); !strings.Contains(domain, ".") {
			return nil, &rule.Refusal{Why: "L’adresse « " + a.Address + " » est incomplète.", Cure: "Vérifiez ce qui suit l’arobase."}
		}
	}
	return all, nil
}

// compose writes the letter as it leaves (RFC 5322, MIME).
func compose(tx *store.Tx, l Letter, from Address, to, cc []*mail.Address, at time.Time) ([]byte, error) {
	var h mail.Header
	h.SetDate(at)
	h.SetAddressList("From", []*mail.Address{{Name: from.Name, Address: from.Address}})
	h.SetAddressList("To", to)
	if len(cc) > 0 {
		h.SetAddressList("Cc", cc)
	}
	h.SetSubject(strings.Join(strings.Fields(l.Subject), " "))
	h.SetMessageID(l.MessageID)
	if l.Receipt {
		h.SetAddressList("Disposition-Notification-To", []*mail.Address{{Name: from.Name, Address: from.Address}})
	}
	if n := len(l.References); n > 0 {
		h.SetMsgIDList("References", l.References)
		h.SetMsgIDList("In-Reply-To", l.References[n-1:])
	}
	var out bytes.Buffer
	w, err := mail.CreateWriter(&out, h)
	if err != nil {
		return nil, err
	}
	var th mail.InlineHeader
	th.SetContentType("text/plain", map[string]string{"charset": "utf-8"})
	th.Set("Content-Transfer-Encoding", "quoted-printable")
	part, err := w.CreateSingleInline(th)
	if err == nil {
		_, err = io.WriteString(part, strings.ReplaceAll(l.Text, "\n", "\r\n")+"\r\n")
		err = errors.Join(err, part.Close())
	}
	if err != nil {
		return nil, err
	}
	err = tx.Each(`SELECT name, content FROM mail_letter_file WHERE letter = ? ORDER BY place`, []any{l.ID}, func(scan func(...any) error) error {
		var name string
		var content []byte
		if err := scan(&name, &content); err != nil {
			return err
		}
		kind := mime.TypeByExtension(strings.ToLower(filepath.Ext(name)))
		switch {
		case strings.EqualFold(filepath.Ext(name), ".ics"):
			kind = "text/calendar; charset=utf-8; method=" + methodOf(content) // RFC 6047
		case kind == "":
			kind = "application/octet-stream"
		}
		var fh mail.AttachmentHeader
		fh.Set("Content-Type", kind)
		fh.Set("Content-Transfer-Encoding", "base64")
		fh.SetFilename(name)
		part, err := w.CreateAttachment(fh)
		if err != nil {
			return err
		}
		_, err = part.Write(content)
		return errors.Join(err, part.Close())
	})
	if err = errors.Join(err, w.Close()); err != nil {
		return nil, err
	}
	if out.Len() > MaxLetter*4/3+MaxHead {
		return nil, tooLarge
	}
	return out.Bytes(), nil
}

// Leaving gives a letter of the account that is to leave, or to be put among the sent ones, with its bytes. Error: store.ErrNotFound.
func (b *Box) Leaving(ctx context.Context) (l Letter, raw []byte, err error) {
	err = b.view(ctx, "reading a letter", func(tx *store.Tx) error {
		var id string
		if err := tx.Get(`SELECT id, raw FROM mail_letter WHERE account = ? AND state IN ('queued', 'sent') ORDER BY state DESC, changed LIMIT 1`, []any{b.account}, &id, &raw); err != nil {
			return err
		}
		l, err = letterOf(tx, id)
		return err
	})
	return l, raw, err
}

// Set notes how far a letter has come; trouble is why it was refused. It is on the disk when Set returns.
func (b *Box) Set(ctx context.Context, id string, s LetterState, trouble string) error {
	return b.update(ctx, "noting how far a letter is", func(tx *store.Tx) error {
		if _, err := tx.Exec(`UPDATE mail_letter SET state = ?, trouble = ? WHERE id = ?`, string(s), trouble, id); err != nil {
			return err
		}
		return trace(tx, id, s, trouble, b.now())
	})
}

// Filed forgets a letter whose copy is among the sent ones, and marks the message that it answers.
func (b *Box) Filed(ctx context.Context, l Letter) error {
	if err := b.update(ctx, "forgetting a sent letter", func(tx *store.Tx) error {
		_, err := tx.Exec(`DELETE FROM mail_letter WHERE id = ? AND state = 'sent'`, l.ID)
		return err
	}); err != nil || l.Answers == 0 {
		return err
	}
	if err := b.Do(ctx, l.Answers, MarkAnswer); err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	return nil
}

// Recover turns the letters that were leaving when the program stopped into doubtful ones: nobody knows whether the
// server took them.
func (b *Box) Recover(ctx context.Context) error {
	return b.update(ctx, "looking for letters in doubt", func(tx *store.Tx) error {
		if _, err := tx.Exec(`UPDATE mail_trace SET state = 'doubtful', at = ? WHERE letter IN (SELECT id FROM mail_letter WHERE state = 'sending')`, b.now().UnixMicro()); err != nil {
			return err
		}
		_, err := tx.Exec(`UPDATE mail_letter SET state = 'doubtful' WHERE state = 'sending'`)
		return err
	})
}

// Settle says what became of a doubtful letter: it had left, or is sent again, the same.
func (b *Box) Settle(ctx context.Context, id string, left bool) error {
	state := Queued
	if left {
		state = Gone
	}
	return b.update(ctx, "settling a doubtful letter", func(tx *store.Tx) error {
		n, err := tx.Exec(`UPDATE mail_letter SET state = ? WHERE id = ? AND state = 'doubtful'`, string(state), id)
		if err != nil || n == 0 {
			return err
		}
		return trace(tx, id, state, "", b.now())
	})
}
