package authority

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
)

// ErrNotAgain: what was kept aside is not of the sort that may be done again as it is.
var ErrNotAgain = errors.New("this entry is not done again")

// MayAgain tells whether the description of a person, of the authority or of a delegation that was kept aside may
// take its place after what stands. It is judged by the rules when it is done.
func MayAgain(c *journal.Conflict) bool {
	switch c.Contested[len(c.Contested)-1].Kind {
	case KindPerson, KindDescribed, KindDelegated, KindWithdrawn:
		return true
	}
	return false
}

// DoAgain settles the conflict of «person/…», «authority/…» or «delegation/…»: what was kept aside is written anew after what
// stands, in actor's name, as any other change. Errors: journal.ErrSettled, ErrNotAgain, a refusal.
func (r *Registry) DoAgain(ctx context.Context, actor, stream, note string) error {
	_, err := r.j.Settle(ctx, actor, stream, note, func(tx *store.Tx) ([]journal.Draft, error) {
		c, err := journal.ConflictOf(tx, stream)
		if err != nil {
			return nil, err
		}
		if err := r.may(tx, actor); err != nil {
			return nil, err
		}
		last := c.Contested[len(c.Contested)-1]
		return []journal.Draft{{Stream: stream, Kind: last.Kind, Data: json.RawMessage(last.Data)}}, r.judge(tx, &last)
	})
	return err
}

// judge holds what was kept aside against the rules of what it does.
func (r *Registry) judge(tx *store.Tx, rec *journal.Record) error {
	switch rec.Kind {
	case KindPerson:
		var p Person
		if err := json.Unmarshal(rec.Data, &p); err != nil {
			return fmt.Errorf("reading entry %s: %w", rec.ID, err)
		}
		people, err := People(tx)
		if err != nil {
			return err
		}
		return errors.Join(describesWell(p), CheckTwice(people, p))
	case KindDescribed:
		var a Authority
		if err := json.Unmarshal(rec.Data, &a); err != nil {
			return fmt.Errorf("reading entry %s: %w", rec.ID, err)
		}
		return r.describable(a)
	case KindDelegated:
		var d Delegation
		if err := json.Unmarshal(rec.Data, &d); err != nil {
			return fmt.Errorf("reading entry %s: %w", rec.ID, err)
		}
		return grantable(d)
	case KindWithdrawn:
		return nil
	}
	return ErrNotAgain
}

// describesWell judges the description of a person by itself.
func describesWell(p Person) error {
	if err := nameable(p); err != nil {
		return err
	}
	if p.Until != "" && p.Until < p.Since {
		return &rule.Refusal{Why: "La fonction finit avant de commencer.", Cure: "Corrigez les dates."}
	}
	return nil
}

// grantable judges a delegation by itself (CGCT, art. L2122-18).
func grantable(d Delegation) error {
	if d.Kind == Delegated && strings.TrimSpace(d.Order) == "" {
		return &rule.Refusal{
			Article: "CGCT, art. L2122-18", Why: "Une délégation se donne par un arrêté, dont la référence manque.",
			Cure: "Indiquez le numéro et la date de l’arrêté.",
		}
	}
	if d.From == d.To || d.From == "" || d.To == "" {
		return &rule.Refusal{Article: "CGCT, art. L2122-18", Why: "La délégation doit nommer deux personnes différentes.", Cure: "Choisissez qui délègue et à qui."}
	}
	return nil
}
