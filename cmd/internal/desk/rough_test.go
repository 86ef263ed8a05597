package desk

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/ui/home"
	"alpi40.fr/airial/ui/mail"
	"alpi40.fr/airial/ui/widgets"
)

// What people type with the keyboards of France (AZERTY, bépo) arrives, dead keys and AltGr included, and shortcuts follow the keys' letters;
// a file whose name is as long as a disk takes, at the end of a path as long, is a folder as any other; a clipboard of a hundred
// megabytes is refused in words, and the window goes on.
func TestRoughHandsInTheWindow(t *testing.T) {
	aside(t)
	if _, err := exec.LookPath("setxkbmap"); err != nil {
		t.Skip("setxkbmap is not installed")
	}
	inTheWindow(t, "rough")
}

// keyboard is a layout, by what its keys give: their codes are those of X (evdev).
type keyboard struct {
	layout, variant string
	keys            [][]string // what xdotool does, one after the other
	typed           string
	k               string // the key of Ctrl+K
}

// altGr is its key.
const altGr = "108"

var keyboards = []keyboard{
	{"fr", "", [][]string{{"key", "11"}, {"key", "34"}, {"key", "26"}, {"key", "19"}, {"key", "18"}, {"keydown", altGr}, {"key", "19"}, {"keyup", altGr}}, "éêàç@", "45"},
	{"fr", "bepo", [][]string{{"key", "25"}, {"key", "29"}, {"key", "41"}, {"key", "52"}, {"keydown", altGr}, {"key", "27"}, {"keyup", altGr}, {"keydown", altGr}, {"key", "40"}, {"keyup", altGr}, {"key", "41"}}, "éêàœë", "56"},
}

// withCtrl presses a key while Ctrl is held, by their codes: xdotool would otherwise change the layout to find a letter.
func (h *hands) withCtrl(key string) error {
	return errors.Join(h.x("keydown", "37"), h.x("key", key), h.x("keyup", "37"))
}

// typedIn waits for a text in the field that has the focus.
func (h *hands) typedIn(want string) error {
	got := ""
	err := h.until("«"+want+"» typed", func() bool {
		fyne.DoAndWait(func() {
			switch e := h.w.Canvas().Focused().(type) {
			case *widgets.Entry:
				got = e.Text
			case *widget.Entry:
				got = e.Text
			}
		})
		return got == want
	})
	if err != nil {
		return fmt.Errorf("%w: «%s»", err, got)
	}
	return nil
}

func (h *hands) types(k keyboard) error {
	if out, err := exec.CommandContext(h.ctx, "setxkbmap", "-layout", k.layout, "-variant", k.variant).CombinedOutput(); err != nil {
		return fmt.Errorf("setxkbmap: %w: %s", err, out)
	}
	err := errors.Join(at(mail.Name, "La messagerie n’est pas réglée")(h), h.withCtrl(k.k), h.until("the search listens", h.listens))
	for _, keys := range k.keys {
		err = errors.Join(err, h.x(append([]string{keys[0], "--delay", "60"}, keys[1:]...)...))
	}
	// Ctrl+A, whose letter is at another place on each, then Ctrl+1.
	return errors.Join(err, h.typedIn(k.typed), h.shoot(k.layout+k.variant), h.withCtrl(map[string]string{"": "24", "bepo": "38"}[k.variant]), h.x("key", "22"), h.typedIn(""),
		h.withCtrl("10"), h.until("the first page", func() (there bool) {
			fyne.DoAndWait(func() { there = h.shell.Route().Page == home.Name })
			return there
		}))
}

// longest is how many bytes a name may have on a disk.
const longestName = 255

func (h *hands) rough() error {
	seat := h.seats[0]
	name := strings.Repeat("Très ", 40) + "long"
	name = name[:min(len(name), longestName-len(".pdf"))]
	var steps []step
	for _, k := range keyboards {
		steps = append(steps, step{"types on " + k.layout + " " + k.variant, func() error { return h.types(k) }})
	}
	return h.play(append(steps, []step{
		{"a name and a path as long as a disk takes", func() error {
			dir := h.shots
			for len(dir) < 3500 {
				dir = filepath.Join(dir, strings.Repeat("dossier ", 31))
			}
			pdf, err := os.ReadFile(os.Getenv("AIRIAL_TEST_WINDOW"))
			if err == nil {
				err = os.MkdirAll(dir, 0o700)
			}
			if err != nil {
				return err
			}
			path := filepath.Join(dir, name+".pdf")
			return errors.Join(os.WriteFile(path, pdf, 0o600), h.pick(path), h.click("Parapheur"), h.click("Nouveau dossier…"), h.see("Page 1 sur 1"), h.shoot("long"), h.click("Envoyer dans le circuit"), h.see("Le dossier est dans le circuit."),
				h.until("it is there, under its whole name", func() bool {
					rows, err := seat.Hall.Folders.List(h.ctx, "", parapheur.All, 100)
					for _, r := range rows {
						if r.Title == name {
							return err == nil
						}
					}
					return false
				}))
		}},
		{"a hundred megabytes on the clipboard", func() error {
			fyne.DoAndWait(func() { fyne.CurrentApp().Clipboard().SetContent(strings.Repeat("mégaoctet ", 10<<20)) })
			return errors.Join(h.withCtrl("56"), h.until("the search listens", h.listens), h.withCtrl("30"), h.see("Ce qui a été copié est trop long pour ce champ"), h.typedIn(""), h.x("key", "Escape"))
		}},
		{"the window goes on", func() error { return errors.Join(h.click("Conseil"), h.see("Nouvelle délibération")) }},
	}...))
}

// The disk fills up while the window is open: what cannot be kept is told, what was kept is there, and once there is room again the
// same gesture does what it did not. AIRIAL_SMALL_DISK names a folder of a disk with some hundred megabytes of room, which it fills.
func TestFullDiskInTheWindow(t *testing.T) {
	small := os.Getenv("AIRIAL_SMALL_DISK")
	if small == "" {
		t.Skip("AIRIAL_SMALL_DISK names no small disk")
	}
	playInTheWindow(t, "full", folderOf(t, "full"), "TMPDIR="+small)
}

func (h *hands) full() error {
	filler := filepath.Join(os.TempDir(), "filler")
	return h.play([]step{
		{"a folder is chosen", func() error {
			return errors.Join(h.click("Parapheur"), h.click("Nouveau dossier…"), h.see("Page 1 sur 1"))
		}},
		{"the disk fills up", func() error {
			f, err := os.Create(filler)
			if err != nil {
				return err
			}
			for _, size := range []int{1 << 20, 1 << 12, 1} {
				for err = nil; err == nil; {
					_, err = f.Write(make([]byte, size))
				}
				if !store.Full(err) {
					return errors.Join(err, f.Close())
				}
			}
			return f.Close()
		}},
		{"it is told, and nothing is lost", func() error {
			return errors.Join(h.click("Envoyer dans le circuit"), h.see("Le disque de cet ordinateur est plein."), h.see("Ce qui était enregistré est intact"), h.click("Fermer"), h.see("Page 1 sur 1"))
		}},
		{"there is room again", func() error {
			return errors.Join(os.Remove(filler), h.click("Envoyer dans le circuit"), h.see("Le dossier est dans le circuit."))
		}},
	})
}
