package office

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func TestPlaces(t *testing.T) {
	roaming, local := t.TempDir(), t.TempDir()
	for _, c := range []struct{ system, want string }{
		{"linux", filepath.Join(roaming, "airial")},
		{"darwin", filepath.Join(roaming, "airial")},
		{"windows", filepath.Join(local, "airial", "data")}, // a profile that roams leaves it there
	} {
		if got := placesIn(c.system, roaming, local).Data; got != c.want {
			t.Errorf("%s: %s", c.system, got)
		}
	}
	// What was begun in the roaming half is not begun anew elsewhere.
	write(t, filepath.Join(roaming, "airial", "keys.json"))
	if got := placesIn("windows", roaming, local).Data; got != filepath.Join(roaming, "airial") {
		t.Errorf("an installation that stands already: %s", got)
	}
}

func write(t *testing.T, path string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte("contenu"), 0o600)); err != nil {
		t.Fatal(err)
	}
}

// What one person's folder leads to by a link is not what an administrator erases for her.
func TestEraseFollowsNoLinkOutOfAHome(t *testing.T) {
	home, elsewhere := t.TempDir(), t.TempDir()
	p := PlacesOf(home)
	system := filepath.Join(elsewhere, filepath.Base(p.Data), "système")
	write(t, system)
	if err := os.MkdirAll(filepath.Dir(filepath.Dir(p.Data)), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(elsewhere, filepath.Dir(p.Data)); err != nil {
		t.Skip("no links here:", err)
	}
	if err := p.Erase(); err == nil {
		t.Error("a link out of the home is followed")
	}
	if _, err := os.Stat(system); err != nil {
		t.Errorf("what is not the person's was erased: %v", err)
	}
	if err := os.Remove(filepath.Dir(p.Data)); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(p.Data, "halls", "214000001", "airial.db"))
	if err := p.Erase(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(p.Data); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the data stay: %v", err)
	}
}

func TestErase(t *testing.T) {
	config, cache := t.TempDir(), t.TempDir()
	p := placesIn("linux", config, cache)
	if err := p.Erase(); err != nil {
		t.Errorf("nothing to erase: %v", err)
	}
	kept := []string{filepath.Join(config, "autre", "reglages"), filepath.Join(config, "fyne", "autre", "preferences.json"), filepath.Join(cache, "autre")}
	gone := []string{filepath.Join(p.Data, "halls", "214000001", "airial.db"), filepath.Join(p.Data+".erased", "un reste"), filepath.Join(cache, "airial", "pages", "1.png"),
		filepath.Join(config, "fyne", "fr.alpi40.airial", "preferences.json")}
	for _, path := range append(gone, kept...) {
		write(t, path)
	}
	if err := p.Erase(); err != nil {
		t.Fatal(err)
	}
	for _, path := range gone {
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s stays: %v", path, err)
		}
	}
	for _, path := range kept {
		if _, err := os.Stat(path); err != nil {
			t.Errorf("%s of another program: %v", path, err)
		}
	}
}
