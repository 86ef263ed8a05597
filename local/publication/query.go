package publication

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/typeset/french"
)

// Board is all acts with where they are, and what is needed to judge them.
type Board struct {
	Authority authority.Authority
	Settings  Settings
	Acts      []Publication // the latest first
}

// Publisher makes the acts of one authority public, on one laptop.
type Publisher struct {
	j *journal.Journal
	c *council.Council
}

// New gives the publisher of a journal that has Projections.
func New(j *journal.Journal, c *council.Council) *Publisher { return &Publisher{j: j, c: c} }

func (p *Publisher) today() authority.Day { return authority.DayOf(p.j.Now()) }

// Board gives everything: what the council decided and nobody has published yet too.
func (p *Publisher) Board(ctx context.Context) (b Board, err error) {
	deliberations, err := p.c.Deliberations(ctx)
	if err != nil {
		return b, err
	}
	sittings, err := p.c.Sittings(ctx)
	if err != nil {
		return b, err
	}
	known := map[string]Publication{}
	var people []authority.Person
	err = p.j.Store().View(ctx, func(tx *store.Tx) error {
		if b.Authority, err = authority.Current(tx); err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		if b.Settings, err = settings(tx); err != nil {
			return err
		}
		if people, err = authority.People(tx); err != nil {
			return err
		}
		rows, err := store.All(tx, `SELECT data FROM publication`, nil, store.Decoded[Publication])
		for _, r := range rows {
			known[r.ID] = r
		}
		return err
	})
	if err != nil {
		return b, fmt.Errorf("reading the publications: %w", err)
	}
	offer := func(act Act, original *store.Digest) {
		r := known[act.ID]
		delete(known, act.ID)
		if r.At.IsZero() {
			if r.Masked {
				act.Subject = r.Subject
			}
			r.Act, r.Original = act, original
		}
		b.Acts = append(b.Acts, r)
	}
	for _, d := range deliberations {
		if d.Record != nil && d.Record.Vote.Adopted {
			offer(deliberationAct(d, people), d.Signed)
		}
	}
	for _, s := range sittings {
		if s.Closed {
			offer(listAct(s, people), nil)
		}
	}
	for _, r := range known {
		if r.Subject != "" { // else a deliberation that is not here yet
			b.Acts = append(b.Acts, r)
		}
	}
	slices.SortFunc(b.Acts, func(x, y Publication) int {
		return cmp.Or(cmp.Compare(y.Adopted, x.Adopted), cmp.Compare(y.Number, x.Number), cmp.Compare(x.ID, y.ID))
	})
	return b, nil
}

// Act gives one. store.ErrNotFound.
func (p *Publisher) Act(ctx context.Context, id string) (Publication, error) {
	b, err := p.Board(ctx)
	if err != nil {
		return Publication{}, err
	}
	return b.Act(id)
}

// Act gives one of the board. store.ErrNotFound.
func (b Board) Act(id string) (Publication, error) {
	for _, a := range b.Acts {
		if a.ID == id {
			return a, nil
		}
	}
	return Publication{}, fmt.Errorf("act %s: %w", id, store.ErrNotFound)
}

// Due is how many acts wait to be made public or notified.
func (b Board) Due(today authority.Day) (n int) {
	for _, a := range b.Acts {
		if s := a.StateOn(today); s == ToPublish || s == ToNotify || s == Urgent {
			n++
		}
	}
	return n
}

// Waiting counts what is to be made public.
func (p *Publisher) Waiting(ctx context.Context) (int, error) {
	b, err := p.Board(ctx)
	return b.Due(p.today()), err
}

// DeliberationID and ListID name the acts of a deliberation and of a sitting.
func DeliberationID(deliberation string) string { return "deliberation-" + deliberation }

// ListID names the list of the deliberations of a sitting.
func ListID(sitting string) string { return "list-" + sitting }

// ListOnline is the day on which the list of a sitting was put online, "" when it was not (CGCT, art. L2121-25).
func ListOnline(tx *store.Tx, sitting string) (authority.Day, error) {
	p, err := row(tx, ListID(sitting))
	if err != nil || p == nil || p.At.IsZero() || p.Way != council.Electronic {
		return "", err
	}
	return authority.DayOf(p.At), nil
}

func deliberationAct(d council.Deliberation, people []authority.Person) Act {
	s, v := d.Record.Sitting, d.Record.Vote
	return Act{
		ID: DeliberationID(d.ID), Kind: Deliberation, Source: d.ID, Number: d.Number, Subject: d.Text.Subject(), Adopted: authority.DayOf(s.At), Sitting: s.At,
		Author: mayorOf(s, people),
		Votes:  &Votes{InExercise: len(s.Members), Voters: v.Voters(), For: v.Figures.For, Against: v.Figures.Against, Abstained: v.Figures.Abstained},
	}
}

func listAct(s council.Sitting, people []authority.Person) Act {
	return Act{
		ID: ListID(s.ID), Kind: List, Source: s.ID, Subject: "Liste des délibérations de la séance du " + french.Date(s.At), Adopted: authority.DayOf(s.At), Sitting: s.At,
		Author: mayorOf(s, people),
	}
}

// mayorOf is who signs the acts of a sitting (CGCT, art. L2121-23).
func mayorOf(s council.Sitting, people []authority.Person) Author {
	for _, m := range s.Members {
		if !m.Mayor {
			continue
		}
		a := Author{Quality: m.Title}
		if p, known := authority.Find(people, m.ID); known {
			a.First, a.Last = p.FirstName, p.LastName
		}
		return a
	}
	return Author{}
}

// items are the affairs of a sitting with what became of them (L2121-25).
func items(s council.Sitting, deliberations []council.Deliberation) []Item {
	var out []Item
	for _, x := range s.Agenda {
		item := Item{Deliberation: x.Deliberation, Subject: x.Subject}
		for _, d := range deliberations {
			if d.ID == x.Deliberation {
				item.Number, item.Subject = d.Number, cmp.Or(d.Text.Subject(), x.Subject)
			}
		}
		outcome, votes := s.Fate(x.Deliberation)
		if item.Outcome = outcome; votes != "" {
			item.Outcome += " : " + votes
		}
		out = append(out, item)
	}
	return out
}
