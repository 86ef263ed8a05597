package office

import (
	"context"
	"errors"
	"strings"

	"alpi40.fr/airial/local/civilstatus"
	"alpi40.fr/airial/local/mailbox"
	"alpi40.fr/airial/local/rule"
)

// MailNotice has a notice of mention leave by mail when there is a line, and notes it as sent. It is noted before it may leave: a stop
// in between leaves the letter among the drafts, under the name that was noted. Errors: ErrNoMail, a refusal.
func (h *Hall) MailNotice(ctx context.Context, actor, act, mention string, o civilstatus.Outgoing) error {
	from, err := h.MailAccount(ctx)
	if err != nil {
		return err
	}
	if !from.Set() {
		return ErrNoMail
	}
	if o.Email = strings.TrimSpace(o.Email); !mailbox.IsAddress(o.Email) {
		return &rule.Refusal{Why: "L’adresse électronique du destinataire manque ou est incomplète.", Cure: "Écrivez-la comme etat-civil@exemple.fr, ou envoyez l’avis sur papier."}
	}
	letter, err := h.Acts.Letter(ctx, act, mention, o)
	if err != nil {
		return err
	}
	sender := mailbox.Address{Name: from.Name, Address: from.Address}
	if o.MessageID, err = h.Mail.Name(sender); err != nil {
		return err
	}
	text := "Madame, Monsieur,\n\nVous trouverez ci-joint un avis de mention à porter en marge de l’acte qu’il désigne (Code civil, art. 49)."
	if o.Awaited {
		text += "\n\nJe vous remercie de me retourner le récépissé une fois la mention apposée."
	}
	id, err := h.Mail.Of(from.ID).SaveLetter(ctx, mailbox.Letter{To: o.Email, Subject: "Avis de mention", Text: text + "\n\n" + from.Name, Purpose: "notice/" + act, Receipt: o.Awaited, MessageID: o.MessageID})
	if err != nil {
		return err
	}
	if err = h.Mail.Join(ctx, id, "avis-de-mention.pdf", letter.PDF); err == nil {
		_, err = h.Acts.Send(ctx, actor, act, mention, o)
	}
	if err != nil {
		return errors.Join(err, h.Mail.Discard(context.WithoutCancel(ctx), id))
	}
	if err := h.Mail.Queue(ctx, id, sender); err != nil {
		return err // it stays among the drafts, from where it may leave
	}
	h.WakeMail()
	return nil
}
