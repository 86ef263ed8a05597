package office_test

import (
	"errors"
	"testing"

	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/local/parcel"
	"alpi40.fr/airial/sync/server"
)

// What the agency hands out comes by the exchanges, or from a file; only a newer one of the same
// server takes the place of the former; without a line, what is there is given.
func TestParcels(t *testing.T) {
	ctx := t.Context()
	s, halls := twoLaptops(t)
	h := halls[0]
	if _, err := h.FetchParcel(ctx, "essai"); !errors.Is(err, office.ErrNoParcel) {
		t.Errorf("none is offered: %v", err)
	}
	made := func(version int, text string) []byte {
		t.Helper()
		raw, err := s.MakeParcel("essai", map[string][]byte{"texte.txt": []byte(text)}, version)
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	publish := func(raw []byte) error {
		_, err := s.PublishParcel(ctx, raw, func(*parcel.Parcel) error { return nil })
		return err
	}
	text := func() string {
		t.Helper()
		p, err := h.FetchParcel(ctx, "essai")
		if err != nil {
			t.Fatal(err)
		}
		return string(p.Content["texte.txt"])
	}
	if err := publish(made(1, "un")); err != nil || text() != "un" {
		t.Fatal(err)
	}
	if err := publish(made(1, "autre")); !errors.Is(err, server.ErrNotNewer) {
		t.Errorf("the same version: %v", err)
	}
	if err := publish([]byte("<html>")); !errors.Is(err, parcel.ErrNotParcel) {
		t.Errorf("a page: %v", err)
	}
	if err := publish(made(2, "deux")); err != nil || text() != "deux" {
		t.Fatal(err)
	}
	// By hand, on the other laptop, which is another installation.
	other := halls[1]
	if p, err := other.Office().InstallParcel(ctx, "", made(3, "trois")); err != nil || p.Kind != "essai" {
		t.Errorf("from a file: %+v %v", p, err)
	}
	if _, err := other.Office().InstallParcel(ctx, "", made(2, "deux")); !errors.Is(err, office.ErrOlderParcel) {
		t.Errorf("an older file: %v", err)
	}
	if p, err := other.FetchParcel(ctx, "essai"); err != nil || p.Version != 3 {
		t.Errorf("what is offered is older: %+v %v", p, err)
	}
	h.Sync.SetOnline(false)
	if text() != "deux" {
		t.Error("without a line, what is there is not given")
	}
}
