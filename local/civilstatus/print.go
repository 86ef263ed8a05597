package civilstatus

import (
	"context"
	"fmt"
	"strings"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/authority/cog"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/typeset"
	"alpi40.fr/airial/local/typeset/french"
)

func (a *Act) typeset() typeset.Act {
	return typeset.Act{
		Kind: a.Kind.Name(), Number: a.Number, Year: a.Year, Register: a.Register, Page: a.Page, Commune: a.Commune,
		Date: a.Date.Time(), Person: strings.TrimSpace(a.FirstName + " " + strings.ToUpper(a.LastName)),
	}
}

func (r *Registry) subject(ctx context.Context, act, mention string) (a *Act, m *Mention, who authority.Authority, people []authority.Person, err error) {
	err = r.j.Store().View(ctx, func(tx *store.Tx) error {
		if a, err = read(tx, act); err != nil {
			return err
		}
		if m = a.find(mention); m == nil {
			return fmt.Errorf("mention %s: %w", mention, store.ErrNotFound)
		}
		if people, err = authority.People(tx); err != nil {
			return err
		}
		who, err = authority.Current(tx)
		return err
	})
	return a, m, who, people, err
}

// Sheet is the sheet to paste or to copy out by hand.
func (r *Registry) Sheet(ctx context.Context, act, mention string) (typeset.Document, error) {
	a, m, who, _, err := r.subject(ctx, act, mention)
	if err != nil {
		return typeset.Document{}, err
	}
	return typeset.MentionSheet{Head: typeset.Head{Authority: who.Letterhead(), Printed: r.j.Now()}, Mentions: []typeset.Mention{m.typeset(a, who)}}.Typeset(ctx)
}

func (m *Mention) typeset(a *Act, who authority.Authority) typeset.Mention {
	return typeset.Mention{
		Kind: m.Label, Act: a.typeset(), Text: m.Text, Ending: who.Place + ", le …\nL’officier de l’état civil,",
		Status: m.Status.typeset(), Source: m.Basis, Due: m.Due.Time(),
	}
}

// Sheets is one sheet of all the mentions that wait to be affixed, in the order in which one goes through the registers.
func (r *Registry) Sheets(ctx context.Context) (typeset.Document, error) {
	var acts []Act
	var who authority.Authority
	if err := r.j.Store().View(ctx, func(tx *store.Tx) (err error) {
		if acts, err = store.All(tx, `SELECT data FROM act WHERE waiting > 0 ORDER BY kind, year, length(number), number, id LIMIT ?`, []any{maxQueue}, store.Decoded[Act]); err != nil {
			return err
		}
		who, err = authority.Current(tx)
		return err
	}); err != nil {
		return typeset.Document{}, err
	}
	sheet := typeset.MentionSheet{Head: typeset.Head{Authority: who.Letterhead(), Printed: r.j.Now()}}
	for i := range acts {
		for k := range acts[i].Mentions {
			if m := &acts[i].Mentions[k]; m.State == ToAffix {
				sheet.Mentions = append(sheet.Mentions, m.typeset(&acts[i], who))
			}
		}
	}
	if len(sheet.Mentions) == 0 {
		return typeset.Document{}, &rule.Refusal{Why: "Aucune mention n’attend d’être apposée.", Cure: "Rien n’est à imprimer."}
	}
	return sheet.Typeset(ctx)
}

// Notice is the notice to another registrar or to the court's registry
// (Code civil, art. 49). to are the addressee's lines.
func (r *Registry) Notice(ctx context.Context, act, mention string, to []string) (typeset.Document, error) {
	return r.Letter(ctx, act, mention, Outgoing{To: to, Sent: authority.DayOf(r.j.Now())})
}

// Letter is a notice as it is sent, one letter a recipient, with a slip to send back when a receipt is awaited.
func (r *Registry) Letter(ctx context.Context, act, mention string, o Outgoing) (typeset.Document, error) {
	a, m, who, people, err := r.subject(ctx, act, mention)
	if err != nil {
		return typeset.Document{}, err
	}
	n := typeset.MentionNotice{
		Head: typeset.Head{Authority: who.Letterhead(), Printed: r.j.Now()}, Reference: a.Number + "-" + fmt.Sprint(a.Year), To: o.To,
		EventText: event(m), On: a.typeset(), Kind: m.Label, Text: m.Text, Status: m.Status.typeset(), Sent: o.Sent.Time(), Receipt: o.Awaited, Officer: officer(people, m),
	}
	if t := o.On; t != nil {
		n.EventText += "\n" + n.On.Reference() + " (" + n.On.Person + "), en marge duquel la mention est apposée le " + french.Date(m.On.Time()) + "."
		n.On = typeset.Act{Kind: t.Kind.Name(), Number: t.Number, Year: t.Year, Commune: t.Commune, Person: t.Person, Born: t.Born.Time()}
		if o.Text != "" {
			n.Text = o.Text
		}
	}
	return n.Typeset(ctx)
}

func officer(people []authority.Person, m *Mention) (s typeset.Signature) {
	if p, known := authority.Find(people, m.Officer); known {
		s = typeset.Signature{Name: p.Name(), Quality: p.Title}
		if m.Capacity != "" {
			s.Quality = "Par délégation du maire (arrêté " + m.Capacity + ")"
		}
	}
	return s
}

// Reminder is the letter that asks for a receipt again.
func (r *Registry) Reminder(ctx context.Context, act, mention, notice string) (typeset.Document, error) {
	a, m, who, people, err := r.subject(ctx, act, mention)
	if err != nil {
		return typeset.Document{}, err
	}
	o := m.notice(notice)
	if o == nil {
		return typeset.Document{}, fmt.Errorf("notice %s: %w", notice, store.ErrNotFound)
	}
	on := a.typeset()
	if o.On != nil {
		on = typeset.Act{Kind: o.On.Kind.Name(), Number: o.On.Number, Year: o.On.Year, Person: o.On.Person}
	}
	return typeset.MentionLetter{
		Head: typeset.Head{Authority: who.Letterhead(), Printed: r.j.Now()}, To: o.To, Title: "Relance d’un avis de mention", Kind: m.Label, Sent: r.j.Now(), Officer: officer(people, m),
		Text: []string{
			"Je vous ai adressé le " + french.Date(o.Sent.Time()) + " un avis de mention («" + m.Label + "») à porter en marge de l’acte suivant : " + on.Reference() + ", " + on.Person + ".",
			"Sauf erreur de ma part, le récépissé ne m’est pas parvenu. Je vous remercie de me confirmer que la mention est apposée, ou de me dire ce qui s’y oppose.",
		},
	}.Typeset(ctx)
}

// Transmission is the letter that sends a notice on to who keeps the act.
func (r *Registry) Transmission(ctx context.Context, incoming string, to []string) (typeset.Document, error) {
	var n Incoming
	var who authority.Authority
	if err := r.j.Store().View(ctx, func(tx *store.Tx) (err error) {
		if n, err = readIncoming(tx, incoming); err != nil {
			return err
		}
		who, err = authority.Current(tx)
		return err
	}); err != nil {
		return typeset.Document{}, err
	}
	whose := strings.TrimSpace(n.FirstName + " " + strings.ToUpper(n.LastName))
	if n.Born != "" {
		whose += ", " + french.Date(n.Born.Time())
	}
	text := []string{
		"J’ai reçu le " + french.Date(n.Received.Time()) + " l’avis de mention ci-joint (" + n.From + "), qui concerne " + whose + ".",
		"L’acte sur lequel cette mention est à porter n’est pas tenu par ma commune. Je vous transmets cet avis pour l’apposer, en application de l’article 49 du code civil.",
	}
	if n.Why != "" {
		text = append(text, "Observation : "+n.Why)
	}
	return typeset.MentionLetter{
		Head: typeset.Head{Authority: who.Letterhead(), Printed: r.j.Now()}, To: to, Title: "Transmission d’un avis de mention", Kind: n.Reference, Sent: r.j.Now(), Text: text, Enclosed: "l’avis reçu",
	}.Typeset(ctx)
}

// event tells in words what gave rise to the mention.
func event(m *Mention) string {
	text := m.Label
	if date := m.Fields["date"]; date != "" {
		if m.Day != "" {
			date = french.Date(m.Day.Time())
		}
		text += " du " + date
	}
	if place := m.Fields["lieu"]; place != "" {
		text += ", " + cog.At(place)
	}
	if m.Source != "" {
		text += " — " + m.Source
	}
	return french.Tidy(text)
}
