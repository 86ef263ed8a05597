package desk

import (
	"errors"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
)

// The mayor opens the help of the page where she is, looks for a word, follows a link, comes back; and finds a page of the
// help and an action of another page by the search field alone.
func TestHelpInTheWindow(t *testing.T) { inTheWindow(t, "help") }

func (h *hands) help() error {
	return h.play([]step{
		{"asks for help in the parapheur", func() error {
			return errors.Join(h.click("Parapheur"), h.see("À traiter"), h.x("key", "F1"), h.see("Lire et viser un dossier"), h.see("Si quelque chose ne va pas"))
		}},
		{"looks for a word", func() error {
			return errors.Join(h.click("Chercher dans l’aide"), h.x("type", "--delay", "30", "delai"), h.see("Convoquer le conseil"), h.x("key", "Return"), h.see("Le délai"), h.see("Ouvrir les séances"))
		}},
		{"follows a link", func() error {
			return errors.Join(h.click("Les règles du conseil"), h.see("Voici ce qu’Airial vérifie"))
		}},
		{"comes back, to the page and to the parapheur", func() error {
			return errors.Join(h.x("key", "alt+Left"), h.see("Ajouter un point"), h.x("key", "alt+Left"), h.see("Si quelque chose ne va pas"), h.x("key", "alt+Left"), h.see("À traiter"))
		}},
		{"shows the keys", func() error {
			return errors.Join(h.x("key", "ctrl+F1"), h.see("Raccourcis du clavier"), h.x("key", "Escape"))
		}},
		{"finds a page of the help by the search field", func() error {
			return errors.Join(h.x("key", "ctrl+k"), h.x("type", "--delay", "30", "hors ligne"), h.see("Travailler hors ligne"), h.shoot("palette"), h.x("key", "Return"), h.see("Suspendre les échanges"))
		}},
		{"finds an action of another page", func() error {
			return errors.Join(h.x("key", "ctrl+k"), h.x("type", "--delay", "30", "convoquer une"), h.see("Action · Séances"), h.shoot("action"), h.x("key", "Return"), h.see("Nature de la séance"))
		}},
		{"is told that what was copied is too long", func() error {
			fyne.DoAndWait(func() { fyne.CurrentApp().Clipboard().SetContent(strings.Repeat("0123456789", 10<<20)) })
			return errors.Join(h.x("key", "ctrl+k"), h.x("key", "ctrl+v"), h.see("Ce qui a été copié est trop long pour ce champ"), h.shoot("long"), h.x("key", "Escape"))
		}},
		{"reads in the dark and in the light", func() error {
			return errors.Join(h.click("Réglages"), h.click("Sombre"), h.click("Aide"), h.see("Premiers pas"), h.shoot("dark"),
				h.click("Réglages"), h.click("Clair"), h.click("Aide"), h.see("Premiers pas"), h.click("Tenir la séance"), h.see("En cours de séance"))
		}},
	})
}
