package window_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"alpi40.fr/airial/local/vault"
)

// What the search field shows is plain text: the marks that set the words found off are taken away.
func TestSearchShowsPlainText(t *testing.T) {
	ctx := context.Background()
	r, seat := room(t, time.Now)
	person, err := seat.Hall.Person(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := seat.Hall.Vault.Hold(ctx, person); err != nil {
		t.Fatal(err)
	}
	space, err := seat.Hall.Vault.NewSpace(ctx, person, "Travaux")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := seat.Hall.Vault.Put(ctx, person, vault.NewFile{Space: space, Name: "visite.txt", Modified: time.Now()}, strings.NewReader("La charpente est saine.")); err != nil {
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
