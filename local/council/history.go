package council

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/store"
)

// Edition is a text as it was saved once.
type Edition struct {
	Version int // in the journal's stream
	At      time.Time
	By      string // person id
	Text    Text
}

// Editions gives every text of a deliberation that was saved, the latest first.
func (c *Council) Editions(ctx context.Context, id string) (all []Edition, err error) {
	err = c.j.Store().View(ctx, func(tx *store.Tx) error {
		all, err = editions(tx, id)
		return err
	})
	slices.Reverse(all)
	return all, err
}

func editions(tx *store.Tx, id string) ([]Edition, error) {
	records, err := journal.Stream(tx, "deliberation/"+id)
	if err != nil {
		return nil, err
	}
	var all []Edition
	for _, r := range records {
		if r.Kind != KindDrafted {
			continue
		}
		e := Edition{Version: r.Version, At: r.At, By: r.Actor}
		if err := json.Unmarshal(r.Data, &e.Text); err != nil {
			return nil, fmt.Errorf("reading version %d of deliberation %s: %w", r.Version, id, err)
		}
		all = append(all, e)
	}
	return all, nil
}

// textAt is the text that stood at an edition. It may be one that lost its place to another laptop's since.
func textAt(tx *store.Tx, id, edition string) (t Text, err error) {
	records, err := journal.Stream(tx, "deliberation/"+id)
	if err != nil {
		return t, err
	}
	if !slices.ContainsFunc(records, func(r journal.Record) bool { return r.ID == edition }) {
		conflict, err := journal.ConflictOf(tx, "deliberation/"+id)
		if errors.Is(err, store.ErrNotFound) {
			return t, nil
		}
		if err != nil {
			return t, err
		}
		records = conflict.Contested
	}
	for _, r := range records {
		if r.Kind == KindDrafted {
			t = Text{}
			if err := json.Unmarshal(r.Data, &t); err != nil {
				return t, fmt.Errorf("reading version %d of deliberation %s: %w", r.Version, id, err)
			}
		}
		if r.ID == edition {
			break
		}
	}
	return t, nil
}
