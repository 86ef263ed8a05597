package typeset_test

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"alpi40.fr/airial/local/typeset"
)

// document is what each printed document can do.
type document interface {
	Typeset(context.Context) (typeset.Document, error)
}

// documents are one of each kind, and more where a kind has different faces.
func documents() map[string]document {
	draft := deliberation()
	draft.Draft = true
	early := deliberation() // no sitting yet
	early.Draft, early.Number, early.Sitting, early.Vote = true, "", typeset.Sitting{}, nil
	unanimous := deliberation()
	unanimous.Vote = &typeset.Vote{For: 14}
	unanimous.Articles = unanimous.Articles[:1]
	unanimous.Executory = typeset.Executory{Sent: at(2026, 11, 26, 0, 0), Received: at(2026, 11, 26, 0, 0), Receipt: "040-214099990-20261124-2026_041-DE", Published: at(2026, 11, 27, 0, 0), Where: "sur le site internet de la commune"}
	online := unanimous
	online.Online = &typeset.Online{Author: "Bernard FICTIF, maire", At: at(2026, 11, 27, 9, 15), Where: "sur le site internet de la commune", Masked: true, Signed: true, Original: "conservé en mairie"}
	certificate := typeset.PostingCertificate{Head: head(), Signer: "M. Louis FICTIF", Way: "par affichage à la mairie", Acts: []typeset.PostedAct{
		{Number: "2026-041", Subject: unanimous.Subject, Adopted: at(2026, 11, 24, 0, 0), From: at(2026, 11, 27, 0, 0), Until: at(2027, 1, 28, 0, 0), Executory: at(2026, 11, 27, 0, 0)},
		{Number: "2026-042", Subject: "Tarifs", Adopted: at(2026, 11, 24, 0, 0), From: at(2026, 11, 27, 0, 0)},
	}}
	all := papers()
	maps.Copy(all, map[string]document{
		"deliberation-online": online,
		"posting":             certificate,
		"deliberation":        deliberation(),
		"deliberation-draft":  draft,
		"deliberation-early":  early,
		"deliberation-vote":   unanimous,
		"deliberation-long":   long(),
		"slip":                slip(),
		"mentions":            mentions(),
		"notice":              notice(),
		"recovery":            recovery(),
		"copy-full":           fullCopy(),
		"copy-late":           lateCopy(),
		"copy-extract":        extract(),
		"copy-refusal":        copyRefusal(),
		"service-form": typeset.ServiceForm{Head: head(), To: "l’ALPI", Title: "Commande de matériel", Draft: true, Text: "La collectivité passe commande du matériel décrit au devis joint.",
			Answers: [][2]string{{"Numéro du devis", "D-2026-041"}, {"Montant TTC", "1 250,50 €"}, {"Adresse de livraison", "Mairie\n1, place de l’Airial"}}, Signatory: typeset.Signature{Name: "Mme Maïté FICTIVE", Quality: "La maire"}},
		"training": typeset.TrainingCertificate{Head: head(), Person: "Mme Solène BROUILLON", Module: "Les jours francs", Minutes: 25, Points: 7, Of: 8},
		"processing-register": typeset.ProcessingRegister{Head: head(), Controller: []string{"Commune de Saint-Airial-des-Pins", "Mme Maïté FICTIVE, maire"}, Officer: []string{"Mme Zélie IMAGINAIRE", "dpo@agence.example"},
			Sheets: []typeset.ProcessingSheet{{Name: "État civil", Draft: true, Rows: [][2]string{{"Finalités", "Tenue des registres\nDélivrance de copies et d’extraits"}, {"Base", "Obligation légale (RGPD, art. 6.1.c)"}}}, {Name: "Parapheur", Rows: [][2]string{{"Finalités", "Signature des actes"}}}}},
		"practice":        typeset.PracticeCertificate{Head: head(), Person: "Mme Solène BROUILLON", Points: 98, Of: 105, Exercises: 30, RestsOnDrafts: 16, Commune: "Lande-Fictive"},
		"accounting":      accounting(),
		"table-births":    actTable(),
		"table-marriages": marriageTable(),
	})
	return all
}

func typesetAll(t *testing.T) map[string]typeset.Document {
	t.Helper()
	out := map[string]typeset.Document{}
	for name, d := range documents() {
		set, err := d.Typeset(t.Context())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		out[name] = set
	}
	return out
}

// TestPrint leaves the documents in the folder AIRIAL_PRINT, to be looked at.
func TestPrint(t *testing.T) {
	folder := os.Getenv("AIRIAL_PRINT")
	if folder == "" {
		t.Skip("AIRIAL_PRINT names no folder")
	}
	for name, d := range typesetAll(t) {
		if err := os.WriteFile(filepath.Join(folder, name+".pdf"), d.PDF, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
