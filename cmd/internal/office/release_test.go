package office_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/local/parcel"
	"alpi40.fr/airial/local/release"
)

// A version that the agency lists comes with the exchanges; its installer is fetched when a person asks for it, and only
// the one that was listed is written.
func TestVersionsByTheExchanges(t *testing.T) {
	ctx := t.Context()
	s, halls := twoLaptops(t)
	h, o := halls[0], halls[0].Office()
	if all, err := o.Releases(ctx); err != nil || len(all) != 0 {
		t.Fatalf("nothing listed: %v, %v", all, err)
	}
	publish := func(kind, file string, content []byte, version int) {
		t.Helper()
		raw, err := s.MakeParcel(kind, map[string][]byte{file: content}, version)
		if err == nil {
			_, err = s.PublishParcel(ctx, raw, func(*parcel.Parcel) error { return nil })
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	program := []byte("le programme d’installation")
	sum := sha256.Sum256(program)
	r := release.Release{Version: "99.0.0", Day: "2026-12-01", Ring: release.RingGeneral, Share: 100, Notes: []string{"Tout."}, Installers: map[string]release.Installer{
		runtime.GOOS + "/" + runtime.GOARCH: {Parcel: "installer-essai", File: "airial.msi", SHA256: hex.EncodeToString(sum[:])}}}
	text, err := release.Write([]release.Release{r})
	if err != nil {
		t.Fatal(err)
	}
	publish(release.Kind, release.File, text, 1)
	if _, err := h.Exchange(ctx); err != nil {
		t.Fatal(err)
	}
	all, err := o.Releases(ctx)
	if err != nil || len(all) != 1 || all[0].Version != "99.0.0" {
		t.Fatalf("%+v, %v", all, err)
	}
	here, err := h.Computer("")
	if err != nil || here.ID == "" {
		t.Fatal(here, err)
	}
	dir := filepath.Join(t.TempDir(), "updates")
	if _, err := h.FetchInstaller(ctx, r, dir); !errors.Is(err, office.ErrNoParcel) {
		t.Errorf("not offered yet: %v", err)
	}
	publish("installer-essai", "airial.msi", []byte("autre chose"), 1)
	if _, err := h.FetchInstaller(ctx, r, dir); !errors.Is(err, release.ErrList) {
		t.Errorf("another program: %v", err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Error("another program was written")
	}
	former := filepath.Join(dir, "airial-98.msi")
	if err := errors.Join(os.MkdirAll(dir, 0o700), os.WriteFile(former, []byte("la version d’avant"), 0o600)); err != nil {
		t.Fatal(err)
	}
	publish("installer-essai", "airial.msi", program, 2)
	path, err := h.FetchInstaller(ctx, r, dir)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != string(program) {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := os.Stat(former); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the former installer stays: %v", err)
	}
	// It was fetched, and is not fetched again, unless somebody changed it on the disk.
	publish("installer-essai", "airial.msi", []byte("autre chose"), 3)
	if again, err := h.FetchInstaller(ctx, r, dir); err != nil || again != path {
		t.Errorf("fetched already: %q, %v", again, err)
	}
	if err := os.WriteFile(path, []byte("un virus"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := h.FetchInstaller(ctx, r, dir); !errors.Is(err, release.ErrList) {
		t.Errorf("changed on the disk: %v", err)
	}
}
