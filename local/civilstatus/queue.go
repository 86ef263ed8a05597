package civilstatus

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/store"
)

// View is a part of the queue of what civil status asks for.
type View string

// The views: «À préparer», «À vérifier», «À apposer», «Avis à envoyer», «Récépissés attendus», «Avis reçus», «Décès signalés».
const (
	ViewIncoming View = "incoming"
	ViewPrepare  View = "prepare"
	ViewVerify   View = "verify"
	ViewAffix    View = "affix"
	ViewSend     View = "send"
	ViewReceipts View = "receipts"
	ViewDeaths   View = "deaths" // suggested by the file of INSEE
)

// Views are in the order of the life of a mention.
func Views() []View {
	return []View{ViewIncoming, ViewPrepare, ViewVerify, ViewAffix, ViewSend, ViewReceipts, ViewDeaths}
}

// Line is one thing of the queue: a notice that came; a mention with the act and, for a receipt, the notice; a death that
// is suggested, with the birth act.
type Line struct {
	View     View
	Incoming *Incoming
	Act      *Act
	Mention  *Mention
	Notice   *Outgoing
	Death    *Demise
	Due      authority.Day
	Late     bool
}

// maxQueue bounds what is read of the queue.
const maxQueue = 5000

// Queue is what civil status asks for today, what is due first at the top.
func (r *Registry) Queue(ctx context.Context) (lines []Line, err error) {
	today := authority.DayOf(r.j.Now())
	err = r.j.Store().View(ctx, func(tx *store.Tx) error {
		came, err := store.All(tx, `SELECT data FROM civil_incoming WHERE open > 0 ORDER BY received LIMIT ?`, []any{maxQueue}, store.Decoded[Incoming])
		if err != nil {
			return err
		}
		for i := range came {
			n := &came[i]
			view := ViewIncoming
			if n.State == Matched {
				view = ViewPrepare
			}
			l := Line{View: view, Incoming: n, Due: n.Due}
			if n.Act != "" {
				if l.Act, err = read(tx, n.Act); err != nil {
					return err
				}
			}
			lines = append(lines, l)
		}
		acts, err := store.All(tx, `SELECT data FROM act WHERE waiting > 0 UNION ALL SELECT data FROM act WHERE following > 0 AND waiting = 0 LIMIT ?`, []any{maxQueue}, store.Decoded[Act])
		for i := range acts {
			lines = append(lines, acts[i].lines()...)
		}
		if err != nil {
			return err
		}
		found, err := store.All(tx, `SELECT data FROM civil_death WHERE open > 0 ORDER BY id LIMIT ?`, []any{maxQueue}, store.Decoded[Demise])
		for i := range found {
			a, err := read(tx, found[i].Act)
			switch {
			case errors.Is(err, store.ErrNotFound):
				continue
			case err != nil:
				return err
			}
			if a.count(deaths, "") == 0 { // else its notice came
				lines = append(lines, Line{View: ViewDeaths, Act: a, Death: &found[i]})
			}
		}
		return err
	})
	for i := range lines {
		lines[i].Late = lines[i].Due != "" && lines[i].Due < today
	}
	slices.SortStableFunc(lines, func(a, b Line) int { return cmp.Compare(cmp.Or(a.Due, "9999"), cmp.Or(b.Due, "9999")) })
	return lines, err
}

// lines are what an act asks for.
func (a *Act) lines() (out []Line) {
	for i := range a.Mentions {
		m := &a.Mentions[i]
		switch m.State {
		case Prepared:
			out = append(out, Line{View: ViewVerify, Act: a, Mention: m, Due: m.Due})
		case ToAffix:
			out = append(out, Line{View: ViewAffix, Act: a, Mention: m, Due: m.Due})
		case Affixed:
			if !m.Closed {
				out = append(out, Line{View: ViewSend, Act: a, Mention: m, Due: m.On.Plus(affixDays)})
			}
		}
		if m.On != "" && m.Analysis && !m.Crossed {
			out = append(out, Line{View: ViewAffix, Act: a, Mention: m, Due: m.On})
		}
		for k := range m.Notices {
			if o := &m.Notices[k]; o.Awaited && o.Receipt == "" {
				out = append(out, Line{View: ViewReceipts, Act: a, Mention: m, Notice: o, Due: o.Due})
			}
		}
	}
	return out
}
