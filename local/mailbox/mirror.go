package mailbox

import (
	"context"
	"errors"
	"math"
	"strconv"
	"strings"
	"time"

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

// Fetched is the content of a message, or its head alone.
type Fetched struct {
	UID  uint32
	Raw  []byte
	Head bool
	read *Parsed
}

// Read reads the message, so that Store does not: reading one batch and writing another go on two processors.
func (f *Fetched) Read() {
	p := Read(f.Raw)
	f.read = &p
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
func (b *Box) Missing(ctx context.Context, folder string, below uint32, limit int) (all []Listing, err error) {
	err = b.view(ctx, "looking for what is missing", func(tx *store.Tx) error {
		all, err = store.All(tx, `SELECT m.uid, m.size FROM mail_message m JOIN mail_folder f ON f.id = m.folder
			WHERE f.key = ? AND m.state = 'listed' AND m.uid > 0 AND m.uid < ? ORDER BY m.uid DESC LIMIT ?`, []any{b.key(folder), below, limit}, func(scan func(...any) error) (l Listing, err error) {
			return l, scan(&l.UID, &l.Size)
		})
		return err
	})
	return all, err
}

// Store keeps what was fetched, and lets it be searched.
func (b *Box) Store(ctx context.Context, folder string, all []Fetched) error {
	for i := range all {
		if all[i].read == nil {
			all[i].Read()
		}
	}
	return b.update(ctx, "keeping messages", func(tx *store.Tx) error {
		id, err := folderID(tx, b.key(folder))
		if err != nil {
			return err
		}
		for _, f := range all {
			if err := b.keep(tx, id, f); err != nil {
				return err
			}
		}
		return nil
	})
}

func (b *Box) keep(tx *store.Tx, folder int64, f Fetched) error {
	p := *f.read
	var message, at int64
	err := tx.Get(`SELECT id, at FROM mail_message WHERE folder = ? AND uid = ?`, []any{folder, f.UID}, &message, &at)
	if errors.Is(err, store.ErrNotFound) {
		return nil // moved or deleted here meanwhile
	}
	if err != nil {
		return err
	}
	state := Whole
	if f.Head {
		state = Head
	}
	if _, err := tx.Exec(`UPDATE mail_message SET state = ?, attachments = ?, subject = ?, sender = ?, address = ?, snippet = ?, message_id = ? WHERE id = ?`,
		string(state), len(p.Files) > 0, p.Title, p.From.Name, p.From.Address, snippet(p.Text), p.MessageID, message); err != nil {
		return err
	}
	if _, err := tx.Exec(`INSERT INTO mail_body (message, raw) VALUES (?, ?) ON CONFLICT (message) DO UPDATE SET raw = excluded.raw`, message, f.Raw); err != nil {
		return err
	}
	if err := refer(tx, message, p); err != nil {
		return err
	}
	if err := keepReports(tx, f.Raw, at); err != nil {
		return err
	}
	body := []string{p.From.Name, p.From.Address}
	for _, a := range append(p.To, p.Cc...) {
		body = append(body, a.Name, a.Address)
	}
	for _, a := range p.Files {
		body = append(body, a.Name)
	}
	body = append(body, strings.ToValidUTF8(p.Text[:min(len(p.Text), MaxIndexed)], ""))
	return tx.Index(store.Document{Kind: SearchKind(b.account), Ref: strconv.FormatInt(message, 10), Stream: stream(message), Title: p.Title, Body: strings.Join(body, "\n"), At: time.UnixMicro(at)})
}

// snippet is the beginning of a text, on one line.
func snippet(text string) string {
	r := []rune(strings.Join(strings.Fields(text[:min(len(text), 1000)]), " "))
	return strings.ToValidUTF8(string(r[:min(len(r), 140)]), "")
}
