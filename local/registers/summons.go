package registers

import (
	"context"
	"fmt"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/typeset"
)

// PrintSummons sets the summons of one member, or of one substitute: her letter, the form of proxy, and the explanatory
// note where the law asks for it. Error: store.ErrNotFound when she is not of the assembly.
func (r *Registers) PrintSummons(ctx context.Context, sitting, member string) (typeset.Document, error) {
	var a authority.Authority
	var rec Record
	err := r.view(ctx, func(tx *store.Tx) error {
		s, err := council.SittingByID(tx, sitting)
		if err != nil {
			return err
		}
		if a, err = authority.Current(tx); err != nil {
			return err
		}
		rec, err = r.record(tx, *s, nil)
		return err
	})
	if err != nil {
		return typeset.Document{}, err
	}
	m, known := rec.Sitting.Member(member)
	if !known {
		return typeset.Document{}, fmt.Errorf("member %s: %w", member, store.ErrNotFound)
	}
	out := r.summons(typeset.Head{Authority: a.Letterhead(), Printed: r.j.Now()}, rec)
	out.To = []typeset.Recipient{{Name: m.Name, Title: m.Title}}
	return out.Typeset(ctx)
}
