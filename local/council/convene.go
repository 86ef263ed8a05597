package council

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
)

// Convene is a new sitting.
type Convene struct {
	At       time.Time
	Place    string
	Convened authority.Day
	Posted   authority.Day
	Urgent   bool
	Second   bool
	// First after a general renewal; Elected is the day on which the council was elected whole (L2121-7).
	First   bool
	Elected authority.Day
	// Demanded by the prefect or by members, on that day (L2121-9).
	Demanded authority.Day
	// After is the sitting without quorum that a second summons takes up.
	After  string
	Remote *Remote
	Agenda []string // deliberations, in order
	// Prepared is the agenda in preparation whose points are announced, in the place of Agenda; its summons closes it.
	Prepared string
	// Points tell more of some of them, by deliberation.
	Points map[string]Point
}

// Point is what a summons says of a deliberation beside its subject.
type Point struct {
	Reporter string // member
	Opinions []Opinion
	Election bool // of the mayor or of deputies
	Eldest   bool // the eldest presides: the election of the mayor
	Budget   bool // the initial budget
	Oral     bool // an oral question, without a vote
}

// Plan tells whether a sitting may be convened so, and the calculation of its term, without convening it.
func (c *Council) Plan(ctx context.Context, in Convene) (s Summons, err error) {
	err = c.j.Store().View(ctx, func(tx *store.Tx) error {
		_, s, err = plan(tx, in)
		return err
	})
	return s, err
}

func plan(tx *store.Tx, in Convene) (a authority.Authority, s Summons, err error) {
	if a, err = authority.Current(tx); err != nil {
		return a, s, fmt.Errorf("reading the authority: %w", err)
	}
	day := authority.DayOf(in.At)
	if in.Second {
		var former *Sitting
		if in.After != "" {
			if former, err = sitting(tx, in.After); err != nil {
				return a, s, err
			}
		}
		if err := CheckSecond(former, in.Urgent, in.Agenda); err != nil {
			return a, s, err
		}
	}
	if in.Remote != nil {
		if err := errors.Join(CheckRemote(a.Kind, day), CheckLink(in.Remote)); err != nil {
			return a, s, err
		}
	}
	if err := CheckDemanded(in.Demanded, day); err != nil {
		return a, s, err
	}
	if in.First && a.Kind == authority.Commune {
		s, err = CheckFirst(in.Elected, in.Convened, day)
		return a, s, err
	}
	if in.Urgent && !BodyOf(a.Kind).Urgency {
		return a, s, &rule.Refusal{Article: "CASF, art. R123-16", Why: "Aucun texte ne permet d’abréger ce délai.", Cure: "Convoquez dans le délai ordinaire."}
	}
	s, err = CheckSummons(a.Kind, a.Threshold(), in.Convened, day, in.Urgent, in.Second)
	return a, s, err
}

// Convene makes a sitting with the members in exercise that day. A summons that
// is too late is refused (CGCT, art. L2121-11, L2121-12).
func (c *Council) Convene(ctx context.Context, actor string, in Convene) (id string, err error) {
	id = c.j.NewID()
	_, err = c.j.Commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) {
		var items []Item
		var beside []journal.Draft
		if in.Prepared != "" {
			if items, beside, err = c.announce(tx, in.Prepared, id); err != nil {
				return nil, err
			}
			in.Agenda = nil
			for _, item := range items {
				in.Agenda = append(in.Agenda, item.Deliberation)
			}
		}
		a, summons, err := plan(tx, in)
		if err != nil {
			return nil, err
		}
		s := Sitting{ID: id, At: in.At, Place: in.Place, Convened: in.Convened, Posted: in.Posted, Urgent: in.Urgent, Second: in.Second, Summons: summons,
			Kind: a.Kind, First: in.First, Demanded: in.Demanded, After: in.After, Remote: in.Remote}
		if s.Members, s.Substitutes, err = members(tx, authority.DayOf(in.At)); err != nil {
			return nil, err
		}
		s.Chair = s.mayor()
		if s.Agenda = items; in.Prepared == "" {
			if s.Agenda, err = c.items(tx, in); err != nil {
				return nil, err
			}
		}
		if len(s.Agenda) > maxPoints {
			return nil, errPoints()
		}
		return append(beside, journal.Draft{Stream: "sitting/" + id, Kind: KindConvened, Data: s}), nil
	})
	return id, err
}

// items are the points that a summons announces.
func (c *Council) items(tx *store.Tx, in Convene) (all []Item, err error) {
	for _, d := range in.Agenda {
		item, err := c.item(tx, d)
		if err != nil {
			return nil, err
		}
		all = append(all, item.with(in.Points[d]))
	}
	return all, nil
}

const maxPoints = 300

func (c *Council) item(tx *store.Tx, id string) (Item, error) {
	d, err := current(tx, id)
	if err != nil {
		return Item{}, err
	}
	accounts, nomination, err := c.flags(tx, d.Text.Template)
	if err != nil {
		return Item{}, err
	}
	said, err := advised(tx, id)
	return Item{Deliberation: id, Subject: d.Text.Subject(), Accounts: accounts, Nomination: nomination, Opinions: said}, err
}

func (i Item) with(p Point) Item {
	i.Reporter, i.Election, i.Eldest, i.Budget, i.Oral = p.Reporter, p.Election, p.Eldest, p.Budget, p.Oral
	if len(p.Opinions) > 0 { // else those that the commissions' register has
		i.Opinions = p.Opinions
	}
	return i
}

// members are the assembly's on a day in the order of precedence, and their substitutes.
func members(tx *store.Tx, day authority.Day) (all, substitutes []Member, err error) {
	people, err := authority.People(tx)
	for _, p := range people {
		m := Member{ID: p.ID, Name: p.Name(), Title: p.Title, Rank: p.Rank, Mayor: p.Has(authority.RoleMayor), Born: p.Born, For: p.SubstituteFor}
		switch {
		case !p.In(day):
		case m.For != "":
			substitutes = append(substitutes, m)
		case p.Rank > 0:
			all = append(all, m)
		}
	}
	return all, substitutes, err
}

type ordered struct {
	Agenda []Item `json:"agenda"`
}

// Order sets the agenda of a sitting that has not begun in another order, with the reporters and the
// commissions' opinions as they are now. Points come and go by a summons alone (CGCT, art. L2121-10).
func (c *Council) Order(ctx context.Context, actor, id string, agenda []Item) error {
	return c.commit(ctx, actor, "sitting/"+id, KindOrdered, nil, func(tx *store.Tx) (any, error) {
		s, err := sitting(tx, id)
		if err != nil {
			return nil, err
		}
		kept := map[string]Item{}
		for _, item := range s.Agenda {
			kept[item.Deliberation] = item
		}
		out := ordered{}
		for _, item := range agenda {
			have, on := kept[item.Deliberation]
			if !on {
				return nil, CheckAgenda(*s, item.Deliberation)
			}
			delete(kept, item.Deliberation)
			have.Reporter, have.Opinions, have.Election, have.Eldest, have.Budget, have.Oral = item.Reporter, item.Opinions, item.Election, item.Eldest, item.Budget, item.Oral
			out.Agenda = append(out.Agenda, have)
		}
		switch {
		case s.Closed:
			return nil, errEnded()
		case len(kept) > 0:
			return nil, &rule.Refusal{Article: "CGCT, art. L2121-10", Why: "Un point annoncé ne disparaît pas de l’ordre du jour.", Cure: "Retirez-le ou ajournez-le en séance."}
		}
		return out, nil
	})
}

// Supplement adds a point to a sitting by a further summons (CGCT, art. L2121-10 to L2121-12).
func (c *Council) Supplement(ctx context.Context, actor, id, deliberation string, sent authority.Day, urgent bool, p Point) error {
	_, err := c.j.Commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) {
		s, err := sitting(tx, id)
		if err != nil {
			return nil, err
		}
		a, err := authority.Current(tx)
		if err != nil {
			return nil, fmt.Errorf("reading the authority: %w", err)
		}
		if _, on := s.Item(deliberation); on {
			return nil, &rule.Refusal{Article: "CGCT, art. L2121-10", Why: "Ce point est déjà à l’ordre du jour.", Cure: "Rien n’est à ajouter."}
		}
		if _, err := CheckSupplement(*s, a.Kind, a.Threshold(), sent, urgent); err != nil {
			return nil, err
		}
		item, err := c.item(tx, deliberation)
		if err != nil {
			return nil, err
		}
		item = item.with(p)
		item.Supplement, item.Urgent = sent, urgent
		return []journal.Draft{{Stream: "sitting/" + id, Kind: KindPointAdded, Data: item}}, nil
	})
	return err
}

// Reporters gives the members in exercise on a day, among whom the reporters are.
func (c *Council) Reporters(ctx context.Context, day authority.Day) (all []Member, err error) {
	err = c.j.Store().View(ctx, func(tx *store.Tx) error { all, _, err = members(tx, day); return err })
	return all, err
}

type roster struct {
	Members     []Member `json:"members"`
	Substitutes []Member `json:"substitutes,omitempty"`
	Chair       string   `json:"chair"`
}

// CallMembers takes the members in exercise anew, before the sitting begins: one who resigned or died
// since the summons no longer counts, who followed her does (CGCT, art. L2121-4, L2121-17).
func (c *Council) CallMembers(ctx context.Context, actor, id string) error {
	_, err := c.j.Commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) {
		s, err := sitting(tx, id)
		if err != nil {
			return nil, err
		}
		var now Sitting
		if now.Members, now.Substitutes, err = members(tx, authority.DayOf(s.At)); err != nil {
			return nil, err
		}
		if s.Began() || slices.Equal(s.Members, now.Members) && slices.Equal(s.Substitutes, now.Substitutes) {
			return nil, nil
		}
		return []journal.Draft{{Stream: "sitting/" + id, Kind: KindRostered, Data: roster{now.Members, now.Substitutes, now.mayor()}}}, nil
	})
	return err
}
