package authority

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
)

// The assembly: its order of precedence, its seats, who leaves and who follows.

// Mandate is how a member was elected.
type Mandate struct {
	// Elected is the day of the election since the last general renewal, or of the entry of who follows on a list.
	Elected Day    `json:"elected,omitempty"`
	Votes   int    `json:"votes,omitempty"` // of the list, where one votes for lists
	List    string `json:"list,omitempty"`
	Place   int    `json:"place,omitempty"` // on the list; a candidate who was not elected has no rank
	// Office is the day of the election as mayor or deputy, OfficePlace the place on the deputies' list.
	Office      Day `json:"office,omitempty"`
	OfficePlace int `json:"officePlace,omitempty"`
	// Group is the political group; Seats the commissions and functions.
	Group       string   `json:"group,omitempty"`
	Commissions []string `json:"commissions,omitempty"`
	// Ended is why the mandate ended, on the day Until.
	Ended Ending `json:"ended,omitempty"`
}

// Ending is why a mandate ends.
type Ending string

// The endings.
const (
	Resigned  Ending = "resigned" // effective when the mayor receives it (CGCT, art. L2121-4)
	Died      Ending = "died"
	Annulled  Ending = "annulled" // by the judge of the election
	Dismissed Ending = "dismissed"
	TermOver  Ending = "term"
)

// Order is the assembly on a day in the order of precedence (ordre du tableau): the mayor, the deputies in the order of
// their election and of their list, the councillors by the day of their election, the votes, then age
// (CGCT, art. L2121-1, R2121-2 to R2121-4). Where a day is not known of all of them, it does not decide; the former rank does.
func Order(people []Person, day Day) []Person {
	var all []Person
	for _, p := range people {
		if p.Rank > 0 && p.SubstituteFor == "" && p.In(day) {
			all = append(all, p)
		}
	}
	slices.SortStableFunc(all, func(a, b Person) int {
		return cmp.Or(cmp.Compare(function(a), function(b)), cmp.Compare(a.Rank, b.Rank))
	})
	// Deputies and councillors each among themselves; what is not known of all of them does not decide.
	for i := 0; i < len(all); {
		n := i
		for n < len(all) && function(all[n]) == function(all[i]) {
			n++
		}
		rank(all[i:n])
		i = n
	}
	for i := range all {
		all[i].Rank = i + 1
	}
	return all
}

func rank(peers []Person) {
	every := func(day func(Person) Day) func(a, b Person) int {
		for _, p := range peers {
			if day(p) == "" {
				return func(Person, Person) int { return 0 }
			}
		}
		return func(a, b Person) int { return cmp.Compare(day(a), day(b)) }
	}
	office, elected := every(func(p Person) Day { return p.Mandate.Office }), every(func(p Person) Day { return p.Mandate.Elected })
	born := every(func(p Person) Day { return p.Born })
	slices.SortStableFunc(peers, func(a, b Person) int {
		if function(a) < councillor {
			return cmp.Or(office(a, b), cmp.Compare(a.Mandate.OfficePlace, b.Mandate.OfficePlace))
		}
		return cmp.Or(elected(a, b), cmp.Compare(b.Mandate.Votes, a.Mandate.Votes), born(a, b))
	})
}

const councillor = 2

func function(p Person) int {
	switch {
	case p.Has(RoleMayor):
		return 0
	case p.Has(RoleDeputy):
		return 1
	}
	return councillor
}

// Unordered tells what the order of precedence lacks to be computed: members whose day of election or
// of birth is not known.
func Unordered(people []Person, day Day) (names []string) {
	for _, p := range Order(people, day) {
		if p.Mandate.Elected == "" || p.Born == "" {
			names = append(names, p.Name())
		}
	}
	return names
}

// Successor is who follows a member on her list: the first candidate after the last one elected (code électoral, art.
// L270, for all communes since the renewal of 2026).
func Successor(people []Person, leaver Person) (Person, bool) {
	if leaver.Mandate.List == "" {
		return Person{}, false
	}
	var best Person
	for _, p := range people {
		m := p.Mandate
		if m.List == leaver.Mandate.List && m.Place > 0 && p.Rank == 0 && m.Elected == "" && m.Ended == "" && (best.ID == "" || m.Place < best.Mandate.Place) {
			best = p
		}
	}
	return best, best.ID != ""
}

// CheckEnding tells whether a mandate may end so: a councillor's resignation goes to the mayor and holds when it is received
// (CGCT, art. L2121-4); the mayor's and the deputies' go to the prefect, and hold when they are accepted (L2122-15).
func CheckEnding(p Person, why Ending, on Day, accepted bool) error {
	article := "CGCT, art. L2121-4"
	switch {
	case p.Rank == 0:
		return &rule.Refusal{Article: article, Why: p.Name() + " n’est pas membre de l’assemblée.", Cure: "Choisissez un membre de l’assemblée."}
	case on == "" || on < p.Since:
		return &rule.Refusal{Article: article, Why: "Le jour où le mandat prend fin manque, ou précède son début.", Cure: "Indiquez le jour de réception de la démission, du décès ou de la décision."}
	case p.Mandate.Ended != "":
		return &rule.Refusal{Article: article, Why: "Ce mandat a déjà pris fin.", Cure: "Corrigez la fiche si c’est une erreur."}
	case why == Resigned && (p.Has(RoleMayor) || p.Has(RoleDeputy)) && !accepted:
		return &rule.Refusal{
			Article: "CGCT, art. L2122-15", Why: "La démission du maire ou d’un adjoint est adressée au préfet, et définitive quand il l’a acceptée ou un mois après un nouvel envoi recommandé.",
			Cure: "Notez la fin du mandat une fois la démission acceptée.",
		}
	}
	return nil
}

// EndMandate ends a member's mandate on a day, which is the first without it.
func (r *Registry) EndMandate(ctx context.Context, actor, id string, why Ending, on Day, accepted bool) error {
	return r.change(ctx, actor, func(people []Person) ([]Person, error) {
		p, known := Find(people, id)
		if !known {
			return nil, fmt.Errorf("person %s: %w", id, store.ErrNotFound)
		}
		if err := CheckEnding(p, why, on, accepted); err != nil {
			return nil, err
		}
		p.Until, p.Mandate.Ended = on.Plus(-1), why
		return reranked(replaced(people, p), on), nil
	})
}

// Install seats who follows on a list, the last in the order of precedence.
func (r *Registry) Install(ctx context.Context, actor, id string, on Day) error {
	return r.change(ctx, actor, func(people []Person) ([]Person, error) {
		p, known := Find(people, id)
		if !known || p.Mandate.List == "" || p.Rank > 0 {
			return nil, &rule.Refusal{Article: "code électoral, art. L270", Why: "Cette personne n’est pas candidate d’une liste, ou siège déjà.", Cure: "Choisissez le suivant de la liste."}
		}
		if first, ok := Successor(people, p); !ok || first.ID != p.ID {
			return nil, &rule.Refusal{Article: "code électoral, art. L270", Why: first.Name() + " passe avant " + p.Name() + " sur la liste.", Cure: "Installez le suivant de la liste, ou notez qu’il renonce."}
		}
		last := 0
		for _, x := range people {
			last = max(last, x.Rank)
		}
		p.Rank, p.Since, p.Until, p.Mandate.Elected = last+1, on, "", on
		if !p.Has(RoleCouncillor) {
			p.Roles = append(p.Roles, RoleCouncillor)
		}
		if p.Title == "" {
			if p.Title = "Conseiller municipal"; p.Female() {
				p.Title = "Conseillère municipale"
			}
		}
		return reranked(replaced(people, p), on), nil
	})
}

// Rerank writes the order of precedence of a day.
func (r *Registry) Rerank(ctx context.Context, actor string, day Day) error {
	return r.change(ctx, actor, func(people []Person) ([]Person, error) { return reranked(people, day), nil })
}

// Enumerated is a population and the table that it comes from.
type Enumerated struct {
	Population int
	Source     string
	// Largest is the population of the most populated commune, for a grouping (L5211-1).
	Largest int
}

// Enumerate writes the population, which decides of the terms and of the seats, with the table that it comes from.
func (r *Registry) Enumerate(ctx context.Context, actor string, e Enumerated) error {
	e.Source = strings.TrimSpace(e.Source)
	if e.Population <= 0 || e.Population > 5_000_000 || e.Largest < 0 || e.Largest > e.Population || e.Source == "" {
		return &rule.Refusal{Article: "CGCT, art. R2151-1", Why: "La population est un nombre, et se cite avec sa source.", Cure: "Indiquez la population municipale authentifiée et le décret ou le tableau."}
	}
	_, err := r.j.Commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) {
		if err := r.may(tx, actor); err != nil {
			return nil, err
		}
		a, err := Current(tx)
		if err != nil {
			return nil, err
		}
		a.Population, a.PopulationSource, a.Largest = e.Population, e.Source, e.Largest
		return []journal.Draft{{Stream: "authority/" + a.ID, Kind: KindDescribed, Data: a}}, nil
	})
	return err
}

// BeKind writes what kind of authority it is: its assembly follows the rules of its kind from then on.
func (r *Registry) BeKind(ctx context.Context, actor string, kind Kind) error {
	if !slices.Contains(Kinds(), kind) {
		return &rule.Refusal{Why: "Cette sorte de collectivité n’est pas connue.", Cure: "Choisissez une commune, un CCAS, un EPCI ou un syndicat."}
	}
	_, err := r.j.Commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) {
		if err := r.may(tx, actor); err != nil {
			return nil, err
		}
		a, err := Current(tx)
		if err != nil || a.Kind == kind {
			return nil, err
		}
		a.Kind = kind
		if known := Proposed(a.ID, kind, a.INSEE); known.Largest > 0 {
			a.Largest = known.Largest
		}
		return []journal.Draft{{Stream: "authority/" + a.ID, Kind: KindDescribed, Data: a}}, nil
	})
	return err
}

// Self gives the authority.
func (r *Registry) Self(ctx context.Context) (a Authority, err error) {
	err = r.j.Store().View(ctx, func(tx *store.Tx) error { a, err = Current(tx); return err })
	return a, err
}

// change writes who changed among the people.
func (r *Registry) change(ctx context.Context, actor string, do func([]Person) ([]Person, error)) error {
	_, err := r.j.Commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) {
		if err := r.may(tx, actor); err != nil {
			return nil, err
		}
		before, err := People(tx)
		if err != nil {
			return nil, err
		}
		after, err := do(slices.Clone(before))
		if err != nil {
			return nil, err
		}
		var drafts []journal.Draft
		for _, p := range after {
			if was, known := Find(before, p.ID); !known || !same(was, p) {
				drafts = append(drafts, journal.Draft{Stream: "person/" + p.ID, Kind: KindPerson, Data: p})
			}
		}
		return drafts, nil
	})
	return err
}

func same(a, b Person) bool {
	return a.Rank == b.Rank && a.Since == b.Since && a.Until == b.Until && a.Title == b.Title && slices.Equal(a.Roles, b.Roles) && a.Mandate.equal(b.Mandate)
}

func (m Mandate) equal(o Mandate) bool {
	return slices.Equal(m.Commissions, o.Commissions) && m.Elected == o.Elected && m.Votes == o.Votes && m.List == o.List && m.Place == o.Place &&
		m.Office == o.Office && m.OfficePlace == o.OfficePlace && m.Group == o.Group && m.Ended == o.Ended
}

func replaced(people []Person, p Person) []Person {
	for i := range people {
		if people[i].ID == p.ID {
			people[i] = p
		}
	}
	return people
}

// reranked gives the people with the ranks of a day; who has left keeps hers.
func reranked(people []Person, day Day) []Person {
	for _, p := range Order(people, day) {
		people = replaced(people, p)
	}
	return people
}
