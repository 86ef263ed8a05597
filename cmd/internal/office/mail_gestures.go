package office

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/civilstatus"
	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/mailbox"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/vault"
)

// MailToNotice records an attachment as a notice of mention that came, about a person, and gives
// its id: who sent it and when is the message's. Error: a refusal.
func (h *Hall) MailToNotice(ctx context.Context, actor string, message int64, place int, lastName string) (string, error) {
	m, err := h.Mail.Message(ctx, message)
	if err != nil {
		return "", err
	}
	content, name, err := h.Mail.File(ctx, message, place)
	if err != nil {
		return "", err
	}
	from := m.From.Name
	if from == "" {
		from = m.From.Address
	}
	return h.Acts.Register(ctx, actor, civilstatus.Incoming{From: from, Reference: m.MessageID, Received: authority.DayOf(m.At.In(h.office.o.Now().Location())), LastName: strings.TrimSpace(lastName), Wording: m.Title},
		[]civilstatus.Page{{Name: name, Content: content}})
}

// MailToDraft joins an attachment to a draft of deliberation, and gives its id; an empty one makes a
// new draft of the message's title, which then goes on an agenda as any other. Error: a refusal.
func (h *Hall) MailToDraft(ctx context.Context, actor string, message int64, place int, draft string) (string, error) {
	m, err := h.Mail.Message(ctx, message)
	if err != nil {
		return "", err
	}
	content, name, err := h.Mail.File(ctx, message, place)
	if err != nil {
		return "", err
	}
	annex, err := h.Council.KeepAnnex(ctx, name, content)
	if err != nil {
		return "", err
	}
	if draft == "" {
		title := m.Title
		if title == "" {
			title = name
		}
		return h.Council.DraftText(ctx, actor, council.Text{Blocks: []council.Block{{Kind: council.BlockTitle, Text: title}}, Annexes: []council.Annex{annex}})
	}
	d, err := h.Council.Deliberation(ctx, draft)
	if err != nil {
		return "", err
	}
	for _, a := range d.Text.Annexes {
		if a.Digest == annex.Digest {
			return "", &rule.Refusal{Why: "Cette pièce est déjà jointe à ce projet.", Cure: "Il n’y a rien à faire."}
		}
	}
	text := d.Text
	text.Annexes = append(append([]council.Annex{}, text.Annexes...), annex)
	return draft, h.Council.Save(ctx, actor, draft, d.Edition, text)
}

// MailToVault keeps an attachment in the person's own space of the vault, and gives the name under
// which it stands there: one that is taken already gets a number. Error: a refusal.
func (h *Hall) MailToVault(ctx context.Context, actor string, message int64, place int) (string, error) {
	content, name, err := h.Mail.File(ctx, message, place)
	if err != nil {
		return "", err
	}
	space, err := h.Vault.PersonalSpace(ctx, actor)
	if err != nil {
		return "", err
	}
	stem, ending := strings.TrimSuffix(name, filepath.Ext(name)), filepath.Ext(name)
	for n := 2; ; n++ {
		_, err := h.Vault.Named(ctx, actor, space, "", name)
		if errors.Is(err, store.ErrNotFound) {
			break
		}
		if err != nil {
			return "", err
		}
		name = fmt.Sprintf("%s (%d)%s", stem, n, ending)
	}
	_, err = h.Vault.Put(ctx, actor, vault.NewFile{Space: space, Name: name, Modified: h.office.o.Now()}, bytes.NewReader(content))
	return name, err
}

// AnswerInvitation has the answer to an invitation leave to who asked. Error: a refusal, ErrNoMail.
func (h *Hall) AnswerInvitation(ctx context.Context, message int64, place int, accepted bool) error {
	m, err := h.Mail.Message(ctx, message)
	if err != nil {
		return err
	}
	from, err := h.mailAccount(ctx, m.Account)
	if err != nil {
		return err
	}
	raw, _, err := h.Mail.File(ctx, message, place)
	if err != nil {
		return err
	}
	events, err := mailbox.Events(raw)
	if err != nil {
		return err
	}
	e := events[0]
	if e.Method != "REQUEST" || e.Organizer == "" {
		return &rule.Refusal{Why: "Cette invitation n’attend pas de réponse.", Cure: "Il n’y a rien à faire."}
	}
	answer, err := mailbox.AnswerTo(e, mailbox.Address{Name: from.Name, Address: from.Address}, accepted, h.office.o.Now())
	if err != nil {
		return err
	}
	words := "Déclinée : "
	if accepted {
		words = "Acceptée : "
	}
	id, err := h.Mail.Of(from.ID).SaveLetter(ctx, mailbox.Letter{To: e.Organizer, Subject: words + e.Title, Text: words + e.Title + "\n\n" + from.Name, Answers: message})
	if err == nil {
		err = h.Mail.Join(ctx, id, "reponse.ics", answer)
	}
	if err != nil {
		return err
	}
	return h.SendLetter(ctx, id)
}
