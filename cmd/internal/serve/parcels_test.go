package serve_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What laptops would refuse is not offered to them, and the operator is told why: a catalogue that contradicts itself, a module
// that cannot be read.
func TestWrongParcelsAreNotOffered(t *testing.T) {
	dir := t.TempDir()
	alpi(t, 0, dir, "init", "alpi", "127.0.0.1")
	for _, row := range []struct{ kind, file, content, want string }{
		{"services", "catalogue.json", `{"services":[{"id":"a"}]}`, "ce catalogue des services se contredit"},
		{"module-page", "package.zip", "<!doctype html>", "ce module de formation ne peut pas être lu"},
		{"module-vide", "module.json", `{"pages":[]}`, "ce module de formation ne peut pas être lu"},
	} {
		from, to := filepath.Join(dir, row.kind), filepath.Join(dir, row.kind+".zip")
		if err := os.MkdirAll(from, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(from, row.file), []byte(row.content), 0o600); err != nil {
			t.Fatal(err)
		}
		alpi(t, 0, dir, "parcel", "pack", row.kind, from, to, "1")
		if got := alpi(t, 1, dir, "parcel", "publish", to); !strings.Contains(got, row.want) || !strings.Contains(got, "rien n’a changé") {
			t.Errorf("%s: %s", row.kind, got)
		}
	}
	if got := alpi(t, 0, dir, "parcel", "list"); !strings.Contains(got, "aucun colis") {
		t.Error(got)
	}
}
