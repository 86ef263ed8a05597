package desk

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"alpi40.fr/airial/ui/shell/dragout/dragtest"
)

// A file of the vault, its page, and what a message brought are dragged onto another program, which has their bytes; a drag that
// is given up, refused, or met by a program that goes away leaves nothing, and the window works on.
func TestDragOutInTheWindow(t *testing.T) { inTheWindow(t, "drag") }

const (
	dragged = "Compte rendu de la visite.txt"
	letter  = "Lettre de commande.pdf"
	added   = "Convention de prêt.pdf"
)

// neighbour is where another program's window lies, beside Airial's.
var neighbour = image.Rect(1200, 120, 1360, 420)

// dragging are hands that know what was taken out.
type dragging struct {
	*hands
	temp  string // the folder of the private copies
	taken int
}

func (h *hands) drag() error { return (&dragging{hands: h}).all() }

func (h *dragging) all() error {
	return h.play([]step{
		{"opens a shared space", func() error {
			return errors.Join(h.click("Coffre-fort"), h.click("Salle des fêtes"), h.see(dragged))
		}},
		{"drags a file of the list", func() error {
			return h.dragOnto(dragtest.Takes, dragged, "list", func(o *dragtest.Target) error {
				return errors.Join(h.arrived(o, dragged), h.see("Remis à l’autre programme"))
			})
		}},
		{"drags two files at once", func() error {
			return errors.Join(h.click("Ajouter…"), h.see(added), h.click(dragged), h.see("La charpente est saine."), h.x("keydown", "ctrl"), h.click(dragged), h.click(added), h.x("keyup", "ctrl"), h.see("2 fichiers cochés"),
				h.dragOnto(dragtest.Takes, added, "two", func(o *dragtest.Target) error { return h.arrived(o, dragged, added) }),
				h.click(dragged), h.x("key", "space"), h.see("1 fichier coché"), h.x("keydown", "shift"), h.click(added), h.x("keyup", "shift"), h.see("2 fichiers cochés"), h.x("key", "ctrl+a"), h.x("key", "ctrl+a"), h.unseen("cochés"))
		}},
		{"drags what is on the server alone", func() error {
			return errors.Join(h.click("Devis"), h.letGo(dragged), h.leave(), h.see("Sur le serveur"),
				h.pull(dragged), h.see("Ce document est sur le serveur, et pas sur cet ordinateur."), h.shoot("unreached"), h.let(), h.click("Fermer"), h.none(),
				h.comeBack(), h.dragOnto(dragtest.Takes, dragged, "brought", func(o *dragtest.Target) error { return h.arrived(o, dragged) }))
		}},
		{"drags the page that is shown", func() error {
			return errors.Join(h.click("Devis"), h.click("Ouvrir le dossier"), h.click(letter), h.see("Page 1 sur 2"), h.until("the page", func() bool { return !h.busy() }),
				h.dragOnto(dragtest.Takes, "Page 1 sur 2", "page", func(o *dragtest.Target) error { return h.arrived(o, letter) }))
		}},
		{"gives up by Escape", func() error {
			return h.dragOnto(dragtest.Takes, letter, "escape", func(o *dragtest.Target) error {
				return errors.Join(h.x("key", "Escape"), h.heard(o, "XdndLeave"), h.let(), h.none())
			})
		}},
		{"is refused", func() error {
			return h.dragOnto(dragtest.Refuses, letter, "refused", func(o *dragtest.Target) error {
				return errors.Join(h.let(), h.heard(o, "XdndLeave"), h.none())
			})
		}},
		{"meets a program that goes away", func() error {
			return h.dragOnto(dragtest.DiesAtDrop, letter, "away", func(o *dragtest.Target) error {
				return errors.Join(h.let(), h.see("n’a pas répondu"), h.none())
			})
		}},
		{"lets it go at home", func() error {
			return errors.Join(h.pull(letter), h.let(), h.none(), h.see(letter))
		}},
		{"drags a document of the parapheur", func() error {
			return errors.Join(h.click("Parapheur"), h.click("Lettre de commande — toiture"), h.see("Page 1 sur 2"), h.until("the page", func() bool { return !h.busy() }),
				h.dragOnto(dragtest.Takes, "Page 1 sur 2", "document", func(o *dragtest.Target) error {
					paths, err := h.came(o)
					if err != nil || len(paths) != 1 {
						return fmt.Errorf("%q came: %w", paths, err)
					}
					content, err := os.ReadFile(paths[0])
					if err == nil && !bytes.HasPrefix(content, []byte("%PDF-")) {
						err = fmt.Errorf("%q is no PDF", paths[0])
					}
					return err
				}), h.click("Coffre-fort"), h.click(letter))
		}},
		{"works on", func() error {
			return errors.Join(h.click("Versions"), h.see("Version 1"), h.click("Aperçu"), h.see("Page 1 sur 2"))
		}},
	})
}

// dragOnto takes what a pull begins with to another program.
func (h *hands) dragOnto(m dragtest.Manners, words, name string, then func(*dragtest.Target) error) error {
	if h.failed != nil {
		return nil
	}
	o, err := dragtest.Open(neighbour, m, false)
	if err != nil {
		return err
	}
	defer o.Close()
	over := neighbour.Min.Add(image.Pt(60, 100))
	return errors.Join(h.pull(words), h.point(fyne.NewPos(float32(over.X), float32(over.Y))), h.heard(o, "XdndPosition"), h.shoot(name), then(o))
}

// pull presses the mouse on words, or on the page above the number of pages, and begins to drag.
func (h *hands) pull(words string) error {
	from, ok := h.where(words)
	if !ok {
		return fmt.Errorf("no %q", words)
	}
	at := from.at
	if strings.HasPrefix(words, "Page") {
		at = at.AddXY(0, -150)
	}
	return errors.Join(h.point(at), h.x("mousedown", "1"), h.point(at.AddXY(12, 6)), h.point(at.AddXY(60, 30)))
}

func (h *hands) let() error { return errors.Join(h.x("mouseup", "1"), h.frame()) }

func (h *hands) heard(o *dragtest.Target, message string) error {
	return h.until(message, func() bool { return strings.Contains(o.Heard(), message) })
}

// arrived lets the files go, and holds what came to the vault's bytes, private copies in one folder.
func (h *dragging) arrived(o *dragtest.Target, names ...string) error {
	if h.failed != nil {
		return nil
	}
	paths, err := h.came(o)
	if err != nil {
		return err
	}
	dir, err := os.Stat(filepath.Dir(paths[0]))
	if err != nil || dir.Mode().Perm() != 0o700 {
		return fmt.Errorf("the folder is %s: %w", dir.Mode(), err)
	}
	h.temp = filepath.Dir(filepath.Dir(paths[0]))
	h.taken++
	if len(paths) != len(names) {
		return fmt.Errorf("%q arrived", paths)
	}
	for i, name := range names {
		got, err := os.ReadFile(paths[i])
		if err != nil {
			return err
		}
		want, err := h.inVault(name)
		if err != nil || filepath.Base(paths[i]) != name || !bytes.Equal(got, want) {
			return fmt.Errorf("%s: %d bytes arrived of %d: %w", paths[i], len(got), len(want), err)
		}
	}
	return nil
}

// came lets the files go, and waits for their names.
func (h *hands) came(o *dragtest.Target) (paths []string, err error) {
	return paths, errors.Join(h.let(), h.until("files to arrive", func() bool {
		select {
		case paths = <-o.Came():
			return true
		default:
			return false
		}
	}))
}

// letGo has the content of a file leave this computer, once the server has it.
func (h *dragging) letGo(name string) error {
	if h.failed != nil {
		return nil
	}
	hall := h.seats[0].Hall
	person, err := hall.Person(h.ctx)
	if err != nil {
		return err
	}
	if _, err := hall.Exchange(h.ctx); err != nil {
		return err
	}
	found, err := hall.Vault.Search(h.ctx, person, strings.TrimSuffix(name, filepath.Ext(name)), 1)
	if err != nil || len(found) != 1 {
		return fmt.Errorf("%d found: %w", len(found), err)
	}
	return hall.Store.Blobs().Remove(found[0].Blob)
}

// inVault gives the content of a file of the vault.
func (h *dragging) inVault(name string) ([]byte, error) {
	hall := h.seats[0].Hall
	person, err := hall.Person(h.ctx)
	if err != nil {
		return nil, err
	}
	found, err := hall.Vault.Search(h.ctx, person, strings.TrimSuffix(name, filepath.Ext(name)), 5)
	if err != nil {
		return nil, err
	}
	for _, f := range found {
		if f.Name == name {
			c, err := hall.Vault.Open(h.ctx, person, f.ID, 0)
			if err != nil {
				return nil, err
			}
			defer c.Close()
			return io.ReadAll(c)
		}
	}
	return nil, fmt.Errorf("the vault has no %q", name)
}

// none waits for the drag to be over, and for no private copy to be left of it: those that were taken stay until the end.
func (h *dragging) none() error {
	return h.until("the copies to be erased", func() bool {
		if h.busy() {
			return false
		}
		left, err := filepath.Glob(filepath.Join(h.temp, "doc-*"))
		return err == nil && len(left) == h.taken
	})
}
