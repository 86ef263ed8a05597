package desk

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"alpi40.fr/airial/local/copies"
	"alpi40.fr/airial/local/parapheur"
)

// At the counter: a third party is refused a full copy with the law's words, the person obtains hers, which is printed,
// and one trains on three notices.
func TestCopiesInTheWindow(t *testing.T) { inTheWindow(t, "copies") }

func (h *hands) copies() error {
	seat := h.seats[0]
	write := func(words string) error { return h.x("type", "--delay", "25", words) }
	request := func(name, quality, paper string) error {
		return errors.Join(h.click("Nouvelle demande"), h.see("Acte de"), write("exemple camille"), h.see("EXEMPLE Camille Élise — Acte de naissance n° 7 de 1994"), h.x("key", "Return", "sleep", "0.5"),
			write(name), h.click("Choisir la qualité"), h.click(quality), h.click("Carte d’identité, passeport…"), write(paper), h.see("Ce qui peut être délivré"))
	}
	keep := func(file string) error {
		all, err := seat.Hall.Copies.List(h.ctx, 1)
		if err != nil || len(all) == 0 {
			return errors.Join(errors.New("no request"), err)
		}
		d, err := seat.Hall.Copies.Letter(h.ctx, all[0].ID)
		return errors.Join(err, os.WriteFile(filepath.Join(h.shots, file), d.PDF, 0o600))
	}
	return h.play([]step{
		{"opens the page", func() error {
			return errors.Join(h.see("À jour"), h.see("Mariage — Exemple Camille Élise"), h.x("sleep", "2"), h.click("État civil"), h.see("Ajouter un acte…"), h.click("Copies"), h.see("Aucune demande"))
		}},
		{"a third party asks a full copy", func() error {
			return errors.Join(request("Jean Modele", "Tiers", "passeport"), h.see("Copie intégrale : non"), h.see("Extrait sans filiation : non"), h.shoot("law"), h.click("Enregistrer la demande"), h.see("La demande est enregistrée."), h.see("Jean Modele"))
		}},
		{"is refused, in the law's words", func() error {
			return errors.Join(h.click("Refuser"), h.see("La demande est refusée."), h.see("La lettre indique le recours."), h.see("Page 1 sur 1"), h.x("sleep", "1"), keep("letter.pdf"))
		}},
		{"the person asks hers", func() error {
			return errors.Join(request("Camille Exemple", "Intéressé", "carte d'identite"), h.see("Copie intégrale : peut être délivré"), h.click("Enregistrer la demande"), h.see("Votre décision"))
		}},
		{"is granted it", func() error {
			return errors.Join(h.click("Accorder"), h.see("La demande est accordée."), h.see("Copie intégrale accordée"), h.see("Page 1 sur 1"), h.x("sleep", "1.5"))
		}},
		{"sends it to be signed", func() error {
			return errors.Join(h.click("Envoyer au parapheur pour signature électronique"), h.see("La pièce est partie à la signature."), h.until("it is in the tray", func() bool {
				_, err := h.find(seat, "Copie intégrale d’acte de naissance n° 7", parapheur.All)
				return err == nil
			}))
		}},
		{"reads off the act what extracts say", func() error {
			return errors.Join(h.click("Ce que dit l’acte…"), h.see("Lieu de naissance"), write("Saint-Airial-des-Pins"), h.click("Garder"), h.see("Les indications de l’acte sont gardées."))
		}},
		{"trains on a first notice", func() error {
			return errors.Join(h.click("S’exercer"), h.see("Un mariage célébré ailleurs"), h.click("Choisir l’acte"), h.click("MAQUETTE Jeanne — naissance n° 4 (1988), 12 février 1988"), h.click("Choisir la mention"), h.click("Mariage"),
				h.click("Mariée à Dax le 12 septembre 2026 avec Luc CANEVAS."), h.click("le greffe qui tient le double"), h.click("Corriger"), h.see("4 sur 4"), h.see("4 points"))
		}},
		{"is wrong about the second", func() error {
			return errors.Join(h.click("Suivant"), h.see("Accorder la mention"), h.click("Choisir l’acte"), h.click("GABARIT Hugo — naissance n° 12 (1997), 8 mars 1997"), h.click("Choisir la mention"), h.click("Mariage"),
				h.click("Mariée à Mont-de-Marsan le 5 septembre 2026 avec Ana TRAME."), h.click("le greffe qui tient le double"), h.click("Corriger"), h.see("3 sur 4"), h.see("Quels mots : Marié à Mont-de-Marsan le 5 septembre 2026 avec Ana TRAME."))
		}},
		{"leaves the third aside", func() error {
			return errors.Join(h.click("Suivant"), h.see("Deux prénoms"), h.click("Choisir l’acte"), h.click("Aucun : rien n’est à apposer"), h.click("Corriger"), h.see("0 sur 4"), h.see("3 exercices faits sur 30, 7 points sur "))
		}},
		{"the figures are there", func() error {
			counts, err := seat.Hall.Copies.Counts(h.ctx)
			if err != nil || len(counts) != 1 || counts[0].Granted != 1 || counts[0].Refused != 1 {
				return errors.Join(errors.New("figures"), err)
			}
			all, err := seat.Hall.Copies.List(h.ctx, 10)
			for _, r := range all {
				if r.State == copies.Received {
					err = errors.Join(err, errors.New("a request has no answer"))
				}
			}
			return err
		}},
	})
}
