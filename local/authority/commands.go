package authority

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
)

// The kinds of entries.
const (
	KindDescribed = "authority.described"
	KindPerson    = "person.described"
	KindDelegated = "delegation.granted"
	KindWithdrawn = "delegation.withdrawn"
)

// Registry is the authority's people on one laptop.
type Registry struct{ j *journal.Journal }

// New gives the registry that a journal holds; the journal has Projection.
func New(j *journal.Journal) *Registry { return &Registry{j: j} }

// Describe writes what the authority is.
func (r *Registry) Describe(ctx context.Context, actor string, a Authority) error {
	if err := r.describable(a); err != nil {
		return err
	}
	return r.write(ctx, actor, journal.Draft{Stream: "authority/" + a.ID, Kind: KindDescribed, Data: a})
}

// Found describes an authority that nobody described yet, with the first of its
// people, who describes herself; it gives her id. Both are written, or neither.
func (r *Registry) Found(ctx context.Context, a Authority, first Person) (id string, err error) {
	if err := r.describable(a); err != nil {
		return "", err
	}
	if err := nameable(first); err != nil {
		return "", err
	}
	first.ID = r.j.NewID()
	_, err = r.j.Commit(ctx, first.ID, func(tx *store.Tx) ([]journal.Draft, error) {
		if _, err := Current(tx); !errors.Is(err, store.ErrNotFound) {
			return nil, errors.Join(&rule.Refusal{Why: "Cette collectivité est déjà décrite.", Cure: "Fermez puis rouvrez Airial."}, err)
		}
		return []journal.Draft{
			{Stream: "person/" + first.ID, Kind: KindPerson, Data: first}, {Stream: "authority/" + a.ID, Kind: KindDescribed, Data: a},
		}, nil
	})
	return first.ID, err
}

// Put writes what a person is, new or changed. The id is made when empty.
func (r *Registry) Put(ctx context.Context, actor string, p Person) (id string, err error) {
	if err := describesWell(p); err != nil {
		return "", err
	}
	if p.ID == "" {
		p.ID = r.j.NewID()
	}
	_, err = r.j.Commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) {
		if err := r.may(tx, actor); err != nil {
			return nil, err
		}
		people, err := People(tx)
		if err != nil {
			return nil, err
		}
		return []journal.Draft{{Stream: "person/" + p.ID, Kind: KindPerson, Data: p}}, CheckTwice(people, p)
	})
	return p.ID, err
}

// Grant writes a delegation; the order that grants it is required (CGCT, art. L2122-18).
func (r *Registry) Grant(ctx context.Context, actor string, d Delegation) (id string, err error) {
	if err := grantable(d); err != nil {
		return "", err
	}
	if d.ID == "" {
		d.ID = r.j.NewID()
	}
	return d.ID, r.write(ctx, actor, journal.Draft{Stream: "delegation/" + d.ID, Kind: KindDelegated, Data: d})
}

// Withdraw ends a delegation on a day, which is the first without it (CGCT, art. L2122-20).
func (r *Registry) Withdraw(ctx context.Context, actor, id string, on Day) error {
	_, err := r.j.Commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) {
		if err := r.may(tx, actor); err != nil {
			return nil, err
		}
		if version, _, err := journal.Head(tx, "delegation/"+id); err != nil || version == 0 {
			return nil, fmt.Errorf("delegation %s: %w", id, store.ErrNotFound)
		}
		return []journal.Draft{{Stream: "delegation/" + id, Kind: KindWithdrawn, Data: withdrawn{On: on}}}, nil
	})
	return err
}

type withdrawn struct {
	On Day `json:"on"`
}

func (r *Registry) write(ctx context.Context, actor string, d journal.Draft) error {
	_, err := r.j.Commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) {
		return []journal.Draft{d}, r.may(tx, actor)
	})
	return err
}

func (r *Registry) describable(a Authority) error {
	if a.ID != r.j.Authority() || a.Name == "" {
		return &rule.Refusal{Why: "La collectivité décrite n’est pas celle de ce fichier, ou n’a pas de nom.", Cure: "Vérifiez le SIREN et le nom."}
	}
	return nil
}

func nameable(p Person) error {
	if strings.TrimSpace(p.LastName) == "" || strings.TrimSpace(p.FirstName) == "" {
		return &rule.Refusal{Why: "Le nom et le prénom sont nécessaires.", Cure: "Complétez la fiche."}
	}
	return nil
}

func (r *Registry) may(tx *store.Tx, actor string) error {
	people, err := People(tx)
	if err != nil {
		return err
	}
	return MayAdminister(people, actor, DayOf(r.j.Now()))
}

// Everyone gives the people, in the order of precedence and then by name, and the delegations.
func (r *Registry) Everyone(ctx context.Context) (people []Person, delegations []Delegation, err error) {
	err = r.j.Store().View(ctx, func(tx *store.Tx) (err error) {
		if people, err = People(tx); err != nil {
			return err
		}
		delegations, err = Delegations(tx)
		return err
	})
	return people, delegations, err
}
