package mailbox

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"alpi40.fr/airial/local/store"
)

// maxThread bounds a conversation: what names a thousand letters is not read further.
const maxThread = 200

// refer keeps which letters a message names, or reports of; they join it to its conversation.
func refer(tx *store.Tx, message int64, p Parsed, reports []Report) error {
	refs := p.References[:min(len(p.References), maxThread)]
	for _, r := range reports {
		refs = append(refs[:len(refs):len(refs)], r.Original)
	}
	for _, ref := range refs {
		if _, err := tx.Exec(`INSERT INTO mail_reference (message, ref) VALUES (?, ?) ON CONFLICT DO NOTHING`, message, ref); err != nil {
			return err
		}
	}
	return nil
}

// Thread gives the conversation of a message, in all folders of the account, the oldest first: what it names, what
// names it, and so on. A message that nothing is joined to is alone in it. What a stranger wrote into
// his references may join messages that are not of one conversation; nothing rests on it.
func (b *Box) Thread(ctx context.Context, id int64) (all []Summary, err error) {
	err = b.view(ctx, "reading a conversation", func(tx *store.Tx) error {
		names, seen := map[string]bool{}, map[int64]bool{}
		var todo []string
		name := func(n string) {
			if n != "" && !names[n] && len(names) < maxThread {
				names[n], todo = true, append(todo, n)
			}
		}
		take := func(message int64) error {
			if seen[message] || len(seen) >= maxThread {
				return nil
			}
			var own, account string
			if err := tx.Get(`SELECT m.message_id, f.account FROM mail_message m JOIN mail_folder f ON f.id = m.folder WHERE m.id = ?`, []any{message}, &own, &account); err != nil || account != b.account {
				return err
			}
			seen[message] = true
			name(own)
			return tx.Each(`SELECT ref FROM mail_reference WHERE message = ?`, []any{message}, func(scan func(...any) error) error {
				var ref string
				err := scan(&ref)
				name(ref)
				return err
			})
		}
		if err := take(id); err != nil {
			return err
		}
		for len(todo) > 0 {
			n := todo[0]
			todo = todo[1:]
			found, err := store.All(tx, `SELECT id FROM mail_message WHERE message_id = ?1 UNION SELECT message FROM mail_reference WHERE ref = ?1 LIMIT 200`, []any{n}, func(scan func(...any) error) (id int64, err error) { return id, scan(&id) })
			if err != nil {
				return err
			}
			for _, message := range found {
				if err := take(message); err != nil {
					return err
				}
			}
		}
		// A copy of the same letter in another folder is shown once: the one that is being read, else the first.
		own := map[string]bool{}
		for _, message := range append([]int64{id}, slices.Sorted(maps.Keys(seen))...) {
			var messageID string
			if err := tx.Get(`SELECT message_id FROM mail_message WHERE id = ?`, []any{message}, &messageID); err != nil {
				return err
			}
			if !seen[message] || messageID != "" && own[messageID] {
				continue
			}
			own[messageID], seen[message] = true, false
			rows, err := store.All(tx, `SELECT `+columns+` FROM mail_message m WHERE m.id = ?`, []any{message}, summary)
			if err != nil {
				return err
			}
			all = append(all, rows...)
		}
		return nil
	})
	slices.SortFunc(all, func(a, b Summary) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID)) })
	return all, err
}
