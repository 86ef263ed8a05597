package council

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
)

// Remark is what somebody says beside a draft. It is not part of the text, and
// writing one never contends with saving it: its stream is its own.
type Remark struct {
	ID           string    `json:"id"`
	Deliberation string    `json:"deliberation"`
	Text         string    `json:"text"`
	By           string    `json:"by"`
	At           time.Time `json:"at"`
	// Answered says who has seen to it; empty while it waits.
	Answered string `json:"answered,omitempty"`
}

// The kinds of entries of a remark; its stream is «draftremark/<id>».
const (
	KindRemarked       = "draftremark.written"
	KindRemarkAnswered = "draftremark.answered"
)

const (
	remarkPrefix = "draftremark/"
	maxRemark    = 5000 // characters
)

type remarked struct {
	Deliberation string `json:"deliberation"`
	Text         string `json:"text"`
}

// WriteRemark says something beside a draft.
func (c *Council) WriteRemark(ctx context.Context, actor, deliberationID, text string) error {
	text = strings.TrimSpace(text)
	if n := len([]rune(text)); n == 0 || n > maxRemark {
		return &rule.Refusal{Why: "Une remarque compte de 1 à 5 000 caractères.", Cure: "Écrivez-la, ou raccourcissez-la."}
	}
	return c.commit(ctx, actor, remarkPrefix+c.j.NewID(), KindRemarked, nil, func(tx *store.Tx) (any, error) {
		_, err := deliberation(tx, deliberationID)
		return remarked{deliberationID, text}, err
	})
}

// AnswerRemark notes that somebody has seen to a remark.
func (c *Council) AnswerRemark(ctx context.Context, actor, id string) error {
	return c.commit(ctx, actor, remarkPrefix+id, KindRemarkAnswered, nil, func(tx *store.Tx) (any, error) {
		r, err := one[Remark](tx, "draftremark", id)
		if err == nil && r.Answered != "" {
			err = &rule.Refusal{Why: "Cette remarque est déjà traitée.", Cure: "Écrivez-en une nouvelle s’il reste quelque chose à dire."}
		}
		return struct{}{}, err
	})
}

// Remarks gives what was said beside a draft, in order.
func (c *Council) Remarks(ctx context.Context, deliberationID string) (all []Remark, err error) {
	err = c.j.Store().View(ctx, func(tx *store.Tx) error {
		all, err = store.All(tx, `SELECT data FROM draftremark WHERE deliberation = ? ORDER BY at, id`, []any{deliberationID}, store.Decoded[Remark])
		return err
	})
	return all, err
}

func remarks() journal.Projection {
	return journal.Projection{
		Name: "council-draftremark", Version: 1, Prefix: remarkPrefix, Tables: []string{"draftremark"},
		Schema: `CREATE TABLE draftremark (id TEXT PRIMARY KEY, deliberation TEXT NOT NULL, at INTEGER NOT NULL, data BLOB NOT NULL) STRICT;
			CREATE INDEX draftremark_by_deliberation ON draftremark (deliberation, at)`,
		Apply: applyRemark,
		Forget: func(tx *store.Tx, stream string) error {
			_, err := tx.Exec(`DELETE FROM draftremark WHERE id = ?`, strings.TrimPrefix(stream, remarkPrefix))
			return err
		},
	}
}

func applyRemark(tx *store.Tx, ev journal.Event) error {
	id := strings.TrimPrefix(ev.Stream, remarkPrefix)
	r, err := one[Remark](tx, "draftremark", id)
	if errors.Is(err, store.ErrNotFound) {
		r, err = &Remark{ID: id, At: ev.At, By: ev.Actor}, nil
	}
	if err != nil {
		return err
	}
	switch ev.Kind {
	case KindRemarked:
		var w remarked
		err = json.Unmarshal(ev.Data, &w)
		r.Deliberation, r.Text = w.Deliberation, w.Text
	case KindRemarkAnswered:
		r.Answered = ev.Actor
	}
	if err != nil {
		return err
	}
	data, err := json.Marshal(r)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO draftremark (id, deliberation, at, data) VALUES (?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET data = excluded.data`, id, r.Deliberation, r.At.UnixMicro(), data)
	return err
}
