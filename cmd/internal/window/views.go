package window

import (
	"context"
	"encoding/json"
	"fmt"

	"alpi40.fr/airial/cmd/internal/explain"
	"alpi40.fr/airial/local/store"
	uiparapheur "alpi40.fr/airial/ui/parapheur"
)

// settingViews is in the encrypted database: what people look for may name somebody.
const settingViews = "parapheur.views"

// Views implements the parapheur page's office.
func (r *Room) Views(ctx context.Context) (all []uiparapheur.SavedView, err error) {
	err = r.seat().Hall.Store.View(ctx, func(tx *store.Tx) error {
		text, err := tx.Setting(settingViews)
		if err == nil && text != "" {
			err = json.Unmarshal([]byte(text), &all)
		}
		return err
	})
	return all, explain.Error(err)
}

// KeepViews implements the parapheur page's office.
func (r *Room) KeepViews(ctx context.Context, all []uiparapheur.SavedView) error {
	text, err := json.Marshal(all)
	if err != nil {
		return fmt.Errorf("keeping the searches: %w", err)
	}
	return explain.Error(r.seat().Hall.Store.Update(ctx, func(tx *store.Tx) error { return tx.SetSetting(settingViews, string(text)) }))
}
