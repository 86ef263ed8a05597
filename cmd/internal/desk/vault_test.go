package desk

import (
	"errors"
	"strings"
	"testing"

	"alpi40.fr/airial/local/vault"
)

// Files of the vault are found, read, moved and thrown away by hand; a link is made and its files sent; the vault is a
// folder of the computer.
func TestVaultInTheWindow(t *testing.T) {
	aside(t)
	inTheWindow(t, "vault")
}

func (h *hands) vault() error {
	return h.play([]step{
		{"opens a shared space", func() error {
			return errors.Join(h.click("Coffre-fort"), h.see("Ce dossier est vide"), h.shoot("mine"), h.click("Salle des fêtes"), h.see("Compte rendu de la visite.txt"), h.see("Gère l’espace"), h.shoot("space"))
		}},
		{"reads a text and its versions", func() error {
			return errors.Join(h.click("Compte rendu de la visite.txt"), h.see("La charpente est saine."), h.x("sleep", "1"), h.shoot("text"), h.click("Versions"), h.see("Version 1"), h.shoot("versions"), h.click("Aperçu"))
		}},
		{"opens a folder and a PDF", func() error {
			return errors.Join(h.click("Devis"), h.click("Ouvrir le dossier"), h.see("Lettre de commande.pdf"), h.click("Lettre de commande.pdf"), h.see("Page 1 sur 2"), h.x("sleep", "2"), h.shoot("pdf"))
		}},
		{"renames, throws away, and takes back", func() error {
			return errors.Join(h.click("Renommer"), h.see("Renommer « Lettre de commande.pdf »"), h.x("type", "--delay", "25", "Commande.pdf"), h.x("key", "Return"), h.see("Commande.pdf"), h.click("Supprimer"), h.see("est à la corbeille"),
				h.click("Corbeille"), h.see("Commande.pdf"), h.click("Commande.pdf"), h.see("Restaurer"), h.shoot("trash"), h.click("Restaurer"), h.see("La corbeille est vide"))
		}},
		{"searches by words", func() error {
			return errors.Join(h.click("Salle des fêtes"), h.see("Compte rendu"), h.click("Chercher dans les noms et les textes"), h.x("type", "--delay", "25", "charpente"), h.see("est saine"), h.shoot("found"))
		}},
		{"writes a note that another laptop reads", func() error {
			return errors.Join(h.click("charpente"), h.x("key", "ctrl+a"), h.x("key", "BackSpace"), h.click("Mes documents"), h.click("Salle des fêtes"), h.see("Compte rendu"), h.click("Note"), h.see("Nouvelle note"),
				h.x("type", "--delay", "25", "Points de la commission"), h.x("key", "Return"), h.see("chaque mot de chacun est gardé"), h.click("Écrivez ici"), h.x("type", "--delay", "25", "Voir le couvreur."),
				h.until("the secretary reads the note", func() bool { return h.otherReads("couvreur") }), h.shoot("note"))
		}},
		{"both write it, with a line and without", func() error {
			return errors.Join(h.otherWrites("Voir le couvreur.", "Rappel. Voir le couvreur."), h.see("Rappel. Voir le couvreur."), h.x("type", "--delay", "25", " Lundi."), h.until("the secretary has both", func() bool { return h.otherReads("Rappel Voir couvreur Lundi") }), h.shoot("note-both"),
				h.leave(), h.click("Points de la commission"), h.click("Rappel. Voir le couvreur. Lundi."), h.x("key", "End"), h.x("type", "--delay", "25", " Prendre les clefs."), h.otherWrites("Rappel.", "Rappel du 3 mars."), h.comeBack(),
				h.see("Rappel du 3 mars. Voir le couvreur. Lundi. Prendre les clefs."), h.shoot("note-merged"), h.until("the secretary has it all", func() bool { return h.otherReads("Rappel mars couvreur clefs") }))
		}},
		{"asks for files by a link", func() error {
			return errors.Join(h.click("Envois et dépôts"), h.see("Aucun lien"), h.click("Demander…"), h.see("Titre"), h.x("type", "--delay", "25", "Photos du chantier"), h.shoot("form"), h.click("Créer le lien"),
				h.see("qui dépose"), h.shoot("link"))
		}},
		{"opens the vault as a folder", func() error {
			return errors.Join(h.click("Dossier sur cet ordinateur"), h.see("Ouvrir le dossier"), h.click("Ouvrir le dossier"), h.see("Mot de passe"), h.shoot("drive"), h.click("Refermer le dossier"), h.see("Ouvrir le dossier"))
		}},
	})
}

// otherWrites has the secretary put words in the place of others in the note, on her own laptop, once they came there.
func (h *hands) otherWrites(old, words string) error {
	return h.until("the secretary has «"+old+"»", func() bool {
		written := false
		err := h.colleague(h.seats[1], "Points de la commission", func(v *vault.Vault, person string, i vault.Item) error {
			n, err := v.Note(h.ctx, person, i.ID)
			if err == nil && strings.Contains(n.Text, old) {
				written = true
				_, err = v.WriteNote(h.ctx, person, n, strings.Replace(n.Text, old, words, 1))
			}
			return err
		})
		return err == nil && written
	})
}

// otherReads tells whether the secretary's laptop finds words in the vault, after an exchange.
func (h *hands) otherReads(words string) bool {
	hall := h.seats[1].Hall
	person, err := hall.Person(h.ctx)
	if err != nil {
		return false
	}
	if _, err := hall.Exchange(h.ctx); err != nil {
		return false
	}
	found, err := hall.Vault.Search(h.ctx, person, words, 5)
	return err == nil && len(found) > 0
}
