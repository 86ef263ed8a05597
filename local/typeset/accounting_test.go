package typeset_test

import (
	"errors"
	"fmt"
	"testing"

	"alpi40.fr/airial/local/typeset"
)

// accounting has a long bordereau, one whose totals are wrong, and one of titres.
func accounting() typeset.AccountingFlow {
	long := typeset.AccountingBordereau{Number: "12", Exercise: "2026", Type: "Ordinaire", Date: at(2026, 3, 2, 0, 0), Signed: true, Cumulative: 4821035}
	long.Pieces = append(long.Pieces, typeset.AccountingPiece{
		Number: "101", Type: "Mandat ordinaire — Fonctionnement", Object: "Réfection de la porte de l'école", Third: "MENUISERIE FICTIVE DES PINS", Bank: "FR7699999000010000000010106",
		Lines:       []typeset.AccountingLine{{Account: "615221", Function: "020", Label: "Réfection d'une porte", Invoice: "F2026-07", Net: 125000, VAT: 25000}},
		Attachments: []string{"facture-f2026-07.pdf"},
	}, typeset.AccountingPiece{
		Number: "102", Type: "Mandat ordinaire — Fonctionnement", Object: "Fournitures & papier, février", Third: "PAPETERIE IMAGINAIRE", Bank: "FR7699999000020000000020276",
		Lines: []typeset.AccountingLine{{Account: "6064", Function: "020", Label: "Fournitures", Invoice: "411", Net: 28000, VAT: 5600}, {Account: "6064", Function: "211", Label: "Fournitures école", Third: "LIBRAIRIE INVENTÉE", Net: 10000, VAT: 2000}},
	})
	for i := range 24 {
		long.Pieces = append(long.Pieces, typeset.AccountingPiece{Number: fmt.Sprint(103 + i), Object: "Entretien des chemins", Third: "TRAVAUX SUPPOSÉS", Lines: []typeset.AccountingLine{{Account: "615231", Net: 123456789, VAT: 24691358}}})
	}
	long.Count = len(long.Pieces)
	for _, p := range long.Pieces {
		for _, l := range p.Lines {
			long.Net, long.VAT = long.Net+l.Net, long.VAT+l.VAT
		}
	}
	return typeset.AccountingFlow{
		Head: head(), Label: "SAINT-AIRIAL-DES-PINS", File: "PESALR2_EXEMPLE_0001.xml", Post: "040999", Budget: "00",
		Bordereaux: []typeset.AccountingBordereau{
			long,
			{Number: "13", Exercise: "2026", Type: "Ordinaire", Count: 2, Net: 160000, Pieces: []typeset.AccountingPiece{{Number: "130", Object: "Subvention", Third: "AMICALE IMAGINAIRE DES PINS", Lines: []typeset.AccountingLine{{Account: "65748", Function: "311", Net: 150000}}}}},
			{Titres: true, Number: "5", Exercise: "2026", Type: "Ordinaire", Date: at(2026, 3, 2, 0, 0), Count: 2, Net: 12000, Pieces: []typeset.AccountingPiece{
				{Number: "51", Object: "Location de la salle des fêtes, 14 février", Third: "M Fictive PERSONNE", Lines: []typeset.AccountingLine{{Account: "752", Label: "Location de salle", Net: 12000}}}, {Number: "52"}}},
		},
	}
}

func TestFlowWithoutBordereau(t *testing.T) {
	if _, err := (typeset.AccountingFlow{Head: head()}).Typeset(t.Context()); !errors.Is(err, typeset.ErrIncomplete) {
		t.Errorf("%v", err)
	}
}
