package typeset_test

import (
	"bytes"
	"errors"
	"image"
	"image/jpeg"
	"testing"

	"alpi40.fr/airial/local/typeset"
)

func scanned(width, height int) []byte {
	m := image.NewGray(image.Rect(0, 0, width, height))
	for i := range m.Pix {
		m.Pix[i] = 0xf2
	}
	for y := height / 10; y < height*9/10; y += height / 26 {
		for x := width / 4; x < width*9/10; x++ {
			m.Pix[y*width+x] = 0x40
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, nil); err != nil {
		panic(err) // memory does not fail
	}
	return b.Bytes()
}

func copied() typeset.Act {
	return typeset.Act{Kind: "naissance", Number: "12", Year: 1987, Commune: "Saint-Airial-des-Pins", Date: at(1987, 3, 2, 6, 0), Person: "Camille Marie EXEMPLE"}
}

func officer() typeset.Signature {
	return typeset.Signature{Name: "Mme Jeanne Darrigade", Quality: "1re adjointe, officier de l’état civil"}
}

func fullCopy() typeset.ActCopy {
	return typeset.ActCopy{Head: head(), Title: "Copie intégrale d’acte de naissance", On: copied(), Scans: [][]byte{scanned(420, 594)}, Officer: officer(), Delivered: at(2026, 11, 25, 0, 0)}
}

// lateCopy is of two pages, one of them a landscape, with a mention that they do not show; nobody signs it.
func lateCopy() typeset.ActCopy {
	c := fullCopy()
	c.Scans = [][]byte{scanned(420, 594), scanned(594, 420)}
	c.Late, c.Information = true, true
	c.Mentions = []typeset.AffixedMention{{Text: "Mariée à Dax le 12 septembre 2026 avec Paul MAQUETTE.", On: at(2026, 9, 15, 0, 0)}}
	return c
}

func extract() typeset.ActCopy {
	return typeset.ActCopy{Head: head(), Title: "Extrait d’acte de naissance avec indication de la filiation", On: copied(), Officer: officer(), Delivered: at(2026, 11, 25, 0, 0),
		Unsettled: "PROJET : présentation à vérifier.",
		Lines: []typeset.Line{{Label: "Acte", Text: "Acte de naissance n° 12 de 1987"}, {Label: "Nom", Text: "EXEMPLE"}, {Label: "Prénoms", Text: "Camille Marie"}, {Label: "Sexe", Text: "Féminin"},
			{Label: "Née le", Text: "2 mars 1987"}, {Label: "Lieu", Text: "Dax (Landes)"}, {Label: "Fille de", Text: "Anne ŒUVRE-FICTIVE et Noël EXEMPLE"}},
		Mentions: []typeset.AffixedMention{{Text: "Mariée à Dax le 12 septembre 2026 avec Paul MAQUETTE.", On: at(2026, 9, 15, 0, 0)}}}
}

func copyRefusal() typeset.CopyRefusal {
	return typeset.CopyRefusal{Head: head(), To: []string{"M. Jean Modèle", "2, rue Imaginaire", "40999 Saint-Airial-des-Pins"}, Asked: "une copie intégrale d’acte de naissance",
		On: typeset.Act{Kind: "naissance"}, Received: at(2026, 11, 24, 0, 0), Decided: at(2026, 11, 25, 0, 0), Officer: officer(),
		Why:     "La copie intégrale et l’extrait avec filiation sont réservés à l’intéressé majeur ou émancipé, à son conjoint, à ses ascendants et descendants, à son représentant légal, et à l’avocat ou au notaire dans leurs missions.",
		Article: "Décret n° 2017-890 du 6 mai 2017, art. 27 et suivants", Instead: "Un extrait sans indication de la filiation peut vous être délivré gratuitement, sur simple demande.",
		Appeal: "Si vous contestez ce refus, vous pouvez saisir le président du tribunal judiciaire."}
}

// An image that is cut, or no JPEG, is told; it never makes a broken file.
func TestAnImageThatIsNoneIsRefused(t *testing.T) {
	whole := scanned(42, 59)
	for name, content := range map[string][]byte{"empty": nil, "cut": whole[:20], "text": []byte("no image")} {
		c := fullCopy()
		c.Scans = [][]byte{content}
		if _, err := c.Typeset(t.Context()); !errors.Is(err, typeset.ErrIncomplete) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
