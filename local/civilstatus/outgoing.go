package civilstatus

import (
	"context"
	"slices"
	"strings"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
)

// Recipient is who a notice goes to.
type Recipient string

// The recipients: the town hall that keeps another act, the court's registry that keeps the second register, the central
// service of civil status in Nantes for acts drawn up abroad.
const (
	TownHall Recipient = "town"
	Court    Recipient = "court"
	SCEC     Recipient = "scec"
)

// receiptYears is how long receipts are kept; chaseDays when one is late, by usage and not by law, unless settled otherwise.
const (
	receiptYears = 10
	chaseDays    = 30
)

// Outgoing is a notice that was sent.
type Outgoing struct {
	ID   string    `json:"id"`
	Kind Recipient `json:"kind"`
	To   []string  `json:"to"` // lines of the address
	// On is the act on which the recipient is to affix the mention; nil: the same act (its other copy).
	On   *Target `json:"on,omitempty"`
	Text string  `json:"text,omitempty"` // of the mention on that act; empty: the same

	// Email is where it went by mail, and MessageID the name under which it left (RFC 5322 §3.6.4); both empty for paper.
	Email     string `json:"email,omitempty"`
	MessageID string `json:"messageID,omitempty"`

	Sent    authority.Day   `json:"sent"`
	Awaited bool            `json:"awaited,omitempty"` // a receipt is
	Due     authority.Day   `json:"due,omitempty"`
	Chased  []authority.Day `json:"chased,omitempty"`

	Receipt      authority.Day `json:"receipt,omitempty"`
	ReceiptPages []Image       `json:"receiptPages,omitempty"`
	KeepUntil    authority.Day `json:"keepUntil,omitempty"`
}

// Target is an act that another registrar keeps, as far as it is known.
type Target struct {
	Kind    ActKind       `json:"kind"`
	Person  string        `json:"person"`
	Born    authority.Day `json:"born,omitempty"`
	Number  string        `json:"number,omitempty"`
	Year    int           `json:"year,omitempty"`
	Commune string        `json:"commune,omitempty"`
}

// Late tells whether a receipt should have come.
func (o *Outgoing) Late(today authority.Day) bool {
	return o.Awaited && o.Receipt == "" && o.Due != "" && o.Due < today
}

func (m *Mention) notice(id string) *Outgoing {
	for i := range m.Notices {
		if id != "" && m.Notices[i].ID == id {
			return &m.Notices[i]
		}
	}
	return nil
}

func (m *Mention) awaiting() bool {
	return slices.ContainsFunc(m.Notices, func(o Outgoing) bool { return o.Awaited && o.Receipt == "" })
}

// following tells whether an affixed mention still asks for something.
func (m *Mention) following() bool {
	affixed := m.State == Affixed || m.State == Notified || m.State == Acknowledged
	return m.State == Affixed && !m.Closed || m.awaiting() || affixed && m.Analysis && !m.Crossed
}

// Due tells to whom a notice of a mention is due by itself on a day: the court's registry, unless the authority is
// dispensed from it (Code civil, art. 40 al. 3 and 49), and unless it left already. The other acts of the person are
// kept where only the notice or the act tells: a person adds their town halls.
func (s Settings) Due(m *Mention, on authority.Day) (all []Recipient) {
	sent := slices.ContainsFunc(m.Notices, func(o Outgoing) bool { return o.Kind == Court })
	if !sent && (s.Dispensed == "" || on < s.Dispensed) {
		all = append(all, Court)
	}
	return all
}

// Notify notes that a notice has left, to a recipient that is not told.
func (r *Registry) Notify(ctx context.Context, actor, act, mention string, on authority.Day) error {
	return r.write(ctx, actor, act, KindNotified, nil, func(a *Act) (any, error) {
		return notified{Mention: mention, On: on}, mayNotify(a.find(mention))
	})
}

// Send notes that a notice has left, and gives its id.
func (r *Registry) Send(ctx context.Context, actor, act, mention string, o Outgoing) (id string, err error) {
	o.ID, o.Receipt, o.ReceiptPages, o.Chased, o.KeepUntil = r.j.NewID(), "", nil, nil, ""
	o.To = slices.DeleteFunc(slices.Clone(o.To), func(line string) bool { return strings.TrimSpace(line) == "" })
	return o.ID, r.writeWith(ctx, actor, act, KindNotified, nil, func(tx *store.Tx, a *Act) (any, []journal.Draft, error) {
		m := a.find(mention)
		if err := mayNotify(m); err != nil {
			return nil, nil, err
		}
		s, err := settings(tx)
		if err != nil {
			return nil, nil, err
		}
		switch {
		case len(o.To) == 0:
			return nil, nil, &rule.Refusal{Article: "Code civil, art. 49", Why: "Il manque le destinataire de l’avis.", Cure: "Écrivez son adresse, une ligne par ligne."}
		case o.On != nil && (o.On.Kind.Name() == "" || strings.TrimSpace(o.On.Person) == ""):
			return nil, nil, &rule.Refusal{Article: "Code civil, art. 49", Why: "L’acte sur lequel la mention est à porter n’est pas désigné.", Cure: "Indiquez sa nature et la personne."}
		case o.Sent == "" || o.Sent < m.On:
			return nil, nil, &rule.Refusal{Article: "Code civil, art. 49", Why: "L’envoi de l’avis précède l’apposition.", Cure: "Corrigez la date d’envoi."}
		}
		if o.Awaited {
			o.Due = o.Sent.Plus(s.chaseAfter())
		}
		return notified{Mention: mention, On: o.Sent, Notice: &o}, nil, nil
	})
}

func mayNotify(m *Mention) error {
	if m == nil || m.State != Affixed && m.State != Notified && m.State != Acknowledged {
		return &rule.Refusal{Article: "Code civil, art. 49", Why: "L’avis suit l’apposition.", Cure: "Apposez d’abord la mention."}
	}
	return nil
}

// Chase notes that a receipt was asked for again.
func (r *Registry) Chase(ctx context.Context, actor, act, mention, notice string, on authority.Day) error {
	return r.noteNotice(ctx, actor, act, KindChased, nil, noted{Mention: mention, Notice: notice, On: on})
}

// Receive keeps the receipt of a notice with its pages, if any, for ten years.
func (r *Registry) Receive(ctx context.Context, actor, act, mention, notice string, on authority.Day, pages []Page) error {
	var images []Image
	if len(pages) > 0 {
		var err error
		if images, err = r.keepAll(ctx, pages); err != nil {
			return err
		}
	}
	return r.noteNotice(ctx, actor, act, KindReceipt, digests(images), noted{Mention: mention, Notice: notice, On: on, Pages: images})
}

func (r *Registry) noteNotice(ctx context.Context, actor, act, kind string, blobs []store.Digest, d noted) error {
	return r.write(ctx, actor, act, kind, blobs, func(a *Act) (any, error) {
		m := a.find(d.Mention)
		if m == nil {
			return nil, errNoMention()
		}
		o := m.notice(d.Notice)
		switch {
		case o == nil:
			return nil, &rule.Refusal{Why: "Cet avis n’est pas parti de cet acte.", Cure: "Rouvrez l’acte."}
		case o.Receipt != "" || !o.Awaited:
			return nil, &rule.Refusal{Why: "Cet avis n’attend pas de récépissé.", Cure: "Vérifiez le destinataire."}
		case d.On < o.Sent:
			return nil, &rule.Refusal{Why: "Ce jour précède l’envoi de l’avis.", Cure: "Corrigez la date."}
		}
		return d, nil
	})
}

// CloseNotices notes that no (other) notice is to be sent.
func (r *Registry) CloseNotices(ctx context.Context, actor, act, mention string) error {
	return r.write(ctx, actor, act, KindClosed, nil, func(a *Act) (any, error) {
		return noted{Mention: mention}, mayNotify(a.find(mention))
	})
}
