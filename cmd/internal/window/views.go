package window

import (
	"context"

	"alpi40.fr/airial/cmd/internal/explain"
	uiparapheur "alpi40.fr/airial/ui/parapheur"
)

// settingViews is in the encrypted database: what people look for may name somebody.
const settingViews = "parapheur.views"

// Views implements the parapheur page's office.
func (r *Room) Views(ctx context.Context) (all []uiparapheur.SavedView, err error) {
	err = readSetting(ctx, r.seat().Hall.Store, settingViews, &all)
	return all, explain.Error(err)
}

// KeepViews implements the parapheur page's office.
func (r *Room) KeepViews(ctx context.Context, all []uiparapheur.SavedView) error {
	return explain.Error(keepSetting(ctx, r.seat().Hall.Store, settingViews, all))
}
