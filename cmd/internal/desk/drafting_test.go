package desk

import (
	"archive/zip"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A subject is looked for in the library, drafted, read again, compared with its
// former version; a text of a word processor becomes a draft.
func TestDraftingInTheWindow(t *testing.T) {
	aside(t)
	inTheWindow(t, "drafting")
}

func (h *hands) drafting() error {
	mayor, secretary := h.seats[0], h.seats[1]
	return h.play([]step{
		{"the secretary opens the library", func() error {
			return errors.Join(h.click(mayor.Name), h.click(secretary.Name), h.see("Ordinateur du secrétariat"), h.click("Conseil"),
				h.click("Nouvelle délibération"), h.see("Choisir un modèle"), h.see("Budget primitif"))
		}},
		{"looks for the canteen", func() error {
			return errors.Join(h.click("Chercher un sujet"), h.x("type", "--delay", "40", "cantine"), h.see("Tarifs de la cantine"), h.click("Tarifs de la cantine"),
				h.see("Le tarif ne peut dépasser le coût par usager."), h.see("Page 1 sur 1"))
		}},
		{"begins", func() error {
			return errors.Join(h.click("Commencer ce projet"), h.see("Coût de revient du repas"), h.see("Repas d’un adulte"))
		}},
		{"gives a day and a price", func() error {
			return errors.Join(h.click("Un jour : 15/12/2026"), h.x("type", "--delay", "40", "1/9/2027"), h.click("En euros : 1 234,50"), h.x("type", "--delay", "40", "7,2"),
				h.click("+ Exposé"), h.x("type", "--delay", "30", "Mr Gabarit demande si les tarifs sont aprouves a partir du 1 septembre : 3.50EUR."),
				h.click("Enregistrer"), h.see("Le projet est enregistré."))
		}},
		{"reads it again", func() error {
			return errors.Join(h.click("Relire"), h.see("Repas d’un élève : à compléter"), h.see("aprouves — Exposé 2"), h.see("approuves"), h.see("Civilité : « Mr Gabarit » devient « M. Gabarit »"))
		}},
		{"puts a word right", func() error {
			return errors.Join(h.click("approuves"), h.see("Aucun mot inconnu du dictionnaire."), h.click("Texte"), h.click("Enregistrer"), h.see("Le projet est enregistré."))
		}},
		{"compares with the first version", func() error {
			return errors.Join(h.click("Versions"), h.see("Reprendre la première de ces versions"), h.see("Modifié"))
		}},
		{"imports a text", func() error {
			path := filepath.Join(h.shots, "projet.docx")
			if err := errors.Join(writeDocument(path), os.WriteFile(filepath.Join(h.shots, "picked"), []byte(path+"\n"), 0o600)); err != nil {
				return err
			}
			return errors.Join(h.click("Nouvelle délibération"), h.click("Importer un texte…"), h.see("Texte importé"), h.see("Laissé de côté"), h.see("Page 1 sur 1"))
		}},
		{"makes a draft of it", func() error {
			return errors.Join(h.click("Créer le projet"), h.see("Tableau 1"), h.see("Versions"))
		}},
		{"joins a file", func() error {
			return errors.Join(h.click("Annexes"), h.click("Joindre un fichier…"), h.see("projet.docx"), h.see("Le projet est enregistré."))
		}},
		{"says something beside it", func() error {
			return errors.Join(h.click("Remarques"), h.click("Une remarque sur ce projet"), h.x("type", "--delay", "30", "Joindre le devis du couvreur."), h.click("Ajouter"), h.see("Joindre le devis du couvreur."), h.see("Traitée"))
		}},
		{"sends it to the approval of the mayor", func() error {
			return errors.Join(h.click("Envoyer au visa"), h.see("Le projet est parti au visa, dans le parapheur."))
		}},
		{"asks what was decided", func() error {
			return errors.Join(h.click("Qu’avait-on décidé pour… ?"), h.x("type", "--delay", "30", "Qu'avait-on decide pour la restauration scolaire ?"), h.x("key", "Return"), h.see("1 délibération pour"))
		}},
		{"reuses it", func() error {
			return errors.Join(h.click("Reprendre"), h.see("Reprise d’une ancienne délibération : à vérifier."))
		}},
	})
}

// writeDocument writes what a word processor would.
func writeDocument(path string) error {
	var body strings.Builder
	for _, line := range []string{"Commune de Saint-Airial-des-Pins", "Objet : Réfection de la toiture de l'école", "Vu le code général des collectivités territoriales ;", "Considérant l'état de la toiture ;",
		"Le maire présente le plan de financement :", "", "Le conseil municipal, après en avoir délibéré, décide :", "Article 1er : APPROUVE le plan de financement.", "Article 2 : AUTORISE le maire à signer.", "Le maire,"} {
		if line == "" {
			body.WriteString("<w:tbl>")
			for _, row := range [][2]string{{"Financeur", "Montant"}, {"État (DETR)", "32000 €"}, {"Département des Landes", "12500 €"}, {"Total", "44500 €"}} {
				body.WriteString("<w:tr><w:tc><w:p><w:r><w:t>" + row[0] + "</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>" + row[1] + "</w:t></w:r></w:p></w:tc></w:tr>")
			}
			body.WriteString("</w:tbl>")
			continue
		}
		body.WriteString("<w:p><w:r><w:t>" + line + "</w:t></w:r></w:p>")
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	z := zip.NewWriter(f)
	w, err := z.Create("word/document.xml")
	if err == nil {
		_, err = w.Write([]byte(`<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>` + body.String() + `</w:body></w:document>`))
	}
	return errors.Join(err, z.Close(), f.Close())
}
