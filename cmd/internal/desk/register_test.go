package desk

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
)

// register imports the digitised births of a year: forty lines, one without number, one whose
// image is cut, one without name.
func (h *hands) register() error {
	seat := h.seats[0]
	dir := filepath.Join(h.shots, "Naissances 1952")
	var list strings.Builder
	list.WriteString("insee;type;annee;registre;numero;page;fichier;sha256;nom;prenoms;sexe;date_evenement\n")
	prepare := func() error {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
		for i := 1; i <= 40; i++ {
			number, name, content := fmt.Sprint(i), "EXEMPLE", sheet(uint8(i))
			switch i {
			case 7:
				number = ""
			case 12:
				content = content[:len(content)/2]
			case 40:
				name = ""
			}
			if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%03d.png", i)), content, 0o600); err != nil {
				return err
			}
			fmt.Fprintf(&list, "40999;NAI;1952;1;%s;1;%03d.png;;%s;Camille;F;%02d/03/1952\n", number, i, name, 1+i%28)
		}
		path := filepath.Join(dir, "liste.csv")
		return errors.Join(os.WriteFile(path, []byte(list.String()), 0o600), os.WriteFile(filepath.Join(h.shots, "picked"), []byte(path+"\n"), 0o600))
	}
	acts := func(words string) int {
		all, err := seat.Hall.Acts.List(h.ctx, words, false, 1000)
		if err != nil {
			return -1
		}
		return len(all)
	}
	before := 0
	return h.play([]step{
		{"opens the list", func() error {
			before = acts("")
			return errors.Join(prepare(), h.see("À jour"), h.click("État civil"), h.click("Registre (liste)…"), h.see("38 actes prêts à importer"), h.see("2 actes retenus par un problème"))
		}},
		{"is told what is wrong", func() error {
			return errors.Join(h.see("Le numéro de l’acte manque."), h.click("Ligne 13 — Image"), h.see("est incomplet"), h.see("Copiez le fichier de nouveau"))
		}},
		{"writes the number", func() error {
			return errors.Join(h.click("Ligne 8 — Numéro"), h.see("Lisez-le sur l’image et écrivez-le."), h.x("key", "Return", "sleep", "0.3"), h.x("type", "--delay", "40", "7"))
		}},
		{"corrects it", func() error { return errors.Join(h.x("key", "Return"), h.see("39 actes prêts à importer")) }},
		{"sets the other aside", func() error {
			return errors.Join(h.click("Ligne 13 — Image"), h.click("Écarter la ligne"), h.see("1 ligne écartée"))
		}},
		{"imports", func() error {
			return errors.Join(h.click("Importer 39 actes"), h.see("39 actes ajoutés."), h.until("they are there", func() bool { return acts("") == before+39 }))
		}},
		{"does it again, and nothing is doubled", func() error {
			return errors.Join(h.click("Importer 39 actes"), h.see("39 étaient déjà là."), h.until("none is new", func() bool { return acts("") == before+39 }))
		}},
		{"indexes the act without a name", func() error {
			return errors.Join(h.click("Revenir aux actes"), h.click("(à indexer)"), h.see("L’index de cet acte est à compléter"), h.click("Compléter l’index"), h.see("Garder l’index"), h.x("type", "--delay", "40", "MODELE"))
		}},
		{"keeps it", func() error {
			return errors.Join(h.click("Garder l’index"), h.see("MODELE Camille"), h.until("it is found, before those that are heard like it", func() bool {
				found, err := seat.Hall.Acts.Search(h.ctx, "modele camille 1952", 10)
				return err == nil && len(found.Acts) > found.Alike && found.Acts[0].Number == "40" && found.Acts[0].LastName == "MODELE" && found.Acts[0].FirstName == "Camille"
			}))
		}},
	})
}

// sheet is a page like no other.
func sheet(shade uint8) []byte {
	m := image.NewGray(image.Rect(0, 0, 420, 594))
	for i := range m.Pix {
		m.Pix[i] = 0xf0
	}
	for y := 60; y < 560; y += 24 {
		for x := 40; x < 380-int(shade); x++ {
			m.SetGray(x, y, color.Gray{Y: shade})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		panic(err) // memory does not fail
	}
	return b.Bytes()
}
