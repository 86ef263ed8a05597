package office

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/mailbox"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/typeset/french"
)

// MailSummons makes one letter a member, with her own summons, the annexes and an invitation for her calendar, and has them
// leave when there is a line. It gives how many wait; what one of them lacks does not keep back the others, and is told.
// Errors: ErrNoMail.
func (h *Hall) MailSummons(ctx context.Context, actor, sitting string, m council.Mailing, progress func(done, of int)) (queued int, err error) {
	account, err := h.MailAccount(ctx)
	if err != nil {
		return 0, err
	}
	if !account.Set() {
		return 0, ErrNoMail
	}
	s, err := h.Council.Sitting(ctx, sitting)
	if err != nil {
		return 0, err
	}
	people, _, err := h.People.Everyone(ctx)
	if err != nil {
		return 0, err
	}
	var joined []annexed
	if m.Annexes {
		if joined, err = h.agendaAnnexes(ctx, *s); err != nil {
			return 0, err
		}
	}
	var failed []error
	for i, id := range m.Members {
		if progress != nil {
			progress(i, len(m.Members))
		}
		p, _ := authority.Find(people, id)
		if err := h.mailSummons(ctx, actor, *s, p, m, joined, account); err != nil {
			if ctx.Err() != nil {
				return queued, err
			}
			failed = append(failed, fmt.Errorf("%s : %w", p.Name(), err))
			continue
		}
		queued++
	}
	h.WakeMail()
	return queued, errors.Join(failed...)
}

type annexed struct {
	name    string
	content []byte
}

// agendaAnnexes are those of the points of a sitting, each file once. What no mail would carry is refused before a letter is made.
func (h *Hall) agendaAnnexes(ctx context.Context, s council.Sitting) (all []annexed, err error) {
	seen, total := map[store.Digest]bool{}, int64(0)
	for i, item := range s.Agenda {
		d, err := h.Council.Deliberation(ctx, item.Deliberation)
		if err != nil {
			return nil, err
		}
		for _, a := range d.Text.Annexes {
			if seen[a.Digest] {
				continue
			}
			seen[a.Digest] = true
			if total += a.Size; total > mailbox.MaxLetter-reserved {
				return nil, &rule.Refusal{Why: fmt.Sprintf("Les annexes de cette séance dépassent ce qu’un courriel emporte (%d Mo).", (mailbox.MaxLetter-reserved)>>20),
					Cure: "Envoyez les convocations sans les annexes, et dites où les consulter."}
			}
			content, err := h.Store.Blobs().Read(a.Digest, maxAnnex)
			if err != nil {
				return nil, fmt.Errorf("reading the annex %q: %w", a.Name, err)
			}
			all = append(all, annexed{fmt.Sprintf("point-%02d-%s", i+1, a.Name), content})
		}
	}
	return all, nil
}

// reserved is the room kept in a letter for the summons itself.
const reserved = 5 << 20

// mailSummons makes the letter, notes it, then lets it go: a stop in between leaves a letter among the drafts, which still
// may leave under the name that was noted; none leaves unnoticed.
func (h *Hall) mailSummons(ctx context.Context, actor string, s council.Sitting, p authority.Person, m council.Mailing, joined []annexed, from MailAccount) error {
	d := council.Delivery{Sitting: s.ID, Member: p.ID, Way: council.ByMail, Address: strings.TrimSpace(p.Email), Asked: m.Receipt, Annexes: len(joined)}
	if err := h.Council.CheckDeliverable(ctx, d); err != nil {
		return err
	}
	printed, err := h.Registers.PrintSummons(ctx, s.ID, p.ID)
	if err != nil {
		return err
	}
	body := council.BodyOf(s.Kind).Name
	calendar, err := council.Invitation(s, body, council.Guest{Name: from.Name, Address: from.Address}, council.Guest{Name: p.Name(), Address: d.Address}, h.office.o.Now())
	if err != nil {
		return err
	}
	sender := mailbox.Address{Name: from.Name, Address: from.Address}
	if d.MessageID, err = h.Mail.Name(sender); err != nil {
		return err
	}
	id, err := h.Mail.Of(from.ID).SaveLetter(ctx, mailbox.Letter{To: d.Address, Subject: "Convocation au " + body + " — " + french.DateTime(s.At), Text: summonsWords(s, body, p, len(joined), from),
		Purpose: "summons/" + s.ID, Receipt: m.Receipt, MessageID: d.MessageID})
	if err != nil {
		return err
	}
	drop := func(err error) error { return errors.Join(err, h.Mail.Discard(context.WithoutCancel(ctx), id)) }
	for _, f := range append([]annexed{{"convocation.pdf", printed.PDF}, {"seance.ics", calendar}}, joined...) {
		if err := h.Mail.Join(ctx, id, f.name, f.content); err != nil {
			return drop(err)
		}
	}
	paper, err := h.Store.Blobs().PutBytes(ctx, printed.PDF)
	if err != nil {
		return drop(fmt.Errorf("keeping the summons: %w", err))
	}
	d.Paper = &paper
	proof, err := h.Council.Deliver(ctx, actor, d)
	if err != nil {
		return drop(err)
	}
	if err := h.Mail.Queue(ctx, id, sender); err != nil {
		return errors.Join(drop(err), h.Council.Progress(context.WithoutCancel(ctx), actor, proof, council.Progress{State: council.Cancelled, At: h.office.o.Now()}))
	}
	return nil
}

func summonsWords(s council.Sitting, body string, p authority.Person, annexes int, from MailAccount) string {
	dear := "Monsieur"
	if p.Female() {
		dear = "Madame"
	}
	lines := []string{dear + ",", "", "Vous êtes convoqué" + map[bool]string{true: "e"}[p.Female()] + " à la séance du " + body + " qui se tiendra le " + french.DateTime(s.At) + ", " + s.Place + "."}
	if s.Urgent {
		lines = append(lines, "", "Cette convocation est faite en urgence : il en sera rendu compte à l’ouverture de la séance, et l’assemblée se prononcera.")
	}
	if s.Second {
		lines = append(lines, "", "Le quorum n’ayant pas été atteint à la séance précédente, l’assemblée délibérera sans condition de quorum.")
	}
	if s.Remote != nil {
		lines = append(lines, "", "La séance se tient en plusieurs lieux par visioconférence : "+strings.Join(s.Remote.Sites, ", ")+". "+s.Remote.Link)
	}
	lines = append(lines, "", "Ordre du jour :")
	for i, item := range s.Agenda {
		lines = append(lines, fmt.Sprintf("%d. %s", i+1, item.Subject))
	}
	lines = append(lines, "", "Vous trouverez ci-joint la convocation, avec un modèle de pouvoir, et une invitation pour votre agenda.")
	if annexes > 0 {
		lines = append(lines, french.Count(annexes, "annexe est jointe", "annexes sont jointes")+".")
	}
	return strings.Join(append(lines, "", from.Name), "\n")
}

// newsFor is for how long news of a summons are looked for.
const newsFor = 60 * 24 * time.Hour

// FollowSummons notes in the council what became of the summons that left by mail: sent, refused, in doubt, read, not
// delivered. It writes what is new alone.
func (h *Hall) FollowSummons(ctx context.Context) error {
	waiting, err := h.Council.Undelivered(ctx, h.office.o.Now().Add(-newsFor))
	if err != nil {
		return err
	}
	for _, d := range waiting {
		fate, err := h.Mail.Fate(ctx, d.MessageID)
		if err != nil {
			return err
		}
		for _, p := range progressOf(fate, h.office.o.Now()) {
			if err := h.Council.Progress(ctx, d.By, d.ID, p); err != nil {
				return fmt.Errorf("noting what became of a summons: %w", err)
			}
		}
	}
	return nil
}

// elsewhere is how long what others report of a letter is left to the computer that sent it: where several read one mailbox, all of
// them find the report, and what two note at once is a conflict that a person would have to decide.
const elsewhere = 24 * time.Hour

// progressOf reads what is known of a letter, in order.
func progressOf(f mailbox.Fate, now time.Time) (all []council.Progress) {
	if f.State == "" {
		f.Reports = slices.DeleteFunc(f.Reports, func(r mailbox.Report) bool { return r.At.After(now.Add(-elsewhere)) })
	}
	states := map[mailbox.LetterState]council.DeliveryState{mailbox.Gone: council.Gone, mailbox.Refused: council.Bounced, mailbox.Doubtful: council.Doubted,
		mailbox.Queued: council.Waiting, mailbox.Dropped: council.Cancelled}
	bounced := false
	for _, r := range f.Reports {
		bounced = bounced || r.Kind == mailbox.Failed
	}
	if s := states[f.State]; s != "" && !(s == council.Gone && bounced) {
		all = append(all, council.Progress{State: s, At: f.At, Words: f.Words})
	}
	for _, r := range f.Reports {
		switch r.Kind {
		case mailbox.Displayed:
			all = append(all, council.Progress{At: r.At, Read: true})
		case mailbox.Failed:
			all = append(all, council.Progress{State: council.Bounced, At: r.At, Words: r.Words})
		case mailbox.Delivered, mailbox.Delayed, mailbox.Deleted: // told by the mail page; they prove no reading
		}
	}
	return all
}
