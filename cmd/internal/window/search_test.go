package window_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"alpi40.fr/airial/local/store"
)

// What the search field shows is plain text: the marks that set the words found off are taken away.
func TestSearchShowsPlainText(t *testing.T) {
	ctx := context.Background()
	r, seat := room(t, time.Now)
	err := seat.Hall.Store.Update(ctx, func(tx *store.Tx) error {
		return tx.Index(store.Document{Kind: "folder", Ref: "visite", Stream: "folder/visite", Title: "Visite de la halle", Body: "La charpente est saine.", At: time.Now()})
	})
	if err != nil {
		t.Fatal(err)
	}
	found, err := r.Search(ctx, "charpente", 10)
	if err != nil || len(found) != 1 {
		t.Fatalf("%v %v", found, err)
	}
	if d := found[0].Detail; !strings.Contains(d, "charpente est saine") || strings.ContainsAny(d, "\u2068\u2069") {
		t.Errorf("shows %q", d)
	}
}
