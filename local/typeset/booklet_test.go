package typeset_test

import "alpi40.fr/airial/local/typeset"

func booklet() typeset.FamilyBooklet {
	return typeset.FamilyBooklet{Head: head(), Brought: at(2026, 11, 28, 0, 0), Pages: []typeset.BookletPage{
		{Title: "Extrait de l’acte de mariage", On: typeset.Act{Kind: "mariage", Number: "3", Year: 2014, Commune: "Saint-Airial-des-Pins"},
			Lines:    []typeset.Line{{Label: "Mariage célébré le", Text: "7 juin 2014"}, {Label: "Premier époux", Text: "Camille EXEMPLE"}, {Label: "Second époux", Text: "Jean MODÈLE"}},
			Mentions: []typeset.AffixedMention{{Text: "Mariage dissous. Jugement de divorce du juge aux affaires familiales du tribunal judiciaire de Dax rendu le 3 mars 2026.", On: at(2026, 3, 20, 0, 0)}}},
		{Title: "Extrait de l’acte de naissance", On: typeset.Act{Kind: "naissance", Number: "7", Year: 2016, Commune: "Saint-Airial-des-Pins"}, Lines: []typeset.Line{{Label: "Nom", Text: "MODÈLE"}, {Label: "Prénoms", Text: "Zoé"}, {Label: "Née le", Text: "2 mai 2016"}}},
	}}
}

func followUp() typeset.DeathFollowUp {
	return typeset.DeathFollowUp{Head: head(), On: typeset.Act{Kind: "décès", Number: "4", Year: 2026, Person: "Camille EXEMPLE", Commune: "Saint-Airial-des-Pins"},
		Duties:   []typeset.Duty{{What: "Avis de mention", To: "Mairie de naissance", Within: "3 jours", Source: "Code civil, art. 49 et 79"}, {What: "Bulletin de décès 7 bis", To: "INSEE"}},
		Bulletin: []typeset.Line{{Label: "Nom", Text: "EXEMPLE"}, {Label: "Prénoms", Text: "Camille"}, {Label: "Lieu de naissance"}}}
}
