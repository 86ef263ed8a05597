package council

import (
	"context"
	"encoding/json"
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

// textAt is the text that stood at a version of the stream.
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
