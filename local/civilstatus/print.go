package civilstatus

import (
	"context"
	"fmt"
	"strings"

	"alpi40.fr/airial/local/authority"
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
	return typeset.MentionSheet{
		Head: typeset.Head{Authority: who.Letterhead(), Printed: r.j.Now()},
		Mentions: []typeset.Mention{{
			Kind: m.Label, Act: a.typeset(), Text: m.Text, Ending: who.Place + ", le …\nL’officier de l’état civil,",
			Status: m.Status.typeset(), Source: m.Basis, Due: m.Due.Time(),
		}},
	}.Typeset(ctx)
}

// Notice is the notice to another registrar or to the court's registry
// (Code civil, art. 49). to are the addressee's lines.
func (r *Registry) Notice(ctx context.Context, act, mention string, to []string) (typeset.Document, error) {
	a, m, who, people, err := r.subject(ctx, act, mention)
	if err != nil {
		return typeset.Document{}, err
	}
	n := typeset.MentionNotice{
		Head: typeset.Head{Authority: who.Letterhead(), Printed: r.j.Now()}, Reference: a.Number + "-" + fmt.Sprint(a.Year), To: to,
		EventText: event(m), On: a.typeset(), Kind: m.Label, Text: m.Text, Status: m.Status.typeset(), Sent: r.j.Now(),
	}
	if p, known := authority.Find(people, m.Officer); known {
		n.Officer = typeset.Signature{Name: p.Name(), Quality: p.Title}
	}
	return n.Typeset(ctx)
}

// event tells in words what gave rise to the mention.
func event(m *Mention) string {
	text := m.Label
	if date := m.Fields["date"]; date != "" {
		text += " du " + date
	}
	if place := m.Fields["lieu"]; place != "" {
		text += ", à " + place
	}
	if m.Source != "" {
		text += " (" + m.Source + ")"
	}
	return french.Tidy(text)
}
