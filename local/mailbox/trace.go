package mailbox

import (
	"context"
	"errors"
	"time"

	"alpi40.fr/airial/local/store"
)

// Dropped: the letter was thrown away before it left.
const Dropped LetterState = "dropped"

// Fate is what became of a letter that has a purpose, as this laptop knows.
type Fate struct {
	// State is "" where the letter was not written here; what was reported of it is known all the same.
	State LetterState
	At    time.Time // when it came to that state
	Words string    // why a server refused it
	// Reports are what others said of it, the oldest first.
	Reports []Report
}

// Fate tells what became of a letter, by its Message-ID.
func (b *Box) Fate(ctx context.Context, messageID string) (f Fate, err error) {
	err = b.view(ctx, "reading what became of a letter", func(tx *store.Tx) error {
		var at int64
		switch err := tx.Get(`SELECT state, at, words FROM mail_trace WHERE message_id = ?`, []any{messageID}, &f.State, &at, &f.Words); {
		case err == nil:
			f.At = time.UnixMicro(at).UTC()
		case !errors.Is(err, store.ErrNotFound):
			return err
		}
		f.Reports, err = store.All(tx, `SELECT original, kind, recipient, at, words FROM mail_report WHERE original = ? ORDER BY at, kind`, []any{messageID},
			func(scan func(...any) error) (r Report, err error) {
				var at int64
				err = scan(&r.Original, &r.Kind, &r.Recipient, &at, &r.Words)
				r.At = time.UnixMicro(at).UTC()
				return r, err
			})
		return err
	})
	return f, err
}

// follow begins the trace of a letter that is queued.
func follow(tx *store.Tx, l Letter, at time.Time) error {
	if l.Purpose == "" || l.MessageID == "" {
		return nil
	}
	_, err := tx.Exec(`INSERT INTO mail_trace (message_id, letter, purpose, state, at) VALUES (?, ?, ?, 'queued', ?)
		ON CONFLICT (message_id) DO UPDATE SET state = 'queued', at = excluded.at, words = ''`, l.MessageID, l.ID, l.Purpose, at.UnixMicro())
	return err
}

// trace notes the state of a letter that is followed; a letter that is leaving is still queued for who waits for news.
func trace(tx *store.Tx, letter string, s LetterState, words string, at time.Time) error {
	if s == Sending {
		return nil
	}
	_, err := tx.Exec(`UPDATE mail_trace SET state = ?, words = ?, at = ? WHERE letter = ? AND state <> ?`, string(s), words, at.UnixMicro(), letter, string(s))
	return err
}
