package mailbox

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"alpi40.fr/airial/local/store"
)

// What package sync/mail writes: the server's state, as it is found.

// ServerFolder is a folder as the server lists it.
type ServerFolder struct {
	Name, Delimiter string
	Role            Role
}

// Mark is how far a folder is known (RFC 7162 for ModSeq).
type Mark struct {
	Validity, Next, Messages uint32
	ModSeq                   uint64
}

// Listing is a message that the server has.
type Listing struct {
	UID                     uint32
	Read, Flagged, Answered bool
	Size                    int64
	At                      time.Time
}

// Fetched is the content of a message, or its head alone, or its beginning, whose rest is to come.
type Fetched struct {
	UID         uint32
	Raw         []byte
	Head, Begun bool
	read        *reading
}

// reading is what is kept of a message beside its bytes.
type reading struct {
	Parsed
	snippet string
	reports []Report
}

// Read reads the message, so that Store does not: reading one batch and writing another go on two processors.
func (f *Fetched) Read() {
	p := read(f.Raw, !f.Begun)
	if f.Begun && p.told > 0 && p.Text != "" {
		f.Raw = f.Raw[:p.told] // what follows comes again with the rest
	}
	f.read = &reading{Parsed: p, snippet: snippet(p.Text), reports: p.reports(f.Raw)}
}

// SetFolders makes the folders those of the server; what was in others is forgotten.
func (b *Box) SetFolders(ctx context.Context, all []ServerFolder) error {
	return b.update(ctx, "keeping the mail's folders", func(tx *store.Tx) error {
		there := map[string]bool{}
		for _, f := range all {
			there[f.Name] = true
			if _, err := tx.Exec(`INSERT INTO mail_folder (key, account, name, delimiter, role) VALUES (?, ?, ?, ?, ?)
				ON CONFLICT (key) DO UPDATE SET delimiter = excluded.delimiter, role = excluded.role`, b.key(f.Name), b.account, f.Name, f.Delimiter, string(f.Role)); err != nil {
				return err
			}
		}
		var gone []int64
		err := tx.Each(`SELECT id, name FROM mail_folder WHERE account = ?`, []any{b.account}, func(scan func(...any) error) error {
			var id int64
			var name string
			if err := scan(&id, &name); err != nil || there[name] {
				return err
			}
			gone = append(gone, id)
			return nil
		})
		for _, id := range gone {
			err = errors.Join(err, b.forgetAll(tx, id))
			if err == nil {
				_, err = tx.Exec(`DELETE FROM mail_folder WHERE id = ?`, id)
			}
		}
		return err
	})
}

// forgetAll empties a folder, and the search of it.
func (b *Box) forgetAll(tx *store.Tx, folder int64) error {
	if _, err := tx.Exec(`DELETE FROM search_document WHERE kind = ? AND ref IN (SELECT CAST(id AS TEXT) FROM mail_message WHERE folder = ?)`, SearchKind(b.account), folder); err != nil {
		return err
	}
	if _, err := tx.Exec(`DELETE FROM mail_deed WHERE folder = ?`, folder); err != nil {
		return err
	}
	_, err := tx.Exec(`DELETE FROM mail_message WHERE folder = ?`, folder)
	return err
}

// Mark gives how far a folder is known; zero for one never looked into.
func (b *Box) Mark(ctx context.Context, folder string) (m Mark, err error) {
	err = b.view(ctx, "reading a mail folder", func(tx *store.Tx) error {
		err := tx.Get(`SELECT validity, next, modseq, messages FROM mail_folder WHERE key = ?`, []any{b.key(folder)}, &m.Validity, &m.Next, &m.ModSeq, &m.Messages)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		return err
	})
	return m, err
}

// SetMark keeps how far a folder is known, once what it names has been kept.
func (b *Box) SetMark(ctx context.Context, folder string, m Mark) error {
	return b.update(ctx, "keeping a mail folder's mark", func(tx *store.Tx) error {
		_, err := tx.Exec(`UPDATE mail_folder SET validity = ?, next = ?, modseq = ?, messages = ? WHERE key = ?`,
			m.Validity, m.Next, int64(min(m.ModSeq, math.MaxInt64)), m.Messages, b.key(folder))
		return err
	})
}

// Reset empties a folder whose identifiers mean something else now (UIDVALIDITY, RFC 9051 §2.3.1.1): what was to
// be done there is dropped with it.
func (b *Box) Reset(ctx context.Context, folder string, validity uint32) error {
	return b.update(ctx, "emptying a mail folder", func(tx *store.Tx) error {
		id, err := folderID(tx, b.key(folder))
		if err != nil {
			return err
		}
		if err := b.forgetAll(tx, id); err != nil {
			return err
		}
		_, err = tx.Exec(`UPDATE mail_folder SET validity = ?, next = 0, modseq = 0, messages = 0 WHERE id = ?`, validity, id)
		return err
	})
}

func folderID(tx *store.Tx, key string) (id int64, err error) {
	err = tx.Get(`SELECT id FROM mail_folder WHERE key = ?`, []any{key}, &id)
	return id, err
}

// List notes messages that the server has, and their flags. What a person changed here and the server has not heard
// of yet is left as she left it.
func (b *Box) List(ctx context.Context, folder string, all []Listing) error {
	return b.update(ctx, "listing messages", func(tx *store.Tx) error {
		id, err := folderID(tx, b.key(folder))
		if err != nil {
			return err
		}
		waiting, err := waitingUIDs(tx, id)
		if err != nil {
			return err
		}
		for _, l := range all {
			if waiting[int64(l.UID)] {
				continue
			}
			if _, err := tx.Exec(`INSERT INTO mail_message (folder, uid, state, size, at, seen, flagged, answered) VALUES (?, ?, 'listed', ?, ?, ?, ?, ?)
				ON CONFLICT (folder, uid) DO UPDATE SET seen = excluded.seen, flagged = excluded.flagged, answered = excluded.answered`,
				id, l.UID, l.Size, l.At.UnixMicro(), l.Read, l.Flagged, l.Answered); err != nil {
				return err
			}
		}
		return nil
	})
}

func waitingUIDs(tx *store.Tx, folder int64) (map[int64]bool, error) {
	waiting := map[int64]bool{}
	err := tx.Each(`SELECT uid FROM mail_deed WHERE folder = ?`, []any{folder}, func(scan func(...any) error) error {
		var uid int64
		err := scan(&uid)
		waiting[uid] = true
		return err
	})
	return waiting, err
}

// Keep forgets the messages of a folder that the server no longer has.
func (b *Box) Keep(ctx context.Context, folder string, there func(uid uint32) bool) error {
	return b.update(ctx, "forgetting messages", func(tx *store.Tx) error {
		id, err := folderID(tx, b.key(folder))
		if err != nil {
			return err
		}
		var gone []int64
		if err := tx.Each(`SELECT id, uid FROM mail_message WHERE folder = ? AND uid > 0`, []any{id}, func(scan func(...any) error) error {
			var message, uid int64
			if err := scan(&message, &uid); err != nil || there(uint32(uid)) {
				return err
			}
			gone = append(gone, message)
			return nil
		}); err != nil {
			return err
		}
		for _, m := range gone {
			if err := forget(tx, m); err != nil {
				return err
			}
		}
		return nil
	})
}

func forget(tx *store.Tx, message int64) error {
	if err := tx.Unindex(stream(message)); err != nil {
		return err
	}
	if _, err := tx.Exec(`DELETE FROM mail_deed WHERE message = ?`, message); err != nil {
		return err
	}
	_, err := tx.Exec(`DELETE FROM mail_message WHERE id = ?`, message)
	return err
}

// stream names what a message puts into the search; the journal has no such stream.
func stream(message int64) string { return "mail/" + strconv.FormatInt(message, 10) }

// Missing gives messages below a UID of which nothing has been fetched yet, the newest first, with their sizes.
func (b *Box) Missing(ctx context.Context, folder string, below uint32, limit int) ([]Listing, error) {
	return b.lacking(ctx, `m.state = 'listed'`, folder, below, limit)
}

// Unfinished gives messages below a UID whose beginning alone has been fetched, the newest first, with their sizes.
func (b *Box) Unfinished(ctx context.Context, folder string, below uint32, limit int) ([]Listing, error) {
	return b.lacking(ctx, `m.rest = 1`, folder, below, limit)
}

func (b *Box) lacking(ctx context.Context, what, folder string, below uint32, limit int) (all []Listing, err error) {
	err = b.view(ctx, "looking for what is missing", func(tx *store.Tx) error {
		all, err = store.All(tx, `SELECT m.uid, m.size FROM mail_message m JOIN mail_folder f ON f.id = m.folder
			WHERE f.key = ? AND `+what+` AND m.uid > 0 AND m.uid < ? ORDER BY m.uid DESC LIMIT ?`, []any{b.key(folder), below, limit}, func(scan func(...any) error) (l Listing, err error) {
			return l, scan(&l.UID, &l.Size)
		})
		return err
	})
	return all, err
}

// Few is how many messages are taken whole and made searchable as they come. Of more at once the beginnings come first, and they are
// searched afterwards, so that they can be read sooner.
const Few = 100

// Store keeps what was fetched of messages of which it was not here yet. Many at once are found by the search once Searchable has been called.
func (b *Box) Store(ctx context.Context, folder string, all []Fetched) error {
	for i := range all {
		if all[i].read == nil {
			all[i].Read()
		}
	}
	if err := ctx.Err(); err != nil || len(all) == 0 {
		return err
	}
	// A batch is written in an instant: it is not watched over, statement by statement.
	return b.update(context.WithoutCancel(ctx), "keeping messages", func(tx *store.Tx) error {
		lacking, err := b.lackingOf(tx, folder, all)
		if err != nil {
			return err
		}
		for _, f := range all {
			l, ok := lacking[f.UID]
			if !ok {
				continue // moved or deleted here meanwhile
			}
			if err := keep(tx, l, f); err != nil {
				return err
			}
			if len(all) >= Few {
				_, err = tx.Exec(`INSERT INTO mail_unsearched (message) VALUES (?) ON CONFLICT DO NOTHING`, l.message)
			} else {
				err = b.index(tx, l, f.read.Parsed)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Taken is a message of a folder that was never looked into: that it is there, and what of it was fetched.
type Taken struct {
	Listing
	Fetched
}

// Empty tells that nothing of a folder is here.
func (b *Box) Empty(ctx context.Context, folder string) (empty bool, err error) {
	err = b.view(ctx, "looking into a mail folder", func(tx *store.Tx) error {
		return tx.Get(`SELECT NOT EXISTS (SELECT 1 FROM mail_message m JOIN mail_folder f ON f.id = m.folder WHERE f.key = ?)`, []any{b.key(folder)}, &empty)
	})
	return empty, err
}

// Take keeps messages of a folder that is taken for the first time: List and Store in one.
func (b *Box) Take(ctx context.Context, folder string, all []Taken) error {
	for i := range all {
		if all[i].read == nil {
			all[i].Fetched.Read()
		}
	}
	if err := ctx.Err(); err != nil || len(all) == 0 {
		return err
	}
	slices.SortFunc(all, func(x, y Taken) int { return cmp.Compare(y.Listing.UID, x.Listing.UID) })
	return b.update(context.WithoutCancel(ctx), "keeping messages", func(tx *store.Tx) error {
		id, err := folderID(tx, b.key(folder))
		for i := 0; err == nil && i < len(all); i++ {
			err = take(tx, id, all[i])
		}
		if err != nil {
			return err
		}
		_, err = tx.Exec(`INSERT INTO mail_unsearched (message) SELECT id FROM mail_message WHERE folder = ? AND uid BETWEEN ? AND ? ORDER BY id ON CONFLICT DO NOTHING`,
			id, all[len(all)-1].Listing.UID, all[0].Listing.UID)
		return err
	})
}

func take(tx *store.Tx, folder int64, t Taken) error {
	p, at := t.read, t.At.UnixMicro()
	message, added, err := tx.Insert(`INSERT INTO mail_message (folder, uid, state, rest, size, at, seen, flagged, answered, attachments, subject, sender, address, snippet, message_id)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		folder, t.Listing.UID, string(t.state()), t.Begun, t.Size, at, t.Listing.Read, t.Flagged, t.Answered, len(p.Files) > 0, p.Title, p.From.Name, p.From.Address, p.snippet, p.MessageID)
	if err != nil || !added { // a server that names one twice
		return err
	}
	return content(tx, entry{message, at}, t.Fetched)
}

// entry is where a message stands.
type entry struct{ message, at int64 }

// lackingOf gives those of some messages of which not all has been kept yet, by their UIDs.
func (b *Box) lackingOf(tx *store.Tx, folder string, all []Fetched) (map[uint32]entry, error) {
	id, err := folderID(tx, b.key(folder))
	if err != nil {
		return nil, err
	}
	low, high := all[0].UID, all[0].UID
	for _, f := range all {
		low, high = min(low, f.UID), max(high, f.UID)
	}
	found := make(map[uint32]entry, len(all))
	err = tx.Each(`SELECT uid, id, at FROM mail_message WHERE folder = ?1 AND state = 'listed' AND uid BETWEEN ?2 AND ?3
		UNION ALL SELECT uid, id, at FROM mail_message WHERE folder = ?1 AND rest = 1 AND uid BETWEEN ?2 AND ?3`, []any{id, low, high}, func(scan func(...any) error) error {
		var uid uint32
		var e entry
		err := scan(&uid, &e.message, &e.at)
		found[uid] = e
		return err
	})
	return found, err
}

// state is how much of a message the database is to know of.
func (f *Fetched) state() State {
	if f.Head || f.Begun {
		return Head
	}
	return Whole
}

func keep(tx *store.Tx, e entry, f Fetched) error {
	p := f.read
	if _, err := tx.Exec(`UPDATE mail_message SET state = ?, rest = ?, attachments = ?, subject = ?, sender = ?, address = ?, snippet = ?, message_id = ? WHERE id = ?`,
		string(f.state()), f.Begun, len(p.Files) > 0, p.Title, p.From.Name, p.From.Address, p.snippet, p.MessageID, e.message); err != nil {
		return err
	}
	return content(tx, e, f)
}

// content keeps the bytes of a message, and what is looked up in it.
func content(tx *store.Tx, e entry, f Fetched) error {
	if _, err := tx.Exec(`INSERT INTO mail_body (message, raw) VALUES (?, ?) ON CONFLICT (message) DO UPDATE SET raw = excluded.raw`, e.message, f.Raw); err != nil {
		return err
	}
	if err := refer(tx, e.message, f.read.Parsed, f.read.reports); err != nil {
		return err
	}
	return keepReports(tx, f.read.reports, e.at)
}

// index lets a message be searched.
func (b *Box) index(tx *store.Tx, e entry, p Parsed) error {
	body := []string{p.From.Name, p.From.Address}
	for _, a := range append(p.To, p.Cc...) {
		body = append(body, a.Name, a.Address)
	}
	for _, a := range p.Files {
		body = append(body, a.Name)
	}
	body = append(body, strings.ToValidUTF8(p.Text[:min(len(p.Text), MaxIndexed)], ""))
	return tx.Index(store.Document{Kind: SearchKind(b.account), Ref: strconv.FormatInt(e.message, 10), Stream: stream(e.message), Title: p.Title, Body: strings.Join(body, "\n"), At: time.UnixMicro(e.at)})
}

// Searchable lets the messages of the account be searched that came many at once, in the order in which they came.
func (b *Box) Searchable(ctx context.Context) error {
	for {
		some, err := b.unsearched(ctx)
		if err != nil || len(some) == 0 {
			return err
		}
		if err := b.update(ctx, "letting messages be searched", func(tx *store.Tx) error {
			for _, w := range some {
				n, err := tx.Exec(`DELETE FROM mail_unsearched WHERE message = ?`, w.message)
				if err == nil && n > 0 { // or it was deleted meanwhile
					err = b.index(tx, w.entry, w.Parsed)
				}
				if err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return err
		}
	}
}

// unsearched is a message that the search does not know yet.
type unsearched struct {
	entry
	Parsed
}

// unsearched reads the next ones of the account.
func (b *Box) unsearched(ctx context.Context) (some []unsearched, err error) {
	err = b.view(ctx, "looking for what is not searched", func(tx *store.Tx) error {
		some, err = store.All(tx, `SELECT m.id, m.at FROM mail_unsearched u CROSS JOIN mail_message m ON m.id = u.message CROSS JOIN mail_folder f ON f.id = m.folder
			WHERE f.account = ? ORDER BY u.message LIMIT ?`, []any{b.account, searchedAtOnce}, func(scan func(...any) error) (u unsearched, err error) {
			return u, scan(&u.message, &u.at)
		})
		for i := range some {
			var raw []byte
			if err == nil {
				err = tx.Get(`SELECT raw FROM mail_body WHERE message = ?`, []any{some[i].message}, &raw)
			}
			some[i].Parsed = Read(raw)
		}
		return err
	})
	return some, err
}

// searchedAtOnce is how many messages Searchable lets be searched in one breath.
const searchedAtOnce = 400

// snippet is the beginning of a text, on one line.
func snippet(text string) string {
	var out strings.Builder
	n, blank := 0, false
	for _, r := range text[:min(len(text), 600)] {
		switch {
		case unicode.IsSpace(r):
			blank = n > 0
			continue
		case r == utf8.RuneError:
			continue
		case blank:
			out.WriteByte(' ')
			n, blank = n+1, false
		}
		if n >= 140 {
			return out.String()
		}
		out.WriteRune(r)
		n++
	}
	return out.String()
}
