package council

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
)

// Line is a deliberation in a list.
type Line struct {
	ID, Number, Subject string
	Status              Status
	Changed             time.Time
}

// List gives at most limit deliberations, the last changed first. words, when
// set, keeps those whose text has them.
func (c *Council) List(ctx context.Context, words string, limit int) (lines []Line, err error) {
	err = c.j.Store().View(ctx, func(tx *store.Tx) error {
		if strings.TrimSpace(words) == "" {
			lines, err = store.All(tx, `SELECT id, number, subject, status, changed FROM deliberation ORDER BY changed DESC, id LIMIT ?`, []any{limit}, scanLine)
			return err
		}
		hits, err := tx.Search(words, "deliberation", limit)
		for i := 0; i < len(hits) && err == nil; i++ {
			var found []Line
			found, err = store.All(tx, `SELECT id, number, subject, status, changed FROM deliberation WHERE id = ?`, []any{hits[i].Ref}, scanLine)
			lines = append(lines, found...)
		}
		return err
	})
	return lines, err
}

func scanLine(scan func(...any) error) (l Line, err error) {
	var at int64
	err = scan(&l.ID, &l.Number, &l.Subject, &l.Status, &at)
	l.Changed = time.UnixMicro(at).UTC()
	return l, err
}

// Deliberation gives one deliberation. store.ErrNotFound when there is none.
func (c *Council) Deliberation(ctx context.Context, id string) (d Deliberation, err error) {
	err = c.j.Store().View(ctx, func(tx *store.Tx) error {
		d, err = deliberationByID(tx, id)
		return err
	})
	return d, err
}

// Sitting gives one sitting. store.ErrNotFound when there is none.
func (c *Council) Sitting(ctx context.Context, id string) (s Sitting, err error) {
	err = c.j.Store().View(ctx, func(tx *store.Tx) error {
		s, err = sittingByID(tx, id)
		return err
	})
	return s, err
}

// Sittings gives all sittings, the latest first.
func (c *Council) Sittings(ctx context.Context) (all []Sitting, err error) {
	err = c.j.Store().View(ctx, func(tx *store.Tx) error {
		sorted, err := allSittings(tx)
		for i := len(sorted) - 1; i >= 0; i-- {
			all = append(all, sorted[i])
		}
		return err
	})
	return all, err
}

// Typed gives what a person was typing, with the version she started from; the
// saved text when nothing is kept.
func (c *Council) Typed(ctx context.Context, id string) (t Text, seen int, err error) {
	err = c.j.Store().View(ctx, func(tx *store.Tx) error {
		d, err := deliberationByID(tx, id)
		if err != nil {
			return err
		}
		t, seen = d.Text, d.Version
		body, _, err := tx.Kept(scratchKey(id))
		if errors.Is(err, store.ErrNotFound) || d.Status != StatusDraft {
			return nil
		}
		var k kept
		if err == nil {
			err = json.Unmarshal(body, &k)
		}
		if err == nil {
			t, seen = k.Text, k.Seen
		}
		return err
	})
	return t, seen, err
}

// Edition is a saved text of a deliberation.
type Edition struct {
	Version int
	At      time.Time
	By      string // person
	Text    Text
}

// Editions gives the saved texts of a deliberation, the first one first.
func (c *Council) Editions(ctx context.Context, id string) (all []Edition, err error) {
	err = c.j.Store().View(ctx, func(tx *store.Tx) error {
		all, err = editions(tx, id)
		return err
	})
	return all, err
}

func editions(tx *store.Tx, id string) (all []Edition, err error) {
	records, err := journal.Stream(tx, deliberationStream(id))
	if err != nil {
		return nil, err
	}
	for _, r := range records {
		if r.Kind != KindDrafted {
			continue
		}
		e, err := edition(r)
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	return all, nil
}

func edition(r journal.Record) (Edition, error) {
	e := Edition{Version: r.Version, At: r.At, By: r.Actor}
	if err := json.Unmarshal(r.Data, &e.Text); err != nil {
		return e, fmt.Errorf("reading version %d: %w", r.Version, err)
	}
	return e, nil
}

// textAt is the last saved text up to a version; the empty text before the first.
func textAt(tx *store.Tx, id string, version int) (Text, error) {
	all, err := editions(tx, id)
	var t Text
	for _, e := range all {
		if e.Version <= version {
			t = e.Text
		}
	}
	return t, err
}

// Conflict is a draft that two laptops changed: the text both started from, the
// one that lost its place, and the one that stands.
type Conflict struct {
	Base, Mine, Theirs Text
	MineBy, TheirsBy   string // persons
}

// DraftConflict gives the conflict of a draft. store.ErrNotFound when there is none.
func (c *Council) DraftConflict(ctx context.Context, id string) (conflict Conflict, err error) {
	err = c.j.Store().View(ctx, func(tx *store.Tx) error {
		conflict, err = draftConflict(tx, id)
		return err
	})
	return conflict, err
}

func draftConflict(tx *store.Tx, id string) (Conflict, error) {
	var found Conflict
	conflicts, err := journal.Conflicts(tx)
	if err != nil {
		return found, err
	}
	for _, conflict := range conflicts {
		if conflict.Stream != deliberationStream(id) {
			continue
		}
		mine, ok := lastDraft(conflict.Contested)
		if !ok {
			continue
		}
		e, err := edition(mine)
		if err != nil {
			return found, err
		}
		found.Mine, found.MineBy = e.Text, e.By
		d, err := deliberationByID(tx, id)
		if err != nil {
			return found, err
		}
		found.Theirs, found.TheirsBy = d.Text, d.SavedBy
		found.Base, err = textAt(tx, id, conflict.Contested[0].Version-1)
		return found, err
	}
	return found, fmt.Errorf("conflict of deliberation %s: %w", id, store.ErrNotFound)
}

func lastDraft(records []journal.Record) (journal.Record, bool) {
	for i := len(records) - 1; i >= 0; i-- {
		if records[i].Kind == KindDrafted {
			return records[i], true
		}
	}
	return journal.Record{}, false
}

// Collision is a number that two laptops gave while apart.
type Collision struct {
	Number string
	IDs    []string // deliberations
}

// Collisions gives the numbers that several deliberations bear.
func (c *Council) Collisions(ctx context.Context) (all []Collision, err error) {
	err = c.j.Store().View(ctx, func(tx *store.Tx) error {
		return tx.Each(`SELECT number, id FROM deliberation WHERE number <> '' AND number IN
			(SELECT number FROM deliberation WHERE number <> '' GROUP BY number HAVING count(*) > 1) ORDER BY number, id`, nil,
			func(scan func(...any) error) error {
				var number, id string
				if err := scan(&number, &id); err != nil {
					return err
				}
				if n := len(all); n > 0 && all[n-1].Number == number {
					all[n-1].IDs = append(all[n-1].IDs, id)
					return nil
				}
				all = append(all, Collision{Number: number, IDs: []string{id}})
				return nil
			})
	})
	return all, err
}

func deliberationByID(tx *store.Tx, id string) (d Deliberation, err error) {
	err = stateOf(tx, `SELECT state FROM deliberation WHERE id = ?`, id, &d)
	return d, err
}

func sittingByID(tx *store.Tx, id string) (s Sitting, err error) {
	err = stateOf(tx, `SELECT state FROM sitting WHERE id = ?`, id, &s)
	return s, err
}

func stateOf(tx *store.Tx, query, id string, into any) error {
	var state []byte
	if err := tx.Get(query, []any{id}, &state); err != nil {
		return fmt.Errorf("reading %s: %w", id, err)
	}
	return json.Unmarshal(state, into)
}

// allSittings gives the sittings, the earliest first.
func allSittings(tx *store.Tx) ([]Sitting, error) {
	return store.All(tx, `SELECT state FROM sitting ORDER BY at, id`, nil, func(scan func(...any) error) (s Sitting, err error) {
		var state []byte
		if err := scan(&state); err != nil {
			return s, err
		}
		err = json.Unmarshal(state, &s)
		return s, err
	})
}

// nextNumber is the number after the greatest of the year: «2026-045».
func nextNumber(tx *store.Tx, year int) (string, error) {
	prefix := strconv.Itoa(year) + "-"
	numbers, err := store.All(tx, `SELECT number FROM deliberation WHERE number >= ? AND number < ?`, []any{prefix, prefix + "~"},
		func(scan func(...any) error) (n string, err error) { err = scan(&n); return n, err })
	if err != nil {
		return "", err
	}
	last := 0
	for _, n := range numbers {
		k, err := strconv.Atoi(strings.TrimPrefix(n, prefix))
		if err != nil {
			return "", &rule.Refusal{Why: "Le numéro « " + n + " » ne suit pas la numérotation de l’année.", Cure: "Signalez-le à l’assistance."}
		}
		last = max(last, k)
	}
	return fmt.Sprintf("%s%03d", prefix, last+1), nil
}
