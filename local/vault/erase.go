package vault

import (
	"context"
	"errors"
	"time"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/store"
)

// Erase has things of the trash erased for good, with all that is in them: every laptop lets go of their contents. All of
// them, or none. Error: a refusal.
func (v *Vault) Erase(ctx context.Context, actor string, ids ...string) error {
	return v.commit(ctx, actor, func(tx *store.Tx) (drafts []journal.Draft, err error) {
		for _, id := range ids {
			i, err := v.item(tx, id)
			if err != nil {
				return nil, err
			}
			more, err := v.erasing(tx, actor, i)
			if err != nil {
				return nil, err
			}
			drafts = append(drafts, more...)
		}
		return drafts, nil
	})
}

// EmptyTrash erases for good what has lain in the trash of a space for long enough, and tells how many things that were; soon
// is when the next one may go, zero for none. Error: a refusal when actor may not.
func (v *Vault) EmptyTrash(ctx context.Context, actor, space string) (n int, soon time.Time, err error) {
	all, err := v.Trashed(ctx, actor, space, -1)
	if err != nil {
		return 0, soon, err
	}
	var due []string
	for _, i := range all {
		if at := i.Since.Add(TrashDelay); !at.After(v.j.Now()) {
			due = append(due, i.ID)
		} else if soon.IsZero() || at.Before(soon) {
			soon = at
		}
	}
	if len(due) == 0 {
		err := v.j.Store().View(ctx, func(tx *store.Tx) error {
			s, _, err := v.opened(tx, space)
			if err == nil && len(all) > 0 {
				err = MayErase(s.public(), all[len(all)-1], actor, v.j.Now())
			}
			return err
		})
		return 0, soon, err
	}
	return len(due), soon, v.Erase(ctx, actor, due...)
}

// erasing drafts the erasing of an item and of what is in it.
func (v *Vault) erasing(tx *store.Tx, actor string, i Item) (drafts []journal.Draft, err error) {
	s, _, err := v.opened(tx, i.Space)
	if err != nil {
		return nil, err
	}
	row, err := store.GetDecoded[itemRow](tx, `SELECT data FROM vault_item WHERE id = ?`, i.ID)
	if err != nil {
		return nil, err
	}
	i.Since = row.Since
	if err := MayErase(s.public(), i, actor, v.j.Now()); err != nil {
		return nil, err
	}
	inside, err := below(tx, i.ID)
	if err != nil {
		return nil, err
	}
	for _, id := range inside {
		drafts = append(drafts, journal.Draft{Stream: PrefixItem + id, Kind: KindErased, Data: erased{With: i.ID}})
	}
	return drafts, nil
}

// below gives an item and all that stands in it, itself first.
func below(tx *store.Tx, id string) ([]string, error) {
	return store.All(tx, `WITH RECURSIVE inside (item, depth) AS (
			SELECT ?1, 0
			UNION SELECT o.item, inside.depth + 1 FROM vault_open o JOIN vault_open f ON o.space = f.space AND o.shown = f.item
				JOIN inside ON f.item = inside.item WHERE inside.depth < ?2)
		SELECT item FROM inside GROUP BY item ORDER BY min(depth), item`, []any{id, deepest},
		func(scan func(...any) error) (id string, err error) { return id, scan(&id) })
}

// Streams gives the streams of things and of all that is in them, as their laptops know them; what is no more has none.
func (v *Vault) Streams(ctx context.Context, ids ...string) (streams []string, err error) {
	err = v.j.Store().View(ctx, func(tx *store.Tx) error {
		for _, id := range ids {
			if _, err := v.item(tx, id); errors.Is(err, store.ErrNotFound) {
				continue
			} else if err != nil {
				return err
			}
			inside, err := below(tx, id)
			if err != nil {
				return err
			}
			for _, i := range inside {
				streams = append(streams, PrefixItem+i)
			}
		}
		return nil
	})
	return streams, err
}

// Gone gives contents of what was erased that this computer has yet to let go of. A content that a file still has (a version
// that two laptops wrote apart) is none.
func (v *Vault) Gone(ctx context.Context, limit int) (digests []store.Digest, err error) {
	err = v.j.Store().View(ctx, func(tx *store.Tx) error {
		words, err := store.All(tx, `SELECT g.digest FROM vault_gone g WHERE g.done = 0 AND NOT EXISTS
				(SELECT 1 FROM vault_item i WHERE i.space = g.space AND i.id <> g.item AND instr(i.data, CAST(g.digest AS BLOB)) > 0 AND instr(i.data, CAST('"erased":true' AS BLOB)) = 0)
			ORDER BY g.digest LIMIT ?`, []any{limit}, func(scan func(...any) error) (text string, err error) { return text, scan(&text) })
		for _, text := range words {
			d, fault := store.ParseDigest(text)
			if err = errors.Join(err, fault); fault == nil {
				digests = append(digests, d)
			}
		}
		return err
	})
	return digests, err
}

// LetGo notes contents that are no longer on this computer.
func (v *Vault) LetGo(ctx context.Context, digests ...store.Digest) error {
	return v.j.Store().Update(ctx, func(tx *store.Tx) error {
		for _, d := range digests {
			if _, err := tx.Exec(`UPDATE vault_gone SET done = 1 WHERE digest = ?`, d.String()); err != nil {
				return err
			}
		}
		return nil
	})
}
