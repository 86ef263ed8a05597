package vault

import (
	"context"
	"strings"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/store"
)

// Fill makes many files of one small content in one transaction, for benchmarks.
func (v *Vault) Fill(ctx context.Context, actor, space string, n int, name func(int) string) error {
	e, err := v.encrypt(ctx, actor, space, strings.NewReader("un courrier"))
	if err != nil {
		return err
	}
	for done := 0; done < n; done += 10_000 {
		_, err := v.j.Commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) {
			_, r, err := v.opened(tx, space)
			if err != nil {
				return nil, err
			}
			var drafts []journal.Draft
			for k := done; k < min(n, done+10_000); k++ {
				d, err := v.creation(r, PrefixItem+v.j.NewID(), space, place{Name: name(k)}, &e, v.j.Now())
				if err != nil {
					return nil, err
				}
				drafts = append(drafts, d)
			}
			return drafts, nil
		})
		if err != nil {
			return err
		}
	}
	return v.Refresh(ctx)
}
