package office

import (
	"context"
	"errors"
	"fmt"
	"net/mail"
	"strings"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/mailbox"
	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/typeset/french"
)

const settingRemindByMail = "parapheur.remind.mail"

// RemindsByMail tells whether this computer reminds people by mail.
func (h *Hall) RemindsByMail(ctx context.Context) (on bool, err error) {
	err = h.setting(ctx, settingRemindByMail, &on)
	return on, err
}

// SetRemindByMail has this computer remind people by mail, or no longer. Error: ErrNoMail.
func (h *Hall) SetRemindByMail(ctx context.Context, on bool) error {
	if on {
		from, err := h.MailAccount(ctx)
		if err != nil {
			return err
		}
		if !from.Set() {
			return ErrNoMail
		}
	}
	return h.keep(ctx, settingRemindByMail, on)
}

// RemindByMail has a letter leave to each person who has an address and for whom a folder waits near its deadline, on the
// days of its reminders, if this computer does so; who works here sees them in the window. Letters hold numbers and a day: a
// folder's title may name somebody. It gives how many leave.
func (h *Hall) RemindByMail(ctx context.Context) (n int, err error) {
	on, err := h.RemindsByMail(ctx)
	if err != nil || !on {
		return 0, err
	}
	from, err := h.MailAccount(ctx)
	if err != nil || !from.Set() {
		return 0, err
	}
	here, err := h.Person(ctx)
	if err != nil {
		return 0, err
	}
	people, _, err := h.People.Everyone(ctx)
	if err != nil {
		return 0, err
	}
	a, err := h.Authority(ctx)
	if err != nil {
		return 0, err
	}
	today := authority.DayOf(h.office.o.Now())
	var failed []error
	for _, p := range people {
		if p.ID == here || p.Email == "" || !p.In(today) {
			continue
		}
		fresh, err := h.Folders.Remind(ctx, p.ID, "mail."+p.ID)
		if err == nil && len(fresh) > 0 {
			if err = h.remindOne(ctx, from, a, p, fresh); err == nil {
				n++
			}
		}
		if err != nil {
			failed = append(failed, fmt.Errorf("reminding %s by mail: %w", p.ID, err))
		}
	}
	return n, errors.Join(failed...)
}

func (h *Hall) remindOne(ctx context.Context, from MailAccount, a authority.Authority, p authority.Person, fresh []parapheur.Reminder) error {
	late := 0
	for _, r := range fresh {
		if r.Left < 0 {
			late++
		}
	}
	waits := fmt.Sprintf("%d dossiers vous attendent", len(fresh))
	if len(fresh) == 1 {
		waits = "un dossier vous attend"
	}
	when := " ; le premier est pour le " + french.Date(fresh[0].Deadline.Time())
	switch {
	case late == len(fresh):
		when = ", en retard depuis le " + french.Date(fresh[0].Deadline.Time())
	case late > 0:
		when = fmt.Sprintf(", dont %d en retard", late)
	case len(fresh) == 1:
		when = " pour le " + french.Date(fresh[0].Deadline.Time())
	}
	text := "Bonjour,\n\nAu parapheur de " + a.Name + ", " + waits + when + ".\n\nOuvrez Airial : la page « À faire » les montre, même sans réseau. Ce message n’en dit pas davantage, pour que rien d’eux ne voyage par courriel.\n\n" + from.Name
	to := mail.Address{Name: p.Plain(), Address: strings.TrimSpace(p.Email)}
	id, err := h.Mail.Of(from.ID).SaveLetter(ctx, mailbox.Letter{To: to.String(), Subject: "Parapheur : " + waits, Text: text})
	if err != nil {
		return err
	}
	return h.SendLetter(ctx, id)
}
