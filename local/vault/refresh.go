package vault

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"

	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/typeset/french"
)

// openedAtOnce is how many items one transaction opens, so that nothing else waits long.
const openedAtOnce = 2000

// Refresh opens what has come or changed since it last ran: names, places and sizes of the
// spaces that this computer has a key of. What it has no longer a key of is shut.
func (v *Vault) Refresh(ctx context.Context) error {
	for {
		more := false
		err := v.j.Store().Update(ctx, func(tx *store.Tx) (err error) { more, err = v.refresh(tx); return err })
		if err != nil {
			return fmt.Errorf("opening what is in the vault: %w", err)
		}
		if !more {
			return nil
		}
	}
}

func (v *Vault) refresh(tx *store.Tx) (more bool, err error) {
	all, err := v.spaceRows(tx)
	if err != nil {
		return false, err
	}
	rings := map[string]ring{}
	for i := range all {
		r := v.ringOf(&all[i])
		rings[all[i].ID] = r
		if err := noteKeys(tx, all[i].ID, r); err != nil {
			return false, err
		}
	}
	dirty, err := store.All(tx, `SELECT item FROM vault_dirty ORDER BY item LIMIT ?`, []any{openedAtOnce}, func(scan func(...any) error) (id string, err error) { return id, scan(&id) })
	if err != nil || len(dirty) == 0 {
		return false, err
	}
	var folders []string
	for _, id := range dirty {
		folder, err := openItem(tx, id, rings)
		if err != nil {
			return false, err
		}
		if folder {
			folders = append(folders, id)
		}
		if _, err := tx.Exec(`DELETE FROM vault_dirty WHERE item = ?`, id); err != nil {
			return false, err
		}
	}
	return len(dirty) == openedAtOnce, untie(tx, folders)
}

// noteKeys has all items of a space opened again when its keys are no longer those with which
// they were.
func noteKeys(tx *store.Tx, space string, r ring) error {
	var names []string
	if r.current != nil {
		for id := range r.keys {
			names = append(names, id)
		}
	}
	sort.Strings(names)
	now := strings.Join(names, " ")
	var seen string
	err := tx.Get(`SELECT keys FROM vault_seen WHERE space = ?`, []any{space}, &seen)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	if seen == now {
		return nil
	}
	if _, err := tx.Exec(`INSERT INTO vault_seen (space, keys) VALUES (?, ?) ON CONFLICT (space) DO UPDATE SET keys = excluded.keys`, space, now); err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO vault_dirty (item) SELECT id FROM vault_item WHERE space = ? ON CONFLICT DO NOTHING`, space)
	return err
}

// openItem writes what is readable of an item. Where this computer has no key, or no longer the
// present one, nothing of it stays open.
func openItem(tx *store.Tx, id string, rings map[string]ring) (folder bool, err error) {
	row, err := store.GetDecoded[itemRow](tx, `SELECT data FROM vault_item WHERE id = ?`, id)
	if errors.Is(err, store.ErrNotFound) {
		return false, shut(tx, id)
	}
	if err != nil {
		return false, err
	}
	if row.Erased {
		return false, shut(tx, id)
	}
	r := rings[row.Space]
	var p place
	var c content
	var blob string
	err = r.open(row.Place, PrefixItem+id, &p)
	if n := len(row.Versions); err == nil && n > 0 {
		err = r.open(row.Versions[n-1].Content, PrefixItem+id, &c)
		blob = row.Versions[n-1].Blob.String()
	}
	if r.current == nil || errors.Is(err, ErrLocked) || errors.Is(err, ErrSealed) {
		return false, shut(tx, id)
	}
	if err != nil {
		return false, err
	}
	out := ""
	if row.Out != nil {
		text, err := json.Marshal(row.Out)
		if err != nil {
			return false, err
		}
		out = string(text)
	}
	_, err = tx.Exec(`INSERT INTO vault_open (item, space, parent, shown, folder, name, sorted, size, modified, at, by, version, blob, trashed, out)
		VALUES (?1, ?2, ?3, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
		ON CONFLICT (item) DO UPDATE SET parent = ?3, shown = ?3, folder = ?4, name = ?5, sorted = ?6, size = ?7, modified = ?8, at = ?9, by = ?10,
		version = ?11, blob = ?12, trashed = ?13, out = ?14`,
		id, row.Space, p.Parent, p.Folder, p.Name, sortedAs(p.Name), c.Size, c.Modified, row.At.UnixMicro(), row.By, len(row.Versions), blob, row.Trashed, out)
	if err != nil {
		return false, err
	}
	var at int64
	if err := tx.Get(`SELECT place FROM vault_open WHERE item = ?`, []any{id}, &at); err != nil {
		return false, err
	}
	if n, err := tx.Exec(`UPDATE vault_words SET name = ? WHERE rowid = ?`, p.Name, at); err != nil || n > 0 {
		return p.Folder, err
	}
	_, err = tx.Exec(`INSERT INTO vault_words (rowid, name, body) VALUES (?, ?, '')`, at, p.Name)
	return p.Folder, err
}

// sortedAs folds accents and case, so that names come as in a file manager.
func sortedAs(name string) string { return strings.ToLower(french.Unaccented(name)) }

// untie shows at the top one folder of each ring, and what hangs on nothing: two laptops may have
// moved two folders into each other.
func untie(tx *store.Tx, touched []string) error {
	moved, err := store.All(tx, `SELECT item FROM vault_open WHERE folder = 1 AND shown <> parent ORDER BY item`, nil, func(scan func(...any) error) (id string, err error) { return id, scan(&id) })
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`UPDATE vault_open SET shown = parent WHERE shown <> parent`); err != nil {
		return err
	}
	all := append(moved, touched...)
	sort.Strings(all)
	for _, id := range slices.Compact(all) {
		ring, err := above(tx, id)
		if err != nil {
			return err
		}
		if len(ring) == 0 {
			continue
		}
		if _, err := tx.Exec(`UPDATE vault_open SET shown = '' WHERE item = ?`, slices.Min(ring)); err != nil {
			return err
		}
	}
	return nil
}

// above gives the ring that an item's folders form, if they do.
func above(tx *store.Tx, id string) (ring []string, err error) {
	var seen []string
	for at := id; at != ""; {
		if i := slices.Index(seen, at); i >= 0 {
			return seen[i:], nil
		}
		seen = append(seen, at)
		err := tx.Get(`SELECT shown FROM vault_open WHERE item = ?`, []any{at}, &at)
		if errors.Is(err, store.ErrNotFound) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
	}
	return nil, nil
}
