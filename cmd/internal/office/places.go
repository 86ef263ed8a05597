package office

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"alpi40.fr/airial/local/store/durable"
	"alpi40.fr/airial/local/store/keys"
)

// Places are the folders of one person's Airial on this computer.
type Places struct {
	// Data is the installation: the authorities, their documents, the keys.
	Data string
	// Rest are what is made again: logs, drawn pages, installers that were fetched, the look of the window.
	Rest []string
	// home is whose all that is, empty for the person's own.
	home string
}

// Folder is where this person's installation is, unless one says otherwise.
func Folder() (string, error) {
	p, err := OwnPlaces()
	return p.Data, err
}

// OwnPlaces are those of the person who runs this program.
func OwnPlaces() (Places, error) {
	config, err := os.UserConfigDir()
	if err != nil {
		return Places{}, fmt.Errorf("finding the installation's folder: %w", err)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return Places{}, fmt.Errorf("finding the installation's folder: %w", err)
	}
	return placesIn(runtime.GOOS, config, cache), nil
}

// PlacesOf are those of the person whose home folder (on Windows: whose profile) is given. Folders that an administrator
// led elsewhere are not known.
func PlacesOf(home string) Places {
	p := placesIn(runtime.GOOS, filepath.Join(home, ".config"), filepath.Join(home, ".cache"))
	p.Rest = append(p.Rest, filepath.Join(home, ".local", "state", "airial"))
	if runtime.GOOS == "windows" {
		p = placesIn(runtime.GOOS, filepath.Join(home, "AppData", "Roaming"), filepath.Join(home, "AppData", "Local"))
	}
	p.home = home
	return p
}

// placesIn are the places in the folders that a system has for settings and for what stays on a computer. On Windows the
// installation stays there too: a profile that roams would carry the database away at each end of session, to a second
// computer that has not its key, and one that is redirected would have it on a share, where SQLite's log does not hold. An
// installation that stands in the roaming half already is used there.
func placesIn(system, config, cache string) Places {
	p := Places{Data: filepath.Join(config, "airial"), Rest: []string{filepath.Join(cache, "airial"), filepath.Join(config, "fyne", "fr.alpi40.airial")}}
	if system == "windows" && !keys.Created(p.Data) {
		p.Data = filepath.Join(cache, "airial", "data")
	}
	return p
}

// Erase removes what Airial keeps for a person on this computer, whatever has not been sent included. Nothing is removed when
// a program holds the data. Error: durable.ErrHeld.
func (p Places) Erase() error {
	if p.home == "" {
		return p.erase(os.RemoveAll, durable.Rename)
	}
	// Who erases what is another's may do more than that one: no link that stands there leads out of the home.
	root, err := os.OpenRoot(p.home)
	if err != nil {
		return fmt.Errorf("erasing the data: %w", err)
	}
	within := func(path string) string {
		inside, err := filepath.Rel(p.home, path)
		if err != nil {
			return path // which the root refuses
		}
		return inside
	}
	err = p.erase(
		func(path string) error { return root.RemoveAll(within(path)) },
		func(from, to string) error { return root.Rename(within(from), within(to)) })
	return errors.Join(err, root.Close())
}

func (p Places) erase(removeAll func(string) error, rename func(from, to string) error) error {
	gone := p.Data + ".erased"
	if err := removeAll(gone); err != nil { // what an erasing that was stopped left
		return fmt.Errorf("erasing the data: %w", err)
	}
	// Where a file is held the folder cannot take another name, and all stays.
	if err := rename(p.Data, gone); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("erasing the data: %w", err)
	}
	for _, dir := range append([]string{gone}, p.Rest...) {
		if err := removeAll(dir); err != nil {
			return fmt.Errorf("erasing the data: %w", err)
		}
	}
	return nil
}
