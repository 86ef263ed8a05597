package mailbox

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
)

// Who answers what, in a mailbox that several computers read: a person takes a message, gives it
// back, or has done with it. These are entries of the journal, in streams «mailcare/<mark>», where
// the mark is a hash of the Message-ID: the journal tells nobody what the mail says.

// The kinds of entries.
const (
	KindTaken    = "mailcare.taken"
	KindReleased = "mailcare.released"
	KindDone     = "mailcare.done"
)

// CarePrefix is what the streams begin with.
const CarePrefix = "mailcare/"

// Care is who sees to a message.
type Care struct {
	Person string
	At     time.Time
	Done   bool
}

// Team is who answers what, of one authority.
type Team struct{ j *journal.Journal }

// NewTeam gives what a journal holds.
func NewTeam(j *journal.Journal) *Team { return &Team{j: j} }

// mark names a message in the journal; empty for one without a Message-ID, which nobody can take.
func mark(messageID string) string {
	if messageID == "" {
		return ""
	}
	sum := sha256.Sum256([]byte("airial mail care 1\x00" + messageID))
	return hex.EncodeToString(sum[:16])
}

// MayTake tells whether a person may take a message: nobody else has it.
func MayTake(c Care, person string) error {
	if c.Person != "" && c.Person != person && !c.Done {
		return &rule.Refusal{Why: "Quelqu’un d’autre s’occupe déjà de ce message.", Cure: "Parlez-en ensemble ; il peut le rendre."}
	}
	return nil
}

// MayRelease tells whether a person may give a message back, or have done with it: who took it.
func MayRelease(c Care, person string) error {
	if c.Person != person || c.Done {
		return &rule.Refusal{Why: "Ce message n’est pas à vous.", Cure: "Prenez-le d’abord."}
	}
	return nil
}

// Take has a person see to a message. Error: a refusal.
func (t *Team) Take(ctx context.Context, person, messageID string) error {
	return t.note(ctx, person, messageID, KindTaken, MayTake)
}

// Release gives a message back. Error: a refusal.
func (t *Team) Release(ctx context.Context, person, messageID string) error {
	return t.note(ctx, person, messageID, KindReleased, MayRelease)
}

// Finish has done with a message. Error: a refusal.
func (t *Team) Finish(ctx context.Context, person, messageID string) error {
	return t.note(ctx, person, messageID, KindDone, MayRelease)
}

func (t *Team) note(ctx context.Context, person, messageID, kind string, may func(Care, string) error) error {
	m := mark(messageID)
	if m == "" || person == "" {
		return &rule.Refusal{Why: "Ce message n’a pas d’identifiant : il ne peut pas être suivi à plusieurs.", Cure: "Répondez-y, et classez-le."}
	}
	_, err := t.j.Commit(ctx, person, func(tx *store.Tx) ([]journal.Draft, error) {
		c, err := careOf(tx, m)
		if err != nil {
			return nil, err
		}
		if err := may(c, person); err != nil {
			return nil, err
		}
		return []journal.Draft{{Stream: CarePrefix + m, Kind: kind, Data: struct{}{}}}, nil
	})
	return err
}

// Of gives who sees to a message; the zero value for nobody.
func (t *Team) Of(ctx context.Context, messageID string) (c Care, err error) {
	err = t.j.Store().View(ctx, func(tx *store.Tx) (err error) { c, err = careOf(tx, mark(messageID)); return err })
	return c, err
}

// Cares is who sees to each message.
type Cares map[string]Care

// Of gives who sees to a message; the zero value for nobody.
func (c Cares) Of(messageID string) Care { return c[mark(messageID)] }

// All gives who sees to each message that somebody took.
func (t *Team) All(ctx context.Context) (all Cares, err error) {
	all = Cares{}
	err = t.j.Store().View(ctx, func(tx *store.Tx) error {
		return tx.Each(`SELECT mark, data FROM mail_care`, nil, func(scan func(...any) error) error {
			var m string
			var data []byte
			if err := scan(&m, &data); err != nil {
				return err
			}
			var c Care
			err := json.Unmarshal(data, &c)
			all[m] = c
			return err
		})
	})
	return all, err
}

func careOf(tx *store.Tx, mark string) (Care, error) {
	c, err := store.GetDecoded[Care](tx, `SELECT data FROM mail_care WHERE mark = ?`, mark)
	if errors.Is(err, store.ErrNotFound) {
		return Care{}, nil
	}
	return c, err
}

// Projections make the table of who answers what.
func Projections() []journal.Projection {
	return []journal.Projection{{
		Name: "mail-care", Version: 1, Prefix: CarePrefix, Tables: []string{"mail_care"},
		Schema: `CREATE TABLE mail_care (mark TEXT PRIMARY KEY, data BLOB NOT NULL) STRICT;`,
		Apply: func(tx *store.Tx, ev journal.Event) error {
			c := Care{Person: ev.Actor, At: ev.At, Done: ev.Kind == KindDone}
			if ev.Kind == KindReleased {
				c = Care{}
			}
			text, err := json.Marshal(c)
			if err != nil {
				return err
			}
			_, err = tx.Exec(`INSERT INTO mail_care VALUES (?, ?) ON CONFLICT (mark) DO UPDATE SET data = excluded.data`, strings.TrimPrefix(ev.Stream, CarePrefix), text)
			return err
		},
		Forget: func(tx *store.Tx, stream string) error {
			_, err := tx.Exec(`DELETE FROM mail_care WHERE mark = ?`, strings.TrimPrefix(stream, CarePrefix))
			return err
		},
	}}
}
