package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"alpi40.fr/airial/local/store"
)

// KindSettled is the entry by which a person decides a conflict. It stands in
// the stream of the conflict, and every module's streams may hold it.
const KindSettled = "conflict.settled"

// Settlement is the data of KindSettled.
type Settlement struct {
	// Contested are the ids of the entries decided upon.
	Contested []string `json:"contested"`
	// Choice is «kept» when what took the place stands, «redone» when the
	// person repeated the contested action after it.
	Choice string `json:"choice"`
	Note   string `json:"note"`
}

// The two choices.
const (
	ChoiceKept   = "kept"
	ChoiceRedone = "redone"
)

// Conflict is a place in a stream for which two laptops wrote an entry.
type Conflict struct {
	Stream string
	// Contested are the entries that lost the place, in the order of their chains.
	Contested []Record
	// Holding are the entries that stand from that place on.
	Holding []Record
}

// ErrSettled: somebody has decided this conflict already.
var ErrSettled = errors.New("conflict settled already")

func isSettlement(kind string) bool { return kind == KindSettled }

// settle notes which contested entries a settlement decides upon.
func settle(tx *store.Tx, e *Entry) (handled bool, err error) {
	if !isSettlement(e.Kind) {
		return false, nil
	}
	var s Settlement
	if err := json.Unmarshal(e.Data, &s); err != nil {
		return true, fmt.Errorf("reading a settlement: %w: %w", ErrMalformed, err)
	}
	for _, id := range s.Contested {
		// Two settlements of one conflict: the first in the server's order names it.
		if _, err := tx.Exec(`INSERT INTO settled (entry, by) VALUES (?, ?) ON CONFLICT (entry) DO NOTHING`, id, e.ID); err != nil {
			return true, err
		}
	}
	return true, nil
}

// unsettled is the condition of an entry that waits for a person's decision.
const unsettled = `standing = 'contested' AND id NOT IN (SELECT entry FROM settled)`

// Unsettled gives the streams that begin with prefix and have a conflict that
// waits for a person's decision.
func Unsettled(tx *store.Tx, prefix string) (map[string]bool, error) {
	streams := map[string]bool{}
	err := tx.Each(`SELECT DISTINCT stream FROM entry WHERE `+unsettled+` AND substr(stream, 1, length(?1)) = ?1`, []any{prefix},
		func(scan func(...any) error) error {
			var s string
			err := scan(&s)
			streams[s] = true
			return err
		})
	return streams, err
}

// ConflictOf gives the conflict of one stream. store.ErrNotFound when nothing
// there waits for a decision.
func ConflictOf(tx *store.Tx, stream string) (Conflict, error) {
	all, err := conflicts(tx, ` AND stream = ?`, stream)
	if err != nil {
		return Conflict{}, err
	}
	if len(all) == 0 {
		return Conflict{}, fmt.Errorf("conflict in %s: %w", stream, store.ErrNotFound)
	}
	return all[0], nil
}

// CountConflicts is how many streams Conflicts would give.
func CountConflicts(tx *store.Tx) (n int, err error) {
	err = tx.Get(`SELECT count(DISTINCT stream) FROM entry WHERE `+unsettled, nil, &n)
	return n, err
}

// Conflicts gives those that wait for a person's decision.
func Conflicts(tx *store.Tx) ([]Conflict, error) { return conflicts(tx, "") }

func conflicts(tx *store.Tx, where string, args ...any) ([]Conflict, error) {
	records, err := store.All(tx, `SELECT `+columns+` FROM entry WHERE `+unsettled+where+` ORDER BY stream, device, device_seq`, args, scanRecord)
	if err != nil {
		return nil, err
	}
	var all []Conflict
	for _, r := range records {
		if n := len(all); n > 0 && all[n-1].Stream == r.Stream {
			all[n-1].Contested = append(all[n-1].Contested, r)
			continue
		}
		all = append(all, Conflict{Stream: r.Stream, Contested: []Record{r}})
	}
	for i := range all {
		c := &all[i]
		from := c.Contested[0].Version
		for _, r := range c.Contested {
			from = min(from, r.Version)
		}
		c.Holding, err = store.All(tx, `SELECT `+columns+` FROM entry
			WHERE stream = ? AND version >= ? AND standing <> 'contested' ORDER BY version`, []any{c.Stream, from}, scanRecord)
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// Settle writes a person's decision on the conflict of a stream. With
// ChoiceRedone, redo gives the drafts that repeat the contested action; the
// rules judge them against the present state, as any other action.
// Errors: ErrSettled, a refusal of redo.
func (j *Journal) Settle(ctx context.Context, actor, stream, note string, redo func(*store.Tx) ([]Draft, error)) ([]Entry, error) {
	return j.settle(ctx, actor, stream, note, nil, redo)
}

// Repeat settles some contested entries of a stream by writing again what they say: for an act
// that those which hold its place do not contradict. What else is contested there waits still.
// Errors: ErrSettled, a refusal of redo.
func (j *Journal) Repeat(ctx context.Context, actor, stream string, contested []string, redo func(*store.Tx) ([]Draft, error)) ([]Entry, error) {
	return j.settle(ctx, actor, stream, "", contested, redo)
}

// settle decides upon some contested entries of a stream, or upon all when only is nil.
func (j *Journal) settle(ctx context.Context, actor, stream, note string, only []string, redo func(*store.Tx) ([]Draft, error)) ([]Entry, error) {
	return j.Commit(ctx, actor, func(tx *store.Tx) ([]Draft, error) {
		ids, err := store.All(tx, `SELECT id FROM entry WHERE stream = ? AND `+unsettled+` ORDER BY device, device_seq`,
			[]any{stream}, func(scan func(...any) error) (id string, err error) { return id, scan(&id) })
		if err != nil {
			return nil, err
		}
		if only != nil {
			ids = slices.DeleteFunc(ids, func(id string) bool { return !slices.Contains(only, id) })
		}
		if len(ids) == 0 {
			return nil, fmt.Errorf("settling %s: %w", stream, ErrSettled)
		}
		s := Settlement{Contested: ids, Choice: ChoiceKept, Note: strings.TrimSpace(note)}
		var more []Draft
		if redo != nil {
			s.Choice = ChoiceRedone
			if more, err = redo(tx); err != nil {
				return nil, err
			}
		}
		return append([]Draft{{Stream: stream, Kind: KindSettled, Data: s}}, more...), nil
	})
}
