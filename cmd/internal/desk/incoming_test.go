package desk

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/civilstatus"
)

// incoming works off three notices that came in a court's list: one of a person who is found, whom a rule holds; one whose
// act is kept elsewhere; one whose act is not found. The first is affixed, its notice leaves, its receipt comes.
func (h *hands) incoming() error {
	seat := h.seats[0]
	list := func() error {
		path := filepath.Join(h.shots, "decisions.csv")
		text := "mention;type;nom;prenoms;naissance;reference;tribunal;date_jugement;conjoint_prenoms;conjoint_nom;annee;numero\n" +
			"DIVORCE-JUGEMENT;NAI;Prototype;Marc;12/02/1988;26/101;tribunal judiciaire de Dax;03/03/2026;Jeanne;MAQUETTE;1988;14\n" +
			"DIVORCE-JUGEMENT;NAI;Lointain;Anne;04/04/1990;26/102;tribunal judiciaire de Dax;03/03/2026;Luc;ESSAI;1990;3\n" +
			"DIVORCE-JUGEMENT;NAI;Introuvable;Paul;05/05/1970;26/103;tribunal judiciaire de Dax;03/03/2026;Ève;ESSAI;1970;8\n" +
			"DIVORCE-JUGEMENT;NAI;Faux;Paul;31/02/1970;26/104;;;;;;\n"
		return errors.Join(os.WriteFile(path, []byte(text), 0o600), os.WriteFile(filepath.Join(h.shots, "picked"), []byte(path+"\n"), 0o600))
	}
	queue := func(view civilstatus.View) (n int) {
		lines, err := seat.Hall.Acts.Queue(h.ctx)
		if err != nil {
			return -1
		}
		for _, l := range lines {
			if l.View == view {
				n++
			}
		}
		return n
	}
	return h.play([]step{
		{"takes the court's list", func() error {
			person, err := seat.Hall.Person(h.ctx)
			if err != nil {
				return err
			}
			act := civilstatus.Act{Kind: civilstatus.Birth, Year: 1988, Number: "14", Date: authority.Day("1988-02-12"), LastName: "Prototype", FirstName: "Marc", Gender: civilstatus.Masculine, Commune: "Saint-Airial-des-Pins"}
			if _, err := seat.Hall.Acts.Import(h.ctx, person, act, []civilstatus.Page{{Name: "acte.png", Content: sheet(40)}}); err != nil {
				return err
			}
			return errors.Join(list(), h.click("État civil"), h.click("Avis reçu…"), h.see("Avis de mention reçu"), h.x("type", "--delay", "25", "Tribunal judiciaire de Dax"),
				h.click("Liste de décisions (CSV)…"), h.see("3 avis enregistrés"), h.see("Ligne 5 : La colonne «naissance» ne se lit pas : «31/02/1970»."), h.until("three came", func() bool { return queue(civilstatus.ViewIncoming) == 3 }))
		}},
		{"opens the first", func() error {
			return errors.Join(h.click("Avis reçus (3)"), h.click("PROTOTYPE Marc"), h.see("De quel acte s’agit-il ?"), h.see("100 % : même nom, mêmes prénoms, même date, même année, même numéro"))
		}},
		{"finds its act, and is held", func() error {
			return errors.Join(h.see("PROTOTYPE Marc — Acte de naissance n° 14 de 1988"), h.click("C’est cet acte"), h.see("Divorcé de Jeanne MAQUETTE. Jugement du juge aux affaires familiales du tribunal judiciaire de Dax rendu le 3 mars 2026."),
				h.see("un divorce suppose un mariage"))
		}},
		{"goes on with a reason", func() error {
			return errors.Join(h.click("Conservé avec la mention"), h.x("type", "--delay", "25", "mariage antérieur vérifié au registre"), h.click("Enregistrer, à apposer"), h.see("La mention est enregistrée"),
				h.until("it is to be affixed", func() bool { return queue(civilstatus.ViewIncoming) == 2 }))
		}},
		{"sends the second on", func() error {
			return errors.Join(h.click("LOINTAIN Anne"), h.see("Aucun acte ne ressemble à cet avis."), h.click("Transmettre…"), h.see("Transmettre à qui tient l’acte"), h.x("type", "--delay", "25", "Mairie d Amou"),
				h.click("Noter comme transmis"), h.see("La transmission est notée."), h.until("one is left", func() bool { return queue(civilstatus.ViewIncoming) == 1 }))
		}},
		{"holds the third", func() error {
			return errors.Join(h.click("INTROUVABLE Paul"), h.see("5 mai 1970"), h.click("Retenir…"), h.see("Il reste dans les avis reçus"), h.x("type", "--delay", "25", "acte introuvable"), h.click("Retenir"), h.see("Retenu : acte introuvable"))
		}},
		{"affixes the first", func() error {
			return errors.Join(h.click("À apposer ("), h.click("PROTOTYPE Marc"), h.see("Règle levée"), h.click("Apposée…"), h.click("Mme Maïté FICTIVE, Maire"), h.click("Noter comme apposée"), h.see("La mention est apposée."))
		}},
		{"sends its notice", func() error {
			return errors.Join(h.click("Avis à envoyer ("), h.click("PROTOTYPE Marc"), h.see("Règle levée"), h.click("Avis de mention"), h.see("Envoyer un avis de mention"), h.click("Mairie qui tient un autre acte"), h.click("Une ligne par ligne d’adresse"),
				h.x("type", "--delay", "25", "Mairie de Dax"), h.click("Noter comme envoyé"), h.see("L’envoi de l’avis est noté."), h.until("a receipt is awaited", func() bool { return queue(civilstatus.ViewReceipts) == 1 }))
		}},
		{"gets the receipt", func() error {
			if err := errors.Join(h.click("Récépissés ("), h.click("PROTOTYPE Marc"), h.see("Règle levée"), h.click("Récépissé reçu"), h.see("Le récépissé est gardé.")); err != nil {
				return err
			}
			if queue(civilstatus.ViewReceipts) != 0 {
				return fmt.Errorf("the receipt is still awaited")
			}
			return nil
		}},
	})
}
