package mailbox

import (
	"context"
	"errors"

	"alpi40.fr/airial/local/store"
)

// DeedKind is what a person did to a message.
type DeedKind string

// The deeds.
const (
	Seen       DeedKind = "read"
	Unread     DeedKind = "unread"
	Flag       DeedKind = "flag"
	Unflag     DeedKind = "unflag"
	MoveTo     DeedKind = "move"
	Erase      DeedKind = "erase"
	MarkAnswer DeedKind = "answered"
)

// Deed is one that the server does not know of yet.
type Deed struct {
	ID     int64
	Kind   DeedKind
	Folder string // where the server has the message
	UID    uint32
	Target string // of a move
}

// marks are what each deed writes on the message.
var marks = map[DeedKind]string{
	Seen: `UPDATE mail_message SET seen = 1 WHERE id = ?`, Unread: `UPDATE mail_message SET seen = 0 WHERE id = ?`,
	Flag: `UPDATE mail_message SET flagged = 1 WHERE id = ?`, Unflag: `UPDATE mail_message SET flagged = 0 WHERE id = ?`,
	MarkAnswer: `UPDATE mail_message SET answered = 1 WHERE id = ?`,
}

// Do marks a message, here at once and on the server when there is a line.
func (b *Box) Do(ctx context.Context, message int64, kind DeedKind) error {
	return b.update(ctx, "marking a message", func(tx *store.Tx) error {
		if _, err := tx.Exec(marks[kind], message); err != nil {
			return err
		}
		return queue(tx, message, kind, 0)
	})
}

// queue adds a deed; of a message that is not on the server yet (it was moved offline), the deed is that of where it was.
func queue(tx *store.Tx, message int64, kind DeedKind, target int64) error {
	var folder, uid int64
	if err := tx.Get(`SELECT folder, uid FROM mail_message WHERE id = ?`, []any{message}, &folder, &uid); err != nil {
		return err
	}
	if uid < 0 { // the move that waits says where the server has it
		var deed int64
		if err := tx.Get(`SELECT id, folder, uid FROM mail_deed WHERE message = ? AND kind = 'move' ORDER BY id DESC LIMIT 1`, []any{message}, &deed, &folder, &uid); err != nil {
			return err
		}
		if kind == MoveTo || kind == Erase { // the last wish alone is carried out
			_, err := tx.Exec(`UPDATE mail_deed SET kind = ?, target = ? WHERE id = ?`, string(kind), target, deed)
			return err
		}
		// It must be done before the message leaves for its folder: the move goes last.
		if _, err := tx.Exec(`UPDATE mail_deed SET id = (SELECT max(id) + 2 FROM mail_deed) WHERE id = ?`, deed); err != nil {
			return err
		}
		_, err := tx.Exec(`INSERT INTO mail_deed (id, message, folder, uid, kind) VALUES ((SELECT max(id) - 1 FROM mail_deed), ?, ?, ?, ?)`, message, folder, uid, string(kind))
		return err
	}
	_, err := tx.Exec(`INSERT INTO mail_deed (message, folder, uid, kind, target) VALUES (?, ?, ?, ?, ?)`, message, folder, uid, string(kind), target)
	return err
}

// Move puts a message into another folder.
func (b *Box) Move(ctx context.Context, message, target int64) error {
	return b.update(ctx, "moving a message", func(tx *store.Tx) error { return move(tx, message, target) })
}

func move(tx *store.Tx, message, target int64) error {
	var folder int64
	if err := tx.Get(`SELECT folder FROM mail_message WHERE id = ?`, []any{message}, &folder); err != nil || folder == target {
		return err
	}
	if err := queue(tx, message, MoveTo, target); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE mail_message SET folder = ?, uid = -id WHERE id = ?`, target, message)
	return err
}

// Delete puts a message into the trash; in the trash, or where there is none, it is erased for good.
func (b *Box) Delete(ctx context.Context, message int64) error {
	return b.update(ctx, "deleting a message", func(tx *store.Tx) error {
		var trash, folder int64
		err := tx.Get(`SELECT t.id FROM mail_message m JOIN mail_folder f ON f.id = m.folder JOIN mail_folder t ON t.account = f.account
			WHERE m.id = ? AND t.role = 'trash'`, []any{message}, &trash)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		if err := tx.Get(`SELECT folder FROM mail_message WHERE id = ?`, []any{message}, &folder); err != nil {
			return err
		}
		if trash != 0 && folder != trash {
			return move(tx, message, trash)
		}
		if err := queue(tx, message, Erase, 0); err != nil {
			return err
		}
		if err := tx.Unindex(stream(message)); err != nil {
			return err
		}
		_, err = tx.Exec(`DELETE FROM mail_message WHERE id = ?`, message)
		return err
	})
}

// Deeds gives what the server is to be told, in order.
func (b *Box) Deeds(ctx context.Context) (all []Deed, err error) {
	err = b.view(ctx, "reading what is to be done", func(tx *store.Tx) error {
		all, err = store.All(tx, `SELECT d.id, d.kind, f.name, d.uid, coalesce(t.name, '') FROM mail_deed d JOIN mail_folder f ON f.id = d.folder
			LEFT JOIN mail_folder t ON t.id = d.target WHERE f.account = ? ORDER BY d.id`, []any{b.account}, func(scan func(...any) error) (d Deed, err error) {
			return d, scan(&d.ID, &d.Kind, &d.Folder, &d.UID, &d.Target)
		})
		return err
	})
	return all, err
}

// Done notes that the server knows of a deed. uid is where a move put the message; 0 when the server did not tell, or
// no longer had it: it is then fetched again from where it is.
func (b *Box) Done(ctx context.Context, d Deed, uid uint32) error {
	return b.update(ctx, "noting what was done", func(tx *store.Tx) error {
		var message, folder int64
		err := tx.Get(`SELECT message FROM mail_deed WHERE id = ?`, []any{d.ID}, &message)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		if _, err := tx.Exec(`DELETE FROM mail_deed WHERE id = ?`, d.ID); err != nil || d.Kind != MoveTo {
			return err
		}
		err = tx.Get(`SELECT folder FROM mail_message WHERE id = ? AND uid < 0`, []any{message}, &folder)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		var taken int64
		if uid != 0 {
			err = tx.Get(`SELECT count(*) FROM mail_message WHERE folder = ? AND uid = ?`, []any{folder, uid}, &taken)
		}
		if err != nil {
			return err
		}
		if uid == 0 || taken > 0 {
			return forget(tx, message)
		}
		_, err = tx.Exec(`UPDATE mail_message SET uid = ? WHERE id = ?`, uid, message)
		return err
	})
}

// Undone gives up a deed that the server refuses: its folder is looked at again as a whole, and the server is followed.
func (b *Box) Undone(ctx context.Context, d Deed) error {
	if err := b.Done(ctx, d, 0); err != nil {
		return err
	}
	return b.update(ctx, "giving a deed up", func(tx *store.Tx) error {
		_, err := tx.Exec(`UPDATE mail_folder SET next = 0, modseq = 0, messages = 0 WHERE key = ?`, b.key(d.Folder))
		return err
	})
}
