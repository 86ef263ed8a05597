package vault

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/store"
)

func lastRune(s string) (rune, int) { return utf8.DecodeLastRuneInString(s) }

const itemColumns = `o.item, o.space, o.shown, o.folder, o.name, o.size, o.modified, o.at, o.by, o.version, o.blob, o.trashed, o.out`

func (v *Vault) scanItem(scan func(...any) error, more ...any) (i Item, err error) {
	var modified, at int64
	var blob, out string
	if err := scan(append([]any{&i.ID, &i.Space, &i.Parent, &i.Folder, &i.Name, &i.Size, &modified, &at, &i.By, &i.Version, &blob, &i.Trashed, &out}, more...)...); err != nil {
		return i, err
	}
	i.Modified, i.At = time.UnixMicro(modified).UTC(), time.UnixMicro(at).UTC()
	if out != "" {
		if err := json.Unmarshal([]byte(out), &i.Out); err != nil {
			return i, err
		}
	}
	if blob != "" {
		if i.Blob, err = store.ParseDigest(blob); err != nil {
			return i, err
		}
		i.Here = v.j.Store().Blobs().Has(i.Blob)
	}
	return i, nil
}

// item reads one. store.ErrNotFound when it is not open here.
func (v *Vault) item(tx *store.Tx, id string) (i Item, err error) {
	err = tx.Each(`SELECT `+itemColumns+` FROM vault_open o WHERE o.item = ?`, []any{id}, func(scan func(...any) error) error {
		i, err = v.scanItem(scan)
		return err
	})
	if err == nil && i.ID == "" {
		err = fmt.Errorf("item %s: %w", id, store.ErrNotFound)
	}
	return i, err
}

// readable tells whether a person may read a space on this computer.
func (v *Vault) readable(tx *store.Tx, space, person string) error {
	s, _, err := v.opened(tx, space)
	if err != nil {
		return err
	}
	return MayUse(s.public(), person, Reader, v.today())
}

// view runs a query on a space that person may read.
func (v *Vault) view(ctx context.Context, person, space string, query func(*store.Tx) error) error {
	return v.j.Store().View(ctx, func(tx *store.Tx) error {
		if err := v.readable(tx, space, person); err != nil {
			return err
		}
		return query(tx)
	})
}

// Item gives an item that a person may read. Errors: refusals, store.ErrNotFound, ErrLocked.
func (v *Vault) Item(ctx context.Context, person, id string) (i Item, err error) {
	err = v.j.Store().View(ctx, func(tx *store.Tx) error {
		if i, err = v.item(tx, id); err != nil {
			return err
		}
		if err := v.readable(tx, i.Space, person); err != nil {
			return err
		}
		unsettled, err := journal.Unsettled(tx, PrefixItem+id)
		i.Conflict = unsettled[PrefixItem+id]
		return err
	})
	return i, err
}

// Named gives what has a name in a folder, however it is written (case, accents); the exact name
// first. store.ErrNotFound.
func (v *Vault) Named(ctx context.Context, person, space, folder, name string) (i Item, err error) {
	err = v.view(ctx, person, space, func(tx *store.Tx) error {
		all, err := store.All(tx, `SELECT `+itemColumns+` FROM vault_open o WHERE o.space = ? AND o.trashed = 0 AND o.shown = ? AND o.folder IN (0, 1) AND o.sorted = ? ORDER BY o.name <> ?, o.item LIMIT 1`,
			[]any{space, folder, sortedAs(name), name}, func(scan func(...any) error) (Item, error) { return v.scanItem(scan) })
		if err == nil && (len(all) == 0 || !strings.EqualFold(all[0].Name, name)) {
			err = fmt.Errorf("%q: %w", name, store.ErrNotFound)
		}
		if err == nil {
			i = all[0]
		}
		return err
	})
	return i, err
}

// After is where a page of a list goes on; zero: at the beginning.
type After struct {
	folder bool
	sorted string
	item   string
}

// List gives a page of what is in a folder (empty: the top), folders first, then by name, and
// where the next page begins; more is false at the end.
func (v *Vault) List(ctx context.Context, person, space, folder string, after After, limit int) (page []Item, next After, more bool, err error) {
	err = v.view(ctx, person, space, func(tx *store.Tx) error {
		where, args := "", []any{space, folder, limit + 1}
		if after.item != "" {
			where = ` AND (-o.folder, o.sorted, o.item) > (?4, ?5, ?6)`
			rank := 0
			if after.folder {
				rank = -1
			}
			args = append(args, rank, after.sorted, after.item)
		}
		page, err = store.All(tx, `SELECT `+itemColumns+` FROM vault_open o WHERE o.space = ?1 AND o.trashed = 0 AND o.shown = ?2`+where+`
			ORDER BY o.folder DESC, o.sorted, o.item LIMIT ?3`, args, func(scan func(...any) error) (Item, error) { return v.scanItem(scan) })
		if err != nil {
			return err
		}
		unsettled, err := journal.Unsettled(tx, PrefixItem)
		if err != nil {
			return err
		}
		if more = len(page) > limit; more {
			page = page[:limit]
		}
		for i := range page {
			page[i].Conflict = unsettled[PrefixItem+page[i].ID]
		}
		if n := len(page); n > 0 {
			next = After{folder: page[n-1].Folder, sorted: sortedAs(page[n-1].Name), item: page[n-1].ID}
		}
		return nil
	})
	return page, next, more, err
}

// Path gives the folders above an item, from the top, and the item itself.
func (v *Vault) Path(ctx context.Context, person, id string) (path []Item, err error) {
	err = v.j.Store().View(ctx, func(tx *store.Tx) error {
		path, err = v.path(tx, id)
		if err != nil || len(path) == 0 {
			return err
		}
		return v.readable(tx, path[0].Space, person)
	})
	return path, err
}

// deepest bounds what is climbed; nobody nests so.
const deepest = 200

func (v *Vault) path(tx *store.Tx, id string) (path []Item, err error) {
	for at := id; at != "" && len(path) < deepest; {
		i, err := v.item(tx, at)
		if errors.Is(err, store.ErrNotFound) && len(path) > 0 {
			break
		}
		if err != nil {
			return nil, err
		}
		path = append([]Item{i}, path...)
		at = i.Parent
	}
	return path, nil
}

// Folders gives the folders of a space, by name, to choose one from.
func (v *Vault) Folders(ctx context.Context, person, space string, limit int) (page []Item, err error) {
	err = v.view(ctx, person, space, func(tx *store.Tx) error {
		page, err = store.All(tx, `SELECT `+itemColumns+` FROM vault_open o WHERE o.space = ? AND o.trashed = 0 AND o.folder = 1 ORDER BY o.sorted, o.item LIMIT ?`, []any{space, limit},
			func(scan func(...any) error) (Item, error) { return v.scanItem(scan) })
		return err
	})
	return page, err
}

// Trashed gives what is in the trash of a space, the last first.
func (v *Vault) Trashed(ctx context.Context, person, space string, limit int) (page []Item, err error) {
	err = v.view(ctx, person, space, func(tx *store.Tx) error {
		page, err = store.All(tx, `SELECT `+itemColumns+` FROM vault_open o WHERE o.space = ? AND o.trashed = 1 ORDER BY o.at DESC LIMIT ?`, []any{space, limit},
			func(scan func(...any) error) (Item, error) { return v.scanItem(scan) })
		for i := range page {
			row, fault := store.GetDecoded[itemRow](tx, `SELECT data FROM vault_item WHERE id = ?`, page[i].ID)
			if err = errors.Join(err, fault); err == nil {
				page[i].Since = row.Since.UTC()
			}
		}
		return err
	})
	return page, err
}

// Versions gives the versions of a file, the last first.
func (v *Vault) Versions(ctx context.Context, person, id string) (out []Version, err error) {
	err = v.file(ctx, person, id, func(row itemRow, r ring) error {
		for n := len(row.Versions); n > 0; n-- {
			from := row.Versions[n-1]
			var c content
			if err := r.open(from.Content, PrefixItem+id, &c); err != nil {
				continue // of before the sharing, under a key that was not passed on
			}
			out = append(out, Version{Number: n, Size: c.Size, Modified: time.UnixMicro(c.Modified).UTC(), At: from.At, By: from.By, Device: from.Device,
				Blob: from.Blob, Here: v.j.Store().Blobs().Has(from.Blob)})
		}
		return nil
	})
	return out, err
}

func (v *Vault) file(ctx context.Context, person, id string, use func(itemRow, ring) error) error {
	return v.j.Store().View(ctx, func(tx *store.Tx) error {
		row, err := store.GetDecoded[itemRow](tx, `SELECT data FROM vault_item WHERE id = ?`, id)
		if err != nil {
			return fmt.Errorf("item %s: %w", id, err)
		}
		s, r, err := v.opened(tx, row.Space)
		if err != nil {
			return err
		}
		if err := MayUse(s.public(), person, Reader, v.today()); err != nil {
			return err
		}
		return use(row, r)
	})
}

// Content is a file being read, at any place.
type Content interface {
	io.ReadSeeker
	io.ReaderAt
	io.Closer
	Size() int64
}

// Open gives the content of a version; 0 is the last. It is checked block by block as it is read.
// Errors: refusals, ErrLocked, store.ErrNotFound when it is not on this computer, store.ErrDamaged.
func (v *Vault) Open(ctx context.Context, person, id string, number int) (c Content, err error) {
	err = v.file(ctx, person, id, func(row itemRow, r ring) error {
		if number == 0 {
			number = len(row.Versions)
		}
		if number < 1 || number > len(row.Versions) {
			return fmt.Errorf("version %d of %s: %w", number, id, store.ErrNotFound)
		}
		from := row.Versions[number-1]
		k := r.keys[from.Content.Key]
		if k == nil {
			return fmt.Errorf("version %d of %s: %w", number, id, ErrLocked)
		}
		opened, err := v.decrypt(from.Blob, k)
		if err == nil {
			c = opened
		}
		return err
	})
	return c, err
}

// Search finds the items that have all the words in their names or texts, in the spaces open to
// a person, the best first.
func (v *Vault) Search(ctx context.Context, person, words string, limit int) (found []Found, err error) {
	match := store.Match(words)
	if match == "" {
		return nil, nil
	}
	spaces, err := v.Spaces(ctx, person)
	if err != nil {
		return nil, err
	}
	var open []string
	for _, s := range spaces {
		if !s.Locked {
			open = append(open, s.ID)
		}
	}
	list, err := json.Marshal(open)
	if err != nil {
		return nil, err
	}
	err = v.j.Store().View(ctx, func(tx *store.Tx) error {
		found, err = store.All(tx, `SELECT `+itemColumns+`, snippet(vault_words, 1, char(0x2068), char(0x2069), '…', 16)
			FROM vault_words JOIN vault_open o ON o.place = vault_words.rowid
			WHERE vault_words MATCH ? AND o.trashed = 0 AND o.space IN (SELECT value FROM json_each(?)) ORDER BY bm25(vault_words, 4.0, 1.0) LIMIT ?`,
			[]any{match, string(list), limit}, func(scan func(...any) error) (f Found, err error) {
				f.Item, err = v.scanItem(scan, &f.Snippet)
				return f, err
			})
		if err != nil {
			return err
		}
		for i := range found {
			if !strings.Contains(found[i].Snippet, "\u2068") {
				found[i].Snippet = ""
			}
			path, err := v.path(tx, found[i].Parent)
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				return err
			}
			for _, above := range path {
				found[i].Where = append(found[i].Where, above.Name)
			}
		}
		return nil
	})
	return found, err
}

// Unread gives files whose words are not in the search yet, of at most largest bytes, and that
// are on this computer.
func (v *Vault) Unread(ctx context.Context, largest int64, limit int) (out []Item, err error) {
	err = v.j.Store().View(ctx, func(tx *store.Tx) error {
		return tx.Each(`SELECT `+itemColumns+` FROM vault_open o WHERE o.folder = 0 AND o.indexed < o.version AND o.size <= ? LIMIT ?`, []any{largest, 50 * limit},
			func(scan func(...any) error) error {
				i, err := v.scanItem(scan)
				if err == nil && i.Here && len(out) < limit {
					out = append(out, i)
				}
				return err
			})
	})
	return out, err
}

// Read opens a file for its words to be taken into the search. It is for the program alone.
func (v *Vault) Read(ctx context.Context, i Item) (c Content, err error) {
	err = v.j.Store().View(ctx, func(tx *store.Tx) error {
		_, r, err := v.opened(tx, i.Space)
		if err != nil {
			return err
		}
		row, err := store.GetDecoded[itemRow](tx, `SELECT data FROM vault_item WHERE id = ?`, i.ID)
		if err != nil || i.Version < 1 || i.Version > len(row.Versions) {
			return errors.Join(fmt.Errorf("item %s, version %d: %w", i.ID, i.Version, store.ErrNotFound), err)
		}
		from := row.Versions[i.Version-1]
		if r.keys[from.Content.Key] == nil {
			return ErrLocked
		}
		opened, err := v.decrypt(from.Blob, r.keys[from.Content.Key])
		if err == nil {
			c = opened
		}
		return err
	})
	return c, err
}

// maxWords bounds the text of one file in the search, in bytes.
const maxWords = 1 << 20

// NoteWords puts the text of a file's version into the search.
func (v *Vault) NoteWords(ctx context.Context, i Item, text string) error {
	if len(text) > maxWords {
		text = strings.ToValidUTF8(text[:maxWords], "")
	}
	return v.j.Store().Update(ctx, func(tx *store.Tx) error {
		if _, err := tx.Exec(`UPDATE vault_words SET body = ? WHERE rowid = (SELECT place FROM vault_open WHERE item = ? AND version = ?)`, text, i.ID, i.Version); err != nil {
			return err
		}
		_, err := tx.Exec(`UPDATE vault_open SET indexed = version WHERE item = ? AND version = ?`, i.ID, i.Version)
		return err
	})
}
